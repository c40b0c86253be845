"""Where markers go in a Markdown file: nothing else changes by them, whatever the file is."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from startrack.errors import BlockError, WriteError
from startrack.lists import markdown, outline, positions
from startrack.readme import blocks, placement
from startrack.readme.placement import Place

OPENING = "<!-- startrack:table -->"
PIECES = [
    "# Title",
    "## Section",
    "Section\n---",
    "> quoted\n> text",
    "- [a](https://github.com/o/a)\n- b",
    "1. one\n\n   more of one",
    "| a |\n| - |\n| b |",
    "```\ncode\n```",
    "    indented",
    "<details>\n<summary>More</summary>\n",
    "</details>",
    "<!-- LIST:START -->",
    "<!-- LIST:END -->",
    "<!-- a comment\n\n## inside -->",
    "[a]: https://example.org/a\n[b]: https://example.org/b",
    "words with [a] and **bold**",
    "---",
    "<pre>\n\n## inside\n\n</pre>",
]
texts = st.lists(st.tuples(st.sampled_from(PIECES), st.sampled_from(["\n", "\n\n", "\n\n\n"])), max_size=12).map(
    lambda pieces: "".join(piece + gap for piece, gap in pieces)
)


def read(text: str) -> placement.Text:
    """Return a file."""
    return placement.open_text(text.encode(), "README.md")


def put(text: str, *lines: int) -> str:
    """Return a file with a block before each of these lines."""
    return placement.insert(read(text), [Place(line, OPENING) for line in lines]).decode()


@given(texts, st.sampled_from(["\n", "\r\n", "\r"]), st.booleans(), st.booleans())
def test_between_blocks_nothing_else_changes(text: str, ending: str, has_mark: bool, ends: bool) -> None:  # noqa: FBT001
    """At every place that is offered: no other byte, and no other element of Markdown."""
    written = text.rstrip("\n") + ("\n" if ends else "")
    written = ("\ufeff" if has_mark else "") + written.replace("\n", ending)
    file = read(written)
    lines = positions.split_lines(written)
    for line in range(1, len(lines) + 1):
        if not file.outline.is_between(line):
            continue
        data = put(written, line)
        (block,) = blocks.parse(data.encode(), "").blocks
        after = positions.split_lines(data)
        del after[block.start : block.end + 1]
        assert [part.strip("\r\n") for part in after if part.strip()] == [
            part.strip("\r\n") for part in lines if part.strip()
        ]
        assert data.startswith("".join(lines[:line]))
        assert data.endswith("".join(lines[line:]))
        plain = re.sub(r"\r\n?", "\n", data.removeprefix("\ufeff"))
        assert not {block.start, block.end} & markdown.code_lines(plain)
        assert outline.read(plain).block_at(block.start) is not None


def filled(lines: list[str]) -> list[str]:
    """Return the lines that are not empty, without their endings."""
    return [line.strip("\r\n") for line in lines if line.strip()]


@given(texts)
def test_every_offered_place_is_safe(text: str) -> None:
    """Those for a list with and without sections, and for a README that is no list."""
    file = read(text)
    offered: list[int | None] = [placement.above_sections(file)]
    offered += [placement.below_heading(file, path, 0) for path in file.outline.headings]
    number = text.count("\n")
    offered += [placement.above_projects(file, line) for line in range(number)]
    for line in offered:
        if line is not None:
            assert file.outline.is_between(line)
            assert put(text, line)


def below(text: str, *path: str, first: int = 99) -> int | None:
    """Return the line below the heading of a section."""
    return placement.below_heading(read(text), path, first)


LINK = "- [a](https://github.com/o/a)\n"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (f"# T\n\n## S\n\n{LINK}", 3),
        (f"# T\n\n## S\n\nWords.\n\nMore words.\n\n{LINK}", 7),
        (f"# T\n\nS\n-\n{LINK}", 4),
        (f"# T\n\n## S\n\nThe best ones:\n\n{LINK}", 3),
        (f"# T\n\n## S\n\n_By [o](https://github.com/o/b)._\n\n{LINK}", 5),
        (f"# T\n\n## S\n\nBy [o](https://github.com/o/b).\n\n{LINK}", 3),
        (f"# T\n\n<h2>S</h2>\n\n{LINK}", 3),
        (f"# T\n\n<h2>S</h2>\n<p>Words</p>\n\n{LINK}", 4),
        (f"# T\n\n<details>\n\n## S\n\n{LINK}\n</details>\n", None),
        (f"# T\n\n<!-- LIST:START -->\n\n## S\n\n{LINK}\n<!-- LIST:END -->\n", None),
        (f"# T\n\n<div>\n\n## S\n\n{LINK}\n", 5),
        (f"# T\n\n> ## S\n\n{LINK}", None),
        (f"---\ntitle: x\n---\n\n## S\n\n{LINK}", 5),
    ],
)
def test_places_below_a_heading(text: str, line: int | None) -> None:
    """Below its description, if that does not introduce the list; never in an element or a generated text."""
    first = next((number for number, part in enumerate(text.split("\n")) if "github.com" in part), 0)
    assert below(text, "S", first=first) == line


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (f"# T\n\n## Contents\n\n- [S](#s)\n\n## S\n\n{LINK}", 6),
        (f"# T\n\n## Projects\n\n### S\n\n{LINK}", 2),
        (f"# T\n\n## About\n\nWords.\n\n<!-- omit in toc -->\n## S\n\n{LINK}", 6),
        (f'# T\n\n## About\n\nWords.\n\n<a id="s"></a>\n## S\n\n{LINK}', 6),
        (f"# T\n\nWords.\n\n{LINK}", 4),
        (f"# T\n\nWords.\n{LINK}", 3),
        (LINK, None),
    ],
)
def test_places_above_projects(text: str, line: int | None) -> None:
    """Above their heading with what belongs to it, or above the list itself; never at the start of a file."""
    first = text.split("\n").index(LINK.rstrip())
    assert placement.above_projects(read(text), first) == line


def test_empty_lines_are_added_only_where_there_are_none() -> None:
    """One around the block, as checkers of Markdown want it; the end of the file stays as it is."""
    block = f"{OPENING}\n{placement.END}\n"
    assert put("# T\nwords\n", 1) == f"# T\n\n{block}\nwords\n"
    assert put("# T\n\nwords\n", 1) == f"# T\n\n{block}\nwords\n"
    assert put("# T\n\nwords\n", 2) == f"# T\n\n{block}\nwords\n"
    assert put("# T\n\nwords", 3) == f"# T\n\nwords\n\n{block}".rstrip("\n")
    assert put("", 0) == block.rstrip("\n")
    assert put("# T\r\nwords", 1) == f"# T\n\n{block}\nwords".replace("\n", "\r\n")


@pytest.mark.parametrize(
    "value", ["plain", "two words", 'a "b"', "it's", "A / B", "Text & NLP", "中文", "50%", "a=b", "a\\b"]
)
def test_values_are_quoted_so_that_they_are_read_back(value: str) -> None:
    """With quotation marks or apostrophes around them."""
    marker = placement.opening("table", {"section": value, "limit": "5"})
    assert marker is not None
    (block,) = blocks.parse(f"{marker}\n{placement.END}\n".encode(), "").blocks
    assert block.attributes == {"section": value, "limit": "5"}


@pytest.mark.parametrize("value", ["", "a --> b", 'it\'s "both"', "a\nb", "\u202ertl", "\x07", "\ud800"])
def test_values_that_cannot_stand_in_a_marker(value: str) -> None:
    """They would end the comment, disguise it, or be read in another way."""
    assert placement.opening("table", {"section": value}) is None


def test_a_long_marker_has_no_blank_at_its_end() -> None:
    """So that markdownlint accepts it: a blank after the eightieth character is one too many."""
    assert placement.opening("table", {"section": "x" * 46}) == f"<!-- startrack:table section={'x' * 46} -->"
    assert placement.opening("table", {"section": "x" * 48}) == f"<!-- startrack:table section={'x' * 48}-->"


@given(st.text(min_size=1))
def test_any_value_is_refused_or_read_back(value: str) -> None:
    """There is nothing between."""
    if marker := placement.opening("table", {"section": value}):
        (block,) = blocks.parse(f"{marker}\n{placement.END}\n".encode(), "").blocks
        assert block.attributes == {"section": value}


def test_a_place_that_changes_something_is_refused() -> None:
    """Nothing is inserted into a table or above a nested item, whoever asks."""
    with pytest.raises(BlockError, match="would read differently with markers"):
        put("| a |\n| - |\n| b |\n| c |\n", 3)
    with pytest.raises(BlockError, match="would read differently with markers"):
        put("- a\n    - [b](https://github.com/o/b)\n", 1)


def test_files_that_cannot_be_edited_are_refused() -> None:
    """A conflict has to be resolved first, and malformed markers corrected."""
    with pytest.raises(WriteError, match=r"README\.md:1: unresolved merge conflict"):
        read("<<<<<<< ours\na\n=======\nb\n>>>>>>> theirs\n")
    with pytest.raises(BlockError, match="table without an end"):
        read(f"{OPENING}\n")

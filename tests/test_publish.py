"""README tables: only what stands between the comments changes, and a malformed comment changes nothing."""

from collections.abc import Mapping

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore, normalize

from startrack.errors import BlockError
from startrack.lists import parser
from startrack.readme import blocks as readme_blocks

OPEN = "<!-- startrack:table -->"
END = "<!-- startrack:end -->"


def fill(_attributes: Mapping[str, str]) -> list[str]:
    """Fill every block with the same table."""
    return ["| a |", "| :-- |"]


# Whatever ends a line for Markdown, what only looks like it, and what spoils a careless reading.
ENDINGS = ["\n", "\r\n", "\r", "\r\r\n", "\n\r"]
ODD = [
    "\0",
    "\ufeff",
    "\f",
    "\v",
    "\x1c",
    "\x85",
    "\u2028",
    "\u2029",
    "\r",
    "\n",
    "\r\n",
    "    ",
    "\t",
    "- ",
    "> ",
    "<pre>",
]

# Anything a README may hold but comments of ours and fences, which have meaning.
letters = st.one_of(st.sampled_from(ODD), st.characters(exclude_categories=["Cs"]))
prose = (
    st.lists(letters, max_size=40)
    .map("".join)
    .filter(lambda text: "startrack:" not in text and "```" not in text and "~~~" not in text)
)


@given(st.lists(prose, min_size=1, max_size=6), st.sampled_from(ENDINGS), st.booleans())
def test_everything_outside_stays(parts: list[str], ending: str, ends: bool) -> None:  # noqa: FBT001
    """Any text around any number of blocks comes back as it was, and the second time changes nothing."""
    # Two line ends and a word before each, so that no prose takes the comment into a code block or a tag.
    glue = f"{ending}{ending}x{ending}{OPEN}{ending}old{ending}{END}{ending}"
    text = glue.join(parts) + (ending if ends else "")
    first = ending[0] if ending in ("\r\r\n", "\n\r") else ending
    table = first.join(["", "", "| a |", "| :-- |", "", ""])
    expected = text.replace(f"{OPEN}{ending}old{ending}{END}", f"{OPEN}{table}{END}")
    rewritten = readme_blocks.rewrite(text, "README.md", fill)
    assert rewritten == expected
    assert readme_blocks.rewrite(rewritten, "README.md", fill) == rewritten


@given(st.lists(st.one_of(letters, st.sampled_from(["```", "~~~", OPEN, END, f"\n{OPEN}\n{END}\n"]))).map("".join))
def test_nothing_but_blocks_changes(text: str) -> None:
    """However comments, fences and line ends are mixed: lines outside blocks stay, and filling once is enough."""
    try:
        found = readme_blocks.blocks(text, "README.md")
    except BlockError:
        return
    rewritten = readme_blocks.rewrite(text, "README.md", fill)
    assert readme_blocks.rewrite(rewritten, "README.md", fill) == rewritten
    assert outside(rewritten, readme_blocks.blocks(rewritten, "README.md")) == outside(text, found)


def outside(text: str, blocks: list[readme_blocks.Block]) -> list[list[str]]:
    """Return the lines of a text but those between the comments, in one part more than there are blocks."""
    lines, edges = parser.split_lines(text), [0, *(edge for each in blocks for edge in (each.start + 1, each.end))]
    return [lines[start:end] for start, end in zip(edges[::2], [*edges[1::2], None], strict=True)]


@given(st.lists(letters).map("".join))
def test_lines_are_those_of_markdown(text: str) -> None:
    """Joined they are the text; apart they are the lines that markdown-it numbers."""
    lines, state = parser.split_lines(text), StateCore(text, MarkdownIt(), {})
    normalize(state)
    last = [] if lines and not lines[-1].endswith(("\r", "\n")) else [""]
    assert "".join(lines) == text
    assert state.src.split("\n") == [line.rstrip("\r\n").replace("\0", "\ufffd") for line in lines] + last


@given(st.binary(max_size=200))
def test_any_bytes_come_back(data: bytes) -> None:
    """A README that is not UTF-8 is filled byte for byte around its blocks."""
    glue = f"\n\n{OPEN}\n{END}\n\n".encode()
    table = f"\n\n{OPEN}\n\n| a |\n| :-- |\n\n{END}\n\n".encode()
    assume(not any(word in data for word in (b"`", b"~", b"startrack", b"<")))
    assert readme_blocks.filled(b"x\n\n" + data.replace(b"\t", b"") + glue, "README.md", fill).endswith(table)
    assert readme_blocks.filled(data, "README.md", fill) == data


def test_old_line_ends_move_no_block() -> None:
    """Lone carriage returns end lines as they do for Markdown: the example in code stays, the block is filled."""
    example = f"# A\r\r\r\n\n```html\n{OPEN}\n{END}\n```\n\nText\n\n"
    text = f"{example}{OPEN}\n{END}\n\nEnd\n"
    assert readme_blocks.rewrite(text, "README.md", fill) == f"{example}{OPEN}\n\n| a |\n| :-- |\n\n{END}\n\nEnd\n"
    assert [block.start for block in readme_blocks.blocks(f"a\r```\r{OPEN}\r```\r\r{OPEN}\r{END}", "README.md")] == [5]


@pytest.mark.parametrize("code", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"])
def test_a_wide_readme_is_refused(code: str) -> None:
    """Its blocks cannot be filled, and it is not passed over in silence; without any it is left alone."""
    with pytest.raises(BlockError, match=r"README\.md: .*UTF-16 or UTF-32; save the file as UTF-8"):
        readme_blocks.blocks_of(f"# x\n\n{OPEN}\n{END}\n".encode(code), "README.md")
    assert not readme_blocks.blocks_of("# startrack\n".encode(code), "README.md")


def test_attributes_are_read() -> None:
    """Bare and quoted values, and as much white space as one likes."""
    text = f"""  <!--   startrack:table list=a  section="Open Source / B" limit=3-->  \n{END}"""
    (block,) = readme_blocks.blocks(text, "README.md")
    assert block.attributes == {"list": "a", "section": "Open Source / B", "limit": "3"}
    assert (block.start, block.end) == (0, 1)


def test_examples_in_code_are_text() -> None:
    """A README that explains the comments in fenced code is left alone, the block after it is not."""
    text = f"````md\n```\n{OPEN}\n```\n````\n> ~~~\n> {OPEN}\n> ~~~\n`{OPEN}` in a line\n{OPEN}\n{END}\n"
    assert [block.start for block in readme_blocks.blocks(text, "README.md")] == [9]
    text = f"text\n\n    ```\n    {OPEN}\n\n> ```\n> unclosed\n\n{OPEN}\n{END}\n"
    assert [block.start for block in readme_blocks.blocks(text, "README.md")] == [8]


def test_a_block_in_a_list_item_stays_in_it() -> None:
    """The table stands as far in as its comment."""
    text = f"- item\n\n  {OPEN}\n  {END}\n"
    assert readme_blocks.rewrite(text, "README.md", fill) == f"- item\n\n  {OPEN}\n\n  | a |\n  | :-- |\n\n  {END}\n"


def test_the_first_mistake_is_told() -> None:
    """Of several wrong blocks the one that comes first, and nothing of the file is changed."""

    def refuse(attributes: Mapping[str, str]) -> list[str]:
        raise BlockError(f"no {attributes['list']}")

    text = f"<!-- startrack:table list=a -->\n{END}\n<!-- startrack:table list=b -->\n{END}\n"
    with pytest.raises(BlockError, match=r"README\.md:1: no a"):
        readme_blocks.rewrite(text, "README.md", refuse)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"a\n{OPEN}\nb", r"README\.md:2: this table has no <!-- startrack:end --> after it"),
        (f"{END}", r"README\.md:1: startrack:end without a startrack:table before it"),
        (f"{OPEN}\n\n{OPEN}\n{END}", r"README\.md:3: a table begins before the one of line 1 has ended"),
        (
            f"x\n\n<!-- startrack:tabel -->\n{END}",
            r"README\.md:3: there is no block startrack:tabel; did you mean 'table'",
        ),
        (f"<!-- startrack: -->\n{END}", r"README\.md:1: there is no block startrack:; known are table, end"),
        (f'<!-- startrack:table section="A -->\n{END}', r"README\.md:1: .*close the quotation mark"),
        (f"<!-- startrack:table section=Open Source -->\n{END}", r"README\.md:1: 'Source' is not key=value"),
        (f"text {OPEN}\n{END}", r"README\.md:1: a startrack comment stands on a line of its own"),
        (f"<!-- startrack:table limit=1 limit=2 -->\n{END}", r"README\.md:1: limit is given twice"),
    ],
)
def test_a_malformed_block_is_named_with_its_line(text: str, message: str) -> None:
    """The error says file, line and what is wrong."""
    with pytest.raises(BlockError, match=message):
        readme_blocks.rewrite(text, "README.md", fill)


def test_what_the_filling_refuses_is_named_with_its_line() -> None:
    """An unknown list or column is told at the block that asks for it."""

    def refuse(_attributes: Mapping[str, str]) -> list[str]:
        raise BlockError("there is no list 'x'")

    with pytest.raises(BlockError, match=r"README\.md:2: there is no list 'x'"):
        readme_blocks.rewrite(f"a\n{OPEN}\n{END}", "README.md", refuse)


def test_tables_of_ours_are_no_entries() -> None:
    """A list with a block in it is read without it, its lines keeping their numbers."""
    text = f"a\n{OPEN}\n| [x](https://github.com/o/x) |\n{END}\nb\xff"
    for data in (text.encode(), text.replace("\n", "\r").encode(), f"\ufeff{text}".encode("utf-16-le")):
        assert readme_blocks.without_blocks(data, "README.md") == "a\n\n\n\nb\xff".encode()


def test_a_block_whose_dates_alone_differ_is_left() -> None:
    """A later count of the same figures is no reason to write; other figures, and a date among them, are."""

    def of(day: str, note: str, commit: str = "2025-06-01") -> list[str]:
        return [f"| a | {commit} |", "", f"<sub>Simulated figures · as of {day} · gains since {note} · by gain</sub>"]

    text = f"{OPEN}\n\n" + "\n".join(of("2025-06-25", "2025-05-26")) + f"\n\n{END}"

    def written(lines: list[str]) -> str:
        return readme_blocks.rewrite(text, "README.md", lambda _attributes: lines)

    assert written(of("2025-06-26", "2025-05-27")) == text
    assert written(of("2026-06-26", "2025-05-27 to 2025-05-29")) == text
    for changed in (of("2025-06-26", "2025-05-26", "2025-06-02"), of("2025-06-25", "2025-05-26 · 1 of 2 counted")):
        assert "\n".join(changed) in written(changed)

"""Blocks of a README: only the lines between the comments change, and a malformed comment spoils only its own block."""

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore, normalize

from startrack.errors import BlockError
from startrack.lists import markdown, parser, positions
from startrack.readme import blocks as readme_blocks
from startrack.readme import kinds, markers
from startrack.readme.blocks import Fill
from startrack.readme.markers import Block

OPEN = "<!-- startrack:table -->"
END = "<!-- startrack:end -->"
BEFORE = "<!-- markdownlint-capture --><!-- markdownlint-disable -->"
AFTER = "<!-- markdownlint-restore -->"
ENTRY = "- [a](https://github.com/o/a) "
COUNT = "<!-- startrack:count repo=o/a -->"


def parse(text: str) -> tuple[Block, ...]:
    """Return the blocks of a README."""
    return readme_blocks.parse(text.encode(), "README.md").blocks


def filled(text: str, fill: Fill) -> str:
    """Return a README's text with its blocks filled."""
    return readme_blocks.parse(text.encode(), "README.md").filled(fill).data.decode()


def fill(_block: Block) -> list[str]:
    """Fill every block with the same table."""
    return ["| a |", "| :-- |"]


# Line endings of Markdown, and characters that only look like one or that change what a line is.
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

# Any text without startrack comments and code fences.
letters = st.one_of(st.sampled_from(ODD), st.characters(exclude_categories=["Cs"]))
prose = (
    st.lists(letters, max_size=40)
    .map("".join)
    .filter(lambda text: "startrack:" not in text and "```" not in text and "~~~" not in text)
)


@given(st.lists(prose, min_size=1, max_size=6), st.sampled_from(ENDINGS), st.booleans())
def test_text_outside_blocks_stays(parts: list[str], ending: str, ends: bool) -> None:  # noqa: FBT001
    """Text around any number of blocks stays the same, and filling a second time changes nothing."""
    # Two line endings and a word before each block keep its comment out of code blocks and tags in the text.
    glue = f"{ending}{ending}x{ending}{OPEN}{ending}old{ending}{END}{ending}"
    text = glue.join(parts) + (ending if ends else "")
    first = ending[0] if ending in ("\r\r\n", "\n\r") else ending
    table = first.join(["", BEFORE, "", "| a |", "| :-- |", "", AFTER, ""])
    expected = text.replace(f"{OPEN}{ending}old{ending}{END}", f"{OPEN}{table}{END}")
    rewritten = filled(text, fill)
    assert rewritten == expected
    assert filled(rewritten, fill) == rewritten


openings = st.sampled_from(markers.KINDS).map("<!-- startrack:{} -->".format)
# Comments of every kind of block, of figures in a line and behind entries, and what may hide them.
comments = st.one_of(
    openings,
    openings.map(lambda opening: f"\n\n{opening}\nold\n{END}\n\n"),
    st.sampled_from(
        ["```", "~~~", "`", END, COUNT, f" {COUNT}7{END} ", f"{ENTRY}<!--startrack:count-->7<!--/startrack-->"]
    ),
)


@given(st.lists(st.one_of(letters, comments)).map("".join))
def test_only_blocks_change(text: str) -> None:
    """Text outside blocks stays, however comments, fences and line endings are mixed."""
    try:
        found = parse(text)
    except BlockError:
        return
    rewritten = filled(text, fill)
    assert filled(rewritten, fill) == rewritten
    assert outside(rewritten, parse(rewritten)) == outside(text, found)


def outside(text: str, blocks: tuple[Block, ...]) -> list[str]:
    """Return the parts of a text outside its blocks, one more than there are blocks."""
    edges = [0, *(edge for block in blocks for edge in block.span), len(text)]
    return [text[start:end] for start, end in zip(edges[::2], edges[1::2], strict=True)]


@given(st.lists(letters).map("".join))
def test_lines_are_split_as_in_markdown(text: str) -> None:
    """The lines add up to the text, and are those that markdown-it numbers."""
    lines, state = positions.split_lines(text), StateCore(text, MarkdownIt(), {})
    normalize(state)
    last = [] if lines and not lines[-1].endswith(("\r", "\n")) else [""]
    assert "".join(lines) == text
    assert state.src.split("\n") == [line.rstrip("\r\n").replace("\0", "\ufffd") for line in lines] + last


@given(st.binary(max_size=200))
def test_invalid_utf_8_stays(data: bytes) -> None:
    """The bytes around the blocks of a README that is not UTF-8 stay the same."""
    glue = f"\n\n{OPEN}\n{END}\n\n".encode()
    table = f"\n\n{OPEN}\n{BEFORE}\n\n| a |\n| :-- |\n\n{AFTER}\n{END}\n\n".encode()
    assume(not any(word in data for word in (b"`", b"~", b"startrack", b"<")))
    made = readme_blocks.parse(b"x\n\n" + data.replace(b"\t", b"") + glue, "README.md").filled(fill).data
    assert made.endswith(table)
    assert readme_blocks.parse(data, "README.md").filled(fill).data == data


def test_lone_carriage_returns_end_lines() -> None:
    """As in Markdown: the example in code stays, and the block is filled."""
    example = f"# A\r\r\r\n\n```html\n{OPEN}\n{END}\n```\n\nText\n\n"
    text = f"{example}{OPEN}\n{END}\n\nEnd\n"
    assert filled(text, fill) == f"{example}{OPEN}\n{BEFORE}\n\n| a |\n| :-- |\n\n{AFTER}\n{END}\n\nEnd\n"
    assert [block.start for block in parse(f"a\r```\r{OPEN}\r```\r\r{OPEN}\r{END}")] == [5]


@pytest.mark.parametrize("code", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"])
def test_utf_16_and_utf_32_are_refused(code: str) -> None:
    """A README in these encodings is an error if it has blocks, and is ignored if it has none."""
    with pytest.raises(BlockError, match=r"README\.md: .*UTF-16 or UTF-32; save the file as UTF-8"):
        readme_blocks.parse(f"# x\n\n{OPEN}\n{END}\n".encode(code), "README.md")
    assert not readme_blocks.parse("# startrack\n".encode(code), "README.md").blocks


def test_attributes_are_parsed() -> None:
    """Values may be quoted, and white space around attributes is ignored."""
    text = f"""  <!--   startrack:table list=a  section="Open Source / B" limit=3-->  \n{END}"""
    (block,) = parse(text)
    assert block.attributes == {"list": "a", "section": "Open Source / B", "limit": "3"}
    assert (block.start, block.end) == (0, 1)


def test_comments_in_code_are_ignored() -> None:
    """Comments in fenced code are examples; the block after them is a block."""
    text = f"````md\n```\n{OPEN}\n```\n````\n> ~~~\n> {OPEN}\n> ~~~\n`{OPEN}` in a line\n{OPEN}\n{END}\n"
    assert [block.start for block in parse(text)] == [9]
    text = f"text\n\n    ```\n    {OPEN}\n\n> ```\n> unclosed\n\n{OPEN}\n{END}\n"
    assert [block.start for block in parse(text)] == [8]


def test_table_in_a_list_item_is_indented() -> None:
    """The table has the indentation of its comment."""
    text = f"- item\n\n  {OPEN}\n  {END}\n"
    assert filled(text, fill) == f"- item\n\n  {OPEN}\n  {BEFORE}\n\n  | a |\n  | :-- |\n\n  {AFTER}\n  {END}\n"


def test_a_block_that_cannot_be_filled_stays() -> None:
    """Byte for byte, and the others are filled; blocks with the same mistake are one problem."""

    def refuse(block: Block) -> list[str]:
        if name := block.attributes.get("list"):
            raise BlockError(f"no {name}")
        return ["| a |"]

    wrong = f"<!-- startrack:table list=a -->\n\t old\r\n{END}\n<!-- startrack:table list=b -->\n{END}\n"
    text = f"{OPEN}\n{END}\n{wrong}{wrong}{OPEN}\n{END}\n"
    result = readme_blocks.parse(text.encode(), "README.md").filled(refuse)
    table = f"{OPEN}\n{BEFORE}\n\n| a |\n\n{AFTER}\n{END}\n"
    assert result.data.decode() == f"{table}{wrong}{wrong}{table}"
    same = "(and 1 more block with the same mistake)"
    assert list(map(str, result.problems)) == [f"README.md:3: no a {same}", f"README.md:6: no b {same}"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"a\n{OPEN}\nb", r"README\.md:2: startrack:table without an end; add <!-- startrack:end -->"),
        (f"{END}", r"README\.md:1: startrack:end without a block above it; add the first comment"),
        (
            f"{OPEN}\n\n{OPEN}\n{END}",
            r"README\.md:3: startrack:table inside the table of line 1; put <!-- startrack:end -->",
        ),
        (
            f"x\n\n<!-- startrack:tabel -->\n{END}",
            r"README\.md:3: unknown comment startrack:tabel; did you mean 'table'",
        ),
        (f"<!-- startrack: -->\n{END}", r"README\.md:1: unknown comment startrack:; use one of: table, "),
        (f'<!-- startrack:table section="A -->\n{END}', r"README\.md:1: .*close the quotation mark"),
        (f"<!-- startrack:table section=Open Source -->\n{END}", r"README\.md:1: 'Source' is not key=value"),
        (f"text {OPEN}\n{END}", r"README\.md:1: put the startrack comment on a line of its own"),
        (f"text {COUNT}\n{END}", r"README\.md:1: startrack:count without an end; add <!-- startrack:end --> behind it"),
        (f"{COUNT}\n7\n{END}", r"README\.md:1: startrack:count without an end; .* in the same line"),
        (f"text {COUNT}1{COUNT}2{END}", r"README\.md:1: startrack:count without an end"),
        (
            f"text <!-- startrack:cuont -->1{END}",
            r"README\.md:1: unknown comment startrack:cuont; did you mean 'count'",
        ),
        (f"text {COUNT[:-3]} x-->1{END}", r"README\.md:1: 'x' is not key=value"),
        (
            f"<!-- startrack:table limit=1 limit=2 -->\n{END}",
            r"README\.md:1: attribute limit appears twice; remove one",
        ),
    ],
)
def test_malformed_block_is_an_error(text: str, message: str) -> None:
    """The error gives file and line, what is wrong, and what to do."""
    with pytest.raises(BlockError, match=message):
        parse(text)
    assert re.match(message, str(readme_blocks.read(text.encode(), "README.md").problems[0]))


@pytest.mark.parametrize(
    ("wrong", "problems"),
    [
        (f"{OPEN}\nmine\n", 1),
        (f"{OPEN}\n{ENTRY}\n{OPEN}\nmine\n", 2),
        (f"{OPEN}\nmine\n<!-- startrack:edn -->\n", 1),
        (f"{OPEN}\nmine\n<!-- startrack:edn -->\nmine\n{END}\n", 1),
        (f"<!-- startrack:tabel -->\nmine\n{END}\n", 1),
        ("<!-- startrack:tabel -->\nmine\n", 1),
        (f"<!-- startrack:table section=A B -->\nmine\n{END}\n", 1),
        ("<!-- startrack:table section='A -->\nmine\n", 1),
        (f"{END}\n", 1),
        (f"{COUNT}\nmine\n{END}\n", 1),
        (f"a {OPEN}\nmine\n{END}\n", 1),
        (f"a {OPEN} mine {END}\n", 1),
        (f"a <!-- startrack:cuont -->1{END} b\n", 1),
        (f"a {COUNT}1\n", 1),
        (f"a <!-- startrack:count x -->1{END} b\n", 1),
        ("no link <!--startrack:count-->1<!--/startrack-->\n", 1),
    ],
)
def test_a_wrong_comment_spoils_only_its_own_block(wrong: str, problems: int) -> None:
    """The file's own text stays, whichever comment is wrong, and every block around it is filled."""
    for before in ("", f"{OPEN}\nold\n{END}\n"):
        figure = f"\ntext {COUNT}{{}}{END} text\n"
        text = f"{before}{figure.format(1)}{wrong}{figure.format(2)}{OPEN}\n{END}\n"
        result = readme_blocks.read(text.encode(), "README.md").filled(lambda _block: ["12"])
        block = f"{OPEN}\n{BEFORE}\n\n12\n\n{AFTER}\n{END}\n"
        assert len(result.problems) == problems
        expected = f"{block if before else ''}{figure.format(12)}{wrong}{figure.format(12)}{block}"
        assert result.data.decode() == expected


@given(st.lists(st.one_of(letters, comments)).map("".join))
def test_the_rest_of_a_malformed_file_is_filled(text: str) -> None:
    """Whatever is wrong, all text outside the blocks stays, and nothing is filled twice."""
    found = readme_blocks.read(text.encode(), "README.md")
    rewritten = found.filled(fill)
    again = readme_blocks.read(rewritten.data, "README.md")
    assert again.filled(fill).data == rewritten.data
    assert len(again.problems) == len(found.problems)
    assert outside(rewritten.data.decode(), again.blocks) == outside(text, found.blocks)


def test_figures_in_a_line_are_filled() -> None:
    """All bytes around the figures stay: in sentences, headings, table cells and HTML."""
    text = (
        f"# A ({COUNT}1{END})\r\n\r\n`{COUNT}1{END}` but {COUNT}{END} and {COUNT}2{END}; ``` \\` {COUNT}9{END}\n"
        f"\n| a |\n| - |\n| {COUNT}3{END} |\n\n<p>{COUNT}4{END}</p>\n\n    {COUNT}5{END}\n"
    )
    wanted = text
    for old in ("(%s1%s)", "but %s%s and", "and %s2%s;", "\\` %s9%s", "| %s3%s |", "<p>%s4%s</p>"):
        shown = old % (COUNT, END)
        wanted = wanted.replace(shown, re.sub(f"{COUNT}[0-9]?", f"{COUNT}3.1k", shown))
    assert filled(text, lambda _block: ["3.1k"]) == wanted
    assert [block.content for block in parse(text)] == [("1",), ("",), ("2",), ("9",), ("3",), ("4",)]
    assert {block.attributes["repo"] for block in parse(text)} == {"o/a"}
    assert not readme_blocks.block_lines(text, "l.md")


@given(
    st.lists(prose.filter(lambda text: not set(text) & set("`\\<>-")), min_size=1, max_size=6),
    st.sampled_from(["", "7", "3.1k"]),
)
def test_text_around_figures_stays(parts: list[str], old: str) -> None:
    """Whatever is around figures in a line stays the same, and filling a second time changes nothing."""
    text = "x\n\n" + f"\n\ny {COUNT}{old}{END}, z\n\n".join(parts)
    rewritten = filled(text, lambda _block: ["12.4k"])
    assert rewritten == text.replace(f"{COUNT}{old}{END}", f"{COUNT}12.4k{END}")
    assert filled(rewritten, lambda _block: ["12.4k"]) == rewritten


def test_figures_are_no_text_of_the_list() -> None:
    """The title of an entry, a heading and the line numbers are those without the figures."""

    def read(figure: str) -> list[tuple[object, ...]]:
        text = f"# L\n\n## Tools{figure}\n\n- x{figure} [a](https://github.com/o/a){figure} - words{figure}\n"
        entries = parser.parse(text.encode(), name="l", source="l.md", find_ignored=ignored).entries
        return [(entry.title, entry.section, entry.line) for entry in entries]

    assert read(f" ({COUNT}3{END})") == read(f" ({COUNT}12.4k{END})") == read(" ()")
    assert read(f"{COUNT}[b](https://github.com/o/b){END}") == read("")


def test_a_date_alone_changes_nothing() -> None:
    """The day of the figures is refreshed with another block, or where there is none."""
    day = f"<!-- startrack:updated -->\n{BEFORE}\n\nFigures of 2026-11-01.\n\n{AFTER}\n{END}\n"
    other = f"\n{OPEN}\n{BEFORE}\n\n| a |\n\n{AFTER}\n{END}\n"
    assert [block.content for block in parse(day + other)] == [("Figures of 2026-11-01.",), ("| a |",)]

    def of(row: str) -> Fill:
        return lambda block: ["Figures of 2026-11-02."] if block.kind == "updated" else [row]

    assert filled(day + other, of("| a |")) == day + other
    assert filled(day, of("")) == day.replace("01.", "02.")
    assert filled(day + other, of("| b |")) == (day + other).replace("01.", "02.").replace("| a |", "| b |")


def test_every_kind_has_a_renderer() -> None:
    """The kinds that are parsed are those that are rendered."""
    assert kinds.RENDERERS.keys() == {*markers.KINDS, markers.COUNT}


def ignored(text: str) -> frozenset[int]:
    """Return the numbers of the lines in table blocks."""
    return readme_blocks.block_lines(text, "l.md")


@pytest.mark.parametrize(
    "comment",
    ["<!-- startrack:tabel -->", "<!-- startrack:table section=Data Science -->", '<!-- startrack:table a="x -->'],
)
def test_a_wrong_block_with_an_end_keeps_no_list_from_being_read(comment: str) -> None:
    """Its lines are known, and hold no entries; the rest of the list does."""
    text = f"- [a](https://github.com/o/a)\n\n{comment}\n| [x](https://github.com/o/x) |\n{END}\n\n- [b](https://github.com/o/b)"
    assert readme_blocks.list_lines(text, "l.md") == {2, 3, 4}
    listed = parser.parse(
        text.encode(), name="l", source="l.md", find_ignored=lambda read: readme_blocks.list_lines(read, "l.md")
    )
    assert [entry.repo for entry in listed.entries] == ["o/a", "o/b"]


@pytest.mark.parametrize(
    "text",
    [
        f"{OPEN}\nrow\n",
        f"row\n{END}\n",
        f"{OPEN}\nrow\n{OPEN}\nrow\n{END}\n",
        f"- a {OPEN}\nrow\n{END}\n",
        "<!-- startrack:tabel -->\nrow\n",
    ],
)
def test_a_block_without_limits_keeps_a_list_from_being_read(text: str) -> None:
    """Its rows cannot be told from entries."""
    with pytest.raises(BlockError, match=r"^l\.md:\d"):
        readme_blocks.list_lines(text, "l.md")


def test_blocks_in_a_list_hold_no_entries() -> None:
    """The entries around a block keep their line numbers."""
    text = f"[a](https://github.com/o/a)\n{OPEN}\n| [x](https://github.com/o/x) |\n{END}\n- [b](https://github.com/o/b)"
    for data in (text.encode(), text.replace("\n", "\r").encode(), f"\ufeff{text}".encode("utf-16-le")):
        for suffix in (".md", ".html"):
            entries = parser.parse(data, name="l", source="l.md", suffix=suffix, find_ignored=ignored).entries
            assert [(entry.repo, entry.line) for entry in entries] == [("o/a", 1), ("o/b", 5)]


@pytest.mark.parametrize("kind", markers.KINDS)
@pytest.mark.parametrize("indent", ["", "  "])
def test_blocks_do_not_change_the_entries_around_them(indent: str, kind: str) -> None:
    """Headings, nested items and line numbers after a block are as if its lines were empty."""
    opening = f"<!-- startrack:{kind} -->"
    block = f"{opening}\n\n## Not a section\n\n| x |\n| :-- |\n| [x](https://github.com/o/x) |\n\n<sub>x</sub>\n\n{END}"
    block = "\n".join(f"{indent}{line}" if line else "" for line in block.split("\n"))
    entry = "- [{0}](https://github.com/o/{0}) - words\n  - [{0}2](https://github.com/o/{0}2)\n"
    parts = ["# List\n\n" + entry.format("a"), "\n## Section\n\n" + entry.format("b"), entry.format("c")]
    text = f"{block}\n".join(parts)
    lines = ["" if number in ignored(text) else line for number, line in enumerate(text.split("\n"))]
    blanked = parser.parse("\n".join(lines).encode(), name="l", source="l.md")
    assert parser.parse(text.encode(), name="l", source="l.md", find_ignored=ignored) == blanked
    assert len(blanked.entries) == 6


def test_a_readme_that_is_a_list_is_parsed_once() -> None:
    """Its blocks, its entries, and the blocks to fill come from the same tokens."""
    data = f"# Once\n\n- [a](https://github.com/o/a)\n\n{OPEN}\n{END}\n".replace("\n", "\r\n").encode()
    before = markdown.tokens.cache_info().misses
    parser.parse(data, name="l", source="l.md", find_ignored=ignored)
    assert len(readme_blocks.parse(data, "l.md").blocks) == 1
    assert markdown.tokens.cache_info().misses == before + 1


def test_block_with_only_new_dates_stays() -> None:
    """New dates in the footnote change nothing; other figures, and dates in the table, are written."""

    def of(day: str, note: str, commit: str = "2025-06-01") -> list[str]:
        return [f"| a | {commit} |", "", f"<sub>Simulated figures · as of {day} · gains since {note} · by gain</sub>"]

    text = f"{OPEN}\n{BEFORE}\n\n" + "\n".join(of("2025-06-25", "2025-05-26")) + f"\n\n{AFTER}\n{END}"

    def written(lines: list[str]) -> str:
        return filled(text, lambda _block: lines)

    assert written(of("2025-06-26", "2025-05-27")) == text
    assert written(of("2026-06-26", "2025-05-27 to 2025-05-29")) == text
    for changed in (of("2025-06-26", "2025-05-26", "2025-06-02"), of("2025-06-25", "2025-05-26 · 1 of 2 counted")):
        assert "\n".join(changed) in written(changed)


NESTED = "    - [b](https://github.com/o/b)\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"{ENTRY}\n{OPEN}\n{END}\n{NESTED}", [4]),
        (f"{ENTRY}\r\n\r\n{OPEN}\r\n\r\n| a |\r\n{END}\r\n\r\n{NESTED}{NESTED}", [8]),
        (f"{ENTRY}\n\n  {OPEN}\n  {END}\n\n{NESTED}", []),
        (f"{ENTRY}\n{OPEN}\n{END}\n- [b](https://github.com/o/b)\n", []),
        (f"text\n\n{OPEN}\n{END}\n\n{NESTED}", []),
        (f"{ENTRY}\n{OPEN}\n{END}\n\n    word\n", []),
        (f"{NESTED}{OPEN}\n{END}\n", []),
    ],
)
def test_nested_entries_below_a_block(text: str, expected: list[int]) -> None:
    """Those that are code only because the block ends the item around them are found."""
    assert readme_blocks.entries_in_code(readme_blocks.parse(text.encode(), "README.md")) == expected

"""Markdown lists in the forms that real lists have."""

import json
from pathlib import Path

import pytest

from startrack.errors import SourceError
from startrack.lists import parser, selection
from startrack.model.lists import Entry, List

HERE = Path(__file__).parent


def parse(text: str, source: str = "README.md") -> List:
    """Parse a Markdown list."""
    return parser.parse(text.encode(), name="list", source=source)


def parse_single_entry(text: str) -> Entry:
    """Parse a list with one project."""
    (entry,) = parse(text).entries
    return entry


def repos(text: str, source: str = "README.md") -> list[str]:
    """Return the repositories of a list."""
    return [entry.repo for entry in parse(text, source).entries]


def test_a_real_list() -> None:
    """The 23 projects of a real list are found with their titles, sections and lines, as in the golden file."""
    data = (HERE / "lists" / "mllms-reasoning.md").read_bytes()
    parsed = parser.parse(data, name="mllms-reasoning", source="mllms-reasoning.md")
    rows = [
        {
            "list": parsed.name,
            "repo": entry.repo,
            "title": entry.title,
            "section": list(entry.section),
            "url": entry.url,
            "line": entry.line,
        }
        for entry in parsed.entries
    ]
    assert rows == json.loads((HERE / "golden" / "mllms-entries.json").read_text("utf-8"))
    assert len(selection.select(parsed, sections=["Open-Source Projects"], exclude=[]).entries) == 11
    assert sum(len(entry.badges) for entry in parsed.entries) == 11


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_do_not_matter(end: str) -> None:
    """Entries are the same for every line end, with and without a byte order mark."""
    text = "# T\n\n## A\n* [n](https://github.com/o/n)\n"
    data = b"\xef\xbb\xbf" + text.replace("\n", end).encode()
    assert parser.parse(data, name="list", source="README.md") == parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "- [n](https://github.com/o/n) - words",
        "* [n](<https://github.com/o/n> 'a title')",
        "+ **[n](https://github.com/o/n)**",
        "12. ~~[n](https://github.com/o/n)~~",
        "[n][1]\n\n[1]: https://github.com/o/n",
        "[n]\n\n[N]: https://github.com/o/n",
        "n: https://github.com/o/n.",
        "- n: <https://github.com/o/n>",
        "n at github.com/o/n, which is fine",
        "| a | b |\n|---|---|\n| [n](https://github.com/o/n) | words |",
        "> quoted [n](https://github.com/o/n)",
        '<a href="https://github.com/o/n">n</a>',
        "words <A HREF='https://github.com/o/n'>n</A>",
        "<ul>\n<li><a href=https://github.com/o/n>n</a></li>\n</ul>",
        "<table><tr><td>\n\n[n](https://github.com/o/n)\n\n</td></tr></table>",
        "<details><summary>More</summary>\n\n- [n](https://github.com/o/n)\n\n</details>",
        '<code><a href="https://github.com/o/n">n</a></code>',
        "### [n](https://github.com/o/n)",
        "n\nhttps://github.com/o/n\n===",
        "[![n](https://x.example/logo.png)](https://github.com/o/n)",
        "[![](https://x.example/logo.png)](https://github.com/o/n)",
        "[`n`](https://github.com/o/n)",
        "- [n](\nhttps://github.com/o/n)",
    ],
)
def test_ways_to_link(text: str) -> None:
    """Every form of link is found, and its label is the title."""
    parsed = parse_single_entry(text)
    assert (parsed.repo, parsed.title) == ("o/n", "n")


@pytest.mark.parametrize(
    "text",
    [
        "`https://github.com/o/n`",
        "    https://github.com/o/n",
        "```\ngit clone https://github.com/o/n\n```",
        "~~~\n[n](https://github.com/o/n)\n~~~",
        "<!-- [n](https://github.com/o/n) -->",
        "<!--\n\nhttps://github.com/o/n\n\n-->",
        "<pre>https://github.com/o/n</pre>",
        "words <code>github.com/o/n</code>",
        "<script>x = 'https://github.com/o/n'</script>",
        "![n](https://github.com/o/n/raw/main/x.png)",
        "<img src='https://github.com/o/n/blob/main/x.png?raw=true'>",
        "[1]: https://github.com/o/n",
        "[n](https://web.archive.org/web/https://github.com/o/n)",
        "https://web.archive.org/web/https://github.com/o/n",
    ],
)
def test_text_without_links(text: str) -> None:
    """Code, comments, images, scripts and unused definitions are not links."""
    with pytest.raises(SourceError, match=r"README\.md names no project"):
        parse(text)


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("* [2503] [A: B] (Lab) [Paper](https://x.example) [Code](https://github.com/o/n)", "A: B"),
        ("* [2503][A: B] (Lab) [Code](https://github.com/o/n)", "A: B"),
        ("* [R1-V: with Less Than $3] [Code](https://github.com/o/n)", "R1-V: with Less Than $3"),
        ("* [A [B] C] [Code](https://github.com/o/n)", "A [B] C"),
        ("* [A Title](https://x.example), some venue. [[Code]](https://github.com/o/n)", "A Title"),
        ("* **A Title**. Names, 2024. [[Paper](https://x.example)] [[Code](https://github.com/o/n)]", "A Title"),
        ("* [Paper](https://x.example) **A Title** [GitHub](https://github.com/o/n)", "A Title"),
        ("* (2024-03) A Title, [official code](https://github.com/o/n)", "A Title"),
        ("* [CVPR 2024] A Title. [Project Page](https://github.com/o/n)", "A Title"),
        ("* **A\n  Title**<br>Names<br>[Code](https://github.com/o/n)", "A Title"),
        ("* A Title - words of it ([repo](https://github.com/o/n))", "A Title"),
        ("* A Title\n  - [Paper](https://x.example)\n  - [Code](https://github.com/o/n)", "A Title"),
        ("* A Title\n\n  Words. [Code](https://github.com/o/n)", "A Title"),
        ("| A Title | 2024 | [Code](https://github.com/o/n) |\n|-|-|-|\n", "A Title"),
        ("| a | b |\n|-|-|\n| A Title | [Code](https://github.com/o/n) |", "A Title"),
        ("<table><tr><td>A Title</td><td><a href='https://github.com/o/n'>Code</a></td></tr></table>", "A Title"),
        ("<ul><li><p>A Title</p><p><a href='https://github.com/o/n'>Code</a></p></ul>", "A Title"),
        ("[A Title]([https://github.com/o/n)", "A Title"),
        ("* [A Title]([https://github.com/o/n] words", "A Title"),
        ("**A Title** [Code](https://github.com/x/y)  \n**B Title** [Code](https://github.com/o/n)", "B Title"),
        ("Find the code [here](https://github.com/o/n).", "n"),
        ("- [Code](https://github.com/o/n)", "n"),
        ("- [models](https://github.com/o/models)", "models"),
        ("- [x] [Code](https://github.com/o/n)", "n"),
        ("[![build](https://github.com/o/n/workflows/x/badge.svg)](https://github.com/o/n/actions)", "n"),
        ("- [A &amp; *B*\n  `C`](https://github.com/o/n)", "A & B C"),
        ("<a href='https://github.com/o/n'>A &amp;\n <b>B</b></a>", "A & B"),
        ("- [o/n](https://github.com/o/n)", "o/n"),
        ("- [2048](https://github.com/o/2048)", "2048"),
        (f"- [{'A' * 10_000}] [Code](https://github.com/o/n)", "A" * 10_000),
    ],
)
def test_titles(text: str, title: str) -> None:
    """A title is the label of the link, or the text before it if the label only says what kind of page it is."""
    assert parse(text).entries[-1].title == title


def test_cells_of_a_grid_have_their_own_titles() -> None:
    """In a table of projects, an image without text has the repository's name as title, not a neighboring title."""
    text = (
        "<table><tr><td><a href='https://github.com/o/one'><img src='x.png'></a></td>"
        "<td><b>Two</b> words <a href='https://github.com/o/b'>Code</a></td></tr></table>"
    )
    assert [entry.title for entry in parse(text).entries] == ["one", "Two"]


def test_details_element_of_a_best_of_list() -> None:
    """The summary of a details element and the link inside it are one entry, with the title of the summary."""
    text = (
        "## Data\n\n"
        '<details><summary><b><a href="https://github.com/o/n">Name</a></b> (1 ·  2K) - Words. '
        '<code><a href="http://x.example">MIT</a></code></summary>\n\n'
        "- [GitHub](https://github.com/O/N) (3K · 4):\n\n\t```\n\tgit clone https://github.com/old/n\n\t```\n"
        "</details>\n"
        "<details><summary>Show 1 hidden projects...</summary>\n\n"
        '- <b><a href="https://github.com/o/m">Other</a></b> (1 · 2) - Words.\n'
        "</details>\n"
    )
    rows = [(entry.repo, entry.title, entry.section, entry.line) for entry in parse(text).entries]
    assert rows == [("o/n", "Name", ("Data",), 3), ("o/m", "Other", ("Data",), 13)]


def test_sections() -> None:
    """A section path consists of the ATX, setext and HTML headings above, without the title and bold lines."""
    text = (
        "# Title\n[a](https://github.com/o/a)\n\n## *B* `x` [y](z) #\n[b](https://github.com/o/b)\n\n"
        "<h3 align='center'>\n C &amp; D <br>\n</h3>\n\n[c](https://github.com/o/c)\n\n**Bold**\n\n"
        "E\n-\n> ## quoted\n\n- ## in an item\n\n[e](https://github.com/o/e)\n\n#\n\n[f](https://github.com/o/f)\n"
    )
    sections = {entry.title: entry.section for entry in parse(text).entries}
    assert sections == {"a": (), "b": ("B x y",), "c": ("B x y", "C & D"), "e": ("E",), "f": ()}


@pytest.mark.parametrize(("first", "section"), [("Awesome Things", ("Tools",)), ("Things", ("Things", "Tools"))])
def test_title_among_several_top_headings(first: str, section: tuple[str, ...]) -> None:
    """The first of several H1 is the title of the document only if it says that this is a list."""
    parsed = parse(f"# {first}\n## Tools\n[a](https://github.com/o/a)\n# More\n[b](https://github.com/o/b)\n")
    assert [entry.section for entry in parsed.entries] == [section, ("More",)]


@pytest.mark.parametrize(
    ("before", "section"),
    [
        ("---\ntitle: My list\nrepo: https://github.com/o/site\n---\n", ()),
        ("---\ntitle:\n  - My list\n...\n", ()),
        ("---\ntitle: [My list\n---\n", ("title: [My list",)),
        ("---\n\ntitle: My list\n---\n", ("title: My list",)),
        ("---\nNote: mine\n\n## Tools\n\n- first\n\n---\n\n", ("Tools",)),
        ("---\ntitle: My list\n\n## Tools\n\n", ("Tools",)),
    ],
)
def test_front_matter(before: str, section: tuple[str, ...]) -> None:
    """YAML at the beginning is no text and no heading; text between two thematic breaks is."""
    parsed = parse(f"{before}- [a](https://github.com/o/a)\n")
    assert [(entry.repo, entry.section) for entry in parsed.entries] == [("o/a", section)]


def test_several_mentions_are_one_entry() -> None:
    """Mentions of a repository in any case are one entry, with the first line and with all sections."""
    text = (
        "## A\n[x](https://github.com/O/n)\n## B\n[y](https://github.com/o/N/wiki)\n"
        "## A\n[z](http://github.com/o/n.git)"
    )
    parsed = parse_single_entry(text)
    assert (parsed.repo, parsed.title, parsed.line) == ("O/n", "x", 2)
    assert parsed.sections == (("A",), ("B",))


BADGE = "https://img.shields.io/github/stars/o/n.svg?style=flat"


def test_badge_belongs_to_its_entry() -> None:
    """A star badge is stored once, in the entry of its repository. Other badges are not stored."""
    text = (
        f"- [n](https://github.com/o/n) ![s]({BADGE}) ![s]({BADGE})\n"
        "  ![f](https://img.shields.io/github/forks/o/n)\n"
        f"- [m](https://github.com/o/m) <img src='https://img.shields.io/github/stars/O/M'>"
    )
    badges = {entry.repo: entry.badges for entry in parse(text).entries}
    assert badges == {"o/n": (BADGE,), "o/m": ("https://img.shields.io/github/stars/O/M",)}


def test_badge_alone_names_a_project() -> None:
    """A badge makes an entry only if its item has no link to a repository."""
    alone = parse_single_entry(f"## A\n- [Name](https://x.example) ![stars]({BADGE})")
    assert (alone.repo, alone.title, alone.url) == ("o/n", "Name", "https://github.com/o/n")
    assert alone.badges == (BADGE,)
    assert repos(f"## A\n- [m](https://github.com/o/m) ![stars]({BADGE})") == ["o/m"]


OWN = (
    "![CI](https://github.com/me/list/workflows/x/badge.svg)\n\n"
    "[n](https://github.com/o/n/issues) [r](https://github.com/o/r/actions)\n\n"
    "[new](https://github.com/me/list/issues/new/choose) [pulls](https://github.com/me/list/pulls) "
    "[edit](https://github.com/me/list/edit/main/README.md) [help](https://github.com/me/list/blob/x/CONTRIBUTING.md)"
)


@pytest.mark.parametrize(
    "source",
    [
        "README.md",
        "me/list",
        "Me/List:docs/README.md",
        "https://github.com/me/list",
        "https://raw.githubusercontent.com/me/list/main/README.md",
    ],
)
def test_own_administration_pages_make_no_entry(source: str) -> None:
    """Links to the list's own pull requests, issues and edits, and its badges, make no entry, for any source."""
    assert repos(OWN, source) == ["o/n", "o/r"]


def test_own_repository_can_be_an_entry() -> None:
    """The list's own repository is an entry if the list links to its main page."""
    assert repos(f"{OWN}\n\n[me](https://github.com/me/list)", "me/list") == ["me/list", "o/n", "o/r"]


def test_own_headings_make_no_entry() -> None:
    """A link to a heading of the list's own page makes no entry."""
    text = "[top](https://github.com/me/list#top) [n](https://github.com/o/n#readme)"
    assert repos(text, "me/list") == ["o/n"]


def test_lines_of_links() -> None:
    """The line is that on which the link begins, in paragraphs, tables and blocks, and after code and HTML."""
    text = (
        "a `code\nover` lines <b\nid='x'> [a](https://github.com/o/a) and\\\n"
        "https://github.com/o/b [over\nlines](https://github.com/o/c) <a\nhref='https://github.com/o/d'>x</a>\n\n"
        "| h |\n|---|\n| https://github.com/o/e |\n| https://github.com/o/f |\n\n"
        "<div>\n<!--\n-->\nhttps://github.com/o/g <a\n  href='https://github.com/o/h'>h</a>\n</div>\n"
        "<p\n>\n\n> - x\n>   y https://github.com/o/i\n"
    )
    lines = {entry.repo[-1]: entry.line for entry in parse(text).entries}
    assert lines == {"a": 3, "b": 4, "c": 4, "d": 5, "e": 10, "f": 11, "g": 16, "h": 16, "i": 23}

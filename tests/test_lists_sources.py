"""Sources of lists, their default names, and the selection of entries."""

import re

import pytest

from startrack.errors import SourceError
from startrack.lists import parser, selection, sources
from startrack.lists.sources import FileSource, GitHubSource, Source, UrlSource
from startrack.model.lists import List


@pytest.mark.parametrize(
    ("text", "source", "name"),
    [
        ("there/is", FileSource("there/is"), "is"),
        ("README.md", FileSource("README.md"), "readme"),
        ("/x/My List/README.md", FileSource("/x/My List/README.md"), "my-list"),
        ("lists/a.md", FileSource("lists/a.md"), "a"),
        ("./x/y", FileSource("./x/y"), "y"),
        ("/x", FileSource("/x"), "x"),
        ("a/b/c", FileSource("a/b/c"), "c"),
        ("C:\\x\\Größe.CSV", FileSource("C:\\x\\Größe.CSV"), "groe"),
        ("../../..", FileSource("../../.."), "list"),
        ("o/n", GitHubSource("o/n"), "n"),
        ("Open/Awesome_X.Y", GitHubSource("Open/Awesome_X.Y"), "awesome_x.y"),
        ("o/n:docs/list.yaml", GitHubSource("o/n", "docs/list.yaml"), "list"),
        ("o/n:README.md", GitHubSource("o/n", "README.md"), "n"),
        ("https://github.com/o/n", GitHubSource("o/n"), "n"),
        ("https://github.com/o/n/tree/main", GitHubSource("o/n"), "n"),
        ("https://github.com/o/n.md", GitHubSource("o/n.md"), "n"),
        ("github.com/o/n.git", GitHubSource("o/n"), "n"),
        (
            "https://github.com/o/n/blob/main/README.md",
            UrlSource("https://raw.githubusercontent.com/o/n/main/README.md"),
            "n",
        ),
        (
            "https://raw.githubusercontent.com/o/n/main/lists/a.json",
            UrlSource("https://raw.githubusercontent.com/o/n/main/lists/a.json"),
            "a",
        ),
        ("https://x.example/lists/a%20b.csv?v=1", UrlSource("https://x.example/lists/a%20b.csv?v=1"), "a-b"),
        ("https://x.example/README.md", UrlSource("https://x.example/README.md"), "x.example"),
        ("http://x.example", UrlSource("http://x.example"), "x.example"),
    ],
)
def test_sources(text: str, source: Source, name: str) -> None:
    """A SOURCE argument is a file, a URL or a file on GitHub, and its list has a short name."""
    assert sources.parse_source(text, {"there/is"}.__contains__) == source
    assert sources.default_name(source) == name


@pytest.mark.parametrize(
    "source",
    [
        GitHubSource("o/n"),
        GitHubSource("o/n.md"),
        GitHubSource("o/n", "a/b.csv"),
        FileSource("a.md"),
        UrlSource("http://x/y"),
    ],
)
def test_sources_round_trip(source: Source) -> None:
    """The text of a source is an equivalent SOURCE argument."""
    assert sources.parse_source(str(source), lambda _: False) == source


@pytest.mark.parametrize(
    "text",
    ["", "  ", "ftp://x.example/a.md", "https://", "http://a b/c", "a\nb", "a\0b", "http://[::1", "http://[x]/a.md"],
)
def test_invalid_source(text: str) -> None:
    """A text that names no list is an error."""
    with pytest.raises(SourceError):
        sources.parse_source(text, lambda _: False)


SECTION = ("\uf8ff\xfc\xec\xf1 Papers", "\U0001f680  3.Test-time Scaling / TTS:")


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ("Papers", True),
        ("papers", True),
        ("\U0001f4da **Papers**", True),
        ("Test-time Scaling / TTS", True),
        ("3.Test-Time scaling / TTS", True),
        ("Papers / test-time scaling / tts", True),
        (" / ".join(SECTION), True),
        ("Test-time Scaling", False),
        ("Paper", False),
        ("", False),
        ("\U0001f680", False),
    ],
)
def test_in_section(selector: str, expected: bool) -> None:  # noqa: FBT001 - a column of the table
    """A selector is one heading of the path or several consecutive ones; case, emoji and numbers are ignored."""
    assert selection.in_section(SECTION, selector) is expected


def test_a_number_inside_a_heading_counts() -> None:
    """Only a leading number is ignored."""
    assert selection.in_section(("1.2) Python 3 tools",), "python 3 tools")
    assert not selection.in_section(("Python 3 tools",), "Python tools")


@pytest.mark.parametrize(
    "heading",
    ["a" + "-" * 200_000 + "a", "\u2603 " * 100_000 + "a", "1" * 200_000, "1." * 100_000],
)
def test_a_long_heading_takes_linear_time(heading: str) -> None:
    """Long headings are compared in linear time; in quadratic time this test would take many minutes."""
    assert not selection.in_section((heading,), "b")


def sample() -> List:
    """Parse a list of three projects in two sections."""
    text = (
        "## Tools\n[a](https://github.com/o/a) [b](https://github.com/o/b)\n"
        "## Libraries\n[c](https://github.com/p/c) [a](https://github.com/o/a)"
    )
    return parser.parse(text.encode(), name="list", source="x.md")


@pytest.mark.parametrize(
    ("sections", "exclude", "left"),
    [
        ([], [], "abc"),
        (["tools"], [], "ab"),
        (["Libraries"], [], "ac"),
        (["Libraries", "Tools"], ["O/A"], "bc"),
        ([], ["o/*"], "c"),
        ([], ["*/c", "no/such"], "ab"),
    ],
)
def test_select(sections: list[str], exclude: list[str], left: str) -> None:
    """Entries are selected by any of their sections and excluded by name."""
    kept = selection.select(sample(), sections=sections, exclude=exclude)
    assert "".join(entry.title for entry in kept.entries) == left


@pytest.mark.parametrize(
    ("sections", "exclude", "message"),
    [
        (["Toolz"], [], "no section 'Toolz' with projects; did you mean 'Tools'?"),
        (["Xyz"], [], "use one of: Tools, Libraries"),
        ([], ["a"], "exclude: invalid pattern 'a'; use OWNER/NAME"),
        ([], ["*/*"], "leave none of its 3 projects"),
    ],
)
def test_invalid_selection(sections: list[str], exclude: list[str], message: str) -> None:
    """An unknown section, an invalid exclusion and an empty result are errors."""
    with pytest.raises(SourceError, match=re.escape(message)):
        selection.select(sample(), sections=sections, exclude=exclude)

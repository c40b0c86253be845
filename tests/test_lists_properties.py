"""Properties of list parsing that hold for any input."""

import time
from html import unescape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it.common.utils import unescapeAll

from startrack.errors import SourceError
from startrack.lists import parser, sources
from startrack.lists.places import find_places
from startrack.lists.project_links import parse_repository_link
from startrack.model.lists import List

MARKS = st.sampled_from(
    [
        "[", "]", "(", ")", "![", "<", ">", "*", "**", "_", "`", "```\n", "~~", "|", "|-|\n", "\n", "\n\n", "\n    ",
        "- ", "1. ", "> ", "# ", "\n===\n", "&amp;", "\\", "<a href='", "'>", "</a>", "<td>", "<li>", "<h2>", "</h2>",
        "<!--", "-->", "<details>", "[2503]", "Code", "word", "https://github.com/o/n", "github.com/o/n", ": ",
        "{", "}",
        '"', ",", "https://img.shields.io/github/stars/o/n",
        "\n\xa0\n", "\u202e", "\U0001f680", "\t", "\r", "\xa0", "\x0c", "]: ",
    ],
)  # fmt: skip
LINKS = st.sampled_from(
    [
        "[name](https://github.com/o/n)", "[a|b\\|c](<https://github.com/o/n?a=1&amp;b> 't')", "<https://github.com/o/p>",
        "[a][r]", "![b][s]", "\n\n[r]: https://github.com/o/r\n",
        "\n\n[s]: <https://img.shields.io/github/stars/o/s> 'x'\n",
        "\n\n> a | b\n> --|--\n> c | [![](https://img.shields.io/github/stars/o/t)](https://github.com/o/t) | d\n",
        "\r\n", '<img src="https://img.shields.io/github/stars/o/u?a&amp;b">', "https://github.com/o/v\\_w&lt;",
        "<a\n href='https://github.com/o/w'>",
        "<picture><source srcset='https://img.shields.io/github/stars/o/x 2x'></picture>",
    ],
)  # fmt: skip
TEXTS = st.one_of(st.text(), st.lists(MARKS, max_size=60).map("".join))
SOURCES = st.sampled_from(["x.md", "x.txt", "x.csv", "x.json", "x.yaml", "o/n", "https://github.com/o/n"])
OWNERS = st.from_regex(r"[A-Za-z0-9]{1,5}-[a-z]{1,5}x", fullmatch=True)
NAMES = st.from_regex(r"[A-Za-z0-9._-]{1,8}x", fullmatch=True)


def parse_or_none(text: str, source: str) -> List | None:
    """Parse a list, or return `None` if it is invalid."""
    try:
        return parser.parse(text.encode("utf-8", "surrogatepass"), name="list", source=source)
    except SourceError:
        return None


@settings(max_examples=150)
@given(TEXTS, SOURCES)
def test_any_text_is_parsed_or_invalid(text: str, source: str) -> None:
    """Any text gives a list or a SourceError, and the same one each time."""
    assert parse_or_none(text, source) == parse_or_none(text, source)


@settings(max_examples=100)
@given(st.binary(max_size=200), SOURCES)
def test_any_bytes_are_parsed_or_invalid(data: bytes, source: str) -> None:
    """Any bytes give a list or a SourceError."""
    try:
        parser.parse(data, name="list", source=source)
    except SourceError as error:
        assert source in str(error)  # noqa: PT017 - both outcomes are valid


@settings(max_examples=100)
@given(
    OWNERS,
    NAMES,
    st.sampled_from(["https://", "http://", "https://www.", "", "//", "www.", "HTTPS://"]),
    st.sampled_from(["", "/", ".git", "/tree/main", "/issues", "?tab=x", "#readme", "/wiki/A%20b", "."]),
    st.sampled_from([str, str.lower, str.upper]),
)
def test_any_spelling_is_the_same_repository(owner: str, name: str, scheme: str, tail: str, case: type[str]) -> None:
    """Any spelling of a repository's URL names it."""
    parsed = parse_repository_link(f"{scheme}github.com/{case(owner)}/{case(name)}{tail}")
    assert parsed
    assert parsed.repo.lower() == f"{owner}/{name}".lower()


@settings(max_examples=100)
@given(st.lists(MARKS, max_size=40), st.integers(0, 40))
def test_lines_contain_the_repository(marks: list[str], place: int) -> None:
    """The line of an entry contains the name of its repository."""
    marks.insert(place, "\n\nSee https://github.com/some/project-x here\n\n")
    text = "".join(marks).replace("\r", "").replace("]: ", "")
    parsed = parse_or_none(text, "x.md")
    for entry in parsed.entries if parsed else ():
        assert entry.repo.partition("/")[2] in text.split("\n")[entry.line - 1]


STARTS = st.sampled_from(["", "\ufeff", "---\nk: v\n---\n"])


@settings(max_examples=300)
@given(STARTS, st.lists(MARKS | LINKS, max_size=40), st.sampled_from(["x.md", "x.md", "x.html"]))
def test_places_are_exact(start: str, marks: list[str], source: str) -> None:
    """The bytes of a place are its URL as written there, and an entry's bytes are one of the places."""
    text = start + "".join(marks)
    data = text.encode()
    places = find_places(data, source)
    for place in places:
        written = place.url_span.of(data).decode()
        if "\n" not in place.url:  # behind a line end there can be the marker of a quote
            assert place.url in {written, unescapeAll(written), unescape(written)}
        assert place.outer_span.contains(place.span)
        assert place.span.contains(place.url_span) or place.reference
        assert place.span.contains(place.label_span or place.span)
    parsed = parse_or_none(text, source)
    known = {(place.url_span, place.repo) for place in places}
    assert all((entry.span, entry.repo) in known for entry in (parsed.entries if parsed else ()))


@settings(max_examples=50)
@given(st.text(max_size=40))
def test_default_names_are_safe_file_names(text: str) -> None:
    """The default name of a list only has safe characters, for any source."""
    try:
        source = sources.parse_source(text, lambda _: False)
    except SourceError:
        return
    name = sources.default_name(source)
    assert name
    assert not name.startswith((".", "-"))
    assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-_.")


HOSTILE = [
    "[", "![", "[a](", "[a\n", "<", "<a ", '<a x="', "<!--x>", "<!", "<div>\n\n", "*", "*a ", "a*b**", "`", "|", "> ",
    "- ", "&#", "\\", "<b>.</b>", "x\n", "# x\n", "<li>", "github.com/", "[Code](https://github.com/o/n)\n", "[2503] ",
    "【", "{", "&a ", "- a: [\n", "https://github.com/o/n/(",
    "https://github.com/o/n ", "a: https://github.com/o/n ", "https://gitlab.com/o/n ", "\uff0cgithub.com/o/n", '"',
    "[a]: <", "[a]: https://github.com/o/n\n", "[a][b] ", "a\\|", "\\_", '<source srcset="a, ', "<picture>",
    "[![](https://img.shields.io/github/stars/o/n)](x) ", "<!--startrack:count-->",
]  # fmt: skip


@pytest.mark.parametrize("mark", HOSTILE)
def test_parsing_takes_linear_time(mark: str) -> None:
    """Thousands of repeated marks are parsed within seconds, in every format."""
    started = time.process_time()
    for source in ("x.md", "x.txt", "x.csv", "x.json", "x.yaml"):
        parse_or_none(mark * (20_000 // len(mark)), source)
    find_places((mark * (20_000 // len(mark))).encode(), "x.md")
    assert time.process_time() - started < 5


def test_a_line_with_thousands_of_links_takes_linear_time() -> None:
    """Their bytes are exact, also behind characters of several bytes."""
    data = " ".join(f"\N{BLACK STAR} [p](https://github.com/o/p{number})" for number in range(8_000)).encode()
    started = time.process_time()
    places = find_places(data, "x.md")
    assert time.process_time() - started < 5
    assert len(places) == 8_000
    assert all(place.url_span.of(data) == place.url.encode() for place in places)


def test_deeply_nested_lists() -> None:
    """Hundreds of nested items are not an error, and the outer ones are found."""
    text = "\n".join("  " * depth + f"- [n](https://github.com/o/n{depth})" for depth in range(400))
    parsed = parse_or_none(text, "x.md")
    assert parsed
    assert [entry.repo for entry in parsed.entries[:5]] == [f"o/n{depth}" for depth in range(5)]

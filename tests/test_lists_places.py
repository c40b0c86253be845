"""Where links, badges and definitions are in a file, to the byte."""

import pytest

from startrack.lists import parser
from startrack.lists.places import find_places
from startrack.model.lists import LinkKind, LinkPlace


def places(text: str | bytes, source: str = "README.md") -> tuple[LinkPlace, ...]:
    """Return the places of a text."""
    return find_places(text if isinstance(text, bytes) else text.encode(), source)


def pieces(text: str) -> list[tuple[LinkKind, str, str]]:
    """Return the kind, the element and the written URL of each place."""
    data = text.encode()
    return [(place.kind, place.span.of(data).decode(), place.url_span.of(data).decode()) for place in places(data)]


URL = "https://github.com/o/n"
BADGE = "https://img.shields.io/github/stars/o/n"


@pytest.mark.parametrize(
    ("text", "kind", "element", "url"),
    [
        ("- [name](https://github.com/o/n) - x", LinkKind.INLINE, f"[name]({URL})", URL),
        ("> * > [name](  https://github.com/o/n 'title' )", LinkKind.INLINE, f"[name](  {URL} 'title' )", URL),
        ("1. a\n   > [na\n   > me](<https://github.com/o/n>).", LinkKind.INLINE, f"[na\n   > me](<{URL}>)", URL),
        ("[n](https://github.com/o/n?a=1&amp;b=2)", LinkKind.INLINE, f"[n]({URL}?a=1&amp;b=2)", f"{URL}?a=1&amp;b=2"),
        ("[n](https://github.com/o/n\\_)", LinkKind.INLINE, f"[n]({URL}\\_)", f"{URL}\\_"),
        ("\\* &amp; **é** <https://github.com/o/n>", LinkKind.AUTOLINK, f"<{URL}>", URL),
        ("\\* &amp; **é** ~~x~~ `a` see https://github.com/o/n.", LinkKind.BARE, URL, URL),
        ("## __a__ [n](https://github.com/o/n) ##", LinkKind.INLINE, f"[n]({URL})", URL),
        ("[n](https://github.com/o/n)\n===", LinkKind.INLINE, f"[n]({URL})", URL),
        ("* | a | b |\n  |--|--|\n  | a\\|b | [x\\|y](https://github.com/o/n) |", LinkKind.INLINE,
         f"[x\\|y]({URL})", URL),
        ("> - \xa0\n>   \x0c\n>   *\n>   [n](https://github.com/o/n)\n>   ===", LinkKind.INLINE, f"[n]({URL})", URL),
        ("---\nhome: github.com/o/a\n---\n[n](https://github.com/o/n)\n---", LinkKind.INLINE, f"[n]({URL})", URL),
        ("\u3000\n[n](https://github.com/o/n)\n\u2003", LinkKind.INLINE, f"[n]({URL})", URL),
        ("x <a\n  href='https://github.com/o/n'>n</a> y", LinkKind.HTML, f"<a\n  href='{URL}'>n</a>", URL),
        ("<div>\n&amp; <a class=x HREF=https://github.com/o/n>n\n</a>\n</div>", LinkKind.HTML,
         f"<a class=x HREF={URL}>n\n</a>", URL),
        ("<p>\n&amp;&notit; https://github.com/o/n &lt;\n</p>", LinkKind.BARE, URL, URL),
        ("![s](https://img.shields.io/github/stars/o/n)", LinkKind.IMAGE, f"![s]({BADGE})", BADGE),
        ('<img alt="a>b" src="https://img.shields.io/github/stars/o/n"/>', LinkKind.HTML_IMAGE,
         f'<img alt="a>b" src="{BADGE}"/>', BADGE),
    ],
)  # fmt: skip
def test_element_and_url(text: str, kind: LinkKind, element: str, url: str) -> None:
    """A place has its line, and the bytes of its URL and of its element, whatever is around it."""
    assert pieces(text) == [(kind, element, url)]
    assert element.partition("\n")[0] in text.split("\n")[places(text)[0].line - 1]


def test_references() -> None:
    """A link by reference has its URL in the definition, which is a place of its own."""
    text = '[a][r] [r] [b][] ![s][S]\n\n> [r]: <https://github.com/o/n>\n>   "t"\n\n[b]: https://github.com/p/q\n'
    text += f"[s]: {BADGE}\n"
    assert pieces(text) == [
        (LinkKind.REFERENCE, "[a][r]", URL),
        (LinkKind.REFERENCE, "[r]", URL),
        (LinkKind.REFERENCE, "[b][]", "https://github.com/p/q"),
        (LinkKind.REFERENCE_IMAGE, "![s][S]", BADGE),
        (LinkKind.DEFINITION, f'[r]: <{URL}>\n>   "t"', URL),
        (LinkKind.DEFINITION, "[b]: https://github.com/p/q", "https://github.com/p/q"),
        (LinkKind.DEFINITION, f"[s]: {BADGE}", BADGE),
    ]
    assert [place.reference for place in places(text)] == ["R", "R", "B", "S", "R", "B", "S"]


@pytest.mark.parametrize(
    "outer",
    [
        f"[ ![]({BADGE}) ](https://example.org)",
        f'<a href="https://example.org">\n<img src="{BADGE}"></a>',
        (
            f'<a href="https://star-history.com/#o/n">\n<picture>\n<source srcset="{BADGE}?x=1&amp;y 2x, {BADGE} 1x">\n'
            f'<img src="{BADGE}">\n</picture>\n</a>'
        ),
    ],
)
def test_what_is_around_a_badge(outer: str) -> None:
    """A badge has the whole link and `<picture>` around it, if these hold nothing else."""
    data = f"a {outer} b".encode()
    badges = [place for place in places(data) if place.shows_stars]
    assert badges
    assert {place.outer_span.of(data).decode() for place in badges} == {outer}
    assert {place.repo for place in badges} == {"o/n"}


def test_two_badges_in_a_link() -> None:
    """A badge that shares its link with another one is alone in its outer piece."""
    text = f"[![]({BADGE}) ![b]({BADGE})](https://example.org)"
    data = text.encode()
    assert [place.outer_span.of(data).decode() for place in places(data)] == [f"![]({BADGE})", f"![b]({BADGE})"]


def test_charts_of_stars() -> None:
    """A chart of star-history is a star badge if it shows one repository, and makes no entry."""
    chart = "https://api.star-history.com/svg?repos=o/n&type=Date"
    found = places(f"![]({chart}) ![](https://api.star-history.com/svg?repos=o/n,p/q) [a](https://github.com/a/b)")
    assert [(place.repo, place.shows_stars) for place in found] == [("o/n", True), ("a/b", False)]


def test_no_places_in_code_and_comments() -> None:
    """Code, comments and ignored lines have no places."""
    link = f"[n]({URL})"
    text = f"`{link}`\n\n    {link}\n\n```\n{link}\n```\n<!-- {link} -->\n\nx <!-- {link} --> `{URL}`\n\n{link}\n"
    assert find_places(text.encode(), "README.md", lambda text: frozenset({text.count("\n") - 1})) == ()
    assert len(places(text)) == 1


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("last", ["", "\n"])
def test_bytes_of_the_file(mark: bytes, ending: str, last: str) -> None:
    """Line ends, a byte order mark and characters of several bytes shift the bytes, and the spans with them."""
    lines = ["# é", "", "- 星 [nämé](https://github.com/o/n) x", "  y [b", f"  c][r]{last}", "", f"[r]: {URL}"]
    data = mark + ending.join(lines).encode()
    found = places(data)
    assert [place.url_span.of(data).decode() for place in found] == [URL, URL, URL]
    assert found[0].span.of(data).decode() == f"[nämé]({URL})"
    assert found[1].span.of(data).decode() == f"[b{ending}  c][r]"
    entry = parser.parse(data, name="x", source="x.md").entries[0]
    assert entry.span == found[0].url_span


@pytest.mark.parametrize("source", ["x.md", "x.html"])
def test_bytes_below_ignored_lines(source: str) -> None:
    """Lines that are not part of the list shift nothing."""
    data = f"<p>a</p>\n<p>not part of it</p>\n<p><a href='{URL}'>n</a></p>\n".encode()
    (entry,) = parser.parse(data, name="x", source=source, find_ignored=lambda _text: frozenset({1})).entries
    assert entry.span
    assert (entry.line, entry.span.of(data)) == (3, URL.encode())


def test_bytes_that_are_not_text() -> None:
    """Bytes that are not UTF-8 shift nothing."""
    data = b"caf\xe9 \xff [n](https://github.com/o/n) \xfe\n"
    assert [place.span.of(data) for place in places(data)] == [b"[n](https://github.com/o/n)"]


def test_other_formats() -> None:
    """HTML has places too, and Markdown by every suffix; a format without links has none."""
    assert [place.kind for place in places(f"[n]({URL})", "list.mkd")] == [LinkKind.INLINE]
    assert [place.kind for place in places(f'<p><a href="{URL}">n</a></p>', "list.html")] == [LinkKind.HTML]
    assert places(f"name,url\nn,{URL}\n", "list.csv") == ()


def test_counts_are_no_text() -> None:
    """A figure that startrack has put into HTML is no part of a title."""
    text = "<p>\n<!--startrack:count-->9k<!--/startrack--> <b>name</b> https://github.com/o/n\n</p>\n"
    assert [entry.title for entry in parser.parse(text.encode(), name="x", source="x.md").entries] == ["name"]


def test_a_link_without_an_end() -> None:
    """A start tag at the end of the file is a link, as browsers show it."""
    entries = parser.parse(f"a <a href='{URL}'>n".encode(), name="x", source="x.md").entries
    assert [entry.repo for entry in entries] == ["o/n"]

"""Links to renamed projects: only the bytes of the name change, wherever and however a link is written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from startrack.lists import edits, link_fixes
from startrack.lists.places import find_places

OTHERS = b"# List\r\n\r\n- [a](https://github.com/o/a) \xff text\r\n\r\n```\r\nhttps://github.com/old/name\r\n```\r\n"


def renamed(data: bytes, old: str = "old/name", new: str = "fresh/title", source: str = "README.md") -> bytes:
    """Return a file in which a project has its new name."""
    rewritten = link_fixes.rename_edits(data, find_places(data, source), {old: new})
    assert not rewritten.unclear
    return edits.apply(data, (edit for _, _, edit in rewritten.edits))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("[x](https://github.com/old/name)", "[x](https://github.com/fresh/title)"),
        ("[x](http://www.github.com/Old/Name/)", "[x](http://www.github.com/fresh/title/)"),
        ("[x](https://github.com/old/name.git)", "[x](https://github.com/fresh/title.git)"),
        (
            "[x](https://github.com/old/name/blob/main/old/name.py?plain=1#L7 'old/name')",
            "[x](https://github.com/fresh/title/blob/main/old/name.py?plain=1#L7 'old/name')",
        ),
        (
            "[old/name][r]\n\n[r]: <https://github.com/old/name#top>",
            "[old/name][r]\n\n[r]: <https://github.com/fresh/title#top>",
        ),
        ("<https://github.com/old/name>", "<https://github.com/fresh/title>"),
        (
            "see https://github.com/old/name, or github.com/old/name.",
            "see https://github.com/fresh/title, or github.com/fresh/title.",
        ),
        (
            '<a href="https://github.com/old/name?a=1&amp;b">x</a>',
            '<a href="https://github.com/fresh/title?a=1&amp;b">x</a>',
        ),
        (
            "[![s](https://img.shields.io/github/stars/old/name.svg?style=flat)](https://github.com/old/name)",
            "[![s](https://img.shields.io/github/stars/fresh/title.svg?style=flat)](https://github.com/fresh/title)",
        ),
        (
            '<img src="https://ghbtns.com/github-btn.html?user=old&amp;repo=name&amp;type=star">',
            '<img src="https://ghbtns.com/github-btn.html?user=fresh&amp;repo=title&amp;type=star">',
        ),
        (
            "![h](https://api.star-history.com/svg?repos=old/name&type=Date)",
            "![h](https://api.star-history.com/svg?repos=fresh/title&type=Date)",
        ),
        ("| a |\n|:--|\n| [x](https://github.com/old/name) |", "| a |\n|:--|\n| [x](https://github.com/fresh/title) |"),
        ("`https://github.com/old/name` <!-- https://github.com/old/name -->", None),
        ("[x](https://github.com/old/name-more) [y](https://github.com/bold/name)", None),
    ],
)
def test_only_the_name_changes(before: str, after: str | None) -> None:
    """What is around it stays, and so do code, comments, labels and longer names."""
    data = OTHERS + before.encode() + b"\r\n"
    assert renamed(data) == OTHERS + (before if after is None else after).encode() + b"\r\n"
    assert renamed(renamed(data)) == renamed(data)


@pytest.mark.parametrize(
    ("old", "new", "spelled"),
    [
        ("Old/NAME", "fresh/name", "fresh/NAME"),
        ("Old/NAME", "old/title", "Old/title"),
        ("Old/NAME", "Fresh/Title", "Fresh/Title"),
    ],
)
def test_the_case_of_what_stays_is_kept(old: str, new: str, spelled: str) -> None:
    """Where only the owner has changed, the name is left as the list spells it."""
    assert renamed(f"- [x](https://github.com/{old})\n".encode(), old.lower(), new) == (
        f"- [x](https://github.com/{spelled})\n".encode()
    )


def test_a_name_that_is_not_there_as_written_is_reported() -> None:
    """Its link stays as it is."""
    data = b"- [x](https://github.com/%6fld/name)\n"
    rewritten = link_fixes.rename_edits(data, find_places(data, "l.md"), {"old/name": "fresh/title"})
    assert (rewritten.edits, [place.line for place in rewritten.unclear]) == ((), [1])


PIECES = st.lists(
    st.sampled_from(
        [
            "- [x](https://github.com/old/name/tree/x) text\n",
            "https://github.com/OLD/name#a ",
            "\n\n",
            "\r\n",
            "## Head\n\n",
            "[r]: https://github.com/old/name\n",
            "![s](https://img.shields.io/github/stars/old/name)",
            "<a href='http://github.com/old/name.git'>y</a>",
            "`code https://github.com/old/name` ",
            "| a | b |\n|--|--|\n| https://github.com/old/name | ü |\n",
            "> ",
            "text **bold** _it_ ",
        ]
    ),
    max_size=12,
)


@given(PIECES)
def test_every_other_byte_is_kept(pieces: list[str]) -> None:
    """With the names taken out, the file is the same before and after; a second run changes nothing."""
    data = "".join(pieces).encode()
    places = find_places(data, "README.md")
    after = renamed(data)
    assert renamed(after) == after
    assert not [place for place in find_places(after, "README.md") if place.repo.lower() == "old/name"]
    assert len(find_places(after, "README.md")) == len(places)
    assert after.lower().replace(b"fresh/title", b"old/name") == data.lower()

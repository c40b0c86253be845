"""The entries that a change adds to a list."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, SupportsIndex

import pytest

from startrack.lists import additions, parser, places
from startrack.lists.additions import Version
from startrack.model.lists import Entry

LIST = """\
## One

- [A](https://github.com/o/a) - First.
- [C](https://github.com/o/c) - Third.

## Two

- [D](https://github.com/o/d) - Fourth.
"""


def version(text: str) -> Version:
    """Return a version of a list."""
    data = text.encode()
    listed = parser.parse(data, name="list", source="list.md")
    return Version(listed, parser.decode(data, "list.md").split("\n"), places.find_places(data, "list.md"))


def title(entry: Entry | None) -> str | None:
    """Return the title of a neighbour, if there is one."""
    return entry.title if entry else None


def added(new: str, old: str | None = LIST) -> list[tuple[str, str | None, str | None, int | None]]:
    """Return what was added: repository, neighbours, and the line of another entry for it."""
    before = version(old) if old else None
    return [
        (each.entry.repo, title(each.before), title(each.after), each.repeated.line if each.repeated else None)
        for each in additions.find(before, version(new))
    ]


def test_an_entry_has_its_neighbours() -> None:
    """Those of its section, before and after it."""
    assert added(LIST.replace("- [C]", "- [B](https://github.com/o/b)\n- [C]")) == [("o/b", "A", "C", None)]
    assert added(LIST + "- [E](https://github.com/o/e)\n") == [("o/e", "D", None, None)]


def test_what_is_not_added() -> None:
    """An entry that is moved, reworded or spelled otherwise, and what is removed."""
    moved = (
        LIST.replace("- [A](https://github.com/o/a) - First.\n", "")
        + "- [AA](https://github.com/O/A/) - Other words.\n"
    )
    assert added(moved) == []


def test_without_an_old_version_everything_is_added() -> None:
    """A list that is new, or was not readable before."""
    assert [repo for repo, *_ in added(LIST, None)] == ["o/a", "o/c", "o/d"]


def test_a_project_that_is_listed_once_more() -> None:
    """In another section, or in the same one, by whatever spelling; and one that is added twice."""
    assert added(LIST + "- [A again](https://github.com/O/a)\n") == [("o/a", "D", None, 3)]
    assert added(LIST.replace("- [C]", "- [A again](https://www.github.com/o/A)\n- [C]")) == [("o/a", "A", "C", 3)]
    assert added("- [A](https://github.com/o/a) - Above.\n\n" + LIST) == [("o/a", None, None, 3)]
    mentioned = LIST.replace("First.", "Better than [E](https://github.com/o/e).")
    assert added(mentioned + "- [E](https://github.com/O/e)\n", mentioned) == [("o/e", "D", None, None)]
    page = LIST.replace("(https://github.com/o/a)", "(https://github.com/o/a/blob/main/paper.pdf)")
    assert added(page + "- [A again](https://github.com/o/a)\n", page) == [("o/a", "D", None, 3)]
    twice = LIST.replace("## Two", "- [N](https://github.com/o/n)\n\n## Two") + "- [N](https://github.com/o/n)\n"
    assert added(twice) == [("o/n", "C", None, 11)]


@pytest.mark.parametrize(
    "entry",
    [
        "- [New](https://github.com/o/a#readme) - New.",
        "- [New](https://github.com/o/a?tab=readme-ov-file#readme) - New.",
        "- [New](https://github.com/o/a/tree/main) - New.",
        "- [New](https://github.com/o/a/blob/HEAD/README.md) - New.",
        "> - [New](https://github.com/o/a) - New.",
        '<ul>\n<li><a href="https://github.com/o/a">New</a> - New.</li>\n</ul>',
        "\n[New](https://github.com/o/a) - New.",
        "\n**[New](https://github.com/o/a)** - New.",
        '\n<b><a href="https://github.com/o/a">New</a></b> - New.',
        "\nhttps://github.com/o/a - New.",
    ],
)
def test_a_second_entry_in_disguise(entry: str) -> None:
    """By another page that shows the repository itself, in HTML, in a quote, or as a paragraph."""
    (found,) = added(f"{LIST}{entry}\n")
    assert (found[0], found[3]) == ("o/a", 3)


@pytest.mark.parametrize(
    "entry",
    [
        "- [Part](https://github.com/o/a/tree/main/packages/part) - A part.",
        "- [Chapter](https://github.com/o/a#chapter) - A chapter.",
        "- [Wiki](https://github.com/o/a/wiki) - More to read.",
    ],
)
def test_a_part_of_a_repository_is_no_second_entry_for_it(entry: str) -> None:
    """Lists have entries of their own for packages and chapters."""
    assert added(f"{LIST}{entry}\n") == []


class Lines(list[str]):
    """Lines that count how often they are read."""

    reads = 0

    def __getitem__(self, index: SupportsIndex | slice) -> Any:  # noqa: ANN401 - a line or several
        """Return a line, or some of them."""
        self.reads += 1
        return super().__getitem__(index)


def test_a_line_with_a_thousand_links_is_read_once() -> None:
    """A change is hostile: it may put everything into one line."""
    links = " ".join(f"[p{number}](https://github.com/o/p{number})" for number in range(1_000))
    hostile = version(f"## One\n\n- {links}\n")
    lines = Lines(hostile.lines or ())
    assert len(additions.find(None, replace(hostile, lines=lines))) == 1_000
    assert lines.reads < 10


def test_a_thousand_second_entries_take_no_time() -> None:
    """The work grows with the change, not with its square."""
    old = "".join(f"- [p{number}](https://github.com/o/p{number}) - Text.\n" for number in range(1_000))
    versions = version(f"## One\n\n{old}"), version(f"## One\n\n{old}{old.replace('Text', 'More')}")
    calls = 0

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        found = additions.find(*versions)
    finally:
        sys.setprofile(None)
    assert len(found) == 1_000
    assert calls < 500_000


@pytest.mark.parametrize(
    "text",
    [
        "Better than [C](https://github.com/o/c).",
        "[docs](https://github.com/o/a/wiki), [D](https://github.com/o/d), https://github.com/o/c",
        "\n\n  [![Stars](https://img.shields.io/github/stars/o/c)](https://github.com/o/c)",
        "`- [C](https://github.com/o/c)`",
    ],
)
def test_a_mention_beside_an_entry_is_no_second_entry(text: str) -> None:
    """A description may link to other projects of the list."""
    assert added(LIST.replace("First.", text)) == []


def test_wherever_an_entry_is_added_it_is_found() -> None:
    """After each entry of a real list: exactly the new one, with its neighbours, and with CRLF too."""
    text = (Path(__file__).parent / "lists" / "mllms-reasoning.md").read_text(encoding="utf-8")
    old = version(text)
    for entry in old.listed.entries:
        lines = text.split("\n")
        lines.insert(entry.line, "* [New one](https://github.com/n/new) - New.")
        for end in ("\n", "\r\n"):
            (found,) = additions.find(old, version(end.join(lines)))
            assert (found.entry.repo, found.entry.line, found.repeated) == ("n/new", entry.line + 1, None)
            assert found.before is not None
            assert (found.before.repo, found.is_described) == (entry.repo, True)


def test_other_formats_have_sections_only() -> None:
    """A project in one more section is a second entry."""
    old = "name,section,repository\nA,One,o/a\nC,One,o/c\n"
    versions = [Version(parser.parse(text.encode(), name="l", source="l.csv")) for text in (old, old + "A,Two,o/a\n")]
    (found,) = additions.find(versions[0], versions[1])
    assert (found.entry.repo, found.repeated is not None, found.is_described) == ("o/a", True, None)


@pytest.mark.parametrize(
    ("entry", "is_described"),
    [
        ("- [A](https://github.com/o/a) - Does something.", True),
        ("- [A](https://github.com/o/a)", False),
        ("- [A](https://github.com/o/a) - ", False),
        ("- [A](https://github.com/o/a) ![Stars](https://img.shields.io/github/stars/o/a) (2024)", False),
        (
            "- [A](https://github.com/o/a) [![Stars](https://img.shields.io/github/stars/o/a)](https://github.com/o/a)",
            False,
        ),
        ("- [A](https://github.com/o/a) <img src='https://img.shields.io/github/stars/o/a' alt='stars'>", False),
        ("- [A](https://github.com/o/a)\n  Does something.", True),
        ("- [A](https://github.com/o/a)\n- [B](https://github.com/o/b) - Does something.", False),
        ("- https://github.com/o/a", False),
        ("- [A](https://github.com/o/a) \u7528\u4e8e\u63a8\u7406", True),
        ("| [A](https://github.com/o/a) | Does something. |", True),
    ],
)
def test_what_is_a_description(entry: str, *, is_described: bool) -> None:
    """Words beside title, links and badges."""
    text = f"## One\n\n{entry}\n"
    if entry.startswith("|"):
        text = f"## One\n\n| name | what |\n| -- | -- |\n{entry}\n"
    assert next(additions.every_entry(version(text))).is_described is is_described

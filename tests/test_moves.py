"""Entries move with their whole items and rows, where that is exact; everything else stays, with the reason."""

from collections.abc import Iterator

import pytest

from startrack.lists import edits, moves
from startrack.lists.places import find_places
from startrack.model.lists import LinkPlace

HAS_LIST = "\n## Archived\n\n- [old](https://github.com/o/old)\n"
ITEM = "- [x](https://github.com/o/x) - Old.\n"


def moved(text: str, section: str = "Archived") -> tuple[str, list[str]]:
    """Return a text in which o/x has been moved, and why it was not."""
    data = text.encode()
    places = find_places(data, "README.md")
    links = [place for place in places if place.repo == "o/x" and not place.kind.is_image][:1]
    result = moves.move_edits(data, places, links, section)
    return edits.apply(data, result.edits).decode(), [reason for _, reason in result.left]


ITEMS = "# L\n\n## Tools\n\n- [a](https://github.com/o/a)\n{}- [b](https://github.com/o/b)\n\n## Archived\n\n"


@pytest.mark.parametrize(
    "item",
    [
        ITEM,
        "- [x](https://github.com/o/x) - Old.\n  - nested\n\n    text\n",
        "- [x](https://github.com/o/x) ![s](https://img.shields.io/github/stars/o/x)\n  goes on\n",
    ],
)
def test_an_item_moves_with_its_lines(item: str) -> None:
    """To the end of the list in the section; a second time it is there already."""
    text = ITEMS.format(item) + "- [old](https://github.com/o/old)\n\nText.\n\n## More\n"
    expected = ITEMS.format("") + f"- [old](https://github.com/o/old)\n{item}\nText.\n\n## More\n"
    assert moved(text) == (expected, [])
    assert moved(expected) == (expected, [])


def test_an_item_in_another_one_moves_to_the_top_level() -> None:
    """With its lines, less indented by as much; the item around it stays."""
    nested = "- Kind\n    - [a](https://github.com/o/a)\n    - [x](https://github.com/o/x)\n\n      text\n    - b\n"
    text = f"## A\n\n{nested}{HAS_LIST}"
    expected = "- Kind\n    - [a](https://github.com/o/a)\n    - b\n"
    assert moved(text) == (f"## A\n\n{expected}{HAS_LIST}- [x](https://github.com/o/x)\n\n  text\n", [])


def test_an_item_takes_the_bullet_of_its_new_list() -> None:
    """Another bullet would begin another list."""
    text = ITEMS.format(ITEM) + "* [old](https://github.com/o/old)"
    assert moved(text)[0] == (
        ITEMS.format("") + "* [old](https://github.com/o/old)\n* [x](https://github.com/o/x) - Old."
    )


def test_line_ends_stay() -> None:
    """Those of a file of Windows too."""
    text = (ITEMS.format(ITEM) + "- [old](https://github.com/o/old)\n").replace("\n", "\r\n")
    expected = ITEMS.format("") + f"- [old](https://github.com/o/old)\n{ITEM}"
    assert moved(text)[0] == expected.replace("\n", "\r\n")


def test_a_list_that_is_left_empty_leaves_no_gap() -> None:
    """One empty line stays between the headings."""
    text = f"## A\n\n{ITEM}\n## Archived\n\n- [old](https://github.com/o/old)\n"
    assert moved(text)[0] == f"## A\n\n## Archived\n\n- [old](https://github.com/o/old)\n{ITEM}"


def test_a_row_moves_into_a_table_with_as_many_columns() -> None:
    """Behind its last row."""
    head = "| a | b |\n|:--|:--|\n"
    row = "| [x](https://github.com/o/x) | Old |\n"
    other = "| [y](https://github.com/o/y) | New |\n"
    assert moved(f"## A\n\n{head}{other}{row}\n## Archived\n\n{head}{other}") == (
        f"## A\n\n{head}{other}\n## Archived\n\n{head}{other}{row}",
        [],
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (f"{ITEM}\n## Other\n", "there is no heading 'Archived'"),
        (f"{ITEM}\n## Archived\n\nText.\n", "the section 'Archived' has no list"),
        (f"1. [x](https://github.com/o/x)\n{HAS_LIST}", "its list is numbered"),
        (f"- [x](https://github.com/o/x)\n  - [y](https://github.com/o/y)\n{HAS_LIST}", "not alone in its item"),
        (f"- - [x](https://github.com/o/x)\n{HAS_LIST}", "its lines are not indented alike"),
        (f"- [x](https://github.com/o/x) and [y](https://github.com/o/y)\n{HAS_LIST}", "not alone in its item"),
        (f"> - [x](https://github.com/o/x)\n{HAS_LIST}", "not in a list item or table row"),
        (f"[x](https://github.com/o/x) as text\n{HAS_LIST}", "not in a list item or table row"),
        (
            f'<ul>\n<li><a href="https://github.com/o/x">x</a></li>\n</ul>\n{HAS_LIST}',
            "not in a list item or table row",
        ),
        (
            f"- [x](https://github.com/o/x)\n\n  <!-- startrack:table -->\n  <!-- startrack:end -->\n{HAS_LIST}",
            "it has comments of startrack inside",
        ),
        (f"| a |\n|:--|\n| [x](https://github.com/o/x) |\n{HAS_LIST}", "has no table with as many columns"),
    ],
)
def test_what_is_not_exact_stays(text: str, reason: str) -> None:
    """The file is as it was, and the reason is said."""
    after, (told,) = moved(text)
    assert after == text
    assert reason in told


def test_several_items_keep_their_order() -> None:
    """They arrive as they stood."""
    items = "".join(f"- [x{number}](https://github.com/o/x{number})\n" for number in range(3))
    data = f"## A\n\n{items}- [y](https://github.com/o/y)\n{HAS_LIST}".encode()
    places = find_places(data, "README.md")
    links = [place for place in places if place.repo.startswith("o/x")]
    after = edits.apply(data, moves.move_edits(data, places, links, "archived").edits)
    assert after.decode() == f"## A\n\n- [y](https://github.com/o/y)\n{HAS_LIST}{items}"


class Counting(list[LinkPlace]):
    """Links of a file that count how often they are gone through."""

    passes = 0

    def __iter__(self) -> Iterator[LinkPlace]:
        """Count."""
        self.passes += 1
        return super().__iter__()


def test_many_items_are_one_pass_over_the_links() -> None:
    """Whatever their number: thousands of items took seconds."""
    items = "".join(f"- [x{number}](https://github.com/o/x{number})\n" for number in range(50))
    data = f"## A\n\n{items}\n{HAS_LIST}".encode()
    places = Counting(find_places(data, "README.md"))
    links = [place for place in places if place.repo.startswith("o/x")]
    before = places.passes
    assert len(moves.move_edits(data, places, links, "Archived").moved) == 50
    assert places.passes == before + 1

"""The marks by which a list says that a project is archived: read where they stand alone, nowhere else."""

import pytest

from startrack.lists import parser

LINK = "[name](https://github.com/o/name)"


def mark(item: str, heading: str = "Tools") -> str | None:
    """Return the mark of the only entry of a list."""
    (entry,) = parser.parse(f"## {heading}\n\n{item}\n".encode(), name="l", source="l.md").entries
    return entry.mark


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (f"- {LINK} (archived) - Reads text.", "archived"),
        (f"- {LINK} - Reads text. (Archived in 2023)", "Archived"),
        (f"- {LINK} [unmaintained] Reads text.", "unmaintained"),
        (f"- {LINK} **Archived** Reads text.", "Archived"),
        (f"- {LINK} `archived` Reads text.", "archived"),
        (f"- {LINK} - *No longer maintained* - Reads text.", "No longer maintained"),
        (f"- {LINK} - Archived.", "Archived"),
        (f"- ~~{LINK}~~ (not maintained)", "not maintained"),
        (f"- ARCHIVED: {LINK} reads text.", "ARCHIVED"),
        (f"- {LINK} \N{SKULL} Reads text.", "\N{SKULL}"),
        (f"| a | b |\n|:--|:--|\n| {LINK} | archived |", "archived"),
        (f"- {LINK} - Browses archived pages.", None),
        (f"- {LINK} - Replaces an unmaintained tool (not dead code).", None),
        (f"- {LINK} - For *archived* pages.", None),
        (f"- {LINK} - Reads text.\n  - about (archived) pages", None),
        (f"- {LINK} - Deprecated.", None),
    ],
)
def test_marks_stand_alone(item: str, expected: str | None) -> None:
    """In brackets, bold, code, between dashes or as the whole text; a word in a sentence is none."""
    assert mark(item) == expected


@pytest.mark.parametrize("heading", ["Archived", "Unmaintained tools", "\N{SKULL} Graveyard", "No longer maintained"])
def test_headings_mark_what_is_below(heading: str) -> None:
    """The heading itself is the mark."""
    assert mark(f"- {LINK} - Reads text.", heading) == heading


@pytest.mark.parametrize("heading", ["Archiving", "Archived web pages", "Dead code detection"])
def test_other_headings_do_not(heading: str) -> None:
    """They only begin with such a word."""
    assert mark(f"- {LINK} - Reads text.", heading) is None


def test_any_mention_can_have_the_mark() -> None:
    """Of the mentions of a project, the first mark counts; that of another project does not."""
    text = f"- {LINK}\n- [two](https://github.com/o/two) (dead)\n\n## More\n\n- {LINK} (unmaintained)\n"
    entries = parser.parse(text.encode(), name="l", source="l.md").entries
    assert [(entry.repo, entry.mark) for entry in entries] == [("o/name", "unmaintained"), ("o/two", "dead")]


def test_a_mark_belongs_to_the_link_before_it() -> None:
    """Of several projects in one item, the one that it stands behind; in front of the first one it is that one's."""
    two = "[two](https://github.com/o/two)"
    entries = parser.parse(f"- {LINK} (archived) - Uses {two}.\n".encode(), name="l", source="l.md").entries
    assert [entry.mark for entry in entries] == ["archived", None]
    entries = parser.parse(f"- (dead) {LINK} or {two} (archived)\n".encode(), name="l", source="l.md").entries
    assert [entry.mark for entry in entries] == ["dead", "archived"]


def test_one_marked_section_is_enough() -> None:
    """Of a project in two sections."""
    text = f"## Tools\n\n- {LINK}\n\n## Archived\n\n- {LINK}\n"
    (entry,) = parser.parse(text.encode(), name="l", source="l.md").entries
    assert entry.mark == "Archived"

"""The entries that a change adds to a list, each with its neighbours, and whether the list has the project already."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Final

from startrack.model.lists import Entry, List
from startrack.model.repository import name_key

__all__ = ["Addition", "Version", "every_entry", "find"]

# The beginning of another list item, table row or heading, or an empty line.
_NEXT_ENTRY: Final = re.compile(r"\s*(?:[-*+]\s|\d+[.)]\s|\||#|$)")
# Links and images with their targets, HTML tags and comments, and bare URLs.
_MARKUP: Final = re.compile(r"!?\[[^\]\[]*\](?:\([^()]*\)|\[[^\]\[]*\])|<[^<>]*>|https?://\S+")
_WORD: Final = re.compile(r"[^\W\d_]{2,}")
_MAX_TEXT_LINES: Final = 20


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a list, and the lines of its text, `None` for a format in which an entry has no text of its own."""

    listed: List
    lines: Sequence[str] | None = None


@dataclass(frozen=True, slots=True)
class Addition:
    """An entry, and the entries before and after it in its section.

    `is_repeat` is whether the list has the same project under the same name once more. `is_described` is whether there
    is text about the project beside its link, `None` if that is not known in this format.
    """

    entry: Entry
    before: Entry | None = None
    after: Entry | None = None
    is_repeat: bool = False
    is_described: bool | None = None


def find(old: List | None, new: Version) -> tuple[Addition, ...]:
    """Return the entries of the new version that the old one does not have; all of them if there is no old version.

    An entry that was only moved or reworded is not one; a project that is now in one more section is one.
    """
    known = {name_key(entry.repo): entry for entry in old.entries} if old else {}
    return tuple(addition for addition in every_entry(new) if _is_added(addition.entry, known))


def every_entry(version: Version) -> Iterator[Addition]:
    """Yield every entry of a list as if it were added."""
    by_section: dict[tuple[str, ...], list[Entry]] = {}
    for entry in version.listed.entries:
        by_section.setdefault(entry.section, []).append(entry)
    places = {name_key(entry.repo): (index, own) for own in by_section.values() for index, entry in enumerate(own)}
    for entry in version.listed.entries:
        index, own = places[name_key(entry.repo)]
        yield Addition(
            entry,
            own[index - 1] if index else None,
            own[index + 1] if index + 1 < len(own) else None,
            len(entry.section_paths) > 1,
            None if version.lines is None else _is_described(entry, version.lines),
        )


def _is_added(entry: Entry, known: Mapping[str, Entry]) -> bool:
    before = known.get(name_key(entry.repo))
    return before is None or len(entry.section_paths) > len(before.section_paths)


def _is_described(entry: Entry, lines: Sequence[str]) -> bool:
    """Return whether the lines of an entry have a word besides its title, links and badges."""
    following = lines[entry.line : entry.line + _MAX_TEXT_LINES]
    own = [*lines[entry.line - 1 : entry.line], *takewhile(lambda line: not _NEXT_ENTRY.match(line), following)]
    text = _MARKUP.sub(" ", _MARKUP.sub(" ", "\n".join(own))).replace(entry.title, " ")
    return bool(_WORD.search(text))

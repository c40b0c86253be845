"""The entries that a change adds to a list, each with its neighbours, and whether the list has the project already."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Final

from startrack.lists.project_links import parse_repository_link
from startrack.model.lists import Entry, LinkKind, LinkPlace, List
from startrack.model.repository import name_key

__all__ = ["Addition", "Version", "every_entry", "find"]

# The beginning of a list item, a table row or a heading: a line with an entry, and not with a link in a description.
_ENTRY: Final = re.compile(r"\s*(?:[-*+]\s|\d+[.)]\s|\||#)")
_MARKUP: Final = re.compile(r"!?\[[^\]\[]*\](?:\([^()]*\)|\[[^\]\[]*\])|<[^<>]*>|https?://\S+")
_WORD: Final = re.compile(r"[^\W\d_]{2,}")
_MAX_TEXT_LINES: Final = 20


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a list, with the lines of its text and the places of its links.

    In a format in which an entry has no text of its own, `lines` is `None`, and there are no places.
    """

    listed: List
    lines: Sequence[str] | None = None
    places: Sequence[LinkPlace] = ()


@dataclass(frozen=True, slots=True)
class Addition:
    """An entry, and the entries before and after it in its section.

    `repeated` is another entry of the list for the same name. `is_described` is whether there is text about the project
    beside its link, `None` if that is not known in this format.
    """

    entry: Entry
    before: Entry | None = None
    after: Entry | None = None
    repeated: Entry | None = None
    is_described: bool | None = None


def find(old: Version | None, new: Version) -> tuple[Addition, ...]:
    """Return the entries of the new version that the old one does not have; all of them if there is no old version.

    An entry that was only moved or reworded is not one. A second entry for a project that the list has already is one.
    """
    before, after = _mentions(old) if old else {}, _mentions(new)
    old_lines = frozenset(old.lines or ()) if old else frozenset()
    found = []
    for addition in every_entry(new):
        key = name_key(addition.entry.repo)
        if key not in before:
            found.append(addition)
        elif len(after[key]) > len(before[key]):
            found.append(_second(addition, after[key], next(iter(before[key]), None), new, old_lines))
    return tuple(found)


def every_entry(version: Version) -> Iterator[Addition]:
    """Yield every entry of a list as if it were added."""
    mentions = _mentions(version)
    for section in _sections(version).values():
        for index, entry in enumerate(section):
            own = mentions[name_key(entry.repo)]
            yield Addition(
                entry,
                section[index - 1] if index else None,
                section[index + 1] if index + 1 < len(section) else None,
                own[1] if len(own) > 1 else None,
                None if version.lines is None else _is_described(entry, version.lines),
            )


def _sections(version: Version) -> Mapping[tuple[str, ...], Sequence[Entry]]:
    sections: dict[tuple[str, ...], list[Entry]] = {}
    for entry in version.listed.entries:
        sections.setdefault(entry.section, []).append(entry)
    return sections


def _second(
    addition: Addition, mentions: Sequence[Entry], known: Entry | None, version: Version, old_lines: frozenset[str]
) -> Addition:
    """Return an addition for the mention that is new: the first in a line that the old version does not have."""
    lines = version.lines
    if lines is None:
        return replace(addition, repeated=known)
    new = (mention for mention in mentions if lines[mention.line - 1] not in old_lines)
    entry = next(new, mentions[-1])
    section = [other for other in _sections(version).get(entry.section, ()) if other.line != entry.line]
    return Addition(
        entry,
        next((other for other in reversed(section) if other.line < entry.line), None),
        next((other for other in section if other.line > entry.line), None),
        known,
        _is_described(entry, lines),
    )


def _mentions(version: Version) -> Mapping[str, Sequence[Entry]]:
    """Return the entries of each project of a list by its lower-case name, of which the list itself has the first.

    They are the lines whose first link is to the repository, in the list's own entry also to a page of it; in a format
    without lines, the sections. A project that is only mentioned elsewhere, for example beside another one, has none.
    """
    by_name = {name_key(entry.repo): entry for entry in version.listed.entries}
    if version.lines is None:
        return {name: [replace(entry, section=path) for path in entry.section_paths] for name, entry in by_name.items()}
    found: dict[str, list[Entry]] = {name: [] for name in by_name}
    for line, place in _first_places(version).items():
        key = name_key(place.repo)
        is_entry = key in found and (line == by_name[key].line or _is_of_repository(place))
        if is_entry and _ENTRY.match(version.lines[line - 1]):
            found[key].append(replace(by_name[key], line=line, section=place.section, url=place.url))
    return found


def _first_places(version: Version) -> Mapping[int, LinkPlace]:
    """Return the first link to a repository in each line that has one."""
    places: dict[int, LinkPlace] = {}
    for place in version.places:
        if not place.kind.is_image and place.kind is not LinkKind.DEFINITION:
            places.setdefault(place.line, place)
    return places


def _is_of_repository(place: LinkPlace) -> bool:
    """Return whether a link is to the repository itself, not to a page of it."""
    link = parse_repository_link(place.url)
    return link is not None and not link.path and not link.has_fragment


def _is_described(entry: Entry, lines: Sequence[str]) -> bool:
    """Return whether the lines of an entry have a word besides its title, links and badges."""
    following = lines[entry.line : entry.line + _MAX_TEXT_LINES]
    own = [
        *lines[entry.line - 1 : entry.line],
        *takewhile(lambda line: line.strip() and not _ENTRY.match(line), following),
    ]
    text = _MARKUP.sub(" ", _MARKUP.sub(" ", "\n".join(own))).replace(entry.title, " ")
    return bool(_WORD.search(text))

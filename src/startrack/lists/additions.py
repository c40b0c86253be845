"""The entries that a change adds to a list, each with its neighbours, and whether the list has the project already."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Final

from startrack.lists.project_links import parse_repository_link
from startrack.model.lists import Entry, LinkPlace, List
from startrack.model.repository import name_key

__all__ = ["Addition", "Version", "every_entry", "find"]

# The beginning of a list item, a table row or a heading, also in a quote or in HTML: a line with an entry, and not with
# a link in a description.
_ENTRY: Final = re.compile(r"[\s>]*(?:[-*+]\s|\d+[.)]\s|\||#|<(?:li|td|th|tr|dt|h[1-6])\b)", re.IGNORECASE)
# A link that begins a paragraph; one that is indented belongs to an item above it.
_LINK_START: Final = re.compile(
    r"(?:> ?)*[*_~]*(?:</?(?:b|strong|i|em|p)\b[^<>]*>\s*)*(?:\[|<a\b|<?https?://)", re.IGNORECASE
)
# The pages that show a repository itself: its files at a branch, and its README.
_MAIN_PAGE: Final = re.compile(r"(?:(?:tree|blob)/[^/]+(?:/readme(?:\.\w+)?)?)?/?", re.IGNORECASE)
_README_HEADING: Final = re.compile(r"#(?:readme(?:-ov-file)?)?\s*\Z", re.IGNORECASE)
_MARKUP: Final = re.compile(r"!?\[[^\]\[]*\](?:\([^()]*\)|\[[^\]\[]*\])|<[^<>]*>|https?://\S+")
_WORD: Final = re.compile(r"[^\W\d_]{2,}")
_MAX_TEXT_LINES: Final = 20
_MAX_TEXT: Final = 5_000  # characters of text beside a link: a line may hold thousands of links


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

    `repeated` is another entry of the list for the same name. `mentioned` is the line in which the list has a link to
    the repository already without an entry for it, such as in the text about another project. `is_described` is whether
    there is text about the project beside its link, `None` if that is not known in this format.
    """

    entry: Entry
    before: Entry | None = None
    after: Entry | None = None
    repeated: Entry | None = None
    mentioned: int | None = None
    is_described: bool | None = None


def find(old: Version | None, new: Version) -> tuple[Addition, ...]:
    """Return the entries of the new version that the old one does not have; all of them if there is no old version.

    An entry that was only moved or reworded is not one. A second entry for a project that the list has already is one.
    """
    before, after = _mentions(old) if old else {}, _mentions(new)
    old_lines = frozenset(old.lines or ()) if old else frozenset()
    texts, sections, mentioned = _Texts(new.lines), _sections(new), _mentioned(new, old_lines) if old_lines else {}
    added = []
    for addition in every_entry(new):
        key = name_key(addition.entry.repo)
        if key not in before:
            added.append(addition)
        elif len(after[key]) > len(before[key]):
            entry = _second(addition.entry, after[key], new.lines, old_lines)
            known = next(iter(before[key]), None)
            again = replace(_placed(entry, sections), repeated=known, is_described=texts.describe(entry))
            added.append(again if known else replace(again, mentioned=mentioned.get(key)))
    return tuple(added)


def every_entry(version: Version) -> Iterator[Addition]:
    """Yield every entry of a list as if it were added."""
    mentions, texts = _mentions(version), _Texts(version.lines)
    for section in _sections(version).values():
        for index, entry in enumerate(section):
            of_project = mentions[name_key(entry.repo)]
            yield Addition(
                entry,
                section[index - 1] if index else None,
                section[index + 1] if index + 1 < len(section) else None,
                repeated=of_project[1] if len(of_project) > 1 else None,
                is_described=texts.describe(entry),
            )


def _sections(version: Version) -> Mapping[tuple[str, ...], Sequence[Entry]]:
    sections: dict[tuple[str, ...], list[Entry]] = {}
    for entry in version.listed.entries:
        sections.setdefault(entry.section, []).append(entry)
    return sections


def _second(entry: Entry, mentions: Sequence[Entry], lines: Sequence[str] | None, old_lines: frozenset[str]) -> Entry:
    """Return the mention of an entry that is new: the first in a line that the old version does not have."""
    if lines is None:
        return entry
    new = (mention for mention in mentions if lines[mention.line - 1] not in old_lines)
    return next(new, mentions[-1])


def _placed(entry: Entry, sections: Mapping[tuple[str, ...], Sequence[Entry]]) -> Addition:
    """Return an entry with those in the lines before and after it in its section."""
    section = sections.get(entry.section, ())
    before = bisect_left(section, entry.line, key=lambda other: other.line)
    after = bisect_right(section, entry.line, key=lambda other: other.line)
    return Addition(entry, section[before - 1] if before else None, section[after] if after < len(section) else None)


def _mentions(version: Version) -> Mapping[str, Sequence[Entry]]:
    """Return the entries of each project of a list by its lower-case name, of which the list itself has the first.

    They are the lines whose first link is to the repository, in the list's own entry also to a page of it; in a format
    without lines, the sections. A project that is only mentioned elsewhere, for example beside another one, has none.
    """
    by_name = {name_key(entry.repo): entry for entry in version.listed.entries}
    if version.lines is None:
        return {name: [replace(entry, section=path) for path in entry.section_paths] for name, entry in by_name.items()}
    mentions: dict[str, list[Entry]] = {name: [] for name in by_name}
    for line, place in _first_places(version).items():
        key = name_key(place.repo)
        is_entry = key in mentions and (line == by_name[key].line or _is_of_repository(place))
        if is_entry and _begins_entry(version.lines, line - 1):
            mentions[key].append(replace(by_name[key], line=line, section=place.section, url=place.url))
    return mentions


def _begins_entry(lines: Sequence[str], index: int) -> bool:
    """Return whether a line with a link is where an entry begins: an item, a row, a heading, or a paragraph."""
    if _ENTRY.match(lines[index]):
        return True
    return (not index or not lines[index - 1].strip(" \t>")) and bool(_LINK_START.match(lines[index]))


def _first_places(version: Version) -> Mapping[int, LinkPlace]:
    """Return the first link to a repository in each line that has one."""
    places: dict[int, LinkPlace] = {}
    for place in version.places:
        if place.kind.is_link:
            places.setdefault(place.line, place)
    return places


def _mentioned(new: Version, old_lines: frozenset[str]) -> Mapping[str, int]:
    """Return the first line with a link to each repository, by lower-case names, in the lines from before."""
    known_lines = {number for number, line in enumerate(new.lines or (), start=1) if line in old_lines}
    first_lines: dict[str, int] = {}
    for place in new.places:
        if place.kind.is_link and place.line in known_lines and _is_of_repository(place):
            first_lines.setdefault(name_key(place.repo), place.line)
    return first_lines


def _is_of_repository(place: LinkPlace) -> bool:
    """Return whether a link is to the repository itself, not to another page of it or to a part of its README."""
    link = parse_repository_link(place.url)
    if link is None or (link.has_fragment and not _README_HEADING.search(place.url)):
        return False
    return bool(_MAIN_PAGE.fullmatch(link.path))


class _Texts:
    """The texts beside the links of a list; a line with many links is read once."""

    def __init__(self, lines: Sequence[str] | None) -> None:
        self._lines = lines
        self._texts: dict[int, str] = {}

    def describe(self, entry: Entry) -> bool | None:
        """Return whether the lines of an entry have a word besides its title, links and badges."""
        if self._lines is None:
            return None
        if entry.line not in self._texts:
            self._texts[entry.line] = self._text(entry.line, self._lines)
        return bool(_WORD.search(self._texts[entry.line].replace(entry.title, " ")))

    @staticmethod
    def _text(line: int, lines: Sequence[str]) -> str:
        following = lines[line : line + _MAX_TEXT_LINES]
        rest = takewhile(lambda text: text.strip() and not _ENTRY.match(text), following)
        text = "\n".join([*lines[line - 1 : line], *rest])
        return " ".join(_MARKUP.sub(" ", _MARKUP.sub(" ", text)).split())[:_MAX_TEXT]

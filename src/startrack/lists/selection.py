"""Selects entries of a list by section and excludes repositories."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from functools import lru_cache

from startrack.errors import SourceError, did_you_mean
from startrack.model.lists import Entry, List
from startrack.model.repository import name_key

__all__ = [
    "find_selector",
    "in_section",
    "select",
]


_NUMBER = re.compile(r"\A\d++(?:\.\d++)*[.):\s]\s*")
_LIST_NUMBER = re.compile(r"\A\d++(?:\.\d++)*[.):]\s*")
# From the first letter or digit to the last. A pattern for the text around them would take quadratic time.
_CORE = re.compile(r"[^\W_](?:.*[^\W_])?", re.DOTALL)
_MAX_HEADING_LENGTH = 200


def in_section(section: tuple[str, ...], selector: str) -> bool:
    """Return whether a section path is the section that `selector` names, or is below it.

    `selector` is a heading of any level, or several consecutive ones as `A / B`. Case, a leading number, and emoji and
    punctuation around a heading are ignored, even if the encoding of the emoji is broken.
    """
    normalized = _normalize(selector)
    return bool(normalized) and normalized in _matching_selectors(section)


def find_selector(path: tuple[str, ...], paths: Iterable[tuple[str, ...]], *, allows: Callable[[str], bool]) -> str:
    """Return the shortest selector that names the section `path` and, of all `paths`, only it and those below it.

    `allows` says whether a text can be used. The result is empty if there is none.
    """
    all_paths = list(paths)
    below = [other[: len(path)] == path for other in all_paths]
    for start in reversed(range(len(path))):
        headings = [_strip_ornaments(heading) for heading in path[start:]]
        unnumbered = [_LIST_NUMBER.sub("", heading) for heading in headings]
        for selector in dict.fromkeys((" / ".join(unnumbered), " / ".join(headings))):
            if allows(selector) and [in_section(other, selector) for other in all_paths] == below:
                return selector
    return ""


def select(full_list: List, *, sections: Sequence[str] = (), exclude: Sequence[str] = ()) -> List:
    """Return the list with only the entries that are mentioned in one of `sections`, or with all if it is empty.

    `exclude` removes repositories by OWNER/NAME, in which `*` stands for any characters. Raises SourceError for an
    unknown section, an invalid exclusion, and if no entry is left.
    """
    for selector in sections:
        _check_section(full_list, selector)
    for pattern in exclude:
        _check_exclusion(pattern)
    entries = [
        entry
        for entry in full_list.entries
        if _is_in_sections(entry.section_paths, sections) and not _is_excluded(entry, exclude)
    ]
    if not entries:
        raise SourceError(
            f"{full_list.source}: sections and exclude leave none of its {len(full_list.entries)} projects; "
            "select more sections or exclude less",
        )
    elsewhere = [part for part in full_list.elsewhere if _is_in_sections([part.section], sections)]
    return replace(full_list, entries=tuple(entries), elsewhere=tuple(elsewhere))


def _is_in_sections(paths: Iterable[tuple[str, ...]], sections: Sequence[str]) -> bool:
    return not sections or any(in_section(path, selector) for path in paths for selector in sections)


def _is_excluded(entry: Entry, exclude: Sequence[str]) -> bool:
    return any(fnmatchcase(name_key(entry.repo), pattern.strip().lower()) for pattern in exclude)


def _check_section(full_list: List, selector: str) -> None:
    paths = dict.fromkeys(path for entry in full_list.entries for path in entry.section_paths)
    if not any(in_section(path, selector) for path in paths):
        raise SourceError(f"{full_list.source} has no section {selector!r} with projects; {_suggest(paths, selector)}")


def _check_exclusion(pattern: str) -> None:
    if not re.fullmatch(r"[\w.*-]+/[\w.*-]+", pattern.strip()):
        raise SourceError(f"exclude: invalid pattern {pattern!r}; use OWNER/NAME, with * for any characters")


def _suggest(paths: Iterable[tuple[str, ...]], selector: str) -> str:
    headings = [_strip_ornaments(heading)[:_MAX_HEADING_LENGTH] for path in paths for heading in path]
    return did_you_mean(_normalize(selector), filter(None, headings)) if any(headings) else "the list has no sections"


@lru_cache(maxsize=4096)
def _matching_selectors(section: tuple[str, ...]) -> frozenset[str]:
    """Return every normalized selector that matches this path."""
    ends = range(1, len(section) + 1)
    runs = [section[start:end] for end in ends for start in range(end)]
    numbered = {_normalize(" / ".join(map(_strip_ornaments, run))) for run in runs}
    unnumbered = {
        _normalize(" / ".join(_NUMBER.sub("", _strip_ornaments(heading), count=1) for heading in run)) for run in runs
    }
    return frozenset(numbered | unnumbered)


@lru_cache(maxsize=4096)
def _normalize(selector: str) -> str:
    """Return a selector in lower case and without ornaments around its headings."""
    return " / ".join(_strip_ornaments(heading) for heading in selector.split(" / ")).casefold()


def _strip_ornaments(heading: str) -> str:
    """Return a heading without the emoji and punctuation around it."""
    words = heading.split()
    while words and _is_ornament(words[-1]):
        words.pop()
    first = next((index for index, word in enumerate(words) if not _is_ornament(word)), 0)
    core = _CORE.search(" ".join(words[first:]))
    return core[0] if core else ""


def _is_ornament(word: str) -> bool:
    return not any(map(str.isalnum, word)) or not any(map(str.isalnum, _repair_encoding(word)))


def _repair_encoding(word: str) -> str:
    """Return a word whose UTF-8 was decoded as an older encoding as it was; any other word is returned unchanged."""
    for encoding in ("mac_roman", "cp1252", "latin-1"):
        try:
            return word.encode(encoding).decode("utf-8")
        except UnicodeError:
            continue
    return word

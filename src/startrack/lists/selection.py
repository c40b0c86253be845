"""Which part of a list is wanted: by section, without some repositories."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from functools import lru_cache

from startrack.errors import SourceError, did_you_mean
from startrack.model.lists import Entry, List
from startrack.model.repository import name_key

__all__ = [
    "in_section",
    "select",
]


_NUMBER = re.compile(r"\A\d++(?:\.\d++)*[.):\s]\s*")
# From the first letter or figure to the last; a pattern for what is around them would take quadratic time.
_CORE = re.compile(r"[^\W_](?:.*[^\W_])?", re.DOTALL)
_LONGEST_HEADING = 200


def in_section(section: tuple[str, ...], selector: str) -> bool:
    """Say whether a section path is, or lies below, the one that `selector` names.

    `selector` is a heading of any level, or several in a row as `A / B`. Case, a leading number, and emoji and
    punctuation around a heading make no difference, even where the emoji's encoding is broken.
    """
    wanted = _plain(selector)
    return bool(wanted) and wanted in _spellings(section)


def select(found: List, *, sections: Sequence[str] = (), exclude: Sequence[str] = ()) -> List:
    """Return the list with the entries that have a mention in one of `sections` (all, where none is given).

    `exclude` drops repositories, written OWNER/NAME with `*` for any run of characters. Raises SourceError
    for a section that the list does not have, an exclusion that is no OWNER/NAME, and where nothing is left.
    """
    for selector in sections:
        _check_section(found, selector)
    for pattern in exclude:
        _check_exclusion(pattern)
    kept = [
        entry for entry in found.entries if _is_in_one(entry.section_paths, sections) and not _excluded(entry, exclude)
    ]
    if not kept:
        raise SourceError(f"{found.source}: sections and exclude leave none of its {len(found.entries)} projects")
    elsewhere = [
        part for part in found.elsewhere if not sections or any(in_section(part.section, one) for one in sections)
    ]
    return replace(found, entries=tuple(kept), elsewhere=tuple(elsewhere))


def _is_in_one(paths: Iterable[tuple[str, ...]], sections: Sequence[str]) -> bool:
    return not sections or any(in_section(path, one) for path in paths for one in sections)


def _excluded(entry: Entry, exclude: Sequence[str]) -> bool:
    return any(fnmatchcase(name_key(entry.repo), pattern.strip().lower()) for pattern in exclude)


def _check_section(found: List, selector: str) -> None:
    paths = dict.fromkeys(path for entry in found.entries for path in entry.section_paths)
    if not any(in_section(path, selector) for path in paths):
        raise SourceError(f"{found.source} has no section {selector!r} with projects; {_nearest(paths, selector)}")


def _check_exclusion(pattern: str) -> None:
    if not re.fullmatch(r"[\w.*-]+/[\w.*-]+", pattern.strip()):
        raise SourceError(f"exclude: {pattern!r} is no OWNER/NAME; write it so, with * for any run of characters")


def _nearest(paths: Iterable[tuple[str, ...]], selector: str) -> str:
    headings = [_around(heading)[:_LONGEST_HEADING] for path in paths for heading in path]
    return did_you_mean(_plain(selector), filter(None, headings)) if any(headings) else "it has no sections"


# ── Comparing headings ───────────────────────────────────────────────────────────────────────────────────


@lru_cache(maxsize=4096)
def _spellings(section: tuple[str, ...]) -> frozenset[str]:
    """Return every selector that names this path, in its plain form."""
    ends = range(1, len(section) + 1)
    runs = [section[start:end] for end in ends for start in range(end)]
    plain = {_plain(" / ".join(map(_around, run))) for run in runs}
    unnumbered = {_plain(" / ".join(_NUMBER.sub("", _around(one), count=1) for one in run)) for run in runs}
    return frozenset(plain | unnumbered)


@lru_cache(maxsize=4096)
def _plain(selector: str) -> str:
    """Return a selector with each of its headings stripped of what is around it."""
    return " / ".join(_around(heading) for heading in selector.split(" / ")).casefold()


def _around(heading: str) -> str:
    words = heading.split()
    while words and _is_ornament(words[-1]):
        words.pop()
    first = next((place for place, word in enumerate(words) if not _is_ornament(word)), 0)
    core = _CORE.search(" ".join(words[first:]))
    return core[0] if core else ""


def _is_ornament(word: str) -> bool:
    return not any(map(str.isalnum, word)) or not any(map(str.isalnum, _mended(word)))


def _mended(word: str) -> str:
    """Return what a word was before its UTF-8 was taken for an older encoding; as it is where that does not fit."""
    for encoding in ("mac_roman", "cp1252", "latin-1"):
        try:
            return word.encode(encoding).decode("utf-8")
        except UnicodeError:
            continue
    return word

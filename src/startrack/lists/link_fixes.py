"""Rewrites links to renamed repositories in the text of a list, and marks the entries of archived ones.

Only the bytes of the name change: the scheme, the host, `.git`, sub-paths, queries and fragments stay.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import unescape

from startrack.lists.edits import Edit
from startrack.lists.project_links import parse_badge, parse_repository_link, parse_star_chart
from startrack.model.lists import Entry, LinkPlace, Span
from startrack.model.repository import name_key

__all__ = ["EntryLinks", "Rewritten", "mark_edit", "new_spelling", "rename_edits", "unmark_edit"]


@dataclass(frozen=True, slots=True)
class Rewritten:
    """The links to rewrite, each with its edit and the new name, and those in which the name was not found."""

    edits: Sequence[tuple[LinkPlace, str, Edit]]
    unclear: Sequence[LinkPlace]


def new_spelling(old: str, name: str) -> str:
    """Return today's name of a repository; owner or name stay as they are spelled where only their case differs."""
    parts = zip(old.split("/"), name.split("/"), strict=True)
    return "/".join(before if before.lower() == now.lower() else now for before, now in parts)


def rename_edits(data: bytes, places: Iterable[LinkPlace], names: Mapping[str, str]) -> Rewritten:
    """Return the edits that give links today's names; `names` has these by the `name_key` of earlier ones."""
    edits: dict[Span, tuple[LinkPlace, str, Edit]] = {}
    unclear: dict[Span, LinkPlace] = {}
    for place in places:
        name = names.get(name_key(place.repo))
        if name is None:
            continue
        new = new_spelling(place.repo, name)
        after = _rewritten(place.url_span.of(data).decode("utf-8", "surrogateescape"), place, new)
        if after is None:
            unclear[place.url_span] = place
        else:
            # A definition has the URL of all links that refer to it.
            edits[place.url_span] = place, new, Edit(place.url_span, after.encode("utf-8", "surrogateescape"))
    return Rewritten(tuple(edits.values()), tuple(unclear.values()))


def _rewritten(url: str, place: LinkPlace, new: str) -> str | None:
    """Return a URL as it is written in the file with another name, `None` if it would not lead there."""
    for replace in (_replace_path, _replace_parameters):
        decoded = replace(place.url, place.repo, new)
        written = replace(url, place.repo, new)
        if (
            decoded
            and written
            and name_key(new) in _names_of(decoded)
            and name_key(new) in _names_of(unescape(written))
        ):
            return written
    return None


def _names_of(url: str) -> set[str]:
    """Return the names that a URL has as a link, a badge or a chart."""
    targets = (parse_repository_link(url), parse_badge(url), parse_star_chart(url))
    return {name_key(target.repo) for target in targets if target}


def _replace_path(url: str, old: str, new: str) -> str | None:
    """Replace OWNER/NAME where it is first in a URL; a path may have it once more, as the name of a file."""
    owner, name = map(re.escape, old.split("/"))
    new_owner, new_name = new.split("/")
    pattern = rf"(?<![\w.-]){owner}(?P<slash>/+|%2f){name}(?![\w-])"
    changed, number = re.subn(
        pattern, lambda match: f"{new_owner}{match['slash']}{new_name}", url, count=1, flags=re.IGNORECASE
    )
    return changed if number else None


def _replace_parameters(url: str, old: str, new: str) -> str | None:
    """Replace the parameters of a button: `?user=OWNER&repo=NAME`."""
    for key, before, after in zip(("user", "repo"), old.split("/"), new.split("/"), strict=True):
        pattern = rf"(?<=[?&;]{key}=){re.escape(before)}(?=[&#]|\Z)"
        # A name has no backslash.
        url, number = re.subn(pattern, after, url, count=1, flags=re.IGNORECASE)
        if not number:
            return None
    return url


class EntryLinks:
    """The links of a file by what entries are about, so that thousands of entries are found in linear time."""

    def __init__(self, places: Iterable[LinkPlace]) -> None:
        self._places: dict[tuple[int, str], list[LinkPlace]] = {}
        for place in places:
            if place.kind.is_link:
                self._places.setdefault((place.line, name_key(place.repo)), []).append(place)

    def of(self, entry: Entry) -> LinkPlace | None:
        """Return the link of an entry that was just read; `None` if it has only a badge, or is not there as written."""
        links = self._places.get((entry.line, name_key(entry.repo)), [])
        return next((place for place in links if place.url_span == entry.span), next(iter(links), None))


def mark_edit(data: bytes, place: LinkPlace, mark: str) -> Edit | None:
    """Return the edit that puts a mark behind a link, `None` if it is there."""
    end = place.outer_span.end
    text = b" " + mark.encode()
    return None if data.startswith(text, end) else Edit(Span(end, end), text)


def unmark_edit(data: bytes, place: LinkPlace, mark: str) -> Edit | None:
    """Return the edit that takes the mark away again, `None` if it is not right behind the link."""
    end = place.outer_span.end
    text = b" " + mark.encode()
    return Edit(Span(end, end + len(text)), b"") if data.startswith(text, end) else None

"""Counts behind the entries of a list, such as `★ 3.1k · 2026-11`, between two comments that readers do not see."""

import html
import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from startrack.errors import ConfigError, did_you_mean
from startrack.lists.edits import Edit, apply
from startrack.model.changes import Count, Window
from startrack.model.lists import LinkKind, LinkPlace, Span
from startrack.model.report import Project
from startrack.model.repository import name_key
from startrack.readme import blocks, markdown
from startrack.readme.blocks import DEFAULT_FORMAT
from startrack.wording import phrases

__all__ = [
    "PLACEHOLDERS",
    "Added",
    "Target",
    "add",
    "check_format",
    "mark",
    "remove",
    "text",
]


_UNKNOWN: Final = "n/a"

PLACEHOLDERS: Final = ("stars", "forks", "commits", "last_commit", "gain", "language", "licence")
"""The figures of a format, in braces."""

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_MAX_FORMAT: Final = 100
# A backtick would begin code, and the rest would end a comment or be one.
_NOT_ALLOWED = re.compile(r"`|<!|-->|startrack:|[\x00-\x1f\x7f\u2028\u2029]")
_MONTH: Final = slice(0, 7)
_PLAIN = re.compile(r"[^\W_]|[ .+-]")


def check_format(form: str) -> str:
    """Return a format as it can stand in a comment and in a table; that is a format too. Raises ConfigError."""
    names = _PLACEHOLDER.findall(form)
    if unknown := next((name for name in names if name not in PLACEHOLDERS), None):
        raise ConfigError(f"unknown placeholder {{{unknown}}} in the format; {did_you_mean(unknown, PLACEHOLDERS)}")
    if not names:
        raise ConfigError(f"the format has no placeholder; use some of {', '.join(f'{{{n}}}' for n in PLACEHOLDERS)}")
    if len(html.unescape(form)) > _MAX_FORMAT or _NOT_ALLOWED.search(form) or form != form.strip():
        raise ConfigError(
            f"the format must be one line of at most {_MAX_FORMAT} characters, without backticks, comments and spaces "
            "around it"
        )
    return form.replace("|", "&#124;").replace('"', "&quot;").replace("\\", "&#92;")


def text(project: Project, form: str, window: Window, *, is_exact: bool = False) -> str:
    """Return the count of a project that was counted: its figures in the places of the format, and the list's label."""
    count = project.current
    if count is None:
        return _UNKNOWN
    shown = _PLACEHOLDER.sub(lambda match: _figure(match[1], project, count, window, is_exact=is_exact), form)
    return f"{shown} ({_escape(project.label)})" if project.label else shown


def _figure(name: str, project: Project, count: Count, window: Window, *, is_exact: bool) -> str:
    match name:
        case "stars" | "forks" | "commits":
            value: int | None = getattr(count, name)
            return _UNKNOWN if value is None else markdown.number(value, is_exact=is_exact)
        case "last_commit":
            return (phrases.last_commit(project) or _UNKNOWN)[_MONTH]
        case "gain":
            if retained := project.retained.get(window):
                return markdown.retained(retained, is_exact=is_exact)
            change = project.changes[window]
            return _UNKNOWN if isinstance(change, str) else markdown.change(change, "", is_exact=is_exact)
        case "language":
            return _escape(project.repository.language or _UNKNOWN)
        case _:
            return _escape(phrases.licence(project.repository.license) or _UNKNOWN)


def _escape(value: str) -> str:
    """Return a text of other people as characters that mean nothing in Markdown, HTML and tables."""
    shown = "".join(filter(str.isprintable, value))
    return "".join(
        character if _PLAIN.fullmatch(character) or value == _UNKNOWN else f"&#{ord(character)};" for character in shown
    )


def mark(shown: str, attributes: Mapping[str, str]) -> bytes:
    """Return a count between its comments; attributes with the default value are left out."""
    words = [
        f' {name}="{value}"' if re.search(r"[^\w./-]", value) else f" {name}={value}"
        for name, value in attributes.items()
        if (name, value) != ("format", DEFAULT_FORMAT)
    ]
    return f"<!--startrack:count{''.join(words)}-->{shown}<!--/startrack-->".encode()


@dataclass(frozen=True, slots=True)
class Added:
    """The edits that add counts to a file, and why entries got none: the names of their repositories by reason."""

    edits: tuple[Edit, ...]
    without: Mapping[str, Sequence[str]]


_IN_HEADING: Final = "in a heading, because that would change its link"
_NOT_COUNTED: Final = "not counted yet"
_OPEN_COMMENT: Final = "behind a `<!--` without its end"
_BETWEEN_BACKTICKS: Final = "between backticks in HTML"
_HAS_BADGE: Final = "with a star badge (see `startrack counts replace-badges`)"


@dataclass(frozen=True, slots=True)
class Target:
    """An entry that is to have a count: the bytes of its URL, or else any link to it in the section."""

    repo: str
    section: tuple[str, ...]
    url_span: Span | None


def add(
    data: bytes,
    name: str,
    targets: Iterable[Target],
    show: Callable[[str], str | None],
    form: str,
) -> Added:
    """Return the edits that put a count behind the link of each target that has none in its section.

    `show` returns the count of a repository, `None` if it was not counted yet.
    """
    places = [place for place in blocks.places(data, name) if place.kind is not LinkKind.DEFINITION]
    by_target: dict[tuple[str, tuple[str, ...]], list[LinkPlace]] = {}
    for place in places:
        by_target.setdefault((name_key(place.repo), place.section), []).append(place)
    counted = _counted(data, name, places)
    inserter = _Inserter(data, places, form)
    added: dict[Edit, str] = {}
    without: dict[str, list[str]] = {}
    for target in targets:
        own = by_target.get((name_key(target.repo), target.section), [])
        link = _link_of(own, target)
        if link is None or (name_key(target.repo), target.section) in counted:
            continue
        shown = show(target.repo)
        if shown is None:
            without.setdefault(_NOT_COUNTED, []).append(target.repo)
        elif link.in_heading:
            without.setdefault(_IN_HEADING, []).append(target.repo)
        elif any(other.shows_stars for other in own):
            without.setdefault(_HAS_BADGE, []).append(target.repo)
        elif _is_behind_open_comment(data, link.span.start):
            without.setdefault(_OPEN_COMMENT, []).append(target.repo)
        else:
            added.setdefault(inserter.insertion(link, shown), target.repo)
    hidden = _hidden(data, name, tuple(added))
    if hidden:
        without[_BETWEEN_BACKTICKS] = [added[edit] for edit in hidden]
    return Added(tuple(edit for edit in added if edit not in hidden), without)


def _hidden(data: bytes, name: str, edits: Iterable[Edit]) -> list[Edit]:
    """Return the insertions whose counts no build would find again: backticks in a line of HTML look like code."""
    ordered = sorted(edits)
    starts = {count.span.start for count in blocks.entry_counts(apply(data, ordered), name)}
    hidden, shift = [], 0
    for edit in ordered:
        start = edit.span.start + shift
        shift += len(edit.replacement)
        if starts.isdisjoint(range(start, start + len(edit.replacement))):
            hidden.append(edit)
    return hidden


def _is_behind_open_comment(data: bytes, position: int) -> bool:
    """Say whether the end of a count's comment could end one that is text now, because it has no end."""
    opening = data.rfind(b"<!", 0, position)
    closing = b"-->" if data.startswith(b"<!--", opening) else b">"
    return opening >= 0 and data.find(closing, opening, position) < 0


def _link_of(places: Sequence[LinkPlace], target: Target) -> LinkPlace | None:
    """Return the link that a count belongs to; of several, the entry's own, and links before badges."""
    own = [link for link in places if link.url_span == target.url_span and not link.reference]
    links = [link for link in places if not link.kind.is_image]
    return next(iter((*own, *links, *places)), None)


def _counted(data: bytes, name: str, places: Sequence[LinkPlace]) -> set[tuple[str, tuple[str, ...]]]:
    """Return the repositories that have a count already, each with its section."""
    starts = [place.span.start for place in places]
    counted = set()
    for count in blocks.entry_counts(data, name):
        before = bisect_right(starts, count.span.start) - 1
        nearest = places[max(before, 0)].section if places else ()
        counted.add((name_key(count.attributes["repo"]), nearest))
    return counted


_CLOSER = re.compile(rb"[*_~]{1,3}|</(?:b|strong|i|em|u|s|del|kbd|code|sub|sup|small|span|font)\s*>")
_OPENER = re.compile(rb"[*_~]{1,3}\Z")
_NO_TEXT = b"*_~ \t"
_LIST_ITEM = re.compile(rb"[ \t>]*(?:[-*+]|[0-9]{1,9}[.)])[ \t]")
_DESCRIPTION = re.compile(rb" - (?![A-Z])")


# No item has more links before its own; each of thousands in one line would look at all before it.
_MOST_BEFORE: Final = 20


class _Inserter:
    """Finds where to put counts into a file."""

    def __init__(self, data: bytes, places: Sequence[LinkPlace], form: str) -> None:
        self._data, self._places, self._form = data, places, form
        self._starts = [place.span.start for place in places]

    def insertion(self, place: LinkPlace, shown: str) -> Edit:
        """Return the edit that puts a count behind a link, where awesome-lint accepts it.

        It wants ` - A description` behind the link of a list item, and takes what is between the two if the
        description begins with a capital. Else the count is at the end of the line. Behind a link without description
        it is in brackets.
        """
        data, start = self._data, place.outer_span.start
        line_start = max(data.rfind(b"\n", 0, start), data.rfind(b"\r", 0, start)) + 1
        end = _behind_closers(data, max(line_start, start - 3), start, place.outer_span.end)
        attributes = {"format": self._form}
        if self._begins_item(line_start, start):
            rest = data[end : _line_end(data, end)]
            if not rest.strip():
                return Edit(Span(end, end), b" (" + mark(shown, attributes) + b")")
            # Code may go on in the next line.
            if _DESCRIPTION.match(rest) and not re.search(rb" - [A-Z]", rest) and rest.count(b"`") % 2 == 0:
                # A description may get a link to another repository, now or later.
                attributes |= {"repo": place.repo}
                end += len(rest.rstrip())
        return Edit(Span(end, end), b" " + mark(shown, attributes))

    def _begins_item(self, line_start: int, link_start: int) -> bool:
        """Say whether a list item begins with a link, or with others before it, and not with text."""
        marker = _LIST_ITEM.match(self._data, line_start, link_start)
        if not marker:
            return False
        position = marker.end()
        others = self._between(position, link_start)
        if len(others) > _MOST_BEFORE:
            return False
        for other in others:
            if self._data[position : other.outer_span.start].strip(_NO_TEXT):
                return False
            position = max(position, other.outer_span.end)
        return not self._data[position:link_start].strip(_NO_TEXT)

    def _between(self, start: int, end: int) -> Sequence[LinkPlace]:
        """Return the places that begin between two bytes."""
        return self._places[bisect_left(self._starts, start) : bisect_left(self._starts, end)]


def _behind_closers(data: bytes, before: int, start: int, end: int) -> int:
    """Return the end of bold or other marked text around a link that holds nothing else."""
    opener = _OPENER.search(data, before, start)
    while closer := _CLOSER.match(data, end):
        is_tag = closer[0].startswith(b"<")
        if not is_tag and (opener is None or not opener[0].endswith(closer[0])):
            break
        end = closer.end()
    return end


def _line_end(data: bytes, start: int) -> int:
    line_end = re.compile(rb"[\r\n]").search(data, start)
    return line_end.start() if line_end else len(data)


def remove(data: bytes, name: str) -> tuple[Edit, ...]:
    """Return the edits that take out the counts that `add` has put in, with the space or brackets around them."""
    return tuple(
        Edit(_with_surroundings(data, count.span), b"")
        for count in blocks.entry_counts(data, name)
        if "badge" not in count.attributes
    )


def _with_surroundings(data: bytes, span: Span) -> Span:
    start, end = span.start, span.end
    if data[max(start - 2, 0) : start] == b" (" and data[end : end + 1] == b")":
        return Span(start - 2, end + 1)
    return Span(start - 1, end) if data[max(start - 1, 0) : start] == b" " else span

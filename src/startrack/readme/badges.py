"""Star badges of a list: replaced by counts or taken out, and put back byte for byte."""

import dataclasses
import re
from bisect import bisect_right
from codecs import BOM_UTF8
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import accumulate
from typing import Final

from startrack.errors import BlockError, SourceError
from startrack.lists import edits, parser
from startrack.lists.edits import Edit
from startrack.lists.places import find_places, find_references
from startrack.lists.project_links import is_star_chart_page, parse_repository_link
from startrack.model.lists import LinkKind, LinkPlace, Span
from startrack.model.repository import name_key
from startrack.readme import blocks, entry_counts
from startrack.readme.blocks import DEFAULT_FORMAT
from startrack.readme.linked_repositories import LinkedRepositories

__all__ = [
    "Original",
    "Replaced",
    "Restored",
    "changes_links",
    "number",
    "replace",
    "restore",
]


@dataclass(frozen=True, slots=True)
class Replaced:
    """The edits that replace badges, how many badges these are, and why others stay: repositories by reason."""

    edits: tuple[Edit, ...]
    badges: int
    without: Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Original:
    """A file as it was before badges were replaced, and the edits that did that."""

    data: bytes
    edits: tuple[Edit, ...]


@dataclass(frozen=True, slots=True)
class Restored:
    """The edits that put badges back into a file, and the badges whose place is no longer there."""

    edits: tuple[Edit, ...]
    lost: tuple[bytes, ...]


_IFRAME_END = re.compile(rb"\s*</iframe\s*>", re.IGNORECASE)
_LINE = re.compile(rb"[^\r\n]*(?:\r\n?|\n)|[^\r\n]+")
_EMPTY_LINE = re.compile(rb"(?:\r\n|\n|\r(?!\n)){2}\Z")
# What would begin a block at the beginning of a line.
_BLOCK_START = re.compile(
    rb"[ \t]*(?:#{1,6}[ \t\r\n]|>|[-+*](?:[ \t\r\n]|\Z)|[0-9]{1,9}[.)]|=|[-*_]{2}[ \t]*[-*_]|```|~~~|\||\[[^\]\r\n]*\]:"
    rb"|<(?!/|(?:a|b|code|em|i|img|kbd|picture|span|strong|sub|sup)\b))"
)
_PUNCTUATION: Final = (b".", b",", b";", b":", b"!", b"?", b")", b"]")
_SPACE: Final = b" \t"
# What can be before the text of a line: markers of lists and quotes.
_LINE_MARKERS = re.compile(rb"[ \t]*(?:(?:>|[-*+]|[0-9]{1,9}[.)])[ \t]*)*\Z")


@dataclass(frozen=True, slots=True)
class _Badge:
    """A star badge: the bytes of all that shows it, and in a link the bytes of what the link encloses.

    `has_other_link` is whether the link around it leads neither to its repository nor to a chart of its stars.
    `is_only_link` is whether nothing else links to its repository in its section.
    """

    repo: str
    span: Span
    inner: Span
    has_link: bool
    has_other_link: bool
    is_only_link: bool
    in_heading: bool


def replace(
    data: bytes, name: str, show: Callable[[str], str | None], first_number: int, *, drop: bool = False
) -> Replaced:
    """Return the edits that replace each star badge by a count, or take it out with `drop`.

    `show` returns the count of a repository, `None` if it was not counted yet. Counts are numbered from
    `first_number` on, so that they are found again. Definitions that nothing uses any more are taken out too. A badge
    that is the only link to its project becomes the text of that link. Raises BlockError.
    """
    places = blocks.places(data, name)
    badges = list(_find_badges(data, name, places))
    made: list[Edit] = []
    without: dict[str, list[str]] = {}
    replaced: list[_Badge] = []
    linked = LinkedRepositories(data, _without(places, badges))
    before_markup = frozenset(_before_markup(data, badges))
    for badge in badges:
        shown = None if drop else show(badge.repo)
        if reason := _obstacle(badge, shown, is_before_markup=badge.span in before_markup, drop=drop):
            without.setdefault(reason, []).append(badge.repo)
            continue
        replaced.append(badge)
        if shown is not None:
            attributes = {} if _is_named(badge, linked) else {"repo": badge.repo}
            made.append(_count(data, badge, shown, attributes | {"badge": str(first_number + len(made))}))
    if drop:
        made = list(_drops(data, [badge.span for badge in replaced]))
    made += _unused_definitions(data, made)
    return Replaced(_merged(made), len(replaced), without)


_IN_HEADING: Final = "in a heading, because that would change its link"
_NOT_COUNTED: Final = "not counted yet"
_OTHER_LINK: Final = "whose badge is a link to another page"
_BEFORE_MARKUP: Final = "before text that would be read differently at the beginning of a line"
_ONLY_LINK: Final = "whose badge is the only link to it"


def _obstacle(badge: _Badge, shown: str | None, *, is_before_markup: bool, drop: bool) -> str | None:
    if drop and badge.is_only_link:
        return _ONLY_LINK
    if drop and badge.has_other_link:
        return _OTHER_LINK
    if drop:
        return _BEFORE_MARKUP if is_before_markup else None
    if badge.in_heading:
        return _IN_HEADING
    return _NOT_COUNTED if shown is None else None


def _before_markup(data: bytes, badges: Sequence[_Badge]) -> Iterator[Span]:
    """Yield the badges at the beginning of a line behind which is what would begin a block there, such as a list."""
    for run in _runs(data, [badge.span for badge in badges]):
        start = run[0].start
        line_start = max(data.rfind(b"\n", 0, start), data.rfind(b"\r", 0, start)) + 1
        if _LINE_MARKERS.match(data[line_start:start]) and _BLOCK_START.match(data, run[-1].end):
            yield from run


def _runs(data: bytes, spans: Iterable[Span]) -> list[list[Span]]:
    """Return pieces in groups that have nothing but spaces between them."""
    runs: list[list[Span]] = []
    for span in sorted(spans):
        if runs and not data[runs[-1][-1].end : span.start].strip(_SPACE):
            runs[-1].append(span)
        else:
            runs.append([span])
    return runs


def _without(places: Iterable[LinkPlace], badges: Iterable[_Badge]) -> Iterator[LinkPlace]:
    spans = {badge.span for badge in badges}
    return (place for place in places if place.outer_span not in spans)


def _is_named(badge: _Badge, linked: LinkedRepositories) -> bool:
    """Return whether the last link before a badge in its line leads to its repository, and stays."""
    repo = linked.before(badge.span.start)
    return repo is not None and not badge.is_only_link and name_key(repo) == name_key(badge.repo)


def _find_badges(data: bytes, name: str, places: Sequence[LinkPlace]) -> Iterator[_Badge]:
    links: dict[tuple[str, tuple[str, ...]], list[LinkPlace]] = {}
    around_badges = {place.outer_span for place in places if place.shows_stars}
    for place in places:
        if place.kind.is_link and place.span not in around_badges:
            links.setdefault((name_key(place.repo), place.section), []).append(place)
    entries = _entries(data, name)
    seen: set[Span] = set()
    for place in places:
        if place.shows_stars and place.kind.is_image and place.outer_span not in seen:
            seen.add(place.outer_span)
            badge = _badge(data, place, links.get((name_key(place.repo), place.section), []))
            yield badge if name_key(place.repo) in entries else dataclasses.replace(badge, is_only_link=False)


def number(data: bytes) -> int:
    """Return how many star badges a file has, those that a command would leave included."""
    places = find_places(data, "README.md")
    return len({place.outer_span for place in places if place.shows_stars and place.kind.is_image})


def _entries(data: bytes, name: str) -> frozenset[str]:
    """Return the repositories of which a file has an entry; its own is none."""
    try:
        listed = parser.parse(
            data, name=name, source="README.md", find_ignored=lambda text: blocks.block_lines(text, name)
        )
    except SourceError:
        return frozenset()
    return frozenset(name_key(entry.repo) for entry in listed.entries)


def _badge(data: bytes, place: LinkPlace, links: Sequence[LinkPlace]) -> _Badge:
    """Return a badge; `links` are those to its repository in its section."""
    span, inner = place.outer_span, place.inner_span
    if data.startswith(b"<iframe", inner.start) and (end := _IFRAME_END.match(data, inner.end)):
        inner = Span(inner.start, end.end())
        span = inner if span == place.inner_span else span
    target = parse_repository_link(place.outer_url or "")
    has_link = target is not None and name_key(target.repo) == name_key(place.repo)
    leads_elsewhere = place.outer_url is not None and not has_link and not is_star_chart_page(place.outer_url)
    is_only_link = not any(not place.outer_span.contains(link.span) for link in links)
    return _Badge(place.repo, span, inner, has_link, leads_elsewhere, is_only_link, place.in_heading)


def changes_links(before: bytes, after: bytes, name: str) -> bool:
    """Say whether two versions of a file have entries of different repositories, or links in different sections.

    So they do if a count that stays has another repository, or none, or if blocks of the later version are malformed.
    Raises BlockError if those of the earlier one are.
    """
    entries, counted = _entries(before, name), _counted(before, name)
    try:
        blocks.parse(after, name)
        if _entries(after, name) != entries or _counted(after, name) != counted:
            return True
    except BlockError:
        return True
    linked_before, linked_after = _linked(before, name), _linked(after, name)
    return any(repo in entries for repo, _ in linked_before ^ linked_after)


def _counted(data: bytes, name: str) -> Sequence[str]:
    """Return the repositories of the counts that are not in the places of badges."""
    counts = (count.attributes for count in blocks.entry_counts(data, name))
    return [name_key(attributes["repo"]) for attributes in counts if "badge" not in attributes]


def _linked(data: bytes, name: str) -> frozenset[tuple[str, tuple[str, ...]]]:
    places = (place for place in blocks.places(data, name) if place.kind is not LinkKind.DEFINITION)
    return frozenset((name_key(place.repo), place.section) for place in places)


def _count(data: bytes, badge: _Badge, shown: str, attributes: Mapping[str, str]) -> Edit:
    """Return the edit that puts a count into the place of a badge."""
    if badge.has_other_link or (badge.is_only_link and badge.has_link):
        return Edit(badge.inner, entry_counts.mark(shown, attributes))
    span = badge.span
    if badge.is_only_link:
        url, marked = f"https://github.com/{badge.repo}".encode(), entry_counts.mark(shown, attributes)
        is_html = span.of(data).startswith(b"<")
        return Edit(span, b'<a href="%s">%s</a>' % (url, marked) if is_html else b"[%s](%s)" % (marked, url))
    line_start = max(data.rfind(b"\n", 0, span.start), data.rfind(b"\r", 0, span.start)) + 1
    if _LINE_MARKERS.match(data[line_start : span.start]) and shown.startswith(_STAR):
        # A comment at the beginning of a line would make the line HTML, in which Markdown means nothing.
        form = DEFAULT_FORMAT.removeprefix(_STAR)
        marked = _STAR.encode() + entry_counts.mark(shown.removeprefix(_STAR), {"format": form, **attributes})
    else:
        marked = entry_counts.mark(shown, attributes)
    before = b" " if _is_word(data[max(span.start - 1, 0) : span.start]) else b""
    return Edit(span, before + marked + (b" " if _is_word(data[span.end : span.end + 1]) else b""))


_STAR: Final = "\N{BLACK STAR} "


def _is_word(byte: bytes) -> bool:
    return bool(byte) and (byte.isalnum() or byte in b")]*_`" or byte > b"\x7f")


def _drops(data: bytes, spans: Iterable[Span]) -> Iterator[Edit]:
    """Yield the edits that take badges out, with the space that is then too much, and lines that are then empty."""
    for run in _runs(data, spans):
        yield Edit(_with_space(data, Span(run[0].start, run[-1].end)), b"")


def _with_space(data: bytes, piece: Span) -> Span:
    """Return a piece with a space beside it, or with its whole line if nothing else is there."""
    start, end = piece.start, piece.end
    while start and data[start - 1 : start] in (b" ", b"\t"):
        start -= 1
    while end < len(data) and data[end : end + 1] in (b" ", b"\t"):
        end += 1
    begins_line, ends_line = _begins_line(data, start), _ends_line(data, end)
    if begins_line and ends_line:
        return _whole_line(data, Span(start, end))
    if begins_line:
        return Span(piece.start, end)
    if start < piece.start and (end > piece.end or ends_line or data[end : end + 1] in _PUNCTUATION):
        return Span(piece.start - 1, piece.end)
    return piece


def _begins_line(data: bytes, offset: int) -> bool:
    is_behind_mark = offset == len(BOM_UTF8) and data.startswith(BOM_UTF8)
    return offset == 0 or is_behind_mark or data[offset - 1 : offset] in (b"\n", b"\r")


def _ends_line(data: bytes, offset: int) -> bool:
    return offset == len(data) or data[offset : offset + 1] in (b"\n", b"\r")


def _whole_line(data: bytes, line: Span) -> Span:
    """Return a line with its end, and with the empty line below it if there is one above it too."""
    end = _behind_line_end(data, line.end)
    before = data[max(line.start - 4, 0) : line.start]
    is_below_empty = line.start == 0 or _EMPTY_LINE.search(before)
    if is_below_empty and end < len(data) and _ends_line(data, end):
        end = _behind_line_end(data, end)
    return Span(line.start, end)


def _behind_line_end(data: bytes, offset: int) -> int:
    return offset + (2 if data.startswith(b"\r\n", offset) else 1 if offset < len(data) else 0)


def _unused_definitions(data: bytes, made: Sequence[Edit]) -> Iterator[Edit]:
    """Yield the edits that take out the definitions which are no longer used when the edits are made."""
    if not made:
        return
    before = find_references(data)
    unused = before.used - find_references(edits.apply(data, made)).used
    for name, span in before.definitions:
        if name in unused:
            start = span.start
            while start and data[start - 1 : start] in (b" ", b"\t"):
                start -= 1
            line = Span(start, span.end + len(re.match(rb"[ \t]*", data[span.end :])[0]))  # type: ignore[index]
            yield Edit(_whole_line(data, line) if _begins_line(data, start) else span, b"")


def _merged(made: Iterable[Edit]) -> tuple[Edit, ...]:
    """Return the edits in their order, those that take out pieces beside each other as one."""
    merged: list[Edit] = []
    for edit in sorted(made):
        last = merged[-1] if merged else None
        if last and not last.replacement and not edit.replacement and edit.span.start <= last.span.end:
            merged[-1] = Edit(Span(last.span.start, max(last.span.end, edit.span.end)), b"")
        else:
            merged.append(edit)
    return tuple(merged)


_COUNT = re.compile(
    rb"(<!--[ \t]*startrack:count(?:(?!-->)[^\r\n])*-->)((?:(?!<!--)[^\r\n])*)(<!--[ \t]*/startrack[ \t]*-->)"
)
_NUMBER = re.compile(rb"\bbadge=([0-9]+)\b")


def restore(data: bytes, original: Original) -> Restored:
    """Return the edits that put the badges of an earlier file back into the file as it is now.

    A count is found by its number, wherever it is. What was taken out comes back where the lines beside it are still
    the same but for their counts.
    """
    counts = _numbered_counts(data)
    places = _Places(edits.apply(original.data, original.edits), data)
    made: list[Edit] = []
    lost: list[bytes] = []
    shift = 0
    for edit in original.edits:
        before = edit.span.of(original.data)
        if edit.replacement:
            spans = [_enlarged(data, edit.replacement, match) for match in counts.get(_number(edit.replacement), ())]
        else:
            spans = [places.find(edit.span.start + shift, is_line=_is_line(original.data, edit.span))]
        made += (Edit(span, before) for span in spans if span)
        lost += [] if any(spans) else [before]
        shift += len(edit.replacement) - len(before)
    return Restored(tuple(dict.fromkeys(made)), tuple(lost))


def _is_line(data: bytes, span: Span) -> bool:
    return _begins_line(data, span.start) and (span.end == len(data) or _begins_line(data, span.end))


def _number(replacement: bytes) -> int:
    number = _NUMBER.search(replacement)
    return int(number[1]) if number else 0


def _numbered_counts(data: bytes) -> dict[int, list[re.Match[bytes]]]:
    """Return the counts in the places of badges by their numbers; a line that was copied has the same one twice."""
    counts: dict[int, list[re.Match[bytes]]] = {}
    for match in _COUNT.finditer(data):
        if number := _number(match[1]):
            counts.setdefault(number, []).append(match)
    return counts


def _enlarged(data: bytes, replacement: bytes, match: re.Match[bytes]) -> Span | None:
    """Return the bytes of a count with what was put around it; `None` if that is no longer there."""
    count = _COUNT.search(replacement)
    if count is None:
        return None
    before, after = replacement[: count.start()], replacement[count.end() :]
    start, end = match.start() - len(before), match.end() + len(after)
    return (
        Span(start, end)
        if start >= 0 and data[start : match.start()] == before and (data[match.end() : end] == after)
        else None
    )


class _Places:
    """Finds places of an earlier file in the file as it is now, by lines that are the same but for their counts."""

    def __init__(self, earlier: bytes, now: bytes) -> None:
        self._earlier, self._now = _LINE.findall(earlier), _LINE.findall(now)
        self._earlier_starts = [0, *accumulate(map(len, self._earlier))]
        self._now_starts = [0, *accumulate(map(len, self._now))]
        self._same: dict[int, int] = {}
        old, new = ([_COUNT.sub(rb"\1\3", line) for line in lines] for lines in (self._earlier, self._now))
        for block in SequenceMatcher(None, old, new).get_matching_blocks():
            self._same.update(
                zip(range(block.a, block.a + block.size), range(block.b, block.b + block.size), strict=True)
            )

    def find(self, offset: int, *, is_line: bool) -> Span | None:
        """Return the place, which is empty; `is_line` is whether lines were there."""
        line = bisect_right(self._earlier_starts, offset) - 1
        if line == len(self._earlier) and line and not self._earlier[-1].endswith((b"\n", b"\r")):
            line -= 1  # the end of a line without an end
        column = offset - self._earlier_starts[line]
        # A line between CR and LF leaves these two as one line end.
        if (is_line and not column) or line == len(self._earlier):
            return self._between_lines(line)
        if line not in self._same:
            return None
        place = self._now_starts[self._same[line]] + self._column(line, column)
        return Span(place, place)

    def _between_lines(self, line: int) -> Span | None:
        if line in self._same:
            place = self._now_starts[self._same[line]]
        elif line - 1 in self._same:
            place = self._now_starts[self._same[line - 1] + 1]
        elif not self._earlier or not self._now:
            place = 0
        else:
            return None
        return Span(place, place)

    def _column(self, line: int, column: int) -> int:
        """Return the column in the line as it is now; the counts before it may be longer or shorter."""
        earlier, now = self._earlier[line], self._now[self._same[line]]
        counts = zip(_COUNT.finditer(earlier), _COUNT.finditer(now), strict=True)
        return column + sum(len(new[2]) - len(old[2]) for old, new in counts if old.end() <= column)

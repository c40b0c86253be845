"""Decides when a block of a README changes: with each period, and before that only if a reader would miss something.

A *period* is the day, the week or the month that a cadence names. A block shows the report of the period's first run,
so all runs of a period give the same text, and nothing has to be remembered. The newest report is shown before the next
period begins if a total has changed by more than `min_change` since, or if an entry is new, gone, renamed, archived or
lost.

Texts are compared as a reader sees them: lines with links are rows, matched by their links; the numbers in them are
figures. A number with a sign or a percent sign, a date and a bar belong to the period, and never make a block change.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Final, NamedTuple

from startrack.model.cadence import Cadence, MinChange
from startrack.readme import markdown, tables
from startrack.wording.figures import MINUS

__all__ = [
    "LEAST_CHANGE",
    "Candidate",
    "Shown",
    "begin",
    "differs",
    "settle",
]


LEAST_CHANGE: Final = 10
"""A total never counts as changed by less than this: of 12 stars, each is more than 5%."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a report says in a block: its lines, and the same lines with every total in full.

    `choices` are the URLs of the projects from which the block takes its rows.
    """

    lines: tuple[str, ...]
    exact: tuple[str, ...]
    choices: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Candidate:
    """A block to settle: its lines now, what the period's report and the newest say, and what counts as a change."""

    old: Sequence[str]
    period: Shown
    current: Shown
    cadence: Cadence
    min_change: MinChange


def settle(blocks: Sequence[Candidate]) -> list[Sequence[str]]:
    """Return the lines of the blocks of one file.

    If one of several with the same cadence has to show the newest report, all do: the file changes anyway, and then
    less often.
    """
    early = {block.cadence for block in blocks if _differ(block.period.lines, block)}
    stale = {block.cadence for block in blocks if block.cadence in early and _differ(block.old, block)}
    return [
        _of_period(block)
        if block.cadence not in early
        else block.current.lines
        if block.cadence in stale
        else block.old
        for block in blocks
    ]


def begin(blocks: Sequence[Candidate], others: Sequence[Candidate]) -> list[Sequence[str]]:
    """Return the lines with which new blocks begin in a file that has others, so that the next build keeps them."""
    return settle([*(replace(block, old=()) for block in blocks), *others])[: len(blocks)]


def _of_period(block: Candidate) -> Sequence[str]:
    """Return the lines of the period's report, or the old ones if they are of the same period and good enough.

    Without a date below them, lines are of the same period if no total in them is further from the newest one than the
    period's is. Else a total that goes back and forth over `min_change` would take the whole file with it.
    """
    old, first, last = (_as_of(lines) for lines in (block.old, block.period.lines, block.current.lines))
    if old and first and last:
        is_of_period = first <= old <= last
    else:
        is_of_period = block.period.lines != block.current.lines and _is_as_near(block)
    return block.old if is_of_period and not _differ(block.old, block) else block.period.lines


def _differ(lines: Sequence[str], block: Candidate) -> bool:
    return differs(lines, block.current, block.min_change, block.period)


def differs(old: Sequence[str], new: Shown, min_change: MinChange, period: Shown | None = None) -> bool:
    """Return whether old lines are wrong by more than what can wait: by an entry, a text or a total.

    Rows of projects that both reports could choose may come and go, as many as one of the two shows: these projects
    were and are in the list. A total that the new report shows as the same text is never wrong.
    """
    old = tuple(old)
    if old == new.lines:
        return False
    period = period or new
    common = new.choices & period.choices
    before, after = _parse(old), _parse(new.lines, new.exact)
    if [line.skeleton for line in before.fixed] != [line.skeleton for line in after.fixed]:
        return True
    pairs = [*zip(before.fixed, after.fixed, strict=True), *_pairs(before.rows, after.rows)]
    return (
        before.lengths not in (after.lengths, _parse(period.lines).lengths)
        or any(not common.issuperset(key.urls) for key in before.rows.keys() ^ after.rows.keys())
        or any(_is_other(was, now, min_change) for was, now in pairs)
        or (min_change.ranks is not None and _moved(before.rows, after.rows) > min_change.ranks)
    )


class _Key(NamedTuple):
    """Which row it is: after how many lines that are not rows, its links, and the number of earlier rows like it.

    A row without links is known by its first `cell`.
    """

    part: int
    urls: tuple[str, ...]
    cell: str
    number: int


@dataclass(frozen=True, slots=True)
class _Figure:
    """A figure in a line. `total` is `None` for one that belongs to the period; `text` tells two unknown ones apart.

    `is_exact` says whether it is a large number in full or a rounded one, `None` where it could be either.
    """

    text: str
    total: float | None = None
    is_unknown: bool = False
    is_exact: bool | None = None


@dataclass(frozen=True, slots=True)
class _Line:
    """The texts before, between and after the figures of a line, and these; `exact` are the same in full."""

    skeleton: tuple[str, ...]
    figures: tuple[_Figure, ...] = ()
    exact: tuple[_Figure, ...] = ()


@dataclass(frozen=True, slots=True)
class _Text:
    """The lines that are no rows, in their order, and the rows of tables and lines with links in theirs."""

    fixed: list[_Line]
    rows: dict[_Key, _Line]

    @property
    def lengths(self) -> Counter[int]:
        """The numbers of rows, each after how many other lines they are."""
        return Counter(key.part for key in self.rows)


_ALIGNMENT = re.compile(r"\|(?: ?:?-+:? ?\|)+")
_POSITION = re.compile(r"^\d+\. ")
_FIGURE = re.compile(
    rf"""
    (?P<other>\]\([^()\s]*\)|<[^<>]*>)
    |(?<![^\s|(★*_>≈])(?:
        (?P<unknown>n/a(?:[ ]\([^)|]*\))?)
        |(?P<day>\d\d\d\d-(?:\d\d(?:-\d\d)?|W\d\d))
        |(?P<bars>[▁-█▾·]{{2,}}|[▁-█▾])
        |(?P<mark>(?:≈[ ]?)?[+{MINUS}]?)(?P<number>\d[\d,]*(?:\.\d+)?)(?P<unit>[kM]?)(?P<percent>%?)
         (?:[ ]\((?:[\d.]+[ ]to[ ])?[\d.]+[ ](?:day|hour)s?\))?
    )(?![^\s|),.;:*_<])
    """,
    re.VERBOSE | re.ASCII,
)
_UNITS: Final = {"": 1, "k": 1_000, "M": 1_000_000}
_LARGE: Final = 1_000


# Each text of a table is compared with several others.
@lru_cache(maxsize=32)
def _parse(lines: tuple[str, ...], exact: tuple[str, ...] = ()) -> _Text:
    text, counter = _Text([], {}), Counter[tuple[int, tuple[str, ...], str]]()
    is_in_table, previous = False, ""
    for number, line in enumerate(map(str.strip, lines)):
        is_header = number + 1 < len(lines) and _ALIGNMENT.fullmatch(lines[number + 1].strip()) is not None
        is_in_table = line.startswith("|") and (is_in_table or _ALIGNMENT.fullmatch(previous) is not None)
        urls = tuple(markdown.urls(line))
        if is_header or _is_footnote(line):
            text.fixed.append(_Line((line if is_header else _plain_footnote(line),)))
        elif urls or is_in_table:
            place = len(text.fixed), urls, "" if urls else line.split(" | ")[0]
            text.rows[_Key(*place, counter[place])] = _line(line, exact[number] if exact else line)
            counter[place] += 1
        elif line:
            text.fixed.append(_line(line, exact[number] if exact else line))
        previous = line
    return text


def _plain_footnote(line: str) -> str:
    """Return a footnote without its dates, and without what marks in the rows mean, which come and go."""
    parts = tables.without_dates([line.removesuffix("</sub>")])[0].split(" · ")
    return " · ".join(part for part in parts if not part.startswith(("`", "≈")))


def _line(line: str, exact: str) -> _Line:
    """Return the parts of a line; its position in a list and its end are no part of it."""
    line, exact = (_POSITION.sub("", text.strip()).removesuffix("<br>") for text in (line, exact))
    matches = list(_matches(line))
    ends = [0, *(edge for match in matches for edge in match.span()), len(line)]
    skeleton = tuple(line[start:end] for start, end in zip(ends[::2], ends[1::2], strict=True))
    return _Line(skeleton, tuple(map(_figure, matches)), tuple(map(_figure, _matches(exact))))


def _matches(line: str) -> Iterator[re.Match[str]]:
    return (match for match in _FIGURE.finditer(line) if not match["other"])


def _figure(match: re.Match[str]) -> _Figure:
    if not match["number"] or match["mark"] or match["percent"]:
        return _Figure(match[0], is_unknown=match["unknown"] is not None)
    number = float(match["number"].replace(",", ""))
    is_exact = False if match["unit"] else True if number >= _LARGE else None
    return _Figure(match[0], number * _UNITS[match["unit"]], is_exact=is_exact)


def _pairs(before: Mapping[_Key, _Line], after: Mapping[_Key, _Line]) -> Iterator[tuple[_Line, _Line]]:
    return ((line, after[key]) for key, line in before.items() if key in after)


def _is_other(was: _Line, now: _Line, min_change: MinChange) -> bool:
    if was.skeleton != now.skeleton:
        return True
    figures = zip(was.figures, now.figures, now.exact, strict=True)
    return any(_is_wrong(shown, new, exact, min_change) for shown, new, exact in figures)


def _is_wrong(shown: _Figure, new: _Figure, exact: _Figure, min_change: MinChange) -> bool:
    if shown.text == new.text:
        return False
    if shown.is_unknown or new.is_unknown:
        return True
    if shown.total is None or exact.total is None:
        return False
    if shown.is_exact is not None and new.is_exact is not None and shown.is_exact is not new.is_exact:
        return True  # the attributes of the block ask for another form
    if min_change.percent is None:
        return False
    change = abs(shown.total - exact.total)
    return change > min_change.percent / 100 * exact.total and (change >= LEAST_CHANGE or not min_change.percent)


def _is_as_near(block: Candidate) -> bool:
    """Return whether no total in the old lines is further from the newest one than that of the period's report."""
    current = _parse(block.current.lines, block.current.exact)
    texts = _parse(tuple(block.old)), _parse(block.period.lines), current
    if any(text.rows.keys() != current.rows.keys() or len(text.fixed) != len(current.fixed) for text in texts):
        return False
    lines = zip(*([*text.fixed, *(text.rows[key] for key in current.rows)] for text in texts), strict=True)
    return all(
        was.skeleton == first.skeleton == new.skeleton
        and all(map(_is_total_as_near, was.figures, first.figures, new.exact))
        for was, first, new in lines
    )


def _is_total_as_near(was: _Figure, first: _Figure, new: _Figure) -> bool:
    if was.total is None or first.total is None or new.total is None:
        return True
    return abs(was.total - new.total) <= abs(first.total - new.total)


def _moved(before: Iterable[_Key], after: Iterable[_Key]) -> int:
    """Return how many places the row moved that moved most; one that is not shown is below the last one."""
    olds, news = _places(before), _places(after)
    ends = Counter(key.part for key in olds)
    return max((abs(olds.get(key, ends[key.part]) - news.get(key, ends[key.part])) for key in olds | news), default=0)


def _places(keys: Iterable[_Key]) -> dict[_Key, int]:
    """Return the place of each row in its table, from 0 on."""
    counter = Counter[int]()
    places = {}
    for key in keys:
        places[key] = counter[key.part]
        counter[key.part] += 1
    return places


_DAY: Final = r"\d{4}-\d\d-\d\d"
_AS_OF = re.compile(rf"(?i)\b(?:as of|to Sunday) ({_DAY})")


def _is_footnote(line: str) -> bool:
    return line.lstrip().startswith("<sub>")


def _as_of(lines: Sequence[str]) -> date | None:
    """Return the day in the footnote, `None` if there is none."""
    days = [match[1] for line in lines if _is_footnote(line) if (match := _AS_OF.search(line))]
    try:
        return max(map(date.fromisoformat, days), default=None)
    except ValueError:  # someone wrote 2026-02-30
        return None

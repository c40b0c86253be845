"""When a block changes: with each period, and before that if an entry or a total says so."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from startrack.model.cadence import Cadence, MinChange, parse_min_change
from startrack.readme import digest, health, kinds, movers, sections, tables, updated
from startrack.readme.markers import COUNT
from startrack.readme.quiet import LEAST_CHANGE, Candidate, Shown, differs, settle
from startrack.wording import figures

HEADER = ("| Project | Stars | 30 days | Last commit | Stars, 12 weeks |", "| :-- | --: | --: | :-- | :-- |")
NAMES = tuple(f"o/r{number}" for number in range(6))


@dataclass(frozen=True)
class Row:
    """A project in a table: its total, what belongs to the period, and a mark."""

    name: str
    stars: int
    gain: str = "+3"
    commit: str = "2026-11-02"
    bars: str = "▁▂▃▄▅▆▇█"
    mark: str = ""

    def line(self, *, is_exact: bool) -> str:
        """Return the row as a line."""
        stars = figures.number(self.stars) if is_exact else figures.rounded(self.stars)
        return f"| {link(self.name)}{self.mark} | {stars} | {self.gain} | {self.commit} | {self.bars} |"


def link(name: str) -> str:
    """Return the link of a project."""
    return f"[{name}](https://github.com/{name})"


def shown(
    rows: Sequence[Row], day: str = "2026-11-02", *, limit: int | None = None, listed: Sequence[str] = ()
) -> Shown:
    """Return the table of some projects, of which the block may choose `listed` too."""
    ranked = sorted(rows, key=lambda row: (-row.stars, row.name))[:limit]
    note = ("", f"<sub>As of {day} · gains since {day}</sub>")
    lines, exact = ((*HEADER, *(row.line(is_exact=full) for row in ranked), *note) for full in (False, True))
    urls = frozenset(f"https://github.com/{name}" for name in (*(row.name for row in rows), *listed))
    return Shown(lines, exact, urls)


rows = st.builds(
    Row,
    name=st.just(""),
    stars=st.one_of(st.integers(0, 60), st.integers(900, 1_200), st.integers(1, 3_000_000)),
    mark=st.sampled_from(["", "", "", " (archived)"]),
)
named = st.tuples(*(st.builds(replace, rows, name=st.just(name)) for name in NAMES))
LESS = figures.MINUS + "12"


@st.composite
def versions(draw: st.DrawFn, before: tuple[Row, ...]) -> tuple[Row, ...]:
    """Draw the projects of another day: some changed a little, some came, went or were archived."""
    after = []
    for row in before:
        is_other, is_left_out = draw(st.integers(0, 15)) == 0, draw(st.integers(0, 9)) == 0
        changed = replace(
            row,
            stars=max(row.stars + int(row.stars * draw(st.floats(-0.07, 0.07))) + draw(st.integers(-12, 12)), 0),
            gain=draw(st.sampled_from(["+3", LESS, "0", "≈ +1,234", "+4 (31 days)"] + ["n/a (gap)"] * is_other)),
            commit=draw(st.sampled_from(["2026-11-02", "2025-01-31"] + ["none", "n/a (not known)"] * is_other)),
            bars=draw(st.sampled_from(["▁▂▃▄▅▆▇█", "▁·▃"] + ["n/a (too young)"] * is_other)),
            mark=" (archived)" if is_other else row.mark,
        )
        after += [] if is_left_out else [changed]
    return tuple(after)


@st.composite
def drawn_candidates(draw: st.DrawFn) -> Candidate:
    """Draw a table of three days that are not far apart."""
    base, limit = draw(named), draw(st.sampled_from([None, 3]))
    days = sorted(draw(st.integers(1, 9)) for _ in range(3))
    old, period, current = (shown(draw(versions(base)), f"2026-11-0{day}", limit=limit) for day in days)
    min_change = draw(st.sampled_from([MinChange(5), MinChange(1), MinChange(0), MinChange(ranks=2), MinChange()]))
    lines = draw(st.sampled_from([old.lines, period.lines, ()]))
    return Candidate(lines, period, current, draw(st.sampled_from(Cadence)), min_change)


candidates = drawn_candidates()


def stars_of(lines: Sequence[str]) -> dict[str, str]:
    """Return the stars in a table by the cell of the project."""
    cells = [line.split(" | ") for line in lines if "](" in line]
    return {row[0]: row[1] for row in cells}


@given(st.lists(candidates, max_size=3))
def test_a_total_that_is_shown_is_right_within_the_change(blocks: list[Candidate]) -> None:
    """Each is the text of the newest report, or off by no more than `min_change` or a few stars."""
    for block, lines in zip(blocks, settle(blocks), strict=True):
        if block.min_change.percent is None:
            continue
        new, exact = stars_of(block.current.lines), stars_of(block.current.exact)
        for project, stars in stars_of(lines).items():
            if project in new and stars != new[project]:
                off, total = abs(number(stars) - number(exact[project])), number(exact[project])
                assert off <= block.min_change.percent / 100 * total or (
                    block.min_change.percent and off < LEAST_CHANGE
                )


def number(text: str) -> float:
    """Return the value of a rounded or exact figure."""
    unit = {"k": 1_000, "M": 1_000_000}.get(text[-1], 1)
    return float(text.rstrip("kM").replace(",", "")) * unit


@given(st.lists(candidates, max_size=3))
def test_entries_that_are_new_gone_archived_or_lost_show_at_once(blocks: list[Candidate]) -> None:
    """The rows are those of the newest report, but for projects that were and are in the list; marks are its too."""
    for block, lines in zip(blocks, settle(blocks), strict=True):
        old_names, new_names = (
            {cell.split("]")[0] for cell in stars_of(text)} for text in (lines, block.current.lines)
        )
        known = {url.removeprefix("https://github.com/") for url in block.period.choices & block.current.choices}
        assert {name.removeprefix("| [") for name in old_names ^ new_names} <= known
        marks = {cell.split(")", 1)[0]: cell for cell in stars_of(block.current.lines)}
        for cell in stars_of(lines):
            assert marks.get(cell.split(")", 1)[0], cell) == cell


@given(st.lists(candidates, max_size=3))
def test_a_second_run_changes_nothing(blocks: list[Candidate]) -> None:
    """What was written is kept by a run with the same reports."""
    once = settle(blocks)
    assert settle([replace(block, old=lines) for block, lines in zip(blocks, once, strict=True)]) == once


@given(st.lists(candidates, max_size=3), st.lists(candidates, max_size=3))
def test_a_text_is_the_periods_the_newest_or_kept(blocks: list[Candidate], others: list[Candidate]) -> None:
    """Where the text of before is not kept, it has no part in the new one; blocks of one cadence agree."""
    for block, lines in zip(blocks, settle(blocks), strict=True):
        assert lines in (block.old, block.period.lines, block.current.lines)
    changed = [replace(block, old=other.old) for block, other in zip(blocks, others, strict=False)]
    fresh = settle([replace(block, old=()) for block in changed])
    for block, lines, new in zip(changed, settle(changed), fresh, strict=True):
        assert lines in (block.old, new) or lines == block.period.lines


@given(candidates)
def test_the_newest_report_is_never_wrong(block: Candidate) -> None:
    """Its own text can stay, and so can that of a block whose period has only one run."""
    assert not differs(block.current.lines, block.current, block.min_change)
    assert settle([replace(block, period=block.current, old=())]) == [block.current.lines]


BASE = shown([Row("o/a", 12_340), Row("o/b", 980), Row("o/c", 8)])
LATER = {
    "nothing": (BASE, False),
    "gains, dates and bars": (
        shown(
            [Row("o/a", 12_340, LESS, "2026-11-05", "▁▂"), Row("o/b", 980, "0"), Row("o/c", 8, "≈ +9")], "2026-11-05"
        ),
        False,
    ),
    "a total, a little": (shown([Row("o/a", 12_900), Row("o/b", 1_020), Row("o/c", 8)]), False),
    "a total, by more than 5%": (shown([Row("o/a", 13_100), Row("o/b", 980), Row("o/c", 8)]), True),
    "a small total, by a few": (shown([Row("o/a", 12_340), Row("o/b", 980), Row("o/c", 17)]), False),
    "a small total, by ten": (shown([Row("o/a", 12_340), Row("o/b", 980), Row("o/c", 18)]), True),
    "a new entry": (shown([Row("o/a", 12_340), Row("o/b", 980), Row("o/c", 8), Row("o/d", 5)]), True),
    "an entry gone": (shown([Row("o/a", 12_340), Row("o/b", 980)]), True),
    "a new name": (shown([Row("o/a", 12_340), Row("o/bb", 980), Row("o/c", 8)]), True),
    "archived": (shown([Row("o/a", 12_340), Row("o/b", 980, mark=" (archived)"), Row("o/c", 8)]), True),
    "a gain that becomes known": (shown([Row("o/a", 12_340, "n/a (gap)"), Row("o/b", 980), Row("o/c", 8)]), True),
    "another form of figures": (replace(BASE, lines=BASE.exact), True),
    "another heading": (replace(BASE, lines=tuple(line.replace("30 days", "31 days") for line in BASE.lines)), True),
    "another note": (
        replace(BASE, lines=tuple(line.replace("</sub>", " · 2 of 3</sub>") for line in BASE.lines)),
        True,
    ),
}


@pytest.mark.parametrize(("later", "is_change"), LATER.values(), ids=list(LATER))
def test_what_is_shown_at_once(later: Shown, is_change: bool) -> None:  # noqa: FBT001
    """The rule for 5%, case by case."""
    assert differs(BASE.lines, later, MinChange(5), BASE) is is_change


def test_rows_of_a_short_table_come_and_go() -> None:
    """Among projects that were and are in the list, the best three may change until the next period."""
    stars = {"o/a": 5_000, "o/b": 4_990, "o/c": 4_980, "o/d": 4_970}
    old = shown([Row(name, total) for name, total in stars.items()], limit=3)
    risen = shown([Row(name, total + 30 * (name == "o/d")) for name, total in stars.items()], limit=3)
    new = shown([*(Row(name, total) for name, total in stars.items()), Row("o/e", 9_000)], limit=3)
    assert old.lines != risen.lines
    assert not differs(old.lines, risen, MinChange(5), old)
    assert differs(old.lines, new, MinChange(5), old)
    assert differs(old.lines, risen, MinChange(5), replace(old, choices=frozenset()))


@pytest.mark.parametrize(("ranks", "is_change"), [(0, True), (1, True), (2, True), (3, False)])
def test_ranks(ranks: int, is_change: bool) -> None:  # noqa: FBT001
    """A row that moves by more places than may wait is shown; totals are not looked at."""
    old = [Row(name, 100 - number) for number, name in enumerate(NAMES[:4])]
    new = [*old[:3], replace(old[3], stars=900)]  # from the last place to the first
    assert differs(shown(old).lines, shown(new), MinChange(ranks=ranks)) is is_change
    top = shown(old, limit=3), shown(new, limit=3)  # and from below the table
    assert differs(top[0].lines, top[1], MinChange(ranks=ranks)) is is_change


@pytest.mark.parametrize(
    ("old", "new", "is_change"),
    [
        ("3.1k", "3.2k", False),
        ("3.1k", "3.4k", True),
        ("1,204", "1,205", False),
        ("n/a (not found)", "3.1k", True),
        ("+120", LESS, False),
        ("2026-11-02", "2026-11-09", False),
        ("Figures of 2026-11-02. The next are due on 2026-11-03.", "Figures of 2026-11-09.", True),
        ("Figures of 2026-11-02.", "Figures of 2026-11-09.", False),
        ("1. [o/a](https://github.com/o/a) +12 (3,100)", "2. [o/a](https://github.com/o/a) +1 (3,101)", False),
        ("**120 projects** gained **+3,400 stars**", "**121 projects** gained **+12 stars**", False),
        ("**120 projects**", "**150 projects**", True),
        ("- yolov5 has 100x the words", "- yolov6 has 100x the words", True),
        ("\0 1 2", "1 2 \0", True),
        ("★ 3.1k · 2026-11", "★ 3.1k · 2026-12", False),
    ],
)
def test_lines_of_other_blocks(old: str, new: str, is_change: bool) -> None:  # noqa: FBT001
    """Totals are compared, other figures wait, and all other text has to be the same."""
    choices = frozenset({"https://github.com/o/a"})
    assert differs([old], Shown((new,), (new,), choices), MinChange(5)) is is_change


def test_the_old_text_of_a_period_stays() -> None:
    """Within the period of its footnote, facts that became known later do not change a block; in the next they do."""
    old = shown([Row("o/a", 12_340, gain="≈ +10")], "2026-11-02")
    now = shown([Row("o/a", 12_340, gain="≈ +12")], "2026-11-02")
    block = Candidate(old.lines, now, now, Cadence.WEEKLY, MinChange(5))
    assert settle([block]) == [old.lines]
    later = shown([Row("o/a", 12_340, gain="≈ +12")], "2026-11-09")
    assert settle([replace(block, period=later, current=later)]) == [later.lines]


def figure(stars: int) -> Shown:
    """Return a figure in a sentence."""
    return Shown((f"★ {figures.rounded(stars)}",), (f"★ {figures.number(stars)}",))


def test_a_total_that_goes_back_and_forth_over_the_change_is_written_once() -> None:
    """Neither its own figure nor those of the other entries of the file go back with it, until the next period."""
    lines: list[Sequence[str]] = [("★ 190",), ("★ 800",)]
    seen = []
    for stars, others in ((200, 900), (211, 940), (209, 938), (211, 941), (208, 935), (206, 939)):
        now = figure(stars), figure(others)
        blocks = [
            Candidate(old, figure(first), new, Cadence.MONTHLY, MinChange(5))
            for old, first, new in zip(lines, (200, 900), now, strict=True)
        ]
        lines = settle(blocks)
        seen.append(" ".join(line for (line,) in lines))
    assert seen == ["★ 200 ★ 900", *["★ 211 ★ 940"] * 5]
    following = [replace(block, period=block.current) for block in blocks]
    assert settle(following) == [("★ 206",), ("★ 939",)]


@given(
    st.lists(st.sampled_from(["★ 1", "★ 12 · ★ 3", "n/a", "| [a](b) | 5 |", "[a](b) 7 stars", ""]), max_size=3),
    *[st.lists(st.sampled_from(["★ 9", "★ 12 · ★ 3", "n/a", "| [a](b) | 6 |", "[a](b)"]), max_size=3)] * 2,
)
def test_lines_without_a_date_are_settled(old: list[str], first: list[str], new: list[str]) -> None:
    """Whatever they are; a second run changes nothing."""
    period, current = (Shown(tuple(lines), tuple(lines)) for lines in (first, new))
    block = Candidate(old, period, current, Cadence.MONTHLY, MinChange(5))
    (once,) = settle([block])
    assert settle([replace(block, old=once)]) == [once]


def test_blocks_of_one_cadence_change_together() -> None:
    """If one shows the newest report, so do the others; a block of another cadence does not."""
    first = shown([Row("o/a", 10_000)]), shown([Row("o/b", 10_000)])
    last = shown([Row("o/a", 12_000)], "2026-11-04"), shown([Row("o/b", 10_100)], "2026-11-04")
    blocks = [Candidate(a.lines, a, b, Cadence.WEEKLY, MinChange(5)) for a, b in zip(first, last, strict=True)]
    assert settle(blocks) == [table.lines for table in last]
    assert settle([blocks[0], replace(blocks[1], cadence=Cadence.MONTHLY)]) == [last[0].lines, first[1].lines]
    assert settle(blocks[1:]) == [first[1].lines]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("5%", MinChange(5)), ("0.5 %", MinChange(0.5)), ("3 ranks", MinChange(ranks=3)), ("1rank", MinChange(ranks=1))],
)
def test_min_change_is_parsed(text: str, wanted: MinChange) -> None:
    """As a percentage or as places; and it is written so that it is parsed to the same."""
    assert parse_min_change(text) == wanted == parse_min_change(str(wanted))
    assert parse_min_change("none") == MinChange() == parse_min_change(str(MinChange()))


@pytest.mark.parametrize("value", ["5", "", "-5%", "5 percent", "1e3%", "\u0665%", 5, None, True])
def test_min_change_is_refused(value: object) -> None:
    """The error says how it is written."""
    with pytest.raises(ValueError, match=r'use a percentage such as "5%", a number of places such as "3 ranks"'):
        parse_min_change(value)


@pytest.mark.parametrize(
    ("instant", "starts"),
    [
        ("2026-11-26 05:17", {"daily": "2026-11-26", "weekly": "2026-11-23", "monthly": "2026-11-01"}),
        ("2026-11-23 00:00", {"daily": "2026-11-23", "weekly": "2026-11-23", "monthly": "2026-11-01"}),
        ("2027-01-03 23:59", {"daily": "2027-01-03", "weekly": "2026-12-28", "monthly": "2027-01-01"}),
    ],
)
def test_periods(instant: str, starts: dict[str, str]) -> None:
    """Days, weeks from Monday on, months; each ends where the next begins."""
    at = datetime.fromisoformat(instant)
    assert {cadence: cadence.start(at).isoformat()[:10] for cadence in Cadence} == starts
    for cadence in Cadence:
        end = cadence.end(at)
        assert cadence.start(end) == end > at >= cadence.start(end - timedelta(microseconds=1)) == cadence.start(at)


SECTIONS = ("| Section | 30 days | 30 days, % | Known for |", "| :-- | --: | --: | --: |")


@pytest.mark.parametrize(
    ("old", "new", "is_change"),
    [
        ((1, 2, 3), (3, 1, 2), False),  # another order
        ((1, 2, 3), (1, 2, 4), False),  # another one of the best
        ((1, 2, 3), (1, 2), True),
    ],
)
def test_rows_without_links(old: tuple[int, ...], new: tuple[int, ...], is_change: bool) -> None:  # noqa: FBT001
    """Sections are known by their names, and their order is that of the period."""

    def table(order: Sequence[int]) -> tuple[str, ...]:
        return (
            *SECTIONS,
            *(f"| Kind {number} | +{number} | +1.{number}% | 8 of 9 |" for number in order),
            "<sub>x</sub>",
        )

    assert differs(table(old), Shown(table(new), table(new)), MinChange(5)) is is_change


def test_lines_of_projects() -> None:
    """Movers are as many as one of the two reports shows, in HTML too; marks in a footnote come and go."""

    def lines_of(*names: str, note: str = "") -> Shown:
        items = [f'+{len(names)} · <a href="https://github.com/{name}">{name}</a> · 3.1k stars<br>' for name in names]
        lines = ("<!--lint ignore-->", "", *items[:-1], items[-1].removesuffix("<br>"), "", f"<sub>As of{note}</sub>")
        return Shown(lines, lines, frozenset(f"https://github.com/{name}" for name in NAMES))

    a, b, c, d = NAMES[:4]
    assert not differs(lines_of(a, b).lines, lines_of(b, a, note=" · `▾` a week with a loss"), MinChange(5))
    assert not differs(lines_of(a, b).lines, lines_of(c, b, a), MinChange(5), lines_of(c, d))
    assert differs(lines_of(a, b).lines, lines_of(c, b, a), MinChange(5), lines_of(c))
    assert differs(lines_of(a, b).lines, lines_of(a, "o/new"), MinChange(5), lines_of(a, b))
    assert differs(lines_of(a, b).lines, lines_of(a, b, note=" · most stars lost"), MinChange(5))


def test_every_kind_that_rounds_is_compared_exactly() -> None:
    """A rounded total says too little about how far it is off."""
    rounding = {
        kind
        for kind, module in [("table", tables), ("movers", movers), ("sections", sections), ("digest", digest)]
        if "figures" in module.ATTRIBUTES
    }
    assert {*rounding, COUNT} == kinds.ROUNDED
    assert not {"figures"} & {*health.ATTRIBUTES, *updated.ATTRIBUTES}

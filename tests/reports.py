"""Reports built from plain values, for tests of pages, feeds and charts."""

import functools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import report_events
from startrack.model.changes import Change, Count, Unknown, Window
from startrack.model.count_history import CountHistory
from startrack.model.history import Churn, RetainedGain, RetainedStars
from startrack.model.lists import Entry, List
from startrack.model.report import Momentum, Project, SiteReport
from startrack.model.repository import Details, Missing, Reason, Repository
from startrack.model.runs import Run
from startrack.trends import membership, windows

__all__ = ["AS_OF", "HOSTILE", "WINDOWS", "Sample", "empty", "filled", "full", "make_report", "many", "uneven", "young"]

AS_OF = datetime(2026, 11, 23, 3, 0)
WINDOWS = tuple(Window(days) for days in (1, 7, 30, 90, 365))
HOSTILE = "</script><script>alert('1')</script>\"'>--><b>|`]]>\u202eevil\u2066\u2028\r\n{{ 7*7 }}=cmd|"


@dataclass(frozen=True)
class Sample:
    """One project in plain values: its stars by days before the report, and other facts.

    `retained` are its retained stars by days before the report, at the ends of these days; `starred` is the day of its
    first star in days before the report, if the full history is known.
    """

    name: str
    stars: Mapping[int, int] = field(default_factory=dict)
    section: tuple[str, ...] = ("Tools",)
    places: Sequence[str] = ("first",)
    title: str | None = None
    url: str | None = None
    description: str | None = "Does one thing well."
    is_archived: bool = False
    missing: Missing | None = None
    label: str | None = None
    spike: bool = False
    retained: Mapping[int, int] = field(default_factory=dict)
    unfit: str = ""
    churn: Churn | None = None
    topics: tuple[str, ...] = ()
    language: str | None = "Python"
    license: str | None = "MIT"
    starred: int | None = None
    has_commits: bool = True


def make_report(samples: Sequence[Sample], *, labels: Mapping[str, str] | None = None, runs: int = 1) -> SiteReport:
    """Return the report of these samples, in the lists that they name."""
    names = sorted({place for sample in samples for place in sample.places} | {"first"})
    lists = tuple(_list(name, samples, (labels or {}).get(name)) for name in names)
    missing = sum(sample.missing is not None for sample in samples)
    numbered = list(enumerate(samples, start=1))
    projects = tuple(_project(number, sample) for number, sample in numbered)
    return SiteReport(
        as_of=AS_OF,
        title="Star trends",
        lists=lists,
        windows=WINDOWS,
        projects=projects,
        history={number: _counts(sample) for number, sample in numbered if sample.stars},
        momentum=tuple(_momentum(listed, projects, window) for listed in lists for window in (WINDOWS[1], WINDOWS[2])),
        runs=tuple(_run(number, len(samples), missing) for number in range(runs)),
        retained={number: _levels(sample) for number, sample in numbered if sample.retained},
        retained_problems={number: sample.unfit for number, sample in numbered if sample.unfit},
        churn={number: sample.churn for number, sample in numbered if sample.churn},
        first_star_days={
            number: (AS_OF - timedelta(days=sample.starred)).date() for number, sample in numbered if sample.starred
        },
    )


@functools.cache
def full() -> SiteReport:
    """Return a report with gains, losses, a gap, missing and archived projects, and hostile texts."""
    samples = [
        *(
            Sample(f"group/project-{i}", _growth(400, 1000 * i, i - 2), section=("Tools", f"Kind {i % 3}"))
            for i in range(1, 9)
        ),
        Sample("big/giant", _growth(400, 84_000, 41), spike=True, topics=("ml", "tools")),
        Sample("lost/stars", _growth(400, 9_000, -3), language="Rust", license=None),
        Sample("gone/away", {60: 50, 40: 55}, missing=Missing("gone/away", Reason.NOT_FOUND)),
        Sample("never/seen", missing=Missing("never/seen", Reason.DMCA, HOSTILE)),
        Sample("old/archived", _growth(400, 300, 0), is_archived=True),
        Sample("some/gap", {day: 900 - day for day in range(400) if not 20 <= day <= 120}),
        Sample("just/started", {0: 12}, has_commits=False),
        Sample("made/up", _growth(400, 500, 7), places=("second",), label="simulated", section=("Papers",)),
        Sample("in/both", _growth(400, 2_500, 5), places=("first", "second")),
        _hostile(),
    ]
    return report_events.with_events(make_report(samples, labels={"second": "simulated"}, runs=3))


@functools.cache
def young() -> SiteReport:
    """Return a report of the first day."""
    return make_report([Sample(f"group/project-{i}", {0: 100 * i}) for i in range(1, 7)])


@functools.cache
def filled() -> SiteReport:
    """Return a report of the first days after a back-fill."""
    before = {day: 1_000 - day for day in range(3, 400, 7)}
    churn = Churn(date(2026, 11, 1), date(2026, 11, 15), 20, 27)
    return make_report(
        [
            Sample("old/friend", {0: 1_005}, retained=before, starred=405),
            Sample(
                "other/one",
                {0: 505, 1: 504},
                retained={day: 500 - day for day in before},
                churn=churn,
                starred=402,
            ),
            Sample("un/fit", {0: 3}, unfit="they add up to more stars than were counted"),
            Sample("plain/one", {0: 12}),
        ],
    )


@functools.cache
def uneven() -> SiteReport:
    """Return a report whose counts are not exactly a window apart, so that gain and pace rank differently."""
    return make_report(
        [
            Sample("even/one", {30: 100, 0: 170}),
            Sample("late/one", {36: 100, 0: 178}),
            Sample("early/one", {24: 100, 0: 160}),
        ],
    )


@functools.cache
def many() -> SiteReport:
    """Return a report with more projects than the table shows at first."""
    return make_report([Sample(f"group/project-{i:03}", {0: 1000 - i}) for i in range(250)])


@functools.cache
def empty() -> SiteReport:
    """Return a report of a list without counts."""
    entry = Entry("group/project", "Project", ("Tools",), "https://github.com/group/project", 3)
    listed = List("first", "README.md", (entry,))
    return SiteReport(AS_OF, "Star trends", (listed,), WINDOWS, (), {}, (), ())


def _hostile() -> Sample:
    return Sample(
        name=f"evil/{HOSTILE}",
        stars=_growth(30, 77, 1),
        section=(HOSTILE, HOSTILE),
        title=HOSTILE,
        url="javascript:alert(1)",
        description=HOSTILE * 100,
        topics=(HOSTILE,),
    )


def _growth(days: int, start: int, per_day: float) -> dict[int, int]:
    return {day: math.floor(start + per_day * (days - day)) for day in range(days + 1)}


def _list(name: str, samples: Sequence[Sample], label: str | None) -> List:
    entries = [_entry(sample, line) for line, sample in enumerate(samples, start=10) if name in sample.places]
    return List(name, f"https://github.com/owner/{name}", tuple(entries), label)


def _entry(sample: Sample, line: int) -> Entry:
    url = sample.url or f"https://github.com/{sample.name}"
    return Entry(sample.name, sample.title or sample.name, sample.section, url, line)


def _project(number: int, sample: Sample) -> Project:
    counts = _counts(sample)
    entry = _entry(sample, number + 9)
    return Project(
        repository=Repository(
            repo_id=number,
            name=sample.name,
            description=sample.description,
            language=sample.language,
            license=sample.license,
            created_at=datetime(2020, 1, 2),
            head_committed_on=date(2026, 11, 1 + number % 20) if counts else None,
            is_archived=sample.is_archived,
        ),
        current=counts[-1] if counts else None,
        changes={window: _change(counts, window) for window in WINDOWS},
        retained={WINDOWS[2]: RetainedGain(30, date(2026, 10, 21), date(2026, 11, 19))} if sample.retained else {},
        places=tuple((place, entry) for place in sample.places),
        first_seen=counts[0].taken_at if counts else None,
        missing=sample.missing,
        details=Details(topics=sample.topics, open_issues=12),
        spike=sample.spike,
        label=sample.label,
    )


def _counts(sample: Sample) -> CountHistory:
    return CountHistory.of(
        Count(AS_OF - timedelta(days=day), stars, stars // 10, 500 + stars // 7 if sample.has_commits else None)
        for day, stars in sorted(sample.stars.items(), reverse=True)
    )


def _levels(sample: Sample) -> tuple[RetainedStars, ...]:
    days = sorted(sample.retained.items(), reverse=True)
    return tuple(RetainedStars((AS_OF - timedelta(days=day)).date(), stars) for day, stars in days)


def _change(counts: CountHistory, window: Window) -> Change | Unknown:
    if not counts:
        return Unknown.NOT_COUNTED
    near = counts.nearest(AS_OF - window.span, window.reach)
    return windows.window_change(window, AS_OF, counts[-1], near, counts[0].taken_at)


def _momentum(listed: List, projects: Sequence[Project], window: Window) -> Momentum:
    inside = membership.in_lists(projects, {listed.name})
    changes = [change for project in inside if isinstance(change := project.changes[window], Change)]
    return Momentum(
        listed.name,
        ("Tools",),
        window,
        gain=sum(change.gain for change in changes),
        baseline=sum(change.baseline.stars for change in changes),
        known=len(changes),
        listed=len(inside),
        shortest=min((change.elapsed for change in changes), default=timedelta()),
        longest=max((change.elapsed for change in changes), default=timedelta()),
    )


def _run(number: int, asked: int, missing: int) -> Run:
    start = AS_OF - timedelta(days=number)
    return Run(number, start, start + timedelta(seconds=42), "done", asked, asked - missing, missing, 5, 12, "0.1.0")

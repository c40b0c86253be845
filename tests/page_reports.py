"""Reports with varied projects, for the tests of the sections page and the health page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path

from reports import AS_OF, WINDOWS
from startrack.dashboards import build
from startrack.model.changes import Change, Count, Unknown, Window
from startrack.model.count_history import CountHistory
from startrack.model.history import Burst
from startrack.model.lists import Entry, List
from startrack.model.report import LicenceChange, NameTakeover, Project, SiteReport
from startrack.model.repository import Details, Missing, Reason, Repository
from startrack.model.runs import Run
from startrack.trends import membership, section_stats

__all__ = ["ProjectSample", "build_report", "health_report", "sections_report", "write_pages"]

MONTH, QUARTER = Window(30), Window(90)
BORN = datetime(2020, 1, 2)


@dataclass(frozen=True)
class ProjectSample:
    """One project in plain values: its gains over 30 and 90 days, and its commits over 90 days.

    `gain` is `None` for a project that is too young, `stars` for one that was never counted.
    """

    name: str
    section: tuple[str, ...] = ("Tools",)
    listed: str = "first"
    stars: int | None = 1_000
    gain: int | None = 0
    quarter: int = 0
    commits: int | None = 0
    facts: Mapping[str, object] = field(default_factory=dict)
    label: str | None = None

    def project(self, number: int) -> Project:
        """Return the project with a number, which is also its line in the list."""
        link = f"https://github.com/{self.name}"
        entry = Entry(self.name, self.name, self.section, link, number, (self.section,))
        repository = Repository(number, self.name, created_at=BORN, head_committed_on=date(2026, 11, 1))
        return Project(
            repository=replace(repository, **self.facts),  # type: ignore[arg-type]
            current=self._count(0, 0, self.commits),
            changes={window: self._change(window) for window in WINDOWS},
            places=((self.listed, entry),),
            first_seen=AS_OF - timedelta(days=120) if self.stars is not None else None,
            label=self.label,
        )

    def _count(self, days: int, gain: int, commits: int | None) -> Count | None:
        if self.stars is None:
            return None
        total = None if commits is None else 500 + commits
        return Count(AS_OF - timedelta(days=days), self.stars - gain, 10, total)

    def _change(self, window: Window) -> Change | Unknown:
        if self.stars is None:
            return Unknown.NOT_COUNTED
        if self.gain is None or window.days > QUARTER.days:
            return Unknown.TOO_YOUNG
        gain = self.gain if window <= MONTH else self.quarter
        before, now = self._count(window.days, gain, 0), self._count(0, 0, self.commits)
        assert before is not None
        assert now is not None
        return Change(before, now)


def build_report(projects: Sequence[Project], **values: object) -> SiteReport:
    """Return a report of these projects, in the lists that they name."""
    names = sorted({name for each in projects for name in each.list_names})
    lists = tuple(_list(name, projects) for name in names)
    report = SiteReport(
        as_of=AS_OF,
        title="Star trends",
        lists=lists,
        windows=WINDOWS,
        projects=tuple(projects),
        history={each.repository.repo_id: CountHistory.of((each.current,)) for each in projects if each.current},
        momentum=section_stats.momentum(lists, projects, WINDOWS),
        runs=(Run(1, AS_OF, AS_OF + timedelta(seconds=9), "done", 9, 9, 0, 5, 12, "0.1.0"),),
    )
    return replace(report, **values)  # type: ignore[arg-type]


def _list(name: str, projects: Sequence[Project]) -> List:
    entries = tuple(entry for each in projects for place, entry in each.places if place == name)
    labels = {each.label for each in membership.in_lists(projects, {name})}
    return List(name, f"https://github.com/owner/{name}", entries, next(iter(labels)))


def write_pages(report: SiteReport, folder: Path) -> Path:
    """Write the pages of a report into a folder, and return the folder."""
    for path, content in build.build(report).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def sections_report() -> SiteReport:
    """Return a report of two lists, one simulated, with all quadrants, nested headings and unknown figures."""
    mit, apache, bsd, odd = ({"license": each} for each in ("MIT", "Apache-2.0", "BSD-3-Clause", "NOASSERTION"))
    ones = [
        ProjectSample("busy/one", gain=200, quarter=400, commits=90, facts={**mit, "language": "Python"}),
        ProjectSample("busy/two", gain=10, quarter=300, commits=70, facts={**mit, "language": "Rust"}),
        ProjectSample(
            "starred/only", gain=50, quarter=500, commits=0, facts={"head_committed_on": date(2025, 1, 1), **apache}
        ),
        ProjectSample(
            "quiet/worker", ("Tools", "Deep"), gain=0, quarter=1, commits=300, facts={**bsd, "language": "Go"}
        ),
        ProjectSample("lost/stars", ("Tools", "Deep"), gain=-100, quarter=-150, commits=5, facts=odd),
        ProjectSample("rewrote/history", ("Tools", "Deep"), gain=0, quarter=0, commits=-12),
        ProjectSample("too/young", ("Papers",), gain=None, facts={"created_at": datetime(2026, 11, 1)}),
        ProjectSample("never/seen", ("Papers",), stars=None, facts={"created_at": None, "head_committed_on": None}),
        ProjectSample("no/commits", ("Papers",), stars=7, gain=1, quarter=2, commits=None),
        ProjectSample("made/up", ("Else",), "second", gain=3, quarter=9, commits=4, label="simulated"),
        ProjectSample("made/over", ("Else",), "second", gain=0, quarter=0, commits=0, label="simulated"),
    ]
    return build_report([one.project(number) for number, one in enumerate(ones, start=1)])


def health_report() -> SiteReport:
    """Return a report in which every kind of finding is there once or more."""
    gone = replace(
        ProjectSample("gone/away").project(1),
        missing=Missing("gone/away", Reason.NOT_FOUND),
        missing_at=AS_OF,
        current=Count(AS_OF - timedelta(days=9), 50, 5),
    )
    blocked = replace(
        ProjectSample("blocked/one", stars=None).project(2),
        missing=Missing("blocked/one", Reason.DMCA, "dmca"),
        missing_at=AS_OF,
    )
    closed = replace(
        ProjectSample("closed/one", stars=None).project(3),
        missing=Missing("closed/one", Reason.SAML),
        missing_at=AS_OF,
    )
    moved = replace(
        ProjectSample("moved/one", stars=None).project(4),
        missing=Missing("moved/one", Reason.MOVED),
        missing_at=AS_OF,
    )
    facts: Mapping[str, Mapping[str, object]] = {
        "off/switched": {"is_disabled": True},
        "old/archived": {"is_archived": True, "archived_at": datetime(2026, 3, 4, 5, 6)},
        "fork/ed": {"is_fork": True},
        "locked/up": {"is_locked": True},
        "mirr/or": {"is_mirror": True},
        "idle/one": {"head_committed_on": date(2024, 2, 29)},
        "well/kept": {},
    }
    plain = [
        ProjectSample(name, facts=fact).project(number) for number, (name, fact) in enumerate(facts.items(), start=5)
    ]
    spiky = replace(ProjectSample("spi/ky", gain=90, quarter=90).project(20), spike=True)
    details = {"fork/ed": Details(parent="well/kept", parent_id=11)}
    projects = [
        gone,
        blocked,
        closed,
        moved,
        *(replace(project, details=details.get(project.name)) for project in plain),
        spiky,
        _renamed(),
        _doubled(),
        ProjectSample("name/taken").project(13),
        ProjectSample("flash/pan").project(14),
        replace(ProjectSample("bare/one").project(21), current=Count(AS_OF, 3, 0, 0)),
        _marked("alive/one", 22),
        ProjectSample("free/er", facts={"license": None}).project(23),
    ]
    day = AS_OF.date()
    return build_report(
        projects,
        bursts={
            14: Burst(date(2026, 1, 5), date(2026, 1, 18), 600, 20, 1_000, day, retained=True),
            9: Burst(date(2026, 1, 5), date(2026, 1, 18), 399, 20, 1_000, day, retained=False),
        },
        takeovers=(NameTakeover("name/taken", 13, datetime(2026, 9, 9), "went/elsewhere", datetime(2026, 8, 8)),),
        licence_changes={23: LicenceChange("MIT", None, datetime(2026, 10, 11))},
    )


def _marked(name: str, number: int) -> Project:
    project = ProjectSample(name).project(number)
    ((listed, entry),) = project.places
    return replace(project, places=((listed, replace(entry, mark="archived")),))


def _renamed() -> Project:
    project = ProjectSample("new/name").project(16)
    entry = Entry(
        "old/name",
        "Old",
        ("Tools",),
        "https://github.com/old/name/tree/main/docs?x=1#top",
        11,
        (("Tools",),),
    )
    return replace(project, places=(("first", entry),), old_names=("old/name",))


def _doubled() -> Project:
    project = ProjectSample("two/names").project(12)
    twice = Entry("two/old", "Two", ("Papers",), "https://github.com/two/old", 40, (("Papers",),))
    return replace(project, places=(*project.places, ("first", twice)))

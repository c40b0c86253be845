"""Measures how often a README changes in a real year, and how far its figures are off, for each setting.

    python benchmarks/quiet.py COUNTS.parquet [PROJECTS ...]

COUNTS.parquet has the columns `repo`, `date`, `stars`, `forks` and, if known, `commits` and `last_commit_at`: one row
per repository and day. Replays its last year day by day: a report is made of the counts of each day, and the README is
filled from it and from that of the period's first run, as in a build; only the database and files are left out, which
take most of the time. A list of N projects (30, 100, 300 and 900) has 85% that were there all year, 10% that came in
its course and 5% that went, chosen by the hash of their names. With `all` in place of a number, it is the whole file,
with its own additions and removals.

The short README has a table of the 10 fastest-rising projects, and the total of stars and of projects in a sentence.
The full one also has a table of all projects, and a count behind each entry. A change is a day on which the file
changes. What is off is compared on each day with the newest count of each project in the table of all: `worst` is the
total that is off most, in percent, where the newest report would show another text; `from 10` leaves out totals that
are off by less than ten. `rounding` is what rounding alone does to the newest figures. `gains` is the median, over all
days and projects with a gain of at least 100 in 30 days, of how far a gain is off. `rank` is how many places a project
in the table of ten is off at worst.
"""

import hashlib
import re
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from statistics import median

import duckdb

from startrack.model.cadence import Cadence, MinChange, parse_min_change
from startrack.model.changes import MONTH_WINDOW, Change, Count, RankBy
from startrack.model.count_history import CountHistory
from startrack.model.durations import MONTH
from startrack.model.lists import Entry, List
from startrack.model.report import Project, SiteReport
from startrack.model.repository import Details, Repository
from startrack.readme import blocks, kinds, quiet, tables
from startrack.readme.context import Context
from startrack.readme.markers import Block
from startrack.readme.quiet import Candidate, Shown
from startrack.trends import projects
from startrack.trends.ranking import rank, typical_stars

DAY = timedelta(days=1)
YEAR = 365
BEFORE = 40  # days of counts before the year, so that gains are known on its first day
MIN_DAYS = 15  # with a count, of a project that is looked at
SIZES = ("30", "100", "300", "900")
CHANGES = ("none", "10%", "5%", "2%", "3 ranks")
SETTINGS = [
    (Cadence.DAILY, parse_min_change("none")),
    *((cadence, parse_min_change(text)) for cadence in (Cadence.WEEKLY, Cadence.MONTHLY) for text in CHANGES),
]
SHORT = """<!-- startrack:table sort=rising limit=10 columns=project,stars,gain -->
<!-- startrack:end -->
We list <!-- startrack:count figure=projects --><!-- startrack:end --> projects with
<!-- startrack:count figure=stars --><!-- startrack:end --> stars.
"""
ALL = (
    "<!-- startrack:table sort=stars columns=project,stars,gain,forks,commits,last_commit -->\n<!-- startrack:end -->\n"
)
ROW = re.compile(r"\| \[([^\]]+)\]\([^)]*\)[^|]*\| ([^|]+) \| ([^|]+) \| ([^|]+) \|")


@dataclass(frozen=True)
class Observed:
    """The figures of a repository on a day."""

    stars: int
    forks: int
    commits: int | None
    committed_on: date | None


@dataclass(frozen=True)
class Counts:
    """The days of the file, and the figures of each repository by day."""

    days: Sequence[date]
    figures: Mapping[str, Mapping[date, Observed]]

    def chosen(self, size: str) -> list[str]:
        """Return the repositories of a list: most were counted all the time, some come or go in its course."""
        if size == "all":
            return sorted(self.figures)
        first, last = self.days[0], self.days[-1]
        groups: dict[str, list[str]] = {"stayed": [], "came": [], "went": []}
        for repo in self._by_hash():
            begin, end = min(self.figures[repo]), max(self.figures[repo])
            expected = sum(begin <= day <= end for day in self.days)
            if len(self.figures[repo]) < 0.95 * expected:
                continue
            is_old, is_alive = begin <= first + 7 * DAY, end >= last - 7 * DAY
            name = "stayed" if is_old and is_alive else "came" if is_alive else "went" if is_old else ""
            if name:
                groups[name].append(repo)
        parts = {"came": int(size) // 10, "went": int(size) // 20}
        parts["stayed"] = int(size) - sum(parts.values())
        return sorted(repo for name, number in parts.items() for repo in groups[name][:number])

    def _by_hash(self) -> list[str]:
        return sorted(self.figures, key=lambda repo: hashlib.sha256(repo.encode()).digest())


def read(path: Path) -> Counts:
    """Read the last year of a file, and the days before it."""
    source = duckdb.read_parquet(str(path))
    source.create_view("source")
    names = set(source.columns)
    commits = "commits" if "commits" in names else "null::integer"
    committed = "last_commit_at::date" if "last_commit_at" in names else "null::date"
    rows = duckdb.execute(
        f"select repo, date, stars, coalesce(forks, 0), {commits}, {committed} from source "
        f"where date > (select max(date) from source) - {YEAR + BEFORE} and stars is not null "
        f"qualify count(*) over (partition by repo) >= {MIN_DAYS} order by repo, date"
    ).fetchall()
    figures: dict[str, dict[date, Observed]] = {}
    for repo, day, stars, forks, total, committed_on in rows:
        known = committed_on if committed_on and committed_on <= day else None
        figures.setdefault(repo, {})[day] = Observed(stars, forks, total, known)
    return Counts(sorted({day for by_day in figures.values() for day in by_day}), figures)


@dataclass
class Setting:
    """What a README says under one setting, and what was measured."""

    cadence: Cadence
    min_change: MinChange
    contents: dict[str, Sequence[str]] = field(default_factory=dict)
    changes: int = 0
    worst: float = 0
    worst_from_ten: float = 0
    over: int = 0
    gains: list[float] = field(default_factory=list)
    rank: int = 0

    def fill(self, offered: Mapping[str, Candidate]) -> None:
        """Settle the blocks as a build does."""
        candidates = [
            replace(
                candidate,
                old=self.contents.get(name, ()),
                min_change=candidate.min_change if name == "projects" else self.min_change,
            )
            for name, candidate in offered.items()
        ]
        is_changed = False
        for name, candidate, lines in zip(offered, candidates, quiet.settle(candidates), strict=True):
            if tables.without_dates(lines) != tables.without_dates(candidate.old):
                self.contents[name] = lines
                is_changed = True
        self.changes += is_changed

    def measure(self, report: SiteReport, fresh: Mapping[str, tuple[str, ...]], ranks: Mapping[str, int]) -> None:
        """Compare what is shown with the newest report."""
        by_name = {project.name: project for project in report.projects}
        for name, cells in rows(tuple(self.contents.get("all", ()))).items():
            project = by_name.get(name)
            if project is None or project.current is None or name not in fresh:
                continue
            for shown, new, exact in (
                (cells[0], fresh[name][0], project.current.stars),
                (cells[2], fresh[name][2], project.current.forks),
            ):
                if shown != new and exact:
                    self._measure_total(abs(value(shown) - exact), exact)
            change = project.changes[MONTH_WINDOW]
            if isinstance(change, Change) and change.gain >= 100 and cells[1].startswith(("+", "\N{MINUS SIGN}")):
                shown_gain = value(cells[1].lstrip("+\N{MINUS SIGN}").split()[0]) * (-1 if cells[1][0] != "+" else 1)
                self.gains.append(100 * abs(shown_gain - change.gain) / change.gain)
        for place, name in enumerate(rows_of(self.contents["risers"])):
            self.rank = max(self.rank, abs(ranks.get(name, len(ranks)) - place))

    @property
    def figures(self) -> str:
        """What was measured, as the columns of a row; only the full README shows totals of single projects."""
        gains = f"{self.worst:6.1f}% {self.worst_from_ten:7.1f}% {self.over:9,} {median(self.gains or [0]):6.1f}%"
        return f"{gains if 'all' in self.contents else '':33} {self.rank:5}"

    def _measure_total(self, off: float, exact: int) -> None:
        percent = 100 * off / exact
        self.worst = max(self.worst, percent)
        if off >= quiet.LEAST_CHANGE:
            self.worst_from_ten = max(self.worst_from_ten, percent)
            self.over += percent > 5


@lru_cache(maxsize=64)
def rows(lines: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Return the cells of a table with stars, gain and forks by the name of the project."""
    matches = (ROW.match(line) for line in lines)
    return {match[1].replace("\\", ""): (match[2], match[3], match[4]) for match in matches if match}


def rows_of(lines: Sequence[str]) -> list[str]:
    """Return the names of the projects in a table, in their order."""
    return [match[1].replace("\\", "") for line in lines if (match := re.match(r"\| \[([^\]]+)\]", line))]


def value(text: str) -> float:
    """Return the value of a figure; 0 for `n/a`."""
    number = text.split(" ", maxsplit=1)[0].replace(",", "")
    unit = {"k": 1_000, "M": 1_000_000}.get(number[-1], 1)
    return float(number.rstrip("kM")) * unit if number[0].isdigit() else 0


@dataclass
class Replay:
    """A list that is counted day by day, and its READMEs under every setting."""

    counts: Counts
    repos: Sequence[str]
    is_whole: bool
    reports: dict[date, SiteReport] = field(default_factory=dict)
    shown: dict[date, dict[str, Candidate]] = field(default_factory=dict)
    rounding: float = 0

    def __post_init__(self) -> None:
        """Make the blocks of the READMEs, and the history of each project."""
        self.ids = {repo: number for number, repo in enumerate(self.repos, start=1)}
        self.short = dict(zip(("risers", "projects", "stars"), parsed(SHORT), strict=True))
        behind = "".join(
            f"- [x](https://github.com/{repo}) <!--startrack:count--><!--/startrack-->\n" for repo in self.repos
        )
        entries = zip(self.repos, parsed(behind), strict=True)
        self.full = {**self.short, "all": parsed(ALL)[0], **{f"behind {repo}": block for repo, block in entries}}
        self.history = {repo: self._history(repo) for repo in self.repos}

    def _history(self, repo: str) -> CountHistory:
        figures = sorted(self.counts.figures[repo].items())
        return CountHistory.of(Count(instant(day), seen.stars, seen.forks, seen.commits) for day, seen in figures)

    def report(self, day: date) -> SiteReport:
        """Return the report of the run of a day."""
        at, listed = instant(day), self._list(day)
        histories = {self.ids[repo]: history.between(datetime.min, at) for repo, history in self.history.items()}
        currents = {repo_id: history[-1] for repo_id, history in histories.items() if history}
        nearest = {repo_id: history.nearest(at - MONTH, MONTH_WINDOW.reach) for repo_id, history in histories.items()}
        baselines = {MONTH_WINDOW: {repo_id: count for repo_id, count in nearest.items() if count}}
        repositories = {
            self.ids[repo]: (self._repository(repo, day), Details(), self.history[repo].first) for repo in self.repos
        }
        rows = projects.Rows(
            as_of=at,
            lists=[(listed, self.ids)],
            currents=currents,
            baselines=baselines,
            weeks=(),
            largest_daily_gains={},
            names={},
            repositories=repositories,
            details={},
            missing=(),
        )
        return SiteReport(at, "", (listed,), (MONTH_WINDOW,), projects.assemble(rows), {}, (), ())

    def _list(self, day: date) -> List:
        members = (repo for repo in self.repos if self._is_member(repo, day))
        return List(
            "list",
            "list.md",
            tuple(Entry(repo, repo, ("Projects",), f"https://github.com/{repo}", 1) for repo in members),
        )

    def _is_member(self, repo: str, day: date) -> bool:
        figures, days = self.counts.figures[repo], self.counts.days
        if self.is_whole:
            return day in figures
        begin, end = self.history[repo].first.date(), self.history[repo].last.date()
        return (begin <= day or begin <= days[0] + 7 * DAY) and (day <= end or end >= days[-1] - 7 * DAY)

    def _repository(self, repo: str, day: date) -> Repository:
        known = self.history[repo].between(datetime.min, instant(day))
        seen = self.counts.figures[repo][known.last.date()] if known else None
        return Repository(self.ids[repo], repo, head_committed_on=seen.committed_on if seen else None)

    def show(self, day: date) -> None:
        """Render all blocks from the report of a day."""
        report = self.reports[day] = self.report(day)
        context, names = Context(report, RankBy.RISING), {project.name for project in report.projects}
        offers = kinds.Offers(lambda _cadence: (context, context), kinds.Settings(Cadence.DAILY, MinChange()))
        shown = (name for name in self.full if not name.startswith("behind ") or name.removeprefix("behind ") in names)
        self.shown[day] = {name: offers.of(self.full[name]) for name in shown}
        for known in [known for known in self.shown if known < day - 32 * DAY]:
            del self.shown[known], self.reports[known]

    def offers(self, day: date, cadence: Cadence) -> dict[str, Candidate]:
        """Return what each block may show: what the first run of the period says, and what that of the day says."""
        start = cadence.start(instant(day)).date()
        first = self.shown[min(known for known in self.shown if known >= start)]
        nothing = Shown((), ())
        return {
            name: replace(candidate, period=first[name].current if name in first else nothing, cadence=cadence)
            for name, candidate in self.shown[day].items()
        }

    def run(self, say: Callable[[str], None]) -> list[tuple[str, list[Setting]]]:
        """Replay the year; return the settings of each README with what was measured."""
        readmes = [
            ("short", self.short, [Setting(*setting) for setting in SETTINGS]),
            ("full", self.full, [Setting(*setting) for setting in SETTINGS]),
        ]
        begin = self.counts.days[-1] - (YEAR - 1) * DAY
        for day in self.counts.days:
            if day < begin - 31 * DAY:
                continue  # the first periods of the year begin before it
            self.show(day)
            if day < begin:
                continue
            report, offered = self.reports[day], {cadence: self.offers(day, cadence) for cadence in Cadence}
            ranks = {project.name: place for place, project in enumerate(ranked(report.projects))}
            fresh = rows(offered[Cadence.DAILY]["all"].current.lines)
            self._measure_rounding(report, fresh)
            for _, named, settings in readmes:
                for setting in settings:
                    is_new = not setting.contents
                    setting.fill(
                        {name: candidate for name, candidate in offered[setting.cadence].items() if name in named}
                    )
                    setting.changes -= is_new
                    setting.measure(report, fresh, ranks)
            if day.day == 1:
                say(f"{day}")
        return [(name, settings) for name, _, settings in readmes]

    def _measure_rounding(self, report: SiteReport, fresh: Mapping[str, tuple[str, ...]]) -> None:
        for project in report.projects:
            if project.name in fresh and project.current and project.current.stars:
                off = abs(value(fresh[project.name][0]) - project.current.stars)
                self.rounding = max(self.rounding, 100 * off / project.current.stars)


def instant(day: date) -> datetime:
    """Return when the run of a day was."""
    return datetime(day.year, day.month, day.day, 5, 17)


def ranked(projects: Sequence[Project]) -> list[Project]:
    """Return projects as the table of risers ranks them."""
    return rank(projects, RankBy.RISING, MONTH_WINDOW, typical_stars(projects))


def parsed(text: str) -> tuple[Block, ...]:
    """Return the blocks of a text."""
    return blocks.parse(text.encode(), "README.md").blocks


def main() -> None:
    """Print the results of each size."""
    counts = read(Path(sys.argv[1]))
    print(f"{counts.days[0]} to {counts.days[-1]}, {len(counts.days)} days with counts", flush=True)
    for size in sys.argv[2:] or SIZES:
        start = time.process_time()
        repos = counts.chosen(size)
        replay = Replay(counts, repos, size == "all")
        results = replay.run(lambda text: print(text, end=" ", file=sys.stderr, flush=True))
        print(
            f"\n{len(repos):,} projects ({time.process_time() - start:.0f} s of CPU); rounding {replay.rounding:.1f}%"
        )
        print("README  cadence  min_change  changes  worst   from 10  above 5%  gains   rank")
        for readme, settings in results:
            for setting in settings:
                print(
                    f"{readme:<7} {setting.cadence:<8} {setting.min_change!s:<10} {setting.changes:8} {setting.figures}"
                )


if __name__ == "__main__":
    main()

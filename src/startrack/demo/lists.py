"""The two lists of the demo and their projects.

best-of-ml-python has the recorded figures of real projects, mllms-reasoning has simulated ones. `world/SOURCE.md` says
where the files of both come from.
"""

import csv
import zlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cache
from importlib.resources import files
from itertools import groupby
from typing import Final

from startrack.demo.figures import Figures, RecordedHistory, SteadyHistory
from startrack.demo.simulation import SimulatedHistory
from startrack.demo.world import ALWAYS, DatedName, DemoRepository, Release, World
from startrack.model.durations import DAY

__all__ = [
    "BEST_OF",
    "MLLMS",
    "demo_world",
]


BEST_OF: Final = "best-of-ml-python"
MLLMS: Final = "mllms-reasoning"

_FOLDER: Final = files("startrack.demo") / "world"
_FIRST_HOME_ID: Final = 9_000_001
_FIRST_RECORDED_ID: Final = 10_000_000
_FIRST_SIMULATED_ID: Final = 20_000_001

_INTRODUCTION: Final = """\
# Machine learning with Python

A sample of the projects that [best-of-ml-python](https://best-of.org) has kept count of since 2020.
"""
_SECTIONS: Final = {
    "ml-frameworks": "Machine Learning Frameworks",
    "data-viz": "Data Visualization",
    "nlp": "Text Data & NLP",
    "image": "Image Data",
    "audio": "Audio Data",
    "geospatial-data": "Geospatial Data",
    "financial-data": "Financial Data",
    "time-series-data": "Time Series Data",
    "medical-data": "Medical Data",
    "tabular": "Tabular Data",
    "ocr": "Optical Character Recognition",
    "distributed-ml": "Distributed Machine Learning",
    "hyperopt": "Hyperparameter Optimization & AutoML",
    "reinforcement-learning": "Reinforcement Learning",
    "recommender-systems": "Recommender Systems",
    "ml-experiments": "Workflow & Experiment Tracking",
    "interpretability": "Model Interpretability",
    "nn-search": "Vector Similarity Search",
    "probabilistics": "Probabilistics & Statistics",
    "gpu-utilities": "GPU Utilities",
    "others": "Others",
}
_MIN_RELEASING_ACTIVITY: Final = 4.0  # mean commits per day from which a simulated project makes releases
_RELEASE_DAYS: Final = 49


def demo_world() -> World:
    """Return a new world with both lists, their projects, and the two repositories that hold the lists."""
    recorded = _recorded_projects()
    homes = [
        _home_repository(0, "ml-tooling/best-of-ml-python", datetime(2020, 11, 29), BEST_OF),
        _home_repository(1, "Open-DataFlow/Awesome_MLLMs_Reasoning", datetime(2025, 3, 1), MLLMS),
    ]
    texts = {BEST_OF: _best_of_text(recorded), MLLMS: (_FOLDER / "mllms-reasoning.md").read_text(encoding="utf-8")}
    return World([*_recorded_repositories(recorded), *_simulated_repositories(), *homes], texts)


def _home_repository(number: int, name: str, created_at: datetime, readme: str) -> DemoRepository:
    """Return a repository whose README is one of the lists."""
    return DemoRepository(
        repo_id=_FIRST_HOME_ID + number,
        names=(DatedName(ALWAYS, name),),
        created_at=created_at,
        figures=SteadyHistory(created_at.date(), stars=5, stars_per_day=1, commits=3, days_per_commit=7),
        visible_from=created_at,
        description="Simulated figures. Holds a list.",
        readme=readme,
    )


@dataclass(frozen=True, slots=True)
class _RecordedProject:
    """A row of best-of-ml-python-projects.csv; `renames` are DAY NAME, separated by semicolons."""

    number: str
    repo: str
    title: str
    category: str
    license: str
    created_at: datetime
    renames: str

    @property
    def about(self) -> str:
        return f"Listed under {_SECTIONS[self.category]}"


def _recorded_projects() -> list[_RecordedProject]:
    with (_FOLDER / "best-of-ml-python-projects.csv").open(encoding="utf-8") as file:
        return [
            _RecordedProject(**{**row, "created_at": _parse_instant(row["created_at"])})  # type: ignore[arg-type] # by column
            for row in csv.DictReader(file)
        ]


def _recorded_repositories(projects: Sequence[_RecordedProject]) -> list[DemoRepository]:
    """Return the recorded projects; each becomes visible with the first entry of its record."""
    records = _records()
    return [_recorded_repository(project, *records[project.number]) for project in projects]


def _recorded_repository(
    project: _RecordedProject,
    instants: tuple[datetime, ...],
    entries: tuple[Figures, ...],
) -> DemoRepository:
    return DemoRepository(
        repo_id=_FIRST_RECORDED_ID + int(project.number),
        names=(DatedName(ALWAYS, project.repo), *_later_names(project.renames)),
        created_at=project.created_at,
        figures=RecordedHistory(project.created_at.date(), instants, entries),
        visible_from=instants[0],
        description=f"{project.about}.",
        license=project.license or None,
    )


def _later_names(renames: str) -> Iterator[DatedName]:
    for rename in filter(None, renames.split(";")):
        day, _, name = rename.partition(" ")
        yield DatedName(datetime.fromisoformat(day), name)


def _best_of_text(projects: Sequence[_RecordedProject]) -> str:
    """Return the recorded projects as a list by section; each has the name that was recorded first."""
    by_category = defaultdict(list)
    for project in projects:
        by_category[project.category].append(
            f"- [{project.title}](https://github.com/{project.repo}) - {project.about}.\n",
        )
    sections = [
        f"## {heading}\n\n" + "".join(by_category[category])
        for category, heading in _SECTIONS.items()
        if by_category[category]
    ]
    return "\n".join([_INTRODUCTION, *sections])


@cache
def _records() -> Mapping[str, tuple[tuple[datetime, ...], tuple[Figures, ...]]]:
    """Return the instants and figures of each recorded project, by its number; read once, for many worlds."""
    with (_FOLDER / "best-of-ml-python-counts.csv").open(encoding="utf-8") as file:
        rows = csv.reader(file)
        next(rows)
        return {number: _parse_record(list(group)) for number, group in groupby(rows, key=lambda row: row[0])}


def _parse_record(rows: list[list[str]]) -> tuple[tuple[datetime, ...], tuple[Figures, ...]]:
    complete_rows = _fill_gaps(rows)
    return tuple(_count_instant(row[1], row[-1]) for row in complete_rows), tuple(map(_parse_figures, complete_rows))


def _fill_gaps(rows: list[list[str]]) -> list[list[str]]:
    """Replace each missing value by the one before it, or by the first known value if there is none before it."""
    complete_rows: list[list[str]] = []
    previous = [next((row[column] for row in rows if row[column]), "0") for column in range(len(rows[0]))]
    for row in rows:
        previous = [value or previous_value for value, previous_value in zip(row, previous, strict=True)]
        complete_rows.append(previous)
    return complete_rows


def _count_instant(day: str, last_commit_at: str) -> datetime:
    """Return when an entry was counted: the record only has the day, and the count came after the last commit."""
    return max(datetime.fromisoformat(day), _parse_instant(last_commit_at))


def _parse_figures(row: list[str]) -> Figures:
    stars, forks, commits, open_issues, closed_issues, prs = map(int, row[2:8])
    return Figures(
        stars=stars,
        forks=forks,
        commits=commits,
        pushed_at=_parse_instant(row[8]),
        open_issues=open_issues,
        closed_issues=closed_issues,
        open_prs=None,
        closed_prs=prs,
        watchers=None,
    )


def _parse_instant(text: str) -> datetime:
    return datetime.fromisoformat(text.removesuffix("Z"))


def _simulated_repositories() -> list[DemoRepository]:
    """Return the simulated projects; each becomes visible on its made-up day of creation."""
    with (_FOLDER / "mllms-reasoning-projects.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    ids = {row["repo"]: repo_id for repo_id, row in enumerate(rows, _FIRST_SIMULATED_ID)}
    return [_simulated_repository(row, ids) for row in rows]


def _simulated_repository(row: Mapping[str, str], ids: Mapping[str, int]) -> DemoRepository:
    """Return the repository of a row of mllms-reasoning-projects.csv; `ids` are those of all rows by OWNER/NAME."""
    history = SimulatedHistory(
        created=date.fromisoformat(row["created"]),
        seed=zlib.crc32(row["repo"].encode()),
        launch=float(row["launch"]),
        steady=float(row["steady"]),
        activity=float(row["activity"]),
        lifetime=float(row["lifetime"]),
    )
    created_at = datetime.combine(history.created, time())
    return DemoRepository(
        repo_id=ids[row["repo"]],
        names=(DatedName(ALWAYS, row["repo"]),),
        created_at=created_at,
        figures=history,
        visible_from=created_at,
        description=f"Simulated figures. {row['about']}",
        language="Python",
        license=row["license"] or None,
        topics=tuple(row["topics"].split()),
        releases=tuple(_simulated_releases(history)),
        is_fork=bool(row["parent"]),
        parent_id=ids[row["parent"]] if row["parent"] else None,
    )


def _simulated_releases(history: SimulatedHistory) -> Iterator[Release]:
    """Yield a release every seven weeks of the active life of a busy project."""
    if history.activity >= _MIN_RELEASING_ACTIVITY:
        for number in range(1, int(history.lifetime) // _RELEASE_DAYS + 2):
            day = history.created + _RELEASE_DAYS * number * DAY
            yield Release(f"v0.{number}.0", datetime.combine(day, time(9)), is_prerelease=number == 1)

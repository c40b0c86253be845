"""The two lists of the demo and their projects: best-of-ml-python as recorded, mllms-reasoning simulated."""

import csv
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from importlib.resources import files
from itertools import groupby

from startrack.demo.figures import Figures, RecordedHistory, SteadyHistory
from startrack.demo.repository import ALWAYS, DatedName, DemoRepository, Release
from startrack.demo.simulation import SimulatedHistory
from startrack.demo.world import World
from startrack.model.durations import DAY

__all__ = [
    "BEST_OF",
    "MLLMS",
    "best_of_repositories",
    "best_of_text",
    "demo_world",
    "mllms_repositories",
    "mllms_text",
]


BEST_OF = "best-of-ml-python"

_BEST_OF_FIRST_ID = 10_000_000
_BEST_OF_FOLDER = files("startrack.demo") / "world"
_SECTIONS = {
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


@dataclass(frozen=True, slots=True)
class _Project:
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


def best_of_repositories() -> list[DemoRepository]:
    """Return the recorded projects; each answers from its first entry on."""
    courses = _courses()
    return [_best_of_hosted(project, *courses[project.number]) for project in _projects()]


def best_of_text() -> str:
    """Return a list of the recorded projects in the usual shape, by section; names are those first recorded."""
    by_category = defaultdict(list)
    for project in _projects():
        by_category[project.category].append(project)
    sections = [_section(category, by_category[category]) for category in _SECTIONS if by_category[category]]
    return "\n".join([_INTRODUCTION, *sections])


_INTRODUCTION = """\
# Machine learning with Python

A sample of the projects that [best-of-ml-python](https://best-of.org) has kept count of since 2020.
"""


def _section(category: str, projects: Iterable[_Project]) -> str:
    lines = [f"- [{project.title}](https://github.com/{project.repo}) - {project.about}.\n" for project in projects]
    return f"## {_SECTIONS[category]}\n\n" + "".join(lines)


def _projects() -> list[_Project]:
    with (_BEST_OF_FOLDER / "best-of-ml-python-projects.csv").open(encoding="utf-8") as file:
        return [
            _Project(**{**row, "created_at": _instant(row["created_at"])})  # type: ignore[arg-type] # by column
            for row in csv.DictReader(file)
        ]


def _best_of_hosted(project: _Project, instants: tuple[datetime, ...], entries: tuple[Figures, ...]) -> DemoRepository:
    return DemoRepository(
        repo_id=_BEST_OF_FIRST_ID + int(project.number),
        names=(DatedName(ALWAYS, project.repo), *_later_names(project.renames)),
        created_at=project.created_at,
        figures=RecordedHistory(project.created_at.date(), instants, entries),
        opened_at=instants[0],
        description=f"{project.about}.",
        license=project.license or None,
    )


def _later_names(renames: str) -> Iterator[DatedName]:
    for rename in filter(None, renames.split(";")):
        day, _, name = rename.partition(" ")
        yield DatedName(datetime.fromisoformat(day), name)


def _courses() -> dict[str, tuple[tuple[datetime, ...], tuple[Figures, ...]]]:
    with (_BEST_OF_FOLDER / "best-of-ml-python-counts.csv").open(encoding="utf-8") as file:
        rows = csv.reader(file)
        next(rows)
        return {number: _course(list(lines)) for number, lines in groupby(rows, key=lambda row: row[0])}


def _course(rows: list[list[str]]) -> tuple[tuple[datetime, ...], tuple[Figures, ...]]:
    known = _filled(rows)
    return tuple(_counted_at(row[1], row[-1]) for row in known), tuple(map(_figures, known))


def _filled(rows: list[list[str]]) -> list[list[str]]:
    """Fill what an entry lacks from the entry before it, and before the first known value from that one."""
    filled: list[list[str]] = []
    before = [next((row[column] for row in rows if row[column]), "0") for column in range(len(rows[0]))]
    for row in rows:
        before = [value or known for value, known in zip(row, before, strict=True)]
        filled.append(before)
    return filled


def _counted_at(day: str, last_commit_at: str) -> datetime:
    """Return when an entry was counted: the record names the day, and that was after the last commit."""
    return max(datetime.fromisoformat(day), _instant(last_commit_at))


def _figures(row: list[str]) -> Figures:
    stars, forks, commits, open_issues, closed_issues, prs = map(int, row[2:8])
    return Figures(
        stars=stars,
        forks=forks,
        commits=commits,
        pushed_at=_instant(row[8]),
        open_issues=open_issues,
        closed_issues=closed_issues,
        open_prs=None,
        closed_prs=prs,
        watchers=None,
    )


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text.removesuffix("Z"))


MLLMS = "mllms-reasoning"

_MLLMS_FIRST_ID = 20_000_001
_MLLMS_FOLDER = files("startrack.demo") / "world"
_RELEASED_FROM = 4.0
"""Commits a day from which on a project is one that makes releases."""


def mllms_repositories() -> list[DemoRepository]:
    """Return the projects; each exists from its made-up day of creation on."""
    with (_MLLMS_FOLDER / "mllms-reasoning-projects.csv").open(encoding="utf-8") as file:
        return [_mllms_hosted(number, row) for number, row in enumerate(csv.DictReader(file))]


def mllms_text() -> str:
    """Return the list's Markdown."""
    return (_MLLMS_FOLDER / "mllms-reasoning.md").read_text(encoding="utf-8")


def _mllms_hosted(number: int, row: Mapping[str, str]) -> DemoRepository:
    model = _model(row)
    begun = datetime.combine(model.created, time())
    return DemoRepository(
        repo_id=_MLLMS_FIRST_ID + number,
        names=(DatedName(ALWAYS, row["repo"]),),
        created_at=begun,
        figures=model,
        opened_at=begun,
        description=f"Simulated figures. {row['about']}",
        language="Python",
        license=row["license"] or None,
        topics=tuple(row["topics"].split()),
        releases=tuple(_releases(model)),
    )


def _model(row: Mapping[str, str]) -> SimulatedHistory:
    return SimulatedHistory(
        created=date.fromisoformat(row["created"]),
        seed=zlib.crc32(row["repo"].encode()),
        launch=float(row["launch"]),
        steady=float(row["steady"]),
        activity=float(row["activity"]),
        lifetime=float(row["lifetime"]),
    )


def _releases(model: SimulatedHistory) -> Iterator[Release]:
    """Make up a release every seven weeks of a busy project's active life."""
    if model.activity >= _RELEASED_FROM:
        for number in range(1, int(model.lifetime) // 49 + 2):
            day = model.created + 49 * number * DAY
            yield Release(f"v0.{number}.0", datetime.combine(day, time(9)), is_prerelease=number == 1)


def demo_world() -> World:
    """Return a fresh world with the real projects of one list and the simulated ones of the other."""
    homes = [
        _home(1, "ml-tooling/best-of-ml-python", datetime(2020, 11, 29), BEST_OF),
        _home(2, "Open-DataFlow/Awesome_MLLMs_Reasoning", datetime(2025, 3, 1), MLLMS),
    ]
    lists = {BEST_OF: best_of_text(), MLLMS: mllms_text()}
    return World([*best_of_repositories(), *mllms_repositories(), *homes], lists)


def _home(number: int, name: str, created: datetime, readme: str) -> DemoRepository:
    return DemoRepository(
        repo_id=9_000_000 + number,
        names=(DatedName(ALWAYS, name),),
        created_at=created,
        figures=SteadyHistory(created.date(), stars=5, daily=1, commits=3, pace=7),
        opened_at=created,
        description="Simulated figures. Holds a list.",
        readme=readme,
    )

"""Real projects of the list best-of-ml-python with the figures that its maintainers recorded, 2020 to 2025.

`world/SOURCE.md` says where they come from and what is not among them.
"""

import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from itertools import groupby

from startrack.demo.figures import Figures, Recorded
from startrack.demo.hosted import ALWAYS, Held, Hosted

__all__ = ["NAME", "list_text", "repositories"]

NAME = "best-of-ml-python"

_FIRST_ID = 10_000_000
_FOLDER = files("startrack.demo") / "world"
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


def repositories() -> list[Hosted]:
    """Return the recorded projects; each answers from its first entry on."""
    courses = _courses()
    return [_hosted(project, *courses[project.number]) for project in _projects()]


def list_text() -> str:
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
    with (_FOLDER / "best-of-ml-python-projects.csv").open(encoding="utf-8") as file:
        return [
            _Project(**{**row, "created_at": _instant(row["created_at"])})  # type: ignore[arg-type] # by column
            for row in csv.DictReader(file)
        ]


def _hosted(project: _Project, instants: tuple[datetime, ...], entries: tuple[Figures, ...]) -> Hosted:
    return Hosted(
        repo_id=_FIRST_ID + int(project.number),
        names=(Held(ALWAYS, project.repo), *_later_names(project.renames)),
        created_at=project.created_at,
        figures=Recorded(project.created_at.date(), instants, entries),
        opened_at=instants[0],
        description=f"{project.about}.",
        license=project.license or None,
    )


def _later_names(renames: str) -> Iterator[Held]:
    for rename in filter(None, renames.split(";")):
        day, _, name = rename.partition(" ")
        yield Held(datetime.fromisoformat(day), name)


def _courses() -> dict[str, tuple[tuple[datetime, ...], tuple[Figures, ...]]]:
    with (_FOLDER / "best-of-ml-python-counts.csv").open(encoding="utf-8") as file:
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

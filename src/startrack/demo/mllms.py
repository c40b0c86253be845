"""The 23 projects of the list awesome-mllms-reasoning with made-up figures, and a list in that list's shape.

Nothing about them is real except their names and titles; every description says "Simulated figures."
"""

import csv
import zlib
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from importlib.resources import files

from startrack.demo.figures import DAY
from startrack.demo.hosted import ALWAYS, Held, Hosted, Release
from startrack.demo.simulation import Simulated

__all__ = ["NAME", "list_text", "repositories"]

NAME = "mllms-reasoning"

_FIRST_ID = 20_000_001
_FOLDER = files("startrack.demo") / "world"
_RELEASED_FROM = 4.0
"""Commits a day from which on a project is one that makes releases."""


def repositories() -> list[Hosted]:
    """Return the projects; each exists from its made-up day of creation on."""
    with (_FOLDER / "mllms-reasoning-projects.csv").open(encoding="utf-8") as file:
        return [_hosted(number, row) for number, row in enumerate(csv.DictReader(file))]


def list_text() -> str:
    """Return the list's Markdown."""
    return (_FOLDER / "mllms-reasoning.md").read_text(encoding="utf-8")


def _hosted(number: int, row: Mapping[str, str]) -> Hosted:
    model = _model(row)
    begun = datetime.combine(model.created, time())
    return Hosted(
        repo_id=_FIRST_ID + number,
        names=(Held(ALWAYS, row["repo"]),),
        created_at=begun,
        figures=model,
        opened_at=begun,
        description=f"Simulated figures. {row['about']}",
        language="Python",
        license=row["license"] or None,
        topics=tuple(row["topics"].split()),
        releases=tuple(_releases(model)),
    )


def _model(row: Mapping[str, str]) -> Simulated:
    return Simulated(
        created=date.fromisoformat(row["created"]),
        seed=zlib.crc32(row["repo"].encode()),
        launch=float(row["launch"]),
        steady=float(row["steady"]),
        activity=float(row["activity"]),
        lifetime=float(row["lifetime"]),
    )


def _releases(model: Simulated) -> Iterator[Release]:
    """Make up a release every seven weeks of a busy project's active life."""
    if model.activity >= _RELEASED_FROM:
        for number in range(1, int(model.lifetime) // 49 + 2):
            day = model.created + 49 * number * DAY
            yield Release(f"v0.{number}.0", datetime.combine(day, time(9)), is_prerelease=number == 1)

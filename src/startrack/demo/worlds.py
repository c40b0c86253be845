"""The world of the demo: both lists, their projects, and the two repositories that hold the lists."""

from datetime import datetime

from startrack.demo import bestof, mllms
from startrack.demo.figures import Steady
from startrack.demo.hosted import ALWAYS, Held, Hosted
from startrack.demo.world import World

__all__ = ["demo_world"]


def demo_world() -> World:
    """Return a fresh world with the real projects of one list and the simulated ones of the other."""
    homes = [
        _home(1, "ml-tooling/best-of-ml-python", datetime(2020, 11, 29), bestof.NAME),
        _home(2, "Open-DataFlow/Awesome_MLLMs_Reasoning", datetime(2025, 3, 1), mllms.NAME),
    ]
    lists = {bestof.NAME: bestof.list_text(), mllms.NAME: mllms.list_text()}
    return World([*bestof.repositories(), *mllms.repositories(), *homes], lists)


def _home(number: int, name: str, created: datetime, readme: str) -> Hosted:
    return Hosted(
        repo_id=9_000_000 + number,
        names=(Held(ALWAYS, name),),
        created_at=created,
        figures=Steady(created.date(), stars=5, daily=1, commits=3, pace=7),
        opened_at=created,
        description="Simulated figures. Holds a list.",
        readme=readme,
    )

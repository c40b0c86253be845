"""Made-up figures: those of a young project, and a world of repositories that grow steadily."""

import math
import random
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache

from startrack.demo.figures import FigureChange, Figures, SteadyHistory
from startrack.demo.world import ALWAYS, DatedName, DemoRepository, World
from startrack.model.durations import DAY

__all__ = [
    "SimulatedHistory",
    "simulated_world",
]


_END = date(2027, 12, 31)
_SPIKE_CHANCE = 0.004
_PURGE_CHANCE = 0.001
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class SimulatedHistory:
    """Simulated figures by day until the end of 2027: a launch burst that fades, then steady growth.

    `launch` and `steady` are the mean stars per day at the start and later. `activity` is the mean number of commits
    per day at the start, which falls over about `lifetime` days. Noise, a few spikes and a few losses are added. The
    same values always give the same figures.
    """

    created: date
    seed: int
    launch: float
    steady: float
    activity: float
    lifetime: float

    def at(self, instant: datetime) -> Figures:
        """Return the figures on the day of `instant`."""
        return _daily_figures(self)[self._day_number(instant)]

    def changes(self, instant: datetime) -> Sequence[FigureChange]:
        """Return one change per day up to the day of `instant`."""
        return tuple(self._changes(_daily_figures(self)[: self._day_number(instant) + 1]))

    def _day_number(self, instant: datetime) -> int:
        days = (instant.date() - self.created).days
        return min(max(days, 0), (_END - self.created).days)

    def _changes(self, daily_figures: Sequence[Figures]) -> Iterator[FigureChange]:
        stars, commits = 0, 0
        for number, figures in enumerate(daily_figures):
            day = self.created + number * DAY
            yield FigureChange(day, day, figures.stars - stars, figures.commits - commits)
            stars, commits = figures.stars, figures.commits


@lru_cache(maxsize=256)
def _daily_figures(model: SimulatedHistory) -> tuple[Figures, ...]:
    return tuple(_Simulation(model).figures())


class _Simulation:
    """The state of one simulation on its current day."""

    def __init__(self, model: SimulatedHistory) -> None:
        self.model = model
        self.chance = random.Random(model.seed)  # noqa: S311 - a simulation, not a secret
        self.stars, self.forks, self.commits, self.closed = 0, 0, 1, 0
        self.spike = 0.0
        self.pushed = model.created

    def figures(self) -> Iterator[Figures]:
        for number in range((_END - self.model.created).days + 1):
            gained = self.gained(number)
            self.stars += gained - self.lost()
            self.forks += self.whole(max(gained, 0) * 0.09)
            self.closed += self.whole(gained * 0.04)
            self.commit(number)
            yield self.today()

    def gained(self, number: int) -> int:
        """Draw the new stars of a day from the fading launch burst, the steady rate and a spike."""
        self.spike *= 0.55
        if self.chance.random() < _SPIKE_CHANCE:
            self.spike = self.model.launch * self.chance.uniform(0.3, 1.2)
        fading = self.model.launch * math.exp(-number / 11)
        steady = self.model.steady * math.exp(-number / 700)
        return self.whole((fading + steady + self.spike) * self.chance.gammavariate(4, 0.25))

    def lost(self) -> int:
        """Draw the stars lost on a day: sometimes a few, rarely many."""
        if self.chance.random() < _PURGE_CHANCE:
            return self.stars // 60
        return min(self.whole(self.stars * 0.00012), self.stars)

    def commit(self, number: int) -> None:
        """Draw the commits of a day; there are fewer on weekends."""
        day = self.model.created + number * DAY
        weekend_factor = 0.3 if day.weekday() >= _SATURDAY else 1.0
        mean = weekend_factor * self.model.activity * math.exp(-number / self.model.lifetime)
        added = self.whole(mean * self.chance.expovariate(1))
        if added:
            self.commits, self.pushed = self.commits + added, day

    def today(self) -> Figures:
        return Figures(
            stars=self.stars,
            forks=self.forks,
            commits=self.commits,
            pushed_at=datetime.combine(self.pushed, time()),
            open_issues=self.closed // 3,
            closed_issues=self.closed,
            open_prs=self.closed // 25,
            closed_prs=self.closed // 4,
            watchers=self.stars // 90,
        )

    def whole(self, mean: float) -> int:
        """Round up or down at random, so that small means still add up."""
        return int(mean + self.chance.random())


def simulated_world(count: int, seed: int = 0, as_of: date = date(2026, 1, 1)) -> World:
    """Return a world of `count` made-up repositories `o0/r0` … that grow steadily and are cheap to compute.

    Stars have the long-tailed distribution of real lists. Every day, one repository in twenty has a new commit.
    """
    chance = random.Random(seed)  # noqa: S311 - a simulation, not a secret
    return World(_steady_repository(number, chance, as_of) for number in range(count))


def _steady_repository(number: int, chance: random.Random, as_of: date) -> DemoRepository:
    created = as_of - chance.randrange(200, 4000) * DAY
    created_at = datetime.combine(created, time())
    figures = SteadyHistory(
        created=created,
        stars=int(chance.paretovariate(0.7) * 20) % 150_000,
        stars_per_day=_draw_stars_per_day(chance),
        commits=chance.randrange(20, 5000),
        offset=number,
    )
    return DemoRepository(
        repo_id=30_000_001 + number,
        names=(DatedName(ALWAYS, f"o{number // 10}/r{number}"),),
        created_at=created_at,
        figures=figures,
        visible_from=created_at,
        description="Simulated figures. Steady growth.",
        language="Python",
        license="MIT",
    )


def _draw_stars_per_day(chance: random.Random) -> int:
    return bisect_right([0.6, 0.8, 0.9, 0.95, 0.98], chance.random())

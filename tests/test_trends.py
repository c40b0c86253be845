"""Windows, rankings and sections against an independent computation over the rows, on real history with gaps."""

from dataclasses import replace
from datetime import datetime, timedelta
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

import recount
from conftest import NOW, connect
from startrack.cli import formats
from startrack.config import Config, ListConfig, TrendsConfig
from startrack.demo.lists import demo_world
from startrack.demo.server import serving
from startrack.model.changes import Change, Count, Unknown, Window
from startrack.model.lists import Entry, List
from startrack.model.report import Project
from startrack.model.repository import Repository
from startrack.trends import ranking, section_stats, windows
from startrack.trends.ranking import RankBy
from startrack.workflows import report, snapshot, trending

BEST = "best-of-ml-python"
WINDOWS = tuple(Window(days) for days in (1, 7, 30, 90, 365))
ORIGIN = datetime(2026, 1, 1)


def at(days: float, stars: int, forks: int = 0, commits: int | None = None) -> Count:
    """Return a count so many days after the origin."""
    return Count(ORIGIN + timedelta(days=days), stars, forks, commits)


def project(name: str, *, gain: int | None, baseline: int = 100, section: str = "S", **values: object) -> Project:
    """Return a project with a known change over 30 days, or one that is too young."""
    current = at(30, baseline + (gain or 0))
    change = Unknown.TOO_YOUNG if gain is None else Change(at(0, baseline), current)
    place = ("l", Entry(f"o/{name}", name, (section,), f"https://github.com/o/{name}", 1))
    return Project(Repository(1, f"o/{name}"), current, {Window(30): change}, (place,), **values)  # type: ignore[arg-type]


class TestWindows:
    """What one window says of one repository."""

    @pytest.mark.parametrize(
        ("days", "reach"),
        [(1, 0.5), (2, 1), (7, 3.5), (13, 6.5), (14, 7), (30, 7), (70, 7), (90, 9), (365, 36.5)],
    )
    def test_a_baseline_lies_in_reach_of_the_start(self, days: int, reach: float) -> None:
        """Half of a short window; seven days or a tenth of others, whichever is more."""
        assert Window(days).reach == timedelta(days=reach) == recount.reach(days)

    @pytest.mark.parametrize(
        ("days", "best"),
        [
            ([0, 5, 10], 5),
            ([0, 4, 8], 4),
            ([0, 4, 8.1], 4),
            ([3.9, 8], 8),
            ([2.4, 9.7], None),
            ([2.5, 9.6], 2.5),
            ([], None),
        ],
    )
    def test_the_nearest_count_is_taken(self, days: list[float], best: float | None) -> None:
        """Earlier or later, of two equally near the earlier, and none out of reach."""
        found = windows.nearest([at(day, 1) for day in days], ORIGIN + timedelta(days=6), timedelta(days=3.5))
        assert found == (None if best is None else at(best, 1))

    def test_a_window_needs_two_counts(self) -> None:
        """Where the last count is the one nearest to the start, nobody looked since; one count is no growth."""
        now, only = ORIGIN + timedelta(days=1), at(0.4, 5)
        assert windows.window_change(Window(1), now, only, only, only.taken_at) is Unknown.TOO_YOUNG
        assert windows.window_change(Window(1), now + timedelta(days=1), only, only, ORIGIN) is Unknown.GAP
        assert windows.window_change(Window(1), ORIGIN, only, only, only.taken_at) is Unknown.NOT_COUNTED

    def test_a_baseline_after_the_start_is_one(self) -> None:
        """What was first counted an hour after the window began is not too young."""
        first, last = at(0.04, 5), at(1, 9)
        assert windows.window_change(Window(1), last.taken_at, last, first, first.taken_at) == Change(first, last)

    @pytest.mark.parametrize(("days", "differs"), [(27, False), (26.9, True), (33, False), (33.1, True), (30, False)])
    def test_more_than_a_tenth_is_another_length(self, days: float, differs: bool) -> None:  # noqa: FBT001 - a value
        """Then what is shown says so."""
        assert Window(30).differs(timedelta(days=days)) is differs

    def test_what_is_not_known_is_told_apart(self) -> None:
        """Never counted, too young, a gap: none of them is 0."""
        week, now = Window(7), ORIGIN + timedelta(days=30)
        old, young = ORIGIN, ORIGIN + timedelta(days=25)
        assert windows.window_change(week, now, None, None, None) is Unknown.NOT_COUNTED
        assert windows.window_change(week, now, at(30, 5), None, young) is Unknown.TOO_YOUNG
        assert windows.window_change(week, now, at(30, 5), None, old) is Unknown.GAP

    def test_one_count_is_no_growth(self) -> None:
        """A repository last counted before the window began did not stand still: nobody looked."""
        last = at(20, 5)
        assert windows.window_change(Window(7), ORIGIN + timedelta(days=30), last, last, ORIGIN) is Unknown.GAP

    def test_gains_are_told_over_the_days_that_passed(self) -> None:
        """Losses are negative, a day's gain is over the real distance, a share of nothing is not known."""
        change = Change(at(0, 100, 10, 5), at(40, 80, 11, None))
        assert (change.gain, change.forks_gain, change.commits_gain) == (-20, 1, None)
        assert (change.per_day, change.percent) == (-0.5, -20.0)
        assert Change(at(0, 0), at(1, 3)).percent is None

    def test_rising_is_fair_to_size(self) -> None:
        """The gain over the root of baseline and median."""
        assert Change(at(0, 300), at(30, 340)).rising(100, Window(30)) == 2.0

    def test_rankings_go_by_the_pace(self) -> None:
        """Forty stars in forty days are thirty in thirty."""
        change = Change(at(0, 300, 50, 7), at(40, 340, 58, 11))
        moved = replace(project("a", gain=0), changes={Window(30): change})
        expected = {
            RankBy.RISING: 1.5,
            RankBy.GAIN: 30,
            RankBy.PERCENT: 10,
            RankBy.FORKS: 6,
            RankBy.COMMITS: 3,
            RankBy.STARS: 100,
        }
        assert {by: ranking.measure(moved, by, Window(30), 100) for by in expected} == pytest.approx(expected)

    @given(st.integers(0, 10**6), st.integers(0, 10**6), st.integers(1, 400))
    def test_gain_and_baseline_make_the_current(self, before: int, after: int, days: int) -> None:
        """No arithmetic loses a star."""
        change = Change(at(0, before), at(days, after))
        assert change.baseline.stars + change.gain == after
        assert change.per_day * days == pytest.approx(change.gain)


class TestAcceleration:
    """The week against the weeks before it."""

    def test_it_is_the_week_over_the_usual_week(self) -> None:
        """Fourteen stars a day after two: (14 + ½) / (2 + ½)."""
        bounds = [at(0 - 7 * week, 1000 - (0 if week == 0 else 98 + 14 * (week - 1))) for week in range(14)]
        assert windows.acceleration(bounds) == pytest.approx(14.5 / 2.5)

    def test_it_needs_three_earlier_weeks_and_five_stars(self) -> None:
        """Fewer weeks or fewer stars say nothing."""
        bounds: list[Count | None] = [at(0 - 7 * week, 1000 - 10 * week) for week in range(4)]
        assert windows.acceleration(bounds) is None
        assert windows.acceleration([*bounds, at(-28, 960)]) is not None
        quiet: list[Count | None] = [at(0 - 7 * week, 1000 - 4 * week) for week in range(14)]
        assert windows.acceleration(quiet) is None

    def test_a_missing_week_is_left_out(self) -> None:
        """A bound that was not counted takes the two weeks beside it out."""
        bounds: list[Count | None] = [at(0 - 7 * week, 1000 - 70 * week) for week in range(14)]
        bounds[5] = None
        assert windows.acceleration(bounds) == pytest.approx(1.0)

    def test_weeks_of_losses_have_no_ratio(self) -> None:
        """A usual week below nothing cannot be divided by."""
        bounds: list[Count | None] = [at(0, 1000), *(at(-7 * week, 900 + 70 * week) for week in range(1, 14))]
        assert windows.acceleration(bounds) is None

    def test_a_spike_is_a_day_with_more_than_half(self) -> None:
        """One day of thirty that holds most of the gain is told."""
        change = Change(at(0, 100), at(30, 200))
        assert windows.is_one_day_spike(change, 51)
        assert not windows.is_one_day_spike(change, 50)
        assert not windows.is_one_day_spike(change, None)
        assert not windows.is_one_day_spike(Unknown.GAP, 51)


class TestRanking:
    """Who comes first."""

    def test_the_unknown_come_last(self) -> None:
        """Even behind losses, by name."""
        found = [project("d", gain=None), project("b", gain=-5), project("c", gain=None), project("a", gain=5)]
        ranked = ranking.rank(found, RankBy.GAIN, Window(30), 100)
        assert [each.name for each in ranked] == ["o/a", "o/b", "o/c", "o/d"]

    def test_the_unknown_stand_by_their_stars(self) -> None:
        """Before any window is known, a ranking shows the largest and not the first of the alphabet."""
        found = [project("a", gain=None, baseline=1), project("b", gain=None, baseline=9)]
        assert [each.name for each in ranking.rank(found, RankBy.RISING, Window(30), 100)] == ["o/b", "o/a"]

    @pytest.mark.parametrize("by", RankBy)
    def test_every_measure_ranks(self, by: RankBy) -> None:
        """The highest measure first, the same order whatever the order before."""
        found = [project(f"p{n}", gain=n * n, baseline=50 * n, acceleration=float(n)) for n in range(1, 9)]
        ranked = ranking.rank(found, by, Window(30), 100)
        measures = [ranking.measure(each, by, Window(30), 100) for each in ranked]
        assert measures == sorted(measures, key=lambda value: -(value or 0))
        assert ranking.rank(found[::-1], by, Window(30), 100) == ranked

    def test_the_median_calms_the_tiny(self) -> None:
        """Ten stars on a project of one do not outrank a hundred on one of a thousand."""
        tiny, large = project("tiny", gain=10, baseline=1), project("large", gain=100, baseline=1000)
        typical = ranking.typical_stars([tiny, large, project("typical", gain=0, baseline=1000)])
        assert typical == 1000
        assert ranking.rank([tiny, large], RankBy.RISING, Window(30), typical) == [large, tiny]
        assert ranking.typical_stars([]) == 0


def test_section_momentum_says_what_it_covers() -> None:
    """Sums over those that are known, and how many these are."""
    found = [project("a", gain=10), project("b", gain=-4), project("c", gain=None), project("d", gain=1, section="T")]
    entries = tuple(entry for each in found for _, entry in each.places)
    told = section_stats.momentum([List("l", "l.md", entries)], found, [Window(30)])
    assert [(each.section, each.gain, each.baseline, each.known, each.listed, each.percent) for each in told] == [
        (("S",), 6, 200, 2, 3, 3.0),
        (("T",), 1, 100, 1, 1, 1.0),
    ]


# ── Real history ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def tracked(tmp_path_factory: pytest.TempPathFactory) -> Config:
    """Replay seventy weeks of the demo's real projects, some of the weeks left out."""
    root = tmp_path_factory.mktemp("tracked")
    trends = TrendsConfig.model_validate({"windows": [str(each) for each in WINDOWS]})
    config = Config(lists=(ListConfig(source=f"{BEST}.md"),), trends=trends, root=root)
    with serving(demo_world()) as github:
        for weeks in reversed(range(70)):
            instant = NOW - timedelta(weeks=weeks)
            if weeks % 11 in (3, 4, 5):
                continue
            github.clock.set(instant)
            (root / f"{BEST}.md").write_text(github.world.list_text(BEST, instant), encoding="utf-8")
            with connect(github) as client:
                snapshot.run(config, client, instant, github.clock.now, lambda _done, _total: None)
    return config


@pytest.mark.parametrize("back", [0, 3, 17, 60, 128, 365, 480])
def test_every_window_is_what_the_rows_say(tracked: Config, back: int) -> None:
    """All repositories, every window, several instants: gains, baselines, and the reasons why there are none."""
    as_of = NOW - timedelta(days=back)
    counts = recount.counts_of(tracked.snapshots_folder)
    drawn = report.report(tracked, as_of)
    numbers = {each.repository.repo_id: each for each in drawn.projects if each.repository.repo_id}
    assert {
        (number, window): _plain(change) for number, each in numbers.items() for window, change in each.changes.items()
    } == {
        (number, window): _plain(recount.change(counts.get(number, []), window.days, as_of))
        for number in numbers
        for window in WINDOWS
    }
    assert {number: each.acceleration for number, each in numbers.items()} == {
        number: pytest.approx(recount.accelerating(counts.get(number, []), as_of)) for number in numbers
    }
    told = {str(change) for each in numbers.values() for change in each.changes.values() if isinstance(change, Unknown)}
    assert len(numbers) > 40
    if back == 0:
        assert told == {"gap", "too young"}


def _plain(change: Change | recount.Change | str) -> tuple[int, datetime, datetime] | str:
    if isinstance(change, str):
        return str(change)
    return change.gain, change.baseline.taken_at, change.current.taken_at


def test_the_ranking_is_what_the_rows_say(tracked: Config) -> None:
    """Rising over 30 days, computed anew from the day files."""
    drawn = report.report(tracked, None)
    typical = median(each.current.stars for each in drawn.projects if each.current)
    scores = {
        each.name: change.per_day * 30 / (change.baseline.stars + typical) ** 0.5
        for each in drawn.projects
        if isinstance(change := each.changes[Window(30)], Change)
    }
    found = formats.ranking(trending.run(tracked, trending.Ranking(Window(30)), None))
    place = found.columns.index("repo")
    told = [str(row[place]) for row in found.rows][: len(scores)]
    assert sorted(told) == sorted(scores)
    # Equal scores, such as those of projects that stood still, may stand in any order here.
    assert [scores[name] for name in told] == sorted(scores.values(), reverse=True)


def test_history_is_every_row(tracked: Config) -> None:
    """What the charts are drawn from is what the day files hold, in order of time."""
    drawn = report.site_report(tracked, None)
    files = recount.counts_of(tracked.snapshots_folder)
    counts = {(repo_id, row.taken_at, row.stars) for repo_id, rows in files.items() for row in rows}
    assert {(repo_id, each.taken_at, each.stars) for repo_id, line in drawn.history.items() for each in line} == counts

"""Windows, rankings and sections, compared with an independent computation on real history with gaps."""

from dataclasses import replace
from datetime import datetime, timedelta
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

import expected_figures
from conftest import NOW, connect
from startrack.cli import formats
from startrack.config import Config, ListConfig, TrendsConfig
from startrack.demo.lists import demo_world
from startrack.demo.server import serving
from startrack.model.changes import Change, Count, RankBy, Unknown, Window
from startrack.model.count_history import CountHistory
from startrack.model.lists import Entry, List
from startrack.model.report import Project
from startrack.model.repository import Repository
from startrack.trends import ranking, section_stats, windows
from startrack.trends.ranking import rising_score
from startrack.workflows import snapshot, trending
from startrack.workflows.report import create_report, create_site_report

BEST = "best-of-ml-python"
WINDOWS = tuple(Window(days) for days in (1, 7, 30, 90, 365))
ORIGIN = datetime(2026, 1, 1)


def at(days: float, stars: int, forks: int = 0, commits: int | None = None) -> Count:
    """Return a count by days after the origin."""
    return Count(ORIGIN + timedelta(days=days), stars, forks, commits)


def project(name: str, *, gain: int | None, baseline: int = 100, section: str = "S", **values: object) -> Project:
    """Return a project with a known change over 30 days, or with one that is too young."""
    current = at(30, baseline + (gain or 0))
    change = Unknown.TOO_YOUNG if gain is None else Change(at(0, baseline), current)
    place = ("l", Entry(f"o/{name}", name, (section,), f"https://github.com/o/{name}", 1))
    return Project(Repository(1, f"o/{name}"), current, {Window(30): change}, (place,), **values)  # type: ignore[arg-type]


class TestWindows:
    """Changes of one repository over a window."""

    @pytest.mark.parametrize(
        ("days", "reach"),
        [(1, 0.5), (2, 1), (7, 3.5), (13, 6.5), (14, 7), (30, 7), (70, 7), (90, 9), (365, 36.5)],
    )
    def test_reach_of_a_window(self, days: int, reach: float) -> None:
        """Half of a short window; for longer ones seven days or a tenth, whichever is more."""
        assert Window(days).reach == timedelta(days=reach) == expected_figures.reach(days)

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
    def test_nearest_count_within_reach(self, days: list[float], best: float | None) -> None:
        """Of two counts that are equally near, the earlier one; none if all are out of reach."""
        found = CountHistory.of(at(day, 1) for day in days).nearest(ORIGIN + timedelta(days=6), timedelta(days=3.5))
        assert found == (None if best is None else at(best, 1))

    def test_change_needs_two_counts(self) -> None:
        """If the last count is also the baseline, there is no change: nothing was counted since."""
        now, only = ORIGIN + timedelta(days=1), at(0.4, 5)
        assert windows.window_change(Window(1), now, only, only, only.taken_at) is Unknown.TOO_YOUNG
        assert windows.window_change(Window(1), now + timedelta(days=1), only, only, ORIGIN) is Unknown.GAP
        assert windows.window_change(Window(1), ORIGIN, only, only, only.taken_at) is Unknown.NOT_COUNTED

    def test_baseline_may_be_after_the_start(self) -> None:
        """A project first counted an hour after the start of the window is not too young."""
        first, last = at(0.04, 5), at(1, 9)
        assert windows.window_change(Window(1), last.taken_at, last, first, first.taken_at) == Change(first, last)

    @pytest.mark.parametrize(("days", "differs"), [(27, False), (26.9, True), (33, False), (33.1, True), (30, False)])
    def test_window_differs_by_more_than_a_tenth(self, days: float, differs: bool) -> None:  # noqa: FBT001 - a value
        """Then the real number of days is shown."""
        assert Window(30).differs(timedelta(days=days)) is differs

    def test_reasons_of_unknown_changes(self) -> None:
        """Never counted, too young, or a gap; never 0."""
        week, now = Window(7), ORIGIN + timedelta(days=30)
        old, young = ORIGIN, ORIGIN + timedelta(days=25)
        assert windows.window_change(week, now, None, None, None) is Unknown.NOT_COUNTED
        assert windows.window_change(week, now, at(30, 5), None, young) is Unknown.TOO_YOUNG
        assert windows.window_change(week, now, at(30, 5), None, old) is Unknown.GAP

    def test_old_count_is_no_change(self) -> None:
        """A repository last counted before the window began has a gap, not a gain of 0."""
        last = at(20, 5)
        assert windows.window_change(Window(7), ORIGIN + timedelta(days=30), last, last, ORIGIN) is Unknown.GAP

    def test_change_per_day_and_in_percent(self) -> None:
        """Losses are negative, the gain per day is between the counts, and 0 stars have no percentage."""
        change = Change(at(0, 100, 10, 5), at(40, 80, 11, None))
        assert (change.gain, change.forks_gain, change.commits_gain) == (-20, 1, None)
        assert (change.per_day, change.percent) == (-0.5, -20.0)
        assert Change(at(0, 0), at(1, 3)).percent is None

    def test_rising_score(self) -> None:
        """The gain divided by the root of baseline plus median."""
        assert rising_score(Change(at(0, 300), at(30, 340)), 100, Window(30)) == 2.0

    def test_measures_are_at_the_pace_of_the_window(self) -> None:
        """40 stars in 40 days are 30 stars in 30 days."""
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
    def test_baseline_plus_gain_is_the_current_count(self, before: int, after: int, days: int) -> None:
        """Also for the gain per day, times the days."""
        change = Change(at(0, before), at(days, after))
        assert change.baseline.stars + change.gain == after
        assert change.per_day * days == pytest.approx(change.gain)


class TestAcceleration:
    """The last week compared with the weeks before it."""

    def test_last_week_divided_by_the_median(self) -> None:
        """14 stars per day after 2: (14 + ½) / (2 + ½)."""
        bounds = [at(0 - 7 * week, 1000 - (0 if week == 0 else 98 + 14 * (week - 1))) for week in range(14)]
        assert windows.acceleration(bounds) == pytest.approx(14.5 / 2.5)

    def test_it_needs_three_earlier_weeks_and_five_stars(self) -> None:
        """With fewer, it is not known."""
        bounds: list[Count | None] = [at(0 - 7 * week, 1000 - 10 * week) for week in range(4)]
        assert windows.acceleration(bounds) is None
        assert windows.acceleration([*bounds, at(-28, 960)]) is not None
        quiet: list[Count | None] = [at(0 - 7 * week, 1000 - 4 * week) for week in range(14)]
        assert windows.acceleration(quiet) is None

    def test_missing_count_leaves_out_two_weeks(self) -> None:
        """The weeks before and after a missing count are ignored."""
        bounds: list[Count | None] = [at(0 - 7 * week, 1000 - 70 * week) for week in range(14)]
        bounds[5] = None
        assert windows.acceleration(bounds) == pytest.approx(1.0)

    def test_weeks_of_losses_have_no_ratio(self) -> None:
        """A negative median makes no ratio."""
        bounds: list[Count | None] = [at(0, 1000), *(at(-7 * week, 900 + 70 * week) for week in range(1, 14))]
        assert windows.acceleration(bounds) is None

    def test_one_day_spike_is_more_than_half_of_the_gain(self) -> None:
        """Half of the gain is not a spike."""
        change = Change(at(0, 100), at(30, 200))
        assert windows.is_one_day_spike(change, 51)
        assert not windows.is_one_day_spike(change, 50)
        assert not windows.is_one_day_spike(change, None)
        assert not windows.is_one_day_spike(Unknown.GAP, 51)


def test_spike_week_exceeds_the_four_weeks_before() -> None:
    """The same gain as these four together is no spike. After losses, ten stars are enough."""
    assert windows.spike_weeks([5, 5, 5, 5, 20, 35, 5]) == ()
    assert windows.spike_weeks([5, 5, 5, 5, 21]) == (4,)
    assert windows.spike_weeks([-5, -5, -5, -5, 9, 10]) == (5,)


def test_no_spike_week_after_a_gap() -> None:
    """All four weeks before must be known."""
    assert windows.spike_weeks([5, None, 5, 5, 500]) == ()
    assert windows.spike_weeks([None, 5, 5, 5, 5, None]) == ()
    assert windows.spike_weeks([]) == ()


class TestRanking:
    """The order of projects by a measure."""

    def test_unknown_measures_come_last(self) -> None:
        """They come after losses, sorted by name."""
        found = [project("d", gain=None), project("b", gain=-5), project("c", gain=None), project("a", gain=5)]
        ranked = ranking.rank(found, RankBy.GAIN, Window(30), 100)
        assert [each.name for each in ranked] == ["o/a", "o/b", "o/c", "o/d"]

    def test_unknown_measures_are_sorted_by_stars(self) -> None:
        """Before any change is known, a ranking starts with the largest project."""
        found = [project("a", gain=None, baseline=1), project("b", gain=None, baseline=9)]
        assert [each.name for each in ranking.rank(found, RankBy.RISING, Window(30), 100)] == ["o/b", "o/a"]

    @pytest.mark.parametrize("by", RankBy)
    def test_order_of_every_measure(self, by: RankBy) -> None:
        """The highest measure comes first, whatever the order before."""
        found = [project(f"p{n}", gain=n * n, baseline=50 * n, acceleration=float(n)) for n in range(1, 9)]
        ranked = ranking.rank(found, by, Window(30), 100)
        measures = [ranking.measure(each, by, Window(30), 100) for each in ranked]
        assert measures == sorted(measures, key=lambda value: -(value or 0))
        assert ranking.rank(found[::-1], by, Window(30), 100) == ranked

    def test_rising_is_fair_to_every_size(self) -> None:
        """10 stars gained on 1 rank below 100 gained on 1,000."""
        tiny, large = project("tiny", gain=10, baseline=1), project("large", gain=100, baseline=1000)
        typical = ranking.typical_stars([tiny, large, project("typical", gain=0, baseline=1000)])
        assert typical == 1000
        assert ranking.rank([tiny, large], RankBy.RISING, Window(30), typical) == [large, tiny]
        assert ranking.typical_stars([]) == 0


def test_section_momentum_has_its_coverage() -> None:
    """Sums over the projects with a known change, and their number."""
    found = [project("a", gain=10), project("b", gain=-4), project("c", gain=None), project("d", gain=1, section="T")]
    entries = tuple(entry for each in found for _, entry in each.places)
    told = section_stats.momentum([List("l", "l.md", entries)], found, [Window(30)])
    assert [(each.section, each.gain, each.baseline, each.known, each.listed, each.percent) for each in told] == [
        (("S",), 6, 200, 2, 3, 3.0),
        (("T",), 1, 100, 1, 1, 1.0),
    ]


@pytest.fixture(scope="module")
def tracked(tmp_path_factory: pytest.TempPathFactory) -> Config:
    """Replay seventy weeks of the demo's real projects, without some of the weeks."""
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
def test_changes_are_those_of_the_day_files(tracked: Config, back: int) -> None:
    """Gains, baselines and reasons of all repositories, over every window, at several instants."""
    as_of = NOW - timedelta(days=back)
    counts = expected_figures.counts_of(tracked.snapshots_folder)
    drawn = create_report(tracked, as_of)
    numbers = {each.repository.repo_id: each for each in drawn.projects if each.repository.repo_id}
    assert {
        (number, window): _plain(change) for number, each in numbers.items() for window, change in each.changes.items()
    } == {
        (number, window): _plain(expected_figures.change(counts.get(number, []), window.days, as_of))
        for number in numbers
        for window in WINDOWS
    }
    assert {number: each.acceleration for number, each in numbers.items()} == {
        number: pytest.approx(expected_figures.accelerating(counts.get(number, []), as_of)) for number in numbers
    }
    told = {str(change) for each in numbers.values() for change in each.changes.values() if isinstance(change, Unknown)}
    assert len(numbers) > 40
    if back == 0:
        assert told == {"gap", "too young"}


def _plain(change: Change | expected_figures.Change | str) -> tuple[int, datetime, datetime] | str:
    if isinstance(change, str):
        return str(change)
    return change.gain, change.baseline.taken_at, change.current.taken_at


def test_ranking_is_that_of_the_day_files(tracked: Config) -> None:
    """*Rising* over 30 days, computed again from the day files."""
    drawn = create_report(tracked, None)
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
    # Equal scores, such as those of projects without gains, may be in any order.
    assert [scores[name] for name in told] == sorted(scores.values(), reverse=True)


def test_history_has_every_row_of_the_day_files(tracked: Config) -> None:
    """The counts behind the charts are those of the day files."""
    drawn = create_site_report(tracked, None)
    files = expected_figures.counts_of(tracked.snapshots_folder)
    counts = {(repo_id, row.taken_at, row.stars) for repo_id, rows in files.items() for row in rows}
    assert {(repo_id, each.taken_at, each.stars) for repo_id, line in drawn.history.items() for each in line} == counts

"""The data of charts: tracks with gaps, weekly gains, small lines, signs."""

import re
from datetime import datetime, timedelta
from itertools import accumulate
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from startrack import dashboards
from startrack.dashboards.charts import series, sparkline
from startrack.model.changes import Count
from startrack.model.count_history import CountHistory, Times, to_microseconds
from startrack.trends import gaps
from startrack.wording import figures
from startrack.wording.figures import MINUS

START = datetime(2026, 1, 1)
STEPS = st.lists(st.integers(min_value=60, max_value=60 * 24 * 40), max_size=60)


def _counts(steps: list[int], stars: list[int] | None = None) -> CountHistory:
    instants = [START]
    for step in steps:
        instants.append(instants[-1] + timedelta(minutes=step))
    return CountHistory.of(Count(at, (stars or range(10**6))[i], 0) for i, at in enumerate(instants))


@given(STEPS)
def test_a_track_has_every_count(steps: list[int]) -> None:
    """Every count is in the track at its time, and each gap adds one empty value."""
    counts = _counts(steps)
    track = series.build_track(counts.times, counts.stars)
    assert track is not None
    (values,) = track.values
    assert [value for value in values if value is not None] == list(counts.stars)
    assert sum(track.steps) == 60 * sum(steps)
    assert len(values) == len(track.steps) + 1
    assert values.count(None) == len(gaps.find_gaps(counts.times))


@given(STEPS)
def test_weekly_gains_add_up(steps: list[int]) -> None:
    """If no week is missing, the weekly gains add up to the total gain."""
    counts = _counts(steps)
    gains = [week.gain for week in series.weekly_gains(counts)]
    known = [gain for gain in gains if gain is not None]
    assert sum(known) <= counts[-1].stars - counts[0].stars
    if known and len(known) == len(gains):
        first = min(counts, key=lambda c: abs(c.taken_at - (counts[-1].taken_at - timedelta(weeks=len(gains)))))
        assert sum(known) == counts[-1].stars - first.stars


def test_a_week_in_a_gap_has_no_gain() -> None:
    """A week without a count near its end has no gain, instead of the gain of several weeks."""
    day = 60 * 24
    counts = _counts([7 * day, 7 * day, 28 * day, 7 * day])
    assert [week.gain for week in series.weekly_gains(counts)] == [1, 1, None, None, None, None, 1]


def test_one_count_cannot_be_both_ends_of_a_week() -> None:
    """If one count is the nearest to both ends of a week, the gain of the week is unknown."""
    ten_and_a_half = 252 * 60
    counts = _counts([ten_and_a_half, ten_and_a_half])
    assert [week.gain for week in series.weekly_gains(counts)] == [1, None, 1]


@given(st.lists(st.floats(min_value=0.001, max_value=10_000), min_size=1, max_size=300))
def test_steps_do_not_drift(steps: list[float]) -> None:
    """The steps added to the start give the second of each count, for any distances."""
    instants = [START + timedelta(seconds=seconds) for seconds in accumulate(steps, initial=0.0)]
    track = series.build_track(Times(map(to_microseconds, instants)), range(len(instants)))
    assert track is not None
    (values,) = track.values
    seconds = [
        second for second, value in zip(accumulate(track.steps, initial=0), values, strict=True) if value is not None
    ]
    assert [track.start + timedelta(seconds=second) for second in seconds] == [
        at.replace(microsecond=0) for at in instants
    ]


def test_a_year_of_hourly_counts_ends_at_the_last_count() -> None:
    """Runs begin some seconds after the hour. Cutting these off each step would add up to days in a year."""
    instants = [START + hour * timedelta(hours=1, seconds=29.9) for hour in range(24 * 365)]
    track = series.build_track(Times(map(to_microseconds, instants)), range(len(instants)))
    assert track is not None
    assert abs(track.start + timedelta(seconds=sum(track.steps)) - instants[-1]) < timedelta(seconds=1)


@given(st.integers(min_value=2, max_value=400), st.integers(min_value=0, max_value=1000))
def test_a_sparkline_ends_at_the_last_count(number: int, last: int) -> None:
    """For any number of counts, the line goes from the first to the last."""
    span = timedelta(days=sparkline.DAYS - 1)
    counts = CountHistory.of(
        Count(START + span * (n / (number - 1)), 10 if n < number - 1 else last, 0) for n in range(number)
    )
    path = re.search(r' d="M(\d+) (\d+)((?:l-?\d+ -?\d+)*)"', str(sparkline.render(counts, counts[-1].taken_at)))
    assert path
    steps = [tuple(map(int, step.split())) for step in path[3].split("l")[1:]]
    assert len(steps) <= 30
    assert int(path[1]) + sum(x for x, _ in steps) == 180, "the right edge is now"
    height = int(path[2]) + sum(y for _, y in steps)
    assert height == (20 if last == 10 else 3 if last > 10 else 37)


def test_a_sparkline_shows_a_single_last_count() -> None:
    """After a gap, the last count is a dot."""
    day = 60 * 24
    counts = _counts([day] * 40 + [20 * day])
    assert re.search(r"M180 \d+h0\"", str(sparkline.render(counts, counts[-1].taken_at)))


def test_no_script_passes_an_array_as_arguments() -> None:
    """Browsers allow some ten thousand arguments, and a history may be longer."""
    folder = Path(dashboards.__file__).parent
    scripts = {path.name: path.read_text(encoding="utf-8") for path in folder.rglob("*.js")}
    assert "charts.js" in scripts
    calls_by_script = {
        name: re.findall(r"(?:Math\.\w+|push|unshift|concat)\([^()]*\.\.\.|\.apply\(", text)
        for name, text in scripts.items()
    }
    assert not [(name, calls) for name, calls in calls_by_script.items() if calls]


def test_a_sparkline_breaks_at_a_gap() -> None:
    """The line has two parts if days are missing."""
    day = 60 * 24
    counts = _counts([day] * 30 + [20 * day] + [day] * 10)
    line = sparkline.render(counts, counts[-1].taken_at)
    assert str(line).count("M") == 2
    assert not sparkline.render(counts[:1], counts[0].taken_at)
    assert not sparkline.render(counts, counts[-1].taken_at + timedelta(days=200))


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0, "0"), (1234, "+1,234"), (-1234, f"{MINUS}1,234")],
)
def test_signs(value: int, shown: str) -> None:
    """A gain has a plus, a loss a minus sign, and 0 neither."""
    assert figures.signed(value) == shown

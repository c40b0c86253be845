"""What is drawn of a history: lines that break at gaps, weeks that add up, signs."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from startrack.models import Count
from startrack.render import series, sparklines, words
from startrack.render.words import MINUS

START = datetime(2026, 1, 1)
STEPS = st.lists(st.integers(min_value=60, max_value=60 * 24 * 40), max_size=60)


def _counts(steps: list[int], stars: list[int] | None = None) -> list[Count]:
    instants = [START]
    for step in steps:
        instants.append(instants[-1] + timedelta(minutes=step))
    return [Count(at, (stars or range(10**6))[i], 0) for i, at in enumerate(instants)]


@given(STEPS)
def test_track_keeps_every_count(steps: list[int]) -> None:
    """Every count is in the track at its time, and each gap adds one empty place."""
    counts = _counts(steps)
    track = series.track([c.taken_at for c in counts], [c.stars for c in counts])
    assert track is not None
    (values,) = track.values
    assert [value for value in values if value is not None] == [c.stars for c in counts]
    assert sum(track.steps) == sum(steps)
    assert len(values) == len(track.steps) + 1
    assert values.count(None) == len(series.gaps([c.taken_at for c in counts]))


@given(STEPS)
def test_weeks_add_up(steps: list[int]) -> None:
    """Where no week is missing, the weeks add up to the whole gain."""
    counts = _counts(steps)
    gains = [week.gain for week in series.weeks(counts)]
    known = [gain for gain in gains if gain is not None]
    assert sum(known) <= counts[-1].stars - counts[0].stars
    if known and len(known) == len(gains):
        first = min(counts, key=lambda c: abs(c.taken_at - (counts[-1].taken_at - timedelta(weeks=len(gains)))))
        assert sum(known) == counts[-1].stars - first.stars


def test_no_week_over_a_gap() -> None:
    """A week without a count near its end has no gain, rather than that of several weeks."""
    day = 60 * 24
    counts = _counts([7 * day, 7 * day, 28 * day, 7 * day])
    assert [week.gain for week in series.weeks(counts)] == [1, 1, None, None, None, None, 1]


def test_small_line_breaks_at_a_gap() -> None:
    """The small line is in two parts where days are missing."""
    day = 60 * 24
    counts = _counts([day] * 30 + [20 * day] + [day] * 10)
    drawn = sparklines.draw(counts, counts[-1].taken_at)
    assert str(drawn).count("M") == 2
    assert not sparklines.draw(counts[:1], counts[0].taken_at)
    assert not sparklines.draw(counts, counts[-1].taken_at + timedelta(days=200))


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0, "0"), (1234, "+1,234"), (-1234, f"{MINUS}1,234")],
)
def test_signs(value: int, shown: str) -> None:
    """A gain has a plus, a loss a true minus, nothing neither."""
    assert words.signed(value) == shown

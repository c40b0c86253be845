"""The retained stars of a repository by day up to today, for one that is not recorded: a few pages, newest first."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Final

from startrack.github import star_history
from startrack.github.client import Client
from startrack.github.star_history import Page, Refused, Status
from startrack.model.durations import DAY, WEEK
from startrack.model.history import Week

__all__ = ["MOST_PAGES", "StarDays", "fetch_star_days"]

MOST_PAGES: Final = 4
"""The most pages that are fetched for one repository: 120 weeks."""


@dataclass(frozen=True, slots=True)
class StarDays:
    """The retained stars of consecutive days, from `first` to today; `is_whole` if they go back to the first star.

    What came since the last week that has ended counts as today's, because GitHub's week is not over.
    """

    first: date
    stars: tuple[int, ...]
    is_whole: bool


def fetch_star_days(client: Client, repo_id: int, today: date, is_enough: Callable[[int], bool]) -> StarDays | str:
    """Return the retained stars of a repository by day, or why there are none.

    No further page is fetched once `is_enough` says so of the sum of all stars so far. Raises what `fetch_stars`
    raises.
    """
    weeks: list[Week] = []
    current = 0
    is_whole = False
    for number in range(1, MOST_PAGES + 1):
        page = star_history.fetch_stars(client, repo_id, number, today)
        if not isinstance(page, Page):
            if number == 1:
                return _reason(page)
            break
        current = page.current if number == 1 else current
        weeks += [week for week in page.weeks if not weeks or week.start < weeks[-1].start]
        is_whole = page.is_last
        if is_whole or is_enough(current + sum(sum(week.days) for week in weeks)):
            break
    return _days(weeks, current, today, is_whole=is_whole)


def _reason(answer: Refused | Status) -> str:
    return answer.detail if isinstance(answer, Refused) else "GitHub offers no star history for it"


def _days(weeks: list[Week], current: int, today: date, *, is_whole: bool) -> StarDays:
    """Return the days of the newest weeks without a gap between them."""
    joined: list[Week] = []
    for week in weeks:
        if joined and week.start != joined[-1].start - WEEK:
            is_whole = False
            break
        joined.append(week)
    if not joined:
        return StarDays(today, (current,), is_whole)
    ended = [stars for week in reversed(joined) for stars in week.days]
    first = joined[-1].start
    # The days since the last week that has ended, today among them.
    running = max((today - (joined[0].start + WEEK)) // DAY + 1, 1)
    return StarDays(first, (*ended, *([0] * (running - 1)), current), is_whole)

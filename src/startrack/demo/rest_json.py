"""What REST says of a repository: its facts, and its weeks."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, time

from startrack.demo.access import unix
from startrack.demo.figures import FigureChange, retained_changes, split_by_day
from startrack.demo.http import format_instant
from startrack.demo.repository import DemoRepository
from startrack.model.durations import DAY, WEEK

__all__ = [
    "commit",
    "commit_weeks",
    "repository",
    "star_weeks",
]


_YEAR = 52


def repository(hosted: DemoRepository, now: datetime, base: str) -> dict[str, object]:
    """Return the body of `GET /repos/{owner}/{name}`; `watchers_count` is stars, as it is at GitHub."""
    name = hosted.name(now)
    return {**_identity(hosted, name, base), **_state(hosted, now), **_counts(hosted, now)}


def _identity(hosted: DemoRepository, name: str, base: str) -> dict[str, object]:
    owner, _, short = name.partition("/")
    return {
        "id": hosted.repo_id,
        "node_id": hosted.node_id,
        "name": short,
        "full_name": name,
        "private": False,
        "owner": {"login": owner, "html_url": f"https://github.com/{owner}"},
        "html_url": f"https://github.com/{name}",
        "url": f"{base}/repos/{name}",
        "description": hosted.description,
        "homepage": hosted.homepage,
        "language": hosted.language,
        "license": _license(hosted.license),
        "topics": list(hosted.topics),
    }


def _license(spdx: str | None) -> dict[str, object] | None:
    return {"key": spdx.lower(), "name": spdx, "spdx_id": spdx} if spdx else None


def _state(hosted: DemoRepository, now: datetime) -> dict[str, object]:
    return {
        "fork": hosted.is_fork,
        "archived": hosted.archived(now) is not None,
        "disabled": hosted.is_disabled,
        "is_template": hosted.is_template,
        "mirror_url": "https://example.com/mirror.git" if hosted.is_mirror else None,
        "visibility": "public",
        "created_at": format_instant(hosted.created_at),
        # GitHub names a branch even where there is no commit yet.
        "default_branch": hosted.default_branch or "main",
    }


def _counts(hosted: DemoRepository, now: datetime) -> dict[str, object]:
    figures = hosted.figures.at(now)
    pushed = figures.pushed_at if hosted.default_branch else hosted.created_at
    return {
        "pushed_at": format_instant(pushed),
        "updated_at": format_instant(pushed),
        "stargazers_count": figures.stars,
        "watchers_count": figures.stars,
        "watchers": figures.stars,
        "forks_count": figures.forks,
        "forks": figures.forks,
        "subscribers_count": figures.watchers or 0,
        "open_issues_count": figures.open_issues + (figures.open_prs or 0),
        "open_issues": figures.open_issues + (figures.open_prs or 0),
        "size": figures.commits if hosted.default_branch else 0,
    }


def commit(hosted: DemoRepository, now: datetime) -> dict[str, object]:
    """Return the head commit as a row of `GET /repos/{owner}/{name}/commits`."""
    figures = hosted.figures.at(now)
    when = {"date": format_instant(figures.pushed_at)}
    return {"sha": hosted.head(figures), "commit": {"author": when, "committer": when, "message": "Work"}}


def star_weeks(hosted: DemoRepository, now: datetime) -> list[dict[str, object]]:
    """Return the retained stars by the day they were given, newest week first, down to the first week.

    The record knows totals about a week apart; the days between are an even split, and stars taken back
    vanish from the latest days that have some. The sum over all weeks is today's count.
    """
    return _weeks(hosted, now, _days((each.first, each.last, each.stars) for each in _kept(hosted, now)))


def commit_weeks(hosted: DemoRepository, now: datetime) -> list[dict[str, object]]:
    """Return the commits of the last 52 weeks, oldest week first; days are split as those of stars are."""
    steps = hosted.figures.steps(now)
    days = _days((each.first, each.last, max(each.commits, 0)) for each in steps)
    first = _sunday(now.date()) - (_YEAR - 1) * WEEK
    return [_week(first + number * WEEK, days) for number in range(_YEAR)]


def _kept(hosted: DemoRepository, now: datetime) -> list[FigureChange]:
    return retained_changes(hosted.figures.steps(now))


def _days(amounts: Iterator[tuple[date, date, int]]) -> Counter[date]:
    days: Counter[date] = Counter()
    for first, last, amount in amounts:
        days.update(dict(split_by_day(first, last, amount)))
    return days


def _weeks(hosted: DemoRepository, now: datetime, days: Counter[date]) -> list[dict[str, object]]:
    first = _sunday(hosted.created_at.date())
    count = (_sunday(now.date()) - first) // WEEK + 1
    return [_week(first + number * WEEK, days) for number in reversed(range(max(count, 1)))]


def _week(sunday: date, days: Counter[date]) -> dict[str, object]:
    counts = [days[sunday + number * DAY] for number in range(7)]
    return {"week": unix(datetime.combine(sunday, time())), "total": sum(counts), "days": counts}


def _sunday(day: date) -> date:
    return day - (day.isoweekday() % 7) * DAY

"""The JSON of GitHub's REST API for a repository: its metadata, star history and commit activity."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, time

from startrack.demo.access import unix
from startrack.demo.figures import retained_changes, split_by_day
from startrack.demo.http import format_instant
from startrack.demo.repository import DemoRepository
from startrack.model.durations import DAY, WEEK

__all__ = [
    "commit",
    "commit_weeks",
    "repository_json",
    "star_weeks",
]


_WEEKS_IN_YEAR = 52


def repository_json(repository: DemoRepository, now: datetime, base: str) -> dict[str, object]:
    """Return the body of `GET /repos/{owner}/{name}`; `watchers_count` is the number of stars, as at GitHub."""
    name = repository.name(now)
    return {**_identity(repository, name, base), **_state(repository, now), **_counts(repository, now)}


def _identity(repository: DemoRepository, name: str, base: str) -> dict[str, object]:
    owner, _, short = name.partition("/")
    return {
        "id": repository.repo_id,
        "node_id": repository.node_id,
        "name": short,
        "full_name": name,
        "private": False,
        "owner": {"login": owner, "html_url": f"https://github.com/{owner}"},
        "html_url": f"https://github.com/{name}",
        "url": f"{base}/repos/{name}",
        "description": repository.description,
        "homepage": repository.homepage,
        "language": repository.language,
        "license": _license(repository.license),
        "topics": list(repository.topics),
    }


def _license(spdx: str | None) -> dict[str, object] | None:
    return {"key": spdx.lower(), "name": spdx, "spdx_id": spdx} if spdx else None


def _state(repository: DemoRepository, now: datetime) -> dict[str, object]:
    return {
        "fork": repository.is_fork,
        "archived": repository.archive_time(now) is not None,
        "disabled": repository.is_disabled,
        "is_template": repository.is_template,
        "mirror_url": "https://example.com/mirror.git" if repository.is_mirror else None,
        "visibility": "public",
        "created_at": format_instant(repository.created_at),
        # GitHub names a default branch even if there is no commit yet.
        "default_branch": repository.default_branch or "main",
    }


def _counts(repository: DemoRepository, now: datetime) -> dict[str, object]:
    figures = repository.figures.at(now)
    pushed = figures.pushed_at if repository.default_branch else repository.created_at
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
        "size": figures.commits if repository.default_branch else 0,
    }


def commit(repository: DemoRepository, now: datetime) -> dict[str, object]:
    """Return the head commit as a row of `GET /repos/{owner}/{name}/commits`."""
    figures = repository.figures.at(now)
    when = {"date": format_instant(figures.pushed_at)}
    return {"sha": repository.head_sha(figures), "commit": {"author": when, "committer": when, "message": "Work"}}


def star_weeks(repository: DemoRepository, now: datetime) -> list[dict[str, object]]:
    """Return the retained stars by day, newest week first, back to the week of creation.

    The record is about weekly, so stars are split evenly over the days between two entries. Removed stars are
    subtracted from the latest days that have some. The sum over all weeks is today's count.
    """
    changes = retained_changes(repository.figures.changes(now))
    days = _amounts_by_day((change.first, change.last, change.stars) for change in changes)
    first = _week_start(repository.created_at.date())
    count = (_week_start(now.date()) - first) // WEEK + 1
    return [_week(first + number * WEEK, days) for number in reversed(range(max(count, 1)))]


def commit_weeks(repository: DemoRepository, now: datetime) -> list[dict[str, object]]:
    """Return the commits of the last 52 weeks by day, oldest week first; they are split over days as stars are."""
    changes = repository.figures.changes(now)
    days = _amounts_by_day((change.first, change.last, max(change.commits, 0)) for change in changes)
    first = _week_start(now.date()) - (_WEEKS_IN_YEAR - 1) * WEEK
    return [_week(first + number * WEEK, days) for number in range(_WEEKS_IN_YEAR)]


def _amounts_by_day(amounts: Iterator[tuple[date, date, int]]) -> Counter[date]:
    days: Counter[date] = Counter()
    for first, last, amount in amounts:
        days.update(dict(split_by_day(first, last, amount)))
    return days


def _week(sunday: date, days: Counter[date]) -> dict[str, object]:
    """Return the week that begins on a Sunday in GitHub's form."""
    counts = [days[sunday + number * DAY] for number in range(7)]
    return {"week": unix(datetime.combine(sunday, time())), "total": sum(counts), "days": counts}


def _week_start(day: date) -> date:
    return day - (day.isoweekday() % 7) * DAY

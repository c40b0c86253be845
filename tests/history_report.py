"""A report of one project with a long history, in plain values that tests can compute with."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import reports
from reports import AS_OF, Sample
from startrack.model.history import (
    ListingDate,
    ListingDateSource,
    NameSince,
    StarsAround,
    UnknownListingDate,
    WeeklyCommits,
    week_start,
)
from startrack.model.report import Project, SiteReport
from startrack.model.repository import Details

__all__ = ["COMMITS", "HERO", "OTHERS", "history_report"]

HERO = "hero/of-it"
OTHERS = 9
# Of the first week of the past year on, as GitHub's statistics have them.
COMMITS = tuple(week % 7 * 3 for week in range(52))
_CREATED = datetime(2025, 9, 14)  # 435 days, so 62 weeks, before the report


def history_report(base_url: str | None = None) -> SiteReport:
    """Return a report whose first project has everything that a project's page can show.

    It is counted daily for 200 days, gains two stars a day and 400 more in one burst 60 days ago; before that its
    stars are retained. Of nine others of the same age, the n-th has 100 n stars more than the one before.
    """
    hero = Sample(HERO, _stars(), retained={day: 1_000 - day for day in range(206, 430, 7)}, places=("first", "second"))
    others = [Sample(f"other/number-{n}", {0: 100 * n, 7: 100 * n - 1}) for n in range(1, OTHERS + 1)]
    made = reports.make_report(
        [hero, *others, Sample("alone/counted", {0: 7}, places=("third",))],
        labels={"second": "simulated"},
    )
    first, *rest = made.projects
    start = week_start((AS_OF - timedelta(weeks=53)).date())
    listed, noted = date(2026, 9, 1), date(2026, 3, 1)
    return replace(
        made,
        projects=(_storied(first), *(_born(each) for each in rest)),
        base_url=base_url,
        names={1: (NameSince("old/name", datetime(2026, 5, 8)), NameSince(HERO, datetime(2026, 7, 1, 3)))},
        weekly_commits={1: tuple(WeeklyCommits(start + timedelta(weeks=n), each) for n, each in enumerate(COMMITS))},
        listing_dates={
            "first": {
                1: ListingDate(listed, ListingDateSource.GIT),
                2: UnknownListingDate.FIRST_RUN,
                3: ListingDate(noted, ListingDateSource.RUNS),
            },
            "second": {1: ListingDate(noted, ListingDateSource.RUNS)},
        },
        stars_around={(1, noted): StarsAround(45, 93), (3, noted): StarsAround(45, None)},
        whole_histories=frozenset({1}),
    )


def _stars() -> dict[int, int]:
    return {day: 1_300 - 2 * day + (400 if day < 60 else 0) for day in range(200)}


def _storied(project: Project) -> Project:
    archived = replace(project.repository, created_at=_CREATED, is_archived=True, archived_at=datetime(2026, 11, 20))
    details = Details(latest_release="v2.0 <b>", latest_release_at=datetime(2026, 10, 1, 12))
    return replace(project, repository=archived, details=details)


def _born(project: Project) -> Project:
    return replace(project, repository=replace(project.repository, created_at=_CREATED))

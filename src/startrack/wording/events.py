"""What happened, in words: the same in feeds, digests, boards and the API."""

from typing import assert_never

from startrack.model.durations import AVERAGE_MONTH
from startrack.model.events import Added, Archived, Event, Lost, MilestoneReached, Removed, Renamed, Returned, Revived
from startrack.wording import dates, figures, phrases, reasons

__all__ = [
    "detail",
    "predicate",
    "quiet_period",
]


def predicate(event: Event) -> str:  # noqa: PLR0911 - a return for each kind
    """Return what is said of the project, to follow its name."""
    match event.what:
        case MilestoneReached(milestone=milestone):
            return f"passed {figures.number(milestone)} stars"
        case Added():
            return f"was added to {phrases.joined(event.lists)}"
        case Removed():
            return f"was removed from {phrases.joined(event.lists)}"
        case Archived():
            return "was archived"
        case Revived():
            return "has commits again"
        case Renamed(old=old, new=new):
            return f"was renamed from {old}" + ("" if new == event.repo else f" to {new}")
        case Lost(reason=reason):
            return f"can no longer be counted ({reasons.short(reason)})"
        case Returned():
            return "is counted again"
        case unexpected:
            assert_never(unexpected)


def detail(event: Event) -> str:  # noqa: PLR0911 - the same
    """Return what is known beside that, in sentences; every one is of the event's own day."""
    match event.what:
        case MilestoneReached(stars=stars, before=before, since=since):
            counts = f"{figures.number(stars)} stars on {dates.instant(event.at)}"
            return f"{counts}, {figures.number(before)} on {dates.instant(since)}."
        case Added(section=section):
            return f"It stands under {phrases.section_path(section)}."
        case Removed(section=section):
            return f"It stood under {phrases.section_path(section)}."
        case Archived():
            return "Its owner closed it to changes. It is counted like any other."
        case Revived(quiet_since=since, quiet_until=until):
            return f"Its commit total was the same in every count from {dates.day(since)} to {dates.day(until)}."
        case Renamed():
            return "It is the same project to GitHub, and keeps its history."
        case Lost(reason=reason):
            return f"GitHub's answer: {reasons.full(reason)}. Earlier figures are kept."
        case Returned(reason=reason):
            return f"Until then: {reasons.full(reason)}."
        case unexpected:
            assert_never(unexpected)


def quiet_period(event: Event) -> str:
    """Return how long a project that is back to life stood still, in months; empty for any other event."""
    match event.what:
        case Revived(quiet_since=since, quiet_until=until):
            return f"after {(until - since) / AVERAGE_MONTH:.0f} months"
        case _:
            return ""

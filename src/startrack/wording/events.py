"""Events as sentences, the same in feeds, digests, pages and the API."""

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
    """Return the event as the rest of a sentence that starts with the project's name."""
    match event.detail:
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


def detail(event: Event) -> str:  # noqa: PLR0911 - a return for each kind
    """Return more about the event, in sentences that stay true: they use only what was known on its day."""
    match event.detail:
        case MilestoneReached(stars=stars, before=before, since=since):
            counts = f"{figures.number(stars)} stars on {dates.instant(event.at)}"
            return f"{counts}, {figures.number(before)} on {dates.instant(since)}."
        case Added(section=section):
            return f"It is listed under {phrases.section_path(section)}."
        case Removed(section=section):
            return f"It was listed under {phrases.section_path(section)}."
        case Archived():
            return "Its owner made it read-only. It is still counted."
        case Revived(quiet_since=since, quiet_until=until):
            return f"Its number of commits was the same in every count from {dates.day(since)} to {dates.day(until)}."
        case Renamed():
            return "It is the same repository on GitHub, and its history continues."
        case Lost(reason=reason):
            return f"{_capitalized(reasons.full(reason))}. Earlier figures are kept."
        case Returned(reason=reason):
            return f"It could not be counted before: {reasons.full(reason)}."
        case unexpected:
            assert_never(unexpected)


def quiet_period(event: Event) -> str:
    """Return how many months a revived project was without commits: `after 9 months`; empty for other events."""
    match event.detail:
        case Revived(quiet_since=since, quiet_until=until):
            return f"after {(until - since) / AVERAGE_MONTH:.0f} months"
        case _:
            return ""


def _capitalized(text: str) -> str:
    return text[:1].upper() + text[1:]

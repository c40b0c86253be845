"""Global options, and the options and arguments that several commands share."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from startrack import output
from startrack.errors import ConfigError, did_you_mean
from startrack.model.changes import Window
from startrack.trends.ranking import RankBy

if TYPE_CHECKING:
    from startrack.cli import formats
    from startrack.config import Config

__all__ = [
    "MAX_WAIT",
    "AsOf",
    "FormatOption",
    "MaxWait",
    "Settings",
    "Sources",
    "TakenAt",
    "as_of",
    "by",
    "form",
    "instant",
    "now",
    "window",
]


MAX_WAIT = 15.0
_GITHUBS_BEGINNING, _FAR = 2008, 3000


Sources = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="SOURCE",
        help="Lists: a file, a URL, OWNER/NAME[:PATH] on GitHub, or a name from the configuration.",
        show_default=False,
    ),
]
FormatOption = Annotated[str, typer.Option("--format", metavar="table|json|csv|markdown", help="How rows are written.")]
TakenAt = Annotated[
    str | None,
    typer.Option(
        "--taken-at",
        metavar="T",
        help="Record the counts as taken at this instant (ISO 8601, UTC) instead of now; a date alone is its midnight.",
    ),
]
MaxWait = Annotated[
    float,
    typer.Option(
        "--max-wait",
        metavar="MINUTES",
        min=0,
        help="End the run early, keeping what was counted, where GitHub asks for a longer wait.",
    ),
]
AsOf = Annotated[
    str | None,
    typer.Option(
        "--as-of",
        metavar="T",
        help="Speak for this instant (ISO 8601, UTC) instead of the last count; a date alone is the end of that day.",
    ),
]


def now() -> datetime:
    """Return the instant, to the second; below the commands it is an argument."""
    return datetime.now(UTC).replace(tzinfo=None, microsecond=0)


def instant(text: str | None) -> datetime | None:
    """Return the instant that a text names, without one `None`; a date alone is its midnight. Raises ConfigError."""
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
        found = found.astimezone(UTC).replace(tzinfo=None) if found.tzinfo else found
    except (ValueError, OverflowError) as error:
        raise ConfigError(f"{text!r} is no instant; write it like 2026-11-23 or 2026-11-23T03:17:00") from error
    if not _GITHUBS_BEGINNING <= found.year < _FAR:
        raise ConfigError(f"{text!r} lies too far away; GitHub began in {_GITHUBS_BEGINNING}")
    return found.replace(microsecond=0)


def as_of(text: str | None) -> datetime | None:
    """Return the instant to speak for, a date alone standing for all of its day. Raises ConfigError."""
    found = instant(text)
    return datetime.combine(found, time.max) if found and text and _is_date(text) else found


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def window(text: str) -> Window:
    """Return the window that is written `30d`. Raises ConfigError."""
    found = re.fullmatch(r"([1-9][0-9]{0,3})d", text)
    if found is None or int(found[1]) > 3650:  # noqa: PLR2004 - ten years
        raise ConfigError(f'{text!r} is no window; write a number of days up to 3650, like "30d"')
    return Window(int(found[1]))


def by(text: str) -> str:
    """Return the name of a measure to rank by. Raises ConfigError where there is none of that name."""
    if text not in list(RankBy):
        raise ConfigError(f"there is no ranking by {text!r}; {did_you_mean(text, RankBy)}")
    return text


def form(text: str) -> "formats.Format":
    """Return the format of that name. Raises ConfigError where there is none."""
    from startrack.cli import formats

    if text not in list(formats.Format):
        raise ConfigError(f"there is no format {text!r}; {did_you_mean(text, formats.Format)}")
    return formats.Format(text)


@dataclass(frozen=True, slots=True)
class Settings:
    """What the options before the command say."""

    config: Path | None
    quiet: bool
    verbose: bool

    def say(self, text: str) -> None:
        """Tell the person at the terminal something that is not the product, in one line."""
        if not self.quiet:
            output.write_stderr(text)

    def load(self) -> "Config":
        """Return the configuration."""
        from startrack import config

        found = config.load(self.config)
        if found.schedule != config.ScheduleConfig():
            from startrack import scheduler

            scheduler.trigger(found.schedule)  # a wrong cron line is told by every command, not first at night
        return found

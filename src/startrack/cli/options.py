"""The global options, and the arguments and options that several commands share, with their parsers."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from startrack import output
from startrack.errors import ConfigError, did_you_mean
from startrack.model.changes import RankBy, Window

if TYPE_CHECKING:
    from startrack.cli import formats
    from startrack.config import Config

__all__ = [
    "MAX_WAIT",
    "AsOf",
    "Bundle",
    "FormatOption",
    "MaxWait",
    "Settings",
    "Sources",
    "TakenAt",
    "age",
    "as_of",
    "by",
    "form",
    "instant",
    "named_format",
    "now",
    "window",
]


AnyFormat = TypeVar("AnyFormat", bound=StrEnum)

MAX_WAIT = 15.0
_FIRST_YEAR, _LAST_YEAR = 2008, 2999  # GitHub began in 2008
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}


Sources = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="SOURCE",
        help="A list: a file, a URL, OWNER/NAME[:PATH] on GitHub, or the name of a list in the configuration.",
        show_default=False,
    ),
]
FormatOption = Annotated[str, typer.Option("--format", metavar="table|json|csv|markdown", help="Output format.")]
TakenAt = Annotated[
    str | None,
    typer.Option(
        "--taken-at",
        metavar="T",
        help="Record the counts for this time (ISO 8601, UTC) instead of now; a date alone means 00:00.",
    ),
]
Bundle = Annotated[
    Path | None,
    typer.Option(
        "--bundle",
        metavar="FILE",
        help="Write the commit into a git bundle instead of pushing it, for a job that may push.",
        show_default=False,
    ),
]
MaxWait = Annotated[
    float,
    typer.Option(
        "--max-wait",
        metavar="MINUTES",
        min=0,
        help="Longest total wait for GitHub; a run that would wait longer ends early and keeps its counts.",
    ),
]
AsOf = Annotated[
    str | None,
    typer.Option(
        "--as-of",
        metavar="T",
        help="Report for this time (ISO 8601, UTC) instead of the last count; a date alone means the end of that day.",
    ),
]


def now() -> datetime:
    """Return the current UTC time, to the second. Only commands call it; other code gets it as an argument."""
    return datetime.now(UTC).replace(tzinfo=None, microsecond=0)


def instant(text: str | None) -> datetime | None:
    """Parse an instant (naive UTC); `None` stays `None`, and a date alone is its midnight. Raises ConfigError."""
    if text is None:
        return None
    try:
        parsed = datetime.fromisoformat(text)
        parsed = parsed.astimezone(UTC).replace(tzinfo=None) if parsed.tzinfo else parsed
    except (ValueError, OverflowError) as error:
        raise ConfigError(f"invalid time {text!r}; use for example 2026-11-23 or 2026-11-23T03:17:00") from error
    if not _FIRST_YEAR <= parsed.year <= _LAST_YEAR:
        raise ConfigError(f"invalid time {text!r}; the year must be from {_FIRST_YEAR} to {_LAST_YEAR}")
    return parsed.replace(microsecond=0)


def as_of(text: str | None) -> datetime | None:
    """Parse the instant of a report; a date alone is the end of that day. Raises ConfigError."""
    parsed = instant(text)
    return datetime.combine(parsed, time.max) if parsed and text and _is_date(text) else parsed


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def age(text: str) -> timedelta:
    """Parse an age such as `90m`, `18h` or `2d`. Raises ConfigError."""
    match = re.fullmatch(r"([1-9][0-9]{0,4})([mhd])", text)
    if match is None:
        raise ConfigError(f"invalid age {text!r}; use for example 90m, 18h or 2d")
    return int(match[1]) * _UNITS[match[2]]


def window(text: str) -> Window:
    """Parse a window such as `30d`. Raises ConfigError."""
    match = re.fullmatch(r"([1-9][0-9]{0,3})d", text)
    if match is None or int(match[1]) > 3650:  # noqa: PLR2004 - ten years
        raise ConfigError(f"invalid window {text!r}; use for example 30d (at most 3650d)")
    return Window(int(match[1]))


def by(text: str) -> str:
    """Return the name of a measure to rank by. Raises ConfigError if there is no such measure."""
    if text not in list(RankBy):
        raise ConfigError(f"unknown ranking {text!r}; {did_you_mean(text, RankBy)}")
    return text


def form(text: str) -> "formats.Format":
    """Return the format with that name. Raises ConfigError if there is none."""
    from startrack.cli import formats

    return named_format(text, formats.Format)


def named_format(text: str, forms: type[AnyFormat]) -> AnyFormat:
    """Return the one of some formats with that name. Raises ConfigError if there is none."""
    if text not in list(forms):
        raise ConfigError(f"unknown format {text!r}; {did_you_mean(text, forms)}")
    return forms(text)


@dataclass(frozen=True, slots=True)
class Settings:
    """The values of the global options."""

    config: Path | None
    quiet: bool
    verbose: bool

    def say(self, text: str) -> None:
        """Print a message on stderr, in one line, unless `--quiet` is given."""
        if not self.quiet:
            output.write_stderr(text)

    def load(self) -> "Config":
        """Load the configuration. Raises ConfigError if the file or its cron line is invalid."""
        from startrack import config

        loaded = config.load(self.config)
        if loaded.schedule != config.ScheduleConfig():
            from startrack import cron

            cron.trigger(loaded.schedule)  # so that every command reports an invalid cron line
        return loaded

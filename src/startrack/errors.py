"""Every error startrack raises on purpose, as one tree.

StartrackError
├── ConfigError        2   wrong use or configuration
├── SourceError        3   a list cannot be read, or holds no project
├── GitHubError        4   GitHub answered something that ends the run
│   ├── TokenError     5   a token is malformed, refused, or lacks a permission
│   ├── LimitError     6   the hourly budget is spent
│   └── NetworkError   7   GitHub cannot be reached
├── StoreError         8   the database cannot be opened, read or written
│   ├── StoreBusyError 9   another process holds the database or the snapshots folder
│   └── DayFileError  10   a day file cannot be read
├── BlockError        11   the startrack comments of a README are not well formed
├── WriteError        12   a file or the output cannot be written
├── PushError         13   what was counted cannot be committed or pushed
├── ClockError        14   this machine's clock is wrong
└── ReaderGoneError  141   whoever read the output has closed it

The number is the exit code. Each message says what to do next.
"""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import ClassVar

__all__ = [
    "BlockError",
    "ClockError",
    "ConfigError",
    "DayFileError",
    "GitHubError",
    "LimitError",
    "NetworkError",
    "PushError",
    "ReaderGoneError",
    "SourceError",
    "StartrackError",
    "StoreBusyError",
    "StoreError",
    "TokenError",
    "WriteError",
    "did_you_mean",
]

_LONGEST_WORD = 100  # to compare longer ones would take long, and none of ours is that long
_MOST_KNOWN = 20


class StartrackError(Exception):
    """The root; `cli` catches it, prints its text as one line and exits with its code."""

    exit_code: ClassVar[int] = 1


class ConfigError(StartrackError):
    """Wrong use or configuration."""

    exit_code = 2


class SourceError(StartrackError):
    """A list cannot be read, or holds no project."""

    exit_code = 3


class GitHubError(StartrackError):
    """GitHub answered something that ends the run."""

    exit_code = 4


class TokenError(GitHubError):
    """A token is malformed, refused, or lacks a permission."""

    exit_code = 5


class LimitError(GitHubError):
    """The hourly budget is spent."""

    exit_code = 6


class NetworkError(GitHubError):
    """GitHub cannot be reached."""

    exit_code = 7


class StoreError(StartrackError):
    """The database cannot be opened, read or written."""

    exit_code = 8


class StoreBusyError(StoreError):
    """Another process holds the database or the snapshots folder."""

    exit_code = 9


class DayFileError(StoreError):
    """A day file cannot be read."""

    exit_code = 10


class BlockError(StartrackError):
    """The startrack comments of a README are not well formed."""

    exit_code = 11


class WriteError(StartrackError):
    """A file or the output cannot be written."""

    exit_code = 12


class PushError(StartrackError):
    """What was counted cannot be committed or pushed."""

    exit_code = 13

    def __init__(self, title: str, message: str) -> None:
        """Keep the cause in a few words beside the message."""
        super().__init__(message)
        self.title = title


class ClockError(StartrackError):
    """This machine's clock is wrong."""

    exit_code = 14


class ReaderGoneError(StartrackError):
    """Whoever read the output has closed it.

    128 + SIGPIPE, what a shell says of any program whose pipe is closed; it is told to nobody.
    """

    exit_code = 141


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return the known word that is nearest to a wrong one as a question; where none is near, the known ones."""
    words = list(dict.fromkeys(map(str, known)))
    by_plain = {each.casefold(): each for each in reversed(words)}
    if near := get_close_matches(word[:_LONGEST_WORD].casefold(), by_plain, n=1):
        return f"did you mean {by_plain[near[0]]!r}?"
    more = f" and {len(words) - _MOST_KNOWN} more" if len(words) > _MOST_KNOWN else ""
    return f"known are {', '.join(words[:_MOST_KNOWN]) or 'none yet'}{more}"

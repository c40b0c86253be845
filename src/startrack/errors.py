"""The errors that startrack raises, as one tree. The words of an error are where it is raised.

StartrackError
├── ConfigError        2   invalid arguments, environment or configuration
├── SourceError        3   a list cannot be read, or has no projects
├── GitHubError        4   a response of GitHub ends the run
│   ├── TokenError     5   a token is malformed, refused, or lacks a permission
│   ├── LimitError     6   a rate limit is reached and the wait would be too long
│   └── NetworkError   7   GitHub cannot be reached
├── StoreError         8   the database cannot be opened, read or written
│   ├── StoreBusyError 9   another process holds the database or the snapshots folder
│   └── DayFileError  10   a day file or month file cannot be read
├── BlockError        11   malformed startrack comments in a file that a command edits or reads as a list
├── WriteError        12   a file or the output cannot be written
├── PushError         13   the files cannot be committed or pushed
├── ClockError        14   this machine's clock is wrong
├── WorkerError       15   a second process that makes pages has failed
├── ImportFileError   16   a file to import cannot be read, or contradicts itself or the store
└── ReaderGoneError  141   the reader of the output has closed it

The number is the exit code. Each message says what is wrong and what to do.
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
    "ImportFileError",
    "LimitError",
    "NetworkError",
    "PushError",
    "ReaderGoneError",
    "SourceError",
    "StartrackError",
    "StoreBusyError",
    "StoreError",
    "TokenError",
    "WorkerError",
    "WriteError",
    "did_you_mean",
]

_MAX_COMPARED = 100  # characters; comparing longer words is slow, and no known word is longer
_MAX_LISTED = 20


class StartrackError(Exception):
    """The root class; the command line catches it, prints its message as one line and exits with its code."""

    exit_code: ClassVar[int] = 1


class ConfigError(StartrackError):
    """Invalid arguments, environment or configuration."""

    exit_code = 2


class SourceError(StartrackError):
    """A list cannot be read, or has no projects."""

    exit_code = 3


class GitHubError(StartrackError):
    """A response of GitHub ends the run."""

    exit_code = 4


class TokenError(GitHubError):
    """A token is malformed, refused, or lacks a permission."""

    exit_code = 5


class LimitError(GitHubError):
    """A rate limit is reached and the wait would be too long."""

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
    """A day file or month file cannot be read."""

    exit_code = 10


class BlockError(StartrackError):
    """Malformed startrack comments in a file that a command edits or reads as a list. A build keeps only that block."""

    exit_code = 11


class WriteError(StartrackError):
    """A file or the output cannot be written."""

    exit_code = 12


class PushError(StartrackError):
    """The files cannot be committed or pushed; `title` is the cause in a few words."""

    exit_code = 13

    def __init__(self, title: str, message: str) -> None:
        """Set the title beside the message."""
        super().__init__(message)
        self.title = title


class ClockError(StartrackError):
    """This machine's clock is wrong."""

    exit_code = 14


class WorkerError(StartrackError):
    """A second process that makes pages has failed."""

    exit_code = 15


class ImportFileError(StartrackError):
    """A file to import cannot be read, or contradicts itself or the store."""

    exit_code = 16


class ReaderGoneError(StartrackError):
    """The reader of the output has closed it. No message is printed.

    The exit code is 128 + SIGPIPE, as a shell reports for any program whose pipe is closed.
    """

    exit_code = 141


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return 'did you mean …?' with the known word nearest to a wrong one, or the known words if none is near."""
    words = list(dict.fromkeys(map(str, known)))
    by_folded = {name.casefold(): name for name in reversed(words)}
    if near := get_close_matches(word[:_MAX_COMPARED].casefold(), by_folded, n=1):
        return f"did you mean {by_folded[near[0]]!r}?"
    if not words:
        return "there are none yet"
    more = f" and {len(words) - _MAX_LISTED} more" if len(words) > _MAX_LISTED else ""
    return f"use one of: {', '.join(words[:_MAX_LISTED])}{more}"

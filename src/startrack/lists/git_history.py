"""When each project came into a list, as the git history of the list's file tells it.

Nothing is written, fetched or run beside git itself: the checkout may be anybody's.
"""

import os
import re
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path
from typing import IO, Final

from startrack.model.repository import name_key

__all__ = [
    "added_days",
]


_LONGEST: Final = 60  # seconds
_LARGEST: Final = 256_000_000  # bytes

# One pass over what each version of the file put in, newest first. Every setting that a checkout's own configuration
# could turn against a reader (filters, other programs, replaced objects, renamed files) is set here.
_COMMAND: Final = (
    *("git", "--no-pager", "--no-replace-objects", "--literal-pathspecs", "-c", "core.fsmonitor=false"),
    *("log", "--first-parent", "--diff-merges=first-parent", "--patch", "--unified=0", "--format=%x00%ct"),
    *("--text", "--no-color", "--no-ext-diff", "--no-textconv", "--no-renames", "--no-follow", "--no-notes"),
    *("--no-show-signature", "--output-indicator-new=+", "--ignore-submodules=all", "--"),
)
# A partial clone would fetch what it lacks; here it fails instead. Nobody is there to be asked for a password.
_ENVIRONMENT: Final = {"GIT_NO_LAZY_FETCH": "1", "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
_PATH: Final = re.compile(r"[\w./-]+", re.ASCII)


def added_days(file: Path) -> dict[str, date]:
    """Return when each OWNER/NAME came into a file, by `same_repo`; none where git does not tell within a minute.

    That is the day (UTC) of the first version of the main line that names it. Of what stands in a version that has
    none before it, no day is known: the file begins there, or a shallow clone does.
    """
    try:
        with tempfile.TemporaryFile() as output:
            if not _log(file.resolve(), output) or output.seek(0, os.SEEK_END) > _LARGEST:
                return {}
            output.seek(0)
            days = _read(line.decode(errors="replace") for line in output)
    except OSError:  # no room for what git writes: a run must not lose its counts over days that a later one can read
        return {}
    return {name: day for name, day in days.items() if day is not None}


def _log(file: Path, output: IO[bytes]) -> bool:
    """Write a file's history, and say whether there is one."""
    try:
        done = subprocess.run(  # noqa: S603 - a list of arguments, no shell, and the name comes after `--`
            [*_COMMAND, file.name],
            cwd=file.parent,
            env=os.environ | _ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.DEVNULL,
            timeout=_LONGEST,
            check=False,
        )
    except (OSError, ValueError, subprocess.TimeoutExpired):  # no git, no such folder, or too long a history
        return False
    return done.returncode == 0


def _read(lines: Iterable[str]) -> dict[str, date | None]:
    """Return the day of each name, `None` for what the first version held."""
    found: dict[str, date | None] = {}
    when: date | None = None
    in_text = False
    for line in lines:
        if line.startswith("\0"):
            when, in_text = _day(line[1:]), False
        elif not in_text and line.startswith("new file mode"):
            when = None
        elif line.startswith("@@"):
            in_text = True
        elif in_text and line.startswith("+"):
            found.update(dict.fromkeys(_names(line[1:]), when))
    return found


def _day(stamp: str) -> date:
    try:
        return datetime.fromtimestamp(int(stamp), tz=UTC).date()
    except (ValueError, OverflowError, OSError):
        return date.max  # anybody may write any date into a commit: this one has never come


def _names(line: str) -> Iterator[str]:
    """Yield every two neighbours in the paths of a line: the names of repositories are among them."""
    for path in _PATH.findall(line):
        for owner, name in pairwise(part for part in path.split("/") if part):
            yield name_key(f"{owner}/{name.rstrip('.').removesuffix('.git')}")

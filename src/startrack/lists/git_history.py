"""Reads from the git history of a list's file on which day each project was added to the list.

The checkout is not trusted: nothing is written or fetched, and no program but git itself is run.
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


_TIMEOUT: Final = 60  # seconds
_MAX_OUTPUT: Final = 256_000_000  # bytes

# Lists the lines that each version of the file added, newest version first. The options override every setting of the
# checkout that could change the output or run a program (filters, pagers, replaced objects, renamed files).
_COMMAND: Final = (
    *("git", "--no-pager", "--no-replace-objects", "--literal-pathspecs", "-c", "core.fsmonitor=false"),
    *("log", "--first-parent", "--diff-merges=first-parent", "--patch", "--unified=0", "--format=%x00%ct"),
    *("--text", "--no-color", "--no-ext-diff", "--no-textconv", "--no-renames", "--no-follow", "--no-notes"),
    *("--no-show-signature", "--output-indicator-new=+", "--ignore-submodules=all", "--"),
)
# A partial clone fails instead of fetching missing objects, and git does not ask for a password.
_ENVIRONMENT: Final = {"GIT_NO_LAZY_FETCH": "1", "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
_PATH: Final = re.compile(r"[\w./-]+", re.ASCII)


def added_days(file: Path) -> dict[str, date]:
    """Return the day (UTC) on which each project was added to a file, by `name_key`; empty if git fails or times out.

    The day is that of the first commit of the main branch that names the project. Projects in the oldest version have
    no day: the file, or a shallow clone, begins with that version.
    """
    try:
        with tempfile.TemporaryFile() as output:
            if not _write_log(file.resolve(), output) or output.seek(0, os.SEEK_END) > _MAX_OUTPUT:
                return {}
            output.seek(0)
            days = _parse_log(line.decode(errors="replace") for line in output)
    except OSError:  # the disk is full; a run must not lose its counts because of days that a later run can read
        return {}
    return {name: day for name, day in days.items() if day is not None}


def _write_log(file: Path, output: IO[bytes]) -> bool:
    """Write the history of a file to `output` and return whether git succeeded."""
    try:
        process = subprocess.run(  # noqa: S603 - a list of arguments, no shell, and the file name follows `--`
            [*_COMMAND, file.name],
            cwd=file.parent,
            env=os.environ | _ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.DEVNULL,
            timeout=_TIMEOUT,
            check=False,
        )
    except (OSError, ValueError, subprocess.TimeoutExpired):  # git or the folder is missing, or the history is too long
        return False
    return process.returncode == 0


def _parse_log(lines: Iterable[str]) -> dict[str, date | None]:
    """Return the day of each name, `None` for the names in the first version."""
    days: dict[str, date | None] = {}
    day: date | None = None
    in_text = False
    for line in lines:
        if line.startswith("\0"):
            day, in_text = _commit_day(line[1:]), False
        elif not in_text and line.startswith("new file mode"):
            day = None
        elif line.startswith("@@"):
            in_text = True
        elif in_text and line.startswith("+"):
            days.update(dict.fromkeys(_names(line[1:]), day))
    return days


def _commit_day(timestamp: str) -> date:
    try:
        return datetime.fromtimestamp(int(timestamp), tz=UTC).date()
    except (ValueError, OverflowError, OSError):
        return date.max  # a commit can carry any date; this one is out of range


def _names(line: str) -> Iterator[str]:
    """Yield every pair of neighboring path segments of a line; the repository names are among them."""
    for path in _PATH.findall(line):
        for owner, name in pairwise(part for part in path.split("/") if part):
            yield name_key(f"{owner}/{name.rstrip('.').removesuffix('.git')}")

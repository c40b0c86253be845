r"""Unified diffs, as GitHub gives them for a pull request: parsed, and applied to the bytes of a file.

A diff comes from somebody else. Its paths are only compared with those of known files: nothing is read, written or run
because a diff says so. Lines are compared without their line ends, so CRLF and LF are the same.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from startrack.errors import SourceError

__all__ = ["MAX_BYTES", "FileDiff", "Hunk", "apply", "parse"]

MAX_BYTES: Final = 20_000_000
"""The largest diff that is read; GitHub's API gives none of more than 20,000 lines."""

# Lines that may be compared to find the places of all hunks. A diff that fits needs one pass over its own lines.
_MAX_COMPARED: Final = 20_000_000
_HUNK: Final = re.compile(rb"@@ -(\d{1,9})(?:,(\d{1,9}))? \+\d{1,9}(?:,(\d{1,9}))? @@")
_ESCAPED: Final = re.compile(rb"\\([0-7]{3}|.)", re.DOTALL)
_ESCAPES: Final = {b"a": b"\a", b"b": b"\b", b"t": b"\t", b"n": b"\n", b"v": b"\v", b"f": b"\f", b"r": b"\r"}
_HEADER: Final = b"diff --git "


@dataclass(frozen=True, slots=True)
class Hunk:
    """A change of consecutive lines: those before it and those after it, without line ends.

    `start` is the 0-based number of the first line in the file before the change.
    """

    start: int
    before: tuple[bytes, ...]
    after: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class FileDiff:
    """The change of one file: its path before and after, `None` where there is no file, and its hunks."""

    old: str | None
    new: str | None
    hunks: tuple[Hunk, ...] = ()
    is_binary: bool = False


@dataclass(slots=True)
class _Draft:
    """What is known of a file's change so far. A name in a line of its own counts more than the one in the header."""

    old: str | None = None
    new: str | None = None
    is_binary: bool = False
    hunks: list[Hunk] = field(default_factory=list)

    def finish(self) -> FileDiff:
        return FileDiff(self.old, self.new, tuple(self.hunks), self.is_binary)


class _Lines:
    """The lines of a diff, one after another."""

    def __init__(self, data: bytes) -> None:
        self._lines = data.removesuffix(b"\n").split(b"\n")
        self.number = 0

    def peek(self) -> bytes | None:
        return self._lines[self.number] if self.number < len(self._lines) else None

    def take(self) -> bytes | None:
        line = self.peek()
        self.number += 1
        return line


def parse(data: bytes) -> tuple[FileDiff, ...]:
    """Return the changed files of a unified diff.

    Raises SourceError if it is too large, empty or malformed: what cannot be read must not pass for no change.
    """
    if len(data) > MAX_BYTES:
        raise SourceError(f"the diff has more than {MAX_BYTES:,} bytes; check the change in a clone with --base")
    if not data.strip():
        raise SourceError("the diff is empty; expected a unified diff, as `git diff` prints it")
    drafts: list[_Draft] = []
    lines = _Lines(data)
    while (line := lines.take()) is not None:
        _read_line(line.removesuffix(b"\r"), lines, drafts)
    if not drafts:
        raise SourceError("the diff names no file; expected a unified diff, as `git diff` prints it")
    return tuple(draft.finish() for draft in drafts)


def _read_line(line: bytes, lines: _Lines, drafts: list[_Draft]) -> None:
    """Read a line outside of hunks, and all of a hunk that begins with it."""
    following = lines.peek() or b""
    if line.startswith(_HEADER):
        name = _header_name(line.removeprefix(_HEADER))
        drafts.append(_Draft(name, name))
    elif line.startswith(b"--- ") and following.startswith(b"+++ "):
        lines.take()
        if not drafts or drafts[-1].hunks:  # a plain diff has no header
            drafts.append(_Draft())
        drafts[-1].old = _path(line.removeprefix(b"--- "), has_prefix=True)
        drafts[-1].new = _path(following.removesuffix(b"\r").removeprefix(b"+++ "), has_prefix=True)
    elif line.startswith(b"@@"):
        if not drafts:
            raise _malformed(lines, "a change without the name of its file")
        drafts[-1].hunks.append(_read_hunk(line, lines))
    elif drafts and not drafts[-1].hunks:
        _read_extended(line, drafts[-1])


def _read_extended(line: bytes, draft: _Draft) -> None:
    """Read a line between the header of a file and its first hunk."""
    match line.split(b" ", 2):
        case [b"rename" | b"copy", b"from", name]:
            draft.old = _path(name)
        case [b"rename" | b"copy", b"to", name]:
            draft.new = _path(name)
        case [b"deleted", b"file", _]:
            draft.new = None
        case [b"new", b"file", _]:
            draft.old = None
        case [b"Binary", b"files", _] | [b"GIT", b"binary", b"patch"]:
            draft.is_binary = True
        case _:
            pass


def _read_hunk(header: bytes, lines: _Lines) -> Hunk:
    """Read as many lines as the hunk's header says: a removed line may look like a header of the next file."""
    match = _HUNK.match(header)
    if match is None:
        raise _malformed(lines, "not the beginning of a change")
    first, old_count, new_count = (int(number) if number else 1 for number in match.groups())
    before: list[bytes] = []
    after: list[bytes] = []
    while len(before) < old_count or len(after) < new_count:
        line = lines.take()
        if line is None:
            raise _malformed(lines, "the diff is cut off here")
        mark, text = line[:1], line[1:].removesuffix(b"\r")
        if mark in (b" ", b"-", b"", b"\r"):
            before.append(text)
        if mark in (b" ", b"+", b"", b"\r"):
            after.append(text)
        if mark not in (b" ", b"-", b"+", b"", b"\r", b"\\") or len(before) > old_count or len(after) > new_count:
            raise _malformed(lines, "not a line of this change")
    # Without lines before the change, the header names the line above it.
    return Hunk(max(first - 1, 0) if old_count else first, tuple(before), tuple(after))


def _malformed(lines: _Lines, problem: str) -> SourceError:
    return SourceError(f"line {lines.number} of the diff: {problem}; expected a unified diff, as `git diff` prints it")


def _header_name(names: bytes) -> str | None:
    """Return the name in the header of a file that keeps it, `a/NAME b/NAME`; a renamed file has lines for both."""
    half = len(names) // 2
    old, new = _path(names[:half], has_prefix=True), _path(names[half + 1 :], has_prefix=True)
    return old if old == new else None


def _path(name: bytes, *, has_prefix: bool = False) -> str | None:
    """Return a path, `None` for that of no file. git quotes names with unusual characters; a tab ends others."""
    name = _ESCAPED.sub(_unescape, name[1:].rpartition(b'"')[0]) if name.startswith(b'"') else name.partition(b"\t")[0]
    if name == b"/dev/null":
        return None
    return (re.sub(rb"\A[a-z]/", b"", name) if has_prefix else name).decode(errors="surrogateescape")


def _unescape(match: re.Match[bytes]) -> bytes:
    code = match[1]
    return bytes([int(code, 8) % 256]) if len(code) > 1 else _ESCAPES.get(code, code)


def apply(base: bytes, diff: FileDiff, name: str) -> bytes:
    """Return the bytes of a file after a change, with LF line ends.

    The file may have changed since the diff was made: each hunk is applied at the nearest place with its lines before
    the change. Raises SourceError with `name` where there is none.
    """
    lines = [] if diff.old is None else [line.removesuffix(b"\r") for line in base.split(b"\n")]
    result: list[bytes] = []
    done = shift = 0
    search = _Search(lines)
    for hunk in diff.hunks:
        place = search.nearest(hunk.before, hunk.start + shift, done)
        if place is None:
            raise _does_not_fit(name, hunk)
        result += [*lines[done:place], *hunk.after]
        done, shift = place + len(hunk.before), place - hunk.start
    return b"\n".join([*result, *lines[done:]])


class _Search:
    """Finds the places of hunks in a file, with a bound for all of them together."""

    def __init__(self, lines: Sequence[bytes]) -> None:
        self._lines = lines
        self._left = _MAX_COMPARED

    def nearest(self, before: tuple[bytes, ...], wanted: int, first: int) -> int | None:
        """Return the place from `first` on that has these lines and is nearest to another, `None` without any."""
        last = len(self._lines) - len(before)
        if last < first:
            return None
        wanted = min(max(wanted, first), last)
        places = (wanted + side * distance for distance in range(last - first + 1) for side in (-1, 1))
        return next((place for place in places if first <= place <= last and self._has(before, place)), None)

    def _has(self, before: tuple[bytes, ...], place: int) -> bool:
        self._left -= len(before) + 1
        return self._left >= 0 and tuple(self._lines[place : place + len(before)]) == before


def _does_not_fit(name: str, hunk: Hunk) -> SourceError:
    return SourceError(
        f"the diff does not fit {name} here (line {hunk.start + 1}): the file has changed since; "
        "update the branch of the change, then run again",
    )

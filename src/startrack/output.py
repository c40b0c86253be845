"""Writes stdout and stderr so that text from others cannot control a terminal or an Actions runner.

Names, descriptions, titles, paths and GitHub's messages are written by others. A terminal interprets some characters,
an Actions runner interprets some lines, and invisible characters disguise a text. So `install` replaces stdout and
stderr by an `Output`: everything written there (commands, usage errors, logging, tracebacks) is escaped. One-line
messages and table cells also go through `escape_line` first.
"""

import codecs
import io
import logging
import os
import re
import stat
import sys
import threading
import time
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Protocol

from startrack.errors import ReaderGoneError, WriteError

__all__ = [
    "Output",
    "annotate",
    "annotation",
    "escape_line",
    "finish",
    "install",
    "log_to_stderr",
    "write_annotations",
    "write_diff",
    "write_stderr",
    "write_stdout",
]

# Controls, format characters (bidirectional overrides, zero-width ones, tags), lone surrogates, line separators.
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
# Text that an Actions runner runs as a command: `::error::` at the start of a line, also after blanks, and the older
# `##[error]` anywhere in a line.
_COMMAND = re.compile(r"^(?P<blank>\s*):(?=:)|(?<=#)#(?=\w*\[)")


def escape_line(text: str) -> str:
    r"""Return a text on one line, with invisible characters as escapes: `\x1b`, `\n`, `\u202e`."""
    if text.isprintable():
        return text
    return "".join(_escape_character(character) for character in text)


def _escape_character(character: str) -> str:
    if unicodedata.category(character) not in _HIDDEN:
        return character
    return character.encode("unicode_escape").decode("ascii")


def _escape_commands(text: str) -> str:
    r"""Return a line that an Actions runner does not run: its first colon or `#` becomes `\x3a` or `\x23`."""
    return _COMMAND.sub(lambda match: r"\x23" if match["blank"] is None else rf"{match['blank']}\x3a", text)


def annotation(level: str, title: str, text: str, *, file: str | None = None, line: int | None = None) -> str:
    """Return the Actions command that shows an annotation on the job, or at the line of a file of its repository.

    `level` is `error`, `warning` or `notice`.
    """
    properties = {"file": file, "line": line, "title": title}
    shown = ",".join(
        f"{name}={_escape_property(escape_line(str(value)), ':,')}"
        for name, value in properties.items()
        if value is not None
    )
    return f"::{level} {shown}::{_escape_property(escape_line(text))}"


def _escape_property(text: str, more: str = "") -> str:
    # The runner decodes %XX only for these five characters; a colon or comma ends a property.
    return re.sub(f"[%\r\n{more}]", lambda match: f"%{ord(match[0]):02X}", text)


def annotate(level: str, title: str, text: str, *, file: str | None = None, line: int | None = None) -> None:
    """Write an annotation for the Actions runner to stderr."""
    if isinstance(sys.stderr, Output):
        sys.stderr.command(annotation(level, title, text, file=file, line=line))


def write_annotations(annotations: Iterable[str]) -> None:
    """Write annotations as the result of a command to stdout. Raises WriteError and ReaderGoneError."""
    for text in annotations:
        if isinstance(sys.stdout, Output):
            sys.stdout.command(text)


def write_stderr(text: str) -> None:
    """Write a message as one line to stderr."""
    sys.stderr.write(f"{escape_line(text)}\n")


def write_stdout(text: str) -> None:
    """Write the result of a command to stdout; line breaks are kept. Raises WriteError and ReaderGoneError."""
    sys.stdout.write(f"{text}\n")


def write_diff(diff: str) -> None:
    """Write a diff to stdout: byte for byte into a file or a pipe, so that `git apply` takes it.

    A terminal and the log of an Actions job get it escaped, like any other result. Bytes that are not UTF-8 are those
    of `errors="surrogateescape"`. Raises WriteError and ReaderGoneError.
    """
    if isinstance(sys.stdout, Output) and not sys.stdout.is_shown:
        sys.stdout.data(diff.encode("utf-8", "surrogateescape"))
    elif diff:
        write_stdout(diff.removesuffix("\n"))


def finish() -> None:
    """Write what a library has written without a line break at the end. Raises WriteError and ReaderGoneError."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, Output):
            stream.finish()


class _StderrHandler(logging.Handler):
    """Writes each log record as one line to stderr, through the same escaping as every other message."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record."""
        write_stderr(self.format(record))


@contextmanager
def log_to_stderr() -> Iterator[None]:
    """Show every record of the logger `startrack` on stderr until the block ends, with its time in UTC."""
    logger, handler = logging.getLogger("startrack"), _StderrHandler()
    formatter = logging.Formatter("%(asctime)s %(message)s", "%Y-%m-%dT%H:%M:%SZ")
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    level_before = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        logger.setLevel(level_before)
        logger.removeHandler(handler)


class _Raw(Protocol):
    def write(self, data: bytes, /) -> int | None: ...


class Output(io.TextIOBase):
    """A text stream that escapes every line; it writes whole lines only.

    `isatty` is always false, so that libraries write no colours. `on_error` is called if a line cannot be written; what
    it raises ends the command. `is_shown` is false if the stream goes into a file or to another program.
    """

    def __init__(
        self, raw: _Raw | None, encoding: str, on_error: Callable[[OSError], None], *, is_shown: bool = True
    ) -> None:
        self._raw, self._encoding, self._on_error, self.is_shown = raw, encoding, on_error, is_shown
        self._encoder = codecs.getincrementalencoder(encoding)("backslashreplace")
        self._partial_line = ""
        self._lock = threading.Lock()

    @property
    def encoding(self) -> str:  # type: ignore[override]  # writable in the base class
        """The encoding; characters that it lacks are written as escapes."""
        return self._encoding

    def writable(self) -> bool:
        """Return true."""
        return True

    def write(self, text: str, /) -> int:
        """Write the complete lines of a text; the rest is kept until its line ends."""
        if not isinstance(text, str):  # libraries try this to find out whether a stream takes bytes
            raise TypeError(f"write() takes a string, not {type(text).__name__}")
        with self._lock:
            *lines, self._partial_line = f"{self._partial_line}{text}".split("\n")
            self._send(lines)
        return len(text)

    def finish(self) -> None:
        """Write the last line if it has no line break."""
        with self._lock:
            lines, self._partial_line = [self._partial_line] if self._partial_line else [], ""
            self._send(lines)

    def command(self, text: str) -> None:
        """Write a command for the Actions runner unescaped: an `annotation`."""
        with self._lock:
            self._write(f"{text}\n")

    def data(self, data: bytes) -> None:
        """Write bytes as they are."""
        with self._lock:
            self._write_bytes(data)

    def _send(self, lines: list[str]) -> None:
        if lines:
            self._write("".join(f"{_escape_commands(escape_line(text))}\n" for text in lines))

    def _write(self, text: str) -> None:
        self._write_bytes(self._encoder.encode(text))

    def _write_bytes(self, data: bytes) -> None:
        try:
            while data:
                data = data[self._write_some(data) :]
        except OSError as error:
            self._on_error(error)

    def _write_some(self, data: bytes) -> int:
        if self._raw is None:
            raise OSError("the stream is closed")
        return self._raw.write(data) or 0


def install(*, is_actions: bool = False) -> None:
    """Replace stdout and stderr by an `Output` for the rest of the process; `is_actions` is true in an Actions job.

    A result that cannot be written to stdout raises WriteError, or ReaderGoneError if the reader closed the pipe.
    Messages that cannot be written to stderr are dropped, so that they do not end a run.
    """
    for number in range(3):
        _open_if_closed(number)
    is_shown = _is_shown(sys.__stdout__, is_actions=is_actions)
    sys.stdout = Output(_raw(sys.__stdout__), _encoding(sys.__stdout__), _raise_stdout_error, is_shown=is_shown)
    sys.stderr = Output(_raw(sys.__stderr__), _encoding(sys.__stderr__), lambda _error: None)


def _open_if_closed(number: int) -> None:
    """Open a closed standard stream on the null device; else the next opened file would get its descriptor."""
    try:
        os.fstat(number)
    except OSError:
        os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)  # noqa: FBT003 - positional only


def _raw(stream: object) -> _Raw | None:
    # Python's own buffer would keep what could not be written and fail at exit with a traceback.
    return io.FileIO(stream.fileno(), "w", closefd=False) if isinstance(stream, io.TextIOWrapper) else None


def _is_shown(stream: object, *, is_actions: bool) -> bool:
    """Return whether a stream goes to a terminal, or to the log of an Actions job, where it is a pipe."""
    if not isinstance(stream, io.TextIOWrapper):
        return True
    return stream.isatty() or (is_actions and not stat.S_ISREG(os.fstat(stream.fileno()).st_mode))


def _encoding(stream: object) -> str:
    return stream.encoding if isinstance(stream, io.TextIOWrapper) else "utf-8"


def _raise_stdout_error(error: OSError) -> None:
    if isinstance(error, BrokenPipeError):
        raise ReaderGoneError("the reader of the output has closed it") from error
    reason = error.strerror or str(error)
    raise WriteError(f"cannot write to standard output: {reason}; free disk space, or redirect it elsewhere") from error

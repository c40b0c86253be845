"""Text as it leaves startrack: the one place between other people's text and a terminal, a log or an annotation.

Names, descriptions, titles, paths and messages of GitHub are other people's. A terminal obeys some of their
characters, an Actions runner obeys some of their lines, and invisible ones make a text look like another. So
`install` puts an `Output` in the place of stdout and stderr: whatever writes there (commands, usage errors,
logging, tracebacks) goes through it. A message in one line, or a cell of a table, goes through `line` before.
"""

import codecs
import io
import logging
import os
import re
import sys
import threading
import time
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from startrack.errors import ReaderGoneError, WriteError

__all__ = ["Output", "annotate", "annotation", "install", "line", "log_to_stderr", "say", "show"]

# Controls, format characters (bidirectional overrides, zero-width ones, tags), lone surrogates, line separators.
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
# What an Actions runner takes for a command: `::error::` at the beginning of a line, after blanks too, and the older
# `##[error]` anywhere in it.
_COMMAND = re.compile(r"^(?P<blank>\s*):(?=:)|(?<=#)#(?=\w*\[)")


def line(text: str) -> str:
    r"""Return a text on one line, with what a reader cannot see written out: `\x1b`, `\n`, `\u202e`."""
    if text.isprintable():
        return text
    return "".join(_shown(character) for character in text)


def _shown(character: str) -> str:
    if unicodedata.category(character) not in _HIDDEN:
        return character
    return character.encode("unicode_escape").decode("ascii")


def _without_commands(text: str) -> str:
    r"""Return a line that no Actions runner takes for a command: its first colon or `#` is written `\x3a`, `\x23`."""
    return _COMMAND.sub(lambda found: r"\x23" if found["blank"] is None else rf"{found['blank']}\x3a", text)


def annotation(level: str, title: str, text: str) -> str:
    """Return the command by which an Actions runner shows a text beside the job; `level` is `error` or `warning`."""
    return f"::{level} title={_escaped(line(title), ':,')}::{_escaped(line(text))}"


def _escaped(text: str, more: str = "") -> str:
    # The runner reads these five as %XX, and no others; a colon or comma ends a property.
    return re.sub(f"[%\r\n{more}]", lambda found: f"%{ord(found[0]):02X}", text)


def annotate(level: str, title: str, text: str) -> None:
    """Have an Actions runner show a text beside the job."""
    if isinstance(sys.stderr, Output):
        sys.stderr.command(annotation(level, title, text))


def say(text: str) -> None:
    """Write a text as one line to stderr."""
    sys.stderr.write(f"{line(text)}\n")


def show(text: str) -> None:
    """Write what a command is for to stdout; its lines stay lines. Raises WriteError and ReaderGoneError."""
    sys.stdout.write(f"{text}\n")


class _StderrHandler(logging.Handler):
    """Writes each log record as one line to stderr, through the same escaping as every other message."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record."""
        say(self.format(record))


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
    """A stream in which every line is safe to look at; it writes whole lines, each at once.

    It is never a terminal to those who ask, so that nobody sends colours through it. `lost` is called with the
    error where a line cannot be written: what it raises ends the command.
    """

    def __init__(self, raw: _Raw | None, encoding: str, lost: Callable[[OSError], None]) -> None:
        self._raw, self._encoding, self._lost = raw, encoding, lost
        self._encoder = codecs.getincrementalencoder(encoding)("backslashreplace")
        self._begun = ""
        self._lock = threading.Lock()

    @property
    def encoding(self) -> str:  # type: ignore[override]  # a text stream's is writable; nobody changes ours
        """The encoding; what it does not hold is written out."""
        return self._encoding

    def writable(self) -> bool:
        """Say that this stream is for writing."""
        return True

    def write(self, text: str, /) -> int:
        """Write the lines that a text ends; what follows them waits for its end."""
        if not isinstance(text, str):  # libraries find out by trying whether a stream takes bytes
            raise TypeError(f"a text is written here, not {type(text).__name__}")
        with self._lock:
            *lines, self._begun = f"{self._begun}{text}".split("\n")
            self._send(lines)
        return len(text)

    def finish(self) -> None:
        """Write a last line that was not ended."""
        with self._lock:
            lines, self._begun = [self._begun] if self._begun else [], ""
            self._send(lines)

    def command(self, text: str) -> None:
        """Write a line that an Actions runner is to obey: an `annotation`."""
        with self._lock:
            self._write(f"{text}\n")

    def _send(self, lines: list[str]) -> None:
        if lines:
            self._write("".join(f"{_without_commands(line(each))}\n" for each in lines))

    def _write(self, text: str) -> None:
        data = self._encoder.encode(text)
        try:
            while data:
                data = data[self._write_some(data) :]
        except OSError as error:
            self._lost(error)

    def _write_some(self, data: bytes) -> int:
        if self._raw is None:
            raise OSError("it is closed")
        return self._raw.write(data) or 0


def install() -> None:
    """Put an `Output` in the place of stdout and stderr, for the life of this process.

    What a command is for must arrive: where it does not, WriteError, or ReaderGoneError where the reader of a pipe
    has left. Talk that nobody can hear is no reason to lose a run.
    """
    for number in range(3):
        _occupy(number)
    sys.stdout = Output(_raw(sys.__stdout__), _encoding(sys.__stdout__), _product_lost)
    sys.stderr = Output(_raw(sys.__stderr__), _encoding(sys.__stderr__), lambda _error: None)


def _occupy(number: int) -> None:
    """Open a closed standard stream to nowhere: the next file that is opened, a database say, would take its number."""
    try:
        os.fstat(number)
    except OSError:
        os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)  # noqa: FBT003 - its only form


def _raw(stream: object) -> _Raw | None:
    # Python's own buffer would keep what could not be written, and try again at the very end with a traceback.
    return io.FileIO(stream.fileno(), "w", closefd=False) if isinstance(stream, io.TextIOWrapper) else None


def _encoding(stream: object) -> str:
    return stream.encoding if isinstance(stream, io.TextIOWrapper) else "utf-8"


def _product_lost(error: OSError) -> None:
    if isinstance(error, BrokenPipeError):
        raise ReaderGoneError("nobody reads the output any more") from error
    reason = error.strerror or str(error)
    raise WriteError(f"cannot write to the standard output: {reason}; make room, or send it elsewhere") from error

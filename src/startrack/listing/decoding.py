"""The bytes of a list as text, and a text as lines."""

import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE, BOM_UTF32_BE, BOM_UTF32_LE
from typing import Final

from startrack.errors import SourceError

__all__ = ["decode", "split_lines"]

# The longer marks come first: that of UTF-32 begins with that of UTF-16.
_MARKS: Final = (
    (BOM_UTF8, "utf-8"),
    (BOM_UTF32_LE, "utf-32-le"),
    (BOM_UTF32_BE, "utf-32-be"),
    (BOM_UTF16_LE, "utf-16-le"),
    (BOM_UTF16_BE, "utf-16-be"),
)
_LINE: Final = re.compile(r"[^\r\n]*(?:\r\n?|\n)|[^\r\n]+")


def split_lines(text: str) -> list[str]:
    """Return the lines of a text, each with its end: CR LF, LF or CR alone, as in CommonMark and in editors."""
    return _LINE.findall(text)


def decode(data: bytes, source: str) -> str:
    """Return the text of a list, its lines ended by line feeds, a byte order mark dropped.

    It is UTF-8, or what its byte order mark says. Raises SourceError where the bytes are not such text, or the text
    is empty.
    """
    mark, encoding = next(((mark, name) for mark, name in _MARKS if data.startswith(mark)), (b"", "utf-8"))
    try:
        text = data[len(mark) :].decode(encoding)
    except UnicodeDecodeError as error:
        raise _not_text(data, len(mark) + error.start, source, encoding) from None
    if "\0" in text:
        before = text[: text.index("\0")].encode(encoding)
        raise _not_text(data, len(mark) + len(before), source, encoding)
    text = re.sub(r"\r\n?", "\n", text)
    if not text.strip():
        raise SourceError(f"{source} is empty; expected a list that links to projects on GitHub")
    return text


def _not_text(data: bytes, offset: int, source: str, encoding: str) -> SourceError:
    before = data[:offset].decode(encoding, errors="replace")
    line = len(re.findall(r"\r\n?|\n", before)) + 1
    name = encoding.upper().removesuffix("-LE").removesuffix("-BE")
    return SourceError(
        f"{source} is not {name} text: byte 0x{data[offset]:02x} at offset {offset}, line {line}; "
        "save it as UTF-8, or check that it is the right file"
    )

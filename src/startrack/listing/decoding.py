"""The bytes of a list as text."""

from codecs import BOM_UTF8

from startrack.errors import SourceError

__all__ = ["decode"]


def decode(data: bytes, source: str) -> str:
    """Return the text of a list, its lines ended by line feeds, a byte order mark dropped.

    Raises SourceError where the bytes are not UTF-8 or the text is empty.
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _not_text(data, error.start, source) from None
    if "\0" in text:
        raise _not_text(data, data.index(0), source)
    text = text.removeprefix(BOM_UTF8.decode()).replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        raise SourceError(f"{source} is empty; expected a list that links to projects on GitHub")
    return text


def _not_text(data: bytes, offset: int, source: str) -> SourceError:
    before = data[:offset].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    line = before.count(b"\n") + 1
    return SourceError(
        f"{source} is not UTF-8 text: byte 0x{data[offset]:02x} at offset {offset}, line {line}; "
        "save it as UTF-8, or check that it is the right file"
    )

"""Parses a list: bytes in, a `List` with its entries out."""

import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE, BOM_UTF32_BE, BOM_UTF32_LE
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Final

from startrack.errors import SourceError
from startrack.lists import data_formats, html, markdown
from startrack.lists.document import DocumentBuilder
from startrack.lists.entries import Mentions, OtherHostMention, build_entries, find_mentions
from startrack.lists.sources import LIST_SUFFIXES, file_suffix, own_repository
from startrack.model.lists import Entry, List, OtherHostProjects

__all__ = [
    "decode",
    "detect_suffix",
    "parse",
    "split_lines",
]


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
        "save it as UTF-8, or check that it is the right file",
    )


_Reader = Callable[[str, str], Mentions]


def detect_suffix(source: str, path: str = "", media_type: str = "") -> str:
    """Return by which ending a list is read, `.md` and the like; empty for one that is read as Markdown.

    It is that of the file that was found, of the source, or what the media type stands for, the first of them that
    startrack knows. Raises SourceError for a format that it does not read.
    """
    # What a repository is called says nothing about its README.
    endings = [
        file_suffix(path),
        file_suffix(source) if not path or "://" in source else "",
        _MEDIA_TYPES.get(media_type, ""),
    ]
    ending = next((ending for ending in endings if ending in LIST_SUFFIXES or ending in _NOT_READ), "")
    if ending in _NOT_READ:
        where = source if path in {"", source} else f"{path} of {source}"
        raise SourceError(f"{where} is {_NOT_READ[ending]}, which is not read; startrack reads {_FORMATS}")
    return ending


def parse(data: bytes, *, name: str, source: str, label: str | None = None, ending: str | None = None) -> List:
    """Return the list that these bytes are, by its ending, as `kind` tells it.

    Raises SourceError where the bytes are not text, not of the format, or name no project.
    """
    ending = detect_suffix(source) if ending is None else ending
    text = decode(data, source)
    reading = _READERS.get(ending, _read_markdown)(text, source)
    found = build_entries(reading.mentions, own_repository(source))
    read = List(name, source, found, label, _elsewhere(reading.strangers), tuple(reading.unread))
    if not found:
        sought = f"looked for {_SOUGHT.get(ending, _SOUGHT_LINKS)}"
        numbers = ", ".join(f"{number:,} on {host}" for host, number in read.other_hosts.items())
        raise SourceError(f"{source} names no project on GitHub{f', but {numbers}' if numbers else ''}; {sought}")
    for entry in found:
        _check(entry, source)
    return read


def _check(entry: Entry, source: str) -> None:
    """Raise SourceError where a text of an entry holds half a character, which no file can hold."""
    texts = (entry.title, entry.url, *entry.badges, *(heading for path in entry.sections for heading in path))
    if any("\ud800" <= character <= "\udfff" for text in texts for character in text):
        raise SourceError(
            f"{source}, line {entry.line}: the text of {entry.repo} holds half a character (a lone surrogate); "
            "correct it there",
        )


def _elsewhere(strangers: Iterable[OtherHostMention]) -> tuple[OtherHostProjects, ...]:
    """Return the numbers of projects by host and section; a project counts once, where it is first named."""
    first: dict[tuple[str, str], OtherHostMention] = {}
    for stranger in strangers:
        first.setdefault((stranger.host, stranger.project), stranger)
    numbers = Counter((stranger.host, stranger.section) for stranger in first.values())
    return tuple(OtherHostProjects(host, number, section) for (host, section), number in numbers.items())


def _read_markdown(text: str, source: str) -> Mentions:
    del source  # Every text is Markdown.
    page = markdown.parse(text)
    return find_mentions(page.units, page.section)


def _read_html(text: str, source: str) -> Mentions:
    del source  # Every text is HTML, too.
    page = DocumentBuilder()
    html.parse_block(page, text, 1)
    return find_mentions(page.units, page.section)


def _read_restructured(text: str, source: str) -> Mentions:
    # docutils takes a tenth of a second to import, and few lists are written in reStructuredText.
    from startrack.lists import restructured_text  # noqa: PLC0415

    page, unread = restructured_text.parse(text, source)
    return replace(find_mentions(page.units, page.section), unread=unread)


_READERS: Mapping[str, _Reader] = {
    ".csv": data_formats.parse_csv,
    ".tsv": data_formats.parse_csv,
    ".json": data_formats.parse_json,
    ".yaml": data_formats.parse_yaml,
    ".yml": data_formats.parse_yaml,
    ".txt": data_formats.parse_plain,
    ".html": _read_html,
    ".htm": _read_html,
    ".rst": _read_restructured,
    ".rest": _read_restructured,
}

_MEDIA_TYPES: Mapping[str, str] = {
    "application/json": ".json",
    "application/yaml": ".yaml",
    "text/csv": ".csv",
    "text/html": ".html",
    "text/markdown": ".md",
    "text/prs.fallenstein.rst": ".rst",
    "text/tab-separated-values": ".tsv",
    "text/x-rst": ".rst",
    "text/yaml": ".yaml",
}

_FORMATS = "Markdown, reStructuredText, HTML, CSV, JSON, YAML and plain lists (.txt)"
_NOT_READ: Mapping[str, str] = {
    ".adoc": "AsciiDoc",
    ".asc": "AsciiDoc",
    ".asciidoc": "AsciiDoc",
    ".creole": "Creole",
    ".ipynb": "a notebook",
    ".jsonl": "JSON lines",
    ".mediawiki": "MediaWiki",
    ".ndjson": "JSON lines",
    ".org": "Org",
    ".pod": "Pod",
    ".pod6": "Pod",
    ".rdoc": "RDoc",
    ".tex": "TeX",
    ".textile": "Textile",
    ".toml": "TOML",
    ".wiki": "MediaWiki",
    ".xml": "XML",
}

_SOUGHT_LINKS = "links to github.com/OWNER/NAME"
_SOUGHT_COLUMN = "OWNER/NAME in a column such as github_id or repository, or a GitHub address in one such as url"
_SOUGHT: Mapping[str, str] = {
    **dict.fromkeys((".csv", ".tsv", ".json", ".yaml", ".yml"), _SOUGHT_COLUMN),
    ".txt": "OWNER/NAME or a GitHub address at the start of each line",
}

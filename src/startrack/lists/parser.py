"""Parses the bytes of a list, in any supported format, into a `List` with its entries."""

import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE, BOM_UTF32_BE, BOM_UTF32_LE
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Final

from startrack.errors import SourceError
from startrack.lists import data_formats, html, markdown
from startrack.lists.entries import Mentions, OtherHostMention, build_entries, find_mentions
from startrack.lists.positions import ByteOffsets, with_line_feeds
from startrack.lists.sources import LIST_SUFFIXES, file_suffix, own_repository
from startrack.model.lists import Entry, List, OtherHostProjects

__all__ = [
    "byte_offsets",
    "decode",
    "detect_suffix",
    "is_markdown",
    "parse",
]


# UTF-32 comes before UTF-16, because its byte order mark begins with that of UTF-16.
_BYTE_ORDER_MARKS: Final = (
    (BOM_UTF8, "utf-8"),
    (BOM_UTF32_LE, "utf-32-le"),
    (BOM_UTF32_BE, "utf-32-be"),
    (BOM_UTF16_LE, "utf-16-le"),
    (BOM_UTF16_BE, "utf-16-be"),
)


def decode(data: bytes, source: str) -> str:
    """Return the text of a list with LF line ends and without a byte order mark.

    The encoding is UTF-8, or the one of the byte order mark. Raises SourceError if the bytes do not have this encoding
    or the text is empty.
    """
    mark, encoding = _find_encoding(data)
    try:
        text = data[len(mark) :].decode(encoding)
    except UnicodeDecodeError as error:
        raise _not_text(data, len(mark) + error.start, source, encoding) from None
    if "\0" in text:
        before = text[: text.index("\0")].encode(encoding)
        raise _not_text(data, len(mark) + len(before), source, encoding)
    text = with_line_feeds(text)
    if not text.strip():
        raise SourceError(f"{source} is empty; expected a list with links to projects on GitHub")
    return text


def _find_encoding(data: bytes) -> tuple[bytes, str]:
    """Return the byte order mark of a file, which may be empty, and its encoding."""
    return next(((mark, name) for mark, name in _BYTE_ORDER_MARKS if data.startswith(mark)), (b"", "utf-8"))


def byte_offsets(data: bytes) -> ByteOffsets:
    """Return what leads from positions in the text of a file to its bytes; bytes that are not text are kept apart."""
    mark, encoding = _find_encoding(data)
    return ByteOffsets.of(data[len(mark) :].decode(encoding, "surrogateescape"), encoding, len(mark))


def _not_text(data: bytes, offset: int, source: str, encoding: str) -> SourceError:
    before = data[:offset].decode(encoding, errors="replace")
    line = len(re.findall(r"\r\n?|\n", before)) + 1
    name = encoding.upper().removesuffix("-LE").removesuffix("-BE")
    return SourceError(
        f"{source} is not {name} text: byte 0x{data[offset]:02x} at offset {offset}, line {line}; "
        "save it as UTF-8, or check that this is the right file",
    )


_FormatParser = Callable[[str, str], Mentions]


def detect_suffix(source: str, path: str = "", media_type: str = "") -> str:
    """Return the file suffix that decides the format of a list, such as `.md`; empty if unknown, which means Markdown.

    The suffix of the file at `path` comes first, then that of the source, then the media type. The first one that
    startrack knows is returned. Raises SourceError for a format that startrack does not support.
    """
    # The name of a repository says nothing about the format of its README.
    suffixes = [
        file_suffix(path),
        file_suffix(source) if not path or "://" in source else "",
        _MEDIA_TYPES.get(media_type, ""),
    ]
    suffix = next((suffix for suffix in suffixes if suffix in LIST_SUFFIXES or suffix in _UNSUPPORTED), "")
    if suffix in _UNSUPPORTED:
        where = source if path in {"", source} else f"{path} of {source}"
        raise SourceError(f"{where} is {_UNSUPPORTED[suffix]}, which is not supported; use {_SUPPORTED}")
    return suffix


def is_markdown(suffix: str) -> bool:
    """Return whether lists with a suffix are read as Markdown: those for which there is no other format."""
    return suffix not in _PARSERS


def parse(
    data: bytes,
    *,
    name: str,
    source: str,
    label: str | None = None,
    suffix: str | None = None,
    find_ignored: Callable[[str], frozenset[int]] = lambda _text: frozenset(),
) -> List:
    """Return the list in `data`; `suffix` decides its format, by default that of the source (see `detect_suffix`).

    `find_ignored` returns the 0-based numbers of the lines in a text that are not part of the list.
    Raises SourceError if the bytes are not text, are not valid in the format, or name no project.
    """
    suffix = detect_suffix(source) if suffix is None else suffix
    text = decode(data, source)
    mentions = _mentions(text, find_ignored(text), suffix, source)
    entries = build_entries(mentions.repositories, own_repository(source), byte_offsets(data).span)
    parsed = List(name, source, entries, label, _count_other_hosts(mentions.other_hosts), tuple(mentions.unread))
    if not entries:
        raise _no_projects(parsed, suffix)
    for entry in entries:
        _check_characters(entry, source)
    return parsed


def _mentions(text: str, ignored: frozenset[int], suffix: str, source: str) -> Mentions:
    """Return what the text of a list mentions outside of the lines to ignore."""
    if suffix in _PARSERS:
        return _PARSERS[suffix](_blank_lines(text, ignored), source)
    document = markdown.parse(text, ignored)
    mentions = find_mentions(document.blocks, document.section_path)
    # A block may be inside HTML, which is parsed as a whole.
    listed = [mention for mention in mentions.repositories if mention.line - 1 not in ignored]
    return replace(mentions, repositories=listed)


def _no_projects(parsed: List, suffix: str) -> SourceError:
    counts = ", ".join(f"{count:,} on {host}" for host, count in parsed.other_hosts.items())
    return SourceError(
        f"{parsed.source} names no project on GitHub{f', but {counts}' if counts else ''}; "
        f"expected {_EXPECTED.get(suffix, _EXPECTED_LINKS)}",
    )


def _check_characters(entry: Entry, source: str) -> None:
    """Raise SourceError if a text of an entry has a lone surrogate, which cannot be written to a file."""
    texts = (entry.title, entry.url, *entry.badges, *(heading for path in entry.sections for heading in path))
    if any("\ud800" <= character <= "\udfff" for text in texts for character in text):
        raise SourceError(
            f"{source}, line {entry.line}: the text of {entry.repo} has an incomplete character (a lone surrogate); "
            "correct this line",
        )


def _count_other_hosts(mentions: Iterable[OtherHostMention]) -> tuple[OtherHostProjects, ...]:
    """Return the number of projects by host and section; a project counts once, at its first mention."""
    first_mentions: dict[tuple[str, str], OtherHostMention] = {}
    for mention in mentions:
        first_mentions.setdefault((mention.host, mention.project), mention)
    counts = Counter((mention.host, mention.section) for mention in first_mentions.values())
    return tuple(OtherHostProjects(host, count, section) for (host, section), count in counts.items())


def _blank_lines(text: str, numbers: frozenset[int]) -> str:
    """Return the text with spaces in these lines, so that the others keep their numbers and positions."""
    if not numbers:
        return text
    return "\n".join(" " * len(line) if number in numbers else line for number, line in enumerate(text.split("\n")))


def _parse_html(text: str, source: str) -> Mentions:
    del source  # Every text is accepted as HTML.
    document = html.parse(text)
    return find_mentions(document.blocks, document.section_path)


def _parse_restructured_text(text: str, source: str) -> Mentions:
    # Imported here because docutils takes a tenth of a second to import, and few lists are in reStructuredText.
    from startrack.lists import restructured_text  # noqa: PLC0415

    document, unread = restructured_text.parse(text, source)
    return replace(find_mentions(document.blocks, document.section_path), unread=unread)


_PARSERS: Mapping[str, _FormatParser] = {
    ".csv": data_formats.parse_csv,
    ".tsv": data_formats.parse_csv,
    ".json": data_formats.parse_json,
    ".yaml": data_formats.parse_yaml,
    ".yml": data_formats.parse_yaml,
    ".txt": data_formats.parse_plain,
    ".html": _parse_html,
    ".htm": _parse_html,
    ".rst": _parse_restructured_text,
    ".rest": _parse_restructured_text,
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

_SUPPORTED = "Markdown, reStructuredText, HTML, CSV, JSON, YAML or a plain list (.txt)"
_UNSUPPORTED: Mapping[str, str] = {
    ".adoc": "AsciiDoc",
    ".asc": "AsciiDoc",
    ".asciidoc": "AsciiDoc",
    ".creole": "Creole",
    ".ipynb": "a Jupyter notebook",
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

_EXPECTED_LINKS = "links to github.com/OWNER/NAME"
_EXPECTED_COLUMN = "OWNER/NAME in a column such as github_id or repository, or a GitHub URL in one such as url"
_EXPECTED: Mapping[str, str] = {
    **dict.fromkeys((".csv", ".tsv", ".json", ".yaml", ".yml"), _EXPECTED_COLUMN),
    ".txt": "OWNER/NAME or a GitHub URL at the start of each line",
}

"""Lists read as their maintainers wrote them: bytes in, `List` out; nothing here reads or writes."""

from startrack.listing.code import code_lines
from startrack.listing.decoding import decode, split_lines
from startrack.listing.reading import kind, parse
from startrack.listing.selection import in_section, select
from startrack.listing.sources import (
    FileSource,
    GitHubSource,
    Source,
    UrlSource,
    default_name,
    locate,
)

__all__ = [
    "FileSource",
    "GitHubSource",
    "Source",
    "UrlSource",
    "code_lines",
    "decode",
    "default_name",
    "in_section",
    "kind",
    "locate",
    "parse",
    "select",
    "split_lines",
]

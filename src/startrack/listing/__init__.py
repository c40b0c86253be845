"""Lists read as their maintainers wrote them: bytes in, `List` out; nothing here reads or writes."""

from startrack.listing.code import code_lines
from startrack.listing.reading import parse
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
    "default_name",
    "in_section",
    "locate",
    "parse",
    "select",
]

"""From the bytes of a list to its entries."""

from collections.abc import Callable, Mapping

from startrack.errors import SourceError
from startrack.listing import markdown, tabular
from startrack.listing.decoding import decode
from startrack.listing.entries import entries
from startrack.listing.mentions import Mention, mentions
from startrack.listing.sources import own_repository, suffix
from startrack.models import List

__all__ = ["parse"]

_Reader = Callable[[str, str], list[Mention]]


def parse(data: bytes, *, name: str, source: str, label: str | None = None) -> List:
    """Return the list that these bytes are, by the way its source ends; what is not known is read as Markdown.

    Raises SourceError where the bytes are not text, not of the format, or name no project.
    """
    text = decode(data, source)
    ending = suffix(source)
    reader = _READERS.get(ending, _read_markdown)
    found = entries(reader(text, source), own_repository(source))
    if not found:
        raise SourceError(f"{source} names no project on GitHub; looked for {_SOUGHT.get(ending, _SOUGHT_LINKS)}")
    return List(name, source, found, label)


def _read_markdown(text: str, source: str) -> list[Mention]:
    del source  # Every text is Markdown.
    page = markdown.read(text)
    return mentions(page.units, page.section)


_READERS: Mapping[str, _Reader] = {
    ".csv": tabular.read_csv,
    ".tsv": tabular.read_csv,
    ".json": tabular.read_json,
    ".yaml": tabular.read_yaml,
    ".yml": tabular.read_yaml,
    ".txt": tabular.read_plain,
}

_SOUGHT_LINKS = "links to github.com/OWNER/NAME"
_SOUGHT_COLUMN = "OWNER/NAME in a column such as github_id or repository, or a GitHub address in one such as url"
_SOUGHT: Mapping[str, str] = {
    **dict.fromkeys((".csv", ".tsv", ".json", ".yaml", ".yml"), _SOUGHT_COLUMN),
    ".txt": "OWNER/NAME or a GitHub address at the start of each line",
}

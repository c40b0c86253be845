"""Lists that are data: CSV, JSON, YAML, and a plain list with one repository a line."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from startrack.errors import SourceError
from startrack.listing import trees
from startrack.listing.mentions import Mention
from startrack.listing.repositories import BARE, Address, address, full_name, page
from startrack.listing.trees import Cell, Row

__all__ = ["read_csv", "read_json", "read_plain", "read_yaml"]

# Columns that may hold the repository, best first; the second lot counts only where it holds a GitHub address.
_REPOSITORY = ("github_id", "repository", "repo", "full_name", "fullname", "namewithowner", "name_with_owner", "github")
_ADDRESS = ("github_url", "repo_url", "repository_url", "html_url", "url", "link", "href", "source", "homepage")
_TITLE = ("name", "title", "project")
_SECTION = ("section", "category", "group")


def read_plain(text: str, source: str) -> list[Mention]:
    """Return the repository that each line of a plain list begins with; `#` begins a comment."""
    del source  # A plain list has no way to be wrong.
    lines = ((number, line.strip(" \t-*+")) for number, line in enumerate(text.split("\n"), start=1))
    rows = (Row({"": Cell(_first(line), number)}) for number, line in lines if line and line[0] != "#")
    return _mentions(rows)


def read_csv(text: str, source: str) -> list[Mention]:
    """Return the repository of each row; the first row may name the columns."""
    try:
        return _mentions(_csv_rows(text))
    except csv.Error as error:
        raise SourceError(f"{source} cannot be read as CSV: {error}") from None


def read_json(text: str, source: str) -> list[Mention]:
    """Return the repository of each object or string of a JSON list, wherever in the file it stands."""
    return _mentions(_projects(list(trees.json_rows(text, source))))


def read_yaml(text: str, source: str) -> list[Mention]:
    """Return the repository of each mapping or string of a YAML list; a best-of `projects.yaml` is one."""
    return _mentions(_projects(list(trees.yaml_rows(text, source))))


# ── Rows ─────────────────────────────────────────────────────────────────────────────────────────────────


def _first(line: str) -> str:
    """Return the first word of a line, or the address in it."""
    word = line.split(maxsplit=1)[0].rstrip(",;")
    if full_name(word) or address(word):
        return word
    found = BARE.search(line)
    return found[0] if found else ""


def _csv_rows(text: str) -> Iterator[Row]:
    first = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text), delimiter=max(",;\t", key=first.count))
    names: Sequence[str] | None = None
    line = 1
    for cells in reader:
        if names is None:
            names = _columns(cells)
        fields = zip(names, cells, strict=False)
        yield Row({name: Cell(cell, line) for name, cell in fields})
        line = reader.line_num + 1


def _columns(cells: Sequence[str]) -> Sequence[str]:
    """Return the names of the columns: the cells, if one is such a name, else numbers but for the first."""
    names = [cell.strip().lower() for cell in cells]
    if set(names) & {*_REPOSITORY, *_ADDRESS}:
        return names
    return ["", *(str(number) for number in range(2, len(cells) + 1))]


def _projects(rows: Sequence[Row]) -> Iterable[Row]:
    """Return the rows under `projects` where there are some, else all; categories under their titles."""
    projects = [row for row in rows if row.under == "projects"]
    titles = {_text(row, ("category",)): _text(row, ("title",)) for row in rows if row.under == "categories"}
    for row in projects or rows:
        category = row.fields.get("category")
        title = titles.get(category.text) if category else None
        yield Row({**row.fields, "category": Cell(title, category.line)}, row.under) if category and title else row


def _mentions(rows: Iterable[Row]) -> list[Mention]:
    found = []
    for row in rows:
        named = _repository(row)
        if named:
            found.append(_mention(row, *named))
    return sorted(found, key=lambda mention: mention.line)


def _mention(row: Row, found: Address, line: int) -> Mention:
    section = _text(row, _SECTION)
    return Mention(found, _text(row, _TITLE) or found.name, (section,) if section else (), line)


def _repository(row: Row) -> tuple[Address, int] | None:
    """Return the repository of a row and its line: from the best column that holds one."""
    named = [row.fields[key] for key in (*_REPOSITORY, "") if key in row.fields]
    linked = [row.fields[key] for key in _ADDRESS if key in row.fields]
    for cell in (*named, *linked, *row.fields.values()):
        repo = full_name(cell.text) if cell in named else None
        found = page(repo) if repo else address(cell.text)
        if found:
            return found, cell.line
    return None


def _text(row: Row, keys: Iterable[str]) -> str:
    texts = (" ".join(row.fields[key].text.split()) for key in keys if key in row.fields)
    return next(filter(None, texts), "")

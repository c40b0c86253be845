"""Questions to ask of the database and of the files beside the pages: the texts that the tests run."""

from typing import Final

from startrack.render.page_contexts import Query
from startrack.store import statements

__all__ = ["FILES", "STORE", "queries"]

# By the names of their files.
STORE: Final = ("gained", "unseen")
FILES: Final = ("momentum", "months", "unknown")


def queries(names: tuple[str, ...]) -> tuple[Query, ...]:
    """Return the texts of some questions."""
    return tuple(Query(name, statements.text(f"examples/{name}").rstrip()) for name in names)

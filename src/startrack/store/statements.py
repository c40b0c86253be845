"""The SQL of startrack: one file a statement, read from the package."""

from functools import cache
from importlib.resources import files

__all__ = ["migrations", "text"]


@cache
def text(name: str) -> str:
    """Return the statement kept as `sql/NAME.sql`, for instance `trends/window`."""
    return (files("startrack") / "sql" / f"{name}.sql").read_text(encoding="utf-8")


def migrations() -> list[tuple[int, str]]:
    """Return (number, name) of every schema change, in order."""
    folder = files("startrack") / "sql" / "schema"
    names = sorted(path.name.removesuffix(".sql") for path in folder.iterdir() if path.name.endswith(".sql"))
    return [(int(name.split("_")[0]), f"schema/{name}") for name in names]

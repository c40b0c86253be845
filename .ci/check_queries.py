"""Validate every query against a GraphQL schema: `check_queries.py SCHEMA`."""

import sys
from pathlib import Path

from graphql import build_schema, parse, validate

from startrack.github import queries


def main() -> None:
    """Print the errors of each query, and exit with 1 if there are any."""
    schema = build_schema(Path(sys.argv[1]).read_text(encoding="utf-8"), assume_valid=True)
    texts = {
        "light": queries.light_query(["o/a", "o/b"])[0],
        "details": queries.details_query(["a"])[0],
        "details with releases": queries.details_query(["a"], with_releases=True)[0],
        "commits": queries.commits_query(["a"])[0],
        "viewer": queries.VIEWER,
    }
    errors_by_query = {name: validate(schema, parse(text)) for name, text in texts.items()}
    for name, errors in errors_by_query.items():
        sys.stdout.write(f"{name}: {'valid' if not errors else '; '.join(error.message for error in errors)}\n")
    sys.exit(any(errors_by_query.values()))


if __name__ == "__main__":
    main()

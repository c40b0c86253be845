"""Validate every query against a GraphQL schema: `check_queries.py SCHEMA`."""

import sys
from pathlib import Path

from graphql import build_schema, parse, validate

from startrack.github import queries


def main() -> None:
    """Print what is wrong with each query, and fail where anything is."""
    schema = build_schema(Path(sys.argv[1]).read_text(encoding="utf-8"), assume_valid=True)
    texts = {
        "light": queries.light_query(["o/a", "o/b"])[0],
        "details": queries.details_query(["a"])[0],
        "commits": queries.commits_query(["a"])[0],
    }
    wrong = {name: validate(schema, parse(text)) for name, text in texts.items()}
    for name, errors in wrong.items():
        sys.stdout.write(f"{name}: {'valid' if not errors else '; '.join(error.message for error in errors)}\n")
    sys.exit(any(wrong.values()))


if __name__ == "__main__":
    main()

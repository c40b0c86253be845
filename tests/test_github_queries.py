"""Queries and what is read from their answers."""

from datetime import date, datetime
from importlib.resources import files
from typing import Any

import pytest
from graphql import build_schema, parse, validate
from hypothesis import given
from hypothesis import strategies as st

from startrack.github import fields, queries

SCHEMA = build_schema((files("startrack.demo") / "schema.graphql").read_text(encoding="utf-8"))
NODE: dict[str, Any] = {
    "id": "R_1",
    "databaseId": 7,
    "nameWithOwner": "o/n",
    "url": "https://github.com/o/n",
    "description": " two\nlines\t\x1b[31m ",
    "createdAt": "2024-01-01T02:00:00+02:00",
    "stargazerCount": 5,
    "forkCount": 2,
    "isArchived": True,
    "archivedAt": "2025-01-01T00:00:00Z",
    "isFork": False,
    "isDisabled": False,
    "isLocked": False,
    "isMirror": False,
    "primaryLanguage": {"name": "Python"},
    "licenseInfo": {"spdxId": "MIT"},
    "defaultBranchRef": {"name": "main", "target": {"oid": "abc", "committedDate": "2025-06-26T23:30:00-02:00"}},
}


@pytest.mark.parametrize(
    "text",
    [
        queries.light_query([f"o/{n}" for n in range(50)])[0],
        queries.details_query(["a"])[0],
        queries.commits_query(["a"])[0],
    ],
)
def test_queries_are_valid(text: str) -> None:
    """Against the types and fields of GitHub's published schema."""
    assert validate(SCHEMA, parse(text)) == []


@given(st.lists(st.text(min_size=1), min_size=1, max_size=5))
def test_names_never_become_part_of_a_query(names: list[str]) -> None:
    """The text of a query depends only on the number of names."""
    text, variables = queries.light_query(names)
    assert text == queries.light_query(["o/n"] * len(names))[0]
    assert len(variables) == 2 * len(names)


def test_a_light_answer_is_parsed() -> None:
    """Instants become naive UTC, and texts one line without control characters."""
    found = queries.parse_light(NODE)
    repository = found.repository
    assert (found.stars, found.forks, repository.repo_id, repository.name) == (5, 2, 7, "o/n")
    assert (repository.created_at, repository.head_committed_on) == (datetime(2024, 1, 1), date(2025, 6, 27))
    assert (repository.description, repository.license, repository.is_archived) == ("two lines [31m", "MIT", True)


def test_optional_fields_may_be_null() -> None:
    """An empty repository without language, licence and description."""
    nulls = dict.fromkeys(["description", "archivedAt", "primaryLanguage", "licenseInfo", "defaultBranchRef"])
    repository = queries.parse_light(NODE | nulls).repository
    assert (repository.head_oid, repository.default_branch, repository.language) == (None, None, None)


@pytest.mark.parametrize("field", ["databaseId", "nameWithOwner", "stargazerCount", "defaultBranchRef"])
def test_a_missing_field_is_an_error(field: str) -> None:
    """A light answer without one of its fields is refused."""
    with pytest.raises((KeyError, TypeError)):
        queries.parse_light({key: value for key, value in NODE.items() if key != field})


@pytest.mark.parametrize(
    ("parent", "expected"),
    [
        (None, (None, None)),
        ({"databaseId": 9, "nameWithOwner": "o/up"}, ("o/up", 9)),
        ({"databaseId": None, "nameWithOwner": "o/up"}, ("o/up", None)),
    ],
)
def test_the_parent_of_a_fork_is_parsed(
    parent: dict[str, object] | None, expected: tuple[str | None, int | None]
) -> None:
    """None where GitHub shows none; its number may be unknown."""
    node: dict[str, object] = {kind: {"totalCount": 1} for kind in ("issues", "pullRequests", "watchers")}
    node |= {"latestRelease": None, "repositoryTopics": {"nodes": []}, "parent": parent}
    details = queries.parse_details(node)
    assert (details.parent, details.parent_id) == expected


@given(st.text())
def test_text_is_one_line(text: str) -> None:
    """No control characters, line breaks, or spaces at the ends; an empty text is None."""
    found = fields.clean_text(text)
    assert found is None or (found == found.strip() and len(found.splitlines()) == 1 and found)

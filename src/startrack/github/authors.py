"""Who has written something on GitHub, and whether that was the user or app of this token."""

from startrack.errors import GitHubError
from startrack.github import fields, queries
from startrack.github.client import Client
from startrack.github.responses import NOT_UNDERSTOOD

__all__ = ["is_author", "of_token", "parse"]


def of_token(client: Client) -> str:
    """Return the login under which this token writes, such as `github-actions[bot]` for the token of a job.

    GraphQL tells it to every token; REST refuses the token of an app. Raises GitHubError if GitHub does not tell, and
    what `Client.graphql` raises.
    """
    answer = client.graphql(queries.VIEWER, {}, may_repeat=True)
    try:
        return queries.parse_viewer(answer.data["viewer"])
    except NOT_UNDERSTOOD as error:
        raise GitHubError("GitHub does not say whose token this is; try again later, or use another token") from error


def parse(user: object) -> str:
    """Return the login of the user in a response, empty for a deleted account. Raises one of NOT_UNDERSTOOD."""
    account = fields.parse_object(user) or {}
    return str(account.get("login", ""))


def is_author(author: str, login: str) -> bool:
    """Return whether two logins are of one account: GitHub ignores their case."""
    return author.lower() == login.lower()

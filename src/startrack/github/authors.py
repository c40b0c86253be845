"""Who has written something on GitHub, and whether that was this token's user."""

from dataclasses import dataclass

from startrack.github import fields
from startrack.github.client import Client
from startrack.github.rest_replies import understood

__all__ = ["Author", "of_token", "parse"]

_OK, _FORBIDDEN = 200, 403
_ACTIONS = "github-actions[bot]"


@dataclass(frozen=True, slots=True)
class Author:
    """The account of an author; its login is empty where the account is deleted."""

    login: str
    is_bot: bool

    def has_login(self, login: str | None) -> bool:
        """Return whether the author has a login; `None` stands for any app."""
        return self.is_bot if login is None else self.login.lower() == login.lower()


def of_token(client: Client) -> tuple[str | None, ...]:
    """Return the logins by which this token may have written, the likeliest first; `None` stands for any app.

    A token of a user has one. The token of a job, and that of any other app, may not ask who it belongs to. Raises
    GitHubError for a response that cannot be used, and what `Client.get` raises.
    """
    reply = client.get("/user")
    if reply.status == _FORBIDDEN:
        return _ACTIONS, None
    return (understood(reply, _OK, lambda user: str(user["login"]), "the token's user"),)


def parse(user: object) -> Author:
    """Return the author that a response names. Raises one of NOT_UNDERSTOOD if it has another form."""
    account = fields.parse_object(user) or {}
    return Author(str(account.get("login", "")), account.get("type") == "Bot")

"""GitHub as the configuration and the environment name it, with the tokens they hold."""

import os
from importlib.metadata import version
from typing import TYPE_CHECKING

from startrack.commands.arguments import MAX_WAIT

if TYPE_CHECKING:
    from startrack.config import Config
    from startrack.github.client import Client

__all__ = ["client"]


def client(config: "Config", max_wait: float = MAX_WAIT) -> "Client":
    """Return a connection that waits so many minutes at most. Raises TokenError for a token that cannot be one."""
    from startrack.github import app, tokens
    from startrack.github.client import Client, Endpoints

    default = Endpoints()
    several = os.environ.get("STARTRACK_TOKENS", "").split(",")
    own = os.environ.get("GITHUB_TOKEN") or os.environ.get("GH_TOKEN")
    return Client(
        Endpoints(
            config.github.api_url or os.environ.get("GITHUB_API_URL") or default.api,
            config.github.graphql_url or os.environ.get("GITHUB_GRAPHQL_URL") or default.graphql,
        ),
        tokens.of([*several, own], config.github.reserve, app.of(os.environ)),
        version=version("startrack"),
        max_wait=60.0 * max_wait,
    )

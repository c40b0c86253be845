"""GitHub as the configuration and the environment name it, with the tokens they hold."""

import os
from importlib.metadata import version
from typing import TYPE_CHECKING

from startrack.cli.options import MAX_WAIT

if TYPE_CHECKING:
    from startrack.config import Config
    from startrack.github.client import Client

__all__ = [
    "create",
]


def create(config: "Config", max_wait: float = MAX_WAIT) -> "Client":
    """Return a connection that waits so many minutes at most.

    Raises TokenError for a token that cannot be one, and ConfigError for addresses and variables that cannot be used.
    """
    from startrack.github import app_auth, tokens
    from startrack.github.client import Client, Endpoints, check_environment

    check_environment(os.environ)
    several = os.environ.get("STARTRACK_TOKENS", "").split(",")
    own = os.environ.get("GITHUB_TOKEN", "").strip() or os.environ.get("GH_TOKEN")
    # The two addresses are of one server: those of the environment do not complete the configuration's.
    configured = config.github.api_url, config.github.graphql_url
    environment = os.environ.get("GITHUB_API_URL"), os.environ.get("GITHUB_GRAPHQL_URL")
    return Client(
        Endpoints.from_addresses(*(configured if any(configured) else environment)),
        tokens.create([*several, own], config.github.reserve, app_auth.from_environment(os.environ)),
        version=version("startrack"),
        max_wait=60.0 * max_wait,
    )

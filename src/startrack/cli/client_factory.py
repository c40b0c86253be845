"""Creates the GitHub client from the configuration and the environment."""

import os
import time
from importlib.metadata import version
from typing import TYPE_CHECKING

from startrack.cli.options import MAX_WAIT

if TYPE_CHECKING:
    from startrack.config import Config
    from startrack.github.client import Client
    from startrack.stopping import Stop

__all__ = [
    "create",
]


def create(config: "Config", max_wait: float = MAX_WAIT, stop: "Stop | None" = None) -> "Client":
    """Return a client that waits at most `max_wait` minutes in total, and not once `stop` is requested.

    Raises TokenError for a malformed token, ConfigError for invalid URLs and environment variables.
    """
    from startrack.github import app_auth, tokens
    from startrack.github.client import Client, Endpoints, check_environment

    check_environment(os.environ)
    extra_tokens = os.environ.get("STARTRACK_TOKENS", "").split(",")
    main_token = os.environ.get("GITHUB_TOKEN", "").strip() or os.environ.get("GH_TOKEN")
    # Both URLs belong to one server, so a configured one is not combined with one from the environment.
    configured = config.github.api_url, config.github.graphql_url
    environment = os.environ.get("GITHUB_API_URL"), os.environ.get("GITHUB_GRAPHQL_URL")
    return Client(
        Endpoints.from_urls(*(configured if any(configured) else environment)),
        tokens.create([*extra_tokens, main_token], config.github.reserve, app_auth.from_environment(os.environ)),
        version=version("startrack"),
        max_wait=60.0 * max_wait,
        sleep=stop.pause if stop else time.sleep,
        stop=stop,
    )

"""A GitHub App as the holder of a token: it signs who it is, and GitHub gives it one for an hour.

A JSON Web Token signed with the App's key (RS256, at most ten minutes long) is traded at `POST
/app/installations/{id}/access_tokens` for a token of the installation, which has 5,000 points and calls an hour of
its own, and more in large organisations.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC

from startrack.errors import ConfigError, TokenError
from startrack.github import fields

__all__ = [
    "App",
    "is_token",
    "of",
]


_CREATED = 201
# GitHub wants it issued a minute ago, for clocks that run ahead, and to end within ten minutes.
_AGO, _VALID = 60, 540
_ID = re.compile(r"[A-Za-z0-9.]{1,64}")


@dataclass(frozen=True, slots=True)
class App:
    """An App by its id (or client id), its private key in PEM, and the number of its installation."""

    id: str
    key: str = field(repr=False)
    installation: str

    def __post_init__(self) -> None:
        """Check what goes into an address. Raises ConfigError."""
        is_number = self.installation.isascii() and self.installation.isdecimal()
        if not _ID.fullmatch(self.id) or not self.key or not is_number:
            raise ConfigError(
                "a GitHub App is given by STARTRACK_APP_ID, STARTRACK_APP_KEY (its private key, PEM) and "
                "STARTRACK_APP_INSTALLATION (a number); one of them is missing or is none",
            )

    def __str__(self) -> str:
        """Return how the App's token is named."""
        return f"of the GitHub App {self.id}"

    @property
    def path(self) -> str:
        """Where the token is asked for, below the root of the REST interface."""
        return f"/app/installations/{self.installation}/access_tokens"

    def assertion(self, now: float) -> str:
        """Return the signed word of who asks; `now` is in seconds since 1970. Raises ConfigError and TokenError."""
        try:
            import jwt  # noqa: PLC0415 - an extra, and slow to import
        except ModuleNotFoundError as error:
            raise ConfigError("a GitHub App needs PyJWT; install startrack with its extra `app`") from error
        try:
            return jwt.encode({"iat": int(now) - _AGO, "exp": int(now) + _VALID, "iss": self.id}, self.key, "RS256")
        except (ValueError, TypeError, jwt.PyJWTError):  # whose text may hold parts of the key
            raise TokenError("STARTRACK_APP_KEY is no private key in PEM; set it to the App's key file") from None

    def granted(self, status: int, body: str) -> tuple[str, float]:
        """Return the token in an answer, and when it expires by GitHub's clock. Raises TokenError."""
        try:
            found = fields.parse(body) if status == _CREATED else {}
            token, expires = found["token"], fields.instant(found["expires_at"])
            if expires is None or not is_token(token):
                raise ValueError("no header may hold it")
            return token, expires.replace(tzinfo=UTC).timestamp()
        except (AttributeError, KeyError, TypeError, ValueError):
            raise TokenError(
                f"GitHub gives the App {self.id} no token ({status}); check STARTRACK_APP_KEY, "
                "STARTRACK_APP_INSTALLATION and that the App is still installed",
            ) from None


def is_token(text: str) -> bool:
    """Say whether a header may hold a text as a token: visible ASCII, of any length.

    What a token is made of is GitHub's business: since 2026 some have more than 520 characters, with dots and dashes.
    """
    return bool(text) and text.isascii() and text.isprintable() and " " not in text


def of(environment: Mapping[str, str]) -> App | None:
    r"""Return the App that STARTRACK_APP_ID, _KEY and _INSTALLATION tell of, `None` where there is none of them.

    The key may be written on one line, with `\n` between its lines. Raises ConfigError where one of them is missing.
    """
    values = [environment.get(f"STARTRACK_APP_{name}", "").strip() for name in ("ID", "KEY", "INSTALLATION")]
    if not any(values):
        return None
    app_id, key, installation = values
    return App(app_id, key.replace("\\n", "\n"), installation)

"""Authentication as a GitHub App, which gives a token that is valid for an hour.

A JSON Web Token signed with the App's key (RS256, valid for at most ten minutes) is exchanged at `POST
/app/installations/{id}/access_tokens` for a token of the installation. That token has its own 5,000 points and calls
an hour, more in large organisations.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC

from startrack.errors import ConfigError, TokenError
from startrack.github import fields

__all__ = [
    "App",
    "from_environment",
    "is_token",
]


_CREATED = 201
# GitHub recommends to date it a minute back, for clocks that run ahead; it must expire within ten minutes.
_ISSUED_BEFORE, _VALID_FOR = 60, 540
_ID = re.compile(r"[A-Za-z0-9.]{1,64}")


@dataclass(frozen=True, slots=True)
class App:
    """A GitHub App: its id (or client id), its private key in PEM, and the number of its installation."""

    id: str
    key: str = field(repr=False)
    installation: str

    def __post_init__(self) -> None:
        """Check the values; the installation becomes part of a URL. Raises ConfigError."""
        is_number = self.installation.isascii() and self.installation.isdecimal()
        if not _ID.fullmatch(self.id) or not self.key or not is_number:
            raise ConfigError(
                "the GitHub App is incomplete or invalid; set STARTRACK_APP_ID, STARTRACK_APP_KEY (its private key, "
                "PEM) and STARTRACK_APP_INSTALLATION (a number)",
            )

    def __str__(self) -> str:
        """Return how messages name the App's token."""
        return f"of the GitHub App {self.id}"

    @property
    def path(self) -> str:
        """The path at which a token is requested, relative to the root of the REST API."""
        return f"/app/installations/{self.installation}/access_tokens"

    def sign_assertion(self, now: float) -> str:
        """Return the signed JSON Web Token; `now` is in seconds since 1970. Raises ConfigError and TokenError."""
        try:
            import jwt  # noqa: PLC0415 - an extra, and slow to import
        except ModuleNotFoundError as error:
            raise ConfigError("a GitHub App requires PyJWT; install it with: pip install startrack[app]") from error
        claims = {"iat": int(now) - _ISSUED_BEFORE, "exp": int(now) + _VALID_FOR, "iss": self.id}
        try:
            return jwt.encode(claims, self.key, "RS256")
        except (ValueError, TypeError, jwt.PyJWTError):  # whose text may hold parts of the key
            raise TokenError(
                "STARTRACK_APP_KEY is not a private key in PEM; set it to the content of the App's key file",
            ) from None

    def parse_token(self, status: int, body: str) -> tuple[str, float]:
        """Return the token in a response and its expiry in seconds since 1970, by GitHub's clock. Raises TokenError."""
        try:
            answer = fields.parse_json(body) if status == _CREATED else {}
            token, expires_at = answer["token"], fields.parse_instant(answer["expires_at"])
            if expires_at is None or not is_token(token):
                raise ValueError("not a token that a header can hold")
            return token, expires_at.replace(tzinfo=UTC).timestamp()
        except (AttributeError, KeyError, TypeError, ValueError):
            raise TokenError(
                f"GitHub did not give the App {self.id} a token (status {status}); check STARTRACK_APP_KEY, "
                "STARTRACK_APP_INSTALLATION and that the App is still installed",
            ) from None


def is_token(text: str) -> bool:
    """Say whether an HTTP header can hold a text as a token: visible ASCII of any length.

    GitHub's format changes: since 2026 some tokens have more than 520 characters, with dots and dashes.
    """
    return bool(text) and text.isascii() and text.isprintable() and " " not in text


def from_environment(environment: Mapping[str, str]) -> App | None:
    r"""Return the App given by STARTRACK_APP_ID, _KEY and _INSTALLATION, `None` if all of them are missing.

    The key may be written on one line, with `\n` between its lines. Raises ConfigError if only some are set.
    """
    values = [environment.get(f"STARTRACK_APP_{name}", "").strip() for name in ("ID", "KEY", "INSTALLATION")]
    if not any(values):
        return None
    app_id, key, installation = values
    return App(app_id, key.replace("\\n", "\n"), installation)

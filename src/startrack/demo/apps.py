"""GitHub Apps that may ask for a token, as far as counting needs them."""

import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from startrack.demo.budgets import Budgets
from startrack.demo.clock import Clock, unix
from startrack.demo.faults import bad_credentials
from startrack.demo.wire import JSON, Answer, Asked, as_json, instant_text

__all__ = ["APP_LIMIT", "Apps"]

APP_LIMIT: Final = 5_000
"""The requests and points an hour of an installation's token."""

_LIFE = timedelta(hours=1)
_LONGEST = 600
_PATH = re.compile(r"/app/installations/(?P<number>\d+)/access_tokens")


@dataclass(slots=True)
class Apps:
    """Who is installed: the id and the public key (PEM) behind each number, and how many tokens were given."""

    clock: Clock
    budgets: Budgets
    installed: dict[str, tuple[str, str]] = field(default_factory=dict)
    given: int = 0

    def answer(self, asked: Asked) -> Answer | None:
        """Return the answer to a request for a token, `None` for any other request."""
        found = _PATH.fullmatch(asked.path)
        if found is None or asked.method != "POST":
            return None
        known = self.installed.get(found["number"])
        if known is None or not self._is_signed(asked.token or "", *known):
            return Answer(401, bad_credentials().body.encode(), {"content-type": JSON})
        return self._grant(found["number"])

    def _is_signed(self, assertion: str, app_id: str, key: str) -> bool:
        import jwt  # noqa: PLC0415 - an extra of its own

        try:
            said = jwt.decode(
                assertion,
                key,
                algorithms=["RS256"],
                issuer=app_id,
                options={"verify_exp": False, "verify_iat": False},  # by the demo's clock, not by this machine's
            )
        except jwt.PyJWTError:
            return False
        now = unix(self.clock.now())
        return bool(said["iat"] <= now < said["exp"] <= said["iat"] + _LONGEST)

    def _grant(self, number: str) -> Answer:
        self.given += 1
        token = f"ghs_demo{number}n{self.given:04}"
        now = self.clock.now()
        self.budgets.admit(token, APP_LIMIT, until=now + _LIFE)
        return as_json(201, {"token": token, "expires_at": instant_text(now + _LIFE)})

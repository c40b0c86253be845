"""What passes over the wire as values: a request, an answer, and what a GraphQL request asks for."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from types import MappingProxyType

__all__ = [
    "JSON",
    "Operation",
    "Request",
    "Response",
    "format_instant",
    "json_response",
]


JSON = "application/json; charset=utf-8"

_NUMBER = re.compile(r"/repositories/([0-9]{1,19})(?:/|$)")
_NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Operation:
    """What a GraphQL request asks: the aliases with the OWNER/NAME behind each, and the work they make.

    `totals` counts the commit totals asked for, `details` the repositories with any other connection, and
    `paged` the connections whose rows are asked for.
    """

    repos: tuple[tuple[str, str], ...] = ()
    totals: int = 0
    details: int = 0
    paged: int = 0

    @property
    def aliases(self) -> int:
        """The number of repositories asked for."""
        return len(self.repos)


@dataclass(frozen=True)
class Request:
    """A request; `path` is without the prefix of an Enterprise server, header names are lower case.

    `base` is the address under which the asker reaches the REST API, `holder` the name of a repository that is asked
    for by its number.
    """

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    address: str = ""
    base: str = ""
    holder: str = ""

    @property
    def is_graphql(self) -> bool:
        """Whether the request goes to GraphQL."""
        return self.path == "/graphql"

    @cached_property
    def token(self) -> str | None:
        """The token that was sent, if any."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token.strip() if scheme.lower() in {"bearer", "token"} else None

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The OWNER/NAME that a REST request asks for."""
        parts = self.path.split("/")
        if self.number is not None:
            return (self.holder,) if self.holder else ()
        return (f"{parts[2]}/{parts[3]}",) if parts[1] == "repos" and parts[3:] else ()

    @property
    def number(self) -> int | None:
        """The number of the repository in the path of a REST request that asks by it."""
        found = _NUMBER.match(self.path)
        return int(found[1]) if found else None


@dataclass(frozen=True, slots=True)
class Response:
    """A response as it goes out."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


def json_response(status: int, value: object, headers: Mapping[str, str] = _NOTHING) -> Response:
    """Return an answer with a JSON body."""
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    return Response(status, body, {"content-type": JSON, **headers})


def format_instant(instant: datetime | None) -> str | None:
    """Return an instant as GitHub writes it: to the second, with a Z."""
    return f"{instant:%Y-%m-%dT%H:%M:%S}Z" if instant else None

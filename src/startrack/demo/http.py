"""HTTP requests and responses as values, and the repositories that a GraphQL request asks for."""

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

_ID_PATH = re.compile(r"/repositories/([0-9]{1,19})(?:/|$)")
_NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Operation:
    """What a GraphQL request asks for.

    `repos` are its aliases, each with the OWNER/NAME asked for. `totals` is the number of commit totals, `details` the
    number of repositories with any other connection, and `paged` the number of connections whose rows are asked for.
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
    """A request. `path` lacks the prefix of an Enterprise server, and header names are in lower case.

    `base` is the URL by which the client reaches the REST API. `repository_name` is the name of a repository that is
    requested by its id.
    """

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    address: str = ""
    base: str = ""
    repository_name: str = ""

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
        """The OWNER/NAME that a REST request asks for, as a tuple of at most one."""
        parts = self.path.split("/")
        if self.repository_id is not None:
            return (self.repository_name,) if self.repository_name else ()
        return (f"{parts[2]}/{parts[3]}",) if parts[1] == "repos" and parts[3:] else ()

    @property
    def repository_id(self) -> int | None:
        """The repository id in the path of a REST request, if there is one."""
        match = _ID_PATH.match(self.path)
        return int(match[1]) if match else None


@dataclass(frozen=True, slots=True)
class Response:
    """A response."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


def json_response(status: int, value: object, headers: Mapping[str, str] = _NOTHING) -> Response:
    """Return a response with a JSON body."""
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    return Response(status, body, {"content-type": JSON, **headers})


def format_instant(instant: datetime | None) -> str | None:
    """Return an instant in GitHub's format, to the second and with a Z."""
    return f"{instant:%Y-%m-%dT%H:%M:%S}Z" if instant else None

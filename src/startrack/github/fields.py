"""Parses the numbers and texts in GitHub's responses and checks their bounds; nothing else gets past this module.

Every parser raises ValueError for a value that is not what GitHub documents. The store keeps counts in 32 bits and
repository ids in 64, so a larger value would break each later load of its file. Descriptive text is cut and cleaned
instead: a long description must not cost a count.
"""

import base64
import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any, NoReturn
from urllib.parse import parse_qs, urlsplit

__all__ = [
    "LARGEST_COUNT",
    "clean_text",
    "parse_bool",
    "parse_commit_day",
    "parse_commit_id",
    "parse_count",
    "parse_etag",
    "parse_instant",
    "parse_json",
    "parse_last_page",
    "parse_line",
    "parse_node_id",
    "parse_object",
    "parse_parent",
    "parse_readme",
    "parse_repository_id",
    "parse_repository_name",
    "parse_topics",
    "parse_web_url",
]


LARGEST_COUNT = 2**31 - 1
_LARGEST_ID = 2**63 - 1
_FIRST_INSTANT, _END_OF_INSTANTS = datetime(1970, 1, 1), datetime(2100, 1, 1)

# GitHub's own texts are far shorter; it allows 20 topics of at most 50 characters. Python's csv module reads cells of
# at most 131,072 characters.
_MAX_TEXT_LENGTH = 20_000
_MAX_TOPIC_LENGTH, _MAX_TOPICS = 50, 20

# Old accounts and managed ones have names that GitHub does not allow any more, such as `-x-` and `x_y`.
_NAME = re.compile(r"[A-Za-z0-9_-]{1,100}/(?!\.{1,2}\Z)[A-Za-z0-9._-]{1,100}")
_NODE_ID = re.compile(r"[A-Za-z0-9_=+/-]{1,255}")
_COMMIT_ID = re.compile(r"[0-9a-f]{1,64}")
_ETAG = re.compile(r'(?:W/)?"[!#-~]{0,200}"')
_PAGE = re.compile(r"[0-9]{1,10}")
_MAX_ADDRESS_LENGTH = 2_000

# Joiners and direction marks are not printable, but some scripts need them.
_JOINERS = frozenset("\u200c\u200d\u200e\u200f")


def parse_json(text: str) -> Any:  # noqa: ANN401 - JSON
    """Return the value of a JSON text. Raises ValueError if it is not JSON or nested too deeply."""
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except RecursionError as error:
        raise ValueError("the response is nested too deeply") from error


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def parse_object(value: object) -> Mapping[str, Any] | None:
    """Return a JSON object, `None` for null; 0 or an empty list in its place is an error."""
    if value is not None and not isinstance(value, dict):
        raise ValueError(f"{_shorten(value)} is not an object")
    return value


def parse_count(value: object, maximum: int = LARGEST_COUNT, minimum: int = 0) -> int:
    """Return a whole number from `minimum` to `maximum`."""
    if type(value) is not int or not minimum <= value <= maximum:
        raise ValueError(f"{_shorten(value)} is not a count")
    return value


def parse_repository_id(value: object) -> int:
    """Return the id of a repository."""
    return parse_count(value, _LARGEST_ID, minimum=1)


def parse_bool(value: object) -> bool:
    """Return true or false."""
    if type(value) is not bool:
        raise ValueError(f"{_shorten(value)} is neither true nor false")
    return value


def parse_last_page(link: str) -> int:
    """Return the number of the last page in a `Link` header; 1 if the header is empty."""
    if not link:
        return 1
    for part in link.split(","):
        url, _, relation = part.partition(">")
        if 'rel="last"' in relation:
            (page,) = parse_qs(urlsplit(url.strip().removeprefix("<")).query).get("page", [""])
            return parse_count(int(page) if _PAGE.fullmatch(page) else page, minimum=1)
    raise ValueError("the Link header has no last page")


def parse_instant(value: object) -> datetime | None:
    """Return an instant as naive UTC, `None` for null."""
    if value is None:
        return None
    instant = _parse_instant(value)
    if instant is None:
        raise ValueError(f"{_shorten(value)} is not between 1970 and 2099")
    return instant


def parse_commit_day(value: object) -> date | None:
    """Return the UTC day of a commit, `None` for null and for a day outside 1970 to 2099.

    The author's clock sets it, so it may be anything; that does not make the rest of the response invalid.
    """
    instant = _parse_instant(value) if value is not None else None
    return instant.date() if instant is not None else None


def _parse_instant(value: object) -> datetime | None:
    """Return an instant as naive UTC, `None` for one outside the bounds."""
    if not isinstance(value, str):
        raise ValueError(f"{_shorten(value)} is not an instant")  # noqa: TRY004 - parsers raise only ValueError
    instant = datetime.fromisoformat(value)
    try:
        instant = (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).astimezone(UTC).replace(tzinfo=None)
    except OverflowError:  # in UTC its year is not from 1 to 9999
        return None
    return instant if _FIRST_INSTANT <= instant < _END_OF_INSTANTS else None


def parse_repository_name(value: object) -> str:
    """Return OWNER/NAME."""
    return _match(_NAME, value, "repository name")


def parse_parent(value: object, name_field: str, id_field: str) -> tuple[str | None, int | None]:
    """Return OWNER/NAME and the id of the repository that a fork was made from; both are `None` for null."""
    parent = parse_object(value)
    if parent is None:
        return None, None
    repo_id = parent[id_field]
    return parse_repository_name(parent[name_field]), None if repo_id is None else parse_repository_id(repo_id)


def parse_node_id(value: object) -> str:
    """Return the GraphQL id of a repository."""
    return _match(_NODE_ID, value, "node id")


def parse_commit_id(value: object) -> str:
    """Return the id of a commit."""
    return _match(_COMMIT_ID, value, "commit id")


def _match(pattern: re.Pattern[str], value: object, kind: str) -> str:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise ValueError(f"{_shorten(value)} is not a {kind}")
    return value


def parse_web_url(value: object) -> str:
    """Return the URL of a web page."""
    if not isinstance(value, str) or len(value) > _MAX_ADDRESS_LENGTH or " " in value or not value.isprintable():
        raise ValueError(f"{_shorten(value)} is not a URL")
    if not value.startswith(("https://", "http://")):
        raise ValueError(f"{_shorten(value)} is not a valid URL")
    return value


def parse_line(value: object) -> str | None:
    """Return a descriptive text on one line, cut and cleaned; `None` if it is null or nothing remains."""
    if value is not None and not isinstance(value, str):
        raise ValueError(f"{_shorten(value)} is not a string")
    return clean_text(value)


def parse_readme(text: str) -> tuple[str, bytes | None]:
    """Return the path and content of the file in a JSON response; GitHub leaves out the content of large files."""
    answer = parse_json(text)
    path, content = answer["path"], answer["content"]
    if not isinstance(path, str) or not 0 < len(path) <= _MAX_ADDRESS_LENGTH or not path.isprintable():
        raise ValueError(f"{_shorten(path)} is not a path")
    if not isinstance(content, str):
        raise ValueError(f"{_shorten(content)} is not a content")  # noqa: TRY004 - parsers raise only ValueError
    return path, base64.b64decode(content) if answer["encoding"] == "base64" else None


def parse_topics(values: Iterable[object]) -> tuple[str, ...]:
    """Return topics; those beyond GitHub's own limits are left out."""
    texts = [topic for value in values if (topic := parse_line(value)) and len(topic) <= _MAX_TOPIC_LENGTH]
    return tuple(texts[:_MAX_TOPICS])


def clean_text(text: str | None) -> str | None:
    """Return a text on one line, cut and without control characters; `None` if nothing remains."""
    if text is None:
        return None
    # A lone surrogate is not printable, so it is removed too.
    cut = text[: 2 * _MAX_TEXT_LENGTH]
    flat = " ".join("".join(c if c.isprintable() or c in _JOINERS else " " for c in cut).split())
    return flat[:_MAX_TEXT_LENGTH].rstrip() or None


def parse_etag(header: str | None) -> str | None:
    """Return an ETag that can be sent back, `None` if there is none or it is malformed."""
    return header if header is not None and _ETAG.fullmatch(header) else None


def _shorten(value: object) -> str:
    """Return a value for an error message. A number of thousands of digits cannot even be converted to text."""
    return repr(value)[:40] if isinstance(value, str | float | bool | None) else f"a {type(value).__name__}"

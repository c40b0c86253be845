"""Reads the figures and texts of GitHub's answers, each within bounds; no other value gets further than here.

Every reader raises ValueError for a value that is not what GitHub promises. The store keeps counts in 32 bits and
numbers of repositories in 64, so whatever is larger would break each later load of its file. Text that only describes
is cut and cleaned instead: a long description costs no count.
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
    "commit_day",
    "entity_tag",
    "flag",
    "instant",
    "last_page",
    "line",
    "node_id",
    "object_id",
    "parse",
    "plain_text",
    "readme",
    "record",
    "repository_id",
    "repository_name",
    "topics",
    "web_address",
    "whole",
]


LARGEST_COUNT = 2**31 - 1
_LARGEST_ID = 2**63 - 1
_FIRST_INSTANT, _END_OF_INSTANTS = datetime(1970, 1, 1), datetime(2100, 1, 1)

# GitHub's own texts are far shorter, and its topics have at most 50 characters, 20 of them. A cell of a file may have
# 131,072 at most.
_LONGEST_TEXT = 20_000
_LONGEST_TOPIC, _MOST_TOPICS = 50, 20

# Old accounts, and those that a company manages, have names that nobody may choose today: `-x-` and `x_y`.
_NAME = re.compile(r"[A-Za-z0-9_-]{1,100}/(?!\.{1,2}\Z)[A-Za-z0-9._-]{1,100}")
_NODE_ID = re.compile(r"[A-Za-z0-9_=+/-]{1,255}")
_OBJECT_ID = re.compile(r"[0-9a-f]{1,64}")
_ENTITY_TAG = re.compile(r'(?:W/)?"[!#-~]{0,200}"')
_PAGE = re.compile(r"[0-9]{1,10}")
_LONGEST_ADDRESS = 2_000


def parse(text: str) -> Any:  # noqa: ANN401 - JSON
    """Return what a JSON text holds. Raises ValueError where it is none, or nested beyond reason."""
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except RecursionError as error:
        raise ValueError("the answer is nested too deeply") from error


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def record(value: object) -> Mapping[str, Any] | None:
    """Return an object as it is, `None` where there is none; 0 or an empty list in its place is not none."""
    if value is not None and not isinstance(value, dict):
        raise ValueError(f"{_short(value)} is no object")
    return value


# ── Figures ──────────────────────────────────────────────────────────────────────────────────────────────


def whole(value: object, most: int = LARGEST_COUNT, least: int = 0) -> int:
    """Return a whole number from `least` to `most` as it is."""
    if type(value) is not int or not least <= value <= most:
        raise ValueError(f"{_short(value)} is no count")
    return value


def repository_id(value: object) -> int:
    """Return the number of a repository as it is."""
    return whole(value, _LARGEST_ID, least=1)


def flag(value: object) -> bool:
    """Return true or false as it is."""
    if type(value) is not bool:
        raise ValueError(f"{_short(value)} is neither true nor false")
    return value


def last_page(link: str) -> int:
    """Return the number of the page that a `Link` header calls last; without such a header there is one page."""
    if not link:
        return 1
    for part in link.split(","):
        address, _, relation = part.partition(">")
        if 'rel="last"' in relation:
            (page,) = parse_qs(urlsplit(address.strip().removeprefix("<")).query).get("page", [""])
            return whole(int(page) if _PAGE.fullmatch(page) else page, least=1)
    raise ValueError("no page is called the last")


# ── Instants ─────────────────────────────────────────────────────────────────────────────────────────────


def instant(value: object) -> datetime | None:
    """Return an instant as naive UTC, `None` where there is none."""
    if value is None:
        return None
    read = _instant(value)
    if read is None:
        raise ValueError(f"{_short(value)} lies outside the years of GitHub")
    return read


def commit_day(value: object) -> date | None:
    """Return the UTC day of a commit; `None` also for one outside 1970 to 2099.

    Its author's clock tells it, so it may lie anywhere, and says nothing against the rest of the answer.
    """
    read = _instant(value) if value is not None else None
    return read.date() if read is not None else None


def _instant(value: object) -> datetime | None:
    """Return an instant as naive UTC, `None` for one outside the bounds."""
    if not isinstance(value, str):
        raise ValueError(f"{_short(value)} is no instant")  # noqa: TRY004 - readers raise ValueError alone
    read = datetime.fromisoformat(value)
    try:
        read = (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(UTC).replace(tzinfo=None)
    except OverflowError:  # in UTC it is not a year from 1 to 9999
        return None
    return read if _FIRST_INSTANT <= read < _END_OF_INSTANTS else None


# ── Texts ────────────────────────────────────────────────────────────────────────────────────────────────


def repository_name(value: object) -> str:
    """Return OWNER/NAME as it is."""
    return _matching(_NAME, value, "repository's name")


def node_id(value: object) -> str:
    """Return GraphQL's id of a repository as it is."""
    return _matching(_NODE_ID, value, "node id")


def object_id(value: object) -> str:
    """Return the id of a commit as it is."""
    return _matching(_OBJECT_ID, value, "commit id")


def _matching(pattern: re.Pattern[str], value: object, kind: str) -> str:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise ValueError(f"{_short(value)} is no {kind}")
    return value


def web_address(value: object) -> str:
    """Return an address of a web page as it is."""
    if not isinstance(value, str) or len(value) > _LONGEST_ADDRESS or " " in value or not value.isprintable():
        raise ValueError(f"{_short(value)} is no address")
    if not value.startswith(("https://", "http://")):
        raise ValueError(f"{_short(value)} is no address of a web page")
    return value


def line(value: object) -> str | None:
    """Return a text that describes on one line, cut and cleaned; `None` where nothing is left."""
    if value is not None and not isinstance(value, str):
        raise ValueError(f"{_short(value)} is no text")
    return plain_text(value)


def readme(text: str) -> tuple[str, bytes | None]:
    """Return the path and the bytes of the file that an answer describes; GitHub leaves out those of large files."""
    answer = parse(text)
    path, content = answer["path"], answer["content"]
    if not isinstance(path, str) or not 0 < len(path) <= _LONGEST_ADDRESS or not path.isprintable():
        raise ValueError(f"{_short(path)} is no path")
    if not isinstance(content, str):
        raise ValueError(f"{_short(content)} is no content")  # noqa: TRY004 - readers raise ValueError alone
    return path, base64.b64decode(content) if answer["encoding"] == "base64" else None


def topics(values: Iterable[object]) -> tuple[str, ...]:
    """Return topics, those beyond GitHub's own limits left out."""
    texts = [topic for value in values if (topic := line(value)) and len(topic) <= _LONGEST_TOPIC]
    return tuple(texts[:_MOST_TOPICS])


def plain_text(text: str | None) -> str | None:
    """Return other people's text on one line, without control characters; `None` where nothing is left."""
    if text is None:
        return None
    # Half a pair of surrogates is no character, so it is not printable either.
    kept = text[: 2 * _LONGEST_TEXT]
    flat = " ".join("".join(c if c.isprintable() or c in _DIRECTIONS else " " for c in kept).split())
    return flat[:_LONGEST_TEXT].rstrip() or None


# Joiners and direction marks are no printable characters, but scripts need them.
_DIRECTIONS = frozenset("\u200c\u200d\u200e\u200f")


def entity_tag(header: str | None) -> str | None:
    """Return an ETag that can be sent back, `None` where there is none such."""
    return header if header is not None and _ENTITY_TAG.fullmatch(header) else None


def _short(value: object) -> str:
    """Return a value for an error of ours; a number of thousands of digits cannot even be shown."""
    return repr(value)[:40] if isinstance(value, str | float | bool | None) else f"a {type(value).__name__}"

"""Which addresses name a project on another host than GitHub. Such projects are not counted, but reported."""

import re
from typing import Final
from urllib.parse import unquote

__all__ = ["IN_TEXT", "other_host"]

# Hosts whose project pages are OWNER/NAME, groups in between on some. Another GitLab is known by its name alone.
_HOSTS: Final = (
    r"(?:www\.)?(?:bitbucket\.org|codeberg\.org|framagit\.org|gitcode\.com|gitea\.com|gitee\.com|gitlab\.com"
    r"|invent\.kde\.org|notabug\.org|salsa\.debian\.org|sourceforge\.net|tangled\.(?:org|sh))"
    r"|(?:git\.|hg\.)?sr\.ht|gitlab(?:\.[a-z0-9-]{1,63}){2,4}"
)
_SCHEME: Final = r"(?:https?:)?//"
_ADDRESS: Final = re.compile(rf"[\s<\[(]*+{_SCHEME}({_HOSTS})(?::\d{{1,5}})?/([^?#]*)", re.IGNORECASE)

# An address in running text; it ends as one of a repository on GitHub does.
IN_TEXT: Final = re.compile(
    rf"(?<![A-Za-z0-9_@/=%])https?://(?:{_HOSTS})/(?:(?!https?://)[A-Za-z0-9_.~%+@/-])+", re.IGNORECASE
)

_PART: Final = re.compile(r"[~@]?[A-Za-z0-9_][A-Za-z0-9_.+-]{0,99}")
# First parts that these hosts keep for their own pages.
_RESERVED: Final = frozenset({
    "-", "account", "admin", "api", "blog", "dashboard", "docs", "explore", "groups", "help", "jwt", "oauth", "org",
    "search", "snippets", "support", "topics", "user", "users",
})  # fmt: skip
# Parts behind which the pages of a project begin.
_PAGES: Final = frozenset({
    "-", "activity", "blob", "branches", "commit", "commits", "files", "issues", "log", "merge_requests", "pulls",
    "raw", "releases", "src", "tags", "tree", "wiki", "wikis",
})  # fmt: skip


def other_host(url: str) -> tuple[str, str] | None:
    """Return the host and the path of the project that a link goes to, or to a page of; `None` for any other link."""
    found = _ADDRESS.match(url)
    if not found:
        return None
    parts = [part for part in unquote(found[2]).strip().split("/") if part]
    end = next((place for place, part in enumerate(parts) if place > 1 and part.lower() in _PAGES), len(parts))
    if end < 2 or parts[0].lower() in _RESERVED or not all(map(_PART.fullmatch, parts[:2])):  # noqa: PLR2004 - two names
        return None
    return found[1].lower().removeprefix("www."), "/".join(parts[:end]).lower().removesuffix(".git")

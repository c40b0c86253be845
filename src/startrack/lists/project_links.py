"""Decides which addresses name a GitHub repository, a star badge, or a project on another host."""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qs, unquote

__all__ = [
    "GITHUB_URL_IN_TEXT",
    "OTHER_HOST_URL_IN_TEXT",
    "Badge",
    "RepositoryLink",
    "parse_badge",
    "parse_full_name",
    "parse_other_host_link",
    "parse_repository_link",
    "repository_page",
]


# First parts of a path that GitHub keeps for its own pages or for nobody (`username`, `ghost`): no account bears them.
# Gathered from github.com's pages and compared with the npm package github-reserved-names 2.2.0 (November 2026). Words
# of that package that no page is known for are left out: a project lost here is lost without a word, while a page that
# is taken for a project is shown as not found.
_RESERVED = frozenset({
    "about", "account", "advisories", "anonymous", "apps", "billing", "blog", "business", "businesses", "careers",
    "case-studies", "certification", "changelog", "codespaces", "collections", "contact", "copilot",
    "customer-stories", "customers", "dashboard", "dashboard-feed", "discussions", "edu", "education", "enterprise",
    "enterprises", "events", "explore", "features", "feed", "ghost", "gist", "gists", "git-guides",
    "github-copilot", "help", "home", "images", "integrations", "invalid-email-address", "issues", "jobs", "join",
    "languages", "learn", "legal", "login", "logos", "logout", "marketplace", "mcp", "mobile", "models", "new",
    "newsletter", "newsroom", "none", "nonprofit", "nonprofits", "notifications", "oauth", "open-source",
    "organizations", "orgs", "partners", "payments", "personal", "plans", "premium-support", "press", "pricing",
    "professional", "projects", "pulls", "readme", "repos", "resources", "search", "security", "services",
    "sessions", "settings", "showcases", "signin", "signup", "site", "site-policy", "sitemap", "social-impact",
    "solutions", "sponsors", "staff", "stars", "static", "status", "stories", "styleguide", "support", "suspended",
    "team", "teams", "terms", "topics", "tos", "tour", "training", "trending", "undefined", "user-attachments",
    "username", "users", "watching", "why-github", "works-with",
})  # fmt: skip

# GitHub's rule today is single hyphens between letters and digits. Older accounts begin or end with a hyphen, double it
# or have underscores; managed users of a company are NAME_COMPANY.
_OWNER = re.compile(r"(?=[_-]*[A-Za-z0-9])[A-Za-z0-9_-]{1,39}")
_NAME = re.compile(r"[A-Za-z0-9._-]{1,100}(?![A-Za-z0-9._-])")
_HOST = r"(?:www\.)?github\.com(?::\d{1,5}(?=/))?"
_GITHUB = re.compile(
    rf"[\s<\[(]*+(?:(?:git\+)?(?:https?|git|ssh)://|//)?(?:[\w.-]{{1,100}}@)?{_HOST}[/:]([^?#]*)(\?[^#]*)?(#.*)?",
    re.IGNORECASE | re.DOTALL,
)
_WRITTEN = re.compile(rf"https?://{_HOST}/", re.IGNORECASE)

# An address in running text. What comes before must not make it the tail of another address. Owner and name end at the
# first character that they cannot hold, as in texts without spaces between words; what follows them in the address is
# ASCII and goes on to the next address at most.
_PART = r"[A-Za-z0-9_.~%-]+"
_TAIL = r"(?:(?!https?://)[A-Za-z0-9_.~%!$&*+,;=:@/?#-])*"
GITHUB_URL_IN_TEXT = re.compile(
    r"(?:(?<![A-Za-z0-9_@/=%])https?://(?:www\.)?|(?<![A-Za-z0-9_.@/:=%-])(?:www\.)?)"
    rf"github\.com/+{_PART}(?:/+{_PART}(?:[/?#]{_TAIL})?)?",
    re.IGNORECASE,
)

_IMAGE = re.compile(r"\.(?:png|jpe?g|gif|svg|webp|bmp|ico)\Z", re.IGNORECASE)
_WORKFLOW_BADGE = re.compile(r"(?:actions/)?workflows/.+/badge\.svg")

_ADDRESS = re.compile(r"\s*(?:https?:)?//([^/?#\s]+)/([^?#]*)(?:\?([^#]*))?", re.IGNORECASE)
_BADGE_HOSTS = frozenset({"img.shields.io", "shields.io", "raster.shields.io", "badgen.net", "flat.badgen.net"})
_BUTTON_HOSTS = frozenset({"ghbtns.com", "githubbadges.com", "www.githubbadges.com"})

# How many words more than one a shields.io path spends on its metric, before OWNER/NAME.
_LONG_METRICS = {
    "actions": 2, "commit-activity": 1, "go-mod": 1, "hacktoberfest": 1, "languages": 1, "manifest-json": 1,
    "milestones": 1, "package-json": 1, "status": 2, "v": 1, "workflow": 1,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class RepositoryLink:
    """A repository as an address names it: OWNER/NAME as spelled, the path below it, and the address.

    `url` is the address as written where that is an absolute http(s) one, else the page it means.
    """

    repo: str
    below: str
    url: str
    fragment: bool = False

    @property
    def name(self) -> str:
        """NAME alone."""
        return self.repo.partition("/")[2]


@dataclass(frozen=True, slots=True)
class Badge:
    """The repository that a badge image speaks of, and whether it shows its stars."""

    repo: str
    stars: bool
    url: str

    @property
    def address(self) -> RepositoryLink:
        """The repository's own page."""
        return repository_page(self.repo)


def repository_page(repo: str) -> RepositoryLink:
    """Return the address of a repository's own page."""
    return RepositoryLink(repo, "", f"https://github.com/{repo}")


def parse_full_name(text: str) -> str | None:
    """Return OWNER/NAME where `text` is one by GitHub's rules, else `None`."""
    owner, slash, name = text.strip().partition("/")
    return _joined(owner, name) if slash and _NAME.fullmatch(name) else None


def parse_repository_link(url: str) -> RepositoryLink | None:
    """Return the repository that a link goes to, or to a page of; `None` for any other link.

    Links to a raw image are none: they show a picture, they do not point at a project. Brackets before the
    address, as in `[name]([https://github.com/o/n)`, are slips that real lists have.
    """
    found = _GITHUB.match(url)
    if not found:
        return None
    path, query, fragment = found.groups(default="")
    owner, _, tail = unquote(path).strip().strip("/").partition("/")
    name, _, below = tail.partition("/")
    repo = _joined(owner, name)
    if repo is None or _is_raw_image(below, query):
        return None
    return RepositoryLink(repo, below, _written(url, repo, below), fragment=bool(fragment))


def parse_badge(url: str) -> Badge | None:
    """Return what a badge image shows; `None` where it shows no repository that can be told from its address."""
    return _workflow_badge(url) or _drawn_badge(url)


def _joined(owner: str, name: str) -> str | None:
    owner_found, name_found = _OWNER.fullmatch(owner), _NAME.match(name)
    if not owner_found or not name_found or owner.lower() in _RESERVED:
        return None
    bare = re.sub(r"\.git\Z", "", name_found[0].rstrip("."), flags=re.IGNORECASE)
    return f"{owner}/{bare}" if bare.strip(".") else None


def _is_raw_image(below: str, query: str) -> bool:
    raw = below.startswith("raw/") or "raw=" in query
    return raw and bool(_IMAGE.search(below))


def _written(url: str, repo: str, below: str) -> str:
    url = url.lstrip(" \t\n<[(").rstrip(" \t\n>")
    if _WRITTEN.match(url):
        return url
    return "/".join(part for part in ("https://github.com", repo, below) if part)


def _workflow_badge(url: str) -> Badge | None:
    found = parse_repository_link(url)
    if found and _WORKFLOW_BADGE.fullmatch(found.below):
        return Badge(found.repo, stars=False, url=url)
    return None


def _drawn_badge(url: str) -> Badge | None:
    found = _ADDRESS.match(url)
    if not found:
        return None
    host, path, query = found[1].lower(), unquote(found[2]), found[3] or ""
    if host in _BADGE_HOSTS:
        return _path_badge(path, url)
    return _button(path, query, url) if host in _BUTTON_HOSTS else None


def _path_badge(path: str, url: str) -> Badge | None:
    kind, _, tail = path.strip("/").partition("/")
    metric, *words = tail.split("/", 6)
    owner_and_name = words[_LONG_METRICS.get(metric, 0) :][:2]
    if kind != "github" or len(owner_and_name) < 2:  # noqa: PLR2004 - owner and name
        return None
    owner, name = owner_and_name
    repo = _joined(owner, _IMAGE.sub("", name))
    return Badge(repo, stars=metric == "stars", url=url) if repo else None


def _button(path: str, query: str, url: str) -> Badge | None:
    asked = {key: values[0] for key, values in parse_qs(query, max_num_fields=20).items()}
    repo = _joined(asked.get("user", ""), asked.get("repo", ""))
    stars = path == "star.svg" or asked.get("type") in {"star", "watch"}
    return Badge(repo, stars=stars, url=url) if repo else None


# Hosts whose project pages are OWNER/NAME, groups in between on some. Another GitLab is known by its name alone.
_HOSTS: Final = (
    r"(?:www\.)?(?:bitbucket\.org|codeberg\.org|framagit\.org|gitcode\.com|gitea\.com|gitee\.com|gitlab\.com"
    r"|invent\.kde\.org|notabug\.org|salsa\.debian\.org|sourceforge\.net|tangled\.(?:org|sh))"
    r"|(?:git\.|hg\.)?sr\.ht|gitlab(?:\.[a-z0-9-]{1,63}){2,4}"
)
_SCHEME: Final = r"(?:https?:)?//"
_OTHER_HOST_ADDRESS: Final = re.compile(rf"[\s<\[(]*+{_SCHEME}({_HOSTS})(?::\d{{1,5}})?/([^?#]*)", re.IGNORECASE)

# An address in running text; it ends as one of a repository on GitHub does.
OTHER_HOST_URL_IN_TEXT: Final = re.compile(
    rf"(?<![A-Za-z0-9_@/=%])https?://(?:{_HOSTS})/(?:(?!https?://)[A-Za-z0-9_.~%+@/-])+",
    re.IGNORECASE,
)

_OTHER_HOST_PART: Final = re.compile(r"[~@]?[A-Za-z0-9_][A-Za-z0-9_.+-]{0,99}")
# First parts that these hosts keep for their own pages.
_OTHER_HOST_RESERVED: Final = frozenset({
    "-", "account", "admin", "api", "blog", "dashboard", "docs", "explore", "groups", "help", "jwt", "oauth", "org",
    "search", "snippets", "support", "topics", "user", "users",
})  # fmt: skip
# Parts behind which the pages of a project begin.
_PAGES: Final = frozenset({
    "-", "activity", "blob", "branches", "commit", "commits", "files", "issues", "log", "merge_requests", "pulls",
    "raw", "releases", "src", "tags", "tree", "wiki", "wikis",
})  # fmt: skip


def parse_other_host_link(url: str) -> tuple[str, str] | None:
    """Return the host and the path of the project that a link goes to, or to a page of; `None` for any other link."""
    found = _OTHER_HOST_ADDRESS.match(url)
    if not found:
        return None
    parts = [part for part in unquote(found[2]).strip().split("/") if part]
    end = next((place for place, part in enumerate(parts) if place > 1 and part.lower() in _PAGES), len(parts))
    if end < 2 or parts[0].lower() in _OTHER_HOST_RESERVED or not all(map(_OTHER_HOST_PART.fullmatch, parts[:2])):  # noqa: PLR2004 - two names
        return None
    return found[1].lower().removeprefix("www."), "/".join(parts[:end]).lower().removesuffix(".git")

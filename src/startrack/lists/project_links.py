"""Decides what a single link names: a GitHub repository, a badge of one, or a project on another host.

`entries.py` applies these rules to a whole document and leaves out links to the list's own administration pages.
"""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qs, unquote

__all__ = [
    "GITHUB_URL_IN_TEXT",
    "OTHER_HOST_URL_IN_TEXT",
    "Badge",
    "RepositoryLink",
    "is_star_chart_page",
    "parse_badge",
    "parse_full_name",
    "parse_other_host_link",
    "parse_repository_link",
    "parse_star_chart",
    "repository_page",
]


# First path segments that GitHub reserves, so no account has them: its own pages, and placeholders such as `ghost`.
# Collected from github.com and compared with the npm package github-reserved-names 2.2.0 (November 2026). Words of that
# package without a known page are left out: a reserved word drops a project silently, while a page that is mistaken
# for a project is reported as not found.
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

# GitHub now allows only single hyphens between letters and digits. Older accounts begin or end with a hyphen, have two
# in a row, or have underscores; managed users of a company are called NAME_COMPANY.
_OWNER = re.compile(r"(?=[_-]*[A-Za-z0-9])[A-Za-z0-9_-]{1,39}")
_NAME = re.compile(r"[A-Za-z0-9._-]{1,100}(?![A-Za-z0-9._-])")
_HOST = r"(?:www\.)?github\.com(?::\d{1,5}(?=/))?"
_GITHUB_URL = re.compile(
    rf"[\s<\[(]*+(?:(?:git\+)?(?:https?|git|ssh)://|//)?(?:[\w.-]{{1,100}}@)?{_HOST}[/:]([^?#]*)(\?[^#]*)?(#.*)?",
    re.IGNORECASE | re.DOTALL,
)
_ABSOLUTE_GITHUB_URL = re.compile(rf"https?://{_HOST}/", re.IGNORECASE)

# A URL in running text. The text before it must not make it the end of another URL. Owner and name end at the first
# character that they cannot contain, because some scripts put no spaces between words. The rest of the URL is ASCII and
# ends at the latest where the next URL begins. Brackets belong to it in pairs, as in `wiki/Name_(meaning)`.
_PART = r"[A-Za-z0-9_.~%-]+"
_TAIL_CHARACTER = r"(?!https?://)[A-Za-z0-9_.~%!$&*+,;=:@/?#-]"
_TAIL = rf"(?:{_TAIL_CHARACTER}|\((?:{_TAIL_CHARACTER})*\))*"
GITHUB_URL_IN_TEXT = re.compile(
    r"(?:(?<![A-Za-z0-9_@/=%])https?://(?:www\.)?|(?<![A-Za-z0-9_.@/:=%-])(?:www\.)?)"
    rf"github\.com/+{_PART}(?:/+{_PART}(?:[/?#]{_TAIL})?)?",
    re.IGNORECASE,
)

_IMAGE = re.compile(r"\.(?:png|jpe?g|gif|svg|webp|bmp|ico)\Z", re.IGNORECASE)
_WORKFLOW_BADGE = re.compile(r"(?:actions/)?workflows/.+/badge\.svg")

_URL = re.compile(r"\s*(?:https?:)?//([^/?#\s]+)/([^?#]*)(?:\?([^#]*))?", re.IGNORECASE)
_BADGE_HOSTS = frozenset({
    "img.shields.io", "shields.io", "www.shields.io", "raster.shields.io", "badgen.net", "flat.badgen.net",
    "custom-icon-badges.demolab.com", "custom-icon-badges.herokuapp.com", "badgers.space",
})  # fmt: skip
_BUTTON_HOSTS = frozenset({"ghbtns.com", "githubbadges.com", "www.githubbadges.com"})

# shields.io puts these metrics before OWNER/NAME with this many extra path segments.
_EXTRA_METRIC_SEGMENTS = {
    "actions": 2, "commit-activity": 1, "go-mod": 1, "hacktoberfest": 1, "languages": 1, "manifest-json": 1,
    "milestones": 1, "package-json": 1, "status": 2, "v": 1, "workflow": 1,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class RepositoryLink:
    """A link to a GitHub repository or to one of its pages.

    `repo` is OWNER/NAME as spelled in the link and `path` is what follows it. `url` is the link as written if it is an
    absolute http(s) URL; otherwise it is the URL of the page that the link means.
    """

    repo: str
    path: str
    url: str
    has_fragment: bool = False

    @property
    def name(self) -> str:
        """NAME without the owner."""
        return self.repo.partition("/")[2]


@dataclass(frozen=True, slots=True)
class Badge:
    """A badge image of a repository."""

    repo: str
    shows_stars: bool
    url: str

    @property
    def link(self) -> RepositoryLink:
        """A link to the main page of the repository."""
        return repository_page(self.repo)


def repository_page(repo: str) -> RepositoryLink:
    """Return a link to the main page of OWNER/NAME."""
    return RepositoryLink(repo, "", f"https://github.com/{repo}")


def parse_full_name(text: str) -> str | None:
    """Return OWNER/NAME if `text` is a valid name by GitHub's rules, else `None`."""
    owner, slash, name = text.strip().partition("/")
    return _join_name(owner, name) if slash and _NAME.fullmatch(name) else None


def parse_repository_link(url: str) -> RepositoryLink | None:
    """Return the repository that a link leads to, directly or by one of its pages, or `None` for any other link.

    Links to raw images return `None`: they show a picture and do not name a project. Brackets before the URL, as in
    `[name]([https://github.com/o/n)`, are typing errors found in real lists and are ignored.
    """
    match = _GITHUB_URL.match(url)
    if not match:
        return None
    url_path, query, fragment = match.groups(default="")
    owner, _, name_and_path = unquote(url_path).strip().strip("/").partition("/")
    name, _, path = name_and_path.partition("/")
    repo = _join_name(owner, name)
    if repo is None or _is_raw_image(path, query):
        return None
    return RepositoryLink(repo, path, _absolute_url(url, repo, path), has_fragment=bool(fragment))


def parse_badge(url: str) -> Badge | None:
    """Return the badge that an image URL shows, or `None` if the URL does not name a repository."""
    return _parse_workflow_badge(url) or _parse_badge_service(url)


def _join_name(owner: str, name: str) -> str | None:
    """Return OWNER/NAME without a `.git` suffix, or `None` if GitHub does not allow the name."""
    owner_match, name_match = _OWNER.fullmatch(owner), _NAME.match(name)
    if not owner_match or not name_match or owner.lower() in _RESERVED:
        return None
    short_name = re.sub(r"\.git\Z", "", name_match[0].rstrip("."), flags=re.IGNORECASE)
    return f"{owner}/{short_name}" if short_name.strip(".") else None


def _is_raw_image(path: str, query: str) -> bool:
    is_raw = path.startswith("raw/") or "raw=" in query
    return is_raw and bool(_IMAGE.search(path))


def _absolute_url(url: str, repo: str, path: str) -> str:
    url = url.lstrip(" \t\n<[(").rstrip(" \t\n>")
    if _ABSOLUTE_GITHUB_URL.match(url):
        return url
    return "/".join(part for part in ("https://github.com", repo, path) if part)


def _parse_workflow_badge(url: str) -> Badge | None:
    link = parse_repository_link(url)
    if link and _WORKFLOW_BADGE.fullmatch(link.path):
        return Badge(link.repo, shows_stars=False, url=url)
    return None


def _parse_badge_service(url: str) -> Badge | None:
    match = _URL.match(url)
    if not match:
        return None
    host, path, query = match[1].lower(), unquote(match[2]), match[3] or ""
    if host in _BADGE_HOSTS:
        return _parse_badge_path(path, url)
    return _parse_button(path, query, url) if host in _BUTTON_HOSTS else None


def _parse_badge_path(path: str, url: str) -> Badge | None:
    kind, _, metric_and_name = path.strip("/").partition("/")
    metric, *segments = metric_and_name.split("/", 6)
    owner_and_name = segments[_EXTRA_METRIC_SEGMENTS.get(metric, 0) :][:2]
    if kind != "github" or len(owner_and_name) < 2:  # noqa: PLR2004 - owner and name
        return None
    owner, name = owner_and_name
    repo = _join_name(owner, _IMAGE.sub("", name))
    return Badge(repo, shows_stars=metric == "stars", url=url) if repo else None


def _parse_button(path: str, query: str, url: str) -> Badge | None:
    parameters = {key: values[0] for key, values in parse_qs(query, max_num_fields=20).items()}
    repo = _join_name(parameters.get("user", ""), parameters.get("repo", ""))
    shows_stars = path == "star.svg" or parameters.get("type") in {"star", "watch"}
    return Badge(repo, shows_stars=shows_stars, url=url) if repo else None


_STAR_HISTORY_HOSTS: Final = frozenset({"api.star-history.com", "star-history.com", "www.star-history.com"})
_STAR_CHART_HOSTS: Final = frozenset({"starchart.cc", "www.starchart.cc", "starcharts.herokuapp.com", "stars.medv.io"})


def parse_star_chart(url: str) -> Badge | None:
    """Return the repository whose stars over time an image shows, `None` for other images and charts of several."""
    match = _URL.match(url)
    if not match:
        return None
    host, path, query = match[1].lower(), unquote(match[2]), match[3] or ""
    if host in _STAR_HISTORY_HOSTS:
        name = parse_qs(query, max_num_fields=20).get("repos", [""])[0]
    else:
        name = _IMAGE.sub("", path) if host in _STAR_CHART_HOSTS else ""
    repo = parse_full_name(name)
    return Badge(repo, shows_stars=True, url=url) if repo else None


def is_star_chart_page(url: str) -> bool:
    """Say whether a link leads to a page that shows stars over time."""
    match = re.match(r"\s*https?://([^/?#\s]+)", url, re.IGNORECASE)
    return bool(match) and match[1].lower() in _STAR_HISTORY_HOSTS | _STAR_CHART_HOSTS  # type: ignore[index]


# Hosts whose project pages are OWNER/NAME; some allow groups in between. Other GitLab servers are recognized by their
# host name, which must begin with `gitlab`.
_HOSTS: Final = (
    r"(?:www\.)?(?:bitbucket\.org|codeberg\.org|framagit\.org|gitcode\.com|gitea\.com|gitee\.com|gitlab\.com"
    r"|invent\.kde\.org|notabug\.org|salsa\.debian\.org|sourceforge\.net|tangled\.(?:org|sh))"
    r"|(?:git\.|hg\.)?sr\.ht|gitlab(?:\.[a-z0-9-]{1,63}){2,4}"
)
_SCHEME: Final = r"(?:https?:)?//"
_OTHER_HOST_URL: Final = re.compile(rf"[\s<\[(]*+{_SCHEME}({_HOSTS})(?::\d{{1,5}})?/([^?#]*)", re.IGNORECASE)

# The same in running text. It ends like a GitHub URL in running text.
OTHER_HOST_URL_IN_TEXT: Final = re.compile(
    rf"(?<![A-Za-z0-9_@/=%])https?://(?:{_HOSTS})/(?:(?!https?://)[A-Za-z0-9_.~%+@/-])+",
    re.IGNORECASE,
)

_OTHER_HOST_PART: Final = re.compile(r"[~@]?[A-Za-z0-9_][A-Za-z0-9_.+-]{0,99}")
# First path segments that these hosts reserve for their own pages.
_OTHER_HOST_RESERVED: Final = frozenset({
    "-", "account", "admin", "api", "blog", "dashboard", "docs", "explore", "groups", "help", "jwt", "oauth", "org",
    "search", "snippets", "support", "topics", "user", "users",
})  # fmt: skip
# Path segments at which the pages of a project begin.
_PROJECT_PAGES: Final = frozenset({
    "-", "activity", "blob", "branches", "commit", "commits", "files", "issues", "log", "merge_requests", "pulls",
    "raw", "releases", "src", "tags", "tree", "wiki", "wikis",
})  # fmt: skip


def parse_other_host_link(url: str) -> tuple[str, str] | None:
    """Return the host and the path of the project that a link leads to, or `None` for any other link.

    The link may lead to the project or to one of its pages.
    """
    match = _OTHER_HOST_URL.match(url)
    if not match:
        return None
    parts = [part for part in unquote(match[2]).strip().split("/") if part]
    end = next(
        (index for index, part in enumerate(parts) if index > 1 and part.lower() in _PROJECT_PAGES),
        len(parts),
    )
    if end < 2 or parts[0].lower() in _OTHER_HOST_RESERVED or not all(map(_OTHER_HOST_PART.fullmatch, parts[:2])):  # noqa: PLR2004 - owner and name
        return None
    return match[1].lower().removeprefix("www."), "/".join(parts[:end]).lower().removesuffix(".git")

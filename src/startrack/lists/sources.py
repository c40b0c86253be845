"""Parses where a list comes from, as given on the command line or in the configuration."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from startrack.errors import SourceError
from startrack.lists.project_links import parse_full_name, parse_repository_link

__all__ = [
    "LIST_SUFFIXES",
    "FileSource",
    "GitHubSource",
    "Source",
    "UrlSource",
    "default_name",
    "file_suffix",
    "own_repository",
    "parse_source",
]


LIST_SUFFIXES = frozenset({
    ".csv", ".htm", ".html", ".json", ".markdown", ".md", ".mdown", ".mkd", ".rest", ".rst", ".tsv", ".txt", ".yaml",
    ".yml",
})  # fmt: skip
_RAW_URL = re.compile(r"https?://raw\.githubusercontent\.com/([^/?#]+/[^/?#]+)/", re.IGNORECASE)
_MAX_NAME_LENGTH = 80


@dataclass(frozen=True, slots=True)
class FileSource:
    """A file on this machine."""

    path: str

    def __str__(self) -> str:
        """Return this source as a SOURCE argument."""
        return self.path


@dataclass(frozen=True, slots=True)
class UrlSource:
    """A file on the web that is fetched as it is."""

    url: str

    def __str__(self) -> str:
        """Return this source as a SOURCE argument."""
        return self.url


@dataclass(frozen=True, slots=True)
class GitHubSource:
    """A file on the default branch of a GitHub repository: the one at `path`, or the README."""

    repo: str
    path: str | None = None

    def __str__(self) -> str:
        """Return this source as a SOURCE argument."""
        if self.path:
            return f"{self.repo}:{self.path}"
        return f"https://github.com/{self.repo}" if file_suffix(self.repo) in LIST_SUFFIXES else self.repo


Source = FileSource | UrlSource | GitHubSource


def parse_source(text: str, exists: Callable[[str], bool]) -> Source:
    """Return the source that a SOURCE argument names; `str(source)` gives an equivalent argument.

    A path that `exists`, or that has the suffix of a list, is a file. OWNER/NAME[:PATH] and the URL of a repository
    are on GitHub. The GitHub page of one file becomes the raw URL of that file. Raises SourceError for anything else.
    """
    text = text.strip()
    if not text or not text.isprintable():
        raise SourceError(f"invalid source {text!r}; use a file, a URL, or OWNER/NAME[:PATH] on GitHub")
    if exists(text):
        return FileSource(text)
    if "://" in text:
        return _parse_url_source(text)
    return _parse_github_source(text) or FileSource(text)


def default_name(source: Source) -> str:
    """Return a short name for a list: that of its file or repository, or for a README that of its folder.

    The name contains only `a-z`, `0-9`, `-`, `_` and `.`, because files are named after it.
    """
    match source:
        case GitHubSource(repo=repo, path=path):
            parts = [*repo.split("/"), *(path or "").split("/")]
        case UrlSource(url=url):
            parts = _url_parts(url)
        case FileSource(path=path):
            parts = path.replace("\\", "/").split("/")
    return _slug(_last_name([part for part in parts if part not in {"", ".", ".."}]))


def own_repository(source: str) -> str | None:
    """Return the repository that holds a list, or `None` if its source does not show it."""
    raw_match = _RAW_URL.match(source)
    if raw_match:
        return parse_full_name(raw_match[1])
    link = parse_repository_link(source)
    if link:
        return link.repo
    github_source = _parse_github_source(source)
    return github_source.repo if github_source else None


def file_suffix(source: str) -> str:
    """Return the lower-case suffix of the file, such as `.md`; empty if there is none or for a repository's page."""
    link = parse_repository_link(source)
    if link and not link.path:
        return ""
    path = re.split(r"[?#]", source, maxsplit=1)[0] if "://" in source else source
    return PurePosixPath(path).suffix.lower()


def _parse_url_source(text: str) -> Source:
    link = parse_repository_link(text)
    if link and link.path.startswith(("blob/", "raw/")):
        return UrlSource(f"https://raw.githubusercontent.com/{link.repo}/{link.path.partition('/')[2]}")
    if link:
        return GitHubSource(link.repo)
    if not re.match(r"https?://[^/?#\s]+", text, re.IGNORECASE) or " " in text:
        raise SourceError(f"invalid URL {text!r}; use one that begins with http:// or https://")
    try:
        parts = urlsplit(text)
    except ValueError as error:
        raise SourceError(f"invalid URL {text!r}: {error}; correct it") from error
    if "@" in parts.netloc or re.search(r"(^|[&?])[^=]*(token|key|secret|password)[^=]*=", parts.query, re.IGNORECASE):
        # The source is written to committed files and to messages.
        url = f"{parts.scheme}://{parts.hostname}{parts.path}"
        raise SourceError(f"{url}: URLs with a password or token are not allowed; use a public URL")
    return UrlSource(text)


def _parse_github_source(text: str) -> GitHubSource | None:
    link = parse_repository_link(text)
    if link:
        return GitHubSource(link.repo)
    name, colon, path = text.partition(":")
    repo = parse_full_name(name)
    if repo is None or (colon and not path) or (not colon and file_suffix(text) in LIST_SUFFIXES):
        return None
    return GitHubSource(repo, path or None)


def _url_parts(url: str) -> list[str]:
    try:
        parts = urlsplit(url)
    except ValueError:
        return []
    path = unquote(parts.path).split("/")
    is_raw = _RAW_URL.match(url) is not None
    # The path of a raw URL is OWNER/NAME/BRANCH/PATH; the branch is not part of the name.
    return [*path[:3], *path[4:]] if is_raw else [parts.netloc, *path]


def _last_name(parts: list[str]) -> str:
    """Return the last part without its suffix, or for a README the part before it."""
    if not parts:
        return ""
    last = PurePosixPath(parts[-1])
    stem = last.stem if last.suffix.lower() in LIST_SUFFIXES else last.name
    return parts[-2] if stem.lower() == "readme" and len(parts) > 1 else stem


def _slug(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.lower()).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9._-]+", "-", plain)[:_MAX_NAME_LENGTH].strip("-._")
    return slug or "list"

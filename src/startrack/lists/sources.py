"""Where a list comes from, as written on the command line or in the configuration."""

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
_RAW = re.compile(r"https?://raw\.githubusercontent\.com/([^/?#]+/[^/?#]+)/", re.IGNORECASE)
_LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class FileSource:
    """A file on this machine."""

    path: str

    def __str__(self) -> str:
        """Return the argument that means this source."""
        return self.path


@dataclass(frozen=True, slots=True)
class UrlSource:
    """A file on the web, to be fetched as it stands."""

    url: str

    def __str__(self) -> str:
        """Return the argument that means this source."""
        return self.url


@dataclass(frozen=True, slots=True)
class GitHubSource:
    """A file of a repository on GitHub's default branch: `path`, or its README."""

    repo: str
    path: str | None = None

    def __str__(self) -> str:
        """Return the argument that means this source."""
        if self.path:
            return f"{self.repo}:{self.path}"
        return f"https://github.com/{self.repo}" if file_suffix(self.repo) in LIST_SUFFIXES else self.repo


Source = FileSource | UrlSource | GitHubSource


def parse_source(text: str, exists: Callable[[str], bool]) -> Source:
    """Return what a SOURCE argument means; `str` of it gives an argument that means the same.

    A path for which `exists` is true, or that ends as lists do, is a file; OWNER/NAME[:PATH] and the page of a
    repository are on GitHub; a GitHub page of one file is that file's raw address. Raises SourceError for
    what is none of these.
    """
    text = text.strip()
    if not text or not text.isprintable():
        raise SourceError(f"{text!r} names no list; give a file, a URL, or OWNER/NAME[:PATH] on GitHub")
    if exists(text):
        return FileSource(text)
    if "://" in text:
        return _from_url(text)
    return _from_github(text) or FileSource(text)


def default_name(source: Source) -> str:
    """Return a short name for a list: of its file, repository or, for a README, the folder it is in.

    It is made of `a-z`, `0-9`, `-`, `_` and `.` alone, as it becomes the name of files.
    """
    match source:
        case GitHubSource(repo=repo, path=path):
            parts = [*repo.split("/"), *(path or "").split("/")]
        case UrlSource(url=url):
            parts = _url_parts(url)
        case FileSource(path=path):
            parts = path.replace("\\", "/").split("/")
    return _slug(_name_from([part for part in parts if part not in {"", ".", ".."}]))


def own_repository(source: str) -> str | None:
    """Return the repository that a list is kept in, where its source tells."""
    raw = _RAW.match(source)
    if raw:
        return parse_full_name(raw[1])
    page = parse_repository_link(source)
    if page:
        return page.repo
    found = _from_github(source)
    return found.repo if found else None


def file_suffix(source: str) -> str:
    """Return how the file's name ends, `.md` and the like in lower case; empty for none or a repository's page."""
    page = parse_repository_link(source)
    if page and not page.below:
        return ""
    path = re.split(r"[?#]", source, maxsplit=1)[0] if "://" in source else source
    return PurePosixPath(path).suffix.lower()


def _from_url(text: str) -> Source:
    page = parse_repository_link(text)
    if page and page.below.startswith(("blob/", "raw/")):
        return UrlSource(f"https://raw.githubusercontent.com/{page.repo}/{page.below.partition('/')[2]}")
    if page:
        return GitHubSource(page.repo)
    if not re.match(r"https?://[^/?#\s]+", text, re.IGNORECASE) or " " in text:
        raise SourceError(f"{text} is no address startrack can read; it reads http:// and https:// ones")
    try:
        parts = urlsplit(text)
    except ValueError as error:
        raise SourceError(f"{text} is no web address: {error}; correct it") from error
    if "@" in parts.netloc or re.search(r"(^|[&?])[^=]*(token|key|secret|password)[^=]*=", parts.query, re.IGNORECASE):
        # The source stands in committed files and in messages.
        where = f"{parts.scheme}://{parts.hostname}{parts.path}"
        raise SourceError(f"{where}: an address with a password or token in it is not read; name a public one")
    return UrlSource(text)


def _from_github(text: str) -> GitHubSource | None:
    page = parse_repository_link(text)
    if page:
        return GitHubSource(page.repo)
    name, colon, path = text.partition(":")
    repo = parse_full_name(name)
    if repo is None or (colon and not path) or (not colon and file_suffix(text) in LIST_SUFFIXES):
        return None
    return GitHubSource(repo, path or None)


def _url_parts(url: str) -> list[str]:
    try:
        found = urlsplit(url)
    except ValueError:
        return []
    path = unquote(found.path).split("/")
    raw = _RAW.match(url)
    # A raw address is OWNER/NAME/BRANCH/PATH; the branch names nothing.
    return [*path[:3], *path[4:]] if raw else [found.netloc, *path]


def _name_from(parts: list[str]) -> str:
    """Return the stem of the last part, or for a README the part before it."""
    if not parts:
        return ""
    last = PurePosixPath(parts[-1])
    stem = last.stem if last.suffix.lower() in LIST_SUFFIXES else last.name
    return parts[-2] if stem.lower() == "readme" and len(parts) > 1 else stem


def _slug(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.lower()).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9._-]+", "-", plain)[:_LONGEST_NAME].strip("-._")
    return slug or "list"

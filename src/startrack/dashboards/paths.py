"""Slugs of projects, lists and headings. They are safe in file paths and URLs, for any characters in the names."""

import hashlib
import re
from collections.abc import Collection, Iterable, Mapping
from typing import Final

from startrack.model.lists import Entry, List
from startrack.model.report import Project

__all__ = [
    "Heading",
    "heading_keys",
    "headings_above",
    "ordered_headings",
    "project_slugs",
    "root",
    "slugs",
]


_SAFE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}(?<!\.)")
_WINDOWS_DEVICES: Final = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?")

# The name of a list, and the path of a heading in it, the outermost first.
Heading = tuple[str, tuple[str, ...]]


def slugs(names: Iterable[str]) -> Mapping[str, str]:
    """Return a slug for each name: the name itself if it is safe, otherwise its safe characters and a hash.

    Slugs are unique on file systems that ignore case. None starts with a dot or an underscore, because hosts of
    static pages ignore such files.
    """
    slug_by_name: dict[str, str] = {}
    taken: set[str] = set()
    for name in sorted(names):
        slug = _slug(name)
        slug = f"{slug}-{_hash(name)}" if slug.lower() in taken else slug
        taken.add(slug.lower())
        slug_by_name[name] = slug
    return slug_by_name


def project_slugs(projects: Iterable[Project]) -> Mapping[int | str, str]:
    """Return a slug for each project, by the project's key.

    It is the slug of the name. If another project has that one, `~` and the repository's id are added; no name
    contains `~`. So the path of a project's page stays the same when other projects are listed, and never becomes that
    of another repository.
    """
    slug_by_key: dict[int | str, str] = {}
    taken: set[str] = set()
    for project in sorted(projects, key=lambda p: (p.is_namesake, p.name, p.repository.repo_id)):
        slug = _slug(project.name)
        if project.is_namesake or slug.lower() in taken:
            slug = f"{slug}~{project.repository.repo_id or _hash(project.name)}"
        taken.add(slug.lower())
        slug_by_key[project.key] = slug
    return slug_by_key


def root(page: str) -> str:
    """Return the relative path from a page to the dashboards folder: `../` for each folder in its path."""
    return "../" * page.count("/")


def headings_above(project: Project, list_names: Collection[str]) -> set[Heading]:
    """Return every heading of the named lists, at any depth, that has the project below it."""
    return {heading for name, entry in project.places if name in list_names for heading in _headings(name, entry)}


def ordered_headings(lists: Iterable[List], projects: Iterable[Project]) -> tuple[Heading, ...]:
    """Return every heading once: first the lists' current headings in order, then earlier headings of projects."""
    lists = tuple(lists)
    names = {listed.name for listed in lists}
    current = (heading for listed in lists for entry in listed.entries for heading in _headings(listed.name, entry))
    of_projects = (heading for project in projects for heading in sorted(headings_above(project, names)))
    return tuple(dict.fromkeys([*current, *of_projects]))


def heading_keys(headings: Iterable[Heading]) -> Mapping[Heading, str]:
    """Return a unique key for each heading, for paths and URLs. It depends only on the heading's words."""
    names = {heading: _full_name(heading) for heading in headings}
    slug_by_name = slugs(names.values())
    return {heading: slug_by_name[name] for heading, name in names.items()}


def _slug(name: str) -> str:
    parts = name.split("/")
    if all(_is_safe(part) for part in parts):
        return name
    words = re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-")[:60].strip("-")
    return f"{words}-{_hash(name)}" if words else _hash(name)


def _is_safe(part: str) -> bool:
    return bool(_SAFE.fullmatch(part)) and not _WINDOWS_DEVICES.fullmatch(part)


def _hash(name: str) -> str:
    return hashlib.sha256(name.encode(errors="surrogatepass")).hexdigest()[:10]


def _headings(list_name: str, entry: Entry) -> list[Heading]:
    sections = (entry.section, *entry.sections)
    return [(list_name, section[:depth]) for section in sections for depth in range(1, len(section) + 1)]


def _full_name(heading: Heading) -> str:
    """Return a heading as one text. Separators within its parts are escaped, so that it is unique."""
    list_name, section = heading
    return f"{_escape(list_name)}/{'.'.join(map(_escape, section))}"


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace("/", "\\/").replace(".", "\\.")

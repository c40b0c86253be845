"""Paths and keys for projects and sections, whose names may hold any character."""

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
_DEVICES: Final = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?")


def slugs(names: Iterable[str]) -> Mapping[str, str]:
    """Return a path for each name: the name itself where that is safe, otherwise what is safe of it and a hash.

    No two of them are the same to a file system that ignores case, and none starts with a dot or an underscore,
    which hosts of static pages leave out.
    """
    found: dict[str, str] = {}
    taken: set[str] = set()
    for name in sorted(names):
        slug = _slug(name)
        slug = f"{slug}-{_hash(name)}" if slug.lower() in taken else slug
        taken.add(slug.lower())
        found[name] = slug
    return found


def project_slugs(projects: Iterable[Project]) -> Mapping[int | str, str]:
    """Return a path for each project by its key: that of its name, where that is not another's, else with its number.

    A `~` stands before the number, which no name has. So the paths of a project's page and data stay the same
    whoever else is listed, and are never those of another repository.
    """
    found: dict[int | str, str] = {}
    taken: set[str] = set()
    for project in sorted(projects, key=lambda each: (each.is_namesake, each.name, each.repository.repo_id)):
        slug = _slug(project.name)
        if project.is_namesake or slug.lower() in taken:
            slug = f"{slug}~{project.repository.repo_id or _hash(project.name)}"
        taken.add(slug.lower())
        found[project.key] = slug
    return found


def root(page: str) -> str:
    """Return the way from a page back to the first folder: `../` for each folder it stands in."""
    return "../" * page.count("/")


def _slug(name: str) -> str:
    parts = name.split("/")
    if all(_is_safe(part) for part in parts):
        return name
    plain = re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-")[:60].strip("-")
    return f"{plain}-{_hash(name)}" if plain else _hash(name)


def _is_safe(part: str) -> bool:
    return bool(_SAFE.fullmatch(part)) and not _DEVICES.fullmatch(part)


def _hash(name: str) -> str:
    return hashlib.sha256(name.encode(errors="surrogatepass")).hexdigest()[:10]


# The name of a list, and a path of headings in it.
Heading = tuple[str, tuple[str, ...]]


def headings_above(project: Project, names: Collection[str]) -> set[Heading]:
    """Return every heading of the named lists that a project stands below, at any depth."""
    return {heading for name, entry in project.places if name in names for heading in _headings(name, entry)}


def ordered_headings(lists: Iterable[List], projects: Iterable[Project]) -> tuple[Heading, ...]:
    """Return every heading once: those of the lists in their order, then what projects are remembered below."""
    lists = tuple(lists)
    names = {listed.name for listed in lists}
    listed = (heading for each in lists for entry in each.entries for heading in _headings(each.name, entry))
    known = (heading for project in projects for heading in sorted(headings_above(project, names)))
    return tuple(dict.fromkeys([*listed, *known]))


def heading_keys(headings: Iterable[Heading]) -> Mapping[Heading, str]:
    """Return a key for each heading that stays the same as long as its words do."""
    named = {heading: _spelled(heading) for heading in headings}
    paths = slugs(named.values())
    return {heading: paths[name] for heading, name in named.items()}


def _headings(name: str, entry: Entry) -> list[Heading]:
    sections = (entry.section, *entry.sections)
    return [(name, section[:depth]) for section in sections for depth in range(1, len(section) + 1)]


def _spelled(heading: Heading) -> str:
    """Return a heading in one text, different for each: what joins its parts is escaped within them."""
    name, section = heading
    return f"{_escaped(name)}/{'.'.join(map(_escaped, section))}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("/", "\\/").replace(".", "\\.")

"""The sections of the lists: which projects stand below each, and a key for each that addresses and files take."""

from collections.abc import Collection, Iterable, Mapping

from startrack.models import Entry, List, Project
from startrack.render import paths

__all__ = ["Heading", "above", "keys", "ordered"]

# The name of a list, and a path of headings in it.
Heading = tuple[str, tuple[str, ...]]


def above(project: Project, names: Collection[str]) -> set[Heading]:
    """Return every heading of the named lists that a project stands below, at any depth."""
    return {heading for name, entry in project.places if name in names for heading in _headings(name, entry)}


def ordered(lists: Iterable[List], projects: Iterable[Project]) -> tuple[Heading, ...]:
    """Return every heading once: those of the lists in their order, then what projects are remembered below."""
    lists = tuple(lists)
    names = {listed.name for listed in lists}
    listed = (heading for each in lists for entry in each.entries for heading in _headings(each.name, entry))
    known = (heading for project in projects for heading in sorted(above(project, names)))
    return tuple(dict.fromkeys([*listed, *known]))


def keys(headings: Iterable[Heading]) -> Mapping[Heading, str]:
    """Return a key for each heading that stays the same as long as its words do."""
    named = {heading: _spelled(heading) for heading in headings}
    slugs = paths.slugs(named.values())
    return {heading: slugs[name] for heading, name in named.items()}


def _headings(name: str, entry: Entry) -> list[Heading]:
    sections = (entry.section, *entry.sections)
    return [(name, section[:depth]) for section in sections for depth in range(1, len(section) + 1)]


def _spelled(heading: Heading) -> str:
    """Return a heading in one text, different for each: what joins its parts is escaped within them."""
    name, section = heading
    return f"{_escaped(name)}/{'.'.join(map(_escaped, section))}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("/", "\\/").replace(".", "\\.")

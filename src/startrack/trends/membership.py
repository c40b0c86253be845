"""Which projects a list has, and which of them a section has."""

from collections.abc import Collection, Iterable, Sequence
from itertools import chain

from startrack.errors import ConfigError, did_you_mean
from startrack.lists import selection
from startrack.model.lists import List
from startrack.model.report import Project
from startrack.model.repository import name_key

__all__ = [
    "Section",
    "by_name",
    "by_section",
    "in_lists",
    "in_section",
    "is_in_section",
]


# The name of a list, and a path of headings in it.
Section = tuple[str, tuple[str, ...]]


def in_lists(projects: Iterable[Project], names: Collection[str]) -> list[Project]:
    """Return the projects that at least one of the named lists has, in their order."""
    wanted = frozenset(names)
    return [project for project in projects if any(name in wanted for name, _ in project.places)]


def in_section(projects: Iterable[Project], selector: str, list_name: str | None = None) -> list[Project]:
    """Return the projects that have an entry in a section of one list, or of any list, in their order.

    `lists.selection.in_section` decides whether `selector` names a section. Raises ConfigError where no project is
    in such a section.
    """
    paths = [(project, _section_paths(project, list_name)) for project in projects]
    members = [project for project, own in paths if any(selection.in_section(path, selector) for path in own)]
    if members:
        return members
    headings = sorted({path[-1] for path in chain.from_iterable(own for _, own in paths) if path})
    raise ConfigError(f"unknown section {selector!r}; {did_you_mean(selector, headings)}")


def is_in_section(path: tuple[str, ...], selector: str) -> bool:
    """Return whether a section path is the section that `selector` names, or is below it."""
    return selection.in_section(path, selector)


def _section_paths(project: Project, list_name: str | None) -> list[tuple[str, ...]]:
    return [path for name, entry in project.places if list_name in (None, name) for path in entry.section_paths]


def by_section(lists: Iterable[List], projects: Iterable[Project]) -> dict[Section, list[Project]]:
    """Return the projects of every section that has any, in the order of the lists.

    A section is a heading with the entries directly below it; an entry belongs to the section that mentions it first.
    A project with several entries in one section counts once there.
    """
    members: dict[Section, list[Project]] = {}
    for project in projects:
        for section in dict.fromkeys((name, entry.section) for name, entry in project.places):
            members.setdefault(section, []).append(project)
    order = dict.fromkeys((listed.name, entry.section) for listed in lists for entry in listed.entries)
    return {section: members[section] for section in order if section in members}


def by_name(projects: Sequence[Project]) -> dict[str, Project]:
    """Return the projects by the keys of their names: today's name before those in the lists and earlier ones."""
    by_key = {name_key(old): project for project in projects for old in project.old_names}
    by_key |= {name_key(entry.repo): project for project in projects for _, entry in project.places}
    return by_key | {name_key(project.name): project for project in projects if not project.is_namesake}

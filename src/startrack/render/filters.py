"""By what the table of projects can be narrowed: language, licence, state."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from startrack.models import Project
from startrack.render import words
from startrack.render.table_contexts import Choice, Filter

__all__ = ["NOT_KNOWN", "filters", "language", "license_", "states"]

# No language and no licence is named so.
NOT_KNOWN: Final = "?"

_STATES: Final = {
    "active": "active",
    "empty": "empty",
    "archived": "archived",
    "missing": "missing in the last run",
    "disabled": "disabled by GitHub",
    "fork": "fork",
    "spike": "spiky",
    "uncounted": "never counted",
}


def language(project: Project) -> str:
    """Return a project's language as the filter names it."""
    return project.repository.language or NOT_KNOWN


def license_(project: Project) -> str:
    """Return a project's licence as the filter names it."""
    return words.licence(project.repository.license) or NOT_KNOWN


def states(project: Project) -> tuple[str, ...]:
    """Return the words for the state a project is in, in the order in which they are offered."""
    repository = project.repository
    is_gone = project.missing is not None or repository.is_archived or repository.is_disabled
    holds = {
        "active": project.current is not None and not project.is_empty and not is_gone,
        "empty": project.is_empty,
        "archived": repository.is_archived,
        "missing": project.missing is not None,
        "disabled": repository.is_disabled,
        "fork": repository.is_fork,
        "spike": project.spike,
        "uncounted": project.current is None,
    }
    return tuple(state for state, is_so in holds.items() if is_so)


def filters(projects: Sequence[Project]) -> tuple[Filter, ...]:
    """Return the filters, each with the choices that any of the projects answers to."""
    found = Counter(state for project in projects for state in states(project))
    return (
        _named("language", "Language", "All languages", map(language, projects)),
        _named("license", "Licence", "All licences", map(license_, projects)),
        Filter(
            "state", "State", "Any state", tuple(_choice(each, _STATES[each], found) for each in _STATES if found[each])
        ),
    )


def _named(key: str, title: str, every: str, values: Iterable[str]) -> Filter:
    found = Counter(values)
    last = (words.OTHER_LICENCE, NOT_KNOWN)
    ordered = sorted(found, key=lambda value: (value in last and last.index(value) + 1, value.lower(), value))
    return Filter(
        key,
        title,
        every,
        tuple(_choice(value, "not known" if value == NOT_KNOWN else value, found) for value in ordered),
    )


def _choice(value: str, text: str, found: Counter[str]) -> Choice:
    return Choice(value, f"{text} ({words.number(found[value])})")

"""The attributes of a block as values; a wrong one is an error with the nearest right spelling."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from startrack.errors import BlockError, ConfigError, did_you_mean
from startrack.model.changes import MONTH_WINDOW, Window
from startrack.model.report import Project, Report
from startrack.trends import membership

__all__ = [
    "MAX_LIMIT",
    "QUIET",
    "check",
    "choice",
    "days",
    "is_exact",
    "limit",
    "list_name",
    "projects",
    "window",
]


MAX_LIMIT: Final = 1000

QUIET: Final = ("cadence", "min_change")
"""The attributes that every block may have: they decide when it changes."""


def check(attributes: Mapping[str, str], known: Sequence[str]) -> None:
    """Raise BlockError if one of the attributes is not known."""
    if unknown := next((key for key in attributes if key not in known), None):
        raise BlockError(_not_found("attribute", unknown, (*known, *QUIET)))


def choice(key: str, value: str | None, choices: Sequence[str]) -> str | None:
    """Return a value that is one of the choices, or `None`. Raises BlockError for another one."""
    if value is None or value in choices:
        return value
    raise BlockError(_not_found(key, value, choices))


def _not_found(key: str, value: str, choices: Sequence[str]) -> str:
    return f"unknown {key} {value!r}; {did_you_mean(value, choices)}"


def list_name(attributes: Mapping[str, str], report: Report) -> str | None:
    """Return the name of the list in `list`, `None` for all lists. Raises BlockError."""
    return choice("list", attributes.get("list"), [listed.name for listed in report.lists])


def window(attributes: Mapping[str, str], windows: Sequence[Window], default: Window = MONTH_WINDOW) -> Window:
    """Return the window in `window`; without it the default, or the first one if that is not configured.

    Raises BlockError.
    """
    value = attributes.get("window")
    if value is None:
        return default if default in windows else windows[0]
    by_name = {str(window): window for window in windows}
    if value not in by_name:
        raise BlockError(f"{_not_found('window', value, list(by_name))} (add others to [trends] windows)")
    return by_name[value]


def limit(attributes: Mapping[str, str], default: int | None = None) -> int | None:
    """Return the number in `limit`. Raises BlockError."""
    value = attributes.get("limit")
    if value is None:
        return default
    if not re.fullmatch("[0-9]{1,4}", value) or not 0 < int(value) <= MAX_LIMIT:
        raise BlockError(f"invalid limit {value!r}; use a number from 1 to {MAX_LIMIT}")
    return int(value)


def days(attributes: Mapping[str, str], key: str) -> int | None:
    """Return the number of days in an attribute such as `since=30d`. Raises BlockError."""
    value = attributes.get(key)
    if value is None:
        return None
    if not re.fullmatch("[1-9][0-9]{0,3}d", value):
        raise BlockError(f"invalid {key} {value!r}; use a number of days such as 30d")
    return int(value[:-1])


def is_exact(attributes: Mapping[str, str]) -> bool:
    """Return whether `figures=exact` asks for figures that are not rounded. Raises BlockError."""
    return choice("figures", attributes.get("figures"), ("short", "exact")) == "exact"


def projects(report: Report, list_name: str | None, section: str | None) -> tuple[Sequence[Project], Sequence[Project]]:
    """Return the projects of a list or of all lists, and those of them that are in a section or in any.

    Raises BlockError where the lists have no such section.
    """
    listed = report.projects if list_name is None else membership.in_lists(report.projects, {list_name})
    if section is None or not listed:
        return listed, listed
    try:
        return listed, membership.in_section(listed, section, list_name)
    except ConfigError as error:
        raise BlockError(str(error)) from error

"""Renders the templates of pages."""

from functools import cache
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from startrack.wording import dates

__all__ = ["render"]

_PACKAGE: Final = "startrack.dashboards"


def render(template: str, page: object) -> str:
    """Return a page as HTML; `template` is its name below `pages/`, for example `health/health`."""
    return _environment().get_template(f"pages/{template}.html.jinja").render(page=page)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader(_PACKAGE, ""),
        autoescape=True,
        auto_reload=False,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["dated"] = dates.marked
    return environment

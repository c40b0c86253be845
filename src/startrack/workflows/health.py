"""Reviews the health of the lists: the findings of the health page, with the files that they are about."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from startrack.config import Config, ListConfig
from startrack.model.report import SiteReport
from startrack.trends import health
from startrack.trends.health import Review
from startrack.workflows import lists
from startrack.workflows.report import create_site_report

__all__ = ["HealthResult", "run"]


@dataclass(frozen=True, slots=True)
class HealthResult:
    """The findings of a report. `files` are the paths of the lists that are files, by the lists' names.

    They are relative to the repository, or to the folder of the configuration where there is none, with slashes.
    """

    report: SiteReport
    review: Review
    files: Mapping[str, str]


def run(config: Config, as_of: datetime | None, now: datetime) -> HealthResult:
    """Return the findings as of an instant, by default the last run up to `now`. Asks GitHub nothing.

    Raises what `create_site_report` raises.
    """
    report = create_site_report(config, as_of, now)
    list_configs = config.lists or [ListConfig(source=listed.source, name=listed.name) for listed in report.lists]
    paths = lists.list_files(config, list_configs)
    return HealthResult(report, health.review(report), {name: _shown(path, config) for name, path in paths.items()})


def _shown(path: Path, config: Config) -> str:
    """Return the path of a file in its repository, else relative to the folder of the configuration."""
    real = Path(os.path.realpath(path))
    repository = next((folder for folder in real.parents if (folder / ".git").exists()), None)
    base = repository or Path(os.path.realpath(config.root))
    return (real.relative_to(base) if real.is_relative_to(base) else real).as_posix()

"""The job summary of GitHub Actions: what a maintainer wants to know of a run."""

from collections.abc import Iterator
from datetime import datetime

from startrack.config import Config
from startrack.dashboards.pages.digest import markdown
from startrack.runner import Runner
from startrack.workflows.report import create_report
from startrack.workflows.update import UpdateResult

__all__ = ["write"]


def write(config: Config, result: UpdateResult, job: Runner, now: datetime, *, has_pages: bool | None) -> str:
    """Return the summary of an update of the lists of a configuration, as Markdown.

    `has_pages` is whether the job's repository has GitHub Pages enabled, `None` if that is not known.
    """
    summary = markdown.run_summary(result.build.report or create_report(config, None, now))
    return "\n".join([summary, *_pages(job, has_pages=has_pages)])


def _pages(job: Runner, *, has_pages: bool | None) -> Iterator[str]:
    """Yield how to publish the pages, where GitHub Pages is not enabled."""
    if has_pages is False:
        settings = f"{job.server_url}/{job.repository}/settings/pages"
        yield (
            "The dashboards are built and not published, because GitHub Pages is not enabled: in the repository's "
            f"[settings]({settings}), open *Pages* and choose *GitHub Actions* as the source."
        )

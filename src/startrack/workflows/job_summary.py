"""What a maintainer sees of a run in GitHub Actions: the job summary, and warnings at the lines of files."""

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final
from urllib.parse import quote

from startrack import cron
from startrack.config import Config, ListConfig, ScheduleConfig
from startrack.dashboards.pages.digest import markdown
from startrack.dashboards.pages.digest.markdown import ListFile, RunNotes
from startrack.errors import ConfigError
from startrack.model.diagnostics import FileProblem
from startrack.model.report import SiteReport
from startrack.runner import Runner
from startrack.trends import health
from startrack.trends.health import Kind
from startrack.wording import findings
from startrack.workflows import lists
from startrack.workflows.backfill import BackfillResult
from startrack.workflows.report import create_site_report
from startrack.workflows.update import UpdateResult

__all__ = ["JobSummary", "LineWarning", "create", "workspace_path"]


# These are about figures; there is nothing to change in the list.
_ONLY_FIGURES: Final = frozenset({Kind.SPIKY, Kind.BURST})


@dataclass(frozen=True, slots=True)
class LineWarning:
    """A finding about an entry, or a problem with a block, at its line of a file of the repository.

    The path is `None` where the file is not in the repository, and the line where all of the file is meant.
    """

    path: str | None
    line: int | None
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class JobSummary:
    """The summary of a run, as Markdown, and the warnings at the lines of READMEs and lists."""

    text: str
    warnings: tuple[LineWarning, ...]


def create(
    config: Config, counted: Config, result: UpdateResult, job: Runner, now: datetime, *, has_pages: bool | None
) -> JobSummary:
    """Return what a maintainer sees of an update of the lists of `counted`.

    `has_pages` is whether the job's repository has GitHub Pages enabled, `None` if that is not known.
    """
    published = lists.lists_to_publish(config, counted)
    report = result.build.report or create_site_report(published, None, now)
    problems = [(_readme_file(problem, job), problem) for problem in result.build.readme_problems]
    notes = RunNotes(
        files=_list_files(config, (*config.lists, *counted.lists), job),
        next_due=_next_due(config, report, job, now),
        history_requests=result.backfill.calls if isinstance(result.backfill, BackfillResult) else None,
        remarks=tuple(_pages(job, has_pages=has_pages)),
        problems=tuple((file or ListFile(problem.file), problem) for file, problem in problems),
    )
    blocks = (_block_warning(file, problem) for file, problem in problems)
    return JobSummary(markdown.run_summary(report, notes), (*blocks, *_line_warnings(report, notes.files)))


def _block_warning(file: ListFile | None, problem: FileProblem) -> LineWarning:
    title = "Block not updated"
    if file is None:
        return LineWarning(None, None, title, str(problem))
    return LineWarning(file.path, problem.line, title, problem.text)


def _readme_file(problem: FileProblem, job: Runner) -> ListFile | None:
    """Return the file of a problem, `None` if it is no file of the job's repository."""
    path = workspace_path(Path(problem.file), job.workspace) if job.workspace else None
    return ListFile(path, _url(path, job)) if path else None


def _line_warnings(report: SiteReport, files: Mapping[str, ListFile]) -> Iterator[LineWarning]:
    """Yield a warning for each finding that is about a line of one of these files, the broken links first."""
    for finding in health.findings(report):
        place = next((place for place in finding.places if place.list_name in files), None)
        if place and finding.kind not in _ONLY_FIGURES:
            text = f"{finding.project.title}: {findings.evidence(finding)}. {findings.advice(finding)}"
            yield LineWarning(files[place.list_name].path, place.entry.line, finding.kind.value.capitalize(), text)


def _list_files(config: Config, list_configs: Iterable[ListConfig], job: Runner) -> dict[str, ListFile]:
    """Return the files of the lists that are files of the job's repository, by the lists' names."""
    paths = lists.list_files(config, list_configs) if job.workspace else {}
    named = {name: workspace_path(path, job.workspace) for name, path in paths.items()}
    return {name: ListFile(path, _url(path, job)) for name, path in named.items() if path}


def workspace_path(file: Path, workspace: Path | None) -> str | None:
    """Return the path of a file in the repository that is checked out in the workspace, `None` if it is elsewhere."""
    real, top = Path(os.path.realpath(file)), Path(os.path.realpath(workspace or ""))
    repository = next((folder for folder in real.parents if (folder / ".git").exists()), None)
    return real.relative_to(top).as_posix() if repository == top else None


def _url(path: str, job: Runner) -> str | None:
    if not job.repository or not job.sha:
        return None
    return f"{job.server_url}/{quote(job.repository)}/blob/{quote(job.sha)}/{quote(path, errors='replace')}"


def _next_due(config: Config, report: SiteReport, job: Runner, now: datetime) -> datetime | None:
    """Return when the schedule that started the job starts the next one, else when a configured one does."""
    if job.schedule:
        with suppress(ConfigError):  # a line that GitHub can read and startrack cannot
            return cron.next_due(cron.trigger(ScheduleConfig(cron=job.schedule, timezone=job.timezone)), now)
    return report.next_due if "cron" in config.schedule.model_fields_set else None


def _pages(job: Runner, *, has_pages: bool | None) -> Iterator[str]:
    """Yield how to publish the pages, where GitHub Pages is not enabled."""
    if has_pages is False:
        settings = f"{job.server_url}/{job.repository}/settings/pages"
        yield (
            "The dashboards are built and not published, because GitHub Pages is not enabled: in the repository's "
            f"[settings]({settings}), open *Pages* and choose *GitHub Actions* as the source."
        )

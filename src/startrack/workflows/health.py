"""Reviews the health of the lists: the findings of the health page, with the files that they are about."""

import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from startrack.config import Config, ListConfig
from startrack.dashboards.pages.digest import markdown
from startrack.dashboards.pages.digest.markdown import ListFile
from startrack.errors import BlockError, ConfigError, SourceError
from startrack.github import issues
from startrack.github.client import Client
from startrack.github.issues import Issue, IssueText
from startrack.github.rest_replies import NotAllowed
from startrack.model.lists import Entry
from startrack.model.report import SiteReport
from startrack.model.repository import name_key
from startrack.runner import Runner
from startrack.trends import health
from startrack.trends.health import Review
from startrack.workflows import lists
from startrack.workflows.report import create_site_report

__all__ = ["HealthResult", "IssueResult", "issue_text", "keep_issue", "run"]

_ISSUE_TITLE = "Entries of the list that need attention"


@dataclass(frozen=True, slots=True)
class HealthResult:
    """The findings of a report. `files` are the paths of the lists that are files, by the lists' names.

    They are relative to the repository, or to the folder of the configuration where there is none, with slashes.
    `list_configs` are the lists of the report.
    """

    report: SiteReport
    review: Review
    files: Mapping[str, str]
    list_configs: Sequence[ListConfig] = ()


def run(config: Config, as_of: datetime | None, now: datetime) -> HealthResult:
    """Return the findings as of an instant, by default the last run up to `now`. Asks GitHub nothing.

    The entries have the lines of the files as they are now: a file may have changed since, if only by its own tables.
    Raises what `create_site_report` raises, and SourceError for a list that was never counted and has no file.
    """
    report = create_site_report(config, as_of, now)
    list_configs = config.lists or [ListConfig(source=listed.source, name=listed.name) for listed in report.lists]
    paths = lists.list_files(config, list_configs)
    known = {listed.name for listed in report.lists if listed.entries}
    for name, path in paths.items():
        if name not in known and not path.exists():
            raise lists.no_file(path)
    files = {name: _shown(path, config) for name, path in paths.items()}
    report = _at_current_lines(report, _current_entries(config, list_configs, files))
    return HealthResult(report, health.review(report), files, list_configs)


def _current_entries(
    config: Config, list_configs: Iterable[ListConfig], names: Collection[str]
) -> Mapping[tuple[str, str], Entry]:
    """Return the entries that the files have now, by the names of list and repository (`name_key`).

    `names` are those of the lists that are files. A list that cannot be read has no entries.
    """
    entries: dict[tuple[str, str], Entry] = {}
    for list_config in list_configs:
        with suppress(SourceError, BlockError):
            if lists.name_of(config, list_config) in names:
                listed = lists.read_list(config, list_config, _no_client)
                entries |= {(listed.name, name_key(entry.repo)): entry for entry in listed.entries}
    return entries


def _at_current_lines(report: SiteReport, current: Mapping[tuple[str, str], Entry]) -> SiteReport:
    """Return the report with the places of entries in the files as they are now.

    An entry whose link is no longer there keeps the line that the last run saw.
    """

    def moved(list_name: str, entry: Entry) -> Entry:
        now = current.get((list_name, name_key(entry.repo)))
        return replace(entry, line=now.line, span=now.span) if now and now.url == entry.url else entry

    return replace(
        report,
        projects=tuple(
            replace(project, places=tuple((name, moved(name, entry)) for name, entry in project.places))
            for project in report.projects
        ),
    )


def _no_client() -> Client:
    raise SourceError("the list is not a file")


@dataclass(frozen=True, slots=True)
class IssueResult:
    """The issue about the findings, `None` if there is none, and why it could not be kept."""

    issue: Issue | None = None
    problems: tuple[str, ...] = ()


def issue_text(result: HealthResult) -> str:
    """Return the text of the issue about the findings.

    It has no links to the files: those to a commit would differ after each one, and so would the text.
    """
    return markdown.health_issue(result.report, {name: ListFile(path) for name, path in result.files.items()})


def keep_issue(result: HealthResult, client: Client, job: Runner) -> IssueResult:
    """Make the one issue about the findings, edit it where they have changed, and close it when there are none.

    Raises ConfigError where the repository is not known, and what `issues.keep` raises.
    """
    if job.repository is None:
        raise ConfigError("--update-issue needs the repository; set GITHUB_REPOSITORY=OWNER/NAME")
    if not result.report.is_observed:
        return IssueResult()  # nothing is known, so an open issue is left as it is
    is_done = not result.review.findings
    kept = issues.keep(
        client, IssueText(job.repository, markdown.ISSUE_MARKER, _ISSUE_TITLE, issue_text(result), is_done)
    )
    return IssueResult(None, (_problem(kept),)) if isinstance(kept, NotAllowed) else IssueResult(kept)


def _problem(refused: NotAllowed) -> str:
    """Return what to do if GitHub does not let this token keep an issue."""
    if refused.is_disabled:
        return "the issue about the findings was not updated: issues are disabled in the repository's settings"
    return (
        "the issue about the findings was not updated; give the job `permissions: issues: write`. "
        f"GitHub says: {refused.detail}"
    )


def _shown(path: Path, config: Config) -> str:
    """Return the path of a file in its repository, else relative to the folder of the configuration."""
    real = Path(os.path.realpath(path))
    repository = next((folder for folder in real.parents if (folder / ".git").exists()), None)
    base = repository or Path(os.path.realpath(config.root))
    return (real.relative_to(base) if real.is_relative_to(base) else real).as_posix()

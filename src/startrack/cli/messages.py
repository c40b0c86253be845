"""What commands say on stderr about their progress. An error has its words where it is raised."""

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, redirect_stderr
from typing import TYPE_CHECKING, NoReturn

import typer

from startrack import output
from startrack.errors import PushError, StartrackError
from startrack.model.lists import List
from startrack.model.repository import Reason

if TYPE_CHECKING:
    from rich.console import Console

    from startrack import runner
    from startrack.cli.options import Settings
    from startrack.config import Config
    from startrack.github.client import Client
    from startrack.model.report import Report
    from startrack.workflows import backfill, build, health, job_summary, snapshot, transfer, update

__all__ = [
    "FAILURES",
    "annotate_lines",
    "annotate_problems",
    "changes",
    "exit_uncounted",
    "exit_with",
    "progress",
    "pushing",
    "say_backfill",
    "say_build",
    "say_health",
    "say_import",
    "say_no_token",
    "say_nothing_written",
    "say_problems",
    "say_skipped_entries",
    "say_snapshot",
    "say_stage",
]


FAILURES = 1
"""Exit code of a command that is done, with problems."""

_UNCOUNTED = "nothing has been counted yet; run `startrack update`"

# GitHub shows ten warnings of a step, and the action needs one for a run with problems.
_LINE_WARNINGS = 9


def say_no_token(settings: "Settings", client: "Client") -> None:
    """Say how counting works without a token, if there is none."""
    if not client.tokens.authorized:
        settings.say("no token: counting with the REST API, which allows 60 calls an hour without a token")


def say_snapshot(settings: "Settings", result: "snapshot.SnapshotResult") -> None:
    """Say what was counted, and what was not counted and why."""
    from startrack.cli import formats
    from startrack.wording import reasons

    run = result.run
    settings.say(f"counted {run.counted:,} of {run.asked:,} projects with {run.requests:,} requests")
    if settings.verbose:
        for row in formats.write(formats.costs(run), formats.Format.TABLE).split("\n"):
            settings.say(row)
    for reason in Reason:
        names = [missing.asked for missing in result.missing if missing.reason is reason]
        shown = names if settings.verbose else names[:5]
        if names:
            more = f" and {len(names) - len(shown)} more (--verbose lists all)" if len(shown) < len(names) else ""
            settings.say(f"not counted, {reasons.short(reason)}: {', '.join(shown)}{more}")
    say_skipped_entries(settings, result.lists)
    for change in result.name_changes:
        settings.say(str(change))


def say_skipped_entries(settings: "Settings", lists: Iterable[List]) -> None:
    """Say which entries of lists are not counted: those on other hosts and those that could not be read."""
    from startrack.wording import phrases

    for listed in lists:
        if listed.other_hosts:
            settings.say(f"{listed.name}: not counted: {phrases.other_hosts(listed.other_hosts)}")
        if listed.unread:
            settings.say(f"{listed.name}: {phrases.unread_lines(listed.unread)}")


def say_backfill(settings: "Settings", result: "backfill.BackfillResult") -> None:
    """Say what history was fetched, and what is left to fetch."""
    if not result.projects:
        settings.say(_UNCOUNTED)
        return
    settings.say(
        f"history of {result.projects:,} projects: {result.fetched:,} fetched, "
        f"{result.unchanged:,} unchanged, {result.calls:,} API calls",
    )
    if result.stopped:
        settings.say(f"stopped: {result.stopped}; run the command again to continue")
    elif result.unfinished:
        settings.say(
            f"{result.unfinished:,} projects have older weeks left; run `startrack backfill` again, or with --all"
        )


def exit_uncounted(report: "Report | None" = None) -> NoReturn:
    """Say that nothing was counted yet, or nothing up to the instant of a report, and exit with 1."""
    from startrack.wording import dates

    if report and report.later_run:
        until = f"nothing had been counted by {dates.instant(report.as_of)}"
        say_problems([f"{until}; use --as-of {dates.day(report.later_run)} or later"])
    else:
        say_problems([_UNCOUNTED])
    raise typer.Exit(FAILURES)


def say_build(settings: "Settings", config: "Config", result: "build.BuildResult") -> None:
    """Say how many files changed, and which page to open, and print warnings, even with `--quiet`."""
    say_problems(result.warnings)
    settings.say(f"{changes(result, 'changed', 'removed')}; open {config.dashboards_folder / 'index.html'}")


def say_health(settings: "Settings", result: "health.HealthResult") -> None:
    """Say how many findings there are, what is left out, and what could not be checked."""
    from startrack.wording import findings

    sentences = (
        findings.summary(result.report.projects, result.review),
        *findings.ignored(result.review),
        *findings.limits(result.report),
    )
    for sentence in sentences:
        settings.say(sentence)


def say_import(settings: "Settings", result: "transfer.ImportResult") -> None:
    """Say what each source brought, and which of its counts are not used."""
    from startrack.wording import dates, figures

    for name, files in result.by_source().items():
        counts, covered = sum(file.extent.counts for file in files), sum(file.extent.covered for file in files)
        firsts = [file.extent.first_at for file in files if file.extent.first_at]
        lasts = [file.extent.last_at for file in files if file.extent.last_at]
        days = f", {dates.day(min(firsts))} to {dates.day(max(lasts))}" if firsts and lasts else ""
        changed = sum(file.has_changed for file in files)
        settings.say(
            f"{name}: {figures.count(counts, 'count')} in {figures.count(len(files), 'file')}{days}; "
            + (f"{figures.count(changed, 'file')} imported" if changed else "nothing new to import")
        )
        if covered:
            settings.say(f"{name}: {figures.count(covered, 'count')} not used: startrack itself counted on that day")
        if any(file.is_retained for file in files):
            settings.say(f"{name}: star-history leaves out stars that were taken back since; gains may be too high")
    if any(file.has_changed for file in result.files):
        settings.say("`startrack build` shows the counts on the pages, in tables and in feeds")
    if result.contradictions:
        days = figures.count(result.contradictions, "day or instant", "days or instants")
        settings.say(f"left out, because they contradict each other: the counts of {days}")


def changes(result: "build.BuildResult", changed: str, removed: str) -> str:
    """Return how many files of a build differ and how many are obsolete, as in `3 of 90 files changed, 1 removed`."""
    text = f"{len(result.files.written):,} of {result.total:,} files {changed}"
    return f"{text}, {len(result.files.removed):,} {removed}" if result.files.removed else text


def say_stage(settings: "Settings", config: "Config", result: "update.StageResult") -> None:
    """Say what a stage of an update did."""
    from startrack.workflows import backfill, build, snapshot, update

    match result:
        case snapshot.SnapshotResult():
            say_snapshot(settings, result)
        case backfill.BackfillResult():
            say_backfill(settings, result)
        case update.BackfillSkipped(problems=()):
            settings.say("no token: no history was fetched; `startrack backfill` fetches it")
        case update.BackfillSkipped():
            pass  # Problems are printed at the end.
        case build.BuildResult():
            say_build(settings, config, result)


@contextmanager
def pushing(settings: "Settings", job: "runner.Runner") -> Iterator[None]:
    """Report an error of a push as an annotation too, in GitHub Actions.

    There, a token that may only read is a warning: the job summary is then all that the run has to show.
    """
    from startrack import git

    try:
        yield
    except StartrackError as error:
        if not job.is_actions:
            raise
        title = f"startrack: {error.title}" if isinstance(error, PushError) else "startrack"
        if not isinstance(error, PushError) or error.title != git.NO_PERMISSION:
            output.annotate("error", title, str(error))
            raise
        output.annotate("warning", title, str(error))
        say_nothing_written(settings, job, "the token may only read")
        exit_with([str(error)])


def say_nothing_written(settings: "Settings", job: "runner.Runner", reason: str) -> None:
    """Say that nothing is written to the repository, and why, on stderr and in the job summary."""
    text = f"nothing is written to the repository: {reason}"
    settings.say(text)
    job.add_summary(f"{text.capitalize()}.")


def annotate_problems(problems: Iterable[str], job: "runner.Runner") -> None:
    """Show each problem as an annotation, in GitHub Actions."""
    if job.is_actions:
        for problem in problems:
            output.annotate("warning", "startrack", problem)


def annotate_lines(warnings: "Sequence[job_summary.LineWarning]", job: "runner.Runner") -> None:
    """Show the first warnings at their lines of files, in GitHub Actions, and the number of the others."""
    if not job.is_actions:
        return
    for warning in warnings[:_LINE_WARNINGS]:
        output.annotate("warning", warning.title, warning.text, file=warning.path, line=warning.line)
    if len(warnings) > _LINE_WARNINGS:
        more = len(warnings) - _LINE_WARNINGS
        output.annotate("notice", "startrack", f"{more:,} more findings in the lists; the job summary has all of them")


def exit_with(problems: Sequence[str]) -> None:
    """Print the problems, even with `--quiet`, and exit with 1 if there are any."""
    say_problems(problems)
    if problems:
        raise typer.Exit(FAILURES)


def say_problems(problems: Iterable[object]) -> None:
    """Print each problem on a line of its own, once: two stages may meet the same one."""
    for problem in dict.fromkeys(map(str, problems)):
        output.write_stderr(f"startrack: {problem}")


@contextmanager
def progress(settings: "Settings", activity: str = "counting") -> Iterator[Callable[[int, int], None]]:
    """Show a progress bar if stderr is a terminal; messages are printed above the bar."""
    terminal = sys.__stderr__  # not `sys.stderr`, which escapes the control sequences of the bar
    if settings.quiet or terminal is None or not terminal.isatty():
        yield lambda _done, _total: None
        return
    from rich.console import Console
    from rich.progress import Progress

    console = Console(file=terminal)
    with Progress(console=console, transient=True, redirect_stdout=False, redirect_stderr=False) as bar:
        task = bar.add_task(activity, total=None)
        with redirect_stderr(output.Output(_AboveBar(console), "utf-8", lambda _error: None)):
            yield lambda done, total: bar.update(task, completed=done, total=total)


class _AboveBar:
    """A stream that prints above a progress bar."""

    def __init__(self, console: "Console") -> None:
        self._console = console

    def write(self, data: bytes) -> int:
        """Print text that `Output` has already escaped."""
        self._console.out(data.decode(), end="", highlight=False)
        return len(data)

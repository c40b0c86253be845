"""Commands that count, fetch history, build, and commit: snapshot, backfill, update, build, commit."""

import os
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from startrack import output, runner
from startrack.cli import client_factory, messages, options
from startrack.cli.options import MAX_WAIT, AsOf, Bundle, MaxWait, Settings, Sources, TakenAt
from startrack.errors import ConfigError, StartrackError

if TYPE_CHECKING:
    from startrack.config import Config
    from startrack.model.runs import Run

__all__ = [
    "backfill_command",
    "build_command",
    "commit_command",
    "run_update",
    "snapshot_command",
    "update_command",
]


def snapshot_command(
    context: typer.Context,
    sources: Sources = None,
    taken_at: TakenAt = None,
    max_wait: MaxWait = MAX_WAIT,
) -> None:
    """Count every project of the lists once and record the counts.

    \b
    Examples:
      startrack snapshot README.md
      startrack snapshot --taken-at 2026-11-23T03:17:00
    """
    from startrack.workflows import lists, snapshot

    settings: Settings = context.obj
    config, at = lists.select(settings.load(), sources or []), _taken_at(taken_at)
    with client_factory.create(config, max_wait) as client:
        messages.say_no_token(settings, client)
        with messages.progress(settings) as progress:
            result = snapshot.run(config, client, at, options.now, progress)
    messages.say_snapshot(settings, result)
    settings.say("next: `startrack trending`, or `startrack build` for the dashboards")
    messages.exit_with(result.problems)


def backfill_command(
    context: typer.Context,
    sources: Sources = None,
    pages: Annotated[
        int,
        typer.Option("--pages", metavar="N", min=1, help="Pages to fetch per project; a page has 30 weeks."),
    ] = 1,
    every: Annotated[
        bool, typer.Option("--all", help="Fetch all pages, back to the creation of each project.")
    ] = False,
    budget: Annotated[
        int | None,
        typer.Option(metavar="CALLS", min=0, help="Maximum number of API calls.", show_default=False),
    ] = None,
    reserve: Annotated[
        int | None,
        typer.Option(
            metavar="CALLS",
            min=0,
            help="API calls to leave unused each hour (default 100).",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Fetch star history and commit activity from GitHub.

    Star history says how many of today's stars were given on each day. Projects without any history are fetched
    first, then those with older weeks left, then those fetched longest ago. You can stop at any time; the next run
    continues from there.

    \b
    Examples:
      startrack backfill README.md
      startrack backfill --all --budget 500
    """
    from startrack.workflows import backfill, lists

    settings: Settings = context.obj
    config = lists.select(settings.load(), sources or [])
    with client_factory.create(config) as client, messages.progress(settings, "fetching") as progress:
        default_reserve = 100 if client.tokens.authorized else 0  # without a token, there are only 60 calls an hour
        limits = backfill.FetchLimits(None if every else pages, budget, default_reserve if reserve is None else reserve)
        client.tokens.reserve = min(client.tokens.reserve, limits.reserve)
        result = backfill.run(config, client, options.now(), limits, progress)
    messages.say_backfill(settings, result)
    messages.exit_with(result.problems)


def update_command(
    context: typer.Context,
    sources: Sources = None,
    taken_at: TakenAt = None,
    max_wait: MaxWait = MAX_WAIT,
    if_older_than: Annotated[
        str | None,
        typer.Option(
            "--if-older-than",
            metavar="AGE",
            help="Do nothing if the last whole run is younger, for example 18h.",
        ),
    ] = None,
) -> None:
    """Take a snapshot, fetch some star history, build dashboards and README tables.

    This is the command that the GitHub Action runs.

    \b
    Examples:
      startrack update README.md
      startrack --quiet update
      startrack update --if-older-than 18h
    """
    settings: Settings = context.obj
    config, age = settings.load(), options.age(if_older_than) if if_older_than else None
    if age and (run := _younger_run(config, age)):
        _skip(settings, run, f"less than {if_older_than} ago")
        return
    messages.exit_with(run_update(settings, config, sources or [], taken_at, max_wait))


def _younger_run(config: "Config", age: timedelta) -> "Run | None":
    """Return the last whole run if it is younger than `age`."""
    from startrack.store.snapshots import Snapshots
    from startrack.workflows import store_status

    now = options.now()
    return store_status.whole_run_after(Snapshots(config.snapshots_folder, config.snapshots.every), now - age, now)


def _skip(settings: Settings, run: "Run", reason: str) -> None:
    """Report that there is nothing to do, on stderr, in the job summary and in the outputs of the step."""
    from startrack.wording import dates

    job = runner.of(os.environ)
    text = f"nothing to do: the last whole run began {dates.instant(run.started_at)}, {reason}"
    settings.say(text)
    job.add_summary(f"startrack has {text}.")
    for name, value in {"counted": "0", "missing": "0", "requests": "0", "pages": "false", "skipped": "true"}.items():
        job.set_output(name, value)


def run_update(
    settings: Settings,
    config: "Config",
    sources: Sequence[str],
    taken_at: str | None,
    max_wait: float,
) -> Sequence[str]:
    """Run an update, report each stage on stderr, and return the problems; they are printed here if a stage fails."""
    from startrack.github import rest
    from startrack.workflows import job_summary, lists, snapshot, update

    counted, at = lists.select(config, sources), _taken_at(taken_at)
    problems: list[str] = []
    job = runner.of(os.environ)
    due = _due(job, options.now())

    def on_stage(result: update.StageResult) -> None:
        if isinstance(result, snapshot.SnapshotResult):
            job.set_output("counted", str(result.run.counted))
            job.set_output("missing", str(result.run.missing))
        messages.say_stage(settings, config, result)
        problems.extend(result.problems)

    with client_factory.create(counted, max_wait) as client:
        messages.say_no_token(settings, client)
        listener = update.Listener(messages.progress(settings), on_stage)
        try:
            result = update.run(config, counted, client, at, options.now, listener, due)
        except StartrackError:
            messages.say_problems(problems)
            raise
        finally:
            job.set_output("requests", str(client.requests))
        has_pages = rest.fetch_has_pages(client, job.repository) if job.is_actions and job.repository else None
    job.set_output("pages", "true" if has_pages else "false")
    if job.is_actions or job.summary:
        summary = job_summary.create(config, counted, result, job, options.now(), has_pages=has_pages)
        job.add_summary(summary.text)
        messages.annotate_lines(summary.warnings, job)
        messages.annotate_problems((*result.build.unread, *result.build.files.failed, *result.build.warnings), job)
    return problems


def build_command(
    context: typer.Context,
    as_of: AsOf = None,
    check: Annotated[
        bool,
        typer.Option("--check", help="Write nothing; exit with 1 if anything is out of date."),
    ] = False,
) -> None:
    """Build dashboards and README tables from the recorded counts.

    \b
    Examples:
      startrack build
      startrack build --check
    """
    from startrack.workflows import build

    settings: Settings = context.obj
    config = settings.load()
    result = build.run(config, options.as_of(as_of), options.now(), check=check)
    if not check:
        messages.say_build(settings, config, result)
        messages.exit_with(result.problems)
        return
    for path in result.changed:
        output.write_stdout(output.escape_line(str(path)))
    if result.changed:
        settings.say(f"{messages.changes(result, 'out of date', 'to be removed')}; run `startrack build`")
    messages.say_problems(result.problems)
    if result.changed or result.problems:
        raise typer.Exit(messages.FAILURES)


def commit_command(
    context: typer.Context,
    sources: Sources = None,
    message: Annotated[
        str,
        typer.Option("--message", "-m", metavar="TEXT", help="The commit message."),
    ] = "Update star trends",
    pull_request: Annotated[
        bool,
        typer.Option(
            "--pull-request",
            help="Push to the branch startrack/update instead, and make or update its pull request.",
        ),
    ] = False,
    bundle: Bundle = None,
) -> None:
    """Commit and push the files that startrack made, and no others.

    The GitHub Action runs it after `update`. It prints the id of the pushed commit, and nothing if there was nothing to
    commit. Counts that somebody else pushed in the meantime are merged. If the push is refused, the commit stays on the
    local branch; if the rules of the repository refuse it, the counts are saved on the branch startrack-data.

    \b
    Examples:
      startrack commit README.md
      startrack commit --message "Count stars"
      startrack commit --pull-request
    """
    from startrack.workflows import commit, lists

    settings: Settings = context.obj
    if pull_request and bundle:
        raise ConfigError("--pull-request and --bundle cannot be used together; remove one")
    config = settings.load()
    if sources:
        config = lists.lists_to_publish(config, lists.select(config, sources))
    job = runner.of(os.environ)
    if job.read_only_reason:
        messages.say_nothing_written(settings, job, job.read_only_reason)
        return
    with messages.pushing(settings, job):
        if pull_request:
            id_, problems = _propose(config, message, job)
        else:
            result = (
                commit.bundle(config, message, bundle)
                if bundle
                else commit.run(config, message, options.now(), time.sleep)
            )
            id_, problems = result.commit, result.problems
    if id_:
        output.write_stdout(id_)
    messages.annotate_problems(problems, job)
    messages.exit_with(problems)


def _propose(config: "Config", message: str, job: runner.Runner) -> tuple[str | None, Sequence[str]]:
    """Make or update the pull request; return its commit and the problems."""
    from startrack.workflows import pull_request

    with client_factory.create(config) as client:
        result = pull_request.run(config, message, client, job, time.sleep)
    if result.url:
        job.set_output("pull-request", result.url)
    if result.compare:
        job.add_summary(f"No pull request was made. [Make it by hand]({result.compare}).")
    return result.commit, result.problems


def _due(job: runner.Runner, now: datetime) -> datetime | None:
    """Return when GitHub's schedule had the job begin, `None` if something else started it."""
    from startrack import cron
    from startrack.config import ScheduleConfig

    if not job.schedule:
        return None
    try:
        return cron.last_due(cron.trigger(ScheduleConfig(cron=job.schedule, timezone=job.timezone)), now)
    except ConfigError:  # a line that GitHub can read and startrack cannot; the run counts in any case
        return None


def _taken_at(text: str | None) -> datetime | None:
    """Return the instant of the counts, `None` for now. Raises ConfigError."""
    taken_at = options.instant(text)
    if taken_at is not None and taken_at > options.now():
        raise ConfigError(f"--taken-at must not be in the future: {text}")
    return taken_at

"""Commands that count, fetch history, build, and commit: snapshot, backfill, update, build, commit."""

import os
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from startrack import output
from startrack.cli import client_factory, messages, options
from startrack.cli.messages import FAILURES
from startrack.cli.options import MAX_WAIT, AsOf, MaxWait, Settings, Sources, TakenAt
from startrack.errors import ConfigError, PushError, StartrackError, WriteError

if TYPE_CHECKING:
    from startrack.config import Config
    from startrack.github.client import Client
    from startrack.model.report import SiteReport
    from startrack.workflows import snapshot

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
    """Count every project of the lists once, into the day file and the database.

    \b
    Examples:
      startrack snapshot README.md
      startrack snapshot --taken-at 2026-11-23T03:17:00
    """
    settings: Settings = context.obj
    taken = _snapshot(settings, settings.load(), sources or [], taken_at, max_wait)
    settings.say("next: `startrack trending`, or `startrack build` for the dashboards")
    messages.exit_with(taken.problems)


def backfill_command(
    context: typer.Context,
    sources: Sources = None,
    pages: Annotated[
        int,
        typer.Option("--pages", metavar="N", min=1, help="Pages of 30 weeks for each project in this pass."),
    ] = 1,
    every: Annotated[bool, typer.Option("--all", help="All pages, back to each project's creation.")] = False,
    budget: Annotated[
        int | None,
        typer.Option(metavar="CALLS", min=0, help="Spend at most so many calls.", show_default=False),
    ] = None,
    reserve: Annotated[
        int | None,
        typer.Option(
            metavar="CALLS",
            min=0,
            help="Leave so many of the hour's calls; 100 unless given.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Fetch the stars and commits of the past: stars by the day they were given, as far as they were kept.

    Projects never asked for come first, then those with older weeks still to come, then the oldest answers.
    It may be stopped at any moment; the next pass goes on from there.

    \b
    Examples:
      startrack backfill README.md
      startrack backfill --all --budget 500
    """
    from startrack.workflows import backfill, lists

    settings: Settings = context.obj
    config = lists.select(settings.load(), sources or [])
    with client_factory.create(config) as client, messages.progress(settings, "fetching") as progress:
        usual = 100 if client.tokens.authorized else 0  # of sixty calls, none can be kept for later
        effort = backfill.FetchLimits(None if every else pages, budget, usual if reserve is None else reserve)
        client.tokens.reserve = min(client.tokens.reserve, effort.reserve)
        filled = backfill.run(config, client, options.now(), effort, progress)
    messages.say_backfill(settings, filled)
    messages.exit_with(filled.problems)


def update_command(
    context: typer.Context,
    sources: Sources = None,
    taken_at: TakenAt = None,
    max_wait: MaxWait = MAX_WAIT,
) -> None:
    """Take a snapshot, fetch some of the past, build dashboards and README tables: what the Action runs.

    \b
    Examples:
      startrack update README.md
      startrack --quiet update
    """
    settings: Settings = context.obj
    messages.exit_with(run_update(settings, settings.load(), sources or [], taken_at, max_wait))


def build_command(
    context: typer.Context,
    as_of: AsOf = None,
    check: Annotated[
        bool,
        typer.Option("--check", help="Write nothing; exit with 1 where something is out of date."),
    ] = False,
) -> None:
    """Build dashboards and README tables from what was counted.

    \b
    Examples:
      startrack build
      startrack build --check
    """
    from startrack.workflows import build

    settings: Settings = context.obj
    config = settings.load()
    built = build.run(config, options.as_of(as_of), options.now(), check=check)
    if not check:
        messages.say_build(settings, config, built)
        messages.exit_with(built.problems)
        return
    for path in built.changed:
        output.write_stdout(output.escape_line(str(path)))
    if built.changed:
        settings.say(f"{messages.changes(built, 'out of date', 'to be removed')}; run `startrack build`")
        raise typer.Exit(FAILURES)


def _snapshot(
    settings: Settings,
    config: "Config",
    sources: Sequence[str],
    taken_at: str | None,
    max_wait: float,
) -> "snapshot.SnapshotResult":
    from startrack.workflows import lists, snapshot

    config, at = lists.select(config, sources), _taken_at(taken_at)
    with client_factory.create(config, max_wait) as client:
        _say_no_token(settings, client)
        with messages.progress(settings) as progress:
            taken = snapshot.run(config, client, at, options.now, progress)
    messages.say_snapshot(settings, taken)
    return taken


def _taken_at(text: str | None) -> datetime | None:
    """Return the instant to record counts at, `None` for now. Raises ConfigError."""
    taken_at = options.instant(text)
    if taken_at is not None and taken_at > options.now():
        raise ConfigError(f"--taken-at {text} lies in the future: counts are taken at the latest now")
    return taken_at


def _say_no_token(settings: Settings, client: "Client") -> None:
    if not client.tokens.authorized:
        settings.say("no token: counting by REST, within the 60 calls an hour that GitHub gives everybody")


def run_update(
    settings: Settings,
    config: "Config",
    sources: Sequence[str],
    taken_at: str | None,
    max_wait: float,
) -> Sequence[str]:
    """Snapshot, back-fill, build and tell each stage; return what is worth a look, named here where a stage fails."""
    from startrack.workflows import lists, update

    counted, at = lists.select(config, sources), _taken_at(taken_at)
    problems: list[str] = []

    def tell(stage: update.Stage) -> None:
        messages.say_stage(settings, config, stage)
        problems.extend(stage.problems)

    with client_factory.create(counted, max_wait) as client:
        _say_no_token(settings, client)
        try:
            updated = update.run(config, counted, client, at, options.now, messages.progress(settings), tell)
        except StartrackError:
            messages.say_problems(problems)
            raise
    _write_summary(updated.built.report)
    return problems


def _write_summary(report: "SiteReport") -> None:
    """Append the movers to the job summary, where an Actions runner wants one."""
    path = os.environ.get("GITHUB_STEP_SUMMARY")
    if not path:
        return
    from startrack.dashboards.pages.digest import markdown

    try:
        with Path(path).open("a", encoding="utf-8") as summary:
            summary.write(markdown.run_summary(report))
    except OSError as error:
        raise WriteError(f"cannot write the job summary {path}: {error.strerror}") from error


def commit_command(
    context: typer.Context,
    sources: Sources = None,
    message: Annotated[
        str,
        typer.Option("--message", "-m", metavar="TEXT", help="The commit's message."),
    ] = "Update star trends",
) -> None:
    """Commit the files that startrack made, and no others, and push them: what the Action runs after `update`.

    Prints the commit that was pushed, and nothing where there was nothing to commit. What others pushed meanwhile is
    merged by its rows. Where a push is refused, the commit stays on the branch here.

    \b
    Examples:
      startrack commit README.md
      startrack commit --message "Count stars"
    """
    from startrack.workflows import commit, lists

    settings: Settings = context.obj
    config = settings.load()
    if sources:
        config = lists.lists_to_publish(config, lists.select(config, sources))
    in_actions = os.environ.get("GITHUB_ACTIONS") == "true"
    try:
        done = commit.run(config, message, time.sleep)
    except StartrackError as error:
        if in_actions:
            title = f"startrack: {error.title}" if isinstance(error, PushError) else "startrack"
            output.annotate("error", title, str(error))
        raise
    if done.commit:
        output.write_stdout(done.commit)
    if in_actions:
        for problem in done.problems:
            output.annotate("warning", "startrack", problem)
    messages.exit_with(done.problems)

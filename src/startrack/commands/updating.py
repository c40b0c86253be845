"""The commands that count, fetch the past and build what readers see."""

import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from startrack import output
from startrack.commands import arguments, connecting, talking
from startrack.commands.arguments import MAX_WAIT, AsOf, MaxWait, Sources, TakenAt
from startrack.commands.settings import Settings
from startrack.commands.talking import FAILURES
from startrack.errors import ConfigError, StartrackError, WriteError

if TYPE_CHECKING:
    from startrack import pipeline
    from startrack.config import Config
    from startrack.github.client import Client
    from startrack.models import Report

__all__ = ["backfill", "build", "run_update", "snapshot", "update"]


def snapshot(
    context: typer.Context, sources: Sources = None, taken_at: TakenAt = None, max_wait: MaxWait = MAX_WAIT
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
    talking.end(taken.problems)


def backfill(
    context: typer.Context,
    sources: Sources = None,
    pages: Annotated[
        int, typer.Option("--pages", metavar="N", min=1, help="Pages of 30 weeks for each project in this pass.")
    ] = 1,
    every: Annotated[bool, typer.Option("--all", help="All pages, back to each project's creation.")] = False,
    budget: Annotated[
        int | None, typer.Option(metavar="CALLS", min=0, help="Spend at most so many calls.", show_default=False)
    ] = None,
    reserve: Annotated[
        int | None,
        typer.Option(
            metavar="CALLS", min=0, help="Leave so many of the hour's calls; 100 unless given.", show_default=False
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
    from startrack import backfill as filling
    from startrack import tracked

    settings: Settings = context.obj
    config = tracked.chosen(settings.load(), sources or [])
    with connecting.client(config) as client, talking.progress(settings, "fetching") as progress:
        usual = 100 if client.tokens.authorized else 0  # of sixty calls, none can be kept for later
        effort = filling.Effort(None if every else pages, budget, usual if reserve is None else reserve)
        client.tokens.reserve = min(client.tokens.reserve, effort.reserve)
        filled = filling.run(config, client, arguments.now(), effort, progress)
    talking.say_filled(settings, filled)
    talking.end(filled.problems)


def update(
    context: typer.Context, sources: Sources = None, taken_at: TakenAt = None, max_wait: MaxWait = MAX_WAIT
) -> None:
    """Take a snapshot, fetch some of the past, build dashboards and README tables: what the Action runs.

    \b
    Examples:
      startrack update README.md
      startrack --quiet update
    """
    settings: Settings = context.obj
    talking.end(run_update(settings, settings.load(), sources or [], taken_at, max_wait))


def build(
    context: typer.Context,
    as_of: AsOf = None,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit with 1 where something is out of date.")
    ] = False,
) -> None:
    """Build dashboards and README tables from what was counted.

    \b
    Examples:
      startrack build
      startrack build --check
    """
    from startrack import pipeline

    settings: Settings = context.obj
    config = settings.load()
    built = pipeline.build(config, arguments.as_of(as_of), arguments.now(), check=check)
    if not check:
        talking.say_built(settings, config, built)
        talking.end(built.problems)
        return
    for path in built.changed:
        output.show(output.line(str(path)))
    if built.changed:
        settings.say(f"{talking.changes(built, 'out of date', 'to be removed')}; run `startrack build`")
        raise typer.Exit(FAILURES)


def _snapshot(
    settings: Settings, config: "Config", sources: Sequence[str], taken_at: str | None, max_wait: float
) -> "pipeline.Taken":
    from startrack import pipeline, tracked

    config, at = tracked.chosen(config, sources), _taken_at(taken_at)
    with connecting.client(config, max_wait) as client:
        _say_no_token(settings, client)
        with talking.progress(settings) as progress:
            taken = pipeline.snapshot(config, client, at, arguments.now, progress)
    talking.say_taken(settings, taken)
    return taken


def _taken_at(text: str | None) -> datetime | None:
    """Return the instant to record counts at, `None` for now. Raises ConfigError."""
    taken_at = arguments.instant(text)
    if taken_at is not None and taken_at > arguments.now():
        raise ConfigError(f"--taken-at {text} lies in the future: counts are taken at the latest now")
    return taken_at


def _say_no_token(settings: Settings, client: "Client") -> None:
    if not client.tokens.authorized:
        settings.say("no token: counting by REST, within the 60 calls an hour that GitHub gives everybody")


def run_update(
    settings: Settings, config: "Config", sources: Sequence[str], taken_at: str | None, max_wait: float
) -> Sequence[str]:
    """Snapshot, back-fill, build and tell each stage; return what is worth a look, named here where a stage fails."""
    from startrack import tracked
    from startrack import update as updating

    counted, at = tracked.chosen(config, sources), _taken_at(taken_at)
    problems: list[str] = []

    def tell(stage: updating.Stage) -> None:
        talking.say_stage(settings, config, stage)
        problems.extend(stage.problems)

    with connecting.client(counted, max_wait) as client:
        _say_no_token(settings, client)
        try:
            updated = updating.run(config, counted, client, at, arguments.now, talking.progress(settings), tell)
        except StartrackError:
            talking.name(problems)
            raise
    _write_summary(updated.built.report)
    return problems


def _write_summary(report: "Report") -> None:
    """Append the movers to the job summary, where an Actions runner wants one."""
    path = os.environ.get("GITHUB_STEP_SUMMARY")
    if not path:
        return
    from startrack.render import digest

    try:
        with Path(path).open("a", encoding="utf-8") as summary:
            summary.write(digest.summary(report))
    except OSError as error:
        raise WriteError(f"cannot write the job summary {path}: {error.strerror}") from error

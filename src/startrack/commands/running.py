"""The commands that keep on: updates on a cron, and the demo."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from startrack import output
from startrack.commands import arguments, talking, updating
from startrack.commands.arguments import MAX_WAIT
from startrack.commands.settings import Settings
from startrack.errors import ConfigError, StartrackError

if TYPE_CHECKING:
    from startrack.config import Config

__all__ = ["demo", "schedule"]


def schedule(
    context: typer.Context,
    serve: Annotated[
        int | None, typer.Option(metavar="PORT", min=1, max=65535, help="Serve the dashboards on this port too.")
    ] = None,
    count: Annotated[
        int | None,
        typer.Option("--next", metavar="N", min=1, max=10_000, help="Print the next N runs and end: nothing is run."),
    ] = None,
    start: Annotated[
        str | None,
        typer.Option("--from", metavar="T", help="With --next: begin at this instant (ISO 8601, UTC) instead of now."),
    ] = None,
) -> None:
    """Run `update` on the configured cron until stopped.

    \b
    Examples:
      startrack schedule
      startrack schedule --serve 8000
      startrack schedule --next 5
    """
    if count is not None:
        _print_runs(context.obj, count, start)
        return
    if start is not None:
        raise ConfigError("--from goes with --next; add --next 5 to print five runs")
    from startrack import pipeline, tracked
    from startrack import schedule as scheduling

    settings: Settings = context.obj
    config = tracked.chosen(settings.load(), [])
    last = pipeline.last_run(config, arguments.now())
    with _serving(config, serve, settings):
        scheduling.run(
            config.schedule, lambda: _update_or_say(settings, config), last.started_at if last else None, settings.say
        )


def demo(
    context: typer.Context,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where to build it.")] = Path("demo-output"),
) -> None:
    """Replay real history through a GitHub on this machine: offline, without a token.

    \b
    Examples:
      startrack demo
      startrack demo --out /tmp/startrack-demo
    """
    try:
        from startrack.demo import replay
    except ModuleNotFoundError as error:
        raise ConfigError(f"the demo needs {error.name}; install startrack with its extra `demo`") from error

    settings: Settings = context.obj
    shown = replay.run(out, settings.say)
    output.show(shown)


def _print_runs(settings: Settings, count: int, start: str | None) -> None:
    """Print runs, a line each: the time on the clock of the schedule's zone, its weekday, and the same in UTC."""
    from startrack import schedule as scheduling

    instant = arguments.instant(start) or arguments.now()
    for run in scheduling.upcoming(settings.load().schedule, instant.replace(tzinfo=UTC), count):
        output.show(f"{run.isoformat()}  {run:%a}  {run.astimezone(UTC):%Y-%m-%dT%H:%MZ}")


def _update_or_say(settings: Settings, config: "Config") -> None:
    """Run an update of the schedule; a failure is told, and the next one is tried all the same."""
    try:
        problems = updating.run_update(settings, config, [], None, MAX_WAIT)
    except StartrackError as error:
        problems = [str(error)]
    talking.name(problems)


@contextmanager
def _serving(config: "Config", port: int | None, settings: Settings) -> Iterator[None]:
    if port is None:
        yield
        return
    try:
        from startrack import serve
    except ModuleNotFoundError as error:
        raise ConfigError(f"--serve needs {error.name}; install startrack with its extra `serve`") from error
    with serve.serving(config.dashboards_folder, port):
        settings.say(f"serving {config.dashboards_folder} at http://127.0.0.1:{port}/")
        yield

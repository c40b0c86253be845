"""Commands that run for long: schedule and demo."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from startrack import output
from startrack.cli import messages, options, update_commands
from startrack.cli.options import MAX_WAIT, Settings
from startrack.errors import ConfigError, StartrackError

if TYPE_CHECKING:
    from startrack.config import Config

__all__ = [
    "demo_command",
    "schedule_command",
]


def schedule_command(
    context: typer.Context,
    serve: Annotated[
        int | None,
        typer.Option(metavar="PORT", min=1, max=65535, help="Serve the dashboards on this port too."),
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
    from startrack import scheduler
    from startrack.workflows import lists, snapshot

    settings: Settings = context.obj
    config = lists.select(settings.load(), [])
    last = snapshot.last_run(config, options.now())
    with _serving(config, serve, settings):
        scheduler.run(
            config.schedule,
            lambda: _update_or_say(settings, config),
            last.started_at if last else None,
            settings.say,
        )


def demo_command(
    context: typer.Context,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where to build it.")] = Path("demo-output"),
) -> None:
    """Replay real history through a GitHub on this machine: offline, without a token.

    \b
    Examples:
      startrack demo
      startrack demo --out /tmp/startrack-demo
    """
    from startrack.cli import formats

    try:
        from startrack.demo import replay
    except ModuleNotFoundError as error:
        raise ConfigError(f"the demo needs {error.name}; install startrack with its extra `demo`") from error

    settings: Settings = context.obj
    ranked = replay.run(out, settings.say)
    table = formats.write(formats.narrow(formats.ranking(ranked)), formats.Format.TABLE)
    readme, page = (output.escape_line(str(out / name)) for name in ("README.md", "dashboards/index.html"))
    output.write_stdout(
        f"Rising over 30 days (from the nearest count, as the record is weekly):\n\n{table}\n\n"
        f"The tables of {readme} are filled.\nOpen {page}"
    )


def _print_runs(settings: Settings, count: int, start: str | None) -> None:
    """Print runs, a line each: the time on the clock of the schedule's zone, its weekday, and the same in UTC."""
    from startrack import scheduler

    instant = options.instant(start) or options.now()
    for run in scheduler.upcoming(settings.load().schedule, instant.replace(tzinfo=UTC), count):
        output.write_stdout(f"{run.isoformat()}  {run:%a}  {run.astimezone(UTC):%Y-%m-%dT%H:%MZ}")


def _update_or_say(settings: Settings, config: "Config") -> None:
    """Run an update of the schedule; a failure is told, and the next one is tried all the same."""
    try:
        problems = update_commands.run_update(settings, config, [], None, MAX_WAIT)
    except StartrackError as error:
        problems = [str(error)]
    messages.say_problems(problems)


@contextmanager
def _serving(config: "Config", port: int | None, settings: Settings) -> Iterator[None]:
    if port is None:
        yield
        return
    try:
        from startrack import server
    except ModuleNotFoundError as error:
        raise ConfigError(f"--serve needs {error.name}; install startrack with its extra `serve`") from error
    with server.serving(config.dashboards_folder, port):
        settings.say(f"serving {config.dashboards_folder} at http://127.0.0.1:{port}/")
        yield

"""Commands that start a service: schedule and serve (until they are stopped) and demo (a local GitHub)."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from startrack import output
from startrack.cli import options
from startrack.cli.options import Settings
from startrack.errors import ConfigError

if TYPE_CHECKING:
    from startrack import scheduler
    from startrack.cli.service import Service

__all__ = [
    "demo_command",
    "schedule_command",
    "serve_command",
]

_LOOPBACK = "127.0.0.1"
Host = Annotated[
    str,
    typer.Option("--host", metavar="ADDRESS", help="The address of this machine to serve at; 0.0.0.0 for all of them."),
]


def schedule_command(
    context: typer.Context,
    serve: Annotated[
        int | None,
        typer.Option(metavar="PORT", min=1, max=65535, help="Also serve the dashboards on this port."),
    ] = None,
    host: Host = _LOOPBACK,
    count: Annotated[
        int | None,
        typer.Option("--next", metavar="N", min=1, max=10_000, help="Print the times of the next N runs and exit."),
    ] = None,
    start: Annotated[
        str | None,
        typer.Option("--from", metavar="T", help="With --next: start at this time (ISO 8601, UTC) instead of now."),
    ] = None,
) -> None:
    """Run `update` at the times of the configured cron line, until stopped.

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
        raise ConfigError("--from needs --next; add for example --next 5")
    from startrack import scheduler
    from startrack.cli.service import Service
    from startrack.workflows import lists, snapshot

    settings: Settings = context.obj
    config = lists.select(settings.load(), [])
    last = snapshot.last_run(config, options.now(), is_whole=True)
    service = Service(settings, config, has_run=last is not None)
    runs = scheduler.Scheduler(
        service.config.schedule, service, service.stop, settings.say, last.started_at if last else None
    )
    with nullcontext() if serve is None else _serving(settings, service, serve, host, runs):
        runs.run()


def serve_command(
    context: typer.Context,
    port: Annotated[int, typer.Option("--port", metavar="PORT", min=1, max=65535, help="The port to serve on.")] = 8000,
    host: Host = _LOOPBACK,
) -> None:
    """Serve the dashboards, `/healthz` and `/metrics` until stopped; something else starts the runs.

    \b
    Examples:
      startrack serve
      startrack serve --port 8080
    """
    from startrack import stopping
    from startrack.cli.service import Service

    settings: Settings = context.obj
    service = Service(settings, settings.load())
    with stopping.received_signals() as signals, _serving(settings, service, port, host):
        while (number := stopping.next_signal(signals)) not in stopping.ENDING:
            if number is not None and service.reload() is not None:
                settings.say("the configuration was read again")


def demo_command(
    context: typer.Context,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for the demo.")] = Path("demo-output"),
) -> None:
    """Build dashboards from recorded history, offline and without a token.

    A GitHub server on this machine replays the history of real projects, and startrack counts it.

    \b
    Examples:
      startrack demo
      startrack demo --out /tmp/startrack-demo
    """
    from startrack.cli import formats

    try:
        from startrack.demo import replay
    except ModuleNotFoundError as error:
        raise ConfigError(f"the demo needs {error.name}; install startrack[demo]") from error

    settings: Settings = context.obj
    ranked = replay.run(out, settings.say)
    table = formats.write(formats.narrow(formats.ranking(ranked)), formats.Format.TABLE)
    readme, page = (output.escape_line(str(out / name)) for name in ("README.md", "dashboards/index.html"))
    output.write_stdout(
        f"Rising most in 30 days (the counts are weekly, so the nearest one is used):\n\n{table}\n\n"
        f"The tables in {readme} are filled.\nOpen {page}"
    )


def _print_runs(settings: Settings, count: int, start: str | None) -> None:
    """Print one line per run: its time in the schedule's time zone, the weekday, and its time in UTC."""
    from startrack import cron

    instant = options.instant(start) or options.now()
    for run in cron.upcoming(settings.load().schedule, instant.replace(tzinfo=UTC), count):
        output.write_stdout(f"{run.isoformat()}  {run:%a}  {run.astimezone(UTC):%Y-%m-%dT%H:%MZ}")


@contextmanager
def _serving(
    settings: Settings, service: "Service", port: int, host: str, runs: "scheduler.Scheduler | None" = None
) -> Iterator[None]:
    """Serve until the end of the block, with the figures of the runs of this process if it has any."""
    try:
        from startrack import server
        from startrack.cli.monitoring import Monitor
    except ModuleNotFoundError as error:
        raise ConfigError(f"serving needs {error.name}; install startrack[serve]") from error
    monitor = Monitor(lambda: service.config)
    if runs:
        monitor = Monitor(lambda: service.config, lambda: runs.next_run, lambda: service.totals)
    with server.serving(monitor.content, port, host):
        shown = f"[{host}]" if ":" in host else host
        settings.say(f"serving {service.config.dashboards_folder} at http://{shown}:{port}/")
        yield

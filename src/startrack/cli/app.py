"""The command line: the global options, the commands, and the only place where errors are caught and printed."""

import os
import platform
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from startrack import output, runner
from startrack.cli import (
    check_commands,
    counts_commands,
    health_commands,
    history_commands,
    init_commands,
    messages,
    report_commands,
    service_commands,
    transfer_commands,
    update_commands,
)
from startrack.cli.options import Settings
from startrack.errors import ConfigError, ReaderGoneError, StartrackError

__all__ = [
    "app",
    "main",
]


app = typer.Typer(
    name="startrack",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)

_INTERRUPTED = 130  # 128 + SIGINT, as shells count


def main() -> None:
    """Run the command line; a StartrackError becomes one line on stderr and the exit code of its class."""
    output.install(is_actions=runner.of(os.environ).is_actions)
    try:
        code = _run(sys.argv[1:])
        output.finish()
    except ReaderGoneError as error:
        code = error.exit_code
    except StartrackError as error:
        messages.say_problems([error])
        code = error.exit_code
    sys.exit(code)


def _run(arguments: list[str]) -> int:
    """Run a command and return its exit code. Raises StartrackError, of which ConfigError for wrong arguments."""
    try:
        # In standalone mode, typer would print the arguments unescaped.
        return app(arguments, prog_name="startrack", standalone_mode=False) or 0
    except typer.TyperException as error:
        if arguments:
            raise ConfigError(f"{error.format_message()} (see `startrack --help`)") from error
        sys.stderr.write(f"{error}\n")
        return ConfigError.exit_code
    except (KeyboardInterrupt, typer.Abort):
        return _INTERRUPTED


def _show_version(wanted: bool) -> None:  # noqa: FBT001 - typer's callback
    if wanted:
        packages = ", ".join(f"{name} {version(name.lower())}" for name in ("DuckDB", "Plotly"))
        output.write_stdout(f"startrack {version('startrack')} ({packages}, Python {platform.python_version()})")
        raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    config: Annotated[
        Path | None,
        typer.Option(
            "--config",
            metavar="FILE",
            help="Configuration file to use instead of startrack.toml.",
            show_default=False,
        ),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print only results and errors.")] = False,
    verbose: Annotated[
        bool,
        typer.Option(
            "--verbose",
            "-v",
            help="List every project that was not counted, and show requests, waits and retries.",
        ),
    ] = False,
    _version: Annotated[
        bool,
        typer.Option(
            "--version",
            help="Print the versions of startrack, DuckDB, Plotly and Python.",
            callback=_show_version,
            is_eager=True,
        ),
    ] = False,
) -> None:
    """Count the stars, forks and commits of the projects in awesome lists, and publish the trends.

    \b
    Examples:
      startrack demo                     build a demo, offline, from recorded real counts
      startrack init                     set up the list in this folder
      startrack update README.md         count every project of a list, and build its dashboards
      startrack trending --window 7d     show which projects rise this week
    """
    if quiet and verbose:
        raise ConfigError("--quiet and --verbose cannot be used together; remove one")
    if verbose:
        context.with_resource(output.log_to_stderr())
    context.obj = Settings(config, quiet, verbose)


app.command(name="init")(init_commands.init_command)
app.command(name="list")(report_commands.list_command)
app.command(name="snapshot")(update_commands.snapshot_command)
app.command(name="backfill")(update_commands.backfill_command)
app.command(name="update")(update_commands.update_command)
app.command(name="build")(update_commands.build_command)
app.command(name="commit")(update_commands.commit_command)
app.add_typer(counts_commands.app)
app.add_typer(history_commands.app)
app.command(name="import")(transfer_commands.import_command)
app.command(name="export")(transfer_commands.export_command)
app.command(name="trending")(report_commands.trending_command)
app.command(name="check")(check_commands.check_command)
app.command(name="health")(health_commands.health_command)
app.command(name="doctor")(report_commands.doctor_command)
app.command(name="schedule")(service_commands.schedule_command)
app.command(name="serve")(service_commands.serve_command)
app.command(name="demo")(service_commands.demo_command)

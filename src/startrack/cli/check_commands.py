"""The command `check`: the gate for proposed additions to a list."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from startrack import output, runner
from startrack.cli import client_factory, messages, options
from startrack.cli.messages import FAILURES
from startrack.cli.options import FormatOption, Settings
from startrack.errors import ConfigError, SourceError

if TYPE_CHECKING:
    from startrack.workflows.check import Wanted

__all__ = ["check_command"]

_STANDARD_INPUT = "-"


def check_command(
    context: typer.Context,
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="OWNER/NAME", help="A project on GitHub that may be added.", show_default=False),
    ] = None,
    base: Annotated[
        str | None,
        typer.Option(metavar="REV", help="Check the entries that the lists do not have at this git revision."),
    ] = None,
    diff: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Check what a unified diff adds to the lists; - reads standard input."),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Check every entry of the lists.")] = False,
    sources: Annotated[
        list[str] | None,
        typer.Option("--list", metavar="L", help="Use only this list; may be repeated.", show_default=False),
    ] = None,
    form: FormatOption = "table",
) -> None:
    """Judge projects that are proposed for a list, by the rules of the configuration.

    Shows what a maintainer wants to know of each, records nothing, and exits with 1 if a project fails a rule or could
    not be looked at.

    \b
    Examples:
      startrack check hiyouga/EasyR1
      startrack check --base main
      startrack check --all --format markdown
    """
    from startrack.cli import check_formats
    from startrack.workflows import check, check_report, lists

    settings: Settings = context.obj
    chosen_form, wanted = options.form(form), _wanted(names or [], base, diff, every=every)
    config = settings.load()
    if sources or not isinstance(wanted, check.Names):
        config = lists.select(config, sources or [])
    now, job = options.now(), runner.of(os.environ)
    with client_factory.create(config) as client:
        messages.say_no_token(settings, client)
        result = check.run(config, wanted, client, now)
    output.write_stdout(check_formats.write(result, config.check, now.date(), chosen_form))
    settings.say(check_report.counts_line(result.judgements))
    job.add_summary(check_report.verdict_document(result, config.check, now.date()))
    messages.say_problems(result.problems)
    if result.problems or not all(judgement.is_accepted for judgement in result.judgements):
        raise typer.Exit(FAILURES)


def _wanted(names: list[str], base: str | None, diff: str | None, *, every: bool) -> "Wanted":
    """Return what to check. Raises ConfigError unless the arguments ask for one thing."""
    from startrack.workflows import check

    given = [bool(names), base is not None, diff is not None, every]
    if sum(given) != 1:
        raise ConfigError("name what to check in one way: OWNER/NAME, --base REV, --diff FILE or --all")
    if base is not None:
        return check.SinceRevision(base)
    if diff is not None:
        return check.InDiff(_read_diff(diff))
    return check.Everything() if every else check.Names(tuple(names))


def _read_diff(name: str) -> bytes:
    """Return a diff, of which too much is read where it is too large. Raises SourceError if it cannot be read."""
    from startrack.lists.diffs import MAX_BYTES

    try:
        if name == _STANDARD_INPUT:
            return sys.stdin.buffer.read(MAX_BYTES + 1)
        with Path(name).open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise SourceError(f"cannot read the diff {name}: {getattr(error, 'strerror', error)}; check --diff") from error

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
    from startrack.workflows.candidates import InPullRequest, Wanted

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
    pull_request: Annotated[
        int | None,
        typer.Option(
            "--pull-request",
            metavar="N",
            min=1,
            help="Check what a pull request of the repository GITHUB_REPOSITORY adds, by its diff from GitHub's API.",
            show_default=False,
        ),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Check every entry of the lists.")] = False,
    sources: Annotated[
        list[str] | None,
        typer.Option("--list", metavar="L", help="Use only this list; may be repeated.", show_default=False),
    ] = None,
    comment: Annotated[
        bool,
        typer.Option("--comment", help="Also keep one comment with the verdict on the pull request."),
    ] = False,
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
    from startrack.wording import checks, phrases
    from startrack.workflows import candidates, check, check_comment, check_report, lists

    settings: Settings = context.obj
    job = runner.of(os.environ)
    pull = None if pull_request is None else _pull_request(job, pull_request)
    chosen_form, wanted = options.form(form), _wanted(names or [], base, diff, pull, every=every)
    if comment and pull is None:
        raise ConfigError("--comment needs --pull-request; add it, or remove --comment")
    config = settings.load()
    if sources or not isinstance(wanted, candidates.Names):
        config = lists.select(config, sources or [])
    now = options.now()
    with client_factory.create(config) as client:
        messages.say_no_token(settings, client)
        with messages.progress(settings, "checking") as progress:
            result = check.run(config, wanted, client, now, progress)
        verdict = check_report.verdict_document(result, config.check, now.date())
        unwritten = check_comment.keep(client, pull, result, verdict) if comment and pull else None
    if text := check_formats.write(result, config.check, now.date(), chosen_form):
        output.write_stdout(text)
    settings.say(check_report.counts_line(result.judgements))
    for sentence in checks.unknown_licences(config.check):
        settings.say(f"warning: {sentence}")
    if result.elsewhere:
        settings.say(f"not looked at: {phrases.other_hosts(result.elsewhere)}")
    job.add_summary(verdict)
    messages.annotate_lines(check_report.line_warnings(result, config, job, now.date()), job)
    problems = [*result.problems, *filter(None, [unwritten])]
    messages.annotate_problems(problems, job)
    messages.say_problems(problems)
    if result.problems or not all(judgement.is_accepted for judgement in result.judgements):
        raise typer.Exit(FAILURES)


def _pull_request(job: runner.Runner, number: int) -> "InPullRequest":
    from startrack.workflows import candidates

    if job.repository is None:
        raise ConfigError("--pull-request needs the repository; set GITHUB_REPOSITORY=OWNER/NAME")
    return candidates.InPullRequest(job.repository, number)


def _wanted(
    names: list[str], base: str | None, diff: str | None, pull: "InPullRequest | None", *, every: bool
) -> "Wanted":
    """Return what to check. Raises ConfigError unless the arguments ask for one thing."""
    from startrack.workflows import candidates

    given = [bool(names), base is not None, diff is not None, pull is not None, every]
    if sum(given) != 1:
        raise ConfigError(
            "name what to check in one way: OWNER/NAME, --base REV, --diff FILE, --pull-request N or --all"
        )
    if pull is not None:
        return pull
    if base is not None:
        return candidates.SinceRevision(base)
    if diff is not None:
        return candidates.InDiff(_read_diff(diff))
    return candidates.Everything() if every else candidates.Names(tuple(names))


def _read_diff(name: str) -> bytes:
    """Return a diff, of which too much is read where it is too large. Raises SourceError if it cannot be read."""
    from startrack.lists.diffs import MAX_BYTES

    try:
        if name == _STANDARD_INPUT:
            return sys.stdin.buffer.read(MAX_BYTES + 1) if sys.stdin else b""
        with Path(name).open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise SourceError(f"cannot read the diff {name}: {getattr(error, 'strerror', error)}; check --diff") from error

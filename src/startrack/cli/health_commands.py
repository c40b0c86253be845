"""The command that reviews the health of the lists: health."""

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from startrack import output, runner
from startrack.cli import client_factory, messages, options
from startrack.cli.options import AsOf, Sources
from startrack.errors import ConfigError

if TYPE_CHECKING:
    from startrack.cli.finding_formats import FindingFormat
    from startrack.cli.options import Settings
    from startrack.config import Config
    from startrack.workflows import health

__all__ = ["health_command"]


def health_command(
    context: typer.Context,
    sources: Sources = None,
    as_of: AsOf = None,
    form: Annotated[
        str, typer.Option("--format", metavar="table|json|csv|markdown|sarif|annotations", help="Output format.")
    ] = "table",
    issue: Annotated[
        bool, typer.Option("--issue", help="Print the text of an issue about the findings instead, as Markdown.")
    ] = False,
    update_issue: Annotated[
        bool,
        typer.Option(
            "--update-issue",
            help="Keep one issue of GITHUB_REPOSITORY current: make, edit or close it, and print its address.",
        ),
    ] = False,
    fix: Annotated[
        bool,
        typer.Option(
            "--fix", help="Rewrite the links of renamed projects, and treat archived ones as `[health] archived` says."
        ),
    ] = False,
    diff: Annotated[
        bool, typer.Option("--diff", help="With --fix: print the changes as a diff, and write nothing.")
    ] = False,
    restore: Annotated[bool, typer.Option("--restore", help="Take the last --fix back, byte for byte.")] = False,
) -> None:
    """Print the entries that need attention: gone, renamed, archived, inactive and more.

    The findings are those of the health page: they come from the recorded counts, and GitHub is asked nothing. Exits
    with 1 if there are any; with --fix, if some that it is for could not be fixed.

    \b
    Examples:
      startrack health
      startrack health --format sarif
      startrack health --issue
      startrack health --fix --diff
      startrack health --fix
    """
    from startrack.cli.finding_formats import FindingFormat
    from startrack.workflows import health, lists

    chosen_form = options.named_format(form, FindingFormat)
    _check_options(fix=fix, diff=diff, restore=restore, issue=issue, update_issue=update_issue)
    if (fix or restore or issue or update_issue) and chosen_form is not FindingFormat.TABLE:
        raise ConfigError("--format is for the findings alone; remove it")
    settings: Settings = context.obj
    config = settings.load()
    if restore:
        _restore(settings, config, sources or ())
        return
    if sources:
        config = lists.select(config, sources)
    result = health.run(config, options.as_of(as_of), options.now())
    if fix:
        _fix(settings, config, result, diff=diff)
        return
    if update_issue:
        _update_issue(settings, config, result)
        return
    if issue:
        output.write_stdout(health.issue_text(result))
    else:
        _print(result, chosen_form)
    if not result.report.is_observed:
        messages.exit_uncounted(result.report)
    messages.say_health(settings, result)
    if chosen_form is FindingFormat.TABLE and not issue:
        _say_fix(settings, result)
    if result.review.findings:
        raise typer.Exit(messages.FAILURES)


def _say_fix(settings: "Settings", result: "health.HealthResult") -> None:
    """Say how links to renamed projects are replaced, if a file has some."""
    from startrack.model.findings import Kind

    renamed = [finding for finding in result.review.findings if finding.kind is Kind.RENAMED]
    if any(place.list_name in result.files for finding in renamed for place in finding.places):
        settings.say("`startrack health --fix` replaces the links of renamed projects; --diff shows the changes first")


def _check_options(*, diff: bool, **actions: bool) -> None:
    """Raise ConfigError if two options ask for different things."""
    given = [f"--{name.replace('_', '-')}" for name, is_given in actions.items() if is_given]
    if len(given) > 1:
        raise ConfigError(f"{given[0]} and {given[1]} cannot be used together; remove one")
    if diff and given != ["--fix"]:
        raise ConfigError("--diff is for --fix; add that, or remove this")


def _print(result: "health.HealthResult", form: "FindingFormat") -> None:
    from startrack.cli import finding_formats
    from startrack.cli.finding_formats import FindingFormat

    if form is FindingFormat.ANNOTATIONS:
        output.write_annotations(finding_formats.annotations(result))
    else:
        output.write_stdout(finding_formats.write(result, form))


def _fix(settings: "Settings", config: "Config", result: "health.HealthResult", *, diff: bool) -> None:
    """Fix the files, or print the diff; say what was done and what could not be."""
    from startrack.wording import figures
    from startrack.workflows import health_fix

    if not result.report.is_observed:
        messages.exit_uncounted(result.report)
    fixed = health_fix.run(config, result)
    done = [line for file in fixed.files for line in file.done]
    number = f"{figures.count(len(done), 'change')} in {figures.count(len(fixed.files), 'file')}"
    if diff:
        output.write_diff("".join(file.diff for file in fixed.files))
        settings.say(f"{number}; nothing was written")
    else:
        health_fix.save(config, fixed)
        for line in done:
            output.write_stdout(output.escape_line(line))
        settings.say(f"{number}; `startrack health --restore` takes them back" if done else "nothing to fix")
    messages.exit_with(fixed.problems)


def _restore(settings: "Settings", config: "Config", sources: Sequence[str]) -> None:
    """Take the last fix back."""
    from startrack.workflows import health_fix

    for name in health_fix.restore(config, sources):
        settings.say(f"restored {name}")


def _update_issue(settings: "Settings", config: "Config", result: "health.HealthResult") -> None:
    """Keep the issue current, and print its address; report what GitHub refuses as a warning."""
    from startrack.workflows import health

    job = runner.of(os.environ)
    messages.say_health(settings, result)
    if job.read_only_reason:
        messages.say_nothing_written(settings, job, job.read_only_reason)
        return
    with client_factory.create(config) as client:
        kept = health.keep_issue(result, client, job)
    if kept.issue and kept.issue.is_open:
        output.write_stdout(kept.issue.url)
    messages.annotate_problems(kept.problems, job)
    messages.exit_with(kept.problems)

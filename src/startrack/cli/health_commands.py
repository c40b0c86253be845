"""The command that reviews the health of the lists: health."""

import os
from typing import TYPE_CHECKING, Annotated

import typer

from startrack import output, runner
from startrack.cli import client_factory, messages, options
from startrack.cli.options import AsOf, Sources
from startrack.errors import ConfigError

if TYPE_CHECKING:
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
) -> None:
    """Print the entries that need attention: gone, renamed, archived, inactive and more.

    The findings are those of the health page: they come from the recorded counts, and GitHub is asked nothing. Exits
    with 1 if there are any.

    \b
    Examples:
      startrack health
      startrack health --format sarif
      startrack health --issue
    """
    from startrack.cli import finding_formats
    from startrack.cli.finding_formats import FindingFormat
    from startrack.workflows import health, lists

    chosen_form = options.named_format(form, FindingFormat)
    if (issue or update_issue) and chosen_form is not FindingFormat.TABLE:
        raise ConfigError("--issue and --update-issue have a format of their own; remove --format")
    settings: Settings = context.obj
    config = settings.load()
    if sources:
        config = lists.select(config, sources)
    result = health.run(config, options.as_of(as_of), options.now())
    if update_issue:
        _update_issue(settings, config, result)
        return
    if issue:
        output.write_stdout(health.issue_text(result))
    elif chosen_form is FindingFormat.ANNOTATIONS:
        output.write_annotations(finding_formats.annotations(result))
    else:
        output.write_stdout(finding_formats.write(result, chosen_form))
    messages.say_health(settings, result)
    if result.review.findings:
        raise typer.Exit(messages.FAILURES)


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

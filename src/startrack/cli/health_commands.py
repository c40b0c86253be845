"""The command that reviews the health of the lists: health."""

from typing import TYPE_CHECKING, Annotated

import typer

from startrack import output
from startrack.cli import messages, options
from startrack.cli.options import AsOf

if TYPE_CHECKING:
    from startrack.cli.options import Settings

__all__ = ["health_command"]


def health_command(
    context: typer.Context,
    as_of: AsOf = None,
    form: Annotated[
        str, typer.Option("--format", metavar="table|json|csv|markdown|sarif|annotations", help="Output format.")
    ] = "table",
) -> None:
    """Print the entries that need attention: gone, renamed, archived, inactive and more.

    The findings are those of the health page: they come from the recorded counts, and GitHub is asked nothing. Exits
    with 1 if there are any.

    \b
    Examples:
      startrack health
      startrack health --format sarif
    """
    from startrack.cli import finding_formats
    from startrack.cli.finding_formats import FindingFormat
    from startrack.workflows import health

    chosen_form = options.named_format(form, FindingFormat)
    settings: Settings = context.obj
    result = health.run(settings.load(), options.as_of(as_of), options.now())
    if chosen_form is FindingFormat.ANNOTATIONS:
        output.write_annotations(finding_formats.annotations(result))
    else:
        output.write_stdout(finding_formats.write(result, chosen_form))
    messages.say_health(settings, result)
    if result.review.findings:
        raise typer.Exit(messages.FAILURES)

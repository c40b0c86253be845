"""The commands that print what is known: the projects of lists, and which of them move."""

from contextlib import ExitStack
from functools import cache
from typing import TYPE_CHECKING, Annotated

import typer

from startrack import output
from startrack.commands import arguments, connecting, talking
from startrack.commands.arguments import AsOf, FormatOption, Sources
from startrack.trends.ranking import By

if TYPE_CHECKING:
    from startrack.commands.settings import Settings

__all__ = ["list_", "trending"]


def list_(context: typer.Context, sources: Sources = None, form: FormatOption = "table") -> None:
    """Print the projects found in lists.

    \b
    Examples:
      startrack list README.md
      startrack list vinta/awesome-python --format json
    """
    from startrack import tracked
    from startrack.render import formats, rankings

    chosen_form = arguments.form(form)
    settings: Settings = context.obj
    config = tracked.chosen(settings.load(), sources or [])
    with ExitStack() as stack:
        # A local file needs no token, so that a wrong one does not matter.
        connect = cache(lambda: stack.enter_context(connecting.client(config)))
        found, problems = tracked.read_lists(config, connect)
    if not found and problems:
        raise problems[0]
    output.show(formats.write(rankings.entries(found), chosen_form))
    settings.say(f"{sum(len(each.entries) for each in found):,} projects in {len(found)} list(s)")
    talking.say_left_out(settings, found)
    talking.end([str(problem) for problem in problems])


def trending(
    context: typer.Context,
    window: Annotated[str, typer.Option(metavar="DAYS", help="Over which days, such as 7d.")] = "30d",
    by: Annotated[
        str | None,
        typer.Option(
            metavar="|".join(By), help="What to rank by; the configuration's sort unless given.", show_default=False
        ),
    ] = None,
    list_name: Annotated[str | None, typer.Option("--list", metavar="L", help="Only this list.")] = None,
    section: Annotated[str | None, typer.Option(metavar="S", help="Only sections of this heading.")] = None,
    limit: Annotated[int | None, typer.Option(metavar="N", min=1, help="Only the first N.")] = None,
    as_of: AsOf = None,
    form: FormatOption = "table",
) -> None:
    """Print which projects move most.

    \b
    Examples:
      startrack trending
      startrack trending --window 7d --by gain --limit 10
      startrack trending --format json
    """
    from startrack import pipeline
    from startrack.render import formats, rankings

    chosen_form = arguments.form(form)
    settings: Settings = context.obj
    asked = pipeline.Ranking(
        arguments.window(window), None if by is None else By(arguments.by(by)), list_name, section, limit
    )
    rows = pipeline.trending(settings.load(), asked, arguments.as_of(as_of), arguments.now())
    if chosen_form in (formats.Format.TABLE, formats.Format.MARKDOWN):
        rows = rankings.narrow(rows)
    output.show(formats.write(rows, chosen_form))
    if not rows.rows:
        settings.say("nothing has been counted yet; run `startrack snapshot`")

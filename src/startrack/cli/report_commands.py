"""Commands that print what is known: list, trending, doctor."""

from contextlib import ExitStack
from functools import cache
from typing import TYPE_CHECKING, Annotated

import typer

from startrack import output
from startrack.cli import client_factory, messages, options
from startrack.cli.messages import FAILURES
from startrack.cli.options import AsOf, FormatOption, Sources
from startrack.trends.ranking import RankBy

if TYPE_CHECKING:
    from startrack.cli.options import Settings

__all__ = [
    "doctor_command",
    "list_command",
    "trending_command",
]


def list_command(context: typer.Context, sources: Sources = None, form: FormatOption = "table") -> None:
    """Print the projects found in lists.

    \b
    Examples:
      startrack list README.md
      startrack list vinta/awesome-python --format json
    """
    from startrack.cli import formats
    from startrack.workflows import lists

    chosen_form = options.form(form)
    settings: Settings = context.obj
    config = lists.select(settings.load(), sources or [])
    with ExitStack() as stack:
        # A local file needs no token, so that a wrong one does not matter.
        connect = cache(lambda: stack.enter_context(client_factory.create(config)))
        found, problems = lists.read_lists(config, connect)
    if not found and problems:
        raise problems[0]
    output.write_stdout(formats.write(formats.entries(found), chosen_form))
    settings.say(f"{sum(len(each.entries) for each in found):,} projects in {len(found)} list(s)")
    messages.say_skipped_entries(settings, found)
    messages.exit_with([str(problem) for problem in problems])


def trending_command(
    context: typer.Context,
    window: Annotated[str, typer.Option(metavar="DAYS", help="Over which days, such as 7d.")] = "30d",
    by: Annotated[
        str | None,
        typer.Option(
            metavar="|".join(RankBy),
            help="What to rank by; the configuration's sort unless given.",
            show_default=False,
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
    from startrack.cli import formats
    from startrack.workflows import trending

    chosen_form = options.form(form)
    settings: Settings = context.obj
    asked = trending.Ranking(
        options.window(window),
        None if by is None else RankBy(options.by(by)),
        list_name,
        section,
        limit,
    )
    rows = formats.ranking(trending.run(settings.load(), asked, options.as_of(as_of), options.now()))
    if chosen_form in (formats.Format.TABLE, formats.Format.MARKDOWN):
        rows = formats.narrow(rows)
    output.write_stdout(formats.write(rows, chosen_form))
    if not rows.rows:
        settings.say("nothing has been counted yet; run `startrack snapshot`")


def doctor_command(context: typer.Context, form: FormatOption = "table") -> None:
    """Say what is wrong with a set-up, and how to mend it.

    Configuration, tokens and what is left of their budgets, database, day files, last runs, and what keeps failing.
    Exits with 1 where something is worth a look. Tokens are shown by their last four letters.

    \b
    Examples:
      startrack doctor
      startrack doctor --format json
    """
    from startrack.cli import formats
    from startrack.config import find
    from startrack.workflows import doctor

    chosen_form = options.form(form)
    settings: Settings = context.obj
    config, file = settings.load(), find(settings.config)
    found = doctor.run(config, file, lambda: client_factory.create(config, max_wait=0), options.now())
    output.write_stdout(formats.write_diagnosis(found, chosen_form))
    if found.looks:
        settings.say(f"worth a look: {', '.join(each.name for each in found.looks)}")
        raise typer.Exit(FAILURES)

"""Commands that print a report: list, trending, doctor."""

from contextlib import ExitStack
from functools import cache
from typing import TYPE_CHECKING, Annotated

import typer

from startrack import output
from startrack.cli import client_factory, messages, options
from startrack.cli.messages import FAILURES
from startrack.cli.options import AsOf, FormatOption, Sources
from startrack.model.changes import RankBy

if TYPE_CHECKING:
    from startrack.cli.options import Settings

__all__ = [
    "doctor_command",
    "list_command",
    "trending_command",
]


def list_command(context: typer.Context, sources: Sources = None, form: FormatOption = "table") -> None:
    """Print the projects in lists.

    \b
    Examples:
      startrack list README.md
      startrack list vinta/awesome-python --format json
    """
    from startrack.cli import formats
    from startrack.wording import figures
    from startrack.workflows import lists

    chosen_form = options.form(form)
    settings: Settings = context.obj
    config = lists.select(settings.load(), sources or [])
    with ExitStack() as stack:
        # Local files need no client, so an invalid token is an error only for other lists.
        connect = cache(lambda: stack.enter_context(client_factory.create(config)))
        read, problems = lists.read_lists(config, connect)
    if not read and problems:
        raise problems[0]
    output.write_stdout(formats.write(formats.entries(read), chosen_form))
    projects = figures.count(sum(len(entry.entries) for entry in read), "project")
    settings.say(f"{projects} in {figures.count(len(read), 'list')}")
    messages.say_skipped_entries(settings, read)
    messages.exit_with([str(problem) for problem in problems])


def trending_command(
    context: typer.Context,
    window: Annotated[str, typer.Option(metavar="DAYS", help="Number of days to compare, for example 7d.")] = "30d",
    by: Annotated[
        str | None,
        typer.Option(
            metavar="|".join(RankBy),
            help="Measure to rank by; the default is `sort` in the configuration.",
            show_default=False,
        ),
    ] = None,
    list_name: Annotated[str | None, typer.Option("--list", metavar="L", help="Show only this list.")] = None,
    section: Annotated[str | None, typer.Option(metavar="S", help="Show only sections with this heading.")] = None,
    limit: Annotated[int | None, typer.Option(metavar="N", min=1, help="Show only the first N projects.")] = None,
    as_of: AsOf = None,
    form: FormatOption = "table",
) -> None:
    """Print a ranking of the projects over a window of days.

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
    ranking = trending.Ranking(
        options.window(window),
        None if by is None else RankBy(options.by(by)),
        list_name,
        section,
        limit,
    )
    ranked = trending.run(settings.load(), ranking, options.as_of(as_of), options.now())
    rows = formats.ranking(ranked)
    if chosen_form in (formats.Format.TABLE, formats.Format.MARKDOWN):
        rows = formats.narrow(rows)
    output.write_stdout(formats.write(rows, chosen_form))
    if not ranked.report.is_observed:
        messages.exit_uncounted(ranked.report)


def doctor_command(
    context: typer.Context,
    form: FormatOption = "table",
    max_age: Annotated[
        str | None,
        typer.Option("--max-age", metavar="AGE", help="Also warn if the last whole run is older, for example 48h."),
    ] = None,
) -> None:
    """Check the set-up, and say what is wrong and how to fix it.

    Checks the configuration, lists, README tables, tokens and their budgets, database, files, and last runs. Exits with
    1 if there are warnings. Only the last four letters of a token are shown.

    \b
    Examples:
      startrack doctor
      startrack doctor --format json
      startrack doctor --max-age 48h
    """
    from startrack.cli import formats
    from startrack.config import find
    from startrack.workflows import doctor

    chosen_form, oldest = options.form(form), options.age(max_age) if max_age else None
    settings: Settings = context.obj
    config, file = settings.load(), find(settings.config)
    diagnosis = doctor.run(config, file, lambda: client_factory.create(config, max_wait=0), options.now(), oldest)
    output.write_stdout(formats.write_diagnosis(diagnosis, chosen_form))
    if diagnosis.warnings:
        settings.say(f"warnings: {', '.join(check.name for check in diagnosis.warnings)}")
        raise typer.Exit(FAILURES)

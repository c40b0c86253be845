"""The command that looks a set-up over."""

from typing import TYPE_CHECKING

import typer

from startrack import output
from startrack.commands import arguments, connecting
from startrack.commands.arguments import FormatOption
from startrack.commands.talking import FAILURES

if TYPE_CHECKING:
    from startrack.commands.settings import Settings

__all__ = ["doctor"]


def doctor(context: typer.Context, form: FormatOption = "table") -> None:
    """Say what is wrong with a set-up, and how to mend it.

    Configuration, tokens and what is left of their budgets, database, day files, last runs, and what keeps failing.
    Exits with 1 where something is worth a look. Tokens are shown by their last four letters.

    \b
    Examples:
      startrack doctor
      startrack doctor --format json
    """
    from startrack import config as configuration
    from startrack import doctor as examining
    from startrack.render import checkups

    chosen_form = arguments.form(form)
    settings: Settings = context.obj
    config, file = settings.load(), configuration.find(settings.config)
    found = examining.examine(config, file, lambda: connecting.client(config, max_wait=0), arguments.now())
    output.show(checkups.write(found, chosen_form))
    if found.looks:
        settings.say(f"worth a look: {', '.join(each.name for each in found.looks)}")
        raise typer.Exit(FAILURES)

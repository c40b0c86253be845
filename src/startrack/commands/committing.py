"""The command that commits and pushes what startrack made."""

import os
import time
from typing import TYPE_CHECKING, Annotated

import typer

from startrack import output
from startrack.commands import talking
from startrack.commands.arguments import Sources
from startrack.errors import PushError, StartrackError

if TYPE_CHECKING:
    from startrack.commands.settings import Settings

__all__ = ["commit"]


def commit(
    context: typer.Context,
    sources: Sources = None,
    message: Annotated[
        str, typer.Option("--message", "-m", metavar="TEXT", help="The commit's message.")
    ] = "Update star trends",
) -> None:
    """Commit the files that startrack made, and no others, and push them: what the Action runs after `update`.

    Prints the commit that was pushed, and nothing where there was nothing to commit. What others pushed meanwhile is
    merged by its rows. Where a push is refused, the commit stays on the branch here.

    \b
    Examples:
      startrack commit README.md
      startrack commit --message "Count stars"
    """
    from startrack import commit as committing
    from startrack import tracked

    settings: Settings = context.obj
    config = settings.load()
    if sources:
        config = tracked.published(config, tracked.chosen(config, sources))
    in_actions = os.environ.get("GITHUB_ACTIONS") == "true"
    try:
        done = committing.run(config, message, time.sleep)
    except StartrackError as error:
        if in_actions:
            title = f"startrack: {error.title}" if isinstance(error, PushError) else "startrack"
            output.annotate("error", title, str(error))
        raise
    if done.commit:
        output.show(done.commit)
    if in_actions:
        for problem in done.problems:
            output.annotate("warning", "startrack", problem)
    talking.end(done.problems)

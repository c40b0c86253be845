"""Commands that keep the history on a branch of its own: history fetch, history push."""

import os
import time
from typing import TYPE_CHECKING, Annotated

import typer

from startrack import output, runner
from startrack.cli import messages, options
from startrack.cli.options import Bundle

if TYPE_CHECKING:
    from startrack.cli.options import Settings

__all__ = ["app"]

app = typer.Typer(
    name="history",
    no_args_is_help=True,
    rich_markup_mode=None,
    short_help="Fetch and push the branch that holds the counts.",
    help="Keep the counts on a branch of their own, so that counting makes no commits on the main branch.",
)

Branch = Annotated[str, typer.Option("--branch", metavar="NAME", help="The branch that holds the counts.")]


@app.command(name="fetch")
def fetch_command(context: typer.Context, branch: Branch = "startrack-data") -> None:
    """Fetch the branch that holds the counts into the snapshots folder.

    The folder becomes a second working copy of the repository, in which that branch is checked out; git ignores it in
    the first one. If the remote has no such branch yet, the first push makes it. Counts that are already in the folder
    stay, and are pushed next time.

    \b
    Examples:
      startrack history fetch
      startrack history fetch --branch stars
    """
    from startrack.workflows import data_branch

    settings: Settings = context.obj
    with messages.pushing(settings, runner.of(os.environ)):
        result = data_branch.fetch(settings.load(), branch, time.sleep)
    settings.say(
        f"fetched the counts of {branch}, commit {result.commit[:12]}"
        if result.commit
        else f"the remote has no branch {branch} yet; `startrack history push` makes it"
    )


@app.command(name="push")
def push_command(
    context: typer.Context,
    branch: Branch = "startrack-data",
    message: Annotated[
        str, typer.Option("--message", "-m", metavar="TEXT", help="The commit message.")
    ] = "Count stars",
    bundle: Bundle = None,
) -> None:
    """Commit the counts in the snapshots folder, and push them to their branch.

    It prints the id of the pushed commit, and nothing if there was nothing to commit. Counts that somebody else pushed
    in the meantime are merged. If the push is refused, the counts stay in the folder. Three days after the end of a
    month its day files become one Parquet file, and the branch begins anew with a single commit: so it stays small.

    \b
    Examples:
      startrack history push
      startrack history push --message "Count stars"
    """
    from startrack.workflows import data_branch

    settings: Settings = context.obj
    job = runner.of(os.environ)
    if job.read_only_reason:
        messages.say_nothing_written(settings, job, job.read_only_reason)
        return
    with messages.pushing(settings, job):
        result = data_branch.push(settings.load(), branch, message, options.now(), time.sleep, bundle)
    if result.commit:
        output.write_stdout(result.commit)
    messages.annotate_problems(result.problems, job)
    messages.exit_with(result.problems)

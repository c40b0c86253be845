"""Commands that put counts into a list's own text, and take them out: counts add, counts remove."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from startrack import output
from startrack.cli import options

if TYPE_CHECKING:
    from startrack.cli.options import Settings
    from startrack.workflows.counts import FileEdit

__all__ = ["app"]


app = typer.Typer(
    name="counts",
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Put counts behind the entries of a list, and take them out again.",
)

Files = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="FILE",
        help="A Markdown file; the default are README.md, the configured lists and `[readme] file`.",
        show_default=False,
    ),
]
Diff = Annotated[bool, typer.Option("--diff", help="Print the changes as a diff, and write nothing.")]


@app.command(name="add")
def add_command(
    context: typer.Context,
    paths: Files = None,
    section: Annotated[
        str | None,
        typer.Option(metavar="S", help="Only for the entries in this section.", show_default=False),
    ] = None,
    form: Annotated[
        str,
        typer.Option(
            "--format",
            metavar="F",
            help="What to show; figures are stars, forks, commits, last_commit, gain, language and licence.",
        ),
    ] = "★ {stars} · {last_commit}",
    diff: Diff = False,
) -> None:
    """Put a count behind the link of each entry that was counted.

    `build` and `update` keep the counts current. Nothing else in the file is changed.

    \b
    Examples:
      startrack counts add README.md
      startrack counts add README.md --section Tools --format "★ {stars}"
      startrack counts add README.md --diff
    """
    from startrack.workflows import counts

    settings: Settings = context.obj
    results = counts.add(settings.load(), paths or [], section, form, options.now())
    _finish(settings, results, "added", diff=diff)


@app.command(name="remove")
def remove_command(context: typer.Context, paths: Files = None, diff: Diff = False) -> None:
    """Take the counts that `counts add` has put in out again; everything else stays as it is.

    \b
    Examples:
      startrack counts remove README.md
      startrack counts remove README.md --diff
    """
    from startrack.workflows import counts

    settings: Settings = context.obj
    results = counts.remove(settings.load(), paths or [], options.now())
    _finish(settings, results, "removed", diff=diff)


def _finish(settings: "Settings", results: Sequence["FileEdit"], done: str, *, diff: bool) -> None:
    """Write the files or print the diff, and say what changed and what did not."""
    from startrack.workflows import counts

    if diff:
        output.write_stdout("".join(result.diff for result in results).removesuffix("\n"))
    else:
        counts.save(results)
    for result in results:
        _say(settings, result, f"would be {done}" if diff else done)
    if not results:
        settings.say("no file to change; name one, as in `startrack counts add README.md`")


def _say(settings: "Settings", result: "FileEdit", done: str) -> None:
    from startrack.wording import figures

    settings.say(f"{result.name}: {figures.count(result.changed, 'count')} {done}")
    for reason, repos in result.without.items():
        shown = repos if settings.verbose else repos[:5]
        more = f" and {len(repos) - len(shown)} more (--verbose lists all)" if len(shown) < len(repos) else ""
        entries = figures.count(len(repos), "entry", "entries")
        settings.say(f"no count behind {entries} {reason}: {', '.join(shown)}{more}")
    if result.warning:
        settings.say(f"warning: {result.warning}")

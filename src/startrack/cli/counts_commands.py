"""Commands that change counts in a list's own text: counts add, counts remove, counts replace-badges."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from startrack import output
from startrack.cli import options
from startrack.errors import ConfigError

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
    _finish(settings, results, _ADDED, lambda: counts.save(results), diff=diff)


@app.command(name="remove")
def remove_command(context: typer.Context, paths: Files = None, diff: Diff = False) -> None:
    """Take the counts of `counts add` out again.

    Everything else stays as it is, byte for byte.

    \b
    Examples:
      startrack counts remove README.md
      startrack counts remove README.md --diff
    """
    from startrack.workflows import counts

    settings: Settings = context.obj
    results = counts.remove(settings.load(), paths or [], options.now())
    _finish(settings, results, _REMOVED, lambda: counts.save(results), diff=diff)


@app.command(name="replace-badges")
def replace_badges_command(
    context: typer.Context,
    paths: Files = None,
    drop: Annotated[bool, typer.Option("--drop", help="Put nothing in the place of the badges.")] = False,
    restore: Annotated[bool, typer.Option("--restore", help="Put the badges back that were replaced.")] = False,
    diff: Diff = False,
) -> None:
    """Replace star badges by counts as text.

    Badges and charts of stars are replaced wherever they are; other badges stay. The badges are kept in
    startrack-badges.json: commit this file together with the list, so that --restore can put them back.

    \b
    Examples:
      startrack counts replace-badges README.md --diff
      startrack counts replace-badges README.md
      startrack counts replace-badges README.md --drop
      startrack counts replace-badges README.md --restore
    """
    from startrack.workflows import counts

    if drop and restore:
        raise ConfigError("--drop and --restore cannot be used together; remove one")
    settings: Settings = context.obj
    config, now = settings.load(), options.now()
    if restore:
        results = counts.restore_badges(config, paths or [], now)
        _finish(settings, results, _BADGES_RESTORED, lambda: counts.save_restored(config, results), diff=diff)
    else:
        results = counts.replace_badges(config, paths or [], now, drop=drop)
        words = _BADGES_DROPPED if drop else _BADGES_REPLACED
        _finish(settings, results, words, lambda: counts.save_badges(config, results), diff=diff)


@dataclass(frozen=True, slots=True)
class _Words:
    """What a command says: about what it changes, what it did, and what it left."""

    noun: str
    done: str
    left: str
    nothing: str


_NO_FILE = "no file to change; name one, as in `startrack counts {} README.md`"
_ADDED = _Words("count", "added", "no count behind {entries}", _NO_FILE.format("add"))
_REMOVED = _Words("count", "removed", "", _NO_FILE.format("remove"))
_BADGES_REPLACED = _Words("badge", "replaced", "no count for {entries}", _NO_FILE.format("replace-badges"))
_BADGES_DROPPED = _Words("badge", "removed", "a badge stays for {entries}", _NO_FILE.format("replace-badges --drop"))
_BADGES_RESTORED = _Words("badge", "put back", "not put back, {entries}", "no badges were replaced in these files")


def _finish(
    settings: "Settings", results: Sequence["FileEdit"], words: _Words, save: Callable[[], None], *, diff: bool
) -> None:
    """Write the files or print the diff, and say what changed and what did not."""
    if diff:
        output.write_diff("".join(result.diff for result in results))
    else:
        save()
    for result in results:
        _say(settings, result, words, diff=diff)
    if not results:
        settings.say(words.nothing)


def _say(settings: "Settings", result: "FileEdit", words: _Words, *, diff: bool) -> None:
    from startrack.wording import figures

    done = f"would be {words.done}" if diff else words.done
    settings.say(f"{result.name}: {figures.count(result.changed, words.noun)} {done}")
    for reason, names in result.without.items():
        shown = names if settings.verbose else names[:5]
        more = f" and {len(names) - len(shown)} more (--verbose lists all)" if len(shown) < len(names) else ""
        entries = figures.count(len(names), "entry", "entries")
        settings.say(f"{words.left.replace('{entries}', entries)} {reason}: {', '.join(shown)}{more}")
    if result.warning:
        settings.say(f"warning: {result.warning}")

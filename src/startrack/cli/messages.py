"""What commands tell the person at the terminal: on stderr, the product being what goes to stdout."""

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, redirect_stderr
from typing import TYPE_CHECKING

import typer

from startrack import output
from startrack.model.lists import List
from startrack.model.repository import Reason

if TYPE_CHECKING:
    from rich.console import Console

    from startrack.cli.options import Settings
    from startrack.config import Config
    from startrack.workflows import backfill, build, snapshot, update

__all__ = [
    "FAILURES",
    "changes",
    "exit_with",
    "progress",
    "say_backfill",
    "say_build",
    "say_problems",
    "say_skipped_entries",
    "say_snapshot",
    "say_stage",
]


FAILURES = 1


def say_snapshot(settings: "Settings", taken: "snapshot.SnapshotResult") -> None:
    """Tell what was counted, and what was not and why."""
    from startrack.cli import formats
    from startrack.wording import reasons

    run = taken.run
    settings.say(f"counted {run.counted:,} of {run.asked:,} projects with {run.requests:,} requests")
    if settings.verbose:
        for row in formats.write(formats.costs(run), formats.Format.TABLE).split("\n"):
            settings.say(row)
    for reason in Reason:
        names = [each.asked for each in taken.missing if each.reason is reason]
        shown = names if settings.verbose else names[:5]
        if names:
            more = f" and {len(names) - len(shown)} more (--verbose names all)" if len(shown) < len(names) else ""
            settings.say(f"not counted, {reasons.short(reason)}: {', '.join(shown)}{more}")
    say_skipped_entries(settings, taken.lists)
    for news in taken.news:
        settings.say(str(news))


def say_skipped_entries(settings: "Settings", lists: Iterable[List]) -> None:
    """Tell which entries of lists are not counted: those on other hosts, and those that were not understood."""
    from startrack.wording import phrases

    for listed in lists:
        if listed.other_hosts:
            settings.say(f"{listed.name}: not counted: {phrases.other_hosts(listed.other_hosts)}")
        if listed.unread:
            settings.say(f"{listed.name}: {phrases.unread_lines(listed.unread)}")


def say_backfill(settings: "Settings", filled: "backfill.BackfillResult") -> None:
    """Tell what was fetched of the past, and what is left to fetch."""
    if not filled.known:
        settings.say("nothing has been counted yet; run `startrack snapshot` first")
        return
    settings.say(
        f"asked for the past of {filled.known:,} projects: {filled.fetched:,} new answers, "
        f"{filled.unchanged:,} unchanged, {filled.calls:,} calls",
    )
    if filled.stopped:
        settings.say(f"stopped: {filled.stopped}; the next pass goes on")
    elif filled.begun:
        settings.say(f"{filled.begun:,} have older weeks to come; the next pass goes on, or one with --all")


def say_build(settings: "Settings", config: "Config", built: "build.BuildResult") -> None:
    """Tell how much of the pages changed, and where to begin reading."""
    settings.say(f"{changes(built, 'changed', 'removed')}; open {config.dashboards_folder / 'index.html'}")


def changes(built: "build.BuildResult", changed: str, removed: str) -> str:
    """Return how many of the files of a build differ, and how many more are no part of it any longer, in words."""
    text = f"{len(built.placed.written):,} of {built.total:,} files {changed}"
    return f"{text}, {len(built.placed.removed):,} {removed}" if built.placed.removed else text


def say_stage(settings: "Settings", config: "Config", stage: "update.Stage") -> None:
    """Tell what a stage of an update brought."""
    from startrack.workflows import backfill, build, snapshot, update

    match stage:
        case snapshot.SnapshotResult():
            say_snapshot(settings, stage)
        case backfill.BackfillResult():
            say_backfill(settings, stage)
        case update.BackfillSkipped(problems=()):
            settings.say("no token: the past is left to `startrack backfill`")
        case update.BackfillSkipped():
            pass  # Its problem is named with the others, at the end.
        case build.BuildResult():
            say_build(settings, config, stage)


def exit_with(problems: Sequence[str]) -> None:
    """Exit with 1 where something is worth a look, naming it; `--quiet` does not silence that."""
    say_problems(problems)
    if problems:
        raise typer.Exit(FAILURES)


def say_problems(problems: Iterable[object]) -> None:
    """Name what is worth a look, or went wrong, one a line."""
    for problem in problems:
        output.write_stderr(f"startrack: {problem}")


@contextmanager
def progress(settings: "Settings", doing: str = "counting") -> Iterator[Callable[[int, int], None]]:
    """Show a bar on a terminal and nothing elsewhere; what is said meanwhile stands above it."""
    terminal = sys.__stderr__  # the bar's own sequences do not pass where text is made safe
    if settings.quiet or terminal is None or not terminal.isatty():
        yield lambda _done, _total: None
        return
    from rich.console import Console
    from rich.progress import Progress

    console = Console(file=terminal)
    with Progress(console=console, transient=True, redirect_stdout=False, redirect_stderr=False) as bar:
        task = bar.add_task(doing, total=None)
        with redirect_stderr(output.Output(_Above(console), "utf-8", lambda _error: None)):
            yield lambda done, total: bar.update(task, completed=done, total=total)


class _Above:
    """What stands above a bar."""

    def __init__(self, console: "Console") -> None:
        self._console = console

    def write(self, data: bytes) -> int:
        """Write text that was made safe before."""
        self._console.out(data.decode(), end="", highlight=False)
        return len(data)

"""The command that sets up a list: init."""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from startrack import output
from startrack.cli import client_factory, messages
from startrack.errors import ConfigError, did_you_mean

if TYPE_CHECKING:
    from startrack.cli.options import Settings
    from startrack.model.lists import List
    from startrack.workflows.init import Choices, Plan, Section, Target
    from startrack.workflows.init_project import Project

__all__ = ["Dialog", "init_command"]

_MOST_SHOWN = 15
_HISTORIES = ("branch", "folder")
_KEPT = (
    "on the branch startrack-data: the main branch gets a commit only when a README has new figures",
    "in the folder snapshots, beside the list: the main branch gets a commit every day",
)
_COUNT = "Write a workflow that counts every day in GitHub Actions?"
_CHECK = "Write a workflow that checks what pull requests add to the list?"


def init_command(
    context: typer.Context,
    source: Annotated[
        str | None,
        typer.Argument(
            metavar="SOURCE",
            help="The list: a file, a URL, or OWNER/NAME[:PATH] on GitHub; by default the best file in this folder.",
            show_default=False,
        ),
    ] = None,
    list_file: Annotated[
        str | None, typer.Option("--list", metavar="FILE", help="The same as SOURCE, for a file.", show_default=False)
    ] = None,
    section: Annotated[
        list[str] | None,
        typer.Option(metavar="S", help="Put a table below this heading; repeat it for more.", show_default=False),
    ] = None,
    whole: Annotated[bool, typer.Option("--whole", help="Put one table of the whole list above its sections.")] = False,
    history: Annotated[
        str | None,
        typer.Option(
            metavar="branch|folder",
            help="Keep the counts on a branch of their own (the default), or in a folder beside the list.",
            show_default=False,
        ),
    ] = None,
    workflow: Annotated[
        bool | None,
        typer.Option("--workflow/--no-workflow", help="Write the workflow that counts every day in GitHub Actions."),
    ] = None,
    check: Annotated[
        bool | None,
        typer.Option("--check/--no-check", help="Write the workflow that checks what pull requests add to the list."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing: do what is proposed.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print what would be written, as a diff.")] = False,
) -> None:
    """Set up a list: write a configuration, a workflow and .gitignore lines, and put markers into the README.

    Finds the list in the working folder, and proposes sections for tables. Asks on a terminal; elsewhere it does what
    it proposes. Never overwrites a file: what is there already stays, and a second run changes nothing.

    \b
    Examples:
      startrack init
      startrack init --dry-run
      startrack init --list README.md --section "Open-Source Projects" --yes
      startrack init --check
      startrack init sindresorhus/awesome --yes
    """
    from startrack.workflows import init, init_project

    if source and list_file:
        raise ConfigError("SOURCE and --list mean the same; use one of them")
    if section and whole:
        raise ConfigError("--section and --whole cannot be used together; remove one")
    if history not in (None, *_HISTORIES):
        raise ConfigError(f"unknown history {history!r}; {did_you_mean(history, _HISTORIES)}")
    settings: Settings = context.obj
    dialog = None if yes else Dialog.on_terminal()
    project = init_project.open_project(settings.config)
    listed = _find_list(settings, project, source or list_file, dialog)
    target = init.target(project, listed)
    if check and not target.is_list:
        raise ConfigError("--check is for a Markdown list in this repository; leave it out")
    wish = _Wish(tuple(section or ()), history, workflow, check, is_whole=whole)
    choices = _choose(project, listed, target, wish, dialog)
    plan = init.plan(project, listed, target, choices)
    for text in plan.kept:
        settings.say(f"kept: {text}")
    if dry_run:
        output.write_diff(init.diff(plan, project.top))
    elif plan.changes and dialog and not dialog.confirm(_question(project, plan)):
        settings.say("nothing was written")
    elif plan.changes:
        init.write(plan, project)
        output.write_stdout("\n".join(_lines(project, plan, "created", "changed")))
        for line in _next_steps(project, choices):
            settings.say(line)
    messages.exit_with(plan.problems)


@dataclass(frozen=True, slots=True)
class _Wish:
    """What the options say; `None` is what they leave open."""

    selectors: tuple[str, ...]
    history: str | None
    has_workflow: bool | None
    has_check: bool | None
    is_whole: bool


def _find_list(settings: "Settings", project: "Project", source: str | None, dialog: "Dialog | None") -> "List":
    """Return the list that a source names, or that of the configuration, or the best in the folder; say what it is."""
    from startrack.wording import figures
    from startrack.workflows import init_project

    with ExitStack() as stack:
        connect = cache(lambda: stack.enter_context(client_factory.create(project.config)))
        if source:
            candidates = [init_project.read_list(project, source, connect)]
        elif configured := init_project.read_configured(project, connect):
            candidates = [configured]
        else:
            candidates = init_project.find_lists(project)
    rows = [f"{listed.source}: {_size(listed)}" for listed in candidates]
    listed = candidates[0]
    if dialog and len(candidates) > 1:
        listed = candidates[dialog.choice("Which file is the list?", rows)]
    settings.say(f"the list is {listed.source}: {_size(listed)}")
    if len(candidates) > 1 and not dialog:
        others = "; ".join(row for row, other in zip(rows, candidates, strict=True) if other is not listed)
        settings.say(
            f"not the list ({figures.count(len(candidates) - 1, 'other file')}, choose one with --list): {others}"
        )
    return listed


def _size(listed: "List") -> str:
    from startrack.wording import figures

    sections = {path for entry in listed.entries for path in entry.section_paths if path}
    return f"{figures.count(len(listed.entries), 'project')} in {figures.count(len(sections), 'section')}"


def _choose(project: "Project", listed: "List", target: "Target", wish: _Wish, dialog: "Dialog | None") -> "Choices":
    """Return the choices: those of the options, else those of the reader, else what is proposed."""
    from startrack.workflows import init

    suitable = init.suitable(listed, target)
    sections = init.propose(suitable)
    if wish.selectors or wish.is_whole:
        sections = init.choose(listed, wish.selectors)
    elif dialog and suitable and not target.blocks:
        sections = dialog.sections(suitable, sections)
    workflows = tuple(_choose_workflows(project, target, wish, dialog))
    history, is_new = wish.history, any(project.find_workflow(name) is None for name in workflows)
    if dialog and history is None and is_new:
        history = _HISTORIES[dialog.choice("Where are the counts kept?", _KEPT)]
    is_explicit = bool(wish.selectors or wish.is_whole)
    return init.Choices(sections, is_explicit, "folder" if history == "folder" else "branch", workflows)


def _choose_workflows(project: "Project", target: "Target", wish: _Wish, dialog: "Dialog | None") -> Iterator[str]:
    """Yield the names of the workflows to write: the one that counts is proposed, the one that checks is not."""
    from startrack.workflows import init_project

    for name, wanted, proposed, question in (
        (init_project.COUNTING, wish.has_workflow, True, _COUNT),
        (init_project.CHECKING, wish.has_check, False, _CHECK),
    ):
        is_asked = project.find_workflow(name) is None and (name == init_project.COUNTING or target.is_list)
        if wanted is None and dialog and is_asked:
            answer = dialog.confirm(question, proposed=proposed)
        else:
            answer = proposed if wanted is None else wanted
        if answer:
            yield name


def _question(project: "Project", plan: "Plan") -> str:
    return "\n".join([*_lines(project, plan, "create", "change"), "Write these files?"])


def _lines(project: "Project", plan: "Plan", created: str, changed: str) -> list[str]:
    return [
        f"{created if change.before is None else changed} {Path(os.path.relpath(change.path, project.top)).as_posix()}"
        + (f" ({change.detail})" if change.detail else "")
        for change in plan.changes
    ]


def _next_steps(project: "Project", choices: "Choices") -> Iterator[str]:
    from startrack.workflows import init_project

    yield "next:"
    yield "  startrack update: count now and fill the tables (without GITHUB_TOKEN at most 60 projects an hour)"
    if project.repository is None:
        yield "  startrack schedule: count every day, until it is stopped"
        return
    yield "  git add --all && git commit --message 'Track star trends' && git push"
    if init_project.COUNTING in choices.workflows:
        yield "  on GitHub, Settings, Pages: choose GitHub Actions as the source; no secret is needed"
        yield "  on GitHub, Actions, startrack, Run workflow: the first run; later ones start every day by themselves"


@dataclass(frozen=True, slots=True)
class Dialog:
    """Questions on a terminal. An empty answer takes what is proposed; the end of the input ends the command."""

    answers: TextIO
    terminal: TextIO

    @classmethod
    def on_terminal(cls) -> "Dialog | None":
        """Return a dialogue with the reader, `None` if there is no terminal."""
        terminal = sys.__stderr__  # not `sys.stderr`, which writes whole lines only
        if sys.stdin is None or terminal is None or not (sys.stdin.isatty() and terminal.isatty()):
            return None
        return cls(sys.stdin, terminal)

    def confirm(self, question: str, *, proposed: bool = True) -> bool:
        """Ask a question that is answered by yes or no."""
        while True:
            answer = self._ask(question, "Y/n" if proposed else "y/N").lower()
            if answer in ("", "y", "yes", "n", "no"):
                return answer.startswith("y") if answer else proposed
            self._say("Answer y or n.")

    def choice(self, question: str, rows: Sequence[str]) -> int:
        """Return the index of a row; the first one is proposed."""
        self._say_rows(rows)
        while True:
            numbers = _numbers(self._ask(question, "1") or "1", len(rows))
            if numbers and len(numbers) == 1 and numbers[0]:
                return numbers[0] - 1
            self._say(f"Answer with a number from 1 to {len(rows)}.")

    def sections(self, suitable: "Sequence[Section]", proposed: "Sequence[Section]") -> "tuple[Section, ...]":
        """Return the sections that get a table, none for a table of the whole list."""
        from startrack.wording import figures

        shown = suitable[:_MOST_SHOWN]
        self._say("A table shows the ten projects that rise fastest, below the heading of a section.")
        self._say_rows([f"{section.selector}: {figures.count(section.projects, 'project')}" for section in shown])
        if len(shown) < len(suitable):
            self._say(f"    {len(suitable) - len(shown)} more; --section names any of them")
        default = ",".join(str(shown.index(section) + 1) for section in proposed) or "0"
        while True:
            answer = self._ask("Which sections get a table? Use commas, or 0 for one table of the whole list", default)
            numbers = _numbers(answer or default, len(shown))
            if numbers == [0] or (numbers and 0 not in numbers):
                return tuple(shown[number - 1] for number in numbers if number)
            self._say(f"Answer with numbers from 1 to {len(shown)}, for example 1,2; or with 0.")

    def _say_rows(self, rows: Sequence[str]) -> None:
        for number, row in enumerate(rows, 1):
            self._say(f"{number:>3} {row}")

    def _ask(self, question: str, default: str) -> str:
        *above, last = question.split("\n")
        for line in above:
            self._say(line)
        self._write(f"{output.escape_line(last)} [{default}] ")
        answer = self.answers.readline()
        if not answer:
            self._write("\n")
            raise typer.Abort
        return answer.strip()

    def _say(self, text: str) -> None:
        self._write(f"{output.escape_line(text)}\n")

    def _write(self, text: str) -> None:
        encoding = self.terminal.encoding or "utf-8"
        self.terminal.write(text.encode(encoding, "backslashreplace").decode(encoding))
        self.terminal.flush()


def _numbers(answer: str, most: int) -> list[int] | None:
    """Return the numbers in an answer, each once; `None` if one is not from 0 to `most`."""
    words = answer.replace(",", " ").split()
    if not all(word.isdecimal() and word.isascii() and len(word) < 5 and int(word) <= most for word in words):  # noqa: PLR2004 - digits
        return None
    return list(dict.fromkeys(map(int, words)))

"""Sets up a list: markers in its README, what git ignores, a workflow and a configuration. Nothing is overwritten."""

import json
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from typing import Literal

from startrack import config as configuration
from startrack import files
from startrack.config import Config
from startrack.dashboards.charts.readme_charts import BLOCK_CHARTS
from startrack.errors import BlockError, SourceError, WriteError
from startrack.lists import edits, selection, sources
from startrack.model.lists import List
from startrack.readme import blocks, markdown, placement
from startrack.readme.markers import Block
from startrack.readme.placement import Place, Text
from startrack.wording import figures
from startrack.workflows import lists, readmes
from startrack.workflows.init_project import COUNTING, README, WORKFLOWS, Project, is_markdown_inside

__all__ = [
    "Change",
    "Choices",
    "Plan",
    "Section",
    "Target",
    "choose",
    "diff",
    "plan",
    "propose",
    "sections",
    "suitable",
    "target",
    "write",
]


_READMES = ("readme.md", "readme.markdown")
_MOST_PROPOSED, _FEWEST_PROJECTS = 3, 5
_TABLE: Mapping[str, str] = {"limit": "10", "columns": "project,stars,gain,last_commit"}
_MAX_TITLE = 60


@dataclass(frozen=True, slots=True)
class Section:
    """A section of a list with the number of its projects, the 0-based line of the first one, and its selector.

    The selector is empty if none names just this section and can stand in a marker.
    """

    path: tuple[str, ...]
    projects: int
    first_line: int
    selector: str


@dataclass(frozen=True, slots=True)
class Target:
    """The file that gets the markers: the list itself, or else the README, which may be missing (`text` is `None`).

    `blocks` are those that it has.
    """

    path: Path
    name: str
    is_list: bool
    text: Text | None
    blocks: tuple[Block, ...] = ()


@dataclass(frozen=True, slots=True)
class Choices:
    """What is set up: the sections that get a table, or the whole list if `sections` is empty; and how.

    `is_explicit`: a table is added even if the file has some already. `history` is an input of the actions.
    """

    sections: tuple[Section, ...]
    is_explicit: bool = False
    history: Literal["branch", "folder"] = "branch"
    workflows: tuple[str, ...] = (COUNTING,)


@dataclass(frozen=True, slots=True)
class Change:
    """A file to create (`before` is `None`) or to change; the path is absolute."""

    path: Path
    before: bytes | None
    after: bytes
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """What will be written; what stays as it is, and why; what somebody has to do by hand."""

    changes: tuple[Change, ...] = ()
    kept: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


# What can be set up


def sections(listed: List) -> list[Section]:
    """Return the sections of a list that have projects of their own, those with the most first.

    The number of projects includes those of the sections below.
    """
    paths = list(dict.fromkeys(path for entry in listed.entries for path in entry.section_paths))
    found = [_section(listed, path, paths) for path in paths if path]
    return sorted(found, key=lambda section: -section.projects)


def _section(listed: List, path: tuple[str, ...], paths: Iterable[tuple[str, ...]]) -> Section:
    inside = [entry for entry in listed.entries if any(_is_below(other, path) for other in entry.section_paths)]
    first = min((entry.line - 1 for entry in inside if _is_below(entry.section, path)), default=0)
    return Section(path, len(inside), first, selection.find_selector(path, paths, allows=_fits_into_a_marker))


def _is_below(other: tuple[str, ...], path: tuple[str, ...]) -> bool:
    return other[: len(path)] == path


def _fits_into_a_marker(selector: str) -> bool:
    return bool(selector) and placement.opening("table", {"section": selector}) is not None


def target(project: Project, listed: List) -> Target:
    """Return the file that gets the markers. Raises BlockError and WriteError where no markers can be put into it."""
    source = sources.parse_source(listed.source, exists=lambda path: (project.root / path).is_file())
    if isinstance(source, sources.FileSource) and is_markdown_inside(project, source.path):
        return _target(project, source.path, is_list=True)
    names = sorted(path.name for path in project.root.iterdir() if path.name.lower() in _READMES)
    return _target(project, README if README in names or not names else names[0], is_list=False)


def _target(project: Project, name: str, *, is_list: bool) -> Target:
    path = blocks.resolve(project.root.resolve() / name, project.root)
    if not path.exists():
        return Target(path, name, is_list, None)
    data = files.read(path)
    text = placement.open_text(data, name)
    present = tuple(block for block in blocks.parse(data, name).blocks if not block.is_inline)
    return Target(path, name, is_list, text, present)


def suitable(listed: List, target: Target) -> list[Section]:
    """Return the sections of the list in a file that can get a table, those with the most projects first."""
    text = target.text
    if text is None or not target.is_list:
        return []
    named = (section for section in sections(listed) if section.selector)
    return [section for section in named if placement.below_heading(text, section.path, section.first_line) is not None]


def propose(suitable: Sequence[Section]) -> tuple[Section, ...]:
    """Return the sections to propose tables for: the three largest; none where all are small, for the whole list."""
    return tuple(section for section in suitable if section.projects >= _FEWEST_PROJECTS)[:_MOST_PROPOSED]


def choose(listed: List, selectors: Sequence[str]) -> tuple[Section, ...]:
    """Return the sections that selectors name. Raises SourceError for one that names none or cannot be in a marker."""
    selection.select(listed, sections=selectors)
    paths = list(dict.fromkeys(path for entry in listed.entries for path in entry.section_paths))
    return tuple(_named(listed, paths, selector) for selector in dict.fromkeys(selectors))


def _named(listed: List, paths: Sequence[tuple[str, ...]], selector: str) -> Section:
    if not _fits_into_a_marker(selector):
        raise SourceError(f"the section {selector!r} cannot be written into a marker; name the section above it")
    prefixes = (path[:end] for path in paths for end in range(1, len(path) + 1))
    section = _section(listed, next(path for path in prefixes if selection.in_section(path, selector)), paths)
    return replace(section, selector=selector)


# What to write


def plan(project: Project, listed: List, target: Target, choices: Choices) -> Plan:
    """Return what to write for a list. Raises StartrackError if a file that has to change cannot be read."""
    parts = [
        _markers(project, listed, target, choices),
        _ignored(project),
        *(_workflow(project, target, name, choices.history) for name in choices.workflows),
        _configuration(project, listed, target),
    ]
    return Plan(
        tuple(change for part in parts for change in part.changes),
        tuple(text for part in parts for text in part.kept),
        tuple(text for part in parts for text in part.problems),
    )


def _markers(project: Project, listed: List, target: Target, choices: Choices) -> Plan:
    if target.text is None:
        return Plan((Change(target.path, None, _new_readme(project, listed), "1 table"),))
    if target.blocks and not choices.is_explicit:
        return Plan(kept=(f"{target.name} has {figures.count(len(target.blocks), 'block')} of startrack",))
    present = {block.attributes.get("section") for block in target.blocks if block.kind == "table"}
    wanted = [section for section in choices.sections or (None,) if _selector(section) not in present]
    if not wanted:
        return Plan(kept=(f"{target.name} has these tables",))
    name = listed.name if len(project.config.lists) > 1 else None
    tables = [(section, _marker(section, name)) for section in wanted]
    places, problems = _places(target.text, listed, tables, is_list=target.is_list)
    if not places:
        return Plan(problems=tuple(problems))
    after, detail = placement.insert(target.text, places), figures.count(len(places), "table")
    return Plan((Change(target.path, target.text.data, after, detail),), problems=tuple(problems))


def _selector(section: Section | None) -> str | None:
    return section.selector if section else None


def _places(
    text: Text, listed: List, tables: Sequence[tuple[Section | None, str]], *, is_list: bool
) -> tuple[list[Place], list[str]]:
    """Return where the markers of tables go, and a problem for each table without a place.

    A table has its section, `None` for the whole list, and its opening marker.
    """
    places, problems = [], []
    for section, marker in tables:
        line = _line(text, listed, section) if is_list else placement.above_sections(text)
        if line is None:
            where = f"the section {section.selector!r}" if section else "the list"
            problems.append(
                f"{text.name} has no safe place for a table of {where}; "
                f"put {marker} and {placement.END} where you want it, each on a line of its own"
            )
        else:
            places.append(Place(line, marker))
    return places, problems


def _marker(section: Section | None, list_name: str | None = None) -> str:
    """Return the opening marker of a table; `list_name` tells the list from others of the configuration."""
    attributes = {"list": list_name, "section": _selector(section), **_TABLE}
    marker = placement.opening("table", {key: value for key, value in attributes.items() if value is not None})
    if marker is None:  # the selector was checked when the section was chosen
        raise BlockError(f"{section} cannot be written into a marker; choose another section")
    return marker


def _line(text: Text, listed: List, section: Section | None) -> int | None:
    if section:
        return placement.below_heading(text, section.path, section.first_line)
    in_sections = [entry.line - 1 for entry in listed.entries if entry.section]
    return placement.above_projects(text, min(in_sections or [entry.line - 1 for entry in listed.entries]))


def _new_readme(project: Project, listed: List) -> bytes:
    name = markdown.escape(project.root.resolve().name or listed.name)
    link = markdown.escape(listed.source)
    return f"# {name}\n\nThe projects of {link} that rise fastest:\n\n{_marker(None)}\n{placement.END}\n".encode()


def _ignored(project: Project) -> Plan:
    path = project.root.resolve() / ".gitignore"
    before = files.read(path) if os.path.lexists(path) else None
    lines = _ignored_lines(project)
    after = _with_lines(before or b"", lines)
    if after == (before or b""):
        return Plan(kept=(".gitignore has the lines",) if lines else ())
    return Plan((Change(path, before, after),))


def _ignored_lines(project: Project) -> list[str]:
    """Return what git has to ignore: pages, but not the charts that READMEs show, and a database elsewhere.

    The database in the snapshots folder is ignored by that folder's own file.
    """
    folder, database = _git_pattern(project.config.dashboards.folder), project.config.snapshots.database
    pages = [f"{folder}/*", f"!{folder}/{BLOCK_CHARTS}"] if folder else []
    is_elsewhere = database and not database.is_relative_to(project.config.snapshots.folder)
    pattern = _git_pattern(database) if database and is_elsewhere else None
    return [*pages, *([pattern, f"{pattern}.wal"] if pattern else [])]


def _git_pattern(path: Path) -> str | None:
    """Return the pattern for a path below the folder of `.gitignore`, `None` if it is not below it."""
    plain = os.path.normpath(path)
    if path.is_absolute() or plain == "." or plain.startswith(".."):
        return None
    return "/" + re.sub(r"[\\*?[]", r"\\\g<0>", Path(plain).as_posix())


def _with_lines(data: bytes, lines: Sequence[str]) -> bytes:
    """Return the content of `.gitignore` with lines added that it lacks, with its line endings."""
    present = [line.strip() for line in data.decode("utf-8", errors="surrogateescape").splitlines()]
    missing = [line for line in lines if line not in present]
    if not missing:
        return data
    folder = missing[0].removesuffix("/*")
    # A file in an ignored folder cannot be included again, so the folder has to be included first.
    if {folder, f"{folder}/", folder[1:], f"{folder[1:]}/"}.intersection(present):
        missing.insert(0, f"!{folder}/")
    ending = b"\r\n" if b"\r\n" in data else b"\n"
    start = data if not data or data.endswith(b"\n") else data + ending
    note = "# startrack: the pages are published from the workflow; charts that a README shows stay in git."
    return start + b"".join(os.fsencode(line) + ending for line in (note, *missing))


def _workflow(project: Project, target: Target, name: str, history: str) -> Plan:
    if existing := project.find_workflow(name):
        return Plan(kept=(f"{(WORKFLOWS / existing).as_posix()} exists",))
    text = _workflow_text(project, target, name, history)
    return Plan((Change(project.top / WORKFLOWS / name, None, text.encode()),))


def _workflow_text(project: Project, target: Target, name: str, history: str) -> str:
    """Return an example with this project's values; the lists are those of the configuration."""
    text = _example(name)
    below = os.path.relpath(project.root.resolve(), project.top)
    file = Path(below, project.file.name)
    config = "" if file == configuration.DEFAULT_FILE else f"          config: {json.dumps(file.as_posix())}\n"
    text = text.replace("          sources: README.md\n", config)
    for key, value, example in (
        ("path:", Path(below, project.config.dashboards.folder), "dashboards"),
        ("-", Path(below, target.name), README),
    ):
        plain = Path(os.path.normpath(value)).as_posix()
        if plain != example:
            text = text.replace(f"{key} {example}\n", f"{key} {json.dumps(plain)}\n")
    if history == "folder":
        text = text.replace("history: branch # the counts are kept on the branch startrack-data", "history: folder")
        text = text.replace("history: branch #", "history: folder #")
    return text


def _example(name: str) -> str:
    return resources.files("startrack").joinpath("examples", name).read_text(encoding="utf-8")


def _configuration(project: Project, listed: List, target: Target) -> Plan:
    if not project.is_configured:
        text = _configuration_text(project, listed, target)
        return Plan((Change(project.root.resolve() / project.file.name, None, text.encode()),))
    problems = []
    config_sources = [list_config.source for list_config in project.config.lists]
    if listed.name not in lists.list_names(project.config):
        problems.append(f"{project.file} does not name the list; add [[lists]] source = {_toml(listed.source)}")
    if target.name not in readmes.candidates(project.config, config_sources):
        problems.append(f"{project.file}: [readme] file does not name {target.name}; add it")
    return Plan(kept=(f"{project.file} exists",), problems=tuple(problems))


def _configuration_text(project: Project, listed: List, target: Target) -> str:
    """Return the example of a configuration with the values of this list that differ from the defaults."""
    text = _set(_example("startrack.toml"), "source", _toml(listed.source))
    name, title = _list_name(project, listed), _title(target) or listed.source
    if name != listed.name:
        text = _set(text, "name", _toml(name))
    text = _set(text, "title", _toml(f"{title}: star trends"))
    if project.origin:
        text = _set(text, "base_url", _toml(_pages_url(project.origin)))
    if target.name not in readmes.candidates(Config(), [listed.source]):
        text = _set(text, "file", f"[{_toml(target.name)}]")
    return text


def _set(text: str, key: str, value: str) -> str:
    """Set a key in the text of a configuration; the comment behind it stays."""
    pattern = rf"^(?:# )?{key} = (?:\"[^\"]*\"|\[[^]]*\])(?: +(?P<comment>#.*))?$"
    found = next(re.finditer(pattern, text, re.MULTILINE))
    line = f"{key} = {value}"
    if found["comment"]:
        line = f"{line.ljust(found.start('comment') - found.start() - 1)} {found['comment']}"
    return text[: found.start()] + line + text[found.end() :]


def _toml(text: str) -> str:
    """Return a text as a TOML string, with escapes for what a reader cannot see."""
    return '"' + "".join(map(_toml_character, text.encode(errors="replace").decode())) + '"'


def _toml_character(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    if character.isprintable():
        return character
    return f"\\U{ord(character):08x}"


def _list_name(project: Project, listed: List) -> str:
    """Return a name for a list; that of a README is the name of its repository or folder."""
    if listed.name != "readme":
        return listed.name
    if project.origin:
        return sources.default_name(sources.GitHubSource(project.origin))
    return sources.default_name(sources.FileSource(f"{project.root.resolve().name}/{README}"))


def _title(target: Target) -> str:
    title = target.text.outline.title if target.text and target.is_list else ""
    plain = " ".join("".join(filter(str.isprintable, title)).split())
    return plain if len(plain) <= _MAX_TITLE else ""


def _pages_url(repo: str) -> str:
    owner, _, name = repo.partition("/")
    site = f"{owner.lower()}.github.io"
    return f"https://{site}/" if name.lower() == site else f"https://{site}/{name}/"


def diff(plan: Plan, root: Path) -> str:
    """Return the changes of a plan as a unified diff with paths relative to a folder."""
    names = (os.path.relpath(change.path, root) for change in plan.changes)
    return "".join(
        edits.diff(name, change.before, change.after) for name, change in zip(names, plan.changes, strict=True)
    )


def write(plan: Plan, project: Project) -> None:
    """Write the files of a plan, each of them whole.

    Raises WriteError if one is read-only, was changed or created meanwhile, or cannot be written. Then no file is
    written, except those renamed before the error.
    """
    with files.staging(below=project.top, durable=True) as staged:
        for change in plan.changes:
            if change.before is not None:
                staged.change(change.path, edits.replacing(change.path, change.before, change.after))
            elif error := files.find_obstacle(change.path, project.top):
                raise error
            elif change.path.exists():
                raise WriteError(f"{change.path} was created by another program meanwhile; run again")
            else:
                staged.add(change.path, change.after)
        staged.rename()

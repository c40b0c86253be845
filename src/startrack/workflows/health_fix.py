"""Fixes the files of the lists: links to renamed projects, and entries of archived ones as configured."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from startrack import files
from startrack.config import Config, HealthConfig
from startrack.errors import ConfigError
from startrack.lists import edits, link_fixes, marks, moves, parser, undo
from startrack.lists.document import Text
from startrack.lists.places import find_places
from startrack.lists.sources import file_suffix
from startrack.model.findings import Kind
from startrack.model.lists import Entry, LinkPlace
from startrack.model.repository import name_key
from startrack.readme import blocks
from startrack.readme.blocks import Renamed
from startrack.trends.health import Finding
from startrack.workflows import lists, readmes
from startrack.workflows.health import HealthResult

__all__ = ["FileFix", "FixResult", "restore", "run", "save"]


@dataclass(frozen=True, slots=True)
class FileFix:
    """The content of a file before and after, and what was done, a sentence with its line each.

    `name` is the path of the file in messages, with slashes.
    """

    name: str
    path: Path
    before: bytes
    after: bytes
    done: tuple[str, ...]

    @property
    def diff(self) -> str:
        """The change as a unified diff; empty if there is none."""
        return edits.diff(self.name, self.before, self.after)


@dataclass(frozen=True, slots=True)
class FixResult:
    """The files that change, and the findings that cannot be fixed, a sentence each."""

    files: tuple[FileFix, ...]
    problems: tuple[str, ...]


def run(config: Config, result: HealthResult) -> FixResult:
    """Return how the files of the lists are fixed; nothing is written.

    Raises ConfigError for a mark that startrack could not find again, BlockError, and WriteError for a file that cannot
    be edited.
    """
    _check_mark(config.health)
    fixes, problems = [], []
    for path, names in _paths(config, result).items():
        findings = [
            finding for finding in result.review.findings if any(place.list_name in names for place in finding.places)
        ]
        name = result.files[names[0]]
        data = files.read(path)
        edits.check_editable(data, name)
        fixer = _Fixer(name, data, findings, config.health)
        fixer.run()
        fixes.append(FileFix(name, path, data, fixer.data, tuple(fixer.done)))
        problems += fixer.problems
    fixes += _other_readmes(config, result, {fix.path for fix in fixes})
    return FixResult(tuple(fix for fix in fixes if fix.before != fix.after), (*problems, *_elsewhere(result)))


def save(config: Config, result: FixResult) -> None:
    """Write the files that change, all or none. Raises WriteError, and StoreBusyError while another process writes."""
    if result.files:
        snapshots = lists.open_store(config)[1]
        with snapshots.lock():  # two fixes at once would mix their records
            undo.change(snapshots.fix_record, config.root, ((fix.path, fix.before, fix.after) for fix in result.files))


def restore(config: Config, sources: Sequence[str] = ()) -> list[str]:
    """Take the last fix back, and return the files, by their paths from the folder of the configuration.

    `sources` are lists that the command names: they may be above that folder. Raises WriteError and StoreBusyError.
    """
    snapshots = lists.open_store(config)[1]
    named_here = lists.select(config, sources).lists if sources else ()
    named = (
        *lists.list_files(config, (*config.lists, *named_here)).values(),
        *(config.root / path for path in config.readme.file or ()),
    )
    with snapshots.lock() if snapshots.fix_record.exists() else nullcontext():
        return undo.restore(snapshots.fix_record, config.root, named)


def _check_mark(config: HealthConfig) -> None:
    if config.archived == "mark" and not marks.find_mark([Text(config.mark, 1)]):
        raise ConfigError(
            f"health.mark: startrack would not know {config.mark!r} again; use a word for it in brackets, "
            'for example "(archived)"'
        )


def _paths(config: Config, result: HealthResult) -> dict[Path, list[str]]:
    """Return the files of the lists, each with the names of the lists that are in it."""
    names: dict[Path, list[str]] = {}
    for name, path in lists.list_files(config, result.list_configs).items():
        names.setdefault(blocks.resolve(path, config.root), []).append(name)
    return names


def _other_readmes(config: Config, result: HealthResult, lists_paths: Collection[Path]) -> Iterator[FileFix]:
    """Yield the files that are no lists and have blocks about renamed projects of the lists that are fixed."""
    findings = [
        finding
        for finding in result.review.findings
        if any(place.list_name in result.files for place in finding.places)
    ]
    known = {path.resolve() for path in lists_paths}
    for path in readmes.find_readmes(config, [list_config.source for list_config in result.list_configs]):
        if path.resolve() not in known:
            name, data = path.as_posix(), files.read(path)
            renamed = blocks.rename(data, name, _new_names(findings))
            if renamed:
                edits.check_editable(data, name)
            after = edits.apply(data, (link.edit for link in renamed))
            yield FileFix(name, path, data, after, tuple(_renamed(name, link) for link in renamed))


def _new_names(findings: Iterable[Finding]) -> dict[str, str]:
    """Return today's names of renamed projects by the keys of those in the lists."""
    return {
        name_key(place.entry.repo): finding.project.name
        for finding in findings
        if finding.kind is Kind.RENAMED
        for place in finding.places
    }


def _renamed(name: str, renamed: Renamed) -> str:
    return f"{name}:{renamed.line}: {renamed.repo} is now {renamed.name}"


def _elsewhere(result: HealthResult) -> Iterator[str]:
    """Yield the lists with links to renamed projects that are no local files."""
    for name in dict.fromkeys(
        place.list_name
        for finding in result.review.findings
        if finding.kind is Kind.RENAMED
        for place in finding.places
        if place.list_name not in result.files
    ):
        yield f"{name} is not a file, so its links to renamed projects were not changed"


class _Fixer:
    """Fixes one file, step by step: `data` is its content so far."""

    def __init__(self, name: str, data: bytes, findings: Iterable[Finding], config: HealthConfig) -> None:
        self.data, self.done, self.problems = data, list[str](), list[str]()
        self._name, self._config = name, config
        self._findings = list(findings)

    def run(self) -> None:
        """Rewrite links, then treat archived entries as configured."""
        suffix = file_suffix(self._name)
        if suffix not in edits.WITH_LINKS:
            self._refuse(suffix)
            return
        self._rename()
        if suffix in edits.MARKDOWN:
            match self._config.archived:
                case "mark":
                    self._mark()
                case "move":
                    self._move()
                case _:
                    pass

    def _refuse(self, suffix: str) -> None:
        number = sum(finding.kind is Kind.RENAMED for finding in self._findings)
        if number:
            self.problems.append(f"{self._name}: links in {suffix} files are not changed: {number} to renamed projects")

    def _places(self) -> tuple[LinkPlace, ...]:
        return find_places(self.data, self._name, lambda text: blocks.block_lines(text, self._name))

    def _rename(self) -> None:
        names = _new_names(self._findings)
        rewritten = link_fixes.rename_edits(self.data, self._places(), names)
        # A list that no longer has the old name does not tell a block whose it is.
        renamed = blocks.rename(self.data, self._name, names) if file_suffix(self._name) in edits.MARKDOWN else []
        self.data = edits.apply(
            self.data, (*(edit for _, _, edit in rewritten.edits), *(link.edit for link in renamed))
        )
        self.done += (f"{self._name}:{place.line}: {place.repo} is now {name}" for place, name, _ in rewritten.edits)
        self.done += (_renamed(self._name, link) for link in renamed)
        self.problems += (
            f"{self._name}:{place.line}: the name {place.repo} was not found in {place.url}"
            for place in rewritten.unclear
        )

    def _entries(self, kind: Kind) -> Iterator[tuple[Entry, LinkPlace]]:
        """Yield the entries of a kind of finding that are in the file as it is now, with their links."""
        keys = {
            name_key(name)
            for finding in self._findings
            if finding.kind is kind
            for name in (finding.project.name, *(place.entry.repo for place in finding.places))
        }
        if not keys:
            return
        parsed = parser.parse(
            self.data,
            name=self._name,
            source=self._name,
            find_ignored=lambda text: blocks.block_lines(text, self._name),
        )
        links = link_fixes.EntryLinks(self._places())
        for entry in parsed.entries:
            if name_key(entry.repo) in keys and (kind is Kind.ALIVE or not entry.mark):
                if link := links.of(entry):
                    yield entry, link
                else:
                    self.problems.append(f"{self._name}:{entry.line}: {entry.repo} has no link to work on")

    def _mark(self) -> None:
        """Mark the entries of archived projects, and take the mark from those that are alive again."""
        changes = []
        for entry, link in self._entries(Kind.ARCHIVED):
            if link.in_heading:
                self.problems.append(f"{self._name}:{entry.line}: {entry.repo} is in a heading, so it was not marked")
            elif edit := link_fixes.mark_edit(self.data, link, self._config.mark):
                changes.append(edit)
                self.done.append(f"{self._name}:{entry.line}: {entry.repo} is marked as archived")
        for entry, link in self._entries(Kind.ALIVE):
            if edit := link_fixes.unmark_edit(self.data, link, self._config.mark):
                changes.append(edit)
                self.done.append(f"{self._name}:{entry.line}: {entry.repo} is alive again and no longer marked")
        self.data = edits.apply(self.data, changes)

    def _move(self) -> None:
        links = [link for _, link in self._entries(Kind.ARCHIVED)]
        moved = moves.move_edits(self.data, self._places(), links, self._config.archived_section)
        self.data = edits.apply(self.data, moved.edits)
        section = self._config.archived_section
        self.done += (f"{self._name}:{link.line}: {link.repo} is moved to {section}" for link in moved.moved)
        self.problems += (
            f"{self._name}:{link.line}: {link.repo} was not moved: {reason}" for link, reason in moved.left
        )

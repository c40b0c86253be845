"""Counts behind the entries of a list: added to its text, and taken out again."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from startrack import files
from startrack.config import Config
from startrack.errors import SourceError, WriteError
from startrack.lists import edits, parser, selection
from startrack.model.changes import MONTH_WINDOW
from startrack.model.lists import List
from startrack.model.repository import name_key
from startrack.readme import blocks, entry_counts
from startrack.readme.entry_counts import Target
from startrack.trends import membership
from startrack.workflows import lists, readmes
from startrack.workflows.report import create_report

__all__ = ["FileEdit", "add", "remove", "save"]

_EDITED = frozenset({"", ".md", ".markdown"})


@dataclass(frozen=True, slots=True)
class FileEdit:
    """What a command does to a file: its content before and after, the number of counts that change, and what does not.

    `name` is the file in messages. `without` has the names of repositories whose entries got no count, by reason.
    """

    name: str
    path: Path
    before: bytes
    after: bytes
    changed: int
    without: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def warning(self) -> str | None:
        """What is wrong with the size of the file, if the command made it larger."""
        return readmes.size_warning(self.name, len(self.after)) if len(self.after) > len(self.before) else None

    @property
    def diff(self) -> str:
        """The change as a unified diff; empty if there is none."""
        return edits.diff(self.name, self.before, self.after)


def add(config: Config, paths: Sequence[str], section: str | None, form: str, now: datetime) -> list[FileEdit]:
    """Return the files with a count behind each entry that was counted, or behind those in one section.

    Raises ConfigError for a wrong format, SourceError where no file has the section, BlockError and WriteError.
    """
    form = entry_counts.check_format(form)
    report = create_report(config, None, now)
    by_name = membership.by_name(report.projects)
    window = MONTH_WINDOW if MONTH_WINDOW in report.windows else report.windows[0]

    def show(repo: str) -> str | None:
        project = by_name.get(name_key(repo))
        return entry_counts.text(project, form, window) if project and project.current else None

    results, problems = [], []
    for name, path in _files(config, paths, [listed.source for listed in report.lists]):
        data = _read(path, name)
        try:
            listed = _parse(config, data, path, section)
        except SourceError as error:
            problems.append(error)
            continue
        added = entry_counts.add(data, name, _targets(listed, section), show, form)
        after = edits.apply(data, added.edits)
        if _parse(config, after, path, section).entries != listed.entries:
            raise WriteError(f"{name}: with counts its entries would be read differently, so it was not changed")
        results.append(FileEdit(name, path, data, after, len(added.edits), added.without))
    if problems and (paths or not results):
        raise problems[0]
    return results


def remove(config: Config, paths: Sequence[str], now: datetime) -> list[FileEdit]:
    """Return the files without the counts that `add` has put into them. Raises BlockError and WriteError."""
    sources = [listed.source for listed in create_report(config, None, now).lists] if not paths else []
    results = []
    for name, path in _files(config, paths, sources):
        data = _read(path, name)
        removed = entry_counts.remove(data, name)
        results.append(FileEdit(name, path, data, edits.apply(data, removed), len(removed)))
    return results


def save(results: Iterable[FileEdit]) -> None:
    """Write the files that change. Raises WriteError, with the file as it was."""
    for result in results:
        edits.write(result.path, result.before, result.after)


def _files(config: Config, paths: Sequence[str], sources: Sequence[str]) -> Iterator[tuple[str, Path]]:
    """Yield the files to change with their names: those given, or all in which a build fills blocks."""
    if paths:
        yield from ((path, blocks.resolve(Path(path), config.root)) for path in dict.fromkeys(paths))
        return
    for path in readmes.find_readmes(config, sources):
        yield str(path), path


def _read(path: Path, name: str) -> bytes:
    data = files.read(path)
    edits.check_editable(data, name)
    return data


def _parse(config: Config, data: bytes, path: Path, section: str | None) -> List:
    """Return a file as a list, with the selection that the configuration makes for it and for a section."""
    suffix = parser.detect_suffix(str(path))
    if suffix not in _EDITED:
        raise SourceError(f"{path} is not Markdown; counts are put into Markdown files only")
    list_config = lists.select(config, [str(path)]).lists[0]
    parsed = parser.parse(
        data,
        name=path.name,
        source=str(path),
        suffix=suffix,
        find_ignored=lambda text: blocks.block_lines(text, str(path)),
    )
    chosen = selection.select(parsed, sections=list_config.sections, exclude=list_config.exclude)
    return chosen if section is None else selection.select(chosen, sections=[section])


def _targets(listed: List, section: str | None) -> Iterator[Target]:
    """Yield each entry once for each section that mentions it."""
    for entry in listed.entries:
        for path in entry.section_paths:
            if section is None or selection.in_section(path, section):
                yield Target(entry.repo, path, entry.span if path == entry.section else None)

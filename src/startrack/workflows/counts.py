"""Counts in a list's own text: added behind entries and taken out again, or in the place of star badges.

Badges that were replaced are kept in `startrack-badges.json` beside the configuration, so that they are committed
together with the list from which they were taken, on the same branch, and come back in any checkout of it.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from startrack import files
from startrack.config import Config
from startrack.errors import BlockError, SourceError, WriteError
from startrack.lists import edits, parser, selection
from startrack.lists.edits import Edit
from startrack.lists.places import find_places
from startrack.model.lists import List, Span
from startrack.model.repository import name_key
from startrack.readme import badges, blocks, entry_counts
from startrack.readme.badges import Original
from startrack.readme.entry_counts import Target
from startrack.readme.markers import COUNT, Block
from startrack.trends import membership
from startrack.workflows import lists, readmes
from startrack.workflows.readmes import ReadmeReports
from startrack.workflows.report import create_report, create_site_report

__all__ = ["FileEdit", "add", "remove", "replace_badges", "restore_badges", "save", "save_badges", "save_restored"]


@dataclass(frozen=True, slots=True)
class FileEdit:
    """What a command does to a file: its content before and after, the number of counts that change, and what does not.

    `name` is the file in messages. `without` has the names of repositories whose entries got no count, or the badges
    that did not come back, by reason. `original` is kept so that badges can be put back.
    """

    name: str
    path: Path
    before: bytes
    after: bytes
    changed: int
    without: Mapping[str, Sequence[str]] = field(default_factory=dict)
    original: Original | None = None

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
    reports = ReadmeReports(config, create_site_report(config, None, now))
    results, problems = [], []
    for name, path in _files(config, paths, [listed.source for listed in reports.newest.lists]):
        data = _read(path, name)
        try:
            listed = _parse(config, data, path, section)
        except SourceError as error:
            problems.append(error)
            continue
        show = _show(reports, path, data, name, form)
        added = entry_counts.add(data, name, _targets(listed, section), show, form)
        after = edits.apply(data, added.edits)
        if _parse(config, after, path, section).entries != listed.entries or not _has_counts(
            after, name, len(blocks.entry_counts(data, name)) + len(added.edits)
        ):
            raise WriteError(f"{name}: with counts its entries would be read differently, so it was not changed")
        without = {**added.without, **_outside(listed)} if section is None else added.without
        results.append(FileEdit(name, path, data, after, len(added.edits), without))
    if problems and (paths or not results):
        raise problems[0]
    return results


def _has_counts(data: bytes, name: str, number: int) -> bool:
    """Return whether a file has so many counts, each with its repository: they can be updated and removed."""
    try:
        counts = blocks.entry_counts(data, name)
    except BlockError:
        return False
    return len(counts) == number and all(count.attributes["repo"] for count in counts)


def remove(config: Config, paths: Sequence[str], now: datetime) -> list[FileEdit]:
    """Return the files without the counts that `add` has put into them. Raises BlockError and WriteError."""
    sources = [listed.source for listed in create_report(config, None, now).lists] if not paths else []
    results = []
    for name, path in _files(config, paths, sources):
        data = _read(path, name)
        removed = entry_counts.remove(data, name)
        results.append(FileEdit(name, path, data, edits.apply(data, removed), len(removed)))
    return results


def replace_badges(config: Config, paths: Sequence[str], now: datetime, *, drop: bool = False) -> list[FileEdit]:
    """Return the files with a count in the place of each star badge, or nothing with `drop`.

    Raises BlockError and WriteError.
    """
    reports = ReadmeReports(config, create_site_report(config, None, now))
    kept = _Kept(config.root)
    results = []
    for name, path in _files(config, paths, [listed.source for listed in reports.newest.lists]):
        data = _read(path, name)
        show = _show(reports, path, data, name, blocks.DEFAULT_FORMAT)
        replaced = badges.replace(data, name, show, kept.next_number(path, data), drop=drop)
        after = edits.apply(data, replaced.edits)
        if badges.changes_links(data, after, name):
            raise WriteError(f"{name}: without badges its entries would be read differently, so it was not changed")
        original = Original(data, replaced.edits) if replaced.edits else None
        results.append(FileEdit(name, path, data, after, replaced.badges, replaced.without, original))
    return results


def save(results: Iterable[FileEdit]) -> None:
    """Write the files that change. Raises WriteError, with the file as it was."""
    for result in results:
        edits.write(result.path, result.before, result.after)


def save_badges(config: Config, results: Iterable[FileEdit]) -> None:
    """Write the files that change, and before each the badges that were in it.

    Raises WriteError, and StoreBusyError while another process writes.
    """
    changed = [(result, result.original) for result in results if result.original]
    with _alone(config, is_needed=bool(changed)):
        for result, original in changed:
            kept = _Kept(config.root)
            kept.add(result.path, original)
            try:
                edits.write(result.path, result.before, result.after)
            except WriteError:
                kept.undo()
                raise


def _alone(config: Config, *, is_needed: bool) -> AbstractContextManager[None]:
    """Keep other processes from changing the file with the badges inside the block."""
    return lists.open_store(config)[1].lock() if is_needed else nullcontext()


def restore_badges(config: Config, paths: Sequence[str], now: datetime) -> list[FileEdit]:
    """Return the files with the badges that `replace_badges` has taken out of them. Raises WriteError."""
    kept = _Kept(config.root)
    sources = [listed.source for listed in create_report(config, None, now).lists] if not paths else []
    results = []
    for name, path in _files(config, paths, sources):
        if kept.has(path):
            data = after = _read(path, name)
            badges_lost: list[bytes] = []
            for original in reversed(kept.originals(path, data)):
                restored = badges.restore(after, original)
                try:
                    after = edits.apply(after, restored.edits)
                except ValueError as error:  # two badges for one place, which startrack did not write
                    raise kept.damaged() from error
                badges_lost += restored.lost
            lost = [badge.decode("utf-8", "replace").strip() for badge in badges_lost]
            changed = badges.number(after) - badges.number(data)
            results.append(FileEdit(name, path, data, after, changed, {_LOST: lost} if lost else {}))
    return results


def save_restored(config: Config, results: Iterable[FileEdit]) -> None:
    """Write the files that change, and forget their badges. Raises WriteError and StoreBusyError."""
    restored = list(results)
    with _alone(config, is_needed=bool(restored)):
        for result in restored:
            edits.write(result.path, result.before, result.after)
            _Kept(config.root).forget(result.path)


_LOST: Final = "whose line was changed or removed"
_BADGES_FILE: Final = "startrack-badges.json"


class _Kept:
    """The file with the originals of badges: by path, what each run has replaced, the oldest first."""

    def __init__(self, root: Path) -> None:
        self._root, self._path = root, root / _BADGES_FILE
        self._before = files.read(self._path) if self._path.exists() else None
        try:
            content = json.loads(self._before) if self._before is not None else {}
            self._runs: dict[str, tuple[Original, ...]] = {
                path: tuple(map(_original, runs)) for path, runs in content.items()
            }
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise self.damaged() from error

    def damaged(self) -> WriteError:
        """Return the error for content that startrack did not write."""
        return WriteError(f"cannot read {self._path}: it is damaged; restore it from git")

    def has(self, path: Path) -> bool:
        """Return whether something is kept of a file."""
        return self._key(path) in self._runs

    def originals(self, path: Path, data: bytes) -> tuple[Original, ...]:
        """Return what was replaced in a file that has some bytes now.

        If it is as it was before a run, that run was killed before it wrote the file, or was taken back by other means.
        """
        runs = self._runs.get(self._key(path), ())
        undone = next((index for index, original in enumerate(runs) if original.data == data), len(runs))
        return runs[:undone]

    def next_number(self, path: Path, data: bytes) -> int:
        """Return a number for the first count in a file that no earlier one has."""
        return 1 + sum(len(original.edits) for original in self.originals(path, data))

    def add(self, path: Path, original: Original) -> None:
        """Keep what is replaced in a file. Raises WriteError."""
        self._runs[self._key(path)] = (*self.originals(path, original.data), original)
        self._write()

    def forget(self, path: Path) -> None:
        """Forget what was replaced in a file. Raises WriteError."""
        self._runs.pop(self._key(path), None)
        self._write()

    def undo(self) -> None:
        """Give the file the content that it had before. Raises WriteError."""
        if self._before is None:
            files.remove(self._path, self._root)
        else:
            files.write({self._path: self._before}, below=self._root)

    def _key(self, path: Path) -> str:
        return files.relative_name(path, self._root)

    def _write(self) -> None:
        if not self._runs:
            files.remove(self._path, self._root)
            return
        content = {path: [_as_json(original) for original in runs] for path, runs in sorted(self._runs.items())}
        files.write({self._path: f"{json.dumps(content, indent=1)}\n".encode()}, below=self._root)


def _as_json(original: Original) -> dict[str, object]:
    replaced = [
        [edit.span.start, edit.span.end, edit.replacement.decode("utf-8", "surrogateescape")] for edit in original.edits
    ]
    return {"text": original.data.decode("utf-8", "surrogateescape"), "replaced": replaced}


def _original(run: Mapping[str, Any]) -> Original:
    """Return what a run replaced. Raises ValueError, TypeError or KeyError for what is no such record."""
    data = run["text"].encode("utf-8", "surrogateescape")
    replaced = [Edit(Span(start, end), text.encode("utf-8", "surrogateescape")) for start, end, text in run["replaced"]]
    places = [0, *(place for edit in replaced for place in (edit.span.start, edit.span.end)), len(data)]
    if not all(isinstance(place, int) for place in places) or places != sorted(places):
        raise ValueError("an edit overlaps another one, or is outside of the file")
    return Original(data, tuple(replaced))


def _show(reports: ReadmeReports, path: Path, data: bytes, name: str, form: str) -> Callable[[str], str | None]:
    """Return a function that returns the count of a repository as a build shows it, `None` if it was not counted."""
    by_name = membership.by_name(reports.newest.projects)
    linked = {name_key(place.repo) for place in find_places(data, "README.md")}
    repos = [repo for repo in sorted(linked & by_name.keys()) if by_name[repo].current]
    readme = blocks.parse(data, name)
    new = [Block(COUNT, {"format": form, "repo": repo}, 0, 0, (0, 0), ("",), is_entry=True) for repo in repos]
    contents = readme.first_contents(new, readmes.offers(reports, path, readme).of)
    shown = {repo: "".join(lines) for repo, lines in zip(repos, contents, strict=True)}
    return lambda repo: shown.get(name_key(repo))


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
    if suffix not in edits.MARKDOWN:
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
    """Yield each entry once for each section that mentions it; in a list with sections, only links in these.

    What stands above them is the text about the list, and the badge of other lists.
    """
    has_sections = _has_sections(listed)
    for entry in listed.entries:
        for path in entry.section_paths:
            if selection.in_section(path, section) if section else path or not has_sections:
                yield Target(entry.repo, path, entry.span if path == entry.section else None)


def _has_sections(listed: List) -> bool:
    return any(path for entry in listed.entries for path in entry.section_paths)


def _outside(listed: List) -> dict[str, Sequence[str]]:
    """Return the projects that are only mentioned above the sections of a list, with the reason."""
    if not _has_sections(listed):
        return {}
    names = [entry.repo for entry in listed.entries if not any(entry.section_paths)]
    return {"above the sections": names} if names else {}

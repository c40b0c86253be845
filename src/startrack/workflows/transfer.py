"""Counts from other programs into the store, and all that the store has out of it."""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory

from startrack.config import Config
from startrack.errors import ConfigError, ImportFileError
from startrack.github import collector
from startrack.github.client import Client
from startrack.model.repository import Missing, Reason, Repository
from startrack.store import import_files, incoming, sync
from startrack.store.database import Session
from startrack.store.import_reader import Kind
from startrack.store.incoming import Extent, Incoming, Source
from startrack.store.snapshots import Snapshots
from startrack.wording import figures, phrases
from startrack.workflows import lists

__all__ = [
    "ExportFormat",
    "ExportTable",
    "Exported",
    "ImportOptions",
    "ImportResult",
    "Imported",
    "check_target",
    "export",
    "identifier",
    "import_counts",
]


_NAMES_SHOWN = 10


class ExportFormat(StrEnum):
    """The formats of an export, which are the endings of its file."""

    CSV = "csv"
    PARQUET = "parquet"
    DUCKDB = "duckdb"


class ExportTable(StrEnum):
    """The tables of an export; a DuckDB file has all of them."""

    COUNTS = "counts"
    REPOSITORIES = "repositories"
    RETAINED_STARS = "retained_stars"
    LISTS = "lists"
    ENTRIES = "entries"


Identify = Callable[[Sequence[str]], Mapping[str, Repository | Missing]]
"""Asks GitHub which repositories have some names now."""


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """How files are imported: the `source` they are named after, and whether contradictions are left out."""

    source: str | None = None
    skip_contradictions: bool = False


@dataclass(frozen=True, slots=True)
class Imported:
    """What one file brought; `has_changed` is false where it was imported before in the same way."""

    source: Source
    extent: Extent
    has_changed: bool

    @property
    def is_retained(self) -> bool:
        """Whether the figures are stars of the day of the export by the days on which they were given."""
        return self.source.layout.kind is Kind.STAR_HISTORY


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What an import brought, file by file, how many contradictions it left out, and what could not be imported."""

    files: tuple[Imported, ...]
    contradictions: int
    problems: tuple[str, ...]

    def by_source(self) -> dict[str, list[Imported]]:
        """Return the files of each source."""
        sources: dict[str, list[Imported]] = {}
        for file in self.files:
            sources.setdefault(file.source.name, []).append(file)
        return sources


def identifier(client: Client, now: datetime, progress: collector.Progress) -> Identify:
    """Return a function that asks GitHub for names."""
    return lambda names: collector.identify(client, names, now.date(), progress)


def import_counts(
    config: Config, paths: Sequence[Path], options: ImportOptions, now: datetime, identify: Identify | None
) -> ImportResult:
    """Import the counts of files, all of them or none.

    Without `identify` only names that the store knows are resolved. Raises ImportFileError where a file cannot be read
    or contradicts itself or the store, and StartrackErrors of the store and of GitHub; nothing is written then.
    """
    store, snapshots = lists.open_store(config)
    reader, _ = lists.open_store_to_read(config)
    with incoming.opened() as stage:
        sources = [stage.read(path, options.source, number, now) for number, path in enumerate(paths)]
        _check_places(sources)
        contradictions = stage.check(sources, skip=options.skip_contradictions)

        def known_names(session: Session) -> tuple[list[incoming.NameSpell], frozenset[str]]:
            sync.sync(session, snapshots)
            return incoming.spells(session), incoming.listed_names(session)

        names, claims, (known, listed) = stage.names(), stage.claims(), reader.run(known_names)
        stage.resolve(incoming.holders(known, names))
        certain = [spell for spell in known if spell.is_certain]
        answers = _ask(stage, known, identify, _unproven(claims, certain))
        repositories = {name: answer for name, answer in answers.items() if isinstance(answer, Repository)}
        from_github = list(incoming.holders_from_github(repositories))
        from_store = incoming.holders(certain, [claim.name for claim in claims])
        stage.check_claims(sources, claims, certain, sorted([*from_store, *from_github], key=_by_name), listed)
        stage.resolve(from_github)
        contradictions += stage.check(sources, skip=options.skip_contradictions)
        problems = _problems(stage, answers, has_asked=identify is not None)
        with snapshots.lock():
            files = store.run(lambda session: _write(session, snapshots, stage, sources, repositories.values()))
    return ImportResult(files, contradictions, problems)


def _check_places(sources: Iterable[Source]) -> None:
    """Raise ImportFileError where two files would be kept in one place."""
    places: dict[Path, Path] = {}
    for source in sources:
        other = places.setdefault(import_files.path_of(source.name, source.path.name), source.path)
        if other != source.path:
            raise ImportFileError(
                f"{other} and {source.path} have the same name and source; import each with a --source of its own"
            )


def _by_name(holder: incoming.Holder) -> str:
    return holder.name


def _unproven(claims: Iterable[incoming.Claim], certain: Iterable[incoming.NameSpell]) -> list[str]:
    """Return the names to which files give numbers that the store does not know to be right."""
    proven = {(spell.name, spell.repo_id) for spell in certain}
    return [claim.repo for claim in claims if (claim.name, claim.repo_id) not in proven]


def _ask(
    stage: Incoming, known: Iterable[incoming.NameSpell], identify: Identify | None, unproven: Iterable[str]
) -> Mapping[str, Repository | Missing]:
    """Ask GitHub for the names that the store does not know, and for those whose numbers are unproven."""
    known_names = {spell.name for spell in known}
    unknown = {name.lower(): name for name in stage.names() if name.lower() not in known_names}
    asked = list((unknown | {name.lower(): name for name in unproven}).values())
    return identify(asked) if identify and asked else {}


def _problems(stage: Incoming, answers: Mapping[str, Repository | Missing], *, has_asked: bool) -> tuple[str, ...]:
    """Return what was left out because it belongs to no known repository, by the reason."""
    older, unknown, unanswered = list[tuple[str, int]](), list[tuple[str, int]](), list[tuple[str, int]]()
    by_name = {name.lower(): answer for name, answer in answers.items()}
    for repo, counts in stage.left_out():
        match by_name.get(repo.lower()):
            case Missing(reason=Reason.FAILED | Reason.NOT_ASKED):
                unanswered.append((repo, counts))
            case Missing():
                unknown.append((repo, counts))
            case Repository():
                older.append((repo, counts))
            case None:
                (unknown if not has_asked else older).append((repo, counts))
    why_unknown = "GitHub does not show the repository" if has_asked else "the store does not know the name"
    reasons = (
        (older, "another repository may have had the name on these days"),
        (unknown, why_unknown),
        (unanswered, "GitHub gave no answer about the name; import the file again"),
    )
    return tuple(_left_out(names, why) for names, why in reasons if names)


def _left_out(names: Sequence[tuple[str, int]], why: str) -> str:
    counts = sum(counts for _, counts in names)
    shown = [name for name, _ in names[:_NAMES_SHOWN]]
    more = len(names) - len(shown)
    listed = phrases.joined([*shown, f"{more:,} more"] if more else shown)
    return f"{figures.count(counts, 'count')} left out because {why}: {listed}"


def _write(
    session: Session,
    snapshots: Snapshots,
    stage: Incoming,
    sources: Sequence[Source],
    repositories: Iterable[Repository],
) -> tuple[Imported, ...]:
    """Check the counts against the store, then write and load them. Raises ImportFileError, StoreError, WriteError."""
    sync.sync(session, snapshots)
    contents: dict[Path, bytes] = {}
    brought: list[Imported] = []
    replaced = {import_files.path_of(source.name, source.path.name) for source in sources}
    for source in sources:
        place = import_files.path_of(source.name, source.path.name)
        content = import_files.render(stage.session, source.number)
        extent = _checked_extent(session, snapshots, stage, source, content, replaced)
        before = snapshots.files.data(place)
        # Counts of days that startrack counted are of no use, unless an earlier import of the file is to be corrected.
        if extent.counts > (extent.covered if before is None else 0):
            contents[place] = content
        brought.append(Imported(source, extent, has_changed=place in contents and before != content))
    ids = stage.repository_ids()
    drafts = snapshots.import_drafts(contents, [repository for repository in repositories if repository.repo_id in ids])
    if contents:
        sync.write_and_load(session, snapshots, drafts)
    return tuple(brought)


def _checked_extent(
    session: Session, snapshots: Snapshots, stage: Incoming, source: Source, content: bytes, replaced: set[Path]
) -> Extent:
    """Return what a file brings. Raises ImportFileError where a count contradicts one in the store."""
    place = import_files.path_of(source.name, source.path.name)
    earlier = [
        path
        for path in snapshots.paths()
        if import_files.is_import(path) and path.parent == place.parent and path not in replaced
    ]
    with TemporaryDirectory() as top:
        draft = Path(top) / "import"
        draft.write_bytes(content)
        for repo_id, taken_at, other in incoming.find_contradictions(session, draft, snapshots.files.patterns(earlier)):
            line, repo = stage.line(source.number, repo_id, taken_at)
            raise ImportFileError(
                f"{source.path}, line {line}: the count of {repo} at {taken_at} contradicts the store: {other}; "
                "correct the file"
            )
        return incoming.extent(session, draft)


@dataclass(frozen=True, slots=True)
class Exported:
    """How much an export has, of which nothing is written where there are no counts."""

    counts: int
    repositories: int


def check_target(config: Config, path: Path) -> None:
    """Raise ConfigError for a file that is a part of the store: an export would destroy it."""
    _, snapshots = lists.open_store(config)
    real, folder, database = (Path(os.path.realpath(place)) for place in (path, snapshots.folder, config.database))
    is_record = real.is_relative_to(folder) and snapshots.owns(real.relative_to(folder))
    if is_record or real == database:
        raise ConfigError(f"{path} is one of the files that startrack keeps its counts in; name another file")


def export(config: Config, form: ExportFormat, table: ExportTable, target: Path) -> Exported:
    """Write a table of the store into a new file, or all tables into a DuckDB file; nothing if nothing was counted.

    All of it is of one moment. The same store gives the same bytes, except as DuckDB file. Raises StoreError.
    """
    store, snapshots = lists.open_store_to_read(config)

    def write(session: Session) -> Exported:
        sync.sync(session, snapshots)
        (exported,) = session.rows("transfer/export_extent").values(Exported)
        if exported.counts:
            session.run("transfer/stage_export")
            _write_export(session, form, table, target)
        return exported

    return store.run(write)


def _write_export(session: Session, form: ExportFormat, table: ExportTable, target: Path) -> None:
    match form:
        case ExportFormat.DUCKDB:
            with session.attached(target):
                session.run("transfer/write_database")
        case ExportFormat.CSV | ExportFormat.PARQUET:
            session.run(f"transfer/write_{form}", name=table.value, target=str(target))

"""Counts on their way into the store: staged from files, given to repositories by number, and checked.

The files are read into a database in memory first. Nothing of the snapshots folder changes before every file is read,
every name is resolved as far as it can be, and no count contradicts another.
"""

import glob
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import groupby, islice, pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from startrack.errors import ImportFileError, StoreError, WriteError
from startrack.model.count_history import to_microseconds
from startrack.model.durations import DAY
from startrack.model.repository import Repository, name_key
from startrack.store import import_reader
from startrack.store.database import Session, in_memory
from startrack.store.import_reader import IncomingCount, Kind, Layout, RowReader

__all__ = [
    "Claim",
    "Extent",
    "Holder",
    "Incoming",
    "NameSpell",
    "Source",
    "extent",
    "find_contradictions",
    "holders",
    "holders_from_github",
    "listed_names",
    "opened",
    "spells",
]


_BATCH: Final = 10_000
_PARQUET: Final = b"PAR1"
_FIRST: Final = datetime(2008, 1, 1)
_END: Final = datetime(3000, 1, 1)
_INSTANT: Final = timedelta(microseconds=1)

_WHOLE: Final = frozenset(
    {"tinyint", "smallint", "integer", "bigint", "hugeint", "utinyint", "usmallint", "uinteger", "ubigint"}
)
_TIMES: Final = frozenset(
    {"date", "timestamp", "timestamp_s", "timestamp_ms", "timestamp_ns", "timestamp with time zone"}
)
_COLUMN_TYPES: Final[Mapping[str, tuple[frozenset[str], str]]] = {
    "repo": (frozenset({"varchar"}), "text"),
    "taken_at": (_TIMES, "a date or a time"),
    "stars": (_WHOLE | {"double", "float"}, "a number"),
    "forks": (_WHOLE | {"double", "float"}, "a number"),
    "commits": (_WHOLE | {"double", "float"}, "a number"),
    "repo_id": (_WHOLE, "a whole number"),
    "source": (frozenset({"varchar"}), "text"),
}


@dataclass(frozen=True, slots=True)
class Source:
    """A file to import and the name of the source that it is imported under; `number` is its place among the files."""

    number: int
    path: Path
    name: str
    layout: Layout


@dataclass(frozen=True, slots=True)
class NameSpell:
    """The first and the last count of a repository under a name (in lower case), and the repository's creation.

    `is_certain` is whether GitHub showed the repository under that name; otherwise a file that was imported says so.
    """

    name: str
    repo_id: int
    first_seen: datetime
    last_seen: datetime
    created_at: datetime | None = None
    is_certain: bool = False


@dataclass(frozen=True, slots=True)
class Claim:
    """What a file says of a name (in lower case, and as written): the number of its repository, from when to when."""

    name: str
    repo: str
    repo_id: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Holder:
    """The repository that a name belonged to from `since` on, up to but not including `until`."""

    name: str
    repo_id: int
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Extent:
    """What a file brings: its counts, how many are `covered` by counts of startrack's own, and from when to when.

    A file without any has no first and no last one.
    """

    counts: int
    covered: int
    repositories: int
    first_at: datetime | None
    last_at: datetime | None


@dataclass(frozen=True, slots=True)
class Incoming:
    """The staged counts; `session` is a database in memory. Files are numbered in the order of `read`."""

    session: Session

    def read(self, path: Path, source: str | None, number: int, now: datetime) -> Source:
        """Stage the counts of a file under a source, by default one named after the file.

        Raises ImportFileError with file and line.
        """
        if _is_parquet(path):
            return self._read_parquet(path, source, number, now)
        layout, counts = import_reader.read_csv(path, now)
        named = Source(number, path, source or _default_source(path, layout), layout)
        self._append(named, counts)
        return named

    def _read_parquet(self, path: Path, source: str | None, number: int, now: datetime) -> Source:
        pattern = glob.escape(str(path.resolve()))
        try:
            types = dict(self.session.rows("store/parquet_columns", path=pattern).columns("name", "type"))
        except StoreError as error:
            reason = str(error.__cause__).partition("\n")[0]
            raise ImportFileError(f"{path} is damaged, or not a Parquet file ({reason})") from error
        layout = import_reader.table_layout(list(types), path)
        for key, name in layout.columns.items():
            allowed, meaning = _COLUMN_TYPES[key]
            if types[name] not in allowed:
                raise ImportFileError(f"{path}: the column {name} is {types[name]} and not {meaning}")
        named = Source(number, path, source or _default_source(path, layout), layout)
        limits = {"earliest": to_microseconds(_FIRST), "latest": to_microseconds(now)}
        self._append(named, _unsound_rows(self.session, pattern, named, now, limits))
        self.session.run("transfer/read_parquet", path=pattern, file=number, origin=named.name, **limits)
        return named

    def _append(self, source: Source, counts: Iterable[IncomingCount]) -> None:
        remaining = (
            (
                *(source.number, count.line, source.name, count.source or source.name, count.repo, count.repo_id),
                *(count.taken_at, count.stars, count.forks, count.commits),
            )
            for count in counts
        )
        while rows := list(islice(remaining, _BATCH)):
            self.session.append("incoming", rows)

    def names(self) -> list[str]:
        """Return the names of the counts that have no repository's number yet, each in one spelling."""
        return list(self.session.rows("transfer/unresolved_names").column("repo"))

    def resolve(self, holders: Iterable[Holder]) -> None:
        """Give the counts the numbers of the repositories that had their names then."""
        self.session.append("holder", [(holder.name, holder.repo_id, holder.since, holder.until) for holder in holders])
        self.session.run("transfer/resolve")

    def claims(self) -> list[Claim]:
        """Return the numbers that files give to names. Called before `resolve`, which gives numbers too."""
        return list(self.session.rows("transfer/claims").values(Claim))

    def check_claims(
        self,
        sources: Sequence[Source],
        claims: Iterable[Claim],
        certain: Sequence[NameSpell],
        holders: Sequence[Holder],
        listed: Container[str],
    ) -> None:
        """Raise ImportFileError where a number is that of another repository than the one that had the name.

        `certain` is what the store knows, `holders` who had the names by that and by what GitHub shows now. The counts
        of a name in `listed` of which nobody knows anything are treated as if the file had no numbers.
        """
        by_name = {name: list(group) for name, group in groupby(holders, key=lambda holder: holder.name)}
        known = {(spell.name, spell.repo_id) for spell in certain}
        names = {spell.repo_id: spell.name for spell in certain}
        unconfirmed: list[str] = []
        for claim in claims:
            having = by_name.get(claim.name, [])
            for holder in having:
                if holder.repo_id != claim.repo_id:
                    self._refuse(sources, claim, f"is not {claim.repo}, which is {holder.repo_id}", holder)
            if (claim.name, claim.repo_id) in known or claim.repo_id in {holder.repo_id for holder in having}:
                continue
            if claim.repo_id in names:
                self._refuse(sources, claim, f"is {names[claim.repo_id]}, not {claim.repo}")
            if not having and claim.name in listed:
                unconfirmed.append(claim.name)
        if unconfirmed:
            self.session.run("transfer/forget_claims", names=unconfirmed)

    def _refuse(
        self, sources: Sequence[Source], claim: Claim, contradiction: str, holder: Holder | None = None
    ) -> None:
        """Raise ImportFileError with the first row of a claim, within the time of a holder; none if it has no row."""
        since, until = (holder.since, holder.until) if holder else (_FIRST, _END)
        rows = self.session.rows(
            "transfer/claim_place", name=claim.name, repo_id=claim.repo_id, since=since, until=until
        )
        for file, line, taken_at in rows.columns("file", "line", "taken_at"):
            path = sources[file].path
            raise ImportFileError(
                f"{path}, {_line_word(path)} {line}: the repository {claim.repo_id} at {taken_at} {contradiction}; "
                "correct the column repo_id, or remove it"
            )

    def check(self, sources: Sequence[Source], *, skip: bool) -> int:
        """Raise ImportFileError where two counts of one repository at one instant differ; or leave these out.

        Returns how many instants of repositories were left out.
        """
        self.session.run("transfer/stage_contradictions")
        number = self.session.value("transfer/contradictions")
        if number and skip:
            self.session.run("transfer/drop_contradictions")
        elif number:
            rows = list(
                self.session.rows("transfer/first_contradiction").columns(
                    "file", "line", "repo", "taken_at", "stars", "forks", "commits"
                )
            )
            first = rows[0]
            other = next(row for row in rows if row[4:] != first[4:])
            raise ImportFileError(_contradiction(sources, first, other, number))
        return int(number)

    def left_out(self) -> list[tuple[str, int]]:
        """Return the names whose counts belong to no known repository, with the number of these counts."""
        return list(self.session.rows("transfer/left_out").columns("repo", "counts"))

    def repository_ids(self) -> set[int]:
        """Return the numbers of all repositories."""
        return set(self.session.rows("transfer/resolved_ids").column("repo_id"))

    def line(self, number: int, repo_id: int, taken_at: datetime) -> tuple[int, str]:
        """Return the line of a count in its file, and the name that it has there."""
        rows = self.session.rows("transfer/place", file=number, repo_id=repo_id, taken_at=taken_at)
        ((line, repo),) = rows.columns("line", "repo")
        return line, repo


@contextmanager
def opened() -> Iterator[Incoming]:
    """Open an empty stage in memory; what does not fit is in a temporary folder.

    Raises WriteError where that folder cannot be used.
    """
    try:
        with TemporaryDirectory() as folder, in_memory(Path(folder)) as session:
            session.run("transfer/create_incoming")
            yield Incoming(session)
    except OSError as error:
        raise WriteError(f"cannot use a temporary folder: {error.strerror}; free disk space, or set TMPDIR") from error


def _is_parquet(path: Path) -> bool:
    """Return whether a file is Parquet. Raises ImportFileError for a pipe too, which can be read only once."""
    if path.exists() and not path.is_file() and not path.is_dir():
        raise ImportFileError(f"{path} is not a regular file; save what it gives as a file first")
    try:
        with path.open("rb") as file:
            return file.read(len(_PARQUET)) == _PARQUET or path.suffix == ".parquet"
    except OSError as error:
        raise ImportFileError(f"cannot read {path}: {error.strerror}; check the path and its permissions") from error


def _line_word(path: Path) -> str:
    return "row" if _is_parquet(path) else "line"


def _default_source(path: Path, layout: Layout) -> str:
    """Return the name of a source: files of a known kind are named after their repository's folder, others by file."""
    if layout.kind in (Kind.BEST_OF, Kind.RANKING):
        return path.resolve().parent.parent.name or layout.kind.value
    return path.stem


def _unsound_rows(
    session: Session, pattern: str, source: Source, now: datetime, limits: Mapping[str, int]
) -> Iterator[IncomingCount]:
    """Yield the rows that DuckDB leaves to Python. Raises ImportFileError for the first that is invalid."""
    reader = RowReader(source.layout, now)
    rows = session.rows("transfer/unsound_parquet", path=pattern, **limits)
    names = [name for name in rows.names if name != "line"]
    for line, cells in zip(rows.column("line"), rows.columns(*names), strict=True):
        try:
            count = reader.count(line, dict(zip(names, cells, strict=True)))
        except ValueError as error:
            raise ImportFileError(f"{source.path}, row {line}: {error}; correct or remove the row") from error
        if count:
            yield count


def _contradiction(sources: Sequence[Source], first: Sequence[object], other: Sequence[object], number: int) -> str:
    file, line, _, taken_at, *figures = first
    other_file, other_line, repo, _, *other_figures = other
    here, there = sources[int(str(other_file))], sources[int(str(file))]
    word = _line_word(here.path)
    names = ("stars", "forks", "commits")
    name, figure, other_figure = next(
        (name, a, b) for name, a, b in zip(names, figures, other_figures, strict=True) if a != b
    )
    place = f"{word} {line}" if here is there else f"{there.path}, {word} {line}"
    more = f" ({number - 1:,} more such)" if number > 1 else ""
    contradiction = f"{repo} has {other_figure} {name} at {taken_at}, but {figure} on {place}{more}"
    return (
        f"{here.path}, {word} {other_line}: {contradiction}; "
        "correct the file, or leave such counts out with --skip-contradictions"
    )


def spells(session: Session) -> list[NameSpell]:
    """Return when each name that the store knows belonged to which repository, by name and in order."""
    return list(session.rows("transfer/name_spells").values(NameSpell))


def listed_names(session: Session) -> frozenset[str]:
    """Return the names that lists have or had, in lower case."""
    return frozenset(session.rows("transfer/listed_names").column("name"))


def holders(known: Iterable[NameSpell], names: Iterable[str]) -> Iterator[Holder]:
    """Yield who held some names when, by what the store knows.

    A repository holds a name since its creation. Between the last count of one repository and the first of the next
    one under the same name, the creation of the next decides; where that does not, nobody is named.
    """
    wanted = set(map(name_key, names))
    for name, group in groupby(known, key=lambda spell: spell.name):
        if name in wanted:
            yield from _holders_of_name(list(group))


def _holders_of_name(group: Sequence[NameSpell]) -> Iterator[Holder]:
    since = _creation_day(group[0].created_at)
    for spell, following in pairwise(group):
        until, next_since = spell.last_seen + _INSTANT, following.first_seen
        if following.created_at is not None and following.created_at > spell.last_seen:
            until = _creation_day(following.created_at)
            next_since = until + DAY  # the day of the creation may have counts of both
        until = min(until, following.first_seen)
        if since < until:
            yield Holder(spell.name, spell.repo_id, since, until)
        since = max(next_since, spell.last_seen + _INSTANT)
    if since < _END:
        yield Holder(group[-1].name, group[-1].repo_id, since, _END)


def holders_from_github(repositories: Mapping[str, Repository]) -> Iterator[Holder]:
    """Yield the repositories that GitHub shows under some names, each since the day of its creation."""
    for name, repository in repositories.items():
        yield Holder(name_key(name), repository.repo_id, _creation_day(repository.created_at), _END)


def _creation_day(created_at: datetime | None) -> datetime:
    return datetime.combine(created_at.date(), time()) if created_at else _FIRST


def find_contradictions(session: Session, draft: Path, earlier: Sequence[str]) -> Iterator[tuple[int, datetime, str]]:
    """Yield the repository and the instant of a count that contradicts the store, and what that has.

    `draft` is a written import, `earlier` are patterns of other files of the same source. Counts that startrack took
    are in the tables of `session`.
    """
    pattern = glob.escape(str(draft))
    rows = session.rows("transfer/own_contradictions", path=pattern)
    for repo_id, taken_at, stars, forks in rows.columns("repo_id", "taken_at", "own_stars", "own_forks"):
        yield repo_id, taken_at, f"startrack itself counted {stars} stars and {forks} forks at that instant"
    if earlier:
        rows = session.rows("transfer/earlier_contradictions", path=pattern, earlier=list(earlier))
        for repo_id, taken_at, stars, file in rows.columns("repo_id", "taken_at", "earlier_stars", "earlier_file"):
            yield repo_id, taken_at, f"{Path(file).name} of the same source was imported with {stars} stars"


def extent(session: Session, draft: Path) -> Extent:
    """Return what a written import brings to the store of a session."""
    (imported,) = session.rows("transfer/import_extent", path=glob.escape(str(draft))).values(Extent)
    return imported

"""Counts of other programs in the store: kept in files of their own, never in place of startrack's own counts."""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import killing
from conftest import NOW, connect
from startrack import files
from startrack.config import Config, ListConfig
from startrack.demo.server import Server
from startrack.errors import ImportFileError, StoreError
from startrack.model.changes import Change, Count, Window
from startrack.model.events import MilestoneReached
from startrack.model.history import RetainedGain
from startrack.model.lists import Entry, List
from startrack.model.repository import Counted, Missing, Observation, Reason, Repository
from startrack.model.runs import Run
from startrack.store import queries, sync
from startrack.store.database import Database, Session
from startrack.store.snapshots import Snapshots
from startrack.workflows import build, snapshot, transfer, trending
from startrack.workflows.transfer import ImportOptions, ImportResult

FILES = Path(__file__).parent / "imports"
AT = datetime(2026, 11, 27, 6)
CREATED = datetime(2014, 3, 1, 12)
IDS = {"pytorch/pytorch": 1, "explosion/spacy": 2, "o/a": 11, "o/b": 12}


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """Return an empty folder with a list."""
    return Config(lists=(ListConfig(source="l.md", name="l"),), root=tmp_path)


def ask(names: Sequence[str]) -> Mapping[str, Repository | Missing]:
    """Answer as GitHub would: some names are known."""
    return {
        name: Repository(IDS[name.lower()], name, created_at=CREATED)
        if name.lower() in IDS
        else Missing(name, Reason.NOT_FOUND)
        for name in names
    }


def take_in(
    config: Config, *paths: Path, at: datetime = AT, identify: transfer.Identify | None = ask, **chosen: object
) -> ImportResult:
    """Import files."""
    return transfer.import_counts(config, paths, ImportOptions(**chosen), at, identify)  # type: ignore[arg-type]


def rows(config: Config, name: str, *lines: str) -> Path:
    """Write a plain file beside the store."""
    path = config.root / name
    path.write_text("\n".join(["repo,date,stars,forks", *lines, ""]), encoding="utf-8")
    return path


def record(config: Config, at: datetime, **stars: int) -> None:
    """Record a run of startrack's own that counted `o/a`, `o/b` …; -1 stands for one that GitHub does not show."""
    seen: list[Observation] = [
        Counted(f"o/{name}", Repository(IDS[f"o/{name}"], f"o/{name}", created_at=CREATED), number, 0)
        if number >= 0
        else Missing(f"o/{name}", Reason.NOT_FOUND, repo_id=IDS[f"o/{name}"])
        for name, number in stars.items()
    ]
    entries = tuple(Entry(f"o/{name}", name, ("Tools",), f"https://github.com/o/{name}", 1) for name in ("a", "b"))
    run = Run(int(at.timestamp()), at, at, "done", len(seen), len(seen), 0, 1, 1, "0")
    folder = Snapshots(config.snapshots_folder)
    files.write(folder.drafts(run, seen, [List("l", "l.md", entries)]), below=folder.folder)


@contextmanager
def opened(config: Config) -> Iterator[Session]:
    """Open the database in step with the folder."""
    with Database(config.database).session() as session:
        sync.sync(session, Snapshots(config.snapshots_folder))
        yield session


def stored(config: Config) -> list[tuple[object, ...]]:
    """Return all counts of the database, which a rebuilt one has too."""

    def read() -> tuple[list[tuple[object, ...]], list[object]]:
        with opened(config) as session:
            counts = session._connection.execute(
                "select repo_id, taken_at, stars, forks, commits, source from counts order by all"
            ).fetchall()
            facts = [
                session._connection.table(table).order("all").fetchall()
                for table in ("repos", "repo_names", "takes", "runs", "imports", "missing")
            ]
            return counts, [*facts, sorted(queries.current_counts(session, AT).items())]

    told = read()
    config.database.unlink()
    assert read() == told
    return told[0]


def kept(config: Config) -> dict[str, bytes]:
    """Return every file that git keeps."""
    folder = Snapshots(config.snapshots_folder)
    return {path.as_posix(): (folder.folder / path).read_bytes() for path in folder.kept()}


# ── What is imported ─────────────────────────────────────────────────────────────────────────────────────


def test_files_of_each_kind_become_counts_with_their_source(config: Config) -> None:
    """Into an empty store; the same files again change nothing."""
    paths = [
        FILES / "best-of-small/history/2024-05-02_projects.csv",
        FILES / "ranking-small/Data/github-ranking-2024-05-03.csv",
        FILES / "star-history.csv",
        FILES / "plain.csv",
    ]
    result = take_in(config, *paths)
    assert [(file.extent.counts, file.extent.covered, file.has_changed) for file in result.files] == [
        (2, 0, True),
        (2, 0, True),
        (3, 0, True),
        (3, 0, True),
    ]
    assert result.problems == ()
    assert stored(config) == [
        (1, datetime(2016, 9, 29), 15, None, None, "star-history"),
        (1, datetime(2024, 5, 1, 23, 30), 77990, None, None, "star-history"),
        (1, datetime(2024, 5, 2), 78000, 21000, 71000, "best-of-small"),
        (1, datetime(2024, 5, 3), 78012, 21003, None, "ranking-small"),
        (1, datetime(2024, 5, 4), 78020, 21005, None, "plain"),
        (2, datetime(2014, 7, 7, 1), 3, None, None, "star-history"),
        (2, datetime(2024, 5, 2), 28700, 4300, None, "best-of-small"),
        (2, datetime(2024, 5, 3), 28702, 4301, None, "ranking-small"),
        (2, datetime(2024, 5, 4, 8), 28705, None, 17000, "plain"),
        (2, datetime(2024, 5, 5, 10), 28706, 4302, None, "plain"),
    ]
    before = kept(config)
    assert "imports/best-of-small/2024-05-02_projects.parquet" in before
    again = take_in(config, *paths, identify=None)
    assert [file.has_changed for file in again.files] == [False] * 4
    assert kept(config) == before


def test_github_gives_the_number_of_a_name_that_redirects(config: Config, github: Server) -> None:
    """An old name belongs to the repository that it leads to; what GitHub does not show is left out, by name."""
    github.world.rename("pytorch/pytorch", "pytorch/torch", at=NOW - timedelta(days=100))
    path = rows(config, "c.csv", "pytorch/pytorch,2024-05-04,5,1", "nobody/nothing,2024-05-04,6,1")
    with connect(github) as client:
        identify = transfer.identifier(client, NOW, lambda _done, _total: None)
        result = take_in(config, path, identify=identify)
        assert client.requests == 1
    number = github.world.named("pytorch/torch").repo_id
    assert [row[:3] for row in stored(config)] == [(number, datetime(2024, 5, 4), 5)]
    assert result.problems == ("1 count left out because GitHub does not show the repository: nobody/nothing",)
    with opened(config) as session:
        assert queries.repositories(session, is_listed=False)[number][0].description is not None


def test_without_github_only_names_in_the_store_are_resolved(config: Config) -> None:
    """Names of runs, older ones too, and names of earlier imports."""
    record(config, datetime(2026, 11, 26, 3), a=100)
    path = rows(config, "c.csv", "O/A,2024-05-04,5,1", "o/b,2024-05-04,6,1")
    result = take_in(config, path, identify=None)
    assert result.problems == ("1 count left out because the store does not know the name: o/b",)
    assert [row[:3] for row in stored(config)] == [(11, datetime(2024, 5, 4), 5), (11, datetime(2026, 11, 26, 3), 100)]
    assert take_in(config, path).problems == ()
    assert take_in(config, rows(config, "d.csv", "o/b,2024-05-05,7,1"), identify=None).problems == ()


def test_counts_from_before_a_repository_was_created_are_not_its_own(config: Config) -> None:
    """Another repository had the name then. The same file again gives the same answer."""
    path = rows(config, "c.csv", "o/a,2014-02-28,900,1", "o/a,2014-03-01,1,0")
    for identify in (ask, None):
        result = take_in(config, path, identify=identify)
        assert len(result.problems) == 1
        assert [row[:3] for row in stored(config)] == [(11, datetime(2014, 3, 1), 1)]
    assert "1 count left out" in take_in(config, path).problems[0]
    assert "because another repository may have had the name on these days: o/a" in take_in(config, path).problems[0]


def test_a_name_that_was_taken_over_belongs_to_the_one_who_had_it(config: Config) -> None:
    """By the creation of the later repository; on the day of the creation nobody knows."""
    folder = Snapshots(config.snapshots_folder)
    for at, number, created in (
        (datetime(2025, 1, 1), 21, CREATED),
        (datetime(2026, 6, 1), 22, datetime(2026, 3, 5, 9)),
    ):
        seen = [Counted("o/x", Repository(number, "o/x", created_at=created), 5, 0)]
        run = Run(int(at.timestamp()), at, at, "done", 1, 1, 0, 1, 1, "0")
        files.write(folder.drafts(run, seen, []), below=folder.folder)
    days = ("2024-01-01", "2026-03-04", "2026-03-05", "2026-03-06", "2026-07-01")
    result = take_in(config, rows(config, "c.csv", *(f"o/x,{day},7,1" for day in days)), identify=None)
    assert [(row[0], str(row[1])[:10]) for row in stored(config) if row[5]] == [
        (21, "2024-01-01"),
        (21, "2026-03-04"),
        (22, "2026-03-06"),
        (22, "2026-07-01"),
    ]
    assert result.problems[0].startswith("1 count left out")


# ── Own counts first ─────────────────────────────────────────────────────────────────────────────────────


def test_a_day_that_startrack_counted_keeps_its_own_count(config: Config) -> None:
    """Whether the run came before the import or after it; the database never has both."""
    record(config, datetime(2026, 11, 25, 3), a=100)
    path = rows(
        config, "c.csv", "o/a,2026-11-24,90,1", "o/a,2026-11-25,99,1", "o/a,2026-11-26,101,1", "o/b,2026-11-25,7,1"
    )
    (file,) = take_in(config, path).files
    assert (file.extent.counts, file.extent.covered) == (4, 1)
    assert [row[2] for row in stored(config)] == [90, 100, 101, 7]
    with opened(config):  # a run of a day with an imported count, loaded into this database
        record(config, datetime(2026, 11, 26, 3), a=102, b=-1)
    assert [row[2] for row in stored(config)] == [90, 100, 102, 7]
    record(config, datetime(2026, 11, 26, 5), a=103, b=9)
    assert [row[2] for row in stored(config)] == [90, 100, 103, 7, 9]


def test_nothing_is_kept_where_startrack_counted_every_day(config: Config) -> None:
    """The file would only repeat what is there."""
    record(config, datetime(2026, 11, 25, 3), a=100)
    before = kept(config)
    (file,) = take_in(config, rows(config, "c.csv", "o/a,2026-11-25,99,1")).files
    assert (file.extent.covered, file.has_changed) == (1, False)
    assert kept(config) == before


def test_a_count_at_the_very_instant_of_an_own_one_must_not_differ(config: Config) -> None:
    """The error names the line; nothing is written."""
    record(config, datetime(2026, 11, 25, 3), a=100)
    before = kept(config)
    path = rows(config, "c.csv", "o/a,2026-11-24,90,1", "o/a,2026-11-25T03:00:00Z,99,0")
    told = r"c\.csv, line 3: the count of o/a at 2026-11-25 03:00:00 contradicts the store: .* counted 100 stars"
    with pytest.raises(ImportFileError, match=told):
        take_in(config, path)
    assert kept(config) == before
    assert take_in(config, rows(config, "c.csv", "o/a,2026-11-24,90,1", "o/a,2026-11-25T03:00:00Z,100,0")).files


def test_imported_counts_are_no_observations_of_a_run(config: Config, github: Server) -> None:
    """A run counts every project, also one with an imported count of the same day."""
    (config.root / "l.md").write_text("- https://github.com/pytorch/pytorch\n", encoding="utf-8")
    github.clock.set(NOW)
    with connect(github) as client:
        number = github.world.named("pytorch/pytorch").repo_id
        path = config.root / "c.csv"
        path.write_text(f"repo,repo_id,date,stars\npytorch/pytorch,{number},{NOW.date()},5\n", encoding="utf-8")
        take_in(config, path, at=NOW, identify=None)
        assert [row[2] for row in stored(config)] == [5]
        result = snapshot.run(config, client, NOW, lambda: NOW, lambda _done, _total: None)
        assert result.run.counted == 1
        assert result.observations[0].commits is not None  # type: ignore[union-attr]
    assert [(row[2], row[5]) for row in stored(config)] == [(result.observations[0].stars, None)]  # type: ignore[union-attr]


# ── Contradictions ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("second", ["o/a", "O/A", "https://github.com/o/a"])
def test_two_counts_of_one_day_that_differ_are_refused(config: Config, second: str) -> None:
    """With both lines; nothing is written, unless they are to be left out."""
    path = rows(config, "c.csv", "o/b,2024-05-04,1,1", "o/a,2024-05-04,5,1", f"{second},2024-05-04,6,1")
    with pytest.raises(
        ImportFileError, match=r"c\.csv, line 4: (?i:o/a) has 6 stars at 2024-05-04 .*, but 5 on line 3"
    ):
        take_in(config, path)
    assert not list(config.root.glob("snapshots/**/*.parquet"))
    result = take_in(config, path, skip_contradictions=True)
    assert result.contradictions == 1
    assert [row[:3] for row in stored(config)] == [(12, datetime(2024, 5, 4), 1)]


def test_two_names_of_one_repository_may_not_differ(config: Config) -> None:
    """That shows only when GitHub has told their number."""
    path = rows(config, "c.csv", "o/a,2024-05-04,5,1", "o/old,2024-05-04,6,1")

    def redirect(names: Sequence[str]) -> Mapping[str, Repository | Missing]:
        return {name: Repository(11, "o/a", created_at=CREATED) for name in names}

    with pytest.raises(ImportFileError, match=r"c\.csv, line 3: o/old has 6 stars .*, but 5 on line 2"):
        take_in(config, path, identify=redirect)
    same = rows(config, "c.csv", "o/a,2024-05-04,5,", "o/old,2024-05-04,5,1")
    take_in(config, same, identify=redirect)
    assert [row[2:4] for row in stored(config)] == [(5, 1)]


def test_files_of_one_source_may_not_differ(config: Config) -> None:
    """In one import or in two; of two sources the first by name is used."""
    first, second = rows(config, "a.csv", "o/a,2024-05-04,5,1"), rows(config, "b.csv", "o/a,2024-05-04,6,1")
    with pytest.raises(ImportFileError, match=r"b\.csv, line 2: o/a has 6 stars at .*, but 5 on .*a\.csv, line 2"):
        take_in(config, first, second, source="bot")
    take_in(config, first, source="bot")
    with pytest.raises(ImportFileError, match=r"b\.csv, line 2: the count of o/a at .* a\.parquet of the same source"):
        take_in(config, second, source="bot")
    take_in(config, second, source="another bot")
    assert [(row[2], row[5]) for row in stored(config)] == [(6, "another bot")]


def test_a_corrected_file_takes_the_place_of_its_earlier_import(config: Config) -> None:
    """Also a count that it no longer has."""
    take_in(config, rows(config, "c.csv", "o/a,2024-05-04,5,1", "o/a,2024-05-05,6,1"))
    take_in(config, rows(config, "c.csv", "o/a,2024-05-04,7,1"))
    assert [row[2] for row in stored(config)] == [7]


def test_two_files_of_one_name_need_sources_of_their_own(config: Config, tmp_path: Path) -> None:
    """Else one would take the place of the other."""
    first = rows(config, "c.csv", "o/a,2024-05-04,5,1")
    (tmp_path / "sub").mkdir()
    second = Path(shutil.copy(first, tmp_path / "sub" / "c.csv"))
    with pytest.raises(ImportFileError, match="have the same name and source; import each with a --source of its own"):
        take_in(config, first, second)


def test_names_that_a_path_cannot_have_stay_apart(config: Config) -> None:
    """The files of two such sources are two files, whatever they are called, and no device of Windows."""
    names = ("\u5386\u53f2.csv", "\u6570\u636e.csv", f"{'x' * 120}a.csv", f"{'x' * 120}b.csv", "con.csv", "AUX.old.csv")
    for day, name in enumerate(names, 10):
        take_in(config, rows(config, name, f"o/a,2024-05-{day},5,1"))
    assert len(stored(config)) == len(names)
    paths = [Path(path) for path in kept(config) if path.endswith(".parquet")]
    assert not [path for path in paths if {path.stem.split(".")[0], path.parent.name.split(".")[0]} & {"con", "aux"}]
    assert all(len(path.name) <= 108 and str(path).isascii() for path in paths)
    places = kept(config).keys()
    take_in(config, rows(config, names[0], "o/a,2024-05-10,6,1"))
    assert kept(config).keys() == places


def test_a_wrong_line_of_one_file_keeps_all_files_out(config: Config) -> None:
    """All files are read before anything is written."""
    with pytest.raises(ImportFileError, match=r"b\.csv, line 2: stars 'many'"):
        take_in(config, rows(config, "a.csv", "o/a,2024-05-04,5,1"), rows(config, "b.csv", "o/a,2024-05-05,many,1"))
    assert not config.snapshots_folder.exists()


def test_a_damaged_import_is_named(config: Config) -> None:
    """With what restores it; `doctor` finds it too."""
    take_in(config, rows(config, "c.csv", "o/a,2024-05-04,5,1"))
    path = config.snapshots_folder / "imports/c/c.parquet"
    for content, told in ((b"PAR1", "is damaged, or not a Parquet file"), (_other_parquet(config), "are missing")):
        path.write_bytes(content)
        with pytest.raises(StoreError, match=rf"c\.parquet.*{told}.*; restore it with `git"):
            snapshot.last_run(config)
        (error,) = Snapshots(config.snapshots_folder).faults(Path("imports/c/c.parquet"))
        assert told in str(error)
    path.unlink()
    assert stored(config) == []


def _other_parquet(config: Config) -> bytes:
    path = config.root / "other.parquet"
    with Database(config.root / "other.duckdb").session() as session:
        session._connection.execute(f"copy (select 1::bigint as repo_id) to '{path}'")
    return path.read_bytes()


# ── What reports make of them ────────────────────────────────────────────────────────────────────────────


def test_gains_are_those_of_imported_counts_too(config: Config) -> None:
    """They are counts of their days."""
    record(config, datetime(2026, 11, 26, 3), a=100, b=50)
    take_in(config, rows(config, "c.csv", "o/a,2026-10-27,70,1", "o/b,2026-10-27,60,"))
    ranked = trending.run(config, trending.Ranking(Window(30)), None)
    changes = {project.name: project.changes[Window(30)] for project in ranked.projects}
    gains = {name: (change.gain, change.forks_gain) for name, change in changes.items() if isinstance(change, Change)}
    assert gains == {"o/a": (30, -1), "o/b": (-10, None)}


@pytest.mark.parametrize("imported", [False, True])
def test_an_old_import_hides_no_retained_stars(config: Config, *, imported: bool) -> None:
    """In the gap behind it, they are known as they are without the import."""
    record(config, datetime(2026, 11, 26, 3), a=100, b=50)
    weeks = [f"{date(2026, 11, 15) - timedelta(weeks=back)},1,1,1,1,1,1,1" for back in range(8)]
    drafts = {
        "history/11.csv": "\n".join(["week,sun,mon,tue,wed,thu,fri,sat", *reversed(weeks), ""]),
        "history.csv": "repo_id,name,etag,weeks,complete,fetched_at,current,outcome,detail\n"
        "11,o/a,,8,false,2026-11-26T03:00:00,0,done,\n",
    }
    folder = config.snapshots_folder
    files.write({folder / name: text.encode() for name, text in drafts.items()}, below=folder)
    if imported:
        take_in(config, rows(config, "c.csv", "o/a,2025-06-26,70,1"))
    ranked = trending.run(config, trending.Ranking(Window(30)), None)
    gains = {project.name: project.retained.get(Window(30)) for project in ranked.projects}
    assert gains == {"o/a": RetainedGain(30, date(2026, 10, 23), date(2026, 11, 21)), "o/b": None}


def test_pages_show_counts_without_forks(config: Config) -> None:
    """Their line of forks breaks there; a project without any has none, and a section adds up what is known."""
    (config.root / "l.md").write_text("# L\n- https://github.com/o/a\n- https://github.com/o/b\n", encoding="utf-8")
    record(config, datetime(2026, 11, 25, 3), a=100, b=-1)
    record(config, datetime(2026, 11, 26, 3), a=110, b=-1)
    lines = [
        f"o/{name},2026-11-{day},{day},{5 if day == 24 and name == 'a' else ''}" for name in "ab" for day in (23, 24)
    ]
    take_in(config, rows(config, "c.csv", *lines))
    assert build.run(config, None).report
    a, b = ((config.dashboards_folder / f"data/history/o/{name}.js").read_text("utf-8") for name in "ab")
    assert '"forks":[null,5,0,0]' in a
    assert '"stars":[23,24,100,110]' in a
    assert '"forks":[null,null]' in b
    page = (config.dashboards_folder / "projects/o/b.html").read_text(encoding="utf-8")
    assert "n/a: not counted" in page
    assert "Imported counts: 2 from c (" in page
    assert ", by c" in page
    sums = [path.read_text(encoding="utf-8") for path in (config.dashboards_folder / "data/sums").rglob("*.js")]
    assert sums
    assert all('"columns":{"stars":[' in text and '"columns":{"forks":[' in text for text in sums)
    parquet = config.dashboards_folder / "data/counts/2026.parquet"
    with opened(config) as session:
        known = session._connection.from_parquet(str(parquet)).order("repo, taken_at").project("repo, forks").fetchall()
    assert known == [("o/a", None), ("o/a", 5), ("o/a", 0), ("o/a", 0), ("o/b", None), ("o/b", None)]


def test_imported_days_are_no_news(config: Config) -> None:
    """A milestone that an imported count reached is no event, and none for the first own count after it."""
    record(config, datetime(2026, 11, 26, 3), a=120, b=99)
    lines = [f"o/{name},2026-11-{day:02},{day * 10},1" for name in "ab" for day in range(5, 16)]
    take_in(config, rows(config, "c.csv", *lines))
    record(config, datetime(2026, 11, 27, 3), a=260, b=99)
    with opened(config) as session:
        found = [event.detail for event in queries.events(session, AT)]
    assert [(event.milestone, event.before) for event in found if isinstance(event, MilestoneReached)] == [(250, 120)]


def test_an_imported_name_is_no_rename(config: Config) -> None:
    """A file may have a name of another day."""
    record(config, datetime(2026, 11, 25, 3), a=100)
    path = config.root / "c.csv"
    path.write_text("repo,repo_id,date,stars\no/older,11,2026-11-24,5\no/older,11,2026-11-26,9\n", encoding="utf-8")
    take_in(config, path, identify=redirected)
    record(config, datetime(2026, 11, 27, 3), a=100)
    with opened(config) as session:
        assert queries.names(session, AT) == {11: ("o/a",)}
        ((_, first, last),) = [row[1:] for row in session._connection.execute("from repo_names").fetchall()]
    assert (first, last) == (datetime(2026, 11, 25, 3), datetime(2026, 11, 27, 3))
    assert len(stored(config)) == 4


def redirected(names: Sequence[str]) -> Mapping[str, Repository | Missing]:
    """Answer that all names lead to `o/a`."""
    return {name: Repository(IDS["o/a"], "o/a", created_at=CREATED) for name in names}


@pytest.mark.parametrize(
    ("row", "identify", "message"),
    [
        ("o/b,11,2026-11-24,5", None, "the repository 11 at 2026-11-24 00:00:00 is not o/b, which is 12"),
        ("o/b,999,2026-11-24,5", None, "the repository 999 at 2026-11-24 00:00:00 is not o/b, which is 12"),
        ("O/B,999,2026-11-24,5", ask, "the repository 999 at 2026-11-24 00:00:00 is not O/B, which is 12"),
        ("o/else,11,2026-11-24,5", None, "the repository 11 at 2026-11-24 00:00:00 is o/a, not o/else"),
        ("o/else,11,2026-11-24,5", ask, "the repository 11 at 2026-11-24 00:00:00 is o/a, not o/else"),
        ("o/else,12,2026-11-24,5", redirected, "the repository 12 at 2026-11-24 00:00:00 is not o/else, which is 11"),
        ("pytorch/pytorch,5,2026-11-24,5", ask, "the repository 5 at 2026-11-24 00:00:00 is not pytorch/pytorch"),
    ],
)
def test_a_number_of_another_repository_is_refused(
    config: Config, row: str, identify: transfer.Identify | None, message: str
) -> None:
    """It would give a project the history of another one; neither a name nor a number may be taken over."""
    record(config, datetime(2026, 11, 25, 3), a=100, b=200)
    before = kept(config)
    path = config.root / "c.csv"
    path.write_text(f"repo,repo_id,date,stars\no/a,11,2026-11-23,5\n{row}\n", encoding="utf-8")
    with pytest.raises(
        ImportFileError, match=rf"c\.csv, line 3: {message}.*; correct the column repo_id, or remove it"
    ):
        take_in(config, path, identify=identify)
    assert kept(config) == before


def test_a_number_of_a_listed_project_that_nobody_can_confirm_is_left_out(config: Config) -> None:
    """The project was never counted. Before the creation of a repository, another one may have had its name."""
    record(config, datetime(2026, 11, 25, 3), a=100)  # the list has `o/b`, too
    path = config.root / "c.csv"
    lines = ["o/b,999,2026-11-24,5", "o/a,998,2008-02-02,7", "not/listed,997,2026-11-24,6"]
    path.write_text("\n".join(["repo,repo_id,date,stars", *lines, ""]), encoding="utf-8")
    result = take_in(config, path, identify=None)
    assert result.problems == ("1 count left out because the store does not know the name: o/b",)
    assert {row[0] for row in stored(config)} == {11, 997, 998}


# ── Out and in again ─────────────────────────────────────────────────────────────────────────────────────


counts = st.dictionaries(
    st.tuples(st.sampled_from("ab"), st.integers(0, 400)),
    st.tuples(st.integers(0, 2**31 - 1), st.none() | st.integers(0, 2**31 - 1), st.none() | st.integers(0, 10**6)),
    min_size=1,
    max_size=12,
)


@settings(max_examples=8)
@given(counts)
@pytest.mark.parametrize("form", transfer.ExportFormat)
def test_what_is_exported_can_be_imported(
    form: transfer.ExportFormat, figures: dict[tuple[str, int], tuple[int, int | None, int | None]]
) -> None:
    """Into an empty store, without GitHub: the same counts of the same repositories, and so the same export."""
    with TemporaryDirectory() as one, TemporaryDirectory() as two:
        first, second = Config(root=Path(one)), Config(root=Path(two))
        path = first.root / "in.csv"
        lines = [
            f"o/{name},{IDS[f'o/{name}']},{datetime(2024, 1, 1) + timedelta(hours=7 * step)},"
            + ",".join("" if figure is None else str(figure) for figure in row)
            for (name, step), row in figures.items()
        ]
        path.write_text("\n".join(["repo,repo_id,taken_at,stars,forks,commits", *lines, ""]), encoding="utf-8")
        take_in(first, path, identify=None)
        out = exported(first, "out", form)
        with Database(first.root / "other.duckdb").session() as session:
            if form is transfer.ExportFormat.DUCKDB:
                session._connection.execute(f"attach '{out}' as one")
                session._connection.execute(f"copy one.counts to '{first.root}/out.parquet'")
                out = first.root / "out.parquet"
        take_in(second, out, identify=None)
        again = exported(second, "again", transfer.ExportFormat.CSV)
        assert again.read_bytes() == exported(first, "same", transfer.ExportFormat.CSV).read_bytes()
        assert again.read_bytes().count(b"\n") == len(figures) + 1


def exported(config: Config, name: str, form: transfer.ExportFormat) -> Path:
    """Export the counts into a file."""
    path = config.root / f"{name}.{form}"
    transfer.export(config, form, transfer.ExportTable.COUNTS, path)
    return path


# ── Kills ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("stop", [killing.kill, killing.fill_disk])
def test_an_import_that_stops_leaves_the_old_or_the_new_state(tmp_path: Path, stop: killing.Stop) -> None:
    """At any moment; the next import finishes."""
    whole = _with_counts(tmp_path / "whole")
    killing.take_in(whole, AT)
    expected, files_after = stored(whole), kept(whole)
    codes = []
    for moment in range(1, 200, 3):
        config = _with_counts(tmp_path / str(moment))
        codes.append(killing.run_until(moment, stop, killing.take_in, config, AT))
        if codes[-1] == killing.NOT_REACHED:
            break
        assert stored(config) in ([], expected)
        killing.take_in(config, AT)
        assert (stored(config), kept(config)) == (expected, files_after)
        assert not [path for path in config.root.rglob("*") if path.name.endswith(".draft")]
    assert (killing.KILLED if stop is killing.kill else killing.FAILED) in codes
    assert codes[-1] == killing.NOT_REACHED


def _with_counts(folder: Path) -> Config:
    folder.mkdir()
    (folder / "counts.csv").write_text("repo,repo_id,date,stars\no/a,11,2024-05-04,5\no/b,12,2024-05-04,6\n", "utf-8")
    return Config(root=folder)


def test_counts_without_forks_are_counts(config: Config) -> None:
    """Unknown is not zero."""
    take_in(config, FILES / "star-history.csv")
    with opened(config) as session:
        current = queries.current_counts(session, AT)
    assert current[1] == Count(datetime(2024, 5, 1, 23, 30), 77990, None, None)

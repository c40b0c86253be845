"""The commands import and export, as they are used."""

import csv
import io
import subprocess
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

import commands
from conftest import NOW
from startrack.demo.server import Server
from startrack.store.snapshots import Snapshots

Startrack = Callable[..., subprocess.CompletedProcess[str]]

TEXT = "repo,date,stars,forks\npytorch/pytorch,2025-06-20,5,1\nnobody/nothing,2025-06-20,6,1\n"


@pytest.fixture
def startrack(tmp_path: Path, github: Server) -> Startrack:
    """Run startrack in a folder with a list and a file of counts, against the demo's GitHub."""
    (tmp_path / "list.md").write_text("- [=cmd](https://github.com/pytorch/pytorch)\n", encoding="utf-8")
    (tmp_path / "counts.csv").write_text(TEXT, encoding="utf-8")
    variables = commands.environment(github)
    return lambda *words, **more: commands.startrack(tmp_path, *words, variables=variables | more)


def test_an_import_says_what_it_brought(startrack: Startrack) -> None:
    """And what it left out, with exit code 1; the second time there is nothing new."""
    done = startrack("import", "counts.csv")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines() == [
        "counts: 1 count in 1 file, 2025-06-20 to 2025-06-20; 1 file imported",
        "`startrack build` shows the counts on the pages, in tables and in feeds",
        "startrack: 1 count left out because GitHub does not show the repository: nobody/nothing",
    ]
    again = startrack("import", "counts.csv", "--offline")
    assert again.stderr.splitlines() == [
        "counts: 1 count in 1 file, 2025-06-20 to 2025-06-20; nothing new to import",
        "startrack: 1 count left out because the store does not know the name: nobody/nothing",
    ]


def test_without_a_token_only_known_names_are_used(startrack: Startrack) -> None:
    """The command says so, and asks nothing."""
    done = startrack("import", "counts.csv", GITHUB_TOKEN="")
    assert done.returncode == 1
    assert done.stderr.startswith("no token: GitHub is not asked for names that the store does not know\n")
    assert "nothing new to import" in done.stderr


def test_what_a_file_contradicts_is_one_line(startrack: Startrack, tmp_path: Path) -> None:
    """With an exit code of its own; with the option it is left out."""
    (tmp_path / "counts.csv").write_text(f"{TEXT}pytorch/pytorch,2025-06-20,7,1\n", encoding="utf-8")
    done = startrack("import", "counts.csv")
    assert (done.returncode, done.stdout) == (16, "")
    assert done.stderr == (
        "startrack: counts.csv, line 4: pytorch/pytorch has 7 stars at 2025-06-20 00:00:00, but 5 on line 2; "
        "correct the file, or leave such counts out with --skip-contradictions\n"
    )
    assert not (tmp_path / "snapshots" / "imports").exists()
    done = startrack("import", "counts.csv", "--skip-contradictions")
    assert "left out, because they contradict each other: the counts of 1 day or instant\n" in done.stderr


def test_star_history_is_imported_with_a_warning(startrack: Startrack, tmp_path: Path) -> None:
    """Its figures leave out stars that were taken back."""
    text = "Repository,Date,Stars\npytorch/pytorch,Fri Jun 20 2025 02:00:00 GMT+0200 (CEST),5\n"
    (tmp_path / "s.csv").write_text(text, encoding="utf-8")
    done = startrack("import", "s.csv")
    assert done.returncode == 0
    assert "s: star-history leaves out stars that were taken back since; gains may be too high\n" in done.stderr


def test_doctor_and_pages_name_the_source(startrack: Startrack, tmp_path: Path) -> None:
    """The project's page, Methodology, and a check."""
    assert startrack("snapshot", "list.md", "--taken-at", NOW.isoformat()).returncode == 0
    startrack("import", "counts.csv", "--source", "<b>bot</b>")
    assert "imported <b>bot</b>" in startrack("doctor").stdout
    assert startrack("build").returncode == 0
    (path,) = (tmp_path / "dashboards/projects").rglob("*.html")
    page = path.read_text(encoding="utf-8")
    sentence = "2 counts from 2025-06-20 to 2025-06-26. Imported counts: 1 from &lt;b&gt;bot&lt;/b&gt; (2025-06-20 to "
    assert sentence in page.replace('<time datetime="2025-06-20">', "").replace("</time>", "").replace(
        '<time datetime="2025-06-26">', ""
    )
    methodology = (tmp_path / "dashboards/counting.html").read_text(encoding="utf-8")
    assert "<h2>Imported counts</h2>" in methodology
    assert "<dt><bdi>&lt;b&gt;bot&lt;/b&gt;</bdi></dt>" in methodology


def test_an_export_goes_to_stdout_or_into_a_file(startrack: Startrack, tmp_path: Path) -> None:
    """The same bytes, also the second time; a file is only replaced if that is wanted."""
    startrack("snapshot", "list.md", "--taken-at", NOW.isoformat())
    printed = startrack("export")
    assert printed.stdout.splitlines()[0] == (
        "repo_id,repo,taken_at,stars,forks,commits,open_issues,open_prs,watchers,source"
    )
    (row,) = csv.DictReader(io.StringIO(printed.stdout))
    assert (row["repo"], row["taken_at"], row["source"]) == ("pytorch/pytorch", "2025-06-26T23:17:00", "")
    assert int(row["stars"]) > 80_000
    assert printed.stderr == "exported 1 count of 1 repository\n"
    for words in (("out.csv",), ("out.csv", "--force")):
        assert startrack("export", *words).returncode == 0
        assert (tmp_path / "out.csv").read_text(encoding="utf-8") == printed.stdout
    refused = startrack("export", "out.csv")
    assert (refused.returncode, refused.stderr) == (
        12,
        "startrack: out.csv exists; name another file, or add --force to replace it\n",
    )


def test_an_export_has_every_table(startrack: Startrack, tmp_path: Path) -> None:
    """Each as CSV without formulas, and all in one DuckDB file."""
    startrack("snapshot", "list.md", "--taken-at", NOW.isoformat())
    tables = ("counts", "repositories", "retained_stars", "lists", "entries")
    assert startrack("export", "all.duckdb").returncode == 0
    with duckdb.connect(str(tmp_path / "all.duckdb"), read_only=True) as connection:
        found = {row[0] for row in connection.execute("show tables").fetchall()}
        assert found == set(tables)
        titles = connection.execute("select title from entries").fetchall()
        assert connection.execute("select distinct is_fork, parent, parent_id from repositories").fetchall() == [
            (False, None, None)
        ]
    assert titles == [("=cmd",)]
    entries = startrack("export", "--table", "entries")
    assert ",'=cmd," in entries.stdout
    for table in tables:
        assert startrack("export", f"{table}.parquet", "--table", table).returncode == 0


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (
            ("out.txt",),
            2,
            "the name 'out.txt' does not say the format; use one of: csv, parquet, duckdb, or add --format",
        ),
        (("--format", "parquet"), 2, "only CSV can go to stdout; name a file, for example counts.parquet"),
        (("out", "--format", "xls"), 2, "unknown format 'xls'; use one of: csv, parquet, duckdb"),
        (("out.csv", "--table", "count"), 2, "unknown table 'count'; did you mean 'counts'?"),
        (("none/out.csv",), 12, "cannot write none/out.csv: the folder none does not exist; create it"),
        *(
            ((name, "--force"), 2, f"{name} is one of the files that startrack keeps its counts in; name another file")
            for name in (
                "snapshots/repositories.csv",
                "snapshots/2026/2026-11-24.csv",
                "snapshots/imports/counts/counts.parquet",
                "snapshots/startrack.duckdb",
            )
        ),
        (("out.csv",), 1, "nothing has been counted yet; run `startrack update`"),
        ((), 1, "nothing has been counted yet; run `startrack update`"),
    ],
)
def test_an_export_that_cannot_be_is_one_line(
    startrack: Startrack, tmp_path: Path, words: tuple[str, ...], code: int, told: str
) -> None:
    """It leaves no file."""
    done = startrack("export", *words)
    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr.removeprefix("startrack: ") == f"{told}\n"
    assert {path.name for path in tmp_path.iterdir()} <= {"list.md", "counts.csv", "snapshots"}


def test_git_keeps_imports(startrack: Startrack, tmp_path: Path) -> None:
    """They are among the files that `commit` and `history push` commit."""
    startrack("import", "counts.csv")
    kept = Snapshots(tmp_path / "snapshots").kept()
    assert Path("imports/counts/counts.parquet") in kept
    assert Path("repositories.csv") in kept
    assert Snapshots(tmp_path / "snapshots").owns(Path("imports/counts/counts.parquet"))
    assert datetime(2025, 6, 20).date() not in Snapshots(tmp_path / "snapshots").days(kept[-1])

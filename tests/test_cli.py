"""The commands as users and workflows run them: output, exit codes, and one clear line for every error."""

import csv
import io
import json
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

import commands
from conftest import NOW, set_right
from startrack.demo import faults
from startrack.demo.access import Clock
from startrack.demo.faults import FaultRule, repository_names
from startrack.demo.lists import demo_world
from startrack.demo.server import USER_TOKEN, Server, serving

HERE = Path(__file__).parent
LIST = (HERE / "lists" / "mllms-reasoning.md").read_bytes()
SHORT = b"- [one](https://github.com/hiyouga/EasyR1)\n- [two](https://github.com/sktime/sktime)\n"
COMMANDS = (
    *("init", "list", "snapshot", "backfill", "update", "build", "commit", "history", "history fetch", "history push"),
    *("import", "export", "trending", "check", "health", "doctor", "schedule", "serve", "demo"),
    *("counts", "counts add", "counts remove", "counts replace-badges"),
)

UNCOUNTED = "startrack: nothing has been counted yet; run `startrack update`\n"

Startrack = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def startrack(tmp_path: Path, github: Server) -> Startrack:
    """Run startrack in a folder with the owner's list, against the demo's GitHub."""
    (tmp_path / "list.md").write_bytes(LIST)
    variables = commands.environment(github) | {"COLUMNS": "100"}
    return lambda *words, **more: commands.startrack(tmp_path, *words, variables=variables | more)


@dataclass(frozen=True)
class Updated:
    """A folder in which the list was counted and built for the first time, and what the command said."""

    folder: Path
    done: subprocess.CompletedProcess[str]


@pytest.fixture(scope="module")
def updated(tmp_path_factory: pytest.TempPathFactory) -> Updated:
    """Return an update with a summary for Actions and every message; tests only read it."""
    folder = tmp_path_factory.mktemp("updated")
    (folder / "list.md").write_bytes(LIST)
    with serving(demo_world(), clock=Clock(NOW)) as github:
        variables = commands.environment(github) | {"GITHUB_STEP_SUMMARY": str(folder / "summary.md")}
        words = ("--verbose", "update", "list.md", "--taken-at", NOW.isoformat())
        return Updated(folder, commands.startrack(folder, *words, variables=variables))


def failed(done: subprocess.CompletedProcess[str], code: int, message: str) -> None:
    """Check for one clear line on stderr, nothing on stdout, and the exit code of the error's class."""
    assert re.fullmatch(rf"(no token: .*\n)?startrack: .*{message}.*\n", done.stderr), done.stderr
    assert (done.returncode, done.stdout) == (code, "")


def test_a_wrong_clock_is_one_line(startrack: Startrack) -> None:
    """If GitHub's clock shows another year, nothing is recorded, and the error has its own exit code."""
    failed(
        startrack("snapshot", "list.md"),
        14,
        "this machine's clock says .*, but GitHub's clock says 2025-06-26 23:17 UTC; correct the clock",
    )
    failed(startrack("update", "list.md"), 14, "correct the clock")
    assert startrack("snapshot", "list.md", "--taken-at", NOW.isoformat()).returncode == 0


def test_help_of_every_command(startrack: Startrack) -> None:
    """The help texts of all commands are in a golden file, for review."""
    told = []
    for words in ([], *(command.split() for command in COMMANDS)):
        done = startrack(*words, "--help")
        assert (done.returncode, done.stderr) == (0, "")
        told.append(f"$ startrack {' '.join([*words, '--help'])}\n{done.stdout.rstrip()}\n")
    assert "\n\n".join(told) == (HERE / "golden" / "help.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["list", "list.md", "--format", "markdown"], 0),
        (["build", "--check"], 1),
        (["--quiet", "update", "missing.md"], 3),
        (["trending", "--by", "size"], 2),
        (["--nothing"], 2),
        ([], 2),
    ],
)
def test_a_process_says_and_returns_the_same(
    startrack: Startrack, tmp_path: Path, github: Server, words: list[str], code: int
) -> None:
    """As the commands of the other tests, which run in this process; and it emits no warning."""
    here = startrack(*words)
    command = [sys.executable, "-W", "error", "-m", "startrack", *words]
    variables = commands.environment(github) | {"COLUMNS": "100", "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(command, cwd=tmp_path, env=variables, capture_output=True, encoding="utf-8", check=False)
    assert (done.returncode, done.stdout, done.stderr) == (here.returncode, here.stdout, here.stderr)
    assert done.returncode == code


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_complete_commands(startrack: Startrack, shell: str) -> None:
    """A completion script is printed for each shell, and it completes the names of commands."""
    script = startrack(_STARTRACK_COMPLETE=f"source_{shell}")
    assert (script.returncode, script.stderr) == (0, "")
    assert f"_STARTRACK_COMPLETE=complete_{shell}" in script.stdout
    words = {"COMP_WORDS": "startrack tr", "COMP_CWORD": "1", "_TYPER_COMPLETE_ARGS": "startrack tr"}
    done = startrack(_STARTRACK_COMPLETE=f"complete_{shell}", _TYPER_COMPLETE_FISH_ACTION="get-args", **words)
    assert (done.returncode, "trending" in done.stdout, "build" in done.stdout) == (0, True, False)


def test_help_imports_no_large_library() -> None:
    """What takes long to import is imported only by the commands that need it, also of startrack itself."""
    code = (
        "import sys; sys.argv = ['startrack', '--help']\n"
        "from startrack.__main__ import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = {'duckdb', 'plotly', 'apscheduler', 'httpx', 'markdown_it', 'pydantic', 'rich', 'jinja2',\n"
        " 'docutils', 'startrack.model.report', 'startrack.trends'}\n"
        "print(sorted(heavy & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_list_is_printed_in_every_format(startrack: Startrack) -> None:
    """Each format has the same projects."""
    rows = json.loads(startrack("list", "list.md", "--format", "json").stdout)
    assert rows == json.loads(
        (HERE / "golden" / "mllms-entries.json").read_text(encoding="utf-8").replace('"mllms-reasoning"', '"list"'),
    )
    found = list(csv.DictReader(io.StringIO(startrack("list", "list.md", "--format", "csv").stdout)))
    assert [each["repo"] for each in found] == [each["repo"] for each in rows]
    for form in ("table", "markdown"):
        assert all(
            each["repo"].replace("-", "")
            in startrack("list", "list.md", "--format", form).stdout.replace("\\", "").replace("-", "")
            for each in rows
        )


ELSEWHERE = "kite/one\nwords\nhttps://gitlab.com/o/a\nhttps://gitlab.com/o/b\nhttps://codeberg.org/o/c\nmore words\n"


def test_skipped_entries_of_a_list_are_reported(startrack: Startrack, tmp_path: Path) -> None:
    """Entries on other hosts, and lines that could not be read, are reported on stderr."""
    (tmp_path / "repos.txt").write_text(ELSEWHERE, encoding="utf-8")
    done = startrack("list", "repos.txt", "--format", "csv")
    assert (done.returncode, done.stdout.count("\n")) == (0, 2)
    assert done.stderr == (
        "1 project in 1 list\n"
        "repos: not counted: 2 entries on gitlab.com, 1 on codeberg.org\n"
        "repos: no project found on lines 2 and 6\n"
    )


@pytest.mark.parametrize(("name", "value"), [("GITHUB_TOKEN", "my own words"), ("STARTRACK_TOKENS", "a b,c\td")])
def test_a_local_list_needs_no_token(startrack: Startrack, name: str, value: str) -> None:
    """An invalid token is an error only for a list on GitHub."""
    done = startrack("list", "list.md", "--format", "json", **{name: value})
    assert (done.returncode, len(json.loads(done.stdout))) == (0, 23)
    failed(startrack("list", "list.md", "o/n", **{name: value}), 5, "the token is malformed")


def test_an_update_counts_and_builds(updated: Updated) -> None:
    """Files are written, stdout is empty, and stderr says what was done and which page to open."""
    assert (updated.done.returncode, updated.done.stdout) == (0, "")
    assert re.search(r"counted 23 of 23 projects with \d+ requests\n", updated.done.stderr)
    assert "open dashboards/index.html" in updated.done.stderr
    assert (updated.folder / "snapshots" / "2025" / "2025-06-26.csv").exists()
    assert (updated.folder / "dashboards" / "index.html").exists()


def test_the_job_summary_is_written(updated: Updated) -> None:
    """The summary is appended to the file that the Actions runner names."""
    text = (updated.folder / "summary.md").read_text(encoding="utf-8")
    assert "Counted 23 of 23 projects at 2025-06-26 23:17:00 UTC." in text
    assert "Not known yet: no project has been counted for that long." in text


def test_the_token_is_in_no_file(updated: Updated) -> None:
    """Nor is it in the output."""
    token = USER_TOKEN.encode()
    found = [path for path in updated.folder.rglob("*") if path.is_file() and token in path.read_bytes()]
    assert (found, USER_TOKEN in updated.done.stderr + updated.done.stdout) == ([], False)


def test_trending_prints_rows(startrack: Startrack) -> None:
    """In JSON, figures are null with a note on the first day, and known on the second."""
    startrack("snapshot", "list.md", "--taken-at", (NOW - timedelta(days=1)).isoformat())
    first = json.loads(startrack("trending", "--window", "1d", "--format", "json").stdout)
    assert {(row["gain"], row["note"]) for row in first} == {(None, "too young")}
    startrack("snapshot", "list.md", "--taken-at", NOW.isoformat())
    second = json.loads(startrack("trending", "--window", "1d", "--by", "gain", "--format", "json").stdout)
    assert list(second[0]) == [
        "rank", "repo", "stars", "gain", "gain_per_day", "percent", "forks_gain", "commits_gain", "score",
        "baseline_at", "as_of", "note",
    ]  # fmt: skip
    assert [row["rank"] for row in second] == list(range(1, 24))
    assert {row["baseline_at"] for row in second} == {(NOW - timedelta(days=1)).isoformat()}
    back = json.loads(startrack("trending", "--window", "1d", "--as-of", "2025-06-26T00:00", "--format", "json").stdout)
    assert {row["note"] for row in back} == {"too young"}


def test_a_date_means_the_end_of_its_day(startrack: Startrack, tmp_path: Path) -> None:
    """A report as of a date includes the counts of that day, and none of the next."""
    (tmp_path / "list.md").write_bytes(SHORT)
    for instant in ("2025-06-25T20:00", "2025-06-26", "2025-06-26T23:17"):
        startrack("snapshot", "list.md", "--taken-at", instant)
    for day, baseline, told in [
        ("2025-06-25", None, {"too young"}),
        ("2025-06-26", "2025-06-25T20:00:00", {"27 hours"}),
    ]:
        rows = json.loads(startrack("trending", "--window", "1d", "--as-of", day, "--format", "json").stdout)
        assert {row["as_of"] for row in rows} == {f"{day}T23:59:59.999999"}
        assert {row["baseline_at"] for row in rows} == {baseline}
        assert {row["note"] for row in rows} == told
    startrack("build", "--as-of", "2025-06-25")
    assert '"as_of":"2025-06-25T23:59:59Z"' in (tmp_path / "dashboards/api/v1/index.json").read_text().replace(" ", "")


def test_trending_filters(startrack: Startrack) -> None:
    """By list, section and limit; an unknown one is an error that names the known ones."""
    startrack("snapshot", "list.md", "--taken-at", NOW.isoformat())
    few = json.loads(
        startrack("trending", "--section", "Open-Source Projects", "--by", "stars", "--format", "json").stdout,
    )
    assert len(few) == 11
    assert [row["stars"] for row in few] == sorted((row["stars"] for row in few), reverse=True)
    assert len(json.loads(startrack("trending", "--limit", "3", "--list", "list", "--format", "json").stdout)) == 3
    failed(startrack("trending", "--list", "lost"), 2, "unknown list 'lost'; did you mean 'list'\\?")
    failed(startrack("trending", "--section", "lost"), 2, "unknown section 'lost'; use one of")


def test_reports_before_the_first_run(startrack: Startrack) -> None:
    """Without counts there is no figure, but a message; pages are built."""
    done = startrack("trending", "--format", "json")
    assert (done.returncode, done.stdout) == (1, "[]\n")
    assert done.stderr == UNCOUNTED
    assert startrack("build").returncode == 0


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        ("trending", 1, UNCOUNTED),
        ("trending --as-of 2026-01-01 --format csv", 1, UNCOUNTED),
        ("--quiet health", 1, UNCOUNTED),
        ("health --as-of 2026-01-01", 1, UNCOUNTED),
        ("health --issue", 1, UNCOUNTED),
        ("health --format sarif", 1, UNCOUNTED),
        ("health --fix", 1, UNCOUNTED),
        ("health --fix --diff", 1, UNCOUNTED),
        ("health READEM.md", 3, "startrack: file READEM.md does not exist; "),
        ("health --restore", 12, "startrack: there is no fix to take back"),
        ("export", 1, UNCOUNTED),
        ("export counts.parquet", 1, UNCOUNTED),
        ("export all.duckdb", 1, UNCOUNTED),
        ("build --check", 1, ""),
        ("backfill list.md", 0, UNCOUNTED.removeprefix("startrack: ")),
        ("doctor", 1, ""),
        ("counts add", 0, "no file to change; name one, as in `startrack counts add README.md`\n"),
        ("counts remove", 0, "no file to change; name one, as in `startrack counts remove README.md`\n"),
        ("counts remove list.md", 0, "list.md: 0 counts removed\n"),
        (
            "counts replace-badges",
            0,
            "no file to change; name one, as in `startrack counts replace-badges README.md`\n",
        ),
        ("counts replace-badges --restore", 0, "no badges were replaced in these files\n"),
    ],
)
def test_commands_that_read_create_nothing(
    startrack: Startrack, tmp_path: Path, words: str, code: int, message: str
) -> None:
    """Where nothing was counted yet they say what to do, and leave no database and no folder."""
    done = startrack(*words.split())
    assert (done.returncode, done.stderr[: len(message)]) == (code, message)
    assert [path.name for path in tmp_path.iterdir()] == ["list.md"]


def test_build_check_lists_outdated_files(startrack: Startrack, tmp_path: Path) -> None:
    """Exit code 1 and the paths, without writing anything; exit code 0 after a build."""
    (tmp_path / "list.md").write_bytes(SHORT)
    startrack("snapshot", "list.md", "--taken-at", NOW.isoformat())
    done = startrack("build", "--check")
    assert (done.returncode, "dashboards/index.html" in done.stdout.splitlines()) == (1, True)
    assert not (tmp_path / "dashboards").exists()
    startrack("build")
    assert startrack("build", "--check").returncode == 0


def test_quiet_and_verbose(startrack: Startrack, github: Server) -> None:
    """--quiet prints only errors; --verbose lists every project that was not counted."""
    for name in [each.name(NOW) for each in github.world.repositories if each.repo_id // 10**6 == 20][:8]:
        github.world.delete(name)
    assert startrack("--quiet", "snapshot", "list.md", "--taken-at", NOW.isoformat()).stderr == ""
    some = startrack("snapshot", "list.md", "--taken-at", NOW.isoformat()).stderr
    assert "and 3 more (--verbose lists all)" in some
    every = startrack("--verbose", "snapshot", "list.md", "--taken-at", NOW.isoformat()).stderr
    (line,) = [each for each in every.splitlines() if each.startswith("not counted, not found: ")]
    assert line.count(", ") == 1 + 7
    assert re.search(r"stars and forks +1 +\d+\n", every)
    assert re.search(r"^[-\d]+T[:\d]+Z POST /graphql: 200 in \d+\.\d\d s \(light\)$", every, re.MULTILINE)
    assert "Z Counting pass: " in every
    assert ("POST" in some, USER_TOKEN in every) == (False, False)
    failed(startrack("--quiet", "--verbose", "build"), 2, "cannot be used together")


def test_an_incomplete_run_is_kept_and_reported(startrack: Startrack, github: Server, tmp_path: Path) -> None:
    """Exit code 1, a message, and the counts are on disk."""
    github.faults.add(FaultRule(faults.bad_credentials(), after=1))
    done = startrack("update", "list.md", "--taken-at", NOW.isoformat())
    assert done.returncode == 1
    assert "startrack: GitHub refused the token" in done.stderr
    assert (tmp_path / "snapshots" / "2025" / "2025-06-26.csv").exists()


def test_an_update_fetches_history(startrack: Startrack, github: Server, tmp_path: Path) -> None:
    """It uses the calls that counting leaves; an error in it is reported, and the pages are built."""
    github.faults.add(
        FaultRule(faults.Reply(422, "{}"), path="*/stargazers/history", repos=repository_names("hiyouga/EasyR1"))
    )
    done = startrack("update", "list.md", "--taken-at", NOW.isoformat())
    assert done.returncode == 1
    assert "history of 23 projects: 49 fetched, 0 unchanged, 73 API calls\n" in done.stderr
    assert done.stderr.endswith("startrack: star history of hiyouga/EasyR1: GitHub returned status 422\n")
    assert len(list((tmp_path / "snapshots" / "history").glob("*.csv"))) == 22
    assert (tmp_path / "dashboards" / "index.html").exists()
    github.faults.add(FaultRule(faults.bad_credentials(), path="/rate_limit"))
    done = startrack("update", "list.md", "--taken-at", (NOW + timedelta(days=1)).isoformat())
    assert (done.returncode, "startrack: the back-fill failed: no usable token is left" in done.stderr) == (1, True)
    done = startrack("update", "list.md", "--taken-at", NOW.isoformat(), GITHUB_TOKEN="")
    assert (done.returncode, "no token: no history was fetched" in done.stderr) == (0, True)


def test_a_backfill_reports_its_result(startrack: Startrack, github: Server) -> None:
    """Nothing is fetched before the first count; afterwards --pages, --budget and --reserve are respected."""
    set_right(github)
    assert "nothing has been counted yet; run `startrack update`" in startrack("backfill", "list.md").stderr
    startrack("snapshot", "list.md", "--taken-at", NOW.isoformat())
    some = startrack("backfill", "list.md", "--budget", "9")
    assert (some.returncode, some.stdout) == (0, "")
    assert some.stderr == (
        "history of 23 projects: 9 fetched, 0 unchanged, 9 API calls\n"
        "stopped: the budget of 9 calls is spent; run the command again to continue\n"
    )
    none = startrack("backfill", "list.md", "--reserve", "4991").stderr
    assert (
        "stopped: 4991 calls are left of this hour, and 4991 are kept in reserve; run the command again to continue\n"
        in none
    )
    more = startrack("backfill", "list.md").stderr
    assert re.search(r"projects have older weeks left; run `startrack backfill` again, or with --all\n", more)
    assert "stopped" not in startrack("backfill", "list.md", "--all").stderr
    assert startrack("backfill", "list.md", "--pages", "0").returncode == 2


def test_counting_without_a_token_is_reported(startrack: Startrack, github: Server) -> None:
    """It says that REST is used; GH_TOKEN works like GITHUB_TOKEN."""
    set_right(github)
    done = startrack("snapshot", "list.md", GITHUB_TOKEN="", GH_TOKEN="")
    assert done.returncode == 0
    assert done.stderr.startswith("no token: counting with the REST API")
    assert "no token" not in startrack("snapshot", "list.md", GITHUB_TOKEN="", GH_TOKEN=USER_TOKEN).stderr


@pytest.mark.parametrize("token", ["bad token", "tok\nen-of-length", "tökentökentöken", "tok\x7fen"])
def test_a_malformed_token_is_never_shown(startrack: Startrack, token: str) -> None:
    """It is refused before any request."""
    done = startrack("snapshot", "list.md", GITHUB_TOKEN=token)
    failed(done, 5, "the token is malformed")
    assert token not in done.stderr


def test_a_refused_token_is_one_line(startrack: Startrack) -> None:
    """It has its own exit code, and the token is not shown."""
    done = startrack("snapshot", "list.md", GITHUB_TOKEN="ghp_" + "0123456789abcdef")
    failed(done, 5, "GitHub refused the token")
    assert "0123456789" not in done.stderr


def test_no_network_is_one_line(startrack: Startrack) -> None:
    """No server listens at the address."""
    nowhere = {"GITHUB_API_URL": "http://127.0.0.1:9", "GITHUB_GRAPHQL_URL": "http://127.0.0.1:9/graphql"}
    failed(startrack("snapshot", "list.md", **nowhere), 7, "cannot reach 127.0.0.1: .*check the network")


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("missing.md", None, "file missing.md does not exist; check the path"),
        ("folder", b"", "folder is a folder; name the list's file in it"),
        ("binary.md", b"\x00\x01\x02\xff\xfe" * 50, "binary.md"),
        ("latin.md", "caf\u00e9 https://github.com/o/n\n".encode("latin-1"), "byte 0xe9 at offset 3, line 1"),
        ("empty.md", b"", "empty.md"),
        ("a" * 5000, None, "cannot read aaa.*: File name too long"),
        ("none.md", b"# Nothing\n\nhere\n", "none.md"),
    ],
)
def test_an_unreadable_list_is_one_line(
    startrack: Startrack,
    tmp_path: Path,
    name: str,
    data: bytes | None,
    message: str,
) -> None:
    """Missing, a folder, binary, not UTF-8, empty, without projects: exit code 3, nothing is written."""
    if name == "folder":
        (tmp_path / name).mkdir()
    elif data is not None:
        (tmp_path / name).write_bytes(data)
    for command in ("list", "snapshot", "update"):
        failed(startrack(command, name), 3, message)
    assert not list((tmp_path / "snapshots").glob("*.csv"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("lists = [", "is not TOML"),
        ("[dashbords]\n", "dashbords: unknown key; did you mean 'dashboards'"),
        (
            '[[lists]]\nsource = "list.md"\nsectoins = []\n',
            r"lists\[1\].sectoins: unknown key; did you mean 'sections'",
        ),
        ('[trends]\nwindows = ["30"]\n', r"trends.windows\[1\]: a window is a number of days"),
        ('[snapshots]\nevery = "week"\n', "snapshots.every: unknown value 'week'; use one of: day, hour"),
        ('[snapshots]\nevery = "hours"\n', "snapshots.every: unknown value 'hours'; did you mean 'hour'?"),
        ('[trends]\nsort = "star"\n', "trends.sort: unknown value 'star'; did you mean 'stars'?"),
        (
            '[dashboards]\nbase_url = "https://x.example/y?z=1"\n',
            r"dashboards.base_url: the URL must not contain \? or #",
        ),
        (
            '[dashboards]\nbase_url = "https://x.example#y"\n',
            r"dashboards.base_url: the URL must not contain \? or #",
        ),
        (
            '[dashboards]\nbase_url = "https://x.example?"\n',
            r"dashboards.base_url: the URL must not contain \? or #",
        ),
        (
            '[dashboards]\nbase_url = "https://a:b@x.example"\n',
            "dashboards.base_url: .* user name or password; remove them",
        ),
        ('[dashboards]\nbase_url = "ftp://x.example"\n', "dashboards.base_url: a URL must begin with http://"),
        ('[dashboards]\nbase_url = "https://"\n', "dashboards.base_url: a URL must begin with http://"),
        (
            '[dashboards]\nbase_url = "https://x.example:y/"\n',
            "dashboards.base_url: a URL must begin with http://",
        ),
        ('[dashboards]\nbase_url = "https://x example/"\n', "dashboards.base_url: a URL must begin with http://"),
        ('[github]\napi_url = "https://x.example/?y"\n', r"github.api_url: the URL must not contain \? or #"),
        ('[schedule]\ncron = "0 3 * *"\n', r"\[schedule\] cron: invalid cron line '0 3 \* \*'"),
        ('[schedule]\ntimezone = "Berlin"\n', "unknown time zone 'Berlin'"),
        ('[snapshots]\nfolder = "a\\u0000b"\n', "snapshots.folder: a path must be a non-empty string"),
        (f'[snapshots]\nfolder = "{"x" * 300}"\n', "snapshots.folder: a path may have"),
        (f'[dashboards]\nfolder = "{"x/" * 2500}"\n', "dashboards.folder: a path may have"),
        ('[readme]\nfile = ["' + "y" * 201 + '"]\n', r"readme.file\[1\]: a path may have"),
        ('[snapshots]\ndatabase = "/"\n', "snapshots.database: the path must end with a file name"),
        (f'[[lists]]\nsource = "x"\nname = "{"x" * 81}"\n', r"lists\[1\].name: .* at most 80 characters"),
        ('[dashboards]\nfolder = "snapshots"\n', "dashboards.folder and snapshots.folder overlap"),
        ("[[lists]]\n", r"lists\[1\].source: is missing"),
        ("\x00", "is not TOML"),
        ("x = " + "[" * 5000, "nested too deeply"),
        (f"[github]\nreserve = {'9' * 5000}\n", "a number with too many digits"),
        ('[trends]\nwindows = ["\u0663d"]\n', r"trends.windows\[1\]: a window is a number of days"),
        ('[trends]\nwindows = ["7d", "7d"]\n', "trends.windows: a window is there twice; remove one of them"),
        ("[trends]\nwindows = []\n", r"trends.windows: name at least one, not \[\]"),
        ('[check]\nsorted = "yes"\n', r"startrack\.toml: check.sorted: use true or false, not 'yes'"),
        ("[check]\nrequired_description = 1\n", "check.required_description: use true or false, not 1"),
        ('[check]\nmin_stars = "5"\n', "check.min_stars: use a whole number, not '5'"),
        ("[check]\nmin_contributors = true\n", "check.min_contributors: use a whole number, not True"),
        ("[check]\nmin_stars = 0\n", "check.min_stars: use a number of at least 1, not 0"),
        ('[check]\nmin_age = "99999d"\n', "check.min_age: an age is a number of days up to 9999, .*, not '99999d'"),
        ('[check]\nlicenses = "MIT"\n', r"check.licenses: use a list, in square brackets, not 'MIT'"),
        (
            '[check]\nlicenses = ["MIT OR Apache-2.0"]\n',
            r"check.licenses\[1\]: use one SPDX identifier for each licence",
        ),
        ('[check]\nlicenses = ["MIT", ""]\n', r"check.licenses\[2\]: use one SPDX identifier for each licence"),
        (
            '[check.levels]\nmin_stars = "error"\n',
            "check.levels.min_stars: unknown value 'error'; use one of: warn, fail",
        ),
        (
            '[[check.exempt]]\nsection = " "\nrules = ["burst"]\n',
            r"check.exempt\[1\].section: use a text that is not empty",
        ),
        ('[[check.exempt]]\nsection = "x"\nrules = ["stars"]\n', r"rules\[1\]: unknown value 'stars'; did you mean"),
        ('[health]\narchived_section = " "\n', "health.archived_section: use the text of a heading, in one line"),
        ("[health]\narchived = true\n", "health.archived: use one of: 'report', 'mark' or 'move', not True"),
        (
            '[[health.ignore]]\nrepo = "o/n"\nfinding = "gone"\nreason = " "\n',
            r"ignore\[1\].reason: use a text that is not",
        ),
        ("[readme]\nfile = 5\n", "readme.file: use a list, in square brackets, not 5"),
        ("[readme]\ncadence = 1\n", "readme.cadence: use one of: 'daily', 'weekly' or 'monthly', not 1"),
        ('[github]\nreserve = "50"\n', "github.reserve: use a whole number, not '50'"),
        ('[[lists]]\nsource = "x"\nexclude = [" "]\n', r"lists\[1\].exclude\[1\]: use a text that is not empty"),
        ('[[lists]]\nsource = "x"\nlabel = " "\n', r"lists\[1\].label: use at most 24 letters"),
        ("[dashboards]\ntitle = 5\n", "dashboards.title: use a text in quotation marks, not 5"),
        ("check = 5\n", "check: use a table, not 5"),
    ],
)
def test_an_invalid_configuration_is_one_line(startrack: Startrack, tmp_path: Path, text: str, message: str) -> None:
    """Exit code 2, with the key, what is expected, and the nearest valid name."""
    (tmp_path / "startrack.toml").write_text(text, encoding="utf-8")
    failed(startrack("trending"), 2, message)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["update"], "no list to read: name one, as in `startrack update README.md`"),
        (["--config", "lost.toml", "build"], "the configuration lost.toml does not exist"),
        (["trending", "--window", "month"], "invalid window 'month'; use for example 30d"),
        (["trending", "--window", "\u0663d"], "invalid window"),
        (["trending", "--window", "9" * 5000 + "d"], "invalid window"),
        (["trending", "--by", ""], "unknown ranking ''"),
        (["demo", "--out", "x" * 300], "cannot read x+: .*; choose another folder with --out"),
        (["trending", "--by", "size"], "unknown ranking 'size'; use one of: rising"),
        (["trending", "--by", "Star"], r"unknown ranking 'Star'; did you mean 'stars'\?"),
        (["trending", "--format", "jsno"], r"unknown format 'jsno'; did you mean 'json'\?"),
        (["trending", "--format", "xml"], "unknown format 'xml'; use one of: table"),
        (["build", "--as-of", "yesterday"], "invalid time 'yesterday'; use for example"),
        (["snapshot", "list.md", "--taken-at", "soon"], "invalid time 'soon'"),
        (["snapshot", "list.md", "--taken-at", "2100-01-01"], "--taken-at must not be in the future: 2100-01-01"),
        (["build", "--as-of", "0001-01-01"], "the year must be from 2008 to 2999"),
        (["build", "--as-of", "9999-12-31T23:59:59-10:00"], "invalid time"),
    ],
)
def test_invalid_arguments_are_one_line(startrack: Startrack, words: list[str], message: str) -> None:
    """Exit code 2, with what is valid."""
    failed(startrack(*words), 2, message)


def test_unknown_commands_and_options_are_refused(startrack: Startrack) -> None:
    """Exit code 2."""
    assert startrack("count").returncode == startrack("build", "--fast").returncode == 2


def test_an_unwritable_folder_is_one_line(startrack: Startrack, tmp_path: Path) -> None:
    """Even root cannot make folders in /proc: exit code 8, with what to do."""
    (tmp_path / "startrack.toml").write_text('[snapshots]\nfolder = "/proc/startrack"\n', encoding="utf-8")
    failed(startrack("snapshot", "list.md"), 8, "cannot create the folder /proc/startrack: .*; change its permissions")


def test_a_file_in_place_of_a_folder_is_one_line(startrack: Startrack, tmp_path: Path) -> None:
    """The exit codes of store and pages; nothing is lost."""
    (tmp_path / "snapshots").write_text("in the way", encoding="ascii")
    failed(startrack("snapshot", "list.md"), 8, "snapshots")
    (tmp_path / "snapshots").unlink()
    startrack("snapshot", "list.md", "--taken-at", NOW.isoformat())
    (tmp_path / "dashboards").write_text("in the way", encoding="ascii")
    failed(startrack("build"), 12, "cannot write dashboards")
    assert len(json.loads(startrack("trending", "--format", "json").stdout)) == 23


def test_a_draft_in_the_way_is_one_line(startrack: Startrack, tmp_path: Path) -> None:
    """A symbolic link is not followed: exit code 12, and the file it points to stays as it was."""
    earlier = NOW - timedelta(days=1)
    startrack("snapshot", "list.md", "--taken-at", earlier.isoformat())
    before = (tmp_path / "snapshots" / "2025" / "2025-06-25.csv").read_bytes()
    draft = tmp_path / "snapshots" / "2025" / ".2025-06-26.csv.startrack.draft"
    draft.symlink_to("2025-06-25.csv")
    done = startrack("--quiet", "snapshot", "list.md", "--taken-at", NOW.isoformat())
    failed(done, 12, r"2025-06-26\.csv\.startrack\.draft is in the way; remove it")
    assert (tmp_path / "snapshots" / "2025" / "2025-06-25.csv").read_bytes() == before
    draft.unlink()
    assert startrack("snapshot", "list.md", "--taken-at", NOW.isoformat()).returncode == 0


def test_configured_lists(startrack: Startrack, tmp_path: Path) -> None:
    """No argument means all configured lists, a name means one."""
    (tmp_path / "two.md").write_text("* [x](https://github.com/vega/altair)\n", encoding="utf-8")
    (tmp_path / "startrack.toml").write_text(
        '[[lists]]\nname = "one"\nsource = "list.md"\nsections = ["Open-Source Projects"]\n'
        'exclude = ["hiyouga/*"]\n[[lists]]\nsource = "two.md"\n',
        encoding="utf-8",
    )
    assert len(json.loads(startrack("list", "--format", "json").stdout)) == 11
    assert len(json.loads(startrack("list", "one", "--format", "json").stdout)) == 10


def test_the_configuration_can_be_in_pyproject(startrack: Startrack, tmp_path: Path) -> None:
    """`[tool.startrack]` is used if there is no startrack.toml."""
    (tmp_path / "pyproject.toml").write_text('[[tool.startrack.lists]]\nsource = "list.md"\n', encoding="utf-8")
    assert len(json.loads(startrack("list", "--format", "json").stdout)) == 23
    (tmp_path / "pyproject.toml").write_text("[tool.startrack]\nlist = 1\n", encoding="utf-8")
    failed(startrack("list"), 2, "pyproject.toml: tool.startrack.list: unknown key; did you mean 'lists'")
    (tmp_path / "pyproject.toml").write_text("[tool]\nstartrack = 5\n", encoding="utf-8")
    failed(startrack("list"), 2, "tool.startrack must be a table")


def test_counting_one_list_publishes_all(startrack: Startrack, tmp_path: Path) -> None:
    """The pages and tables of the other lists stay."""
    (tmp_path / "list.md").write_bytes(SHORT)
    (tmp_path / "two.md").write_text("* [x](https://github.com/vega/altair)\n", encoding="utf-8")
    (tmp_path / "README.md").write_text("<!-- startrack:table list=two -->\n<!-- startrack:end -->\n", encoding="utf-8")
    (tmp_path / "startrack.toml").write_text('[[lists]]\nsource = "list.md"\n[[lists]]\nsource = "two.md"\n', "utf-8")
    earlier = NOW - timedelta(hours=1)
    assert startrack("update", "--taken-at", earlier.isoformat()).returncode == 0
    before = {path for path in (tmp_path / "dashboards").rglob("*") if path.is_file()}
    assert startrack("update", "list.md", "--taken-at", NOW.isoformat()).returncode == 0
    assert {path for path in (tmp_path / "dashboards").rglob("*") if path.is_file()} == before
    assert "altair" in (tmp_path / "README.md").read_text(encoding="utf-8")


def test_dashboards_beside_other_files(startrack: Startrack, tmp_path: Path) -> None:
    """Files that startrack did not make are never removed."""
    (tmp_path / "list.md").write_bytes(SHORT)
    for name in ("data/precious.csv", "projects/x/index.html", "lists/notes.html"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("mine", encoding="utf-8")
    (tmp_path / "startrack.toml").write_text('[[lists]]\nsource = "list.md"\n[dashboards]\nfolder = "."\n', "utf-8")
    for at in (NOW - timedelta(days=1), NOW):
        assert startrack("update", "--taken-at", at.isoformat()).returncode == 0
    assert (tmp_path / "index.html").exists()
    for name in ("data/precious.csv", "projects/x/index.html", "lists/notes.html"):
        assert (tmp_path / name).read_text(encoding="utf-8") == "mine"

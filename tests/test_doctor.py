"""`doctor` against the demo's GitHub over HTTP: every problem is a warning with a remedy."""

import csv
import io
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import startrack
from backfilled_lists import SIZE, counted, fill
from conftest import NOW, connect, set_right
from diagnosing import check, examine, warnings
from startrack.cli import app, formats
from startrack.cli.formats import Format
from startrack.config import Config, ListConfig
from startrack.demo import faults
from startrack.demo.faults import FaultRule, Reply
from startrack.demo.lists import MLLMS
from startrack.demo.server import ACTIONS_TOKEN, USER_TOKEN, Server
from startrack.errors import ConfigError
from startrack.github import app_auth, tokens
from startrack.github.client import Client, Endpoints
from startrack.model.diagnostics import Check, State
from startrack.workflows import build, doctor

_SCHEMA = len(list((Path(startrack.__file__).parent / "sql" / "schema").glob("*.sql")))
BAD = "ghp_0123456789badd"
MALFORMED = "my own words"


@pytest.fixture
def config(tmp_path: Path, github: Server) -> Config:
    """Return a configuration whose list was counted once."""
    return counted(tmp_path, github)


def test_a_set_up_without_problems(config: Config, github: Server) -> None:
    """Every check is present, with its figures and without a remedy."""
    fill(config, github)
    found = examine(config, github)
    assert warnings(found) == []
    assert [each.name for each in found.checks] == [
        "configuration",
        "list list.md",
        "token …oken",
        "database",
        "day files",
        "history",
        "last run",
        "dashboards",
    ]
    assert check(found, "configuration").detail == "startrack.toml names 1 list"
    assert check(found, "token …oken").detail == (
        "4,994 of 5,000 GraphQL points left until 2025-06-27 00:00 UTC, "
        "4,927 of 5,000 REST calls left until 2025-06-27 00:00 UTC"
    )
    assert check(found, "database").detail.endswith(f" MB, schema {_SCHEMA}, up to date with 53 files")
    assert check(found, "day files").detail == "1 day, 2025-06-26 to 2025-06-26"
    assert check(found, "history").detail == f"star history of {SIZE} projects: {SIZE} complete"
    assert check(found, "last run").detail == f"2025-06-26 23:17 UTC: done, {SIZE} of {SIZE} counted"


def test_obstacles_to_writing_pages(config: Config, github: Server) -> None:
    """A page of somebody else, an edited page, a link: each has a remedy."""
    folder = config.dashboards_folder
    folder.mkdir()
    (folder / "health.html").write_text("mine", encoding="utf-8")
    found = check(examine(config, github), "dashboards")
    assert found.detail == f"{folder / 'health.html'} is in the way: startrack did not write it"
    assert found.remedy == "move it, or choose another folder with [dashboards] folder"
    (folder / "health.html").unlink()
    build.run(config, None)
    found = check(examine(config, github), "dashboards")
    assert (found.state, found.detail.endswith("files made by startrack; all can be written")) == (State.OK, True)
    page = next((folder / "projects").rglob("*.html"))
    page.write_text("edited", encoding="utf-8")
    found = check(examine(config, github), "dashboards")
    assert found.detail == f"{page} was edited since startrack wrote it"
    assert found.remedy == "move it to keep it, or delete it to get a new one"
    page.unlink()
    page.symlink_to(config.root / "list.md")
    assert "is a symbolic link" in check(examine(config, github), "dashboards").detail


def test_readmes_are_checked(config: Config, github: Server) -> None:
    """The number of tables, or the error and its line."""
    readme = config.root / "README.md"
    block = "<!-- startrack:table -->\n<!-- startrack:end -->\n"
    readme.write_text(block * 2, encoding="utf-8")
    assert check(examine(config, github), f"readme {readme}").detail == "2 tables to fill"
    readme.write_text(f"- a\n{block}    - https://github.com/o/n\n", encoding="utf-8")
    assert [found.detail for found in examine(config, github).checks if found.name == f"readme {readme}"] == [
        "1 table to fill",
        "the entry in line 4 is code, because the startrack block above it ends the list item that it belongs to",
    ]
    readme.write_text("<!-- startrack:table -->\n", encoding="utf-8")
    found = check(examine(config, github), f"readme {readme}")
    assert "README.md:1: startrack:table without an end" in found.detail + (found.remedy or "")
    readme.write_text(block, encoding="utf-16")
    found = check(examine(config, github), f"readme {readme}")
    assert (found.state, found.remedy) == (State.WARNING, "save the file as UTF-8")
    readme.unlink()
    (config.root.parent / "outside.md").write_text(block, encoding="utf-8")
    readme.symlink_to(config.root.parent / "outside.md")
    found = check(examine(config, github), "readme")
    assert ("is a symbolic link to" in found.detail, found.remedy) == (True, "set [readme] file to that path")


def test_budgets_are_free_to_ask_for(config: Config, github: Server) -> None:
    """There is one free request per token, and no other."""
    github.requests.clear()
    examine(config, github, USER_TOKEN, ACTIONS_TOKEN)
    assert [(seen.path, seen.cost) for seen in github.requests] == [("/rate_limit", 0)] * 2


def test_a_refused_token_among_valid_ones(config: Config, github: Server) -> None:
    """It is named by its last four letters, and the other tokens are checked."""
    found = examine(config, github, USER_TOKEN, BAD, ACTIONS_TOKEN)
    assert warnings(found) == ["token …badd"]
    refused = check(found, "token …badd")
    assert (refused.detail, refused.remedy) == ("GitHub refused the token …badd", "replace it")
    said = [each.detail for each in found.checks if each.name == "token …oken"]
    assert ["of 5,000 REST calls" in said[0], "of 1,000 REST calls" in said[1]] == [True, True]


@pytest.mark.parametrize("resource", ["core", "graphql"])
def test_a_spent_budget(config: Config, github: Server, resource: str) -> None:
    """The warning says when the budget is renewed; the reserve counts as spent."""
    github.budgets.set_remaining(USER_TOKEN, resource, 50)
    found = examine(config, github)
    assert warnings(found) == ["token …oken"]
    assert "50 of 5,000" in (told := check(found, "token …oken")).detail
    assert told.detail.endswith("left until 2025-06-27 00:00 UTC; 50 are kept in reserve")
    assert told.remedy == "run again after that time, or add tokens in STARTRACK_TOKENS"
    github.budgets.set_remaining(USER_TOKEN, resource, 51)
    assert warnings(examine(config, github)) == []


def test_without_a_token(config: Config, github: Server) -> None:
    """The sixty REST calls are shown; there is no reserve."""
    told = check(examine(config, github, None), "no token")
    assert told == Check("no token", "60 of 60 REST calls left until 2025-06-27 00:00 UTC")
    github.budgets.set_remaining("127.0.0.1", "core", 0)
    assert warnings(examine(config, github, None)) == ["no token"]


def test_a_malformed_token_is_a_warning(config: Config, github: Server) -> None:
    """The warning does not show any part of it."""
    found = examine(config, github, MALFORMED)
    assert warnings(found) == ["token"]
    assert check(found, "token").remedy == "set GITHUB_TOKEN again"
    assert check(found, "last run").state is State.OK


def test_a_github_app_is_checked(config: Config, github: Server) -> None:
    """An invalid key is a warning that does not show the key; so is an incomplete configuration of an App."""
    own = app_auth.App("12345", "no key of anybody", "77")
    client = connect(github)
    client.tokens = tokens.create([USER_TOKEN], app=own)
    found = doctor.run(config, None, lambda: client, NOW)
    assert warnings(found) == ["token of the GitHub App 12345"]
    told = check(found, "token of the GitHub App 12345")
    assert told == Check(
        told.name,
        "STARTRACK_APP_KEY is not a private key in PEM",
        "set it to the content of the App's key file",
    )
    half = doctor.run(
        config, None, lambda: connect(github, str(app_auth.from_environment({"STARTRACK_APP_ID": "1"}))), NOW
    )
    assert warnings(half) == ["github"]
    assert check(half, "github").detail.startswith("the GitHub App is incomplete")


def test_without_a_network(config: Config) -> None:
    """There is one warning for all tokens, and every other check is made."""
    nowhere = Endpoints("http://127.0.0.1:9", "http://127.0.0.1:9/graphql")
    found = doctor.run(config, None, lambda: Client(nowhere, sleep=lambda _seconds: None), NOW)
    assert warnings(found) == ["github"]
    assert check(found, "github").detail.startswith("cannot reach 127.0.0.1: ")
    assert check(found, "github").remedy == "check the network"
    assert check(found, "last run").state is State.OK


@pytest.mark.parametrize(
    ("reply", "detail", "state"),
    [
        (faults.not_offered(), "this GitHub server has no rate limit", State.OK),
        (faults.html_page(), "GitHub's response on rate limits (status 200) could not be read", State.WARNING),
        (faults.bad_gateway(), "GitHub's response on rate limits (status 502) could not be read", State.WARNING),
        (
            Reply(200, '{"resources": {"core": {"remaining": -1}}}'),
            "GitHub's response on rate limits (status 200)",
            State.WARNING,
        ),
        (faults.secondary_limit(retry_after=120), "GitHub's rate limit is reached", State.WARNING),
    ],
)
def test_unusual_answers_about_budgets(config: Config, github: Server, reply: Reply, detail: str, state: State) -> None:
    """Unknown budgets are not made up."""
    github.faults.add(FaultRule(reply, path="/rate_limit"))
    told = check(examine(config, github), "token …oken")
    assert (told.detail.startswith(detail), told.state) == (True, state)


def test_a_missing_list(config: Config, github: Server) -> None:
    """Local files are checked; remote lists are read only by runs."""
    named = ("lost.md", "vinta/awesome-python", "https://example.org/list.md", "two\nlines")
    lists = tuple(ListConfig(source=source) for source in named)
    found = examine(config.model_copy(update={"lists": lists}), github)
    assert warnings(found) == ["list lost.md", "list two\nlines"]
    assert check(found, "list lost.md").detail == f"file {config.root / 'lost.md'} does not exist"
    assert check(found, "list vinta/awesome-python").detail == "vinta/awesome-python, read by each run"


def test_skipped_entries_of_a_local_list(config: Config, github: Server) -> None:
    """Entries on other hosts are shown; lines that cannot be read, and invalid lists, are warnings."""
    (config.root / "repos.txt").write_text("kite/one\nhttps://gitlab.com/o/a\nwords\n", encoding="utf-8")
    (config.root / "good.md").write_text("- https://github.com/kite/one\n- https://gitlab.com/o/a\n", encoding="utf-8")
    (config.root / "list.org").write_text("[[https://github.com/kite/one]]\n", encoding="utf-8")
    lists = tuple(ListConfig(source=source) for source in ("repos.txt", "good.md", "list.org"))
    found = examine(config.model_copy(update={"lists": lists}), github)
    assert warnings(found) == ["list repos.txt", "list list.org"]
    told = check(found, "list repos.txt")
    assert told.detail.endswith("names 1 project; not counted: 1 entry on gitlab.com; no project found on line 3")
    assert told.remedy.startswith("write OWNER/NAME or a GitHub URL on these lines")
    assert check(found, "list good.md").detail.endswith(" names 1 project; not counted: 1 entry on gitlab.com")
    assert check(found, "list list.org").remedy.startswith("use Markdown, reStructuredText")


def test_without_configured_lists_all_counted_lists_are_checked(config: Config, github: Server) -> None:
    """They were named on the command line."""
    bare = Config(root=config.root)
    found = doctor.run(bare, None, lambda: connect(github), NOW)
    assert check(found, "configuration").detail.startswith("no configuration file")
    assert check(found, "history").detail == f"star history of {SIZE} projects: {SIZE} not fetched yet"


# ── How it is written ────────────────────────────────────────────────────────────────────────────────────


def test_formats(config: Config, github: Server) -> None:
    """The table has remedies below the checks, and a second table of runs; other formats have one row for each."""
    github.budgets.set_remaining(USER_TOKEN, "core", 0)
    found = examine(config, github)
    checks, runs = formats.write_diagnosis(found, Format.TABLE).split("\n\n")
    told = checks.splitlines()[4]
    assert told == " " * told.index("→") + "→ run again after that time, or add tokens in STARTRACK_TOKENS"
    assert [" ".join(line.split()) for line in runs.splitlines()] == [
        "run status counted of missing light details commits other points waited batches late",
        "2025-06-26 23:17 UTC done 23 23 0 1 2 3 0 6 0 s 50/22/10 n/a",
    ]
    rows = json.loads(formats.write_diagnosis(found, Format.JSON))
    assert [list(row) for row in rows] == [["check", "state", "detail", "remedy"]] * (len(found.checks) + 1)
    assert rows[-1] == {
        "check": "run 2025-06-26T23:17:00",
        "state": "ok",
        "detail": "status done, counted 23, of 23, missing 0, light 1, details 2, commits 3, other 0, points 6, "
        "waited 0 s, batches 50/22/10",
        "remedy": "",
    }
    assert list(csv.DictReader(io.StringIO(formats.write_diagnosis(found, Format.CSV)))) == rows
    assert formats.write_diagnosis(found, Format.MARKDOWN).count("\n") == len(rows) + 1


def test_unknown_figures_of_a_run_are_left_out(config: Config, github: Server) -> None:
    """A killed run has no record, and a run without a token has no batches."""
    (config.snapshots_folder / "2025" / "runs.csv").unlink()
    found = examine(config, github)
    last = formats.write_diagnosis(found, Format.TABLE).splitlines()[-1]
    assert last.split()[3:] == ["recovered", "23", "23", "0", *["n/a"] * 8]
    (row,) = [
        each for each in json.loads(formats.write_diagnosis(found, Format.JSON)) if each["check"].startswith("run ")
    ]
    assert row["detail"] == "status recovered, counted 23, of 23, missing 0"


def run(github: Server, *words: str, token: str = USER_TOKEN) -> Result:
    """Run startrack in this folder against the demo's GitHub."""
    set_right(github)
    places = {"GITHUB_API_URL": github.api_url, "GITHUB_GRAPHQL_URL": github.graphql_url, "STARTRACK_TOKENS": ""}
    return CliRunner().invoke(app.app, words, env=places | {"GITHUB_TOKEN": token, "COLUMNS": "100"})


def test_the_exit_code_says_whether_there_are_warnings(
    tmp_path: Path, github: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """0 without warnings, 1 with warnings, whose names are on stderr; no token is shown."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "list.md").write_text(github.world.list_text(MLLMS, NOW), encoding="utf-8")
    (tmp_path / "startrack.toml").write_text('[[lists]]\nsource = "list.md"\n', encoding="utf-8")
    before = run(github, "doctor")
    assert (before.exit_code, before.stderr) == (1, "warnings: day files\n")
    assert run(github, "snapshot").exit_code == 0
    after = run(github, "doctor", "--format", "json")
    assert (after.exit_code, after.stderr) == (0, "")
    assert json.loads(after.stdout)[0]["detail"] == "startrack.toml names 1 list"
    refused = run(github, "doctor", token=BAD)
    assert (refused.exit_code, refused.stderr) == (1, "warnings: token …badd\n")
    assert not [done for done in (before, after, refused) if BAD in done.output or USER_TOKEN in done.output]
    malformed = run(github, "doctor", token=MALFORMED)
    assert (malformed.exit_code, malformed.stderr) == (1, "warnings: token\n")
    assert MALFORMED not in malformed.output


def test_an_invalid_configuration_is_an_error(
    tmp_path: Path,
    github: Server,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Without a configuration nothing can be checked."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "startrack.toml").write_text("[dashbords]\n", encoding="utf-8")
    done = run(github, "doctor")
    assert isinstance(done.exception, ConfigError)
    assert "did you mean 'dashboards'" in str(done.exception)


def test_the_configuration_file_is_named(
    tmp_path: Path,
    github: Server,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """pyproject.toml if there is no startrack.toml, unless --config names another file."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").write_text("[project]\n", encoding="utf-8")
    assert "no configuration file" in run(github, "doctor").stdout
    (tmp_path / "pyproject.toml").write_text("[tool.startrack]\n", encoding="utf-8")
    assert "pyproject.toml names 0 lists" in run(github, "doctor").stdout
    (tmp_path / "other.toml").write_text("", encoding="utf-8")
    assert "other.toml names 0 lists" in run(github, "--config", "other.toml", "doctor").stdout

"""`startrack init`: what it finds, proposes, asks and writes, and that it overwrites nothing."""

import io
import itertools
import os
import re
import select
import shutil
import signal
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

import commands
import killing
from conftest import NOW
from gitting import git
from startrack import config as configuration
from startrack.cli.init_commands import Dialog
from startrack.config import Config, ListConfig
from startrack.demo.server import Server
from startrack.lists import selection
from startrack.readme import blocks
from startrack.workflows import init, init_project

HERE = Path(__file__).parent
LIST = (HERE / "lists" / "mllms-reasoning.md").read_bytes()
EXAMPLES = HERE.parent / "src" / "startrack" / "examples"
HEADING = '"Open-Source Projects"'
ATTRIBUTES = "limit=10 columns=project,stars,gain,last_commit"

Startrack = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a list in its README."""
    path = tmp_path / "awesome-mllms"
    path.mkdir()
    (path / "README.md").write_bytes(LIST)
    return path


@pytest.fixture
def repository(folder: Path) -> Path:
    """Return a clone of a repository on GitHub with a list in its README."""
    git(folder, "init", "--quiet")
    git(folder, "remote", "add", "origin", "git@github.com:Open-DataFlow/Awesome_MLLMs.git")
    return folder


def startrack(folder: Path, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command without a GitHub."""
    offline = {"GITHUB_API_URL": "http://127.0.0.1:9", "PATH": os.environ["PATH"]}
    return commands.startrack(folder, *words, variables=offline | variables)


def tree(folder: Path) -> dict[str, bytes]:
    """Return the files below a folder, without those of git."""
    paths = (path for path in folder.rglob("*") if ".git" not in path.relative_to(folder).parts)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths if path.is_file()}


def loaded(folder: Path) -> Config:
    """Return the configuration that was written."""
    return configuration.load(folder / "startrack.toml")


# A repository and a folder


def test_a_repository_is_set_up(repository: Path) -> None:
    """The list gets markers, and there are a configuration, a workflow, and lines for git."""
    done = startrack(repository, "init", "--yes")
    assert done.returncode == 0
    assert done.stdout.splitlines() == [
        "changed README.md (2 tables)",
        "created .gitignore",
        "created .github/workflows/startrack.yml",
        "created startrack.toml",
    ]
    assert done.stderr == (
        "the list is README.md: 23 projects in 5 sections\n"
        "next:\n"
        "  startrack update: count now and fill the tables (without GITHUB_TOKEN at most 60 projects an hour)\n"
        "  git add --all && git commit --message 'Track star trends' && git push\n"
        "  on GitHub, Settings, Pages: choose GitHub Actions as the source; no secret is needed\n"
        "  on GitHub, Actions, startrack, Run workflow: the first run; later ones start every day by themselves\n"
    )
    files = tree(repository)
    assert files.keys() == {"README.md", ".gitignore", ".github/workflows/startrack.yml", "startrack.toml"}
    assert files["startrack.toml"] == (HERE / "golden" / "init.toml").read_bytes()
    config = loaded(repository)
    assert config.lists == (ListConfig(source="README.md", name="awesome_mllms"),)
    assert config.dashboards.base_url == "https://open-dataflow.github.io/Awesome_MLLMs/"


def test_only_markers_are_added_to_the_list(repository: Path) -> None:
    """They stand below the headings of the largest sections; all other bytes stay."""
    startrack(repository, "init", "--yes")
    data = (repository / "README.md").read_bytes()
    found = blocks.parse(data, "README.md").blocks
    assert [block.attributes["section"] for block in found] == [
        "Generated Data Guided Post-Training",
        "Open-Source Projects",
    ]
    markers = re.findall(rb"<!-- startrack:.*\n", data)
    assert [marker.decode() for marker in markers[2:]] == [
        f"<!-- startrack:table section={HEADING} {ATTRIBUTES}-->\n",
        "<!-- startrack:end -->\n",
    ]
    assert re.sub(rb"\n+", b"\n", re.sub(rb"<!-- startrack:.*\n", b"", data)) == re.sub(rb"\n+", b"\n", LIST)


def test_the_workflow_is_the_example_without_its_source(repository: Path) -> None:
    """The lists to count are those of the configuration, also if others are added to it later."""
    startrack(repository, "init", "--yes")
    text = (repository / ".github" / "workflows" / "startrack.yml").read_text(encoding="utf-8")
    example = (EXAMPLES / "startrack.yml").read_text(encoding="utf-8")
    assert example.count("          sources: README.md\n") == 1
    assert text == example.replace("          sources: README.md\n", "")


def test_pages_are_ignored_but_not_the_charts_of_readmes(repository: Path) -> None:
    """As git sees it; the database is ignored by the folder of the counts."""
    startrack(repository, "init", "--yes")
    assert not git_sees(repository, "dashboards/index.html")
    assert not git_sees(repository, "dashboards/projects/o/n.html")
    assert git_sees(repository, "dashboards/readme/chart.svg")
    assert git_sees(repository, "snapshots/repositories.csv")


def git_sees(folder: Path, name: str) -> bool:
    """Return whether git would add a file."""
    return subprocess.run(["git", "check-ignore", "--quiet", name], cwd=folder, check=False).returncode == 1


@pytest.mark.parametrize("line", ["dashboards", "dashboards/", "/dashboards", "/dashboards/"])
def test_an_older_line_that_ignores_the_whole_folder_is_undone(repository: Path, line: str) -> None:
    """Git includes nothing from a folder that it ignores; so the folder is included again, and the line stays."""
    (repository / ".gitignore").write_bytes(f"*.log\r\n{line}".encode())
    startrack(repository, "init", "--yes")
    assert (repository / ".gitignore").read_bytes().startswith(f"*.log\r\n{line}\r\n#".encode())
    assert not git_sees(repository, "dashboards/index.html")
    assert git_sees(repository, "dashboards/readme/chart.svg")


def test_a_second_run_changes_nothing(repository: Path) -> None:
    """It says what it keeps."""
    startrack(repository, "init", "--yes")
    before = tree(repository)
    done = startrack(repository, "init", "--yes")
    assert tree(repository) == before
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.splitlines()[1:] == [
        "kept: README.md has 2 blocks of startrack",
        "kept: .gitignore has the lines",
        "kept: .github/workflows/startrack.yml exists",
        "kept: startrack.toml exists",
    ]


def test_a_plain_folder_is_set_up(folder: Path) -> None:
    """Without a repository the name is that of the folder, and the next steps have no git."""
    done = startrack(folder, "init")
    assert done.returncode == 0
    assert loaded(folder).lists == (ListConfig(source="README.md", name="awesome-mllms"),)
    assert loaded(folder).dashboards.base_url is None
    assert "git" not in done.stderr
    assert (folder / ".github" / "workflows" / "startrack.yml").is_file()


def test_from_nothing_to_filled_tables(repository: Path, github: Server) -> None:
    """After `init` and `update` the tables have figures, and `doctor` has nothing to say."""
    variables = commands.environment(github)
    commands.startrack(repository, "init", "--yes", variables=variables)
    before = commands.startrack(repository, "doctor", variables=variables)
    assert [line for line in before.stderr.splitlines() if line.startswith("warnings")] == [
        "warnings: clock, day files"
    ]
    done = commands.startrack(repository, "update", "--taken-at", NOW.isoformat(), variables=variables)
    assert done.returncode == 0, done.stderr
    readme = (repository / "README.md").read_text(encoding="utf-8")
    assert readme.count("| Project | Stars | 30 days | Last commit |") == 2
    after = commands.startrack(repository, "doctor", variables=variables)
    # The demo's clock is another one, and so the days since then have no count.
    assert after.stderr == "warnings: clock, day files\n"
    assert commands.startrack(repository, "build", "--check", variables=variables).returncode == 0


def test_a_nested_folder_has_its_workflow_at_the_top(tmp_path: Path) -> None:
    """There GitHub looks for it; it names the configuration and the pages of the folder."""
    git(tmp_path, "init", "--quiet")
    nested = tmp_path / "lists" / "mine"
    nested.mkdir(parents=True)
    (nested / "README.md").write_bytes(LIST)
    done = startrack(nested, "init", "--history", "folder")
    assert done.stdout.splitlines() == [
        "changed lists/mine/README.md (2 tables)",
        "created lists/mine/.gitignore",
        "created .github/workflows/startrack.yml",
        "created lists/mine/startrack.toml",
    ]
    steps = update_steps(tmp_path)
    assert steps[1]["with"]["config"] == "lists/mine/startrack.toml"
    assert steps[1]["with"]["history"] == "folder"
    assert "sources" not in steps[1]["with"]
    assert steps[2]["with"]["path"] == "lists/mine/dashboards"
    assert not git_sees(tmp_path, "lists/mine/dashboards/index.html")


def update_steps(top: Path) -> list[dict[str, Any]]:
    """Return the steps of the job that counts."""
    text = (top / ".github" / "workflows" / "startrack.yml").read_text(encoding="utf-8")
    steps: list[dict[str, Any]] = yaml.safe_load(text)["jobs"]["update"]["steps"]
    return steps


def test_a_workflow_that_checks_is_written_if_it_is_asked_for(repository: Path) -> None:
    """It is the example as well; beside another folder it names the list and the configuration there."""
    done = startrack(repository, "init", "--check", "--no-workflow")
    assert "created .github/workflows/startrack-check.yml" in done.stdout
    written = repository / ".github" / "workflows" / "startrack-check.yml"
    example = (EXAMPLES / "startrack-check.yml").read_text(encoding="utf-8")
    assert example.count("          sources: README.md\n") == 1
    assert written.read_text(encoding="utf-8") == example.replace("          sources: README.md\n", "")
    assert [path.name for path in written.parent.iterdir()] == [written.name]
    assert "kept: .github/workflows/startrack-check.yml exists" in startrack(repository, "init", "--check").stderr
    nested = repository / "more"
    nested.mkdir()
    (nested / "README.md").write_bytes(LIST)
    written.unlink()
    startrack(nested, "init", "--check", "--history", "folder")
    workflow = yaml.safe_load(written.read_text(encoding="utf-8"))
    assert workflow[True]["pull_request"]["paths"] == ["more/README.md"]
    inputs = workflow["jobs"]["check"]["steps"][-1]["with"]
    assert inputs == {"config": "more/startrack.toml", "history": "folder"}


def test_somebody_elses_list_has_no_pull_requests_to_check(tmp_path: Path, github: Server) -> None:
    """Nothing is written then."""
    words = ("init", "ml-tooling/best-of-ml-python", "--check")
    done = commands.startrack(tmp_path, *words, variables=commands.environment(github))
    assert (done.returncode, tree(tmp_path)) == (2, {})
    assert "--check is for a Markdown list in this repository" in done.stderr


# The configuration


def test_every_commented_line_of_the_configuration_is_valid() -> None:
    """Each alone, and all together; together they name every key that there is."""
    text = (EXAMPLES / "startrack.toml").read_text(encoding="utf-8")
    for match in re.finditer(r"^# (?=[a-z_]+ = )", text, re.MULTILINE):
        check(text[: match.start()] + text[match.end() :])
    values = check(re.sub(r"^# (?=[a-z_]+ = )", "", text, flags=re.MULTILINE))
    assert values.pop("lists")[0].keys() == ListConfig.model_fields.keys()
    assert values == known_keys(values, Config(), {"root", "lists"})


def known_keys(values: dict[str, Any], table: BaseModel, left_out: set[str]) -> dict[str, Any]:
    """Return the values of every key of a table and the tables in it; `KeyError` if one is missing."""
    keys = type(table).model_fields.keys() - left_out
    tables = {key: inner for key in keys if isinstance(inner := getattr(table, key), BaseModel)}
    return {key: known_keys(values[key], tables[key], set()) if key in tables else values[key] for key in keys}


def test_commented_values_are_the_defaults() -> None:
    """Except those of keys that have none; these are examples."""
    text = (EXAMPLES / "startrack.toml").read_text(encoding="utf-8")
    shown = Config.model_validate(check(re.sub(r"^# (?=[a-z_]+ = )", "", text, flags=re.MULTILINE)))
    for name in Config.model_fields.keys() - {"root", "lists"}:
        for key, default in getattr(Config(), name):
            assert not default or default == getattr(getattr(shown, name), key), (name, key)
    assert Config.model_validate(check(text)) == Config(lists=(ListConfig(source="README.md"),))


def check(text: str) -> dict[str, Any]:
    """Return the values of a configuration that is valid."""
    values = tomllib.loads(text)
    Config.model_validate(values)
    return values


HOSTILE = (
    "# Awesome \"quotes\" 'and' \\back\\ --> \u202ertl\u202c \u0007 {{x}} ${{ y }}\n\n"
    '## The "best" of\n\n'
    + "".join(f"- [a{n}](https://github.com/o/a{n})\n" for n in range(6))
    + "\n## Ends --> here\n\n"
    + "".join(f"- [b{n}](https://github.com/o/b{n})\n" for n in range(6))
    + '\n## It\'s "both"\n\n'
    + "".join(f"- [c{n}](https://github.com/o/c{n})\n" for n in range(6))
    + "\n## back\\\\slash \u202eright\n\n"
    + "".join(f"- [d{n}](https://github.com/o/d{n})\n" for n in range(6))
    + "\n## Plain\n\n"
    + "".join(f"- [e{n}](https://github.com/o/e{n})\n" for n in range(6))
)


def test_hostile_titles_break_nothing(folder: Path, github: Server) -> None:
    """A heading that cannot stand in a marker gets no table, and the title is quoted in the configuration."""
    (folder / "README.md").write_text(HOSTILE, encoding="utf-8")
    startrack(folder, "init")
    assert loaded(folder).dashboards.title == ("Awesome \"quotes\" 'and' \\back\\ --> rtl {{x}} ${{ y }}: star trends")
    data = (folder / "README.md").read_bytes()
    sections = [block.attributes["section"] for block in blocks.parse(data, "README.md").blocks]
    assert sections == ['The "best" of', "Plain"]
    done = commands.startrack(folder, "build", variables=commands.environment(github))
    assert done.returncode == 0, done.stderr


@given(st.text(max_size=20))
def test_any_text_is_a_string_of_toml(text: str) -> None:
    """The same text, but for halves of characters, which TOML has not."""
    line = f"title = {init._toml(text)}"
    assert line.isprintable()
    assert tomllib.loads(line)["title"] == text.encode(errors="replace").decode()


@given(st.text(st.sampled_from("/dashboards*!#. \t\r\n"), max_size=60))
def test_any_file_of_git_keeps_its_lines(text: str) -> None:
    """What is added ends it, and is added once."""
    lines = ["/dashboards/*", "!/dashboards/readme/"]
    data = text.encode()
    after = init._with_lines(data, lines)
    assert after.startswith(data)
    assert init._with_lines(after, lines) == after


def test_a_section_that_cannot_be_in_a_marker_is_refused(folder: Path) -> None:
    """By name; nothing is written."""
    (folder / "README.md").write_text(HOSTILE, encoding="utf-8")
    before = tree(folder)
    done = startrack(folder, "init", "--section", "Ends --> here")
    assert (done.returncode, tree(folder)) == (3, before)
    assert "'Ends --> here' cannot be written into a marker; name the section above it" in done.stderr


# What stays


@pytest.mark.parametrize("name", ["startrack.toml", ".github/workflows/startrack.yml", "README.md"])
def test_what_is_there_is_kept_and_the_rest_completed(repository: Path, name: str) -> None:
    """Whatever a killed run has left: each of the files, and no other."""
    startrack(repository, "init", "--yes")
    complete = tree(repository)
    for other in complete.keys() - {name, "README.md"}:
        (repository / other).unlink()
    if name != "README.md":
        (repository / "README.md").write_bytes(LIST)
    startrack(repository, "init", "--yes")
    assert tree(repository) == complete


@pytest.mark.parametrize("stop", [killing.kill, killing.fill_disk])
def test_a_run_that_stops_anywhere_leaves_whole_files(folder: Path, tmp_path: Path, stop: killing.Stop) -> None:
    """Each file is the old or the new one, and the next run completes them."""
    (folder / ".gitignore").write_bytes(b"*.log\n")
    whole = Path(shutil.copytree(folder, tmp_path / "whole" / "awesome-mllms"))
    before = tree(folder)
    killing.set_up(Config(root=whole), NOW)
    after = tree(whole)
    codes = []
    for moment in itertools.count(1):
        copy = Path(shutil.copytree(folder, tmp_path / str(moment) / "awesome-mllms"))
        codes.append(killing.run_until(moment, stop, killing.set_up, Config(root=copy), NOW))
        if codes[-1] == killing.NOT_REACHED:
            break
        left = {name: data for name, data in tree(copy).items() if not name.endswith(".draft")}
        assert all(data in (before.get(name), after[name]) for name, data in left.items())
        assert left.keys() >= before.keys()
        killing.set_up(Config(root=copy), NOW)
        assert tree(copy) == after
    assert len(codes) > 8
    assert (killing.KILLED if stop is killing.kill else killing.FAILED) in codes


def test_an_existing_workflow_of_any_name_is_kept(repository: Path) -> None:
    """Two of them would count twice."""
    folder = repository / ".github" / "workflows"
    folder.mkdir(parents=True)
    (folder / "stars.yaml").write_text("jobs: {a: {steps: [{uses: Open-DataFlow/startrack@v1}]}}\n", encoding="utf-8")
    done = startrack(repository, "init", "--yes")
    assert "kept: .github/workflows/stars.yaml exists" in done.stderr
    assert [path.name for path in folder.iterdir()] == ["stars.yaml"]


def test_an_existing_configuration_is_kept_and_followed(folder: Path) -> None:
    """Its list is set up; what it lacks for that is said."""
    (folder / "other.md").write_bytes(LIST)
    text = '[[lists]]\nsource = "other.md"\n[readme]\nfile = "README.md"\n[dashboards]\nfolder = "site/pages"\n'
    (folder / "startrack.toml").write_text(text, encoding="utf-8")
    done = startrack(folder, "init", "--no-workflow")
    assert done.returncode == 1
    assert done.stdout == "changed other.md (2 tables)\ncreated .gitignore\n"
    assert "startrack: startrack.toml: [readme] file does not name other.md; add it" in done.stderr
    assert (folder / "startrack.toml").read_text(encoding="utf-8") == text
    assert "/site/pages/*\n!/site/pages/readme/\n" in (folder / ".gitignore").read_text(encoding="utf-8")
    done = startrack(folder, "init", "--list", "README.md", "--no-workflow")
    assert 'startrack.toml does not name the list; add [[lists]] source = "README.md"' in done.stderr


def test_a_table_names_its_list_if_there_are_several(folder: Path) -> None:
    """Else it would have the projects of all."""
    text = '[[lists]]\nsource = "o/n"\n[[lists]]\nsource = "README.md"\nname = "mine"\n'
    (folder / "startrack.toml").write_text(text, encoding="utf-8")
    assert startrack(folder, "init").returncode == 0
    found = blocks.parse((folder / "README.md").read_bytes(), "").blocks
    assert [block.attributes["list"] for block in found] == ["mine", "mine"]


def test_a_repository_that_git_does_not_open_is_an_error(folder: Path) -> None:
    """It is no plain folder: the workflow would have another place."""
    (folder / ".git").write_text("gitdir: /nowhere\n", encoding="utf-8")
    done = startrack(folder, "init")
    assert (done.returncode, done.stdout) == (13, "")
    assert "not a git repository: /nowhere" in done.stderr


def test_a_table_is_added_for_a_section_that_has_none(folder: Path) -> None:
    """If it is asked for by name; those that are there stay."""
    startrack(folder, "init", "--section", "Benchmarks")
    one = (folder / "README.md").read_bytes()
    done = startrack(folder, "init", "--section", "Benchmarks", "--section", "Open-Source Projects")
    assert done.stdout == "changed README.md (1 table)\n"
    assert len(blocks.parse((folder / "README.md").read_bytes(), "").blocks) == 2
    assert one.count(b"startrack:table") == 1
    assert startrack(folder, "init", "--section", "Benchmarks").stdout == ""


def test_a_dry_run_writes_nothing_and_prints_what_git_applies(repository: Path) -> None:
    """The diff makes the very files that a run makes."""
    before = tree(repository)
    done = startrack(repository, "init", "--dry-run")
    assert (done.returncode, tree(repository)) == (0, before)
    assert (repository / ".git").is_dir()
    patch = done.stdout.encode()
    subprocess.run(["git", "apply", "-"], cwd=repository, input=patch, check=True)
    applied = tree(repository)
    for name in applied.keys() - before.keys():
        (repository / name).unlink()
    (repository / "README.md").write_bytes(LIST)
    startrack(repository, "init")
    assert tree(repository) == applied


@pytest.mark.parametrize("name", ["README.md", ".gitignore"])
def test_a_read_only_file_is_left_alone(folder: Path, name: str) -> None:
    """And so is everything else."""
    (folder / ".gitignore").write_bytes(b"*.log\n")
    (folder / name).chmod(0o444)
    before = tree(folder)
    done = startrack(folder, "init")
    assert (done.returncode, done.stdout, tree(folder)) == (12, "", before)
    assert re.search(
        rf"^startrack: \S+{re.escape(name)} is read-only, so it was not changed; ", done.stderr, re.MULTILINE
    )


@pytest.mark.parametrize("name", [".github", ".github/workflows", ".gitignore"])
def test_nothing_is_written_through_links(folder: Path, tmp_path: Path, name: str) -> None:
    """Nor is anything else written then."""
    (tmp_path / "elsewhere").mkdir()
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).symlink_to(tmp_path / "elsewhere")
    before = tree(folder)
    done = startrack(folder, "init")
    assert done.returncode != 0
    assert (tree(folder), list((tmp_path / "elsewhere").iterdir())) == (before, [])


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\xff\xfe" + LIST.decode().encode("utf-16-le"), "is not UTF-8 text"),
        (b"<<<<<<< ours\n" + LIST + b"=======\n>>>>>>> theirs\n", "README.md:1: unresolved merge conflict"),
        (LIST + b"\n<!-- startrack:table -->\n", "startrack:table without an end"),
    ],
)
def test_a_list_that_cannot_be_edited_is_refused(folder: Path, data: bytes, message: str) -> None:
    """With one line, and nothing is written."""
    (folder / "README.md").write_bytes(data)
    done = startrack(folder, "init", "--list", "README.md")
    assert done.returncode != 0
    assert message in done.stderr
    assert tree(folder) == {"README.md": data}


@pytest.mark.parametrize("words", [("init",), ("init", "--list", "README.md")])
def test_a_list_in_an_older_encoding_is_named(folder: Path, words: tuple[str, ...]) -> None:
    """It has projects, so it would be wrong to say that no file has any."""
    data = LIST + "été\n".encode("latin-1")
    (folder / "README.md").write_bytes(data)
    done = startrack(folder, *words)
    assert done.returncode == 3
    assert re.match(r"startrack: README\.md is not UTF-8 .*save it as UTF-8", done.stderr)
    assert tree(folder) == {"README.md": data}


# Which list


@pytest.mark.parametrize("name", ["list.MKD", "list.mdown"])
def test_a_list_with_any_ending_of_markdown_is_proposed(tmp_path: Path, name: str) -> None:
    """Such a file is read and filled like one in `.md`."""
    (tmp_path / name).write_bytes(LIST)
    (listed,) = init_project.find_lists(init_project.open_project(tmp_path / "startrack.toml"))
    assert listed.source == name


def test_the_readme_is_the_list_unless_another_file_has_twice_as_many(folder: Path) -> None:
    """Pages of startrack and files that git ignores are no lists."""
    git(folder, "init", "--quiet")
    (folder / ".gitignore").write_bytes(b"/built/\n")
    for name in ("docs", "built", "dashboards/digest", "node_modules/x", ".hidden"):
        (folder / name).mkdir(parents=True)
    long = "".join(f"- [a{n}](https://github.com/o/a{n})\n" for n in range(100))
    for name in ("built/list.md", "dashboards/digest/2026-W01.md", "node_modules/x/README.md", ".hidden/list.md"):
        (folder / name).write_text(long, encoding="utf-8")
    (folder / "docs" / "translated.md").write_bytes(LIST)
    done = startrack(folder, "init", "--dry-run")
    assert "the list is README.md: " in done.stderr
    assert "not the list (1 other file, choose one with --list): docs/translated.md: " in done.stderr
    (folder / "docs" / "projects.md").write_text(long, encoding="utf-8")
    done = startrack(folder, "init")
    assert "the list is docs/projects.md: 100 projects in 0 sections" in done.stderr
    config = loaded(folder)
    assert config.lists == (ListConfig(source="docs/projects.md"),)
    assert (folder / "docs" / "projects.md").read_text(encoding="utf-8").count("startrack:table sort=rising") == 0


def test_a_folder_without_a_list_is_an_error(tmp_path: Path) -> None:
    """It says how to name one."""
    (tmp_path / "README.md").write_text("# Nothing\n", encoding="utf-8")
    done = startrack(tmp_path, "init")
    assert (done.returncode, done.stdout) == (3, "")
    assert "name the list, as in `startrack init --list FILE`" in done.stderr
    assert tree(tmp_path).keys() == {"README.md"}


@pytest.mark.parametrize(
    ("readme", "line"),
    [(None, 4), ("# Mine\n\nWords.\n\n## Contents\n\n- [a](#a)\n\n## A\n\nMore.\n", 8), ("# Mine\n\nWords.", 4)],
)
def test_somebody_elses_list_has_its_table_in_the_own_readme(
    tmp_path: Path, github: Server, readme: str | None, line: int
) -> None:
    """In one that is there, above its first section or at its end; else in a new one."""
    if readme is not None:
        (tmp_path / "README.md").write_text(readme, encoding="utf-8")
    variables = commands.environment(github)
    done = commands.startrack(tmp_path, "init", "ml-tooling/best-of-ml-python", variables=variables)
    assert done.returncode == 0, done.stderr
    assert loaded(tmp_path).lists == (ListConfig(source="ml-tooling/best-of-ml-python"),)
    data = (tmp_path / "README.md").read_bytes()
    (block,) = blocks.parse(data, "").blocks
    assert (block.start, block.attributes.get("section")) == (line, None)
    if readme is None:
        assert data.startswith(f"# {tmp_path.name.replace('_', chr(92) + '_')}\n\nThe projects of ".encode())
    assert commands.startrack(tmp_path, "build", variables=variables).returncode == 0
    assert b"\nNot counted yet: " in (tmp_path / "README.md").read_bytes()


def test_a_readme_of_another_spelling_is_named_in_the_configuration(tmp_path: Path, github: Server) -> None:
    """A build looks only for README.md by itself."""
    (tmp_path / "Readme.md").write_text("# Mine\n", encoding="utf-8")
    commands.startrack(tmp_path, "init", "ml-tooling/best-of-ml-python", variables=commands.environment(github))
    assert loaded(tmp_path).readme.file == (Path("Readme.md"),)
    assert b"startrack:table" in (tmp_path / "Readme.md").read_bytes()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["README.md", "--list", "README.md"], "SOURCE and --list mean the same"),
        (["--section", "Benchmarks", "--whole"], "--section and --whole cannot be used together"),
        (["--history", "brunch"], "unknown history 'brunch'; did you mean 'branch'?"),
    ],
)
def test_wrong_use_is_one_line(folder: Path, words: list[str], message: str) -> None:
    """With the exit code of wrong use."""
    done = startrack(folder, "init", *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert tree(folder).keys() == {"README.md"}


def test_an_unknown_section_is_answered_with_the_nearest(folder: Path) -> None:
    """As in the configuration."""
    done = startrack(folder, "init", "--section", "Benchmark")
    assert done.returncode == 3
    assert "did you mean '6.Benchmarks'?" in done.stderr


def test_selectors_name_one_section() -> None:
    """The shortest that names no other; numbers of a list are left out, and so are emoji."""
    paths = [("A", "Other"), ("B", "Other"), ("1. First 🚀",), ("2024 papers",), ("C",), ("C", "Deep")]
    found = [selection.find_selector(path, paths, allows=bool) for path in paths]
    assert found == ["A / Other", "B / Other", "First", "2024 papers", "C", "Deep"]
    assert selection.find_selector(("x",), [("x",), ("X",)], allows=bool) == ""
    assert selection.find_selector(("x",), [("x",)], allows=lambda _: False) == ""


# Questions


def dialog(answers: str) -> tuple[Dialog, io.StringIO]:
    """Return a dialogue with prepared answers, and its terminal."""
    terminal = io.StringIO()
    return Dialog(io.StringIO(answers), terminal), terminal


def test_questions_repeat_until_they_are_answered() -> None:
    """An empty answer takes what is proposed."""
    asked, terminal = dialog("maybe\nNo\n\n\nYES\n0\n9\n2\n\n")
    assert [asked.confirm("Really?"), asked.confirm("Really?")] == [False, True]
    assert [asked.confirm("Really?", proposed=False), asked.confirm("Really?", proposed=False)] == [False, True]
    assert [asked.choice("Which?", ["a\x1b[2J", "b"]), asked.choice("Which?", ["a", "b"])] == [1, 0]
    assert "\x1b" not in terminal.getvalue()
    assert "  1 a\\x1b[2J\n  2 b\nWhich? [1] Answer with a number from 1 to 2.\n" in terminal.getvalue()


def test_sections_are_chosen_by_their_numbers() -> None:
    """0 stands for the whole list; more than fifteen are not shown."""
    found = [init.Section((f"S{n}",), 30 - n, n, f"S{n}") for n in range(20)]
    asked, terminal = dialog("\n2, 1,2\n0\n1,0\n16\nx\n3\n")
    assert asked.sections(found, found[:3]) == tuple(found[:3])
    assert asked.sections(found, found[:3]) == (found[1], found[0])
    assert asked.sections(found, found[:3]) == ()
    assert asked.sections(found, found[:3]) == (found[2],)
    assert terminal.getvalue().count("Answer with numbers from 1 to 15") == 3
    assert "    5 more; --section names any of them\n" in terminal.getvalue()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals of this kind")
def test_a_terminal_is_asked(repository: Path) -> None:
    """The answers make the files: another list, one of its sections, and the folder for the counts."""
    (repository / "other.md").write_bytes(LIST)
    said = on_terminal(
        repository,
        [
            ("Which file is the list? [1] ", "2"),
            ("0 for one table of the whole list [1,2] ", "1"),
            ("in GitHub Actions? [Y/n] ", ""),
            ("add to the list? [y/N] ", ""),
            ("Where are the counts kept? [1] ", "2"),
            ("Write these files? [Y/n] ", "y"),
        ],
    )
    assert "created startrack.toml" in said
    assert loaded(repository).lists[0].source == "other.md"
    (block,) = blocks.parse((repository / "other.md").read_bytes(), "").blocks
    assert block.attributes["section"] == "Open-Source Projects"
    assert update_steps(repository)[1]["with"]["history"] == "folder"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals of this kind")
@pytest.mark.parametrize("answer", ["n", "\x04", "\x03"])
def test_nothing_is_written_without_a_yes(repository: Path, answer: str) -> None:
    """No, the end of the input, or Ctrl+C."""
    questions = [("list [1,2] ", ""), ("Actions? [Y/n] ", "n"), ("[y/N] ", ""), ("Write these files? [Y/n] ", answer)]
    said = on_terminal(repository, questions)
    assert said.endswith("nothing was written\n") == (answer == "n")
    assert tree(repository) == {"README.md": LIST}


def on_terminal(folder: Path, answers: list[tuple[str, str]]) -> str:
    """Run `startrack init` on a terminal, answer its questions, and return what it wrote."""
    import pty  # noqa: PLC0415 - Windows has none

    # A shell that starts these tests in the background has them ignore the signal, and processes inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    main, other = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "startrack", "init"],
        cwd=folder,
        stdin=other,
        stdout=other,
        stderr=other,
        start_new_session=True,
    ) as process:
        os.close(other)
        said = b""
        for question, answer in answers:
            while question.encode() not in said:
                said += os.read(main, 4096)
            if answer == "\x03":
                os.killpg(process.pid, signal.SIGINT)
            else:
                os.write(main, answer.encode() if answer == "\x04" else f"{answer}\n".encode())
            said = said[said.index(question.encode()) + len(question) :]
        # A signal just before a process waits for input does not wake it up.
        while answer == "\x03" and not select.select([main], [], [], 5)[0]:
            os.killpg(process.pid, signal.SIGINT)
        try:
            while part := os.read(main, 4096):
                said += part
        except OSError:  # Linux has an error for the end
            pass
    os.close(main)
    return said.decode().replace("\r\n", "\n")

"""The example hardened.yml: what one job has counted is pushed by another, whose script is executed here."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from action_runner import DAY_FILE, LIST, PROJECTS, ROOT, TABLE, Runner
from gitting import NOBODY, git
from shared_folders import SharedFolder
from startrack.demo.server import Server

DATA = "startrack-data"
JOBS: dict[str, Any] = yaml.safe_load((ROOT / "examples" / "hardened.yml").read_text(encoding="utf-8"))["jobs"]


@pytest.fixture
def runner(tmp_path: Path, github: Server, shared_folder: SharedFolder) -> Runner:
    """Return a runner whose first job has counted for the first time."""

    def make(top: Path) -> None:
        begun = Runner(top, github, listed=LIST + TABLE.encode())
        (begun.checkout / ".gitignore").write_text("/dashboards/\n", encoding="ascii")
        begun.push(begun.checkout, "ignore")
        count(begun)

    return Runner(tmp_path, github, shared_folder("hardened", make))


def count(runner: Runner) -> None:
    """Count in a new checkout, as the first job does."""
    runner.check_out()
    given = next(step["with"] for step in JOBS["count"]["steps"] if step.get("id") == "startrack")
    for name, done in runner.play(**{key: value for key, value in given.items() if key != "if-older-than"}).items():
        assert done.returncode == 0, (name, done.stderr)


def push(runner: Runner) -> subprocess.CompletedProcess[str]:
    """Run the script of the second job in a checkout of the commit that the first one has checked out."""
    folder, handed_over = runner.top / "second", runner.top / "temp" / "startrack-commits"
    if not folder.exists():
        git(runner.top, "clone", "--quiet", "--depth=1", runner.checkout.as_uri(), str(folder))
        git(folder, "remote", "set-url", "origin", runner.remote.as_uri())
    handed_over.mkdir(exist_ok=True)
    for bundle in (runner.top / "temp").glob("startrack-*.bundle"):
        bundle.replace(handed_over / bundle.name)
    (step,) = (step for step in JOBS["push"]["steps"] if "run" in step)
    given = {key: str(value).replace("${{ github.ref_name }}", "main") for key, value in step["env"].items()}
    environment = runner.environment | given | {"PAUSE": "0"}
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
    return subprocess.run(command, cwd=folder, env=environment, check=False, capture_output=True, text=True)


def subjects(runner: Runner, branch: str = "main") -> list[str]:
    """Return the subjects of a branch's commits at the remote, newest first."""
    return git(runner.remote, "log", "--format=%s", branch).splitlines()


def counted(runner: Runner) -> list[str]:
    """Return the day files on the data branch."""
    names = git(runner.remote, "ls-tree", "-r", "--name-only", DATA).splitlines()
    return [name for name in names if DAY_FILE.fullmatch(f"snapshots/{name}")]


def commit(runner: Runner, branch: str, **files: str) -> None:
    """Let somebody else commit files to a branch and push it."""
    folder = runner.top / f"somebody-{branch}"
    git(runner.top, "clone", "--quiet", "--branch", branch, str(runner.remote), str(folder))
    for name, content in files.items():
        (folder / name).write_text(content, encoding="utf-8")
    git(folder, "add", "--all")
    git(folder, *NOBODY, "commit", "--quiet", "--message", "theirs")
    git(folder, "push", "--quiet", "origin", branch)


def test_only_the_second_job_may_write_and_it_runs_only_git() -> None:
    """It downloads what the first one has made. The first one may read, and leaves no credentials in its checkout."""
    assert JOBS["count"]["permissions"] == {"contents": "read"}
    assert [name for name, job in JOBS.items() if "write" in job["permissions"].get("contents", "")] == ["push"]
    used = [step["uses"].partition("@")[0] for step in JOBS["push"]["steps"] if "uses" in step]
    assert used == ["actions/checkout", "actions/download-artifact"]
    (script,) = (step["run"] for step in JOBS["push"]["steps"] if "run" in step)
    for program in ("startrack/bin", "python", "pip", "npm", "curl", "wget", "eval", "source"):
        assert not re.search(rf"\b{program}\b", script), program


def test_counts_and_tables_arrive(runner: Runner) -> None:
    """One commit on each branch, of the files that may change; a second attempt of the job changes nothing."""
    done = push(runner)
    assert done.returncode == 0, done.stderr
    assert subjects(runner) == ["Update star trends", "ignore", "list"]
    assert runner.committed() == ["M README.md"]
    assert git(runner.remote, "log", "--format=%an", "-1", "main") == "github-actions[bot]"
    (day,) = counted(runner)
    assert len(git(runner.remote, "show", f"{DATA}:{day}").splitlines()) == 1 + len(PROJECTS)
    before = git(runner.remote, "for-each-ref")
    assert push(runner).returncode == 0
    assert git(runner.remote, "for-each-ref") == before


def test_what_others_push_meanwhile_is_kept(runner: Runner) -> None:
    """On both branches, and if the job is older than what they pushed."""
    assert push(runner).returncode == 0
    count(runner)
    commit(runner, DATA, **{"note.txt": "theirs"})
    commit(runner, "main", **{"new.txt": "theirs"})
    done = push(runner)
    assert done.returncode == 0, done.stderr
    assert subjects(runner, DATA) == ["Update star trends", "theirs", "Update star trends"]
    assert "note.txt" in git(runner.remote, "ls-tree", "--name-only", DATA).splitlines()
    assert "theirs" in subjects(runner)
    assert "new.txt" in runner.files()


RACE = r"""
test -e ../raced && exit 0
touch ../raced
unset GIT_QUARANTINE_PATH
for branch in main startrack-data; do
    parent=$(git rev-parse --verify --quiet "$branch") || continue
    new=$(echo theirs | git -c user.name=x -c user.email=x@example.invalid commit-tree "$branch^{tree}" -p "$parent")
    git update-ref "refs/heads/$branch" "$new"
done
"""


def test_a_push_at_the_same_moment_is_tried_again(runner: Runner) -> None:
    """Between the fetch and the push of the first attempt."""
    assert push(runner).returncode == 0
    commit(runner, "main", **{"README.md": (LIST + TABLE.encode()).decode()})
    count(runner)
    runner.hook(RACE)
    done = push(runner)
    assert done.returncode == 0, done.stderr
    assert subjects(runner, DATA)[:2] == ["Update star trends", "theirs"]
    assert subjects(runner)[:3] == ["Update star trends", "theirs", "theirs"]


def test_a_change_of_the_same_lines_is_an_error(runner: Runner) -> None:
    """Nothing of theirs is lost, and the counts are kept: the next run fills the table."""
    commit(runner, "main", **{"README.md": LIST.decode() + "\nNo table any more.\n"})
    done = push(runner)
    assert done.returncode == 1
    assert done.stdout == (
        "::error title=startrack::main was changed meanwhile in the same lines; run the workflow again\n"
    )
    assert subjects(runner)[0] == "theirs"
    assert counted(runner)


def test_a_refused_push_ends(runner: Runner) -> None:
    """After five attempts."""
    runner.hook('echo attempt >> "$PWD/attempts"; exit 1')
    done = push(runner)
    assert done.returncode == 1
    assert done.stdout.startswith(f"::error title=startrack::{DATA} could not be pushed;")
    assert (runner.remote / "attempts").read_text(encoding="ascii").split() == ["attempt"] * 5


def test_a_remote_that_cannot_be_reached_is_an_error(runner: Runner) -> None:
    """It is not taken for one without a data branch."""
    runner.remote.rename(runner.top / "away.git")
    assert push(runner).returncode == 1
    (runner.top / "away.git").rename(runner.remote)
    assert DATA not in git(runner.remote, "for-each-ref")


@pytest.mark.parametrize("move", [False, True])
def test_a_commit_that_changes_other_files_is_refused(runner: Runner, *, move: bool) -> None:
    """Whatever the first job hands over: files on the main branch that it has no business with stay as they are."""
    before = git(runner.remote, "rev-parse", "main")
    if move:
        git(runner.checkout, "mv", "--force", ".gitignore", "README.md")
    else:
        name = "hostile\n::set-env name=x::.yml"
        (runner.checkout / name).write_text("on: push\n", encoding="ascii")
        git(runner.checkout, "add", "--", name)
    git(runner.checkout, *NOBODY, "commit", "--quiet", "--message", "hostile")
    git(runner.checkout, "update-ref", "refs/startrack/heads/main", "HEAD")
    bundle = runner.top / "temp" / "startrack-commit.bundle"
    git(runner.checkout, "bundle", "create", "--quiet", str(bundle), "refs/startrack/heads/main", "^HEAD~1")
    git(runner.checkout, "reset", "--quiet", "--soft", "HEAD~1")
    done = push(runner)
    assert done.returncode == 1
    refused, error = done.stdout.splitlines()
    assert refused == ("not pushed: .gitignore" if move else r'not pushed: "hostile\n::set-env name=x::.yml"')
    assert error == "::error title=startrack::the commit for main changes more files than it may; see the log"
    assert git(runner.remote, "rev-parse", "main") == before


def test_without_anything_to_push(runner: Runner) -> None:
    """Nothing happens, whatever else was handed over."""
    for bundle in (runner.top / "temp").glob("*.bundle"):
        bundle.unlink()
    before = git(runner.remote, "for-each-ref")
    assert push(runner).returncode == 0
    assert git(runner.remote, "for-each-ref") == before


def test_only_tables_of_counts_arrive_on_the_data_branch(runner: Runner) -> None:
    """For example no workflow."""
    snapshots = runner.checkout / "snapshots"
    (snapshots / "other.yml").write_text("on: push\n", encoding="ascii")
    git(snapshots, "add", "--force", "other.yml")
    git(snapshots, *NOBODY, "commit", "--quiet", "--message", "hostile")
    git(snapshots, "update-ref", f"refs/startrack/heads/{DATA}", "HEAD")
    bundle = runner.top / "temp" / "startrack-history.bundle"
    git(snapshots, "bundle", "create", "--quiet", str(bundle), f"refs/startrack/heads/{DATA}")
    done = push(runner)
    assert done.returncode == 1
    assert "not pushed: other.yml" in done.stdout.splitlines()
    assert DATA not in git(runner.remote, "for-each-ref")

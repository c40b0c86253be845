"""The action and the workflows: their steps are run for real, in a repository with a remote."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from startrack.demo.server import ACTIONS_TOKEN, Server

ROOT = Path(__file__).parents[1]
WORKFLOWS = [ROOT / "examples" / "startrack.yml", *sorted((ROOT / ".github" / "workflows").glob("*.yml"))]
LIST = (ROOT / "tests" / "lists" / "mllms-reasoning.md").read_bytes()


def action() -> dict[str, Any]:
    """Return the action as it is written."""
    found: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    return found


def steps() -> dict[str, dict[str, Any]]:
    """Return the steps that have a name, by it."""
    return {step["name"]: step for step in action()["runs"]["steps"] if "name" in step}


def git(folder: Path, *words: str) -> str:
    """Run git and return what it says."""
    done = subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True, text=True, errors="replace")
    return done.stdout.strip()


class Runner:
    """A checkout with a remote, and what an Actions runner sets around a step."""

    def __init__(self, top: Path, github: Server) -> None:
        self.top = top
        self.remote = top / "remote.git"
        self.checkout = top / "checkout"
        self.output = top / "output"
        git(top, "init", "--quiet", "--bare", "--initial-branch=main", str(self.remote))
        git(top, "clone", "--quiet", str(self.remote), str(self.checkout))
        (self.checkout / "README.md").write_bytes(LIST)
        self.push(self.checkout, "list")
        self.check_out()
        scripts = top / "temp" / "startrack" / "bin"
        scripts.mkdir(parents=True)
        (scripts / "startrack").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m startrack "$@"\n', encoding="utf-8")
        (scripts / "startrack").chmod(0o755)
        self.environment = os.environ | {
            "RUNNER_TEMP": str(top / "temp"),
            "GITHUB_OUTPUT": str(self.output),
            "GITHUB_API_URL": github.api_url,
            "GITHUB_GRAPHQL_URL": github.graphql_url,
            "GITHUB_STEP_SUMMARY": str(top / "summary"),
            "GIT_CONFIG_GLOBAL": os.devnull,
        }

    def check_out(self) -> None:
        """Check out anew, as shallow as a runner does."""
        shutil.rmtree(self.checkout)
        git(self.top, "clone", "--quiet", "--depth=1", self.remote.as_uri(), str(self.checkout))

    def push(self, checkout: Path, message: str) -> None:
        """Commit everything in a checkout and push it."""
        who = ("-c", "user.name=somebody", "-c", "user.email=somebody@example.invalid")
        git(checkout, "add", "--all")
        git(checkout, *who, "commit", "--quiet", "--message", message)
        git(checkout, "push", "--quiet", "origin", "HEAD:main")

    def outputs(self) -> dict[str, str]:
        """Return what the steps so far have put out."""
        lines = self.output.read_text(encoding="utf-8").splitlines()
        return dict(line.split("=", 1) for line in lines)

    def run(self, name: str, **inputs: str) -> subprocess.CompletedProcess[str]:
        """Run a step's script with the environment that the step maps its inputs to."""
        step = steps()[name]
        given = {key: value["default"] for key, value in action()["inputs"].items()}
        given |= {"token": ACTIONS_TOKEN, **inputs}
        mapped = {
            key: inputs.get(key) or re.sub(r"\$\{\{ inputs\.([a-z-]+) \}\}", lambda found: given[found[1]], value)
            for key, value in step.get("env", {}).items()
        }
        # As the runner starts bash: it stops at the first failure.
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
        return subprocess.run(
            command, cwd=self.checkout, env=self.environment | mapped, capture_output=True, text=True, check=False
        )


@pytest.fixture
def runner(tmp_path: Path, github: Server) -> Runner:
    """Return a runner with the owner's list checked out."""
    return Runner(tmp_path, github)


def test_a_run_counts_commits_and_pushes(runner: Runner) -> None:
    """Day file, pages and table arrive at the remote; the database and the token do not."""
    counted = runner.run("Count and build", sources="README.md")
    assert counted.returncode == 0, counted.stderr
    committed = runner.run("Commit what changed")
    assert committed.returncode == 0, committed.stderr
    assert runner.outputs() == {"status": "0", "changed": "true"}
    files = git(runner.remote, "ls-tree", "-r", "--name-only", "main").splitlines()
    assert [name for name in files if re.fullmatch(r"snapshots/\d{4}/\d{4}-\d\d-\d\d\.csv", name)]
    assert "dashboards/index.html" in files
    assert not [name for name in files if ".duckdb" in name or ".draft" in name]
    assert git(runner.remote, "log", "--format=%an: %s", "-1", "main") == "github-actions[bot]: Update star trends"
    assert not [name for name in files if ACTIONS_TOKEN in git(runner.remote, "show", f"main:{name}")[:200_000]]
    assert "Counted 23 of 23" in (runner.top / "summary").read_text(encoding="utf-8")


def test_the_next_run_goes_on_from_the_day_files(runner: Runner) -> None:
    """A fresh checkout has no database; commit totals of heads that have not moved are known all the same."""
    runner.run("Count and build", sources="README.md")
    runner.run("Commit what changed")
    runner.check_out()
    assert not list(runner.checkout.rglob("*.duckdb"))
    done = runner.run("Count and build", sources="README.md")
    requests = int(re.findall(r"with (\d+) requests", done.stderr)[0])
    assert requests <= 2
    text = next((runner.checkout / "snapshots").glob("*/*-*-*.csv")).read_text(encoding="ascii")
    assert not [line for line in text.splitlines()[1:] if line.split(",")[5] == ""]


def test_nothing_to_commit_is_no_failure(runner: Runner) -> None:
    """And nothing is pushed."""
    before = git(runner.remote, "rev-parse", "main")
    assert runner.run("Commit what changed").returncode == 0
    assert runner.outputs() == {"changed": "false"}
    assert git(runner.remote, "rev-parse", "main") == before


def test_somebody_else_may_push_meanwhile(runner: Runner) -> None:
    """Our commit goes on top of theirs."""
    runner.run("Count and build", sources="README.md")
    other = runner.top / "other"
    git(runner.top, "clone", "--quiet", str(runner.remote), str(other))
    (other / "new.txt").write_text("theirs", encoding="ascii")
    runner.push(other, "theirs")
    done = runner.run("Commit what changed")
    assert done.returncode == 0, done.stderr
    assert git(runner.remote, "log", "--format=%s", "main").splitlines() == ["Update star trends", "theirs", "list"]


def test_failures_worth_a_look_are_a_warning(runner: Runner, github: Server) -> None:
    """One list of two cannot be read: the run is kept and the step succeeds."""
    done = runner.run("Count and build", sources="README.md no-such/list")
    assert done.returncode == 0
    assert "::warning title=startrack::" in done.stdout
    assert "no-such/list has no README that can be read" in done.stderr
    assert github.requests


@pytest.mark.parametrize(("inputs", "code"), [({"token": "refused-" + "token"}, 5), ({"sources": "lost.md"}, 3)])
def test_a_failed_run_fails_at_the_end(runner: Runner, inputs: dict[str, str], code: int) -> None:
    """With the exit code of its class; there was nothing to commit."""
    runner.run("Count and build", **({"sources": "README.md"} | inputs))
    assert runner.run("Tell how it went", STATUS=runner.outputs()["status"]).returncode == code


def test_what_was_counted_is_kept_though_the_build_fails(runner: Runner) -> None:
    """A mistake in the README costs the tables of the day, not its counts."""
    with (runner.checkout / "README.md").open("a", encoding="utf-8") as readme:
        readme.write("\n<!-- startrack:table columns=nothing -->\n<!-- startrack:end -->\n")
    runner.run("Count and build", sources="README.md")
    assert runner.run("Commit what changed").returncode == 0
    files = git(runner.remote, "ls-tree", "-r", "--name-only", "main").splitlines()
    assert [name for name in files if re.fullmatch(r"snapshots/\d{4}/\d{4}-\d\d-\d\d\.csv", name)]
    assert runner.run("Tell how it went", STATUS=runner.outputs()["status"]).returncode == 11


@pytest.mark.parametrize("hostile", ["$(touch owned)", "`touch owned`", "; touch owned", "x' ; touch owned; '"])
def test_inputs_are_never_run_as_shell(runner: Runner, hostile: str) -> None:
    """Sources, configuration and message are words, whatever they hold."""
    runner.run("Count and build", sources=f"README.md {hostile}")
    runner.run("Count and build", sources="README.md", config=hostile)
    (runner.checkout / "new.txt").write_text("ours", encoding="ascii")
    runner.run("Commit what changed", message=hostile)
    assert not list(runner.top.rglob("owned"))
    assert git(runner.remote, "log", "--format=%s", "-1", "main") == hostile


def test_every_script_names_its_shell_and_takes_inputs_from_the_environment() -> None:
    """What a composite action needs, and what keeps an input from being run."""
    for step in action()["runs"]["steps"]:
        assert "uses" in step or step["shell"] == "bash"
        assert "${{" not in step.get("run", "")


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: str(path.relative_to(ROOT)))
def test_workflows_are_well_formed(path: Path) -> None:
    """Permissions are named, jobs end in time, and a schedule avoids the full hour."""
    workflow = yaml.safe_load(path.read_text(encoding="utf-8"))
    triggers = workflow[True]  # YAML reads `on` as a truth
    assert workflow["permissions"]
    for job in workflow["jobs"].values():
        assert job["runs-on"] == "ubuntu-latest"
        assert all(("uses" in step) != ("run" in step) for step in job["steps"])
    for each in triggers.get("schedule", []):
        assert 5 <= int(each["cron"].split()[0]) <= 55
        assert "workflow_dispatch" in triggers
        assert workflow["permissions"] == {"contents": "write"}
        assert workflow["concurrency"]["cancel-in-progress"] is False


def test_the_inputs_are_documented() -> None:
    """Every input stands in the documentation with its default."""
    text = (ROOT / "docs" / "automation.md").read_text(encoding="utf-8")
    for name, found in action()["inputs"].items():
        default = found["default"]
        shown = "" if name in ("sources", "config", "token") else f" `{default}` |"
        assert re.search(rf"\| `{name}` \|[^|]+\|{re.escape(shown)}", text), name

"""The action and the workflows as files: their form, what they may do, and which actions they use."""

import json
import re
import subprocess
import sysconfig
from pathlib import Path
from typing import Any

import pytest
import yaml

from action_runner import ROOT

ACTIONS = [ROOT / "action.yml", ROOT / "check" / "action.yml"]
PACKAGED = ROOT / "src" / "startrack" / "examples"  # `startrack init` writes it
EXAMPLES = sorted([*(ROOT / "examples").glob("*.yml"), *PACKAGED.glob("*.yml")])
WORKFLOWS = [*EXAMPLES, *sorted((ROOT / ".github" / "workflows").glob("*.yml"))]
EACH_WORKFLOW = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: str(path.relative_to(ROOT)))


def run(program: str, *words: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a program of this environment."""
    command = [Path(sysconfig.get_path("scripts")) / program, *words]
    return subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)


def jobs(path: Path) -> dict[str, dict[str, Any]]:
    """Return the jobs of a workflow by name."""
    found: dict[str, dict[str, Any]] = yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"]
    return found


def test_zizmor_finds_nothing() -> None:
    """Not even by its pedantic rules."""
    options = ("--offline", "--quiet", "--config", ".github/zizmor.yml", "--persona=pedantic", "--format=json")
    done = run("zizmor", *options, *ACTIONS, *WORKFLOWS)
    assert [(found["ident"], found["desc"], found["locations"]) for found in json.loads(done.stdout)] == []
    assert done.returncode == 0


@pytest.mark.parametrize(("schema", "paths"), [("github-actions", ACTIONS), ("github-workflows", WORKFLOWS)])
def test_files_follow_their_schema(schema: str, paths: list[Path]) -> None:
    """Keys and values are those that GitHub knows."""
    done = run("check-jsonschema", "--builtin-schema", f"vendor.{schema}", *paths)
    assert done.returncode == 0, done.stdout


def test_actions_are_pinned_to_one_commit_each() -> None:
    """The tag is in a comment; the examples follow the releases of startrack itself."""
    pins: dict[str, set[str]] = {}
    for path in (*ACTIONS, *WORKFLOWS):
        for name, pin in re.findall(
            r"^ +(?:- )?uses: ([^@\n]+)@?(.*)$", path.read_text(encoding="utf-8"), re.MULTILINE
        ):
            pins.setdefault(name, set()).add(pin)
    assert pins.pop("Open-DataFlow/startrack") == {"v1"}
    assert pins.pop("Open-DataFlow/startrack/check") == {"v1"}
    assert pins.pop("$/") == {""}  # this repository at the commit of the workflow
    assert "actions/checkout" in pins
    for name, found in pins.items():
        (pin,) = found
        assert re.fullmatch(r"[0-9a-f]{40} # v\d+\.\d+\.\d+", pin), name


@EACH_WORKFLOW
def test_each_job_has_its_own_permissions(path: Path) -> None:
    """The workflow has none. Credentials of git stay in the checkout only for a job that pushes with them."""
    assert yaml.safe_load(path.read_text(encoding="utf-8"))["permissions"] == {}
    for name, job in jobs(path).items():
        assert job["permissions"], name
        for step in job["steps"]:
            if step.get("uses", "").startswith("actions/checkout@"):
                may_push = job["permissions"].get("contents") == "write"
                assert step["with"]["persist-credentials"] is may_push, name


@EACH_WORKFLOW
def test_jobs_are_bounded(path: Path) -> None:
    """Each has a time limit and steps of one kind."""
    for name, job in jobs(path).items():
        assert job["timeout-minutes"] <= 30, name
        assert all(("uses" in step) != ("run" in step) for step in job["steps"]), name


@EACH_WORKFLOW
def test_schedules_avoid_the_full_hour(path: Path) -> None:
    """They run at odd minutes, one at a time, and can be started by hand."""
    workflow = yaml.safe_load(path.read_text(encoding="utf-8"))
    triggers = workflow[True]  # YAML reads `on` as a truth
    for each in triggers.get("schedule", []):
        minute = int(each["cron"].split()[0])
        assert minute % 2 == 1
        assert 5 <= minute <= 55
        assert "workflow_dispatch" in triggers
        assert workflow["concurrency"]["cancel-in-progress"] is False


def test_both_actions_install_the_same() -> None:
    """By the same steps; the action that checks is in a folder below the package."""
    counting, checking = (
        {step.get("name", step.get("uses")): step for step in yaml.safe_load(path.read_text("utf-8"))["runs"]["steps"]}
        for path in ACTIONS
    )
    shared = [name for name in checking if "setup-python" in name or "cache" in name]
    for name in (*shared, "Identify the packages", "Install startrack", "Fetch the history"):
        expected = json.dumps(counting[name]).replace("$GITHUB_ACTION_PATH", "$GITHUB_ACTION_PATH/..")
        assert json.dumps(checking[name]) == expected, name
    assert len(shared) == 2


def test_the_check_never_checks_out_a_pull_request() -> None:
    """It runs for the event that gives foreign code no rights, on the base, with a token that may only read."""
    workflow = yaml.safe_load(
        (ROOT / "src" / "startrack" / "examples" / "startrack-check.yml").read_text(encoding="utf-8")
    )
    assert list(workflow[True]) == ["pull_request"]
    (job,) = workflow["jobs"].values()
    assert job["permissions"] == {"contents": "read", "pull-requests": "read"}
    checkout, check = job["steps"]
    assert checkout["with"] == {"ref": "${{ github.event.pull_request.base.sha }}", "persist-credentials": False}
    assert "run" not in check

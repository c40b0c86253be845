"""A rehearsal of the workflow for pull requests: the steps of the action, against a remote and the demo's GitHub."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from action_runner import REPOSITORY, ROOT, Runner
from gate_world import ADDED, EXEMPT, LIST, NOW, world
from gitting import git
from startrack.demo.access import Clock
from startrack.demo.server import Server, serving
from test_check import MARKER, diff

CHECK, FETCH = "Check the additions", "Fetch the history"
STEPS = ["Check the inputs", FETCH, CHECK]
RULES = """\
[[lists]]
source = "README.md"

[check]
min_stars = 50

[[check.exempt]]
section = "Datasets"
rules = ["min_stars"]
"""


@pytest.fixture
def github() -> Iterator[Server]:
    """Serve the small world."""
    with serving(world(), clock=Clock(NOW)) as server:
        yield server


@pytest.fixture
def runner(tmp_path: Path, github: Server) -> Runner:
    """Return a runner that has checked out the base of a pull request, as the example does: by its commit."""
    made = Runner(tmp_path, github, listed=LIST.encode())
    (made.checkout / "startrack.toml").write_text(RULES, encoding="utf-8")
    made.push(made.checkout, "rules")
    made.check_out()
    git(made.checkout, "checkout", "--quiet", "--detach")
    made.action = "check"
    made.environment |= {"GITHUB_EVENT_NAME": "pull_request", "GITHUB_WORKSPACE": str(made.checkout)}
    return made


def given() -> dict[str, str]:
    """Return the inputs that the example gives, with those of the event."""
    workflow = yaml.safe_load(
        (ROOT / "src" / "startrack" / "examples" / "startrack-check.yml").read_text(encoding="utf-8")
    )
    step = workflow["jobs"]["check"]["steps"][-1]
    assert step["uses"] == "Open-DataFlow/startrack/check@v1"
    return {**step["with"], "pull-request": "7"}


def test_the_workflow_judges_a_pull_request(runner: Runner, github: Server) -> None:
    """The job fails, its summary has the verdict, and nothing in the checkout or at the remote has changed."""
    github.pulls.diffs[REPOSITORY, 7] = diff(ADDED)
    before = git(runner.remote, "for-each-ref")
    done = runner.play(**given())
    assert [name for name, step in done.items() if step.returncode == 0] == STEPS[:2]
    assert done[CHECK].returncode == 1
    summary = (runner.top / "summary").read_text(encoding="utf-8")
    assert re.findall(r"^### (.*)$", summary, re.MULTILINE) == [
        "n/good passes", "n/archived fails", "a/before fails", "n/burst passes with warnings", "n/letters passes",
    ]  # fmt: skip
    assert git(runner.remote, "for-each-ref") == before
    assert git(runner.checkout, "status", "--porcelain") == ""
    assert not [request for request in github.requests if request.method in ("PATCH", "DELETE", "PUT")]
    assert {request.path for request in github.requests if request.method == "POST"} == {"/graphql"}


def test_a_good_addition_passes(runner: Runner, github: Server) -> None:
    """Also with a comment that is made once."""
    github.pulls.diffs[REPOSITORY, 7] = diff(LIST + EXEMPT)
    for _ in range(2):
        done = runner.play(**given() | {"comment": "true"})
        assert [(name, step.returncode) for name, step in done.items()] == [(name, 0) for name in STEPS]
    (comment,) = github.comments.by_issue[REPOSITORY, 7]
    assert str(comment["body"]).startswith(f"{MARKER}\n## Check of proposed additions\n\n1 project checked: 1 passes.")


def test_the_history_is_that_of_the_data_branch(runner: Runner, github: Server) -> None:
    """A candidate is compared with the list, as the workflow that counts has counted it."""
    runner.action = ""
    git(runner.checkout, "checkout", "--quiet", "main")
    runner.environment["GITHUB_EVENT_NAME"] = "schedule"
    counted = runner.play("Fetch the history", "Count and build", "Push the history")
    assert not [step.stderr for step in counted.values() if step.returncode]
    runner.check_out()
    git(runner.checkout, "checkout", "--quiet", "--detach")
    runner.action = "check"
    runner.environment["GITHUB_EVENT_NAME"] = "pull_request"
    github.pulls.diffs[REPOSITORY, 7] = diff(LIST + EXEMPT)
    assert runner.play(**given())[CHECK].returncode == 0
    summary = (runner.top / "summary").read_text(encoding="utf-8")
    assert "of the 8 other projects with known stars at that age" in summary


def test_a_pull_request_cannot_change_its_own_rules(runner: Runner, github: Server) -> None:
    """The rules are those of the base; the diff of another file is not even read as a list."""
    weaker = diff(RULES.replace("50", "1"), RULES, "startrack.toml")
    github.pulls.diffs[REPOSITORY, 7] = weaker + diff(LIST.replace("- [Gamma]", f"{EXEMPT}- [Gamma]"))
    done = runner.play(**given())
    assert done[CHECK].returncode == 1
    assert "min_stars: 12 stars; at least 50 are needed" in done[CHECK].stderr


def test_an_old_branch_that_no_longer_fits(runner: Runner, github: Server) -> None:
    """The job fails and says what to do, in the summary and in the comment too: an earlier verdict does not stay."""
    github.pulls.diffs[REPOSITORY, 7] = diff(LIST.replace("Gamma", "Other") + EXEMPT, LIST.replace("Gamma", "Other"))
    done = runner.play(**given() | {"comment": "true"})
    assert done[CHECK].returncode == 0  # the lines around it are still there
    github.pulls.diffs[REPOSITORY, 7] = diff(EXEMPT + "b\n", "b\n")
    done = runner.play(**given() | {"comment": "true"})
    assert done[CHECK].returncode == 1
    (comment,) = github.comments.by_issue[REPOSITORY, 7]
    for text in (done[CHECK].stderr, comment["body"], (runner.top / "summary").read_text(encoding="utf-8")):
        assert "the file has changed since; update the branch of the change" in str(text)
    del github.pulls.diffs[REPOSITORY, 7]
    assert runner.play(**given())[CHECK].returncode == 1


@pytest.mark.parametrize(
    "inputs", [{"history": "main"}, {"comment": "yes"}, {"pull-request": ""}, {"pull-request": "7; touch owned"}]
)
def test_wrong_inputs_are_refused(runner: Runner, inputs: dict[str, str]) -> None:
    """Before anything else happens, and never run as shell."""
    done = runner.play(**given() | inputs)
    assert list(done) == STEPS[:1]
    assert done[STEPS[0]].returncode == 2
    assert done[STEPS[0]].stdout.startswith("::error title=startrack::")
    assert not (runner.checkout / "owned").exists()

"""What the runner says of its job: from its variables and the file of its event."""

import json
from pathlib import Path

import pytest

from startrack import runner
from startrack.errors import WriteError


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        ("pull_request", "a pull request"),
        ("pull_request_target", "a pull request"),
        ("pull_request_review", "a pull request"),
        ("merge_group", "a merge queue"),
        ("schedule", None),
        ("push", None),
    ],
)
def test_events_for_which_nothing_is_written(event: str, reason: str | None) -> None:
    """Those whose code or repository is not the maintainer's."""
    job = runner.of({"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": event})
    assert (job.read_only_reason is None) == (reason is None)
    assert reason is None or reason in (job.read_only_reason or "")
    assert runner.of({"GITHUB_EVENT_NAME": event}).read_only_reason is None


@pytest.mark.parametrize(
    ("content", "is_fork"),
    [
        (json.dumps({"repository": {"fork": True}}), True),
        (json.dumps({"repository": {"fork": False}}), False),
        (json.dumps({"repository": {"fork": "true"}}), False),
        (json.dumps(["repository"]), False),
        ("{", False),
        (None, False),
    ],
)
def test_a_fork_by_the_file_of_the_event(tmp_path: Path, content: str | None, *, is_fork: bool) -> None:
    """Only where it says so; a file that cannot be read says nothing."""
    path = tmp_path / "event.json"
    if content is not None:
        path.write_text(content, encoding="ascii")
    job = runner.of({"GITHUB_ACTIONS": "true", "GITHUB_EVENT_PATH": str(path)})
    assert job.read_only_reason == ("the repository is a fork" if is_fork else None)


def test_results_are_appended_to_the_files_of_the_runner(tmp_path: Path) -> None:
    """An output is one line, whatever its value; without the files nothing is written."""
    job = runner.of({"GITHUB_OUTPUT": str(tmp_path / "output"), "GITHUB_STEP_SUMMARY": str(tmp_path / "summary")})
    job.set_output("one", "a\nchanged=true")
    job.set_output("two", "b")
    job.add_summary("text")
    runner.Runner().add_summary("nowhere")
    assert (tmp_path / "output").read_text(encoding="utf-8") == "one=a changed=true\ntwo=b\n"
    assert (tmp_path / "summary").read_text(encoding="utf-8") == "\ntext\n"


def test_a_file_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    """The message names it."""
    with pytest.raises(WriteError, match="cannot write the output file"):
        runner.of({"GITHUB_OUTPUT": str(tmp_path)}).set_output("one", "a")

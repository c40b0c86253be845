"""What a runner of GitHub Actions says of the job that it runs, and the files in which it takes results."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from startrack.errors import WriteError

__all__ = ["Runner", "of"]

_GITHUB = "https://github.com"
_MERGE_QUEUE = "merge_group"
_SUMMARY_BYTES = 2**20
_CUT = "\n\nThe rest is cut: GitHub shows 1 MiB of a job summary.\n"


@dataclass(frozen=True, slots=True)
class Runner:
    """The job, as its environment describes it; outside of Actions `is_actions` is false.

    `event` is the name of the event that started it, `is_fork` whether its repository is a fork, `repository` is
    OWNER/NAME, and `server_url` the address of GitHub's pages. `schedule` is the cron line that started the job, in the
    time zone `timezone`, empty if something else did. `workspace` is the folder with the checkout, `sha` its commit.
    The runner reads `output` and `summary` after the step.
    """

    is_actions: bool = False
    event: str = ""
    is_fork: bool = False
    repository: str | None = None
    server_url: str = _GITHUB
    schedule: str = ""
    timezone: str = "UTC"
    workspace: Path | None = None
    sha: str | None = None
    output: Path | None = None
    summary: Path | None = None

    @property
    def read_only_reason(self) -> str | None:
        """Why the job must not write to its repository, `None` if it may."""
        if not self.is_actions:
            return None
        if self.event.startswith("pull_request"):  # also pull_request_target and those of reviews
            return "this run is for a pull request"
        if self.event == _MERGE_QUEUE:
            return "this run is for a merge queue"
        return "the repository is a fork" if self.is_fork else None

    def add_summary(self, text: str) -> None:
        """Append Markdown to the job summary, if there is one. Raises WriteError.

        It is cut at the end of a line where GitHub would refuse the summary, and the cut is said.
        """
        if self.summary:
            used = self.summary.stat().st_size if self.summary.is_file() else 0
            _append(self.summary, _fitting(f"\n{text}\n", _SUMMARY_BYTES - used), "job summary")

    def set_output(self, name: str, value: str) -> None:
        """Set an output of the step, if it has any; the value must be one line. Raises WriteError."""
        _append(self.output, f"{name}={' '.join(value.split())}\n", "output file")


def of(variables: Mapping[str, str]) -> Runner:
    """Return the runner that environment variables describe."""
    names = ("GITHUB_WORKSPACE", "GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")
    workspace, output, summary = (Path(path) if (path := variables.get(name)) else None for name in names)
    return Runner(
        is_actions=variables.get("GITHUB_ACTIONS") == "true",
        event=variables.get("GITHUB_EVENT_NAME", ""),
        is_fork=_is_fork(variables.get("GITHUB_EVENT_PATH")),
        repository=variables.get("GITHUB_REPOSITORY") or None,
        server_url=variables.get("GITHUB_SERVER_URL") or _GITHUB,
        schedule=variables.get("STARTRACK_SCHEDULE", ""),
        timezone=variables.get("STARTRACK_SCHEDULE_TIMEZONE") or "UTC",
        workspace=workspace,
        sha=variables.get("GITHUB_SHA") or None,
        output=output,
        summary=summary,
    )


def _is_fork(event_file: str | None) -> bool:
    """Return whether the file of the event says that the repository is a fork; not if it cannot be read."""
    try:
        event = json.loads(Path(event_file).read_bytes()) if event_file else {}
        return event["repository"]["fork"] is True
    except (OSError, ValueError, LookupError, TypeError):
        return False


def _fitting(text: str, room: int) -> str:
    """Return a text of at most so many bytes: where it is longer, whole lines of it and that the rest is cut."""
    data = text.encode(errors="replace")
    if len(data) <= room:
        return text
    lines = data[: max(0, room - len(_CUT.encode()))].rpartition(b"\n")[0].decode()
    return lines + _CUT if lines else ""


def _append(path: Path | None, text: str, name: str) -> None:
    if path is None:
        return
    try:
        with path.open("a", encoding="utf-8", errors="replace", newline="\n") as file:
            file.write(text)
    except OSError as error:
        raise WriteError(f"cannot write the {name} {path}: {error.strerror}") from error

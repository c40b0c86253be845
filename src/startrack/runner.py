"""What a runner of GitHub Actions says of the job that it runs, and the files in which it takes results."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from startrack.errors import WriteError

__all__ = ["Runner", "of"]

_GITHUB = "https://github.com"
_MERGE_QUEUE = "merge_group"


@dataclass(frozen=True, slots=True)
class Runner:
    """The job, as its environment describes it; outside of Actions `is_actions` is false.

    `event` is the name of the event that started it, `is_fork` whether its repository is a fork, `repository` is
    OWNER/NAME, and `server_url` the address of GitHub's pages. `schedule` is the cron line that started the job, in the
    time zone `timezone`, empty if something else did. The runner reads `output` and `summary` after the step.
    """

    is_actions: bool = False
    event: str = ""
    is_fork: bool = False
    repository: str | None = None
    server_url: str = _GITHUB
    schedule: str = ""
    timezone: str = "UTC"
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
        """Append Markdown to the job summary, if there is one. Raises WriteError."""
        _append(self.summary, f"\n{text}\n", "job summary")

    def set_output(self, name: str, value: str) -> None:
        """Set an output of the step, if it has any; the value must be one line. Raises WriteError."""
        _append(self.output, f"{name}={' '.join(value.split())}\n", "output file")


def of(variables: Mapping[str, str]) -> Runner:
    """Return the runner that environment variables describe."""
    output, summary = (variables.get(name) for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"))
    return Runner(
        is_actions=variables.get("GITHUB_ACTIONS") == "true",
        event=variables.get("GITHUB_EVENT_NAME", ""),
        is_fork=_is_fork(variables.get("GITHUB_EVENT_PATH")),
        repository=variables.get("GITHUB_REPOSITORY") or None,
        server_url=variables.get("GITHUB_SERVER_URL") or _GITHUB,
        schedule=variables.get("STARTRACK_SCHEDULE", ""),
        timezone=variables.get("STARTRACK_SCHEDULE_TIMEZONE") or "UTC",
        output=Path(output) if output else None,
        summary=Path(summary) if summary else None,
    )


def _is_fork(event_file: str | None) -> bool:
    """Return whether the file of the event says that the repository is a fork; not if it cannot be read."""
    try:
        event = json.loads(Path(event_file).read_bytes()) if event_file else {}
        return event["repository"]["fork"] is True
    except (OSError, ValueError, LookupError, TypeError):
        return False


def _append(path: Path | None, text: str, name: str) -> None:
    if path is None:
        return
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise WriteError(f"cannot write the {name} {path}: {error.strerror}") from error

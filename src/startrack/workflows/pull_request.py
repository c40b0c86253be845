"""The pull request with what startrack made: one branch, one pull request, updated by each run."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from startrack.config import Config
from startrack.dashboards.pages.digest import markdown
from startrack.errors import ConfigError
from startrack.github import pull_requests
from startrack.github.client import Client
from startrack.github.pull_requests import NotAllowed, Proposal
from startrack.runner import Runner
from startrack.workflows import commit
from startrack.workflows.report import create_site_report

__all__ = ["PullRequestResult", "run"]


@dataclass(frozen=True, slots=True)
class PullRequestResult:
    """The commit that the branch now has, and the URL of its pull request; `None` where there is none.

    `compare` is the URL of the page on which a person can make the pull request that this token may not make.
    """

    commit: str | None = None
    url: str | None = None
    problems: tuple[str, ...] = ()
    compare: str | None = None


def run(config: Config, message: str, client: Client, job: Runner, sleep: Callable[[float], None]) -> PullRequestResult:
    """Push what startrack made to its branch, if it has changed, and make or update the pull request.

    Raises PushError, and GitHubError if the pull request can neither be made nor is refused.
    """
    if job.repository is None:
        raise ConfigError("--pull-request needs the repository; set GITHUB_REPOSITORY=OWNER/NAME")
    proposed = commit.propose(config, message, sleep)
    if proposed is None:
        return PullRequestResult()
    body = markdown.pull_request(create_site_report(config, None))
    proposal = Proposal(
        job.repository, commit.UPDATE_BRANCH, proposed.base, proposed.commit, message.strip().splitlines()[0], body
    )
    made = pull_requests.publish(client, proposal)
    if isinstance(made, NotAllowed):
        address = f"{job.server_url}/{quote(job.repository)}"
        compare = f"{address}/compare/{quote(proposed.base)}...{quote(commit.UPDATE_BRANCH)}?expand=1"
        return PullRequestResult(proposed.commit, None, (_problem(made, address),), compare)
    return PullRequestResult(proposed.commit, made.url if made else None)


def _problem(refused: NotAllowed, address: str) -> str:
    """Return what to do if GitHub does not let this token make a pull request."""
    if "not permitted to create" in refused.detail:
        remedy = (
            "allow it at the end of Settings, Actions, General "
            f'("Allow GitHub Actions to create and approve pull requests"; {address}/settings/actions)'
        )
    else:
        remedy = "give the job `permissions: pull-requests: write`"
    return f"no pull request was made, but its branch is pushed; {remedy}. GitHub says: {refused.detail}"

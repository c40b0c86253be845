"""One pull request: made once, then updated; what GitHub refuses is told apart from what fails."""

from dataclasses import replace

import pytest

from conftest import connect
from startrack.demo.faults import FaultRule, Reply
from startrack.demo.server import Server
from startrack.errors import GitHubError
from startrack.github import pull_requests
from startrack.github.pull_requests import NotAllowed, Proposal, PullRequest

PROPOSAL = Proposal("o/list", "startrack/update", "main", "a" * 40, "Update", "What happened")
FIRST = PullRequest(1, "https://github.com/o/list/pull/1")


def publish(github: Server, proposal: Proposal = PROPOSAL) -> PullRequest | NotAllowed | None:
    """Make or update the pull request of a proposal."""
    with connect(github) as client:
        return pull_requests.publish(client, proposal)


def methods(github: Server) -> list[str]:
    """Return the methods of the requests so far."""
    return [request.method for request in github.requests]


def test_it_is_made_once_and_then_updated(github: Server) -> None:
    """An unchanged text is not sent again."""
    assert publish(github) == FIRST
    assert publish(github) == FIRST
    assert publish(github, replace(PROPOSAL, body="What happened since", commit="b" * 40)) == FIRST
    assert methods(github) == ["GET", "POST", "GET", "GET", "PATCH"]
    (pull,) = github.pulls.by_repository["o/list"]
    assert (pull["title"], pull["body"]) == ("Update", "What happened since")


def test_another_base_has_its_own(github: Server) -> None:
    """A pull request into another branch is left alone, and so is one of another branch."""
    assert publish(github, replace(PROPOSAL, base="docs", head="docs/update")) == FIRST
    assert publish(github) == PullRequest(2, "https://github.com/o/list/pull/2")


def test_what_was_declined_is_not_proposed_again(github: Server) -> None:
    """Another commit is."""
    github.pulls.heads["startrack/update"] = PROPOSAL.commit
    publish(github)
    github.pulls.by_repository["o/list"][0]["state"] = "closed"
    assert publish(github) is None
    assert publish(github, replace(PROPOSAL, commit="b" * 40)) == PullRequest(2, "https://github.com/o/list/pull/2")


def test_a_setting_that_forbids_it(github: Server) -> None:
    """GitHub says so with status 403; one that is open already is updated all the same."""
    github.pulls.is_permitted = False
    assert publish(github) == NotAllowed("GitHub Actions is not permitted to create or approve pull requests.")
    github.pulls.is_permitted = True
    publish(github)
    github.pulls.is_permitted = False
    assert publish(github, replace(PROPOSAL, body="new")) == FIRST


def test_a_token_that_may_not_write_them(github: Server) -> None:
    """Neither make one nor change one."""
    publish(github)
    github.pulls.may_write = False
    assert publish(github, replace(PROPOSAL, body="new")) == NotAllowed("Resource not accessible by integration")
    github.pulls.by_repository.clear()
    assert publish(github) == NotAllowed("Resource not accessible by integration")


def answer(github: Server, status: int, body: str, containing: str = "") -> None:
    """Let the next request about pull requests, or the next with a text in its body, get an answer."""
    github.faults.add(FaultRule(Reply(status, body), path="*/pulls*", containing=containing, times=1))


def test_two_runs_make_one(github: Server) -> None:
    """The one that comes second takes that of the first."""
    publish(github)
    answer(github, 200, "[]")
    assert publish(github) == FIRST
    assert methods(github)[2:] == ["GET", "POST", "GET"]


def test_nothing_to_merge_is_no_failure(github: Server) -> None:
    """For example if the change was merged in the meantime."""
    message = (
        '{"message": "Validation Failed", "errors": [{"message": "No commits between main and startrack/update"}]}'
    )
    answer(github, 422, message, "title")
    assert publish(github) is None


@pytest.mark.parametrize(
    ("status", "body", "containing"),
    [
        (404, '{"message": "Not Found"}', ""),
        (422, '{"message": "Validation Failed"}', "title"),
        (201, "[]", "title"),
        (201, '{"number": "1", "html_url": "javascript:x", "state": "open"}', "title"),
        (200, '{"message": "?"}', ""),
        (200, "<html>", ""),
    ],
)
def test_any_other_answer_is_an_error(github: Server, status: int, body: str, containing: str) -> None:
    """It names the status and what GitHub says; a request that changes something is not repeated."""
    answer(github, status, body, containing)
    with pytest.raises(GitHubError, match=f"pull request cannot be used .status {status}.: "):
        publish(github)
    assert methods(github).count("POST") <= 1


def test_a_reading_token_may_be_refused_at_once(github: Server) -> None:
    """Some installations may not even list them."""
    answer(github, 403, '{"message": "Resource not accessible by integration"}')
    assert publish(github) == NotAllowed("Resource not accessible by integration")

"""One issue: made once, edited where its text changes, closed when nothing is left, and never a second one."""

from dataclasses import replace

import pytest

from conftest import connect
from startrack.demo.faults import FaultRule, Reply
from startrack.demo.issues import Issue as DemoIssue
from startrack.demo.server import Server
from startrack.errors import GitHubError
from startrack.github import issues
from startrack.github.issues import Issue, IssueText
from startrack.github.rest_replies import NotAllowed

MARKER = "<!-- startrack:health-issue -->"
TEXT = IssueText("o/list", MARKER, "Health", f"{MARKER}\n\n2 findings")
DONE = replace(TEXT, body=f"{MARKER}\n\nNo findings", is_done=True)
FIRST = Issue(1, "https://github.com/o/list/issues/1")


def keep(github: Server, text: IssueText = TEXT) -> Issue | NotAllowed | None:
    """Keep the issue."""
    with connect(github) as client:
        return issues.keep(client, text)


def changes(github: Server) -> list[str]:
    """Return the methods of the requests of REST that change something."""
    return [
        request.method
        for request in github.requests
        if request.method != "GET" and not request.path.endswith("graphql")
    ]


def only(github: Server) -> DemoIssue:
    """Return the only issue of the repository."""
    (issue,) = github.issues.by_repository["o/list"]
    return issue


def test_it_is_made_once_and_then_edited(github: Server) -> None:
    """An unchanged text is not sent again, not even if a person's editor has changed its line ends."""
    assert keep(github) == FIRST
    only(github)["body"] = TEXT.body.replace("\n", "\r\n")
    assert keep(github) == FIRST
    assert keep(github, replace(TEXT, body=f"{MARKER}\n\n3 findings")) == FIRST
    assert changes(github) == ["POST", "PATCH"]
    assert only(github)["body"] == f"{MARKER}\n\n3 findings"


def test_a_title_that_somebody_changed_stays(github: Server) -> None:
    """Only the text is startrack's."""
    keep(github)
    only(github)["title"] = "To do"
    keep(github, replace(TEXT, body=f"{MARKER}\n\nmore"))
    assert only(github)["title"] == "To do"


def test_nothing_left_closes_it(github: Server) -> None:
    """Once; without an issue there is nothing to close. New findings open it again."""
    assert keep(github, DONE) is None
    keep(github)
    assert keep(github, DONE) == replace(FIRST, is_open=False)
    assert (only(github)["state"], only(github)["state_reason"]) == ("closed", "completed")
    keep(github, DONE)
    assert keep(github) == FIRST
    assert (only(github)["state"], only(github)["body"]) == ("open", TEXT.body)
    assert changes(github) == ["POST", "PATCH", "PATCH"]


def test_what_somebody_closed_stays_closed_until_the_text_changes(github: Server) -> None:
    """One that was closed as not planned stays closed with any text, and there is no second one."""
    keep(github)
    only(github)["state"] = "closed"
    only(github)["state_reason"] = "completed"
    assert keep(github) == replace(FIRST, is_open=False)
    assert keep(github, replace(TEXT, body=f"{MARKER}\n\n3 findings")) == FIRST
    only(github)["state"] = "closed"
    only(github)["state_reason"] = "not_planned"
    assert keep(github, replace(TEXT, body=f"{MARKER}\n\n4 findings")) == replace(FIRST, is_open=False)
    assert changes(github) == ["POST", "PATCH"]


@pytest.mark.parametrize("author", ["maintainer", "github-actions[bot]", "our-app[bot]"])
@pytest.mark.parametrize("has_filter", [True, False])
def test_it_is_found_by_its_author(github: Server, author: str, has_filter: bool) -> None:  # noqa: FBT001 - a parameter
    """A copy of its text by any other account is left alone, and so is a pull request; more issues are on other pages.

    Also where GitHub cannot look for the issues of the account.
    """
    github.account.login = author
    keep(github)
    for stranger in ("stranger", "stranger[bot]"):
        github.issues.add("o/list", "Copy", TEXT.body, stranger)
    github.issues.add("o/list", "Pull", TEXT.body, author)["pull_request"] = {}
    for number in range(150):
        github.issues.add("o/list", f"Other {number}", "text", author)
    if not has_filter:
        github.faults.add(FaultRule(Reply(422, '{"message": "Validation Failed"}'), path="*/issues", times=1))
    assert keep(github, replace(TEXT, body=f"{MARKER}\n\nmore")) == FIRST
    assert changes(github) == ["POST", "PATCH"]
    assert [issue["body"] for issue in github.issues.by_repository["o/list"][1:4]] == [TEXT.body] * 3


def test_of_two_the_open_one_is_kept(github: Server) -> None:
    """Whichever is newer."""
    keep(github)
    second = github.issues.add("o/list", "Again", TEXT.body, github.account.login)
    second["state"] = "closed"
    assert keep(github) == FIRST


def test_what_is_refused_is_said(github: Server) -> None:
    """A token that may only read, and a repository without issues; neither ends a run."""
    github.issues.may_write = False
    assert keep(github) == NotAllowed("Resource not accessible by integration")
    github.issues.is_enabled = False
    assert keep(github) == NotAllowed("Issues has been disabled in this repository.", is_disabled=True)


@pytest.mark.parametrize(
    ("status", "body", "containing"),
    [
        (404, '{"message": "Not Found"}', ""),
        (200, "<html>", ""),
        (422, '{"message": "Validation Failed"}', "title"),
        (201, '{"number": 1, "html_url": "javascript:x", "state": "open", "user": {}, "body": ""}', "title"),
        (200, '[{"number": "1"}]', ""),
    ],
)
def test_any_other_answer_is_an_error(github: Server, status: int, body: str, containing: str) -> None:
    """It names the status; a request that changes something is not repeated."""
    rule = FaultRule(Reply(status, body), path="*/issues*", containing=containing, times=1)
    github.faults.add(rule)
    with pytest.raises(GitHubError, match=f"about an issue cannot be used .status {status}.: "):
        keep(github)
    assert changes(github).count("POST") <= 1


def test_an_unchanged_issue_costs_two_requests(github: Server) -> None:
    """Who the token belongs to, and the issues of that user."""
    keep(github)
    before = len(github.requests)
    keep(github)
    assert len(github.requests) - before == 2

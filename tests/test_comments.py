"""One comment on a pull request: made once, edited in place; what GitHub refuses is told apart from what fails."""

from dataclasses import replace

import pytest

from conftest import connect
from startrack.demo.faults import FaultRule, Reply
from startrack.demo.server import Server
from startrack.errors import GitHubError, SourceError
from startrack.github import comments, rest
from startrack.github.comments import Comment, CommentText
from startrack.github.rest_replies import NotAllowed

MARKER = "<!-- startrack:check -->"
TEXT = CommentText("o/list", 7, MARKER, f"{MARKER}\nIt passes.\n")
FIRST = Comment(1_000, "https://github.com/o/list/pull/7#issuecomment-1000")
OURS, KEY = "github-actions[bot]", ("o/list", 7)


def keep(github: Server, text: CommentText = TEXT) -> Comment | NotAllowed | None:
    """Make or edit the comment."""
    with connect(github) as client:
        return comments.keep(client, text)


def bodies(github: Server) -> list[object]:
    """Return the texts of all comments."""
    return [comment["body"] for comment in github.comments.by_issue.get(KEY, [])]


def writes(github: Server) -> list[str]:
    """Return the methods of the requests of REST that may change something."""
    return [
        request.method
        for request in github.requests
        if request.method != "GET" and not request.path.endswith("graphql")
    ]


def test_it_is_made_once_and_edited_in_place(github: Server) -> None:
    """An unchanged text is not sent again, also if somebody's edit on the page has changed its line ends."""
    assert keep(github) == FIRST
    assert keep(github) == FIRST
    github.comments.by_issue[KEY][0]["body"] = TEXT.body.replace("\n", "\r\n")
    assert keep(github) == FIRST
    assert keep(github, replace(TEXT, body=f"{MARKER}\nIt fails.\n")) == FIRST
    assert writes(github) == ["POST", "PATCH"]
    assert bodies(github) == [f"{MARKER}\nIt fails.\n"]


def test_comments_of_others_are_left_alone(github: Server) -> None:
    """Those that quote ours, those that somebody else has begun with the marker, and those on other pages."""
    for number in range(120):
        github.comments.add(*KEY, f"comment {number}", "somebody")
    github.comments.add(*KEY, f"> {MARKER}", OURS)
    github.comments.add(*KEY, TEXT.body, "somebody")
    github.comments.add("o/list", 8, TEXT.body, OURS)
    assert keep(github) == Comment(1_123, "https://github.com/o/list/pull/7#issuecomment-1123")
    assert keep(github, replace(TEXT, body=f"{MARKER}\nnew")) == Comment(1_123, FIRST.url.replace("1000", "1123"))
    assert len(bodies(github)) == 123
    assert bodies(github)[121:] == [TEXT.body, f"{MARKER}\nnew"]


def test_of_two_the_older_is_edited(github: Server) -> None:
    """Two runs at once may have made two; the newer one stays as it is."""
    for _ in range(2):
        github.comments.add(*KEY, f"{MARKER}\nold", OURS)
    assert keep(github) == FIRST
    assert bodies(github) == [TEXT.body, f"{MARKER}\nold"]


def test_nothing_to_say_makes_no_comment(github: Server) -> None:
    """One that is there is edited."""
    quiet = replace(TEXT, body=f"{MARKER}\nNothing.", is_needed=False)
    assert keep(github, quiet) is None
    keep(github)
    assert keep(github, quiet) == FIRST
    assert bodies(github) == [f"{MARKER}\nNothing."]


@pytest.mark.parametrize("login", [OURS, "our-app[bot]", "maintainer"])
def test_only_our_own_comment_is_edited(github: Server, login: str) -> None:
    """By a job, another app or a user: a stranger's comment with our marker is not touched and does not silence us."""
    github.account.login = login
    strangers = [name for name in ("stranger", "stranger[bot]", OURS, "maintainer") if name != login]
    for name in strangers:
        github.comments.add(*KEY, TEXT.body, name)
    keep(github)
    for name in strangers:
        github.comments.add(*KEY, TEXT.body, name)
    github.account.login = login.upper()  # GitHub ignores case
    keep(github, replace(TEXT, body=f"{MARKER}\nnew"))
    others = [TEXT.body] * len(strangers)
    assert bodies(github) == [*others, f"{MARKER}\nnew", *others]
    assert writes(github) == ["POST", "PATCH"]


def test_nothing_is_written_while_it_is_not_known_who_we_are(github: Server) -> None:
    """A second comment in each run would be worse than none."""
    github.comments.add(*KEY, TEXT.body, OURS)
    github.faults.add(FaultRule(Reply(200, '{"data": {"viewer": null}}'), path="/graphql"))
    with pytest.raises(GitHubError, match="GitHub does not say whose token this is"):
        keep(github, replace(TEXT, body=f"{MARKER}\nnew"))
    assert bodies(github) == [TEXT.body]


def test_a_token_that_may_not_write(github: Server) -> None:
    """Neither make one nor edit one; GitHub's own words are kept."""
    refused = NotAllowed("Resource not accessible by integration")
    github.comments.may_write = False
    assert keep(github) == refused
    github.comments.add(*KEY, f"{MARKER}\nold", OURS)
    assert keep(github) == refused
    github.faults.add(FaultRule(Reply(404, '{"message": "Not Found"}'), path="*/comments"))
    assert keep(github) == NotAllowed("Not Found")


@pytest.mark.parametrize(
    ("status", "body"), [(422, '{"message": "Validation Failed"}'), (201, "[]"), (201, '{"id": -1}'), (200, "<html>")]
)
def test_any_other_answer_is_an_error(github: Server, status: int, body: str) -> None:
    """It names the status; a request that changes something is not repeated."""
    github.faults.add(FaultRule(Reply(status, body), path="*/comments", containing="passes"))
    with pytest.raises(GitHubError, match=f"a comment cannot be used .status {status}.: "):
        keep(github)
    assert writes(github) == ["POST"]


def test_a_diff_by_the_api(github: Server) -> None:
    """Its bytes as they are; one that is too large or not there is an error that says what to do."""
    github.pulls.diffs["o/list", 7] = b"diff --git \xff\r\n"
    github.pulls.diffs["o/list", 8] = b"+\n" * 20_001
    with connect(github) as client:
        assert rest.fetch_diff(client, "o/list", 7) == b"diff --git \xff\r\n"
        with pytest.raises(SourceError, match="pull request 8 is too large for GitHub's API; check it in a clone"):
            rest.fetch_diff(client, "o/list", 8)
        with pytest.raises(SourceError, match=r"o/list has no readable pull request 9 .status 404."):
            rest.fetch_diff(client, "o/list", 9)

"""The comment on a pull request with the verdict about what it adds: one, edited in place."""

from startrack.errors import GitHubError
from startrack.github import comments
from startrack.github.client import Client
from startrack.github.comments import CommentText
from startrack.github.rest_replies import NotAllowed
from startrack.workflows import check_report
from startrack.workflows.candidates import InPullRequest
from startrack.workflows.check import CheckResult

__all__ = ["keep"]


def keep(client: Client, pull: InPullRequest, result: CheckResult, verdict: str) -> str | None:
    """Make or edit the comment; return why it is not there, `None` if it is, or if there is nothing to say.

    Whatever goes wrong with it, the verdict stands, and the job summary has it.
    """
    text = CommentText(
        pull.repository,
        pull.number,
        check_report.COMMENT_MARKER,
        check_report.comment(verdict),
        is_needed=bool(result.judgements or result.problems),
    )
    try:
        kept = comments.keep(client, text)
    except GitHubError as error:
        return f"the comment with the verdict was not written: {error}"
    if not isinstance(kept, NotAllowed):
        return None
    return (
        "the comment with the verdict was not written, because this token may not (those of forks never may); "
        f"to allow it, give the job `permissions: pull-requests: write`. GitHub says: {kept.detail}"
    )

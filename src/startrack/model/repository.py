"""What GitHub says of a repository, and what a run observes: counted, or missing with the reason."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

__all__ = [
    "Counted",
    "Details",
    "KnownRepository",
    "Missing",
    "Observation",
    "Reason",
    "Repository",
    "RepositoryFacts",
    "name_key",
]


def name_key(name: str) -> str:
    """Return OWNER/NAME in lower case: GitHub ignores case, so two spellings are one repository."""
    return name.lower()


class Reason(StrEnum):
    """The reason why a repository could not be counted."""

    NOT_FOUND = "not_found"
    DMCA = "dmca"
    TOS = "tos"
    SAML = "saml"
    MOVED = "moved"
    FAILED = "failed"
    NOT_ASKED = "not_asked"

    @classmethod
    def _missing_(cls, value: object) -> "Reason":
        """Read a reason that only a newer startrack knows as a failure."""
        del value
        return cls.FAILED


@dataclass(frozen=True, slots=True)
class RepositoryFacts:
    """What GitHub says of a repository and what seldom changes.

    `repo_id` is GitHub's number for it, which stays the same when the repository is renamed. These fields are columns
    of the table `repos` and of `repositories.csv` under the same names.
    """

    repo_id: int
    name: str
    node_id: str | None = None
    url: str | None = None
    description: str | None = None
    language: str | None = None
    license: str | None = None
    created_at: datetime | None = None
    default_branch: str | None = None
    is_archived: bool = False
    archived_at: datetime | None = None
    is_fork: bool = False
    is_disabled: bool = False
    is_locked: bool = False
    is_mirror: bool = False


@dataclass(frozen=True, slots=True)
class Repository(RepositoryFacts):
    """A repository with the last commit of its default branch; both are `None` where it has no commit."""

    head_oid: str | None = None
    head_committed_on: date | None = None


@dataclass(frozen=True, slots=True)
class Details:
    """Figures and facts that are expensive to query, or seldom change, so they are not fetched every day.

    `parent` is the OWNER/NAME of the repository that this one is a fork of, and `parent_id` its id. Both are `None` if
    it is no fork, if GitHub does not show the other one, or if that was not fetched yet. `releases` is their number,
    which only a check asks for.
    """

    open_issues: int | None = None
    open_prs: int | None = None
    watchers: int | None = None
    topics: tuple[str, ...] = ()
    latest_release: str | None = None
    latest_release_at: datetime | None = None
    parent: str | None = None
    parent_id: int | None = None
    releases: int | None = None


@dataclass(frozen=True, slots=True)
class Counted:
    """The observation of a repository that GitHub returned.

    `asked` is the OWNER/NAME of the request, which may be an old name. `taken_at` is set where the count comes from an
    earlier run that this run resumes.
    """

    asked: str
    repository: Repository
    stars: int
    forks: int
    commits: int | None = None
    details: Details | None = None
    taken_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Missing:
    """The observation of a repository that could not be counted, with the reason; `taken_at` as in `Counted`."""

    asked: str
    reason: Reason
    detail: str = ""
    repo_id: int | None = None
    taken_at: datetime | None = None


Observation = Counted | Missing


@dataclass(frozen=True, slots=True)
class KnownRepository:
    """What earlier runs recorded of a repository under one of its names.

    `head` are the first eight hex digits of its last commit and `commits` its commit total. `seen_at` is when it was
    last counted, `details_at` when its details were.
    """

    name: str
    repo_id: int
    head: str | None = None
    commits: int | None = None
    seen_at: datetime | None = None
    details_at: datetime | None = None

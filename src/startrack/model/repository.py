"""What GitHub says of a repository, and what a run saw of it: counted, or missing with the reason."""

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
    "name_key",
]


def name_key(name: str) -> str:
    """Return the form of OWNER/NAME under which GitHub takes two spellings for one repository."""
    return name.lower()


# ── What a run sees ──────────────────────────────────────────────────────────────────────────────────────


class Reason(StrEnum):
    """Why a repository could not be counted."""

    NOT_FOUND = "not_found"
    DMCA = "dmca"
    TOS = "tos"
    SAML = "saml"
    MOVED = "moved"
    FAILED = "failed"
    NOT_ASKED = "not_asked"

    @classmethod
    def _missing_(cls, value: object) -> "Reason":
        """Take a reason of a later startrack's files for a failure."""
        del value
        return cls.FAILED


@dataclass(frozen=True, slots=True)
class Repository:
    """What GitHub says a repository is, apart from its figures; `repo_id` is GitHub's own number for it."""

    repo_id: int
    name: str
    node_id: str | None = None
    url: str | None = None
    description: str | None = None
    language: str | None = None
    license: str | None = None
    created_at: datetime | None = None
    head_oid: str | None = None
    head_committed_on: date | None = None
    default_branch: str | None = None
    is_archived: bool = False
    archived_at: datetime | None = None
    is_fork: bool = False
    is_disabled: bool = False
    is_locked: bool = False
    is_mirror: bool = False


@dataclass(frozen=True, slots=True)
class Details:
    """The figures and facts that cost GitHub more work, so they are not asked for every day."""

    open_issues: int | None = None
    open_prs: int | None = None
    watchers: int | None = None
    topics: tuple[str, ...] = ()
    latest_release: str | None = None
    latest_release_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Counted:
    """A repository that answered. `asked` is the OWNER/NAME it was asked by, which may be an old name.

    `taken_at` is when, where that was not in this run but in one that it goes on from.
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
    """A repository that did not answer, and why; `taken_at` as in `Counted`."""

    asked: str
    reason: Reason
    detail: str = ""
    repo_id: int | None = None
    taken_at: datetime | None = None


Observation = Counted | Missing


@dataclass(frozen=True, slots=True)
class KnownRepository:
    """What earlier runs left to go by: a name, the number behind it, the start of its head's oid, its commit total.

    `seen_at` is when it was last counted, `details_at` when its details were last known.
    """

    name: str
    repo_id: int
    head: str | None = None
    commits: int | None = None
    seen_at: datetime | None = None
    details_at: datetime | None = None

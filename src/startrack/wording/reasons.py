"""Why a figure is not known, in words."""

from typing import Final

from startrack.model.changes import Unknown
from startrack.model.repository import Missing, Reason
from startrack.wording.phrases import strip_direction_marks

__all__ = [
    "full",
    "missing",
    "short",
    "unknown",
]


_REASONS: Final = {
    Reason.NOT_FOUND: "not found: deleted, private or never there",
    Reason.DMCA: "blocked after a copyright (DMCA) notice",
    Reason.TOS: "blocked for a breach of GitHub's terms",
    Reason.SAML: "closed to this token by single sign-on",
    Reason.MOVED: "moved to another repository",
    Reason.FAILED: "GitHub did not answer for it",
    Reason.NOT_ASKED: "not asked for in the last run",
}

_BRIEFLY: Final = {
    Reason.NOT_FOUND: "not found",
    Reason.DMCA: "blocked: DMCA",
    Reason.TOS: "blocked: terms of service",
    Reason.SAML: "needs SAML",
    Reason.MOVED: "moved",
    Reason.FAILED: "no answer",
    Reason.NOT_ASKED: "not asked yet",
}


_UNKNOWNS: Final = {
    Unknown.NOT_COUNTED: "it has never been counted",
    Unknown.TOO_YOUNG: "the first count is younger than the window",
    Unknown.GAP: "no count was taken near the start of the window, other than the last one",
}


def missing(seen: Missing) -> str:
    """Return why a repository could not be counted."""
    detail = strip_direction_marks(seen.detail)
    return f"{full(seen.reason)} ({detail})" if detail else full(seen.reason)


def full(value: Reason) -> str:
    """Return why a repository could not be counted, in a sentence's words."""
    return _REASONS[value]


def short(value: Reason) -> str:
    """Return why a repository could not be counted, in as few words as a table's cell has room for."""
    return _BRIEFLY[value]


def unknown(unknown: Unknown) -> str:
    """Return what stands behind an unknown change."""
    return _UNKNOWNS[unknown]

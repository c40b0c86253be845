"""Why a repository could not be counted, in short words and in sentences, and why a change is not known."""

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


_FULL: Final = {
    Reason.NOT_FOUND: "not found: deleted, private or never existed",
    Reason.DMCA: "blocked after a copyright (DMCA) notice",
    Reason.TOS: "blocked for violating GitHub's terms of service",
    Reason.SAML: "hidden from this token by single sign-on (SAML)",
    Reason.MOVED: "moved to another repository",
    Reason.FAILED: "GitHub gave no answer for it",
    Reason.NOT_ASKED: "not requested in the last run",
}

_SHORT: Final = {
    Reason.NOT_FOUND: "not found",
    Reason.DMCA: "blocked: DMCA",
    Reason.TOS: "blocked: terms of service",
    Reason.SAML: "needs SAML",
    Reason.MOVED: "moved",
    Reason.FAILED: "no answer",
    Reason.NOT_ASKED: "not requested yet",
}


_UNKNOWN: Final = {
    Unknown.NOT_COUNTED: "there is no count yet",
    Unknown.TOO_YOUNG: "the first count was taken after the start of the window",
    Unknown.GAP: "no earlier count is near the start of the window",
}


def missing(observation: Missing) -> str:
    """Return why a repository could not be counted, with GitHub's own message if it gave one."""
    detail = strip_direction_marks(observation.detail)
    return f"{full(observation.reason)} ({detail})" if detail else full(observation.reason)


def full(reason: Reason) -> str:
    """Return why a repository could not be counted, as part of a sentence."""
    return _FULL[reason]


def short(reason: Reason) -> str:
    """Return why a repository could not be counted, short enough for a table cell."""
    return _SHORT[reason]


def unknown(reason: Unknown) -> str:
    """Return why a change is not known, as part of a sentence."""
    return _UNKNOWN[reason]

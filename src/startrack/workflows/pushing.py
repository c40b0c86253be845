"""What all pushes share: further attempts after a race or a lost connection, and pages of merged counts."""

from collections.abc import Callable
from typing import Final, TypeVar

from startrack.config import Config
from startrack.errors import PushError, StartrackError
from startrack.git import Refusal
from startrack.workflows import build

__all__ = ["rebuild", "retry"]

Result = TypeVar("Result")

_ATTEMPTS: Final = 6
_FIRST_PAUSE: Final = 2.0
"""Seconds before the second attempt if the remote was not reached; each later pause is twice as long."""


def retry(attempt: Callable[[], Result | Refusal], sleep: Callable[[float], None]) -> Result:
    """Return what an attempt returns; try again after a race, which it has merged, and if the remote was not reached.

    Raises PushError with the cause if it is refused, or after the last attempt.
    """
    for number in range(_ATTEMPTS):
        result = attempt()
        if not isinstance(result, Refusal):
            return result
        if result.is_unreached and number + 1 < _ATTEMPTS:
            sleep(_FIRST_PAUSE * 2**number)
        elif not result.is_race:
            raise result.error
    raise PushError("pushed meanwhile", f"others pushed during each of {_ATTEMPTS} attempts; run it again later")


def rebuild(config: Config) -> tuple[str, ...]:
    """Build pages and tables; return the error as a problem if that fails."""
    try:
        build.run(config, None)
    except StartrackError as error:
        return (f"pages and tables could not be built from the merged counts: {error}",)
    return ()

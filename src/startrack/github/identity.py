"""Names that did not lead where they did before: renamed, taken over by another repository, or two for one."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from startrack.models import Counted, Known, Observation, same_repo

__all__ = ["Kind", "News", "told"]


class Kind(StrEnum):
    """What became of a name."""

    RENAMED = "renamed"
    RECREATED = "re-created"
    DUPLICATE = "duplicate"


@dataclass(frozen=True, slots=True)
class News:
    """What became of a name that a list has; `now` is that of the repository which answers to it."""

    kind: Kind
    asked: str
    now: str

    def __str__(self) -> str:
        """Return it as a sentence that says what to do."""
        match self.kind:
            case Kind.RENAMED:
                return f"{self.asked} is now {self.now}: its series goes on; use the new name in the list"
            case Kind.RECREATED:
                return f"warning: {self.asked} is another repository than before: a new series begins; check the entry"
            case Kind.DUPLICATE:
                return f"{self.asked} leads to {self.now} as another entry does: counted once; take one of them out"


def told(seen: Sequence[Observation], known: Iterable[Known]) -> tuple[News, ...]:
    """Return what a run learned of names, in the order of the list; `known` is what was known before it.

    A repository goes by its number: GitHub sends an old name to where it went, until somebody takes the name.
    """
    ids = {same_repo(each.name): each.repo_id for each in known}
    return tuple(_told([each for each in seen if isinstance(each, Counted)], ids))


def _told(counted: Iterable[Counted], ids: dict[str, int]) -> Iterator[News]:
    met: set[int] = set()
    for each in counted:
        repository, before = each.repository, ids.get(same_repo(each.asked))
        if same_repo(each.asked) != same_repo(repository.name):
            yield News(Kind.RENAMED, each.asked, repository.name)
        elif before is not None and before != repository.repo_id:
            yield News(Kind.RECREATED, each.asked, repository.name)
        if repository.repo_id in met:
            yield News(Kind.DUPLICATE, each.asked, repository.name)
        met.add(repository.repo_id)

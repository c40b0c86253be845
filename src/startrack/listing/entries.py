"""From mentions to entries: one for each repository, without the list's own administration."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from startrack.listing.mentions import Mention
from startrack.models import Entry, same_repo

__all__ = ["entries"]

# Pages of a repository that serve those who keep it, not those who look for a project.
_ADMINISTRATION = re.compile(
    r"(?:pulls?|issues|edit|compare|new|fork|actions|workflows|commits?|graphs|contributors|discussions|stargazers"
    r"|network|watchers|releases|projects|milestones|labels|security|pulse|community|subscription)(?:/|\Z)"
    r"|(?:blob|tree|raw)/.*(?:contribut|code[-_]of[-_]conduct|licen[cs]e|\.(?:md|ya?ml)\Z)",
    re.IGNORECASE | re.DOTALL,
)

# Those of them that ask the reader to take part: a list links to its own, hardly ever to another's.
_ASKS = re.compile(
    r"pulls/?\Z|issues/new|edit/|compare|new/|fork/?\Z|(?:blob|tree)/.*contribut", re.IGNORECASE | re.DOTALL
)


def entries(mentions: Sequence[Mention], own: str | None) -> tuple[Entry, ...]:
    """Return an entry for each repository, in order of its first mention.

    The list's own repository is one only if more of it is linked than its administration. Where `own` is not
    known it is guessed: the repository of which nothing but administration is linked and which asks the reader
    to take part (or shows its badge before the first section); of several, the one most linked.
    """
    found = _by_repo(mentions)
    own = _guess(found) if own is None else same_repo(own)
    if own in found and all(_is_administration(mention, known=True) for mention in found[own]):
        del found[own]
    return tuple(_entry(places) for places in found.values() if any(mention.counts for mention in places))


def _by_repo(mentions: Iterable[Mention]) -> dict[str, list[Mention]]:
    found: dict[str, list[Mention]] = {}
    for mention in mentions:
        found.setdefault(same_repo(mention.address.repo), []).append(mention)
    return found


def _guess(found: Mapping[str, Sequence[Mention]]) -> str | None:
    asking: Counter[str] = Counter()
    for repo, places in found.items():
        if all(map(_is_administration, places)) and any(map(_asks, places)):
            asking[repo] = len(places)
    return asking.most_common(1)[0][0] if asking else None


def _is_administration(mention: Mention, *, known: bool = False) -> bool:
    """Say whether a mention is none of the project itself; of a known own one, a jump to its headings is none."""
    if mention.badge:
        return True
    page = mention.address
    return bool(_ADMINISTRATION.match(page.below)) or (known and page.fragment and not page.below)


def _asks(mention: Mention) -> bool:
    if mention.badge:
        return mention.counts and not mention.section
    return bool(_ASKS.match(mention.address.below))


def _entry(places: Sequence[Mention]) -> Entry:
    counting = [mention for mention in places if mention.counts]
    first = counting[0]
    badges = [mention.badge.url for mention in places if mention.badge and mention.badge.stars]
    return Entry(
        repo=first.address.repo,
        title=first.title,
        section=first.section,
        url=first.address.url,
        line=first.line,
        sections=tuple(dict.fromkeys(mention.section for mention in counting)),
        badges=tuple(dict.fromkeys(badges)),
    )

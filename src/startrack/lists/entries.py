"""Finds the projects that a document links to and makes one entry per project.

`project_links.py` decides what a single link names. This module decides which of these links count: links to the
list's own administration pages (its issues, its contribution guide) make no entry, and neither does a badge in a block
that links to a repository.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

from startrack.lists.document import Block, BlockKind, Image, Inline, Link, Text
from startrack.lists.marks import find_mark, section_mark
from startrack.lists.positions import Place, Range
from startrack.lists.project_links import (
    GITHUB_URL_IN_TEXT,
    OTHER_HOST_URL_IN_TEXT,
    Badge,
    RepositoryLink,
    parse_badge,
    parse_other_host_link,
    parse_repository_link,
)
from startrack.lists.titles import leading_title, names_project, split_by_project
from startrack.model.lists import Entry, LinkKind, Span
from startrack.model.repository import name_key

__all__ = [
    "Mentions",
    "OtherHostMention",
    "RepositoryMention",
    "build_entries",
    "find_mentions",
    "split_inlines",
]


_MAY_CONTAIN_URL = re.compile(r"github\.com|://", re.IGNORECASE)
_BARE_URL = re.compile(f"{GITHUB_URL_IN_TEXT.pattern}|{OTHER_HOST_URL_IN_TEXT.pattern}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class RepositoryMention:
    """A link to a GitHub repository in a list, or the badge of one.

    `counts` is false for a badge in a block that links to a repository: the badge is added to the entry of its own
    repository, but makes no entry. `mark` is what says beside it that the project is archived.
    """

    link: RepositoryLink
    title: str
    section: tuple[str, ...]
    line: int
    badge: Badge | None = None
    counts: bool = True
    place: Place | None = None
    mark: str | None = None


@dataclass(frozen=True, slots=True)
class OtherHostMention:
    """A link to a project on a host other than GitHub; `project` is its path on that host."""

    host: str
    project: str
    section: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Mentions:
    """The projects that a list mentions.

    `unread` are the 1-based lines of entries in which no project was found; only data formats and reStructuredText
    report them.
    """

    repositories: Sequence[RepositoryMention]
    other_hosts: Sequence[OtherHostMention] = ()
    unread: Sequence[int] = ()


def find_mentions(blocks: Sequence[Block], section_path: Callable[[Block], tuple[str, ...]]) -> Mentions:
    """Return every mention in `blocks`; those of repositories are sorted by line."""
    parent_title = cache(_parent_title)
    mentions = [mention for block in blocks for mention in _block_mentions(block, section_path(block), parent_title)]
    repositories = [mention for mention in mentions if isinstance(mention, RepositoryMention)]
    other_hosts = [mention for mention in mentions if isinstance(mention, OtherHostMention)]
    return Mentions(sorted(repositories, key=lambda mention: mention.line), other_hosts)


def _block_mentions(
    block: Block,
    section: tuple[str, ...],
    parent_title: Callable[[Block | None], str],
) -> Iterator[RepositoryMention | OtherHostMention]:
    inlines = split_inlines(block)
    targets = [_inline_target(inline) for inline in inlines]
    if not any(targets):
        return
    has_link = any(isinstance(target, RepositoryLink) for target in targets)
    names_repository = [isinstance(target, RepositoryLink if has_link else Badge) for target in targets]
    projects = {name_key(target.repo) for target in targets if isinstance(target, RepositoryLink)}
    only_mark = find_mark(inlines) if len(projects) == 1 else None
    first_title = ""
    for start, end in split_by_project(inlines, names_repository):
        own_title = leading_title(inlines[start:end], block.kind)
        first_title = first_title or own_title
        title = own_title or first_title or parent_title(block.parent)
        segment = inlines[start:end], targets[start:end]
        for mention in _segment_mentions(*segment, section, title, has_link=has_link):
            yield replace(mention, mark=only_mark) if only_mark and isinstance(mention, RepositoryMention) else mention


def _segment_mentions(
    inlines: Sequence[Inline],
    targets: Sequence["_Target"],
    section: tuple[str, ...],
    title: str,
    *,
    has_link: bool,
) -> Iterator[RepositoryMention | OtherHostMention]:
    before_first_repository, after_link = True, 0
    marks = _find_marks(inlines, targets)
    for index, (inline, target) in enumerate(zip(inlines, targets, strict=True)):
        match inline, target:
            case Link(), RepositoryLink():
                is_bare_repeat = not before_first_repository and not inline.label
                fallback = (_title_before_colon(inlines[after_link:index]) if is_bare_repeat else "") or title
                label = _link_title(inline.label, fallback, target)
                yield RepositoryMention(target, label, section, inline.line, place=inline.place, mark=marks[index])
                before_first_repository = False
            case Image(), Badge(link=link):
                name = title or link.name
                yield RepositoryMention(link, name, section, inline.line, target, not has_link, inline.place)
            # After a repository on GitHub, a project on another host is a mirror or a page of the same entry.
            case Link(), (str(host), str(project)) if before_first_repository:
                yield OtherHostMention(host, project, section)
            case _:
                pass
        after_link = index + 1 if isinstance(inline, Link) else after_link


def _find_marks(inlines: Sequence[Inline], targets: Sequence["_Target"]) -> dict[int, str | None]:
    """Return the mark of each link to a repository: what is between it and the next one, and before the first one."""
    links = [index for index, target in enumerate(targets) if isinstance(target, RepositoryLink)]
    starts = [0, *links[1:]] if links else []
    ends = [*links[1:], len(inlines)] if links else []
    return {link: find_mark(inlines[start:end]) for link, start, end in zip(links, starts, ends, strict=True)}


def _title_before_colon(inlines: Sequence[Inline]) -> str:
    """Return the title between two bare URLs of one segment if it ends with a colon, as in `A: URL, B: URL`."""
    last = inlines[-1] if inlines else None
    ends_with_colon = isinstance(last, Text) and last.text.rstrip().endswith((":", "\uff1a"))
    return leading_title(inlines, BlockKind.ITEM) if ends_with_colon else ""


_Target = RepositoryLink | Badge | tuple[str, str] | None
"""What a link or image names; the tuple is the host and path of a project on another host."""


def _inline_target(inline: Inline) -> _Target:
    match inline:
        case Link(url=url):
            return parse_repository_link(url) or parse_other_host_link(url)
        case Image(url=url):
            return parse_badge(url)
        case _:
            return None


def _link_title(label: str, fallback: str, link: RepositoryLink) -> str:
    return label if names_project(label, link.name) else fallback or link.name


def _parent_title(parent: Block | None) -> str:
    """Return the leading title of the nearest list item around a block that has one."""
    while parent:
        title = leading_title(split_inlines(parent), parent.kind)
        if title:
            return title
        parent = parent.parent
    return ""


def split_inlines(block: Block) -> list[Inline]:
    """Return the pieces of a block; each URL in its text is a link of its own."""
    return [part for inline in block.inlines for part in _split_bare_urls(inline)]


def _split_bare_urls(inline: Inline) -> Iterator[Inline]:
    """Yield the inline; each URL in its text becomes a link of its own."""
    if not isinstance(inline, Text) or inline.code or not _MAY_CONTAIN_URL.search(inline.text):
        yield inline
        return
    end = 0
    for match in _BARE_URL.finditer(inline.text):
        yield Text(inline.text[end : match.start()], inline.line, strong=inline.strong)
        url = match[0].rstrip(".,;:!?*_~")
        yield Link(url, "", inline.line, _bare_place(inline, match.start(), match.start() + len(url)))
        end = match.end()
    yield Text(inline.text[end:], inline.line, strong=inline.strong)


def _bare_place(text: Text, start: int, end: int) -> Place | None:
    if not text.origin:
        return None
    url = text.origin.range(start, end)
    return Place(LinkKind.BARE, url, url)


# Pages of a repository that are for its maintainers and contributors, not for readers who look for a project.
_ADMINISTRATION_PAGES = re.compile(
    r"(?:pulls?|issues|edit|compare|new|fork|actions|workflows|commits?|graphs|contributors|discussions|stargazers"
    r"|network|watchers|releases|projects|milestones|labels|security|pulse|community|subscription)(?:/|\Z)"
    r"|(?:blob|tree|raw)/.*(?:contribut|code[-_]of[-_]conduct|licen[cs]e|\.(?:md|ya?ml)\Z)",
    re.IGNORECASE | re.DOTALL,
)

# The administration pages that invite contributions. A list links to its own, and rarely to those of another project.
_CONTRIBUTION_PAGES = re.compile(
    r"pulls/?\Z|issues/new|edit/|compare|new/|fork/?\Z|(?:blob|tree)/.*contribut",
    re.IGNORECASE | re.DOTALL,
)


def build_entries(
    mentions: Sequence[RepositoryMention],
    own_repository: str | None,
    find_span: Callable[[Range], Span],
) -> tuple[Entry, ...]:
    """Return one entry per repository, in order of first mention; `find_span` returns the bytes of a piece of text.

    The repository that holds the list is an entry only if the list links to more than its administration pages. If
    `own_repository` is unknown, it is guessed: the repository of which only administration pages are linked, and
    which invites contributions or shows its badge before the first section. Of several, the most linked one is taken.
    """
    by_repository = _group_by_repository(mentions)
    own_key = _guess_own_repository(by_repository) if own_repository is None else name_key(own_repository)
    if own_key in by_repository and all(_is_administration(mention, is_own=True) for mention in by_repository[own_key]):
        del by_repository[own_key]
    return tuple(
        _build_entry(repository_mentions, find_span)
        for repository_mentions in by_repository.values()
        if any(mention.counts for mention in repository_mentions)
    )


def _group_by_repository(mentions: Iterable[RepositoryMention]) -> dict[str, list[RepositoryMention]]:
    by_repository: dict[str, list[RepositoryMention]] = {}
    for mention in mentions:
        by_repository.setdefault(name_key(mention.link.repo), []).append(mention)
    return by_repository


def _guess_own_repository(by_repository: Mapping[str, Sequence[RepositoryMention]]) -> str | None:
    candidates: Counter[str] = Counter()
    for key, mentions in by_repository.items():
        if all(map(_is_administration, mentions)) and any(map(_invites_contributions, mentions)):
            candidates[key] = len(mentions)
    return candidates.most_common(1)[0][0] if candidates else None


def _is_administration(mention: RepositoryMention, *, is_own: bool = False) -> bool:
    """Return whether a mention is a badge or an administration page.

    For the list's own repository (`is_own`), links to headings of its README are administration too.
    """
    if mention.badge:
        return True
    link = mention.link
    return bool(_ADMINISTRATION_PAGES.match(link.path)) or (is_own and link.has_fragment and not link.path)


def _invites_contributions(mention: RepositoryMention) -> bool:
    if mention.badge:
        return mention.counts and not mention.section
    return bool(_CONTRIBUTION_PAGES.match(mention.link.path))


def _build_entry(mentions: Sequence[RepositoryMention], find_span: Callable[[Range], Span]) -> Entry:
    counting = [mention for mention in mentions if mention.counts]
    first = counting[0]
    badges = [mention.badge.url for mention in mentions if mention.badge and mention.badge.shows_stars]
    return Entry(
        repo=first.link.repo,
        title=first.title,
        section=first.section,
        url=first.link.url,
        line=first.line,
        sections=tuple(dict.fromkeys(mention.section for mention in counting)),
        badges=tuple(dict.fromkeys(badges)),
        span=find_span(first.place.url) if first.place and first.place.url else None,
        mark=next((mark for mention in counting if (mark := mention.mark or section_mark(mention.section))), None),
    )

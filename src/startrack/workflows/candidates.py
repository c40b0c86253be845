"""What is proposed for the lists: projects by name, or the entries that a change adds to their files."""

import os
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Self

from startrack import git
from startrack.config import Config, ListConfig
from startrack.errors import BlockError, ConfigError, PushError, SourceError
from startrack.github import rest
from startrack.github.client import Client, Document
from startrack.lists import additions, diffs, project_links
from startrack.lists.additions import Addition, Version
from startrack.lists.sources import FileSource
from startrack.model.lists import List
from startrack.model.repository import Missing, Reason
from startrack.trends.gate import Candidate
from startrack.workflows import lists

__all__ = ["Everything", "InDiff", "InPullRequest", "Names", "Proposed", "SinceRevision", "Wanted", "find"]


@dataclass(frozen=True, slots=True)
class Names:
    """Repositories by OWNER/NAME or URL, as if they were added to the first list."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SinceRevision:
    """What the files of the lists have and do not have at a revision of git."""

    revision: str


@dataclass(frozen=True, slots=True)
class InDiff:
    """What a unified diff adds to the files of the lists, which are the versions before it."""

    diff: bytes


@dataclass(frozen=True, slots=True)
class InPullRequest:
    """What a pull request of a repository (OWNER/NAME) adds, by its diff from GitHub's API."""

    repository: str
    number: int


@dataclass(frozen=True, slots=True)
class Everything:
    """Every entry of the lists."""


Wanted = Names | SinceRevision | InDiff | InPullRequest | Everything


@dataclass(frozen=True, slots=True)
class Proposed:
    """The candidates before anything is known of them, and the lists that they are for, as they would be."""

    candidates: tuple[Candidate, ...]
    lists: tuple[List, ...]
    problems: tuple[str, ...] = ()
    elsewhere: Mapping[str, int] = field(default_factory=dict)


def find(config: Config, wanted: Wanted, client: Client) -> Proposed:
    """Return the candidates that are wanted.

    Raises ConfigError for a name or revision that does not exist, SourceError if a list or the diff cannot be read, and
    the errors of a client.
    """
    match wanted:
        case Names(names=names):
            read, problems = lists.read_lists(config, lambda: client)
            asked = dict.fromkeys(map(_repository_name, names))
            candidates = [_candidate(name, read[0] if read else None) for name in asked]
            return Proposed(tuple(candidates), tuple(read), tuple(map(str, problems)))
        case Everything():
            versions = [_read_version(config, list_config, lambda: client) for list_config in config.lists]
            return _collect([_ChangedList.whole(version) for version in versions])
        case SinceRevision(revision=revision):
            return _since_revision(config, revision)
        case InDiff(diff=diff):
            return _in_diff(config, diff)
        case InPullRequest(repository=repository, number=number):
            try:
                return _in_diff(config, rest.fetch_diff(client, repository, number))
            except SourceError as error:  # the comment of an earlier run must not keep an earlier verdict
                return Proposed((), (), (str(error),))


def _repository_name(text: str) -> str:
    link = project_links.parse_repository_link(text) if "://" in text else None
    name = link.repo if link else project_links.parse_full_name(text)
    if name is None:
        raise ConfigError(f"invalid project {text!r}; use OWNER/NAME or the address of a repository on GitHub")
    return name


def _candidate(name: str, listed: List | None, addition: Addition | None = None) -> Candidate:
    not_asked = Missing(name, Reason.NOT_ASKED)
    return Candidate(name, not_asked, listed.name if listed else None, listed.source if listed else None, addition)


@dataclass(frozen=True, slots=True)
class _ChangedList:
    """A list after a change, what was added to it, and the list before, `None` if all of it is new."""

    listed: List
    additions: tuple[Addition, ...]
    before: List | None = None

    @classmethod
    def whole(cls, version: Version) -> Self:
        """Return a list as if every entry were added."""
        return cls(version.listed, tuple(additions.every_entry(version)))

    @classmethod
    def between(cls, old: Version | None, new: Version) -> Self:
        """Return what was added between two versions."""
        return cls(new.listed, additions.find(old, new), old.listed if old else None)

    def elsewhere(self) -> Counter[str]:
        """Return how many more entries there are on each other host."""
        before = Counter(self.before.other_hosts if self.before else {})
        return Counter(self.listed.other_hosts) - before


def _collect(changed: Sequence[_ChangedList], problems: Iterable[str] = ()) -> Proposed:
    pairs = ((change.listed, addition) for change in changed for addition in change.additions)
    candidates = tuple(_candidate(addition.entry.repo, listed, addition) for listed, addition in pairs)
    elsewhere = sum((change.elsewhere() for change in changed), Counter[str]())
    return Proposed(candidates, tuple(change.listed for change in changed), tuple(problems), elsewhere)


def _read_version(config: Config, list_config: ListConfig, connect: Callable[[], Client]) -> Version:
    return lists.parse_version(config, list_config, lists.fetch_list(config, list_config, connect))


def _old_version(config: Config, list_config: ListConfig, document: Document) -> Version | None:
    """Return the list before a change, `None` if it was none: then every entry is new, and is looked at."""
    with suppress(SourceError, BlockError):
        return lists.parse_version(config, list_config, document)
    return None


def _files(config: Config) -> list[tuple[ListConfig, str]]:
    """Return the lists that are files here, with their paths below the folder of the configuration."""
    located = ((list_config, lists.locate(config, list_config)) for list_config in config.lists)
    files = [(list_config, source.path) for list_config, source in located if isinstance(source, FileSource)]
    if not files:
        raise ConfigError("no list is a file of this checkout; name one with --list, or add it to [[lists]]")
    return files


def _since_revision(config: Config, revision: str) -> Proposed:
    try:
        repository = git.open_repository(config.root)
        commit = repository.find_commit(revision)
        if commit is None:
            raise ConfigError(f"--base: there is no revision {revision!r} here; fetch it first, or correct it")
        changed = []
        for list_config, path in _files(config):
            new = _read_version(config, list_config, _no_client)
            before = _content_before(repository, commit, repository.git_path(config.root / path))
            old = _old_version(config, list_config, Document(before, path)) if before is not None else None
            changed.append(_ChangedList.between(old, new))
    except PushError as error:
        raise ConfigError(f"--base needs a checkout of a git repository: {error}") from error
    return _collect(changed)


def _content_before(repository: git.Repository, commit: str, git_path: bytes | None) -> bytes | None:
    """Return the content of a list's file in a commit, also under the name that it had there, `None` if it is new."""
    if git_path is None:
        return None
    content = repository.read_file(commit, git_path)
    if content is None and (old_path := repository.old_path(commit, git_path)):
        content = repository.read_file(commit, old_path)
    return content


def _no_client() -> Client:
    raise AssertionError("a file needs no client")


def _in_diff(config: Config, data: bytes) -> Proposed:
    changes = diffs.parse(data)
    changed, problems = [], []
    for list_config, path in _files(config):
        name = _name_in_git(config, path)
        of_list = [change for change in changes if name in (change.old, change.new)]
        not_readable = [problem for change in of_list if (problem := _problem(change, name))]
        problems += not_readable
        if not of_list or not_readable:
            continue
        try:
            changed.append(_changed_by(config, list_config, path, of_list))
        except (SourceError, BlockError) as error:
            problems.append(str(error))
    return _collect(changed, problems)


def _changed_by(config: Config, list_config: ListConfig, path: str, changes: Sequence[diffs.FileDiff]) -> _ChangedList:
    """Return what the changes of a list's file add to it. Raises SourceError and BlockError."""
    is_new = changes[0].old is None
    document = Document(b"", path) if is_new else lists.fetch_list(config, list_config, _no_client)
    content = document.content
    for change in changes:
        content = diffs.apply(content, change, path)
    new = lists.parse_version(config, list_config, replace(document, content=content))
    return _ChangedList.between(_old_version(config, list_config, document), new)


def _name_in_git(config: Config, path: str) -> str:
    """Return a path as the diff of the repository has it."""
    with suppress(PushError):
        if name := git.open_repository(config.root).git_path(config.root / path):
            return os.fsdecode(name)
    return path


def _problem(change: diffs.FileDiff, name: str) -> str | None:
    """Return why the change of a list cannot be looked at, `None` if it can."""
    if change.new is None:
        return f"the change removes the list {name}"
    if change.is_binary:
        return f"the change makes the list {name} a binary file, which cannot be read"
    if change.old not in (name, None):
        return f"the change replaces the list {name} by the file {change.old}, which is not looked at"
    return None

"""The data branch: a branch of its own for the snapshots folder, so that counting makes no commits on the main branch.

The snapshots folder is a second working copy of the repository. Its HEAD is the last commit of the remote's branch that
its files contain, or a commit of no files where the remote has no such branch. Counts that are not pushed yet are
files on disk that differ from HEAD. So a run that is killed, or whose push is refused, loses none of them: the next
fetch or push merges them with what the remote has then.
"""

import os
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from startrack import files, git
from startrack.config import Config
from startrack.errors import ConfigError, PushError
from startrack.store import merging, rollup
from startrack.store.snapshots import Snapshots
from startrack.workflows import pushing

__all__ = ["DEFAULT_BRANCH", "FetchResult", "PushResult", "fetch", "kept_names", "push", "save"]

DEFAULT_BRANCH: Final = "startrack-data"


@dataclass(frozen=True, slots=True)
class FetchResult:
    """The commit of the data branch that the folder now contains, `None` if the remote has no such branch yet."""

    commit: str | None


@dataclass(frozen=True, slots=True)
class PushResult:
    """The id of the pushed commit, `None` if there was nothing to push; and the problems."""

    commit: str | None = None
    problems: tuple[str, ...] = ()


def fetch(config: Config, branch: str, sleep: Callable[[float], None]) -> FetchResult:
    """Bring the files of the remote's data branch into the snapshots folder; counts that are there stay.

    Raises PushError, and StoreError if two versions of the counts cannot be merged.
    """
    data = _open(config, branch)
    theirs = pushing.retry(data.fetch, sleep)
    with data.snapshots.lock():
        data.repository.exclude(data.name)
        data.bring(theirs)
    return FetchResult(theirs)


def push(
    config: Config,
    branch: str,
    message: str,
    now: datetime,
    sleep: Callable[[float], None],
    bundle: Path | None = None,
) -> PushResult:
    """Commit the files of the snapshots folder, if they have changed, and push them to the data branch.

    Months that have ended are rolled up. Then the branch begins anew with a commit that has everything and no parent:
    its earlier commits have the day files, and every earlier version of the histories, and nothing that is not in it.

    If others pushed meanwhile, their counts are merged into the folder, and pages and tables are built again. A branch
    that was deleted meanwhile is made again, with all counts. With `bundle`, the commit is written into that file
    instead, as a continuation of the branch. Raises PushError and StoreError; the counts then stay in the folder.
    """
    if not message.strip():
        raise ConfigError("the commit message is empty; write one with --message")
    data = _open(config, branch)
    if data.working_copy() is None:
        raise PushError(
            "no data branch", f"{data.snapshots.folder} is not on a data branch; run `startrack history fetch` first"
        )
    if bundle:
        rolled_up = rollup.roll_up(data.snapshots, now)
        return PushResult(data.bundle(message, bundle), rolled_up.problems)
    pushed = _Pushed()
    commit = pushing.retry(lambda: _push_once(data, message, now, pushed), sleep)
    return PushResult(commit, (*pushed.problems, *(pushing.rebuild(config) if pushed.has_merged else ())))


@dataclass(slots=True)
class _Pushed:
    """What the attempts of a push have done so far."""

    problems: tuple[str, ...] = ()
    has_merged: bool = False


def _push_once(data: "_DataBranch", message: str, now: datetime, pushed: _Pushed) -> str | git.Refusal | None:
    """Push what has changed and return its commit, if any; after a race, merge what the remote has now."""
    pushed.problems = rollup.roll_up(data.snapshots, now).problems  # again after a race, which brings day files back
    with data.snapshots.lock():
        base, commit = data.commit(message)
    refusal = data.repository.push_over(commit, data.upstream, base) if commit else None
    if refusal and refusal.is_race:
        theirs = data.fetch()
        if isinstance(theirs, git.Refusal):
            return theirs
        with data.snapshots.lock():
            data.bring(theirs)
        pushed.has_merged = True
    elif commit and not refusal:
        data.pushed(commit)
    return _explained(data.upstream, refusal) if refusal else commit


def _explained(upstream: git.Upstream, refusal: git.Refusal) -> git.Refusal:
    """Return a refusal with what to do if it is the data branch that is protected."""
    if refusal.error.title not in git.PROTECTED:
        return refusal
    branch, title = upstream.branch, refusal.error.title
    text = f"leave {branch} out of the branch protection and the rulesets: it holds the counts; {refusal.error}"
    return replace(refusal, error=PushError(title, text))


def save(config: Config, message: str, now: datetime, sleep: Callable[[float], None]) -> None:
    """Add the counts of the snapshots folder, which is no working copy, to the remote's data branch.

    The folder stays as it is. Raises PushError and StoreError.
    """
    data = _open(config, DEFAULT_BRANCH)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "snapshots"
        own = {folder / path: files.read(data.snapshots.folder / path) for path in data.snapshots.kept()}
        files.write(own, below=Path(temporary))
        copy = replace(data, snapshots=replace(data.snapshots, folder=folder))
        copy.bring(pushing.retry(copy.fetch, sleep), is_newer=True)
        pushing.retry(lambda: _push_once(copy, message, now, _Pushed()), sleep)
    data.repository.prune()


def kept_names(repository: git.Repository, config: Config) -> frozenset[bytes] | None:
    """Return the files that the pushed data branch keeps, as git would name them on the main branch.

    Files of the last commit of the main branch that the data branch has rolled up are kept by it too. `None` if the
    snapshots folder is on no data branch.
    """
    name = repository.git_path(config.snapshots_folder)
    copy = repository.linked(config.snapshots_folder) if name else None
    if copy is None or name is None:
        return None
    snapshots = Snapshots(config.snapshots_folder, config.snapshots.every)
    kept = {file for file in map(_path, copy.files(copy.head())) if snapshots.owns(file)}
    tracked = (file for file in repository.files(repository.head()) if file.startswith(b"%s/" % name))
    own = (_path(file[len(name) + 1 :]) for file in tracked)
    rolled_up = {file for file in own if rollup.parquet_path(file) in kept}
    return frozenset(b"%s/%s" % (name, os.fsencode(file.as_posix())) for file in kept | rolled_up)


def _path(name: bytes) -> Path:
    return Path(os.fsdecode(name))


@dataclass(frozen=True, slots=True)
class _DataBranch:
    """The data branch: the repository that the snapshots folder is in, and where the branch is pushed to."""

    repository: git.Repository
    upstream: git.Upstream
    snapshots: Snapshots
    name: bytes
    """The folder, as git names it."""

    def working_copy(self) -> git.Repository | None:
        """Return the snapshots folder as a working copy, `None` if it is none yet."""
        return self.repository.linked(self.snapshots.folder)

    def fetch(self) -> str | git.Refusal | None:
        """Return the commit of the remote's branch, `None` if there is no such branch, or why it cannot be fetched.

        From a clone without a part of its history, only that commit is fetched, or what is newer than ours.
        """
        copy = self.working_copy()
        is_first = copy is None or _base(copy) is None
        fetched = self.repository.fetch(self.upstream, is_shallow=is_first and self.repository.is_shallow())
        return None if isinstance(fetched, git.Refusal) and fetched.is_absent else fetched

    def commit(self, message: str, *, is_continued: bool = False) -> tuple[str | None, str | None]:
        """Return the commit of the remote that the folder contains, and a new one, `None` if nothing changed.

        The new one continues it, or begins the branch anew where it removes day files that were rolled up, unless
        `is_continued` is set.
        """
        copy = self._copy()
        base = _base(copy)
        committed = copy.files(copy.head())
        replaced = [name for name in committed if rollup.is_replaced(self.snapshots, Path(os.fsdecode(name)))]
        tree = copy.write_tree([*self._our_names(copy), *replaced], even_ignored=True)
        if tree == copy.tree_id(copy.head()):
            return base, None
        return base, copy.commit(tree, None if replaced and not is_continued else base, message)

    def bundle(self, message: str, file: Path) -> str | None:
        """Write a commit of what has changed into a bundle, and return it, `None` if nothing has."""
        with self.snapshots.lock():
            base, commit = self.commit(message, is_continued=True)
        if commit:
            self.repository.bundle(commit, self.upstream.branch, base, file)
        return commit

    def pushed(self, commit: str) -> None:
        """Remember what the remote has now."""
        self._copy().set_head(commit)

    def bring(self, theirs: str | None, *, is_newer: bool = False) -> None:
        """Merge a commit of the remote into the folder, which is made a working copy if it is none.

        What a folder has that was none is older than what is on the branch, unless `is_newer` is set. Only files of
        counts are taken: a database or a record of a fix, which others put on the branch, is not read.
        """
        copy = self.working_copy()
        is_older = copy is None and not is_newer
        if theirs is not None:
            self._check(theirs)
        if copy is None:
            self.snapshots.folder.mkdir(parents=True, exist_ok=True)
            copy = self.repository.link(self.snapshots.folder)
        if theirs is None:
            copy.set_head(copy.empty_commit())
            return
        base = _base(copy)
        # Whatever is not a descendant of ours was pushed by force: then nothing that is here was removed on purpose.
        versions = _Versions(
            base=copy.files(base) if base and self.repository.is_ancestor(base, theirs) else {},
            ours=copy.blob_ids(self._our_names(copy)),
            theirs={name: blob for name, blob in copy.files(theirs).items() if self.snapshots.owns(_path(name))},
        )
        merged = self._merge(versions, base, theirs, is_older=is_older)
        copy.check_out(theirs, versions.taken(copy.top))
        for name in versions.removed():
            files.remove(copy.top / os.fsdecode(name), copy.top)
        files.write({copy.top / path: content for path, content in merged.items()}, below=copy.top)
        copy.set_head(theirs)

    def _copy(self) -> git.Repository:
        copy = self.working_copy()
        assert copy is not None  # noqa: S101 - `push` has checked it
        return copy

    def _our_names(self, copy: git.Repository) -> list[bytes]:
        return [os.fsencode(path.as_posix()) for path in self.snapshots.kept() if (copy.top / path).is_file()]

    def _check(self, theirs: str) -> None:
        """Raise PushError if a branch is for something else."""
        paths = [Path(os.fsdecode(name)) for name in self.repository.files(theirs)]
        if paths and not any(map(self.snapshots.codec, paths)):
            raise PushError(
                "not a data branch",
                f"{self.upstream.branch} has files, but no counts; choose another branch with --branch",
            )

    def _merge(self, versions: "_Versions", base: str | None, theirs: str, *, is_older: bool) -> dict[Path, bytes]:
        """Return the merged contents of the files that both sides have changed, the folder last or, if older, first."""
        both = versions.changed_by_both()
        if not both:
            return {}
        with tempfile.TemporaryDirectory() as temporary:
            folders = Path(temporary) / "base", Path(temporary) / "theirs"
            for folder in folders:
                folder.mkdir()
            copy = self._copy()
            if versions.base and base:
                copy.export(base, folders[0])
            copy.export(theirs, folders[1])
            ancestor, other = (Snapshots(folder, self.snapshots.every) for folder in folders)
            newer, older = (other, self.snapshots) if is_older else (self.snapshots, other)
            return merging.merge(ancestor, newer, older, [Path(os.fsdecode(name)) for name in both])


@dataclass(frozen=True, slots=True)
class _Versions:
    """The blobs of three versions of the folder by name: of the common base, on disk, and of the remote's commit."""

    base: Mapping[bytes, str]
    ours: Mapping[bytes, str]
    theirs: Mapping[bytes, str]

    def changed_by_both(self) -> list[bytes]:
        """Return the files that both sides have changed in different ways."""
        return [
            name
            for name, blob in self.ours.items()
            if self.theirs.get(name) not in (None, blob, self.base.get(name)) and blob != self.base.get(name)
        ]

    def taken(self, folder: Path) -> list[bytes]:
        """Return the files to take from the remote: those missing in the folder, and those that only they changed."""
        return [
            name
            for name, blob in self.theirs.items()
            if not os.path.lexists(folder / os.fsdecode(name))
            or (name in self.ours and blob != self.ours[name] == self.base.get(name))
        ]

    def removed(self) -> list[bytes]:
        """Return the files that they removed and we left as they were."""
        return [name for name, blob in self.ours.items() if name not in self.theirs and self.base.get(name) == blob]


def _base(copy: git.Repository) -> str | None:
    """Return the last commit of the remote that the folder contains, `None` if there is none."""
    head = copy.head()
    return None if head == copy.empty_commit() else head


def _open(config: Config, branch: str) -> _DataBranch:
    """Return the data branch of a configuration. Raises PushError and ConfigError."""
    repository = git.open_repository(config.root)
    if not repository.has_branch_name(branch):
        raise ConfigError(f"no branch can have the name {branch!r}; use for example {DEFAULT_BRANCH}")
    if branch == repository.branch():
        raise ConfigError(f"{branch} is checked out, so it cannot hold the counts; choose another with --branch")
    name = repository.git_path(config.snapshots_folder)
    if name is None:
        raise ConfigError(
            f"{config.snapshots_folder} is not a folder in the repository {repository.top}; "
            "set another path in [snapshots] folder"
        )
    upstream = git.Upstream(repository.remote(), f"refs/heads/{branch}")
    snapshots = Snapshots(config.snapshots_folder, config.snapshots.every)
    return _DataBranch(repository, upstream, snapshots, name)

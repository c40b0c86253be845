"""A commit: commit and push the files that startrack made, and no others.

If somebody else pushed in the meantime, their counts and ours are merged in a second working copy of what they pushed,
the pages and tables are built there again, and the result is pushed. Our first commit stays on the local branch until
then, so that no count is lost if the push fails.
"""

import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Final

from startrack import files, git
from startrack.config import Config, SnapshotsConfig
from startrack.dashboards import folder as dashboards_folder
from startrack.dashboards.charts import readme_charts
from startrack.errors import ConfigError, PushError, StartrackError, WriteError
from startrack.readme import blocks
from startrack.store import merging
from startrack.store.snapshots import Snapshots
from startrack.workflows import data_branch, pushing, readmes

__all__ = ["UPDATE_BRANCH", "CommitResult", "ProposedCommit", "bundle", "propose", "run"]


_COUNTS = frozenset({".csv", ".parquet"})


UPDATE_BRANCH: Final = "startrack/update"
"""The branch of the pull request."""


@dataclass(frozen=True, slots=True)
class CommitResult:
    """The id of the pushed commit, `None` if there was nothing to push; and the problems."""

    commit: str | None = None
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ProposedCommit:
    """A commit on the branch of the pull request, which is to be merged into the branch `base`."""

    commit: str
    base: str


def run(config: Config, message: str, now: datetime, sleep: Callable[[float], None]) -> CommitResult:
    """Commit the files that startrack made, if they have changed, and push the commit.

    Raises PushError, and StoreError if two versions of the counts cannot be merged; the commit then stays on the local
    branch. If the rules of the repository refuse the push, the counts are saved on the data branch.
    """
    work = _open(config, message, sleep)
    ignored = (*_ignored_counts(work.repository, config), *_ignored_charts(work.repository, config))
    try:
        result = _commit_and_push(work)
    except PushError as error:
        if work.kept is not None or error.title not in git.PROTECTED:
            raise
        raise _with_saved_counts(work, error, now) from error
    return replace(result, problems=(*ignored, *result.problems))


def propose(config: Config, message: str, sleep: Callable[[float], None]) -> ProposedCommit | None:
    """Commit the files that startrack made on top of HEAD, and let the branch of the pull request be that commit.

    Return `None` if they have not changed. The local branch stays as it is, and a branch of the same files on the same
    commit is not pushed again. Counts must be on the data branch: each run replaces the commit of the last one.
    Raises PushError.
    """
    work = _open(config, message, sleep)
    if work.kept is None:
        raise ConfigError(
            "a pull request needs the counts on a data branch; set `history: branch`, or run `startrack history fetch`"
        )
    repository = work.repository
    base, parent = repository.upstream(), repository.head()
    tree = work.tree()
    if tree == repository.tree_id(parent):
        return None
    upstream = git.Upstream(base.remote, f"refs/heads/{UPDATE_BRANCH}")

    def attempt() -> str | git.Refusal:
        theirs = repository.fetch(upstream, is_shallow=repository.is_shallow())
        if isinstance(theirs, git.Refusal) and not theirs.is_absent:
            return theirs
        expected = theirs if isinstance(theirs, str) else None
        if expected and repository.tree_id(expected) == tree and repository.parents(expected) == [parent]:
            return expected
        commit = repository.commit(tree, parent, message)
        return repository.push_over(commit, upstream, expected) or commit

    return ProposedCommit(pushing.retry(attempt, sleep), base.branch.removeprefix("refs/heads/"))


def bundle(config: Config, message: str, file: Path) -> CommitResult:
    """Commit the files that startrack made on top of HEAD, and write the commit into a bundle.

    The local branch stays as it is. Raises PushError.
    """
    work = _open(config, message, lambda _seconds: None)
    repository = work.repository
    upstream, parent, tree = repository.upstream(), repository.head(), work.tree()
    if tree == repository.tree_id(parent):
        return CommitResult(None)
    commit = repository.commit(tree, parent, message)
    repository.bundle(commit, upstream.branch, parent, file)
    return CommitResult(commit)


def _with_saved_counts(work: "_Work", error: PushError, now: datetime) -> PushError:
    """Save the counts on the data branch, and return the error with what has become of them."""
    try:
        data_branch.save(work.config, work.message, now, work.sleep)
    except StartrackError as other:
        return PushError(error.title, f"{error}; the counts could not be saved on the data branch either: {other}")
    return PushError(error.title, f"the counts are saved on the branch {data_branch.DEFAULT_BRANCH}; {error}")


def _ignored_counts(repository: git.Repository, config: Config) -> Iterator[str]:
    """Yield a problem if .gitignore excludes files with counts, which cannot be made again."""
    paths = (config.snapshots_folder / path for path in _snapshots(config).kept())
    names = (name for path in paths if (name := repository.git_path(path)) and path.suffix in _COUNTS)
    if ignored := sorted(repository.ignored(names)):
        more = f" and {len(ignored) - 1} more files" if len(ignored) > 1 else ""
        yield (
            f"counts in {os.fsdecode(ignored[0])}{more} are not committed, because .gitignore excludes them: "
            "they will be lost with this checkout; include them with a line in .gitignore that begins with !"
        )


def _ignored_charts(repository: git.Repository, config: Config) -> Iterator[str]:
    """Yield a problem if .gitignore excludes charts that blocks of READMEs show."""
    folder = config.dashboards_folder
    paths = dashboards_folder.read_manifest(folder).digests
    charts = [folder / path for path in paths if path.startswith(readme_charts.BLOCK_CHARTS)]
    if ignored := sorted(repository.ignored(name for path in charts if (name := repository.git_path(path)))):
        shown = os.fsdecode(ignored[0])
        parent = shown[: shown.rindex(readme_charts.BLOCK_CHARTS)]
        yield (
            f"charts of README blocks such as {shown} are not committed, because .gitignore excludes them; replace its "
            f"line for {parent} with the two lines {parent}* and !{parent}{readme_charts.BLOCK_CHARTS}"
        )


@dataclass(frozen=True, slots=True)
class _Work:
    """What is committed: the repository, the configuration and the message, and how to wait.

    `kept` are the files that the data branch keeps, so that the commit removes them; `None` if there is none.
    """

    repository: git.Repository
    config: Config
    message: str
    sleep: Callable[[float], None]
    kept: frozenset[bytes] | None

    def tree(self) -> str:
        """Return the tree of HEAD with the files that startrack made."""
        paths = _own_paths(self.repository, self.config)
        return self.repository.write_tree(paths, removed=self.removed(self.repository))

    def removed(self, repository: git.Repository) -> list[bytes]:
        """Return the files that the data branch keeps and the last commit of a working copy still has."""
        return sorted(repository.files(repository.head()).keys() & self.kept) if self.kept else []


def _open(config: Config, message: str, sleep: Callable[[float], None]) -> _Work:
    """Return what is to be committed. Raises ConfigError without a message, and PushError without a repository."""
    if not message.strip():
        raise ConfigError("the commit message is empty; write one with --message")
    repository = git.open_repository(config.root)
    return _Work(repository, config, message, sleep, data_branch.kept_names(repository, config))


def _commit_and_push(work: _Work) -> CommitResult:
    repository = work.repository
    parent = repository.head()
    paths, removed = _own_paths(repository, work.config), work.removed(repository)
    tree = repository.write_tree(paths, removed=removed)
    if parent is not None and tree == repository.tree_id(parent):
        return _push_earlier_commit(work, parent)
    if not paths and not removed:
        return CommitResult()
    commit = repository.commit(tree, parent, work.message)
    repository.move_branch(commit, parent, paths, removed)
    return _Push(work, commit, parent).run()


def _push_earlier_commit(work: _Work, head: str) -> CommitResult:
    """Push the commit of an earlier run if it was not pushed then."""
    repository = work.repository
    touched = repository.changed_files(head)
    own = {*_own_paths(repository, work.config), *(work.kept or ())}
    if not touched or not touched <= own or not repository.is_ahead():
        return CommitResult()
    return _Push(work, head, repository.parent(head)).run()


def _own_paths(repository: git.Repository, config: Config) -> list[bytes]:
    """Return the git names of the files that startrack made, and of those that builds removed since the last commit.

    A page is only taken as removed by a build if the manifest of the last commit has it and the present one does not:
    a page of the present manifest may be missing because it was not checked out.
    """
    folder = config.dashboards_folder
    manifest, pages = folder / dashboards_folder.MANIFEST_NAME, dashboards_folder.read_manifest(folder).digests.keys()
    name = repository.git_path(manifest) if files.is_file(manifest) else None
    last_manifest = repository.read_file(repository.head(), name) if name else None
    removed_names = dashboards_folder.parse_manifest(last_manifest or b"").keys() - pages
    removed = (path for name in removed_names if not os.path.lexists(path := folder / name))
    snapshots = _snapshots(config)
    stored = (config.snapshots_folder / path for path in snapshots.kept())
    present = (path for name in (dashboards_folder.MANIFEST_NAME, *pages) if os.path.lexists(path := folder / name))
    paths = chain(stored, present, removed, _filled_readmes(config, snapshots))
    return sorted({name for path in paths if (name := repository.git_path(path)) and not path.is_dir()})


def _snapshots(config: Config) -> Snapshots:
    return Snapshots(config.snapshots_folder, config.snapshots.every)


def _filled_readmes(config: Config, snapshots: Snapshots) -> list[Path]:
    """Return the files with startrack tables; the build has already reported what is wrong with others."""
    found = readmes.locate(config, (fact.source for fact in snapshots.lists().rows))
    return [path for path in found if isinstance(path, Path) and _has_tables(path)]


def _has_tables(path: Path) -> bool:
    try:
        return bool(blocks.read(files.read(path), str(path)).blocks)
    except WriteError:
        return False


@dataclass(frozen=True, slots=True)
class _Push:
    """The push of a commit; `parent` is its parent, `None` if it is the first commit."""

    work: _Work
    commit: str
    parent: str | None

    def run(self) -> CommitResult:
        """Push, on top of what others push in the meantime. Raises PushError and StoreError."""
        # The remote's commit at the start: commits that others remove from the remote meanwhile do not come back.
        repository = self.work.repository
        upstream, first_known = repository.upstream(), repository.upstream_commit()
        commit, theirs, problems = self.commit, "", tuple[str, ...]()

        def attempt() -> CommitResult | git.Refusal:
            nonlocal commit, theirs, problems
            if commit == theirs:
                return CommitResult(None, problems)
            refusal = repository.push(commit, upstream)
            if refusal is None or not refusal.is_race:
                return refusal or CommitResult(commit, problems)
            fetched = repository.fetch(upstream)
            if isinstance(fetched, git.Refusal):
                return fetched
            theirs = fetched
            commit, problems = self._merge_onto(theirs, first_known)
            return refusal

        result = pushing.retry(attempt, self.work.sleep)
        return CommitResult(result.commit, (*result.problems, *self._update_working_copy(commit)))

    def _merge_onto(self, theirs: str, first_known: str | None) -> tuple[str, tuple[str, ...]]:
        """Return a commit on top of `theirs` with the counts of both, and the problems of the build from them.

        `first_known` is the remote's commit at the start of the push.
        """
        work = self.work
        with work.repository.worktree(theirs) as copy, tempfile.TemporaryDirectory() as folder:
            if self.parent:
                commits = filter(None, (theirs, first_known))
                copy.cherry_pick(commits, self.parent, {*_own_paths(work.repository, work.config), *(work.kept or ())})
            config = _relocate(work.config, work.repository.top, copy.top, Path(folder))
            if work.kept is None:
                self._merge_counts(config, copy.head(), Path(folder))
            else:  # the counts are on the data branch, and stay where they are
                config = config.model_copy(update={"snapshots": _absolute(work.config)})
            problems = pushing.rebuild(config)
            head, tree = copy.head(), copy.write_tree(_own_paths(copy, config), removed=work.removed(copy))
            if head and tree == copy.tree_id(head):
                return head, problems
            return copy.commit(tree, head, work.message), problems

    def _merge_counts(self, copied: Config, theirs: str | None, folder: Path) -> None:
        """Merge our counts into the working copy of their commit; `folder` is a temporary one."""
        repository, own_folder = self.work.repository, self.work.config.snapshots_folder
        ours = _snapshots(self.work.config)
        changed: dict[Path, str | None] = {}
        base_files = repository.files(repository.merge_base(self.commit, theirs) if theirs else None)
        our_files, their_files = repository.files(self.commit), repository.files(theirs)
        for path in ours.kept():
            name = repository.git_path(own_folder / path)
            if name in our_files and our_files[name] not in (base_files.get(name), their_files.get(name)):
                changed[path] = base_files.get(name)
        base = {folder / path: repository.blob(blob) for path, blob in changed.items() if blob}
        files.write(base, below=folder)
        target = Snapshots(copied.snapshots_folder, ours.every)
        merged = merging.merge(Snapshots(folder, ours.every), ours, target, changed)
        files.write({target.folder / path: content for path, content in merged.items()}, below=target.folder)

    def _update_working_copy(self, commit: str) -> tuple[str, ...]:
        """Bring the working copy to the pushed commit; return a problem if that is not possible."""
        if commit == self.commit:
            return ()
        if not self.work.repository.move_to(commit, self.commit):
            return ("the working copy has other changes; it stays at the commit before the merge",)
        pushing.rebuild(self.work.config)  # for pages that are not in git; its problems are already known
        return ()


def _relocate(config: Config, top: Path, copy: Path, folder: Path) -> Config:
    """Return the configuration with its paths in a copy of the repository, and its database in `folder`."""

    def in_copy(path: Path) -> Path:
        absolute = (config.root / path).resolve()
        return copy / absolute.relative_to(top) if absolute.is_relative_to(top) else absolute

    snapshots = {"folder": in_copy(config.snapshots.folder), "database": folder / "startrack.duckdb"}
    readmes = None if config.readme.file is None else tuple(map(in_copy, config.readme.file))
    return config.model_copy(
        update={
            "root": in_copy(Path()),
            "snapshots": config.snapshots.model_copy(update=snapshots),
            "dashboards": config.dashboards.model_copy(update={"folder": in_copy(config.dashboards.folder)}),
            "readme": config.readme.model_copy(update={"file": readmes}),
        },
    )


def _absolute(config: Config) -> SnapshotsConfig:
    """Return where the counts and the database are, whatever folder the configuration is used from."""
    paths = {"folder": config.snapshots_folder.absolute(), "database": config.database.absolute()}
    return config.snapshots.model_copy(update=paths)

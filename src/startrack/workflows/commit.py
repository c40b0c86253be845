"""What startrack made, committed and pushed: its own files and no others, on top of whatever was pushed meanwhile.

Where somebody was quicker, the counts of both are merged in a second working copy of what was pushed, the pages and
tables are built again from them, and that is pushed. The first commit stays on the branch here until then, so that no
count is lost, whatever becomes of the push.
"""

import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Final

from startrack import files, git
from startrack.config import Config
from startrack.dashboards import folder as dashboards_folder
from startrack.errors import BlockError, ConfigError, PushError, StartrackError, WriteError
from startrack.readme import blocks
from startrack.store import merging
from startrack.store.snapshots import Snapshots
from startrack.workflows import build

__all__ = [
    "CommitResult",
    "run",
]


_ATTEMPTS: Final = 6
_PAUSE: Final = 2.0
"""Seconds before the second attempt at a remote that was not reached, twice as many before each that follows."""


@dataclass(frozen=True, slots=True)
class CommitResult:
    """What was pushed: its commit, `None` where nothing was to be; and what of it is worth a look."""

    commit: str | None = None
    problems: tuple[str, ...] = ()


def run(config: Config, message: str, sleep: Callable[[float], None]) -> CommitResult:
    """Commit the files that startrack made, where they have changed, and push the commit.

    Raises PushError, and StoreError where versions of the counts cannot be merged; the commit then stays here.
    """
    if not message.strip():
        raise ConfigError("the commit's message is empty; write one with --message")
    repository = git.open_repository(config.root)
    lost = _lost(repository, config)
    done = _committed(repository, config, message, sleep)
    return replace(done, problems=(*lost, *done.problems))


def _lost(repository: git.Repository, config: Config) -> Iterator[str]:
    """Tell of files with counts that are not committed, since `.gitignore` names them: dashboards can be built anew."""
    paths = (config.snapshots_folder / path for path in _snapshots(config).kept())
    names = (name for path in paths if (name := repository.git_path(path)) and path.suffix == ".csv")
    if ignored := sorted(repository.ignored(names)):
        more = f" and {len(ignored) - 1} more files" if len(ignored) > 1 else ""
        yield (
            f"{os.fsdecode(ignored[0])}{more} of counts are not committed, since .gitignore keeps them out of git: "
            "they are lost with this checkout; let them in there by a line that begins with !"
        )


def _committed(
    repository: git.Repository, config: Config, message: str, sleep: Callable[[float], None]
) -> CommitResult:
    before = repository.head()
    paths = _paths(repository, config)
    tree = repository.write_tree(paths)
    if before is not None and tree == repository.tree_id(before):
        return _left_over(repository, config, message, before, sleep)
    if not paths:
        return CommitResult()
    commit = repository.commit(tree, before, message)
    repository.move_branch(commit, before, paths)
    return _Delivery(repository, config, message, commit, before, sleep).run()


def _left_over(
    repository: git.Repository,
    config: Config,
    message: str,
    head: str,
    sleep: Callable[[float], None],
) -> CommitResult:
    """Push the commit of an earlier run where it could not be pushed then, else nothing."""
    touched = repository.changed_files(head)
    if not touched or not touched <= set(_paths(repository, config)) or not repository.is_ahead():
        return CommitResult()
    return _Delivery(repository, config, message, head, repository.parent(head), sleep).run()


def _paths(repository: git.Repository, config: Config) -> list[bytes]:
    """Return the files that are ours, as git names them, with those that the last commit had and a build removed.

    A page that the manifest names and that is not there was not removed by a build: it is not checked out, say.
    """
    folder = config.dashboards_folder
    manifest, names = folder / dashboards_folder.MANIFEST_NAME, dashboards_folder.read_manifest(folder).digests.keys()
    name = repository.git_path(manifest) if files.is_file(manifest) else None
    last = repository.read_file(repository.head(), name) if name else None
    last_names = dashboards_folder.parse_manifest(last or b"").keys()
    gone = (path for name in last_names - names if not os.path.lexists(path := folder / name))
    snapshots = _snapshots(config)
    kept = (config.snapshots_folder / path for path in snapshots.kept())
    pages = (path for name in (dashboards_folder.MANIFEST_NAME, *names) if os.path.lexists(path := folder / name))
    found = chain(kept, pages, gone, _readmes(config, snapshots))
    return sorted({name for path in found if (name := repository.git_path(path)) and not path.is_dir()})


def _snapshots(config: Config) -> Snapshots:
    return Snapshots(config.snapshots_folder, config.snapshots.every)


def _readmes(config: Config, snapshots: Snapshots) -> list[Path]:
    """Return the files with tables of ours; what is wrong with one was said when it was to be filled."""
    try:
        paths = build.readmes(config, (fact.source for fact in snapshots.lists().rows))
    except WriteError:
        return []
    return [path for path in paths if _is_filled(path)]


def _is_filled(path: Path) -> bool:
    try:
        return bool(blocks.parse(files.read(path), str(path)).blocks)
    except (BlockError, WriteError):
        return False


@dataclass(frozen=True, slots=True)
class _Delivery:
    """A commit on its way to the remote: `before` is the one that it stands on, `None` where it is the first."""

    repository: git.Repository
    config: Config
    message: str
    commit: str
    before: str | None
    sleep: Callable[[float], None]

    def run(self) -> CommitResult:
        """Push, on top of what others push meanwhile. Raises PushError and StoreError."""
        # A commit that somebody takes out there meanwhile is none of ours, and does not come back.
        upstream, known = self.repository.upstream(), self.repository.upstream_commit()
        commit, problems = self.commit, tuple[str, ...]()
        for attempt in range(_ATTEMPTS):
            refusal = self.repository.push(commit, upstream)
            if refusal is None:
                return CommitResult(commit, (*problems, *self._adopt(commit)))
            theirs = self.repository.fetch(upstream) if refusal.is_race else refusal
            if isinstance(theirs, str):
                commit, problems = self._onto(theirs, known)
                if commit == theirs:
                    return CommitResult(None, (*problems, *self._adopt(commit)))
            elif theirs.is_unreached and attempt + 1 < _ATTEMPTS:
                self.sleep(_PAUSE * 2**attempt)
            else:
                raise theirs.error
        raise PushError("pushed meanwhile", f"others pushed {_ATTEMPTS} times meanwhile; run this at another time")

    def _onto(self, theirs: str, known: str | None) -> tuple[str, tuple[str, ...]]:
        """Return the commit that holds our counts and theirs, and what is wrong with the pages built from them.

        `known` is the commit that they had when we began.
        """
        with self.repository.worktree(theirs) as copy, tempfile.TemporaryDirectory() as folder:
            if self.before:
                copy.cherry_pick(filter(None, (theirs, known)), self.before, _paths(self.repository, self.config))
            config = _moved(self.config, self.repository.top, copy.top, Path(folder))
            self._merge(config, copy.head(), Path(folder))
            problems = _built(config)
            head, tree = copy.head(), copy.write_tree(_paths(copy, config))
            if head and tree == copy.tree_id(head):
                return head, problems
            return copy.commit(tree, head, self.message), problems

    def _merge(self, copied: Config, theirs: str | None, folder: Path) -> None:
        """Put our counts into the copy of what was pushed."""
        kept = self.config.snapshots_folder
        ours = Snapshots(kept, self.config.snapshots.every)
        changed: dict[Path, str | None] = {}
        base = self.repository.files(self.repository.merge_base(self.commit, theirs) if theirs else None)
        mine, other = self.repository.files(self.commit), self.repository.files(theirs)
        for path in ours.kept():
            name = self.repository.git_path(kept / path)
            if name in mine and mine[name] not in (base.get(name), other.get(name)):
                changed[path] = base.get(name)
        before = {folder / path: self.repository.blob(blob) for path, blob in changed.items() if blob}
        files.write(before, below=folder)
        there = Snapshots(copied.snapshots_folder, ours.every)
        merged = merging.merge(Snapshots(folder, ours.every), ours, there, changed)
        files.write({there.folder / path: content for path, content in merged.items()}, below=there.folder)

    def _adopt(self, commit: str) -> tuple[str, ...]:
        """Bring the working copy to what was pushed; return what kept it from that."""
        if commit == self.commit:
            return ()
        if not self.repository.move_to(commit, self.commit):
            return ("the working copy has other changes, and stays at the commit before the merge",)
        _built(self.config)  # pages that are not in git; what is wrong with them is known by now
        return ()


def _moved(config: Config, top: Path, copy: Path, folder: Path) -> Config:
    """Return a configuration with its paths in a copy of the repository, and its database in a folder."""

    def there(path: Path) -> Path:
        place = (config.root / path).resolve()
        return copy / place.relative_to(top) if place.is_relative_to(top) else place

    snapshots = {"folder": there(config.snapshots.folder), "database": folder / "startrack.duckdb"}
    readmes = None if config.readme.file is None else tuple(map(there, config.readme.file))
    return config.model_copy(
        update={
            "root": there(Path()),
            "snapshots": config.snapshots.model_copy(update=snapshots),
            "dashboards": config.dashboards.model_copy(update={"folder": there(config.dashboards.folder)}),
            "readme": config.readme.model_copy(update={"file": readmes}),
        },
    )


def _built(config: Config) -> tuple[str, ...]:
    """Build pages and tables; return what kept them from being built."""
    try:
        build.run(config, None)
    except StartrackError as error:
        return (f"pages and tables were not built with what was pushed meanwhile: {error}",)
    return ()

"""Makes and pushes commits in a git repository by running the program `git`, one step per function.

A commit is made from files on disk through a separate index. So it contains nothing else that earlier steps changed
or staged in the working copy. Paths are never patterns, and no hooks are run except those of a push.
"""

import os
import re
import subprocess
import tempfile
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

from startrack import files
from startrack.errors import PushError

__all__ = ["NO_PERMISSION", "PROTECTED", "Refusal", "Repository", "Upstream", "open_repository"]

NO_PERMISSION: Final = "no permission to push"
"""The title of the error if the token may only read."""

PROTECTED: Final = ("protected branch", "ruleset")
"""The titles of the errors if the rules of the repository refuse a push."""

_TIMEOUT: Final = 600  # seconds
_MAX_MESSAGE_LENGTH: Final = 400
_ENVIRONMENT: Final = {"GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
# These would make git use another repository than that of the folder.
_IGNORED_VARIABLES: Final = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR")
_NO_HOOKS: Final = ("-c", f"core.hooksPath={os.devnull}")
# The files of a data branch are read and written byte by byte, and all of them, whatever the checkout has set.
# Links are written as text, so that nothing is read through them.
_AS_THEY_ARE: Final = (
    *("-c", "core.autocrlf=false"),
    *("-c", "core.sparseCheckout=false"),
    *("-c", "core.symlinks=false"),
)
_NOBODY: Final = "startrack <startrack@localhost> 0 +0000"

_RACE: Final = re.compile(
    r"\[rejected\] +\((fetch first|non-fast-forward|stale info)\)"
    r"|\[remote rejected\].*(cannot lock ref|failed to update ref|incorrect old value|already exists)",
)
_UNREACHED: Final = re.compile(
    r"Could not resolve host|Failed to connect|Couldn't connect|Connection (timed out|refused|reset)"
    r"|requested URL returned error: (5\d\d|429)|early EOF|hung up|Operation timed out|(SSL|TLS) connect",
)
_ABSENT: Final = re.compile(r"couldn't find remote ref")
_WAYS_OUT: Final = (
    "set `history: branch` and `publish: pull-request`, or check out with the token of a user or App that may bypass "
    "this (`token` of actions/checkout)"
)
# GitHub's messages for a refused push, as of November 2026, each with a title and a remedy.
_CAUSES: Final = (
    (
        re.compile(r"GH006|protected branch hook declined"),
        PROTECTED[0],
        f"the branch is protected, and this token may not push to it; {_WAYS_OUT}",
    ),
    (
        re.compile(r"GH013|repository rule violations"),
        PROTECTED[1],
        f"a ruleset of the repository blocks pushes with this token; {_WAYS_OUT}",
    ),
    (
        re.compile(
            r"requested URL returned error: 403|Permission to \S+ denied|Write access to repository not granted",
        ),
        NO_PERMISSION,
        "the token may not write here; give the job `permissions: contents: write` (impossible for forks)",
    ),
    (
        re.compile(
            r"could not read (Username|Password)|Authentication failed|error: 401|Permission denied \(publickey",
        ),
        "no credentials",
        "git has no credentials that the remote accepts; in Actions, check the input `token` of the action",
    ),
)


@dataclass(frozen=True, slots=True)
class Upstream:
    """The target of a push: a remote and the full name of the branch there."""

    remote: str
    branch: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a push or a fetch failed.

    `is_race`: somebody else pushed first. `is_unreached`: the remote did not answer. `is_absent`: the remote has no
    such branch. Otherwise a retry does not help.
    """

    error: PushError
    is_race: bool = False
    is_unreached: bool = False
    is_absent: bool = False


@dataclass(frozen=True, slots=True)
class Repository:
    """A working copy; `top` is its top folder, an absolute path without symbolic links.

    `settings` are options that git gets with every command.
    """

    top: Path
    settings: tuple[str, ...] = ()

    def git_path(self, path: Path) -> bytes | None:
        """Return a path as git names it, `None` if it is outside of this repository or in a nested one."""
        resolved = path.resolve()
        if not resolved.is_relative_to(self.top) or resolved == self.top:
            return None
        between = resolved.relative_to(self.top).parents
        if any(parent != Path() and (self.top / parent / ".git").exists() for parent in between):
            return None
        return os.fsencode(resolved.relative_to(self.top).as_posix())

    def head(self) -> str | None:
        """Return the commit that is checked out, `None` before the first commit."""
        return self._line("rev-parse", "--verify", "--quiet", "HEAD^{commit}")

    def find_commit(self, revision: str) -> str | None:
        """Return the commit that somebody names, `None` if there is none here. A name is never an option of git."""
        is_name = revision and not revision.startswith("-")
        return self._line("rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}") if is_name else None

    def tree_id(self, commit: str | None) -> str | None:
        """Return the id of the tree of a commit, `None` if there is no commit."""
        return self._line("rev-parse", f"{commit}^{{tree}}") if commit else None

    def merge_base(self, one: str, other: str) -> str | None:
        """Return the common ancestor of two commits, `None` if none is known."""
        return self._line("merge-base", one, other)

    def is_ancestor(self, one: str, other: str) -> bool:
        """Say whether a commit is an ancestor of another, as far as the history is known here."""
        return self._try("merge-base", "--is-ancestor", one, other).returncode == 0

    def is_shallow(self) -> bool:
        """Say whether the history is cut off somewhere, as `actions/checkout` does by default."""
        return self._line("rev-parse", "--is-shallow-repository") == "true"

    def branch(self) -> str | None:
        """Return the name of the checked-out branch, `None` if there is none (detached HEAD)."""
        return self._line("symbolic-ref", "--quiet", "--short", "HEAD")

    def remote(self) -> str:
        """Return the remote of the checked-out branch, else `origin` or the only one. Raises PushError without one."""
        branch = self.branch()
        configured = self._line("config", "--get", f"branch.{branch}.remote") if branch else None
        remotes = os.fsdecode(self._run("remote")).split()
        if configured is None and not remotes:
            raise PushError("no remote", "the repository has no remote; add one with `git remote add origin URL`")
        return configured or ("origin" if "origin" in remotes else remotes[0])

    def url(self, remote: str) -> str | None:
        """Return the address of a remote, `None` if it has none. It may contain a token."""
        return self._line("remote", "get-url", remote)

    def has_branch_name(self, branch: str) -> bool:
        """Say whether a branch can have this name."""
        return self._try("check-ref-format", f"refs/heads/{branch}").returncode == 0

    def upstream(self) -> Upstream:
        """Return the upstream of the checked-out branch. Raises PushError if there is no branch or no upstream."""
        branch = self.branch()
        if branch is None:
            raise PushError(
                "detached HEAD",
                "no branch is checked out (detached HEAD); set the `ref` of actions/checkout to a branch, and do not "
                "run this for tags and pull requests",
            )
        remote, merge = (self._line("config", "--get", f"branch.{branch}.{key}") for key in ("remote", "merge"))
        if remote is None or merge is None:
            raise PushError(
                "no upstream",
                f"the branch {branch} has no upstream; set one with `git push -u origin {branch}`",
            )
        return Upstream(remote, merge)

    def upstream_commit(self) -> str | None:
        """Return the commit of the upstream branch as of the last fetch or push, `None` if there was none."""
        return self._line("rev-parse", "--verify", "--quiet", "@{upstream}^{commit}")

    def files(self, commit: str | None) -> dict[bytes, str]:
        """Return the blob ids of a commit's files by path."""
        if commit is None:
            return {}
        lines = self._run("ls-tree", "-r", "-z", commit).split(b"\0")
        entries = (line.partition(b"\t") for line in lines if line)
        return {path: entry.split()[2].decode() for entry, _, path in entries if entry.startswith(b"100")}

    def blob(self, name: str) -> bytes:
        """Return the content of a blob."""
        return self._run("cat-file", "blob", name)

    def read_file(self, commit: str | None, path: bytes) -> bytes | None:
        """Return the content of a file in a commit, `None` if the commit does not have it."""
        name = self._line("rev-parse", "--verify", "--quiet", f"{commit}:{os.fsdecode(path)}") if commit else None
        return self.blob(name) if name else None

    def old_path(self, commit: str, path: bytes) -> bytes | None:
        """Return the path that a file on disk had in a commit that does not have it, `None` if it is a new file.

        This is git's detection of renames, and of copies of a file that has changed too, such as one that only names
        the new place now. It does not matter whether git has the new file already. Its own index stays as it is.
        """
        with tempfile.TemporaryDirectory() as folder:
            index = Path(folder) / "index"
            self._run("read-tree", commit, index=index)
            self._run("add", "--intent-to-add", "--force", "--", os.fsdecode(path), index=index)
            # Else each file looks changed, and so like one that was copied.
            self._run("update-index", "-q", "--ignore-missing", "--refresh", index=index)
            options = ("--find-copies", "--diff-filter=RC", "--name-status", "-z")
            renames = self._run("diff-index", *options, commit, index=index).split(b"\0")
        pairs = zip(renames[1::3], renames[2::3], strict=False)
        return next((old for old, new in pairs if new == path), None)

    def write_tree(self, paths: Iterable[bytes], *, removed: Iterable[bytes] = (), even_ignored: bool = False) -> str:
        """Write the tree of HEAD with these files as they are on disk, without missing ones, and return its id.

        Files that `.gitignore` excludes stay out, unless HEAD has them or `even_ignored` is set. The `removed` are left
        out of the tree, whether they are on disk or not.
        """
        with tempfile.TemporaryDirectory() as folder:
            index = Path(folder) / "index"
            self._run("read-tree", "HEAD" if self.head() else "--empty", index=index)
            self._stage(paths, index, even_ignored=even_ignored)
            self._unstage(removed, index)
            return self._run("write-tree", index=index).decode().strip()

    def commit(self, tree: str, parent: str | None, message: str) -> str:
        """Create a commit and return its id; no branch points to it yet."""
        parents = ("-p", parent) if parent else ()
        return self._run("commit-tree", tree, *parents, "-F", "-", data=os.fsencode(message)).decode().strip()

    def move_branch(
        self, commit: str, before: str | None, paths: Iterable[bytes], removed: Iterable[bytes] = ()
    ) -> None:
        """Move the branch to a commit that has these files as they are on disk, without `removed`; no file changes."""
        self._run("update-ref", "-m", "startrack", "HEAD", commit, before or "")
        self._stage(paths, None)
        self._unstage(removed, None)

    def move_to(self, commit: str, before: str) -> bool:
        """Move branch and working copy from one commit to another; return False if local changes prevent it."""
        self._try("update-index", "-q", "--refresh")
        if self._try("read-tree", "-m", "-u", before, commit).returncode:
            return False
        self._run("update-ref", "-m", "startrack", "HEAD", commit, before)
        return True

    def linked(self, folder: Path) -> "Repository | None":
        """Return the working copy of this repository at a folder that `link` made, `None` if there is none.

        Raises PushError if the folder is a repository of its own.
        """
        if not os.path.lexists(folder / ".git"):
            return None
        copy = Repository(folder.resolve(), _AS_THEY_ARE)
        if copy._folders() is None:  # the repository was moved
            self._try("worktree", "repair", str(copy.top))
        own, linked = self._folders(), copy._folders()
        if linked and own and linked[0] == own[0] and linked[1] != own[1]:
            return copy
        if linked is None and (folder / ".git").is_file():  # its other half is gone
            return None
        raise PushError(
            "another repository", f"{folder} is a git repository of its own; set another path in [snapshots] folder"
        )

    def link(self, folder: Path) -> "Repository":
        """Make an existing folder a working copy at a commit without files; its files stay as they are."""
        self.prune()
        with tempfile.TemporaryDirectory() as temporary:
            draft = Path(temporary).resolve() / "snapshots"
            self._run("worktree", "add", "--quiet", "--detach", "--no-checkout", str(draft), self.empty_commit())
            files.write({folder / ".git": (draft / ".git").read_bytes()}, below=folder)
        self._run("worktree", "repair", str(folder.resolve()))
        return Repository(folder.resolve(), _AS_THEY_ARE)

    def prune(self) -> None:
        """Forget the working copies whose folders are gone."""
        self._run("worktree", "prune")

    def empty_commit(self) -> str:
        """Return a commit without files and parents; it is always the same one."""
        tree = self._run("mktree").decode().strip()
        text = f"tree {tree}\nauthor {_NOBODY}\ncommitter {_NOBODY}\n\nno counts yet\n"
        return self._run("hash-object", "-t", "commit", "-w", "--stdin", data=text.encode()).decode().strip()

    def _folders(self) -> tuple[Path, Path] | None:
        """Return git's folders, the one that all working copies share and that of this one, `None` without any."""
        done = self._try("rev-parse", "--git-common-dir", "--git-dir")
        if done.returncode:
            return None
        common, own = (self.top / os.fsdecode(line) for line in done.stdout.removesuffix(b"\n").split(b"\n", 1))
        return common.resolve(), own.resolve()

    def exclude(self, path: bytes) -> None:
        """Let git ignore a folder in this clone only."""
        folders = self._folders()
        if folders is None:
            return
        file = folders[0]
        line = b"/%s/" % re.sub(rb"[\\*?[]", rb"\\\g<0>", path).replace(b"\n", b"?")
        excluded = file / "info" / "exclude"
        before = excluded.read_bytes() if excluded.is_file() else b""
        if line not in before.splitlines():
            ended = before + b"\n" if before and not before.endswith(b"\n") else before
            files.write({excluded: ended + line + b"\n"}, below=file)

    def set_head(self, commit: str) -> None:
        """Let the working copy stand at a commit, on no branch; its files stay as they are."""
        self._run("read-tree", commit)
        self._run("update-ref", "--no-deref", "-m", "startrack", "HEAD", commit)

    def blob_ids(self, names: Collection[bytes]) -> dict[bytes, str]:
        """Return the ids that files on disk have as blobs, byte by byte; no name may have a line break."""
        done = self._run(
            "hash-object", "--no-filters", "--stdin-paths", data=b"".join(b"%s\n" % name for name in names)
        )
        return dict(zip(names, done.decode().split(), strict=True))

    def check_out(self, commit: str, names: Iterable[bytes]) -> None:
        """Write files of a commit into the working copy, over what is there."""
        with tempfile.TemporaryDirectory() as folder:
            index = Path(folder) / "index"
            self._run("read-tree", commit, index=index)
            data = b"".join(b"%s\0" % name for name in names)
            self._run("checkout-index", "--quiet", "--force", "-z", "--stdin", data=data, index=index)

    def export(self, commit: str, folder: Path) -> None:
        """Write all files of a commit into an empty folder."""
        with tempfile.TemporaryDirectory() as temporary:
            index = Path(temporary) / "index"
            self._run("read-tree", commit, index=index)
            self._run("checkout-index", "--quiet", "--all", f"--prefix={folder}/", index=index)

    @contextmanager
    def worktree(self, commit: str) -> Iterator["Repository"]:
        """Yield a second working copy with a commit checked out; it is removed when the block ends."""
        with tempfile.TemporaryDirectory() as folder:
            top = Path(folder).resolve() / "copy"
            self._run("worktree", "add", "--quiet", "--detach", str(top), commit)
            try:
                yield Repository(top)
            finally:
                self._try("worktree", "remove", "--force", str(top))

    def cherry_pick(self, since: Iterable[str], until: str, ours: Collection[bytes]) -> None:
        """Cherry-pick the commits of `until` that none of `since` has, except those that change only `ours`.

        Raises PushError on a conflict.
        """
        exclusions = (f"^{commit}" for commit in since)
        for commit in self._run("rev-list", "--reverse", until, *exclusions).decode().split():
            if self.changed_files(commit) <= set(ours):
                continue
            if self._try("cherry-pick", commit).returncode:
                raise PushError(
                    "conflict",
                    "commits of an earlier step conflict with what was pushed meanwhile; let that step push them",
                )

    def changed_files(self, commit: str) -> set[bytes]:
        """Return the files that a commit added, changed or removed; none for a merge commit."""
        names = self._run("diff-tree", "--root", "--no-commit-id", "--no-renames", "--name-only", "-r", "-z", commit)
        return set(names.split(b"\0")) - {b""}

    def parents(self, commit: str) -> list[str]:
        """Return the parents of a commit, also where the history is cut off at it."""
        head = self._run("cat-file", "commit", commit).partition(b"\n\n")[0].decode(errors="replace")
        return re.findall(r"^parent ([0-9a-f]+)$", head, re.MULTILINE)

    def bundle(self, commit: str, branch: str, base: str | None, file: Path) -> None:
        """Write a commit into a file that `git fetch` takes as a remote; whoever fetches it must have its base.

        There a branch `refs/heads/NAME` is `refs/startrack/heads/NAME`.
        """
        reference = f"refs/startrack/{branch.removeprefix('refs/')}"
        self._run("update-ref", reference, commit)
        try:
            without = (f"^{base}",) if base else ()
            self._run("bundle", "create", "--quiet", str(file.absolute()), reference, *without)
        finally:
            self._run("update-ref", "-d", reference)

    def parent(self, commit: str) -> str | None:
        """Return the parent of a commit, `None` for the first commit."""
        return self._line("rev-parse", "--verify", "--quiet", f"{commit}^")

    def is_ahead(self) -> bool:
        """Say whether the branch has commits that its upstream, as last fetched, does not have."""
        return self._line("rev-list", "-1", "@{upstream}..HEAD") is not None

    def push(self, commit: str, upstream: Upstream) -> Refusal | None:
        """Push a commit; return why it was refused, `None` on success."""
        return _refusal(self._try("push", "--porcelain", upstream.remote, f"{commit}:{upstream.branch}", hooks=True))

    def push_over(self, commit: str, upstream: Upstream, expected: str | None) -> Refusal | None:
        """Push a commit to a branch that is at another, or is not there, also where that is not its parent.

        Return why it was refused, `None` on success. A branch that is not as expected is refused as a race.
        """
        lease = f"--force-with-lease={upstream.branch}:{expected or ''}"
        return _refusal(
            self._try("push", "--porcelain", lease, upstream.remote, f"{commit}:{upstream.branch}", hooks=True)
        )

    def fetch(self, upstream: Upstream, *, is_shallow: bool = False) -> "str | Refusal":
        """Fetch a branch, or only its last commit, and return that commit, or why the fetch failed."""
        depth = ("--depth=1",) if is_shallow else ()
        if refusal := _refusal(self._try("fetch", "--quiet", "--no-tags", *depth, upstream.remote, upstream.branch)):
            return refusal
        return self._run("rev-parse", "FETCH_HEAD^{commit}").decode().strip()

    def _stage(self, paths: Iterable[bytes], index: Path | None, *, even_ignored: bool = False) -> None:
        names = set(paths)
        staged = sorted(names if even_ignored else names - self.ignored(names, index))
        self._run("update-index", "-z", "--add", "--remove", "--stdin", data=b"\0".join(staged), index=index)

    def _unstage(self, paths: Iterable[bytes], index: Path | None) -> None:
        self._run("update-index", "-z", "--force-remove", "--stdin", data=b"\0".join(sorted(paths)), index=index)

    def ignored(self, names: Iterable[bytes], index: Path | None = None) -> set[bytes]:
        """Return the files that `.gitignore` excludes and git does not track."""
        # This command alone takes no literal paths; a path that begins with `./` is not a pattern either.
        data = b"".join(b"./%s\0" % name for name in names)
        done = self._try("check-ignore", "-z", "--stdin", data=data, index=index, literal=False)
        if done.returncode not in (0, 1):  # 1: none of them
            raise _failure(done)
        return {name.removeprefix(b"./") for name in done.stdout.split(b"\0") if name}

    def _line(self, *arguments: str) -> str | None:
        """Return the line that git prints, `None` if it fails or prints nothing."""
        done = self._try(*arguments)
        return os.fsdecode(done.stdout).strip() or None if done.returncode == 0 else None

    def _run(self, *arguments: str, data: bytes = b"", index: Path | None = None) -> bytes:
        """Return what git prints. Raises PushError if it fails."""
        done = self._try(*arguments, data=data, index=index)
        if done.returncode:
            raise _failure(done)
        return done.stdout

    def _try(
        self,
        *arguments: str,
        data: bytes = b"",
        index: Path | None = None,
        hooks: bool = False,
        literal: bool = True,
    ) -> "subprocess.CompletedProcess[bytes]":
        variables = {"GIT_LITERAL_PATHSPECS": str(int(literal)), **({"GIT_INDEX_FILE": str(index)} if index else {})}
        options = (*self.settings, *(() if hooks else _NO_HOOKS))
        return _git(self.top, *options, *arguments, data=data, variables=variables)


def open_repository(folder: Path) -> Repository:
    """Return the repository that a folder is in. Raises PushError if there is none or git does not trust it."""
    done = _git(folder, "rev-parse", "--show-toplevel")
    if done.returncode:
        error = _failure(done)
        raise PushError("no git repository", f"{error}; run this in a checkout of the repository (actions/checkout)")
    return Repository(Path(os.fsdecode(done.stdout.removesuffix(b"\n"))).resolve())


def _git(
    folder: Path,
    *arguments: str,
    data: bytes = b"",
    variables: Mapping[str, str] = MappingProxyType({}),
) -> "subprocess.CompletedProcess[bytes]":
    environment = {name: value for name, value in os.environ.items() if name not in _IGNORED_VARIABLES}
    try:
        return subprocess.run(  # noqa: S603 - a list of arguments, no shell
            ["git", *arguments],  # noqa: S607 - the git on the PATH, as in the checkout
            cwd=folder,
            env={**environment, **_ENVIRONMENT, **variables},
            input=data,
            capture_output=True,
            timeout=_TIMEOUT,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise PushError("git", f"cannot run git: {error}; install it, then run again") from error


def _failure(done: "subprocess.CompletedProcess[bytes]") -> PushError:
    return PushError("git", f"git says: {_output(done) or f'exit code {done.returncode}'}")


def _output(done: "subprocess.CompletedProcess[bytes]") -> str:
    """Return what git and the remote printed on one line, without user info in URLs, which may be a token."""
    text = (done.stdout + b"\n" + done.stderr).decode(errors="replace")
    lines = (" ".join(line.removeprefix("remote:").split()) for line in text.splitlines())
    output = "; ".join(dict.fromkeys(line for line in lines if line and not line.startswith(("hint:", "To ", "Done"))))
    return re.sub(r"(?<=://)[^/\s@]*@", "", output)[:_MAX_MESSAGE_LENGTH]


def _refusal(done: "subprocess.CompletedProcess[bytes]") -> Refusal | None:
    if done.returncode == 0:
        return None
    text = (done.stdout + done.stderr).decode(errors="replace")
    for pattern, title, remedy in _CAUSES:
        if pattern.search(text):
            return Refusal(PushError(title, f"{remedy}. git says: {_output(done)}"))
    if _ABSENT.search(text):
        return Refusal(PushError("no branch", f"the remote has no such branch: {_output(done)}"), is_absent=True)
    if _RACE.search(text):
        return Refusal(
            PushError("pushed meanwhile", f"somebody else pushed at the same time: {_output(done)}"), is_race=True
        )
    if _UNREACHED.search(text):
        error = PushError(
            "remote not reached",
            f"the remote cannot be reached; run again later. git says: {_output(done)}",
        )
        return Refusal(error, is_unreached=True)
    return Refusal(PushError("push refused", f"the remote refused the push. git says: {_output(done)}"))

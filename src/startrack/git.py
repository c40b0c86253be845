"""A git repository as commits are made in it and pushed: git's own program, one step a function.

Commits are made of files on disk through an index of their own, so that nothing else of the working copy goes into
them, whatever an earlier step has changed or staged. Paths are never patterns, and no hook but that of a push is run.
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

from startrack.errors import PushError

__all__ = ["Refusal", "Repository", "Upstream", "repository"]

_LONGEST: Final = 600  # seconds
_MOST_SHOWN: Final = 400
_ENVIRONMENT: Final = {"GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
# They would lead git to another repository than that of the folder.
_MISLEADING: Final = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR")
_NO_HOOKS: Final = ("-c", f"core.hooksPath={os.devnull}")

_RACE: Final = re.compile(
    r"\[rejected\] +\((fetch first|non-fast-forward|stale info)\)"
    r"|\[remote rejected\].*(cannot lock ref|failed to update ref|incorrect old value|already exists)",
)
_UNREACHED: Final = re.compile(
    r"Could not resolve host|Failed to connect|Couldn't connect|Connection (timed out|refused|reset)"
    r"|requested URL returned error: (5\d\d|429)|early EOF|hung up|Operation timed out|(SSL|TLS) connect",
)
_OTHER_WAY: Final = "check out with a token that may (`token` of actions/checkout), or a branch that is open (`ref`)"
# GitHub's words for why a push is refused, as they were in November 2026, with a title and the way out.
_CAUSES: Final = (
    (
        re.compile(r"GH006|protected branch hook declined"),
        "protected branch",
        f"the branch is protected, and this token may not push to it; {_OTHER_WAY}",
    ),
    (
        re.compile(r"GH013|repository rule violations"),
        "ruleset",
        f"a ruleset of the repository refuses pushes of this token; {_OTHER_WAY}",
    ),
    (
        re.compile(
            r"requested URL returned error: 403|Permission to \S+ denied|Write access to repository not granted",
        ),
        "no permission to push",
        "the token may not write here; give the job `permissions: contents: write`, not for forks",
    ),
    (
        re.compile(
            r"could not read (Username|Password)|Authentication failed|error: 401|Permission denied \(publickey",
        ),
        "no credentials",
        "git has no token to push with; leave `persist-credentials` of actions/checkout as it is",
    ),
)


@dataclass(frozen=True, slots=True)
class Upstream:
    """Where a branch is pushed to: a remote and the full name of the branch there."""

    remote: str
    branch: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a push or a fetch did not come about: somebody was quicker, nobody was reached, or an error for good."""

    error: PushError
    is_race: bool = False
    is_unreached: bool = False


@dataclass(frozen=True, slots=True)
class Repository:
    """A working copy by its top folder, which is an absolute path without links."""

    top: Path

    def inside(self, path: Path) -> bytes | None:
        """Return a path as git names it, `None` where it leads out of this repository or into another one."""
        place = path.resolve()
        if not place.is_relative_to(self.top) or place == self.top:
            return None
        between = place.relative_to(self.top).parents
        if any(parent != Path() and (self.top / parent / ".git").exists() for parent in between):
            return None
        return os.fsencode(place.relative_to(self.top).as_posix())

    def head(self) -> str | None:
        """Return the commit that is checked out, `None` before the first."""
        return self._line("rev-parse", "--verify", "--quiet", "HEAD^{commit}")

    def tree(self, commit: str | None) -> str | None:
        """Return the tree of a commit."""
        return self._line("rev-parse", f"{commit}^{{tree}}") if commit else None

    def base(self, one: str, other: str) -> str | None:
        """Return the commit that two come from, `None` where none is known."""
        return self._line("merge-base", one, other)

    def upstream(self) -> Upstream:
        """Return where the branch that is checked out is pushed to. Raises PushError where it is none, or nowhere."""
        branch = self._line("symbolic-ref", "--quiet", "--short", "HEAD")
        if branch is None:
            raise PushError(
                "detached HEAD",
                "no branch is checked out (detached HEAD), so there is none to push to; name a branch in the `ref` of "
                "actions/checkout, and do not run this for tags and pull requests",
            )
        remote, merge = (self._line("config", "--get", f"branch.{branch}.{key}") for key in ("remote", "merge"))
        if remote is None or merge is None:
            raise PushError(
                "no upstream",
                f"the branch {branch} has no upstream to push to; give it one: `git push -u origin {branch}`",
            )
        return Upstream(remote, merge)

    def known(self) -> str | None:
        """Return the commit that the branch had at its upstream when that was last asked, `None` where it never was."""
        return self._line("rev-parse", "--verify", "--quiet", "@{upstream}^{commit}")

    def files(self, commit: str | None) -> dict[bytes, str]:
        """Return the blobs of the files that a commit has, by path."""
        if commit is None:
            return {}
        lines = self._run("ls-tree", "-r", "-z", commit).split(b"\0")
        entries = (line.partition(b"\t") for line in lines if line)
        return {path: facts.split()[2].decode() for facts, _, path in entries if facts.startswith(b"100")}

    def blob(self, name: str) -> bytes:
        """Return what a file held."""
        return self._run("cat-file", "blob", name)

    def content(self, commit: str | None, path: bytes) -> bytes | None:
        """Return what a file holds in a commit, `None` where it is not in it."""
        name = self._line("rev-parse", "--verify", "--quiet", f"{commit}:{os.fsdecode(path)}") if commit else None
        return self.blob(name) if name else None

    def tree_of(self, paths: Iterable[bytes]) -> str:
        """Return the tree of HEAD with these files as they are on disk: those that are not there are not in it.

        Files that `.gitignore` excludes stay out, unless HEAD has them.
        """
        with tempfile.TemporaryDirectory() as folder:
            index = Path(folder) / "index"
            self._run("read-tree", "HEAD" if self.head() else "--empty", index=index)
            self._stage(paths, index)
            return self._run("write-tree", index=index).decode().strip()

    def commit(self, tree: str, parent: str | None, message: str) -> str:
        """Make a commit and return its name; no branch has it yet."""
        parents = ("-p", parent) if parent else ()
        return self._run("commit-tree", tree, *parents, "-F", "-", data=os.fsencode(message)).decode().strip()

    def advance(self, commit: str, before: str | None, paths: Iterable[bytes]) -> None:
        """Move the branch to a commit that holds these files as they are on disk; all others stay as they are."""
        self._run("update-ref", "-m", "startrack", "HEAD", commit, before or "")
        self._stage(paths, None)

    def adopt(self, commit: str, before: str) -> bool:
        """Bring the working copy from one commit to another, and say whether nothing in it was in the way."""
        self._done("update-index", "-q", "--refresh")
        if self._done("read-tree", "-m", "-u", before, commit).returncode:
            return False
        self._run("update-ref", "-m", "startrack", "HEAD", commit, before)
        return True

    @contextmanager
    def copy_of(self, commit: str) -> Iterator["Repository"]:
        """Yield a second working copy of a commit, until the end of the `with`."""
        with tempfile.TemporaryDirectory() as folder:
            top = Path(folder).resolve() / "copy"
            self._run("worktree", "add", "--quiet", "--detach", str(top), commit)
            try:
                yield Repository(top)
            finally:
                self._done("worktree", "remove", "--force", str(top))

    def pick(self, since: Iterable[str], until: str, ours: Collection[bytes]) -> None:
        """Put the commits of `until` that none of `since` has onto the one checked out, but not those of `ours` alone.

        Raises PushError where one does not fit.
        """
        without = (f"^{commit}" for commit in since)
        for commit in self._run("rev-list", "--reverse", until, *without).decode().split():
            if self.touched(commit) <= set(ours):
                continue
            if self._done("cherry-pick", commit).returncode:
                raise PushError(
                    "conflict",
                    "commits that an earlier step made do not fit what was pushed meanwhile; let that step push them",
                )

    def touched(self, commit: str) -> set[bytes]:
        """Return the files that a commit added, changed or removed, none where it joins two others."""
        names = self._run("diff-tree", "--root", "--no-commit-id", "--no-renames", "--name-only", "-r", "-z", commit)
        return set(names.split(b"\0")) - {b""}

    def parent(self, commit: str) -> str | None:
        """Return the commit that one stands on, `None` where it is the first."""
        return self._line("rev-parse", "--verify", "--quiet", f"{commit}^")

    def is_ahead(self) -> bool:
        """Say whether the branch has commits that are not known to be at its upstream."""
        return self._line("rev-list", "-1", "@{upstream}..HEAD") is not None

    def push(self, commit: str, upstream: Upstream) -> Refusal | None:
        """Push a commit; return why it was refused, `None` where it was not."""
        return _refusal(self._done("push", "--porcelain", upstream.remote, f"{commit}:{upstream.branch}", hooks=True))

    def fetch(self, upstream: Upstream) -> "str | Refusal":
        """Return the commit that a branch has at its remote by now, or why that cannot be told."""
        if refusal := _refusal(self._done("fetch", "--quiet", upstream.remote, upstream.branch)):
            return refusal
        return self._run("rev-parse", "FETCH_HEAD^{commit}").decode().strip()

    def _stage(self, paths: Iterable[bytes], index: Path | None) -> None:
        names = set(paths)
        kept = sorted(names - self.ignored(names, index))
        self._run("update-index", "-z", "--add", "--remove", "--stdin", data=b"\0".join(kept), index=index)

    def ignored(self, names: Iterable[bytes], index: Path | None = None) -> set[bytes]:
        """Return which files `.gitignore` keeps out of git and git does not have already."""
        # Of all commands this one takes no literal paths; what begins with a dot and a slash is no pattern either.
        data = b"".join(b"./%s\0" % name for name in names)
        done = self._done("check-ignore", "-z", "--stdin", data=data, index=index, literal=False)
        if done.returncode not in (0, 1):  # 1: none of them
            raise _failure(done)
        return {name.removeprefix(b"./") for name in done.stdout.split(b"\0") if name}

    def _line(self, *words: str) -> str | None:
        """Return the line that git answers, `None` where it has no answer."""
        done = self._done(*words)
        return os.fsdecode(done.stdout).strip() or None if done.returncode == 0 else None

    def _run(self, *words: str, data: bytes = b"", index: Path | None = None) -> bytes:
        """Return what git says. Raises PushError where it fails."""
        done = self._done(*words, data=data, index=index)
        if done.returncode:
            raise _failure(done)
        return done.stdout

    def _done(
        self,
        *words: str,
        data: bytes = b"",
        index: Path | None = None,
        hooks: bool = False,
        literal: bool = True,
    ) -> "subprocess.CompletedProcess[bytes]":
        more = {"GIT_LITERAL_PATHSPECS": str(int(literal)), **({"GIT_INDEX_FILE": str(index)} if index else {})}
        return _git(self.top, *(() if hooks else _NO_HOOKS), *words, data=data, more=more)


def repository(folder: Path) -> Repository:
    """Return the repository that a folder is in. Raises PushError where it is in none, or git does not trust it."""
    done = _git(folder, "rev-parse", "--show-toplevel")
    if done.returncode:
        error = _failure(done)
        raise PushError("no git repository", f"{error}; run this in a checkout of the repository (actions/checkout)")
    return Repository(Path(os.fsdecode(done.stdout.removesuffix(b"\n"))).resolve())


def _git(
    folder: Path,
    *words: str,
    data: bytes = b"",
    more: Mapping[str, str] = MappingProxyType({}),
) -> "subprocess.CompletedProcess[bytes]":
    environment = {name: value for name, value in os.environ.items() if name not in _MISLEADING}
    try:
        return subprocess.run(  # noqa: S603 - a list of arguments, no shell
            ["git", *words],  # noqa: S607 - whichever git the checkout was made with
            cwd=folder,
            env={**environment, **_ENVIRONMENT, **more},
            input=data,
            capture_output=True,
            timeout=_LONGEST,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise PushError("git", f"git does not run: {error}; install it, then run again") from error


def _failure(done: "subprocess.CompletedProcess[bytes]") -> PushError:
    return PushError("git", f"git says: {_words(done) or f'exit code {done.returncode}'}")


def _words(done: "subprocess.CompletedProcess[bytes]") -> str:
    """Return what git and the remote said, without the address, which may hold a token."""
    text = (done.stdout + b"\n" + done.stderr).decode(errors="replace")
    lines = (" ".join(line.removeprefix("remote:").split()) for line in text.splitlines())
    said = "; ".join(dict.fromkeys(line for line in lines if line and not line.startswith(("hint:", "To ", "Done"))))
    return re.sub(r"(?<=://)[^/\s@]*@", "", said)[:_MOST_SHOWN]


def _refusal(done: "subprocess.CompletedProcess[bytes]") -> Refusal | None:
    if done.returncode == 0:
        return None
    text = (done.stdout + done.stderr).decode(errors="replace")
    for pattern, title, remedy in _CAUSES:
        if pattern.search(text):
            return Refusal(PushError(title, f"{remedy}. git says: {_words(done)}"))
    if _RACE.search(text):
        return Refusal(PushError("pushed meanwhile", f"somebody else pushes: {_words(done)}"), is_race=True)
    if _UNREACHED.search(text):
        error = PushError(
            "remote not reached",
            f"the remote cannot be reached; run again later. git says: {_words(done)}",
        )
        return Refusal(error, is_unreached=True)
    return Refusal(PushError("push refused", f"the push was refused; see the remote's words. git says: {_words(done)}"))

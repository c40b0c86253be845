"""The days on which projects were added to a list, read with git from real histories."""

import os
import subprocess
import tempfile
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from startrack.lists import git_history

LINK = "- [{0}](https://github.com/{0}) does one thing"
NAME = st.from_regex(r"[a-z0-9][a-z0-9-]{0,8}/[a-z0-9_-][a-z0-9._-]{0,8}[a-z0-9]", fullmatch=True)


class Checkout:
    """A list in a git repository, with commits on chosen days."""

    def __init__(self, folder: Path, name: str = "README.md") -> None:
        """Create a repository in a folder."""
        self.folder, self.file = folder, folder / name
        folder.mkdir(parents=True, exist_ok=True)
        self.git("init", "--quiet", "--initial-branch=main")
        for key, value in {"user.name": "Somebody", "user.email": "somebody@example.org"}.items():
            self.git("config", key, value)

    def git(self, *arguments: str, day: str = "2026-01-01") -> str:
        """Run git at noon of a day, without the configuration of this machine."""
        dates = dict.fromkeys(("GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"), f"{day}T12:00:00Z")
        no_config = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
        command = ["git", "--literal-pathspecs", *arguments]
        process = subprocess.run(
            command,
            cwd=self.folder,
            env=os.environ | dates | no_config,
            check=True,
            capture_output=True,
            text=True,
        )
        return process.stdout

    def write(self, *repos: str) -> None:
        """Write a list with these repositories, one per line."""
        self.file.write_text("\n".join(["# Tools", *(LINK.format(repo) for repo in repos), ""]), encoding="utf-8")

    def commit(self, day: str, *repos: str) -> None:
        """Commit a list with these repositories on a day."""
        self.write(*repos)
        self.git("add", "--", self.file.name)
        self.git("commit", "--quiet", "--message=Update", day=day)


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """Return a list whose first version has one project."""
    checkout = Checkout(tmp_path / "list")
    checkout.commit("2026-01-01", "a/first")
    return checkout


def added_days(checkout: Checkout, *repos: str) -> list[str | None]:
    """Return the days on which these repositories were added, according to the history."""
    days = git_history.added_days(checkout.file)
    return [day.isoformat() if (day := days.get(repo)) else None for repo in repos]


def test_a_project_has_the_day_of_the_commit_that_added_it(checkout: Checkout) -> None:
    """Projects in the first version have no day, because they can be older than the file."""
    checkout.commit("2026-02-03", "a/first", "b/Second.js")
    checkout.commit("2026-03-04", "c/third", "a/first", "b/Second.js")
    assert added_days(checkout, "a/first", "b/second.js", "c/third", "d/none") == [
        None,
        "2026-02-03",
        "2026-03-04",
        None,
    ]


def test_moved_or_restored_projects_keep_their_first_day(checkout: Checkout) -> None:
    """A line that is moved, or removed and added again, keeps its first day."""
    checkout.commit("2026-02-03", "a/first", "b/second")
    checkout.commit("2026-03-04", "b/second", "a/first")
    checkout.commit("2026-04-05", "a/first")
    checkout.commit("2026-05-06", "a/first", "b/second")
    assert added_days(checkout, "a/first", "b/second") == [None, "2026-02-03"]


def test_a_pull_request_counts_from_its_merge(checkout: Checkout) -> None:
    """A project that was added on a branch has the day of the merge."""
    checkout.git("switch", "--quiet", "--create", "proposal")
    checkout.commit("2026-02-03", "a/first", "b/second")
    checkout.git("switch", "--quiet", "main")
    checkout.git("commit", "--quiet", "--allow-empty", "--message=Else", day="2026-02-10")
    checkout.git("merge", "--quiet", "--no-ff", "--message=Merge", "proposal", day="2026-02-20")
    assert added_days(checkout, "b/second") == ["2026-02-20"]


def test_a_shallow_clone(checkout: Checkout, tmp_path: Path) -> None:
    """In a shallow clone, projects in the oldest available version have no day."""
    checkout.commit("2026-02-03", "a/first", "b/second")
    checkout.commit("2026-03-04", "a/first", "b/second", "c/third")
    checkout.git("clone", "--quiet", "--depth=2", checkout.folder.as_uri(), str(tmp_path / "shallow"))
    days = git_history.added_days(tmp_path / "shallow" / "README.md")
    assert [days.get(repo) for repo in ("a/first", "b/second", "c/third")] == [None, None, date(2026, 3, 4)]


def test_a_renamed_file(checkout: Checkout) -> None:
    """The day of a renaming of the file is not reported as the day of its projects."""
    checkout.git("mv", "README.md", "list.md")
    checkout.git("commit", "--quiet", "--message=Move", day="2026-02-03")
    checkout.file = checkout.folder / "list.md"
    assert added_days(checkout, "a/first") == [None]


@pytest.mark.parametrize(
    "name",
    ["--output=x.md", "-p.md", ":(top)x.md", "$(touch x).md", "a\nb; 'c' \"d\".md", "*.md"],
)
def test_special_file_names(tmp_path: Path, name: str) -> None:
    """No file name is read as an option, a pattern or a command by git or a shell."""
    checkout = Checkout(tmp_path, name)
    checkout.commit("2026-01-01", "a/first")
    other = Checkout(tmp_path, "other.md")
    other.commit("2026-01-15", "o/other")
    checkout.commit("2026-02-03", "a/first", "b/second")
    assert added_days(checkout, "b/second", "o/other") == ["2026-02-03", None]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([".git", name, "other.md"])


def test_settings_of_the_checkout_run_nothing(checkout: Checkout, tmp_path: Path) -> None:
    """Programs in the settings of a repository are not started, and its settings do not change the result."""
    trap = tmp_path / "trap"
    trap.write_text(f"#!/bin/sh\ntouch '{tmp_path}/sprung'\ncat \"$@\"\n", encoding="utf-8")
    trap.chmod(0o755)
    (checkout.folder / ".gitattributes").write_text("*.md diff=trap -text\n", encoding="utf-8")
    checkout.commit("2026-02-03", "a/first", "b/second")
    settings = {
        **dict.fromkeys(("diff.external", "diff.trap.command", "diff.trap.textconv", "core.fsmonitor"), str(trap)),
        **dict.fromkeys(("core.pager", "pager.log", "gpg.program"), str(trap)),
        "color.ui": "always",
        "log.follow": "true",
        "log.showSignature": "true",
        "log.diffMerges": "combined",
        "diff.noprefix": "true",
        "diff.context": "9",
        "diff.renames": "copies",
        "format.pretty": "oneline",
    }
    for key, value in settings.items():
        checkout.git("config", key, value)
    assert added_days(checkout, "a/first", "b/second") == [None, "2026-02-03"]
    assert not (tmp_path / "sprung").exists()


def test_binary_lists_are_read_as_text(checkout: Checkout) -> None:
    """A zero byte or a git attribute does not hide the lines that a version added."""
    (checkout.folder / ".gitattributes").write_text("*.md binary\n", encoding="utf-8")
    checkout.write("a/first", "b/second\0")
    checkout.git("add", "--all")
    checkout.git("commit", "--quiet", "--message=Update", day="2026-02-03")
    assert added_days(checkout, "b/second") == ["2026-02-03"]


def test_without_a_history_there_are_no_days(checkout: Checkout, tmp_path: Path) -> None:
    """There are no days outside a repository, for an untracked file and for a missing folder."""
    (tmp_path / "README.md").write_text("a/first", encoding="utf-8")
    (checkout.folder / "new.md").write_text("a/first", encoding="utf-8")
    for file in (tmp_path / "README.md", checkout.folder / "new.md", tmp_path / "none" / "README.md"):
        assert git_history.added_days(file) == {}


def test_without_disk_space_there_are_no_days(
    checkout: Checkout,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Without a folder for temporary files there are no days, but also no error."""
    checkout.commit("2026-02-03", "a/first", "b/second")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "none"))
    assert git_history.added_days(checkout.file) == {}


def test_nothing_is_written(checkout: Checkout) -> None:
    """Reading the history does not change any file of the checkout."""
    checkout.commit("2026-02-03", "a/first", "b/second")
    before = {path: path.stat().st_mtime_ns for path in checkout.folder.rglob("*")}
    assert added_days(checkout, "b/second") == ["2026-02-03"]
    assert {path: path.stat().st_mtime_ns for path in checkout.folder.rglob("*")} == before


@given(
    NAME,
    st.sampled_from(["[x](https://github.com/{})", "{},4", "<a href='//github.com/{}.git'>", "| {}. |", "{}/tree/x"]),
)
def test_names_in_any_kind_of_line(repo: str, form: str) -> None:
    """The repository of a line is found in every format of list."""
    assert repo.removesuffix(".git") in set(git_history._names(form.format(repo)))


@given(st.lists(st.text(max_size=30)))
def test_any_output_is_parsed(lines: list[str]) -> None:
    """Any output of git is parsed without an error."""
    assert all("/" in name for name in git_history._parse_log([*lines, "\0not a number", *lines]))

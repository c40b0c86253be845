"""When projects came into a list, read from real histories by the real git."""

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
    """A list under git, in which commits are made on the days that a test names."""

    def __init__(self, folder: Path, name: str = "README.md") -> None:
        """Begin a history in a folder."""
        self.folder, self.file = folder, folder / name
        folder.mkdir(parents=True, exist_ok=True)
        self.git("init", "--quiet", "--initial-branch=main")
        for key, value in {"user.name": "Somebody", "user.email": "somebody@example.org"}.items():
            self.git("config", key, value)

    def git(self, *arguments: str, day: str = "2026-01-01") -> str:
        """Run git at noon of a day, untouched by the machine's own configuration."""
        moments = dict.fromkeys(("GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"), f"{day}T12:00:00Z")
        alone = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
        command = ["git", "--literal-pathspecs", *arguments]
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=os.environ | moments | alone,
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout

    def write(self, *repos: str) -> None:
        """Let the list name these repositories, a line each."""
        self.file.write_text("\n".join(["# Tools", *(LINK.format(repo) for repo in repos), ""]), encoding="utf-8")

    def commit(self, day: str, *repos: str) -> None:
        """Let the list name these repositories from a day on."""
        self.write(*repos)
        self.git("add", "--", self.file.name)
        self.git("commit", "--quiet", "--message=Update", day=day)


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """Return a list whose first version names one project."""
    made = Checkout(tmp_path / "list")
    made.commit("2026-01-01", "a/first")
    return made


def found(checkout: Checkout, *repos: str) -> list[str | None]:
    """Return the days that the history tells of some repositories."""
    days = git_history.added_days(checkout.file)
    return [day.isoformat() if (day := days.get(repo)) else None for repo in repos]


def test_each_is_dated_by_the_version_that_brought_it(checkout: Checkout) -> None:
    """Later lines have their day; those of the first version have none, as they may be older than the file."""
    checkout.commit("2026-02-03", "a/first", "b/Second.js")
    checkout.commit("2026-03-04", "c/third", "a/first", "b/Second.js")
    assert found(checkout, "a/first", "b/second.js", "c/third", "d/none") == [
        None,
        "2026-02-03",
        "2026-03-04",
        None,
    ]


def test_what_moves_or_comes_back_keeps_its_first_day(checkout: Checkout) -> None:
    """A line that is moved, taken out and put in again is as old as it was."""
    checkout.commit("2026-02-03", "a/first", "b/second")
    checkout.commit("2026-03-04", "b/second", "a/first")
    checkout.commit("2026-04-05", "a/first")
    checkout.commit("2026-05-06", "a/first", "b/second")
    assert found(checkout, "a/first", "b/second") == [None, "2026-02-03"]


def test_a_proposal_counts_from_its_merge_on(checkout: Checkout) -> None:
    """What was written on a branch came into the list when that was merged."""
    checkout.git("switch", "--quiet", "--create", "proposal")
    checkout.commit("2026-02-03", "a/first", "b/second")
    checkout.git("switch", "--quiet", "main")
    checkout.git("commit", "--quiet", "--allow-empty", "--message=Else", day="2026-02-10")
    checkout.git("merge", "--quiet", "--no-ff", "--message=Merge", "proposal", day="2026-02-20")
    assert found(checkout, "b/second") == ["2026-02-20"]


def test_a_shallow_clone_takes_its_edge_for_no_addition(checkout: Checkout, tmp_path: Path) -> None:
    """What stands in the oldest version at hand has no day; what came after it has."""
    checkout.commit("2026-02-03", "a/first", "b/second")
    checkout.commit("2026-03-04", "a/first", "b/second", "c/third")
    checkout.git("clone", "--quiet", "--depth=2", checkout.folder.as_uri(), str(tmp_path / "shallow"))
    told = git_history.added_days(tmp_path / "shallow" / "README.md")
    assert [told.get(repo) for repo in ("a/first", "b/second", "c/third")] == [None, None, date(2026, 3, 4)]


def test_a_renamed_file_begins_anew(checkout: Checkout) -> None:
    """Nobody is said to have been added on the day the file was given its name."""
    checkout.git("mv", "README.md", "list.md")
    checkout.git("commit", "--quiet", "--message=Move", day="2026-02-03")
    checkout.file = checkout.folder / "list.md"
    assert found(checkout, "a/first") == [None]


@pytest.mark.parametrize(
    "name",
    ["--output=x.md", "-p.md", ":(top)x.md", "$(touch x).md", "a\nb; 'c' \"d\".md", "*.md"],
)
def test_any_file_name_is_a_name(tmp_path: Path, name: str) -> None:
    """No name is an option, a pattern or a command to git or a shell."""
    checkout = Checkout(tmp_path, name)
    checkout.commit("2026-01-01", "a/first")
    other = Checkout(tmp_path, "other.md")
    other.commit("2026-01-15", "o/other")
    checkout.commit("2026-02-03", "a/first", "b/second")
    assert found(checkout, "b/second", "o/other") == ["2026-02-03", None]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([".git", name, "other.md"])


def test_a_checkout_runs_nothing(checkout: Checkout, tmp_path: Path) -> None:
    """Programs that a repository's own settings name are not started, and its settings change nothing."""
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
    assert found(checkout, "a/first", "b/second") == [None, "2026-02-03"]
    assert not (tmp_path / "sprung").exists()


def test_binary_lists_are_read_as_text(checkout: Checkout) -> None:
    """A stray zero byte, or an attribute, does not hide what a version brought."""
    (checkout.folder / ".gitattributes").write_text("*.md binary\n", encoding="utf-8")
    checkout.write("a/first", "b/second\0")
    checkout.git("add", "--all")
    checkout.git("commit", "--quiet", "--message=Update", day="2026-02-03")
    assert found(checkout, "b/second") == ["2026-02-03"]


def test_without_a_history_nothing_is_told(checkout: Checkout, tmp_path: Path) -> None:
    """Outside of a checkout, of a file that is not in it, and in a folder that is not there."""
    (tmp_path / "README.md").write_text("a/first", encoding="utf-8")
    (checkout.folder / "new.md").write_text("a/first", encoding="utf-8")
    for file in (tmp_path / "README.md", checkout.folder / "new.md", tmp_path / "none" / "README.md"):
        assert git_history.added_days(file) == {}


def test_without_room_for_a_history_nothing_is_told(
    checkout: Checkout,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A machine without a folder for temporary files still counts; a later run reads the days."""
    checkout.commit("2026-02-03", "a/first", "b/second")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "none"))
    assert git_history.added_days(checkout.file) == {}


def test_nothing_is_written(checkout: Checkout) -> None:
    """Reading a history leaves every file of the checkout as it was."""
    checkout.commit("2026-02-03", "a/first", "b/second")
    before = {path: path.stat().st_mtime_ns for path in checkout.folder.rglob("*")}
    assert found(checkout, "b/second") == ["2026-02-03"]
    assert {path: path.stat().st_mtime_ns for path in checkout.folder.rglob("*")} == before


@given(
    NAME,
    st.sampled_from(["[x](https://github.com/{})", "{},4", "<a href='//github.com/{}.git'>", "| {}. |", "{}/tree/x"]),
)
def test_a_line_names_its_repository(repo: str, form: str) -> None:
    """In whatever form a list is written."""
    assert repo.removesuffix(".git") in set(git_history._names(form.format(repo)))


@given(st.lists(st.text(max_size=30)))
def test_no_output_breaks_it(lines: list[str]) -> None:
    """Whatever a version holds is read or passed over."""
    assert all("/" in name for name in git_history._parse_log([*lines, "\0not a number", *lines]))

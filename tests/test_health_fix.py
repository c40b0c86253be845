"""`startrack health --fix`: what it changes in the files of lists, what it leaves, and how it is taken back."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

import commands
import health_world
from shared_folders import SharedFolder
from startrack.demo.access import Clock
from startrack.demo.server import serving

LIST = b"""# A list

[![s](https://img.shields.io/github/stars/o/before)](https://github.com/o/before)

## Tools

- [Renamed](https://github.com/o/before/tree/main/docs#top) - Has another name now, [again][ref].
- [Archived](https://github.com/o/archived) - Read-only.
- **[Alive](https://github.com/o/alive) (archived)** - Came back.
- [Fine](https://github.com/o/fine) - Works.

<!-- startrack:table -->

| [Renamed](https://github.com/o/before) |

<!-- startrack:end -->

`https://github.com/o/before`

## Archived

- [Idle](https://github.com/o/idle) - No commit for long.

[ref]: https://github.com/o/before.git
"""
FIXED = (
    LIST.replace(b"stars/o/before)](https://github.com/o/before)", b"stars/o/after)](https://github.com/o/after)")
    .replace(b"o/before/tree", b"o/after/tree")
    .replace(b"o/before.git", b"o/after.git")
)
ITEM = b"- [Archived](https://github.com/o/archived) - Read-only.\n"

Fix = Callable[..., subprocess.CompletedProcess[str]]


def make(folder: Path) -> None:
    """Count the list once."""
    (folder / "README.md").write_bytes(LIST)
    with serving(health_world.world(), clock=Clock(health_world.FIRST)) as github:
        health_world.count(folder, github, health_world.FIRST)


@pytest.fixture
def folder(tmp_path: Path, shared_folder: SharedFolder) -> Path:
    """Return a folder with the counted list."""
    place = tmp_path / "list"
    shutil.copytree(shared_folder("health-fix", make), place)
    return place


@pytest.fixture
def fix(folder: Path) -> Fix:
    """Return a function that runs `health` with a policy for archived entries, and no GitHub."""

    def run(*words: str, policy: str = "report") -> subprocess.CompletedProcess[str]:
        (folder / "startrack.toml").write_text(f"[health]\n{policy}\n" if "=" in policy else "", encoding="utf-8")
        return health_world.health(folder, *words)

    return run


def test_links_of_renamed_projects_are_rewritten(folder: Path, fix: Fix) -> None:
    """At their bytes, not in code nor in startrack's blocks; a second run changes nothing, restore gives all back."""
    done = fix("--fix")
    assert done.returncode == 0
    assert done.stdout == "".join(f"README.md:{line}: o/before is now o/after\n" for line in (3, 3, 7, 24))
    assert (folder / "README.md").read_bytes() == FIXED
    assert done.stderr == "4 changes in 1 file; `startrack health --restore` takes them back\n"
    again = fix("--fix")
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "nothing to fix\n")
    assert fix("--restore").returncode == 0
    assert (folder / "README.md").read_bytes() == LIST
    missing = fix("--restore")
    assert (missing.returncode, missing.stderr) == (12, "startrack: there is no fix to take back\n")


def test_blocks_about_renamed_projects_are_rewritten(folder: Path, fix: Fix) -> None:
    """In the list and in another README: once the list has no link with the old name, only they would have it."""
    mark = "<!--startrack:count repo=o/before-->x<!--/startrack-->"
    entry = f"[Renamed](https://github.com/o/before) - has another name. {mark}"
    other = (
        "é <!-- startrack:count repo=o/before figure=stars -->x<!-- startrack:end --> "
        "<!-- startrack:count repo='O/Before' -->x<!-- startrack:end -->\r\n\r\n"
        '<!-- startrack:chart repo="o/before" -->\r\n<!-- startrack:end -->\r\n'
        "`<!-- startrack:count repo=o/before -->` <!-- startrack:count repo=o/fine -->x<!-- startrack:end -->"
    )
    (folder / "README.md").write_bytes(LIST + f"\n- {entry}\n".encode())
    (folder / "other.md").write_bytes(other.encode())
    done = fix("--fix", policy='[readme]\nfile = ["README.md", "other.md"]')
    assert done.returncode == 0, done.stderr
    assert (folder / "README.md").read_bytes() == FIXED + f"\n- {entry.replace('o/before', 'o/after')}\n".encode()
    expected = other.replace("count repo=o/before figure", "count repo=o/after figure").replace("O/Before", "o/after")
    assert (folder / "other.md").read_bytes() == expected.replace('"o/before"', '"o/after"').encode()
    assert done.stdout.count("\nother.md:1: ") == 2
    fix("--restore")
    assert (folder / "other.md").read_bytes() == other.encode()


def test_a_diff_writes_nothing(folder: Path, fix: Fix) -> None:
    """It is what git applies."""
    done = fix("--fix", "--diff")
    assert (done.returncode, done.stderr) == (0, "4 changes in 1 file; nothing was written\n")
    assert (folder / "README.md").read_bytes() == LIST
    subprocess.run(["git", "apply", "-"], cwd=folder, input=done.stdout, text=True, check=True)
    assert (folder / "README.md").read_bytes() == FIXED


@pytest.mark.parametrize(
    "heading",
    [
        "### [Archived](https://github.com/o/archived)",
        "[Archived](https://github.com/o/archived)\n---",
        '<h3><a href="https://github.com/o/archived">Archived</a></h3>',
    ],
)
def test_headings_get_no_mark(folder: Path, fix: Fix, heading: str) -> None:
    """It would change the address of the heading, in whatever way that is written."""
    text = FIXED.replace(ITEM, b"").replace(b"<!-- startrack:table", f"{heading}\n\n<!-- startrack:table".encode())
    (folder / "README.md").write_bytes(text)
    done = fix("--fix", policy='archived = "mark"')
    line = text.decode().split("\n").index(heading.partition("\n")[0]) + 1
    assert f"startrack: README.md:{line}: o/archived is in a heading, so it was not marked\n" in done.stderr
    assert heading.encode() in (folder / "README.md").read_bytes()


def test_archived_entries_get_a_mark(folder: Path, fix: Fix) -> None:
    """Once; it is taken away when the project is alive again, where it is right behind the link."""
    marked = FIXED.replace(b"o/archived)", b"o/archived) (archived)").replace(b"o/alive) (archived)", b"o/alive)")
    done = fix("--fix", policy='archived = "mark"')
    assert "README.md:8: o/archived is marked as archived\n" in done.stdout
    assert "README.md:9: o/alive is alive again and no longer marked\n" in done.stdout
    assert (folder / "README.md").read_bytes() == marked
    assert fix("--fix", policy='archived = "mark"').stderr == "nothing to fix\n"
    fix("--restore")
    assert (folder / "README.md").read_bytes() == LIST


def test_another_mark_is_used(folder: Path, fix: Fix) -> None:
    """One that startrack would not know again is refused, before anything is written."""
    done = fix("--fix", policy='archived = "mark"\nmark = "(archived: read-only)"')
    assert done.returncode == 0
    assert b"o/archived) (archived: read-only) - Read-only." in (folder / "README.md").read_bytes()
    assert b"o/alive) (archived)**" in (folder / "README.md").read_bytes()
    before = (folder / "README.md").read_bytes()
    refused = fix("--fix", policy='archived = "mark"\nmark = "old"')
    assert (refused.returncode, (folder / "README.md").read_bytes()) == (2, before)
    assert "startrack would not know 'old' again" in refused.stderr


def test_archived_entries_move(folder: Path, fix: Fix) -> None:
    """Into the section, whose heading is a mark; without one they stay, and the exit code says so."""
    done = fix("--fix", policy='archived = "move"')
    assert "README.md:8: o/archived is moved to Archived\n" in done.stdout
    expected = FIXED.replace(ITEM, b"").replace(b"No commit for long.\n", b"No commit for long.\n" + ITEM)
    assert (folder / "README.md").read_bytes() == expected
    assert fix("--fix", policy='archived = "move"').stderr == "nothing to fix\n"
    fix("--restore")
    done = fix("--fix", policy='archived = "move"\narchived_section = "Museum"')
    assert (done.returncode, (folder / "README.md").read_bytes()) == (1, FIXED)
    assert "startrack: README.md:8: o/archived was not moved: there is no heading 'Museum'\n" in done.stderr


def test_what_changed_since_is_not_restored(folder: Path, fix: Fix) -> None:
    """The file stays as it is, and the fix can still be taken back when the file is as the fix left it."""
    fix("--fix")
    fixed = (folder / "README.md").read_bytes()
    (folder / "README.md").write_bytes(fixed + b"more\n")
    refused = fix("--restore")
    assert (refused.returncode, (folder / "README.md").read_bytes()) == (12, fixed + b"more\n")
    assert "was changed after the fix, so nothing was restored" in refused.stderr
    (folder / "README.md").write_bytes(fixed)
    done = fix("--restore")
    assert (done.returncode, done.stderr) == (0, "restored README.md\n")


def test_a_list_above_the_configuration_is_restored_by_its_name(folder: Path) -> None:
    """The record alone is not enough: somebody else may have made it."""
    project = folder / "project"
    project.mkdir()
    (folder / "snapshots").rename(project / "snapshots")
    assert health_world.health(project, "--fix", "../README.md").returncode == 0
    fixed = (folder / "README.md").read_bytes()
    for words in ((), ("../other.md",)):
        refused = health_world.health(project, "--restore", *words)
        assert (refused.returncode, (folder / "README.md").read_bytes()) == (12, fixed)
        assert "name that list behind --restore" in refused.stderr
    done = health_world.health(project, "--restore", "../README.md")
    assert (done.returncode, done.stderr) == (0, "restored ../README.md\n")
    assert fixed != LIST == (folder / "README.md").read_bytes()


def test_a_file_that_cannot_be_edited_stays(folder: Path, fix: Fix) -> None:
    """With conflict markers, or read-only."""
    conflict = LIST + b"<<<<<<< HEAD\n"
    (folder / "README.md").write_bytes(conflict)
    done = fix("--fix")
    assert (done.returncode, (folder / "README.md").read_bytes()) == (12, conflict)
    (folder / "README.md").write_bytes(LIST)
    (folder / "README.md").chmod(0o444)
    done = fix("--fix")
    assert (done.returncode, (folder / "README.md").read_bytes()) == (12, LIST)
    assert "is read-only" in done.stderr


def test_ignored_findings_are_not_fixed(folder: Path) -> None:
    """The list means the earlier name."""
    rule = '[[health.ignore]]\nrepo = "o/after"\nfinding = "renamed"\nreason = "the redirect is wanted"\n'
    (folder / "startrack.toml").write_text(rule, encoding="utf-8")
    assert health_world.health(folder, "--fix").stderr == "nothing to fix\n"


def test_lists_that_are_no_markdown_files_are_named(tmp_path: Path) -> None:
    """Their links stay; so do those of lists elsewhere."""
    (tmp_path / "list.txt").write_text("https://github.com/o/before\nhttps://github.com/o/fine\n", encoding="utf-8")
    with serving(health_world.world(), clock=Clock(health_world.FIRST)) as github:
        variables = commands.environment(github)
        at = health_world.FIRST.isoformat()
        commands.startrack(tmp_path, "snapshot", "list.txt", "--taken-at", at, variables=variables)
    done = health_world.health(tmp_path, "--fix")
    assert (done.returncode, done.stdout) == (1, "")
    assert "list.txt: links in .txt files are not changed: 1 to renamed projects" in done.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--fix", "--restore"), "--fix and --restore cannot be used together; remove one"),
        (("--diff",), "--diff is for --fix; add that, or remove this"),
        (("--issue", "--fix"), "--fix and --issue cannot be used together; remove one"),
        (("--fix", "--format", "json"), "--format is for the findings alone; remove it"),
    ],
)
def test_options_that_do_not_go_together(fix: Fix, words: tuple[str, ...], message: str) -> None:
    """One line, and nothing is done."""
    assert (fix(*words).returncode, fix(*words).stderr) == (2, f"startrack: {message}\n")

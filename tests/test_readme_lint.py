"""awesome-lint and markdownlint find nothing in blocks: a list that passed before passes with all of them."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

import commands
import reports
from startrack.model.changes import RankBy
from startrack.readme import blocks, kinds
from startrack.readme.context import Context

HERE = Path(__file__).parent
LINTERS = HERE.parent / "build" / "linters"
MODULES = LINTERS / "node_modules"
END = "<!-- startrack:end -->"
BADGE = "[![Awesome](https://awesome.re/badge.svg)](https://awesome.re)"
# Lines are short, because the rule of markdownlint about long lines is on as well.
ENTRIES = "\n".join(
    f"- [group/project-{number}](https://github.com/group/project-{number}) - Member {number}."
    for number in range(1, 9)
)
LIST = f"""\
# Awesome Samples {BADGE}

> Projects of a sample report.

## Contents

- [Groups](#groups)
- [Others](#others)

## Groups

{ENTRIES}

## Others

- [big/giant](https://github.com/big/giant) - The largest one.
- [lost/stars](https://github.com/lost/stars) - It loses stars.
"""
COMMENTS = (
    "table list=first",
    "table per=section limit=3 columns=title,trend,license",
    "movers",
    "movers direction=down",
    "sections",
    "digest",
    "health",
    "chart",
    "chart repo=big/giant",
    "updated",
)


def with_blocks(text: str) -> str:
    """Return the list with every kind of block, with a figure in a sentence, and with a block in a list item."""
    parts = [f"<!-- startrack:{comment} -->\n{END}\n" for comment in COMMENTS]
    sentence = f"<!-- startrack:count figure=projects -->{END} projects.\n"
    empty = "\n".join([text, *parts, sentence])
    readme = blocks.parse(empty.encode(), "readme.md")
    context = Context(reports.full(), RankBy.RISING, readme.is_awesome, lambda _subject: "dashboards/readme/movers")
    return readme.filled(lambda block: kinds.render(block, context)).data.decode()


def set_up(path: Path) -> str:
    """Return the list with the markers of `startrack init`, one for a section and one for the whole list."""
    folder(path, LIST)
    for words in (["--section", "Groups"], ["--whole"]):
        done = commands.startrack(path, "init", "--list", "readme.md", *words, variables=dict(os.environ))
        assert done.returncode == 0, done.stderr
    return (path / "readme.md").read_text(encoding="utf-8")


def folder(path: Path, text: str) -> Path:
    """Write a list to a folder of its own, with the files that awesome-lint looks for beside it; return its path."""
    path.mkdir()
    (path / "contributing.md").write_text("# Contributing\n", encoding="utf-8")
    shutil.copy(HERE.parent / "LICENSE", path / "license")
    (path / "readme.md").write_text(text, encoding="utf-8")
    return path / "readme.md"


@pytest.fixture(scope="module")
def problems(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[list[str], list[str]]]:
    """Return what the two linters say about the list: without blocks, with them, and with them but for our comments."""
    root = tmp_path_factory.mktemp("lists")
    filled = with_blocks(LIST)
    bare = re.sub(r"^<!--(?:lint|\s*markdownlint).*\n", "", filled, flags=re.MULTILINE)
    files = {
        name: folder(root / name, text)
        for name, text in (
            ("before", LIST),
            ("filled", filled),
            ("bare", bare),
            ("plain", with_blocks("# List\n")),
            ("set-up", set_up(root / "own")),
        )
    }
    assert MODULES.is_dir(), "run .ci/linters, as `make test` does"
    awesome = subprocess.run(
        ["node", HERE / "lint_lists.mjs", MODULES, *files.values()],
        capture_output=True,
        text=True,
        check=True,
        cwd=root,
    )
    found = json.loads(awesome.stdout)
    rules = subprocess.run(
        ["node", MODULES / "markdownlint-cli2" / "markdownlint-cli2-bin.mjs", "**/readme.md"],
        capture_output=True,
        text=True,
        check=False,
        cwd=root,
    )
    assert "Linting: 6 file" in rules.stdout
    lines = rules.stderr.splitlines()
    return {
        name: (found[str(path)], [line for line in lines if line.startswith(f"{name}/")])
        for name, path in files.items()
    }


def test_the_list_passes_without_blocks(problems: dict[str, tuple[list[str], list[str]]]) -> None:
    """Otherwise the other tests would say nothing."""
    assert problems["before"] == ([], [])


def test_the_list_passes_with_every_block(problems: dict[str, tuple[list[str], list[str]]]) -> None:
    """With the rules that are on by default, hostile names and texts included."""
    assert problems["filled"] == ([], [])


def test_a_file_that_is_no_list_passes_markdownlint(problems: dict[str, tuple[list[str], list[str]]]) -> None:
    """Links are Markdown there."""
    assert problems["plain"][1] == []


def test_the_list_passes_with_the_markers_of_init(problems: dict[str, tuple[list[str], list[str]]]) -> None:
    """Before the first run has filled them."""
    assert problems["set-up"] == ([], [])


def test_the_linters_look_at_the_blocks(problems: dict[str, tuple[list[str], list[str]]]) -> None:
    """Without the comments around the blocks, both find many problems."""
    awesome, rules = problems["bare"]
    assert {line.split()[1] for line in awesome} >= {"table-pipe-alignment", "balanced-punctuation"}
    assert any("MD033" in line for line in rules)
    assert any("MD013" in line for line in rules)

"""Star badges are replaced by counts or taken out, and come back byte for byte."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import commands
from startrack.errors import BlockError, SourceError
from startrack.lists import edits, parser
from startrack.model.lists import Entry
from startrack.readme import badges, blocks
from startrack.readme.badges import Original, Replaced
from test_entry_counts import counted, folder

__all__ = ["counted", "folder"]  # fixtures

SHOWN = "★ 3.1k · 2026-11"
REPO = "https://github.com/o/n"
STARS = "https://img.shields.io/github/stars/o/n"
CHART = "https://api.star-history.com/svg?repos=o/n&amp;type=Date"


def replaced(data: bytes, *, drop: bool = False, first: int = 1) -> tuple[bytes, Replaced]:
    """Return a file without its badges."""
    made = badges.replace(data, "README.md", lambda _repo: SHOWN, first, drop=drop)
    return edits.apply(data, made.edits), made


def restored(data: bytes, before: bytes, made: Replaced) -> bytes:
    """Return a file with its badges."""
    back = badges.restore(data, Original(before, made.edits))
    assert not back.lost
    return edits.apply(data, back.edits)


def marked(words: str, shown: str = SHOWN) -> str:
    """Return a count with words in its first comment."""
    return f"<!--startrack:count {words}-->{shown}<!--/startrack-->"


AT_LINE_START = "★ " + marked('format="{stars} · {last_commit}" repo=o/n badge=1', "3.1k · 2026-11")
PICTURE = f'<picture>\n<source srcset="{CHART}&amp;theme=dark">\n<img src="{CHART}">\n</picture>'


@pytest.mark.parametrize(
    ("before", "with_count", "dropped"),
    [
        (f"- [n]({REPO}) ![s]({STARS}) - A.", f"- [n]({REPO}) {marked('badge=1')} - A.", f"- [n]({REPO}) - A."),
        (f"- [n]({REPO}) [![s]({STARS})]({REPO}/stargazers) - A.", f"- [n]({REPO}) {marked('badge=1')} - A.",
         f"- [n]({REPO}) - A."),
        (f"* ![s]({STARS}) [n]({REPO})\r\n", f"* {AT_LINE_START} [n]({REPO})\r\n", f"* [n]({REPO})\r\n"),
        (f'[n]({REPO})![s]({STARS}?style=social "t")', f"[n]({REPO}) {marked('badge=1')}", f"[n]({REPO})"),
        (f"| a | b | c |\n|--|--|--|\n| [n]({REPO}) | ![s]({STARS}) | d |",
         f"| a | b | c |\n|--|--|--|\n| [n]({REPO}) | {marked('badge=1')} | d |",
         f"| a | b | c |\n|--|--|--|\n| [n]({REPO}) | | d |"),
        (f"[n][r] [![s][S]][r] x\n\n[r]: {REPO}\n[s]: <{STARS}>\n  'title'\n[z]: z\n",
         f"[n][r] {marked('badge=1')} x\n\n[r]: {REPO}\n[z]: z\n", f"[n][r] x\n\n[r]: {REPO}\n[z]: z\n"),
        (f"[n]({REPO}) ![s][s] ![s][s]\n\n[s]: {STARS}",
         f"[n]({REPO}) {marked('badge=1')} {marked('badge=2')}\n\n", f"[n]({REPO})\n\n"),
        (f"<b><a href='{REPO}'>n</a></b> <img src={STARS}> x", f"<b><a href='{REPO}'>n</a></b> {marked('badge=1')} x",
         f"<b><a href='{REPO}'>n</a></b> x"),
        (f'a [n]({REPO})\n\n<a href="https://star-history.com/#o/n">\n{PICTURE}\n</a>\n\nb',
         f"a [n]({REPO})\n\n{AT_LINE_START}\n\nb", f"a [n]({REPO})\n\nb"),
        (f'[n]({REPO}) <iframe src="https://ghbtns.com/github-btn.html?user=o&amp;repo=n&type=star"></iframe>',
         f"[n]({REPO}) {marked('badge=1')}", f"[n]({REPO})"),
        (f"[n]({REPO}) ![](https://badgen.net/github/stars/o/n) ![](https://githubbadges.com/star.svg?user=o&repo=n)",
         f"[n]({REPO}) {marked('badge=1')} {marked('badge=2')}", f"[n]({REPO})"),
        (f"[n]({REPO}) ![s]({STARS}), x", f"[n]({REPO}) {marked('badge=1')}, x", f"[n]({REPO}), x"),
        # Nothing else leads to the project.
        (f"## S\n- **n** ![s]({STARS})", f"## S\n- **n** [{marked('repo=o/n badge=1')}]({REPO})", None),
        (f"## S\n- n [![s]({STARS})]({REPO}/wiki)", f"## S\n- n [{marked('repo=o/n badge=1')}]({REPO}/wiki)", None),
        (f"## S\n<p><img src='{STARS}'></p>",
         f"## S\n<p><a href=\"{REPO}\">{marked('repo=o/n badge=1')}</a></p>", None),
        (f"[n]({REPO}) [![s]({STARS})](https://x.org)", f"[n]({REPO}) [{marked('badge=1')}](https://x.org)", None),
        # The badge of the list itself makes no entry.
        (f"![s]({STARS})\n\n## S\n", f"{AT_LINE_START}\n\n## S\n", "## S\n"),
        # Behind the badge is what would begin another block.
        (f"[n]({REPO})\n![s]({STARS}) # x", f"[n]({REPO})\n{AT_LINE_START} # x", None),
        # The text of a heading is its link.
        (f"# [n]({REPO}) ![s]({STARS})", None, f"# [n]({REPO})"),
    ],
)  # fmt: skip
def test_every_form(before: str, with_count: str | None, dropped: str | None) -> None:
    """Each form of a badge becomes a count, or nothing, and comes back; `None` is a badge that stays."""
    data = before.encode()
    for expected, drop in ((with_count, False), (dropped, True)):
        after, made = replaced(data, drop=drop)
        assert after.decode() == (before if expected is None else expected)
        assert bool(made.without) == (expected is None)
        assert restored(after, data, made) == data
        assert not replaced(after, drop=drop)[1].edits


@pytest.mark.parametrize(
    "text",
    [
        f"[n]({REPO}) ![](https://img.shields.io/github/license/o/n) ![](https://img.shields.io/github/forks/o/n)",
        f"[n]({REPO}) ![]({REPO}/actions/workflows/x.yml/badge.svg) ![](https://img.shields.io/badge/stars-3k-blue)",
        f"`![s]({STARS})`\n\n```\n![s]({STARS})\n```\n<!-- ![s]({STARS}) -->\n\n[s]: {STARS}\n",
        f"![](https://api.star-history.com/svg?repos=o/n,o/m) [s]({STARS})",
    ],
)
def test_what_stays(text: str) -> None:
    """Other badges, code, comments, charts of several repositories, and definitions that nothing used stay."""
    for drop in (False, True):
        assert replaced(text.encode(), drop=drop) == (text.encode(), Replaced((), 0, {}))


def test_badges_that_were_not_counted() -> None:
    """A badge of a repository without a count stays."""
    data = f"[n]({REPO}) ![s]({STARS})".encode()
    assert badges.replace(data, "x", lambda _repo: None, 1) == Replaced((), 0, {"not counted yet": ["o/n"]})


def many_badges() -> bytes:
    """Return a list with hundreds of badges in every form and both kinds of line ends."""
    parts = ["# Awesome list\r\n"]
    for number in range(40):
        repo = f"https://github.com/o{number}/n"
        stars = f"https://img.shields.io/github/stars/o{number}/n"
        parts += [
            f"\n## Section {number}\n\n- [n]({repo}) ![s]({stars}) - Text.\n- [m]({repo}) [![s]({stars})]({repo}) x\n",
            f"- [n][r{number}] [![s][s{number}]][r{number}]\n\n| a | b |\r\n|--|--|\r\n| [n]({repo}) | ![s]({stars}) ",
            f"|\r\n\n<p>\n<a href='{repo}'>n</a>\n<img src='{stars}?a&amp;b'>\n<picture><source srcset='{stars} 1x, ",
            f"{stars} 2x'><img src='{stars}'></picture>\n</p>\n\n> ![s]({stars})\n> [n]({repo})\n\n",
            f"1. ![s]({stars})![t]({stars}) [n]({repo})\n",
            f"\n\n[r{number}]: {repo}\n[s{number}]: {stars}\n",
        ]
    return "".join(parts).encode()


def test_hundreds_of_badges() -> None:
    """They are all replaced or taken out, the entries stay, and everything comes back."""
    data = many_badges()
    listed = parser.parse(data, name="x", source="x.md")
    for drop in (False, True):
        after, made = replaced(data, drop=drop)
        assert made.badges == 40 * 9
        assert not made.without
        assert b"img.shields.io" not in after
        assert after.count(b"startrack:count") == (0 if drop else 360)
        now = parser.parse(after, name="x", source="x.md")
        assert [(e.repo, e.sections) for e in now.entries] == [(e.repo, e.sections) for e in listed.entries]
        assert restored(after, data, made) == data


def test_badges_come_back_after_other_edits() -> None:
    """Later counts, edited lines and moved lines are kept when the badges come back."""
    data = many_badges()
    for drop in (False, True):
        after, made = replaced(data, drop=drop)
        readme = blocks.parse(after, "x")
        later = readme.filled(lambda _block: ["★ 41.5k · 2027-01"]).data
        later = b"New first line\n\n" + later.replace(b"## Section 7", b"## Renamed")
        before = b"New first line\n\n" + data.replace(b"## Section 7", b"## Renamed")
        assert restored(later, data, made) == before


def test_badges_in_lines_that_changed() -> None:
    """A count brings its badge back wherever it is; what was dropped from a line that changed is named."""
    data = f"- [n]({REPO}) ![s]({STARS}) - A.\n- [m]({REPO})\n".encode()
    after, made = replaced(data)
    assert restored(b"x\n" + after.replace(b"- A.", b"- Another text."), data, made) == b"x\n" + data.replace(
        b"- A.", b"- Another text."
    )
    gone = badges.restore(b"- [m]\n", Original(data, made.edits))
    assert (gone.edits, gone.lost) == ((), (f"![s]({STARS})".encode(),))
    after, made = replaced(data, drop=True)
    gone = badges.restore(after.replace(b"- A.", b"- B."), Original(data, made.edits))
    assert (gone.edits, gone.lost) == ((), (f" ![s]({STARS})".encode(),))


MARKS = st.sampled_from(
    [
        f"- [n]({REPO}) ", f"![s]({STARS})", f"[![s]({STARS})]({REPO})", f"[![s]({STARS})](https://x.org)", "![s][s]",
        "[![s][s]][r]", f"\n\n[r]: {REPO}\n", f"\n[s]: {STARS}\n", f"<img src='{STARS}'>", f"<a href='{REPO}'>", "</a>",
        f"<picture><source srcset='{STARS}'><img src='{STARS}'></picture>", f"| [n]({REPO}) | ![s]({STARS}) |\n",
        "| a | b |\n|--|--|\n", "\n", "\r\n", "\n\n", "\r", "\ufeff", "é", " ", "  ", "\t", "> ", "- ", "# ", "`",
        "```\n", "    ", "<!--", "-->", "<p>\n", "</p>\n", "**", "text. ", "\n===\n",
        "<!--startrack:count repo=o/n-->1<!--/startrack-->",
        "\n<!-- startrack:table -->\n", "\n<!-- startrack:end -->\n",
    ],
)  # fmt: skip


@settings(max_examples=300)
@given(st.lists(MARKS, max_size=25), st.booleans())
def test_any_markdown_comes_back(marks: list[str], drop: bool) -> None:  # noqa: FBT001 - hypothesis
    """For any Markdown, and with other counts meanwhile, the badges come back to the byte."""
    data = "".join(marks).encode()
    try:
        after, made = replaced(data, drop=drop)
        readme = blocks.parse(after, "x")
    except BlockError:
        return
    assert restored(after, data, made) == data
    if all(block.is_inline and "badge" in block.attributes for block in readme.blocks):
        later = readme.filled(lambda _block: ["★ 5 · 2027-01"]).data
        assert restored(later, data, made) == data
    if badges.changes_links(data, after, "x"):  # the command refuses this
        assert re.search(rb"<img|<picture|<a |</a>|<!--|<p>|```|`|\*\*", data)
        return
    assert {entry.repo for entry in entries(data)} == {entry.repo for entry in entries(after)}


@pytest.mark.parametrize(
    ("data", "drop"),
    [
        (b"![s](https://img.shields.io/github/stars/o/n)\xff<!--startrack:count-->1<!--/startrack-->", True),
        (b"![s](https://img.shields.io/github/stars/o/n)\xff<!--startrack:count-->1<!--/startrack-->", False),
        (b"x <!-- [n](https://github.com/o/n)[![s](https://img.shields.io/github/stars/o/n)](x)", False),
    ],
)
def test_badges_whose_removal_would_break_a_count_stay(data: bytes, drop: bool) -> None:  # noqa: FBT001
    """The next build would be an error: the count has no repository any more, or the new one is not read as one."""
    made = badges.replace(data, "x", lambda _repo: SHOWN, 1, drop=drop)
    assert made.edits
    assert badges.changes_links(data, edits.apply(data, made.edits), "x")


def entries(data: bytes) -> tuple[Entry, ...]:
    """Return the entries of a list, also if there are none."""
    try:
        return parser.parse(data, name="x", source="x.md").entries
    except SourceError:
        return ()


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command in the folder; no GitHub is needed."""
    return commands.startrack(folder, "counts", "replace-badges", *words, variables={"COLUMNS": "100"})


class TestCommand:
    """`counts replace-badges` from the command line, on the 11 badges of the owner's list."""

    def test_replace_and_restore(self, folder: Path) -> None:
        """The badges come back in a fresh copy of the repository, after a build with other counts and an edit."""
        readme = folder / "README.md"
        before = readme.read_bytes()
        shown = run(folder, "--diff")
        assert (shown.returncode, readme.read_bytes()) == (0, before)
        assert len(re.findall(r"^-.*img\.shields\.io", shown.stdout, re.MULTILINE)) == 11
        assert run(folder).stderr == "README.md: 11 badges replaced\n"
        assert readme.read_bytes().count(b"startrack:count badge=") == 11
        assert commands.startrack(folder, "counts", "add", variables={}).stderr == "README.md: 12 counts added\n"
        replaced_at_first = readme.read_bytes()
        stale = re.sub(rb"\xe2\x98\x85 [0-9.k]+", b"\xe2\x98\x85 9", replaced_at_first)
        readme.write_bytes(stale)
        assert commands.startrack(folder, "build", variables={}).returncode == 0
        assert readme.read_bytes() == replaced_at_first
        readme.write_bytes(b"An introduction.\n\n" + readme.read_bytes())
        assert commands.startrack(folder, "counts", "remove", variables={}).stderr == "README.md: 12 counts removed\n"
        fresh = shutil.copytree(folder, folder.with_name("fresh"), ignore=shutil.ignore_patterns("*.duckdb*"))
        assert run(fresh, "--restore").stderr == "README.md: 11 badges put back\n"
        assert (fresh / "README.md").read_bytes() == b"An introduction.\n\n" + before
        assert not (fresh / "startrack-badges.json").exists()
        assert run(fresh, "--restore").stderr == "no badges were replaced in these files\n"

    def test_drop_after_replace(self, folder: Path) -> None:
        """Badges that were added later are kept too, and all of them come back."""
        readme = folder / "README.md"
        before = readme.read_bytes()
        added = (
            b"\n* [EasyR1](https://github.com/hiyouga/EasyR1) ![](https://img.shields.io/github/stars/hiyouga/EasyR1)\n"
        )
        run(folder)
        readme.write_bytes(readme.read_bytes() + added)
        assert run(folder, "--drop").stderr == "README.md: 1 badge removed\n"
        assert b"img.shields.io" not in readme.read_bytes()
        assert len(json.loads((folder / "startrack-badges.json").read_bytes())["README.md"]) == 2
        assert run(folder, "--restore", "--diff").stdout.count("\n+*") == 12
        assert run(folder, "--restore").stderr == "README.md: 12 badges put back\n"
        assert readme.read_bytes() == before + added

    @pytest.mark.parametrize("words", [(), ("--drop",)])
    def test_badges_by_reference_are_counted_once(self, folder: Path, words: tuple[str, ...]) -> None:
        """The definition that goes and comes back with a badge is no badge."""
        (folder / "README.md").write_text(
            "# Tools\n\n- [EasyR1](https://github.com/hiyouga/EasyR1) ![stars][s] - Trains.\n\n"
            "[s]: https://img.shields.io/github/stars/hiyouga/EasyR1\n",
            encoding="utf-8",
        )
        done = run(folder, *words)
        assert done.stderr.startswith("README.md: 1 badge ")
        assert run(folder, "--restore").stderr == "README.md: 1 badge put back\n"

    def test_a_list_that_cannot_be_written(self, folder: Path) -> None:
        """Then nothing is kept either, and both files are as they were."""
        readme = folder / "README.md"
        before = readme.read_bytes()
        readme.chmod(0o444)
        done = run(folder)
        readme.chmod(0o644)
        assert (done.returncode, readme.read_bytes()) == (12, before)
        assert "README.md is read-only, so it was not changed" in done.stderr
        assert not (folder / "startrack-badges.json").exists()

    @pytest.mark.parametrize("words", [(), ("--drop",)])
    def test_a_list_that_is_as_it_was_before_a_run(self, folder: Path, words: tuple[str, ...]) -> None:
        """The run was killed before it wrote the list, or git has taken it back: its badges come back once at most."""
        readme, kept = folder / "README.md", folder / "startrack-badges.json"
        before = readme.read_bytes()
        run(folder, *words)
        readme.write_bytes(before)
        assert run(folder, "--restore", "--diff").stdout == ""
        again = run(folder, *words)
        assert len(json.loads(kept.read_bytes())["README.md"]) == 1
        assert run(folder, "--restore").stderr == again.stderr.replace("badges removed", "badges put back").replace(
            "badges replaced", "badges put back"
        )
        assert readme.read_bytes() == before
        run(folder, *words)
        readme.write_bytes(before)
        assert run(folder, "--restore").returncode == 0
        assert (readme.read_bytes(), kept.exists()) == (before, False)

    def test_wrong_calls(self, folder: Path) -> None:
        """Options that contradict each other are one line."""
        assert run(folder, "--drop", "--restore").returncode == 2

    @pytest.mark.parametrize(
        "content",
        [
            '{"README.md": [{}]}',
            '{"README.md": [{"text": "abc", "replaced": [[2, 1, ""]]}]}',
            '{"README.md": [{"text": "abc", "replaced": [[-2, 1, ""]]}]}',
            '{"README.md": [{"text": "abc", "replaced": [[0, 4, ""]]}]}',
            '{"README.md": [{"text": "abc", "replaced": [[2, 3, ""], [0, 1, ""]]}]}',
            '{"README.md": [{"text": "abc", "replaced": [["a", "b", ""]]}]}',
            '{"README.md": [{"text": "abc", "replaced": [[0, 1, 5]]}]}',
            '{"README.md": [{"text": 5, "replaced": []}]}',
            '{"README.md": "text"}',
            "[" * 100_000,
            '"\\ud800"',
            "\0",
        ],
    )
    def test_originals_that_startrack_did_not_write(self, folder: Path, content: str) -> None:
        """Somebody else may have put them there: they are one line, and no file changes."""
        (folder / "startrack-badges.json").write_bytes(content.encode())
        before = (folder / "README.md").read_bytes()
        done = run(folder, "--restore")
        assert (folder / "README.md").read_bytes() == before
        assert (done.returncode, done.stderr) == (
            12,
            "startrack: cannot read startrack-badges.json: it is damaged; restore it from git\n",
        )

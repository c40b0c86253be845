"""Counts behind the entries of a list: put in, kept current, and taken out byte for byte."""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import commands
import reports
from conftest import NOW, connect
from reports import Sample
from startrack.config import Config, ListConfig
from startrack.demo.access import Clock
from startrack.demo.lists import MLLMS, demo_world
from startrack.demo.server import serving
from startrack.errors import BlockError, ConfigError, SourceError
from startrack.lists import edits, parser
from startrack.model.changes import RankBy, Window
from startrack.model.report import Project
from startrack.readme import blocks, entry_counts, kinds
from startrack.readme.context import Context
from startrack.readme.entry_counts import Target
from startrack.workflows import snapshot

URL = "https://github.com/o/n"
SHOWN = "★ 3.1k · 2026-11"
MARKED = f"<!--startrack:count-->{SHOWN}<!--/startrack-->"
NAMED = MARKED.replace("count-->", "count repo=o/n-->")
FORM = blocks.DEFAULT_FORMAT


def targets(text: str | bytes, **more: frozenset[int]) -> list[Target]:
    """Return the entries of a text in each of their sections."""
    data = text if isinstance(text, bytes) else text.encode()
    ignored = more.get("ignored", frozenset())
    listed = parser.parse(data, name="x", source="README.md", find_ignored=lambda _text: ignored)
    return [
        Target(entry.repo, path, entry.span if path == entry.section else None)
        for entry in listed.entries
        for path in entry.section_paths
    ]


def added(text: str, show: Callable[[str], str | None] = lambda _repo: SHOWN) -> str:
    """Return a text with counts."""
    data = text.encode()
    return edits.apply(data, entry_counts.add(data, "README.md", targets(data), show, FORM).edits).decode()


def removed(text: str) -> str:
    """Return a text without counts."""
    return edits.apply(text.encode(), entry_counts.remove(text.encode(), "README.md")).decode()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (f"- [n]({URL}) - A tool.", f"- [n]({URL}) {MARKED} - A tool."),
        (f"* **[n]({URL})** - A tool.\n", f"* **[n]({URL})** {MARKED} - A tool.\n"),
        (f"See [n]({URL}).", f"See [n]({URL}) {MARKED}."),
        (f"1. [n]({URL})\r\n", f"1. [n]({URL}) ({MARKED})\r\n"),
        (f"- [n]({URL}) - for **k** [p](x.html).  \n  x", f"- [n]({URL}) - for **k** [p](x.html). {NAMED}  \n  x"),
        (f"- [n]({URL}) - for `k\n  l`.", f"- [n]({URL}) {MARKED} - for `k\n  l`."),
        (f"| a | b |\n|---|---|\n| [n]({URL}) | x |", f"| a | b |\n|---|---|\n| [n]({URL}) {MARKED} | x |"),
        (f"<li><b><a href='{URL}'>n</a></b> x</li>", f"<li><b><a href='{URL}'>n</a></b> {MARKED} x</li>"),
        (f"[n][r] x\n\n[r]: {URL}", f"[n][r] {MARKED} x\n\n[r]: {URL}"),
        (f"a {URL}, b", f"a {URL} {MARKED}, b"),
    ],
)  # fmt: skip
def test_where_a_count_is(before: str, after: str) -> None:
    """A count is behind the link, where awesome-lint accepts it; removing it gives back the text."""
    made = added(before)
    assert made == after
    assert removed(after) == before


@pytest.mark.parametrize("description", ["like [p](https://github.com/o/p).", "like others."])
def test_another_link_before_a_count(description: str) -> None:
    """A count behind a description names its repository, because that may get a link to another one."""
    data = f"- [n]({URL}) - {description}".encode()
    wanted = targets(data)[:1]
    made = edits.apply(data, entry_counts.add(data, "x", wanted, lambda _repo: SHOWN, FORM).edits)
    assert made == data + f" {NAMED}".encode()
    edited = made.replace(b"like", b"better than [q](https://github.com/o/q), and like")
    assert blocks.entry_counts(edited, "x")[0].attributes["repo"] == "o/n"


def test_an_item_with_thousands_of_links_takes_linear_time() -> None:
    """Each has its count."""
    text = "- " + " ".join(f"[n](https://github.com/o/n{number})" for number in range(1_000))
    data, calls = text.encode(), 0
    wanted = targets(data)

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event == "c_call"

    sys.setprofile(count)
    try:
        made = entry_counts.add(data, "x", wanted, lambda _repo: SHOWN, FORM)
    finally:
        sys.setprofile(None)
    assert len(made.edits) == 1_000
    assert calls < 1_200_000


def test_entries_without_a_count() -> None:
    """Headings, code, entries that were not counted and those with a star badge get none, and their names are told."""
    badge = "![](https://img.shields.io/github/stars/o/b)"
    text = (
        f"## [n]({URL})\n\n`[c]({URL}2)`\n\n- [x](https://github.com/o/x)\n- [b](https://github.com/o/b) {badge}\n\n"
        "> # [q](https://github.com/o/q)\n"
    )
    data = text.encode()
    added = entry_counts.add(data, "x", targets(text), lambda repo: None if repo == "o/x" else SHOWN, FORM)
    assert not added.edits
    assert list(added.without.values()) == [["o/n", "o/q"], ["o/x"], ["o/b"]]
    in_html = f"<div>\n`<a href={URL}>n</a>`\n<a href={URL}2>n</a>\n"
    added = entry_counts.add(in_html.encode(), "x", targets(in_html), lambda _repo: SHOWN, FORM)
    assert (len(added.edits), added.without) == (1, {"between backticks in HTML": ["o/n"]})


def test_each_section_has_its_own() -> None:
    """An entry of two sections has a count in each, and a second run adds none."""
    text = f"## A\n- [n]({URL}) - X.\n- [again]({URL})\n## B\n- [n]({URL}/wiki) - X.\n"
    made = added(text)
    assert made.count("startrack:count") == 2
    assert added(made) == made
    assert removed(made) == text
    with_other = made.replace("- [again]", "- [m](https://github.com/o/m) - Y.\n- [again]")
    assert added(with_other).count("startrack:count") == 3


def test_counts_are_no_part_of_the_list() -> None:
    """Titles, sections and links are those of the list without counts."""
    text = f"- [n]({URL}) - X.\n- {URL}2 [Paper](https://x.org)\n- **b** [Code]({URL}3)\n"
    assert targets(added(text))[0].url_span == targets(text)[0].url_span
    before, after = (parser.parse(t.encode(), name="x", source="x.md").entries for t in (text, added(text)))
    assert before == after


MARKS = st.sampled_from(
    [
        f"- [n]({URL}) - A.\n", f"* **[a|b]({URL}1)**\n", "[n][r] ", f"\n\n[r]: {URL}2\n",
        f"<b><a href={URL}3>n</a></b>",
        f"{URL}4 ", "`", "```\n", "    ", "> ", "# ", "## ", "| a | b |\n|--|--|\n", f"| [x\\|y]({URL}5) | z |\n", "\n",
        "\r\n", "\r", "\ufeff", "é ", "<!--", "-->", "<div>\n", "</div>\n", "\n===\n", "~~", "**", " ", " - ",
        "\n<!-- startrack:table -->\n", "\n<!-- startrack:end -->\n", "<!--startrack:count-->x<!--/startrack-->",
        "<!-- startrack:count repo=o/n -->1<!-- startrack:end -->", "![s](https://img.shields.io/github/stars/o/n)",
    ],
)  # fmt: skip


@settings(max_examples=300)
@given(st.lists(MARKS, max_size=25))
def test_only_counts_change(marks: list[str]) -> None:
    """For any Markdown: other bytes are kept, a second run adds nothing, and removing gives back the file."""
    data = "".join(marks).encode()
    try:
        had = entry_counts.remove(data, "x")
        ignored = blocks.block_lines(parser.decode(data, "x"), "x")
        wanted = targets(data, ignored=ignored)
    except (BlockError, SourceError):  # malformed comments, or no text: a valid outcome
        return
    made = edits.apply(data, entry_counts.add(data, "x", wanted, lambda _repo: SHOWN, FORM).edits)
    ours = entry_counts.remove(made, "x")
    assert not entry_counts.add(made, "x", wanted, lambda _repo: SHOWN, FORM).edits
    assert len(ours) >= len(had)
    if had:
        return
    assert edits.apply(made, ours) == data
    readme = blocks.parse(made, "x")
    if all(block.is_inline for block in readme.blocks):
        filled = readme.filled(lambda block: ["★ 4k"] if block.is_entry else block.content).data
        assert edits.apply(filled, entry_counts.remove(filled, "x")) == data


class TestFormats:
    """What stands in a count."""

    project = reports.make_report([Sample("o/n", {0: 3_149, 30: 3_000, 60: 2_900})]).projects[0]

    def shown(self, form: str, project: Project | None = None) -> str:
        """Return the count of a project."""
        return entry_counts.text(project or self.project, entry_counts.check_format(form), Window(30))

    def test_every_figure(self) -> None:
        """Figures are rounded as people read them."""
        assert self.shown("★ {stars} ({gain}) {forks}").startswith("★ 3.1k (+149) ")
        assert self.shown("{language} {licence} {last_commit}")[:11] == "Python MIT "
        assert len(self.shown("{last_commit}")) == len("2026-11")

    def test_label_of_a_list(self) -> None:
        """The label of a list, such as `simulated`, is shown beside its figures."""
        assert self.shown("{stars}", replace(self.project, label="made up")) == "3.1k (made up)"

    def test_texts_of_other_people(self) -> None:
        """A language cannot end the comment, a table cell or a tag."""
        odd = replace(self.project, repository=replace(self.project.repository, language="C|<!-- --> [x](y) `*_\n"))
        shown = self.shown("{language}", odd)
        assert not set("|<>[]()`*_\n") & set(shown)
        assert shown.startswith("C&#124;&#60;&#33;-- --&#62; &#91;x")
        assert (
            self.shown(
                "{language} {licence}", replace(odd, repository=replace(odd.repository, language=None, license=None))
            )
            == "n/a n/a"
        )

    @pytest.mark.parametrize(
        ("form", "problem"),
        [
            ("{starz}", "unknown placeholder {starz} in the format; did you mean 'stars'?"),
            ("{0.__class__}", "unknown placeholder {0.__class__} in the format; use one of: stars, forks, commits, "),
            ("stars", "the format has no placeholder; use some of {stars}, {forks}, "),
            ("{stars}\n", "the format must be one line of at most 100 characters, without backticks, comments"),
            ("`{stars}`", "the format must be one line"),
            ("{stars} -->", "the format must be one line"),
            ("{stars}" + "x" * 100, "the format must be one line"),
        ],
    )
    def test_wrong_formats(self, form: str, problem: str) -> None:
        """A wrong format is an error that names what there is."""
        with pytest.raises(ConfigError) as error:
            entry_counts.check_format(form)
        assert str(error.value).startswith(problem)

    @given(st.text(st.sampled_from("ab|\"\\'<>&;{}$# é★"), max_size=30))
    def test_any_format_comes_back(self, text: str) -> None:
        """The comment gives back any format that is accepted, and the same count is written again."""
        try:
            form = entry_counts.check_format(f"{{stars}}{text}")
        except ConfigError:
            return
        marked = entry_counts.mark(entry_counts.text(self.project, form, Window(30)), {"format": form})
        data = f"| [n]({URL}) ".encode() + marked + b" |\n"
        readme = blocks.parse(data, "x")
        assert [block.attributes["format"] for block in readme.blocks] == [form]
        context = Context(reports.make_report([Sample("o/n", {0: 3_149, 30: 3_000})]), RankBy.RISING)
        assert readme.filled(lambda block: kinds.render(block, context)).data == data


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a <!--startrack:count-->1<!--/startrack-->", "README.md:1: no link to a repository before this"),
        (f"[n]({URL})\n<!--startrack:count-->1<!--/startrack-->", "README.md:2: no link to a repository before this"),
        (f"[n]({URL}) <!--startrack:count-->1", "README.md:1: startrack:count without an end"),
        (f"x\n[n]({URL}) <!--startrack:count-->1<!--/startrack--> <!--/startrack--> <!--startrack:count-->",
         "README.md:2: /startrack without startrack:count before it"),
    ],
)  # fmt: skip
def test_malformed_counts(text: str, problem: str) -> None:
    """A count without an end or without a repository is an error that names file and line."""
    with pytest.raises(BlockError) as error:
        blocks.parse(text.encode(), "README.md")
    assert str(error.value).startswith(problem)


def test_a_renamed_entry_keeps_its_count() -> None:
    """The count is that of the link before it, also after the link was changed."""
    context = Context(reports.make_report([Sample("o/new", {0: 41_500})]), RankBy.RISING)
    data = f"- [n](https://github.com/O/New) {MARKED} - X.\n".encode()
    made = blocks.parse(data, "x").filled(lambda block: kinds.render(block, context)).data.decode()
    assert "-->★ 41.5k · " in made
    wrong = blocks.parse(f"[n]({URL}) {MARKED}".encode(), "x").filled(lambda block: kinds.render(block, context))
    assert [str(problem).partition(";")[0] for problem in wrong.problems] == ["x:1: no list has the repository 'o/n'"]


Startrack = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def counted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the owner's list, counted on two days; tests copy it."""
    folder = tmp_path_factory.mktemp("counted")
    with serving(demo_world(), clock=Clock(NOW)) as github:
        (folder / "README.md").write_text(github.world.list_text(MLLMS, NOW), encoding="utf-8")
        config = Config(lists=(ListConfig(source="README.md"),), root=folder)
        for at in (NOW - timedelta(days=30), NOW):
            github.clock.set(at)
            with connect(github) as client:
                snapshot.run(config, client, at, github.clock.now, lambda _done, _total: None)
    return folder


@pytest.fixture
def folder(counted: Path, tmp_path: Path) -> Path:
    """Return a copy of the folder with counts."""
    return shutil.copytree(counted, tmp_path / "project")


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command in the folder; no GitHub is needed."""
    variables: Mapping[str, str] = {"COLUMNS": "100"}
    return commands.startrack(folder, *words, variables=variables)


class TestCommands:
    """`counts add` and `counts remove` from the command line."""

    def test_add_and_remove(self, folder: Path) -> None:
        """Counts come and go, and the file is as it was, byte for byte."""
        readme = folder / "README.md"
        before = readme.read_bytes()
        shown = run(folder, "counts", "add", "--diff")
        assert (shown.returncode, readme.read_bytes()) == (0, before)
        assert shown.stdout.startswith("--- a/README.md\n+++ b/README.md\n@@")
        assert shown.stderr.startswith(
            "README.md: 12 counts would be added\nno count behind 11 entries with a star badge"
        )
        done = run(folder, "counts", "add")
        assert done.stderr.startswith("README.md: 12 counts added\n")
        assert readme.read_bytes().count(b"<!--startrack:count-->\xe2\x98\x85 ") == 12
        applied = subprocess.run(["git", "apply", "-R"], cwd=folder, input=shown.stdout.encode(), check=False)
        assert (applied.returncode, readme.read_bytes()) == (0, before)
        run(folder, "counts", "add")
        again = run(folder, "counts", "add", "README.md")
        assert again.stderr.startswith("README.md: 0 counts added\n")
        readme.write_bytes(readme.read_bytes().replace(b"Technical Report](", b"Report]("))
        assert run(folder, "counts", "remove").stderr == "README.md: 12 counts removed\n"
        assert readme.read_bytes() == before.replace(b"Technical Report](", b"Report](")

    def test_builds_keep_counts_current(self, folder: Path) -> None:
        """A build writes the figures of its report into the counts, with the format in the comment."""
        run(folder, "counts", "add", "--format", "{stars} | {gain}")
        readme = folder / "README.md"
        before = readme.read_bytes()
        assert b'<!--startrack:count format="{stars} &#124; {gain}"-->' in before
        readme.write_bytes(before.replace(b"--><", b"-->9 &#124; +9<").replace(b"&#124; +", b"&#124; +9"))
        run(folder, "build")
        assert readme.read_bytes() == before

    def test_a_wrong_block_is_named_by_every_build(self, folder: Path) -> None:
        """A build that has nothing to write and `--check` say so too, and exit with 1."""
        with (folder / "README.md").open("a", encoding="utf-8") as readme:
            readme.write("\n<!-- startrack:table section=Papers/2 limit=0 -->\n<!-- startrack:end -->\n")
        built, again, checked = run(folder, "build"), run(folder, "build"), run(folder, "build", "--check")
        assert [done.returncode for done in (built, again, checked)] == [1, 1, 1]
        problem = re.findall(r"^startrack: README\.md:\d+: invalid limit '0'; .*$", built.stderr, re.MULTILINE)
        assert len(problem) == 1
        assert all(problem[0] in done.stderr for done in (again, checked))
        assert checked.stdout == ""

    def test_one_section(self, folder: Path) -> None:
        """Only the section that is asked for gets counts; an unknown one is an error that suggests others."""
        assert run(folder, "counts", "add", "--section", "Technical Report").stderr.startswith(
            "README.md: 1 count added"
        )
        wrong = run(folder, "counts", "add", "--section", "Technical Reprot")
        assert wrong.returncode == 3
        assert "README.md has no section 'Technical Reprot' with projects; did you mean" in wrong.stderr

    def test_links_above_the_sections(self, folder: Path) -> None:
        """They are in the text about the list, not entries of it, unless the list has no sections."""
        readme = folder / "README.md"
        link = b"Made with [EasyR1](https://github.com/hiyouga/EasyR1).\n\n"
        readme.write_bytes(link + b"## Tools\n\n- [R1-V](https://github.com/Deep-Agent/R1-V)\n")
        assert run(folder, "counts", "add").stderr == (
            "README.md: 1 count added\nno count behind 1 entry above the sections: hiyouga/EasyR1\n"
        )
        assert readme.read_bytes().startswith(link)
        readme.write_bytes(link)
        assert run(folder, "counts", "add").stderr == "README.md: 1 count added\n"

    @pytest.mark.parametrize(
        ("words", "code", "problem"),
        [
            (("counts", "add", "missing.md"), 12, "cannot read missing.md"),
            (("counts", "add", "data.csv"), 3, "data.csv is not Markdown; counts are put into Markdown files only"),
            (
                ("counts", "add", "--format", "{star}"),
                2,
                "unknown placeholder {star} in the format; did you mean 'stars'?",
            ),
            (("counts", "add", "conflict.md"), 12, "conflict.md:2: unresolved merge conflict"),
            (("counts", "remove", "wide.md"), 12, "wide.md is not UTF-8 text"),
        ],
    )
    def test_errors(self, folder: Path, words: tuple[str, ...], code: int, problem: str) -> None:
        """What cannot be done is one line, and no file is changed."""
        (folder / "data.csv").write_bytes(b"repo\no/n\n")
        (folder / "conflict.md").write_bytes(b"- a\n<<<<<<< HEAD\n=======\n>>>>>>> x\n")
        (folder / "wide.md").write_bytes("# x".encode("utf-16"))
        before = {path.name: path.read_bytes() for path in folder.glob("*.*")}
        done = run(folder, *words)
        assert (done.returncode, done.stdout) == (code, "")
        assert done.stderr.startswith(f"startrack: {problem}")
        assert {path.name: path.read_bytes() for path in folder.glob("*.*")} == before

    def test_large_files(self, folder: Path) -> None:
        """A file that GitHub would cut is written, with a warning."""
        readme = folder / "README.md"
        readme.write_bytes(readme.read_bytes() + b"x" * 470_000)
        done = run(folder, "counts", "add")
        size = readme.stat().st_size
        assert f"warning: README.md has {size:,} bytes; GitHub would cut it at 512,000; limit" in done.stderr

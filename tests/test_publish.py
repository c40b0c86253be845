"""README tables: only what stands between the comments changes, and a malformed comment changes nothing."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from startrack import files, publish
from startrack.errors import BlockError, WriteError

OPEN = "<!-- startrack:table -->"
END = "<!-- startrack:end -->"


def fill(_attributes: Mapping[str, str]) -> list[str]:
    """Fill every block with the same table."""
    return ["| a |", "| :-- |"]


# Anything a README may hold but comments of ours and fences, which have meaning.
prose = st.text(st.characters(exclude_categories=["Cs"]), max_size=80).filter(
    lambda text: "startrack:" not in text and "```" not in text and "~~~" not in text
)


@given(st.lists(prose, min_size=1, max_size=6), st.sampled_from(["\n", "\r\n"]))
def test_everything_outside_stays(parts: list[str], ending: str) -> None:
    """Any text around any number of blocks comes back as it was, and the second time changes nothing."""
    glue = f"{ending}{OPEN}{ending}old{ending}{END}{ending}"
    rewritten = publish.rewrite(glue.join(parts), "README.md", fill)
    table = ending.join([OPEN, "", "| a |", "| :-- |", "", END])
    assert rewritten == f"{ending}{table}{ending}".join(parts)
    assert publish.rewrite(rewritten, "README.md", fill) == rewritten


@given(st.binary(max_size=200))
def test_any_bytes_come_back(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    """A README that is not UTF-8 is written back byte for byte."""
    path = tmp_path_factory.mktemp("readme") / "README.md"
    path.write_bytes(data)
    assert publish.read_text(path).encode("utf-8", errors="surrogateescape") == data


def test_attributes_are_read() -> None:
    """Bare and quoted values, and as much white space as one likes."""
    text = f"""  <!--   startrack:table list=a  section="Open Source / B" limit=3-->  \n{END}"""
    (block,) = publish.blocks(text, "README.md")
    assert block.attributes == {"list": "a", "section": "Open Source / B", "limit": "3"}
    assert (block.start, block.end) == (0, 1)


def test_examples_in_code_are_text() -> None:
    """A README that explains the comments in fenced code is left alone, the block after it is not."""
    text = f"````md\n```\n{OPEN}\n```\n````\n> ~~~\n> {OPEN}\n> ~~~\n`{OPEN}` in a line\n{OPEN}\n{END}\n"
    assert [block.start for block in publish.blocks(text, "README.md")] == [9]
    text = f"text\n\n    ```\n    {OPEN}\n\n> ```\n> unclosed\n\n{OPEN}\n{END}\n"
    assert [block.start for block in publish.blocks(text, "README.md")] == [8]


def test_a_block_in_a_list_item_stays_in_it() -> None:
    """The table stands as far in as its comment."""
    text = f"- item\n\n  {OPEN}\n  {END}\n"
    assert publish.rewrite(text, "README.md", fill) == f"- item\n\n  {OPEN}\n\n  | a |\n  | :-- |\n\n  {END}\n"


def test_the_first_mistake_is_told() -> None:
    """Of several wrong blocks the one that comes first, and nothing of the file is changed."""

    def refuse(attributes: Mapping[str, str]) -> list[str]:
        raise BlockError(f"no {attributes['list']}")

    text = f"<!-- startrack:table list=a -->\n{END}\n<!-- startrack:table list=b -->\n{END}\n"
    with pytest.raises(BlockError, match=r"README\.md:1: no a"):
        publish.rewrite(text, "README.md", refuse)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"a\n{OPEN}\nb", r"README\.md:2: this table has no <!-- startrack:end --> after it"),
        (f"{END}", r"README\.md:1: startrack:end without a startrack:table before it"),
        (f"{OPEN}\n\n{OPEN}\n{END}", r"README\.md:3: a table begins before the one of line 1 has ended"),
        (f"x\n\n<!-- startrack:tabel -->\n{END}", r"README\.md:3: there is no block startrack:tabel; known are"),
        (f"<!-- startrack: -->\n{END}", r"README\.md:1: there is no block startrack:; known are"),
        (f'<!-- startrack:table section="A -->\n{END}', r"README\.md:1: .*close the quotation mark"),
        (f"<!-- startrack:table section=Open Source -->\n{END}", r"README\.md:1: 'Source' is not key=value"),
        (f"text {OPEN}\n{END}", r"README\.md:1: a startrack comment stands on a line of its own"),
        (f"<!-- startrack:table limit=1 limit=2 -->\n{END}", r"README\.md:1: limit is given twice"),
    ],
)
def test_a_malformed_block_is_named_with_its_line(text: str, message: str) -> None:
    """The error says file, line and what is wrong."""
    with pytest.raises(BlockError, match=message):
        publish.rewrite(text, "README.md", fill)


def test_what_the_filling_refuses_is_named_with_its_line() -> None:
    """An unknown list or column is told at the block that asks for it."""

    def refuse(_attributes: Mapping[str, str]) -> list[str]:
        raise BlockError("there is no list 'x'")

    with pytest.raises(BlockError, match=r"README\.md:2: there is no list 'x'"):
        publish.rewrite(f"a\n{OPEN}\n{END}", "README.md", refuse)


def test_tables_of_ours_are_no_entries() -> None:
    """A list with a block in it is read without it, its lines keeping their numbers."""
    text = f"a\n{OPEN}\n| [x](https://github.com/o/x) |\n{END}\nb\xff"
    for data in (text.encode(), text.replace("\n", "\r").encode(), f"\ufeff{text}".encode("utf-16-le")):
        assert publish.without_blocks(data, "README.md") == "a\n\n\n\nb\xff".encode()


class TestPlace:
    """Files on disk."""

    def test_only_what_differs_is_written(self, tmp_path: Path) -> None:
        """Identical files keep their time, and what was written is told."""
        one, two, manifest = tmp_path / "one", tmp_path / "deep" / "two", tmp_path / "made"
        assert publish.place({one: b"1", two: b"2"}, manifest, check=False) == [two, manifest, one]
        before = one.stat().st_mtime_ns
        assert publish.place({one: b"1", two: b"3"}, manifest, check=False) == [two]
        assert (one.stat().st_mtime_ns, two.read_bytes()) == (before, b"3")

    def test_what_is_no_longer_drawn_is_removed(self, tmp_path: Path) -> None:
        """Of what the last build made, and of nothing else."""
        gone, kept, manifest = tmp_path / "projects/gone.html", tmp_path / "projects/kept.html", tmp_path / "made"
        publish.place({gone: b"", kept: b""}, manifest, check=False)
        for name in ("projects/notes.html", "data.csv"):
            (tmp_path / name).write_bytes(b"mine")
        assert publish.place({kept: b""}, manifest, check=False) == [manifest, gone]
        left = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file())
        assert left == ["data.csv", "made", "projects/kept.html", "projects/notes.html"]

    def test_a_tampered_manifest_removes_nothing_outside(self, tmp_path: Path) -> None:
        """Neither by an absolute path nor by one that leads up."""
        precious = tmp_path / "precious"
        precious.write_bytes(b"mine")
        manifest = tmp_path / "site" / "made"
        manifest.parent.mkdir()
        manifest.write_text(f"../precious\n{precious}\na/../../precious\n", encoding="utf-8")
        publish.place({}, manifest, check=False)
        assert precious.exists()

    def test_checking_changes_nothing(self, tmp_path: Path) -> None:
        """What would change is told, and stays."""
        (tmp_path / "old").write_bytes(b"")
        (tmp_path / "made").write_text("old\n", encoding="utf-8")
        told = publish.place({tmp_path / "new": b"1"}, tmp_path / "made", check=True)
        assert told == [tmp_path / "made", tmp_path / "new", tmp_path / "old"]
        assert sorted(path.name for path in tmp_path.iterdir()) == ["made", "old"]

    def test_all_is_written_or_nothing(self, tmp_path: Path) -> None:
        """One place that cannot be written leaves every other file as it was, and no drafts."""
        (tmp_path / "a").write_bytes(b"old")
        (tmp_path / "folder").write_bytes(b"no folder")
        with pytest.raises(WriteError, match=r"cannot write .*folder/b: .*; make room or change its permissions"):
            publish.place({tmp_path / "a": b"new", tmp_path / "folder" / "b": b""}, tmp_path / "made", check=False)
        assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "folder"]
        assert (tmp_path / "a").read_bytes() == b"old"

    def test_permissions_stay(self, tmp_path: Path) -> None:
        """A file keeps its mode when its content changes."""
        (tmp_path / "a").write_bytes(b"old")
        (tmp_path / "a").chmod(0o640)
        files.write({tmp_path / "a": b"new"})
        assert (tmp_path / "a").stat().st_mode & 0o777 == 0o640

    def test_a_full_disk_changes_nothing(self, tmp_path: Path) -> None:
        """The device that is always full stands in for a disk that is."""
        (tmp_path / ".b.draft").symlink_to("/dev/full")
        (tmp_path / "a").write_bytes(b"old")
        with pytest.raises(WriteError, match="No space left on device"):
            files.write({tmp_path / "a": b"new", tmp_path / "b": b"x" * 100_000})
        assert (tmp_path / "a").read_bytes() == b"old"

    def test_links_stay_links(self, tmp_path: Path) -> None:
        """A README that is a link is written where it points to."""
        (tmp_path / "real").write_bytes(b"")
        (tmp_path / "link").symlink_to("real")
        files.write({tmp_path / "link": b"new"})
        assert (tmp_path / "link").is_symlink()
        assert (tmp_path / "real").read_bytes() == b"new"

"""What a build leaves alone: whatever startrack did not make, whatever was edited since, whatever a link leads to."""

import os
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from startrack import files
from startrack.dashboards import folder
from startrack.errors import WriteError

PAGE = b'<link rel="stylesheet" href="assets/startrack.css">'


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Return the folder of pages, in a project with something precious beside it."""
    (tmp_path / "precious").write_bytes(b"mine")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "a.html").write_bytes(b"mine")
    (tmp_path / "site").mkdir()
    return tmp_path / "site"


def place(
    site: Path,
    contents: Mapping[str, bytes],
    changes: Mapping[Path, files.Change] | None = None,
    *,
    check: bool = False,
) -> folder.FolderChanges:
    """Bring the folder in step with its files."""
    return folder.write_folder(site, contents, changes or {}, check=check)


def everything(folder: Path) -> dict[str, bytes]:
    """Return what all files hold, those behind links left out, and the links by where they lead."""
    return {
        path.relative_to(folder).as_posix(): str(path.readlink()).encode() if path.is_symlink() else path.read_bytes()
        for path in folder.rglob("*")
        if path.is_symlink() or path.is_file()
    }


class TestPlace:
    """What is written and removed."""

    def test_only_what_differs_is_written(self, site: Path) -> None:
        """Identical files keep their time; the manifest is not told, being no page."""
        assert place(site, {"one": b"1", "deep/two": b"2"}).written == (site / "one", site / "deep" / "two")
        before = (site / "one").stat().st_mtime_ns
        assert place(site, {"one": b"1", "deep/two": b"3"}) == folder.FolderChanges((site / "deep" / "two",), (), ())
        assert ((site / "one").stat().st_mtime_ns, (site / "deep" / "two").read_bytes()) == (before, b"3")
        assert place(site, {"one": b"1", "deep/two": b"3"}) == folder.FolderChanges((), (), ())

    def test_what_is_no_longer_drawn_is_removed(self, site: Path) -> None:
        """Of what the last build made, and of nothing else."""
        place(site, {"projects/gone.html": b"", "projects/kept.html": b""})
        for name in ("projects/notes.html", "data.csv"):
            (site / name).write_bytes(b"mine")
        assert place(site, {"projects/kept.html": b""}).removed == (site / "projects" / "gone.html",)
        assert sorted(everything(site)) == [
            folder.MANIFEST_NAME,
            "data.csv",
            "projects/kept.html",
            "projects/notes.html",
        ]

    def test_checking_changes_nothing(self, site: Path) -> None:
        """What would change is told, and stays."""
        place(site, {"old": b""})
        before = everything(site)
        assert place(site, {"new": b"1"}, check=True) == folder.FolderChanges((site / "new",), (site / "old",), ())
        assert everything(site) == before

    def test_all_is_written_or_nothing(self, site: Path) -> None:
        """A README that cannot be filled leaves every page as it was, and no drafts."""
        place(site, {"a": b"old"})
        before = everything(site)

        def refuse(_data: bytes) -> bytes:
            raise WriteError("no")

        (site.parent / "README.md").write_bytes(b"text")
        with pytest.raises(WriteError, match="no"):
            place(site, {"a": b"new", "b": b""}, {site.parent / "README.md": refuse})
        assert everything(site) == before


class TestInTheWay:
    """Files of others where one of ours is to be."""

    def test_a_file_of_somebody_else_is_an_error(self, site: Path) -> None:
        """It is named, with the ways out, before anything is written."""
        (site / "feeds").mkdir()
        (site / "index.html").write_bytes(b"my own page")
        (site / "feeds" / "all.xml").write_bytes(b"my own feed")
        before = everything(site)
        contents = {"a.html": PAGE, "index.html": PAGE, "feeds/all.xml": b""}
        for check in (True, False):
            with pytest.raises(
                WriteError,
                match=r"site/index.html is in the way: startrack did not write it \(and 1 more",
            ):
                place(site, contents, check=check)
            assert everything(site) == before
        with pytest.raises(WriteError, match=r"; move it, or choose another folder with \[dashboards\] folder"):
            place(site, contents)

    def test_one_that_came_later_is_an_error_too(self, site: Path) -> None:
        """The manifest does not name it, even if it looks like ours."""
        place(site, {"index.html": PAGE})
        (site / "health.html").write_bytes(PAGE + b"mine")
        with pytest.raises(WriteError, match=r"health\.html is in the way"):
            place(site, {"index.html": PAGE + b"2", "health.html": PAGE})
        assert everything(site) | {folder.MANIFEST_NAME: b""} == {
            folder.MANIFEST_NAME: b"",
            "index.html": PAGE,
            "health.html": PAGE + b"mine",
        }

    def test_identical_bytes_are_adopted(self, site: Path) -> None:
        """Nothing is lost by it; from then on the manifest names them."""
        (site / "index.html").write_bytes(PAGE)
        assert place(site, {"index.html": PAGE}).written == ()
        assert place(site, {"index.html": b"2"}).written == (site / "index.html",)

    @pytest.mark.parametrize("kind", ["folder", "file for a folder", "pipe", "link", "dangling link", "linked folder"])
    def test_whatever_is_no_file_is_an_error(self, site: Path, kind: str) -> None:
        """Folders, pipes and links are neither replaced, nor read, nor followed; named in the manifest or not."""
        (site / "projects").mkdir()
        place(site, {"projects/a.html": b""})
        (site / "projects" / "a.html").unlink()
        match kind:
            case "folder":
                (site / "projects" / "a.html").mkdir()
            case "file for a folder":
                (site / "projects").rmdir()
                (site / "projects").write_bytes(b"mine")
            case "pipe":
                os.mkfifo(site / "projects" / "a.html")
            case "link":
                (site / "projects" / "a.html").symlink_to("../../elsewhere/a.html")
            case "dangling link":
                (site / "projects" / "a.html").symlink_to("../../nowhere")
            case _:
                (site / "projects").rmdir()
                (site / "projects").symlink_to("../elsewhere")
        before = everything(site.parent)
        with pytest.raises(WriteError, match=r"site/projects(/a.html)? is (in the way|a symbolic link)"):
            place(site, {"projects/a.html": b"new"})
        assert place(site, {}).removed == ()
        assert everything(site.parent) == before | {f"site/{folder.MANIFEST_NAME}": b""}


class TestEdited:
    """Files of ours that somebody changed."""

    def test_an_edited_file_is_not_replaced(self, site: Path) -> None:
        """The error says how to keep it, and how to have it made anew."""
        place(site, {"index.html": b"ours"})
        (site / "index.html").write_bytes(b"edited")
        with pytest.raises(WriteError, match=r"index.html was edited since startrack wrote it; move it .* delete it"):
            place(site, {"index.html": b"new"})
        assert (site / "index.html").read_bytes() == b"edited"
        (site / "index.html").unlink()
        assert place(site, {"index.html": b"new"}).written == (site / "index.html",)

    def test_an_edited_file_is_not_removed(self, site: Path) -> None:
        """It is told once, and from then on no file of ours."""
        place(site, {"a.html": b"ours"})
        (site / "a.html").write_bytes(b"edited")
        assert place(site, {}) == folder.FolderChanges((), (), (site / "a.html",))
        assert place(site, {}) == folder.FolderChanges((), (), ())
        assert (site / "a.html").read_bytes() == b"edited"

    def test_a_checkout_that_turns_line_ends_is_no_edit(self, site: Path) -> None:
        """Of pages and of the manifest alike."""
        place(site, {"a.html": b"1\n2\n"})
        for name, data in everything(site).items():
            (site / name).write_bytes(data.replace(b"\n", b"\r\n"))
        assert place(site, {"a.html": b"3\n"}).written == (site / "a.html",)

    def test_a_killed_build_leaves_nothing_in_the_way(self, site: Path) -> None:
        """Between its first and its last rename any file may be old or new: none of them counts as edited."""
        before, after = {"a": b"1", "b": b"1", "gone": b"1"}, {"a": b"2", "b": b"2", "new": b"2"}
        place(site, before)
        (site / folder.MANIFEST_NAME).write_bytes(folder.read_manifest(site).render_transition(after))
        (site / "a").write_bytes(b"2")
        assert place(site, after).removed == (site / "gone",)
        assert everything(site) == {**after, folder.MANIFEST_NAME: folder.render_manifest(after)}


class TestManifest:
    """The file that names what was made."""

    @pytest.mark.parametrize(
        "line",
        [
            "../precious",
            "a/../../precious",
            "/precious",
            "{absolute}",
            "",
            ".",
            "sub/",
            "a//b",
            "..\\precious",
            "x\0",
            "C:x",
            "a" * 300,
            "ä" * 200 + ".html",
            "a/" * 100_000 + "b",
        ],
    )
    @pytest.mark.parametrize("digest", ["", "50b1ff5e3a7a0b3e  "])
    def test_what_names_no_file_below_is_no_line(self, site: Path, line: str, digest: str) -> None:
        """Nothing outside the folder is ours, whatever somebody wrote, and no folder is."""
        (site / "sub").mkdir()
        text = line.replace("{absolute}", str(site.parent / "precious"))
        (site / folder.MANIFEST_NAME).write_text(f"{digest}{text}\n", encoding="utf-8")
        before = everything(site.parent)
        place(site, {})
        assert everything(site.parent) == before | {f"site/{folder.MANIFEST_NAME}": b""}
        assert (site / "sub").is_dir()

    @given(st.binary(max_size=60))
    def test_any_bytes_remove_nothing_outside(self, tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
        """However a manifest was damaged."""
        site = tmp_path_factory.mktemp("project") / "site"
        site.mkdir()
        (site.parent / "precious").write_bytes(b"mine")
        (site / folder.MANIFEST_NAME).write_bytes(data)
        place(site, {})
        assert everything(site.parent) == {"precious": b"mine", f"site/{folder.MANIFEST_NAME}": b""}

    def test_a_linked_manifest_is_not_followed(self, site: Path) -> None:
        """Neither to read it nor to write it."""
        (site.parent / "precious").write_bytes(b"a.html\n")
        (site / "a.html").write_bytes(b"mine")
        (site / folder.MANIFEST_NAME).symlink_to("../precious")
        before = everything(site.parent)
        for contents in ({}, {"b.html": b""}):
            with pytest.raises(WriteError, match=r"startrack-files is a symbolic link"):
                place(site, contents)
        assert everything(site.parent) == before

    def test_one_of_an_older_startrack_is_read(self, site: Path) -> None:
        """Lines of plain paths name what was made, and READMEs and lists, which are left alone."""
        ours = ["index.html", "digest/2026-W01.md", "projects/gone.html"]
        theirs = [
            "README.md",
            "lists/own.md",
            "docs/notes.markdown",
            "table.html",
            "CNAME",
            "own.toml",
            ".x/config.json",
        ]
        for name in (*ours, *theirs):
            (site / name).parent.mkdir(exist_ok=True)
            (site / name).write_bytes(b"<!-- startrack:table -->\n" if name == "table.html" else b"old")
        (site / folder.MANIFEST_NAME).write_text("".join(f"{name}\n" for name in (*ours, *theirs)), encoding="utf-8")
        placed = place(site, {"index.html": b"new"})
        assert placed.written == (site / "index.html",)
        assert sorted(placed.removed) == [site / "digest/2026-W01.md", site / "projects/gone.html"]
        assert sorted(everything(site)) == sorted([folder.MANIFEST_NAME, "index.html", *theirs])

    def test_a_lost_one_is_made_anew(self, site: Path) -> None:
        """Pages that were committed without dot files are known by what they hold, data by the page beside them."""
        contents = {"index.html": PAGE, "data/a.csv": b"1", "feeds/all.xml": b"<name>startrack</name>"}
        place(site, contents)
        (site / folder.MANIFEST_NAME).unlink()
        newer = {name: content + b"2" for name, content in contents.items()}
        assert place(site, newer).written == tuple(site / name for name in contents)
        assert everything(site) == {**newer, folder.MANIFEST_NAME: folder.render_manifest(newer)}

    @pytest.mark.parametrize("name", ["index.html", "feeds/all.xml"])
    def test_a_lost_one_gives_no_right_to_what_others_made(self, site: Path, name: str) -> None:
        """A page or feed that does not say it is ours is in the way."""
        place(site, {"index.html": PAGE, "feeds/all.xml": b"<name>startrack</name>"})
        (site / folder.MANIFEST_NAME).unlink()
        (site / name).write_bytes(b"mine")
        with pytest.raises(WriteError, match=f"{name} is in the way"):
            place(site, {"index.html": PAGE + b"2", "feeds/all.xml": b"<name>startrack</name>2"})
        assert (site / name).read_bytes() == b"mine"

    def test_upper_and_lower_case_may_be_one_file(self, site: Path) -> None:
        """Where the disk holds them for one (here by a second name), the new is not removed with the old."""
        place(site, {"Foo.html": b"1"})
        os.link(site / "Foo.html", site / "foo.html")
        assert place(site, {"foo.html": b"1"}).removed == ()
        assert (site / "foo.html").read_bytes() == b"1"

    def test_upper_and_lower_case_may_be_two_files(self, site: Path) -> None:
        """Where the disk tells them apart, the old one is removed."""
        place(site, {"Foo.html": b"1"})
        if (site / "foo.html").exists():
            pytest.fail("this disk does not tell upper from lower case")
        assert place(site, {"foo.html": b"1"}).removed == (site / "Foo.html",)

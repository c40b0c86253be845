"""Builds never touch files that startrack did not write, edited files, and the targets of links."""

import hashlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from startrack import files
from startrack.dashboards import folder
from startrack.errors import StoreError, WorkerError, WriteError

PAGE = b'<link rel="stylesheet" href="assets/startrack.css">'


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Return a dashboards folder, in a project with other files."""
    (tmp_path / "precious").write_bytes(b"mine")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "a.html").write_bytes(b"mine")
    (tmp_path / "site").mkdir()
    return tmp_path / "site"


def write(
    site: Path,
    contents: Mapping[str, bytes],
    changes: Mapping[Path, files.Change] | None = None,
    *,
    check: bool = False,
) -> folder.FolderChanges:
    """Write the dashboards folder."""
    return folder.write_folder(site, contents.items(), changes or {}, check=check)


def digests(contents: Mapping[str, bytes]) -> dict[str, str]:
    """Return the digest of each file, as manifests have them."""
    return {name: hashlib.sha256(content).hexdigest()[:16] for name, content in contents.items()}


def everything(folder: Path) -> dict[str, bytes]:
    """Return the content of every file and the target of every link. Links are not followed."""
    return {
        path.relative_to(folder).as_posix(): str(path.readlink()).encode() if path.is_symlink() else path.read_bytes()
        for path in folder.rglob("*")
        if path.is_symlink() or path.is_file()
    }


class TestWrite:
    """The files that are written and removed."""

    def test_only_what_differs_is_written(self, site: Path) -> None:
        """Identical files are not written again. The result does not have the manifest."""
        assert write(site, {"one": b"1", "deep/two": b"2"}).written == (site / "deep" / "two", site / "one")
        before = (site / "one").stat().st_mtime_ns
        assert write(site, {"one": b"1", "deep/two": b"3"}) == folder.FolderChanges((site / "deep" / "two",), (), ())
        assert ((site / "one").stat().st_mtime_ns, (site / "deep" / "two").read_bytes()) == (before, b"3")
        assert write(site, {"one": b"1", "deep/two": b"3"}) == folder.FolderChanges((), (), ())

    def test_files_that_are_no_longer_built_are_removed(self, site: Path) -> None:
        """Only files of the last build are removed."""
        write(site, {"projects/gone.html": b"", "projects/kept.html": b""})
        for name in ("projects/notes.html", "data.csv"):
            (site / name).write_bytes(b"mine")
        assert write(site, {"projects/kept.html": b""}).removed == (site / "projects" / "gone.html",)
        assert sorted(everything(site)) == [
            folder.MANIFEST_NAME,
            "data.csv",
            "projects/kept.html",
            "projects/notes.html",
        ]

    def test_checking_changes_nothing(self, site: Path) -> None:
        """A check returns what would change."""
        write(site, {"old": b""})
        before = everything(site)
        assert write(site, {"new": b"1"}, check=True) == folder.FolderChanges((site / "new",), (site / "old",), ())
        assert everything(site) == before

    def test_an_error_writes_nothing(self, site: Path) -> None:
        """If the counts cannot be read, no page changes, and no drafts are left."""
        write(site, {"a": b"old"})
        before = everything(site)

        def refuse(_data: bytes) -> bytes:
            raise StoreError("no")

        (site.parent / "README.md").write_bytes(b"text")
        with pytest.raises(StoreError, match="no"):
            write(site, {"a": b"new", "b": b""}, {site.parent / "README.md": refuse})
        assert everything(site) == before

    def test_a_readme_that_cannot_be_changed_stops_nothing_else(self, site: Path) -> None:
        """One that is gone, or that becomes a folder while it is written; each is named, and leaves no draft."""
        gone, taken, readme = (site.parent / name for name in ("gone.md", "taken.md", "README.md"))
        for path in (taken, readme):
            path.write_bytes(b"text")

        def take(_data: bytes) -> bytes:
            taken.unlink()
            taken.mkdir()
            return b"new"

        others: dict[Path, files.Change] = {path: lambda _data: b"new" for path in (gone, readme)}
        assert [text.partition(": ")[0] for text in write(site, {}, others, check=True).failed] == [
            f"cannot read {gone}"
        ]
        changed = write(site, {"a": b"new"}, {taken: take, **others})
        assert changed.written == (readme, site / "a")
        assert [text.partition(": ")[0] for text in changed.failed] == [f"cannot read {gone}", f"cannot read {taken}"]
        assert readme.read_bytes() == b"new"
        assert not list(site.parent.rglob("*.draft"))

    def test_an_error_of_a_later_file_writes_nothing(self, site: Path) -> None:
        """Files are made one after the other: those before an error are drafts, and are removed."""
        write(site, {"a": b"old"})
        before = everything(site)

        def contents() -> Iterator[tuple[str, bytes]]:
            yield "a", b"new"
            yield "deep/b", b"new"
            raise WorkerError("no")

        with pytest.raises(WorkerError, match="no"):
            folder.write_folder(site, contents(), {}, check=False)
        assert everything(site) == before


class TestObstacles:
    """Files that startrack did not write, at the path of one of its files."""

    def test_another_file_is_an_error(self, site: Path) -> None:
        """The error has the path and the remedy, and nothing is written."""
        (site / "feeds").mkdir()
        (site / "index.html").write_bytes(b"my own page")
        (site / "feeds" / "all.xml").write_bytes(b"my own feed")
        before = everything(site)
        contents = {"a.html": PAGE, "index.html": PAGE, "feeds/all.xml": b""}
        for check in (True, False):
            with pytest.raises(
                WriteError,
                match=r"site/feeds/all.xml is in the way: startrack did not write it \(and 1 more",
            ):
                write(site, contents, check=check)
            assert everything(site) == before
        with pytest.raises(WriteError, match=r"; move it, or choose another folder with \[dashboards\] folder"):
            write(site, contents)

    def test_a_file_added_after_a_build_is_an_error(self, site: Path) -> None:
        """The manifest does not have it, even if it looks like a page."""
        write(site, {"index.html": PAGE})
        (site / "health.html").write_bytes(PAGE + b"mine")
        with pytest.raises(WriteError, match=r"health\.html is in the way"):
            write(site, {"index.html": PAGE + b"2", "health.html": PAGE})
        assert everything(site) | {folder.MANIFEST_NAME: b""} == {
            folder.MANIFEST_NAME: b"",
            "index.html": PAGE,
            "health.html": PAGE + b"mine",
        }

    def test_an_identical_file_is_accepted(self, site: Path) -> None:
        """The manifest has it from then on."""
        (site / "index.html").write_bytes(PAGE)
        assert write(site, {"index.html": PAGE}).written == ()
        assert write(site, {"index.html": b"2"}).written == (site / "index.html",)

    @pytest.mark.parametrize("kind", ["folder", "file for a folder", "pipe", "link", "dangling link", "linked folder"])
    def test_anything_but_a_file_is_an_error(self, site: Path, kind: str) -> None:
        """Folders, pipes and links are not replaced, read or followed, even if the manifest has the path."""
        (site / "projects").mkdir()
        write(site, {"projects/a.html": b""})
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
            write(site, {"projects/a.html": b"new"})
        assert write(site, {}).removed == ()
        assert everything(site.parent) == before | {f"site/{folder.MANIFEST_NAME}": b""}


class TestEdited:
    """Files of startrack that somebody has edited."""

    def test_an_edited_file_is_not_replaced(self, site: Path) -> None:
        """The error says how to keep it and how to get a new one."""
        write(site, {"index.html": b"ours"})
        (site / "index.html").write_bytes(b"edited")
        with pytest.raises(WriteError, match=r"index.html was edited since startrack wrote it; move it .* delete it"):
            write(site, {"index.html": b"new"})
        assert (site / "index.html").read_bytes() == b"edited"
        (site / "index.html").unlink()
        assert write(site, {"index.html": b"new"}).written == (site / "index.html",)

    def test_an_edited_file_is_not_removed(self, site: Path) -> None:
        """The next build reports it, and later builds ignore it."""
        write(site, {"a.html": b"ours"})
        (site / "a.html").write_bytes(b"edited")
        assert write(site, {}) == folder.FolderChanges((), (), (site / "a.html",))
        assert write(site, {}) == folder.FolderChanges((), (), ())
        assert (site / "a.html").read_bytes() == b"edited"

    def test_converted_line_endings_are_not_an_edit(self, site: Path) -> None:
        """This applies to pages and to the manifest."""
        write(site, {"a.html": b"1\n2\n"})
        for name, data in everything(site).items():
            (site / name).write_bytes(data.replace(b"\n", b"\r\n"))
        assert write(site, {"a.html": b"3\n"}).written == (site / "a.html",)

    def test_the_build_after_a_killed_one_succeeds(self, site: Path) -> None:
        """During a build each file may be old or new. Neither counts as edited."""
        before, after = {"a": b"1", "b": b"1", "gone": b"1"}, {"a": b"2", "b": b"2", "new": b"2"}
        write(site, before)
        (site / folder.MANIFEST_NAME).write_bytes(folder.read_manifest(site).render_transition(digests(after)))
        (site / "a").write_bytes(b"2")
        assert write(site, after).removed == (site / "gone",)
        assert everything(site) == {**after, folder.MANIFEST_NAME: folder.render_manifest(digests(after))}


class TestManifest:
    """The manifest file."""

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
    def test_invalid_lines_are_ignored(self, site: Path, line: str, digest: str) -> None:
        """A line never names a file outside the folder, or a folder."""
        (site / "sub").mkdir()
        text = line.replace("{absolute}", str(site.parent / "precious"))
        (site / folder.MANIFEST_NAME).write_text(f"{digest}{text}\n", encoding="utf-8")
        before = everything(site.parent)
        write(site, {})
        assert everything(site.parent) == before | {f"site/{folder.MANIFEST_NAME}": b""}
        assert (site / "sub").is_dir()

    @given(st.binary(max_size=60))
    def test_any_bytes_remove_nothing_outside(self, tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
        """This holds for any damage to the manifest."""
        site = tmp_path_factory.mktemp("project") / "site"
        site.mkdir()
        (site.parent / "precious").write_bytes(b"mine")
        (site / folder.MANIFEST_NAME).write_bytes(data)
        write(site, {})
        assert everything(site.parent) == {"precious": b"mine", f"site/{folder.MANIFEST_NAME}": b""}

    def test_a_linked_manifest_is_not_followed(self, site: Path) -> None:
        """It is neither read nor written."""
        (site.parent / "precious").write_bytes(b"a.html\n")
        (site / "a.html").write_bytes(b"mine")
        (site / folder.MANIFEST_NAME).symlink_to("../precious")
        before = everything(site.parent)
        for contents in ({}, {"b.html": b""}):
            with pytest.raises(WriteError, match=r"startrack-files is a symbolic link"):
                write(site, contents)
        assert everything(site.parent) == before

    def test_a_manifest_without_digests_is_read(self, site: Path) -> None:
        """Older manifests have only paths. They also have READMEs and lists, which are not touched."""
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
        changes = write(site, {"index.html": b"new"})
        assert changes.written == (site / "index.html",)
        assert sorted(changes.removed) == [site / "digest/2026-W01.md", site / "projects/gone.html"]
        assert sorted(everything(site)) == sorted([folder.MANIFEST_NAME, "index.html", *theirs])

    def test_a_lost_manifest_is_restored(self, site: Path) -> None:
        """Pages are identified by their text, and data by the first page."""
        contents = {"index.html": PAGE, "data/a.csv": b"1", "feeds/all.xml": b"<name>startrack</name>"}
        write(site, contents)
        (site / folder.MANIFEST_NAME).unlink()
        newer = {name: content + b"2" for name, content in contents.items()}
        assert write(site, newer).written == tuple(site / name for name in sorted(contents))
        assert everything(site) == {**newer, folder.MANIFEST_NAME: folder.render_manifest(digests(newer))}

    @pytest.mark.parametrize("name", ["index.html", "feeds/all.xml"])
    def test_without_a_manifest_other_files_are_safe(self, site: Path, name: str) -> None:
        """A page or feed without startrack's text is an error."""
        write(site, {"index.html": PAGE, "feeds/all.xml": b"<name>startrack</name>"})
        (site / folder.MANIFEST_NAME).unlink()
        (site / name).write_bytes(b"mine")
        with pytest.raises(WriteError, match=f"{name} is in the way"):
            write(site, {"index.html": PAGE + b"2", "feeds/all.xml": b"<name>startrack</name>2"})
        assert (site / name).read_bytes() == b"mine"

    def test_a_file_system_that_ignores_case(self, site: Path) -> None:
        """If two spellings are one file (here a hard link), the new file is not removed as the old one."""
        write(site, {"Foo.html": b"1"})
        os.link(site / "Foo.html", site / "foo.html")
        assert write(site, {"foo.html": b"1"}).removed == ()
        assert (site / "foo.html").read_bytes() == b"1"

    def test_a_file_system_that_respects_case(self, site: Path) -> None:
        """If two spellings are two files, the old one is removed."""
        write(site, {"Foo.html": b"1"})
        if (site / "foo.html").exists():
            pytest.fail("this test needs a file system that respects case")
        assert write(site, {"foo.html": b"1"}).removed == (site / "Foo.html",)

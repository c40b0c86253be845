"""Files on disk: whole or not at all, through no link, and no edit of somebody else lost."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from startrack import files
from startrack.errors import WriteError
from startrack.readme import blocks


def test_permissions_are_kept(tmp_path: Path) -> None:
    """A file keeps its mode when its content changes."""
    (tmp_path / "a").write_bytes(b"old")
    (tmp_path / "a").chmod(0o640)
    files.write({tmp_path / "a": b"new"}, below=tmp_path)
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o640


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no owner and group of this kind")
def test_the_owner_is_kept(tmp_path: Path) -> None:
    """A file keeps its owner and its group, if this process may give files to others."""
    path = tmp_path / "a"
    path.write_bytes(b"old")
    owner = (1234, 2345) if os.getuid() == 0 else (os.getuid(), os.getgroups()[-1])
    os.chown(path, *owner)
    files.write({path: b"new"}, below=tmp_path)
    assert (path.stat().st_uid, path.stat().st_gid) == owner


def test_a_full_disk_changes_nothing(tmp_path: Path) -> None:
    """A limit on file sizes simulates a full disk; no draft is left."""
    (tmp_path / "a").write_bytes(b"old")
    code = (
        "import resource; from pathlib import Path\n"
        "from startrack import files; from startrack.errors import WriteError\n"
        f"folder = Path({str(tmp_path)!r})\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "try:\n    files.write({folder / 'a': b'new', folder / 'b': b'x' * 100_000}, below=folder)\n"
        "except WriteError as error:\n    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "File too large; free disk space" in done.stdout
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a": b"old"}


def test_one_file_that_cannot_be_written_changes_nothing(tmp_path: Path) -> None:
    """Every other file stays as it was."""
    (tmp_path / "a").write_bytes(b"old")
    (tmp_path / "folder").write_bytes(b"no folder")
    with pytest.raises(WriteError, match=r"cannot write .*folder/b: .*; free disk space or change its permissions"):
        files.write({tmp_path / "a": b"new", tmp_path / "folder" / "b": b""}, below=tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a": b"old", "folder": b"no folder"}


@pytest.mark.parametrize("name", ["link", "folder/a"])
def test_nothing_is_written_through_a_link(tmp_path: Path, name: str) -> None:
    """Neither through a link instead of the file, nor instead of a folder above it; its target stays."""
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "a").write_bytes(b"mine")
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "link").symlink_to("../other/a")
    (tmp_path / "site" / "folder").symlink_to("../other")
    with pytest.raises(WriteError, match="is a symbolic link; startrack does not write through links"):
        files.write({tmp_path / "site" / name: b"new"}, below=tmp_path / "site")
    assert not files.remove(tmp_path / "site" / name, tmp_path / "site")
    assert (tmp_path / "other" / "a").read_bytes() == b"mine"
    assert sorted(path.name for path in (tmp_path / "site").iterdir()) == ["folder", "link"]


def test_the_folder_itself_may_be_a_link(tmp_path: Path) -> None:
    """The user configured that folder."""
    (tmp_path / "real").mkdir()
    (tmp_path / "site").symlink_to("real")
    assert files.write({tmp_path / "site" / "a": b"1"}, below=tmp_path / "site") == [tmp_path / "site" / "a"]
    assert (tmp_path / "real" / "a").read_bytes() == b"1"
    assert files.remove(tmp_path / "site" / "a", tmp_path / "site")


@pytest.mark.parametrize("name", ["a" * 300, "b/" * 2100 + "c"])
def test_a_name_that_is_too_long_is_a_startrack_error(tmp_path: Path, name: str) -> None:
    """It is no file and no link, and cannot be written."""
    assert files.find_symlink(tmp_path / name, tmp_path) is None
    assert not files.remove(tmp_path / name, tmp_path)
    with pytest.raises(WriteError, match="File name too long"):
        files.write({tmp_path / name: b""}, below=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_draft_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    """The link and its target stay."""
    (tmp_path / "precious").write_bytes(b"mine")
    draft = tmp_path / ".a.startrack.draft"
    draft.symlink_to("precious")
    with pytest.raises(WriteError, match=r"a.startrack.draft is in the way; remove it"):
        files.write({tmp_path / "a": b"new"}, below=tmp_path)
    assert draft.is_symlink()
    assert (tmp_path / "precious").read_bytes() == b"mine"
    assert not (tmp_path / "a").exists()


def test_the_draft_of_a_killed_run_is_replaced(tmp_path: Path) -> None:
    """Drafts do not pile up and do not block writing; one of a file that needs no writing is removed too."""
    for text in (b"new", b"new", b"newer"):
        (tmp_path / ".a.startrack.draft").write_bytes(b"half")
        files.write({tmp_path / "a": text}, below=tmp_path)
        assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a": text}


def test_files_with_similar_names_are_kept(tmp_path: Path) -> None:
    """A name that only resembles that of a draft belongs to somebody else."""
    (tmp_path / ".a.draft").write_bytes(b"mine")
    files.write({tmp_path / "a": b"new"}, below=tmp_path)
    assert (tmp_path / ".a.draft").read_bytes() == b"mine"


class TestStaging:
    """Files that are drafted one by one and renamed together."""

    def test_no_file_is_replaced_before_all_are_drafted(self, tmp_path: Path) -> None:
        """Whatever ends the block before: the files are as they were, and no draft is left."""
        (tmp_path / "a").write_bytes(b"old")

        def stage(*, fails: bool) -> None:
            with files.staging(below=tmp_path) as staged:
                staged.add(tmp_path / "a", b"new")
                staged.add(tmp_path / "deep" / "b", b"new")
                assert (tmp_path / "a").read_bytes() == b"old"
                if fails:
                    raise KeyboardInterrupt
                staged.rename(first=[tmp_path / "deep" / "b"])

        with pytest.raises(KeyboardInterrupt):
            stage(fails=True)
        assert {path.name for path in tmp_path.rglob("*")} == {"a", "deep"}
        stage(fails=False)
        assert {path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == {b"new"}

    def test_a_draft_of_a_killed_run_beside_an_unchanged_file_is_removed(self, tmp_path: Path) -> None:
        """Such a file is staged without content."""
        (tmp_path / ".a.startrack.draft").write_bytes(b"half")
        with files.staging(below=tmp_path) as staged:
            staged.add(tmp_path / "a", None)
        assert list(tmp_path.iterdir()) == []


class TestChanges:
    """READMEs: files of somebody else, in which a part is ours."""

    def test_an_edit_during_the_writing_is_kept(self, tmp_path: Path) -> None:
        """Somebody saves the file after it was read, and again; the change is made on what stands there at last."""
        readme, edits = tmp_path / "README.md", iter([b"second", b"third"])
        readme.write_bytes(b"first")

        def change(data: bytes) -> bytes:
            if edit := next(edits, None):
                readme.write_bytes(edit)
            return data + b" filled"

        with files.staging(below=tmp_path) as staged:
            staged.change(readme, change)
            staged.add(tmp_path / "a", b"")
            staged.rename()
        assert list(staged.drafts) == [readme, tmp_path / "a"]
        assert readme.read_bytes() == b"third filled"


class TestTarget:
    """Where a README's path leads to."""

    def test_a_link_inside_the_project_is_written_through(self, tmp_path: Path) -> None:
        """It stays a link."""
        (tmp_path / "docs").mkdir()
        (tmp_path / "docs" / "real.md").write_bytes(b"old")
        (tmp_path / "README.md").symlink_to("docs/real.md")
        target = blocks.resolve(tmp_path / "README.md", tmp_path)
        with files.staging(below=tmp_path) as staged:
            staged.change(target, lambda data: data + b" new")
            staged.rename()
        assert (tmp_path / "README.md").is_symlink()
        assert (tmp_path / "docs" / "real.md").read_bytes() == b"old new"

    @pytest.mark.parametrize("name", ["README.md", "docs/README.md"])
    def test_a_link_out_of_the_project_is_refused(self, tmp_path: Path, name: str) -> None:
        """Be it the file's own or that of a folder on the way; it may be named itself."""
        root = tmp_path / "project"
        root.mkdir()
        (tmp_path / "README.md").write_bytes(b"mine")
        (root / "README.md").symlink_to("../README.md")
        (root / "docs").symlink_to(tmp_path)
        with pytest.raises(WriteError, match=r"README.md is a symbolic link to .*, outside of .*\[readme\] file"):
            blocks.resolve(root / name, root)
        assert blocks.resolve(root / ".." / "README.md", root) == root / ".." / "README.md"
        assert blocks.resolve(tmp_path / "README.md", root) == tmp_path / "README.md"


def test_a_file_that_cannot_be_made_is_named_before_it_is_written(tmp_path: Path) -> None:
    """Whoever writes the draft may have no words for it."""
    path = tmp_path / ("x" * 240)
    with pytest.raises(WriteError, match=f"cannot write .*{path.name}: "), files.replacing(path, may_exist=False):
        raise AssertionError("it was yielded")

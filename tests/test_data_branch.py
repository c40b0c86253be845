"""The branch that holds the counts: fetched into the snapshots folder and pushed from there; no count is ever lost."""

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest

from gitting import NOBODY, git
from shared_folders import SharedFolder
from startrack import git as git_module
from startrack.config import Config
from startrack.errors import ConfigError, PushError, StoreError
from startrack.lists import git_history
from startrack.store import day_files, metadata_files, rollup, sync
from startrack.store.day_files import DayRow
from startrack.store.snapshots import Snapshots
from startrack.workflows import data_branch, lists
from stored_counts import Counts, read

BRANCH = data_branch.DEFAULT_BRANCH
NOW = datetime(2026, 11, 24, 6)
CLOSED = datetime(2026, 12, 4, 6)
"""When November can be rolled up."""
LIST = "- [vega/altair](https://github.com/vega/altair)\n"


def no_pause(_seconds: float) -> None:
    """Take no time between attempts."""


class Place:
    """A checkout, and what startrack does in it."""

    def __init__(self, checkout: Path) -> None:
        self.checkout = checkout
        self.folder = checkout / "snapshots"
        self.config = Config(root=checkout)

    def fetch(self, branch: str = BRANCH) -> str | None:
        """Fetch the data branch."""
        return data_branch.fetch(self.config, branch, no_pause).commit

    def push(self, branch: str = BRANCH, now: datetime = NOW) -> str | None:
        """Push the data branch."""
        result = data_branch.push(self.config, branch, "counts", now, no_pause)
        assert not result.problems
        return result.commit

    def count(self, day: str, project: int, stars: int, hour: int = 5) -> None:
        """Add a count to the file of a day."""
        write(self.folder, day, project, stars, hour)

    def counts(self) -> Counts:
        """Return what the folder has."""
        return read(self.folder)


def write(folder: Path, day: str, project: int, stars: int, hour: int = 5) -> None:
    """Add a count to the file of a day in a folder."""
    path = folder / day[:4] / f"{day}.csv"
    table = Snapshots(folder).day(path.relative_to(folder))
    at = datetime.fromisoformat(day).replace(hour=hour)
    rows = day_files.merge(table.rows, [DayRow(project, f"o/r{project}", at, stars, 1)])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(day_files.render(rows, table))


class World:
    """A bare remote with a list on `main`, and checkouts of it."""

    def __init__(self, top: Path, template: Path | None = None) -> None:
        self.top, self.remote = top, top / "remote.git"
        if template:
            shutil.copytree(template, top, dirs_exist_ok=True)
            git(top / "first", "remote", "set-url", "origin", self.remote.as_uri())
            return
        git(top, "init", "--quiet", "--bare", "--initial-branch=main", str(self.remote))
        git(top, "clone", "--quiet", str(self.remote), str(top / "first"))
        (top / "first" / "README.md").write_text(LIST, encoding="ascii")
        self.publish(top / "first", "list")

    def publish(self, checkout: Path, message: str) -> None:
        """Commit everything in a checkout and push it to the main branch."""
        git(checkout, "add", "--all")
        git(checkout, *NOBODY, "commit", "--quiet", "--message", message)
        git(checkout, "push", "--quiet", "origin", "HEAD:main")

    def check_out(self, name: str, *options: str) -> Place:
        """Return a new checkout."""
        git(self.top, "clone", "--quiet", *options, self.remote.as_uri(), str(self.top / name))
        return Place(self.top / name)

    def runner(self, name: str = "runner") -> Place:
        """Return a new shallow checkout, as `actions/checkout` makes it."""
        return self.check_out(name, "--depth=1")

    def counts(self, branch: str = BRANCH) -> Counts:
        """Return the counts of the remote's branch."""
        copy = self.top / "read"
        git(self.top, "clone", "--quiet", "--branch", branch, str(self.remote), str(copy))
        found = read(copy)
        shutil.rmtree(copy)
        return found

    def names(self, branch: str = BRANCH) -> list[str]:
        """Return the files of a branch of the remote."""
        return git(self.remote, "ls-tree", "-r", "--name-only", branch).splitlines()

    def hook(self, script: str) -> None:
        """Let the remote run a script before it accepts a push."""
        path = self.remote / "hooks" / "pre-receive"
        path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        path.chmod(0o755)


@pytest.fixture(autouse=True)
def _nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_NAME", "somebody")
        monkeypatch.setenv(f"GIT_{who}_EMAIL", "somebody@example.invalid")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)


@pytest.fixture
def world(tmp_path: Path, shared_folder: SharedFolder) -> World:
    """Return a remote that has no data branch yet."""
    return World(tmp_path, shared_folder("data-branch-none", World))


@pytest.fixture
def counted(tmp_path: Path, shared_folder: SharedFolder) -> World:
    """Return a remote whose data branch has a day."""

    def make(top: Path) -> None:
        place = World(top).runner("counted")
        place.fetch()
        place.count("2026-11-22", 1, 10)
        place.push()
        shutil.rmtree(place.checkout)

    return World(tmp_path, shared_folder("data-branch-counted", make))


def load(place: Place) -> None:
    """Load the folder into the database."""
    store, snapshots = lists.open_store(place.config)
    store.run(lambda session: sync.sync(session, snapshots))


@pytest.mark.parametrize("now", [NOW, CLOSED])
def test_a_damaged_file_is_restored_by_the_command_in_its_error(world: World, now: datetime) -> None:
    """A day file, and the month file of a month that was rolled up."""
    place = world.runner()
    place.fetch()
    place.count("2026-11-20", 1, 10)
    place.push(now=now)
    before = place.counts()
    (path,) = place.folder.glob("2026/*")
    path.write_bytes(b"damaged")
    with pytest.raises(StoreError) as raised:
        load(place)
    command = str(raised.value).partition("`")[2].partition("`")[0]
    git(place.checkout, *command.split()[1:])
    load(place)
    assert place.counts() == before


def test_the_first_run_makes_the_branch(world: World) -> None:
    """It has the counts and no parent, and the main branch is not touched."""
    before = git(world.remote, "rev-parse", "main")
    place = world.runner()
    assert place.fetch() is None
    place.count("2026-11-22", 1, 10)
    commit = place.push()
    assert git(world.remote, "log", "--format=%H %s", BRANCH) == f"{commit} counts"
    assert world.names() == ["2026/2026-11-22.csv"]
    assert git(world.remote, "rev-parse", "main") == before
    assert git(place.checkout, "status", "--porcelain") == ""


def test_a_second_run_continues_the_branch(counted: World) -> None:
    """A fresh checkout has the counts of the first run, and its commit is a child of that run's."""
    place = counted.runner()
    assert place.fetch() == git(counted.remote, "rev-parse", BRANCH)
    assert place.counts() == {("2026-11-22", 1): 10}
    place.count("2026-11-23", 1, 12)
    place.push()
    assert counted.counts() == {("2026-11-22", 1): 10, ("2026-11-23", 1): 12}
    assert git(counted.remote, "rev-list", "--count", BRANCH) == "2"


def test_the_same_day_again(counted: World) -> None:
    """The later count stands; without a new one nothing is pushed."""
    place = counted.runner()
    place.fetch()
    assert place.push() is None
    place.count("2026-11-22", 1, 11, hour=9)
    assert place.push()
    assert place.push() is None
    assert counted.counts() == {("2026-11-22", 1): 11}


def test_only_the_last_commit_is_fetched_into_a_shallow_checkout(counted: World) -> None:
    """Whatever the branch has become since, one commit is enough."""
    place = counted.runner("second")
    place.fetch()
    place.count("2026-11-23", 1, 12)
    place.push()
    other = counted.runner()
    other.fetch()
    assert git(other.folder, "rev-list", "--count", "HEAD") == "1"


def test_a_complete_clone_stays_complete(counted: World) -> None:
    """Its history is not cut off, so listing days by git history are still known."""
    first = counted.top / "first"
    (first / "README.md").write_text(f"{LIST}- [bokeh/bokeh](https://github.com/bokeh/bokeh)\n", encoding="ascii")
    counted.publish(first, "another")
    place = counted.check_out("clone")
    days = git_history.added_days(place.checkout / "README.md")
    place.fetch()
    assert "bokeh/bokeh" in days
    assert git_history.added_days(place.checkout / "README.md") == days
    assert git(place.checkout, "rev-parse", "--is-shallow-repository") == "false"


def two_at_once(world: World) -> tuple[Place, Place]:
    """Return two checkouts that have fetched the same state."""
    places = world.runner("one"), world.runner("two")
    for place in places:
        place.fetch()
    return places


@pytest.mark.parametrize("is_first", [True, False])
def test_two_runs_at_once(world: World, *, is_first: bool) -> None:
    """Both counts are on the branch, whether it was there before or both make it."""
    if not is_first:
        begun = world.runner("begun")
        begun.fetch()
        begun.count("2026-11-22", 9, 90)
        begun.push()
    one, two = two_at_once(world)
    one.count("2026-11-23", 1, 10)
    one.count("2026-11-23", 2, 20, hour=9)
    two.count("2026-11-23", 2, 21, hour=10)
    two.count("2026-11-23", 3, 30)
    assert one.push()
    assert two.push()
    expected: Counts = {
        ("2026-11-23", 1): 10, ("2026-11-23", 2): 21, ("2026-11-23", 3): 30,
    }  # fmt: skip
    if not is_first:
        expected["2026-11-22", 9] = 90
    assert world.counts() == expected
    assert two.counts() == expected
    assert git(world.remote, "rev-list", "--count", BRANCH) == ("2" if is_first else "3")


RACE = r"""
test -e ../raced-%s && exit 0
touch ../raced-%s
unset GIT_QUARANTINE_PATH
export GIT_AUTHOR_NAME=x GIT_AUTHOR_EMAIL=x@example.invalid GIT_COMMITTER_NAME=x GIT_COMMITTER_EMAIL=x@example.invalid
new=$(echo theirs | git commit-tree 'startrack-data^{tree}' -p startrack-data)
git update-ref refs/heads/startrack-data "$new"
"""


def test_a_push_at_the_same_moment(counted: World) -> None:
    """The remote accepts their push between our fetch and our push; ours is put on top of it."""
    place = counted.runner()
    place.fetch()
    place.count("2026-11-23", 1, 12)
    counted.hook(RACE.replace("%s", "once"))
    assert place.push()
    assert git(counted.remote, "log", "--format=%s", BRANCH).splitlines() == ["counts", "theirs", "counts"]


def test_it_gives_up_if_others_push_again_and_again(counted: World) -> None:
    """After six attempts; the counts stay in the folder, and a later push has them."""
    place = counted.runner()
    place.fetch()
    place.count("2026-11-23", 1, 12)
    counted.hook(RACE.replace("%s", "$(date +%s%N)"))
    with pytest.raises(PushError, match="during each of 6 attempts"):
        place.push()
    (counted.remote / "hooks" / "pre-receive").unlink()
    assert place.push()
    assert counted.counts() == {("2026-11-22", 1): 10, ("2026-11-23", 1): 12}


def test_a_branch_that_was_deleted_meanwhile_is_made_again(counted: World) -> None:
    """With every count that the folder has."""
    place = counted.runner()
    place.fetch()
    git(counted.remote, "branch", "--quiet", "-D", BRANCH)
    place.count("2026-11-23", 1, 12)
    assert place.push()
    assert counted.counts() == {("2026-11-22", 1): 10, ("2026-11-23", 1): 12}


def test_a_branch_that_was_deleted_between_runs_is_made_again(counted: World) -> None:
    """If the checkout is kept; a fetch does not empty the folder."""
    place = counted.runner()
    place.fetch()
    git(counted.remote, "branch", "--quiet", "-D", BRANCH)
    assert place.fetch() is None
    assert place.counts() == {("2026-11-22", 1): 10}
    assert place.push()
    assert counted.counts() == {("2026-11-22", 1): 10}


def force(world: World, change: Callable[[Path], object]) -> None:
    """Let somebody replace the branch by a new one, without the history of the old one."""
    folder = world.top / "forced"
    git(world.top, "clone", "--quiet", "--branch", BRANCH, str(world.remote), str(folder))
    git(folder, "checkout", "--quiet", "--orphan", "anew")
    change(folder)
    git(folder, "add", "--all")
    git(folder, *NOBODY, "commit", "--quiet", "--message", "anew")
    git(folder, "push", "--quiet", "--force", "origin", f"HEAD:{BRANCH}")


@pytest.mark.parametrize("is_fetched", [True, False])
def test_a_branch_that_was_forced_is_merged_with(counted: World, *, is_fetched: bool) -> None:
    """What it has and what is here are both kept, also the counts that it no longer has."""
    place = counted.runner()
    place.fetch()
    place.count("2026-11-24", 1, 14)

    def change(folder: Path) -> None:
        (folder / "2026" / "2026-11-22.csv").unlink()
        write(folder, "2026-11-23", 1, 12)

    force(counted, change)
    if is_fetched:
        place.fetch()
    assert place.push()
    assert counted.counts() == {("2026-11-22", 1): 10, ("2026-11-23", 1): 12, ("2026-11-24", 1): 14}
    assert git(counted.remote, "log", "--format=%s", BRANCH).splitlines() == ["counts", "anew"]


def test_what_others_remove_stays_removed(counted: World) -> None:
    """If they push a commit on top of ours that removes a day; what we have counted since is kept."""
    place = counted.runner()
    place.fetch()
    place.count("2026-11-24", 1, 14)
    other = counted.check_out("other", "--branch", BRANCH)
    git(other.checkout, "rm", "--quiet", "2026/2026-11-22.csv")
    git(other.checkout, *NOBODY, "commit", "--quiet", "--message", "remove")
    git(other.checkout, "push", "--quiet", "origin", f"HEAD:{BRANCH}")
    assert place.push()
    assert counted.counts() == {("2026-11-24", 1): 14}


NOVEMBER = "2026/2026-11.parquet"


def test_the_branch_begins_anew_when_a_month_is_rolled_up(counted: World) -> None:
    """One commit without a parent, with everything that was there; the next run continues it."""
    place = counted.runner()
    place.fetch()
    place.count("2026-11-30", 2, 7)
    place.push()
    place.count("2026-12-04", 1, 20)
    assert place.push(now=CLOSED)
    expected: Counts = {("2026-11-22", 1): 10, ("2026-11-30", 2): 7, ("2026-12-04", 1): 20}
    assert counted.counts() == place.counts() == expected
    assert counted.names() == [NOVEMBER, "2026/2026-12-04.csv"]
    assert git(counted.remote, "rev-list", "--count", BRANCH) == "1"
    assert place.push(now=CLOSED) is None
    other = counted.runner("other")
    other.fetch()
    other.count("2026-12-05", 1, 21)
    assert other.push(now=CLOSED)
    assert git(counted.remote, "rev-list", "--count", BRANCH) == "2"
    assert counted.counts() == {**expected, ("2026-12-05", 1): 21}


@pytest.mark.parametrize("is_late", [True, False])
def test_a_roll_up_that_raced_another_run_loses_nothing(counted: World, *, is_late: bool) -> None:
    """Both have counted, and the later one merges what the earlier one has pushed, rolled up (`is_late`) or not."""
    one, two = two_at_once(counted)
    one.count("2026-11-22", 2, 20)
    one.count("2026-12-04", 1, 30)
    two.count("2026-11-22", 3, 30)
    two.count("2026-11-22", 1, 11, hour=9)
    two.count("2026-12-04", 2, 31)
    first, second = (one, two) if is_late else (two, one)
    assert first.push(now=CLOSED if is_late else NOW)
    assert second.push(now=CLOSED)
    expected: Counts = {
        ("2026-11-22", 1): 11, ("2026-11-22", 2): 20, ("2026-11-22", 3): 30, ("2026-12-04", 1): 30,
        ("2026-12-04", 2): 31,
    }  # fmt: skip
    assert counted.counts() == second.counts() == expected
    assert counted.names() == [NOVEMBER, "2026/2026-12-04.csv"]
    assert git(counted.remote, "rev-list", "--count", BRANCH) == ("2" if is_late else "1")


def test_the_main_branch_need_not_keep_days_that_were_rolled_up(counted: World) -> None:
    """Days that `history: folder` had committed to it are in the month file, so the next commit can remove them."""
    first = Place(counted.top / "first")
    first.count("2026-11-21", 1, 8)
    counted.publish(first.checkout, "counts in the folder")
    place = counted.runner()
    place.fetch()
    day = b"snapshots/2026/2026-11-21.csv"
    repository = git_module.open_repository(place.checkout)
    assert day not in (data_branch.kept_names(repository, place.config) or ())
    assert place.push(now=CLOSED)
    assert data_branch.kept_names(repository, place.config) == frozenset({day, f"snapshots/{NOVEMBER}".encode()})
    assert counted.counts() == {("2026-11-21", 1): 8, ("2026-11-22", 1): 10}


def test_a_kept_checkout_goes_on_after_another_rolled_the_month_up(counted: World) -> None:
    """It still has the day files, and neither brings them back nor begins the branch anew a second time."""
    kept, other = two_at_once(counted)
    other.count("2026-12-04", 1, 20)
    other.push(now=CLOSED)
    kept.fetch()
    kept.count("2026-12-05", 1, 21)
    assert kept.push(now=CLOSED)
    assert counted.names() == [NOVEMBER, "2026/2026-12-04.csv", "2026/2026-12-05.csv"]
    assert git(counted.remote, "rev-list", "--count", BRANCH) == "2"
    assert counted.counts() == {("2026-11-22", 1): 10, ("2026-12-04", 1): 20, ("2026-12-05", 1): 21}


def test_a_push_that_was_killed_after_its_roll_up_is_finished_by_the_next(counted: World) -> None:
    """The branch begins anew then, though there is nothing left to roll up."""
    place = counted.runner()
    place.fetch()
    rollup.roll_up(Snapshots(place.folder), CLOSED)
    assert place.push(now=CLOSED)
    assert counted.names() == [NOVEMBER]
    assert git(counted.remote, "rev-list", "--count", BRANCH) == "1"
    assert counted.counts() == {("2026-11-22", 1): 10}


def test_counts_on_the_main_branch_move_to_the_data_branch(counted: World) -> None:
    """Those that `history: folder` has committed there, together with those that the data branch already has."""
    first = Place(counted.top / "first")
    for project, stars, hour in ((1, 9, 3), (2, 20, 3)):
        first.count("2026-11-22", project, stars, hour)
    first.count("2026-11-21", 1, 8)
    (first.folder / "notes.txt").write_text("mine", encoding="ascii")
    counted.publish(first.checkout, "counts in the folder")
    place = counted.runner()
    place.fetch()
    assert place.push()
    assert counted.counts() == {("2026-11-21", 1): 8, ("2026-11-22", 1): 10, ("2026-11-22", 2): 20}
    assert "notes.txt" not in counted.names()
    assert (place.folder / "notes.txt").read_text(encoding="ascii") == "mine"


def test_facts_on_the_data_branch_are_newer_than_those_in_the_folder(world: World) -> None:
    """What the main branch still has of a repository does not come back."""
    for name, description in (("first", "old"), ("later", "new")):
        place = Place(world.top / "first") if name == "first" else world.runner(name)
        if name == "later":
            shutil.rmtree(place.folder)
            place.fetch()
        place.count("2026-11-22", 1, 10)
        row = metadata_files.RepositoryRow(1, "o/r1", description=description)
        (place.folder / "repositories.csv").write_bytes(metadata_files.REPOSITORIES.render([row]))
        if name == "first":
            world.publish(place.checkout, "counts in the folder")
        else:
            place.push()
    place = world.runner()
    place.fetch()
    assert [row.description for row in Snapshots(place.folder).repositories().rows] == ["new"]


def test_only_files_of_counts_are_taken_from_the_branch(counted: World) -> None:
    """What else others have put there stays there: a database, a record of a fix, links, and other files."""
    hostile = counted.top / "hostile"
    git(counted.top, "clone", "--quiet", "--branch", BRANCH, str(counted.remote), str(hostile))
    others = ["startrack.duckdb", ".startrack-fix.json", ".startrack-build.json", "notes.md", "2026/run.sh"]
    for name in others:
        (hostile / name).write_text("made by somebody else", encoding="ascii")
    (hostile / "2026" / "2026-11-21.csv").symlink_to("/etc/passwd")
    git(hostile, "add", "--all", "--force")
    git(hostile, *NOBODY, "commit", "--quiet", "--message", "more")
    git(hostile, "push", "--quiet", "origin", BRANCH)
    place = counted.runner()
    place.fetch()
    taken = {path.relative_to(place.folder).as_posix() for path in place.folder.rglob("*") if path.is_file()}
    assert taken == {".git", ".startrack.lock", "2026/2026-11-22.csv"}
    place.count("2026-11-23", 2, 5)
    place.push()
    assert set(counted.names()) == {*others, *(f"2026/2026-11-2{day}.csv" for day in (1, 2, 3))}


def test_counts_that_were_not_pushed_are_kept(counted: World) -> None:
    """If the checkout is kept: the next fetch merges them, and the next push has them."""
    place = counted.runner()
    place.fetch()
    place.count("2026-11-23", 1, 12)
    counted.hook("exit 1")
    with pytest.raises(PushError, match="refused"):
        place.push()
    (counted.remote / "hooks" / "pre-receive").unlink()
    other = counted.runner("other")
    other.fetch()
    other.count("2026-11-23", 2, 20)
    other.push()
    place.fetch()
    assert place.counts() == {("2026-11-22", 1): 10, ("2026-11-23", 1): 12, ("2026-11-23", 2): 20}
    place.push()
    assert counted.counts() == place.counts()


def test_a_detached_checkout(counted: World) -> None:
    """The branch that is checked out does not matter."""
    place = counted.runner()
    git(place.checkout, "checkout", "--quiet", "--detach")
    place.fetch()
    place.count("2026-11-23", 1, 12)
    assert place.push()
    assert len(counted.counts()) == 2


def test_a_repository_without_a_commit(tmp_path: Path) -> None:
    """Counting can begin before anything else."""
    git(tmp_path, "init", "--quiet", "--bare", "--initial-branch=main", str(tmp_path / "remote.git"))
    git(tmp_path, "clone", "--quiet", str(tmp_path / "remote.git"), str(tmp_path / "empty"))
    place = Place(tmp_path / "empty")
    place.fetch()
    place.count("2026-11-23", 1, 12)
    assert place.push()
    assert git(tmp_path / "remote.git", "ls-tree", "-r", "--name-only", BRANCH) == "2026/2026-11-23.csv"


def test_a_sparse_checkout_has_all_counts(counted: World) -> None:
    """What is checked out of the main branch says nothing about the data branch."""
    place = counted.runner()
    git(place.checkout, "sparse-checkout", "set", "--no-cone", "/README.md")
    place.fetch()
    assert place.counts() == {("2026-11-22", 1): 10}
    place.count("2026-11-23", 1, 12)
    place.push()
    assert len(counted.counts()) == 2


@pytest.mark.parametrize("setting", ["core.autocrlf=true", "core.excludesFile={}"])
def test_settings_of_git_do_not_change_counts(counted: World, setting: str) -> None:
    """Files are read and written byte by byte, and pushed whatever is ignored on this machine."""
    (counted.top / "ignored").write_text("*.csv\n", encoding="ascii")
    place = counted.runner()
    key, _, value = setting.format(counted.top / "ignored").partition("=")
    git(place.checkout, "config", key, value)
    place.fetch()
    assert b"\r" not in (place.folder / "2026" / "2026-11-22.csv").read_bytes()
    assert place.push() is None
    other = counted.runner("other")
    other.fetch()
    other.count("2026-11-23", 2, 20)
    other.push()
    place.count("2026-11-23", 1, 12)
    assert place.push()
    assert len(counted.counts()) == 3
    assert b"\r" not in (place.folder / "2026" / "2026-11-23.csv").read_bytes()


def killed(place: Place) -> Iterator[Callable[[], object]]:
    """Yield what undoes the end of a fetch, as if it had been killed before it."""
    link = place.folder / ".git"
    yield link.unlink
    yield lambda: git(place.folder, "update-ref", "--no-deref", "HEAD", git(place.checkout, "rev-parse", "HEAD"))
    yield lambda: shutil.rmtree(place.checkout / ".git" / "worktrees")
    yield lambda: shutil.rmtree(place.folder)


@pytest.mark.parametrize("number", range(4))
def test_a_fetch_that_was_killed_is_repeated(counted: World, number: int) -> None:
    """Whatever it had done: without the link, without HEAD, without git's own files, or without the folder."""
    place = counted.runner()
    place.fetch()
    if number != 3:
        place.count("2026-11-23", 1, 12)
    list(killed(place))[number]()
    place.fetch()
    place.push()
    expected = {("2026-11-22", 1): 10} | ({} if number == 3 else {("2026-11-23", 1): 12})
    assert counted.counts() == expected


def test_a_push_that_was_killed_after_the_remote_had_it(counted: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next push finds its own commit there, and makes no other."""
    place = counted.runner()
    place.fetch()
    before = git(place.folder, "rev-parse", "HEAD")
    place.count("2026-11-23", 1, 12)
    commit = place.push()
    git(place.folder, "update-ref", "--no-deref", "HEAD", before)
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2030-01-01T00:00:00Z")  # a commit of another second
    assert place.push() is None
    assert git(counted.remote, "rev-parse", BRANCH) == commit == git(place.folder, "rev-parse", "HEAD")


def test_a_configuration_in_another_folder(counted: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its paths are relative to it, and it is named by a relative path itself."""
    place = counted.runner()
    (place.checkout / "sub").mkdir()
    monkeypatch.chdir(place.checkout)
    place.config, place.folder = Config(root=Path("sub")), Path("sub/snapshots")
    for _ in range(2):
        place.fetch()
    place.count("2026-11-23", 1, 12)
    assert place.push()
    assert len(counted.counts()) == 2


def test_a_repository_that_was_moved(counted: World) -> None:
    """The folder finds its repository again."""
    place = counted.runner()
    place.fetch()
    place.checkout.rename(counted.top / "moved")
    moved = Place(counted.top / "moved")
    moved.count("2026-11-23", 1, 12)
    assert moved.push()
    assert len(counted.counts()) == 2


def test_a_copy_of_a_clone_leaves_the_original_alone(counted: World) -> None:
    """Its folder still belongs to the original, and the error says what it is."""
    place = counted.runner()
    place.fetch()
    shutil.copytree(place.checkout, counted.top / "copy")
    with pytest.raises(PushError, match="a git repository of its own"):
        Place(counted.top / "copy").push()
    assert git(place.checkout, "worktree", "list", "--porcelain").count(f"worktree {place.checkout}/snapshots\n") == 1
    place.count("2026-11-23", 1, 12)
    assert place.push()


def test_git_ignores_the_folder_in_this_clone_only(counted: World) -> None:
    """Once, whatever its name is; no file of the maintainer changes."""
    place = counted.runner()
    place.config = Config.model_validate({"root": place.checkout, "snapshots": {"folder": "days [a] *?"}})
    for _ in range(2):
        place.fetch()
    git(place.checkout, "add", "--all")
    assert git(place.checkout, "status", "--porcelain") == ""
    excluded = (place.checkout / ".git" / "info" / "exclude").read_text(encoding="utf-8")
    assert excluded.count("days") == 1


@pytest.mark.parametrize("branch", ["$(touch${IFS}owned)", "--force", "a'b\"c", "-n", "ä/猫", "a;b"])
def test_any_name_of_a_branch_is_only_a_name(world: World, branch: str) -> None:
    """Quotes, dollars and leading dashes are ordinary characters."""
    place = world.runner()
    place.fetch(branch)
    place.count("2026-11-23", 1, 12)
    assert place.push(branch)
    assert git(world.remote, "for-each-ref", "--format=%(refname)").splitlines() == sorted(
        ["refs/heads/main", f"refs/heads/{branch}"]
    )
    assert not list(world.top.rglob("owned"))


@pytest.mark.parametrize("branch", ["", "a b", "$(touch owned)", "a..b", "a\nb", "x.lock"])
def test_what_no_branch_can_be_called_is_an_error(world: World, branch: str) -> None:
    """With exit code 2."""
    with pytest.raises(ConfigError, match="no branch can have the name"):
        world.runner().fetch(branch)


def test_the_main_branch_is_never_the_data_branch(counted: World) -> None:
    """Neither the one that is checked out, nor another without counts."""
    git(counted.remote, "branch", "docs", "main")
    place = counted.runner()
    with pytest.raises(ConfigError, match="main is checked out"):
        place.fetch("main")
    with pytest.raises(PushError, match="no counts"):
        place.fetch("docs")


def test_a_push_needs_a_fetch(counted: World) -> None:
    """Without it the counts of the branch would not be in the folder."""
    place = counted.runner()
    place.count("2026-11-23", 1, 12)
    with pytest.raises(PushError, match="run `startrack history fetch` first"):
        place.push()


def test_a_folder_that_is_another_repository(counted: World) -> None:
    """It is left alone."""
    place = counted.runner()
    git(counted.top, "init", "--quiet", str(place.folder))
    with pytest.raises(PushError, match="a git repository of its own"):
        place.fetch()


@pytest.mark.parametrize("folder", ["../days", "."])
def test_a_folder_outside_of_the_repository(counted: World, folder: str) -> None:
    """It cannot be a working copy."""
    place = counted.runner()
    place.config = Config.model_validate({"root": place.checkout, "snapshots": {"folder": folder}})
    with pytest.raises(ConfigError, match="not a folder in the repository"):
        place.fetch()


def test_without_a_remote(tmp_path: Path) -> None:
    """The error says what to do."""
    git(tmp_path, "init", "--quiet", str(tmp_path / "alone"))
    with pytest.raises(PushError, match="git remote add origin"):
        Place(tmp_path / "alone").fetch()

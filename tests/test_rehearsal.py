"""A rehearsal of GitHub: the action's own steps, in order, against a remote and the demo's GitHub.

The list's history is on the data branch, and the main branch has only what readers see.
"""

import json
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from action_runner import LIST, PROJECTS, PROTECTED, REPOSITORY, RULES, TABLE, Runner, answering, private_remote
from gitting import NOBODY, git
from shared_folders import SharedFolder
from startrack.demo.faults import FaultRule, Reply
from startrack.demo.server import ACTIONS_TOKEN, Server
from stored_counts import read

Done = dict[str, subprocess.CompletedProcess[str]]
DATA, UPDATE = "startrack-data", "startrack/update"
FETCH, COUNT, PUSH, COMMIT, REPORT = (
    "Fetch the history", "Count and build", "Push the history", "Commit what changed", "Report failure",
)  # fmt: skip
STEPS = ["Check the inputs", FETCH, COUNT, PUSH, COMMIT, REPORT]
README = LIST + TABLE.encode()


def days(runner: Runner) -> dict[str, int]:
    """Return how many projects the data branch has counted on each day."""
    folder = runner.top / "read"
    git(runner.top, "clone", "--quiet", "--branch", DATA, str(runner.remote), str(folder))
    found = Counter(day for day, _ in read(folder))
    shutil.rmtree(folder)
    return dict(found)


def main_commits(runner: Runner, branch: str = "main") -> list[str]:
    """Return the subjects of the main branch, newest first."""
    return git(runner.remote, "log", "--format=%s", branch).splitlines()


def succeeded(done: Done, *names: str) -> None:
    """Check that every step, or each of these, ran and succeeded."""
    assert {name: (step.returncode, step.stderr) for name, step in done.items() if step.returncode} == {}
    assert list(done) == list(names or STEPS)


@contextmanager
def elsewhere(runner: Runner, name: str) -> Iterator[None]:
    """Let another machine with a new checkout run in the block."""
    mine, runner.checkout = runner.checkout, runner.top / name
    git(runner.top, "clone", "--quiet", "--depth=1", runner.remote.as_uri(), str(runner.checkout))
    try:
        yield
    finally:
        runner.checkout = mine


def begin(top: Path, github: Server) -> Runner:
    """Return a runner before the first run; the README has a table, and pages are not kept in git."""
    runner = Runner(top, github, listed=README)
    (runner.checkout / ".gitignore").write_text("/dashboards/\n", encoding="ascii")
    runner.push(runner.checkout, "ignore")
    runner.check_out()
    return runner


@pytest.fixture
def runner(tmp_path: Path, github: Server, shared_folder: SharedFolder) -> Runner:
    """Return a runner before the first run."""
    return Runner(tmp_path, github, shared_folder("rehearsal-begun", lambda top: begin(top, github)))


@pytest.fixture
def second(tmp_path: Path, github: Server, shared_folder: SharedFolder) -> Runner:
    """Return a runner with a fresh checkout after a first run."""

    def make(top: Path) -> None:
        begun = begin(top, github)
        succeeded(begun.play())
        begun.check_out()

    return Runner(tmp_path, github, shared_folder("rehearsal-second", make))


@pytest.fixture
def counted(tmp_path: Path, github: Server, shared_folder: SharedFolder) -> Runner:
    """Return a runner that has fetched the history and counted, a little earlier, and pushed nothing yet."""

    def make(top: Path) -> None:
        succeeded(begin(top, github).play(FETCH, COUNT), FETCH, COUNT)

    template = shared_folder("rehearsal-counted", make)
    runner = Runner(tmp_path, github, template)
    for path in ("snapshots/.git", ".git/worktrees/snapshots/gitdir"):  # they name each other
        file = runner.checkout / path
        file.write_text(file.read_text(encoding="utf-8").replace(str(template), str(tmp_path)), encoding="utf-8")
    return runner


def backdate(runner: Runner, span: timedelta) -> str:
    """Let the day that the data branch has be an earlier one, and return it."""
    with data_branch(runner) as folder:
        (path,) = folder.glob("*/*-*-*.csv")
        day = datetime.fromisoformat(path.stem) - span
        new = folder / f"{day:%Y}" / f"{day:%Y-%m-%d}.csv"
        new.parent.mkdir(exist_ok=True)
        for old, text in ((path, path.stem), (next(folder.glob("*/runs.csv")), path.stem)):
            content = old.read_text(encoding="utf-8").replace(text, new.stem)
            old.unlink()
            (new if old == path else new.with_name("runs.csv")).write_text(content, encoding="utf-8")
        (folder / "lists.csv").write_text(
            (folder / "lists.csv").read_text(encoding="utf-8").replace(path.stem, new.stem), encoding="utf-8"
        )
    return new.stem


@contextmanager
def data_branch(runner: Runner, *push: str) -> Iterator[Path]:
    """Let somebody change the data branch: yield a checkout of it, and push what is there after the block."""
    folder = runner.top / "somebody"
    git(runner.top, "clone", "--quiet", "--branch", DATA, str(runner.remote), str(folder))
    yield folder
    git(folder, "add", "--all")
    git(folder, *NOBODY, "commit", "--quiet", "--message", "somebody")
    git(folder, "push", "--quiet", *push, "origin", f"HEAD:{DATA}")
    shutil.rmtree(folder)


def today() -> str:
    """Return the day of a count that is taken now."""
    return f"{datetime.now(UTC):%Y-%m-%d}"


def test_the_first_run(runner: Runner) -> None:
    """The data branch begins; the main branch gets the table in the README, and nothing else."""
    succeeded(runner.play())
    assert days(runner) == {today(): len(PROJECTS)}
    assert main_commits(runner, DATA) == ["Count stars"]
    assert main_commits(runner) == ["Update star trends", "ignore", "list"]
    assert runner.committed() == ["M README.md"]
    assert runner.outputs()["changed"] == "true"
    assert git(runner.checkout, "status", "--porcelain") == ""


@pytest.mark.parametrize("missed", [1, 8])
def test_the_second_run(second: Runner, missed: int) -> None:
    """On the next day, or after a missed week: both days are there, and what was known is not asked for again."""
    before = backdate(second, timedelta(days=missed))
    done = second.play()
    succeeded(done)
    assert days(second) == {before: len(PROJECTS), today(): len(PROJECTS)}
    assert int(re.findall(r"with (\d+) requests", done[COUNT].stderr)[0]) <= 2


def test_the_same_day_again(second: Runner) -> None:
    """The counts are taken once more, and what readers see has not changed: no commit on the main branch."""
    before = main_commits(second)
    succeeded(second.play())
    assert days(second) == {today(): len(PROJECTS)}
    assert main_commits(second) == before
    assert second.outputs()["changed"] == "false"


def test_two_runs_at_once(second: Runner) -> None:
    """Both have counted before either pushes; nothing of either is lost, on either branch."""
    (second.checkout / "two.md").write_text("- [x](https://github.com/vega/altair)\n" + TABLE, encoding="utf-8")
    second.push(second.checkout, "two")
    second.check_out()
    succeeded(second.play(FETCH, COUNT), FETCH, COUNT)
    with elsewhere(second, "elsewhere"):
        succeeded(second.play(FETCH, COUNT, PUSH, COMMIT, sources="two.md"), FETCH, COUNT, PUSH, COMMIT)
    succeeded(second.play(PUSH, COMMIT, REPORT), PUSH, COMMIT, REPORT)
    assert days(second) == {today(): len(PROJECTS) + 1}
    assert "vega/altair" in git(second.remote, "show", "main:two.md").partition("startrack:table")[2]
    assert "vega/altair" in (second.checkout / "dashboards" / "index.html").read_text(encoding="utf-8")
    assert not [name for name in second.files() if name.startswith("snapshots/")]


def test_somebody_pushes_to_the_main_branch_meanwhile(counted: Runner) -> None:
    """The table is filled again in the README that they have changed; it has all counts."""
    succeeded(counted.play(PUSH), PUSH)
    other = counted.other()
    (other / "README.md").write_bytes(README.replace(b"# Projects", b"# Our projects"))
    counted.push(other, "theirs")
    succeeded(counted.play(COMMIT, REPORT), COMMIT, REPORT)
    readme = git(counted.remote, "show", "main:README.md")
    assert readme.startswith("# Our projects")
    assert all(f"[{name}]" in readme.partition("startrack:table")[2] for name in PROJECTS)
    assert main_commits(counted) == ["Update star trends", "theirs", "ignore", "list"]
    assert git(counted.checkout, "rev-parse", "HEAD") == git(counted.remote, "rev-parse", "main")
    assert git(counted.checkout, "status", "--porcelain") == ""


def test_the_data_branch_is_forced_meanwhile(second: Runner) -> None:
    """What others made of it is kept, and so is every count that was there before."""
    succeeded(second.play(FETCH, COUNT), FETCH, COUNT)
    with data_branch(second, "--force") as folder:
        git(folder, "checkout", "--quiet", "--orphan", "anew")
        (path,) = folder.glob("*/*-*-*.csv")
        path.rename(path.with_name(f"{path.stem[:4]}-01-01.csv"))
    succeeded(second.play(PUSH, COMMIT, REPORT), PUSH, COMMIT, REPORT)
    assert days(second) == {f"{today()[:4]}-01-01": len(PROJECTS), today(): len(PROJECTS)}


def test_the_data_branch_is_deleted_meanwhile(second: Runner) -> None:
    """It is made again, with the days of earlier runs."""
    before = backdate(second, timedelta(days=1))
    succeeded(second.play(FETCH, COUNT), FETCH, COUNT)
    git(second.remote, "branch", "--quiet", "-D", DATA)
    succeeded(second.play(PUSH, COMMIT, REPORT), PUSH, COMMIT, REPORT)
    assert days(second) == {before: len(PROJECTS), today(): len(PROJECTS)}


ONLY_MAIN = """
while read -r old new name; do
    if [ "$name" = refs/heads/main ]; then
        {}
    fi
done
"""


@pytest.mark.parametrize(
    ("hook", "title", "history"),
    [(PROTECTED, "protected branch", "branch"), (RULES, "ruleset", "folder")],
)
def test_the_main_branch_is_protected(runner: Runner, hook: str, title: str, history: str) -> None:
    """The run fails with the cause and the two ways out; the counts are on the data branch, also from the folder."""
    runner.hook(ONLY_MAIN.format(hook.strip()))
    done = runner.play(history=history)
    assert done[COMMIT].returncode == 13
    (line,) = [line for line in done[COMMIT].stderr.splitlines() if line.startswith("::")]
    assert line.startswith(f"::error title=startrack%3A {title}::")
    assert "`publish: pull-request`" in line
    assert "may bypass" in line
    assert ("the counts are saved on the branch startrack-data" in line) == (history == "folder")
    assert days(runner) == {today(): len(PROJECTS)}
    assert main_commits(runner) == ["ignore", "list"]
    assert git(runner.checkout, "worktree", "prune", "--verbose") == ""


def test_counts_that_are_saved_are_not_lost_later(second: Runner) -> None:
    """The next refused run adds its own to them, and a move to the data branch has all."""
    before = backdate(second, timedelta(days=1))
    second.hook(ONLY_MAIN.format(PROTECTED.strip()))
    assert second.play(history="folder")[COMMIT].returncode == 13
    assert days(second) == {before: len(PROJECTS), today(): len(PROJECTS)}
    second.check_out()
    assert not second.play()[PUSH].returncode
    assert days(second) == {before: len(PROJECTS), today(): len(PROJECTS)}


def test_every_branch_is_protected(runner: Runner) -> None:
    """The counts cannot be pushed or saved; the error says so, and to leave the data branch out of the rule."""
    runner.hook(RULES)
    done = runner.play()
    assert done[PUSH].returncode == 13
    assert "::leave refs/heads/startrack-data out of the branch protection" in done[PUSH].stderr
    shutil.rmtree(runner.checkout / "snapshots")
    done = runner.play(history="folder")
    assert "the counts could not be saved on the data branch either" in done[COMMIT].stderr
    assert done[COMMIT].returncode == 13


def test_a_token_that_may_only_read(counted: Runner) -> None:
    """It is a warning: the job summary has the counts, and says that nothing was written."""
    with answering(403) as address:
        git(counted.checkout, "config", "remote.origin.pushurl", f"http://{address}/o/r.git")
        done = counted.play(PUSH, COMMIT, REPORT)
    succeeded(done, PUSH, COMMIT, REPORT)
    assert "::warning title=startrack%3A no permission to push::" in done[PUSH].stderr
    assert git(counted.remote, "for-each-ref", "--format=%(refname)") == "refs/heads/main"
    summary = (counted.top / "summary").read_text(encoding="utf-8")
    assert f"Counted {len(PROJECTS)} of {len(PROJECTS)}" in summary
    assert "Nothing is written to the repository: the token may only read." in summary


def test_a_private_list_needs_no_credentials_in_its_checkout(runner: Runner) -> None:
    """With `persist-credentials: false`, git gets the action's token where the remote asks for one, and only there."""
    with private_remote(runner.top, ACTIONS_TOKEN) as address:
        runner.context["server_url"] = address
        for _ in range(2):
            git(runner.checkout, "remote", "set-url", "origin", f"{address}/{runner.remote.name}")
            succeeded(runner.play())
            runner.check_out()
        assert days(runner) == {today(): len(PROJECTS)}
        assert main_commits(runner)[0] == "Update star trends"
        git(runner.checkout, "remote", "set-url", "origin", f"{address}/{runner.remote.name}")
        runner.action = "check"
        succeeded(runner.play(FETCH), FETCH)
        assert list((runner.checkout / "snapshots").glob("*/*.csv"))
        other = "ghs_" + "other"
        refused = runner.play(FETCH, token=other)["Fetch the history"]
        assert (refused.returncode, "no credentials" in refused.stderr) == (13, True)
        assert other not in refused.stdout + refused.stderr


@pytest.mark.parametrize(("event", "is_fork"), [("pull_request", False), ("schedule", True)])
def test_nothing_is_written_for_others(second: Runner, event: str, *, is_fork: bool) -> None:
    """For pull requests, also those from forks, and in forks: the job summary has the counts."""
    second.environment["GITHUB_EVENT_NAME"] = event
    second.event.write_text(json.dumps({"repository": {"fork": is_fork}}), encoding="ascii")
    git(second.checkout, "checkout", "--quiet", "--detach")
    before = git(second.remote, "for-each-ref")
    second.hook("exit 1")
    succeeded(second.play())
    assert git(second.remote, "for-each-ref") == before
    assert second.outputs()["changed"] == "false"
    summary = (second.top / "summary").read_text(encoding="utf-8")
    assert f"Counted {len(PROJECTS)} of {len(PROJECTS)}" in summary
    assert summary.count("Nothing is written to the repository: ") == 2


def test_a_detached_checkout(counted: Runner) -> None:
    """The counts are pushed; there is no branch to push the table to, and the error says so."""
    git(counted.checkout, "checkout", "--quiet", "--detach")
    done = counted.play(PUSH, COMMIT)
    assert (done[PUSH].returncode, done[COMMIT].returncode) == (0, 13)
    assert "::error title=startrack%3A detached HEAD::" in done[COMMIT].stderr
    assert days(counted) == {today(): len(PROJECTS)}


@pytest.mark.parametrize(
    ("last", "is_kept"), [(COUNT, True), (COUNT, False), (PUSH, True), (PUSH, False), (COMMIT, False)]
)
def test_a_run_that_is_killed_between_two_steps(counted: Runner, last: str, *, is_kept: bool) -> None:
    """The next run completes what is missing, in the same checkout or in a new one."""
    steps = STEPS[STEPS.index(COUNT) + 1 : STEPS.index(last) + 1]
    if steps:
        succeeded(counted.play(*steps), *steps)
    if not is_kept:
        counted.check_out()
    succeeded(counted.play())
    assert days(counted) == {today(): len(PROJECTS)}
    assert main_commits(counted) == ["Update star trends", "ignore", "list"]


def test_a_repository_moves_from_folder_to_branch(runner: Runner) -> None:
    """The counts of the folder are on the data branch, and one commit removes them from the main branch."""
    assert runner.play(history="folder").keys() == set(STEPS) - {FETCH, PUSH}
    assert [name for name in runner.files() if name.startswith("snapshots/")]
    runner.check_out()
    succeeded(runner.play())
    assert days(runner) == {today(): len(PROJECTS)}
    assert not [name for name in runner.files() if name.startswith("snapshots/")]
    assert (runner.checkout / "snapshots" / "repositories.csv").exists()
    assert git(runner.checkout, "status", "--porcelain") == ""
    runner.check_out()
    before = main_commits(runner)
    succeeded(runner.play())
    assert main_commits(runner) == before


def test_counts_that_could_not_be_pushed_stay_on_the_main_branch(runner: Runner) -> None:
    """They are removed there only once the data branch has them."""
    runner.play(history="folder")
    runner.check_out()
    runner.hook("grep -q startrack-data && exit 1; exit 0")
    assert runner.play()[PUSH].returncode == 13
    assert [name for name in runner.files() if name.startswith("snapshots/")]


def check_out_branch(runner: Runner, branch: str) -> None:
    """Make a branch of the remote and check it out; by commands that take a name as one that begins with a dash."""
    reference = f"refs/heads/{branch}"
    git(runner.checkout, "push", "--quiet", "origin", f"main:{reference}")
    git(runner.checkout, "update-ref", reference, "HEAD")
    git(runner.checkout, "symbolic-ref", "HEAD", reference)
    git(runner.checkout, "config", f"branch.{branch}.remote", "origin")
    git(runner.checkout, "config", f"branch.{branch}.merge", reference)


@pytest.mark.parametrize("name", ["-n a [b] ä 猫", "a 'b' \"c\"\nb", ":(top)$(touch owned)"])
def test_names_are_never_patterns_or_options(runner: Runner, name: str) -> None:
    """Of the branch that is checked out, of the list's file and of the folder of the counts."""
    branch = re.sub(r"[\s:\[]", "_", name)
    check_out_branch(runner, branch)
    list_file, folder = name.replace("\n", " ") + ".md", name.replace('"', '\\"').replace("\n", "\\n")
    quoted = list_file.replace('"', '\\"')
    (runner.checkout / "conf file.toml").write_text(
        f'[[lists]]\nsource = "{quoted}"\nname = "list"\n[snapshots]\nfolder = "{folder}"\n', encoding="utf-8"
    )
    (runner.checkout / list_file).write_bytes(README)
    succeeded(runner.play(sources="", config="conf file.toml"))
    assert days(runner) == {today(): len(PROJECTS)}
    names = git(runner.remote, "ls-tree", "-z", "--name-only", f"refs/heads/{branch}").rstrip("\0").split("\0")
    assert sorted(names) == sorted([".gitignore", "README.md", list_file])
    assert not list(runner.top.rglob("owned"))


def pulls(runner: Runner) -> list[dict[str, object]]:
    """Return the pull requests of the repository."""
    return runner.github.pulls.by_repository.get(REPOSITORY, [])


def test_a_pull_request(counted: Runner) -> None:
    """The first run makes it, and later ones update it; the main branch is left alone, and the counts are pushed."""
    succeeded(counted.play(PUSH, COMMIT, REPORT, publish="pull-request"), PUSH, COMMIT, REPORT)
    assert counted.outputs()["pull-request"] == f"https://github.com/{REPOSITORY}/pull/1"
    assert counted.outputs()["changed"] == "true"
    assert main_commits(counted) == ["ignore", "list"]
    assert main_commits(counted, UPDATE) == ["Update star trends", "ignore", "list"]
    assert git(counted.remote, "diff", "--name-only", "main", UPDATE) == "README.md"
    assert days(counted) == {today(): len(PROJECTS)}
    (pull,) = pulls(counted)
    assert pull["title"] == "Update star trends"
    assert "## Health" in str(pull["body"])
    # The same again: nothing that a reader sees has changed.
    first = git(counted.remote, "rev-parse", UPDATE)
    succeeded(counted.play(COMMIT, publish="pull-request"), COMMIT)
    assert git(counted.remote, "rev-parse", UPDATE) == first
    # Somebody changes the main branch: the commit is made anew on top of that.
    other = counted.other()
    (other / "new.txt").write_text("theirs", encoding="ascii")
    counted.push(other, "theirs")
    counted.check_out()
    succeeded(counted.play(publish="pull-request"))
    assert main_commits(counted, UPDATE) == ["Update star trends", "theirs", "ignore", "list"]
    assert len(pulls(counted)) == 1


def test_a_merged_pull_request_leaves_nothing_to_propose(counted: Runner) -> None:
    """No commit, no push and no pull request before a reader would see something else."""
    succeeded(counted.play(PUSH, COMMIT, REPORT, publish="pull-request"), PUSH, COMMIT, REPORT)
    git(counted.remote, "update-ref", "refs/heads/main", UPDATE)
    git(counted.remote, "branch", "--quiet", "-D", UPDATE)
    pulls(counted)[0]["state"] = "closed"
    counted.check_out()
    counted.output.unlink()
    succeeded(counted.play(publish="pull-request"))
    assert counted.outputs()["changed"] == "false"
    assert "pull-request" not in counted.outputs()
    assert git(counted.remote, "branch", "--list", UPDATE) == ""
    assert len(pulls(counted)) == 1


@pytest.mark.parametrize("is_permitted", [True, False])
def test_a_pull_request_that_may_not_be_made(counted: Runner, *, is_permitted: bool) -> None:
    """Its branch is pushed; a warning names the setting or the permission, and the summary has a link."""
    counted.github.pulls.is_permitted, counted.github.pulls.may_write = is_permitted, not is_permitted
    done = counted.play(PUSH, COMMIT, REPORT, publish="pull-request")
    succeeded(done, PUSH, COMMIT, REPORT)
    (warning,) = [line for line in done[COMMIT].stderr.splitlines() if line.startswith("::warning")]
    place = "permissions: pull-requests: write" if is_permitted else f"https://github.com/{REPOSITORY}/settings/actions"
    assert place in warning
    assert main_commits(counted, UPDATE)[0] == "Update star trends"
    summary = (counted.top / "summary").read_text(encoding="utf-8")
    assert f"(https://github.com/{REPOSITORY}/compare/main...startrack/update?expand=1)" in summary
    assert "pull-request" not in counted.outputs()
    # Once it is allowed, the next run makes it, although its branch has everything already.
    counted.github.pulls.is_permitted = counted.github.pulls.may_write = True
    succeeded(counted.play(COMMIT, publish="pull-request"), COMMIT)
    assert counted.outputs()["pull-request"] == f"https://github.com/{REPOSITORY}/pull/1"


def test_a_pull_request_needs_the_data_branch(runner: Runner) -> None:
    """Counts that were only in its branch would be lost when the next run replaces it."""
    done = runner.play(history="folder", publish="pull-request")
    assert list(done) == ["Check the inputs"]
    assert "only with history: branch" in done["Check the inputs"].stdout
    succeeded(runner.play(COUNT, history="folder"), COUNT)
    assert runner.play(COMMIT, history="folder", publish="pull-request")[COMMIT].returncode == 2


def test_bundles_are_pushed_by_another_job(second: Runner) -> None:
    """The job that counts writes nothing to the remote; another one, without startrack, pushes what it has made."""
    before = backdate(second, timedelta(days=1))
    (second.checkout / "README.md").write_bytes(README)
    second.push(second.checkout, "empty table")
    second.check_out()
    refs = git(second.remote, "for-each-ref")
    second.hook("exit 1")
    succeeded(second.play(publish="bundle"))
    assert git(second.remote, "for-each-ref") == refs
    assert git(second.checkout, "for-each-ref", "refs/startrack") == ""
    (second.remote / "hooks" / "pre-receive").unlink()
    writer = second.top / "writer"
    git(second.top, "clone", "--quiet", "--depth=1", second.remote.as_uri(), str(writer))
    git(writer, "fetch", "--quiet", "--depth=1", "origin", DATA)
    for bundle in sorted((second.top / "temp").glob("*.bundle")):
        git(writer, "fetch", "--quiet", str(bundle), "refs/startrack/heads/*:refs/startrack/heads/*")
    git(writer, "push", "--quiet", "origin", "refs/startrack/heads/*:refs/heads/*")
    assert days(second) == {before: len(PROJECTS), today(): len(PROJECTS)}
    assert main_commits(second)[:2] == ["Update star trends", "empty table"]
    assert second.committed() == ["M README.md"]


@pytest.mark.parametrize(("name", "value"), [("history", "brnach"), ("publish", "true"), ("publish", "$(touch owned)")])
def test_a_wrong_input_is_an_error(runner: Runner, name: str, value: str) -> None:
    """Before anything else happens."""
    done = runner.play(**{name: value})
    assert list(done) == ["Check the inputs"]
    assert done["Check the inputs"].stdout.startswith(f"::error title=startrack::the input {name} must be ")
    assert not list(runner.top.rglob("owned"))


def test_publishing_nothing(counted: Runner) -> None:
    """The counts are kept, and the main branch is left alone."""
    succeeded(counted.play(PUSH, COMMIT, REPORT, publish="none"), PUSH, REPORT)
    assert days(counted) == {today(): len(PROJECTS)}
    assert main_commits(counted) == ["ignore", "list"]


def test_a_run_on_the_same_day_ends_at_once(second: Runner) -> None:
    """Where an age is given, nothing is requested, committed or pushed; the outputs say so."""
    second.github.requests.clear()
    second.output.unlink()
    before = git(second.remote, "for-each-ref")
    done = second.play(**{"if-older-than": "18h"})
    succeeded(done, "Check the inputs", FETCH, COUNT, REPORT)
    assert re.search(r"nothing to do: the last whole run began .* UTC, less than 18h ago\n$", done[COUNT].stderr)
    assert (second.github.requests, git(second.remote, "for-each-ref")) == ([], before)
    outputs = {"status": "0", "counted": "0", "missing": "0", "requests": "0", "pages": "false", "skipped": "true"}
    assert second.outputs() == outputs


def test_an_old_run_is_followed_by_another(second: Runner) -> None:
    """All steps run, and the run records how late the schedule of the workflow began."""
    backdate(second, timedelta(days=1))
    due = datetime.now(UTC) - timedelta(hours=5)
    second.context["event.schedule"] = f"{due.minute} {due.hour} * * *"
    succeeded(second.play(**{"if-older-than": "18h"}))
    assert second.outputs()["counted"] == str(len(PROJECTS))
    with data_branch(second) as folder:
        _, last = (folder / today()[:4] / "runs.csv").read_text(encoding="utf-8").splitlines()[1:]
        assert 5 * 3600 <= int(last.rpartition(",")[2]) < 5 * 3600 + 120
        (folder / "changed").touch()


@pytest.mark.parametrize(
    ("reply", "pages", "is_said"),
    [
        (Reply(200, '{"has_pages": true}'), "true", False),
        (Reply(200, '{"has_pages": false}'), "false", True),
        (Reply(200, "{}"), "false", False),
        (Reply(404, "{}"), "false", False),
    ],
    ids=["enabled", "not enabled", "unknown", "not found"],
)
def test_pages_are_published_where_they_are_enabled(runner: Runner, reply: Reply, pages: str, *, is_said: bool) -> None:
    """One request asks; where Pages is not enabled, or GitHub does not say, the run succeeds all the same."""
    runner.environment["GITHUB_REPOSITORY"] = "lists/mine"
    rule = FaultRule(reply, path="/repos/lists/mine")
    runner.github.faults.add(rule)
    succeeded(runner.play(COUNT), COUNT)
    assert (runner.outputs()["pages"], runner.github.faults.hits(rule)) == (pages, 1)
    summary = (runner.top / "summary").read_text(encoding="utf-8")
    assert ("(https://github.com/lists/mine/settings/pages), open *Pages*" in summary) == is_said

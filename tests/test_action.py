"""The action and the workflows: their steps are executed in a repository with a remote."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from action_runner import DAY_FILE, LIST, PROJECTS, PROTECTED, REPOSITORY, ROOT, RULES, TABLE, Runner, action, answering
from conftest import NOW
from gitting import git
from shared_folders import SharedFolder
from startrack.config import Config
from startrack.demo.server import ACTIONS_TOKEN, Server
from startrack.errors import PushError
from startrack.workflows import commit

OWNERS_LIST = (ROOT / "tests" / "lists" / "mllms-reasoning.md").read_bytes()


@pytest.fixture
def runner(tmp_path: Path, github: Server, shared_folder: SharedFolder) -> Runner:
    """Return a runner with the short list checked out."""
    return Runner(tmp_path, github, shared_folder("runner", lambda top: Runner(top, github)))


@pytest.fixture
def counted_runner(tmp_path: Path, github: Server, shared_folder: SharedFolder) -> Runner:
    """Return a runner whose first step has counted the list, a little earlier; for tests that do not count again."""

    def make(top: Path) -> None:
        done = Runner(top, github).run("Count and build", sources="README.md")
        assert done.returncode == 0, done.stderr

    return Runner(tmp_path, github, shared_folder("counted-runner", make))


def test_a_run_counts_commits_and_pushes(tmp_path: Path, github: Server) -> None:
    """Day file, pages and table arrive at the remote; the database and the token do not."""
    runner = Runner(tmp_path, github, listed=OWNERS_LIST, is_real=True)
    counted = runner.run("Count and build", sources="README.md")
    assert counted.returncode == 0, counted.stderr
    committed = runner.run("Commit what changed")
    assert committed.returncode == 0, committed.stderr
    outputs = runner.outputs()
    assert int(outputs.pop("requests")) > 3
    assert outputs == {"status": "0", "counted": "23", "missing": "0", "pages": "false", "changed": "true"}
    files = runner.files()
    assert [name for name in files if DAY_FILE.fullmatch(name)]
    assert "dashboards/index.html" in files
    assert not [name for name in files if ".duckdb" in name or ".draft" in name]
    assert git(runner.remote, "log", "--format=%an: %s", "-1", "main") == "github-actions[bot]: Update star trends"
    assert not [name for name in files if ACTIONS_TOKEN in git(runner.remote, "show", f"main:{name}")[:200_000]]
    assert "Counted 23 of 23" in (runner.top / "summary").read_text(encoding="utf-8")


def test_the_next_run_continues_from_the_day_files(runner: Runner) -> None:
    """A new checkout has no database, but commit totals of unchanged heads are still known."""
    runner.run("Count and build", sources="README.md")
    runner.run("Commit what changed")
    runner.check_out()
    assert not list(runner.checkout.rglob("*.duckdb"))
    done = runner.run("Count and build", sources="README.md")
    requests = int(re.findall(r"with (\d+) requests", done.stderr)[0])
    assert requests <= 2
    text = next((runner.checkout / "snapshots").glob("*/*-*-*.csv")).read_text(encoding="ascii")
    assert not [line for line in text.splitlines()[1:] if line.split(",")[5] == ""]


def test_nothing_to_commit_is_no_failure(runner: Runner) -> None:
    """Nothing is pushed."""
    before = git(runner.remote, "rev-parse", "main")
    assert runner.run("Commit what changed").returncode == 0
    assert runner.outputs() == {"changed": "false"}
    assert git(runner.remote, "rev-parse", "main") == before


def test_somebody_else_pushes_meanwhile(counted_runner: Runner) -> None:
    """Our commit is put on top of theirs."""
    runner = counted_runner
    other = runner.other()
    (other / "new.txt").write_text("theirs", encoding="ascii")
    runner.push(other, "theirs")
    done = runner.run("Commit what changed")
    assert done.returncode == 0, done.stderr
    assert git(runner.remote, "log", "--format=%s", "main").splitlines() == ["Update star trends", "theirs", "list"]


def test_problems_of_a_run_are_a_warning(runner: Runner, github: Server) -> None:
    """One of two lists cannot be read: the run is kept, and the step succeeds."""
    done = runner.run("Count and build", sources="README.md\nno-such/list")
    assert done.returncode == 0
    assert "::warning title=startrack::" in done.stdout
    assert "no-such/list has no readable README" in done.stderr
    assert github.requests


@pytest.mark.parametrize(("inputs", "code"), [({"token": "refused-" + "token"}, 5), ({"sources": "lost.md"}, 3)])
def test_a_failed_run_fails_the_job(runner: Runner, inputs: dict[str, str], code: int) -> None:
    """With the exit code of the error; there is nothing to commit."""
    runner.run("Count and build", **({"sources": "README.md"} | inputs))
    assert runner.run("Report failure", STATUS=runner.outputs()["status"]).returncode == code


def test_counts_are_kept_if_the_build_fails(runner: Runner) -> None:
    """A file in the way of a page prevents the pages and tables of the day, but not its counts."""
    (runner.checkout / "dashboards").mkdir(exist_ok=True)
    (runner.checkout / "dashboards" / "index.html").write_text("mine", encoding="utf-8")
    runner.run("Count and build", sources="README.md")
    assert runner.run("Commit what changed").returncode == 0
    files = runner.files()
    assert [name for name in files if DAY_FILE.fullmatch(name)]
    assert runner.run("Report failure", STATUS=runner.outputs()["status"]).returncode == 12


@pytest.mark.parametrize(
    "hostile",
    ["$(touch owned)", "`touch owned`", "; touch owned", "x' ; touch owned; '", "--help", "-m x", "*"],
)
def test_inputs_are_never_run_as_shell(runner: Runner, hostile: str) -> None:
    """Sources, configuration and message are only arguments, whatever they contain."""
    runner.run("Count and build", sources=f"README.md\n{hostile}")
    runner.run("Count and build", sources="README.md", config=hostile)
    runner.run("Commit what changed", message=hostile, sources=f"README.md\n{hostile}")
    assert not list(runner.top.rglob("owned"))
    assert git(runner.remote, "log", "--format=%s", "-1", "main") == hostile


@pytest.mark.parametrize("sources", ["--help", "--taken-at 2020-01-01", "--taken-at=2020-01-01", "-h"])
def test_a_source_is_never_an_option(runner: Runner, sources: str) -> None:
    """Whatever it begins with, it names a list, which does not exist."""
    runner.run("Count and build", sources=f"README.md\n{sources}")
    assert runner.outputs()["status"] == "1"
    done = runner.run("Count and build", sources=sources)
    assert runner.outputs()["status"] == "3"
    assert f"file {sources} does not exist" in done.stderr
    days = [path.name for path in (runner.checkout / "snapshots").glob("*/*-*-*.csv")]
    assert not [name for name in days if name.startswith("2020")]


def test_a_line_is_one_source(runner: Runner) -> None:
    """With its spaces; blank lines and carriage returns are ignored."""
    for name in ("my list.md", "$HOME.md", "it's.md", "*.md"):
        (runner.checkout / name).write_bytes(LIST)
    done = runner.run("Count and build", sources="\r\nmy list.md\r\n  \r\n$HOME.md\r\n\nit's.md\n*.md")
    assert (done.returncode, runner.outputs()["status"]) == (0, "0"), done.stderr
    assert len(list((runner.checkout / "snapshots" / "lists").glob("*.csv"))) == 4


def test_only_files_of_startrack_are_committed(runner: Runner) -> None:
    """Other changed, added and staged files stay as they were, in startrack's folders too."""
    (runner.checkout / "notes.txt").write_text("first", encoding="ascii")
    runner.push(runner.checkout, "notes")
    runner.run("Count and build", sources="README.md")
    own = (
        "new.txt",
        "dashboards/mine.html",
        "snapshots/notes.txt",
        "snapshots/2025/own.csv",
        "snapshots/lists/own.csv",
    )
    for name in ("notes.txt", "staged.txt", *own):
        (runner.checkout / name).parent.mkdir(parents=True, exist_ok=True)
        (runner.checkout / name).write_text("mine", encoding="ascii")
    git(runner.checkout, "add", "staged.txt")
    done = runner.run("Commit what changed")
    assert (done.returncode, runner.outputs()["changed"]) == (0, "true"), done.stderr
    names = {line.partition(" ")[2] for line in runner.committed()}
    assert {"dashboards/index.html", "snapshots/repositories.csv", "snapshots/.gitignore"} <= names
    assert names.isdisjoint({"notes.txt", "staged.txt", *own})
    status = set(git(runner.checkout, "status", "--porcelain", "--untracked-files=all").splitlines())
    assert status == {"A  staged.txt", " M notes.txt", *(f"?? {name}" for name in own)}


def test_a_removed_page_is_removed_at_the_remote(runner: Runner) -> None:
    """A page that is no longer built; another person's file with such a name stays."""
    runner.run("Count and build", sources="README.md")
    runner.run("Commit what changed")
    git(runner.checkout, "rm", "--quiet", "--cached", "README.md")
    text = (runner.checkout / "README.md").read_text(encoding="utf-8")
    (runner.checkout / "README.md").write_text(text.replace("hiyouga/EasyR1", "hiyouga/EasyR0"), encoding="utf-8")
    runner.run("Count and build", sources="README.md")
    assert runner.run("Commit what changed").returncode == 0
    gone = [line for line in runner.committed() if line.startswith("D ")]
    assert gone
    assert all(line.startswith("D dashboards/") and "easyr1" in line.lower() for line in gone), gone
    assert "README.md" in runner.files()


@pytest.mark.parametrize("absent", ["dashboards", "dashboards/projects", "dashboards/.startrack-files"])
def test_a_page_that_was_not_checked_out_is_not_removed(runner: Runner, absent: str) -> None:
    """For example if an error in the README prevents the build."""
    runner.run("Count and build", sources="README.md")
    runner.run("Commit what changed")
    pages = [name for name in runner.files() if name.startswith("dashboards/")]
    path = runner.checkout / absent
    path.unlink() if path.is_file() else shutil.rmtree(path)
    with (runner.checkout / "README.md").open("a", encoding="utf-8") as readme:
        readme.write("\n<!-- startrack:table columns=nothing -->\n<!-- startrack:end -->\n")
    runner.run("Count and build", sources="README.md")
    assert runner.run("Commit what changed").returncode == 0
    assert "README.md" in "".join(runner.committed())
    assert [name for name in runner.files() if name.startswith("dashboards/")] == pages


def test_ignored_dashboards_are_no_failure(runner: Runner) -> None:
    """They stay out of git, as `.gitignore` says, and the counts are committed."""
    (runner.checkout / ".gitignore").write_text("/dashboards/\n", encoding="ascii")
    runner.push(runner.checkout, "ignore")
    for _ in range(2):
        runner.run("Count and build", sources="README.md")
        done = runner.run("Commit what changed")
        assert (done.returncode, runner.outputs()["changed"]) == (0, "true"), done.stderr
    assert not [name for name in runner.files() if name.startswith("dashboards/")]
    assert [name for name in runner.files() if DAY_FILE.fullmatch(name)]


def test_ignored_counts_are_a_warning(runner: Runner) -> None:
    """They would be lost; each run reports them, whatever else it commits."""
    (runner.checkout / ".gitignore").write_text("*.csv\n", encoding="ascii")
    runner.push(runner.checkout, "ignore")
    for _ in range(2):
        runner.run("Count and build", sources="README.md")
        done = runner.run("Commit what changed")
        assert done.returncode == 0
        assert " are not committed, because .gitignore excludes them" in done.stderr
        assert "::warning title=startrack::" in done.stderr
    assert not runner.day_files()
    with (runner.checkout / ".gitignore").open("a", encoding="ascii") as ignore:
        ignore.write("!/snapshots/**/*.csv\n")
    done = runner.run("Commit what changed")
    assert (done.returncode, done.stderr, runner.outputs()["changed"]) == (0, "", "true")
    assert len(runner.day_files().splitlines()) == 1 + len(PROJECTS)


@pytest.mark.parametrize("folder", ["-n a [b]*", "a 'b' \"c\"", "a\nb", "$(touch owned)", ":(top)x", "ä 猫"])
def test_names_are_never_patterns_or_options(runner: Runner, folder: str) -> None:
    """Spaces, quotes, line breaks, leading dashes and git's path patterns are ordinary characters."""
    quoted = folder.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    text = f'[dashboards]\nfolder = "{quoted}"\n[snapshots]\nfolder = "days {quoted}"\n'
    (runner.checkout / "conf file.toml").write_text(text, encoding="utf-8")
    runner.run("Count and build", sources="README.md", config="conf file.toml")
    done = runner.run("Commit what changed", sources="README.md", config="conf file.toml")
    assert (done.returncode, runner.outputs()["changed"]) == (0, "true"), done.stderr
    names = runner.files()
    assert f"{folder}/index.html" in names
    assert f"days {folder}/repositories.csv" in names
    assert "conf file.toml" not in names
    assert not list(runner.top.rglob("owned"))


def test_files_outside_the_repository_are_not_committed(runner: Runner) -> None:
    """Pages beside the checkout, and a folder that is a checkout of its own."""
    (runner.checkout / "conf.toml").write_text(
        '[dashboards]\nfolder = "../pages"\n[snapshots]\nfolder = "nested/days"\n',
        encoding="utf-8",
    )
    git(runner.top, "init", "--quiet", str(runner.checkout / "nested"))
    runner.run("Count and build", sources="README.md", config="conf.toml")
    assert (runner.top / "pages" / "index.html").exists()
    done = runner.run("Commit what changed", sources="README.md", config="conf.toml")
    assert (done.returncode, runner.outputs()["changed"]) == (0, "false"), done.stderr
    assert runner.files() == ["README.md"]


def test_only_readmes_with_tables_are_committed(runner: Runner) -> None:
    """A list that an earlier step changed, without a table, is not committed."""
    readme = runner.checkout / "README.md"
    readme.write_text(readme.read_text(encoding="utf-8") + TABLE, encoding="utf-8")
    (runner.checkout / "other.md").write_bytes(LIST)
    runner.push(runner.checkout, "table")
    (runner.checkout / "other.md").write_bytes(LIST + b"\nmore\n")
    runner.run("Count and build", sources="README.md\nother.md")
    assert runner.run("Commit what changed", sources="README.md\nother.md").returncode == 0
    assert "M README.md" in runner.committed()
    assert "other.md" not in " ".join(runner.committed())


def counted(runner: Runner, source: str) -> None:
    """Let somebody else count a list of their own on the same day, in their checkout, and push it."""
    mine, runner.checkout = runner.checkout, runner.other()
    runner.run("Count and build", sources=source)
    assert runner.run("Commit what changed", sources=source).returncode == 0
    shutil.rmtree(runner.checkout)
    runner.checkout = mine


def test_counts_of_two_people_are_merged(runner: Runner) -> None:
    """Day file, runs, lists and repositories have both; pages and tables are built from both."""
    readme = runner.checkout / "README.md"
    readme.write_text(readme.read_text(encoding="utf-8") + TABLE, encoding="utf-8")
    (runner.checkout / "two.md").write_text("- [x](https://github.com/vega/altair)\n", encoding="utf-8")
    runner.push(runner.checkout, "lists")
    runner.check_out()
    runner.run("Count and build", sources="README.md")
    counted(runner, "two.md")
    assert "hiyouga/EasyR1" not in runner.day_files()
    done = runner.run("Commit what changed", sources="README.md")
    assert (done.returncode, runner.outputs()["changed"]) == (0, "true"), done.stderr
    assert "::error" not in done.stderr
    rows = runner.day_files().splitlines()
    assert len([line for line in rows if not line.startswith("repo_id")]) == len(PROJECTS) + 1
    assert [line for line in rows if "vega/altair" in line and "," in line]
    fresh = runner.top / "fresh"
    git(runner.top, "clone", "--quiet", str(runner.remote), str(fresh))
    assert len((fresh / "snapshots" / "lists.csv").read_text(encoding="utf-8").splitlines()) == 3
    assert len(next((fresh / "snapshots").glob("*/runs.csv")).read_text(encoding="utf-8").splitlines()) == 3
    environment = runner.environment
    check = [sys.executable, "-m", "startrack", "build", "--check"]
    checked = subprocess.run(check, cwd=fresh, env=environment, capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stdout) == (0, "")
    assert "EasyR1" in (fresh / "README.md").read_text(encoding="utf-8")
    # The working copy is at what was pushed: whatever a later step does with it begins there.
    assert git(runner.checkout, "rev-parse", "HEAD") == git(runner.remote, "rev-parse", "main")
    assert git(runner.checkout, "status", "--porcelain") == ""


def test_two_counts_of_the_same_list_are_merged(runner: Runner) -> None:
    """The later count of each project is kept, and a missing one is replaced by the other's count."""
    (runner.checkout / "new.txt").write_text("another step's", encoding="ascii")
    runner.run("Count and build", sources="README.md")
    runner.github.world.delete("hiyouga/EasyR1")
    counted(runner, "README.md")
    theirs = runner.day_files()
    assert "not_found" in theirs
    done = runner.run("Commit what changed")
    assert (done.returncode, runner.outputs()["changed"]) == (0, "true"), done.stderr
    assert "not_found" not in runner.day_files()
    assert len(runner.day_files().splitlines()) == 1 + len(PROJECTS)
    assert git(runner.checkout, "status", "--porcelain") == "?? new.txt"


def test_pages_that_are_not_in_git_show_merged_counts(runner: Runner) -> None:
    """A later step publishes them from the working copy."""
    (runner.checkout / ".gitignore").write_text("/dashboards/\n", encoding="ascii")
    (runner.checkout / "two.md").write_text("- [x](https://github.com/vega/altair)\n", encoding="utf-8")
    runner.push(runner.checkout, "ignore")
    runner.run("Count and build", sources="README.md")
    counted(runner, "two.md")
    assert runner.run("Commit what changed").returncode == 0
    page = (runner.checkout / "dashboards" / "index.html").read_text(encoding="utf-8")
    assert "vega/altair" in page
    assert "hiyouga/EasyR1" in page


def test_changes_of_another_step_prevent_an_update_of_the_working_copy(runner: Runner) -> None:
    """They are not touched; the counts are pushed, and a warning is given."""
    (runner.checkout / "notes.txt").write_text("first", encoding="ascii")
    runner.push(runner.checkout, "notes")
    runner.run("Count and build", sources="README.md")
    other = runner.other()
    (other / "notes.txt").write_text("theirs", encoding="ascii")
    runner.push(other, "theirs")
    (runner.checkout / "notes.txt").write_text("mine", encoding="ascii")
    done = runner.run("Commit what changed")
    assert (done.returncode, runner.outputs()["changed"]) == (0, "true"), done.stderr
    assert "::warning title=startrack::the working copy has other changes" in done.stderr
    assert git(runner.remote, "show", "main:notes.txt") == "theirs"
    assert (runner.checkout / "notes.txt").read_text(encoding="ascii") == "mine"
    assert runner.day_files()


def test_commits_of_other_steps_are_pushed_too(counted_runner: Runner) -> None:
    """In their order, on top of the commits that others pushed."""
    runner = counted_runner
    (runner.checkout / "step.txt").write_text("step", encoding="ascii")
    git(runner.checkout, "add", "step.txt")
    who = ("-c", "user.name=step", "-c", "user.email=step@example.invalid")
    git(runner.checkout, *who, "commit", "--quiet", "--message", "step")
    other = runner.other()
    (other / "new.txt").write_text("theirs", encoding="ascii")
    runner.push(other, "theirs")
    assert runner.run("Commit what changed").returncode == 0
    subjects = git(runner.remote, "log", "--format=%s", "main").splitlines()
    assert subjects == ["Update star trends", "step", "theirs", "list"]


@pytest.mark.parametrize("is_shallow", [True, False])
def test_commits_that_others_remove_do_not_return(runner: Runner, *, is_shallow: bool) -> None:
    """A commit that somebody amended at the remote, for example because of a secret, is not pushed again."""
    (runner.checkout / "secret.txt").write_text("secret", encoding="ascii")
    runner.push(runner.checkout, "secret")
    if is_shallow:
        runner.check_out()
    runner.run("Count and build", sources="README.md")
    (runner.checkout / "step.txt").write_text("step", encoding="ascii")
    git(runner.checkout, "add", "step.txt")
    who = ("-c", "user.name=step", "-c", "user.email=step@example.invalid")
    git(runner.checkout, *who, "commit", "--quiet", "--message", "step")
    other = runner.other()
    git(other, "rm", "--quiet", "secret.txt")
    (other / "clean.txt").write_text("clean", encoding="ascii")
    git(other, "add", "clean.txt")
    git(other, *who, "commit", "--quiet", "--amend", "--message", "clean")
    git(other, "push", "--quiet", "--force", "origin", "HEAD:main")
    done = runner.run("Commit what changed")
    assert (done.returncode, runner.outputs()["changed"]) == (0, "true"), done.stderr
    subjects = git(runner.remote, "log", "--format=%s", "main").splitlines()
    assert subjects == ["Update star trends", "step", "clean", "list"]
    assert "secret.txt" not in runner.files()
    assert len(runner.day_files().splitlines()) == 1 + len(PROJECTS)


@pytest.mark.parametrize("source", [None, "two.md"])
def test_a_commit_that_was_not_pushed_is_pushed_by_the_next_run(runner: Runner, source: str | None) -> None:
    """If the checkout is kept between runs, also together with another count."""
    (runner.checkout / "two.md").write_text("- [x](https://github.com/vega/altair)\n", encoding="utf-8")
    runner.push(runner.checkout, "two")
    runner.run("Count and build", sources="README.md")
    runner.hook("exit 1")
    assert runner.run("Commit what changed").returncode == 13
    (runner.remote / "hooks" / "pre-receive").unlink()
    if source:
        counted(runner, source)
    done = runner.run("Commit what changed")
    assert (done.returncode, runner.outputs()["changed"]) == (0, "true"), done.stderr
    assert len(runner.day_files().splitlines()) == 1 + len(PROJECTS) + (source is not None)
    assert runner.run("Commit what changed").returncode == 0
    assert runner.outputs()["changed"] == "false"


RACE = r"""
test -e ../raced && exit 0
touch ../raced
unset GIT_QUARANTINE_PATH
new=$(echo theirs | git -c user.name=x -c user.email=x@example.invalid commit-tree 'main^{tree}' -p main)
git update-ref refs/heads/main "$new"
"""


def test_a_push_at_the_same_moment(counted_runner: Runner) -> None:
    """The remote accepts their push between our fetch and our push."""
    runner = counted_runner
    runner.hook(RACE)
    done = runner.run("Commit what changed")
    assert done.returncode == 0, done.stderr
    assert git(runner.remote, "log", "--format=%s", "main").splitlines() == ["Update star trends", "theirs", "list"]


def test_it_gives_up_if_others_push_again_and_again(counted_runner: Runner) -> None:
    """The counts are in the local commit."""
    runner = counted_runner
    runner.hook(RACE.replace("test -e ../raced && exit 0", ""))
    refused(runner, runner.run("Commit what changed"), "pushed meanwhile")


def refused(runner: Runner, done: subprocess.CompletedProcess[str], title: str) -> None:
    """Check for the exit code, an annotation with the cause, and that the counts are committed locally."""
    assert done.returncode == 13, done.stderr
    assert runner.outputs()["changed"] == "false"
    (line,) = [each for each in done.stderr.splitlines() if each.startswith("::")]
    assert line.startswith(f"::error title=startrack%3A {title}::"), line
    names = git(runner.checkout, "ls-tree", "-r", "--name-only", "HEAD").splitlines()
    assert [name for name in names if DAY_FILE.fullmatch(name)]
    assert not runner.day_files()


@pytest.mark.parametrize(
    ("hook", "title"),
    [(PROTECTED, "protected branch"), (RULES, "ruleset"), ("exit 1", "push refused")],
)
def test_a_refused_push_names_its_cause(counted_runner: Runner, hook: str, title: str) -> None:
    """The error is not taken for a race, and it quotes GitHub's words and says what to do."""
    runner = counted_runner
    runner.hook(hook)
    done = runner.run("Commit what changed")
    refused(runner, done, title)
    assert "\x1b" not in done.stderr
    if title != "push refused":
        assert "`token` of actions/checkout" in done.stderr
        assert "Changes must be made through a pull request" in done.stderr


def test_a_detached_head_names_its_cause(counted_runner: Runner) -> None:
    """There is no branch to push to."""
    runner = counted_runner
    git(runner.checkout, "checkout", "--quiet", "--detach")
    refused(runner, runner.run("Commit what changed"), "detached HEAD")


def test_a_branch_without_an_upstream_names_its_cause(counted_runner: Runner) -> None:
    """An earlier step made the branch."""
    runner = counted_runner
    git(runner.checkout, "checkout", "--quiet", "-b", "stars")
    done = runner.run("Commit what changed")
    refused(runner, done, "no upstream")
    assert "git push -u origin stars" in done.stderr


SECRET = "ghs_" + "0123456789abcdef"


def test_a_token_that_is_missing_names_its_cause(counted_runner: Runner) -> None:
    """GitHub answers 401 without one; user info in the remote's address is not shown."""
    runner = counted_runner
    with answering(401) as address:
        git(runner.checkout, "remote", "set-url", "origin", f"http://x-access-token:{SECRET}@{address}/o/r.git")
        done = runner.run("Commit what changed")
    refused(runner, done, "no credentials")
    assert SECRET not in done.stderr + done.stdout


@pytest.mark.parametrize("is_actions", [True, False])
def test_a_token_that_may_only_read_names_its_cause(counted_runner: Runner, *, is_actions: bool) -> None:
    """GitHub answers 403: in Actions it is a warning, elsewhere an error; the token is not shown."""
    runner = counted_runner
    runner.environment["GITHUB_ACTIONS"] = str(is_actions).lower()
    with answering(403) as address:
        git(runner.checkout, "remote", "set-url", "origin", f"http://x-access-token:{SECRET}@{address}/o/r.git")
        done = runner.run("Commit what changed")
    assert (done.returncode, runner.outputs()["changed"]) == (0 if is_actions else 13, "false")
    assert ("::warning title=startrack%3A no permission to push::" in done.stderr) == is_actions
    assert "startrack: the token may not write here" in done.stderr
    assert SECRET not in done.stderr + done.stdout


def test_a_remote_that_is_not_reached_is_tried_again(counted_runner: Runner) -> None:
    """A limited number of times, with increasing pauses; the counts stay in the local commit."""
    runner = counted_runner
    pauses: list[float] = []
    with answering(503) as address:
        git(runner.checkout, "remote", "set-url", "origin", f"http://{address}/o/r.git")
        settings = ("-c", "user.name=x", "-c", "user.email=x@example.invalid")
        git(runner.checkout, *settings, "config", "user.name", "x")
        git(runner.checkout, "config", "user.email", "x@example.invalid")
        with pytest.raises(PushError, match="cannot be reached"):
            commit.run(Config(root=runner.checkout), "counts", NOW, pauses.append)
    assert pauses == [2, 4, 8, 16, 32]
    assert git(runner.checkout, "log", "--format=%s", "-1") == "counts"


def test_without_a_repository(runner: Runner) -> None:
    """A workflow without a checkout step."""
    shutil.rmtree(runner.checkout / ".git")
    runner.run("Count and build", sources="README.md")
    done = runner.run("Commit what changed")
    assert done.returncode == 13
    assert "::error title=startrack%3A no git repository::" in done.stderr
    assert "actions/checkout" in done.stderr


def test_the_first_commit_of_a_repository(runner: Runner, tmp_path: Path) -> None:
    """The repository has no commit yet."""
    shutil.rmtree(runner.checkout)
    shutil.rmtree(runner.remote)
    git(tmp_path, "init", "--quiet", "--bare", "--initial-branch=main", str(runner.remote))
    git(tmp_path, "clone", "--quiet", str(runner.remote), str(runner.checkout))
    (runner.checkout / "README.md").write_bytes(LIST)
    runner.run("Count and build", sources="README.md")
    assert runner.run("Commit what changed").returncode == 0
    assert git(runner.remote, "log", "--format=%s", "main") == "Update star trends"


def test_every_script_names_its_shell_and_takes_inputs_from_the_environment() -> None:
    """A composite action needs a shell, and inputs in the environment cannot be executed."""
    for step in action()["runs"]["steps"]:
        assert "uses" in step or step["shell"] == "bash"
        assert "${{" not in step.get("run", "")


def test_the_inputs_are_documented() -> None:
    """Every input is in the documentation, with its default."""
    text = (ROOT / "docs" / "actions.md").read_text(encoding="utf-8")
    for name, found in action()["inputs"].items():
        default = found["default"]
        shown = f" `{default}` |" if default and name != "token" else ""
        assert re.search(rf"\| `{name}` \|[^|]+\|{re.escape(shown)}", text), name


def test_the_issue_about_the_list_is_asked_for(counted_runner: Runner) -> None:
    """With the input `health-issue`, and not after a run that had nothing to do or failed; a wrong value is refused."""
    step = "Keep the issue about the list"
    (counted_runner.checkout / "README.md").write_bytes(LIST + b"- [gone](https://github.com/no/where)\n")
    counted_runner.run("Count and build", sources="README.md")
    assert step not in counted_runner.play("Report failure", step)
    assert counted_runner.play("Report failure", step, **{"health-issue": "true"})[step].returncode == 0
    (issue,) = counted_runner.github.issues.by_repository[REPOSITORY]
    assert "## Gone" in str(issue["body"])
    failed = counted_runner.run(step, **{"health-issue": "true", "STATUS": "3"})
    assert (failed.returncode, failed.stderr) == (0, "")
    refused = counted_runner.run("Check the inputs", **{"health-issue": "yes"})
    assert (refused.returncode, refused.stdout) == (
        2,
        "::error title=startrack::the input health-issue must be true or false\n",
    )

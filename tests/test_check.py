"""The gate for proposed additions: what it finds, looks at, judges and says."""

import difflib
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

import commands
from conftest import connect, set_right
from gate_world import ADDED, BORN, EXEMPT, GOOD, LIST, NOW, RULES, configured, counted, growing, repository, world
from gitting import NOBODY, git
from shared_folders import SharedFolder
from startrack.config import CheckConfig, Config, ListConfig, load
from startrack.demo.access import Clock
from startrack.demo.faults import FaultRule, Reply, not_offered, saml
from startrack.demo.server import Server, serving
from startrack.demo.world import Release
from startrack.errors import ConfigError
from startrack.model.checks import Rule
from startrack.model.diagnostics import Check
from startrack.model.repository import Details
from startrack.trends.bursts import BurstKind
from startrack.trends.gate import Fact, Judgement, State, Verdict
from startrack.wording import checks
from startrack.workflows import check, check_report, doctor, snapshot
from startrack.workflows.candidates import Everything, InDiff, Names, SinceRevision, Wanted
from startrack.workflows.check import CheckResult

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture
def github() -> Iterator[Server]:
    """Serve the small world."""
    with serving(world(), clock=Clock(NOW)) as server:
        yield server


@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    """Return a folder with the list, in which nothing was counted."""
    (tmp_path / "README.md").write_text(LIST, encoding="utf-8")
    return tmp_path


@pytest.fixture
def folder(tmp_path: Path, github: Server, shared_folder: SharedFolder) -> Path:
    """Return a folder with the list and one count of it; tests may change the list."""
    template = shared_folder("gate", lambda top: counted(top, github, configured(top)))
    shutil.copytree(template, tmp_path, dirs_exist_ok=True)
    return tmp_path


def diff(new: str, old: str = LIST, name: str = "README.md") -> bytes:
    """Return a diff of a file as git makes it."""
    lines = difflib.unified_diff(old.splitlines(keepends=True), new.splitlines(keepends=True), f"a/{name}", f"b/{name}")
    return f"diff --git a/{name} b/{name}\nindex 1..2 100644\n{''.join(lines)}".encode()


def checked(github: Server, folder: Path, wanted: Wanted, rules: CheckConfig = RULES) -> CheckResult:
    """Check something in a folder."""
    with connect(github) as client:
        return check.run(configured(folder, rules), wanted, client, NOW)


def by_name(result: CheckResult) -> dict[str, Judgement]:
    """Return the judgements by the names as written."""
    return {judgement.candidate.asked: judgement for judgement in result.judgements}


def test_five_additions_are_judged_right(github: Server, folder: Path) -> None:
    """A good one, an archived one, one that is listed under another name, a burst, and one in an exempt section."""
    judged = by_name(checked(github, folder, InDiff(diff(ADDED))))
    assert {name: (judgement.verdict, judgement.rules(State.BROKEN)) for name, judgement in judged.items()} == {
        "n/good": (Verdict.PASSES, ()),
        "n/archived": (Verdict.FAILS, (Rule.ARCHIVED,)),
        "a/before": (Verdict.FAILS, (Rule.DUPLICATE,)),
        "n/burst": (Verdict.WARNS, (Rule.BURST,)),
        "n/letters": (Verdict.PASSES, ()),
    }
    assert judged["n/letters"].rules(State.EXEMPT) == (Rule.MIN_STARS, Rule.MIN_AGE, Rule.LICENSES)


def test_a_verdict_reads_as_agreed(github: Server, folder: Path) -> None:
    """The Markdown of these five is byte for byte the golden file."""
    result = checked(github, folder, InDiff(diff(ADDED)))
    assert check_report.verdict_document(result, RULES, NOW.date()) == (GOLDEN / "check.md").read_text(encoding="utf-8")


def test_few_requests_are_sent(github: Server, folder: Path) -> None:
    """Three batches for all additions together, then at most four pages and one number for each."""
    github.requests.clear()
    checked(github, folder, InDiff(diff(ADDED)))
    paths = [request.path.rpartition("/")[2] for request in github.requests]
    assert {path: paths.count(path) for path in paths} == {"graphql": 3, "history": 5, "contributors": 5}


def old(github: Server, days: int) -> str:
    """Add a repository to the world with steady growth for so many days before now, and return its name."""
    born = (NOW - timedelta(days=days)).date()
    made = repository(400 + days, f"n/days{days}", figures=growing(born, [(0, 0), (days, 1_000)]))
    github.world.put(replace(made, created_at=datetime.combine(born, time())))
    return f"n/days{days}"


def test_an_old_history_is_not_read_to_its_beginning(github: Server, fresh: Path) -> None:
    """No more than four pages, and the verdict says from which day on it was looked at."""
    name = old(github, 3_000)
    (judgement,) = checked(github, fresh, Names((name,))).judgements
    assert [request.path.rpartition("/")[2] for request in github.requests].count("history") == 4
    assert judgement.verdict is Verdict.PASSES
    assert judgement.candidate.burst is not None
    assert judgement.candidate.burst.since == date(2023, 3, 12)


@pytest.mark.parametrize(
    ("steps", "kind", "after"),
    [
        ([(0, 0), (289, 9), (298, 500)], BurstKind.GOING_ON, 0),  # in this very week
        ([(0, 0), (270, 9), (280, 500), (298, 510)], BurstKind.ENDED, 6),
        ([(0, 0), (280, 9), (288, 500), (298, 500)], BurstKind.GOING_ON, 0),
        ([(0, 0), (200, 9), (210, 500), (298, 1_000)], BurstKind.FOLLOWED, 84),
        ([(0, 0), (298, 45)], BurstKind.NONE, 0),
    ],
)
def test_bursts(github: Server, fresh: Path, steps: list[tuple[int, int]], kind: BurstKind, after: int) -> None:
    """One that goes on, one that ended, one after which stars kept coming, and none."""
    github.world.put(repository(500, "n/new", figures=growing(BORN, steps)))
    (judgement,) = checked(github, fresh, Names(("n/new",))).judgements
    verdict = judgement.candidate.burst
    assert verdict is not None
    assert verdict.burst is not None
    assert (verdict.kind, verdict.burst.after) == (kind, after)
    is_broken = Rule.BURST in judgement.rules(State.BROKEN)
    assert is_broken == (kind in (BurstKind.ENDED, BurstKind.GOING_ON))


@pytest.mark.parametrize(
    ("rules", "repository_", "rule", "text"),
    [
        ({"min_stars": 301}, {}, Rule.MIN_STARS, "300 stars; at least 301 are needed"),
        ({"min_age": "299d"}, {}, Rule.MIN_AGE, "298 days old; at least 299 days are needed"),
        ({"max_idle": "2d"}, {}, Rule.MAX_IDLE, "last commit 3 days ago, on 2025-06-23; at most 2 days are allowed"),
        ({"max_idle": "2d"}, {"default_branch": None}, Rule.MAX_IDLE, "no commit yet"),
        ({"licenses": ["MIT"]}, {"license": "GPL-3.0"}, Rule.LICENSES, "the licence is GPL-3.0; allowed are MIT"),
        (
            {"licenses": ["MIT", "ISC"]},
            {"license": None},
            Rule.LICENSES,
            "GitHub found no licence; allowed are MIT and ISC",
        ),
        ({"min_contributors": 6}, {}, Rule.MIN_CONTRIBUTORS, "5 contributors; at least 6 are needed"),
        (
            {"min_contributors": 1},
            {"default_branch": None},
            Rule.MIN_CONTRIBUTORS,
            "0 contributors; at least 1 are needed",
        ),
        ({"required_description": True}, {"description": None}, Rule.REQUIRED_DESCRIPTION, "no description"),
        ({}, {"archived_at": datetime(2025, 2, 3)}, Rule.ARCHIVED, "archived by its owner since 2025-02-03"),
    ],
)
def test_each_rule(
    github: Server, fresh: Path, rules: dict[str, object], repository_: dict[str, object], rule: Rule, text: str
) -> None:
    """It is broken by one too few, with the figures of both sides; at level `warn` it is only said."""
    github.world.put(replace(repository(500, "n/new"), **repository_))  # type: ignore[arg-type] # by name
    (judgement,) = checked(github, fresh, Names(("n/new",)), CheckConfig.model_validate(rules)).judgements
    assert (judgement.verdict, judgement.rules(State.BROKEN)) == (Verdict.FAILS, (rule,))
    assert checks.broken(rule, judgement.candidate, CheckConfig.model_validate(rules), NOW.date()) == text
    warned = CheckConfig.model_validate({**rules, "levels": {rule.value: "warn"}})
    (judgement,) = checked(github, fresh, Names(("n/new",)), warned).judgements
    assert (judgement.verdict, judgement.rules(State.BROKEN)) == (Verdict.WARNS, (rule,))


def test_a_rule_that_is_just_kept(github: Server, fresh: Path) -> None:
    """As many as are asked for are enough; more contributors than GitHub counts are enough for any number."""
    rules = {"min_stars": 300, "min_age": "298d", "max_idle": "3d", "licenses": ["mit"], "min_contributors": 9}
    github.world.put(repository(500, "n/new", contributors=None))
    (judgement,) = checked(github, fresh, Names(("n/new",)), CheckConfig.model_validate(rules)).judgements
    assert judgement.verdict is Verdict.PASSES


def test_a_project_that_is_gone(github: Server, fresh: Path) -> None:
    """It fails; nothing else is asked about it."""
    github.world.block("n/good", "dmca")
    judged = by_name(checked(github, fresh, Names(("no/where", "n/good"))))
    assert {name: (judgement.verdict, judgement.rules(State.BROKEN)) for name, judgement in judged.items()} == {
        "no/where": (Verdict.FAILS, (Rule.EXISTS,)),
        "n/good": (Verdict.FAILS, (Rule.EXISTS,)),
    }


def test_a_project_that_could_not_be_looked_at(github: Server, fresh: Path) -> None:
    """It neither passes nor fails, also where only the answer that a rule needs is missing."""
    github.faults.add(FaultRule(Reply(502, "{}"), path="*/contributors"))
    github.faults.add(FaultRule(saml("n/letters")))
    judged = by_name(checked(github, fresh, Names(("n/letters", "n/good"))))
    assert {name: (judgement.verdict, judgement.rules(State.UNKNOWN)) for name, judgement in judged.items()} == {
        "n/letters": (Verdict.UNKNOWN, (Rule.EXISTS,)),
        "n/good": (Verdict.UNKNOWN, (Rule.MIN_CONTRIBUTORS,)),
    }


def test_star_history_that_is_not_offered(github: Server, fresh: Path) -> None:
    """The project is judged by all else; the burst is not known."""
    github.faults.add(FaultRule(not_offered(), path="*/stargazers/history"))
    (judgement,) = checked(github, fresh, Names(("n/good",))).judgements
    assert (judgement.verdict, judgement.rules(State.UNKNOWN)) == (Verdict.PASSES, (Rule.BURST,))
    assert judgement.candidate.gain is None
    assert judgement.candidate.unknown[Fact.GAIN] == "GitHub offers no star history for it"


def test_a_rate_limit_ends_the_questions(github: Server, fresh: Path) -> None:
    """What is known by then is judged, and nobody waits once for each project."""
    github.faults.add(FaultRule(Reply(429, "{}", headers={"retry-after": "99999"}), path="*/stargazers/history"))
    judged = by_name(checked(github, fresh, InDiff(diff(ADDED)), CheckConfig()))
    assert [request.path.rpartition("/")[2] for request in github.requests].count("history") == 1
    assert judged["n/good"].verdict is Verdict.PASSES
    assert judged["n/archived"].verdict is Verdict.FAILS


# What is checked


def repository_with(folder: Path, text: str) -> None:
    """Commit the list into a git repository, and change the file."""
    git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "add", "README.md")
    git(folder, *NOBODY, "commit", "--quiet", "--message", "list")
    (folder / "README.md").write_text(text, encoding="utf-8")


def test_since_a_revision(github: Server, fresh: Path) -> None:
    """The entries that the working copy has and the revision has not, by parsing both."""
    moved = ADDED.replace("- [Zeta]", "- [ZETA]")
    repository_with(fresh, moved)
    names = ["n/good", "n/archived", "a/before", "n/burst", "n/letters"]
    assert list(by_name(checked(github, fresh, SinceRevision("main")))) == names
    git(fresh, *NOBODY, "commit", "--quiet", "--all", "--message", "added")
    assert checked(github, fresh, SinceRevision("HEAD")).judgements == ()
    assert list(by_name(checked(github, fresh, SinceRevision("HEAD~1")))) == names


@pytest.mark.parametrize("way", ["moved", "renamed by git", "replaced"])
def test_since_a_revision_with_another_name_of_the_list(github: Server, fresh: Path, way: str) -> None:
    """What the file had there is no addition, whether git knows of the new name yet, or a new file has the old one."""
    repository_with(fresh, LIST)
    if way == "renamed by git":
        git(fresh, "mv", "README.md", "LIST.md")
    else:
        (fresh / "README.md").rename(fresh / "LIST.md")
    if way == "replaced":
        (fresh / "README.md").write_text("# Tools\n\nThe list has moved.\n", encoding="utf-8")
    (fresh / "LIST.md").write_text(LIST + EXEMPT, encoding="utf-8")
    config = Config(lists=(ListConfig(source="LIST.md"),), root=fresh)
    status = git(fresh, "status", "--porcelain")
    with connect(github) as client:
        result = check.run(config, SinceRevision("main"), client, NOW)
    assert list(by_name(result)) == ["n/letters"]
    assert git(fresh, "status", "--porcelain") == status


def test_a_copy_of_a_list_that_stays_is_a_new_list(github: Server, fresh: Path) -> None:
    """Only a list that has moved away, or leads to the new place, is what the new one was before."""
    repository_with(fresh, LIST)
    (fresh / "COPY.md").write_text(LIST + EXEMPT, encoding="utf-8")
    config = Config(lists=(ListConfig(source="COPY.md"),), root=fresh)
    with connect(github) as client:
        judged = by_name(check.run(config, SinceRevision("main"), client, NOW))
    assert len(judged) > 1
    assert "n/letters" in judged


@pytest.mark.parametrize("revision", ["nowhere", "--output=x", "-h", "HEAD:README.md", "", "a\nb"])
def test_a_revision_that_is_none(github: Server, fresh: Path, revision: str) -> None:
    """It is an error of use, and never an option of git."""
    repository_with(fresh, ADDED)
    with pytest.raises(ConfigError, match="--base: there is no revision"):
        checked(github, fresh, SinceRevision(revision))
    assert sorted(path.name for path in fresh.iterdir()) == [".git", "README.md"]


def test_without_git_there_is_no_revision(github: Server, fresh: Path) -> None:
    """The error says what is needed."""
    with pytest.raises(ConfigError, match="--base needs a checkout of a git repository"):
        checked(github, fresh, SinceRevision("main"))


def test_a_diff_below_the_top_folder(github: Server, tmp_path: Path) -> None:
    """Its paths are those of the repository, and the configuration may be anywhere in it."""
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "README.md").write_text(LIST, encoding="utf-8")
    git(tmp_path, "init", "--quiet")
    other = diff(LIST + "- [X](https://github.com/n/letters)\n")
    own = diff(LIST + "- [X](https://github.com/n/good)\n", name="docs/README.md")
    assert list(by_name(checked(github, folder, InDiff(other + own)))) == ["n/good"]
    assert (folder / "README.md").read_text(encoding="utf-8") == LIST


@pytest.mark.parametrize(
    ("header", "problem"),
    [
        ("deleted file mode 100644\nindex 1..0\nBinary files a/README.md and /dev/null differ\n", "removes the list"),
        ("index 1..2 100644\nBinary files a/README.md and b/README.md differ\n", "a binary file"),
        ("index 1..2 100644\nGIT binary patch\nliteral 3\nabc\n\nliteral 1\na\n\n", "a binary file"),
    ],
)
def test_a_change_that_cannot_be_looked_at(github: Server, fresh: Path, header: str, problem: str) -> None:
    """It is a problem, not a change without additions."""
    change = f"diff --git a/README.md b/README.md\n{header}"
    (reported,) = checked(github, fresh, InDiff(change.encode())).problems
    assert problem in reported


def test_a_list_that_is_renamed(github: Server, fresh: Path) -> None:
    """Its entries stay known; a file that takes its place is not looked at, and no path of the diff is read."""
    body = diff(LIST + GOOD).decode().partition("--- a/README.md\n")[2].partition("\n")[2]
    moved = f"diff --git a/README.md b/LIST.md\nrename from README.md\nrename to LIST.md\n{{}}{body}"
    names = "--- a/README.md\n+++ b/LIST.md\n"
    assert list(by_name(checked(github, fresh, InDiff(moved.format(names).encode())))) == ["n/good"]
    replaced = b"diff --git a/etc/passwd b/README.md\nrename from ../../etc/passwd\nrename to README.md\n"
    (problem,) = checked(github, fresh, InDiff(replaced)).problems
    assert problem == "the change replaces the list README.md by the file ../../etc/passwd, which is not looked at"


def test_a_change_of_other_files_adds_nothing(github: Server, fresh: Path) -> None:
    """Not even if it has links to projects."""
    result = checked(github, fresh, InDiff(diff(LIST + GOOD, name="docs/README.md")))
    assert (result.judgements, result.problems, github.requests) == ((), (), [])


def test_a_new_list_is_new_from_its_first_entry(github: Server, fresh: Path) -> None:
    """Every entry is an addition."""
    body = "".join(f"+{line}\n" for line in (LIST + GOOD).splitlines())
    count = len((LIST + GOOD).splitlines())
    header = "diff --git a/README.md b/README.md\nnew file mode 100644\n--- /dev/null\n+++ b/README.md\n"
    change = f"{header}@@ -0,0 +1,{count} @@\n{body}"
    (fresh / "README.md").unlink()
    assert len(checked(github, fresh, InDiff(change.encode())).judgements) == 9


def test_what_the_list_mentions_already(github: Server, fresh: Path) -> None:
    """A link in the text about another project is a warning, not a duplicate; one that comes with the entry is none."""
    before = LIST.replace("Gamma](https://github.com/a/gamma) - Does", "Gamma](https://github.com/a/gamma) - Like "
                          "[Epsilon](https://github.com/n/good), does")  # fmt: skip
    (fresh / "README.md").write_text(before, encoding="utf-8")
    own = "- [Letters](https://github.com/n/letters) - See\n  [its code](https://github.com/n/letters).\n"
    added = before.replace("- [Delta]", f"{GOOD}- [Delta]") + own
    judged = by_name(checked(github, fresh, InDiff(diff(added, before)), CheckConfig()))
    assert {name: judgement.rules(State.BROKEN) for name, judgement in judged.items()} == {
        "n/good": (Rule.MENTIONED,),
        "n/letters": (),
    }
    assert judged["n/good"].verdict is Verdict.WARNS
    reason = checks.broken(Rule.MENTIONED, judged["n/good"].candidate, CheckConfig(), NOW.date())
    assert reason == "the list has a link to it already, in line 9"


def test_twice_in_one_change(github: Server, fresh: Path) -> None:
    """By two names of one repository, and in two sections: neither is added before the other."""
    new = LIST.replace("- [Kappa](https://github.com/a/kappa) - Does something.\n", "")
    both = new + "- [K](https://github.com/a/kappa)\n- [L](https://github.com/a/before)\n"
    (fresh / "README.md").write_text(new, encoding="utf-8")
    judged = by_name(checked(github, fresh, InDiff(diff(both, new)), CheckConfig()))
    assert {name: judgement.rules(State.BROKEN) for name, judgement in judged.items()} == {
        "a/kappa": (Rule.DUPLICATE,),
        "a/before": (Rule.DUPLICATE,),
    }
    (fresh / "README.md").write_text(LIST, encoding="utf-8")
    twice = LIST.replace("## Datasets", f"{GOOD}\n## Datasets") + GOOD
    judged = by_name(checked(github, fresh, InDiff(diff(twice)), CheckConfig()))
    assert judged["n/good"].rules(State.BROKEN) == (Rule.DUPLICATE,)


@pytest.mark.parametrize("is_counted", [True, False])
def test_the_list_has_the_earlier_name(github: Server, fresh: Path, *, is_counted: bool) -> None:
    """The addition is the same repository by its new name; without a count, one request finds the entries' ids."""
    (fresh / "README.md").write_text(LIST.replace("a/kappa", "a/before"), encoding="utf-8")
    if is_counted:
        with connect(github) as client:
            snapshot.run(configured(fresh), client, NOW, lambda: NOW, lambda _done, _total: None)
    github.requests.clear()
    (judgement,) = checked(github, fresh, Names(("a/kappa",)), CheckConfig()).judgements
    assert judgement.rules(State.BROKEN) == (Rule.DUPLICATE,)
    assert [entry.entry.repo for entry in judgement.candidate.duplicates] == ["a/before"]
    queries = [request for request in github.requests if request.path.endswith("graphql")]
    assert len(queries) == (3 if is_counted else 4)


def test_entries_that_cannot_be_identified(github: Server, fresh: Path) -> None:
    """The check goes on, and says what it did not look for."""
    with connect(github, None) as client:
        result = check.run(configured(fresh), Names(("n/good",)), client, NOW)
    assert [judgement.verdict for judgement in result.judgements] == [Verdict.PASSES]
    assert result.problems == ("duplicates under other names: 8 entries were never counted, and there is no token",)


def test_an_entry_that_leads_nowhere_is_no_duplicate(github: Server, fresh: Path) -> None:
    """The last run did not find it. So nobody asks for it again, and without a token everything is known."""
    (fresh / "README.md").write_text(LIST + "- [Gone](https://github.com/a/gone) - Was here.\n", encoding="utf-8")
    with connect(github) as client:
        snapshot.run(configured(fresh), client, NOW, lambda: NOW, lambda _done, _total: None)
    with connect(github, None) as client:
        assert check.run(configured(fresh), Names(("n/good",)), client, NOW).problems == ()


def test_only_so_many_additions_are_looked_at(github: Server, fresh: Path) -> None:
    """Whoever opens a pull request does not decide how many requests are sent; the others are not checked."""
    many = "".join(f"- [{number}](https://github.com/no/where{number})\n" for number in range(210))
    result = checked(github, fresh, InDiff(diff(LIST + many)))
    verdicts = [judgement.verdict for judgement in result.judgements]
    assert (verdicts.count(Verdict.FAILS), verdicts.count(Verdict.UNKNOWN)) == (200, 10)
    assert len(github.requests) <= 4 + 200


def test_every_entry(github: Server, folder: Path) -> None:
    """A whole list is judged by its counts: batches, no star history, and contributors as a rule asks for them."""
    (folder / "README.md").write_text(ADDED, encoding="utf-8")
    github.requests.clear()
    judged = by_name(checked(github, folder, Everything()))
    assert len(judged) == 13
    assert {
        name: judgement.rules(State.BROKEN) for name, judgement in judged.items() if judgement.verdict is Verdict.FAILS
    } == {
        "n/archived": (Rule.ARCHIVED,),
        "a/before": (Rule.DUPLICATE,),
        "a/kappa": (Rule.DUPLICATE,),
    }
    paths = [request.path.rpartition("/")[2] for request in github.requests]
    assert {path: paths.count(path) for path in paths} == {"graphql": 3, "contributors": 13}


def test_projects_on_other_hosts_are_said(today: Server, fresh: Path) -> None:
    """They are not looked at, so a change of nothing else does not look like one without additions."""
    added = LIST + "- [G](https://gitlab.com/g/one) - One.\n- [H](https://gitlab.com/g/two) - Two.\n"
    (fresh / "change.diff").write_bytes(diff(added))
    words = ("--diff", "change.diff", "--list", "README.md", "--format", "markdown")
    code, out, err = startrack(today, fresh, *words)
    assert (code, out) == (0, f"{NOTHING}\nNot looked at: 2 entries on gitlab.com.\n")
    assert err == "no project was added\nnot looked at: 2 entries on gitlab.com\n"
    (fresh / "README.md").write_text(added, encoding="utf-8")
    (fresh / "change.diff").write_bytes(diff(added + GOOD, added))
    assert "gitlab" not in startrack(today, fresh, *words)[1]


def test_of_a_long_list_only_what_does_not_pass_is_told(github: Server, fresh: Path) -> None:
    """Every project has its row of figures."""
    many = "".join(f"- [{number}](https://github.com/m/p{number})\n" for number in range(13))
    for number in range(13):
        github.world.put(repository(600 + number, f"m/p{number}"))
    (fresh / "README.md").write_text(ADDED + many, encoding="utf-8")
    result = checked(github, fresh, Everything(), CheckConfig())
    text = check_report.verdict_document(result, CheckConfig(), NOW.date())
    assert len(re.findall(r"^\| \[", text, re.MULTILINE)) == 26
    assert re.findall(r"^### (\S+)", text, re.MULTILINE) == ["n/archived", "a/before", "a/kappa"]


def test_a_large_change_is_not_judged_silently(github: Server, fresh: Path) -> None:
    """Two hundred additions are counted, fifty of them asked about alone, and it is said what was not looked at."""
    for number in range(203):
        github.world.put(repository(600 + number, f"m/p{number}", default_branch=None))
    many = "".join(f"- [{number}](https://github.com/m/p{number})\n" for number in range(203))
    result = checked(github, fresh, InDiff(diff(LIST + many)), CheckConfig())
    assert result.problems == (
        "3 projects: only the first 200 are looked at",
        "star history of 150 projects: asked for only of the first 50 projects",
    )
    verdicts = [judgement.verdict for judgement in result.judgements]
    assert verdicts == [Verdict.PASSES] * 200 + [Verdict.UNKNOWN] * 3
    assert [judgement.rules(State.UNKNOWN) for judgement in result.judgements[49:51]] == [(), (Rule.BURST,)]
    text = check_report.verdict_document(result, CheckConfig(), NOW.date())
    assert "203 projects checked: 3 not checked, 200 pass." in text
    assert "**Not checked:** 3 projects: only the first 200 are looked at." in text
    paths = [request.path.rpartition("/")[2] for request in github.requests]
    assert (paths.count("history"), len(paths) <= 50 + 4 + 10 + 1) == (50, True)


def test_the_number_of_releases_is_shown(github: Server, fresh: Path) -> None:
    """With the latest one; where an earlier run has the details, the number is not known."""
    releases = tuple(
        Release(f"v{number}", datetime(2025, 5, number), is_prerelease=number > 3) for number in (1, 2, 3, 4)
    )
    github.world.put(repository(500, "n/new", releases=releases))
    github.world.put(repository(501, "n/soon", releases=releases[3:]))
    judged = by_name(checked(github, fresh, Names(("n/new", "n/soon", "n/archived")), CheckConfig()))
    shown = [checks.releases(judgement.candidate) for judgement in judged.values()]
    assert shown == ["4, latest v3 (2025-05-03)", "1, no latest one", "none"]
    recorded = replace(judged["n/new"].candidate.observation, details=Details(latest_release="v3"))  # type: ignore[arg-type] # counted
    assert checks.releases(replace(judged["n/new"].candidate, observation=recorded)) == "n/a, latest v3"


def test_what_github_says_of_a_repository(github: Server, fresh: Path) -> None:
    """A fork, a mirror, or a disabled repository breaks no rule, but is said, and so is what a fork was made from."""
    github.world.put(replace(repository(500, "n/new"), is_fork=True, is_mirror=True))
    for number, original in enumerate(("a/kappa", "n/good"), start=501):
        forked = repository(number, f"n/of{number}", is_fork=True, parent_id=github.world.named(original).repo_id)
        github.world.put(forked)
    result = checked(github, fresh, Names(("n/new", "n/of501", "n/of502")), CheckConfig())
    text = check_report.verdict_document(result, CheckConfig(), NOW.date())
    assert re.findall(r"^- On GitHub: (.*)$", text, re.MULTILINE) == [
        "a fork and a mirror",
        "a fork of a/kappa (in line 9)",
        "a fork of n/good",
    ]


def test_without_a_token(today: Server, fresh: Path) -> None:
    """REST has all but the releases; a few calls of the sixty for each project, and the message says so."""
    code, out, err = startrack(today, fresh, "n/good", "n/archived", "--format", "json", GITHUB_TOKEN="")
    good, archived = json.loads(out)
    assert (code, good["verdict"], archived["failed"]) == (1, "passes", ["archived"])
    assert (good["stars"], good["last_commit_on"], good["latest_release"]) == (450, "2025-06-23", None)
    assert good["note"].split("; ") == [
        "releases not known: not asked without a token",
        "same age not known: no list to compare with",
    ]
    assert err.startswith("no token: counting with the REST API")
    paths = [request.path.rpartition("/")[2] for request in today.requests]
    assert {path: paths.count(path) for path in paths} == {"good": 1, "archived": 1, "commits": 2, "history": 8}


def test_unsorted_entries(github: Server, fresh: Path) -> None:
    """An entry between the wrong neighbours is; where these are not in order themselves, no place is wrong."""
    rules = CheckConfig(sorted=True)
    (judgement,) = checked(github, fresh, InDiff(diff(LIST.replace("- [Zeta]", f"{GOOD}- [Zeta]"))), rules).judgements
    assert judgement.rules(State.BROKEN) == (Rule.SORTED,)
    reason = checks.broken(Rule.SORTED, judgement.candidate, rules, NOW.date())
    assert reason == "not in alphabetical order: it stands after “Omega” and before “Zeta”"
    unsorted = LIST.replace("- [Beta]", "- [Yota]").replace("- [Delta]", f"{GOOD}- [Delta]")
    old = unsorted.replace(GOOD, "")
    (fresh / "README.md").write_text(old, encoding="utf-8")
    (judgement,) = checked(github, fresh, InDiff(diff(unsorted, old)), rules).judgements
    assert judgement.rules(State.BROKEN) == ()


# The command


@pytest.fixture
def today(github: Server) -> Server:
    """Let the clock of the small world say what this machine's does: by that the command judges."""
    set_right(github)
    return github


def startrack(github: Server, folder: Path, *words: str, **variables: str) -> tuple[int, str, str]:
    """Run `startrack check` in a folder; return exit code, stdout and stderr."""
    done = commands.startrack(folder, "check", *words, variables=commands.environment(github) | variables)
    return done.returncode, done.stdout, done.stderr


def test_a_licence_that_github_does_not_know_is_named(today: Server, fresh: Path) -> None:
    """No project can have it; one in another spelling is the same one."""
    (fresh / "startrack.toml").write_text('[check]\nlicenses = ["mit", "GPL-3.0-only"]\n', encoding="utf-8")
    _, _, err = startrack(today, fresh, "n/good")
    warning = "check.licenses: GitHub has no licence 'GPL-3.0-only'; did you mean 'GPL-3.0'?"
    assert err.splitlines()[-1] == f"warning: {warning}"
    assert load(fresh / "startrack.toml").check.licenses == ("MIT", "GPL-3.0-only")
    examined = doctor.run(load(fresh / "startrack.toml"), Path("startrack.toml"), lambda: connect(today), NOW)
    assert examined.checks[0] == Check(
        "configuration",
        "startrack.toml names 0 lists; check.licenses: GitHub has no licence 'GPL-3.0-only'",
        "did you mean 'GPL-3.0'?",
    )


def test_the_command_reads_a_diff(today: Server, fresh: Path) -> None:
    """From a file; it shows figures and reasons, and exits with 1 as a project fails."""
    (fresh / "change.diff").write_bytes(diff(ADDED))
    before = sorted(fresh.iterdir())
    code, out, err = startrack(today, fresh, "--diff", "change.diff", "--list", "README.md")
    assert code == 1
    assert err == "5 projects checked: 2 fail, 1 passes with warnings, 2 pass\n"
    assert re.search(r"^n/archived +fails +300 ", out, re.MULTILINE)
    assert re.search(r"^n/archived +fail +archived +archived by its owner since 2025-02-03$", out, re.MULTILINE)
    assert sorted(fresh.iterdir()) == before


@pytest.mark.parametrize(
    ("data", "code", "message"),
    [
        (diff(LIST + "\nMore words.\n"), 0, "no project was added"),
        (b"", 3, "startrack: the diff is empty; expected a unified diff, as `git diff` prints it"),
        (b"\xff\0", 3, "startrack: the diff names no file; expected a unified diff, as `git diff` prints it"),
    ],
)
def test_a_process_reads_a_diff_from_standard_input(
    github: Server, fresh: Path, data: bytes, code: int, message: str
) -> None:
    """Whatever its bytes are; an empty one is not a change without additions."""
    command = [sys.executable, "-W", "error", "-m", "startrack", "check", "--diff", "-", "--list", "README.md"]
    variables = commands.environment(github)
    done = subprocess.run(command, cwd=fresh, env=variables, input=data, capture_output=True, check=False)
    assert (done.returncode, done.stderr.decode()) == (code, f"{message}\n")


def test_the_command_asks_for_one_thing(today: Server, fresh: Path) -> None:
    """With none or two of them it is a wrong use; a name that is none is too."""
    for words in ([], ["--all", "a/b"], ["--base", "main", "--diff", "x"]):
        code, _, err = startrack(today, fresh, *words)
        ways = "OWNER/NAME, --base REV, --diff FILE, --pull-request N or --all"
        assert (code, err) == (2, f"startrack: name what to check in one way: {ways}\n")
    code, _, err = startrack(today, fresh, "x y")
    assert (code, err) == (
        2,
        "startrack: invalid project 'x y'; use OWNER/NAME or the address of a repository on GitHub\n",
    )
    code, _, err = startrack(today, fresh, "--diff", "nowhere", "--list", "README.md")
    assert (code, err) == (3, "startrack: cannot read the diff nowhere: No such file or directory; check --diff\n")


def test_json_has_the_same_keys_always(today: Server, fresh: Path) -> None:
    """What is not known is null, and the note says why."""
    code, out, _ = startrack(today, fresh, "n/good", "no/where", "https://github.com/n/burst/wiki", "--format", "json")
    known, gone, burst = json.loads(out)
    assert code == 1
    assert list(known) == list(gone) == KEYS
    assert (known["stars"], known["gain_source"], known["verdict"]) == (450, "retained", "passes")
    assert known["note"] == "same age not known: no list to compare with"
    assert (gone["stars"], gone["burst"], gone["failed"]) == (None, None, ["exists"])
    assert gone["note"] == "exists: not found: deleted, private or never existed"
    assert [burst[f"burst{key}"] for key in ("", "_first", "_last", "_stars", "_percent", "_after")] == [
        "ended", "2024-12-11", "2024-12-24", 904, 95.8, 14,
    ]  # fmt: skip


KEYS = [
    "repo", "name", "list", "title", "section", "line", "before", "after", "verdict", "failed", "warned", "unknown",
    "exempt", "stars", "forks", "commits", "contributors", "created_on", "age_days", "archived", "fork_of", "license",
    "description", "last_commit_on", "releases", "latest_release", "latest_release_on", "gain_30d", "gain_source",
    "same_age_percent", "same_age_others", "burst", "burst_first", "burst_last", "burst_stars", "burst_percent",
    "burst_after", "duplicate_of", "note",
]  # fmt: skip


def test_nothing_is_added(today: Server, fresh: Path) -> None:
    """In every format, with exit code 0."""
    (fresh / "change.diff").write_bytes(diff(LIST + "\nMore words.\n"))
    for form, expected in (("table", ""), ("json", "[]\n"), ("csv", f"{','.join(KEYS)}\n"), ("markdown", NOTHING)):
        words = ("--diff", "change.diff", "--list", "README.md", "--format", form)
        assert startrack(today, fresh, *words) == (0, expected, "no project was added\n")


NOTHING = "## Check of proposed additions\n\nNo project was added.\n"


def test_the_job_summary_has_the_verdict(today: Server, fresh: Path) -> None:
    """As Markdown, whatever the format on stdout."""
    _, out, _ = startrack(today, fresh, "n/good", "--format", "markdown")
    startrack(today, fresh, "n/good", GITHUB_STEP_SUMMARY=str(fresh / "summary"))
    assert (fresh / "summary").read_text(encoding="utf-8") == f"\n{out}\n"


HOSTILE = "x](https://evil.example) <script>`|\u202e::error::##[error]@everyone\x1b[2J"


def test_hostile_text_stays_text(today: Server, fresh: Path) -> None:
    """Descriptions, licences, titles, neighbours and headings of others are no markup and no commands."""
    today.world.put(
        repository(
            500, "n/new", description=HOSTILE, license=HOSTILE, releases=(Release(HOSTILE, datetime(2025, 1, 1)),)
        )
    )
    title = re.sub(r"([\][`<*|])", r"\\\1", HOSTILE)
    entry = f"- [{title}](https://github.com/n/{{}}) - {title}\n"
    old = f"# L\n\n## {title}\n\n{entry.format('good')}"
    (fresh / "README.md").write_text(old, encoding="utf-8")
    (fresh / "change.diff").write_bytes(diff(old + entry.format("new"), old))
    words = ("--diff", "change.diff", "--list", "README.md", "--format")
    for form in ("table", "csv", "json"):
        _, out, _ = startrack(today, fresh, *words, form)
        assert not re.search("^::|##\\[|\u202e|\x1b", out, re.MULTILINE)
    _, out, _ = startrack(today, fresh, *words, "markdown")
    html = MarkdownIt("commonmark").enable("table").render(out)
    tags = {"h2", "h3", "p", "table", "thead", "tbody", "tr", "th", "td", "a", "ul", "li", "strong"}
    assert set(re.findall(r"<(\w+)", html)) == tags
    assert set(re.findall(r'href="([^"]*)"', html)) == {"https://github.com/n/new"}
    assert "@everyone" not in html
    assert "@\N{ZERO WIDTH SPACE}everyone" in html


# Pull requests


JOB = {"GITHUB_REPOSITORY": "o/list", "GITHUB_ACTIONS": "true"}


def test_a_pull_request_has_one_comment(today: Server, fresh: Path) -> None:
    """With the verdict that the summary has; a later run edits it, and one without additions says so."""
    today.pulls.diffs["o/list", 7] = diff(ADDED)
    words = ("--pull-request", "7", "--list", "README.md", "--comment", "--format", "markdown")
    code, out, _ = startrack(today, fresh, *words, **JOB)
    assert code == 1
    assert [comment["body"] for comment in today.comments.by_issue["o/list", 7]] == [f"{MARKER}\n{out}"]
    today.pulls.diffs["o/list", 7] = diff(LIST + "\nMore words.\n")
    assert startrack(today, fresh, *words, **JOB)[:2] == (0, NOTHING)
    assert [comment["body"] for comment in today.comments.by_issue["o/list", 7]] == [f"{MARKER}\n{NOTHING}"]
    today.pulls.diffs["o/list", 8] = diff(LIST + "\nMore words.\n")
    assert startrack(today, fresh, "--pull-request", "8", *words[2:], **JOB)[:2] == (0, NOTHING)
    assert ("o/list", 8) not in today.comments.by_issue


MARKER = "<!-- startrack:check -->"


def test_a_token_that_may_not_comment(today: Server, fresh: Path) -> None:
    """It is a warning with the remedy; the verdict decides, and the summary has it."""
    today.comments.may_write = False
    today.pulls.diffs["o/list", 7] = diff(LIST + EXEMPT)
    words = ("--pull-request", "7", "--list", "README.md", "--comment")
    code, _, err = startrack(today, fresh, *words, **JOB, GITHUB_STEP_SUMMARY=str(fresh / "summary"))
    assert code == 0
    assert "::warning title=startrack::the comment with the verdict was not written, because this token may not" in err
    assert "`permissions: pull-requests: write`. GitHub says: Resource not accessible by integration" in err
    assert "n/letters passes" in (fresh / "summary").read_text(encoding="utf-8")
    today.faults.add(FaultRule(Reply(200, "<html>"), path="*/comments"))
    code, _, err = startrack(today, fresh, *words)
    assert (code, "startrack: the comment with the verdict was not written: " in err) == (2, False)
    code, _, err = startrack(today, fresh, *words, **JOB)
    assert (code, "startrack: the comment with the verdict was not written: " in err) == (0, True)


def test_a_comment_needs_a_pull_request(today: Server, fresh: Path) -> None:
    """And a pull request a repository."""
    _, _, err = startrack(today, fresh, "n/good", "--comment")
    assert err == "startrack: --comment needs --pull-request; add it, or remove --comment\n"
    _, _, err = startrack(today, fresh, "--pull-request", "7")
    assert err == "startrack: --pull-request needs the repository; set GITHUB_REPOSITORY=OWNER/NAME\n"


def test_entries_have_warnings_at_their_lines(today: Server, fresh: Path) -> None:
    """In Actions, in the version of the pull request, with what has a meaning for the runner escaped."""
    git(fresh, "init", "--quiet")
    today.pulls.diffs["o/list", 7] = diff(ADDED)
    words = ("--pull-request", "7", "--list", "README.md")
    _, _, err = startrack(today, fresh, *words, **JOB, GITHUB_WORKSPACE=str(fresh))
    warnings = re.findall(r"^::warning (.*?)::(.*)$", err, re.MULTILINE)
    assert [properties for properties, _ in warnings] == [
        "file=README.md,line=9,title=n/archived fails",
        "file=README.md,line=11,title=a/before fails",
        "file=README.md,line=13,title=n/burst passes with warnings",
    ]
    assert warnings[0][1] == "archived: archived by its owner since 2025-02-03"


def test_a_long_verdict_is_cut_for_a_comment() -> None:
    """At a line, and the cut is said."""
    text = check_report.comment("Ä word or two.\n" * 10_000)
    assert len(text) < 61_000
    assert text.startswith(f"{MARKER}\nÄ word")
    assert text.endswith("two.\n\nThe rest is cut: the text is too long for GitHub.\n")

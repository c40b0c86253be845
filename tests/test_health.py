"""Findings: what of a list asks for a look, told once for each project and kind, from what is known alone."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

import reports
from page_reports import ProjectSample, build_report, health_report
from startrack.dashboards import build
from startrack.dashboards.pages.digest import markdown
from startrack.dashboards.pages.digest.markdown import RunNotes
from startrack.model.changes import RankBy
from startrack.model.findings import IgnoredFinding
from startrack.model.history import Burst, ListingDate, ListingDateSource
from startrack.model.lists import Entry
from startrack.model.report import Project
from startrack.model.repository import Details, Missing, Reason, Repository
from startrack.readme import health as block
from startrack.readme.context import Context
from startrack.trends import health
from startrack.trends.health import Finding, Kind, Review
from startrack.wording import findings


def found(kind: Kind) -> list[Finding]:
    """Return the findings of a kind in the report with findings."""
    return [finding for finding in health.findings(health_report()) if finding.kind is kind]


def kinds_of(facts: Mapping[str, object]) -> list[Kind]:
    """Return what is found of a project of which these facts are known."""
    return [finding.kind for finding in health.findings(build_report([ProjectSample("a/b", facts=facts).project(1)]))]


def test_every_kind_is_found_where_it_is() -> None:
    """Each by the projects it is about, in the order of kinds and names, and the one that is well not at all."""
    told = [(finding.kind, finding.project.name) for finding in health.findings(health_report())]
    assert told == [
        (Kind.GONE, "gone/away"),
        (Kind.BLOCKED, "blocked/one"),
        (Kind.BLOCKED, "closed/one"),
        (Kind.MOVED, "moved/one"),
        (Kind.DISABLED, "off/switched"),
        (Kind.LOCKED, "locked/up"),
        (Kind.RECREATED, "name/taken"),
        (Kind.RENAMED, "new/name"),
        (Kind.RENAMED, "two/names"),
        (Kind.ARCHIVED, "old/archived"),
        (Kind.ALIVE, "alive/one"),
        (Kind.DUPLICATE, "two/names"),
        (Kind.EMPTY, "bare/one"),
        (Kind.INACTIVE, "idle/one"),
        (Kind.LICENCE, "free/er"),
        (Kind.FORK, "fork/ed"),
        (Kind.MIRROR, "mirr/or"),
        (Kind.SPIKY, "spi/ky"),
        (Kind.BURST, "flash/pan"),
    ]


def test_the_order_of_projects_does_not_matter() -> None:
    """The same findings in the same order, whatever the order before."""
    report = health_report()
    assert health.findings(replace(report, projects=report.projects[::-1])) == health.findings(report)


def test_takeover_is_a_finding_for_ninety_days() -> None:
    """Not after that, and not if the entry was added after the takeover."""
    report = health_report()
    (takeover,) = report.takeovers

    def told(since: datetime, added: date) -> bool:
        additions = {"first": {takeover.repo_id: ListingDate(added, ListingDateSource.RUNS)}}
        changed = replace(
            report,
            takeovers=(replace(takeover, since=since),),
            listing_dates=additions,
        )
        return Kind.RECREATED in [finding.kind for finding in health.findings(changed)]

    since = report.as_of - timedelta(days=89)
    assert told(since, since.date())
    assert not told(since, since.date() + timedelta(days=1))
    assert not told(report.as_of - timedelta(days=90), date(2020, 1, 1))


def test_what_the_list_marks_is_no_news() -> None:
    """An archived or inactive project that the list marks needs nothing; one with commits again does."""
    project = ProjectSample("a/b").project(1)
    ((listed, entry),) = project.places
    marked = replace(project, places=((listed, replace(entry, mark="archived")),))

    def kinds(**facts: object) -> list[Kind]:
        changed = replace(marked, repository=replace(marked.repository, **facts))  # type: ignore[arg-type]
        return [finding.kind for finding in health.findings(build_report([changed]))]

    day = reports.AS_OF.date()
    assert kinds() == [Kind.ALIVE]
    assert kinds(is_archived=True) == []
    assert kinds(head_committed_on=day - timedelta(days=179)) == [Kind.ALIVE]
    assert kinds(head_committed_on=day - timedelta(days=180)) == []
    assert kinds(head_committed_on=day - timedelta(days=400)) == []
    assert kinds(head_committed_on=None) == []


def test_licences_are_told_by_their_names() -> None:
    """The licence before, and the one of today or none."""
    (finding,) = found(Kind.LICENCE)
    assert findings.evidence(finding) == "MIT before, no licence now"
    assert findings.when(finding) == "2026-10-11 00:00 UTC"


def fork(
    *, is_fork: bool = True, original: Project | None = None, missing: Missing | None = None, **details: object
) -> list[Finding]:
    """Return the findings about a fork in a list that has "orig/inal" under its earlier name too."""
    entry = Entry("old/name", "The original", ("Tools",), "https://github.com/old/name", 9, (("Tools",),))
    renamed = replace(ProjectSample("orig/inal").project(2), places=(("second", entry), ("first", entry)))
    never_counted = ProjectSample("not/counted", stars=None).project(3)
    never_counted = replace(never_counted, repository=Repository(0, "not/counted"))
    project = replace(
        ProjectSample("a/fork", facts={"is_fork": is_fork}).project(1),
        details=Details(**details),  # type: ignore[arg-type] # by name
        missing=missing,
    )
    report = build_report([project, original or renamed, never_counted])
    return [finding for finding in health.findings(report) if finding.kind is Kind.FORK]


def test_a_fork_of_another_entry_is_a_finding() -> None:
    """By the id of the original, and by its name if it was never counted; it names the entry in the same list."""
    (by_id,) = fork(parent="any/name", parent_id=2)
    assert (by_id.project.name, by_id.at) == ("a/fork", reports.AS_OF)
    assert findings.evidence(by_id) == "a fork of old/name, which is “The original” at line 9 of first"
    assert findings.advice(by_id) == "Keep one of the two entries, unless you want to keep both."
    (by_name,) = fork(parent="Not/Counted", parent_id=77)
    assert findings.evidence(by_name) == "a fork of not/counted, which is at line 3 of first"


def test_other_forks_are_no_findings() -> None:
    """Of a repository that no list has, or that is not known, or is gone; a failed request says nothing of that."""
    assert fork(parent="un/listed", parent_id=77) == []
    assert fork(parent="orig/inal", parent_id=77) == []
    assert fork() == []
    assert fork(is_fork=False, parent="orig/inal", parent_id=2) == []
    original = ProjectSample("orig/inal").project(2)
    gone = replace(original, missing=Missing("orig/inal", Reason.NOT_FOUND))
    failed = replace(original, missing=Missing("orig/inal", Reason.FAILED))
    assert fork(original=gone, parent="orig/inal", parent_id=2) == []
    assert len(fork(original=failed, parent="orig/inal", parent_id=2)) == 1


@pytest.mark.parametrize(("reason", "number"), [(Reason.NOT_FOUND, 0), (Reason.FAILED, 1)])
def test_a_fork_that_is_gone_is_no_second_entry_to_choose(reason: Reason, number: int) -> None:
    """It has a finding of its own, which says to remove it."""
    assert len(fork(missing=Missing("a/fork", reason), parent="orig/inal", parent_id=2)) == number


def ignoring(*rules: IgnoredFinding) -> Review:
    """Return the review of the report with findings under some rules."""
    return health.review(replace(health_report(), ignored=rules))


def test_ignored_findings_are_left_out() -> None:
    """By the name in the list or that of today, in any case; and no finding of another kind or project."""
    whole = len(health.findings(health_report()))
    review = ignoring(
        IgnoredFinding("OLD/Name", Kind.RENAMED, "a fork took the name"),
        IgnoredFinding("two/names", Kind.DUPLICATE, "both are meant"),
        IgnoredFinding("fork/ed", Kind.FORK, "it goes its own way"),
    )
    assert [(finding.kind, finding.project.name) for finding in review.ignored] == [
        (Kind.RENAMED, "new/name"),
        (Kind.DUPLICATE, "two/names"),
        (Kind.FORK, "fork/ed"),
    ]
    assert len(review.findings) == whole - 3
    assert (review.expired, review.unused) == ((), ())
    assert findings.ignored(review) == ("3 ignored findings are left out.",)


def test_rules_end_with_their_last_day() -> None:
    """The last day still counts; after it the finding is back, and the rule is named."""
    last = reports.AS_OF.date()
    rule = IgnoredFinding("gone/away", Kind.GONE, "it may come back", last)
    assert len(ignoring(rule).ignored) == 1
    expired = ignoring(replace(rule, until=last - timedelta(days=1)))
    assert (expired.ignored, len(expired.expired)) == ((), 1)
    (sentence,) = findings.ignored(expired)
    assert sentence.startswith(f"The rule that ignores “gone” of gone/away ended on {last - timedelta(days=1)}: ")


def test_rules_that_ignore_nothing_are_named() -> None:
    """Of a project without this finding, or of one that no list has."""
    rules = (IgnoredFinding("well/kept", Kind.GONE, "x"), IgnoredFinding("no/where", Kind.FORK, "x"))
    review = ignoring(*rules)
    assert review.unused == rules
    assert findings.ignored(review)[0] == "The rule that ignores “gone” of well/kept ignores nothing: remove it."


def test_healthy_list_has_no_findings() -> None:
    """A list that was never counted has none either."""
    assert health.findings(build_report([ProjectSample("well/kept").project(1)])) == ()
    assert health.findings(reports.empty()) == ()
    assert health.findings(reports.young()) == ()


def test_failed_request_is_no_finding() -> None:
    """A project that GitHub gave no answer for, or that was not requested, may be fine."""
    project = ProjectSample("slow/one").project(1)
    for reason in (Reason.FAILED, Reason.NOT_ASKED):
        assert health.findings(build_report([replace(project, missing=Missing("slow/one", reason))])) == ()


def test_evidence_date_and_places_of_findings() -> None:
    """The run in which it was missing, the day it was archived, and its places in the list."""
    (gone,), (archived,), (doubled,) = found(Kind.GONE), found(Kind.ARCHIVED), found(Kind.DUPLICATE)
    assert (gone.at, archived.at) == (reports.AS_OF, datetime(2026, 3, 4, 5, 6))
    assert [(each.list_name, each.entry.line) for each in doubled.places] == [("first", 12), ("first", 40)]
    assert findings.evidence(gone) == "not found: deleted, private or never existed; last counted 2026-11-14"
    assert findings.evidence(doubled) == "two/names and two/old are the same repository"
    assert findings.advice(doubled) == (
        "Keep “two/names” at line 12 of first, and remove “Two” at line 40, unless you want to keep all."
    )


def test_upper_and_lower_case_is_no_rename() -> None:
    """GitHub's names are not case-sensitive."""
    project = ProjectSample("Owner/Name").project(1)
    entry = replace(project.places[0][1], repo="owner/name")
    assert health.findings(build_report([replace(project, places=(("first", entry),))])) == ()


def test_entry_in_several_sections_is_a_duplicate() -> None:
    """A project in two lists is not a duplicate."""
    project = ProjectSample("in/both").project(1)
    entry = project.places[0][1]
    assert health.findings(build_report([replace(project, places=(("first", entry), ("second", entry)))])) == ()
    twice = replace(entry, sections=(("Tools",), ("Papers",)))
    (finding,) = health.findings(build_report([replace(project, places=(("first", twice),))]))
    assert (finding.kind, findings.evidence(finding)) == (Kind.DUPLICATE, "listed in 2 sections")


@pytest.mark.parametrize(("days", "kinds"), [(364, []), (365, [Kind.INACTIVE])])
def test_inactive_is_a_year_without_a_commit(days: int, kinds: list[Kind]) -> None:
    """An unknown last commit is no finding, and an archived project is only archived."""
    last = (reports.AS_OF - timedelta(days=days)).date()
    assert [
        each.kind
        for each in health.findings(build_report([ProjectSample("a/b", facts={"head_committed_on": last}).project(1)]))
    ] == kinds
    assert health.findings(build_report([ProjectSample("a/b", facts={"head_committed_on": None}).project(1)])) == ()
    archived = ProjectSample("a/b", facts={"head_committed_on": last, "is_archived": True}).project(1)
    assert [each.kind for each in health.findings(build_report([archived]))] == [Kind.ARCHIVED]


@pytest.mark.parametrize(
    ("stars", "after", "total", "ended"),
    [
        (400, 39, 1_000, True),
        (399, 39, 1_000, False),
        (400, 40, 1_000, False),
        (400, -90, 1_000, True),
        (49, 0, 60, False),
        (50, 4, 60, True),
    ],
)
def test_a_burst_ends(*, stars: int, after: int, total: int, ended: bool) -> None:
    """It has at least 40% of all stars and 50 stars; after it came less than a tenth of that, or a loss."""
    burst = Burst(date(2026, 1, 1), date(2026, 1, 14), stars, after, total, date(2026, 11, 1), retained=False)
    assert health.is_ended_burst(burst) is ended


@pytest.mark.parametrize(
    ("url", "replaced"),
    [
        ("https://github.com/old/name", "https://github.com/new/name"),
        ("http://www.GitHub.com/Old/Name/", "http://www.GitHub.com/new/name/"),
        ("https://github.com/old/name.git", "https://github.com/new/name.git"),
        ("https://github.com/old/name/tree/main/x?y#z", "https://github.com/new/name/tree/main/x?y#z"),
        ("https://github.com/old/name-more", "https://github.com/new/name"),
        ("https://old.github.io/name", "https://github.com/new/name"),
        ("javascript:alert(1)", "https://github.com/new/name"),
    ],
)
def test_replacement_url(url: str, replaced: str) -> None:
    """What follows the name stays; any other link becomes that of the repository."""
    entry = Entry("old/name", "Old", (), url, 1)
    assert health.replacement_url(entry, "new/name") == replaced


def test_every_finding_has_evidence_and_advice() -> None:
    """A renamed project also has the new link."""
    for finding in health.findings(health_report()):
        assert findings.evidence(finding)
        assert findings.advice(finding).endswith(".")
        assert bool(findings.replacement_links(finding)) == (finding.kind is Kind.RENAMED)
    (burst,) = found(Kind.BURST)
    assert findings.evidence(burst) == (
        "+600 from 2026-01-05 to 2026-01-18, 60% of the ≈ 1,000 retained stars up to 2026-11-23; "
        "+20 in the 14 days after that"
    )
    (taken,) = found(Kind.RECREATED)
    assert "was another repository until 2026-08-08, and has been this one since 2026-09-09" in findings.evidence(taken)
    assert "went/elsewhere" in findings.advice(taken)


def test_the_number_of_ignored_findings_is_shown_everywhere() -> None:
    """In the job summary, the pull request, the issue, the page and the block of a README."""
    rule = IgnoredFinding("old/archived", Kind.ARCHIVED, "it is finished")
    report = replace(health_report(), ignored=(rule,))
    texts = [
        markdown.run_summary(report, RunNotes()),
        markdown.pull_request(report),
        markdown.health_issue(report, {}),
        str(build.build(report)["health.html"]),
        "\n".join(block.render({}, Context(report, RankBy.RISING))),
    ]
    for text in texts:
        assert "1 ignored finding is left out." in text
        assert "archived by its owner" not in text

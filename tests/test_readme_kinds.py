"""The kinds of README blocks: what each shows, and what its attributes mean."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

import reports
from reports import AS_OF, Sample, make_report
from startrack.errors import BlockError
from startrack.model.cadence import Cadence, MinChange
from startrack.model.changes import RankBy
from startrack.model.history import ListingDate, ListingDateSource, UnknownListingDate
from startrack.model.report import SiteReport
from startrack.readme import blocks, kinds, tables
from startrack.readme.context import Context
from startrack.wording import figures
from startrack.wording.figures import MINUS

GOLDEN = Path(__file__).parent / "golden"
INSIDE = "\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}"
END = "<!-- startrack:end -->"
MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def show(comment: str, report: SiteReport | None = None, *, is_awesome: bool = False) -> list[str]:
    """Return the lines of a block with this comment."""
    (block,) = blocks.parse(f"<!-- startrack:{comment} -->\n{END}\n".encode(), "README.md").blocks
    context = Context(report or reports.full(), RankBy.RISING, is_awesome, lambda _subject: 'dashboards/readme/a&"b')
    return kinds.render(block, context)


def figure(attributes: str, report: SiteReport | None = None) -> str:
    """Return the text of a figure in a sentence."""
    text = f"x <!-- startrack:count {attributes} -->{END}\n"
    (block,) = blocks.parse(text.encode(), "README.md").blocks
    (shown,) = kinds.render(block, Context(report or reports.full(), RankBy.RISING))
    return shown


COMMENTS = {
    "table": 'table list=first columns=title,stars,gain,percent,commits,trend,license section="Tools" sort=last_commit',
    "sections-table": "table per=section limit=2",
    "movers": "movers limit=9",
    "losses": "movers direction=down window=90d figures=exact",
    "sections": "sections",
    "digest": "digest limit=2",
    "health": "health limit=3",
    "chart": "chart list=first",
    "chart-project": "chart repo=big/giant",
    "updated": "updated",
}


@pytest.mark.parametrize("is_awesome", [False, True])
@pytest.mark.parametrize("name", COMMENTS)
def test_kinds_are_as_in_their_golden_files(name: str, is_awesome: bool) -> None:  # noqa: FBT001
    """Each block of the same report is the same text, in a file with the Awesome badge and in any other."""
    shown = "\n".join(show(COMMENTS[name], is_awesome=is_awesome)) + "\n"
    golden = GOLDEN / "readme" / f"{name}{'-awesome' if is_awesome else ''}.md"
    assert shown == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("is_awesome", [False, True])
@pytest.mark.parametrize("name", COMMENTS)
def test_hostile_text_stays_text(name: str, is_awesome: bool) -> None:  # noqa: FBT001
    """A rendered block has no other elements than its own, and each row of a table as many cells as its heading."""
    html = MARKDOWN.render("\n".join(show(COMMENTS[name], is_awesome=is_awesome)))
    assert "<script" not in html
    assert "javascript:" not in html.replace("title=", "")
    for table in html.split("<table>")[1:]:
        rows = [row.count("<td") + row.count("<th") for row in table.split("</table>")[0].split("<tr>")[1:]]
        assert len(set(rows)) == 1


def test_nothing_is_said_before_the_first_count() -> None:
    """Each block says that nothing was counted; a figure is `n/a`, never 0."""
    for name in ("table", "movers", "sections", "health", "updated", "table per=section"):
        assert show(name, reports.empty()) == ["Not counted yet: the first run fills this in."]
    assert show("digest", reports.empty()) == ["No week has ended since the first count."]
    assert figure("figure=stars", reports.empty()) == "n/a (not counted yet)"
    assert figure("figure=gain", reports.empty()) == "n/a (not counted)"


def test_too_early_for_gains() -> None:
    """On the first day no project has a gain, and the block says why."""
    assert show("movers", reports.young()) == ["Not known yet: no project has been counted for 30 days."]
    assert figure("figure=gain", reports.young()) == "n/a (too young)"
    assert show("sections", reports.young())[2] == "| Tools | n/a (none known) | n/a (none known) | 0 of 6 |"


# Attributes


@pytest.mark.parametrize(
    ("comment", "message"),
    [
        ("table sord=stars", "unknown attribute 'sord'; did you mean 'sort'"),
        ("table sort=star", "unknown sort 'star'; did you mean 'stars'"),
        ("table sort=lastcommit", "unknown sort 'lastcommit'; did you mean 'last_commit'"),
        ("table columns=project,titel", "unknown column 'titel'; did you mean 'title'"),
        ("table per=sektion", "unknown per 'sektion'; did you mean 'section'"),
        ("table since=30", "invalid since '30'; use a number of days such as 30d"),
        ("table figures=exactly", "unknown figures 'exactly'; did you mean 'exact'"),
        ("table section=Tolls", "unknown section 'Tolls'; did you mean 'Tools'"),
        ("movers direction=sideways", "unknown direction 'sideways'; use one of: up, down"),
        ("movers limit=0", "invalid limit '0'; use a number from 1 to 1000"),
        ("sections window=3d", r"unknown window '3d'; .* \(add others to \[trends\] windows\)"),
        ("digest window=7d", "unknown attribute 'window'"),
        ("health list=frist", "unknown list 'frist'; did you mean 'first'"),
        ("updated limit=1", "unknown attribute 'limit'; did you mean 'list'"),
    ],
)
def test_wrong_attributes_name_the_right_ones(comment: str, message: str) -> None:
    """Each kind checks its own attributes and values."""
    with pytest.raises(BlockError, match=message):
        show(comment)


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ("repo=big/giants", "no list has the repository 'big/giants'; did you mean 'big/giant'"),
        ("repo=big/giant figure=star", "unknown figure 'star'; did you mean 'stars'"),
        ("repo=big/giant figure=projects", "unknown figure 'projects'; use one of: stars, forks"),
        ("repo=big/giant list=first", "unknown attribute 'list'"),
        ("figure=percent", "unknown figure 'percent'; use one of: projects, counted"),
    ],
)
def test_wrong_figures_name_the_right_ones(attributes: str, message: str) -> None:
    """A figure of one repository and a total have different choices."""
    with pytest.raises(BlockError, match=message):
        figure(attributes)


def renamed(report: SiteReport, old: str, new: str) -> SiteReport:
    """Return a report in which the heading of a section is another one."""

    def after(path: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(new if heading == old else heading for heading in path)

    projects = (
        replace(
            project,
            places=tuple(
                (name, replace(entry, section=after(entry.section), sections=tuple(map(after, entry.sections))))
                for name, entry in project.places
            ),
        )
        for project in report.projects
    )
    return replace(report, projects=tuple(projects))


def offered(comment: str, content: str, report: SiteReport) -> None:
    """Ask what a block that shows some content may show."""
    (block,) = blocks.parse(f"<!-- startrack:{comment} -->\n{content}\n{END}\n".encode(), "README.md").blocks
    context = Context(report, RankBy.RISING)
    kinds.Offers(lambda _cadence: (context, context), kinds.Settings(Cadence.DAILY, MinChange())).of(block)


@pytest.mark.parametrize("is_awesome", [False, True])
def test_a_renamed_section_is_named(is_awesome: bool) -> None:  # noqa: FBT001
    """The projects that the block shows are in it; the text may be written into the comment as it is."""
    new = "\N{ROCKET} Kit & more"
    report = renamed(reports.full(), "Tools", new)
    for kind in ("table", "movers"):
        shown = "\n".join(show(f"{kind} section=Tools", is_awesome=is_awesome))
        message = r"^unknown section 'Tools'; the projects that it shows are in the section 'Kit & more' now; write "
        with pytest.raises(BlockError, match=message) as error:
            offered(f"{kind} section=Tools", shown, report)
        offered(f"{kind} {str(error.value).rpartition('write ')[2]}", shown, report)
        with pytest.raises(BlockError, match=r"^unknown section 'Tools'; use one of: "):
            offered(f"{kind} section=Tools", "", report)


# Figures in a sentence


@pytest.mark.parametrize(
    ("attributes", "shown"),
    [
        ("repo=big/giant", "100k"),
        ("repo=Big/GIANT figures=exact", "100,400"),
        ("repo=big/giant figure=gain", "+1.2k"),
        ("repo=lost/stars figure=gain window=7d", f"{MINUS}21"),
        ("repo=big/giant figure=percent", "+1.2%"),
        ("repo=big/giant figure=last_commit", "2026-11-10"),
        ("repo=just/started figure=commits", "n/a (not known)"),
        ("repo=some/gap figure=gain window=90d", "n/a (gap)"),
        ("repo=gone/away figure=stars", "55"),
        ("repo=never/seen figure=stars", "n/a (blocked: DMCA)"),
        ("repo=made/up figure=stars", "3.3k (simulated)"),
        ("figure=projects", "18"),
        ("", "18"),
        ("figure=counted list=first", "16"),
        ("figure=stars list=first figures=exact", "158,074"),
        ("figure=stars", "161k (some simulated)"),
        ("figure=gain section=Papers figures=exact", "+210 (simulated)"),
    ],
)
def test_figures_in_a_sentence(attributes: str, shown: str) -> None:
    """A figure has its sign and unit, and an unknown one its reason."""
    assert figure(attributes) == shown


def test_a_figure_is_found_by_earlier_names() -> None:
    """A repository that was renamed keeps its figure, also under the name in the list."""
    report = reports.full()
    old = [
        replace(project, old_names=("was/before",)) if project.name == "big/giant" else project
        for project in report.projects
    ]
    renamed = replace(report, projects=tuple(old))
    assert figure("repo=was/before", renamed) == figure("repo=big/giant") == "100k"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0, "0"),
        (999, "999"),
        (1000, "1k"),
        (1049, "1k"),
        (3149, "3.1k"),
        (12_449, "12.4k"),
        (99_949, "99.9k"),
        (99_950, "100k"),
        (999_499, "999k"),
        (999_500, "1M"),
        (1_234_567, "1.2M"),
        (-3149, f"{MINUS}3.1k"),
        (2_147_483_647, "2,147M"),
    ],
)
def test_figures_are_rounded_as_people_read_them(value: int, shown: str) -> None:
    """One decimal below 100 of a unit and none from there on; a change keeps its sign."""
    assert figures.rounded(value) == shown
    assert figures.rounded_change(value) == (f"+{shown}" if value > 0 else shown)


# Tables


def test_rounded_figures_keep_sign_and_reason() -> None:
    """Stars, forks, commits and gains are rounded unless they are to be exact; everything else is as before."""
    assert show("table limit=1 columns=stars,gain,percent,forks,commits")[2] == "| 100k | +1.2k | +1.2% | 10k | 14.8k |"
    exact = show("table limit=1 columns=stars,gain,percent,forks,commits figures=exact")
    assert exact[2] == "| 100,400 | +1,230 | +1.2% | 10,040 | 14,842 |"
    rows = "\n".join(show("table columns=project,stars,gain"))
    assert "| 55 (not found since) | n/a (gap) |" in rows
    assert f"| 7.8k | {MINUS}90 |" in rows


def test_sorting_by_last_commit() -> None:
    """The newest first; a project whose last commit is not known comes last."""
    rows = show("table sort=last_commit columns=last_commit")[2:-2]
    days = [row.strip("| ") for row in rows]
    known = [day for day in days if day[0].isdigit()]
    assert known == sorted(known, reverse=True)
    assert days[len(known) :] == ["n/a (not known)"] * (len(days) - len(known))
    assert "sorted by last commit" in show("table sort=last_commit")[-1]


def with_listing_dates(report: SiteReport) -> SiteReport:
    """Return the report with listing dates: project 1 was added ten days ago, 2 and 3 in the days around a month."""
    ids = [project.repository.repo_id for project in report.projects]
    days = {ids[0]: 10, ids[1]: 29, ids[2]: 30}
    dates: dict[int, ListingDate | UnknownListingDate] = dict.fromkeys(ids, UnknownListingDate.FIRST_RUN)
    dates |= {
        repo_id: ListingDate(AS_OF.date() - timedelta(days=ago), ListingDateSource.GIT) for repo_id, ago in days.items()
    }
    return replace(report, listing_dates={"first": dates})


def test_only_new_entries() -> None:
    """`since` shows what was added in that many days; an entry whose date is not known is not new."""
    report = with_listing_dates(reports.full())
    names = {project.name for project in report.projects[:2]}
    rows = show("table since=30d list=first columns=project", report)[2:-2]
    assert {row.strip("| ").split("]")[0][1:] for row in rows} == names
    assert show("table since=5d", report) == ["No project was added in 5 days."]
    assert show("table since=30d list=second", report) == ["No project was added in 30 days."]


def test_a_table_for_each_section() -> None:
    """Each has the section's path above it, in the order of the list, and one footnote is below all."""
    lines = show("table per=section section=Tools limit=1 list=first columns=project")
    assert [line for line in lines if line.startswith("<b>")] == [
        f"<b>Tools {INSIDE} Kind 1</b>",
        f"<b>Tools {INSIDE} Kind 2</b>",
        f"<b>Tools {INSIDE} Kind 0</b>",
        "<b>Tools</b>",
    ]
    assert sum(line.startswith("<sub>") for line in lines) == 1
    assert not any(line.startswith("#") for line in lines)
    assert show('table per=section section="Kind 2" columns=project')[:1] == [f"<b>Tools {INSIDE} Kind 2</b>"]


def test_titles_are_the_lists_own_text() -> None:
    """The text of the entry is the link, escaped, from the list that is asked for."""
    samples = [Sample("a/b", {0: 5}, title="A | *b* \u202e \u0639 [x]"), Sample("c/d", {0: 4}, title="😀 C")]
    rows = show("table columns=title sort=stars", make_report(samples))[2:4]
    assert rows == [
        "| [\u2068A \\| \\*b\\* \u0639 \\[x\\]\u2069](https://github.com/a/b) |",
        "| [😀 C](https://github.com/c/d) |",
    ]


# The trend


def trend(stars: dict[int, int]) -> str:
    """Return the bars of a project with these stars by days before the report."""
    report = make_report([Sample("a/b", stars)])
    return tables.weekly_bars(report.projects[0], report)


def weeks(*gains: int) -> dict[int, int]:
    """Return the stars at the ends of weeks with these gains, the last week last."""
    stars = {7 * len(gains): 1000}
    for week, gain in enumerate(gains, start=1):
        stars[7 * (len(gains) - week)] = stars[7 * (len(gains) - week + 1)] + gain
    return stars


def test_bars_are_gains_of_weeks() -> None:
    """The largest gain is the highest bar and no gain the lowest; losses and unknown weeks have other marks."""
    assert trend(weeks(10, 20, 30, 40, 50, 60, 70, 0, -5, 35, 1, 70)) == "▂▃▄▅▆▇█▁▾▅▂█"
    assert trend(weeks(*[10] * 12)) == "█" * 12
    assert trend(weeks(*[0] * 12)) == "▁" * 12
    assert trend(weeks(*[-3] * 12)) == "▾" * 12
    gap = weeks(*[10] * 12)
    del gap[21], gap[28]
    assert trend(gap) == "███████···██"


def test_bars_of_young_projects() -> None:
    """Weeks before the first count are left out, and one week alone has nothing to be compared with."""
    assert trend(weeks(5, 10)) == "▅█"
    assert trend(weeks(5)) == "n/a (too young)"
    assert trend({}) == "n/a (not counted)"
    assert trend({400: 5, 0: 9}) == "n/a (gap)"
    assert trend({400: 5} | weeks(3, 3)) == "··········██"


def test_bars_go_by_the_days_between_counts() -> None:
    """A gain over ten days is not more than the same pace over seven."""
    assert trend({24: 1000, 17: 1070, 7: 1170, 0: 1240}) == "███"


def test_marks_are_explained_where_they_are() -> None:
    """The footnote names only the marks that a bar has."""
    still = make_report([Sample("a/b", weeks(1, 2, 3))])
    assert "`" not in show("table", still)[-1]
    lost = make_report([Sample("a/b", weeks(1, -2, 3))])
    assert "`▾` a week with a loss" in show("table", lost)[-1]
    assert "`·`" not in show("table", lost)[-1]


# Health


def test_health_of_one_list() -> None:
    """Only the findings about this list's entries, those that break a link first, and how many more there are."""
    lines = show("health list=first limit=1")
    assert lines[0] == "4 findings about 17 projects: 1 gone, 1 blocked, 1 archived, 1 spike."
    assert lines[2].startswith("[gone/away](https://github.com/gone/away) · gone: ")
    assert lines[3] == "and 3 more"
    assert show("health list=second")[0] == "No findings: none of 2 projects needs attention."


def test_the_next_figures_are_due() -> None:
    """The block names the day of the next count where one is scheduled."""
    report = replace(reports.young(), next_due=AS_OF + timedelta(days=1))
    assert show("updated", report) == ["Figures of 2026-11-23. The next are due on 2026-11-24."]
    assert show("updated list=second")[0] == "Figures of 2026-11-23 (some simulated figures)."

"""Events from day files: each once and on its day, and none that is not known."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from startrack import files
from startrack.config import Config, ListConfig
from startrack.dashboards import build
from startrack.model.events import (
    Added,
    Archived,
    Event,
    Kind,
    Lost,
    MilestoneReached,
    Removed,
    Renamed,
    Returned,
    Revived,
    filter_kinds,
)
from startrack.model.history import NameSince
from startrack.model.lists import Entry, List
from startrack.model.report import SiteReport
from startrack.model.repository import Counted, Missing, Observation, Reason, Repository
from startrack.model.runs import Run
from startrack.store.snapshots import Snapshots
from startrack.workflows.report import create_site_report

ORIGIN = datetime(2026, 1, 1, 3)
NAME = "o/p"


def day(number: int) -> datetime:
    """Return the instant at which a day was counted."""
    return ORIGIN + timedelta(days=number)


def counted(stars: int, commits: int | None = None, number: int = 7, name: str = NAME, **facts: object) -> Counted:
    """Return the count of a repository."""
    return Counted(name, Repository(number, name, **facts), stars, 0, commits)  # type: ignore[arg-type]


def gone(reason: Reason = Reason.NOT_FOUND, number: int | None = 7) -> Missing:
    """Return a missing observation."""
    return Missing(NAME, reason, repo_id=number)


class Ledger:
    """A snapshot folder, written without requests to GitHub."""

    def __init__(self, root: Path, *names: str) -> None:
        """Create a folder for some lists."""
        lists = tuple(ListConfig(source=f"{name}.md", name=name) for name in names or ("l",))
        self.config = Config(lists=lists, root=root)

    def record(
        self, number: int, *observations: Observation, listed: Mapping[str, Iterable[str]] | None = None
    ) -> None:
        """Write the observations of a run on a day, and the lists that it read."""
        at = day(number)
        run = Run((at - datetime(1970, 1, 1)).days, at, at, "done", len(observations), len(observations), 0, 1, 1, "0")
        repos_by_list = {"l": [NAME]} if listed is None else listed
        lists = [List(name, f"{name}.md", tuple(map(_entry, repos))) for name, repos in repos_by_list.items()]
        folder = self.config.snapshots_folder
        files.write(Snapshots(folder).drafts(run, observations, lists), below=folder)

    def report(self, number: int | None = None) -> SiteReport:
        """Return the report as of a day, or the last."""
        return create_site_report(self.config, None if number is None else day(number))

    def events(self, *kinds: Kind, as_of: int | None = None) -> tuple[Event, ...]:
        """Return the events of some kinds."""
        return filter_kinds(self.report(as_of).events, *kinds)


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    """Return an empty folder for one list."""
    return Ledger(tmp_path)


def _entry(repo: str) -> Entry:
    return Entry(repo, repo, ("Tools",), f"https://github.com/{repo}", 1)


class TestMilestones:
    """The first count at or above a milestone."""

    def test_on_the_day_of_the_count_that_reached_it(self, ledger: Ledger) -> None:
        """The event has the count before it. A count equal to a milestone reaches it."""
        for number, stars in enumerate((98, 99, 100, 101)):
            ledger.record(number, counted(stars))
        (event,) = ledger.report().events
        assert event == Event(day(2), NAME, 7, ("l",), MilestoneReached(100, 100, 99, day(1)))

    def test_one_count_reaches_no_milestone(self, ledger: Ledger) -> None:
        """When the stars of the first count were reached is not known."""
        ledger.record(0, counted(5_000))
        assert ledger.report().events == ()

    def test_highest_of_several_milestones(self, ledger: Ledger) -> None:
        """A gain across three milestones is one event."""
        ledger.record(0, counted(90))
        ledger.record(1, counted(620))
        assert [event.detail for event in ledger.events(Kind.MILESTONE)] == [MilestoneReached(500, 620, 90, day(0))]

    def test_milestone_is_reached_once_in_ninety_days(self, ledger: Ledger) -> None:
        """A project that falls below a milestone and reaches it again has one event."""
        for number, stars in enumerate((999, 1000, 998, 1001, 999, 1002)):
            ledger.record(number, counted(stars))
        assert [event.at for event in ledger.events(Kind.MILESTONE)] == [day(1)]

    def test_no_milestone_after_a_gap_of_more_than_ninety_days(self, ledger: Ledger) -> None:
        """After a shorter gap, the milestone has the day of its count."""
        ledger.record(0, counted(900))
        ledger.record(80, counted(1_100))
        ledger.record(171, counted(2_600))
        assert [event.at for event in ledger.events(Kind.MILESTONE)] == []
        assert [event.at for event in ledger.events(Kind.MILESTONE, as_of=90)] == [day(80)]

    def test_events_are_of_the_last_ninety_days(self, ledger: Ledger) -> None:
        """Events after the day of the report are left out too."""
        for number, stars in ((0, 99), (1, 100), (50, 240), (51, 250)):
            ledger.record(number, counted(stars))
        assert [event.at for event in ledger.events(Kind.MILESTONE, as_of=1)] == [day(1)]
        assert [event.at for event in ledger.events(Kind.MILESTONE, as_of=91)] == [day(51)]


class TestLists:
    """Entries that were added to a list and removed from it."""

    def test_first_run_adds_nothing(self, ledger: Ledger) -> None:
        """Entries of the first run may have been in the list for years."""
        ledger.record(0, counted(5))
        assert ledger.report().events == ()

    def test_added_and_removed(self, ledger: Ledger) -> None:
        """Each has the day of the run and its section, also for a repository that was never counted."""
        ledger.record(0, counted(5), listed={"l": [NAME, "x/y"]})
        ledger.record(3, counted(5), listed={"l": [NAME, "n/e"]})
        midnight = datetime.combine(day(3).date(), datetime.min.time())
        assert ledger.report().events == (
            Event(midnight, "n/e", None, ("l",), Added("n/e", ("Tools",))),
            Event(midnight, "x/y", None, ("l",), Removed("x/y", ("Tools",))),
        )
        assert ledger.events(Kind.ADDED, Kind.REMOVED, as_of=2) == ()

    def test_removed_and_added_again(self, ledger: Ledger) -> None:
        """Both are events, and a report of a day in between has the list of that day."""
        for number, repos in ((0, [NAME, "x/y"]), (3, [NAME]), (6, [NAME, "x/y"])):
            ledger.record(number, counted(5), listed={"l": repos})
        assert [(event.at.day, event.detail) for event in ledger.report().events] == [
            (7, Added("x/y", ("Tools",))),
            (4, Removed("x/y", ("Tools",))),
        ]
        listed = [[entry.repo for entry in ledger.report(number).lists[0].entries] for number in (2, 4, 6)]
        assert listed == [[NAME, "x/y"], [NAME], [NAME, "x/y"]]

    def test_a_link_to_the_new_name_neither_adds_nor_removes(self, ledger: Ledger) -> None:
        """The maintainers replaced the old name of a renamed project."""
        ledger.record(0, counted(5))
        ledger.record(1, counted(5, name="o/new"), listed={"l": ["o/new"]})
        assert [event.detail for event in ledger.report().events] == [Renamed(NAME, "o/new")]

    def test_other_lists_have_no_events_in_the_report(self, tmp_path: Path) -> None:
        """The folder may hold lists that the configuration does not name."""
        both = Ledger(tmp_path, "l", "m")
        both.record(0, counted(5), listed={"l": [NAME], "m": [NAME]})
        both.record(1, counted(5), listed={"l": [NAME], "m": [NAME, "n/e"]})
        assert [event.lists for event in both.report().events] == [("m",)]
        assert Ledger(tmp_path, "l").report().events == ()


class TestRevivals:
    """Commits after half a year without any."""

    def test_total_rises_after_half_a_year(self, ledger: Ledger) -> None:
        """The event has the day of the count, and the first and last count of the quiet period."""
        for number in range(0, 190, 10):
            ledger.record(number, counted(5, 40))
        ledger.record(190, counted(5, 41, head_committed_on=day(185).date()))
        (event,) = ledger.report().events
        assert event == Event(day(190), NAME, 7, ("l",), Revived(day(0), day(180)))

    def test_shorter_pause_is_no_revival(self, ledger: Ledger) -> None:
        """179 days between counts are less than 180."""
        for number in (0, 60, 120, 179):
            ledger.record(number, counted(5, 40))
        ledger.record(181, counted(5, 41, head_committed_on=day(180).date()))
        assert ledger.report().events == ()

    def test_older_head_is_no_revival(self, ledger: Ledger) -> None:
        """A larger total with a head older than the quiet period comes from another branch."""
        for number in (0, 60, 120, 185):
            ledger.record(number, counted(5, 40))
        ledger.record(186, counted(5, 90, head_committed_on=date(2025, 3, 1)))
        assert ledger.report().events == ()

    def test_lower_total_is_no_revival(self, ledger: Ledger) -> None:
        """A total that was not known before is none either."""
        for number in (0, 60, 120, 185):
            ledger.record(number, counted(5, 40 if number else None))
        ledger.record(186, counted(5, 39, head_committed_on=day(186).date()))
        ledger.record(187, counted(5, 40, head_committed_on=day(187).date()))
        assert ledger.report().events == ()


class TestRepositories:
    """Archived, renamed, lost and returned repositories."""

    def test_archived_has_the_day_from_github(self, ledger: Ledger) -> None:
        """An archival without a day from GitHub is no event."""
        ledger.record(
            0,
            counted(5, is_archived=True, archived_at=day(-3)),
            counted(6, number=8, name="o/q", is_archived=True),
        )
        assert ledger.report().events == (Event(day(-3), NAME, 7, ("l",), Archived()),)

    def test_renamed_has_the_day_of_the_first_count_with_the_name(self, ledger: Ledger) -> None:
        """The history continues, and all events have the new name."""
        ledger.record(0, counted(99))
        ledger.record(1, replace(counted(100, name="o/new"), asked=NAME))
        whats = {event.detail: event.repo for event in ledger.report().events}
        assert whats == {Renamed(NAME, "o/new"): "o/new", MilestoneReached(100, 100, 99, day(0)): "o/new"}

    def test_renamed_back_is_a_rename(self, ledger: Ledger) -> None:
        """Each rename is an event on its day, and each old name is listed once."""
        for number, name in enumerate((NAME, "o/new", "o/new", NAME, NAME, "o/new")):
            ledger.record(number, replace(counted(5, name=name), asked=NAME))
        report = ledger.report()
        assert [(event.at, event.detail) for event in report.events] == [
            (day(5), Renamed(NAME, "o/new")),
            (day(3), Renamed("o/new", NAME)),
            (day(1), Renamed(NAME, "o/new")),
        ]
        assert report.projects[0].old_names == (NAME,)
        assert [event.detail for event in ledger.report(4).events] == [Renamed("o/new", NAME), Renamed(NAME, "o/new")]

    def test_renames_are_the_same_after_a_rebuild(self, ledger: Ledger) -> None:
        """Day files loaded one by one give the same names as a new database."""
        for number, name in enumerate((NAME, "o/new", NAME, NAME, "O/P", NAME)):
            ledger.record(number, replace(counted(5, name=name), asked=NAME))
            one_by_one = ledger.report().events
        ledger.config.database.unlink()
        assert ledger.report().events == one_by_one
        assert len(one_by_one) == 4

    def test_repository_that_was_missing_first_has_its_name(self, ledger: Ledger) -> None:
        """The name is known from the first count on."""
        ledger.record(0, gone(Reason.FAILED))
        for number in (1, 2, 3):
            ledger.record(number, counted(5))
            assert ledger.report().names == {7: (NameSince(NAME, day(1)),)}

    def test_lost_and_returned(self, ledger: Ledger) -> None:
        """Each is one event, however long it lasted; failed requests in between are ignored."""
        ledger.record(0, counted(5))
        ledger.record(1, gone(Reason.FAILED))
        ledger.record(2, counted(5))
        for number in (3, 4):
            ledger.record(number, gone(Reason.DMCA))
        ledger.record(5, gone(Reason.FAILED))
        ledger.record(6, counted(5))
        assert [(event.at, event.detail) for event in ledger.report().events] == [
            (day(6), Returned(Reason.DMCA)),
            (day(3), Lost(Reason.DMCA)),
        ]

    def test_repository_that_was_never_counted_is_not_lost(self, ledger: Ledger) -> None:
        """A name that was missing from the first run on has no events."""
        ledger.record(0, gone(number=None))
        ledger.record(1, gone(number=None))
        assert ledger.report().events == ()


def test_weeks_are_ended_calendar_weeks(ledger: Ledger) -> None:
    """They come newest first, each between the counts nearest to its ends."""
    for number in range(4, 30):
        ledger.record(number, counted(100 + number))
    weeks = ledger.report().weeks  # day 29 is 2026-01-30, a Friday
    assert [(week.name, week.monday) for week in weeks] == [
        ("2026-W04", date(2026, 1, 19)),
        ("2026-W03", date(2026, 1, 12)),
        ("2026-W02", date(2026, 1, 5)),
    ]
    ((change,),) = {tuple(project.changes.values()) for project in weeks[0].projects}
    assert (change.baseline.taken_at, change.current.taken_at) == (day(18), day(25))  # type: ignore[union-attr]


def test_ended_week_does_not_change(ledger: Ledger) -> None:
    """Later counts, additions and removals do not change it."""
    for number in range(26):
        ledger.record(number, counted(100 + number), listed={"l": [NAME, "x/y"]})
    before = tuple(ledger.report().weeks)
    ledger.record(26, counted(900), counted(50, number=8, name="n/e"), listed={"l": [NAME, "n/e"]})
    assert tuple(ledger.report().weeks) == before


@pytest.fixture
def half_a_year(ledger: Ledger) -> Ledger:
    """Record half a year: a milestone, an entry that is added and removed, and an archival in its first weeks."""
    for number in range(180):
        names = [NAME, "x/y"] if 16 <= number < 24 else [NAME]
        seen = counted(90 + number, archived_at=day(33) if number > 33 else None, is_archived=number > 33)
        ledger.record(number, seen, counted(5, number=8, name="x/y"), listed={"l": names})
    return ledger


def test_all_weeks_stay_in_the_report(half_a_year: Ledger) -> None:
    """Weeks are made from the counts, so that links to an old week still lead to the same page."""
    early, late = half_a_year.report(60), half_a_year.report()
    first = {week.name: week for week in early.weeks}
    assert list(first) == [f"2026-W{number:02}" for number in range(9, 0, -1)]
    told = {week.name: week for week in late.weeks}
    assert len(told) == 26
    # The newest one may end with a count that was not yet taken.
    assert {name: told[name] for name in list(first)[1:]} == dict(list(first.items())[1:])
    assert [event.kind for event in told["2026-W02"].events] == [Kind.MILESTONE]
    assert [event.kind for event in told["2026-W03"].events] == [Kind.ADDED]
    assert [event.kind for event in told["2026-W04"].events] == [Kind.REMOVED]
    assert [event.kind for event in told["2026-W06"].events] == [Kind.ARCHIVED]
    assert Kind.ARCHIVED not in {event.kind for event in late.events}
    assert {each.name for each in told["2026-W03"].projects} == {NAME, "x/y"}


def test_pages_of_weeks_are_built_again(half_a_year: Ledger) -> None:
    """A build into an empty folder writes the page of every week with the same content."""
    early, late = (build.build(half_a_year.report(number)) for number in (60, None))
    weeks = sorted(path for path in early if path.startswith("digest/2026-W"))
    assert weeks[0] == "digest/2026-W01.html"
    for path in weeks[:-4]:  # the last but one names the next week, which was not there yet
        assert late[path] == early[path], path
    assert set(weeks) <= set(late)
    index = str(late["digest/index.html"])
    assert re.findall(r'href="(2026-W\d\d)\.html"', index) == [f"2026-W{number:02}" for number in range(26, 0, -1)]
    assert str(late["feeds/all.xml"]).count("Rising in 2026-W") == 4
    assert len(json.loads(late["api/v1/movers.json"])["weeks"]) == 4


def test_very_old_count_adds_no_weeks_in_between(ledger: Ledger) -> None:
    """A week needs counts near both of its ends."""
    for number in (-6_000, -5_993, 0, 7, 14):
        ledger.record(number, counted(100 + number // 100 + 300))
    assert [week.name for week in ledger.report().weeks] == ["2026-W02", "2026-W01", "2009-W31"]

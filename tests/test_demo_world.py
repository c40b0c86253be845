"""The demo's world: recorded and simulated figures, and changes of repositories."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from startrack.demo.figures import FigureChange, Figures, RecordedHistory, SteadyHistory, retained_changes, split_by_day
from startrack.demo.lists import demo_world
from startrack.demo.simulation import SimulatedHistory, simulated_world
from startrack.demo.world import ALWAYS, DatedName, DemoRepository, World

NOW = datetime(2025, 6, 26, 23)
RECORDED = range(10_000_000, 20_000_000)
SIMULATED = range(20_000_000, 30_000_000)


@pytest.fixture(scope="module")
def world() -> World:
    """Return the world of the demo; no test changes it."""
    return demo_world()


def make_repository(number: int = 1, name: str = "o/a", stars: int = 10) -> DemoRepository:
    """Return a made-up repository from 2024."""
    created_at = datetime(2024, 1, 1)
    steady = SteadyHistory(created_at.date(), stars=stars, stars_per_day=2, commits=3)
    return DemoRepository(number, (DatedName(ALWAYS, name),), created_at, steady, visible_from=created_at)


class TestRecordedFigures:
    """The projects of best-of-ml-python."""

    def test_there_are_sixty_two(self, world: World) -> None:
        """62 projects have recorded figures."""
        assert sum(repository.repo_id in RECORDED for repository in world.repositories) == 62

    def test_figures_are_the_recorded_ones(self, world: World) -> None:
        """On 2025-06-26 the record gives 146,079 stars to transformers, and 145,823 a week earlier."""
        transformers = world.named("huggingface/transformers").figures
        assert transformers.at(NOW).stars == 146_079
        assert transformers.at(datetime(2025, 6, 19, 23)).stars == 145_823

    def test_nothing_is_interpolated(self, world: World) -> None:
        """Each entry holds until the next one."""
        transformers = world.named("huggingface/transformers").figures
        assert transformers.at(datetime(2025, 6, 24)) == transformers.at(datetime(2025, 6, 19, 23))

    def test_the_last_entry_holds_after_the_record(self, world: World) -> None:
        """A project whose record has ended keeps its last figures."""
        deep_speech = world.named("mozilla/DeepSpeech").figures
        assert deep_speech.at(datetime(2026, 1, 1)) == deep_speech.at(datetime(2025, 3, 7))

    def test_no_commit_is_in_the_future(self, world: World) -> None:
        """The last commit is never later than the instant of the figures."""
        for repository in world.repositories:
            for instant in (repository.visible_from, NOW):
                pushed_at = repository.figures.at(instant).pushed_at
                assert pushed_at is None or pushed_at <= instant

    def test_renames_follow_the_record(self, world: World) -> None:
        """intel-analytics/BigDL was renamed to ipex-llm, and then moved to intel."""
        names = [
            world.named("intel-analytics/BigDL").name(datetime(*day))
            for day in [(2024, 3, 27), (2024, 3, 28), (2025, 1, 30)]
        ]
        assert names == ["intel-analytics/BigDL", "intel-analytics/ipex-llm", "intel/ipex-llm"]

    def test_a_project_is_not_found_before_its_first_entry(self, world: World) -> None:
        """The record of Opik begins on 2024-10-03, although the project is older."""
        assert world.find("comet-ml/opik", datetime(2024, 10, 2)) is None
        assert world.find("comet-ml/opik", datetime(2024, 10, 4)) is not None

    def test_they_are_not_described_as_simulated(self, world: World) -> None:
        """No recorded project has "simulated" in its description."""
        described = [
            repository.description or "" for repository in world.repositories if repository.repo_id in RECORDED
        ]
        assert not any("imulated" in repository for repository in described)


class TestSimulatedFigures:
    """The projects of awesome-mllms-reasoning."""

    def test_there_are_twenty_three(self, world: World) -> None:
        """Besides one that is in no list. Every simulated project says so in its description."""
        found = [repository for repository in world.repositories if repository.repo_id in SIMULATED]
        assert len(found) == 23 + 1
        assert all((repository.description or "").startswith("Simulated figures.") for repository in found)

    def test_the_same_seed_gives_the_same_figures(self) -> None:
        """Equal simulations give equal figures; another seed gives others."""
        model = SimulatedHistory(date(2025, 1, 1), 7, launch=50, steady=2, activity=3, lifetime=90)
        twin = SimulatedHistory(date(2025, 1, 1), 7, launch=50, steady=2, activity=3, lifetime=90)
        assert model.at(NOW) == twin.at(NOW) != replace(model, seed=8).at(NOW)

    def test_they_continue_after_the_record(self, world: World) -> None:
        """Figures still grow at the end of 2026."""
        easy = world.named("hiyouga/EasyR1").figures
        assert easy.at(datetime(2026, 12, 30)).stars > easy.at(NOW).stars

    def test_some_days_lose_stars(self, world: World) -> None:
        """The simulation has days with fewer stars than before."""
        losing = [
            repository
            for repository in world.repositories
            if repository.repo_id in SIMULATED and any(change.stars < 0 for change in repository.figures.changes(NOW))
        ]
        assert len(losing) > 3

    def test_a_steady_world_has_the_requested_size(self) -> None:
        """The same seed gives the same thousand repositories."""
        first, second = simulated_world(1000, seed=3), simulated_world(1000, seed=3)
        assert len(first.repositories) == 1000
        assert first.repositories == second.repositories

    def test_one_repository_in_twenty_has_a_new_commit_per_day(self) -> None:
        """5% of the head commits differ from those of the day before."""
        day = datetime(2026, 3, 1)
        moved = [
            repository.head_sha(repository.figures.at(day))
            != repository.head_sha(repository.figures.at(day - timedelta(days=1)))
            for repository in simulated_world(1000).repositories
        ]
        assert sum(moved) == 50


class TestLists:
    """The texts of the lists."""

    def test_every_recorded_project_is_linked(self, world: World) -> None:
        """The list links every recorded project by its first recorded name."""
        text = world.list_text("best-of-ml-python")
        names = [repository.names[0].name for repository in world.repositories if repository.repo_id in RECORDED]
        assert all(f"](https://github.com/{name}) - " in text for name in names)

    def test_eleven_projects_have_star_badges(self, world: World) -> None:
        """The section Open-Source Projects of the simulated list has eleven badges."""
        papers, projects = world.list_text("mllms-reasoning").split("Open-Source Projects\n")
        assert projects.count("https://img.shields.io/github/stars/") == 11
        assert "img.shields.io" not in papers

    def test_projects_are_not_listed_before_they_exist(self, world: World) -> None:
        """The list at an instant lacks the projects that did not exist yet."""
        early = world.list_text("mllms-reasoning", datetime(2025, 2, 1))
        assert "Deep-Agent/R1-V" in early
        assert "hiyouga/EasyR1" not in early
        assert early.startswith(world.list_text("mllms-reasoning").partition("* ")[0])

    def test_a_list_can_be_added(self) -> None:
        """Any text can be added as a list."""
        world = World()
        world.put_list("x", "<script>| ]")
        assert world.list_text("x", NOW) == "<script>| ]"


class TestChanges:
    """Changes of repositories."""

    def test_an_old_name_finds_the_renamed_repository(self) -> None:
        """After a rename both names find the repository; before it, only the old one."""
        world = World([make_repository()])
        world.rename("o/a", "o/b", at=datetime(2025, 1, 1))
        assert world.find("O/A", NOW) == world.find("o/b", NOW) == world.named("o/a")
        assert world.find("o/b", datetime(2024, 6, 1)) is None

    def test_a_deleted_repository_is_not_found(self) -> None:
        """A deleted repository is still found at an instant before the deletion."""
        world = World([make_repository()])
        world.delete("o/a", at=datetime(2025, 1, 1))
        assert world.find("o/a", NOW) is None
        assert world.by_id(1, datetime(2024, 6, 1)) is not None

    def test_a_reused_name_finds_the_new_repository(self) -> None:
        """A new repository with the old name of a renamed one ends the redirect."""
        world = World([make_repository()])
        world.rename("o/a", "o/b", at=datetime(2025, 1, 1))
        world.recreate("o/a", repo_id=2, at=datetime(2025, 3, 1), stars=4)
        before, after = world.find("o/a", datetime(2025, 2, 1)), world.find("o/a", NOW)
        assert (before and before.repo_id, after and after.repo_id) == (1, 2)
        renamed = world.find("o/b", NOW)
        assert renamed is not None
        assert renamed.repo_id == 1

    def test_it_can_be_archived_blocked_emptied_and_described(self) -> None:
        """Archiving, blocking, describing and emptying change the repository."""
        world = World([make_repository()])
        world.archive("o/a", at=datetime(2025, 1, 1))
        world.block("o/a", "tos", at=datetime(2025, 2, 1))
        world.describe("o/a", "</script>")
        world.empty("o/a")
        found = world.named("o/a")
        assert (found.archive_time(datetime(2024, 12, 1)), found.archive_time(NOW)) == (None, datetime(2025, 1, 1))
        assert (found.active_block(datetime(2025, 1, 2)) is None, found.active_block(NOW) is None) == (True, False)
        assert (found.description, found.default_branch) == ("</script>", None)

    def test_a_node_id_finds_the_same_repository(self) -> None:
        """The GraphQL id and the REST id find the same repository."""
        world = World([make_repository()])
        assert world.by_node(world.named("o/a").node_id, NOW) == world.by_id(1, NOW)
        assert world.by_node("R_nobody", NOW) is None


@st.composite
def records(draw: st.DrawFn) -> RecordedHistory:
    """Draw a record with up to thirty entries, with gains and losses."""
    created = date(2024, 1, 1)
    gaps = draw(st.lists(st.integers(1, 30), min_size=1, max_size=30))
    counts = draw(st.lists(st.integers(0, 500), min_size=len(gaps), max_size=len(gaps)))
    days = [created + timedelta(days=sum(gaps[:number])) for number in range(len(gaps))]
    entries = tuple(Figures(stars=count, forks=0, commits=1, pushed_at=None) for count in counts)
    return RecordedHistory(created, tuple(datetime.combine(day, time()) for day in days), entries)


class TestRetained:
    """Retained stars by day."""

    @given(records())
    def test_nothing_is_negative_and_the_sum_is_todays_count(self, record: RecordedHistory) -> None:
        """Losses are subtracted from earlier days, and the sum is today's count."""
        changes = retained_changes(record.changes(NOW))
        assert all(change.stars >= 0 for change in changes)
        assert sum(change.stars for change in changes) == record.at(NOW).stars

    @given(st.integers(1, 60), st.integers(0, 10_000))
    def test_an_amount_is_split_evenly_over_days(self, days: int, amount: int) -> None:
        """Days differ by at most one, and the sum is the amount."""
        first = date(2024, 1, 1)
        split = [count for _, count in split_by_day(first, first + timedelta(days=days - 1), amount)]
        assert (len(split), sum(split)) == (days, amount)
        assert max(split) - min(split) <= 1

    def test_a_loss_is_subtracted_from_the_latest_days_with_stars(self) -> None:
        """Three lost stars are subtracted from the latest gains."""
        days = [date(2024, 1, day) for day in (1, 2, 3)]
        changes = [FigureChange(day, day, stars, 0) for day, stars in zip(days, (5, 2, -3), strict=True)]
        assert [change.stars for change in retained_changes(changes)] == [4, 0, 0]

    def test_changes_reach_no_further_than_the_instant(self) -> None:
        """The changes at an instant end on its day."""
        steady = SteadyHistory(date(2024, 1, 1), stars=5, stars_per_day=1, commits=1)
        assert steady.changes(datetime(2024, 1, 3, 12))[-1].last == date(2024, 1, 3)

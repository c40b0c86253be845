"""The demo's world: what its figures are, and how repositories change."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from startrack.demo.figures import FigureChange, Figures, RecordedHistory, SteadyHistory, retained_changes, split_by_day
from startrack.demo.lists import demo_world
from startrack.demo.repository import ALWAYS, DatedName, DemoRepository
from startrack.demo.simulation import SimulatedHistory, simulated_world
from startrack.demo.world import World

NOW = datetime(2025, 6, 26, 23)
RECORDED = range(10_000_000, 20_000_000)
SIMULATED = range(20_000_000, 30_000_000)


@pytest.fixture(scope="module")
def world() -> World:
    """Give the world of the demo, which no test of this file changes."""
    return demo_world()


def hosted(number: int = 1, name: str = "o/a", stars: int = 10) -> DemoRepository:
    """Return a made-up repository of 2024."""
    begun = datetime(2024, 1, 1)
    steady = SteadyHistory(begun.date(), stars=stars, stars_per_day=2, commits=3)
    return DemoRepository(number, (DatedName(ALWAYS, name),), begun, steady, visible_from=begun)


class TestRealFigures:
    """The projects of best-of-ml-python."""

    def test_there_are_about_sixty(self, world: World) -> None:
        """Sixty-two projects carry recorded figures."""
        assert sum(each.repo_id in RECORDED for each in world.repositories) == 62

    def test_a_figure_is_the_recorded_one(self, world: World) -> None:
        """On 2025-06-26 the record gives 146,079 stars to transformers, and 145,823 a week earlier."""
        transformers = world.named("huggingface/transformers").figures
        assert transformers.at(NOW).stars == 146_079
        assert transformers.at(datetime(2025, 6, 19, 23)).stars == 145_823

    def test_nothing_is_interpolated(self, world: World) -> None:
        """Between two entries the earlier one stands."""
        transformers = world.named("huggingface/transformers").figures
        assert transformers.at(datetime(2025, 6, 24)) == transformers.at(datetime(2025, 6, 19, 23))

    def test_the_last_entry_stands_after_the_record(self, world: World) -> None:
        """A project that is no longer recorded keeps its last figures."""
        deep_speech = world.named("mozilla/DeepSpeech").figures
        assert deep_speech.at(datetime(2026, 1, 1)) == deep_speech.at(datetime(2025, 3, 7))

    def test_no_commit_lies_in_the_future(self, world: World) -> None:
        """As of any entry, the last commit has been made."""
        for each in world.repositories:
            for instant in (each.visible_from, NOW):
                pushed = each.figures.at(instant).pushed_at
                assert pushed is None or pushed <= instant

    def test_a_renamed_project_changes_its_name_when_the_record_says(self, world: World) -> None:
        """BigDL of intel-analytics became ipex-llm, and then moved to intel."""
        names = [
            world.named("intel-analytics/BigDL").name(datetime(*day))
            for day in [(2024, 3, 27), (2024, 3, 28), (2025, 1, 30)]
        ]
        assert names == ["intel-analytics/BigDL", "intel-analytics/ipex-llm", "intel/ipex-llm"]

    def test_before_its_first_entry_a_project_is_not_there(self, world: World) -> None:
        """Opik is older, but its record begins on 2024-10-03."""
        assert world.find("comet-ml/opik", datetime(2024, 10, 2)) is None
        assert world.find("comet-ml/opik", datetime(2024, 10, 4)) is not None

    def test_they_do_not_claim_to_be_simulated(self, world: World) -> None:
        """No recorded project is described as simulated."""
        described = [each.description or "" for each in world.repositories if each.repo_id in RECORDED]
        assert not any("imulated" in each for each in described)


class TestSimulatedFigures:
    """The projects of awesome-mllms-reasoning."""

    def test_there_are_twenty_three_and_each_says_so(self, world: World) -> None:
        """Every project without real figures is described as simulated."""
        found = [each for each in world.repositories if each.repo_id in SIMULATED]
        assert len(found) == 23
        assert all((each.description or "").startswith("Simulated figures.") for each in found)

    def test_the_same_seed_gives_the_same_course(self) -> None:
        """Two equal models agree on every day; another seed does not."""
        model = SimulatedHistory(date(2025, 1, 1), 7, launch=50, steady=2, activity=3, lifetime=90)
        twin = SimulatedHistory(date(2025, 1, 1), 7, launch=50, steady=2, activity=3, lifetime=90)
        assert model.at(NOW) == twin.at(NOW) != replace(model, seed=8).at(NOW)

    def test_they_go_on_past_the_record(self, world: World) -> None:
        """A date late in 2026 has figures of its own."""
        easy = world.named("hiyouga/EasyR1").figures
        assert easy.at(datetime(2026, 12, 30)).stars > easy.at(NOW).stars

    def test_some_days_lose_stars(self, world: World) -> None:
        """Losses are part of the model."""
        losing = [
            each
            for each in world.repositories
            if each.repo_id in SIMULATED and any(step.stars < 0 for step in each.figures.changes(NOW))
        ]
        assert len(losing) > 3

    def test_a_plain_world_is_as_large_as_asked(self) -> None:
        """The same seed makes the same thousand repositories."""
        first, second = simulated_world(1000, seed=3), simulated_world(1000, seed=3)
        assert len(first.repositories) == 1000
        assert first.repositories == second.repositories

    def test_one_head_in_twenty_moves_a_day(self) -> None:
        """Of a plain world's heads, five percent differ from those of the day before."""
        day = datetime(2026, 3, 1)
        moved = [
            each.head_sha(each.figures.at(day)) != each.head_sha(each.figures.at(day - timedelta(days=1)))
            for each in simulated_world(1000).repositories
        ]
        assert sum(moved) == 50


class TestLists:
    """The list texts."""

    def test_every_recorded_project_is_linked(self, world: World) -> None:
        """The list of real projects links each by its first recorded name."""
        text = world.list_text("best-of-ml-python")
        names = [each.names[0].name for each in world.repositories if each.repo_id in RECORDED]
        assert all(f"](https://github.com/{name}) - " in text for name in names)

    def test_eleven_projects_have_star_badges(self, world: World) -> None:
        """The section Open-Source Projects of the simulated list has eleven badges."""
        papers, projects = world.list_text("mllms-reasoning").split("Open-Source Projects\n")
        assert projects.count("https://img.shields.io/github/stars/") == 11
        assert "img.shields.io" not in papers

    def test_what_has_not_begun_is_not_listed(self, world: World) -> None:
        """A list as of an instant leaves out projects that had not begun by then."""
        early = world.list_text("mllms-reasoning", datetime(2025, 2, 1))
        assert "Deep-Agent/R1-V" in early
        assert "hiyouga/EasyR1" not in early
        assert early.startswith(world.list_text("mllms-reasoning").partition("* ")[0])

    def test_a_list_can_be_put_in_place(self) -> None:
        """Any text can stand as a list, however hostile."""
        world = World()
        world.put_list("x", "<script>| ]")
        assert world.list_text("x", NOW) == "<script>| ]"


class TestChanges:
    """What can happen to a repository."""

    def test_an_old_name_leads_to_the_renamed_repository(self) -> None:
        """From the instant of a rename on, both names find it; before, only the old one."""
        world = World([hosted()])
        world.rename("o/a", "o/b", at=datetime(2025, 1, 1))
        assert world.find("O/A", NOW) == world.find("o/b", NOW) == world.named("o/a")
        assert world.find("o/b", datetime(2024, 6, 1)) is None

    def test_a_deleted_repository_is_gone_from_then_on(self) -> None:
        """It was there before."""
        world = World([hosted()])
        world.delete("o/a", at=datetime(2025, 1, 1))
        assert world.find("o/a", NOW) is None
        assert world.by_id(1, datetime(2024, 6, 1)) is not None

    def test_a_name_made_anew_leads_to_the_new_repository(self) -> None:
        """Somebody who takes the old name of a renamed repository ends the redirect."""
        world = World([hosted()])
        world.rename("o/a", "o/b", at=datetime(2025, 1, 1))
        world.recreate("o/a", repo_id=2, at=datetime(2025, 3, 1), stars=4)
        before, after = world.find("o/a", datetime(2025, 2, 1)), world.find("o/a", NOW)
        assert (before and before.repo_id, after and after.repo_id) == (1, 2)
        renamed = world.find("o/b", NOW)
        assert renamed is not None
        assert renamed.repo_id == 1

    def test_it_can_be_archived_blocked_emptied_and_described(self) -> None:
        """Each change shows in the repository's value."""
        world = World([hosted()])
        world.archive("o/a", at=datetime(2025, 1, 1))
        world.block("o/a", "tos", at=datetime(2025, 2, 1))
        world.describe("o/a", "</script>")
        world.empty("o/a")
        found = world.named("o/a")
        assert (found.archive_time(datetime(2024, 12, 1)), found.archive_time(NOW)) == (None, datetime(2025, 1, 1))
        assert (found.active_block(datetime(2025, 1, 2)) is None, found.active_block(NOW) is None) == (True, False)
        assert (found.description, found.default_branch) == ("</script>", None)

    def test_a_node_id_finds_the_same_repository(self) -> None:
        """GraphQL's id and REST's number name one thing."""
        world = World([hosted()])
        assert world.by_node(world.named("o/a").node_id, NOW) == world.by_id(1, NOW)
        assert world.by_node("R_nobody", NOW) is None


@st.composite
def records(draw: st.DrawFn) -> RecordedHistory:
    """Draw a record of up to thirty entries with gains and losses."""
    created = date(2024, 1, 1)
    gaps = draw(st.lists(st.integers(1, 30), min_size=1, max_size=30))
    counts = draw(st.lists(st.integers(0, 500), min_size=len(gaps), max_size=len(gaps)))
    days = [created + timedelta(days=sum(gaps[:number])) for number in range(len(gaps))]
    entries = tuple(Figures(stars=count, forks=0, commits=1, pushed_at=None) for count in counts)
    return RecordedHistory(created, tuple(datetime.combine(day, time()) for day in days), entries)


class TestRetained:
    """Today's stars by the day they were given."""

    @given(records())
    def test_nothing_is_negative_and_the_sum_is_todays_count(self, record: RecordedHistory) -> None:
        """Losses are taken from earlier days, never from the total."""
        kept = retained_changes(record.changes(NOW))
        assert all(step.stars >= 0 for step in kept)
        assert sum(step.stars for step in kept) == record.at(NOW).stars

    @given(st.integers(1, 60), st.integers(0, 10_000))
    def test_a_split_over_days_adds_up(self, days: int, amount: int) -> None:
        """No two days differ by more than one."""
        first = date(2024, 1, 1)
        split = [count for _, count in split_by_day(first, first + timedelta(days=days - 1), amount)]
        assert (len(split), sum(split)) == (days, amount)
        assert max(split) - min(split) <= 1

    def test_a_loss_is_taken_from_the_latest_days_that_have_some(self) -> None:
        """Three stars taken back vanish from the last gains."""
        days = [date(2024, 1, day) for day in (1, 2, 3)]
        steps = [FigureChange(day, day, stars, 0) for day, stars in zip(days, (5, 2, -3), strict=True)]
        assert [step.stars for step in retained_changes(steps)] == [4, 0, 0]

    def test_steps_reach_no_further_than_the_instant(self) -> None:
        """A course as of an instant knows nothing of later days."""
        steady = SteadyHistory(date(2024, 1, 1), stars=5, stars_per_day=1, commits=1)
        assert steady.changes(datetime(2024, 1, 3, 12))[-1].last == date(2024, 1, 3)

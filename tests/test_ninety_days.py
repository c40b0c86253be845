"""Every gain that is shown after ninety uneven days, against a plain computation over the day files."""

import csv
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from html.parser import HTMLParser
from pathlib import Path
from statistics import median
from typing import Any

import pytest

import expected_figures
import ninety_day_world
from expected_figures import Change, Row
from ninety_day_world import START, WINDOWS, Ninety
from startrack.cli import formats
from startrack.model.changes import RankBy, Window
from startrack.workflows import trending

DAY = timedelta(days=1)
LAST = START + 90 * DAY


@dataclass(frozen=True)
class Lived:
    """The folders of the simulation, and the counts in its day files by repository number."""

    ninety: Ninety
    counts: Mapping[int, Sequence[Row]]

    @property
    def site(self) -> Path:
        """The folder of the pages."""
        return self.ninety.config.dashboards_folder

    @property
    def as_of(self) -> datetime:
        """The instant that the pages speak for: the last run."""
        return self.ninety.runs[-1]

    def rows(self, name: str) -> Sequence[Row]:
        """Return the counts of the repository that has a name today."""
        return next((rows for rows in self.counts.values() if rows[-1].name == name), ())

    def change(self, name: str, days: int) -> Change | str:
        """Return what a window brought up to the last run."""
        return expected_figures.change(self.rows(name), days, self.as_of)

    def changes(self, names: Iterable[str], days: int) -> list[Change]:
        """Return what is known of that for some repositories."""
        return [change for name in names if isinstance(change := self.change(name, days), Change)]

    def api(self, document: str) -> Any:  # noqa: ANN401 - any document
        """Return a document of the API."""
        return json.loads((self.site / "api" / "v1" / f"{document}.json").read_text(encoding="utf-8"))

    def week(self, monday: datetime) -> dict[str, Change]:
        """Return what a week brought to the projects that the list named on its last day, by their names today."""
        numbers = expected_figures.asked_on(self.ninety.config.snapshots_folder, (monday + 6 * DAY).date())
        rows = {rows[-1].name: rows for number, rows in self.counts.items() if number in numbers}
        changes = {name: expected_figures.week(each, monday, self.as_of) for name, each in rows.items()}
        return {name: change for name, change in changes.items() if change}

    def listed(self) -> list[str]:
        """Return the names of all projects of the list as it is now."""
        return [project["repo"] for project in self.api("projects")["projects"]]


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Lived:
    """Live through the ninety days once."""
    found = ninety_day_world.lived(tmp_path_factory.mktemp("ninety"))
    return Lived(found, expected_figures.counts_of(found.config.snapshots_folder))


def test_the_days_are_as_uneven_as_real_ones(lived: Lived) -> None:
    """Days with two runs and with none, a gap of a week; one that fails, is renamed, is empty, is added, is removed."""
    days = [run.date() for run in lived.ninety.runs if run >= START]
    assert len(days) > len(set(days)) > 60
    assert not [day for day in days if START.date() + 40 * DAY <= day < START.date() + 47 * DAY]
    assert {row.name for row in lived.rows(ninety_day_world.NEW_NAME)} == {
        ninety_day_world.RENAMED,
        ninety_day_world.NEW_NAME,
    }
    assert {row.commits for row in lived.rows(ninety_day_world.EMPTY)} == {0}
    taken = {row.taken_at for row in lived.rows(ninety_day_world.FAILING)}
    assert len(lived.ninety.failed) > 20
    assert not taken & set(lived.ninety.failed)
    assert ninety_day_world.REMOVED not in lived.listed()
    assert lived.change(ninety_day_world.ADDED, 30) != "too young" == lived.change(ninety_day_world.ADDED, 90)
    found = [change for name in lived.listed() for days in WINDOWS for change in lived.changes([name], days)]
    assert len(found) > 90
    starts = {lived.as_of - days * DAY for days in WINDOWS}
    assert any(min(abs(change.baseline.taken_at - start) for start in starts) > DAY / 8 for change in found)


# ── Rankings ─────────────────────────────────────────────────────────────────────────────────────────────


INSTANTS = [
    None,
    datetime.combine(date(2026, 1, 20), time.max),
    START + 15.5 * DAY,
    START + 43 * DAY,  # within the gap
    START + 48 * DAY,
    START + 61.3 * DAY,
    START + 75 * DAY,
    datetime.combine(LAST.date(), time.max),
]


@pytest.mark.parametrize("as_of", INSTANTS)
def test_trending(lived: Lived, as_of: datetime | None) -> None:
    """All five windows, each by another measure at each instant."""
    at = as_of or lived.as_of
    measures = list(RankBy)
    for place, days in enumerate(WINDOWS):
        by = measures[(INSTANTS.index(as_of) + place) % len(measures)]
        ranked = formats.ranking(trending.run(lived.ninety.config, trending.Ranking(Window(days), by), as_of))
        told = [dict(zip(ranked.columns, row, strict=True)) for row in ranked.rows]
        names = [str(row["repo"]) for row in told]
        currents = [count.stars for name in names if (count := expected_figures.last(lived.rows(name), at))]
        middle = median(currents)
        assert len(currents) > 20
        for row in told:
            rows = lived.rows(str(row["repo"]))
            assert _ranked(row) == _expected(rows, days, at, by, middle), (row["repo"], days, by)
        scores = [score for row in told if isinstance(score := row["score"], int | float)]
        assert scores == sorted(scores, reverse=True)
        assert all(row["score"] is None for row in told[len(scores) :])


def _ranked(row: Mapping[str, object]) -> dict[str, object]:
    parts = str(row["note"]).split("; ")
    days = next((part for part in parts if re.fullmatch(r"[\d.]+ (days|hours)", part)), "")
    unknown = next((part for part in parts if part in {"gap", "too young", "not counted"}), "")
    figures = {name: value for name, value in row.items() if name not in {"rank", "repo", "note"}}
    return {**figures, "days": days, "unknown": unknown}


def _expected(rows: Sequence[Row], days: int, at: datetime, by: RankBy, middle: float) -> dict[str, object]:
    current, change = expected_figures.last(rows, at), expected_figures.change(rows, days, at)
    score = _score(rows, change, days, at, by, middle)
    unknown = {**dict.fromkeys(_FIGURES), "days": "", "unknown": change}
    return {
        "stars": current.stars if current else None,
        **(unknown if isinstance(change, str) else _known(change, days)),
        "score": None if score is None else pytest.approx(score, abs=1e-4),
        "as_of": at.isoformat(),
    }


_FIGURES = ("gain", "gain_per_day", "percent", "forks_gain", "commits_gain", "baseline_at")


def _known(change: Change, days: int) -> dict[str, object]:
    return {
        "gain": change.gain,
        "gain_per_day": round(change.per_day, 4),
        "percent": None if change.percent is None else round(change.percent, 4),
        "forks_gain": change.current.forks - change.baseline.forks,
        "commits_gain": _commits(change),
        "baseline_at": change.baseline.taken_at.isoformat(),
        "days": expected_figures.length(days, change),
        "unknown": "",
    }


def _commits(change: Change | str) -> int | None:
    if isinstance(change, str) or change.current.commits is None or change.baseline.commits is None:
        return None
    return change.current.commits - change.baseline.commits


def _score(
    rows: Sequence[Row], change: Change | str, days: int, at: datetime, by: RankBy, middle: float
) -> float | None:
    if by is RankBy.STARS:
        current = expected_figures.last(rows, at)
        return current.stars if current else None
    if by is RankBy.ACCELERATING:
        return expected_figures.accelerating(rows, at)
    if isinstance(change, str):
        return None
    commits = _commits(change)
    figures = {
        RankBy.GAIN: change.gain,
        RankBy.PERCENT: change.percent,
        RankBy.FORKS: change.current.forks - change.baseline.forks,
        RankBy.COMMITS: commits,
    }
    if by is RankBy.RISING:
        return expected_figures.rising(change, days, middle)
    figure = figures[by]
    return None if figure is None else figure / change.days * days


# ── Tables in the README ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("days", WINDOWS)
def test_tables_of_the_readme(lived: Lived, days: int) -> None:
    """Gain and percent of every row, with the days where they are not the window's, there or below the table."""
    text = (lived.ninety.config.root / "README.md").read_text(encoding="utf-8")
    block = text.partition(f"window={days}d ")[2].partition("startrack:end")[0]
    rows = [line.strip("| ").split(" | ") for line in block.splitlines() if line.startswith("| [")]
    note = block.partition("<sub>")[2].partition("</sub>")[0]
    names = {re.sub(r"\\(.)", r"\1", cells[0].partition("[")[2].partition("]")[0]): cells for cells in rows}
    assert sorted(names) == sorted(lived.listed())
    lengths = {expected_figures.length(days, change) for change in lived.changes(names, days)}
    shared = lengths.pop() if len(lengths) == 1 else ""
    assert f"({shared})" in note or not shared
    for name, (_, stars, gain, share) in names.items():
        change = lived.change(name, days)
        assert stars.partition(" ")[0] == expected_figures.number(lived.rows(name)[-1].stars)
        assert (gain, share) == _written(change, days, shared), name


def _written(change: Change | str, days: int, shared: str) -> tuple[str, str]:
    if isinstance(change, str):
        return f"n/a ({change})", f"n/a ({change})"
    length = "" if shared else expected_figures.length(days, change)
    aside = f" ({length})" if length else ""
    return expected_figures.signed(change.gain) + aside, expected_figures.percent(change.percent or 0) + aside


# ── Pages ────────────────────────────────────────────────────────────────────────────────────────────────


class Tables(HTMLParser):
    """The cells of every row of a page, as text; what is read out in place of signs is left out."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self._ignored = 0
        self._is_open = False
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a row or a cell."""
        if tag == "tr":
            self.rows.append([])
        elif tag in {"td", "th"}:
            self.rows[-1].append("")
            self._is_open = True
        elif tag in {"p", "span"}:
            self._ignored += ("class", "sr") in attrs or tag == "p" or self._ignored > 0

    def handle_endtag(self, tag: str) -> None:
        """End a cell, or what was left out."""
        self._is_open &= tag not in {"td", "th"}
        if tag in {"p", "span"} and self._ignored:
            self._ignored -= 1

    def handle_data(self, data: str) -> None:
        """Add to the cell."""
        if self._is_open and not self._ignored:
            self.rows[-1][-1] += data


def _cell(change: Change | str, days: int) -> str:
    if isinstance(change, str):
        return f"n/a {change}"
    return f"{expected_figures.signed(change.gain)} {expected_figures.length(days, change)}".strip()


def test_the_overview(lived: Lived) -> None:
    """The table's gains, and the places won and lost in a week among those known at both ends."""
    table = Tables(lived.site / "index.html").rows
    heads = next(row for row in table if "Rank" in row)
    rows = {row[1].partition(" ")[0]: row for row in table if len(row) == len(heads) and row is not heads}
    assert sorted(rows) == sorted(lived.listed())
    weeks = {name: change for name in rows if isinstance(change := lived.change(name, 7), Change)}
    for name, row in rows.items():
        cells = dict(zip(heads, row, strict=True))
        assert {days: cells[f"{days}d"] for days in WINDOWS} == {d: _cell(lived.change(name, d), d) for d in WINDOWS}
        assert cells["Stars"] == expected_figures.number(lived.rows(name)[-1].stars)
        if name in weeks:
            before = _place(weeks.values(), weeks[name], lambda change: change.baseline.stars)
            won = before - _place(weeks.values(), weeks[name], lambda change: change.current.stars)
            assert cells["Rank"] == (f"▲{won}" if won > 0 else f"▼{-won}" if won else "0")
    assert weeks


def _place(changes: Iterable[Change], own: Change, stars: Callable[[Change], int]) -> int:
    return 1 + sum(stars(change) > stars(own) for change in changes)


def test_the_boards(lived: Lived) -> None:
    """Rising, gaining and losing in 30 and in 7 days: who, in which order, with what."""
    text = (lived.site / "index.html").read_text(encoding="utf-8")
    names = lived.listed()
    middle = median(lived.rows(name)[-1].stars for name in names)
    for days in (30, 7):
        part = re.split(rf"<h3>{days} days", text)[1].partition("<h3>")[0]
        moved = {name: change for name in names if isinstance(change := lived.change(name, days), Change)}
        rising = {
            name: expected_figures.rising(change, days, middle) for name, change in moved.items() if change.gain > 0
        }
        pace = {name: change.per_day for name, change in moved.items()}
        boards = {
            "Rising": _most(rising),
            "Most gained": _most({name: value for name, value in pace.items() if value > 0}),
            "Most lost": _most({name: -value for name, value in pace.items() if value < 0}),
        }
        for board, expected in boards.items():
            found = part.partition(f"<h4>{board}</h4>")[2].partition("</ol>")[0]
            told = [re.sub("<wbr>|<[^>]*>", "", name) for name in re.findall(r"<bdi>(.*?)</bdi>", found)]
            assert [expected[name] for name in told] == list(expected.values())[: len(told)]
            figures = re.findall(r'<b(?: [^>]*)?>(.*?)</b>(?: <span class="share">(.*?)</span>)?', found)
            assert figures == [_mover(moved[name], days) for name in told], board
            assert bool(told) is bool(expected)


def _most(values: Mapping[str, float]) -> Mapping[str, float]:
    return dict(sorted(values.items(), key=lambda item: -item[1]))


def _mover(change: Change, days: int) -> tuple[str, str]:
    share = expected_figures.percent(change.percent) if change.percent is not None else ""
    return expected_figures.signed(change.gain), "; ".join(filter(None, (share, expected_figures.length(days, change))))


def test_the_pages_of_projects(lived: Lived) -> None:
    """Every window of every project: stars, a day's share, percent, forks and commits, and since when."""
    for name in lived.listed():
        rows = [row for row in Tables(lived.site / "projects" / f"{name}.html").rows if re.match(r"\d+ days?$", row[0])]
        assert [row[0] for row in rows] == [f"{days} day{'s' * (days > 1)}" for days in WINDOWS]
        for row, days in zip(rows, WINDOWS, strict=True):
            change = lived.change(name, days)
            if isinstance(change, str):
                assert row[1].startswith(f"n/a {change}: ")
            else:
                assert row[1:] == _window(change, days), (name, days)


def _window(change: Change, days: int) -> list[str]:
    rate = abs(change.per_day)
    commits = _commits(change)
    return [
        _cell(change, days),
        expected_figures.signed(change.per_day, 0 if rate >= 100 else 1 if rate >= 1 else 2),
        expected_figures.percent(change.percent or 0),
        expected_figures.signed(change.current.forks - change.baseline.forks),
        expected_figures.signed(commits) if commits is not None else "n/a not counted",
        change.baseline.taken_at.strftime("%Y-%m-%d %H:%M UTC"),
    ]


def test_the_momentum_of_sections(lived: Lived) -> None:
    """Sums of gains over sums of baselines, of those known at both ends, and the sums of the whole list."""
    members: dict[str, list[str]] = {}
    with (lived.site / "data" / "projects.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            members.setdefault(row["section"], []).append(row["repo"])
    table = Tables(lived.site / "sections.html").rows
    sections = {row[0]: row for row in table if row[0] in members and re.fullmatch(r"\d+ of \d+", row[-1])}
    assert sorted(sections) == sorted(members)
    for section, cells in sections.items():
        assert cells[2:4] == _momentum(lived.changes(members[section], 30), 30)
        assert cells[4:6] == _momentum(lived.changes(members[section], 7), 7)
        assert cells[6] == f"{len(lived.changes(members[section], 30))} of {len(members[section])}"
    text = re.sub(r"<[^>]*>", "", (lived.site / "index.html").read_text(encoding="utf-8"))
    for days in (7, 30):
        gain, share = _momentum(lived.changes(lived.listed(), days), days)
        assert f"Gained in {days} days{gain.partition(' ')[0]}{share}; known for" in text


def _momentum(changes: Sequence[Change], days: int) -> list[str]:
    gain, baseline = sum(change.gain for change in changes), sum(change.baseline.stars for change in changes)
    return [
        f"{expected_figures.signed(gain)} {expected_figures.length(days, *changes)}".strip(),
        expected_figures.percent(100 * gain / baseline),
    ]


# ── For programs ─────────────────────────────────────────────────────────────────────────────────────────


def test_the_projects_of_the_api(lived: Lived) -> None:
    """Changes, acceleration and spikes of every project."""
    for project in lived.api("projects")["projects"]:
        rows = lived.rows(project["repo"])
        for days in WINDOWS:
            told, change = project["changes"][f"{days}d"], lived.change(project["repo"], days)
            if isinstance(change, str):
                assert (told["gain"], told["baseline_at"], told["note"]) == (None, None, change)
                continue
            assert (told["gain"], told["gain_per_day"]) == (change.gain, round(change.per_day, 4))
            assert told["percent"] == round(change.percent or 0, 4)
            assert told["baseline_at"] == f"{change.baseline.taken_at.isoformat()}Z"
            assert told["note"] == (expected_figures.length(days, change) or None)
        assert project["acceleration"] == pytest.approx(expected_figures.accelerating(rows, lived.as_of), abs=1e-4)
        assert project["spike"] is expected_figures.has_spike(rows, lived.as_of), project["repo"]


def test_the_movers_of_the_api(lived: Lived) -> None:
    """Windows up to the last run, and the last weeks of the calendar, each with its ten."""
    movers = lived.api("movers")
    for told in movers["windows"]:
        days = int(told["window"].removesuffix("d"))
        assert told["known"] == len(lived.changes(lived.listed(), days))
        for moved in (*told["rising"], *told["gained"], *told["lost"]):
            change = lived.change(moved["repo"], days)
            assert isinstance(change, Change)
            _is(moved, change, days)
    for told in movers["weeks"]:
        changes = lived.week(datetime.fromisoformat(told["first_day"]))
        assert told["known"] == len(changes)
        for moved in (*told["rising"], *told["lost"]):
            _is(moved, changes[moved["repo"]], 7)
    assert len(movers["weeks"]) > 3


def _is(moved: Mapping[str, object], change: Change, days: int) -> None:
    assert (moved["gain"], moved["stars"]) == (change.gain, change.current.stars)
    assert moved["percent"] == round(change.percent or 0, 4)
    assert moved["note"] == (expected_figures.length(days, change) or None)


def test_the_tables_to_download(lived: Lived) -> None:
    """Both counts of every change, and why there are none."""
    with (lived.site / "data" / "changes.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(WINDOWS) * len(lived.listed())
    for row in rows:
        change = lived.change(row["repo"], int(row["window_days"]))
        if isinstance(change, str):
            assert (row["gain"], row["unknown"]) == ("", change)
        else:
            assert (row["gain"], row["unknown"]) == (str(change.gain), "")
            ends = (change.baseline, change.current)
            assert [row["baseline_at"], row["current_at"]] == [f"{end.taken_at.isoformat()}Z" for end in ends]


# ── The week, and pictures ───────────────────────────────────────────────────────────────────────────────


def test_the_digests_and_their_feed(lived: Lived) -> None:
    """Each mover of each week that has ended, in the digest and in the feed; and the sum of all."""
    feed = (lived.site / "feeds" / "movers.xml").read_text(encoding="utf-8")
    pages = sorted((lived.site / "digest").glob("*.md"))
    assert len(pages) > 12
    assert {page.stem for page in pages} >= set(re.findall(r"Rising in ([\w-]+)", feed))
    assert feed.count("<entry>") == 4
    for page in pages:
        text = page.read_text(encoding="utf-8")
        monday = datetime.fromisoformat(re.findall(r"Monday (\S+)", text)[0])
        changes = lived.week(monday)
        assert (
            f"Stars gained: {expected_figures.signed(sum(change.gain for change in changes.values()))}, known for"
            in text
        )
        shown = re.findall(r"\| \[(\S+?)\]\(\S+\) \| (\S+) \| (.+?) \|", text)
        entry = feed.partition(f"Rising in {page.stem}")[2].partition("</entry>")[0]
        for written, stars, gain in shown:
            name = written.replace("\\", "")
            change = changes[name]
            length = expected_figures.length(7, change)
            assert (stars, gain) == (
                expected_figures.number(change.current.stars),
                expected_figures.signed(change.gain) + (f" ({length})" if length else ""),
            )
            assert (f"{name}&lt;/a&gt; {gain}&lt;/li&gt;" in entry) is (entry != "" and change.gain > 0)
        assert len(shown) > 5


def test_the_picture_of_the_movers(lived: Lived) -> None:
    """The labels at the ends of its lines."""
    text = (lived.site / "charts" / "movers-light.svg").read_text(encoding="utf-8")
    labels = re.findall(r">(\S+) (\+[\d,]+(?: \([^)]*\))?)</text>", text)
    short = {name.partition("/")[2]: name for name in lived.listed()}
    assert len(labels) > 3
    for label, gain in labels:
        change = lived.change(short[label], 30)
        assert isinstance(change, Change)
        length = expected_figures.length(30, change)
        assert gain == expected_figures.signed(change.gain) + (f" ({length})" if length else "")

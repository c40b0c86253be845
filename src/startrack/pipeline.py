"""The stages joined: a snapshot reads, counts, records; a build reports, renders, publishes."""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from startrack import assembly, chronicle, files, listing, publish, tracked
from startrack.config import Config
from startrack.errors import ConfigError, SourceError, did_you_mean
from startrack.github import counting, identity
from startrack.github.client import Client
from startrack.models import (
    Counted,
    Known,
    List,
    Missing,
    Observation,
    Project,
    Reason,
    Report,
    Run,
    Window,
    same_repo,
)
from startrack.render import downloads, formats, pages, rankings, tables
from startrack.store import loading, parquet, reading, recording
from startrack.store.begun import begun
from startrack.store.database import Session
from startrack.trends.ranking import By, rank, typical_stars

__all__ = ["Built", "Ranking", "Taken", "build", "last_run", "readmes", "snapshot", "trending"]

_EPOCH = datetime(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Taken:
    """What a snapshot brought: the lists as read, its record, what it saw, and what went wrong on the way."""

    lists: tuple[List, ...]
    run: Run
    seen: tuple[Observation, ...]
    news: tuple[identity.News | identity.Duplicate, ...]
    problems: tuple[str, ...]

    @property
    def missing(self) -> tuple[Missing, ...]:
        """The repositories that were not counted."""
        return tuple(each for each in self.seen if isinstance(each, Missing))


@dataclass(frozen=True, slots=True)
class Built:
    """What a build changed on disk (or, when checking, would), of how many files it is made, and its report."""

    placed: publish.Placed
    total: int
    report: Report

    @property
    def changed(self) -> tuple[Path, ...]:
        """Every file that was written or removed."""
        return (*self.placed.written, *self.placed.removed)

    @property
    def problems(self) -> tuple[str, ...]:
        """What is worth a look: files that are left to whoever edited them."""
        left = self.placed.left
        return tuple(f"{path} was edited since startrack made it, and is no longer made: it is left" for path in left)


# ── Snapshot ─────────────────────────────────────────────────────────────────────────────────────────────


def snapshot(
    config: Config,
    client: Client,
    taken_at: datetime | None,
    clock: Callable[[], datetime],
    progress: counting.Progress,
) -> Taken:
    """Count every project of the lists once and record it: in the day file, then in the database.

    It is recorded as taken at an instant, now unless one is given. The database is closed while GitHub is asked.
    Raises StartrackErrors of every stage; ClockError, with nothing recorded, where GitHub's clock says that the instant
    cannot be right.
    """
    store, snapshots = tracked.store_of(config)
    began = clock()
    started_at = taken_at or began
    found, unreadable = tracked.read_lists(config, lambda: client)
    snapshots.refuse_obstacles(started_at)

    def recall(session: Session) -> tuple[tuple[Known, ...], counting.Memory, list[List]]:
        loading.load(session, snapshots)
        known = reading.known(session)
        last = reading.runs(session, started_at, 1)
        gone, begun_before = _gone(session, known, started_at), begun(session, known, started_at, snapshots.every)
        memory = counting.Memory(last[0] if last else None, gone, begun_before)
        return known, memory, _unread(session, config, found, started_at)

    known, memory, unread = store.run(recall)
    if unreadable and not found and not unread:
        raise unreadable[0]
    client.check_instant(started_at, is_now=taken_at is None)
    names = _names([*found, *unread])
    tally = counting.count(client, names, known, started_at.date(), memory, progress)
    client.check_instant(started_at, is_now=taken_at is None)
    dates = chronicle.listing_days(config.root, found)
    problems = [*map(str, unreadable), *client.tokens.problems, *_failures(tally)]
    run = _run(started_at, started_at + (clock() - began), tally, client)
    listed = recording.Listed(found, dates, clock())
    with snapshots.lock():
        kept = store.run(lambda session: recording.keep(session, snapshots, run, tally.seen, listed))
    problems += kept.problems
    return Taken(tuple(found), kept.run, kept.seen, identity.told(kept.seen, known, [*found, *unread]), tuple(problems))


def _gone(session: Session, known: Iterable[Known], at: datetime) -> dict[str, Missing]:
    """Return by lower-case name what is missing since it was last counted."""
    counted = {same_repo(each.name): each.seen_at or datetime.min for each in known}
    rows = sorted(reading.missing(session, at), key=lambda row: row[0])
    missing = ((same_repo(each.asked), seen_at, each) for seen_at, each in rows)
    return {name: each for name, seen_at, each in missing if seen_at > counted.get(name, datetime.min)}


def _failures(tally: counting.Tally) -> list[str]:
    """Return what of a pass is worth a look: that it ended early, and which projects GitHub failed on."""
    failed = [each.asked for each in tally.seen if isinstance(each, Missing) and each.reason is Reason.FAILED]
    told = [f"GitHub gave no answer for {', '.join(failed)}"] if failed else []
    return [*([tally.stopped] if tally.stopped else []), *told]


def _unread(session: Session, config: Config, found: Iterable[List], at: datetime) -> list[List]:
    """Return the lists that could not be read this time, as they stood when they last could."""
    read = {each.name for each in found}
    wanted = set(tracked.list_names(config)) - read
    return [each for each, _ in reading.lists(session, at.date()) if each.name in wanted]


def _names(lists: Iterable[List]) -> list[str]:
    return list({entry.repo.lower(): entry.repo for each in lists for entry in each.entries}.values())


def _run(started_at: datetime, finished_at: datetime, tally: counting.Tally, client: Client) -> Run:
    counted = sum(isinstance(each, Counted) for each in tally.seen)
    return Run(
        run_id=int((started_at - _EPOCH).total_seconds()),
        started_at=started_at,
        finished_at=max(started_at, finished_at),
        status="partial" if tally.stopped else "done",
        asked=len(tally.seen),
        counted=counted,
        missing=len(tally.seen) - counted,
        requests=client.requests,
        points=client.points if client.tokens.authorized else None,
        version=version("startrack"),
        **_costs(tally.batches, client),
    )


def _costs(batches: counting.Batches, client: Client) -> dict[str, Any]:
    """Return what a run cost by kind of request, and the sizes its batches ended with."""
    if not client.tokens.authorized:
        return {"other_requests": client.requests, "waited": client.waited}
    tiers = {"light": batches.light, "details": batches.details, "commits": batches.commits}
    requests = {f"{name}_requests": batch.requests for name, batch in tiers.items()}
    sizes = {f"{name}_batch": batch.size for name, batch in tiers.items()}
    return {**requests, **sizes, "other_requests": client.requests - sum(requests.values()), "waited": client.waited}


# ── Build ────────────────────────────────────────────────────────────────────────────────────────────────


def build(config: Config, as_of: datetime | None, now: datetime = datetime.max, *, check: bool = False) -> Built:
    """Draw the dashboards and fill the README tables; with `check` only say what is out of date.

    Without an `as_of` they speak for the last run that does not lie after `now`.
    Builds wait for each other from their reports on, so that none replaces a newer one's files by older figures.
    Raises BlockError where a README's comments are not well formed, and WriteError; nothing is written then.
    """
    with nullcontext() if check else tracked.store_of(config)[1].build_lock():
        drawn = assembly.report(config, as_of, now, with_history=True)
        made = {f"data/{name}": content for name, content in parquet.files(downloads.tables(drawn)).items()}
        contents = {path: _bytes(content) for path, content in pages.build(drawn, made).items()}
        changes = {path: _filling(path, drawn, By(config.trends.sort)) for path in _to_fill(config, drawn)}
        placed = publish.place(config.dashboards_folder, contents, changes, check=check)
    return Built(placed, len(contents) + len(changes), drawn)


def _bytes(content: str | bytes) -> bytes:
    return content.encode() if isinstance(content, str) else content


def readmes(config: Config, sources: Iterable[str]) -> list[Path]:
    """Return the files whose tables are filled: those configured, else README.md and the local Markdown lists.

    Raises WriteError where one is a link that leads out of the project.
    """
    if config.readme.file is not None:
        paths = [config.root / path for path in config.readme.file]
    else:
        names = ["README.md", *(source for source in sources if source.endswith((".md", ".markdown")))]
        local = (config.root / name for name in names if "://" not in name)
        paths = [path for path in local if path.is_file()]
    one_each: dict[str, Path] = {}
    for path in paths:
        one_each.setdefault(os.path.realpath(path), publish.target(path, config.root))
    return list(one_each.values())


def _to_fill(config: Config, drawn: Report) -> list[Path]:
    found = readmes(config, (each.source for each in drawn.lists))
    return [path for path in found if publish.blocks_of(files.read(path), str(path))]


def _filling(path: Path, drawn: Report, default: By) -> files.Change:
    def fill(attributes: Mapping[str, str]) -> list[str]:
        return tables.table(drawn, tables.spec(attributes, drawn, default), listing.in_section)

    return lambda data: publish.filled(data, str(path), fill)


# ── Rankings ─────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Ranking:
    """Which projects to rank, and how; `None` leaves the choice to the configuration, or everything in."""

    window: Window
    by: By | None = None
    list_name: str | None = None
    section: str | None = None
    limit: int | None = None


def trending(config: Config, asked: Ranking, as_of: datetime | None, now: datetime = datetime.max) -> formats.Rows:
    """Return the ranking as rows, as of the last run up to `now` by default.

    Raises ConfigError where there is no such list or section.
    """
    drawn = assembly.report(config, as_of, now, with_history=False, extra=(asked.window,))
    asked = replace(asked, list_name=_name(config, drawn, asked.list_name))
    members = _of_list(drawn, asked.list_name)
    typical = typical_stars(members)
    if asked.section is not None:
        members = _of_section(members, asked.list_name, asked.section)
    by = asked.by or By(config.trends.sort)
    ranked = rank(members, by, asked.window, typical)[: asked.limit]
    return rankings.ranking(drawn, ranked, by, asked.window, typical)


def _name(config: Config, drawn: Report, text: str | None) -> str | None:
    """Return the name of the list that a text means: it may be the list's source."""
    known = {each.name for each in drawn.lists}
    if text is None or text in known:
        return text
    try:
        (name,) = tracked.list_names(tracked.chosen(config, [text]))
    except SourceError:
        return text
    return name if name in known else text


def _of_list(drawn: Report, name: str | None) -> list[Project]:
    if name is not None and name not in (known := [each.name for each in drawn.lists]):
        raise ConfigError(f"there is no list {name!r}; {did_you_mean(name, known)}")
    return [each for each in drawn.projects if name is None or any(place == name for place, _ in each.places)]


def _of_section(members: Sequence[Project], list_name: str | None, section: str) -> list[Project]:
    def belongs(project: Project) -> bool:
        paths = [path for name, entry in project.places if list_name in (None, name) for path in entry.sections]
        return any(listing.in_section(path, section) for path in paths)

    if found := [each for each in members if belongs(each)]:
        return found
    known = sorted({entry.section[-1] for each in members for _, entry in each.places if entry.section})
    raise ConfigError(f"there is no section {section!r}; {did_you_mean(section, known)}")


def last_run(config: Config, now: datetime = datetime.max) -> Run | None:
    """Return the record of the last run up to now, `None` where there is none."""
    store, snapshots = tracked.store_of(config)

    def last(session: Session) -> tuple[Run, ...]:
        loading.load(session, snapshots)
        return reading.runs(session, now, 1)

    found = store.run(last)
    return found[0] if found else None

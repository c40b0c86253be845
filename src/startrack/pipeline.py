"""The stages joined: a snapshot reads, counts, records; a build reports, renders, publishes."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

from startrack import chronicle, files, listing, publish
from startrack.config import Config, ListConfig
from startrack.errors import BlockError, ConfigError, NetworkError, SourceError, StartrackError
from startrack.github import counting, identity
from startrack.github.client import Client
from startrack.happened import HORIZON, Event, Seen
from startrack.models import CalendarWeek, Counted, List, Missing, Observation, Project, Reason, Report, Run, Window
from startrack.past import Chronicle, Level, Retained
from startrack.render import digest, downloads, formats, pages, rankings, tables
from startrack.store import happenings, loading, parquet, reading
from startrack.store.begun import begun
from startrack.store.database import Database, Session
from startrack.store.snapshots import Snapshots
from startrack.trends import calendar, events, health, projects, retained, sections, windows
from startrack.trends.ranking import By, rank, typical_stars

__all__ = [
    "Built",
    "Ranking",
    "Taken",
    "build",
    "chosen",
    "last_run",
    "list_names",
    "locate",
    "published",
    "read_lists",
    "report",
    "snapshot",
    "store_of",
    "summary",
    "trending",
]

_RUNS_SHOWN = 30
# Every repository's details are asked for at least once a week; one more week makes up for lost runs.
_DETAILS_AGE = timedelta(days=14)
_MANIFEST = ".startrack-files"
_EPOCH = datetime(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Taken:
    """What a snapshot brought: its record, what it saw, what became of names, and what went wrong on the way."""

    run: Run
    seen: tuple[Observation, ...]
    news: tuple[identity.News, ...]
    problems: tuple[str, ...]

    @property
    def missing(self) -> tuple[Missing, ...]:
        """The repositories that were not counted."""
        return tuple(each for each in self.seen if isinstance(each, Missing))


@dataclass(frozen=True, slots=True)
class Built:
    """What a build changed on disk (or, when checking, would change), and the number of files it is made of."""

    changed: tuple[Path, ...]
    total: int


# ── Lists ────────────────────────────────────────────────────────────────────────────────────────────────


def chosen(config: Config, sources: Sequence[str]) -> Config:
    """Return the configuration with its lists narrowed to the sources given: names, sources, or new ones.

    It says what to count; what is published is the whole. Raises ConfigError where neither the command line nor
    the configuration names a list.
    """
    if not sources:
        if not config.lists:
            raise ConfigError(
                'no list to read: name one, as in `startrack update README.md`, or add [[lists]] source = "…"'
            )
        return config
    known = {key: each for each in config.lists for key in (each.source, each.name) if key}
    return config.model_copy(update={"lists": tuple(known.get(source) or _new(config, source) for source in sources)})


def published(config: Config, counted: Config) -> Config:
    """Return the configuration of what to publish: its lists and those just counted; all ever, where it names none."""
    if not config.lists:
        return config
    return config.model_copy(update={"lists": tuple(dict.fromkeys([*config.lists, *counted.lists]))})


def _new(config: Config, source: str) -> ListConfig:
    # A source on the command line starts at the working folder, not at the configuration's.
    path = Path(source)
    if config.root != Path() and _exists(path):
        source = str(path.resolve())
    return ListConfig(source=source)


def read_lists(config: Config, client: Client) -> tuple[list[List], list[StartrackError]]:
    """Return the lists that could be read, and the error of each that could not.

    Raises ConfigError where two lists have one name.
    """
    found: list[List] = []
    problems: list[StartrackError] = []
    for wanted in config.lists:
        try:
            found.append(_read_list(config, wanted, client))
        except (SourceError, NetworkError, BlockError) as error:
            problems.append(error)
    names = [each.name for each in found]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise ConfigError(f"two lists are named {twice!r}; set a name for each in [[lists]]")
    return found, problems


def _read_list(config: Config, wanted: ListConfig, client: Client) -> List:
    source = locate(config, wanted)
    match source:
        case listing.FileSource(path=path):
            data = _read_file(config.root / path)
        case listing.UrlSource(url=url):
            data = client.fetch(url)
        case listing.GitHubSource(repo=repo, path=path):
            data = client.read_list(repo, path)
    data = publish.without_blocks(data, str(source))
    found = listing.parse(data, name=_name(config, wanted), source=str(source), label=wanted.label)
    if not wanted.sections and not wanted.exclude:
        return found
    return listing.select(found, sections=wanted.sections, exclude=wanted.exclude)


def locate(config: Config, wanted: ListConfig) -> listing.Source:
    """Return where a list of the configuration is read from. Raises SourceError."""
    return listing.locate(wanted.source, exists=lambda path: _exists(config.root / path))


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # too long a name, or one with a NUL in it
        return False


def _name(config: Config, wanted: ListConfig) -> str:
    return wanted.name or listing.default_name(locate(config, wanted))


def list_names(config: Config) -> list[str]:
    """Return the names of the configuration's lists."""
    return [_name(config, each) for each in config.lists]


def _read_file(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise SourceError(
            f"there is no file {path}; check the path, or write OWNER/NAME for a list on GitHub"
        ) from error
    except IsADirectoryError as error:
        raise SourceError(f"{path} is a folder; name the list's file in it, such as {path / 'README.md'}") from error
    except (OSError, ValueError) as error:
        raise SourceError(f"cannot read {path}: {getattr(error, 'strerror', error)}; check its permissions") from error


# ── Snapshot ─────────────────────────────────────────────────────────────────────────────────────────────


def snapshot(
    config: Config, client: Client, started_at: datetime, clock: Callable[[], datetime], progress: counting.Progress
) -> Taken:
    """Count every project of the lists once and record it: in the day file, then in the database.

    The database is closed while GitHub is asked. Raises StartrackErrors of every stage.
    """
    store, snapshots = store_of(config)
    began = clock()
    found, unreadable = read_lists(config, client)
    with store.session() as session:
        loading.load(session, snapshots)
        known = reading.known(session)
        last = reading.runs(session, started_at, 1)
        gone = {each.asked.lower(): each for _, each in reading.missing(session, started_at)}
        memory = counting.Memory(last[0] if last else None, gone, begun(session, known, started_at, snapshots.every))
        unread = _unread(session, config, found, started_at)
    if unreadable and not found and not unread:
        raise unreadable[0]
    names = _names([*found, *unread])
    tally = counting.count(client, names, known, started_at.date(), memory, progress)
    problems = [*map(str, unreadable), *client.tokens.problems, *_failures(tally)]
    run = _run(started_at, started_at + (clock() - began), tally, client)
    with store.session() as session:
        # Holding the database is what keeps two runs from writing the same files at once.
        loading.load(session, snapshots)
        files.write(snapshots.drafts(run, tally.seen, found), durable=True)
        loading.load(session, snapshots)
    return Taken(run, tally.seen, identity.told(tally.seen, known), tuple(problems))


def _failures(tally: counting.Tally) -> list[str]:
    """Return what of a pass is worth a look: that it ended early, and which projects GitHub failed on."""
    failed = [each.asked for each in tally.seen if isinstance(each, Missing) and each.reason is Reason.FAILED]
    told = [f"GitHub gave no answer for {', '.join(failed)}"] if failed else []
    return [*([tally.stopped] if tally.stopped else []), *told]


def store_of(config: Config) -> tuple[Database, Snapshots]:
    """Return the database and the folder of a configuration."""
    return Database(config.database), Snapshots(config.snapshots_folder, config.snapshots.every)


def _unread(session: Session, config: Config, found: Iterable[List], at: datetime) -> list[List]:
    """Return the lists that could not be read this time, as they stood when they last could."""
    read = {each.name for each in found}
    wanted = set(list_names(config)) - read
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


# ── Report and build ─────────────────────────────────────────────────────────────────────────────────────


def report(config: Config, as_of: datetime | None, *, with_history: bool, extra: Sequence[Window] = ()) -> Report:
    """Return all that is known at an instant, by default at the last count (1970 where there is none).

    Lists are those of the configuration, and all that were ever read where it names none. History is left
    out unless asked for; `extra` windows are added to the configured ones.
    """
    store, snapshots = store_of(config)
    with store.session() as session:
        loading.load(session, snapshots)
        at = as_of or reading.last_take(session) or _EPOCH
        rows = _rows(session, config, at, extra)
        history = reading.history(session, rows.as_of) if with_history else {}
        levels, unfit, whole = _lines(session, rows.as_of) if with_history else ({}, {}, frozenset[int]())
        churn = reading.churn(session, rows.as_of.date()) if with_history else {}
        bursts = reading.bursts(session, health.reach(rows.as_of), rows.as_of) if with_history else {}
        takeovers = reading.takeovers(session, rows.as_of)
        starred = reading.first_stars(session) if with_history else {}
        runs = reading.runs(session, rows.as_of, _RUNS_SHOWN)
        weeks = _weeks(session, config, rows) if with_history else ()
        seen = happenings.seen(session, rows.as_of) if with_history else None
    lists = tuple(each for each, _ in rows.lists)
    assembled = projects.assemble(rows)
    return Report(
        as_of=rows.as_of,
        title=config.dashboards.title,
        lists=lists,
        windows=tuple(rows.baselines),
        projects=assembled,
        history=history,
        momentum=sections.momentum(lists, assembled, tuple(rows.baselines)),
        runs=runs,
        retained=levels,
        unfit=unfit,
        churn=churn,
        chronicle=chronicle.gather(store, config.root, lists, rows.as_of, whole) if with_history else Chronicle(),
        events=_events(seen, rows, assembled) if seen is not None else (),
        weeks=weeks,
        bursts=bursts,
        takeovers=takeovers,
        base_url=config.dashboards.base_url,
        starred=starred,
    )


def _events(seen: Iterable[Seen], rows: projects.Rows, assembled: Iterable[Project]) -> tuple[Event, ...]:
    names = {repo_id: each.name for repo_id, (each, _, _) in rows.repositories.items()}
    return events.assemble(seen, (each for each, _ in rows.lists), assembled, names, rows.as_of - HORIZON)


def _weeks(session: Session, config: Config, rows: projects.Rows) -> tuple[CalendarWeek, ...]:
    """Return the last weeks in which anything is known to have changed."""
    found = (CalendarWeek(monday, ()) for monday in calendar.last_weeks(rows.as_of))
    told = (replace(week, projects=_projects_of(session, config, week, rows)) for week in found)
    return tuple(week for week in told if calendar.is_known(week.projects))


def _projects_of(session: Session, config: Config, week: CalendarWeek, rows: projects.Rows) -> tuple[Project, ...]:
    """Return the projects as their lists named them on a week's last day, each with the week's change."""
    return projects.assemble(
        projects.Rows(
            as_of=week.end,
            lists=_reported(session, config, week.end - timedelta(days=1)),
            currents=reading.currents(session, week.end),
            baselines={windows.WEEK: reading.baselines(session, *windows.span(windows.WEEK, week.end))},
            weeks=(),
            leaps={},
            names={},
            repositories=rows.repositories,
            details={},
            missing=(),
        )
    )


def _lines(session: Session, at: datetime) -> tuple[dict[int, tuple[Level, ...]], dict[int, str], frozenset[int]]:
    """Return the retained stars that make a line, why others make none, and which lines are whole."""
    anchors, levels, unfit, whole = reading.anchors(session), {}, {}, set[int]()
    for repo_id, weeks in reading.retained(session).items():
        line = retained.line(weeks, anchors[repo_id], at.date())
        if isinstance(line, retained.Unfit):
            unfit[repo_id] = str(line)
        else:
            levels[repo_id] = line
            if retained.is_whole(weeks, anchors[repo_id]):
                whole.add(repo_id)
    return levels, unfit, frozenset(whole)


def _retained_gains(session: Session, spans: Iterable[Window], at: datetime) -> dict[Window, dict[int, Retained]]:
    ends = ((window, retained.span(window, at)) for window in spans)
    return {window: reading.retained_gains(session, window.days, *span) for window, span in ends if span}


def _rows(session: Session, config: Config, at: datetime, extra: Sequence[Window]) -> projects.Rows:
    spans = {window: windows.span(window, at) for window in sorted({*config.trends.windows, *extra})}
    return projects.Rows(
        as_of=at,
        lists=_reported(session, config, at),
        currents=reading.currents(session, at),
        baselines={window: reading.baselines(session, *span) for window, span in spans.items()},
        weeks=[reading.baselines(session, *span) for span in windows.week_ends(at)],
        leaps=reading.leaps(session, at - projects.SPIKE_WINDOW.span, at),
        names=reading.names(session, at),
        repositories=reading.repositories(session),
        details=reading.details(session, at - _DETAILS_AGE, at),
        missing=reading.missing(session, at),
        retained=_retained_gains(session, spans, at),
    )


def _reported(session: Session, config: Config, at: datetime) -> list[tuple[List, dict[str, int]]]:
    """Return the lists of the configuration, empty those not read yet; where it names none, all that were read."""
    found = {pair[0].name: pair for pair in reading.lists(session, at.date())}
    if not config.lists:
        return list(found.values())
    wanted = ((_name(config, each), each) for each in config.lists)
    return [
        (replace(listed, label=each.label), ids)
        for name, each in wanted
        for listed, ids in [found.get(name, (List(name, each.source, ()), {}))]
    ]


def build(config: Config, as_of: datetime | None, *, check: bool = False) -> Built:
    """Draw the dashboards and fill the README tables; with `check` only say what is out of date.

    Raises BlockError where a README's comments are not well formed, and WriteError; nothing is written then.
    """
    drawn = report(config, as_of, with_history=True)
    folder = config.dashboards_folder
    made = {f"data/{name}": content for name, content in parquet.files(downloads.tables(drawn)).items()}
    contents = {folder / path: _bytes(content) for path, content in pages.build(drawn, made).items()}
    for path in _readmes(config, drawn.lists):
        contents[path] = _filled(path, drawn, By(config.trends.sort))
    with store_of(config)[0].session():
        # Holding the database keeps two builds from writing the same files at once.
        changed = publish.place(contents, folder / _MANIFEST, check=check)
    return Built(tuple(changed), len(contents))


def _bytes(content: str | bytes) -> bytes:
    return content.encode() if isinstance(content, str) else content


def _readmes(config: Config, lists: Iterable[List]) -> list[Path]:
    """Return the files whose tables are filled: those configured, else README.md and local Markdown lists."""
    if config.readme.file is not None:
        return [config.root / path for path in config.readme.file]
    sources = [each.source for each in lists if each.source.endswith((".md", ".markdown")) and "://" not in each.source]
    return [path for name in dict.fromkeys(["README.md", *sources]) if (path := config.root / name).is_file()]


def _filled(path: Path, drawn: Report, default: By) -> bytes:
    def fill(attributes: Mapping[str, str]) -> list[str]:
        return tables.table(drawn, tables.spec(attributes, drawn, default), listing.in_section)

    text = publish.rewrite(publish.read_text(path), str(path), fill)
    return text.encode("utf-8", errors="surrogateescape")


# ── Rankings ─────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Ranking:
    """Which projects to rank, and how; `None` leaves the choice to the configuration, or everything in."""

    window: Window
    by: By | None = None
    list_name: str | None = None
    section: str | None = None
    limit: int | None = None


def trending(config: Config, asked: Ranking, as_of: datetime | None) -> formats.Rows:
    """Return the ranking as rows. Raises ConfigError where there is no such list or section."""
    drawn = report(config, as_of, with_history=False, extra=(asked.window,))
    members = _of_list(drawn, asked.list_name)
    typical = typical_stars(members)
    if asked.section is not None:
        members = _of_section(members, asked.list_name, asked.section)
    by = asked.by or By(config.trends.sort)
    ranked = rank(members, by, asked.window, typical)[: asked.limit]
    return rankings.ranking(drawn, ranked, by, asked.window, typical)


def _of_list(drawn: Report, name: str | None) -> list[Project]:
    if name is not None and name not in (known := [each.name for each in drawn.lists]):
        raise ConfigError(f"there is no list {name!r}; known are {', '.join(known) or 'none yet'}")
    return [each for each in drawn.projects if name is None or any(place == name for place, _ in each.places)]


def _of_section(members: Sequence[Project], list_name: str | None, section: str) -> list[Project]:
    def belongs(project: Project) -> bool:
        paths = [path for name, entry in project.places if list_name in (None, name) for path in entry.sections]
        return any(listing.in_section(path, section) for path in paths)

    if found := [each for each in members if belongs(each)]:
        return found
    known = sorted({entry.section[-1] for each in members for _, entry in each.places if entry.section})
    raise ConfigError(f"there is no section {section!r}; known are {', '.join(known) or 'none yet'}")


def summary(config: Config) -> str:
    """Return the last run and the movers as Markdown, for the job summary of an Actions run."""
    return digest.summary(report(config, None, with_history=False))


def last_run(config: Config) -> Run | None:
    """Return the record of the last run, `None` where there is none."""
    store, snapshots = store_of(config)
    with store.session() as session:
        loading.load(session, snapshots)
        found = reading.runs(session, datetime.max, 1)
    return found[0] if found else None

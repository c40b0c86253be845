"""A set-up looked over: what is wrong, and how to mend it. One finding never hides another."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final

from startrack import files
from startrack.config import Config, ListConfig
from startrack.dashboards import build as dashboards_build
from startrack.dashboards import folder
from startrack.errors import (
    BlockError,
    ConfigError,
    GitHubError,
    NetworkError,
    SourceError,
    StartrackError,
    StoreError,
    TokenError,
    WriteError,
)
from startrack.github import rest
from startrack.github.client import Client
from startrack.github.tokens import Token, Tokens
from startrack.lists import sources
from startrack.model.diagnostics import ApiBudget, Check, Diagnosis, FailingRepository
from startrack.model.durations import DAY
from startrack.model.history import FetchOutcome, RepositoryHistory, Series
from startrack.model.repository import Reason
from startrack.model.runs import Run
from startrack.readme import blocks
from startrack.store import day_files, queries, sync
from startrack.store.database import DamagedError, Session
from startrack.store.queries import failing
from startrack.store.snapshots import Snapshots
from startrack.trends import gaps
from startrack.wording import dates, figures, phrases, reasons
from startrack.workflows import build, lists

__all__ = [
    "run",
]


_RUNS_SHOWN = 10
_TIMES = 3
_NAMED = 5
_MOST_RUNS = 100_000
_STANDINGS: Final = ("whole", "begun", "never asked for", "not offered", "gone", "failed")
_README = "correct its comments, or name another in [readme] file"
_UNREAD = "write OWNER/NAME or an address on GitHub there, or remove what is no project"
_UPDATE = "run `startrack update`, with the list's file where no configuration names it"

_REMEDIES: Final = {
    Reason.NOT_FOUND: "correct or remove its line in the list, or name it in the list's `exclude`",
    Reason.DMCA: "remove its line from the list, or name it in the list's `exclude`",
    Reason.TOS: "remove its line from the list, or name it in the list's `exclude`",
    Reason.SAML: "authorize the token for its organisation's single sign-on, or add one that is",
    Reason.MOVED: "write its new name into the list",
    Reason.FAILED: "see whether github.com shows it; each run asks again",
    Reason.NOT_ASKED: "give runs more to spend: a longer --max-wait, or more tokens in STARTRACK_TOKENS",
}


def run(config: Config, file: Path | None, connect: Callable[[], Client], at: datetime) -> Diagnosis:
    """Return what is found of the configuration, its lists, tokens, store and files, and of the runs so far.

    `file` is where the configuration was read from. The database is brought in step with its files, as by every
    report. Raises none of our errors: what cannot be looked at is a finding.
    """
    lists = (_list(config, each, connect) for each in config.lists)
    stored = _stored(config, at)
    checks = (
        *(_configuration(config, file), *lists, *_github(connect, config.github.reserve), *stored.checks),
        *(*_readmes(config), _dashboards(config)),
    )
    return Diagnosis(checks, stored.runs)


def _of_error(name: str, error: StartrackError | str, otherwise: str) -> Check:
    """Return an error, or its text, as a finding: most say what to do behind their last semicolon."""
    detail, _, remedy = str(error).rpartition("; ")
    return Check(name, detail, remedy) if detail else Check(name, remedy, otherwise)


# ── Configuration ────────────────────────────────────────────────────────────────────────────────────────


def _configuration(config: Config, file: Path | None) -> Check:
    if file is None:
        return Check("configuration", "there is no file: all is as by default, and lists are named with each command")
    return Check("configuration", f"{file} names {figures.count(len(config.lists), 'list')}")


def _list(config: Config, wanted: ListConfig, connect: Callable[[], Client]) -> Check:
    name = f"list {wanted.name or wanted.source}"
    try:
        source = lists.locate(config, wanted)
    except SourceError as error:
        return _of_error(name, error, "correct its source")
    if not isinstance(source, sources.FileSource):
        return Check(name, f"{source}, read by each run")
    try:
        listed = lists.read_list(config, wanted, connect)
    except StartrackError as error:
        return _of_error(name, error, "correct the list")
    detail = f"{config.root / source.path} names {figures.count(len(listed.entries), 'project')}"
    if listed.other_hosts:
        detail += f"; not counted: {phrases.other_hosts(listed.other_hosts)}"
    if listed.unread:
        return Check(name, f"{detail}; {phrases.unread_lines(listed.unread)}", _UNREAD)
    return Check(name, detail)


# ── What a build writes ──────────────────────────────────────────────────────────────────────────────────


def _readmes(config: Config) -> Iterator[Check]:
    """Return how the tables are of each README and list that has any."""
    try:
        paths = build.readmes(config, _local_sources(config))
    except WriteError as error:
        yield _of_error("readme", error, _README)
        return
    for path in paths:
        try:
            number = len(blocks.parse(files.read(path), str(path)).blocks)
        except (BlockError, WriteError) as error:
            yield _of_error(f"readme {path}", error, _README)
        else:
            if number:
                yield Check(f"readme {path}", f"{figures.count(number, 'table')} to fill")


def _local_sources(config: Config) -> Iterator[str]:
    for each in config.lists:
        with suppress(SourceError):  # told beside its list
            source = lists.locate(config, each)
            if isinstance(source, sources.FileSource):
                yield source.path


def _dashboards(config: Config) -> Check:
    """Return whether anything keeps the pages from being written, as far as it is known without drawing them."""
    try:
        manifest = folder.read_manifest(config.dashboards_folder)
        manifest.check_unedited(dashboards_build.ALWAYS_WRITTEN)
    except WriteError as error:
        return _of_error("dashboards", error, "name another folder in [dashboards] folder")
    number = figures.count(len(manifest.digests), "file")
    return Check("dashboards", f"{config.dashboards_folder} holds {number} of startrack's; nothing is in the way")


# ── GitHub ───────────────────────────────────────────────────────────────────────────────────────────────


def _github(connect: Callable[[], Client], reserve: int) -> Iterator[Check]:
    """Ask for each token by itself what is left of it; without a network once is enough."""
    try:
        with connect() as client:
            for token in client.tokens.every:
                with replace(client, tokens=Tokens([token])) as alone:
                    yield _token(alone, token, reserve)
                    client.ahead = alone.ahead
            yield from _clock(client)
    except NetworkError as error:
        yield _of_error("github", error, "check the network")
    except TokenError as error:
        yield _of_error("token", error, "set it anew")
    except ConfigError as error:
        yield _of_error("github", error, "correct it")


def _clock(client: Client) -> Iterator[Check]:
    """Return that this machine's clock is wrong, where GitHub says so."""
    ahead = timedelta(seconds=client.ahead or 0.0)
    if abs(ahead) > DAY:
        now = client.now()
        told = f"this machine's says {dates.instant(now - ahead)}, GitHub's {dates.instant(now)}"
        yield Check("clock", told, "set it right: nothing is recorded until then")


def _token(client: Client, token: Token, reserve: int) -> Check:
    """Return what GitHub says of a token. Raises NetworkError."""
    name = token.label if token.is_anonymous else f"token {token.label}"
    try:
        allowances = rest.fetch_budgets(client)
    except NetworkError:
        raise
    except TokenError as error:
        return _of_error(name, ", ".join(client.tokens.problems) or error, "set it anew")
    except (GitHubError, ConfigError) as error:
        return _of_error(name, error, "run again later")
    if token.is_anonymous:
        return _budget(name, [each for each in allowances if each.resource == "core"], 0)
    return _budget(name, allowances, reserve)


def _budget(name: str, allowances: Sequence[ApiBudget], reserve: int) -> Check:
    if not allowances:
        return Check(name, "this GitHub counts no calls")
    detail = f"GitHub says: {', '.join(map(_left, allowances))}"
    if all(each.remaining > reserve for each in allowances):
        return Check(name, detail)
    kept = f", {reserve} being kept in reserve" if reserve else ""
    return Check(name, f"{detail}{kept}", "run again after that, or add tokens in STARTRACK_TOKENS")


def _left(each: ApiBudget) -> str:
    what = {"core": "REST calls", "graphql": "GraphQL points"}[each.resource]
    return f"{each.remaining:,} of {each.limit:,} {what} left until {dates.instant(each.reset)}"


# ── Store ────────────────────────────────────────────────────────────────────────────────────────────────


def _stored(config: Config, at: datetime) -> Diagnosis:
    """Return what is found of the files, and of the database where there is one or would be."""
    store, snapshots = lists.open_store(config)
    try:
        paths = snapshots.paths()
    except StoreError as error:
        return Diagnosis((_of_error("day files", error, "name a folder in [snapshots] folder"),))
    if not paths and not config.database.exists():
        return Diagnosis((Check("day files", "nothing has been counted yet", _UPDATE),))
    day_files = _day_files(paths, at.date())
    blocked = [_of_error("file", error, "move it away") for error in snapshots.obstacles()]
    try:
        stored = store.run(lambda session: _examined(session, config, snapshots, paths, at))
    except (StoreError, WriteError) as error:
        wrong = _of_error("database", error, "name another in [snapshots] database")
        return Diagnosis((wrong, *_broken(snapshots, paths), *blocked, day_files))
    database, broken, ahead, known = stored
    return Diagnosis((database, *broken, *blocked, day_files, *ahead, *known.checks), known.runs)


def _examined(
    session: Session,
    config: Config,
    snapshots: Snapshots,
    paths: Collection[Path],
    at: datetime,
) -> tuple[Check, list[Check], list[Check], Diagnosis]:
    """Return how the database is, the files that keep it behind, those that are dated ahead, and what runs left."""
    database, broken = _database(session, config.database, snapshots, paths)
    known = _known(session, config, at)
    ahead = [] if broken else list(_ahead(session, snapshots, paths, at + DAY))
    return database, broken, ahead, known


def _database(session: Session, path: Path, snapshots: Snapshots, paths: Collection[Path]) -> tuple[Check, list[Check]]:
    """Bring the database in step and return how it is; beside it the files that keep it from being so."""
    behind = sync.changed_files(session, snapshots)
    number, there = len(paths), len({*behind} & {*paths})  # files that were removed are behind too
    schema = max(session.rows("store/migrations").column("number"))
    detail = f"{path}, {path.stat().st_size / 1e6:.1f} MB, schema {schema}, "
    try:
        sync.sync(session, snapshots)
    except DamagedError:
        raise
    except StoreError as error:
        late = f"{figures.count(there, 'file')} of {number} not loaded"
        first = _of_error("file", error, "restore it from git")
        others = (each for each in _broken(snapshots, behind) if each != first)
        return Check("database", detail + late, "mend what is said of files below"), [first, *others]
    loaded = f", {there} of them loaded just now" if there else ""
    return Check("database", f"{detail}in step with {figures.count(number, 'file')}{loaded}"), []


def _broken(snapshots: Snapshots, paths: Iterable[Path]) -> Iterator[Check]:
    """Read files to their end and return what is wrong with any."""
    for path in paths:
        for error in snapshots.faults(path):
            yield _of_error("file", error, "restore it from git")


def _ahead(session: Session, snapshots: Snapshots, paths: Iterable[Path], until: datetime) -> Iterator[Check]:
    """Return what a wrong clock dated ahead: it is kept out of reports until then, or corrected by the next run."""
    files = [str(path) for path in paths if (day := day_files.day_of(path)) and day > until.date()]
    runs = [each for each in queries.runs(session, datetime.max, _MOST_RUNS) if each.started_at > until]
    if files or runs:
        records = {f"{snapshots.folder / str(each.started_at.year)}/runs.csv" for each in runs}
        shown = ", ".join(str(snapshots.folder / each) for each in files[:_NAMED]) + (
            "…" if len(files) > _NAMED else ""
        )
        told = f"{figures.count(len(files), 'day file')} and {figures.count(len(runs), 'run')} are dated ahead of now: "
        where = f"their lines in {', '.join(sorted(records))}" if records else ""
        remedy = f"set the clock right, and delete {' and '.join(filter(None, [shown and 'these files', where]))}"
        yield Check("dates", f"{told}{shown or 'no counts'}", remedy)
    lists = [fact.list for fact in snapshots.lists().rows if fact.read_at > until]
    if lists:
        told = f"read at a time ahead of now: {', '.join(lists)}"
        yield Check("lists", told, "set the clock right, and run `startrack update`: it reads them again")


def _day_files(paths: Iterable[Path], today: date) -> Check:
    found = sorted({day for path in paths if (day := day_files.day_of(path)) and day <= today + DAY})
    if not found:
        return Check("day files", "nothing has been counted yet", _UPDATE)
    detail = f"{figures.count(len(found), 'day')}, {found[0]} to {found[-1]}"
    missed = gaps.missed_days(found, today)
    if not missed:
        return Check("day files", detail)
    spans = ", ".join(f"{each.first}" + (f" to {each.last}" if each.last > each.first else "") for each in missed)
    return Check("day files", f"{detail}; no count on {spans}", "see in the log of the schedule why no run came")


# ── What runs left ───────────────────────────────────────────────────────────────────────────────────────


def _known(session: Session, config: Config, at: datetime) -> Diagnosis:
    """Return what the database tells of the past, of the last runs, and of what they keep missing."""
    lists = _list_names(session, config, at)
    runs = queries.runs(session, at + DAY, _RUNS_SHOWN)
    past = _past([each for each in queries.histories(session, lists) if each.series is Series.STARS], at + DAY)
    failures = map(_failing, failing(session, _TIMES, lists))
    checks = (*_left_out(session, config, lists, at), past, *map(_last_run, runs[:1]), *failures)
    return Diagnosis(checks, runs)


def _list_names(session: Session, config: Config, at: datetime) -> list[str]:
    """Return the names of the configuration's lists; of all that were read, where it names none to go by."""
    try:
        names = lists.list_names(config)
    except SourceError:  # told beside its list
        names = []
    return names or [each.name for each, _ in queries.lists(session, at.date())]


def _left_out(session: Session, config: Config, names: Sequence[str], at: datetime) -> Iterator[Check]:
    """Tell what was not counted of lists when they were last read; local files were read just now."""
    local = {lists.name_of(config, each) for each in config.lists if _is_local(config, each)}
    for listed, _ in queries.lists(session, at.date()):
        if listed.name in names and listed.name not in local and listed.other_hosts:
            yield Check(f"list {listed.name} when last read", f"not counted: {phrases.other_hosts(listed.other_hosts)}")


def _is_local(config: Config, wanted: ListConfig) -> bool:
    try:
        return isinstance(lists.locate(config, wanted), sources.FileSource)
    except SourceError:  # told beside its list
        return False


def _past(pasts: Sequence[RepositoryHistory], until: datetime) -> Check:
    numbers = Counter(map(_standing, pasts))
    told = ", ".join(f"{numbers[standing]:,} {standing}" for standing in _STANDINGS if numbers[standing])
    detail = f"star history of {figures.count(len(pasts), 'project')}: {told or 'none was counted yet'}"
    failed = [each.name for each in pasts if each.outcome is FetchOutcome.FAILED]
    if ahead := sum(each.fetched_at is not None and each.fetched_at > until for each in pasts):
        return Check(
            "past",
            f"{detail}; {ahead:,} fetched ahead of now",
            "run `startrack backfill`: it asks for them again",
        )
    if not failed:
        return Check("past", detail)
    more = f" and {len(failed) - _NAMED} more" if len(failed) > _NAMED else ""
    named = f"{', '.join(failed[:_NAMED])}{more}"
    return Check("past", f"{detail} ({named})", "run `startrack backfill`: it asks for them again")


def _standing(past: RepositoryHistory) -> str:
    if past.outcome in (FetchOutcome.FAILED, FetchOutcome.NOT_OFFERED, FetchOutcome.GONE):
        return past.outcome.value
    if past.outcome is None:
        return "never asked for"
    return "whole" if past.is_whole else "begun"


def _last_run(run: Run) -> Check:
    detail = f"{dates.instant(run.started_at)}: {run.status}, {run.counted:,} of {run.asked:,} counted"
    match run.status:
        case "done":
            return Check("last run", detail)
        case "partial":
            return Check("last run", detail, "run `startrack update`: it goes on with what is missing")
        case _:
            return Check("last run", detail, "see in its log why it was killed before it wrote its record")


def _failing(each: FailingRepository) -> Check:
    counted = f"last counted {dates.day(each.counted_at)}" if each.counted_at else "never counted"
    often = f"in each of the last {each.times} counts, since {dates.day(each.since)}"
    return Check(f"missing {each.repo}", f"{reasons.short(each.reason)} {often}; {counted}", _REMEDIES[each.reason])

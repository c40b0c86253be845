"""Checks of a set-up: what is wrong, and how to fix it. Every check runs, even after one fails."""

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
from startrack.store import queries, sync
from startrack.store.database import DamagedError, Session
from startrack.store.queries import failing
from startrack.store.snapshots import Snapshots
from startrack.trends import gaps
from startrack.wording import checks as rule_texts
from startrack.wording import coverage, dates, figures, phrases, reasons
from startrack.workflows import lists, readmes

__all__ = [
    "run",
]


_RUNS_SHOWN = 10
_FAILURES = 3  # runs in a row after which a missing repository is a warning
_NAMES_SHOWN = 5
_MOST_RUNS = 100_000
_HISTORY_STATES: Final = ("complete", "incomplete", "not fetched yet", "not offered", "gone", "failed")
_README = "correct its comments, or name another file in [readme] file"
_ENDS_ITEM = "the startrack block above it ends the list item that it belongs to"
_INDENT = "indent the comments of the block like the text of that item"
_UNREAD = "write OWNER/NAME or a GitHub URL on these lines, or remove them"
_LATE = "look in the log of the schedule for the reason, and run `startrack update`"
_UPDATE = "run `startrack update`; add the list's file as an argument if no configuration names it"

_REMEDIES: Final = {
    Reason.NOT_FOUND: "correct or remove its line in the list, or add it to the list's `exclude`",
    Reason.DMCA: "remove its line from the list, or add it to the list's `exclude`",
    Reason.TOS: "remove its line from the list, or add it to the list's `exclude`",
    Reason.SAML: "authorize the token for the organisation's single sign-on, or add a token that is authorized",
    Reason.MOVED: "write its new name into the list",
    Reason.FAILED: "check whether github.com shows it; each run tries again",
    Reason.NOT_ASKED: "use a longer --max-wait, or add tokens in STARTRACK_TOKENS",
}


def run(
    config: Config, file: Path | None, connect: Callable[[], Client], at: datetime, max_age: timedelta | None = None
) -> Diagnosis:
    """Check the configuration, its lists, tokens, store, output and runs.

    `file` is the file of the configuration. A last whole run that is older than `max_age` is a warning. The database is
    updated from the files, as in every report.
    Raises no StartrackError: an error becomes a warning.
    """
    list_checks = (_check_list(config, list_config, connect) for list_config in config.lists)
    stored = _check_store(config, at, max_age)
    checks = (
        _check_configuration(config, file),
        *list_checks,
        *_check_github(connect, config.github.reserve),
        *stored.checks,
        *_check_readmes(config),
        _check_dashboards(config),
    )
    return Diagnosis(checks, stored.runs)


def _warning(name: str, error: StartrackError | str, default_remedy: str) -> Check:
    """Return an error as a warning. Most messages end with a remedy, after the last semicolon."""
    detail, _, remedy = str(error).rpartition("; ")
    return Check(name, detail, remedy) if detail else Check(name, remedy, default_remedy)


def _check_configuration(config: Config, file: Path | None) -> Check:
    if file is None:
        return Check("configuration", "no configuration file: the defaults are used, and each command names its lists")
    named = f"{file} names {figures.count(len(config.lists), 'list')}"
    if not (unknown := rule_texts.unknown_licences(config.check)):
        return Check("configuration", named)
    return _warning("configuration", f"{named}; {'; '.join(unknown)}", "correct it")


def _check_list(config: Config, list_config: ListConfig, connect: Callable[[], Client]) -> Check:
    name = f"list {list_config.name or list_config.source}"
    try:
        source = lists.locate(config, list_config)
    except SourceError as error:
        return _warning(name, error, "correct its source")
    if not isinstance(source, sources.FileSource):
        return Check(name, f"{source}, read by each run")
    try:
        listed = lists.read_list(config, list_config, connect)
    except StartrackError as error:
        return _warning(name, error, "correct the list")
    detail = f"{config.root / source.path} names {figures.count(len(listed.entries), 'project')}"
    if listed.other_hosts:
        detail += f"; not counted: {phrases.other_hosts(listed.other_hosts)}"
    if listed.unread:
        return Check(name, f"{detail}; {phrases.unread_lines(listed.unread)}", _UNREAD)
    return Check(name, detail)


def _check_readmes(config: Config) -> Iterator[Check]:
    """Yield a check for each README and list that has tables, or whose tables cannot be filled."""
    for located in readmes.locate(config, _local_sources(config)):
        if isinstance(located, WriteError):
            yield _warning("readme", located, _README)
        else:
            yield from _check_readme(located)


def _check_readme(path: Path) -> Iterator[Check]:
    name = f"readme {path}"
    try:
        readme = blocks.read(files.read(path), str(path))
    except WriteError as error:
        yield _warning(name, error, _README)
        return
    yield from (_warning(name, str(problem), _README) for problem in readme.problems)
    if readme.blocks and not readme.problems:
        yield Check(name, f"{figures.count(len(readme.blocks), 'table')} to fill")
    for line in blocks.entries_in_code(readme):
        yield Check(name, f"the entry in line {line} is code, because {_ENDS_ITEM}", _INDENT)


def _local_sources(config: Config) -> Iterator[str]:
    for list_config in config.lists:
        with suppress(SourceError):  # the check of the list reports it
            source = lists.locate(config, list_config)
            if isinstance(source, sources.FileSource):
                yield source.path


def _check_dashboards(config: Config) -> Check:
    """Check, without building the pages, whether they can be written."""
    try:
        manifest = folder.read_manifest(config.dashboards_folder)
        manifest.check_unedited(dashboards_build.ALWAYS_WRITTEN)
    except WriteError as error:
        return _warning("dashboards", error, "name another folder in [dashboards] folder")
    number = figures.count(len(manifest.digests), "file")
    return Check("dashboards", f"{config.dashboards_folder} has {number} made by startrack; all can be written")


def _check_github(connect: Callable[[], Client], reserve: int) -> Iterator[Check]:
    """Ask GitHub for the budget of each token, and for the time. A network error is reported once."""
    try:
        with connect() as client:
            for token in client.tokens.every:
                with replace(client, tokens=Tokens([token])) as single:
                    yield _check_token(single, token, reserve)
                    client.ahead = single.ahead
            yield from _check_clock(client)
    except NetworkError as error:
        yield _warning("github", error, "check the network")
    except TokenError as error:
        yield _warning("token", error, "replace it")
    except ConfigError as error:
        yield _warning("github", error, "correct it")


def _check_clock(client: Client) -> Iterator[Check]:
    """Yield a warning if this machine's clock differs from GitHub's by more than a day."""
    ahead = timedelta(seconds=client.ahead or 0.0)
    if abs(ahead) > DAY:
        now = client.now()
        detail = f"this machine's clock says {dates.instant(now - ahead)}, GitHub's {dates.instant(now)}"
        yield Check("clock", detail, "correct the clock; until then, nothing is recorded")


def _check_token(client: Client, token: Token, reserve: int) -> Check:
    """Return the budgets of a token. Raises NetworkError."""
    name = token.label if token.is_anonymous else f"token {token.label}"
    try:
        budgets = rest.fetch_budgets(client)
    except NetworkError:
        raise
    except TokenError as error:
        return _warning(name, ", ".join(client.tokens.problems) or error, "replace it")
    except (GitHubError, ConfigError) as error:
        return _warning(name, error, "run again later")
    if token.is_anonymous:
        return _check_budgets(name, [budget for budget in budgets if budget.resource == "core"], 0)
    return _check_budgets(name, budgets, reserve)


def _check_budgets(name: str, budgets: Sequence[ApiBudget], reserve: int) -> Check:
    if not budgets:
        return Check(name, "this GitHub server has no rate limit")
    detail = ", ".join(map(_budget_left, budgets))
    if all(budget.remaining > reserve for budget in budgets):
        return Check(name, detail)
    kept = f"; {reserve} are kept in reserve" if reserve else ""
    return Check(name, f"{detail}{kept}", "run again after that time, or add tokens in STARTRACK_TOKENS")


def _budget_left(budget: ApiBudget) -> str:
    unit = {"core": "REST calls", "graphql": "GraphQL points"}[budget.resource]
    return f"{budget.remaining:,} of {budget.limit:,} {unit} left until {dates.instant(budget.reset)}"


def _check_store(config: Config, at: datetime, max_age: timedelta | None) -> Diagnosis:
    """Check the files, the database, and what it records of runs and history."""
    store, snapshots = lists.open_store(config)
    try:
        paths = snapshots.paths()
    except StoreError as error:
        return Diagnosis((_warning("day files", error, "name a folder in [snapshots] folder"),))
    if not lists.has_records(config):
        return Diagnosis((Check("day files", "nothing has been counted yet", _UPDATE),))
    days = _check_days(set[date]().union(*map(snapshots.days, paths)), at.date())
    blocked = [_warning("file", error, "move it away") for error in snapshots.obstacles()]
    try:
        checked = store.run(lambda session: _check_contents(session, config, snapshots, paths, at, max_age))
    except (StoreError, WriteError) as error:
        unusable = _warning("database", error, "name another file in [snapshots] database")
        return Diagnosis((unusable, *_damaged_files(snapshots, paths), *blocked, days))
    database, damaged, ahead, recorded = checked
    return Diagnosis((database, *damaged, *blocked, days, *ahead, *recorded.checks), recorded.runs)


def _check_contents(
    session: Session,
    config: Config,
    snapshots: Snapshots,
    paths: Collection[Path],
    at: datetime,
    max_age: timedelta | None,
) -> tuple[Check, list[Check], list[Check], Diagnosis]:
    """Return the checks of the database, of damaged files, of files dated ahead, and of the recorded runs."""
    database, damaged = _check_database(session, config.database, snapshots, paths)
    recorded = _check_recorded(session, config, at, max_age)
    ahead = [] if damaged else list(_dated_ahead(session, snapshots, paths, at + DAY))
    return database, damaged, ahead, recorded


def _check_database(
    session: Session, path: Path, snapshots: Snapshots, paths: Collection[Path]
) -> tuple[Check, list[Check]]:
    """Update the database from the files; return its check, and a warning for each file that prevents it."""
    behind = sync.changed_files(session, snapshots)
    total, to_load = len(paths), len({*behind} & {*paths})  # `behind` also has files that were removed
    schema = max(session.rows("store/migrations").column("number"))
    detail = f"{path}, {path.stat().st_size / 1e6:.1f} MB, schema {schema}, "
    try:
        sync.sync(session, snapshots)
    except DamagedError:
        raise
    except StoreError as error:
        not_loaded = f"{figures.count(to_load, 'file')} of {total} not loaded"
        first = _warning("file", error, "restore it from git")
        others = (check for check in _damaged_files(snapshots, behind) if check != first)
        return Check("database", detail + not_loaded, "repair the files named below"), [first, *others]
    loaded = f", {to_load} of them loaded just now" if to_load else ""
    return Check("database", f"{detail}up to date with {figures.count(total, 'file')}{loaded}"), []


def _damaged_files(snapshots: Snapshots, paths: Iterable[Path]) -> Iterator[Check]:
    """Read whole files, and yield a warning for each error in them."""
    for path in paths:
        for error in snapshots.faults(path):
            yield _warning("file", error, "restore it from git")


def _dated_ahead(session: Session, snapshots: Snapshots, paths: Iterable[Path], until: datetime) -> Iterator[Check]:
    """Yield warnings for records that a wrong clock dated in the future; reports leave them out until then."""
    files = [str(path) for path in paths if any(day > until.date() for day in snapshots.days(path))]
    runs = [run for run in queries.runs(session, datetime.max, _MOST_RUNS) if run.started_at > until]
    if files or runs:
        run_files = {f"{snapshots.folder / str(run.started_at.year)}/runs.csv" for run in runs}
        more = "…" if len(files) > _NAMES_SHOWN else ""
        shown = ", ".join(str(snapshots.folder / file) for file in files[:_NAMES_SHOWN]) + more
        dated = f"{figures.count(len(files), 'day file')} and {figures.count(len(runs), 'run')} are dated in the future"
        run_lines = f"their lines in {', '.join(sorted(run_files))}" if run_files else ""
        to_delete = " and ".join(filter(None, [shown and "these files", run_lines]))
        yield Check("dates", f"{dated}: {shown or 'no counts'}", f"correct the clock, and delete {to_delete}")
    lists = [fact.list for fact in snapshots.lists().rows if fact.read_at > until]
    if lists:
        detail = f"read at a time in the future: {', '.join(lists)}"
        yield Check("lists", detail, "correct the clock, and run `startrack update`, which reads them again")


def _check_days(counted: Iterable[date], today: date) -> Check:
    days = sorted(day for day in counted if day <= today + DAY)
    if not days:
        return Check("day files", "nothing has been counted yet", _UPDATE)
    detail = f"{figures.count(len(days), 'day')}, {days[0]} to {days[-1]}"
    missed = gaps.missed_days(days, today)
    if not missed:
        return Check("day files", detail)
    ranges = ", ".join(f"{gap.first}" + (f" to {gap.last}" if gap.last > gap.first else "") for gap in missed)
    return Check("day files", f"{detail}; no count on {ranges}", "look in the log of the schedule for missing runs")


def _check_recorded(session: Session, config: Config, at: datetime, max_age: timedelta | None) -> Diagnosis:
    """Check the recorded history, the last runs, and the repositories that keep missing."""
    names = _list_names(session, config, at)
    runs = queries.runs(session, at + DAY, _RUNS_SHOWN)
    histories = [history for history in queries.histories(session, names) if history.series is Series.STARS]
    failures = map(_check_failing, failing(session, _FAILURES, names))
    checks = (
        *_check_entries_elsewhere(session, config, names, at),
        _check_history(histories, at + DAY),
        *_check_imports(session),
        *map(_check_last_run, runs[:1]),
        *([] if max_age is None else [_check_age(session, at, max_age)]),
        *failures,
    )
    return Diagnosis(checks, runs)


def _list_names(session: Session, config: Config, at: datetime) -> list[str]:
    """Return the names of the configured lists, or of every list that was read if none is configured."""
    try:
        names = lists.list_names(config)
    except SourceError:  # the check of the list reports it
        names = []
    return names or [stored.name for stored, _ in queries.lists(session, at.date())]


def _check_entries_elsewhere(session: Session, config: Config, names: Sequence[str], at: datetime) -> Iterator[Check]:
    """Yield which entries of remote lists were on other hosts when the list was last read."""
    local = {lists.name_of(config, list_config) for list_config in config.lists if _is_local(config, list_config)}
    for stored, _ in queries.lists(session, at.date()):
        if stored.name in names and stored.name not in local and stored.other_hosts:
            yield Check(f"list {stored.name} when last read", f"not counted: {phrases.other_hosts(stored.other_hosts)}")


def _is_local(config: Config, list_config: ListConfig) -> bool:
    try:
        return isinstance(lists.locate(config, list_config), sources.FileSource)
    except SourceError:  # the check of the list reports it
        return False


def _check_history(histories: Sequence[RepositoryHistory], until: datetime) -> Check:
    numbers = Counter(map(_history_state, histories))
    states = ", ".join(f"{numbers[state]:,} {state}" for state in _HISTORY_STATES if numbers[state])
    detail = f"star history of {figures.count(len(histories), 'project')}: {states or 'no project is counted yet'}"
    failed = [history.name for history in histories if history.outcome is FetchOutcome.FAILED]
    remedy = "run `startrack backfill`, which fetches it again"
    if ahead := sum(history.fetched_at is not None and history.fetched_at > until for history in histories):
        return Check("history", f"{detail}; {ahead:,} fetched at a time in the future", remedy)
    if not failed:
        return Check("history", detail)
    more = f" and {len(failed) - _NAMES_SHOWN} more" if len(failed) > _NAMES_SHOWN else ""
    return Check("history", f"{detail} ({', '.join(failed[:_NAMES_SHOWN])}{more})", remedy)


def _check_imports(session: Session) -> Iterator[Check]:
    """Yield how many counts are used of each source that counts were imported from."""
    imported = queries.imported(session, datetime.max, is_listed=False)
    for source, total in coverage.imported_totals(imported.values()).items():
        yield Check(f"imported {source}", total)


def _history_state(history: RepositoryHistory) -> str:
    if history.outcome in (FetchOutcome.FAILED, FetchOutcome.NOT_OFFERED, FetchOutcome.GONE):
        return history.outcome.value
    if history.outcome is None:
        return "not fetched yet"
    return "complete" if history.is_whole else "incomplete"


def _check_last_run(run: Run) -> Check:
    detail = f"{dates.instant(run.started_at)}: {run.status}, {run.counted:,} of {run.asked:,} counted"
    match run.status:
        case "done":
            return Check("last run", detail)
        case "partial":
            return Check("last run", detail, "run `startrack update`, which counts the missing projects")
        case _:
            return Check("last run", detail, "look in its log for the reason; it was killed before it wrote its record")


def _check_age(session: Session, at: datetime, max_age: timedelta) -> Check:
    """Return a warning if the last whole run is older than `max_age`; one from the future says nothing."""
    last = next((run for run in queries.runs(session, at, _MOST_RUNS) if run.is_whole), None)
    if last is None:
        return Check("age", "no run has counted every project yet", _UPDATE)
    age = at - last.started_at
    detail = f"the last whole run began {dates.instant(last.started_at)}, {figures.duration(age.total_seconds())} ago"
    return Check("age", detail, _LATE if age > max_age else "")


def _check_failing(failing: FailingRepository) -> Check:
    counted = f"last counted {dates.day(failing.counted_at)}" if failing.counted_at else "never counted"
    runs = f"in each of the last {failing.times} runs, since {dates.day(failing.since)}"
    detail = f"{reasons.short(failing.reason)} {runs}; {counted}"
    return Check(f"missing {failing.repo}", detail, _REMEDIES[failing.reason])

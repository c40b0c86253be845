"""The verdict of `check` as a table, JSON, CSV or Markdown."""

from collections.abc import Iterator, Mapping
from datetime import date

from startrack.cli import formats
from startrack.cli.formats import Cell, Format, Rows
from startrack.config import CheckConfig
from startrack.model.changes import Change
from startrack.model.checks import Level
from startrack.model.history import RetainedGain
from startrack.model.repository import Counted
from startrack.trends.gate import Candidate, Judgement, State
from startrack.trends.peers import SameAge
from startrack.wording import checks, dates, phrases
from startrack.workflows import check_report
from startrack.workflows.check import CheckResult

__all__ = ["write"]

_TABLE = ("project", "verdict", "stars", "30 days", "age", "same age", "last commit", "licence", "releases")
_REASONS = ("project", "", "rule", "why")
_RECORD = (
    *("repo", "name", "list", "title", "section", "line", "before", "after"),
    *("verdict", "failed", "warned", "unknown", "exempt"),
    *("stars", "forks", "commits", "contributors", "created_on", "age_days", "archived", "fork_of", "license"),
    *("description", "last_commit_on", "releases", "latest_release", "latest_release_on", "gain_30d", "gain_source"),
    *("same_age_percent", "same_age_others", "burst", "burst_first", "burst_last", "burst_stars", "burst_percent"),
    *("burst_after", "duplicate_of", "note"),
)


def write(result: CheckResult, rules: CheckConfig, today: date, form: Format) -> str:
    """Return the verdict in a format, without a line break at the end; a table of nothing is empty."""
    if form is Format.MARKDOWN:
        return check_report.verdict_document(result, rules, today).rstrip("\n")
    if form is Format.TABLE:
        tables = [_figures(result, today), _reasons(result, rules, today)]
        return "\n\n".join(formats.write(table, form) for table in tables if table.rows)
    records = [_record(judgement, rules, today) for judgement in result.judgements]
    return formats.write(Rows(_RECORD, [tuple(record[name] for name in _RECORD) for record in records]), form)


def _figures(result: CheckResult, today: date) -> Rows:
    return Rows(_TABLE, [_figure_cells(judgement, today) for judgement in result.judgements])


def _figure_cells(judgement: Judgement, today: date) -> tuple[Cell, ...]:
    candidate = judgement.candidate
    counted = candidate.observation
    if not isinstance(counted, Counted):
        return (candidate.asked, judgement.verdict, *[None] * 7)
    repository = counted.repository
    return (
        candidate.asked,
        judgement.verdict,
        counted.stars,
        checks.gain(candidate.gain),
        checks.age(candidate, today),
        checks.share_at_same_age(candidate.same_age),
        dates.day(repository.head_committed_on) if repository.head_committed_on else None,
        phrases.licence(repository.license) or "none",
        checks.releases(candidate),
    )


def _reasons(result: CheckResult, rules: CheckConfig, today: date) -> Rows:
    judgements = check_report.detailed(result.judgements)
    return Rows(_REASONS, [row for judgement in judgements for row in _reason_rows(judgement, rules, today)])


def _reason_rows(judgement: Judgement, rules: CheckConfig, today: date) -> Iterator[tuple[Cell, ...]]:
    """Yield a row for each rule that is broken or unknown, for the burst, and for what else is not known."""
    candidate = judgement.candidate
    for level in (Level.FAIL, Level.WARN):
        for rule in judgement.rules(State.BROKEN, level):
            yield candidate.asked, level.value, rule.value, checks.broken(rule, candidate, rules, today)
    for rule in judgement.rules(State.UNKNOWN):
        yield candidate.asked, "unknown", rule.value, checks.unknown(rule, candidate)
    for rule in judgement.rules(State.EXEMPT):
        yield candidate.asked, "exempt", rule.value, phrases.section_path(candidate.section)
    for label, text in check_report.remarks(judgement):
        yield candidate.asked, "", label.lower(), text


def _record(judgement: Judgement, rules: CheckConfig, today: date) -> Mapping[str, Cell]:
    """Return all that is known of a candidate, `None` where something is not known; `note` then says why."""
    candidate = judgement.candidate
    return {
        **_place(candidate),
        "verdict": judgement.verdict.value,
        "failed": judgement.rules(State.BROKEN, Level.FAIL),
        "warned": judgement.rules(State.BROKEN, Level.WARN),
        "unknown": judgement.rules(State.UNKNOWN),
        "exempt": judgement.rules(State.EXEMPT),
        **_counts(candidate, today),
        **_trend(candidate),
        "duplicate_of": tuple(duplicate.entry.repo for duplicate in candidate.duplicates),
        "note": "; ".join(_notes(judgement, rules, today)) or None,
    }


def _place(candidate: Candidate) -> dict[str, Cell]:
    addition = candidate.addition
    entry = addition.entry if addition else None
    before, after = (addition.before, addition.after) if addition else (None, None)
    return {
        "repo": candidate.asked,
        "name": candidate.name if isinstance(candidate.observation, Counted) else None,
        "list": candidate.list_name,
        "title": entry.title if entry else None,
        "section": entry.section if entry else None,
        "line": entry.line if entry else None,
        "before": before.title if before else None,
        "after": after.title if after else None,
    }


def _counts(candidate: Candidate, today: date) -> dict[str, Cell]:
    counted = candidate.observation if isinstance(candidate.observation, Counted) else None
    repository, details = (counted.repository, counted.details) if counted else (None, None)
    created_at = repository.created_at if repository else None
    committed_on = repository.head_committed_on if repository else None
    released_at = details.latest_release_at if details else None
    return {
        "stars": counted.stars if counted else None,
        "forks": counted.forks if counted else None,
        "commits": counted.commits if counted else None,
        "contributors": candidate.contributors,
        "created_on": dates.day(created_at.date()) if created_at else None,
        "age_days": (today - created_at.date()).days if created_at else None,
        "archived": repository.is_archived if repository else None,
        "fork_of": details.parent if details else None,
        "license": repository.license if repository else None,
        "description": repository.description if repository else None,
        "last_commit_on": dates.day(committed_on) if committed_on else None,
        "releases": details.releases if details else None,
        "latest_release": details.latest_release if details else None,
        "latest_release_on": dates.day(released_at.date()) if released_at else None,
    }


def _trend(candidate: Candidate) -> dict[str, Cell]:
    """Return gain, age percentile and burst; retained stars are told apart by `gain_source`."""
    gain, verdict, same_age = candidate.gain, candidate.burst, candidate.same_age
    source = {Change: "counts", RetainedGain: "retained"}.get(type(gain))
    best = verdict.burst if verdict else None
    return {
        "gain_30d": gain.gain if gain else None,
        "gain_source": source,
        "same_age_percent": round(same_age.percent, 1) if isinstance(same_age, SameAge) else None,
        "same_age_others": same_age.others if isinstance(same_age, SameAge) else None,
        "burst": verdict.kind.value if verdict else None,
        "burst_first": dates.day(best.first) if best else None,
        "burst_last": dates.day(best.last) if best else None,
        "burst_stars": best.stars if best else None,
        "burst_percent": round(best.percent, 1) if best else None,
        "burst_after": best.after if best else None,
    }


def _notes(judgement: Judgement, rules: CheckConfig, today: date) -> Iterator[str]:
    candidate = judgement.candidate
    for rule in judgement.rules(State.BROKEN):
        yield f"{rule}: {checks.broken(rule, candidate, rules, today)}"
    for rule in judgement.rules(State.UNKNOWN):
        yield f"{rule}: {checks.unknown(rule, candidate)}"
    for fact, reason in candidate.unknown.items():
        yield f"{fact} not known: {reason}"
    if isinstance(candidate.same_age, str):
        yield f"same age not known: {candidate.same_age}"

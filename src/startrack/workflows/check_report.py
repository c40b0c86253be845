"""The verdict about proposed additions as Markdown: for the comment on a pull request, and for the job summary."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from startrack.config import CheckConfig, Config
from startrack.dashboards.pages.project.ranks import same_age_text
from startrack.model.checks import Level, Rule
from startrack.model.history import RetainedGain
from startrack.model.repository import Counted
from startrack.readme import markdown
from startrack.runner import Runner
from startrack.trends.gate import Candidate, Fact, Judgement, State, Verdict
from startrack.wording import checks, dates, figures, phrases
from startrack.workflows.check import CheckResult
from startrack.workflows.job_summary import LineWarning, workspace_path

__all__ = ["COMMENT_MARKER", "comment", "counts_line", "detailed", "line_warnings", "remarks", "verdict_document"]

COMMENT_MARKER = "<!-- startrack:check -->"
"""What the comment on a pull request begins with: nobody sees it, and startrack finds its comment by it."""

_MOST_DETAILED = 20
_MAX_COMMENT_LENGTH = 60_000  # characters; GitHub refuses more than 65,536

_COLUMNS = ("Project", "Verdict", "Stars", "30 days", "Age", "Last commit", "Licence", "Releases")
_UNKNOWN = "n/a"


def verdict_document(result: CheckResult, rules: CheckConfig, today: date) -> str:
    """Return the verdict about all candidates: a table of figures, and what is to say about each.

    Texts of others in it notify nobody.
    """
    return "\n".join(_document(result, rules, today)) + "\n"


def comment(verdict: str) -> str:
    """Return a verdict as a comment: with the marker, and cut where GitHub would refuse it."""
    text = f"{COMMENT_MARKER}\n{verdict}"
    if len(text) <= _MAX_COMMENT_LENGTH:
        return text
    return text[:_MAX_COMMENT_LENGTH].rpartition("\n")[0] + "\n\nThe rest is cut: the text is too long for GitHub.\n"


def detailed(judgements: Sequence[Judgement]) -> Sequence[Judgement]:
    """Return the judgements of which more is said than figures: of many, only those that do not simply pass."""
    if len(judgements) <= _MOST_DETAILED:
        return judgements
    return [judgement for judgement in judgements if judgement.verdict is not Verdict.PASSES]


def counts_line(judgements: Sequence[Judgement]) -> str:
    """Return how many candidates have which verdict: `3 projects checked: 1 fails, 2 pass`."""
    if not judgements:
        return "no project was added"
    numbers = [(sum(judgement.verdict is verdict for judgement in judgements), verdict) for verdict in Verdict]
    parts = [f"{figures.number(number)} {_plural(verdict, number)}" for number, verdict in reversed(numbers) if number]
    return f"{figures.count(len(judgements), 'project')} checked: {', '.join(parts)}"


def line_warnings(result: CheckResult, config: Config, job: Runner, today: date) -> list[LineWarning]:
    """Return a warning for each entry of a file of the job's repository that breaks a rule or could not be checked."""
    return [
        LineWarning(path, addition.entry.line, f"{judgement.candidate.asked} {judgement.verdict}", text)
        for judgement in result.judgements
        if (addition := judgement.candidate.addition)
        and (text := "; ".join(_complaints(judgement, config.check, today)))
        and (path := workspace_path(config.root / (judgement.candidate.source or ""), job.workspace))
    ]


def _complaints(judgement: Judgement, rules: CheckConfig, today: date) -> Iterator[str]:
    candidate = judgement.candidate
    for rule in judgement.rules(State.BROKEN):
        yield f"{rule}: {checks.broken(rule, candidate, rules, today)}"
    for rule in judgement.rules(State.UNKNOWN, Level.FAIL):
        yield f"{rule}: not known: {checks.unknown(rule, candidate)}"


def _plural(verdict: Verdict, number: int) -> str:
    if number == 1:
        return verdict
    return {Verdict.PASSES: "pass", Verdict.WARNS: "pass with warnings", Verdict.FAILS: "fail"}.get(verdict, verdict)


def _document(result: CheckResult, rules: CheckConfig, today: date) -> Iterator[str]:
    yield "## Check of proposed additions"
    line = counts_line(result.judgements)
    yield from ("", f"{line[0].upper()}{line[1:]}.")
    for problem in result.problems:
        yield from ("", f"**Not checked:** {markdown.silent(problem)}.")
    if result.judgements:
        yield from ("", *_table(result.judgements, today))
    if any(isinstance(judgement.candidate.gain, RetainedGain) for judgement in result.judgements):
        yield from ("", "≈: by the days on which today's stars were given; stars that were taken back are not seen.")
    if result.elsewhere:
        yield from ("", f"Not looked at: {markdown.silent(phrases.other_hosts(result.elsewhere))}.")
    for judgement in detailed(result.judgements):
        yield from ("", *_details(judgement, rules, today))
    if not result.has_history:
        yield from ("", "Nothing has been counted here yet, so there is nothing to compare the projects with.")


def _table(judgements: Iterable[Judgement], today: date) -> Iterator[str]:
    yield f"| {' | '.join(_COLUMNS)} |"
    yield "| :-- | :-- | --: | --: | --: | --: | :-- | :-- |"
    for judgement in judgements:
        candidate = judgement.candidate
        cells = (_link(candidate), f"**{judgement.verdict}**", *_figures(candidate, today))
        yield f"| {' | '.join(cells)} |"


def _figures(candidate: Candidate, today: date) -> Iterator[str]:
    counted = candidate.observation
    if not isinstance(counted, Counted):
        yield from [_UNKNOWN] * 6
        return
    repository = counted.repository
    yield figures.number(counted.stars)
    yield checks.gain(candidate.gain) or _UNKNOWN
    yield checks.age(candidate, today) or _UNKNOWN
    yield dates.day(repository.head_committed_on) if repository.head_committed_on else _UNKNOWN
    yield markdown.silent(phrases.licence(repository.license) or "none")
    yield markdown.silent(checks.releases(candidate) or _UNKNOWN)


def _details(judgement: Judgement, rules: CheckConfig, today: date) -> Iterator[str]:
    """Yield what breaks a rule first, then what the maintainer may want to know."""
    candidate = judgement.candidate
    yield f"### {_name(candidate)} {judgement.verdict}"
    yield ""
    for level, word in ((Level.FAIL, "Fails"), (Level.WARN, "Warning")):
        for rule in judgement.rules(State.BROKEN, level):
            yield f"- **{word}** `{rule}`: {markdown.silent(checks.broken(rule, candidate, rules, today))}"
    for rule in judgement.rules(State.UNKNOWN):
        yield f"- **Not known** `{rule}`: {markdown.silent(checks.unknown(rule, candidate))}"
    if exempt := judgement.rules(State.EXEMPT):
        yield f"- Exempt in this section: {phrases.joined([f'`{rule}`' for rule in exempt])}"
    for label, text in remarks(judgement):
        yield f"- {label}: {markdown.silent(text)}"


def remarks(judgement: Judgement) -> Iterator[tuple[str, str]]:
    """Yield what a maintainer may want to know besides figures and rules, each with a label."""
    candidate = judgement.candidate
    if candidate.addition:
        yield "Entry", _place(candidate)
    if isinstance(candidate.observation, Counted):
        if candidate.name != candidate.asked:
            yield "Name today", candidate.name
        if flags := _flags(candidate, candidate.observation):
            yield "On GitHub", phrases.joined(flags)
        if description := candidate.observation.repository.description:
            yield "Description on GitHub", phrases.clipped(description, 200)
        if candidate.same_age is not None:
            yield "Stars at the same age", same_age_text(candidate.same_age)
        if candidate.burst and judgement.states.get(Rule.BURST) is not State.BROKEN:
            yield "Burst", checks.burst(candidate.burst)
    for fact, reason in candidate.unknown.items():
        if fact not in (Fact.BURST, Fact.CONTRIBUTORS, Fact.RELEASE_NUMBER):
            yield f"Not known, {fact}", reason


def _flags(candidate: Candidate, counted: Counted) -> list[str]:
    repository, original = counted.repository, candidate.original
    listed = f" (in line {figures.number(original.line)})" if original else ""
    flags = {
        phrases.fork_of(counted.details) + listed: repository.is_fork,
        "a mirror": repository.is_mirror,
        "disabled by GitHub": repository.is_disabled,
        "locked": repository.is_locked,
    }
    return [flag for flag, is_set in flags.items() if is_set]


def _place(candidate: Candidate) -> str:
    """Return where the entry of a candidate is: its line, its section, and its neighbours."""
    addition = candidate.addition
    if addition is None:
        return ""
    place = f"{candidate.source}, line {figures.number(addition.entry.line)}"
    section = phrases.clipped(phrases.section_path(addition.entry.section), 100)
    beside = checks.neighbours(candidate)
    return f"{place}, in {section}" + (f", {beside}" if beside else ", with no other entry")


def _name(candidate: Candidate) -> str:
    return markdown.silent(phrases.clipped(candidate.asked, 140))


def _link(candidate: Candidate) -> str:
    return f"[{_name(candidate)}]({phrases.github_url(candidate.asked)})"

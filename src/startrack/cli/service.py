"""The runs of a schedule: each counts, builds and reports; a failure is reported once, not with every run."""

import os
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING

from startrack import cron, hooks
from startrack.cli import client_factory, messages, options
from startrack.cli.options import MAX_WAIT, Settings
from startrack.config import Config, Hook, ScheduleConfig
from startrack.errors import StartrackError
from startrack.model.totals import Totals
from startrack.stopping import Stop, StoppedError
from startrack.workflows import lists, update
from startrack.workflows.attempts import Attempt, Result

if TYPE_CHECKING:
    from startrack.workflows.update import StageResult

__all__ = ["Reports", "Service"]

_NUMBER = re.compile(r"[0-9][0-9.,:]*")
_MAX_ITEMS, _MAX_PROBLEM_LENGTH = 50, 1_000
_AGAIN = "it is tried again after a minute, then less often, at least once an hour; this is not said again"


@dataclass(slots=True)
class Reports:
    """The problems of the last run; those that the run before it had as well are not said again."""

    settings: Settings
    _problems: frozenset[str] = frozenset()
    _failed: int = 0

    def say(self, problems: Sequence[str], *, has_failed: bool) -> bool:
        """Report the problems of a run unless they are those of the last one, and that a run works after failures.

        Return whether the problems differ from those of the last run.
        """
        # Figures differ with each run: the minutes until a limit ends, the number of a process.
        alike = frozenset(_NUMBER.sub("…", problem) for problem in problems)
        is_new, self._problems = alike != self._problems, alike
        if is_new:
            messages.say_problems(problems)
        if has_failed and is_new:
            self.settings.say(f"the run failed; {_AGAIN}")
        if self._failed and not has_failed:
            self.settings.say(f"the run works again, after {self._failed:,} that failed")
        self._failed = self._failed + 1 if has_failed else 0
        return is_new


@dataclass(slots=True)
class Service:
    """The task of the scheduler; `config` is the configuration that the next run uses.

    `has_run` is whether there was ever a whole run: before the first one, no run was due.
    """

    settings: Settings
    config: Config
    has_run: bool = False
    stop: Stop = field(default_factory=Stop)
    totals: Totals = field(default_factory=lambda: Totals(dict.fromkeys(map(str, Result), 0)))
    reports: Reports = field(init=False)
    _hook_problem: str | None = None

    def __post_init__(self) -> None:
        """Report nothing yet."""
        self.reports = Reports(self.settings)

    def run(self) -> bool:
        """Run one update, report it, and return whether it failed. An error does not end the schedule."""
        attempt = self._update(self.config)
        self.totals = _add(self.totals, attempt)
        if attempt.result is Result.STOPPED:
            self.settings.say("the run was stopped; what it counted is kept, and the next run continues")
            return False
        is_new = self.reports.say(attempt.problems, has_failed=attempt.has_failed)
        schedule = self.config.schedule
        hook = schedule.on_failure if attempt.has_failed else schedule.on_success
        if hook and (is_new or not attempt.has_failed):
            self._call(hook, attempt)
        return attempt.has_failed

    def _call(self, hook: Hook, attempt: Attempt) -> None:
        """Call a hook with how a run ended. A problem of the hook is reported, once, and changes nothing else."""
        caller = hooks.Caller(
            self.config.root,
            hooks.environment(os.environ),
            self.config.schedule.hook_timeout,
            version("startrack"),
            self.stop,
            hooks.secrets(os.environ),
        )
        with suppress(StoppedError):
            problem = caller.call(hook, _payload(attempt, self.totals.failures))
            if problem and problem != self._hook_problem:
                messages.say_problems([f"[schedule] {'on_failure' if attempt.has_failed else 'on_success'}: {problem}"])
            self._hook_problem = problem

    def reload(self) -> ScheduleConfig | None:
        """Read the configuration again; a wrong one is reported and refused."""
        try:
            config = self.settings.load()
            if self.config.lists:  # a service that only serves needs none
                config = lists.select(config, [])
            cron.upcoming(config.schedule, datetime.now(UTC), 1)
        except StartrackError as error:
            messages.say_problems([f"{error}; the old configuration stays"])
            return None
        self.config = config
        return config.schedule

    def _update(self, config: Config) -> Attempt:
        """Run an update; it ends after the stage during which the process is asked to end."""
        began, stages = options.now(), []
        due = cron.last_due(cron.trigger(config.schedule), began) if self.has_run else None
        error, client = None, None

        def on_stage(result: "StageResult") -> None:
            messages.say_stage(self.settings, config, result)
            stages.append(result)
            self.stop.check()

        try:
            with client_factory.create(config, MAX_WAIT, self.stop) as client:
                messages.say_no_token(self.settings, client)
                listener = update.Listener(messages.progress(self.settings), on_stage)
                update.run(config, config, client, None, options.now, listener, due=due)
                self.has_run = True
        except StartrackError as raised:
            error = raised
        requests, budgets = (client.requests, client.tokens.budgets()) if client else (0, {})
        return Attempt(began, options.now(), tuple(stages), error, requests, budgets)


def _payload(attempt: Attempt, failures: int) -> dict[str, object]:
    """Return what a hook gets. `text` has no names that others chose: chats would read them as commands."""
    counts = attempt.counts
    run = counts.run if counts else None
    event = "failure" if attempt.has_failed else "success"
    counted = f"{run.counted:,} of {run.asked:,} projects counted" if run else "nothing was counted"
    missing = counts.missing[:_MAX_ITEMS] if counts else ()
    return {
        "event": event,
        "text": f"startrack: {event} ({attempt.result}), {counted}",
        "result": str(attempt.result),
        "began_at": f"{attempt.began_at.isoformat()}Z",
        "ended_at": f"{attempt.ended_at.isoformat()}Z",
        "asked": run and run.asked,
        "counted": run and run.counted,
        "missing": run and run.missing,
        "missing_projects": [{"repo": project.asked, "reason": str(project.reason)} for project in missing],
        "requests": attempt.requests,
        "problems": [problem[:_MAX_PROBLEM_LENGTH] for problem in attempt.problems[:_MAX_ITEMS]],
        "failed_runs_in_a_row": failures,
        "version": version("startrack"),
    }


def _add(totals: Totals, attempt: Attempt) -> Totals:
    """Return the totals with one more run."""
    result = str(attempt.result)
    return Totals(
        runs={**totals.runs, result: totals.runs[result] + 1},
        requests=totals.requests + attempt.requests,
        seconds=totals.seconds + (attempt.ended_at - attempt.began_at).total_seconds(),
        failures=totals.failures + 1 if attempt.has_failed else 0,
        budgets=attempt.budgets or totals.budgets,
    )

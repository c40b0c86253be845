"""Figures for Prometheus, in its text format; the only module that imports prometheus-client."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric, SummaryMetricFamily
from prometheus_client.registry import Collector

from startrack.model.runs import Run
from startrack.model.totals import Totals

__all__ = ["CONTENT_TYPE", "Figures", "render"]

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Figures:
    """All that is shown. Times are naive UTC; `missing` has the projects without a count by reason.

    `sizes` are the bytes of the store by its parts. `totals` is `None` in a process that runs nothing.
    """

    version: str
    last: Run | None
    whole: Run | None
    missing: Mapping[str, int]
    sizes: Mapping[str, int]
    next_run: datetime | None
    is_healthy: bool
    totals: Totals | None = None


def render(figures: Figures) -> bytes:
    """Return the figures in the text format of Prometheus."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Families(figures))
    return generate_latest(registry)


@dataclass(frozen=True, slots=True, eq=False)  # a registry keeps collectors as keys
class _Families(Collector):
    figures: Figures

    def collect(self) -> Iterator[Metric]:
        """Yield the families, each with its figures."""
        figures = self.figures
        yield _by_label("startrack_info", "The version of startrack.", "version", {figures.version: 1})
        yield _gauge("startrack_healthy", "Whether /healthz answers with status 200.", int(figures.is_healthy))
        yield from _times(figures)
        if figures.last:
            yield from _last_run(figures.last)
        yield _by_label(
            "startrack_missing_projects", "Projects without a count in the last period.", "reason", figures.missing
        )
        yield _by_label("startrack_store_bytes", "The size of the store.", "part", figures.sizes)
        if figures.totals:
            yield from _totals(figures.totals)


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(name, text, value)


def _by_label(name: str, text: str, label: str, values: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(name, text, labels=[label])
    for key, value in values.items():
        family.add_metric([key], value)
    return family


def _times(figures: Figures) -> Iterator[Metric]:
    times = {
        "startrack_last_run_timestamp_seconds": ("When the last run began.", figures.last and figures.last.started_at),
        "startrack_last_whole_run_timestamp_seconds": (
            "When the last run began that requested every project.",
            figures.whole and figures.whole.started_at,
        ),
        "startrack_next_run_timestamp_seconds": ("When the next run is due.", figures.next_run),
    }
    for name, (text, instant) in times.items():
        if instant:
            yield _gauge(name, text, instant.replace(tzinfo=UTC).timestamp())


def _last_run(run: Run) -> Iterator[Metric]:
    values = {
        "startrack_last_run_asked_projects": ("Projects of the last run.", run.asked),
        "startrack_last_run_counted_projects": ("Projects that the last run counted.", run.counted),
        "startrack_last_run_missing_projects": ("Projects that the last run did not count.", run.missing),
        "startrack_last_run_requests": ("Requests of the last run for counting.", run.requests),
        "startrack_last_run_waited_seconds": ("How long the last run waited for limits of GitHub.", run.waited),
        "startrack_last_run_counting_seconds": (
            "How long the last run counted.",
            (run.finished_at - run.started_at).total_seconds(),
        ),
    }
    yield from (_gauge(name, text, value) for name, (text, value) in values.items() if value is not None)


def _totals(totals: Totals) -> Iterator[Metric]:
    runs = CounterMetricFamily("startrack_runs", "Runs since the start of the process.", labels=["result"])
    for result, number in totals.runs.items():
        runs.add_metric([result], number)
    yield runs
    yield CounterMetricFamily(
        "startrack_requests", "Requests to GitHub since the start of the process.", totals.requests
    )
    yield SummaryMetricFamily(
        "startrack_run_duration_seconds",
        "Whole runs, with history and pages, since the start of the process.",
        count_value=sum(totals.runs.values()),
        sum_value=totals.seconds,
    )
    yield _gauge("startrack_failed_runs_in_a_row", "Failed runs since the last one that worked.", totals.failures)
    yield _by_label(
        "startrack_budget_remaining",
        "What all tokens together had left of their hourly budgets after the last run.",
        "resource",
        totals.budgets,
    )

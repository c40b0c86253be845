"""What a service says of itself over HTTP: its health as JSON, and its figures for Prometheus."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib.metadata import version

from startrack import cron, metrics
from startrack.cli import options
from startrack.config import Config
from startrack.errors import StoreError
from startrack.model.runs import Run
from startrack.model.totals import Totals
from startrack.server import Content
from startrack.workflows import lists, store_status

__all__ = ["Monitor"]

# A run may wait for GitHub's limits for a quarter of an hour, and build pages after that.
_GRACE = timedelta(hours=1)
_OK, _UNAVAILABLE = 200, 503


@dataclass(slots=True)
class Monitor:
    """Looks at the files of a configuration, and at the runs of this process if it has any.

    `config` gives the configuration that is in use now. `next_run` gives when this process runs next; without it, the
    next run is that of the cron line. Threads of the server use it.
    """

    config: Callable[[], Config]
    next_run: Callable[[], datetime | None] | None = None
    totals: Callable[[], Totals] | None = None
    _reader: store_status.StatusReader = field(init=False, default_factory=store_status.StatusReader)

    @property
    def content(self) -> Content:
        """All that is served."""
        return Content(lambda: self.config().dashboards_folder, self.health, self.metrics)

    def health(self) -> tuple[int, Mapping[str, object]]:
        """Return the HTTP status and the health; the status is 503 unless pages of a recent whole run are there."""
        config, now = self.config(), options.now()
        try:
            status = self._reader.status(lists.open_store(config)[1], now)
        except StoreError as error:
            return _UNAVAILABLE, {"status": "unreadable", "problem": str(error)}
        state = _state(config, status, now)
        next_run = self._next_run(config)
        health: dict[str, object] = {
            "status": state,
            "last_run": status.last and _described(status.last),
            "last_whole_run": status.whole and _text(status.whole.started_at),
            "next_run": next_run and _text(next_run),
        }
        if self.totals:
            health["failed_runs_in_a_row"] = self.totals().failures
        return _OK if state == "ok" else _UNAVAILABLE, health

    def metrics(self) -> tuple[str, bytes]:
        """Return the media type and the text of the figures; those of a store that cannot be read are left out."""
        config, now = self.config(), options.now()
        store, snapshots = lists.open_store(config)
        try:
            status, sizes = self._reader.status(snapshots, now), store_status.sizes(snapshots, store)
        except StoreError:
            status, sizes = store_status.StoreStatus(None, None, {}), {}
        figures = metrics.Figures(
            version=version("startrack"),
            last=status.last,
            whole=status.whole,
            missing={str(reason): number for reason, number in status.missing.items()},
            sizes=sizes,
            next_run=self._next_run(config),
            is_healthy=_state(config, status, now) == "ok",
            totals=self.totals() if self.totals else None,
        )
        return metrics.CONTENT_TYPE, metrics.render(figures)

    def _next_run(self, config: Config) -> datetime | None:
        """Return when the next run is due, a naive UTC time."""
        if self.next_run:
            next_run = self.next_run()
        else:
            next_run = next(cron.trigger(config.schedule).runs(datetime.now(UTC)), None)
        return next_run and next_run.astimezone(UTC).replace(tzinfo=None)


def _state(config: Config, status: store_status.StoreStatus, now: datetime) -> str:
    if status.whole is None:
        return "no run yet"
    if cron.is_overdue(cron.trigger(config.schedule), status.whole.started_at, now - _GRACE):
        return "stale"
    return "ok" if (config.dashboards_folder / "index.html").is_file() else "not built yet"


def _described(run: Run) -> dict[str, object]:
    return {
        "started_at": _text(run.started_at),
        "finished_at": _text(run.finished_at),
        "result": run.status,
        "asked": run.asked,
        "counted": run.counted,
        "missing": run.missing,
    }


def _text(instant: datetime) -> str:
    return f"{instant.isoformat(timespec='seconds')}Z"

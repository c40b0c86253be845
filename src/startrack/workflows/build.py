"""A build: pages, feeds, downloads and README tables, unless nothing has changed since the last build.

This module imports little, because a build that changes nothing should take no time. `full_build` has the rest.
"""

from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from startrack.config import Config
from startrack.dashboards import folder
from startrack.model.diagnostics import FileProblem
from startrack.store.snapshots import Snapshots
from startrack.workflows import build_record

if TYPE_CHECKING:
    from startrack.model.report import SiteReport
    from startrack.workflows import full_build

__all__ = [
    "BuildResult",
    "run",
]


@dataclass(frozen=True, slots=True)
class BuildResult:
    """The files that a build changed (or would change, with `check`), the number of all its files, and the report.

    `report` is `None` if nothing has changed since the last build: then none was made. `readme_problems` are about
    blocks that keep their text, because they cannot be filled, and `unread` about READMEs that cannot be read.
    `warnings` are about files that are near a limit; they are no problems yet.
    """

    files: folder.FolderChanges
    total: int
    report: "SiteReport | None" = None
    readme_problems: tuple[FileProblem, ...] = ()
    unread: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def changed(self) -> tuple[Path, ...]:
        """Every file that was written or removed."""
        return (*self.files.written, *self.files.removed)

    @property
    def problems(self) -> tuple[str, ...]:
        """What was left out: blocks and READMEs that stay as they were, and edited files that are not removed."""
        edited = (f"{path} is no longer built; it was edited, so startrack keeps it" for path in self.files.edited)
        return (*map(str, self.readme_problems), *self.unread, *self.files.failed, *edited)


def run(config: Config, as_of: datetime | None, now: datetime = datetime.max, *, check: bool = False) -> BuildResult:
    """Build the dashboards and fill the README tables; with `check`, only report what is out of date.

    Without `as_of`, the report is that of the last run up to `now`. Builds wait for each other before they create the
    report, so that an older report never replaces the files of a newer one. Raises WriteError; nothing is written then.
    """
    snapshots = Snapshots(config.snapshots_folder, config.snapshots.every)
    with nullcontext() if check else snapshots.build_lock():
        inputs, last = build_record.inputs(config, snapshots, as_of), build_record.read(snapshots)
        if inputs and last and last.is_current(config, inputs, now):
            unchanged = folder.FolderChanges((), (), ())
            return BuildResult(unchanged, last.total, readme_problems=last.readme_problems, unread=last.unread)
        # Its imports take longer than a build that changes nothing.
        from startrack.workflows import full_build  # noqa: PLC0415

        if not check:
            build_record.forget(snapshots)
        built = full_build.run(config, as_of, now, check=check)
        if inputs and not check and (readmes := full_build.filled_readmes(config, built)) is not None:
            build_record.save(snapshots, _record(config, inputs, built, readmes))
    return BuildResult(
        built.changes,
        built.total,
        built.report,
        built.readmes.problems,
        built.readmes.unread,
        full_build.size_warnings(built),
    )


def _record(
    config: Config, inputs: dict[str, str], built: "full_build.FullBuild", readmes: dict[str, tuple[str, str] | None]
) -> build_record.BuildRecord:
    return build_record.BuildRecord(
        inputs=inputs,
        as_of=built.report.as_of,
        later_run=built.report.later_run,
        readmes=readmes,
        readme_problems=built.readmes.problems,
        unread=built.readmes.unread,
        manifest=folder.manifest_digest(config.dashboards_folder),
        total=built.total,
    )

"""A build in full: create the report, and write everything that is made from it or, on an error, nothing."""

import gc
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Final

from startrack import files
from startrack.config import Config
from startrack.dashboards import build, data_files, folder, second_process
from startrack.errors import WriteError
from startrack.model.report import SiteReport
from startrack.store import parquet
from startrack.workflows import readmes
from startrack.workflows.build_record import readme_states
from startrack.workflows.readmes import ReadmeReports, Readmes
from startrack.workflows.report import create_site_report

__all__ = ["FullBuild", "filled_readmes", "run", "size_warnings"]


# With fewer, a second process takes longer to start than it saves.
_MANY_PROJECTS: Final = 250


@dataclass(frozen=True, slots=True)
class FullBuild:
    """The files that a build changed, the number of all its files, and the report.

    `readmes` are the files that have tables, with the functions that filled these from `readme_reports`.
    """

    changes: folder.FolderChanges
    total: int
    report: SiteReport
    readmes: Readmes
    readme_reports: ReadmeReports


def run(config: Config, as_of: datetime | None, now: datetime, *, check: bool) -> FullBuild:
    """Create the report and write the files that differ; with `check`, only find them.

    A block of a README that cannot be filled, or a README that cannot be read or written, stops nothing else. Raises
    WriteError; nothing is written then.
    """
    with _few_collections():
        report = create_site_report(config, as_of, now)
        readme_reports = ReadmeReports(config, report)
        opened = readmes.open_readmes(readme_reports)
        names = list(map(str, opened.changes))
        is_large = len(report.projects) >= _MANY_PROJECTS and (os.cpu_count() or 1) > 1
        output = folder.Output(config.dashboards_folder, check=check) if is_large else None
        with closing(build.build_files(report, lambda: _parquet_files(report), output)) as built:
            contents = _encoded(chain(built, readmes.chart_files(readme_reports, opened)), on_file=names.append)
            changed = folder.write_folder(
                config.dashboards_folder, contents, opened.changes, check=check, on_failed=opened.note_failed
            )
    return FullBuild(changed, len(names), report, opened, readme_reports)


@contextmanager
def _few_collections() -> Iterator[None]:
    """Look for reference cycles more seldom until the block ends."""
    thresholds = gc.get_threshold()
    gc.set_threshold(*second_process.GC_THRESHOLDS)
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)


def _parquet_files(report: SiteReport) -> dict[str, bytes]:
    return {f"data/{name}": data for name, data in parquet.files(data_files.table_rows(report)).items()}


def _encoded(
    contents: Iterable[tuple[str, str | bytes] | folder.Staged], on_file: Callable[[str], object]
) -> Iterator[tuple[str, bytes] | folder.Staged]:
    """Yield the files with their content as bytes, and call `on_file` with the name of each."""
    for file in contents:
        if isinstance(file, folder.Staged):
            on_file(file.name)
            yield file
        else:
            name, content = file
            on_file(name)
            yield name, content.encode() if isinstance(content, str) else content


def size_warnings(built: FullBuild) -> tuple[str, ...]:
    """Return a warning for each README with blocks whose end GitHub cuts off, or soon would."""
    return tuple(filter(None, map(_size_warning, built.readmes.changes)))


def _size_warning(path: Path) -> str | None:
    try:
        return readmes.size_warning(str(path), len(files.read(path)))
    except WriteError:  # somebody has removed it during the build
        return None


def filled_readmes(config: Config, built: FullBuild) -> dict[str, tuple[str, str] | None] | None:
    """Return the states of all files that may have tables; `None` if somebody has edited one since the build."""
    names = readmes.candidates(config, (listed.source for listed in built.report.lists))
    states = readme_states(config, names)
    try:
        changes = readmes.open_readmes(built.readme_reports).changes
        is_filled = changes.keys() == built.readmes.changes.keys() and not any(
            files.differs(path, change(files.read(path))) for path, change in changes.items()
        )
    except WriteError:
        return None
    return states if is_filled and readme_states(config, names) == states else None

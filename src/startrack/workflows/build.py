"""A build: write the pages, feeds, downloads and README tables of a report. Either all files are written or none."""

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from startrack import files
from startrack.config import Config
from startrack.dashboards import build, data_files, folder
from startrack.model.report import SiteReport
from startrack.readme import blocks, tables
from startrack.readme.blocks import Readme
from startrack.store import parquet
from startrack.trends.ranking import RankBy
from startrack.workflows import lists
from startrack.workflows.report import create_site_report

__all__ = [
    "BuildResult",
    "find_readmes",
    "run",
]


@dataclass(frozen=True, slots=True)
class BuildResult:
    """The files that a build changed (or would change, with `check`), the number of all its files, and the report."""

    files: folder.FolderChanges
    total: int
    report: SiteReport

    @property
    def changed(self) -> tuple[Path, ...]:
        """Every file that was written or removed."""
        return (*self.files.written, *self.files.removed)

    @property
    def problems(self) -> tuple[str, ...]:
        """A warning for each file that is not removed because somebody edited it."""
        return tuple(f"{path} is no longer built; it was edited, so startrack keeps it" for path in self.files.edited)


def run(config: Config, as_of: datetime | None, now: datetime = datetime.max, *, check: bool = False) -> BuildResult:
    """Build the dashboards and fill the README tables; with `check`, only report what is out of date.

    Without `as_of`, the report is that of the last run up to `now`. Builds wait for each other before they create the
    report, so that an older report never replaces the files of a newer one. Raises BlockError if the comments in a
    README are malformed, and WriteError; nothing is written then.
    """
    with nullcontext() if check else lists.open_store(config)[1].build_lock():
        report = create_site_report(config, as_of, now)
        parquet_files = {f"data/{name}": data for name, data in parquet.files(data_files.table_rows(report)).items()}
        contents = {path: _to_bytes(content) for path, content in build.build(report, parquet_files).items()}
        readmes = dict(_readme_changes(config, report))
        changes = folder.write_folder(config.dashboards_folder, contents, readmes, check=check)
    return BuildResult(changes, len(contents) + len(readmes), report)


def _to_bytes(content: str | bytes) -> bytes:
    return content.encode() if isinstance(content, str) else content


def find_readmes(config: Config, sources: Iterable[str]) -> list[Path]:
    """Return the files to look for tables in: those configured, else README.md and the local Markdown lists.

    Raises WriteError if one is a link to a file outside the project.
    """
    if config.readme.file is not None:
        paths = [config.root / path for path in config.readme.file]
    else:
        names = ["README.md", *(source for source in sources if source.endswith((".md", ".markdown")))]
        local_paths = (config.root / name for name in names if "://" not in name)
        paths = [path for path in local_paths if path.is_file()]
    by_real_path: dict[str, Path] = {}
    for path in paths:
        by_real_path.setdefault(os.path.realpath(path), blocks.resolve(path, config.root))
    return list(by_real_path.values())


def _readme_changes(config: Config, report: SiteReport) -> Iterator[tuple[Path, files.Change]]:
    """Yield each README that has tables, with the function that fills them."""

    def fill(attributes: Mapping[str, str]) -> list[str]:
        return tables.render(report, tables.parse_spec(attributes, report, RankBy(config.trends.sort)))

    def change(readme: Readme) -> files.Change:
        return lambda data: readme.updated(data).filled(fill)

    for path in find_readmes(config, (listed.source for listed in report.lists)):
        readme = blocks.parse(files.read(path), str(path))
        if readme.blocks:
            yield path, change(readme)

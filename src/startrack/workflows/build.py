"""A build: the report is drawn as pages, feeds and README tables, all of them written or none."""

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
from startrack.workflows import lists, report

__all__ = [
    "BuildResult",
    "readmes",
    "run",
]


@dataclass(frozen=True, slots=True)
class BuildResult:
    """What a build changed on disk (or, when checking, would), of how many files it is made, and its report."""

    placed: folder.FolderChanges
    total: int
    report: SiteReport

    @property
    def changed(self) -> tuple[Path, ...]:
        """Every file that was written or removed."""
        return (*self.placed.written, *self.placed.removed)

    @property
    def problems(self) -> tuple[str, ...]:
        """What is worth a look: files that are left to whoever edited them."""
        edited = self.placed.edited
        return tuple(f"{path} is no longer built, but was edited: startrack keeps it" for path in edited)


# ── Build ────────────────────────────────────────────────────────────────────────────────────────────────


def run(config: Config, as_of: datetime | None, now: datetime = datetime.max, *, check: bool = False) -> BuildResult:
    """Draw the dashboards and fill the README tables; with `check` only say what is out of date.

    Without an `as_of` they speak for the last run that does not lie after `now`.
    Builds wait for each other from their reports on, so that none replaces a newer one's files by older figures.
    Raises BlockError where a README's comments are not well formed, and WriteError; nothing is written then.
    """
    with nullcontext() if check else lists.open_store(config)[1].build_lock():
        drawn = report.site_report(config, as_of, now)
        made = {f"data/{name}": content for name, content in parquet.files(data_files.table_rows(drawn)).items()}
        contents = {path: _bytes(content) for path, content in build.build(drawn, made).items()}
        changes = dict(_readme_changes(config, drawn))
        placed = folder.write_folder(config.dashboards_folder, contents, changes, check=check)
    return BuildResult(placed, len(contents) + len(changes), drawn)


def _bytes(content: str | bytes) -> bytes:
    return content.encode() if isinstance(content, str) else content


def readmes(config: Config, sources: Iterable[str]) -> list[Path]:
    """Return the files whose tables are filled: those configured, else README.md and the local Markdown lists.

    Raises WriteError where one is a link that leads out of the project.
    """
    if config.readme.file is not None:
        paths = [config.root / path for path in config.readme.file]
    else:
        names = ["README.md", *(source for source in sources if source.endswith((".md", ".markdown")))]
        local = (config.root / name for name in names if "://" not in name)
        paths = [path for path in local if path.is_file()]
    one_each: dict[str, Path] = {}
    for path in paths:
        one_each.setdefault(os.path.realpath(path), blocks.resolve(path, config.root))
    return list(one_each.values())


def _readme_changes(config: Config, report: SiteReport) -> Iterator[tuple[Path, files.Change]]:
    """Yield each README that has tables, with the function that fills them."""

    def fill(attributes: Mapping[str, str]) -> list[str]:
        return tables.render(report, tables.parse_spec(attributes, report, RankBy(config.trends.sort)))

    def change(readme: Readme) -> files.Change:
        return lambda data: readme.updated(data).filled(fill)

    for path in readmes(config, (listed.source for listed in report.lists)):
        readme = blocks.parse(files.read(path), str(path))
        if readme.blocks:
            yield path, change(readme)

"""The files in which a build fills tables: the README and the lists."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path
from typing import Final
from urllib.parse import quote

from startrack import files
from startrack.config import Config
from startrack.dashboards.charts import readme_charts
from startrack.dashboards.site import Site, build_site
from startrack.errors import BlockError
from startrack.model.cadence import Cadence
from startrack.model.changes import RankBy
from startrack.model.report import SiteReport
from startrack.readme import blocks, charts, kinds
from startrack.readme.blocks import Readme
from startrack.readme.context import ChartSubject, Context
from startrack.workflows.report import create_period_reports

__all__ = ["ReadmeReports", "candidates", "chart_files", "find_readmes", "readme_changes", "size_warning"]

_CUT: Final = 512_000  # bytes of a README that GitHub shows
_WARNED_FROM: Final = 0.9


def size_warning(name: str, size: int) -> str | None:
    """Return a warning about a README of so many bytes if GitHub cuts off its end, or soon would."""
    if size < _WARNED_FROM * _CUT:
        return None
    fate = "shows only the first" if size > _CUT else "would cut it at"
    return f"{name} has {size:,} bytes; GitHub {fate} {_CUT:,}; limit its tables, or put counts into fewer sections"


def candidates(config: Config, sources: Iterable[str]) -> list[str]:
    """Return the files that may have tables: those configured, else README.md and the local Markdown lists.

    They are relative to the folder of the configuration, and need not exist.
    """
    if config.readme.file is not None:
        return list(map(str, config.readme.file))
    names = ["README.md", *(source for source in sources if source.endswith((".md", ".markdown")))]
    return [name for name in names if "://" not in name]


def find_readmes(config: Config, sources: Iterable[str]) -> list[Path]:
    """Return the files to look for tables in: those of `candidates` that exist or are configured, each once.

    Raises WriteError if one is a link to a file outside the project.
    """
    paths = [config.root / name for name in candidates(config, sources)]
    if config.readme.file is None:
        paths = [path for path in paths if path.is_file()]
    by_real_path: dict[str, Path] = {}
    for path in paths:
        by_real_path.setdefault(os.path.realpath(path), blocks.resolve(path, config.root))
    return list(by_real_path.values())


@dataclass(frozen=True)
class ReadmeReports:
    """What blocks are filled from: the newest report, and that of the first run of the period of each cadence.

    The reports of a cadence are created when a block asks for them, and once.
    """

    config: Config
    newest: SiteReport

    def of(self, cadence: Cadence) -> tuple[SiteReport, SiteReport]:
        """Return the report of the first run of the period, and the newest one; they may be the same object."""
        if cadence not in self._reports:
            self._reports[cadence] = create_period_reports(self.config, self.newest, cadence)
        return self._reports[cadence]

    @property
    def settings(self) -> kinds.Settings:
        """When blocks change that do not say so themselves."""
        return kinds.Settings(self.config.readme.cadence, self.config.readme.min_change)

    @property
    def sort(self) -> RankBy:
        """The ranking of the configuration."""
        return RankBy(self.config.trends.sort)

    def site(self, report: SiteReport) -> Site:
        """Return the site of one of the reports, built once."""
        if id(report) not in self._sites:
            self._sites[id(report)] = build_site(report)
        return self._sites[id(report)]

    @cached_property
    def _sites(self) -> dict[int, Site]:
        return {}

    @cached_property
    def _reports(self) -> dict[Cadence, tuple[SiteReport, SiteReport]]:
        return {}


def readme_changes(reports: ReadmeReports) -> Iterator[tuple[Path, files.Change]]:
    """Yield each README that has tables, with the function that fills them."""
    config = reports.config

    def change(path: Path, readme: Readme) -> files.Change:
        def chart_address(subject: ChartSubject) -> str:
            return _relative_url(
                config.dashboards_folder / readme_charts.block_chart_path(reports.site(reports.newest), subject),
                path.parent,
            )

        @cache
        def contexts(cadence: Cadence) -> tuple[Context, Context]:
            first, newest = reports.of(cadence)
            context = Context(newest, reports.sort, readme.is_awesome, chart_address)
            return context if first is newest else replace(context, report=first), context

        offers = kinds.Offers(contexts, reports.settings)
        return lambda data: readme.updated(data).settled(offers.of)

    for path, readme in _readmes(config, reports.newest):
        yield path, change(path, readme)


def _readmes(config: Config, report: SiteReport) -> Iterator[tuple[Path, Readme]]:
    for path in find_readmes(config, (listed.source for listed in report.lists)):
        readme = blocks.parse(files.read(path), str(path))
        if readme.blocks:
            yield path, readme


def _relative_url(target: Path, folder: Path) -> str:
    """Return the relative URL from a folder to a file. Raises BlockError where there is none."""
    try:
        relative = os.path.relpath(os.path.realpath(target), os.path.realpath(folder))
    except ValueError as error:  # on Windows, another drive
        raise BlockError(
            f"{target} is on another drive than the README; set [dashboards] folder to one near"
        ) from error
    return quote(Path(relative).as_posix())


def chart_files(reports: ReadmeReports) -> Iterator[tuple[str, str]]:
    """Yield the path below the dashboards folder, and the SVG, of every chart that a block shows. Raises BlockError.

    It is the chart of the first run of the block's period, or that of today where that run had no such project.
    """
    found = (block for _, readme in _readmes(reports.config, reports.newest) for block in readme.blocks)
    svgs: dict[str, str] = {}
    for settings, block in (reports.settings.of(block) for block in found if block.kind == "chart"):
        first, newest = (Context(report, reports.sort) for report in reports.of(settings.cadence))
        if kinds.is_unlisted(block, newest):
            continue
        try:
            subject = charts.subject(block.attributes, first)
            report = first.report
        except BlockError:
            subject = charts.subject(block.attributes, newest)
            report = newest.report
        svgs = {**dict(readme_charts.render_block_charts(reports.site(report), [subject])), **svgs}
    yield from svgs.items()

"""The files in which a build fills tables: the README and the lists."""

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path
from typing import Final
from urllib.parse import quote

from startrack import files
from startrack.config import Config
from startrack.dashboards import folder
from startrack.dashboards.charts import readme_charts
from startrack.dashboards.site import Site, build_site
from startrack.errors import BlockError, WriteError
from startrack.lists import edits
from startrack.lists.sources import file_suffix
from startrack.model.cadence import Cadence
from startrack.model.changes import RankBy
from startrack.model.diagnostics import FileProblem
from startrack.model.report import SiteReport
from startrack.readme import blocks, charts, kinds
from startrack.readme.blocks import Readme
from startrack.readme.context import ChartSubject, Context
from startrack.readme.markers import Block
from startrack.workflows.report import create_period_reports

__all__ = [
    "ReadmeChange",
    "ReadmeReports",
    "Readmes",
    "candidates",
    "chart_files",
    "find_readmes",
    "locate",
    "offers",
    "open_readmes",
    "size_warning",
]

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
    names = ["README.md", *(source for source in sources if file_suffix(source) in edits.MARKDOWN)]
    return [name for name in names if "://" not in name]


def locate(config: Config, sources: Iterable[str]) -> list[Path | WriteError]:
    """Return the files to look for tables in: those of `candidates` that exist or are configured, each once.

    In the place of a link to a file outside the project is the error.
    """
    paths = [config.root / name for name in candidates(config, sources)]
    if config.readme.file is None:
        paths = [path for path in paths if path.is_file()]
    by_real_path: dict[str, Path] = {}
    for path in paths:
        by_real_path.setdefault(os.path.realpath(path), path)
    return [_resolved(path, config.root) for path in by_real_path.values()]


def _resolved(path: Path, root: Path) -> Path | WriteError:
    try:
        return blocks.resolve(path, root)
    except WriteError as error:
        return error


def find_readmes(config: Config, sources: Iterable[str]) -> list[Path]:
    """Return the files of `locate`. Raises WriteError if one is a link to a file outside the project."""
    return [_checked(located) for located in locate(config, sources)]


def _checked(located: Path | WriteError) -> Path:
    if isinstance(located, WriteError):
        raise located
    return located


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


class ReadmeChange:
    """Fills the blocks of a README with its bytes; `readme` and `problems` are those of the last bytes.

    `has_failed` is set for a README that cannot be written, so that it stays as it is.
    """

    def __init__(self, readme: Readme, offers: kinds.Offers) -> None:
        self.readme, self.problems, self.has_failed = readme, readme.problems, False
        self._offers = offers

    def __call__(self, data: bytes) -> bytes:
        """Return the bytes with all blocks filled but those that are problems."""
        self.readme = self.readme.updated(data)
        filled = self.readme.settled(self._offers.of)
        self.problems = filled.problems
        return filled.data


@dataclass(frozen=True, slots=True)
class Readmes:
    """The READMEs that have blocks, each with its change, and what is wrong with files that cannot be read."""

    changes: Mapping[Path, ReadmeChange]
    unread: tuple[str, ...]

    @property
    def problems(self) -> tuple[FileProblem, ...]:
        """What is wrong with blocks, as of the last time that they were filled."""
        return tuple(problem for change in self.changes.values() for problem in change.problems)

    def note_failed(self, path: Path) -> None:
        """Note that a README cannot be written."""
        self.changes[path].has_failed = True


def open_readmes(reports: ReadmeReports) -> Readmes:
    """Read the READMEs. One that cannot be read stops none of the others."""
    changes: dict[Path, ReadmeChange] = {}
    unread: list[str] = []
    for located in locate(reports.config, (listed.source for listed in reports.newest.lists)):
        try:
            path = _checked(located)
            readme = blocks.read(files.read(path), str(path))
        except WriteError as error:
            unread.append(str(error))
        else:
            if readme.blocks or readme.problems:
                changes[path] = ReadmeChange(readme, offers(reports, path, readme))
    return Readmes(changes, tuple(unread))


def offers(reports: ReadmeReports, path: Path, readme: Readme) -> kinds.Offers:
    """Return what the blocks of a README may show; `path` is that of the file."""

    def chart_address(subject: ChartSubject) -> str:
        chart = readme_charts.block_chart_path(reports.site(reports.newest), subject)
        return _relative_url(reports.config.dashboards_folder / chart, path.parent)

    @cache
    def contexts(cadence: Cadence) -> tuple[Context, Context]:
        first, newest = reports.of(cadence)
        context = Context(newest, reports.sort, readme.is_awesome, chart_address)
        return context if first is newest else replace(context, report=first), context

    return kinds.Offers(contexts, reports.settings)


def _relative_url(target: Path, folder: Path) -> str:
    """Return the relative URL from a folder to a file. Raises BlockError where there is none."""
    try:
        relative = os.path.relpath(os.path.realpath(target), os.path.realpath(folder))
    except ValueError as error:  # on Windows, another drive
        raise BlockError(
            f"{target} is on another drive than the README; set [dashboards] folder to one near"
        ) from error
    return quote(Path(relative).as_posix())


def chart_files(reports: ReadmeReports, readmes: Readmes) -> Iterator[tuple[str, str | bytes]]:
    """Yield the path below the dashboards folder, and the SVG, of every chart that a block shows.

    It is the chart of the first run of the block's period, or that of today where that run had no such project. The
    READMEs must be filled before: charts that a block shows which could not be filled stay as they are.
    """
    shown = (block for change in readmes.changes.values() for block in change.readme.blocks if block.kind == "chart")
    svgs: dict[str, str] = {}
    for block in shown:
        for path, svg in _charts(reports, block):
            svgs.setdefault(path, svg)
    yield from svgs.items()
    yield from ((path, content) for path, content in _kept_charts(reports.config, readmes) if path not in svgs)


def _charts(reports: ReadmeReports, block: Block) -> Iterable[tuple[str, str]]:
    """Return the paths and SVGs of the chart of a block; none if the block cannot be filled."""
    try:
        settings, block = reports.settings.of(block)
        first, newest = (Context(report, reports.sort) for report in reports.of(settings.cadence))
        if kinds.is_unlisted(block, newest):
            return ()
        today = charts.subject(block.attributes, newest)
    except BlockError:
        return ()
    try:
        subject, report = charts.subject(block.attributes, first), first.report
    except BlockError:
        subject, report = today, newest.report
    return readme_charts.render_block_charts(reports.site(report), [subject])


def _kept_charts(config: Config, readmes: Readmes) -> Iterator[tuple[str, bytes]]:
    """Yield the charts of earlier builds that a README still shows, or may show if it is unread.

    These are READMEs with problems, and those that cannot be written.
    """
    texts = [change.readme.data for change in readmes.changes.values() if change.problems or change.has_failed]
    for name in folder.read_manifest(config.dashboards_folder).digests if texts or readmes.unread else ():
        path = config.dashboards_folder / name
        is_shown = readmes.unread or any(quote(name).encode() in text for text in texts)
        if name.startswith(readme_charts.BLOCK_CHARTS) and is_shown and files.is_file(path):
            yield name, files.read(path)

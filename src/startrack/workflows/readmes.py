"""The files in which a build fills tables: the README and the lists."""

import os
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Final
from urllib.parse import quote

from startrack import files
from startrack.config import Config
from startrack.dashboards.charts import readme_charts
from startrack.dashboards.site import build_site
from startrack.errors import BlockError
from startrack.model.changes import RankBy
from startrack.model.report import SiteReport
from startrack.readme import blocks, charts, kinds
from startrack.readme.blocks import Block, Readme
from startrack.readme.context import ChartSubject, Context

__all__ = ["candidates", "chart_files", "find_readmes", "readme_changes", "size_warning"]

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


def readme_changes(config: Config, report: SiteReport) -> Iterator[tuple[Path, files.Change]]:
    """Yield each README that has tables, with the function that fills them."""
    site = cache(lambda: build_site(report))

    def change(path: Path, readme: Readme) -> files.Change:
        def chart_address(subject: ChartSubject) -> str:
            return _relative_url(
                config.dashboards_folder / readme_charts.block_chart_path(site(), subject), path.parent
            )

        context = Context(report, RankBy(config.trends.sort), readme.is_awesome, chart_address)

        def fill(block: Block) -> list[str]:
            return kinds.render(block, context)

        return lambda data: readme.updated(data).filled(fill)

    for path, readme in _readmes(config, report):
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


def chart_files(config: Config, report: SiteReport) -> Iterator[tuple[str, str]]:
    """Yield the path below the dashboards folder, and the SVG, of every chart that a block shows. Raises BlockError."""
    context = Context(report, RankBy(config.trends.sort))
    shown = (block for _, readme in _readmes(config, report) for block in readme.blocks if block.kind == "chart")
    if subjects := [charts.subject(block.attributes, context) for block in shown]:
        yield from readme_charts.render_block_charts(build_site(report), subjects)

"""Commands that take counts in from other programs, and out for them: import, export."""

from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from startrack import files, output
from startrack.cli import client_factory, messages, options
from startrack.errors import ConfigError, did_you_mean

if TYPE_CHECKING:
    from startrack.cli.options import Settings
    from startrack.config import Config
    from startrack.workflows import transfer

__all__ = ["export_command", "import_command"]

_LINES = 10_000  # written to stdout at once


def import_command(
    context: typer.Context,
    paths: Annotated[list[Path], typer.Argument(metavar="FILE", help="A file of counts, CSV or Parquet.")],
    source: Annotated[
        str | None,
        typer.Option(
            "--source",
            metavar="NAME",
            help="Where the counts come from; by default the name of the file, or of its repository's folder.",
            show_default=False,
        ),
    ] = None,
    offline: Annotated[
        bool, typer.Option("--offline", help="Do not ask GitHub for names that the store does not know.")
    ] = False,
    skip_contradictions: Annotated[
        bool,
        typer.Option("--skip-contradictions", help="Leave out counts that contradict each other in the file."),
    ] = False,
) -> None:
    """Import counts that another program took.

    A file has the columns repo, date and stars, and may have forks and commits. The histories of best-of lists, the
    days of Github-Ranking and the CSV of star-history.com are read as they are. Counts that startrack took itself stay
    as they are. All files are checked before anything is written.

    \b
    Examples:
      startrack import history/*_projects.csv
      startrack import --source "old bot" counts.parquet
    """
    from startrack.workflows import transfer

    settings: Settings = context.obj
    config = settings.load()
    chosen = transfer.ImportOptions(source, skip_contradictions)
    result = _import(settings, config, paths, chosen, is_offline=offline)
    messages.say_import(settings, result)
    messages.exit_with(result.problems)


def _import(
    settings: "Settings",
    config: "Config",
    paths: Sequence[Path],
    chosen: "transfer.ImportOptions",
    *,
    is_offline: bool,
) -> "transfer.ImportResult":
    """Import with a client if there is a token, and if it may be used."""
    from startrack.workflows import transfer

    now = options.now()
    if is_offline:
        return transfer.import_counts(config, paths, chosen, now, None)
    with client_factory.create(config) as client:
        if not client.tokens.authorized:
            settings.say("no token: GitHub is not asked for names that the store does not know")
            return transfer.import_counts(config, paths, chosen, now, None)
        with messages.progress(settings, "resolving names") as progress:
            identify = transfer.identifier(client, now, progress)
            return transfer.import_counts(config, paths, chosen, now, identify)


def export_command(
    context: typer.Context,
    path: Annotated[
        Path | None,
        typer.Argument(metavar="FILE", help="The file to write; without one, CSV goes to stdout.", show_default=False),
    ] = None,
    form: Annotated[
        str | None,
        typer.Option(
            "--format",
            metavar="csv|parquet|duckdb",
            help="Format of the file; by default that of its ending.",
            show_default=False,
        ),
    ] = None,
    table: Annotated[
        str,
        typer.Option(
            "--table",
            metavar="counts|repositories|retained_stars|lists|entries",
            help="The table to write as CSV or Parquet; a DuckDB file has all of them.",
        ),
    ] = "counts",
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it exists.")] = False,
) -> None:
    """Export what was counted, as CSV, as Parquet, or as one DuckDB file.

    \b
    Examples:
      startrack export > counts.csv
      startrack export counts.parquet
      startrack export everything.duckdb
    """
    from startrack.wording import figures
    from startrack.workflows import transfer

    settings: Settings = context.obj
    config, chosen, name = settings.load(), _export_format(path, form), _export_table(table)
    if path is None:
        with TemporaryDirectory() as folder:
            target = Path(folder) / "export"
            exported = transfer.export(config, chosen, name, target)
            _print(target)
    else:
        transfer.check_target(config, path)
        with files.replacing(path, may_exist=force) as draft:
            exported = transfer.export(config, chosen, name, draft)
            if not exported.counts:
                messages.exit_uncounted()
    if not exported.counts:
        messages.exit_uncounted()
    repositories = figures.count(exported.repositories, "repository", "repositories")
    settings.say(f"exported {figures.count(exported.counts, 'count')} of {repositories}")


def _print(path: Path) -> None:
    """Write a CSV file to stdout; there is none if there is nothing to export."""
    if path.exists():
        with path.open(encoding="utf-8", newline="\n") as file:
            while lines := list(islice(file, _LINES)):
                output.write_stdout("".join(lines).removesuffix("\n"))


def _export_format(path: Path | None, text: str | None) -> "transfer.ExportFormat":
    """Return the format by its name, else by the ending of the file. Raises ConfigError."""
    from startrack.workflows.transfer import ExportFormat

    name = text or (path.suffix.removeprefix(".").lower() if path else ExportFormat.CSV.value)
    if name not in list(ExportFormat):
        hint = did_you_mean(name, ExportFormat)
        raise ConfigError(
            f"unknown format {text!r}; {hint}"
            if text
            else f"the name {str(path)!r} does not say the format; {hint}, or add --format"
        )
    if path is None and name != ExportFormat.CSV:
        raise ConfigError(f"only CSV can go to stdout; name a file, for example counts.{name}")
    return ExportFormat(name)


def _export_table(text: str) -> "transfer.ExportTable":
    """Return the table with that name. Raises ConfigError."""
    from startrack.workflows.transfer import ExportTable

    if text not in list(ExportTable):
        raise ConfigError(f"unknown table {text!r}; {did_you_mean(text, ExportTable)}")
    return ExportTable(text)

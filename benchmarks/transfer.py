"""Measures the import of counts of other programs, and their export, in time and peak memory.

    python benchmarks/transfer.py COUNTS.parquet [...]

COUNTS.parquet has the columns `repo`, `date`, `stars` and `forks`. It is imported as Parquet and as CSV, each into an
empty folder and then once more, and the counts are exported. Each step is a process of its own. The answers of GitHub
are left out: every name has a number at once. Counts that contradict each other are left out too.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from peak import peak
from startrack.config import Config
from startrack.model.repository import Repository
from startrack.workflows import transfer
from startrack.workflows.transfer import ExportFormat, ExportTable, ImportOptions

CREATED = datetime(2008, 1, 1)


def identify(names: Sequence[str]) -> Mapping[str, Repository]:
    """Answer for GitHub: each name belongs to a repository with a number of its own."""
    return {name: Repository(zlib.crc32(name.lower().encode()) + 1, name, created_at=CREATED) for name in names}


def take_in(folder: Path, path: Path) -> int:
    """Import a file, and return the number of counts."""
    now = datetime.now(UTC).replace(tzinfo=None)
    result = transfer.import_counts(Config(root=folder), [path], ImportOptions(skip_contradictions=True), now, identify)
    return sum(file.extent.counts for file in result.files)


def export(folder: Path, form: ExportFormat) -> int:
    """Export the counts, and return their number."""
    return transfer.export(Config(root=folder), form, ExportTable.COUNTS, folder / f"export.{form}").counts


def measure(folder: Path, name: str, path: Path) -> dict[str, float]:
    """Run one step in this process, and return its figures: seconds, and MB of memory.

    `path` is the file to import, or the format of the export.
    """
    before = time.perf_counter()
    counts = take_in(folder, path) if name == "import" else export(folder, ExportFormat(path.name))
    processor = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "counts": counts,
        "seconds": time.perf_counter() - before,
        "processor": processor.ru_utime + processor.ru_stime,
        "memory": peak(),
    }


def show(folder: Path, title: str, name: str, path: Path) -> None:
    """Run one step in a process of its own, and print its figures."""
    command = [sys.executable, __file__, "--step", str(folder), name, str(path)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    figures = json.loads(done.stdout)
    print(
        f"{title:<28} {figures['counts']:>9,.0f} counts  {figures['seconds']:6.1f} s "
        f"({figures['processor']:.1f} s of the processor)  {figures['memory']:6.0f} MB at most",
        flush=True,
    )


def main() -> None:
    """Import each file in both formats, again, and export."""
    if sys.argv[1:2] == ["--step"]:
        print(json.dumps(measure(Path(sys.argv[2]), sys.argv[3], Path(sys.argv[4]))))
        return
    for source in map(Path, sys.argv[1:]):
        print(source.name)
        with tempfile.TemporaryDirectory(prefix="transfer-") as top:
            csv = Path(top) / f"{source.stem}.csv"
            duckdb.sql(f"copy (select repo, date, stars, forks from '{source}') to '{csv}'")
            for kind, path in (("Parquet", source), ("CSV", csv)):
                folder = Path(top) / kind
                folder.mkdir()
                show(folder, f"import {kind}", "import", path)
                show(folder, f"import {kind} again", "import", path)
            for form in ExportFormat:
                show(folder, f"export {form}", "export", Path(form))


if __name__ == "__main__":
    main()

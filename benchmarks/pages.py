"""Measures the dashboards: the time of builds, the size of files, and the speed of pages in Chromium.

    python benchmarks/pages.py [PROJECTS ...]

Creates a year of daily counts of 1,000 and 5,000 simulated projects, or the numbers given. Builds the pages from
nothing, without changes, and with one new day, each in a process of its own, and prints its time and peak memory. The
second memory is that of the process that helps it. `startrack build` without changes is timed from its start. Then
opens the pages from files in the system's Chromium five times and prints the medians.
"""

import gzip
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from peak import peak, watch_children
from startrack.config import Config, DashboardsConfig, ListConfig, ReadmeConfig
from startrack.demo.simulation import simulated_world
from startrack.model.lists import Entry, List
from startrack.model.repository import Counted, Repository
from startrack.model.runs import Run
from startrack.store.snapshots import Snapshots
from startrack.workflows import build as workflows_build

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chromium-headless-shell")
LAST = datetime(2026, 1, 1, 5, 17)
DAYS = 365
ROUNDS = 5
SECTIONS = 40
EPOCH = datetime(1970, 1, 1)

# The same as `config`.
CONFIGURATION = """
[[lists]]
source = "list.txt"
name = "made-up"
label = "simulated"
[dashboards]
title = "Made up"
[readme]
file = []
"""

# Scripts that run in the page: they measure how long a reader waits. The picture of the chart is scrolled into view as
# soon as it is there; it is painted in the next frame, after which a message is handled.
WATCH = """
const watch = () => {
  const chart = document.querySelector("#compare-chart");
  if (!chart?.querySelector(".picture .line")) return requestAnimationFrame(watch);
  chart.scrollIntoView();
  requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => { window.chartAt = performance.now(); };
    port2.postMessage(null);
  });
};
requestAnimationFrame(watch);
"""
TOUCH = """
async () => {
  const chart = document.querySelector("#compare-chart");
  const start = performance.now();
  chart.dispatchEvent(new PointerEvent("pointerenter", { bubbles: true }));
  while (!chart.querySelector(".scatterlayer .trace")) await new Promise((done) => requestAnimationFrame(done));
  return performance.now() - start;
}
"""
# Interactive charts are only drawn when they are touched, so that their time is measured from there.
BUSY = "window.requestIdleCallback = () => 0;"
PAINTED = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
ACT = """
async ([selector, value]) => {
  const element = document.querySelector(selector);
  const start = performance.now();
  if (value === null) element.click();
  else {
    element.value = value;
    element.dispatchEvent(new Event("input", { bubbles: true }));
  }
  await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  return performance.now() - start;
}
"""
ADD = """
async (name) => {
  const lines = () => document.querySelectorAll("#compare-chart .scatterlayer .trace").length;
  const before = lines();
  const field = document.querySelector("#compare-add");
  const start = performance.now();
  field.value = name;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  while (lines() === before) await new Promise((done) => requestAnimationFrame(done));
  return performance.now() - start;
}
"""


def config(folder: Path) -> Config:
    """Return the configuration of a list of simulated projects."""
    return Config(
        lists=(ListConfig(source="list.txt", name="made-up", label="simulated"),),
        dashboards=DashboardsConfig(title="Made up"),
        readme=ReadmeConfig(file=()),
        root=folder,
    )


def count(folder: Path, size: int, days: range) -> None:
    """Write the files of runs, on the given numbers of days before the last one."""
    world = simulated_world(size)
    snapshots = Snapshots(folder / "snapshots")
    entries = tuple(
        Entry(repository.name(LAST), repository.name(LAST), (f"Section {i % SECTIONS}",), "https://github.com", i + 1)
        for i, repository in enumerate(world.repositories)
    )
    for days_ago in days:
        at = LAST - timedelta(days=days_ago)
        observations = [
            Counted(
                repository.name(LAST),
                Repository(
                    repository.repo_id,
                    repository.name(LAST),
                    language=("Python", "Go", "Rust")[i % 3],
                    license="MIT",
                    created_at=repository.created_at,
                    description="Simulated figures.",
                    head_committed_on=at.date() - timedelta(days=i % 700),
                    default_branch="main",
                ),
                figures.stars,
                figures.forks,
                figures.commits,
            )
            for i, repository in enumerate(world.repositories)
            for figures in [repository.figures.at(at)]
        ]
        run_id = int((at - EPOCH).total_seconds())
        run = Run(run_id, at, at, "done", size, size, 0, 25, 25, "0")
        lists = [List("made-up", "list.txt", entries, "simulated")] if days_ago in (days[0], days[-1]) else []
        for path, content in snapshots.drafts(run, observations, lists).items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)


def build(folder: Path) -> None:
    """Build once and print the time and the peak memory."""
    with watch_children() as helper:
        start = time.perf_counter()
        result = workflows_build.run(config(folder), None)
        seconds = time.perf_counter() - start
    memory = f"{peak():7.0f} MB" + (f" + {helper.peak:.0f} MB" if helper.peak else "")
    print(f"{seconds:6.2f} s {memory:<17} {len(result.changed):,} of {result.total:,} files written")


def build_in_process(folder: Path) -> str:
    """Build in another process, and return what it prints."""
    process = subprocess.run(
        [sys.executable, __file__, "--build", str(folder)],
        capture_output=True,
        text=True,
        check=True,
    )
    return process.stdout.strip()


def time_command(folder: Path) -> float:
    """Return the median time in seconds of `startrack build`, from the start of its process to its end."""
    (folder / "startrack.toml").write_text(CONFIGURATION, encoding="utf-8")
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        command = [sys.executable, "-m", "startrack", "build"]
        process = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
        times.append(time.perf_counter() - start)
        if not process.stderr.startswith("0 of "):
            raise SystemExit(f"something has changed: {process.stderr}")
    return statistics.median(times)


def sizes(folder: Path) -> Iterator[str]:
    """Yield the size of single pages, of the overview with its assets, and of all files."""
    pages = folder / "dashboards"
    for name in ("index.html", "compare.html", "sections.html", "projects/o1/r17.html"):
        text = (pages / name).read_bytes()
        pictures = sum(map(len, re.findall(rb'<svg class="picture.*?</svg>(?=</div>|</figure>)', text)))
        gzipped = len(gzip.compress(text, 6))
        yield f"  {name:<50}  {len(text) / 1e3:8.1f} kB   gzipped {gzipped / 1e3:.1f}, pictures {pictures / 1e3:.1f}"
    overview = [pages / "index.html", *(pages / "assets").glob("*")]
    scripts = [path for path in overview if path.name != "plotly.min.js"]
    gzipped = sum(len(gzip.compress(path.read_bytes(), 6)) for path in scripts)
    total = sum(path.stat().st_size for path in pages.rglob("*") if path.is_file())
    yield f"  overview with its assets, gzipped, without Plotly   {gzipped / 1e3:8.0f} kB"
    yield f"  all files together                                  {total / 1e6:8.1f} MB"


def medians(browser: Browser, folder: Path, measure: Callable[[Page, str], dict[str, float]]) -> Iterator[str]:
    """Yield the median and the maximum of each figure. Each round has a browser profile of its own."""
    rounds = []
    for _ in range(ROUNDS):
        context = browser.new_context(viewport={"width": 1300, "height": 900}, reduced_motion="reduce")
        context.add_init_script(BUSY + WATCH)
        rounds.append(measure(context.new_page(), (folder / "dashboards").as_uri()))
        context.close()
    for name in rounds[0]:
        times = [figures[name] for figures in rounds]
        yield f"  {name:<50} {statistics.median(times):8.0f} ms   (worst {max(times):.0f})"


def measure_overview(page: Page, base: str) -> dict[str, float]:
    """Return the milliseconds until the overview shows text and a chart, and of each action of the reader."""
    page.goto(f"{base}/index.html")
    while not (chart := page.evaluate("window.chartAt ?? null")):
        page.wait_for_timeout(100)
    text = page.evaluate(PAINTED)
    page.wait_for_timeout(300)
    return {
        "first text": text,
        "first chart, a picture": chart,
        "interactive chart, after a touch": page.evaluate(TOUCH),
        "sort by a column": page.evaluate(ACT, ["#table th:nth-child(2) button", None]),
        "search": page.evaluate(ACT, ["#search", "r7"]),
        "filter by a section": page.evaluate(ACT, ["#section", "3"]),
        "add a project to the chart": page.evaluate(ADD, "o1/r17"),
    }


def main() -> None:
    """Print the results of each size."""
    executable = next(filter(None, map(shutil.which, BROWSERS)))
    for size in [int(argument) for argument in sys.argv[1:]] or [1_000, 5_000]:
        with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
            folder = Path(name)
            count(folder, size, range(DAYS, 0, -1))
            print(f"{size:,} projects, {DAYS} days")
            for build_name in ("first build", "nothing changed"):
                print(f"  {build_name:<18} {build_in_process(folder)}", flush=True)
            print(f"  {'the command':<18} {time_command(folder):6.2f} s", flush=True)
            count(folder, size, range(1))
            print(f"  {'one more day':<18} {build_in_process(folder)}", flush=True)
            print(*sizes(folder), sep="\n", flush=True)
            browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox", "--disable-gpu"])
            print(*medians(browser, folder, measure_overview), sep="\n", flush=True)
            browser.close()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--build"]:
        build(Path(sys.argv[2]))
    else:
        main()

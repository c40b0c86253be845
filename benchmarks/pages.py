"""What dashboards cost: to build, to carry, and to a reader in Chromium.

    python benchmarks/pages.py [PROJECTS ...]

Makes a year of daily counts of 1,000 and 5,000 made-up projects (or as many as are named), and builds their pages:
anew, with nothing changed, and with one day more, each in a process of its own. Then opens them from files in the
system's Chromium, five times, and tells the medians. The figures are made up; only times and sizes mean something.
"""

import gzip
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

from peak import peak
from startrack.config import Config, DashboardsConfig, ListConfig, ReadmeConfig
from startrack.demo.simulation import simulated_world
from startrack.model.lists import Entry, List
from startrack.model.repository import Counted, Repository
from startrack.model.runs import Run
from startrack.store.snapshots import Snapshots
from startrack.workflows import build as workflows_build

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
LAST = datetime(2026, 1, 1, 5, 17)
DAYS = 365
ROUNDS = 5
SECTIONS = 40
EPOCH = datetime(1970, 1, 1)

# What a reader waits for, seen from inside the page.
WATCH = """
addEventListener("DOMContentLoaded", () => {
  const chart = document.querySelector("#compare-chart");
  if (!chart) return;
  chart.scrollIntoView();
  new MutationObserver((_, watch) => {
    if (!chart.querySelector(".scatterlayer .trace")) return;
    watch.disconnect();
    requestAnimationFrame(() => { window.chartAt = performance.now(); });
  }).observe(chart, { childList: true, subtree: true });
});
"""
PAINTED = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
ACT = """
async ([selector, value]) => {
  const element = document.querySelector(selector);
  const began = performance.now();
  if (value === null) element.click();
  else {
    element.value = value;
    element.dispatchEvent(new Event("input", { bubbles: true }));
  }
  await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  return performance.now() - began;
}
"""
ADD = """
async (name) => {
  const lines = () => document.querySelectorAll("#compare-chart .scatterlayer .trace").length;
  const before = lines();
  const field = document.querySelector("#compare-add");
  const began = performance.now();
  field.value = name;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  while (lines() === before) await new Promise((done) => requestAnimationFrame(done));
  return performance.now() - began;
}
"""


def config(folder: Path) -> Config:
    """Return the configuration of a list of made-up projects."""
    return Config(
        lists=(ListConfig(source="list.txt", name="made-up", label="simulated"),),
        dashboards=DashboardsConfig(title="Made up"),
        readme=ReadmeConfig(file=()),
        root=folder,
    )


def count(folder: Path, size: int, days: range) -> None:
    """Write the files of runs on so many days before the last one."""
    world = simulated_world(size)
    snapshots = Snapshots(folder / "snapshots")
    entries = tuple(
        Entry(each.name(LAST), each.name(LAST), (f"Section {place % SECTIONS}",), "https://github.com", place + 1)
        for place, each in enumerate(world.repositories)
    )
    for back in days:
        at = LAST - timedelta(days=back)
        seen = [
            Counted(
                each.name(LAST),
                Repository(
                    each.repo_id,
                    each.name(LAST),
                    language=("Python", "Go", "Rust")[place % 3],
                    license="MIT",
                    created_at=each.created_at,
                    description="Simulated figures.",
                    head_committed_on=at.date() - timedelta(days=place % 700),
                    default_branch="main",
                ),
                figures.stars,
                figures.forks,
                figures.commits,
            )
            for place, each in enumerate(world.repositories)
            for figures in [each.figures.at(at)]
        ]
        run_id = int((at - EPOCH).total_seconds())
        run = Run(run_id, at, at, "done", size, size, 0, 25, 25, "0")
        listed = [List("made-up", "list.txt", entries, "simulated")] if back in (days[0], days[-1]) else []
        for path, content in snapshots.drafts(run, seen, listed).items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)


def build(folder: Path) -> None:
    """Build once and print what it took."""
    began = time.perf_counter()
    built = workflows_build.run(config(folder), None)
    took = time.perf_counter() - began
    print(f"{took:6.1f} s {peak():7.0f} MB   {len(built.changed):,} of {built.total:,} files written")


def built(folder: Path) -> str:
    """Build in a process of its own."""
    done = subprocess.run(
        [sys.executable, __file__, "--build", str(folder)],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def weights(folder: Path) -> Iterator[str]:
    """Yield what the first page and all files weigh."""
    pages = folder / "dashboards"
    first = [pages / "index.html", *(pages / "assets").glob("*")]
    scripts = [path for path in first if path.name != "plotly.min.js"]
    packed = sum(len(gzip.compress(path.read_bytes(), 6)) for path in scripts)
    every = sum(path.stat().st_size for path in pages.rglob("*") if path.is_file())
    yield f"  overview with its assets, gzipped, without Plotly   {packed / 1e3:8.0f} kB"
    yield f"  all files together                                  {every / 1e6:8.1f} MB"


def medians(browser: Browser, folder: Path, measure: Callable[[Page, str], dict[str, float]]) -> Iterator[str]:
    """Yield the median of each figure that a measurement gives, each round in a profile of its own."""
    rounds = []
    for _ in range(ROUNDS):
        context = browser.new_context(viewport={"width": 1300, "height": 900}, reduced_motion="reduce")
        context.add_init_script(WATCH)
        rounds.append(measure(context.new_page(), (folder / "dashboards").as_uri()))
        context.close()
    for name in rounds[0]:
        each = [one[name] for one in rounds]
        yield f"  {name:<50} {statistics.median(each):8.0f} ms   (worst {max(each):.0f})"


def reading(page: Page, base: str) -> dict[str, float]:
    """Measure the overview: first text, first chart, sort, search, filter."""
    page.goto(f"{base}/index.html")
    while not (chart := page.evaluate("window.chartAt ?? null")):
        page.wait_for_timeout(100)
    text = page.evaluate(PAINTED)
    page.wait_for_timeout(300)
    return {
        "first text": text,
        "first chart": chart,
        "sort by a column": page.evaluate(ACT, ["#table th:nth-child(2) button", None]),
        "search": page.evaluate(ACT, ["#search", "r7"]),
        "filter by a section": page.evaluate(ACT, ["#section", "3"]),
        "add a project to the chart": page.evaluate(ADD, "o1/r17"),
    }


def main() -> None:
    """Print the tables of each size."""
    executable = next(filter(None, map(shutil.which, BROWSERS)))
    for size in [int(each) for each in sys.argv[1:]] or [1_000, 5_000]:
        with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
            folder = Path(name)
            count(folder, size, range(DAYS, 0, -1))
            print(f"{size:,} projects, {DAYS} days")
            for what in ("first build", "nothing changed"):
                print(f"  {what:<18} {built(folder)}", flush=True)
            count(folder, size, range(1))
            print(f"  {'one day more':<18} {built(folder)}", flush=True)
            print(*weights(folder), sep="\n", flush=True)
            browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox", "--disable-gpu"])
            print(*medians(browser, folder, reading), sep="\n", flush=True)
            browser.close()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--build"]:
        build(Path(sys.argv[2]))
    else:
        main()

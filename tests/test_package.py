"""The package as it is distributed: its version, what its files hold, and a run from the wheel."""

import os
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import time
import tomllib
import zipfile
from datetime import date
from importlib.metadata import version
from pathlib import Path

import pytest

from gitting import tracked_files

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
RELEASE = f"startrack-{PROJECT['version']}"


def build(kind: str, source: Path, folder: Path) -> Path:
    """Build a `wheel` or an `sdist` from a folder with the setuptools that is installed: without a network."""
    code = f"import sys; from setuptools import build_meta; print(build_meta.build_{kind}(sys.argv[1]))"
    command = [sys.executable, "-c", code, str(folder)]
    done = subprocess.run(command, cwd=source, check=True, capture_output=True, text=True)
    return folder / done.stdout.splitlines()[-1]


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the sdist from a copy of what git has, so that files left from earlier builds have no part in it."""
    source = tmp_path_factory.mktemp("source")
    for name in tracked_files():
        path = source / name
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, path)
    return build("sdist", source, tmp_path_factory.mktemp("sdist"))


@pytest.fixture(scope="module")
def wheel(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel from the sdist, as an installer does that finds no wheel."""
    folder = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
    return build("wheel", folder / RELEASE, tmp_path_factory.mktemp("wheel"))


def test_the_version_is_printed_with_those_that_matter_in_a_report() -> None:
    """The number of pyproject.toml, and the versions of DuckDB, Plotly and Python."""
    command = [sys.executable, "-m", "startrack", "--version"]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    others = f"DuckDB {version('duckdb')}, Plotly {version('plotly')}, Python {platform.python_version()}"
    assert printed == f"startrack {PROJECT['version']} ({others})\n"


def test_the_number_is_written_once_and_has_its_changes() -> None:
    """No module repeats the version, and the first release of the changelog is this one, with its day."""
    for name in tracked_files("src"):
        if name.endswith(".py"):
            assert f'"{PROJECT["version"]}"' not in (ROOT / name).read_text(encoding="utf-8"), name
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    headings = re.findall(r"^## (.+)$", changelog, re.MULTILINE)
    assert headings[0] == "Unreleased"
    number, day = headings[1].split(" - ")
    assert number == PROJECT["version"]
    assert date.fromisoformat(day).isoformat() == day
    for release in changelog.split("\n## ")[1:]:
        groups = re.findall(r"^### (.+)$", release, re.MULTILINE)
        assert groups == [group for group in ("Added", "Changed", "Fixed") if group in groups]


def test_the_sdist_holds_the_source_and_nothing_else(sdist: Path) -> None:
    """Every file below src, what builds it, and LICENSE; no tests, no counts, no files of an earlier build."""
    with tarfile.open(sdist) as archive:
        names = {member.name.removeprefix(f"{RELEASE}/") for member in archive.getmembers() if member.isfile()}
    made = {"PKG-INFO", "setup.cfg", *(name for name in names if name.startswith("src/startrack.egg-info/"))}
    assert names - made == {"LICENSE", "MANIFEST.in", "README.md", "pyproject.toml", *tracked_files("src")}


def test_the_wheel_holds_the_package_and_nothing_else(wheel: Path) -> None:
    """Templates, scripts, styles, SQL and the demo's files are in it, as they are in the repository."""
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        metadata = {name for name in names if name.startswith(f"{RELEASE}.dist-info/")}
        assert f"{RELEASE}.dist-info/licenses/LICENSE" in metadata
        assert names - metadata == {name.removeprefix("src/") for name in tracked_files("src")}
        for name in names - metadata:
            assert archive.read(name) == (ROOT / "src" / name).read_bytes(), name
    endings = {Path(name).suffix for name in names - metadata}
    assert endings >= {".jinja", ".js", ".css", ".svg", ".sql", ".csv", ".graphql", ".md", ".typed"}


def command_alone(environment: Path, program: str, *arguments: str) -> tuple[list[str], dict[str, str]]:
    """Return how to run a program of an environment without this process's settings for Python."""
    settings = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return [str(environment / "bin" / program), *arguments], settings


def run_alone(environment: Path, program: str, *arguments: str, folder: Path) -> str:
    """Run a program of an environment, and return what it prints."""
    command, settings = command_alone(environment, program, *arguments)
    done = subprocess.run(command, cwd=folder, env=settings, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make an environment that has the dependencies and this wheel, but not the source."""
    environment = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    python = str(environment / "bin" / "python")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", python]
    subprocess.run([*pip, "install", "--quiet", "--no-deps", "--no-index", str(wheel)], check=True)
    # A folder named in a .pth file makes its packages importable, but its own .pth files are not read: one of them
    # names the source.
    paths = "import sysconfig; print(sysconfig.get_path('purelib'))"
    packages = Path(run_alone(environment, "python", "-c", paths, folder=environment))
    (packages / "dependencies.pth").write_text(f"{sysconfig.get_path('purelib')}\n", encoding="utf-8")
    return environment


def test_the_demo_runs_from_the_wheel(environment: Path, tmp_path: Path) -> None:
    """The package that ran is that of the wheel; it counts the first week, and what it counted gets its pages.

    The wheel has the same files as the source, with which `demo` replays every week.
    """
    package = run_alone(environment, "python", "-c", "import startrack; print(startrack.__path__[0])", folder=tmp_path)
    assert Path(package).is_relative_to(environment)
    command, settings = command_alone(environment, "startrack", "demo", "--out", "out")
    with subprocess.Popen(command, cwd=tmp_path, env=settings, stderr=subprocess.DEVNULL) as process:
        while not list(tmp_path.glob("out/snapshots/*/runs.csv")):
            assert process.poll() is None
            time.sleep(0.05)
        process.kill()
    run_alone(environment, "startrack", "build", folder=tmp_path / "out")
    assert (tmp_path / "out" / "dashboards" / "index.html").is_file()


def test_the_table_in_the_readme_is_what_its_comments_make(demo: Path, environment: Path, tmp_path: Path) -> None:
    """The example of the README, asked of the demo's list of real projects, gives the rows shown below it."""
    folder = tmp_path / "demo"
    shutil.copytree(demo, folder)
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    block = readme.partition("```html\n")[2].partition("```")[0]
    shown = re.search(r"^\| Project .*?</sub>$", readme, re.MULTILINE | re.DOTALL)
    sample = folder / "sample.md"
    sample.write_text(block.replace("startrack:table", "startrack:table list=best-of-ml-python"), encoding="utf-8")
    with (folder / "startrack.toml").open("a", encoding="utf-8") as config:
        config.write('\n[readme]\nfile = ["sample.md"]\ncadence = "daily"\n')
    run_alone(environment, "startrack", "build", folder=folder)
    assert shown is not None
    assert shown[0] in sample.read_text(encoding="utf-8")

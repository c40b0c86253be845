"""What the action installs: requirements.txt, and the step that installs from it."""

import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name

from action_runner import ROOT, steps
from gitting import tracked_files

# What the real installation downloads stays here, as in the action's cache.
CACHE = ROOT / "build" / "packages"
# Where a runner's Python differs from this one, and what is needed there only; neither needs another package.
WINDOWS = {"sys_platform": "win32", "platform_system": "Windows", "os_name": "nt"}
WINDOWS_ONLY = {"colorama", "tzdata"}
NO_INDEX = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": ""}


def read_requirements() -> dict[NormalizedName, tuple[Requirement, list[str]]]:
    """Return each requirement of requirements.txt with its hashes, by its name; there is nothing else in the file."""
    text = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    joined = re.sub(r"^#.*\n", "", text, flags=re.MULTILINE).replace("\\\n", " ")
    found = dict[NormalizedName, tuple[Requirement, list[str]]]()
    for line in joined.splitlines():
        requirement, *hashes = re.split(r"\s+--hash=", line.strip())
        parsed = Requirement(requirement)
        found[canonicalize_name(parsed.name)] = (parsed, hashes)
    return found


def test_each_package_has_one_version_and_its_hashes() -> None:
    """No option, address or range is in the file, so pip accepts the listed files only."""
    for requirement, hashes in read_requirements().values():
        assert re.fullmatch(r"==[\w.]+", str(requirement.specifier)), requirement
        assert requirement.url is None
        assert hashes
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", each) for each in hashes), requirement


def test_the_versions_are_those_of_the_tests() -> None:
    """Whatever the action installs has the version of constraints.txt, so the tests have run with it."""
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").split()
    pinned = {canonicalize_name(name): version for name, _, version in (line.partition("==") for line in lines)}
    for name, (requirement, _) in read_requirements().items():
        assert str(requirement.specifier) == f"=={pinned.get(name)}"


def test_everything_that_is_needed_is_there() -> None:
    """Each dependency, those of the dependencies, and what builds startrack; on Windows too."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = [Requirement(each) for each in (*project["project"]["dependencies"], *project["build-system"]["requires"])]
    listed = read_requirements()
    seen = set[str]()
    while wanted:
        requirement = wanted.pop()
        if requirement.marker and not any(requirement.marker.evaluate({"extra": ""} | each) for each in ({}, WINDOWS)):
            continue
        name = canonicalize_name(requirement.name)
        assert name in listed, requirement
        assert requirement.specifier.contains(str(listed[name][0].specifier).removeprefix("==")), requirement
        if name not in seen | WINDOWS_ONLY:
            wanted += map(Requirement, requires(name) or ())
        seen.add(name)
    assert listed.keys() == seen


class Installation:
    """A runner's folders, in which the steps of the action install what an action's folder asks for."""

    def __init__(self, top: Path, action: Path) -> None:
        self.temporary = top / "runner's temp"
        self.packages = self.temporary / "startrack-packages"
        self.checkout = top / "checkout"
        self.output = top / "output"
        self.python = Path(sys.executable).parent
        for folder in (self.temporary, self.checkout):
            folder.mkdir()
        self.action = action

    def run(self, name: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a step of the action."""
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", steps()[name]["run"]]
        environment = os.environ | {
            "PATH": f"{self.python}{os.pathsep}{os.environ['PATH']}",
            "RUNNER_TEMP": str(self.temporary),
            "GITHUB_ACTION_PATH": str(self.action),
            "GITHUB_OUTPUT": str(self.output),
            **variables,
        }
        return subprocess.run(
            command, cwd=self.checkout, env=environment, capture_output=True, text=True, check=False, timeout=600
        )

    def call(self, program: str, *words: str) -> str:
        """Run a program of the environment as later steps do, and return what it prints."""
        command = [str(self.temporary / "startrack" / "bin" / program), *words]
        environment = {"PATH": os.environ["PATH"], "RUNNER_TEMP": str(self.temporary)}
        done = subprocess.run(
            command, cwd=self.checkout, env=environment, check=True, capture_output=True, text=True, timeout=600
        )
        return done.stdout


def copy_source(folder: Path) -> Path:
    """Copy what the action's step reads, because it is built in its folder."""
    names = ("src", "pyproject.toml", "README.md", "LICENSE", "MANIFEST.in", "requirements.txt")
    for name in tracked_files(*names):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, folder / name)
    return folder


def test_the_action_installs_startrack(tmp_path: Path) -> None:
    """With exactly the listed versions, from downloads of an earlier run if there are any: then without a network."""
    runner = Installation(tmp_path, copy_source(tmp_path / "action"))
    assert runner.run("Identify the packages").returncode == 0
    key = runner.output.read_text(encoding="utf-8").strip().removeprefix("hash=")
    cached = CACHE / f"{platform.machine()}-{platform.python_version()}-{key}"
    if is_cached := cached.is_dir():
        shutil.copytree(cached, runner.packages)
    done = runner.run("Install startrack", **(NO_INDEX if is_cached else {}))
    assert done.returncode == 0, done.stderr
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert runner.call("startrack", "--version").startswith(f"startrack {version} (DuckDB 2.")
    listing = (
        "from importlib.metadata import distributions\n"
        "for found in distributions():\n"
        "    print(found.name.lower().replace('_', '-') + '==' + found.version)\n"
    )
    installed = set(runner.call("python", "-I", "-c", listing).split())
    listed = (parsed for parsed, _ in read_requirements().values() if not parsed.marker or parsed.marker.evaluate())
    needed = {f"{canonicalize_name(each.name)}{each.specifier}" for each in listed}
    others = {each.partition("==")[0] for each in installed - needed}
    assert (needed - installed, others) == (set(), {"startrack", "pip"})
    if not is_cached:
        draft = CACHE / f"draft-{os.getpid()}"
        shutil.copytree(runner.packages, draft)
        draft.rename(cached)


# The step itself, with a small package in place of all that is needed

BACKEND = """\
import pathlib, shutil
def build_wheel(folder, settings=None, metadata=None):
    return shutil.copy(next(pathlib.Path(".").glob("startrack-*.whl")), folder).rpartition("/")[2]
"""
PROJECT = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'


def write_wheel(folder: Path, name: str, files: dict[str, str]) -> Path:
    """Write a wheel of version 1.0 with these files."""
    path = folder / f"{name}-1.0-py3-none-any.whl"
    metadata = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        for file, content in files.items():
            archive.writestr(file, content)
        archive.writestr(f"{metadata}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        archive.writestr(f"{metadata}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{metadata}/RECORD", "")
    return path


@pytest.fixture
def small(tmp_path: Path) -> Installation:
    """Return an action that needs one package, which an index offers, and a checkout with files named like modules."""
    action, index = tmp_path / "action", tmp_path / "index"
    for folder in (action, index):
        folder.mkdir()
    wheel = write_wheel(index, "small", {"small.py": "print('as listed')\n"})
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    (action / "requirements.txt").write_text(f"small==1.0 \\\n    --hash=sha256:{digest}\n", encoding="ascii")
    (action / "pyproject.toml").write_text(PROJECT, encoding="ascii")
    (action / "backend.py").write_text(BACKEND, encoding="ascii")
    write_wheel(action, "startrack", {"startrack/__init__.py": "", "startrack/__main__.py": "import small\n"})
    runner = Installation(tmp_path, action)
    for name in ("venv", "pip", "ensurepip", "startrack", "small"):
        (runner.checkout / f"{name}.py").write_text("open('owned', 'w')\n", encoding="ascii")
    return runner


def index(runner: Installation) -> dict[str, str]:
    """Return the settings with which pip sees the small package and nothing else."""
    return NO_INDEX | {"PIP_FIND_LINKS": (runner.action.parent / "index").as_uri()}


WINDOWS_PYTHON = """\
#!/bin/sh
{python} "$@" || exit
for folder in "$@"; do :; done
mv "$folder/bin" "$folder/Scripts"
mv "$folder/Scripts/python" "$folder/Scripts/python.exe"
"""


def test_the_first_run_downloads_and_no_file_of_the_checkout_is_run(small: Installation) -> None:
    """Also where the environment has the folders of Windows; the next run needs no index."""
    small.python = small.temporary.parent / "python"
    small.python.mkdir()
    (small.python / "python").write_text(WINDOWS_PYTHON.format(python=sys.executable), encoding="utf-8")
    (small.python / "python").chmod(0o755)
    done = small.run("Install startrack", **index(small))
    assert done.returncode == 0, done.stderr
    assert [path.name for path in small.packages.iterdir()] == ["small-1.0-py3-none-any.whl"]
    assert small.call("startrack") == "as listed\n"
    shutil.rmtree(small.temporary / "startrack")
    shutil.rmtree(small.action.parent / "index")
    assert small.run("Install startrack", **NO_INDEX).returncode == 0
    assert small.call("startrack") == "as listed\n"
    assert not (small.checkout / "owned").exists()


def test_a_package_with_another_hash_is_not_installed(small: Installation) -> None:
    """One from the cache is downloaded again; one from the index fails the step."""
    small.packages.mkdir()
    write_wheel(small.packages, "small", {"small.py": "print('changed')\n"})
    done = small.run("Install startrack", **index(small))
    assert done.returncode == 0, done.stderr
    assert small.call("python", "-I", "-m", "startrack") == "as listed\n"
    shutil.rmtree(small.temporary)
    small.temporary.mkdir()
    write_wheel(small.action.parent / "index", "small", {"small.py": "print('changed')\n"})
    done = small.run("Install startrack", **index(small))
    assert done.returncode != 0
    assert "THESE PACKAGES DO NOT MATCH THE HASHES" in done.stderr
    assert not list((small.temporary / "startrack").rglob("small*"))

"""The examples of services: units of systemd, a Dockerfile and a compose file, checked against the code.

No image is built here. What can be checked without is: paths, users, ports, commands and limits.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from configparser import ConfigParser
from pathlib import Path

import pytest
import yaml

import commands
from startrack import scheduler, server
from startrack.config import ScheduleConfig
from test_serve import content, free_port, reachable

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"
UNITS = sorted(path.name for path in (EXAMPLES / "systemd").iterdir())
LONGEST_END = scheduler._END_SECONDS + 1


def unit(name: str) -> ConfigParser:
    """Return a unit; a key that is given twice is an error."""
    parser = ConfigParser(interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign] # as the documentation of configparser says
    parser.read(EXAMPLES / "systemd" / name, encoding="utf-8")
    return parser


def instructions() -> Iterator[tuple[str, str]]:
    """Yield the instructions of the Dockerfile with their arguments."""
    text = re.sub(r"^#.*\n", "", (EXAMPLES / "Dockerfile").read_text(encoding="utf-8"), flags=re.MULTILINE)
    for line in filter(None, re.sub(r"\\\n\s*", "", text).splitlines()):
        name, _, rest = line.partition(" ")
        yield name, rest


def argument(name: str) -> str:
    """Return the argument of the last instruction of a kind."""
    return [rest for instruction, rest in instructions() if instruction == name][-1]


def is_command(folder: Path, words: list[str]) -> bool:
    """Return whether a command and its options exist."""
    done = commands.startrack(folder, *words, "--help", variables=dict(os.environ))
    return done.returncode == 0 and f"Usage: startrack {words[0]} " in done.stdout


def seconds(text: str) -> int:
    """Return a time as systemd and compose write it."""
    number, word = re.fullmatch(r"(\d+)(s|min|h|)", text).groups()  # type: ignore[union-attr] # or the test fails
    return int(number) * {"": 1, "s": 1, "min": 60, "h": 3600}[word]


@pytest.mark.parametrize("name", [name for name in UNITS if name.endswith(".service")])
def test_services_start_a_command_that_exists(tmp_path: Path, name: str) -> None:
    """In the only folder that they may write, as no user that exists."""
    service = unit(name)["Service"]
    program, *words = shlex.split(service["ExecStart"])
    assert program == "/opt/startrack/bin/startrack"
    assert is_command(tmp_path, words)
    assert service["WorkingDirectory"] == f"/var/lib/{service['StateDirectory']}"
    assert (service["DynamicUser"], service["ProtectSystem"], service["CapabilityBoundingSet"]) == ("yes", "strict", "")


def test_both_services_are_hardened_alike() -> None:
    """What one may not do, the other may not either."""
    after = "DynamicUser"
    services = (unit(name)["Service"] for name in UNITS if name.endswith(".service"))
    hardened = [list(service.items())[list(service).index(after) :] for service in services]
    assert hardened[0] == hardened[1]
    assert len(hardened[0]) > 20


def test_the_service_has_time_to_end() -> None:
    """And reads its configuration again when it is asked to."""
    service = unit("startrack.service")["Service"]
    assert seconds(service["TimeoutStopSec"]) > LONGEST_END
    assert service["ExecReload"] == "/bin/kill -HUP $MAINPID"


def test_the_timer_starts_its_service_by_the_default_cron_line() -> None:
    """`serve` takes a run that is later than the cron line for late, so both say the same."""
    assert "startrack-update.service" in UNITS
    timer = unit("startrack-update.timer")["Timer"]
    minute, hour, *rest = ScheduleConfig().cron.split()
    assert rest == ["*", "*", "*"]
    assert timer["OnCalendar"] == f"*-*-* {int(hour):02}:{int(minute):02}:00"
    assert seconds(timer["RandomizedDelaySec"]) < 3600


def test_systemd_accepts_the_units(tmp_path: Path) -> None:
    """Where it is installed; elsewhere each section and key must at least be known from the others."""
    for name in UNITS:
        assert set(unit(name).sections()) <= {"Unit", "Service", "Timer", "Install"}
        text = (EXAMPLES / "systemd" / name).read_text(encoding="utf-8")
        (tmp_path / name).write_text(text.replace("/opt/startrack/bin/startrack", "/bin/true"), encoding="utf-8")
    if analyze := shutil.which("systemd-analyze"):
        paths = [str(tmp_path / name) for name in UNITS]
        done = subprocess.run([analyze, "verify", *paths], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout + done.stderr) == (0, "")
        for path in paths:
            if path.endswith(".service"):
                command = [analyze, "security", "--offline=true", "--threshold=20", path]
                done = subprocess.run(command, capture_output=True, text=True, check=False)
                assert done.returncode == 0, done.stdout


def test_the_image_is_made_of_what_the_package_needs() -> None:
    """Every file that is copied exists, and what pyproject.toml names is copied."""
    copied = [word for name, rest in instructions() if name == "COPY" and "--from" not in rest for word in rest.split()]
    sources = set(copied) - {"./"}
    assert all((ROOT / source).exists() for source in sources)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert {"pyproject.toml", "src", "constraints.txt", project["readme"], *project["license-files"]} <= sources
    install = next(rest for name, rest in instructions() if name == "RUN")
    (extras,) = re.findall(r"'\.\[(.*?)\]'", install)
    assert set(extras.split(",")) <= project["optional-dependencies"].keys()


def test_the_image_runs_as_a_user_without_rights(tmp_path: Path) -> None:
    """It owns only the folder of the data, in which a command that exists runs."""
    user, group = argument("USER").split(":")
    made = argument("RUN")
    assert f"--uid {user} " in made
    assert f"groupadd --gid {group} startrack" in made
    assert int(user) >= 10_000
    assert f"--mode=0750 {argument('WORKDIR')}" in made
    assert argument("VOLUME") == argument("WORKDIR")
    assert yaml.safe_load(argument("ENTRYPOINT")) == ["startrack"]
    assert is_command(tmp_path, yaml.safe_load(argument("CMD")))


def test_the_image_knows_its_health(tmp_path: Path) -> None:
    """The command of the check succeeds with status 200 alone."""
    words = yaml.safe_load(argument("CMD"))
    port = words[words.index("--serve") + 1]
    assert port == argument("EXPOSE")
    program, *arguments = yaml.safe_load(argument("HEALTHCHECK").partition("CMD ")[2])
    assert program == "python"
    assert f"http://127.0.0.1:{port}/healthz" in arguments[-1]
    codes = []
    for status in (200, 503):
        answers = server.Content(lambda: tmp_path, lambda: (status, {}), content(tmp_path).metrics)  # noqa: B023 - at once
        own = free_port()
        with server.serving(answers, own):
            reachable(own)
            check = [word.replace(f":{port}/", f":{own}/") for word in arguments]
            codes.append(subprocess.run([sys.executable, *check], capture_output=True, check=False).returncode)
    assert codes == [0, 1]


def test_compose_starts_the_image() -> None:
    """With its port on this machine only, its folder, and time to end."""
    path = EXAMPLES / "compose.yaml"
    (service,) = yaml.safe_load(path.read_text(encoding="utf-8"))["services"].values()
    context = (path.parent / service["build"]["context"]).resolve()
    assert (context, context / service["build"]["dockerfile"]) == (ROOT, EXAMPLES / "Dockerfile")
    assert service["ports"] == [f"127.0.0.1:{argument('EXPOSE')}:{argument('EXPOSE')}"]
    assert service["volumes"] == [f"./data:{argument('WORKDIR')}"]
    assert argument("USER") in path.read_text(encoding="utf-8")
    assert seconds(service["stop_grace_period"]) > LONGEST_END
    assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])
    assert service["environment"]["GITHUB_TOKEN"].startswith("${GITHUB_TOKEN:?")

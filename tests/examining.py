"""What the tests of the doctor stand on: a set-up looked over, and what was found of it."""

from pathlib import Path

from conftest import connect
from startrack.cli import formats
from startrack.cli.formats import Format
from startrack.config import Config
from startrack.demo.server import USER_TOKEN, Server
from startrack.model.diagnostics import Check, Diagnosis
from startrack.workflows import doctor


def examine(config: Config, github: Server, *tokens: str | None) -> Diagnosis:
    """Look a set-up over as of the demo's clock; no token is in what it finds."""
    found = doctor.run(
        config,
        Path("startrack.toml"),
        lambda: connect(github, *tokens, max_wait=0),
        github.clock.now(),
    )
    for form in Format:
        told = formats.write_diagnosis(found, form)
        assert not [token for token in (*tokens, USER_TOKEN) if token and token in told]
    return found


def check(found: Diagnosis, name: str) -> Check:
    """Return the one check of a name."""
    (each,) = [each for each in found.checks if each.name == name]
    return each


def looks(found: Diagnosis) -> list[str]:
    """Return the names of what is worth a look."""
    return [each.name for each in found.looks]

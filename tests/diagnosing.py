"""Helpers for the tests of `doctor`: run it, and find one check in its result."""

from pathlib import Path

from conftest import connect
from startrack.cli import formats
from startrack.cli.formats import Format
from startrack.config import Config
from startrack.demo.server import USER_TOKEN, Server
from startrack.model.diagnostics import Check, Diagnosis
from startrack.workflows import doctor


def examine(config: Config, github: Server, *tokens: str | None) -> Diagnosis:
    """Run `doctor` at the time of the demo's clock, and check that its output contains no token."""
    diagnosis = doctor.run(
        config,
        Path("startrack.toml"),
        lambda: connect(github, *tokens, max_wait=0),
        github.clock.now(),
    )
    for form in Format:
        text = formats.write_diagnosis(diagnosis, form)
        assert not [token for token in (*tokens, USER_TOKEN) if token and token in text]
    return diagnosis


def check(diagnosis: Diagnosis, name: str) -> Check:
    """Return the only check with a name."""
    (only,) = [check for check in diagnosis.checks if check.name == name]
    return only


def warnings(diagnosis: Diagnosis) -> list[str]:
    """Return the names of the warnings."""
    return [check.name for check in diagnosis.warnings]

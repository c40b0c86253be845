"""Commands in this process: the real `main`, with streams, environment, folder and log handlers of its own.

What only a process shows (its start and end, signals, encodings, closed descriptors) has tests with real processes.
"""

import io
import logging
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from subprocess import CompletedProcess
from tempfile import TemporaryFile

import pytest

from startrack.__main__ import main
from startrack.demo.server import USER_TOKEN, Server


def environment(github: Server) -> dict[str, str]:
    """Return this process's environment with the demo's GitHub and a token, and nothing of another GitHub."""
    own = {key: value for key, value in os.environ.items() if not key.startswith(("GITHUB_", "GH_"))}
    addresses = {"GITHUB_API_URL": github.api_url, "GITHUB_GRAPHQL_URL": github.graphql_url}
    return own | addresses | {"GITHUB_TOKEN": USER_TOKEN}


def startrack(
    folder: Path,
    *words: str,
    variables: Mapping[str, str],
    encoding: str = "utf-8",
    **streams: io.TextIOWrapper | None,
) -> CompletedProcess[str]:
    """Run a command in a folder and return its exit code and what it wrote to stdout and stderr.

    `streams` are what it gets as `stdout` or `stderr` instead, `None` for a closed one. An error that a process would
    print as a traceback is raised.
    """
    with _stream(encoding) as out, _stream(encoding) as err, pytest.MonkeyPatch.context() as process:
        process.chdir(folder)
        for name in os.environ.keys() - variables.keys():
            process.delenv(name)
        for name, value in variables.items():
            process.setenv(name, value)
        process.setattr(sys, "argv", ["startrack", *words])
        # The command replaces both streams; it writes to the descriptors of these.
        for name, stream in ({"stdout": out, "stderr": err} | streams).items():
            process.setattr(sys, f"__{name}__", stream)
            process.setattr(sys, name, None)
        process.setattr(logging.root, "handlers", [])
        with pytest.raises(SystemExit) as ended:
            main()
        code = ended.value.code
        assert isinstance(code, int)
        return CompletedProcess(words, code, _written(out), _written(err))


def _stream(encoding: str) -> io.TextIOWrapper:
    return TemporaryFile("w+", encoding=encoding, newline="")


def _written(stream: io.TextIOWrapper) -> str:
    stream.seek(0)
    return stream.read()

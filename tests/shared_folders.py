"""Folders that are made once for all workers of a test run, and only read by tests."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock

__all__ = ["SharedFolder", "make_once"]

SharedFolder = Callable[[str, Callable[[Path], object]], Path]


def make_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """Return the folder of a name; the first worker that asks for it fills it with `make`, the others wait.

    A folder that `make` did not finish is removed, and made anew by the next worker that asks.
    """
    base = factory.getbasetemp()
    top = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "shared"
    top.mkdir(exist_ok=True)
    folder, finished = top / name, top / f"{name}.finished"
    with FileLock(top / f"{name}.lock"):
        if not finished.exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            make(folder)
            finished.touch()
    return folder

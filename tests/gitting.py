"""Git commands for tests."""

import subprocess
from pathlib import Path

NOBODY = ("-c", "user.name=somebody", "-c", "user.email=somebody@example.invalid")


def git(folder: Path, *words: str) -> str:
    """Run git, and return its output."""
    done = subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True, text=True, errors="replace")
    return done.stdout.rstrip("\n")

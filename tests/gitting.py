"""Git commands for tests."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[1]
NOBODY = ("-c", "user.name=somebody", "-c", "user.email=somebody@example.invalid")


def git(folder: Path, *words: str) -> str:
    """Run git, and return its output."""
    done = subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True, text=True, errors="replace")
    return done.stdout.rstrip("\n")


def tracked_files(*folders: str) -> list[str]:
    """Return the files that git has, or would add, in these folders of startrack; in all where none is given."""
    output = git(ROOT, "ls-files", "--cached", "--others", "--exclude-standard", "-z", "--", *folders)
    return [name for name in output.split("\0") if name and (ROOT / name).is_file()]

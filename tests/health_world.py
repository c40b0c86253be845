"""A small list with a finding of many kinds, counted twice against the demo's GitHub."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from subprocess import CompletedProcess

import commands
from startrack.demo.access import Clock
from startrack.demo.figures import SteadyHistory
from startrack.demo.server import Server, serving
from startrack.demo.world import ALWAYS, DatedName, DemoRepository, World

__all__ = ["FIRST", "LIST", "SECOND", "count", "health", "make", "world"]

FIRST, SECOND = datetime(2026, 11, 20, 12, 17), datetime(2026, 11, 24, 12, 17)
CREATED = datetime(2024, 1, 1)
HOSTILE = "::error::@octocat ##[x] o/r#1 GH-7 <b> | https://github.com/x/y/issues/1"
LIST = f"""# A list

## Tools

- [Fine](https://github.com/o/fine) - Works.
- [Renamed](https://github.com/o/before/tree/main/docs#top) - Has another name now.
- [{HOSTILE}](https://github.com/o/after) - The same.
- [Archived](https://github.com/o/archived) - Read-only.
- [Gone](https://github.com/o/gone) - Not there.
- [Empty](https://github.com/o/empty) - Not begun.
- [Alive](https://github.com/o/alive) (archived) - Came back.

## Papers

- [Licence](https://github.com/o/licence) - Changed its licence.
- [Idle](https://github.com/o/idle) - No commit for long.
- [Fork](https://github.com/o/fork) - Made from an entry above.
"""


def world() -> World:
    """Return the repositories of the list, as they are before the first run."""
    names = ("fine", "before", "archived", "empty", "alive", "licence", "idle", "fork", "unlisted")
    made = World(
        DemoRepository(
            number,
            (DatedName(ALWAYS, f"o/{name}"),),
            CREATED,
            SteadyHistory(CREATED.date(), stars=100, stars_per_day=0, commits=5, days_per_commit=7),
            license="MIT",
        )
        for number, name in enumerate(names, start=1)
    )
    made.rename("o/before", "o/after")
    made.archive("o/archived", datetime(2026, 3, 4))
    made.empty("o/empty")
    for fork, original in (("o/fork", "o/fine"), ("o/licence", "o/unlisted")):
        made.put(replace(made.named(fork), is_fork=True, parent_id=made.named(original).repo_id))
    idle = made.named("o/idle")
    made.put(replace(idle, figures=SteadyHistory(CREATED.date(), stars=9, stars_per_day=0, commits=5)))
    return made


def make(folder: Path) -> None:
    """Count the list twice in a folder; in between, a project changes its licence."""
    (folder / "README.md").write_text(LIST, encoding="utf-8")
    made, clock = world(), Clock(FIRST)
    with serving(made, clock=clock) as github:
        count(folder, github, FIRST)
        made.put(replace(made.named("o/licence"), license="AGPL-3.0"))
        clock.set(SECOND)
        count(folder, github, SECOND)


def count(folder: Path, github: Server, at: datetime) -> None:
    """Count the list in a folder."""
    variables = commands.environment(github)
    done = commands.startrack(folder, "snapshot", "README.md", "--taken-at", at.isoformat(), variables=variables)
    assert done.returncode == 0, done.stderr


def health(folder: Path, *words: str, **variables: str) -> CompletedProcess[str]:
    """Run `startrack health` in a folder, with an address where no GitHub answers."""
    nowhere = {"GITHUB_API_URL": "http://127.0.0.1:9", "GITHUB_GRAPHQL_URL": "http://127.0.0.1:9"}
    return commands.startrack(folder, "health", *words, variables=nowhere | variables)

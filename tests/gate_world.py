"""A small GitHub and a list of it, with five proposed additions, four of them special in one way each."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from pathlib import Path

from conftest import connect
from startrack.config import CheckConfig, Config, ListConfig
from startrack.demo.figures import Figures, RecordedHistory
from startrack.demo.server import Server
from startrack.demo.world import ALWAYS, DatedName, DemoRepository, Release, World
from startrack.workflows import snapshot

NOW = datetime(2025, 6, 26, 23, 17)
BORN = date(2024, 9, 1)
RULES = CheckConfig.model_validate(
    {
        "min_stars": 50,
        "min_age": "90d",
        "max_idle": "365d",
        "licenses": ["MIT", "Apache-2.0"],
        "min_contributors": 2,
        "required_description": True,
        "sorted": True,
        "levels": {"sorted": "warn"},
        "exempt": [{"section": "Datasets", "rules": ["min_stars", "licenses", "min_age"]}],
    }
)
LISTED = ("a/alpha", "a/beta", "a/delta", "a/gamma", "a/kappa", "a/omega", "a/zeta")
LIST = """\
# Tools

## Libraries

{}
## Datasets

- [Digits](https://github.com/d/digits) - Handwritten digits.
""".format("".join(f"- [{name[2:].title()}](https://github.com/{name}) - Does something.\n" for name in LISTED))
GOOD, ARCHIVED, REDIRECT, BURST, EXEMPT = (
    "- [Epsilon](https://github.com/n/good) - Does it well.\n",
    "- [Eta](https://github.com/n/archived) - Was good once.\n",
    "- [Iota](https://github.com/a/before) - The same as Kappa.\n",
    "- [Lambda](https://github.com/n/burst) - Was in the news.\n",
    "- [Letters](https://github.com/n/letters) - Handwritten letters.\n",
)
ADDED = (
    LIST.replace("- [Gamma]", f"{GOOD}{ARCHIVED}- [Gamma]")
    .replace("- [Kappa]", f"{REDIRECT}- [Kappa]")
    .replace("- [Omega]", f"{BURST}- [Omega]")
    + EXEMPT
)


def growing(born: date, steps: Iterable[tuple[int, int]], idle: int = 3) -> RecordedHistory:
    """Return figures with so many stars so many days after the first; the last commit is `idle` days before now."""
    pushed = NOW - timedelta(days=idle)
    begun = datetime.combine(born, datetime.min.time())
    entries = [(begun + timedelta(days=day), Figures(stars, stars // 9, 40, pushed)) for day, stars in steps]
    return RecordedHistory(born, tuple(at for at, _ in entries), tuple(figures for _, figures in entries))


def repository(repo_id: int, *names: str, stars: int = 300, **more: object) -> DemoRepository:
    """Return a repository that grows steadily; with several names, it had the earlier ones before."""
    dated = (DatedName(ALWAYS, names[0]), *(DatedName(datetime(2025, 1, 1), name) for name in names[1:]))
    values = {
        "figures": growing(BORN, [(0, 0), (150, stars // 2), (290, stars)]),
        "license": "MIT",
        "contributors": 5,
        "description": f"About {names[0]}.",
    } | more
    return DemoRepository(repo_id, dated, created_at=datetime(2024, 9, 1), **values)  # type: ignore[arg-type] # by name


def world() -> World:
    """Return the repositories of the list, and those that are proposed."""
    listed = [
        repository(100 + number, *(["a/before"] if name == "a/kappa" else []), name, stars=100 * (number + 1))
        for number, name in enumerate(LISTED)
    ]
    return World(
        [
            *listed,
            repository(200, "d/digits"),
            repository(301, "n/good", stars=450, releases=(Release("v1.2.0", datetime(2025, 5, 4)),)),
            repository(302, "n/archived", archived_at=datetime(2025, 2, 3)),
            repository(304, "n/burst", figures=growing(BORN, [(0, 4), (100, 24), (110, 924), (290, 944)])),
            repository(305, "n/letters", stars=12, license=None),
        ]
    )


def configured(folder: Path, rules: CheckConfig = RULES) -> Config:
    """Return the configuration of the list in a folder."""
    return Config(lists=(ListConfig(source="README.md"),), check=rules, root=folder)


def counted(folder: Path, github: Server, config: Config) -> None:
    """Write the list into a folder, and count it once."""
    (folder / "README.md").write_text(LIST, encoding="utf-8")
    with connect(github) as client:
        snapshot.run(config, client, github.clock.now(), github.clock.now, lambda _done, _total: None)

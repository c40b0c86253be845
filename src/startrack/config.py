"""The configuration: `startrack.toml`, or `[tool.startrack]` in pyproject.toml, all of it optional.

Checked whole on load; every mistake is named with its place, what was expected and the nearest right spelling.
"""

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

from startrack.errors import ConfigError, did_you_mean
from startrack.model.changes import Window

__all__ = ["Config", "ListConfig", "find", "load"]

_PATTERNS = {
    "name": "a name is made of a-z, 0-9, _, . and -, and begins with a letter or figure",
    "label": "a label is one or a few short words",
}

_ADDRESSES = frozenset({"api_url", "graphql_url", "base_url"})

DEFAULT_FILE = Path("startrack.toml")
_PYPROJECT = Path("pyproject.toml")
_LARGEST_WINDOW = 3650
# Systems refuse more than some 4,000 and 255; drafts, locks and pages need some of it for their own names.
_LONGEST_PATH, _LONGEST_PART = 1000, 200
_LONGEST_NAME = 80


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


def _window(value: object) -> Window:
    found = re.fullmatch(r"([1-9][0-9]{0,3})d", value) if isinstance(value, str) else None
    if found is None or int(found[1]) > _LARGEST_WINDOW:
        raise ValueError(f'a window is a number of days up to {_LARGEST_WINDOW}, written like "30d"')
    return Window(int(found[1]))


def _path(value: object) -> object:
    if not isinstance(value, str | Path) or not str(value) or "\0" in str(value):
        raise ValueError("a path is a text that is not empty")
    if len(str(value)) > _LONGEST_PATH or any(len(os.fsencode(part)) > _LONGEST_PART for part in Path(value).parts):
        raise ValueError(f"a path has at most {_LONGEST_PATH} characters, and {_LONGEST_PART} bytes between slashes")
    return value


def _file(value: object) -> object:
    if isinstance(value, str | Path) and str(value) and not Path(value).name:
        raise ValueError("the path of a file ends with its name")
    return _path(value)


def _address(value: str) -> str:
    """Return an address to which paths can be added. Raises ValueError where that would not lead below it."""
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or parts.scheme not in {"http", "https"} or not value.isprintable() or re.search(r"[\s\\<>\"]", value):
        raise ValueError("an address begins with http:// or https:// and a host")
    if "?" in value or "#" in value:
        raise ValueError("an address to which paths are added has no ? and no #; leave out what follows them")
    if "@" in parts.netloc:
        raise ValueError("an address that readers see holds no user name and no password; leave them out")
    return value


PathField = Annotated[Path, BeforeValidator(_path)]
FileField = Annotated[Path, BeforeValidator(_file)]
WindowField = Annotated[Window, BeforeValidator(_window)]
Address = Annotated[str, AfterValidator(_address)]


class ListConfig(_Table):
    """One list: where it is read from, and which part of it is tracked."""

    source: str = Field(min_length=1)
    name: str | None = Field(default=None, pattern=r"^[a-z0-9][a-z0-9_.-]*$", max_length=_LONGEST_NAME)
    sections: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    label: str | None = Field(default=None, pattern=r"^[\w -]{1,24}$")


class GitHubConfig(_Table):
    """Where GitHub answers; GITHUB_API_URL and GITHUB_GRAPHQL_URL stand in where neither address is set.

    `reserve` is what of each token's hourly budget is left untouched, for others who use it.
    """

    api_url: Address | None = None
    graphql_url: Address | None = None
    reserve: int = Field(default=50, ge=0)


class SnapshotsConfig(_Table):
    """Where day files go, the period each covers, and where the database is built from them."""

    folder: PathField = Path("snapshots")
    database: FileField | None = None
    every: Literal["day", "hour"] = "day"


class DashboardsConfig(_Table):
    """Where pages go, and the address they are published at, which feeds and snippets for READMEs then lead to."""

    folder: PathField = Path("dashboards")
    base_url: Address | None = None
    title: str = "Star trends"


class ReadmeConfig(_Table):
    """The files whose startrack tables are kept up to date."""

    file: tuple[FileField, ...] | None = None

    @model_validator(mode="before")
    @classmethod
    def _one_or_many(cls, value: object) -> object:
        if isinstance(value, dict) and isinstance(value.get("file"), str):
            return value | {"file": [value["file"]]}
        return value


class ScheduleConfig(_Table):
    """When `startrack schedule` runs: a cron line of five fields, and the time zone it is meant in."""

    cron: str = "17 5 * * *"
    timezone: str = "UTC"


class TrendsConfig(_Table):
    """The windows that pages and tables show, and what rankings go by unless told otherwise."""

    windows: tuple[WindowField, ...] = Field(default=tuple(Window(days) for days in (1, 7, 30, 90, 365)), min_length=1)
    sort: Literal["rising", "gain", "percent", "stars", "forks", "commits", "accelerating"] = "rising"


class Config(_Table):
    """The whole configuration; relative paths start at `root`, the folder of its file."""

    lists: tuple[ListConfig, ...] = ()
    github: GitHubConfig = GitHubConfig()
    snapshots: SnapshotsConfig = SnapshotsConfig()
    dashboards: DashboardsConfig = DashboardsConfig()
    readme: ReadmeConfig = ReadmeConfig()
    schedule: ScheduleConfig = ScheduleConfig()
    trends: TrendsConfig = TrendsConfig()
    root: Path = Field(default=Path(), exclude=True)

    @property
    def snapshots_folder(self) -> Path:
        """The folder of the day files."""
        return self.root / self.snapshots.folder

    @property
    def database(self) -> Path:
        """The file of the database, in the folder of the day files unless set."""
        return self.root / (self.snapshots.database or self.snapshots.folder / "startrack.duckdb")

    @property
    def dashboards_folder(self) -> Path:
        """The folder of the pages."""
        return self.root / self.dashboards.folder


def load(path: Path | None) -> Config:
    """Return the configuration in a file, or the defaults where there is none and none was named.

    Without a path `startrack.toml` in this folder is looked for, then `[tool.startrack]` in pyproject.toml.
    Raises ConfigError.
    """
    found = find(path)
    return Config() if found is None else _read(found)


def find(path: Path | None) -> Path | None:
    """Return the file that `load` reads, `None` where it goes by the defaults. Raises ConfigError."""
    if path is not None:
        return path
    if DEFAULT_FILE.exists():
        return DEFAULT_FILE
    is_table = _PYPROJECT.exists() and _of_pyproject(_toml(_PYPROJECT)) is not None
    return _PYPROJECT if is_table else None


def _of_pyproject(found: Mapping[str, Any]) -> Mapping[str, Any] | None:
    tools = found.get("tool")
    table = tools.get("startrack") if isinstance(tools, dict) else None
    if table is not None and not isinstance(table, dict):
        raise ConfigError(f"{_PYPROJECT}: tool.startrack is no table; write [tool.startrack]")
    return table


def _read(path: Path) -> Config:
    found = _toml(path)
    if path.name == _PYPROJECT.name:
        return _check(_of_pyproject(found) or {}, path, "tool.startrack.")
    return _check(found, path, "")


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ConfigError(f"there is no configuration {path}; check --config, or leave it out") from error
    except OSError as error:
        raise ConfigError(f"cannot read the configuration {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"the configuration {path} is not UTF-8 (byte {error.start})") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"the configuration {path} is not TOML: {error}") from error
    except (RecursionError, ValueError) as error:
        raise ConfigError(
            f"the configuration {path} is nested too deep, or has a number too long; shorten it",
        ) from error


def _check(values: Mapping[str, Any], path: Path, prefix: str) -> Config:
    if "root" in values:
        raise ConfigError(f"{path}: {prefix}root: there is no such key")
    try:
        config = Config.model_validate({**values, "root": path.parent})
    except ValidationError as error:
        lines = [_explain(each, prefix) for each in _own(error.errors())]
        raise ConfigError(f"{path}: " + "; ".join(lines)) from error
    pages, days = config.dashboards_folder.resolve(), config.snapshots_folder.resolve()
    if pages.is_relative_to(days) or (days.is_relative_to(pages) and days.parent != pages):
        raise ConfigError(f"{path}: {prefix}dashboards.folder and {prefix}snapshots.folder overlap; give each its own")
    names = [each.name for each in config.lists if each.name]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise ConfigError(f"{path}: two lists are named {twice!r}; give each a name of its own")
    return config


def _own(errors: list[ErrorDetails]) -> list[ErrorDetails]:
    """Leave out what only follows from a mistake further in: a list without its wrong item is too short."""
    places = [each["loc"] for each in errors]
    return [each for each in errors if not any(each["loc"] == place[: len(each["loc"])] != place for place in places)]


def _explain(error: ErrorDetails, prefix: str) -> str:
    where = prefix + "".join(_steps(error["loc"]))
    if error["type"] == "extra_forbidden":
        return f"{where}: there is no such key; {_nearest(error['loc'])}"
    if error["type"] == "literal_error" and isinstance(error["input"], str):
        known = re.findall(r"'([^']*)'", error["ctx"]["expected"])
        return f"{where}: there is no {error['input']!r}; {did_you_mean(error['input'], known)}"
    message = error["msg"].removeprefix("Value error, ")
    if error["type"] == "string_pattern_mismatch":
        message = _PATTERNS.get(str(error["loc"][-1]), message)
    # What stands in an address may be a password.
    if error["loc"][-1] in _ADDRESSES:
        return f"{where}: {message}"
    return f"{where}: {message}, not {error['input']!r}" if error["type"] != "missing" else f"{where}: is missing"


def _steps(location: tuple[int | str, ...]) -> Iterator[str]:
    for place, step in enumerate(location):
        yield f"[{step + 1}]" if isinstance(step, int) else f".{step}" if place else step


def _nearest(location: tuple[int | str, ...]) -> str:
    """Return the nearest key that the table in question does have, or all that it has."""
    table: type[BaseModel] = Config
    for step in location[:-1]:
        if isinstance(step, str):
            table = ListConfig if step == "lists" else type(table.model_fields[step].default)
    keys = [key for key in table.model_fields if key != "root"]
    return did_you_mean(str(location[-1]), keys)

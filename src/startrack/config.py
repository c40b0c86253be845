"""The configuration: `startrack.toml`, or `[tool.startrack]` in pyproject.toml; every key is optional.

All of it is checked on load. The error names each mistake with its key, the expected value and the nearest spelling.
"""

import os
import re
import shlex
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, get_args
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails

from startrack.errors import ConfigError, did_you_mean
from startrack.model import findings
from startrack.model.cadence import Cadence, MinChange, parse_min_change
from startrack.model.changes import Window
from startrack.model.checks import Rule
from startrack.model.licences import GITHUB_LICENCES

__all__ = ["CheckConfig", "Config", "Exemption", "HealthConfig", "Hook", "IgnoreConfig", "ListConfig", "find", "load"]

_PATTERNS = {
    "name": "use a-z, 0-9, _, . and - only, and begin with a letter or digit",
    "label": "use at most 24 letters, digits, spaces, _ and -, without spaces around them",
    "repo": "use OWNER/NAME",
    "archived_section": "use the text of a heading, in one line, without spaces around it",
    "mark": "use at most 40 characters, without [ ] < > | ` and backslashes, and without spaces around them",
}

# What is expected in place of a value of another type, or out of bounds, by pydantic's names of errors.
_EXPECTED = {
    "bool_type": "use true or false",
    "int_type": "use a whole number",
    "greater_than_equal": "use a number of at least {ge}",
    "less_than_equal": "use a number of at most {le}",
    "string_type": "use a text in quotation marks",
    "string_too_long": "use at most {max_length} characters",
    "tuple_type": "use a list, in square brackets",
    "too_short": "name at least one",
    "model_type": "use a table",
    "enum": "use one of: {expected}",
    "literal_error": "use one of: {expected}",
}

_MARK = r"^[^\s\[\]<>|`\\](?:[^\r\n\[\]<>|`\\]{0,38}[^\s\[\]<>|`\\])?$"

# A URL or a command may contain a password, so a wrong one is not shown.
_UNSHOWN_KEYS = frozenset({"api_url", "graphql_url", "base_url", "on_success", "on_failure"})

Hook = str | tuple[str, ...]
"""The URL of a webhook, or the words of a command."""

DEFAULT_FILE = Path("startrack.toml")
_PYPROJECT = Path("pyproject.toml")
_MAX_WINDOW_DAYS = 3650
# Systems allow about 4,000 characters and 255 bytes; the names of drafts, locks and pages need some of that.
_MAX_PATH_LENGTH, _MAX_PART_BYTES = 1000, 200
_MAX_NAME_LENGTH = 80


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


def _window(value: object) -> Window:
    match = re.fullmatch(r"([1-9][0-9]{0,3})d", value) if isinstance(value, str) else None
    if match is None or int(match[1]) > _MAX_WINDOW_DAYS:
        raise ValueError(f'a window is a number of days up to {_MAX_WINDOW_DAYS}, for example "30d"')
    return Window(int(match[1]))


def _distinct(windows: tuple[Window, ...]) -> tuple[Window, ...]:
    if len(set(windows)) < len(windows):
        raise ValueError("a window is there twice; remove one of them")
    return windows


def _age(value: object) -> timedelta:
    match = re.fullmatch(r"([1-9][0-9]{0,3})d", value) if isinstance(value, str) else None
    if match is None:
        raise ValueError('an age is a number of days up to 9999, for example "90d"')
    return timedelta(days=int(match[1]))


def _path(value: object) -> object:
    if not isinstance(value, str | Path) or not str(value) or "\0" in str(value):
        raise ValueError("a path must be a non-empty string")
    if len(str(value)) > _MAX_PATH_LENGTH or any(
        len(os.fsencode(part)) > _MAX_PART_BYTES for part in Path(value).parts
    ):
        raise ValueError(f"a path may have {_MAX_PATH_LENGTH} characters, and {_MAX_PART_BYTES} bytes between slashes")
    return value


def _file(value: object) -> object:
    if isinstance(value, str | Path) and str(value) and not Path(value).name:
        raise ValueError("the path must end with a file name")
    return _path(value)


def _url(value: str) -> str:
    """Return a URL to which paths can be added. Raises ValueError if it is invalid or has a query or user name."""
    _check_url(value)
    if "?" in value or "#" in value:
        raise ValueError("the URL must not contain ? or #; remove them and what follows")
    return value


def _check_url(value: str) -> None:
    """Raise ValueError if a URL is invalid or has a user name."""
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or parts.scheme not in {"http", "https"} or not value.isprintable() or re.search(r"[\s\\<>\"]", value):
        raise ValueError("a URL must begin with http:// or https:// and a host")
    if "@" in parts.netloc:
        raise ValueError("the URL must not contain a user name or password; remove them")


def _hook(value: object) -> Hook | None:
    """Return a hook: a text that begins like a URL is one; another text is split like a shell does, and no more."""
    if value is None:
        return None
    if isinstance(value, str) and re.match("https?:", value, re.IGNORECASE):
        _check_url(value)
        return value
    words = shlex.split(value) if isinstance(value, str) else value
    if not isinstance(words, list | tuple) or not words or not all(isinstance(word, str) for word in words):
        raise ValueError('use a URL, or a command such as ["notify", "--quiet"]')
    if not words[0] or any("\0" in word for word in words):
        raise ValueError("the command must not be empty, nor contain a NUL")
    return tuple(words)


def _day(value: object) -> object:
    """Return a day, which may be written with quotation marks or without."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        return date.fromisoformat(value if isinstance(value, str) else "")
    except ValueError as error:
        raise ValueError("use a day, for example 2027-03-31") from error


def _text(value: object) -> object:
    """Return a text that a person can read. Raises ValueError for one of spaces alone."""
    if isinstance(value, str) and not value.strip():
        raise ValueError("use a text that is not empty")
    return value


def _licence(value: object) -> object:
    """Return an SPDX identifier, in GitHub's spelling if GitHub has such a licence."""
    if not isinstance(value, str) or not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9.+-]{0,63}", value):
        raise ValueError('use one SPDX identifier for each licence, for example "Apache-2.0"')
    return next((known for known in GITHUB_LICENCES if known.casefold() == value.casefold()), value)


PathField = Annotated[Path, BeforeValidator(_path)]
FileField = Annotated[Path, BeforeValidator(_file)]
MinChangeField = Annotated[MinChange, BeforeValidator(parse_min_change), PlainSerializer(str)]
WindowField = Annotated[Window, BeforeValidator(_window)]
AgeField = Annotated[timedelta, BeforeValidator(_age)]
UrlField = Annotated[str, AfterValidator(_url)]
HookField = Annotated[Hook | None, BeforeValidator(_hook)]
TextField = Annotated[str, BeforeValidator(_text)]
LicenceField = Annotated[str, BeforeValidator(_licence)]
# TOML has numbers and truth values of its own, so a text such as "yes" is a mistake.
NumberField = Annotated[int, Field(strict=True)]
SwitchField = Annotated[bool, Field(strict=True)]


class ListConfig(_Table):
    """One list: its source, and which sections and projects of it are tracked."""

    source: TextField
    name: str | None = Field(default=None, pattern=r"^[a-z0-9][a-z0-9_.-]*$", max_length=_MAX_NAME_LENGTH)
    sections: tuple[TextField, ...] = ()
    exclude: tuple[TextField, ...] = ()
    label: str | None = Field(default=None, pattern=r"^[\w-](?:[\w -]{0,22}[\w-])?$")


class GitHubConfig(_Table):
    """The URLs of GitHub's APIs. If neither is set, GITHUB_API_URL and GITHUB_GRAPHQL_URL are used.

    `reserve` is the part of each token's hourly budget that startrack leaves for other programs.
    """

    api_url: UrlField | None = None
    graphql_url: UrlField | None = None
    reserve: NumberField = Field(default=50, ge=0)


class SnapshotsConfig(_Table):
    """The folder of the day files, the period of each file, and the database that is built from them."""

    folder: PathField = Path("snapshots")
    database: FileField | None = None
    every: Literal["day", "hour"] = "day"


class DashboardsConfig(_Table):
    """The folder of the dashboards, and the URL where they are published: feeds and README snippets link to it."""

    folder: PathField = Path("dashboards")
    base_url: UrlField | None = None
    title: TextField = "Star trends"


class ReadmeConfig(_Table):
    """The files whose startrack blocks are updated, how often, and which change of a total is shown before that."""

    file: tuple[FileField, ...] | None = None
    cadence: Cadence = Cadence.MONTHLY
    min_change: MinChangeField = MinChange(percent=5)

    @model_validator(mode="before")
    @classmethod
    def _wrap_single_file(cls, value: object) -> object:
        if isinstance(value, dict) and isinstance(value.get("file"), str):
            return value | {"file": [value["file"]]}
        return value


class ScheduleConfig(_Table):
    """When `startrack schedule` runs (a cron line of five fields, and its time zone), and what it calls after each.

    `hook_timeout` is in seconds.
    """

    cron: str = "17 5 * * *"
    timezone: str = "UTC"
    on_success: HookField = None
    on_failure: HookField = None
    hook_timeout: NumberField = Field(default=60, ge=1, le=3600)


class TrendsConfig(_Table):
    """The windows that pages and tables show, and the default order of rankings."""

    windows: Annotated[tuple[WindowField, ...], AfterValidator(_distinct)] = Field(
        default=tuple(Window(days) for days in (1, 7, 30, 90, 365)), min_length=1
    )
    sort: Literal["rising", "gain", "percent", "stars", "forks", "commits", "accelerating"] = "rising"


class IgnoreConfig(_Table):
    """A finding that is not reported: its repository, its kind, why, and the last day on which it is ignored."""

    repo: str = Field(pattern=r"^[\w.-]+/[\w.-]+$")
    finding: findings.Kind
    reason: TextField
    until: Annotated[date, BeforeValidator(_day)] | None = None


class HealthConfig(_Table):
    """The findings that are not reported, and what `startrack health --fix` does with archived entries.

    It leaves them alone, puts `mark` behind their link, or moves them into the section `archived_section`.
    """

    archived: Literal["report", "mark", "move"] = "report"
    mark: str = Field(default="(archived)", pattern=_MARK)
    archived_section: str = Field(default="Archived", pattern=r"^\S(?:[^\r\n]{0,98}\S)?$")
    ignore: tuple[IgnoreConfig, ...] = ()


_LevelName = Literal["warn", "fail"]


class CheckLevels(_Table):
    """What it means that a rule is broken, by the names of the rules."""

    exists: _LevelName = "fail"
    archived: _LevelName = "fail"
    duplicate: _LevelName = "fail"
    mentioned: _LevelName = "warn"
    burst: _LevelName = "warn"
    min_stars: _LevelName = "fail"
    min_age: _LevelName = "fail"
    max_idle: _LevelName = "fail"
    licenses: _LevelName = "fail"
    min_contributors: _LevelName = "fail"
    required_description: _LevelName = "fail"
    sorted: _LevelName = "fail"


class Exemption(_Table):
    """A section to whose entries some rules do not apply."""

    section: TextField
    rules: tuple[Rule, ...] = Field(min_length=1)


class CheckConfig(_Table):
    """The rules for proposed additions; those that are `None`, empty or false do not hold.

    `max_idle` is the time since the last commit. `licenses` are SPDX identifiers.
    """

    min_stars: NumberField | None = Field(default=None, ge=1)
    min_age: AgeField | None = None
    max_idle: AgeField | None = None
    licenses: tuple[LicenceField, ...] = ()
    min_contributors: NumberField | None = Field(default=None, ge=1)
    required_description: SwitchField = False
    sorted: SwitchField = False
    levels: CheckLevels = CheckLevels()
    exempt: tuple[Exemption, ...] = ()

    @property
    def unknown_licences(self) -> tuple[str, ...]:
        """The allowed licences that GitHub gives no repository, as far as this version knows."""
        return tuple(licence for licence in self.licenses if licence not in GITHUB_LICENCES)


class Config(_Table):
    """The whole configuration; relative paths are relative to `root`, the folder of its file."""

    lists: tuple[ListConfig, ...] = ()
    github: GitHubConfig = GitHubConfig()
    snapshots: SnapshotsConfig = SnapshotsConfig()
    dashboards: DashboardsConfig = DashboardsConfig()
    readme: ReadmeConfig = ReadmeConfig()
    schedule: ScheduleConfig = ScheduleConfig()
    trends: TrendsConfig = TrendsConfig()
    health: HealthConfig = HealthConfig()
    check: CheckConfig = CheckConfig()
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
    """Load a configuration file. Without a path, look in the current folder; use the defaults if there is none.

    In the current folder `startrack.toml` is used, else `[tool.startrack]` in pyproject.toml. Raises ConfigError.
    """
    file = find(path)
    return Config() if file is None else _read(file)


def find(path: Path | None) -> Path | None:
    """Return the file that `load` reads, `None` if it returns the defaults. Raises ConfigError."""
    if path is not None:
        return path
    if DEFAULT_FILE.exists():
        return DEFAULT_FILE
    is_table = _PYPROJECT.exists() and _startrack_table(_parse_toml(_PYPROJECT)) is not None
    return _PYPROJECT if is_table else None


def _startrack_table(pyproject: Mapping[str, Any]) -> Mapping[str, Any] | None:
    tools = pyproject.get("tool")
    table = tools.get("startrack") if isinstance(tools, dict) else None
    if table is not None and not isinstance(table, dict):
        raise ConfigError(f"{_PYPROJECT}: tool.startrack must be a table: [tool.startrack]")
    return table


def _read(path: Path) -> Config:
    values = _parse_toml(path)
    if path.name == _PYPROJECT.name:
        return _check(_startrack_table(values) or {}, path, "tool.startrack.")
    return _check(values, path, "")


def _parse_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ConfigError(f"the configuration {path} does not exist; correct --config, or omit it") from error
    except OSError as error:
        raise ConfigError(f"cannot read the configuration {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"the configuration {path} is not UTF-8 (byte {error.start})") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"the configuration {path} is not TOML: {error}") from error
    except (RecursionError, ValueError) as error:
        raise ConfigError(
            f"the configuration {path} is nested too deeply or contains a number with too many digits; simplify it",
        ) from error


def _check(values: Mapping[str, Any], path: Path, prefix: str) -> Config:
    if "root" in values:
        raise ConfigError(f"{path}: {prefix}root: unknown key")
    try:
        config = Config.model_validate({**values, "root": path.parent})
    except ValidationError as error:
        lines = [_explain(mistake, prefix) for mistake in _innermost(error.errors())]
        raise ConfigError(f"{path}: " + "; ".join(lines)) from error
    dashboards, snapshots = config.dashboards_folder.resolve(), config.snapshots_folder.resolve()
    is_inside = snapshots.is_relative_to(dashboards) and snapshots.parent != dashboards
    if dashboards.is_relative_to(snapshots) or is_inside:
        raise ConfigError(
            f"{path}: {prefix}dashboards.folder and {prefix}snapshots.folder overlap; use two separate folders"
        )
    names = [config_list.name for config_list in config.lists if config_list.name]
    if duplicate := next((name for name in names if names.count(name) > 1), None):
        raise ConfigError(f"{path}: two lists are named {duplicate!r}; give each its own name")
    return config


def _innermost(errors: list[ErrorDetails]) -> list[ErrorDetails]:
    """Leave out errors caused only by an error inside: a list without its invalid item is too short."""
    keys = [error["loc"] for error in errors]

    def contains_another(outer: tuple[int | str, ...]) -> bool:
        return any(outer == key[: len(outer)] != key for key in keys)

    return [error for error in errors if not contains_another(error["loc"])]


def _explain(error: ErrorDetails, prefix: str) -> str:
    key = prefix + "".join(_key_parts(error["loc"]))
    if error["type"] == "extra_forbidden":
        return f"{key}: unknown key; {_nearest_key(error['loc'])}"
    if error["type"] in ("literal_error", "enum") and isinstance(error["input"], str):
        known = re.findall(r"'([^']*)'", error["ctx"]["expected"])
        return f"{key}: unknown value {error['input']!r}; {did_you_mean(error['input'], known)}"
    if error["type"] == "string_pattern_mismatch":
        message = _PATTERNS[str(error["loc"][-1])]
    else:
        message = _EXPECTED.get(error["type"], "{msg}").format(**error.get("ctx", {}), msg=error["msg"])
    message = message.removeprefix("Value error, ")
    if _UNSHOWN_KEYS.intersection(error["loc"]):
        return f"{key}: {message}"
    return f"{key}: {message}, not {error['input']!r}" if error["type"] != "missing" else f"{key}: is missing"


def _key_parts(location: tuple[int | str, ...]) -> Iterator[str]:
    for index, step in enumerate(location):
        yield f"[{step + 1}]" if isinstance(step, int) else f".{step}" if index else step


def _nearest_key(location: tuple[int | str, ...]) -> str:
    """Return the nearest key of the table, or all its keys if none is near."""
    table: type[BaseModel] = Config
    for step in location[:-1]:
        if isinstance(step, str):
            table = _table_of(table.model_fields[step].annotation)
    keys = [key for key in table.model_fields if key != "root"]
    return did_you_mean(str(location[-1]), keys)


def _table_of(annotation: Any) -> type[BaseModel]:  # noqa: ANN401 - a type hint has no better type
    """Return the table of a key, or that of its items where it has several: `[[lists]]`."""
    return annotation if isinstance(annotation, type) else _table_of(get_args(annotation)[0])

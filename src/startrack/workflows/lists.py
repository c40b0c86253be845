"""The lists that a configuration names: which to count, where they are, how they are read; and its store."""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date
from pathlib import Path

from startrack.config import Config, ListConfig
from startrack.errors import BlockError, ConfigError, NetworkError, SourceError, StartrackError
from startrack.github import rest
from startrack.github.client import Client, Document
from startrack.github.responses import UnansweredError
from startrack.lists import git_history, parser, places, selection, sources
from startrack.lists.additions import Version
from startrack.model.lists import List
from startrack.readme import blocks
from startrack.store.database import Database
from startrack.store.snapshots import Snapshots

__all__ = [
    "fetch_list",
    "list_files",
    "list_names",
    "listing_days",
    "lists_to_publish",
    "locate",
    "name_of",
    "no_file",
    "open_store",
    "parse_list",
    "parse_version",
    "read_list",
    "read_lists",
    "select",
]


def select(config: Config, sources: Sequence[str]) -> Config:
    """Return the configuration with only the lists that `sources` name; a source can also be a new list.

    The result says which lists to count; `lists_to_publish` says which to publish. Raises ConfigError if neither the
    command line nor the configuration names a list, SourceError if a source is empty or not UTF-8.
    """
    if not sources:
        if not config.lists:
            raise ConfigError(
                'no list to read: name one, as in `startrack update README.md`, or add [[lists]] source = "…"',
            )
        return config
    selected = (_find_configured(config, source) or _new(config, source) for source in sources)
    return config.model_copy(update={"lists": tuple(dict.fromkeys(selected))})


def lists_to_publish(config: Config, counted: Config) -> Config:
    """Return the configuration with the lists of the pages: its own and those just counted.

    A configuration without lists stays without: its pages show every list that was ever counted.
    """
    if not config.lists:
        return config
    return config.model_copy(update={"lists": tuple(dict.fromkeys([*config.lists, *counted.lists]))})


def _find_configured(config: Config, source: str) -> ListConfig | None:
    """Return the configured list with this name or source, in any spelling of the source."""
    if exact := next((entry for entry in config.lists if source in (entry.source, entry.name)), None):
        return exact
    key = _source_key(config, _new(config, source))
    return next((entry for entry in config.lists if key is not None and _source_key(config, entry) == key), None)


def _source_key(config: Config, list_config: ListConfig) -> tuple[str, ...] | None:
    """Return a key that is the same for all spellings of a source, `None` if it is not a source."""
    try:
        source = locate(config, list_config)
    except SourceError:
        return None
    match source:
        case sources.FileSource(path=path):
            return ("file", os.path.realpath(config.root / path))
        case sources.GitHubSource(repo=repo, path=path):
            return ("github", repo.lower(), path or "")
        case sources.UrlSource(url=url):
            return ("web", url)


def _new(config: Config, source: str) -> ListConfig:
    # A path on the command line is relative to the working folder, not to the folder of the configuration.
    if source and _exists(Path(source)):
        outside = source if config.root == Path() else str(Path(source).absolute())
        source = _below(config.root, Path(source)) or outside
    try:
        return ListConfig(source=source)
    except ValueError as error:
        raise SourceError(f"the list's name {source!r} is empty or not UTF-8; correct it") from error


def _below(root: Path, path: Path) -> str | None:
    """Return a path relative to `root`, `None` if it is outside of it.

    A list that is itself a symbolic link keeps its own name.
    """
    plain, base = Path(os.path.normpath(path.absolute())), Path(os.path.normpath(root.absolute()))
    if plain.is_relative_to(base) and os.path.realpath(plain) == os.path.realpath(path):
        return plain.relative_to(base).as_posix()
    real, base = Path(os.path.realpath(path.parent), path.name), Path(os.path.realpath(root))
    is_below = path.name not in ("", "..") and real.is_relative_to(base)
    return real.relative_to(base).as_posix() if is_below else None


def read_lists(config: Config, connect: Callable[[], Client]) -> tuple[list[List], list[StartrackError]]:
    """Return the lists that could be read, and an error for each of the others.

    `connect` returns a client; it is called only for a list that is not a local file.
    Raises ConfigError if two lists have the same name.
    """
    read: list[List] = []
    problems: list[StartrackError] = []
    for list_config in config.lists:
        try:
            read.append(read_list(config, list_config, connect))
        except (SourceError, NetworkError, UnansweredError, BlockError) as error:
            problems.append(error)
    names = [entry.name for entry in read]
    if duplicate := next((name for name in names if names.count(name) > 1), None):
        raise ConfigError(f"two lists are named {duplicate!r}; set a name for each in [[lists]]")
    return read, problems


def read_list(config: Config, list_config: ListConfig, connect: Callable[[], Client]) -> List:
    """Return one list, without the projects in startrack's own tables; see `read_lists` for `connect`.

    Raises SourceError, BlockError, and the errors of a client.
    """
    return parse_list(config, list_config, fetch_list(config, list_config, connect))


def fetch_list(config: Config, list_config: ListConfig, connect: Callable[[], Client]) -> Document:
    """Return the file of a list; see `read_lists` for `connect`. Raises SourceError and the errors of a client."""
    match locate(config, list_config):
        case sources.FileSource(path=path):
            return Document(_read_file(config.root / path), path)
        case sources.UrlSource(url=url):
            return connect().fetch(url)
        case sources.GitHubSource(repo=repo, path=path):
            return rest.fetch_list_file(connect(), repo, path)


def parse_list(config: Config, list_config: ListConfig, document: Document) -> List:
    """Return the list in a file, which may be another version of it. Raises SourceError and BlockError."""
    source = str(locate(config, list_config))
    parsed = parser.parse(
        document.content,
        name=name_of(config, list_config),
        source=source,
        label=list_config.label,
        suffix=parser.detect_suffix(source, document.path, document.media_type),
        find_ignored=lambda text: blocks.list_lines(text, source),
    )
    if not list_config.sections and not list_config.exclude:
        return parsed
    return selection.select(parsed, sections=list_config.sections, exclude=list_config.exclude)


def parse_version(config: Config, list_config: ListConfig, document: Document) -> Version:
    """Return the list in a file with what its text shows, if it is Markdown. Raises SourceError and BlockError."""
    listed = parse_list(config, list_config, document)
    suffix = parser.detect_suffix(listed.source, document.path, document.media_type)
    if not parser.is_markdown(suffix):
        return Version(listed)
    lines = parser.decode(document.content, listed.source).split("\n")
    # The name in front lets a README of any name be read as Markdown.
    links = places.find_places(document.content, f"list{suffix}", lambda text: blocks.list_lines(text, listed.source))
    return Version(listed, lines, links)


def locate(config: Config, list_config: ListConfig) -> sources.Source:
    """Return where a list is read from; the path of a file is relative to the folder of the configuration.

    Raises SourceError.
    """
    source = sources.parse_source(list_config.source, exists=lambda path: _exists(config.root / path))
    if isinstance(source, sources.FileSource):
        return sources.FileSource(_below(config.root, config.root / source.path) or source.path)
    return source


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # the name is too long or contains a NUL
        return False


def name_of(config: Config, list_config: ListConfig) -> str:
    """Return the name of a list, by default made from its source."""
    return list_config.name or sources.default_name(locate(config, list_config))


def list_files(config: Config, list_configs: Iterable[ListConfig]) -> dict[str, Path]:
    """Return the path of each list that is a file, by the list's name."""
    paths = {}
    for list_config in list_configs:
        with suppress(SourceError):  # a list that cannot be located was not read either
            source = locate(config, list_config)
            if isinstance(source, sources.FileSource):
                paths[name_of(config, list_config)] = config.root / source.path
    return paths


def list_names(config: Config) -> list[str]:
    """Return the names of the configuration's lists."""
    return [name_of(config, list_config) for list_config in config.lists]


def listing_days(root: Path, lists: Iterable[List]) -> dict[str, Mapping[str, date]]:
    """Return by list and repository name the day on which git shows that the project was added to the list.

    Only lists that are files below `root` have such days; this may take seconds. A run records them, and
    `trends.listing_dates` combines them with the days on which runs first saw an entry.
    """
    return {entry.name: _git_days(root, entry) for entry in lists}


def _git_days(root: Path, listed: List) -> Mapping[str, date]:
    source = sources.parse_source(listed.source, exists=lambda path: (root / path).is_file())
    return git_history.added_days(root / source.path) if isinstance(source, sources.FileSource) else {}


def _read_file(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise no_file(path) from error
    except IsADirectoryError as error:
        raise SourceError(f"{path} is a folder; name the list's file in it, such as {path / 'README.md'}") from error
    except (OSError, ValueError) as error:
        raise SourceError(f"cannot read {path}: {getattr(error, 'strerror', error)}; check its permissions") from error


def no_file(path: Path) -> SourceError:
    """Return the error for a list whose file does not exist."""
    return SourceError(f"file {path} does not exist; check the path, or write OWNER/NAME for a list on GitHub")


def open_store(config: Config) -> tuple[Database, Snapshots]:
    """Return the database and the snapshot folder of a configuration."""
    return Database(config.database), Snapshots(config.snapshots_folder, config.snapshots.every)


def has_records(config: Config) -> bool:
    """Return whether anything was ever recorded. Raises StoreError if the snapshot folder cannot be read."""
    return config.database.exists() or any(open_store(config)[1].paths())


def open_store_to_read(config: Config) -> tuple[Database, Snapshots]:
    """Return the database and the snapshot folder for a command that only reads: it creates neither of them.

    Raises StoreError if the snapshot folder cannot be read.
    """
    store, snapshots = open_store(config)
    return replace(store, is_kept=has_records(config)), snapshots

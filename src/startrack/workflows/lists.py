"""The lists that a configuration names: which to count, where they are, what they hold."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from startrack.config import Config, ListConfig
from startrack.errors import BlockError, ConfigError, NetworkError, SourceError, StartrackError
from startrack.github import rest
from startrack.github.client import Client, Document
from startrack.github.responses import UnansweredError
from startrack.lists import parser, selection, sources
from startrack.model.lists import List
from startrack.readme import blocks
from startrack.store.database import Database
from startrack.store.snapshots import Snapshots

__all__ = [
    "list_names",
    "lists_to_publish",
    "locate",
    "name_of",
    "open_store",
    "read_list",
    "read_lists",
    "select",
]


def select(config: Config, sources: Sequence[str]) -> Config:
    """Return the configuration with its lists narrowed to the sources given: names, sources, or new ones.

    It says what to count; what is published is the whole. Raises ConfigError where neither the command line nor
    the configuration names a list, SourceError where a source is no text.
    """
    if not sources:
        if not config.lists:
            raise ConfigError(
                'no list to read: name one, as in `startrack update README.md`, or add [[lists]] source = "…"',
            )
        return config
    wanted = (_known(config, source) or _new(config, source) for source in sources)
    return config.model_copy(update={"lists": tuple(dict.fromkeys(wanted))})


def lists_to_publish(config: Config, counted: Config) -> Config:
    """Return the configuration of what to publish: its lists and those just counted; all ever, where it names none."""
    if not config.lists:
        return config
    return config.model_copy(update={"lists": tuple(dict.fromkeys([*config.lists, *counted.lists]))})


def _known(config: Config, source: str) -> ListConfig | None:
    """Return the list of the configuration that a source is, however either of them is written."""
    if named := next((each for each in config.lists if source in (each.source, each.name)), None):
        return named
    place = _place(config, _new(config, source))
    return next((each for each in config.lists if place is not None and _place(config, each) == place), None)


def _place(config: Config, wanted: ListConfig) -> tuple[str, ...] | None:
    """Return what all spellings of one list's source have in common, `None` where it is no source."""
    try:
        source = locate(config, wanted)
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
    # A source on the command line starts at the working folder, not at the configuration's.
    if source and _exists(Path(source)):
        outside = source if config.root == Path() else str(Path(source).absolute())
        source = _below(config.root, Path(source)) or outside
    try:
        return ListConfig(source=source)
    except ValueError as error:
        raise SourceError(f"{source!r} names no list: it is empty, or not UTF-8; write its name anew") from error


def _below(root: Path, path: Path) -> str | None:
    """Return a path as it is written from the folder it is in, `None` where it is not in there.

    A list that is a link itself keeps its name.
    """
    plain, base = Path(os.path.normpath(path.absolute())), Path(os.path.normpath(root.absolute()))
    if plain.is_relative_to(base) and os.path.realpath(plain) == os.path.realpath(path):
        return plain.relative_to(base).as_posix()
    place, base = Path(os.path.realpath(path.parent), path.name), Path(os.path.realpath(root))
    is_below = path.name not in ("", "..") and place.is_relative_to(base)
    return place.relative_to(base).as_posix() if is_below else None


def read_lists(config: Config, connect: Callable[[], Client]) -> tuple[list[List], list[StartrackError]]:
    """Return the lists that could be read, and the error of each that could not.

    `connect` returns a client; it is called only for a list that is no local file.
    Raises ConfigError where two lists have one name.
    """
    found: list[List] = []
    problems: list[StartrackError] = []
    for wanted in config.lists:
        try:
            found.append(read_list(config, wanted, connect))
        except (SourceError, NetworkError, UnansweredError, BlockError) as error:
            problems.append(error)
    names = [each.name for each in found]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise ConfigError(f"two lists are named {twice!r}; set a name for each in [[lists]]")
    return found, problems


def read_list(config: Config, wanted: ListConfig, connect: Callable[[], Client]) -> List:
    """Return one list. Raises SourceError, BlockError, and what a client raises; see `read_lists` for `connect`."""
    source = locate(config, wanted)
    file = _fetched(config, source, connect)
    data = blocks.without_blocks(file.content, str(source))
    found = parser.parse(
        data,
        name=name_of(config, wanted),
        source=str(source),
        label=wanted.label,
        suffix=parser.detect_suffix(str(source), file.path, file.media_type),
    )
    if not wanted.sections and not wanted.exclude:
        return found
    return selection.select(found, sections=wanted.sections, exclude=wanted.exclude)


def _fetched(config: Config, source: sources.Source, connect: Callable[[], Client]) -> Document:
    match source:
        case sources.FileSource(path=path):
            return Document(_read_file(config.root / path), path)
        case sources.UrlSource(url=url):
            return connect().fetch(url)
        case sources.GitHubSource(repo=repo, path=path):
            return rest.fetch_list_file(connect(), repo, path)


def locate(config: Config, wanted: ListConfig) -> sources.Source:
    """Return where a list of the configuration is read from, a file in its folder by the path from there.

    Raises SourceError.
    """
    source = sources.parse_source(wanted.source, exists=lambda path: _exists(config.root / path))
    if isinstance(source, sources.FileSource):
        return sources.FileSource(_below(config.root, config.root / source.path) or source.path)
    return source


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # too long a name, or one with a NUL in it
        return False


def name_of(config: Config, wanted: ListConfig) -> str:
    """Return the name of a list, by its source where it has none of its own."""
    return wanted.name or sources.default_name(locate(config, wanted))


def list_names(config: Config) -> list[str]:
    """Return the names of the configuration's lists."""
    return [name_of(config, each) for each in config.lists]


def _read_file(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise SourceError(
            f"there is no file {path}; check the path, or write OWNER/NAME for a list on GitHub",
        ) from error
    except IsADirectoryError as error:
        raise SourceError(f"{path} is a folder; name the list's file in it, such as {path / 'README.md'}") from error
    except (OSError, ValueError) as error:
        raise SourceError(f"cannot read {path}: {getattr(error, 'strerror', error)}; check its permissions") from error


def open_store(config: Config) -> tuple[Database, Snapshots]:
    """Return the database and the folder of a configuration."""
    return Database(config.database), Snapshots(config.snapshots_folder, config.snapshots.every)

"""The lists that a configuration names: which to count, where they are, what they hold."""

from collections.abc import Callable, Sequence
from pathlib import Path

from startrack import listing, publish
from startrack.config import Config, ListConfig
from startrack.errors import BlockError, ConfigError, NetworkError, SourceError, StartrackError
from startrack.github import rest
from startrack.github.answers import UnansweredError
from startrack.github.client import Client, Document
from startrack.models import List
from startrack.store.database import Database
from startrack.store.snapshots import Snapshots

__all__ = ["chosen", "list_names", "locate", "name_of", "published", "read_list", "read_lists", "store_of"]


def chosen(config: Config, sources: Sequence[str]) -> Config:
    """Return the configuration with its lists narrowed to the sources given: names, sources, or new ones.

    It says what to count; what is published is the whole. Raises ConfigError where neither the command line nor
    the configuration names a list, SourceError where a source is no text.
    """
    if not sources:
        if not config.lists:
            raise ConfigError(
                'no list to read: name one, as in `startrack update README.md`, or add [[lists]] source = "…"'
            )
        return config
    known = {key: each for each in config.lists for key in (each.source, each.name) if key}
    return config.model_copy(update={"lists": tuple(known.get(source) or _new(config, source) for source in sources)})


def published(config: Config, counted: Config) -> Config:
    """Return the configuration of what to publish: its lists and those just counted; all ever, where it names none."""
    if not config.lists:
        return config
    return config.model_copy(update={"lists": tuple(dict.fromkeys([*config.lists, *counted.lists]))})


def _new(config: Config, source: str) -> ListConfig:
    # A source on the command line starts at the working folder, not at the configuration's.
    path = Path(source)
    if config.root != Path() and _exists(path):
        source = str(path.resolve())
    try:
        return ListConfig(source=source)
    except ValueError as error:
        raise SourceError(f"{source!r} names no list: it is empty, or not UTF-8; write its name anew") from error


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
    data = publish.without_blocks(file.content, str(source))
    found = listing.parse(
        data,
        name=name_of(config, wanted),
        source=str(source),
        label=wanted.label,
        ending=listing.kind(str(source), file.path, file.media_type),
    )
    if not wanted.sections and not wanted.exclude:
        return found
    return listing.select(found, sections=wanted.sections, exclude=wanted.exclude)


def _fetched(config: Config, source: listing.Source, connect: Callable[[], Client]) -> Document:
    match source:
        case listing.FileSource(path=path):
            return Document(_read_file(config.root / path), path)
        case listing.UrlSource(url=url):
            return connect().fetch(url)
        case listing.GitHubSource(repo=repo, path=path):
            return rest.read_list(connect(), repo, path)


def locate(config: Config, wanted: ListConfig) -> listing.Source:
    """Return where a list of the configuration is read from. Raises SourceError."""
    return listing.locate(wanted.source, exists=lambda path: _exists(config.root / path))


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # too long a name, or one with a NUL in it
        return False


def name_of(config: Config, wanted: ListConfig) -> str:
    """Return the name of a list, by its source where it has none of its own."""
    return wanted.name or listing.default_name(locate(config, wanted))


def list_names(config: Config) -> list[str]:
    """Return the names of the configuration's lists."""
    return [name_of(config, each) for each in config.lists]


def _read_file(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise SourceError(
            f"there is no file {path}; check the path, or write OWNER/NAME for a list on GitHub"
        ) from error
    except IsADirectoryError as error:
        raise SourceError(f"{path} is a folder; name the list's file in it, such as {path / 'README.md'}") from error
    except (OSError, ValueError) as error:
        raise SourceError(f"cannot read {path}: {getattr(error, 'strerror', error)}; check its permissions") from error


def store_of(config: Config) -> tuple[Database, Snapshots]:
    """Return the database and the folder of a configuration."""
    return Database(config.database), Snapshots(config.snapshots_folder, config.snapshots.every)

"""The folder that `startrack init` sets up: its configuration, its git repository, and the lists among its files."""

import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from startrack import config as configuration
from startrack import files, git
from startrack.config import Config, ListConfig
from startrack.errors import BlockError, PushError, SourceError
from startrack.github.client import Client
from startrack.lists import edits, sources
from startrack.model.lists import List
from startrack.readme import blocks
from startrack.workflows import lists

__all__ = [
    "CHECKING",
    "COUNTING",
    "README",
    "WORKFLOWS",
    "Project",
    "find_lists",
    "is_markdown_inside",
    "open_project",
    "read_configured",
    "read_list",
]


README = "README.md"
COUNTING, CHECKING = "startrack.yml", "startrack-check.yml"
"""The names of the workflows: one counts and builds, one checks what pull requests add."""

WORKFLOWS = Path(".github", "workflows")
"""The folder of the workflows, below the top folder of the repository."""

_SUFFIXES = edits.MARKDOWN - {""}
_ACTIONS = {COUNTING: b"Open-DataFlow/startrack@", CHECKING: b"Open-DataFlow/startrack/check@"}
_SKIPPED_FOLDERS = frozenset({"node_modules", "vendor", "venv", "site-packages"})
_MOST_PARSED = 5
_GITHUB_REMOTE = re.compile(
    r"(?:[a-z+]+://)?(?:[^@/\s]*@)?github\.com[:/]+(?P<repo>[^/\s]+/[^/\s]+?)(?:\.git)?/*", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Project:
    """The folder to set up: its configuration, and the git repository that it is in, if any.

    `file` is the file of the configuration, and `is_configured` whether it exists. `origin` is OWNER/NAME on GitHub.
    """

    config: Config
    file: Path
    is_configured: bool
    repository: git.Repository | None = None
    origin: str | None = None

    @property
    def root(self) -> Path:
        """The folder of the configuration."""
        return self.config.root

    @property
    def top(self) -> Path:
        """The top folder of the repository, which has the workflows."""
        return self.repository.top if self.repository else self.root.resolve()

    def find_workflow(self, name: str) -> str | None:
        """Return the name of the workflow that is an example or has its name, `None` if there is none."""
        folder = self.top / WORKFLOWS
        paths = sorted(folder.glob("*.y*ml")) if folder.is_dir() else []
        return next((path.name for path in paths if path.name == name or _ACTIONS[name] in files.read(path)), None)


def open_project(file: Path | None) -> Project:
    """Look at the folder of a configuration file, by default the working folder.

    Raises ConfigError, and PushError if git does not open the repository that the folder is in.
    """
    config_file = configuration.find(file)
    is_configured = config_file is not None and os.path.lexists(config_file)
    path = config_file or configuration.DEFAULT_FILE
    config = configuration.load(path) if is_configured else Config(root=path.parent)
    try:
        repository = git.open_repository(path.parent)
    except PushError:
        if any((folder / ".git").exists() for folder in (config.root.resolve(), *config.root.resolve().parents)):
            raise
        return Project(config, path, is_configured)
    return Project(config, path, is_configured, repository, _origin(repository))


def _origin(repository: git.Repository) -> str | None:
    try:
        url = repository.url(repository.remote())
    except PushError:
        return None
    match = _GITHUB_REMOTE.fullmatch(url or "")
    link = sources.parse_source(f"https://github.com/{match['repo']}", exists=lambda _: False) if match else None
    return link.repo if isinstance(link, sources.GitHubSource) else None


def read_configured(project: Project, connect: Callable[[], Client]) -> List | None:
    """Return the list of a configuration: the first that is a Markdown file, else the first; `None` without any.

    Raises SourceError, BlockError, and the errors of a client.
    """
    by_kind = sorted(project.config.lists, key=lambda entry: not is_markdown_inside(project, entry.source))
    return lists.read_list(project.config, by_kind[0], connect) if by_kind else None


def find_lists(project: Project) -> list[List]:
    """Return the lists among the Markdown files of a folder, the best one first.

    The best one is `README.md`, unless another file has more than twice its projects; then come those with the most.
    Raises SourceError if there is none, and BlockError for malformed markers in `README.md`.
    """
    by_links = sorted(_markdown_files(project), key=lambda path: -_links(project.root / path))
    read = [listed for path in _most_likely(by_links) if (listed := _try_to_read(project, path))]
    if not read:
        if by_links and _links(project.root / by_links[0]):
            # It has links, so why it is no list is what helps: for example, it is not UTF-8.
            lists.read_list(project.config, ListConfig(source=by_links[0]), _no_client)
        raise SourceError(
            "no Markdown file in this folder names a project on GitHub; name the list, as in "
            "`startrack init --list FILE`, or `startrack init OWNER/NAME` for a list on GitHub"
        )
    most = max(len(listed.entries) for listed in read)
    return sorted(read, key=lambda listed: (not _is_best(listed, most), -len(listed.entries), listed.source))


def _is_best(listed: List, most: int) -> bool:
    return listed.source.lower() == README.lower() and len(listed.entries) * 2 >= most


def _most_likely(by_links: Sequence[str]) -> list[str]:
    readmes = [path for path in by_links if path.lower() == README.lower()]
    return list(dict.fromkeys([*readmes, *by_links[:_MOST_PARSED]]))


def _try_to_read(project: Project, path: str) -> List | None:
    try:
        return lists.read_list(project.config, ListConfig(source=path), _no_client)
    except (SourceError, BlockError):
        if path == README and isinstance(error := _block_error(project, path), BlockError):
            raise error from None
        return None


def _block_error(project: Project, path: str) -> BlockError | None:
    try:
        blocks.parse(files.read(project.root / path), path)
    except BlockError as error:
        return error
    return None


def _no_client() -> Client:
    raise AssertionError("a file is read without a client")


def _links(path: Path) -> int:
    try:
        return path.read_bytes().lower().count(b"github.com/")
    except OSError:
        return 0


def _markdown_files(project: Project) -> list[str]:
    """Return the Markdown files of a folder that git does not ignore and startrack did not write."""
    names = sorted(_walk(project))
    if project.repository is None:
        return names
    by_git_name = {project.repository.git_path(project.root / name): name for name in names}
    ignored = project.repository.ignored(name for name in by_git_name if name)
    return [name for git_name, name in by_git_name.items() if git_name not in ignored]


def _walk(project: Project) -> Iterator[str]:
    own_folders = {project.config.dashboards_folder.resolve(), project.config.snapshots_folder.resolve()}
    for folder, subfolders, names in os.walk(project.root):
        path = Path(folder)
        subfolders[:] = [
            name
            for name in subfolders
            if not name.startswith(".") and name not in _SKIPPED_FOLDERS and (path / name).resolve() not in own_folders
        ]
        for name in names:
            relative = (path / name).relative_to(project.root).as_posix()
            # A source is read without blanks around it.
            if sources.file_suffix(name) in _SUFFIXES and relative.isprintable() and relative == relative.strip():
                yield relative


def read_list(project: Project, source: str, connect: Callable[[], Client]) -> List:
    """Return the list that a source names, a file or a list on GitHub. Raises SourceError and the client's errors."""
    (list_config,) = lists.select(project.config, [source]).lists
    return lists.read_list(project.config, list_config, connect)


def is_markdown_inside(project: Project, path: str) -> bool:
    """Return whether a path, relative to the folder of a configuration, is a Markdown file in that folder."""
    is_inside = not Path(path).is_absolute() and ".." not in PurePosixPath(path).parts
    return is_inside and sources.file_suffix(path) in _SUFFIXES and (project.root / path).is_file()

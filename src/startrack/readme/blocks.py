"""What startrack fills in Markdown files: blocks of lines between two comments, and figures in a sentence."""

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, TypeVar

from startrack import files
from startrack.errors import BlockError, WriteError
from startrack.lists import markdown, positions
from startrack.lists.edits import Edit
from startrack.lists.places import find_places
from startrack.lists.project_links import GITHUB_URL_IN_TEXT
from startrack.model.diagnostics import FileProblem
from startrack.model.lists import LinkPlace, Span
from startrack.model.repository import name_key
from startrack.readme import markers, quiet, tables
from startrack.readme.linked_repositories import LinkedRepositories
from startrack.readme.markers import Block
from startrack.readme.quiet import Candidate
from startrack.wording import figures

__all__ = [
    "DEFAULT_FORMAT",
    "EntryCount",
    "Fill",
    "Filled",
    "Readme",
    "Renamed",
    "block_lines",
    "entries_in_code",
    "entry_counts",
    "list_lines",
    "parse",
    "places",
    "read",
    "rename",
    "resolve",
]


DEFAULT_FORMAT: Final = "\N{BLACK STAR} {stars} \N{MIDDLE DOT} {last_commit}"
"""The format of a count behind an entry, where the comment has no other one."""

_DATE_ONLY: Final = "updated"
_REPO = re.compile(r"(?<=\s)repo=[\"']?(?P<repo>[\w./-]+?)(?=[\"'\s]|-->)")

Content = TypeVar("Content")

Fill = Callable[[Block], Sequence[str]]
"""A function that returns the lines of a block, or the one text of a figure. It may raise BlockError."""


@dataclass(frozen=True, slots=True)
class Filled:
    """The bytes of a README with its blocks filled, and why others have the text that they had, by line."""

    data: bytes
    problems: tuple[FileProblem, ...]


@dataclass(frozen=True, slots=True)
class Readme:
    """A README's bytes and the blocks in them, in their order; `name` is the file's name in messages.

    `problems` are about comments that belong to none of the blocks.
    """

    name: str
    data: bytes
    blocks: tuple[Block, ...]
    problems: tuple[FileProblem, ...] = ()

    @property
    def is_awesome(self) -> bool:
        """Whether the file has the Awesome badge, which awesome-lint demands of a list."""
        return b"https://awesome.re/badge" in self.data

    def updated(self, data: bytes) -> "Readme":
        """Return the README with the bytes that the file has now, read again only if they are others."""
        return self if data == self.data else read(data, self.name)

    def filled(self, fill: Fill) -> Filled:
        """Return the bytes with every block filled; everything outside the blocks stays as it is.

        A block for which `fill` raises BlockError stays, and is a problem. A block that would change in the dates of
        its footnote alone stays too, and so does one that shows nothing but a date, unless another block changes.
        """
        contents, problems = self._made(fill)
        return Filled(self._rewritten(contents), problems)

    def settled(self, offer: Callable[[Block], Candidate]) -> Filled:
        """Return the bytes with every block filled, as `filled` does, with what it has to show of what it is offered.

        A block for which `offer` raises BlockError stays, and is a problem.
        """
        offers, problems = self._made(offer)
        settled = iter(quiet.settle([candidate for candidate in offers if candidate]))
        return Filled(self._rewritten([next(settled) if candidate else None for candidate in offers]), problems)

    def first_contents(self, new: Sequence[Block], offer: Callable[[Block], Candidate]) -> list[Sequence[str]]:
        """Return what new blocks show when they are put into the file, so that the next build keeps them.

        Raises BlockError if one of the new blocks cannot be filled.
        """
        others, _ = self._made(offer)
        return quiet.begin([offer(block) for block in new], [candidate for candidate in others if candidate])

    def _made(self, make: Callable[[Block], Content]) -> tuple[list[Content | None], tuple[FileProblem, ...]]:
        """Return what a function makes of each block, `None` where it cannot, and all problems with the file.

        Blocks with the same problem, such as counts behind entries with the same wrong format, are one problem.
        """
        made: list[Content | None] = []
        lines: dict[str, list[int]] = {}
        for block in self.blocks:
            try:
                made.append(make(block))
            except BlockError as error:
                made.append(None)
                lines.setdefault(str(error), []).append(block.start + 1)
        wrong = (FileProblem(self.name, at[0], _with_number(text, len(at))) for text, at in lines.items())
        return made, markers.by_line((*self.problems, *wrong))

    def _rewritten(self, contents: Sequence[Sequence[str] | None]) -> bytes:
        """Return the bytes with the contents of the blocks; those without one stay."""
        text = _decode(self.data)
        olds = [text[slice(*block.span)] for block in self.blocks]
        news = [
            old if content is None else block.framed(content)
            for block, old, content in zip(self.blocks, olds, contents, strict=True)
        ]
        changes = [_without_dates(old) != _without_dates(new) for old, new in zip(olds, news, strict=True)]
        others = [changed for changed, block in zip(changes, self.blocks, strict=True) if block.kind != _DATE_ONLY]
        parts: list[str] = []
        position = 0
        for block, changed, old, new in zip(self.blocks, changes, olds, news, strict=True):
            is_kept = not changed or (block.kind == _DATE_ONLY and others and not any(others))
            parts += text[position : block.span[0]], old if is_kept else new
            position = block.span[1]
        return _encode("".join((*parts, text[position:])))


def _with_number(text: str, number: int) -> str:
    return text if number == 1 else f"{text} (and {figures.count(number - 1, 'more block')} with the same mistake)"


def parse(data: bytes, name: str) -> Readme:
    """Read a README as `read` does. Raises BlockError with file and line if one of its comments is wrong."""
    readme = read(data, name)
    _refuse(readme.problems)
    return readme


def read(data: bytes, name: str) -> Readme:
    """Read a README, which may contain bytes that are not UTF-8.

    A comment that is malformed, unknown, nested or not closed is a problem, and so is a count behind an entry that
    belongs to no repository; the other blocks count.
    """
    text = _decode(data)
    comments = markers.read(text, name)
    if not any(block.is_entry for block in comments.blocks):
        return Readme(name, data, comments.blocks, comments.problems)
    attributes = {count.block: count.attributes for count in _entry_counts(data, text, comments.blocks)}
    lost = {index for index, values in attributes.items() if not values["repo"]}
    blocks = tuple(
        replace(block, attributes=attributes.get(index, block.attributes))
        for index, block in enumerate(comments.blocks)
        if index not in lost
    )
    problems = (*comments.problems, *(FileProblem(name, comments.blocks[index].start + 1, _NO_LINK) for index in lost))
    return Readme(name, data, blocks, markers.by_line(problems))


_NO_LINK: Final = (
    "no link to a repository before this startrack:count in its line; add repo=OWNER/NAME to the comment, or remove "
    "the count"
)


def _refuse(problems: Sequence[FileProblem]) -> None:
    if problems:
        raise BlockError(str(problems[0]))


def _valid_blocks(text: str, name: str) -> Sequence[Block]:
    """Return the blocks of a text. Raises BlockError if one of its comments is wrong."""
    comments = markers.read(text, name)
    _refuse(comments.problems)
    return comments.blocks


@dataclass(frozen=True, slots=True)
class EntryCount:
    """A count behind an entry: its attributes with the repository and the format, and its bytes with both comments.

    `block` is its index in the blocks of the file.
    """

    attributes: Mapping[str, str]
    span: Span
    block: int


def entry_counts(data: bytes, name: str) -> list[EntryCount]:
    """Return the counts behind entries in their order. Raises BlockError as `parse` does.

    The repository is empty where a count has neither a link before it in its line nor the attribute `repo`.
    """
    text = _decode(data)
    return list(_entry_counts(data, text, _valid_blocks(text, name)))


def _entry_counts(data: bytes, text: str, blocks: Sequence[Block]) -> Iterator[EntryCount]:
    needs_links = any(block.is_entry and "repo" not in block.attributes for block in blocks)
    linked = LinkedRepositories(data, find_places(data, ".md")) if needs_links else None
    position = offset = 0
    for index, block in enumerate(blocks):
        if not block.is_entry:
            continue
        start = offset + len(_encode(text[position : block.whole[0]]))
        position, offset = block.whole[1], start + len(_encode(text[slice(*block.whole)]))
        repo = block.attributes.get("repo") or (linked and linked.before(start)) or ""
        attributes = {"format": DEFAULT_FORMAT, **block.attributes, "repo": repo}
        yield EntryCount(attributes, Span(start, offset), index)


@dataclass(frozen=True, slots=True)
class Renamed:
    """The edit that gives a comment the new name of a repository: the 1-based line, the old name and the new one."""

    line: int
    repo: str
    name: str
    edit: Edit


def rename(data: bytes, name: str, names: Mapping[str, str]) -> list[Renamed]:
    """Return the edits of comments with the attribute `repo`; `names` has new names by the `name_key` of old ones.

    Raises BlockError as `parse` does.
    """
    text, renamed = _decode(data), []
    position = offset = 0
    for block in _valid_blocks(text, name):
        repo = block.attributes.get("repo", "")
        new = names.get(name_key(repo))
        opening = text.rfind("<!--", 0, block.span[0])
        names_in_comment = [match for match in _REPO.finditer(text, opening, block.span[0]) if match["repo"] == repo]
        if new and len(names_in_comment) == 1:
            start = offset + len(_encode(text[position : names_in_comment[0].start("repo")]))
            position, offset = names_in_comment[0].end("repo"), start + len(_encode(repo))
            renamed.append(Renamed(block.start + 1, repo, new, Edit(Span(start, offset), new.encode())))
    return renamed


def block_lines(text: str, name: str) -> frozenset[int]:
    """Return the 0-based numbers of the lines in blocks, which contain no list entries. Raises BlockError."""
    return _lines_of(_valid_blocks(text, name))


def places(data: bytes, name: str) -> tuple[LinkPlace, ...]:
    """Return the links and images of a Markdown file outside of its blocks. Raises BlockError as `parse` does."""
    return find_places(data, "README.md", lambda text: block_lines(text, name))


def list_lines(text: str, name: str) -> frozenset[int]:
    """Return the lines of blocks as `block_lines` does, also of those that are wrong but have an end.

    Raises BlockError where nobody can tell which lines belong to a block.
    """
    comments = markers.read(text, name)
    if not comments.is_bounded:
        _refuse(comments.problems)
    return _lines_of(comments.blocks) | comments.spoiled


def _lines_of(blocks: Iterable[Block]) -> frozenset[int]:
    return frozenset(number for block in blocks if not block.is_inline for number in range(block.start, block.end + 1))


def entries_in_code(readme: Readme) -> list[int]:
    """Return the 1-based lines with a link to GitHub that Markdown reads as code because of the block above them.

    A block that is less indented than the text of a list item ends the item. A nested entry below it is code then.
    """
    text = _decode(readme.data)
    lines, code = positions.split_lines(text), markdown.code_lines(text)
    blocks = [block for block in readme.blocks if not block.is_inline]
    below = [next((n for n in range(block.end + 1, len(lines)) if lines[n].strip()), len(lines)) for block in blocks]
    entries = [number for number in below if number in code and GITHUB_URL_IN_TEXT.search(lines[number])]
    if not entries:
        return []
    filled = {number for block in blocks for number in range(block.start, block.end + 1)}
    others = [number for number in range(len(lines)) if number not in filled]
    code_without_blocks = markdown.code_lines("".join(lines[number] for number in others))
    return [number + 1 for number in entries if others.index(number) not in code_without_blocks]


def resolve(path: Path, root: Path) -> Path:
    """Return the file that a README's path leads to, through symbolic links only inside the project's folder.

    Raises WriteError where a link leads out of it.
    """
    base = root.resolve()
    absolute = base / path
    link = files.find_symlink(absolute, base) if absolute.is_relative_to(base) else path.is_symlink()
    if not link:
        return path
    real = Path(os.path.realpath(path))
    if not real.is_relative_to(base):
        raise WriteError(f"{path} is a symbolic link to {real}, outside of {base}; set [readme] file to that path")
    return real


def _decode(data: bytes) -> str:
    return data.decode("utf-8", errors="surrogateescape")


def _encode(text: str) -> bytes:
    return text.encode("utf-8", errors="surrogateescape")


def _without_dates(text: str) -> list[str]:
    return tables.without_dates(positions.split_lines(text))

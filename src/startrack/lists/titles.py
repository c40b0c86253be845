"""What a project is called at the place where a list links to it.

A link's text is its project's name, unless it only says what kind of page it leads to ("Code", "Paper") or is
the address itself. Then the name is what leads the unit: bracketed text, the text of its first telling link,
bold words, or in items and rows the plain words before the first link. With none of these it is the name of the
repository.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from startrack.lists.document import BlockKind, Break, BreakKind, Image, Inline, Link, Text

__all__ = [
    "leading_title",
    "names_project",
    "split_by_project",
]


# Words for kinds of pages; a label made of nothing else does not name a project.
_PAGES = frozenset({
    "api", "app", "arxiv", "article", "benchmark", "blog", "blogpost", "book", "checkpoint",
    "checkpoints", "code", "codebase", "colab", "data", "dataset", "datasets", "demo", "demos",
    "doc", "docs", "documentation", "download", "examples", "git", "github", "gitlab", "here", "hf",
    "home", "homepage", "huggingface", "implementation", "issue", "issues", "leaderboard",
    "license", "link", "links", "model", "models", "notebook", "page", "paper", "pdf", "playground",
    "poster", "post", "pr", "preprint", "project", "projects", "readme", "release", "releases",
    "repo", "repos", "repository", "report", "site", "slides", "source", "sources", "stars",
    "supplementary", "talk", "thread", "tutorial", "twitter", "video", "webpage", "weights",
    "website", "wiki", "youtube",
})  # fmt: skip
_FILLERS = frozenset({"a", "and", "for", "in", "of", "official", "on", "open", "our", "see", "technical", "the",
                      "to", "unofficial", "view", "pytorch", "tensorflow", "jax", "star"})  # fmt: skip
_WORD = re.compile(r"[^\W_]+")
_URL = re.compile(r"\S*(?:://|www\.|github\.com/)\S*", re.IGNORECASE)

_LONGEST_LEAD = 200  # pieces

_MONTH = r"(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]{0,6}\.?"
_YEAR = r"(?:19|20)\d\d"
_DATE = re.compile(
    rf"""\s*(?:
        [\[(【]\s*(?:\d{{2,4}}(?:[-./]\d{{1,2}}){{0,2}}|(?:\d\d?\s)?{_MONTH}[\s,'\u2019]{{0,2}}\d{{2,4}})\s*[\])】]
      | [\[(【]\s*[A-Z][A-Za-z&/-]{{1,15}}(?:[\s-]?{_YEAR}|['\u2019]\d\d)(?:\s\w{{1,12}})?\s*[\])】]
      | \[[\sxX]\]
      | {_YEAR}[-./]\d\d?(?:[-./]\d\d?)?(?![\w.])
    )\s*[:,\u2013\u2014-]?\s*""",
    re.VERBOSE,
)
_DASHES = "-\u2013\u2014"
_WIDE = (
    "\uff0c\u3002\uff1a\uff1b\u3001\uff01\uff1f"  # comma, stop, colon and the like, as Chinese and Japanese write them
)
_TRIM_START = f" \t\n{_DASHES}:;,.|•·*>)]】{_WIDE}\uff09"
_TRIM_END = f" \t\n{_DASHES}:;,.|•·*&+/([{{【<{_WIDE}\uff08"
_DASH = re.compile(rf"\s[{_DASHES}]{{1,3}}\s")


def names_project(label: str, name: str) -> bool:
    """Say whether a link's text names a project; `name` is the repository's, which always does."""
    if label.casefold() == name.casefold():
        return True
    return _names_something(label)


@lru_cache(maxsize=4096)
def _names_something(label: str) -> bool:
    if _URL.fullmatch(label):
        return False
    words = [word.casefold() for word in _WORD.findall(label) if not word.isdigit()]
    if not any(word in _PAGES for word in words):
        return bool(words)
    return any(word not in _PAGES and word not in _FILLERS for word in words)


def split_by_project(pieces: Sequence[Inline], naming: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """Return the stretches of a unit that each belong to one project, as start and end.

    A new one begins at a break after a repository was named; `naming` marks the pieces that name one.
    """
    start, named = 0, False
    for index, piece in enumerate(pieces):
        if named and isinstance(piece, Break):
            yield start, index
            start, named = index, False
        named = named or naming[index]
    yield start, len(pieces)


def leading_title(pieces: Sequence[Inline], kind: BlockKind) -> str:
    """Return the title that leads these pieces, empty where there is none."""
    words: list[Text] = []
    for piece in pieces:
        match piece:
            case Text() if _bold_ends(words, piece) or len(words) > _LONGEST_LEAD:
                break
            case Text():
                words.append(piece)
            case Break(space=BreakKind.SOFT):
                words.append(Text(" ", 0, strong=bool(words) and words[-1].strong))
            case Image():
                continue
            case Link() | Break() if _says_something(words):
                break
            case Link(label=label) if _names_something(label):
                return label
            case Link() | Break():
                words.clear()
    return _title(words, kind)


def _bold_ends(words: Sequence[Text], piece: Text) -> bool:
    return not piece.strong and bool(words) and words[-1].strong and _says_something(words)


def _says_something(words: Sequence[Text]) -> bool:
    return bool(_WORD.search(_undated("".join(word.text for word in words))))


def _title(words: Sequence[Text], kind: BlockKind) -> str:
    text = _undated(" ".join("".join(word.text for word in words).split()))
    bracketed = _bracketed(text)
    if bracketed:
        return bracketed
    strong = any(word.strong for word in words)
    if kind is BlockKind.PARAGRAPH and not strong:
        return ""
    return _trimmed(text if strong else _DASH.split(text, maxsplit=1)[0])


def _undated(text: str) -> str:
    found = _DATE.match(text)
    while found:
        text = text[found.end() :]
        found = _DATE.match(text)
    return text


def _bracketed(text: str) -> str:
    """Return what stands in the brackets that `text` begins with."""
    if not text.startswith(("[", "【")):
        return ""
    depth = 0
    for index, character in enumerate(text):
        depth += (character in "[【") - (character in "]】")
        if not depth:
            return _trimmed(text[1:index])
    return ""


def _trimmed(text: str) -> str:
    text = text.lstrip(_TRIM_START).rstrip(_TRIM_END)
    return text if _WORD.search(text) else ""

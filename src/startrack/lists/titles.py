"""Finds the title of a project in the block that links to it.

The title is the label of the link, unless the label only says what kind of page it links to ("Code", "Paper") or is
the URL itself. In that case the title is what the block begins with: text in brackets, the label of its first
descriptive link, bold text, or in items and rows the plain text before the first link. If there is none of these, the
title is the name of the repository.
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


# Words for kinds of pages. A label with no other words does not name a project.
_PAGE_WORDS = frozenset({
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
_FILLER_WORDS = frozenset({"a", "and", "for", "in", "of", "official", "on", "open", "our", "see", "technical", "the",
                           "to", "unofficial", "view", "pytorch", "tensorflow", "jax", "star"})  # fmt: skip
_WORD = re.compile(r"[^\W_]+")
_URL = re.compile(r"\S*(?:://|www\.|github\.com/)\S*", re.IGNORECASE)

_MAX_LEADING_TEXTS = 200

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
_WIDE = "\uff0c\u3002\uff1a\uff1b\u3001\uff01\uff1f"  # full-width punctuation of Chinese and Japanese
_TRIM_START = f" \t\n{_DASHES}:;,.|•·*>)]】{_WIDE}\uff09"
_TRIM_END = f" \t\n{_DASHES}:;,.|•·*&+/([{{【<{_WIDE}\uff08"
_DASH = re.compile(rf"\s[{_DASHES}]{{1,3}}\s")


def names_project(label: str, name: str) -> bool:
    """Return whether a link's label names a project; `name` is the repository's name, which always does."""
    if label.casefold() == name.casefold():
        return True
    return _is_descriptive(label)


@lru_cache(maxsize=4096)
def _is_descriptive(label: str) -> bool:
    """Return whether a label is more than a URL, a number or the kind of page that it links to."""
    if _URL.fullmatch(label):
        return False
    words = [word.casefold() for word in _WORD.findall(label) if not word.isdigit()]
    if not any(word in _PAGE_WORDS for word in words):
        return bool(words)
    return any(word not in _PAGE_WORDS and word not in _FILLER_WORDS for word in words)


def split_by_project(inlines: Sequence[Inline], names_repository: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """Yield the start and end of each segment of a block that belongs to one project.

    A segment ends at the first break after an inline that names a repository; `names_repository` marks these inlines.
    """
    start, is_named = 0, False
    for index, inline in enumerate(inlines):
        if is_named and isinstance(inline, Break):
            yield start, index
            start, is_named = index, False
        is_named = is_named or names_repository[index]
    yield start, len(inlines)


def leading_title(inlines: Sequence[Inline], kind: BlockKind) -> str:
    """Return the title with which these inlines begin, or an empty text if there is none."""
    texts: list[Text] = []
    for inline in inlines:
        match inline:
            case Text() if _bold_ends(texts, inline) or len(texts) > _MAX_LEADING_TEXTS:
                break
            case Text():
                texts.append(inline)
            case Break(kind=BreakKind.SOFT):
                texts.append(Text(" ", 0, strong=bool(texts) and texts[-1].strong))
            case Image():
                continue
            case Link() | Break() if _has_words(texts):
                break
            case Link(label=label) if _is_descriptive(label):
                return label
            case Link() | Break():
                texts.clear()
    return _title_from_texts(texts, kind)


def _bold_ends(texts: Sequence[Text], text: Text) -> bool:
    return not text.strong and bool(texts) and texts[-1].strong and _has_words(texts)


def _has_words(texts: Sequence[Text]) -> bool:
    return bool(_WORD.search(_strip_dates("".join(text.text for text in texts))))


def _title_from_texts(texts: Sequence[Text], kind: BlockKind) -> str:
    joined = _strip_dates(" ".join("".join(text.text for text in texts).split()))
    bracketed = _leading_brackets(joined)
    if bracketed:
        return bracketed
    is_strong = any(text.strong for text in texts)
    if kind is BlockKind.PARAGRAPH and not is_strong:
        return ""
    return _trim_punctuation(joined if is_strong else _DASH.split(joined, maxsplit=1)[0])


def _strip_dates(text: str) -> str:
    """Return the text without the dates, venues and check boxes at its start."""
    match = _DATE.match(text)
    while match:
        text = text[match.end() :]
        match = _DATE.match(text)
    return text


def _leading_brackets(text: str) -> str:
    """Return the content of the brackets with which `text` begins, or an empty text."""
    if not text.startswith(("[", "【")):
        return ""
    depth = 0
    for index, character in enumerate(text):
        depth += (character in "[【") - (character in "]】")
        if not depth:
            return _trim_punctuation(text[1:index])
    return ""


def _trim_punctuation(text: str) -> str:
    text = text.lstrip(_TRIM_START).rstrip(_TRIM_END)
    return text if _WORD.search(text) else ""

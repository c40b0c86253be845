"""Text of other people, escaped for GitHub's Markdown."""

import html
import re
import unicodedata
from collections.abc import Sequence

from startrack.model.changes import Change, Unknown
from startrack.model.events import Event
from startrack.model.history import RetainedGain
from startrack.model.report import Project
from startrack.wording import dates, events, figures, phrases

__all__ = [
    "address",
    "change",
    "escape",
    "event",
    "footnote",
    "label",
    "label_notes",
    "lines",
    "link",
    "number",
    "percent",
    "retained",
    "signed",
    "unknown",
    "urls",
]


_SPECIAL = re.compile(r"([\\`*_\[\]#!|~@$])")


def escape(text: str) -> str:
    """Return the Markdown for a text: on one line, without markup, and with its own writing direction."""
    flat = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    safe = _SPECIAL.sub(r"\\\1", html.escape(flat, quote=False))
    return f"\u2068{safe}\u2069" if any(unicodedata.bidirectional(c) in ("R", "AL") for c in flat) else safe


_BREAK = "&#8203;"  # a space without width
# Where GitHub finds somebody to notify or an issue to link: `@name` and `#1`, which `escape` has given a backslash, and
# `GH-1` and the URL of an issue.
_MENTION = re.compile(r"(?<=\\[@#])(?!&#8203;)")
_REFERENCE = re.compile(r"(?<=\bGH-)(?=\d)|(?<=:)(?=//)|(?<=\bwww)(?=\.)", re.IGNORECASE)


def silent(text: str) -> str:
    """Return the escaped text for an issue or a comment, where it notifies nobody and links to no other issue.

    GitHub looks for mentions after it has read the Markdown, so a backslash does not prevent them. A space without
    width does.
    """
    return _REFERENCE.sub(_BREAK, without_mentions(escape(text)))


def without_mentions(document: str) -> str:
    """Return Markdown in which no escaped text notifies anybody; links stay."""
    return _MENTION.sub(_BREAK, document)


def code(text: str) -> str:
    """Return a text as code on one line."""
    flat = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", flat)), default=0))
    pad = " " if "`" in flat else ""
    return f"{fence}{pad}{flat}{pad}{fence}"


def link(subject: Project | Event, text: str | None = None, *, is_html: bool = False) -> str:
    """Return the project's name, or a text instead of it, as a link to GitHub, in Markdown or in HTML.

    There is no link where another repository has that name today.
    """
    name, url = _plain_name(subject.title if text is None else text), address(subject)
    if not url:
        return name
    return f'<a href="{url}">{name}</a>' if is_html else f"[{name}]({url})"


def address(subject: Project | Event) -> str:
    """Return the URL in the link of a project, empty where another repository has that name today."""
    url = phrases.repository_url(subject)
    own_url = subject.repository.url if isinstance(subject, Project) else None
    is_safe = own_url is not None and re.fullmatch(r"https?://[\w.:/~%+-]+", own_url)
    return own_url if url and own_url and is_safe else url


_URL = re.compile(r'(?:\]\(|<a href=")([^()\s"]*)[)"]')


def urls(text: str) -> list[str]:
    """Return the URLs of the links in a text, as `link` writes them."""
    return _URL.findall(text)


def lines(items: Sequence[str]) -> list[str]:
    """Return items as the lines of one paragraph.

    They are not a list, because linters want the same marker for all lists of a file, and awesome-lint takes each item
    for an entry.
    """
    return [f"{item}<br>" for item in items[:-1]] + list(items[-1:])


def label(text: str | None) -> str:
    """Return the label of a project in brackets, to stand behind its name; empty without one."""
    return f" ({escape(text)})" if text else ""


def label_notes(projects: Sequence[Project]) -> list[str]:
    """Return the labels of some projects as parts of a footnote: `some simulated figures`."""
    some = "" if all(project.label for project in projects) else "some "
    return [
        f"{some}{escape(text)} figures" for text in sorted({project.label for project in projects if project.label})
    ]


def footnote(*parts: str) -> str:
    """Return the line below a block; parts that are empty are left out."""
    text = " · ".join(filter(None, parts))
    return f"<sub>{text[:1].upper()}{text[1:]}</sub>"


def event(happened: Event, name: str) -> str:
    """Return a sentence about an event, with more about it; `name` is the project's name as Markdown."""
    sentences = escape(f"{events.predicate(happened)}. {events.detail(happened)}")
    return f"{dates.day(happened.at)}: {name}{label(happened.label)} {sentences}"


def _plain_name(name: str) -> str:
    # Usual names need no backslashes, and without them the Markdown source is easier to read.
    return name if re.fullmatch(r"[A-Za-z0-9/-]+", name) else escape(name)


def number(value: int, *, is_exact: bool = True) -> str:
    """Return a number, rounded as GitHub's own pages do unless it is to be exact."""
    return figures.number(value) if is_exact else figures.rounded(value)


def signed(value: int, *, is_exact: bool = True) -> str:
    """Return a change with its sign, rounded in the same way."""
    return figures.signed(value) if is_exact else figures.rounded_change(value)


def change(value: Change | Unknown, days: str, *, is_exact: bool = True) -> str:
    """Return the stars gained, with `days` in brackets if any are given, or why the change is not known."""
    return _with_days(days, signed(value.gain, is_exact=is_exact)) if isinstance(value, Change) else unknown(value)


def retained(value: RetainedGain, *, is_exact: bool = True) -> str:
    """Return a retained gain with `≈`, which marks figures that were not counted."""
    return f"≈ {signed(value.gain, is_exact=is_exact)}"


def percent(value: Change | Unknown, days: str) -> str:
    """Return the gain in percent of the baseline, in the same form."""
    if not isinstance(value, Change):
        return unknown(value)
    return unknown("no stars before") if value.percent is None else _with_days(days, figures.percent(value.percent))


def _with_days(days: str, figure: str) -> str:
    return f"{figure} ({days})" if days else figure


def unknown(reason: Unknown | str) -> str:
    """Return the text for a figure that is not known: `n/a (gap)`."""
    return f"n/a ({reason})"

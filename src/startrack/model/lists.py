"""A list and its entries, as its text has them."""

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum

__all__ = [
    "Entry",
    "LinkKind",
    "LinkPlace",
    "List",
    "OtherHostProjects",
    "Span",
]


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A piece of a file as it is on disk: the offset of its first byte, and of the byte after its last."""

    start: int
    end: int

    def of(self, data: bytes) -> bytes:
        """Return these bytes of a file."""
        return data[self.start : self.end]

    def contains(self, other: "Span") -> bool:
        """Say whether the other piece is inside this one."""
        return self.start <= other.start and other.end <= self.end


class LinkKind(StrEnum):
    """How a link or an image is written."""

    INLINE = "[text](url)"
    REFERENCE = "[text][reference]"
    DEFINITION = "[reference]: url"
    AUTOLINK = "<url>"
    BARE = "url"
    HTML = "<a href>"
    IMAGE = "![text](url)"
    REFERENCE_IMAGE = "![text][reference]"
    HTML_IMAGE = "<img src>"
    HTML_SOURCE = "<source srcset>"

    @property
    def is_image(self) -> bool:
        """Whether a picture is shown, such as a badge."""
        return self in {LinkKind.IMAGE, LinkKind.REFERENCE_IMAGE, LinkKind.HTML_IMAGE, LinkKind.HTML_SOURCE}

    @property
    def is_link(self) -> bool:
        """Whether it is a link in the text, which leads readers somewhere: neither a picture nor a definition."""
        return not self.is_image and self is not LinkKind.DEFINITION

    @property
    def is_html(self) -> bool:
        """Whether the URL is the value of an HTML attribute, in which `&` is written `&amp;`."""
        return self in {LinkKind.HTML, LinkKind.HTML_IMAGE, LinkKind.HTML_SOURCE}


@dataclass(frozen=True, slots=True)
class LinkPlace:
    """One place where a list's text links to a repository, or shows a badge or chart of one.

    `repo` is OWNER/NAME as spelled, `url` is decoded, `line` counts from 1, and `shows_stars` is true for a badge or
    chart of stars. `url_span` has the bytes of the URL. A link or image by reference has them in its definition, which
    is a place of its own; `reference` is its name. `span` has the whole element with its brackets or tags, and
    `label_span` what a link encloses. `outer_span` also has the `<picture>` and the link around an image that hold
    nothing else; `outer_url` is where this link leads, and `inner_span` what it encloses. `in_heading` is whether a
    change of the text would change the anchor of a heading.
    """

    repo: str
    url: str
    kind: LinkKind
    line: int
    span: Span
    url_span: Span
    outer_span: Span
    inner_span: Span
    section: tuple[str, ...] = ()
    label_span: Span | None = None
    reference: str | None = None
    shows_stars: bool = False
    in_heading: bool = False
    outer_url: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One project of a list, with the title, link and section of its first mention.

    `line` is the line of the link, counted from 1. `sections` are the section paths of all mentions in their order,
    without repeats. `badges` are the URLs of star badges of this project. `span` are the bytes of the URL in the file;
    only an entry that was just read from a file with links has it. `mark` is the word, symbol or heading by which the
    list says that the project is archived or no longer maintained.
    """

    repo: str
    title: str
    section: tuple[str, ...]
    url: str
    line: int
    sections: tuple[tuple[str, ...], ...] = ()
    badges: tuple[str, ...] = ()
    span: Span | None = field(default=None, compare=False)
    mark: str | None = None

    @property
    def section_paths(self) -> tuple[tuple[str, ...], ...]:
        """The section path of every mention; the empty path stands for a list without sections."""
        return self.sections or (self.section,)


@dataclass(frozen=True, slots=True)
class OtherHostProjects:
    """The number of projects of a section on a host other than GitHub; they are not counted."""

    host: str
    projects: int
    section: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class List:
    """A README or another source, and its entries in their order.

    `label` is a word that is shown beside every figure of the list, such as "simulated". `elsewhere` are its projects
    on other hosts. `unread` are the lines of entries without a project; only a list that was just read has them.
    """

    name: str
    source: str
    entries: tuple[Entry, ...]
    label: str | None = None
    elsewhere: tuple[OtherHostProjects, ...] = ()
    unread: tuple[int, ...] = ()

    @property
    def other_hosts(self) -> dict[str, int]:
        """The number of projects on each other host, the largest first."""
        numbers: Counter[str] = Counter()
        for group in self.elsewhere:
            numbers[group.host] += group.projects
        return dict(sorted(numbers.items(), key=lambda host: (-host[1], host[0])))

"""reStructuredText as GitHub reads it, walked into a page; the only door of docutils.

No file is included and nothing is fetched, whatever the text asks for: what it would have brought is reported as not
read. Raw HTML is read tag by tag, as in Markdown. What docutils does not know (Sphinx's directives and roles) or
refuses (a malformed table) keeps its links.
"""

import csv
import re
from collections.abc import Mapping
from typing import Any, Final

from docutils import ApplicationError, DataError, nodes
from docutils.core import publish_doctree
from docutils.parsers.rst import Directive, Parser, roles, states

from startrack.errors import SourceError
from startrack.lists import html
from startrack.lists.document import BlockKind, BreakKind, DocumentBuilder

__all__ = [
    "parse",
]


_LARGEST: Final = 600_000  # characters
_LONGEST_LINE: Final = 10_000  # also what substitutions may grow to
_LONGEST: Final = 4_000  # characters of a paragraph
_MOST_OPTIONS: Final = 10  # lines between a directive and its content
_ERROR: Final = 3  # docutils' level; a warning is 2
_SETTINGS: Final[Mapping[str, object]] = {
    "_disable_config": True,  # docutils.conf of the working folder and of the home folder
    "file_insertion_enabled": False,
    "raw_enabled": True,  # it is read, never run
    "report_level": 5,
    "halt_level": 5,
    "warning_stream": False,
    "traceback": True,
    "doctitle_xform": False,
    "docinfo_xform": False,
    "syntax_highlight": "none",
    "line_length_limit": _LONGEST_LINE,
}

# What docutils' transforms and directives end in on text that nobody writes by intent, such as contents in a topic.
_FAULTS: Final = (
    *(ApplicationError, DataError, csv.Error),
    *(ArithmeticError, AssertionError, AttributeError, LookupError, RuntimeError, TypeError, ValueError),
)

_CODE_DIRECTIVES: Final = frozenset({
    "code", "code-block", "highlight", "literalinclude", "math", "raw", "sourcecode",
})  # fmt: skip
_DIRECTIVE: Final = re.compile(r"\.\.[ ]+[^:\s](?:[^:]|:(?!:))*::(?:[ ]+|\Z)")
# Those that are warned of since they would insert a file.
_INSERTING: Final = re.compile(r"\.\.[ ]+(?:\|[^|]*\|[ ]+)?(?:include|csv-table|raw)::")

_ITEMS: Final = (
    *(nodes.list_item, nodes.definition_list_item, nodes.field, nodes.option_list_item),
    *(nodes.footnote, nodes.citation),
)
_BLOCKS: Final = (
    *(nodes.paragraph, nodes.term, nodes.line, nodes.caption, nodes.rubric, nodes.attribution, nodes.field_name),
    *(nodes.title, nodes.subtitle),
)
_UNSEEN: Final = (nodes.comment, nodes.substitution_definition, nodes.pending, nodes.meta, nodes.decoration)

_OTHER_ENDS: Final = re.compile(r"[\v\f\x1c-\x1e\x85\u2028\u2029]")
# A link, or one of Sphinx's roles that have an address.
_LINK: Final = re.compile(r"(?::[\w.+:-]{1,40}:)?`([^<>`]{0,300}?)\s*<([^<>`]{1,2000})>`_{0,2}")


def parse(text: str, source: str) -> tuple[DocumentBuilder, tuple[int, ...]]:
    """Return the units of a text whose lines end with a line feed, and the lines of what would insert other files.

    Raises SourceError where the text is too large or nested too deep.
    """
    if len(text) > _LARGEST:
        raise SourceError(f"{source} holds {len(text):,} characters; of reStructuredText at most {_LARGEST:,} are read")
    # docutils would end lines at these, too.
    text = _OTHER_ENDS.sub(" ", text)
    lines = text.removesuffix("\n").split("\n")
    if long := next((number for number, line in enumerate(lines, 1) if len(line) > _LONGEST_LINE), None):
        raise SourceError(f"{source}, line {long}: it is longer than {_LONGEST_LINE:,} characters; break it")
    walk = _Walk(lines)
    try:
        walk.block(_document(text, source), 0)
    except RecursionError:
        raise SourceError(f"{source} is nested too deep to be read") from None
    return walk.page, tuple(walk.unread)


def _document(text: str, source: str) -> nodes.document:
    try:
        return publish_doctree(text, source_path=source, parser=_Parser(), settings_overrides=dict(_SETTINGS))
    except RecursionError:
        raise
    except SourceError as error:
        raise SourceError(f"{source}, {error}") from None
    except _FAULTS as error:
        kind = type(error).__name__
        raise SourceError(
            f"{source} cannot be read as reStructuredText ({kind}); see what docutils says of it",
        ) from error
    finally:
        # Roles that a text defines would hold for the next one too.
        vars(roles)["_roles"].clear()  # docutils has no other way


# ── Parsing ──────────────────────────────────────────────────────────────────────────────────────────────


class _Fallback(Directive):
    """A directive that docutils does not know, or cannot run: a container of its argument, options and content."""

    optional_arguments = 1
    final_argument_whitespace = True
    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return the container."""
        if self.name in _CODE_DIRECTIVES:
            return [nodes.literal_block(self.block_text, self.block_text)]
        found = nodes.container()
        for text in self.arguments:  # one at most, options included
            before = self.block_text[: max(self.block_text.find(text.partition("\n")[0]), 0)]
            paragraph = nodes.paragraph(text, "", *self.state.inline_text(text, self.lineno)[0])
            paragraph.line = self.lineno + before.count("\n")
            found += paragraph
        self.state.nested_parse(self.content, self.content_offset, found)
        return [found]


class _Lenient(states.RSTState):
    """What each state of the parser does differently: a directive that fails is read by the fallback."""

    nested_sm_cache = []  # noqa: RUF012 - machines with other states must not be reused

    def __init__(self, *settings: Any, **named: Any) -> None:  # noqa: ANN401 - what docutils gives
        super().__init__(*settings, **named)
        self.nested_sm_kwargs = {"state_classes": _STATES, "initial_state": "Body"}

    def inline_text(self, text: str, lineno: int) -> Any:  # noqa: ANN401
        # docutils' time grows with the square of a paragraph's length.
        if len(text) > _LONGEST:
            raise SourceError(f"line {lineno}: a paragraph of {len(text):,} characters; break it at {_LONGEST:,}")
        return super().inline_text(text, lineno)

    def run_directive(self, *asked: Any) -> Any:  # noqa: ANN401
        body: Any = super()
        _, match, name, _ = asked
        place = self.state_machine.abs_line_offset()
        result, is_blank = body.run_directive(*asked)
        if not any(isinstance(node, nodes.system_message) and node["level"] >= _ERROR for node in result):
            return result, is_blank
        self.state_machine.goto_line(place)
        return body.run_directive(_Fallback, match, name, {})

    def unknown_directive(self, name: str) -> Any:  # noqa: ANN401
        body: Any = super()
        match = _DIRECTIVE.match(self.state_machine.line or "")
        # A substitution has no room for more than an image or a few words.
        if match is None or isinstance(self, states.SubstitutionDef):
            return body.unknown_directive(name)
        return body.run_directive(_Fallback, match, name, {})


_STATES: Final = tuple(type(state.__name__, (_Lenient, state), {}) for state in states.state_classes)


class _Parser(Parser):
    def __init__(self) -> None:
        super().__init__()
        self.state_classes = _STATES


# ── Walking ──────────────────────────────────────────────────────────────────────────────────────────────


class _Walk:
    """Walks a document into a page; `unread` collects the lines of what would insert a file."""

    def __init__(self, source: list[str]) -> None:
        self.page = DocumentBuilder()
        self._source = source
        self.unread: list[int] = []
        self._line = 1

    def block(self, node: nodes.Node, depth: int) -> None:
        """Read a block that stands `depth` sections deep."""
        self._line = self._within(node.line or self._line)
        match node:
            case nodes.title() if isinstance(node.parent, nodes.section):
                self._heading(node, depth)
            case nodes.Element() if isinstance(node, _BLOCKS):
                self.page.paragraph()
                self._inline(node)
            case nodes.literal_block() | nodes.doctest_block() | nodes.math_block():
                self._code(node)
            case nodes.system_message():
                self._message(node)
            case nodes.target():
                self._target(node)
            case nodes.raw() if _is_html(node):
                html.parse_block(self.page, node.astext(), self._raw_line(node))
            case nodes.reference() | nodes.image():
                self._line = self._within(next((part.line for part in node.findall() if part.line), self._line))
                self.page.paragraph()
                self._span(node)
            case nodes.Element() if not isinstance(node, (*_UNSEEN, nodes.raw)):
                self._container(node, depth)
            case _:
                pass

    def _within(self, line: int) -> int:
        """Return a line that the source has: a text put together from others may tell of more."""
        return min(line, len(self._source))

    def _raw_line(self, node: nodes.raw) -> int:
        """Return the line on which the content of a directive begins, of which docutils keeps the first line alone."""
        first = node.astext().partition("\n")[0].strip()
        lines = range(self._line, min(self._line + _MOST_OPTIONS, len(self._source) + 1))
        return next((line for line in lines if self._source[line - 1].strip() == first), self._line)

    def _refused_line(self, text: str, known: int) -> int:
        """Return the line on which a text begins that docutils refused at a line of its own choice."""
        first = text.partition("\n")[0].strip()
        lines = range(min(known, len(self._source)), max(known - text.count("\n") - _MOST_OPTIONS, 0), -1)
        return next((line for line in lines if self._source[line - 1].strip() == first), known)

    def _heading(self, node: nodes.title, depth: int) -> None:
        self.page.open_heading(depth)
        self._inline(node)
        self.page.close_heading(depth)

    def _container(self, node: nodes.Element, depth: int) -> None:
        kind = BlockKind.ITEM if isinstance(node, _ITEMS) else BlockKind.ROW if isinstance(node, nodes.row) else None
        if kind:
            self.page.open(kind)
        if isinstance(node, nodes.entry):
            self.page.space(BreakKind.CELL)
        for child in node.children:
            self.block(child, depth + isinstance(node, nodes.section))
        if kind:
            self.page.close()

    def _code(self, node: nodes.Element) -> None:
        self.page.paragraph()
        self.page.code += 1
        self._inline(node)
        self.page.end_loose()

    def _message(self, node: nodes.system_message) -> None:
        """Read what docutils refused, such as a malformed table, as lines of text."""
        for block in node.findall(nodes.literal_block):
            text = block.astext()
            line = self._refused_line(text, node.get("line") or self._line)
            if _INSERTING.match(text):
                self.unread.append(line)
                continue
            for offset, words in enumerate(text.split("\n")):
                self.page.open(BlockKind.ROW)
                self._loose_text(words, self._within(line + offset))
                self.page.close()

    def _target(self, node: nodes.target) -> None:
        """Read an anonymous target that no reference has found: where their numbers differ docutils joins none."""
        if node.get("anonymous") and "refuri" in node and not node.referenced:
            self.page.paragraph()
            self.page.link(node["refuri"], self._line)
            self.page.end_link()

    def _inline(self, node: nodes.Element) -> None:
        for child in node.children:
            self._span(child)

    def _span(self, node: nodes.Node) -> None:
        after = self._line + node.rawsource.count("\n") if isinstance(node, nodes.Element) else None
        match node:
            case nodes.Text():
                self.page.text(node.astext(), self._line)
                self._line += node.astext().count("\n")
            case nodes.reference() if "refuri" in node:
                self.page.link(node["refuri"], self._line)
                self._inline(node)
                self.page.end_link()
            case nodes.image():
                self.page.image(node["uri"], node.get("alt", ""), self._line)
            case nodes.raw():
                # One of a substitution tells the line of its definition; a reader sees it here.
                if _is_html(node):
                    html.parse_inline(self.page, node.astext(), self._line)
                return
            case nodes.literal() | nodes.math():
                self.page.text(node.astext(), self._line, code=True)
            case nodes.problematic():
                self._loose_text(node.astext(), self._line)
            case nodes.strong():
                self.page.strong += 1
                self._inline(node)
                self.page.strong -= 1
            case nodes.Element() if not isinstance(node, (nodes.target, *_UNSEEN)):
                self._inline(node)
            case _:
                pass
        self._line = self._within(after or self._line)

    def _loose_text(self, text: str, line: int) -> None:
        """Read what docutils did not understand as text, and what has the shape of a link in it as a link."""
        end = 0
        for link in _LINK.finditer(text):
            self.page.text(text[end : link.start()], line)
            line += text.count("\n", end, link.start())
            self.page.link(link[2], line)
            self.page.text(link[1], line)
            self.page.end_link()
            line += link[0].count("\n")
            end = link.end()
        self.page.text(text[end:], line)


def _is_html(node: nodes.raw) -> bool:
    return "html" in str(node["format"]).split()

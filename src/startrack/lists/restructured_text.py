"""Parses reStructuredText as GitHub does. This is the only module that imports docutils.

No file is included and nothing is fetched, even if the text asks for it; such lines are reported as not read. Raw HTML
is parsed tag by tag, as in Markdown. Links survive in markup that docutils does not know (directives and roles of
Sphinx) or refuses (a malformed table).
"""

import csv
import re
from collections.abc import Mapping
from typing import Any, Final

from docutils import ApplicationError, DataError, nodes
from docutils.core import publish_doctree
from docutils.parsers.rst import Directive, Parser, roles, states
from docutils.readers import standalone
from docutils.transforms import misc

from startrack.errors import SourceError
from startrack.lists import html
from startrack.lists.document import BlockKind, BreakKind, DocumentBuilder

__all__ = [
    "parse",
]


_MAX_CHARACTERS: Final = 600_000  # characters
_MAX_LINE_LENGTH: Final = 10_000  # also the limit for expanded substitutions
_MAX_PARAGRAPH_LENGTH: Final = 4_000  # characters
_MAX_OPTION_LINES: Final = 10  # lines between a directive and its content
_ERROR_LEVEL: Final = 3  # docutils' level; a warning is 2
_SETTINGS: Final[Mapping[str, object]] = {
    "_disable_config": True,  # ignore docutils.conf in the working folder and the home folder
    "file_insertion_enabled": False,
    "raw_enabled": True,  # it is parsed, never run
    "report_level": 5,
    "halt_level": 5,
    "warning_stream": False,
    "traceback": True,
    "doctitle_xform": False,
    "docinfo_xform": False,
    "syntax_highlight": "none",
    "line_length_limit": _MAX_LINE_LENGTH,
}

# Errors that docutils' transforms and directives raise for unusual markup, such as `contents` in a topic.
_DOCUTILS_ERRORS: Final = (
    *(ApplicationError, DataError, csv.Error),
    *(ArithmeticError, AssertionError, AttributeError, LookupError, RuntimeError, TypeError, ValueError),
)

_CODE_DIRECTIVES: Final = frozenset({
    "code", "code-block", "highlight", "literalinclude", "math", "raw", "sourcecode",
})  # fmt: skip
_DIRECTIVE: Final = re.compile(r"\.\.[ ]+[^:\s](?:[^:]|:(?!:))*::(?:[ ]+|\Z)")
# Directives that would insert a file.
_INSERTING: Final = re.compile(r"\.\.[ ]+(?:\|[^|]*\|[ ]+)?(?:include|csv-table|raw)::")

_ITEMS: Final = (
    *(nodes.list_item, nodes.definition_list_item, nodes.field, nodes.option_list_item),
    *(nodes.footnote, nodes.citation),
)
_BLOCKS: Final = (
    *(nodes.paragraph, nodes.term, nodes.line, nodes.caption, nodes.rubric, nodes.attribution, nodes.field_name),
    *(nodes.title, nodes.subtitle),
)
_INVISIBLE: Final = (nodes.comment, nodes.substitution_definition, nodes.pending, nodes.meta, nodes.decoration)

_OTHER_LINE_ENDS: Final = re.compile(r"[\v\f\x1c-\x1e\x85\u2028\u2029]")
# A link, or a Sphinx role with a URL.
_LINK: Final = re.compile(r"(?::[\w.+:-]{1,40}:)?`([^<>`]{0,300}?)\s*<([^<>`]{1,2000})>`_{0,2}")


def parse(text: str, source: str) -> tuple[DocumentBuilder, tuple[int, ...]]:
    """Return the blocks of a text whose lines end with a line feed, and the lines that would insert other files.

    Raises SourceError if the text is too large or nested too deeply.
    """
    if len(text) > _MAX_CHARACTERS:
        raise SourceError(
            f"{source} has {len(text):,} characters; the limit for reStructuredText is {_MAX_CHARACTERS:,}; "
            "split it into several lists"
        )
    # docutils would also end lines at these characters.
    text = _OTHER_LINE_ENDS.sub(" ", text)
    lines = text.removesuffix("\n").split("\n")
    if long_line := next((number for number, line in enumerate(lines, 1) if len(line) > _MAX_LINE_LENGTH), None):
        raise SourceError(f"{source}, line {long_line}: longer than {_MAX_LINE_LENGTH:,} characters; break the line")
    converter = _Converter(lines)
    try:
        converter.add_block(_document(text, source), 0)
    except RecursionError:
        raise SourceError(f"{source} is nested too deeply; use fewer levels of lists and quotes") from None
    return converter.builder, tuple(converter.unread)


def _document(text: str, source: str) -> nodes.document:
    try:
        return publish_doctree(
            text, source_path=source, reader=_Reader(), parser=_Parser(), settings_overrides=dict(_SETTINGS)
        )
    except RecursionError:
        raise
    except SourceError as error:
        raise SourceError(f"{source}, {error}") from None
    except _DOCUTILS_ERRORS as error:
        error_name = type(error).__name__
        raise SourceError(
            f"{source} cannot be parsed as reStructuredText ({error_name}); check its markup with docutils",
        ) from error
    finally:
        # Roles defined in one text would stay defined for the next one.
        vars(roles)["_roles"].clear()  # docutils has no public function for this


class _Fallback(Directive):
    """Replaces a directive that docutils does not know or cannot run by its argument, options and content."""

    optional_arguments = 1
    final_argument_whitespace = True
    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return a container, or a literal block for a code directive."""
        if self.name in _CODE_DIRECTIVES:
            return [nodes.literal_block(self.block_text, self.block_text)]
        container = nodes.container()
        for text in self.arguments:  # one at most; it includes the options
            before = self.block_text[: max(self.block_text.find(text.partition("\n")[0]), 0)]
            paragraph = nodes.paragraph(text, "", *self.state.inline_text(text, self.lineno)[0])
            paragraph.line = self.lineno + before.count("\n")
            container += paragraph
        self.state.nested_parse(self.content, self.content_offset, container)
        return [container]


class _Lenient(states.RSTState):
    """Mixin for the states of the parser: a directive that fails is handled by `_Fallback`."""

    nested_sm_cache = []  # noqa: RUF012 - state machines with other states must not be reused

    def __init__(self, *settings: Any, **named: Any) -> None:  # noqa: ANN401 - passed on by docutils
        super().__init__(*settings, **named)
        self.nested_sm_kwargs = {"state_classes": _STATES, "initial_state": "Body"}

    def inline_text(self, text: str, lineno: int) -> Any:  # noqa: ANN401
        # docutils needs time that grows with the square of a paragraph's length.
        if len(text) > _MAX_PARAGRAPH_LENGTH:
            raise SourceError(
                f"line {lineno}: a paragraph has {len(text):,} characters; "
                f"break it into parts of at most {_MAX_PARAGRAPH_LENGTH:,}"
            )
        return super().inline_text(text, lineno)

    def split_attribution(self, indented: Any, _line_offset: int) -> Any:  # noqa: ANN401
        # A quote is not split at its attributions: they are paragraphs, and docutils copies all that follows each.
        return indented, None, None, None, None

    def run_directive(self, *arguments: Any) -> Any:  # noqa: ANN401
        body: Any = super()
        _, match, name, _ = arguments
        line_offset = self.state_machine.abs_line_offset()
        result, is_blank = body.run_directive(*arguments)
        if not any(isinstance(node, nodes.system_message) and node["level"] >= _ERROR_LEVEL for node in result):
            return result, is_blank
        self.state_machine.goto_line(line_offset)
        return body.run_directive(_Fallback, match, name, {})

    def unknown_directive(self, name: str) -> Any:  # noqa: ANN401
        body: Any = super()
        match = _DIRECTIVE.match(self.state_machine.line or "")
        # A substitution can only contain inline text or an image.
        if match is None or isinstance(self, states.SubstitutionDef):
            return body.unknown_directive(name)
        return body.run_directive(_Fallback, match, name, {})


_STATES: Final = tuple(type(state.__name__, (_Lenient, state), {}) for state in states.state_classes)


class _Reader(standalone.Reader):  # type: ignore[type-arg]  # it is generic only in its stubs
    """A reader that does not check transitions: the time for it grows with the square of their number."""

    def get_transforms(self) -> list[Any]:
        return [transform for transform in super().get_transforms() if transform is not misc.Transitions]


class _Parser(Parser):
    def __init__(self) -> None:
        super().__init__()
        self.state_classes = _STATES


class _Converter:
    """Converts a docutils document to blocks; `unread` collects the lines that would insert a file."""

    def __init__(self, source_lines: list[str]) -> None:
        self.builder = DocumentBuilder()
        self._source_lines = source_lines
        self.unread: list[int] = []
        self._line = 1

    def add_block(self, node: nodes.Node, depth: int) -> None:
        """Add a block that is nested `depth` sections deep."""
        self._line = self._clamp_line(node.line or self._line)
        match node:
            case nodes.title() if isinstance(node.parent, nodes.section):
                self._add_heading(node, depth)
            case nodes.Element() if isinstance(node, _BLOCKS):
                self.builder.start_paragraph()
                self._add_inlines(node)
            case nodes.literal_block() | nodes.doctest_block() | nodes.math_block():
                self._add_code(node)
            case nodes.system_message():
                self._add_refused_markup(node)
            case nodes.target():
                self._add_target(node)
            case nodes.raw() if _is_html(node):
                html.parse_block(self.builder, node.astext(), self._raw_line(node))
            case nodes.reference() | nodes.image():
                self._line = self._clamp_line(next((part.line for part in node.findall() if part.line), self._line))
                self.builder.start_paragraph()
                self._add_inline(node)
            case nodes.Element() if not isinstance(node, (*_INVISIBLE, nodes.raw)):
                self._add_container(node, depth)
            case _:
                pass

    def _clamp_line(self, line: int) -> int:
        """Return a line number within the source; docutils can report a larger one for substituted text."""
        return min(line, len(self._source_lines))

    def _raw_line(self, node: nodes.raw) -> int:
        """Return the line on which the content of a directive begins; docutils stores that of the directive."""
        first = node.astext().partition("\n")[0].strip()
        lines = range(self._line, min(self._line + _MAX_OPTION_LINES, len(self._source_lines) + 1))
        return next((line for line in lines if self._source_lines[line - 1].strip() == first), self._line)

    def _refused_line(self, text: str, reported: int) -> int:
        """Return the line on which refused markup begins; docutils may report a later line of it."""
        first = text.partition("\n")[0].strip()
        lines = range(
            min(reported, len(self._source_lines)), max(reported - text.count("\n") - _MAX_OPTION_LINES, 0), -1
        )
        return next((line for line in lines if self._source_lines[line - 1].strip() == first), reported)

    def _add_heading(self, node: nodes.title, depth: int) -> None:
        self.builder.open_heading(depth)
        self._add_inlines(node)
        self.builder.close_heading(depth)

    def _add_container(self, node: nodes.Element, depth: int) -> None:
        kind = BlockKind.ITEM if isinstance(node, _ITEMS) else BlockKind.ROW if isinstance(node, nodes.row) else None
        if kind:
            self.builder.open_block(kind)
        if isinstance(node, nodes.entry):
            self.builder.add_break(BreakKind.CELL)
        for child in node.children:
            self.add_block(child, depth + isinstance(node, nodes.section))
        if kind:
            self.builder.close_block()

    def _add_code(self, node: nodes.Element) -> None:
        self.builder.start_paragraph()
        self.builder.code_depth += 1
        self._add_inlines(node)
        self.builder.close_unnested()

    def _add_refused_markup(self, node: nodes.system_message) -> None:
        """Add markup that docutils refused, such as a malformed table, as lines of text."""
        for block in node.findall(nodes.literal_block):
            text = block.astext()
            line = self._refused_line(text, node.get("line") or self._line)
            if _INSERTING.match(text):
                self.unread.append(line)
                continue
            for offset, row in enumerate(text.split("\n")):
                self.builder.open_block(BlockKind.ROW)
                self._add_unparsed_text(row, self._clamp_line(line + offset))
                self.builder.close_block()

    def _add_target(self, node: nodes.target) -> None:
        """Add an anonymous target without a reference; docutils pairs none if the numbers of both differ."""
        if node.get("anonymous") and "refuri" in node and not node.referenced:
            self.builder.start_paragraph()
            self.builder.open_link(node["refuri"], self._line)
            self.builder.close_link()

    def _add_inlines(self, node: nodes.Element) -> None:
        for child in node.children:
            self._add_inline(child)

    def _add_inline(self, node: nodes.Node) -> None:
        end_line = self._line + node.rawsource.count("\n") if isinstance(node, nodes.Element) else None
        match node:
            case nodes.Text():
                self.builder.add_text(node.astext(), self._line)
                self._line += node.astext().count("\n")
            case nodes.reference() if "refuri" in node:
                self.builder.open_link(node["refuri"], self._line)
                self._add_inlines(node)
                self.builder.close_link()
            case nodes.image():
                self.builder.add_image(node["uri"], node.get("alt", ""), self._line)
            case nodes.raw():
                # A substitution reports the line of its definition, but the reader sees it on this line.
                if _is_html(node):
                    html.parse_inline(self.builder, node.astext(), self._line)
                return
            case nodes.literal() | nodes.math():
                self.builder.add_text(node.astext(), self._line, code=True)
            case nodes.problematic():
                self._add_unparsed_text(node.astext(), self._line)
            case nodes.strong():
                self.builder.strong_depth += 1
                self._add_inlines(node)
                self.builder.strong_depth -= 1
            case nodes.Element() if not isinstance(node, (nodes.target, *_INVISIBLE)):
                self._add_inlines(node)
            case _:
                pass
        self._line = self._clamp_line(end_line or self._line)

    def _add_unparsed_text(self, text: str, line: int) -> None:
        """Add markup that docutils did not understand: what looks like a link as a link, the rest as text."""
        end = 0
        for link in _LINK.finditer(text):
            self.builder.add_text(text[end : link.start()], line)
            line += text.count("\n", end, link.start())
            self.builder.open_link(link[2], line)
            self.builder.add_text(link[1], line)
            self.builder.close_link()
            line += link[0].count("\n")
            end = link.end()
        self.builder.add_text(text[end:], line)


def _is_html(node: nodes.raw) -> bool:
    return "html" in str(node["format"]).split()

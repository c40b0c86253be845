"""What every kind of block is rendered from, and the parts that all of them share: links, tables, lines, dates."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from startrack.errors import BlockError, did_you_mean
from startrack.model.changes import RankBy
from startrack.model.events import Event
from startrack.model.report import Project, SiteReport
from startrack.model.repository import name_key
from startrack.readme import markdown
from startrack.trends import membership

__all__ = ["NOT_COUNTED", "ChartSubject", "Column", "Context"]


_IGNORED = "<!--lint ignore-->"
NOT_COUNTED = "Not counted yet: the first run fills this in."

Column = tuple[str, str]
"""The title of a column, and its alignment as in the line below the titles."""


@dataclass(frozen=True, slots=True)
class ChartSubject:
    """What a chart shows: the stars of a project or, without one, the movers of a list or of all lists."""

    list_name: str | None = None
    project: Project | None = None


def _no_chart(_subject: ChartSubject) -> str:
    raise BlockError("there is no folder for charts")


@dataclass(frozen=True)
class Context:
    """The report, the ranking of the configuration, and what matters about the file that has the block.

    `is_awesome` is whether the file has the Awesome badge, which awesome-lint demands. See `ignored_by_linter`.
    `chart_address` returns the relative URL from the file to a chart, without `-light.svg` or `-dark.svg`.
    """

    report: SiteReport
    sort: RankBy
    is_awesome: bool = False
    chart_address: Callable[[ChartSubject], str] = _no_chart

    @cached_property
    def projects_by_name(self) -> Mapping[str, Project]:
        """The projects by the keys of all their names."""
        return membership.by_name(self.report.projects)

    def project(self, repo: str) -> Project:
        """Return the project with this name, today or earlier or in a list. Raises BlockError."""
        if project := self.projects_by_name.get(name_key(repo)):
            return project
        names = sorted({project.name for project in self.report.projects})
        raise BlockError(f"no list has the repository {repo!r}; {did_you_mean(repo, names)}")

    def link(self, subject: Project | Event, text: str | None = None) -> str:
        """Return a project's name, or a text instead of it, as a link to GitHub.

        awesome-lint takes a second link to the same page for a mistake, but does not look at links in HTML.
        """
        return markdown.link(subject, text, is_html=self.is_awesome)

    def table(self, columns: Sequence[Column], rows: Iterable[Sequence[str]]) -> list[str]:
        """Return the lines of a table; cells are Markdown."""
        titles, alignments = zip(*columns, strict=True)
        return [f"| {' | '.join(cells)} |" for cells in (titles, alignments, *rows)]

    def ignored_by_linter(self, lines: Sequence[str]) -> list[str]:
        """Return the lines of a block, with a comment for awesome-lint above each table and paragraph.

        It wants the pipes of a table aligned, and every bracket and quotation mark in a text closed. The comment is for
        the next element only, so that what the file itself asks of the linter stays.
        """
        if not self.is_awesome:
            return list(lines)
        starts = (bool(line) and not before for before, line in pairwise(("", *lines)))
        return [
            part
            for line, is_start in zip(lines, starts, strict=True)
            for part in ((_IGNORED, "", line) if is_start else (line,))
        ]

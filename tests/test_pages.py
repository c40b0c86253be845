"""The pages of a report: their texts and links, and that hostile text stays text."""

import csv
import io
import json
import posixpath
import subprocess
import sys
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

import reports
from startrack.dashboards import build, data_files, paths
from startrack.model.report import SiteReport
from startrack.store import csv_codec
from startrack.wording import figures

MINUS = figures.MINUS
Files = dict[str, str | bytes]

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


class Page(HTMLParser):
    """The tags of a page with their attributes, and its text."""

    def __init__(self, markup: str) -> None:
        """Read a page."""
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect a tag."""
        self.tags.append((tag, dict(attrs)))
        self.words.append("" if tag in {"wbr", "time"} else " ")

    def handle_endtag(self, tag: str) -> None:
        """Separate words."""
        self.words.append("" if tag == "time" else " ")

    def handle_data(self, data: str) -> None:
        """Collect a text."""
        self.words.append(data)

    @property
    def text(self) -> str:
        """The text on one line."""
        return " ".join("".join(self.words).split())

    def links(self) -> list[str]:
        """Return every address the page leads to or loads from."""
        found = (attrs.get(name) for _, attrs in self.tags for name in ("href", "src"))
        return [address for address in found if address]


@pytest.fixture(scope="module")
def full() -> Files:
    """Return the pages of a report with everything in it."""
    return build.build(reports.full())


@pytest.fixture(scope="module")
def read(full: Files) -> dict[str, Page]:
    """Return the same pages, parsed."""
    return _read(full)


def _read(files: Files) -> dict[str, Page]:
    return {path: Page(str(text)) for path, text in files.items() if path.endswith(".html")}


def _argument(script: str | bytes) -> dict[str, object]:
    """Return the value in a data script."""
    arguments = str(script).removeprefix("startrack.data(").removesuffix(");\n")
    value = json.loads(f"[{arguments}]")[1]
    assert isinstance(value, dict)
    return value


def test_same_report_same_bytes(full: Files) -> None:
    """Building twice gives the same files with the same bytes, in order."""
    again = build.build(reports.full())
    assert again == full
    assert list(again) == sorted(again)


def test_plotly_waits() -> None:
    """Importing the pages does not import plotly, which is slow and not needed by most commands."""
    code = "import sys, startrack.dashboards.build; print('plotly' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "False"


@pytest.mark.parametrize(
    "report",
    [reports.full(), reports.young(), reports.empty(), reports.filled()],
    ids=["full", "young", "empty", "filled"],
)
def test_every_link_arrives(report: SiteReport) -> None:
    """Every internal link leads to a file of the build; every other link leads to GitHub."""
    files = build.build(report)
    for path, page in _read(files).items():
        for address in page.links():
            parts = urlsplit(address)
            if parts.scheme or parts.netloc:
                assert (parts.scheme, parts.netloc) == ("https", "github.com"), (path, address)
            elif parts.path:
                assert not parts.path.startswith("/"), (path, address)
                assert posixpath.normpath(posixpath.join(posixpath.dirname(path), unquote(parts.path))) in files


def test_one_list_has_one_overview() -> None:
    """If there is only one list, the first page is its page."""
    files = build.build(reports.young())
    assert not [path for path in files if path.startswith("lists/")]


def test_each_of_several_lists_has_a_page(full: Files) -> None:
    """If there are several lists, each has its own overview."""
    assert {"lists/first.html", "lists/second.html"} <= set(full)
    assert "group/project-1" not in Page(str(full["lists/second.html"])).text


def test_hostile_text_stays_text(read: dict[str, Page]) -> None:
    """No text of a list becomes a tag, a handler, a style or a script."""
    for path, page in read.items():
        for tag, attrs in page.tags:
            assert not [name for name in attrs if name.startswith("on") or name == "style"], (path, tag)
            assert tag != "style", path
            if tag == "script":
                assert (attrs["src"] or "").lstrip("./").startswith("assets/"), path


def test_hostile_text_is_shown(read: dict[str, Page]) -> None:
    """A description is shown as written, and is not rendered as a template."""
    page = next(page for path, page in read.items() if path.startswith("projects/evil"))
    assert "<script>alert('1')</script>" in page.text
    assert "{{ 7*7 }}" in page.text
    assert "javascript:alert(1)" in page.text
    assert not [address for address in page.links() if address.startswith("javascript")]


def test_hostile_text_stays_in_its_script(full: Files) -> None:
    """Text in a data script cannot end the script or its string, and stays complete."""
    path = next(path for path in full if path.startswith("data/history/evil") and path.endswith(".js"))
    script = str(full[path])
    assert not set("<>&\u2028\u2029\n") & set(script.rstrip("\n"))
    assert _argument(script)["name"] == f"evil/{reports.HOSTILE}"


@given(TEXTS)
def test_any_text_in_a_script(text: str) -> None:
    """Any text is the same after a round trip through a script."""
    script = data_files.render_script("data", text)
    assert json.loads(script.removeprefix("startrack.data(").removesuffix(");\n")) == text
    assert "<" not in script


@given(st.sets(TEXTS))
def test_any_name_has_a_path(names: set[str]) -> None:
    """Every name has a unique path that all file systems and servers accept."""
    slugs = paths.slugs(names)
    assert set(slugs) == names
    assert len({slug.lower() for slug in slugs.values()}) == len(names)
    for slug in slugs.values():
        parts = slug.split("/")
        assert all(part.isascii() and part[:1].isalnum() and len(part) <= 101 for part in parts), slug


def test_names_keep_their_shape() -> None:
    """A usual name is its own path; names that differ only in case, and reserved names, get a hash."""
    slugs = paths.slugs(["Owner/Name.js", "owner/name.js", "owner/.github", "nul/con"])
    assert slugs["Owner/Name.js"] == "Owner/Name.js"
    assert slugs["owner/name.js"].startswith("owner/name.js-")
    assert slugs["owner/.github"].startswith("owner-github-")
    assert slugs["nul/con"].startswith("nul-con-")


def test_no_formula_in_csv(full: Files) -> None:
    """No text cell of a download starts like a formula, and all rows have the same number of cells."""
    for path in ("data/projects.csv", "data/changes.csv"):
        rows = list(csv.reader(io.StringIO(str(full[path]))))
        assert {len(row) for row in rows} == {len(rows[0])}
    assert csv_codec.guarded("=1+1") == "'=1+1"
    assert csv_codec.guarded("@x") == "'@x"
    assert csv_codec.guarded("plain") == "plain"


def test_policy_is_strict(read: dict[str, Page]) -> None:
    """Every page has a strict content security policy before it loads anything."""
    for page in read.values():
        policy = next(attrs for tag, attrs in page.tags if attrs.get("http-equiv"))["content"] or ""
        assert policy.startswith("default-src 'none'; script-src 'self';")
        assert "unsafe" not in policy
        names = [tag for tag, _ in page.tags]
        assert names.index("meta") < names.index("link") < names.index("script")


def test_unknown_is_never_zero(read: dict[str, Page]) -> None:
    """A project that was never counted shows n/a with a reason for every figure."""
    page = read["projects/never/seen.html"]
    # six figures, each window, four facts of its standing, and the sentence below each page
    assert page.text.count("n/a") == 6 + len(reports.WINDOWS) + 4 + 1
    assert "blocked after a copyright (DMCA) notice" in page.text
    assert "Not counted yet" in page.text


def test_losses_are_shown(read: dict[str, Page]) -> None:
    """Lost stars have a minus sign, in the top lists and on the project's page."""
    assert f"Most lost lost/stars {MINUS}90" in read["index.html"].text
    assert f"{MINUS}21" in read["projects/lost/stars.html"].text


def test_missing_ones_are_named(read: dict[str, Page]) -> None:
    """The overview names missing projects, the reasons, and the date of their last figures."""
    text = read["index.html"].text
    assert "gone/away not found: deleted, private or never existed; figures from 2026-10-14" in text
    assert "2 projects not counted in the last run" in text


def test_labels_stand_beside_figures(read: dict[str, Page]) -> None:
    """A label is shown with all figures of its list, with the word some if it is true of only some figures."""
    assert "All figures of second are simulated" in read["index.html"].text
    assert "Top movers some simulated" in read["index.html"].text
    assert "made/up simulated" in read["index.html"].text
    assert "Top movers simulated" in read["lists/second.html"].text
    assert "simulated" not in read["lists/first.html"].text
    for title in ("Over time", "Stars", "Forks", "Commits", "Changes"):
        assert f"{title} simulated" in read["projects/made/up.html"].text


def test_label_goes_with_the_data(full: Files) -> None:
    """The data of a chart carries the label, so that its legend shows it."""
    assert _argument(full["data/history/made/up.js"])["label"] == "simulated"


def test_young_says_so() -> None:
    """On the first day every change is too young, and a single count has no chart."""
    text = _read(build.build(reports.young()))["index.html"].text
    assert "Too early: a change over 30 days needs a count from about 30 days ago." in text
    assert "A line needs two counts" in text
    assert "1d, 7d, 30d, 90d and 365d are known for 0 of 6 projects (6 too young)" in text


def test_empty_says_so() -> None:
    """Before the first run the page says what is listed and that nothing has been counted."""
    text = _read(build.build(reports.empty()))["index.html"].text
    assert "Nothing has been counted yet." in text
    assert "of 1 listed" in text
    assert "group/project not counted yet" in text


def test_no_list_at_all() -> None:
    """An empty report makes complete pages."""
    files = build.build(SiteReport(reports.AS_OF, "Star trends", (), reports.WINDOWS, (), {}, (), ()))
    assert "No list is tracked yet." in Page(str(files["index.html"])).text


def test_retained_stars_stand_apart() -> None:
    """Retained stars are marked, have their own track and file, and are not used in changes, sums or ranks."""
    files = build.build(reports.filled())
    read = _read(files)
    text = read["projects/old/friend.html"].text
    assert "Dashed line: retained stars (≈)" in text
    assert (
        "too young: the first count was taken after the start of the window; "
        "≈ +30 retained stars from 2026-10-21 to 2026-11-19" in text
    )
    assert "Dashed line: retained stars (≈)" in read["index.html"].text
    assert "Gained in 30 days n/a" in read["index.html"].text
    tracks = _argument(files["data/history/old/friend.js"])["tracks"]
    assert isinstance(tracks, list)
    assert [sorted(track["columns"]) for track in tracks] == [["forks", "stars"], ["commits"], ["retained"]]
    assert tracks[2]["columns"]["retained"][-1] == 997
    assert str(files["data/retained/old/friend.csv"]).splitlines()[:2] == [
        "week_until,retained_stars",
        "2025-10-24,605",
    ]
    assert "retained" not in str(files["data/changes.csv"])
    assert "data/retained/plain/one.csv" not in files


def test_retained_stars_that_do_not_fit_say_so() -> None:
    """Retained stars that do not fit the counts are not drawn, and the page says why."""
    text = _read(build.build(reports.filled()))["projects/un/fit.html"].text
    assert "Retained stars are not drawn: they add up to more stars than were counted." in text


def test_stars_taken_back_are_told() -> None:
    """Stars taken back are shown for each project and for the list."""
    read = _read(build.build(reports.filled()))
    told = "Stars taken back ≈ 7 from 2026-11-01 to 2026-11-15: 27 retained stars, minus a gain of +20 by the counts"
    assert told in read["projects/other/one.html"].text
    assert "Stars taken back: ≈ 7, in 1 project with both counts and retained stars" in read["index.html"].text


def test_an_archival_without_a_date_is_not_denied() -> None:
    """For some tokens GitHub says that a project is archived, but not since when."""
    report = reports.make_report([reports.Sample("a/b", {0: 5}, is_archived=True), reports.Sample("c/d", {0: 5})])
    assert "1 project is archived, but GitHub gives no date." in _read(build.build(report))["index.html"].text


def test_gaps_are_said(read: dict[str, Page]) -> None:
    """A project's page names its gaps."""
    assert "1 gap between counts: 2026-07-25 to 2026-11-04." in read["projects/some/gap.html"].text


def test_example_adds_up(read: dict[str, Page]) -> None:
    """The worked example uses a project of the report."""
    text = read["counting.html"].text
    assert "big/giant over 30 days" in text
    assert f"100,400 {MINUS} 99,170 = +1,230" in text
    assert "+1,230 ÷ 30.00 days = +41.0" in text

"""The comparison page and its data files, without a browser."""

import html
import json

import pytest

import reports
from startrack.dashboards import build, paths

Files = dict[str, str | bytes]


@pytest.fixture(scope="module")
def full() -> Files:
    """Return the pages of a report with everything in it."""
    return build.build(reports.full())


def handed(files: Files, name: str) -> dict[str, object]:
    """Return the value in a data file, which is registered under its own name."""
    arguments = str(files[f"data/{name}.js"]).removeprefix("startrack.data(").removesuffix(");\n")
    key, value = json.loads(f"[{arguments}]")
    assert key == name
    assert isinstance(value, dict)
    return value


def test_only_this_page_may_paint_its_own_images(full: Files) -> None:
    """The policy of the comparison page allows blob images, and is otherwise that of all pages."""
    policies = {path: _policy(str(text)) for path, text in full.items() if path.endswith(".html")}
    own = policies.pop("compare.html")
    assert len(set(policies.values())) == 1
    assert own.replace("img-src 'self' blob:;", "img-src 'self';") in policies.values()
    assert own.count("blob:") == 1


def _policy(page: str) -> str:
    return html.unescape(page.partition('http-equiv="Content-Security-Policy" content="')[2].partition('"')[0])


def test_everything_with_a_line_can_be_picked(full: Files) -> None:
    """Every counted project and every section with one has the data file that the catalogue names."""
    catalogue = handed(full, "projects")
    projects, lists = catalogue["projects"], catalogue["lists"]
    assert isinstance(projects, list)
    assert isinstance(lists, list)
    assert {each["name"] for each in projects} == {p.name for p in reports.full().projects if p.current}
    for each in projects:
        assert f"data/history/{each.get('slug', each['name'])}.js" in full
    sections = [section for each in lists for section in each["sections"]]
    assert {f"data/sums/{section['key']}.js" for section in sections} == {p for p in full if p.startswith("data/sums/")}
    assert [each["name"] for each in lists] == ["first", "second"]


def test_a_sum_says_of_how_many_it_is(full: Files) -> None:
    """A section total says how many projects it includes, and has the label of their list."""
    tools = handed(full, "sums/first/Tools")
    assert (tools["name"], tools["label"]) == ("Tools, in first", None)
    tracks = tools["tracks"]
    assert isinstance(tracks, list)
    inside = [p for p in reports.full().projects if any(n == "first" and e.section[0] == "Tools" for n, e in p.places)]
    assert tracks[0]["listed"] == len(inside)
    assert 0 < tracks[0]["known"] < len(inside)
    assert handed(full, "sums/second/Papers")["label"] == "simulated"


def test_a_history_tells_its_ages() -> None:
    """Project data has the creation date, and the first star's date if the full history is known."""
    filled = build.build(reports.filled())
    assert handed_history(filled, "old/friend") == ("2020-01-02", "2025-10-14")
    assert handed_history(filled, "plain/one") == ("2020-01-02", None)


def handed_history(files: Files, slug: str) -> tuple[object, object]:
    """Return the creation date and the date of the first star in a project's data."""
    arguments = str(files[f"data/history/{slug}.js"]).removeprefix("startrack.data(").removesuffix(");\n")
    value = json.loads(f"[{arguments}]")[1]
    return value["created"], value["starred"]


def test_every_page_leads_there(full: Files) -> None:
    """Every page links to the comparison; a project's page links to it with the project selected."""
    for path, text in full.items():
        if path.endswith(".html"):
            assert f'href="{paths.root(path)}compare.html"' in str(text), path
    assert 'href="../../compare.html#p=lost/stars"' in str(full["projects/lost/stars.html"])
    assert "compare.html#p=" not in str(full["projects/never/seen.html"])

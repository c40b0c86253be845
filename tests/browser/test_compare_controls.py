"""Range, address, summary and exports of the comparison chart in a real browser."""

import csv
import io
import struct
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import pytest
from playwright.sync_api import Page, Request, expect

import reports
from comparing import CHART, TRACES, counts, millis, open_page, press, says, titled, totals
from page_reports import write_pages
from startrack.dashboards import build
from startrack.wording.figures import MINUS


def window(page: Page) -> list[float]:
    """Return the visible range of the time axis, in milliseconds."""
    ends: list[str] = page.evaluate(f"document.querySelector('{CHART}')._fullLayout.xaxis.range")
    return [millis(datetime.fromisoformat(end)) for end in ends]


def test_range_buttons(page: Page, there: str) -> None:
    """Range buttons show the last days and fit the vertical axis; All shows everything again."""
    open_page(page, there, "p=lost/stars")
    axes = f"document.querySelector('{CHART}')._fullLayout"
    end = millis(reports.AS_OF)
    for name, days in (("30 days", 30), ("90 days", 90), ("1 year", 365)):
        press(page, name)
        page.wait_for_function(f"() => !{axes}.yaxis.autorange")
        assert window(page) == pytest.approx([end - days * 86_400_000, end], abs=1000)
        seen = [y for at, y in totals("lost/stars") if at >= end - days * 86_400_000]
        low, high = page.evaluate(f"{axes}.yaxis.range")
        assert low == pytest.approx(min(seen) - 0.06 * (max(seen) - min(seen)))
        assert high == pytest.approx(max(seen) + 0.06 * (max(seen) - min(seen)))
        expect(page.locator("#compare-summary li")).to_contain_text(f"{seen[0]:,.0f} on ")
        press(page, "All")
        page.wait_for_function(f"() => {axes}.yaxis.autorange === true")


def test_the_slider_sets_the_range(page: Page, there: str) -> None:
    """The slider sets a range of full days that the address has and a reload keeps."""
    open_page(page, there, "p=lost/stars")
    handle = page.locator(f"{CHART} .rangeslider-grabber-min .rangeslider-grabarea-min")
    handle.scroll_into_view_if_needed()
    box = handle.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] - 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + 500, box["y"] + 10, steps=5)
    page.mouse.up()
    page.wait_for_function("() => location.hash.includes('range=2026-')")
    page.wait_for_function(
        f"""() => {{ const [start] = document.querySelector('{CHART}')._fullLayout.xaxis.range;
            return start.endsWith("T00:00:00.000") && location.hash.includes(`range=${{start.slice(0, 10)}}_`); }}""",
    )
    part = page.url.partition("range=")[2]
    start, end = window(page)
    assert (start - millis(datetime.fromisoformat(part[:10]))) % 86_400_000 == 0
    assert end >= millis(reports.AS_OF)
    link = page.url
    open_page(page, there, link.partition("#")[2])
    assert window(page) == [start, end]
    for button in page.locator("button[data-range]").all():
        expect(button).to_have_attribute("aria-pressed", "false")


def test_the_address_brings_it_all_back(page: Page, there: str) -> None:
    """Figure, values, points, scale, day, range and lines are restored, and the controls show them."""
    fragment = "p=big/giant,lost/stars&of=forks&v=rebased&every=weekly&scale=log&since=2026-03-01&range=90d"
    open_page(page, there, fragment)
    titled(page, "Forks, 2026-03-01 = 100")
    pressed = page.locator("main button[aria-pressed=true]").all_inner_texts()
    assert pressed == ["Forks", "Rebased to 100", "Weekly", "Log", "90 days"]
    expect(page.locator("#compare-since")).to_have_value("2026-03-01")
    press(page, "Stars")
    says(page, "p=big/giant,lost/stars", "v=rebased", "every=weekly", "scale=log", "since=2026-03-01", "range=90d")


@pytest.mark.parametrize(
    "fragment",
    [
        "p=../../etc/passwd,%3Cscript%3Ealert(1)%3C/script%3E,__proto__,@constructor",
        "p=big/giant&v=__proto__&of=constructor&every=x&scale=1&since=2026-99-99&range=9999-99-99_0000-00-00",
        "p=%E0%A4%A&v&&&=gain&since=javascript:alert(1)",
        "p=" + "x/y," * 5000,
    ],
)
def test_a_hostile_address_does_nothing(page: Page, there: str, fragment: str) -> None:
    """Unknown values and slugs in the address are ignored, and text stays text."""
    asked: list[str] = []

    def note(request: Request) -> None:
        asked.append(unquote(request.url))

    page.on("request", note)
    open_page(page, there, fragment)
    page.remove_listener("request", note)
    assert f"{there}/full/compare.html" in " ".join(asked)
    assert page.locator("main button[aria-pressed=true]").all_inner_texts() == [
        "Stars",
        "Totals",
        "As counted",
        "Linear",
        "All",
    ]
    assert not [url for url in asked if "passwd" in url or "<script>" in url or "x/y" in url or "__proto__" in url]
    assert len(page.locator("#compare-status").inner_text()) < 300


def test_the_chart_in_words(page: Page, there: str) -> None:
    """The summary below the chart describes it in text."""
    open_page(page, there, "p=lost/stars,made/up")
    expect(page.locator(CHART)).to_have_attribute("aria-describedby", "compare-summary")
    items = page.locator("#compare-summary li")
    first, last = counts("lost/stars")[0], counts("lost/stars")[-1]
    expect(items.first).to_have_text(
        f"lost/stars: {first.stars:,} on {first.taken_at:%b %d, %Y}, "
        f"{last.stars:,} on {last.taken_at:%b %d, %Y}: {MINUS}1,200",
    )
    expect(items.nth(1)).to_contain_text("made/up (simulated)")
    open_page(page, there, "p=just/started")
    expect(items.first).to_have_text("just/started: 12 on Nov 23, 2026, a single point")
    open_page(page, there, "p=lost/stars,made/up")
    press(page, "Gain since")
    expect(items.first).to_contain_text(f"{MINUS}1,200 on Nov 23, 2026")


def test_csv(page: Page, base: str) -> None:
    """The CSV has every visible point, marks retained stars, and has labels."""
    open_page(page, base, "p=made/up,some/gap&range=90d")
    with page.expect_download() as download:
        press(page, "Download CSV")
    assert download.value.suggested_filename == "startrack-comparison.csv"
    rows = list(csv.reader(io.StringIO(Path(download.value.path()).read_text(encoding="utf-8"))))
    assert rows[0] == ["project", "counted at", "value", "figure", "label"]
    start = reports.AS_OF - timedelta(days=90)
    expected = [
        [name, f"{c.taken_at.isoformat()}.000Z", str(c.stars), "Stars", "simulated" if name == "made/up" else ""]
        for name in ("made/up", "some/gap")
        for c in counts(name)
        if c.taken_at >= start
    ]
    assert rows[1:] == expected
    open_page(page, base, "p=old/friend", "filled")
    with page.expect_download() as download:
        press(page, "Download CSV")
    text = Path(download.value.path()).read_text(encoding="utf-8")
    assert "retained stars ≈" in text
    assert text.splitlines()[-1].startswith("old/friend,2026-11-23T03:00:00.000Z,1005,Stars,")


def test_no_cell_is_a_formula(page: Page, tmp_path: Path) -> None:
    """A name that a spreadsheet would compute gets an apostrophe, and quotes stay within their cell."""
    hostile = ['=1+1,"x"/y', "-2/y", "@SUM(A1)/y", "+3/y", "'4/y"]
    report = reports.make_report([reports.Sample(name, {0: 5, 1: 4}) for name in hostile])
    for path, content in build.build(report).items():
        target = tmp_path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content if isinstance(content, bytes) else content.encode())
    page.goto((tmp_path / "compare.html").as_uri())
    expect(page.locator("#compare-legend li")).to_have_count(5)
    expect(page.locator("#compare-summary li")).to_have_count(5)
    with page.expect_download() as download:
        press(page, "Download CSV")
    rows = list(csv.reader(io.StringIO(Path(download.value.path()).read_text(encoding="utf-8"))))
    assert {row[0] for row in rows[1:]} == {f"'{name}" for name in hostile}
    assert {len(row) for row in rows} == {5}


def test_pictures(page: Page, base: str) -> None:
    """SVG and PNG hold the chart with its names; neither asks the policy for more than this page grants."""
    open_page(page, base, "p=made/up,lost/stars")
    with page.expect_download() as download:
        press(page, "Download SVG")
    svg = Path(download.value.path()).read_text(encoding="utf-8")
    texts = " ".join(ET.fromstring(svg).itertext())  # noqa: S314 - the browser wrote it
    assert "lost/stars" in texts
    assert "made/up (simulated)" in texts
    with page.expect_download() as download:
        press(page, "Download PNG")
    png = Path(download.value.path()).read_bytes()
    assert png.startswith(b"\x89PNG")
    assert struct.unpack(">II", png[16:24]) == (2400, 1280)
    assert len(set(pairwise(png))) > 5000, "it is not blank"


def test_nothing_to_compare(page: Page, there: str) -> None:
    """Before two counts the page says so and has no controls."""
    for report in ("young", "empty"):
        page.goto(f"{there}/{report}/compare.html")
        expect(page.get_by_text("Nothing to compare yet")).to_be_visible()
        assert page.locator("main button").count() == 0


def test_two_of_one_name(page: Page, tmp_path: Path) -> None:
    """Each is offered by a name of its own, and adds its own line."""
    made = reports.make_report([reports.Sample("x/y", {1: 5, 0: 10}), reports.Sample("p/q", {1: 60, 0: 70})])
    first, second = made.projects
    named = replace(second, repository=replace(second.repository, name="x/y"), is_namesake=True)
    folder = write_pages(replace(made, projects=(first, named)), tmp_path).as_uri()
    for start in ("compare.html", "index.html"):
        page.goto("about:blank")
        page.goto(f"{folder}/{start}#p=-")
        for name, stars in (("x/y", 10), ("x/y (repository 2)", 70)):
            page.locator("#compare-add").fill(name)
            page.wait_for_function(f"name => {TRACES}?.at(-1).name === name", arg=name)
            assert page.evaluate(f"{TRACES}.at(-1).y.at(-1)") == stars
        says(page, "p=x/y,x/y~2")
        expect(page.locator("#compare-legend li bdi")).to_have_text(["x/y", "x/y (repository 2)"])
    page.goto(f"{folder}/projects/x/y~2.html")
    page.get_by_role("link", name="Compare with others").click()
    page.wait_for_function(f"() => {TRACES}?.[0].name === 'x/y (repository 2)'")

"""The feeds: valid Atom with permanent ids, safe with any text."""

import re
import string
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import feedparser
import pytest
from hypothesis import given
from hypothesis import strategies as st

import reports
from startrack.dashboards import build
from startrack.dashboards.feeds import atom
from startrack.model.events import Kind
from startrack.model.report import SiteReport

GOLDEN = Path(__file__).parent / "golden"
ATOM = "{http://www.w3.org/2005/Atom}"
PUBLISHED = "https://Lists.example:8443/of/mine/"
# A tag URI (RFC 4151) as the W3C's validator checks it, and an instant of RFC 3339 in UTC.
TAG = re.compile(r"tag:[a-z0-9.-]+,\d{4}:[0-9a-zA-Z;/?:@&=+$._!~*'()%,-]+")
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
LETTERS = frozenset(string.ascii_letters + string.digits + "<>&\"'")
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


def feeds(report: SiteReport) -> dict[str, str]:
    """Return the feeds of a report by path."""
    return {path: str(text) for path, text in build.build(report).items() if path.startswith("feeds/")}


@pytest.fixture(scope="module")
def relative() -> dict[str, str]:
    """Return the feeds of the full report, without a base_url."""
    return feeds(reports.full())


@pytest.fixture(scope="module")
def absolute() -> dict[str, str]:
    """Return the feeds of the same report with a base_url."""
    return feeds(replace(reports.full(), base_url=PUBLISHED))


def only_text(element: ET.Element, name: str) -> str:
    """Return the text of the only child of a name. It must not be empty."""
    (child,) = element.findall(ATOM + name)
    assert child.text
    return child.text


def check(text: str) -> ET.Element:
    """Check a feed by the rules of RFC 4287 and the W3C's validator, and return it."""
    feed = ET.fromstring(text)  # noqa: S314 - our own text
    assert feed.tag == f"{ATOM}feed"
    assert TAG.fullmatch(only_text(feed, "id"))
    assert INSTANT.fullmatch(only_text(feed, "updated"))
    assert only_text(feed, "title")
    assert [author.findtext(f"{ATOM}name") for author in feed.findall(f"{ATOM}author")] == ["startrack"]
    assert [link.get("rel") for link in feed.findall(f"{ATOM}link")] == ["self", "alternate"]
    entries = feed.findall(f"{ATOM}entry")
    ids = [check_entry(entry) for entry in entries]
    assert len(set(ids)) == len(ids)
    updated = [only_text(entry, "updated") for entry in entries]
    assert updated == sorted(updated, reverse=True)
    assert not updated or only_text(feed, "updated") == updated[0]
    return feed


def check_entry(entry: ET.Element) -> str:
    """Check an entry, and return its id."""
    assert only_text(entry, "title")
    assert INSTANT.fullmatch(only_text(entry, "updated"))
    (link,) = entry.findall(f"{ATOM}link")
    assert (link.get("rel"), bool(link.get("href"))) == ("alternate", True)
    (content,) = entry.findall(f"{ATOM}content")
    assert content.get("type") in ("text", "html")
    assert TAG.fullmatch(only_text(entry, "id"))
    return only_text(entry, "id")


def test_every_feed_is_valid(relative: dict[str, str], absolute: dict[str, str]) -> None:
    """There is one feed of all lists, one of each list and one of weekly movers."""
    assert list(relative) == ["feeds/all.xml", "feeds/lists/first.xml", "feeds/lists/second.xml", "feeds/movers.xml"]
    for text in (*relative.values(), *absolute.values()):
        check(text)


def test_a_feed_parser_reads_every_feed(absolute: dict[str, str]) -> None:
    """The feedparser library accepts every feed and reads every kind of event."""
    feeds_by_path = {path: feedparser.parse(text.encode()) for path, text in absolute.items()}
    assert all((feed.bozo, feed.version) == (False, "atom10") for feed in feeds_by_path.values())
    terms = {entry.tags[0].term for entry in feeds_by_path["feeds/all.xml"].entries}
    assert terms == {"movers", *Kind}
    assert {entry.tags[0].term for entry in feeds_by_path["feeds/movers.xml"].entries} == {"movers"}
    assert len(feeds_by_path["feeds/movers.xml"].entries) == 4


def test_links_are_absolute_with_a_base_url(absolute: dict[str, str]) -> None:
    """Links lead below base_url or to GitHub, and ids have its host."""
    for path, text in absolute.items():
        feed = check(text)
        links = [str(link.get("href")) for link in feed.iter(f"{ATOM}link")]
        assert links[0] == f"{PUBLISHED}{path}"
        assert {f"{urlsplit(link).scheme}://{urlsplit(link).netloc}" for link in links} <= {
            "https://Lists.example:8443",
            "https://github.com",
        }
        assert all(
            only_text(entry, "id").startswith("tag:lists.example,2026:of/mine/") for entry in feed.iter(f"{ATOM}entry")
        )


def test_links_are_relative_without_a_base_url(relative: dict[str, str]) -> None:
    """They lead from the feed to the pages, without xml:base."""
    text = relative["feeds/lists/second.xml"]
    assert "xml:base" not in text
    links = [link.get("href") for link in check(text).findall(f"{ATOM}link")]
    assert links == ["../../feeds/lists/second.xml", "../../lists/second.html"]


def test_an_event_has_one_id_in_every_feed(relative: dict[str, str]) -> None:
    """A reader who follows a list and all lists sees an event once, with one date."""
    all_entries = {only_text(entry, "id"): entry for entry in check(relative["feeds/all.xml"]).iter(f"{ATOM}entry")}
    for entry in check(relative["feeds/lists/second.xml"]).iter(f"{ATOM}entry"):
        if "/movers/" not in only_text(entry, "id"):
            assert only_text(all_entries[only_text(entry, "id")], "updated") == only_text(entry, "updated")


def test_old_entries_keep_their_bytes() -> None:
    """A later report adds entries and does not change earlier ones."""
    later = reports.full()
    earlier = replace(later, events=later.events[4:], weeks=later.weeks[1:4])
    before, after = (feeds(report)["feeds/all.xml"] for report in (earlier, later))
    entries = re.findall(r"<entry>.*?</entry>", before, re.DOTALL)
    assert len(entries) > 8
    assert all(entry in after for entry in entries)
    assert after.count("<entry>") == len(entries) + 5


def test_titles_have_labels(relative: dict[str, str]) -> None:
    """The titles alone say which figures are simulated."""
    titles = [only_text(entry, "title") for entry in check(relative["feeds/lists/second.xml"]).iter(f"{ATOM}entry")]
    assert "made/up (simulated) has commits again" in titles
    assert only_text(check(relative["feeds/lists/second.xml"]), "title") == "second (simulated)"


def test_a_feed_without_entries_is_valid() -> None:
    """Reports without events and weeks have feeds too."""
    for report in (reports.empty(), reports.young()):
        for text in feeds(report).values():
            assert not list(check(text).iter(f"{ATOM}entry"))


def test_pages_link_to_their_feeds() -> None:
    """Links are in the page's head for feed readers, and in its footer for people."""
    files = build.build(reports.full())
    links = re.findall(
        r'<link rel="alternate" type="application/atom\+xml" [^>]*href="([^"]+)"',
        str(files["lists/first.html"]),
    )
    assert links == ["../feeds/lists/first.xml", "../feeds/movers.xml"]
    assert all(str(files["lists/first.html"]).count(f'href="{link}"') == 2 for link in links)
    assert 'href="../feeds/all.xml"' in str(files["digest/2026-W47.html"])


@given(TEXTS, TEXTS)
def test_any_text_is_xml(title: str, words: str) -> None:
    """With any text, the document is well formed and has the text on one line."""
    entry = atom.Entry("tag:x,2026:y", title, reports.AS_OF, "p.html", "added", atom.Content(words))
    text = atom.render(atom.Feed("tag:x,2026:f", title, reports.AS_OF, "f.xml", "i.html", [entry]))
    content = ET.fromstring(text).findtext(f"{ATOM}entry/{ATOM}content") or ""  # noqa: S314 - our own text
    assert [c for c in content if c in LETTERS] == [c for c in words if c in LETTERS]
    assert len(content.splitlines()) <= 1


def test_hostile_text_stays_text(absolute: dict[str, str]) -> None:
    """Markup in a project's name is text in the HTML of an entry."""
    feed = feedparser.parse(absolute["feeds/movers.xml"].encode(), sanitize_html=False)
    html = feed.entries[0].content[0].value
    assert "&lt;script&gt;" in html
    assert set(re.findall(r"<(\w+)", html)) == {"p", "ol", "li", "a"}
    assert "\u202e" not in "".join(absolute.values())


def test_a_feed_is_the_golden_file(relative: dict[str, str]) -> None:
    """The bytes of a feed change only on purpose."""
    assert relative["feeds/lists/second.xml"] == (GOLDEN / "feed.xml").read_text(encoding="utf-8")

"""Days and instants in texts become `time` elements, and the text stays the same."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import escape

from startrack.wording.dates import marked

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("on 2026-11-23.", 'on <time datetime="2026-11-23">2026-11-23</time>.'),
        ("2026-11-23 03:00 UTC", '<time datetime="2026-11-23T03:00Z">2026-11-23 03:00 UTC</time>'),
        ("v2026-11-23 2026-11-23-rc1 12026-11-23", "v2026-11-23 2026-11-23-rc1 12026-11-23"),
        ("<b>2026-11-23</b>", '&lt;b&gt;<time datetime="2026-11-23">2026-11-23</time>&lt;/b&gt;'),
    ],
)
def test_days_and_instants_become_time_elements(text: str, html: str) -> None:
    """A date inside a longer word is ignored, and markup is escaped."""
    assert marked(text) == html


@given(TEXTS, st.dates(), TEXTS)
def test_text_stays_the_same(before: str, day: object, after: str) -> None:
    """Without the `time` elements, the HTML is the escaped text."""
    text = f"{before} {day} {after}"
    assert re.sub(r"</?time[^>]*>", "", str(marked(text))) == str(escape(text))
    assert f'datetime="{day}"' in marked(text)

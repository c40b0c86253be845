"""Keys of sections: one each, whatever their words are, and fit for a file and an address."""

import re

from hypothesis import given
from hypothesis import strategies as st

from startrack.dashboards import paths

WORDS = st.text(st.sampled_from("aA./\\ é"), min_size=1, max_size=4)
HEADINGS = st.sets(st.tuples(WORDS, st.lists(WORDS, min_size=1, max_size=3).map(tuple)))


@given(HEADINGS)
def test_each_has_a_key_of_its_own(found: set[paths.Heading]) -> None:
    """No two share one, not even on a file system that ignores case."""
    keys = paths.heading_keys(sorted(found))
    assert set(keys) == found
    assert len({key.lower() for key in keys.values()}) == len(found)
    assert all(re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)?", key) for key in keys.values())


def test_plain_words_are_their_own_key() -> None:
    """So that an address can be read."""
    assert paths.heading_keys([("list", ("Tools", "Fast"))]) == {("list", ("Tools", "Fast")): "list/Tools.Fast"}

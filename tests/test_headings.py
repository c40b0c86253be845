"""Keys of headings: unique for any words, and safe in paths and addresses."""

import re

from hypothesis import given
from hypothesis import strategies as st

from startrack.dashboards import paths

WORDS = st.text(st.sampled_from("aA./\\ é"), min_size=1, max_size=4)
HEADINGS = st.sets(st.tuples(WORDS, st.lists(WORDS, min_size=1, max_size=3).map(tuple)))


@given(HEADINGS)
def test_keys_are_unique_and_safe(headings: set[paths.Heading]) -> None:
    """Keys are unique even on file systems that ignore case."""
    keys = paths.heading_keys(sorted(headings))
    assert set(keys) == headings
    assert len({key.lower() for key in keys.values()}) == len(headings)
    assert all(re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)?", key) for key in keys.values())


def test_plain_words_are_readable_in_the_key() -> None:
    """Safe words stay unchanged in the key."""
    assert paths.heading_keys([("list", ("Tools", "Fast"))]) == {("list", ("Tools", "Fast")): "list/Tools.Fast"}

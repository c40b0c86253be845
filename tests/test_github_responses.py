"""What is read of an answer lies within bounds, and everything else is one kind of error."""

from collections.abc import Callable
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from startrack.github import fields

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()) | st.just(10**4_000),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)
READERS: dict[str, Callable[[object], object]] = {
    read.__name__: read
    for read in (
        fields.parse_count,
        fields.parse_repository_id,
        fields.parse_bool,
        fields.parse_instant,
        fields.parse_commit_day,
        fields.parse_repository_name,
        fields.parse_node_id,
        fields.parse_commit_id,
        fields.parse_web_url,
        fields.parse_line,
        fields.parse_object,
    )
}


@pytest.mark.parametrize("name", READERS)
@given(value=ANYTHING)
def test_a_parser_returns_or_raises_value_error(name: str, value: object) -> None:
    """Nothing else; a text has no lone surrogates and fits into a CSV cell."""
    try:
        found = READERS[name](value)
    except ValueError:
        return
    if isinstance(found, str):
        assert len(found) <= 20_000
        assert len(found.splitlines()) == 1
    if isinstance(found, int):
        assert 0 <= found < 2**63


@given(st.text(st.characters()))
def test_a_text_of_json_is_parsed_or_refused(text: str) -> None:
    """It raises nothing but ValueError."""
    try:
        fields.parse_json(text)
    except ValueError:
        return


@pytest.mark.parametrize("text", ["[" * 200_000, "NaN", "[Infinity]", "-Infinity", "9" * 5_000, "", "\ufeff{}"])
def test_invalid_json_is_refused(text: str) -> None:
    """Nested too deeply, constants of other languages, numbers of thousands of digits."""
    with pytest.raises(ValueError, match=r"."):
        fields.parse_json(text)


def test_counts_fit_the_columns_of_the_store() -> None:
    """32 bits for a count, 64 for a repository id, and no other type is a number."""
    assert fields.parse_count(2**31 - 1) == 2**31 - 1
    assert fields.parse_repository_id(2**63 - 1) == 2**63 - 1
    for value in (2**31, -1, True, 1.0, "1", None):
        with pytest.raises(ValueError, match="is not a count"):
            fields.parse_count(value)
    for value in (0, 2**63):
        with pytest.raises(ValueError, match="is not a count"):
            fields.parse_repository_id(value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01-01T00:00:00Z", datetime(2026, 1, 1)),
        ("2026-01-01T01:00:00+01:00", datetime(2026, 1, 1)),
        ("2026-01-01T00:00:00", datetime(2026, 1, 1)),  # without a zone it is UTC, wherever this runs
        ("1970-01-01T00:00:00Z", datetime(1970, 1, 1)),
        ("2099-12-31T23:59:59Z", datetime(2099, 12, 31, 23, 59, 59)),
    ],
)
def test_instants_are_utc(text: str, expected: datetime) -> None:
    """Naive, and from 1970 to 2099."""
    assert fields.parse_instant(text) == expected
    assert fields.parse_commit_day(text) == expected.date()


@pytest.mark.parametrize("text", ["1969-12-31T23:59:59Z", "2100-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00"])
def test_a_commit_of_a_wrong_clock_has_no_day(text: str) -> None:
    """Git keeps whatever date a clock gave; the rest of the response is valid."""
    assert fields.parse_commit_day(text) is None
    with pytest.raises(ValueError, match="not between 1970 and 2099"):
        fields.parse_instant(text)


def test_a_null_instant_is_none() -> None:
    """Also a null commit day."""
    assert fields.parse_instant(None) is None
    assert fields.parse_commit_day(None) is None
    assert fields.parse_commit_day("2026-05-04T23:30:00-02:00") == date(2026, 5, 5)


def test_topics_have_githubs_limits() -> None:
    """Twenty of at most fifty characters; longer ones are left out, not cut into another topic."""
    assert fields.parse_topics(["a", "x" * 51, "b", ""]) == ("a", "b")
    assert len(fields.parse_topics(["t"] * 1_000)) == 20
    with pytest.raises(ValueError, match="is not a string"):
        fields.parse_topics(["a", 1])


def test_a_long_text_is_cut_and_cleaned() -> None:
    """A lone surrogate is removed; the joiners that scripts need stay."""
    assert fields.parse_line("a\ud800b\x1b[31m\u200d") == "a b [31m\u200d"
    assert len(fields.parse_line("x" * 140_000) or "") == 20_000


@pytest.mark.parametrize("name", ["o/n", "my_user/x", "-Jerry-/y", "o/.github", "o/..."])
def test_names_of_old_accounts_are_valid(name: str) -> None:
    """Some have names that GitHub does not allow any more."""
    assert fields.parse_repository_name(name) == name


@pytest.mark.parametrize("name", ["o/..", "o/.", "../x", "o/n/x", "o", "", "o/n\n", "\u00f6/n", "o/" + "n" * 101])
def test_other_names_are_refused(name: str) -> None:
    """No path out of a folder, and no line break."""
    with pytest.raises(ValueError, match="not a repository name"):
        fields.parse_repository_name(name)


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "//x", "https://x y", "https://x\n", "https://" + "x" * 2_000],
)
def test_other_addresses_are_refused(address: str) -> None:
    """Only those of web pages, on one line."""
    with pytest.raises(ValueError, match=r"not a (valid )?URL"):
        fields.parse_web_url(address)


@pytest.mark.parametrize("tag", ['W/"\u00e9"', "x", '"' + "e" * 201 + '"', '"a\r\nb"', None])
def test_an_etag_that_cannot_be_sent_back_is_ignored(tag: str | None) -> None:
    """A header holds ASCII, and the index a short cell."""
    assert fields.parse_etag(tag) is None
    assert fields.parse_etag('W/"5b4d"') == 'W/"5b4d"'


def test_the_last_page_is_found_in_linear_time() -> None:
    """Whatever the header holds."""
    assert fields.parse_last_page("") == 1
    link = '<https://api.github.com/x?per_page=1&page=2>; rel="next", <https://api.github.com/x?page=77>; rel="last"'
    assert fields.parse_last_page(link) == 77
    with pytest.raises(ValueError, match="no last page"):  # an expression that goes back and forth would take minutes
        fields.parse_last_page("<" + "?page=1" * 200_000)

"""What an error says to do next."""

from enum import StrEnum

import pytest

from startrack.errors import did_you_mean


class Sort(StrEnum):
    """Two words that are values of an enumeration."""

    STARS = "stars"
    FORKS = "forks"


@pytest.mark.parametrize(
    ("word", "known", "said"),
    [
        ("strs", Sort, "did you mean 'stars'?"),
        ("STAR", ["stars", "forks"], "did you mean 'stars'?"),
        ("tools", ["Tools", "Libraries"], "did you mean 'Tools'?"),
        ("size", Sort, "use one of: stars, forks"),
        ("", ["a", "a", "b"], "use one of: a, b"),
        ("x", [], "there are none yet"),
        ("?" * 1_000_000, ["stars"], "use one of: stars"),
        (
            "?",
            [f"l{number}" for number in range(22)],
            "use one of: " + ", ".join(f"l{n}" for n in range(20)) + " and 2 more",
        ),
    ],
)
def test_the_nearest_known_word_is_suggested(word: str, known: list[str], said: str) -> None:
    """Whatever its case; if none is near, the known words are listed, at most twenty."""
    assert did_you_mean(word, known) == said

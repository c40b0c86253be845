"""URLs in running text of any script, GitHub pages that are not projects, and projects on other hosts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from startrack.errors import SourceError
from startrack.lists import parser, selection
from startrack.model.lists import List


def parse(text: str) -> List:
    """Parse a Markdown list."""
    return parser.parse(text.encode(), name="list", source="x.md")


def repos(text: str) -> list[str]:
    """Return the repositories of a list."""
    return [entry.repo for entry in parse(text).entries]


CHINESE = """\
# L

## 工具

- 甲：https://github.com/kite/one，乙：https://github.com/kite/two；丙：https://github.com/kite/three。
- 己https://github.com/kite/six庚
- 见github.com/kite/seven（好用）、「www.github.com/kite/eight」とhttps://github.com/kite/nine/tree/main/srcを見る
"""


def test_texts_without_spaces_between_words() -> None:
    """A URL begins and ends at the first character that it cannot contain, in any script."""
    entries = parse(CHINESE).entries
    assert [entry.repo for entry in entries] == [
        f"kite/{n}" for n in ("one", "two", "three", "six", "seven", "eight", "nine")
    ]
    assert [(entry.title, entry.line) for entry in entries[:4]] == [("甲", 5), ("乙", 5), ("丙", 5), ("己", 6)]
    assert entries[-1].url == "https://github.com/kite/nine/tree/main/src"


WIDE = st.text(st.characters(min_codepoint=0x2000, exclude_categories=["Cs", "Cc"]), min_size=1, max_size=5)
NAMES = st.from_regex(r"[a-z][a-z0-9_-]{0,10}[a-z0-9]", fullmatch=True)


@given(WIDE, WIDE, st.sampled_from(["https://", "http://www.", "", "www."]), NAMES, NAMES)
def test_non_ascii_text_around_a_url(before: str, after: str, scheme: str, owner: str, name: str) -> None:
    """Non-ASCII text is never part of a URL, and never hides one."""
    text = f"x {before}{scheme}github.com/{owner}x/{name}{after}https://github.com/kite/one{after}"
    assert repos(f"- {text}\n") == list(dict.fromkeys([f"{owner}x/{name}", "kite/one"]))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://github.com/kite/one,https://github.com/kite/two", ["kite/one", "kite/two"]),
        ("https://github.com/kite/one/,https://github.com/kite/two", ["kite/one", "kite/two"]),
        ("Code:https://github.com/kite/one", ["kite/one"]),
        ("-https://github.com/kite/one-", ["kite/one-"]),
        ("(github.com/kite/one)", ["kite/one"]),
        ("https://web.archive.org/web/2020/https://github.com/kite/no https://github.com/kite/one", ["kite/one"]),
        ("https://x.example/?u=https://github.com/kite/no https://github.com/kite/one", ["kite/one"]),
        ("https://notgithub.com/kite/no git@github.com:kite/no https://github.com/kite/one", ["kite/one"]),
    ],
)
def test_consecutive_urls(text: str, expected: list[str]) -> None:
    """Two consecutive URLs are two links; a URL inside another one is none."""
    assert repos(text) == expected


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://github.com/kite/one/wiki/Wind_(air)", "https://github.com/kite/one/wiki/Wind_(air)"),
        ("(https://github.com/kite/one/wiki/Wind_(air))", "https://github.com/kite/one/wiki/Wind_(air)"),
        ("(https://github.com/kite/one/)", "https://github.com/kite/one/"),
        ("https://github.com/kite/one/a(b https://github.com/kite/one)", "https://github.com/kite/one/a"),
        ("https://github.com/kite/one(https://github.com/kite/one/a)", "https://github.com/kite/one"),
    ],
)
def test_brackets_in_urls(text: str, url: str) -> None:
    """Brackets belong to a URL in pairs, as they do on GitHub."""
    assert parse(text).entries[0].url == url


def test_github_pages_are_not_projects() -> None:
    """Attachments and GitHub's own pages are skipped."""
    text = """\
- [One](https://github.com/kite/one) - flies.

https://github.com/user-attachments/assets/0b1c2d3e-aaaa-bbbb-cccc-0123456789ab

[clip](https://github.com/user-attachments/files/123/clip.mp4)

- Also in the [registry](https://github.com/mcp/kite/one)
"""
    assert repos(text) == ["kite/one"]


ELSEWHERE = """\
# L

- [One](https://github.com/kite/one) - flies; mirror on [GitLab](https://gitlab.com/kite/one)
- [Two](https://gitlab.com/kite/two) - like [One](https://github.com/kite/one)
- [Three](https://codeberg.org/kite/three), see [its issues](https://codeberg.org/kite/three/issues)
- 甲：https://gitlab.com/kite/four，乙：https://gitlab.com/kite/five。 `https://gitlab.com/no/code`
- ![](https://gitlab.com/no/image/badges/main/pipeline.svg) <a href="https://git.sr.ht/~kite/six">Six</a>
- [docs](https://docs.gitlab.com/no/docs), [user](https://gitlab.com/kite)

## More

[Two](https://gitlab.com/Kite/Two/-/releases)
[Seven](https://gitlab.com/kite/sub/seven)
"""


def test_projects_on_other_hosts_are_counted_by_host() -> None:
    """A project on another host counts once, unless a GitHub link comes before it in its entry. Images do not count."""
    assert parse(ELSEWHERE).other_hosts == {"gitlab.com": 4, "codeberg.org": 1, "git.sr.ht": 1}


def test_selected_sections_apply_to_other_hosts() -> None:
    """Only projects in the selected sections count."""
    chosen = selection.select(parse(f"{ELSEWHERE}[n](https://github.com/o/n)"), sections=["More"])
    assert chosen.other_hosts == {"gitlab.com": 1}


def test_a_list_with_only_other_hosts() -> None:
    """A list without projects on GitHub is an error that gives the number on other hosts."""
    with pytest.raises(
        SourceError,
        match=r"names no project on GitHub, but 2 on gitlab\.com, 1 on codeberg\.org; expected links",
    ):
        parse("- https://gitlab.com/o/a https://gitlab.com/o/b https://codeberg.org/o/c")

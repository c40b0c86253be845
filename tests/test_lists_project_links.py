"""Which links name a repository or a project on another host, and which images are badges."""

import pytest

from startrack.lists.project_links import parse_badge, parse_full_name, parse_other_host_link, parse_repository_link

SAME = [
    "https://github.com/o-x/n.y_z",
    "http://github.com/o-x/n.y_z",
    "HTTPS://WWW.GitHub.com/o-x/n.y_z",
    "github.com/o-x/n.y_z",
    "www.github.com/o-x/n.y_z/",
    "//github.com/o-x/n.y_z",
    "https://github.com:443/o-x/n.y_z",
    "https://github.com//o-x/n.y_z",
    "https://github.com/o-x/n.y_z.git",
    "git+https://github.com/o-x/n.y_z.git",
    "git@github.com:o-x/n.y_z.git",
    "ssh://git@github.com/o-x/n.y_z.git",
    "https://github.com/o-x/n.y_z#readme",
    "https://github.com/o-x/n.y_z?tab=readme-ov-file#top",
    "https://github.com/o-x/n.y_z/tree/main/src",
    "https://github.com/o-x/n.y_z/blob/main/logo.png",
    "https://github.com/o-x/n.y_z/issues/3",
    "https://github.com/o-x/n.y_z/actions",
    "https://github.com/o-x/n.y_z/releases/latest",
    "https://github.com/o-x/n.y_z/wiki",
    "https://github.com/o%2Dx/n%2Ey_z",
    "https://github.com/o-x%2Fn.y_z",
    " <https://github.com/o-x/n.y_z> ",
    "https://github.com/o-x/n.y_z.",
    "https://github.com/o-x/n.y_z),",
    "https://github.com/o-x/n.y_z，",  # noqa: RUF001 - a comma as Chinese lists write it
    "https://github.com/o-x/n.y_z%20",
    "[https://github.com/o-x/n.y_z",
]

NONE = [
    "",
    "https://github.com",
    "https://github.com/",
    "https://github.com/o",
    "https://github.com/o/",
    "https://github.com/sponsors/o",
    "https://github.com/topics/python",
    "https://github.com/orgs/o/repositories",
    "https://github.com/Marketplace/actions/x",
    "https://github.com/features/actions",
    "https://github.com/apps/dependabot",
    "https://github.com/collections/x",
    "https://github.com/trending/python",
    "https://github.com/search/advanced",
    "https://github.com/settings/tokens",
    "https://github.com/login/oauth",
    "https://gist.github.com/o/abcdef",
    "https://api.github.com/repos/o/n",
    "https://o.github.io/n",
    "https://notgithub.com/o/n",
    "https://github.com.evil.example/o/n",
    "https://gitlab.com/o/n",
    "https://web.archive.org/web/2020/https://github.com/o/n",
    "https://raw.githubusercontent.com/o/n/main/x.png",
    "https://github.com/o/n/raw/main/x.png",
    "https://github.com/o/n/blob/main/x.PNG?raw=true",
    "https://github.com/{owner}/{repo}",
    "https://github.com/o/<name>",
    "https://github.com/o/..",
    "https://github.com/o/.git",
    "https://github.com/---/n",
    "https://github.com/o.x/n",
    "https://github.com/o/..git",
    "https://github.com/user-attachments/assets/0b1c2d3e-aaaa-bbbb-cccc-0123456789ab",
    "https://github.com/user-attachments/files/123/clip.mp4",
    "https://github.com/mcp/o/n",
    "https://github.com/partners/x",
    "https://github.com/edu/students",
    "https://github.com/newsletter/x",
    "https://github.com/username/repo",
    f"https://github.com/{'o' * 40}/n",
    f"https://github.com/o/{'n' * 101}",
]


@pytest.mark.parametrize("url", SAME)
def test_spellings_of_one_repository(url: str) -> None:
    """Scheme, host, case, suffix, query, fragment, encoding and sub-path do not change the repository."""
    found = parse_repository_link(url)
    assert found
    assert found.repo == "o-x/n.y_z"


@pytest.mark.parametrize("url", NONE)
def test_no_repository(url: str) -> None:
    """Accounts alone, GitHub's own pages, other hosts and raw images name no repository."""
    assert parse_repository_link(url) is None


@pytest.mark.parametrize(
    "repo",
    ["mjl-/mox", "a--b/c", "my_user/n", "-Jerry-/n", "mona_company/n", "O/.github", "a" * 39 + "/" + "n" * 100],
)
def test_unusual_names(repo: str) -> None:
    """Names that old accounts and managed users bear, and the longest ones, are names."""
    found = parse_repository_link(f"https://github.com/{repo}")
    assert found
    assert found.repo == repo


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("http://github.com/o/n/tree/x?y#z", "http://github.com/o/n/tree/x?y#z"),
        ("github.com/o/n", "https://github.com/o/n"),
        ("git@github.com:o/n.git", "https://github.com/o/n"),
        ("//github.com/o/n/wiki", "https://github.com/o/n/wiki"),
        ("https://user@github.com/o/n", "https://github.com/o/n"),
    ],
)
def test_address_kept(url: str, kept: str) -> None:
    """An absolute http(s) URL is kept as written; any other becomes the URL of the page that it means."""
    link = parse_repository_link(url)
    assert link
    assert link.url == kept


@pytest.mark.parametrize(
    ("url", "stars"),
    [
        ("https://img.shields.io/github/stars/o/n", True),
        ("https://img.shields.io/github/stars/o/n.svg?style=social&label=Stars", True),
        ("//img.shields.io/github/stars/o/n", True),
        ("https://badgen.net/github/stars/o/n", True),
        ("https://ghbtns.com/github-btn.html?user=o&repo=n&type=star", True),
        ("https://githubbadges.com/star.svg?user=o&repo=n", True),
        ("https://img.shields.io/github/forks/o/n", False),
        ("https://img.shields.io/github/last-commit/o/n/main", False),
        ("https://img.shields.io/github/v/release/o/n", False),
        ("https://img.shields.io/github/commit-activity/m/o/n", False),
        ("https://img.shields.io/github/actions/workflow/status/o/n/ci.yml", False),
        ("https://github.com/o/n/workflows/CI/badge.svg", False),
        ("https://github.com/o/n/actions/workflows/ci.yml/badge.svg?branch=main", False),
    ],
)
def test_badges(url: str, stars: bool) -> None:  # noqa: FBT001 - a column of the table
    """The URL of a badge gives its repository and whether it shows stars."""
    badge = parse_badge(url)
    assert badge
    assert (badge.repo, badge.shows_stars) == ("o/n", stars)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "https://img.shields.io/badge/projects-920-blue.svg",
        "https://img.shields.io/github/stars/o",
        "https://img.shields.io/github/followers/o",
        "https://img.shields.io/npm/v/x",
        "https://github.com/o/n/raw/main/badge.svg",
        "http://[/github/stars/o/n",
    ],
)
def test_images_that_are_not_badges(url: str) -> None:
    """An image URL without a repository is not a badge."""
    assert parse_badge(url) is None


@pytest.mark.parametrize("text", ["o", "o/", "/n", "o/n/x", "o/n x", "topics/x", "o/..", "https://github.com/o/n"])
def test_invalid_full_name(text: str) -> None:
    """Only OWNER/NAME is a full name."""
    assert parse_full_name(text) is None


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://gitlab.com/O/n", ("gitlab.com", "o/n")),
        ("https://gitlab.com/o/group/n/-/issues/5", ("gitlab.com", "o/group/n")),
        ("https://gitlab.com/o/n/tree/main/src", ("gitlab.com", "o/n")),
        ("https://www.gitlab.com/o/n.git#readme", ("gitlab.com", "o/n")),
        ("https://gitlab.example.org/o/n?x=1", ("gitlab.example.org", "o/n")),
        ("http://codeberg.org/o/n/", ("codeberg.org", "o/n")),
        ("https://codeberg.org/o/n/src/branch/main/x", ("codeberg.org", "o/n")),
        ("https://git.sr.ht/~o/n", ("git.sr.ht", "~o/n")),
        ("https://sr.ht/~o/n/", ("sr.ht", "~o/n")),
        ("https://bitbucket.org/o/n/src/master/", ("bitbucket.org", "o/n")),
        ("//gitee.com/o/n", ("gitee.com", "o/n")),
        ("https://sourceforge.net/projects/n/files/latest", ("sourceforge.net", "projects/n")),
        ("https://gitlab.com/o", None),
        ("https://gitlab.com/explore/projects", None),
        ("https://gitlab.com/users/o/projects", None),
        ("https://about.gitlab.com/o/n", None),
        ("https://docs.gitlab.com/o/n", None),
        ("https://o.gitlab.io/o/n", None),
        ("https://gitlab.com.evil.example/o/n/", ("gitlab.com.evil.example", "o/n")),
        ("https://notgitlab.com/o/n", None),
        ("https://example.org/o/n", None),
        ("https://github.com/o/n", None),
        ("https://gitlab.com/{o}/{n}", None),
        ("mailto:o@codeberg.org", None),
        ("", None),
    ],
)
def test_projects_on_other_hosts(url: str, expected: tuple[str, str] | None) -> None:
    """A link to a project, or to one of its pages, on a known host names the project. Other links name none."""
    assert parse_other_host_link(url) == expected

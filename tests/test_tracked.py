"""Reading the lists of a configuration: by format, and each on its own."""

import base64
import json
from datetime import date, datetime
from pathlib import Path

import httpx
import pytest

from conftest import connect
from startrack.config import Config, ListConfig
from startrack.demo.access import Clock
from startrack.demo.figures import SteadyHistory
from startrack.demo.server import serving
from startrack.demo.world import ALWAYS, DatedName, DemoRepository, World
from startrack.github.client import Client
from startrack.workflows import lists as workflows_lists
from test_github_answers import answering

NOW = datetime(2025, 6, 23, 5, 17)


RESTRUCTURED = "L\n=\n\n* `One <https://github.com/kite/one>`_\n* `Two`_\n\n.. _Two: https://github.com/kite/two\n"


@pytest.mark.parametrize(
    ("path", "text", "found"),
    [
        ("docs/README.rst", RESTRUCTURED, ["kite/one", "kite/two"]),
        ("README", "- [One](https://github.com/kite/one)\n", ["kite/one"]),
        (
            "README.org",
            "- [[https://github.com/kite/one][One]]\n",
            "README.org of kite/list is Org, which is not supported",
        ),
        ("README.md", "- https://github.com/kite/one\n" + "x" * 1_000_001, ["kite/one"]),
    ],
)
def test_the_name_of_a_readme_decides_its_format(path: str, text: str, found: list[str] | str) -> None:
    """This is also true of a large one, whose text GitHub leaves out and which is fetched by its path."""
    figures = SteadyHistory(date(2024, 1, 1), stars=1, stars_per_day=0, commits=1, days_per_commit=7)
    home = DemoRepository(
        1, (DatedName(ALWAYS, "kite/list"),), datetime(2024, 1, 1), figures, readme="x", readme_path=path
    )
    with serving(World([home], {"x": text}), clock=Clock(NOW)) as server, connect(server) as client:
        lists, problems = workflows_lists.read_lists(Config(lists=(ListConfig(source="kite/list"),)), lambda: client)
    if isinstance(found, str):
        assert [found in str(problem) for problem in problems] == [True]
    else:
        assert [entry.repo for each in lists for entry in each.entries] == found


def test_an_unreadable_list_fails_alone(client: Client, tmp_path: Path) -> None:
    """Whatever a list contains, the others are read."""
    texts: dict[str, str | bytes] = {
        "surrogate.json": '[{"name": "\\ud83d", "repo": "kite/one"}]',
        "number.json": '[{"stars": ' + "9" * 5_000 + ', "repo": "kite/one"}]',
        "deep.json": "[" * 100_000,
        "deep.yaml": "- " * 5_000 + "x",
        "escape.yaml": '- {name: "\\U00110000", repo: kite/one}',
        "nul.csv": b"repo\nkite/one\0\n",
        "wide.csv": '"' + "x" * 200_000,
        "deep.rst": "* " * 4_000,
        "long.rst": "x" * 5_000_000,
        "list.org": "- [[https://github.com/kite/one]]",
        "latin.md": b"\xe9 https://github.com/kite/one",
        "empty.md": "",
    }
    for name, text in texts.items():
        (tmp_path / name).write_bytes(text.encode() if isinstance(text, str) else text)
    (tmp_path / "good.txt").write_text("kite/one\n", encoding="utf-8")
    sources = tuple(ListConfig(source=name, name=f"l{number}") for number, name in enumerate([*texts, "good.txt"]))
    lists, problems = workflows_lists.read_lists(Config(lists=sources, root=tmp_path), lambda: client)
    assert [each.source for each in lists] == ["good.txt"]
    assert [name for name, problem in zip(texts, problems, strict=True) if name not in str(problem)] == []


ANSWER = {"path": "README.md", "encoding": "base64", "content": base64.b64encode(b"kite/one").decode(), "size": 8}


@pytest.mark.parametrize("field", ["path", "encoding", "content"])
@pytest.mark.parametrize("value", [None, 5, -1, [], {}, True, "\ud800", "*", "", "x" * 20_000])
def test_unusual_answers_about_a_readme_are_one_error(field: str, value: object) -> None:
    """Whatever a field contains, the README is read, or only its list fails."""
    answers = [httpx.Response(200, text=json.dumps(ANSWER | {field: value})), httpx.Response(200, text="x")]
    with answering(lambda _request: answers.pop(0)) as client:
        _, problems = workflows_lists.read_lists(Config(lists=(ListConfig(source="kite/list"),)), lambda: client)
    assert len(problems) == 1
    assert "kite/list" in str(problems[0])


def test_a_folder_of_a_repository_is_an_error() -> None:
    """GitHub answers with its files as JSON."""
    reply = httpx.Response(200, json=[{"html_url": "https://github.com/kite/one/blob/main/a.md"}])
    with answering(lambda _request: reply) as client:
        _, (problem,) = workflows_lists.read_lists(Config(lists=(ListConfig(source="kite/list:docs"),)), lambda: client)
    assert str(problem).startswith(
        "docs of kite/list is a folder; name the list's file, for example kite/list:docs/README.md"
    )


def test_the_target_of_a_redirect_decides_the_format() -> None:
    """The ending of the last URL, or the media type of the answer."""

    def answer(request: httpx.Request) -> httpx.Response:
        match request.url.path:
            case "/list":
                return httpx.Response(302, headers={"location": "/files/list.csv?version=1"})
            case "/files/list.csv":
                return httpx.Response(200, text="repo\nkite/csv\n", headers={"content-type": "text/plain"})
            case _:
                text = "<ul>\n      <li><a href='https://github.com/kite/html'>H</a>\n</ul>"
                return httpx.Response(200, text=text, headers={"content-type": "Text/HTML; charset=utf-8"})

    sources = tuple(ListConfig(source=f"http://h.invalid/{name}") for name in ("list", "page"))
    with answering(answer) as client:
        lists, problems = workflows_lists.read_lists(Config(lists=sources), lambda: client)
    assert ([entry.repo for each in lists for entry in each.entries], problems) == (["kite/csv", "kite/html"], [])

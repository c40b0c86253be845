"""Bytes and formats: what is read, and what is refused with a reason."""

import json

import pytest

from startrack import listing
from startrack.errors import SourceError

Row = tuple[str, str, tuple[str, ...], int]


def rows(text: str, source: str) -> list[Row]:
    """Read a list and keep of each entry what a format decides."""
    found = listing.parse(text.encode(), name="list", source=source)
    return [(entry.repo, entry.title, entry.section, entry.line) for entry in found.entries]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"ok\r\nab\xff", r"x\.md is not UTF-8 text: byte 0xff at offset 6, line 2"),
        (b"\xff\xfea\x00", "byte 0xff at offset 0, line 1"),
        (b"\xef\xbb\xbfa\n\n\xc3(", "byte 0xc3 at offset 6, line 3"),
        (b"a\rb\n\0", "byte 0x00 at offset 4, line 3"),
        (b"\x89PNG\r\n", "byte 0x89 at offset 0, line 1"),
    ],
)
def test_bytes_that_are_no_text(data: bytes, said: str) -> None:
    """What is not UTF-8, or binary, is refused by its byte, offset and line."""
    with pytest.raises(SourceError, match=said):
        listing.parse(data, name="x", source="x.md")


@pytest.mark.parametrize("data", [b"", b"\xef\xbb\xbf", b" \r\n\t\n"])
def test_empty_list(data: bytes) -> None:
    """An empty list is an error that names the source."""
    with pytest.raises(SourceError, match=r"x\.md is empty"):
        listing.parse(data, name="x", source="x.md")


@pytest.mark.parametrize(
    ("source", "said"),
    [("x.md", "github.com/OWNER/NAME"), ("x.txt", "each line"), ("x.csv", "column"), ("x.yaml", "github_id")],
)
def test_list_without_projects(source: str, said: str) -> None:
    """A list without a project is an error that says what was looked for."""
    with pytest.raises(SourceError, match=said):
        listing.parse(b"nothing", name="x", source=source)


def test_plain_list() -> None:
    """A plain list has a repository at the start of each line; comments and other lines are passed over."""
    text = "# repos\n\no/a\n  https://github.com/o/b  # why\n- o/c, words\nsee github.com/o/d\nwords\n"
    assert rows(text, "x.txt") == [("o/a", "a", (), 3), ("o/b", "b", (), 4), ("o/c", "c", (), 5), ("o/d", "d", (), 6)]


@pytest.mark.parametrize("cut", [",", ";", "\t"])
def test_csv_with_names(cut: str) -> None:
    """The repository column is found by its name, whatever cuts the fields; quoted fields may hold lines."""
    lines = ["Name;GitHub_ID;Category;url", 'A;o/a;"X\nY";https://x.example', "B;;;https://github.com/o/b", "C;;;"]
    text = "\n".join(lines).replace(";", cut)
    assert rows(text, "x.csv") == [("o/a", "A", ("X Y",), 2), ("o/b", "B", (), 4)]


def test_csv_without_names() -> None:
    """With no names of columns, the first column or an address in any is the repository."""
    assert rows("o/a,1\nword,https://github.com/o/b\n", "x.csv") == [("o/a", "a", (), 1), ("o/b", "b", (), 2)]


PROJECTS = """\
configuration:
  labels: [{label: x, url: https://github.com/no/label}]
categories:
  - category: data
    title: "Data Things"
projects:
  - name: A
    github_id: o/a
    category: data
  - name: B
    pypi_id: b
  - name: C
    github_id: o/c
    category: other
    labels: ["ci/cd"]
"""


def test_best_of_projects() -> None:
    """A best-of file gives its projects by GitHub id, under the titles of their categories."""
    assert rows(PROJECTS, "projects.yaml") == [("o/a", "A", ("Data Things",), 8), ("o/c", "C", ("other",), 13)]


@pytest.mark.parametrize(
    ("value", "repo"),
    [
        (["o/n"], "o/n"),
        ({"repos": ["https://github.com/o/n"]}, "o/n"),
        ([{"full_name": "o/n", "topics": ["ci/cd"]}], "o/n"),
        ({"a": {"b": [{"url": "https://github.com/o/n", "homepage": "x/y"}]}}, "o/n"),
        ([{"Repository": "https://github.com/o/n", "url": "https://github.com/x/y"}], "o/n"),
        ([{"anything": "https://github.com/o/n"}], "o/n"),
    ],
)
def test_json_and_yaml_shapes(value: object, repo: str) -> None:
    """JSON and YAML lists of texts or objects are read alike, by a repository or an address column."""
    text = json.dumps(value, indent=1)
    assert [row[0] for row in rows(text, "x.json")] == [repo]
    assert rows(text, "x.json") == rows(text, "https://x.example/x.YAML?raw=1")


def test_json_lines_and_escapes() -> None:
    """A JSON entry has the line of its repository, escapes and numbers notwithstanding."""
    text = '[{"n": [1, -2.5e3, true],\n "name": "\\u00e4\\"}",\n "url": "https:\\/\\/github.com\\/o\\/n"}]'
    assert rows(text, "x.json") == [("o/n", 'ä"}', (), 3)]


@pytest.mark.parametrize(
    ("text", "source", "said"),
    [
        ("[1,\n", "x.json", "x.json is not JSON: .*, line 2"),
        ("[" * 100_000, "x.json", "cannot be read as JSON"),
        ("[" * 500 + "]" * 500, "x.json", "nested more than 100 deep"),
        ("9" * 5_000, "x.json", "cannot be read as JSON"),
        ("a: [\nb: ]}", "x.yaml", "x.yaml is not YAML: .*, line 2"),
        ("- " * 500 + "x", "x.yml", "nested more than 100 deep"),
        ("a: \x07", "x.yaml", "x.yaml is not YAML"),
        ('"' + "x" * 200_000, "x.csv", "cannot be read as CSV"),
    ],
)
def test_broken_data(text: str, source: str, said: str) -> None:
    """What is not of its format is refused with the line, where there is one."""
    with pytest.raises(SourceError, match=said):
        rows(text, source)


def test_yaml_values_stay_text() -> None:
    """Tags, dates, aliases and merge keys are text or nothing, so none of them can do harm."""
    text = "- &x {repo: o/n, d: 2024-99-99, i: !!int '', p: !!python/name:os.system ''}\n- *x\n- <<: *x\n"
    assert rows(text, "x.yaml") == [("o/n", "n", (), 1)]


@pytest.mark.parametrize(
    "source", ["x", "x.MD", "x.markdown", "x.rst", "https://x.example/x.md?a=.csv", "https://github.com/o/x.csv"]
)
def test_other_sources_are_markdown(source: str) -> None:
    """A repository's page, and any ending that is no other format's, is Markdown."""
    assert rows("[n](https://github.com/o/n)", source) == [("o/n", "n", (), 1)]


def test_label_is_kept() -> None:
    """A list carries its name, source and label."""
    found = listing.parse(b"o/n", name="a", source="b.txt", label="simulated")
    assert (found.name, found.source, found.label) == ("a", "b.txt", "simulated")

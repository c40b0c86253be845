"""The encodings and formats of lists: which are parsed, and which raise an error."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from startrack.errors import SourceError
from startrack.lists import parser, positions

Row = tuple[str, str, tuple[str, ...], int]


def rows(text: str, source: str) -> list[Row]:
    """Parse a list and return the fields of each entry that depend on the format."""
    parsed = parser.parse(text.encode(), name="list", source=source)
    return [(entry.repo, entry.title, entry.section, entry.line) for entry in parsed.entries]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"ok\r\nab\xff", r"x\.md is not UTF-8 text: byte 0xff at offset 6, line 2"),
        (b"\xffa\x00", "byte 0xff at offset 0, line 1"),
        (b"\xff\xfea\x00\n\x00b", r"x\.md is not UTF-16 text: byte 0x62 at offset 6, line 2"),
        (b"\xfe\xff\x00a\x00\r\x00\x00", "not UTF-16 text: byte 0x00 at offset 6, line 2"),
        (b"\xef\xbb\xbfa\n\n\xc3(", "byte 0xc3 at offset 6, line 3"),
        (b"a\rb\n\0", "byte 0x00 at offset 4, line 3"),
        (b"\x89PNG\r\n", "byte 0x89 at offset 0, line 1"),
    ],
)
def test_invalid_text_encoding(data: bytes, message: str) -> None:
    """Invalid or binary text is an error with the byte, its offset and its line."""
    with pytest.raises(SourceError, match=message):
        parser.parse(data, name="x", source="x.md")


@pytest.mark.parametrize("data", [b"", b"\xef\xbb\xbf", b" \r\n\t\n"])
def test_empty_list(data: bytes) -> None:
    """An empty list is an error with the source."""
    with pytest.raises(SourceError, match=r"x\.md is empty"):
        parser.parse(data, name="x", source="x.md")


@pytest.mark.parametrize(
    ("source", "message"),
    [("x.md", "github.com/OWNER/NAME"), ("x.txt", "each line"), ("x.csv", "column"), ("x.yaml", "github_id")],
)
def test_list_without_projects(source: str, message: str) -> None:
    """A list without projects is an error that says what was expected."""
    with pytest.raises(SourceError, match=message):
        parser.parse(b"nothing", name="x", source=source)


def test_plain_list() -> None:
    """A plain list has a repository at the start of each line. Comments are skipped, other lines are reported."""
    text = "# repos\n\no/a\n  https://github.com/o/b  # why\n- o/c, words\nsee github.com/o/d\nwords\n- o//e\n"
    assert rows(text, "x.txt") == [("o/a", "a", (), 3), ("o/b", "b", (), 4), ("o/c", "c", (), 5), ("o/d", "d", (), 6)]
    assert unread(text, "x.txt") == (7, 8)


def test_plain_list_with_text_after_names() -> None:
    """Hyphens and stars after a name are not bullets, and are not joined to the name."""
    text = "o/a - words\n- o/b * words - more\nhttps://github.com/o/c - words\no/d\t-\tx\no/e *\nsee - o/f - g/h\n"
    assert [row[0] for row in rows(text, "x.txt")] == ["o/a", "o/b", "o/c", "o/d", "o/e"]
    assert unread(text, "x.txt") == (6,)


@pytest.mark.parametrize("text", ["\f" * 200_000, "-" * 200_000, " -" * 100_000])
def test_plain_list_without_names(text: str) -> None:
    """Long lines without a name take linear time; with a quadratic pattern this test would take minutes."""
    assert unread(f"o/a\n{text}\n", "x.txt") == ((2,) if text.strip() else ())


def test_plain_list_of_names_with_hyphens() -> None:
    """A hyphen at the start or end of a name is not a bullet, and a line can be only a bullet."""
    text = "-Jerry-/n-\n- -Jerry-/m\n*o/a\n  + o/b\n-\n- \n***\n--o/c--\n"
    assert [row[0] for row in rows(text, "x.txt")] == ["-Jerry-/n-", "-Jerry-/m", "o/a", "o/b", "--o/c--"]
    assert unread(text, "x.txt") == (5,)


def unread(text: str, source: str) -> tuple[int, ...]:
    """Parse a list and return the lines in which no project was found."""
    return parser.parse(text.encode(), name="list", source=source).unread


NESTED = [{"full_name": "o/a", "owner": {"name": "o", "url": "https://github.com/o"}}, {"full_name": "a"}, "words"]


@pytest.mark.parametrize(
    ("text", "source", "lines"),
    [
        ("repo,stars\no/a,1\n\nnonsense,2\n,3\n", "x.csv", (4, 5)),
        ("\nrepo\no/a\no b\n", "x.csv", (4,)),
        (json.dumps(NESTED, indent=0), "x.json", (10, 12)),
        (json.dumps({"title": "x", "repos": ["o/a", "b"], "tags": ["c"]}, indent=0), "x.json", (5,)),
        ("projects:\n- {name: A, github_id: o/a}\n- {name: B, pypi_id: b}\nlabels:\n- {label: x}\n", "x.yaml", (3,)),
        ("- o/a\n- b\n- https://gitlab.com/o/c\n", "x.yaml", (2,)),
    ],
)
def test_rows_without_a_project_are_reported(text: str, source: str, lines: tuple[int, ...]) -> None:
    """A row without a project is reported by its line if rows beside it have projects."""
    assert unread(text, source) == lines


def test_projects_on_other_hosts_are_counted() -> None:
    """Projects on other hosts are counted by host, and their lines are not reported as unread."""
    text = "o/a\nhttps://gitlab.com/o/b\nhttps://codeberg.org/o/c\nhttps://gitlab.com/O/B\nhttps://gitlab.com/o/d\n"
    parsed = parser.parse(text.encode(), name="list", source="x.txt")
    assert (parsed.other_hosts, parsed.unread) == ({"gitlab.com": 2, "codeberg.org": 1}, ())


LINES = ["# L", "", "```", "https://github.com/no/no", "```", "", "[n](https://github.com/o/n)", ""]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\r\r\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-32"])
def test_every_line_end_in_every_encoding(end: str, encoding: str) -> None:
    """Line numbers and code blocks are right for every line end and for every encoding with a byte order mark."""
    mark = "\ufeff" if encoding.endswith("be") else ""
    data = (mark + end.join(LINES)).encode(encoding)
    (entry,) = parser.parse(data, name="list", source="x.md").entries
    # In CR CR LF, the first CR ends a line of its own.
    assert (entry.repo, entry.line) == ("o/n", 13 if end == "\r\r\n" else 7)


@given(st.lists(st.sampled_from(["a", "\x0b", "\x0c", "\x85", "\u2028", "\r", "\n", "\r\n"]), max_size=30).map("".join))
def test_lines_are_split_as_in_commonmark(text: str) -> None:
    """Only CR, LF and CR LF end a line, and each line keeps its end."""
    lines = positions.split_lines(text)
    assert "".join(lines) == text
    assert len(lines) == len(re.sub(r"\r\n?", "\n", text).removesuffix("\n").split("\n")) - (not text)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_with_header(delimiter: str) -> None:
    """The repository column is found by its name, for any delimiter. Quoted values may contain line breaks."""
    lines = ["Name;GitHub_ID;Category;url", 'A;o/a;"X\nY";https://x.example', "B;;;https://github.com/o/b", "C;;;"]
    text = "\n".join(lines).replace(";", delimiter)
    assert rows(text, "x.csv") == [("o/a", "A", ("X Y",), 2), ("o/b", "B", (), 4)]


@pytest.mark.parametrize(
    "text",
    [
        'repo,words\no/a,x\no/b,"open\no/c,y\no/d,z\n',
        'repo,words\no/a,x\no/b,"open\no/c,y\no/d,"z"\n',
        'repo\twords\no/a\t"x" y\no/b\t"The best\no/c\ty\n',
    ],
)
def test_csv_with_an_unclosed_quotation_mark(text: str) -> None:
    """An unclosed quotation mark is an error with its line, so the rows below are not lost."""
    with pytest.raises(SourceError, match=r"x\.csv, line 3: .*quotation marks"):
        rows(text, "x.csv")


def test_csv_with_quotation_marks_in_cells() -> None:
    """Quotation marks within one line change nothing, and a quoted value may have several lines."""
    text = 'repo,words\no/a,say "x"\no/b,"x" y\no/c,"x\no/y, ""z"""\no/d,"open\n'
    assert [(row[0], row[3]) for row in rows(text, "x.csv")] == [("o/a", 2), ("o/b", 3), ("o/c", 4), ("o/d", 6)]


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ('[{"repo": "o/a", "name": null, "category": null}]', "x.json"),
        ("- repo: o/a\n  name: ~\n  category: Null\n  section:\n", "x.yaml"),
    ],
)
def test_null_is_empty(text: str, source: str) -> None:
    """Null values are neither a title nor a section."""
    assert rows(text, source) == [("o/a", "a", (), 1)]


def test_nested_groups() -> None:
    """Projects in nested groups are found. A list within a row, such as its tags, belongs to that row."""
    text = "tools:\n- o/a\nmore:\n  cli:\n  - o/b\n  gui:\n    new:\n    - o/c\n    - repo: o/d\n      tags: [o/x]\n"
    assert [row[0] for row in rows(text, "x.yaml")] == ["o/a", "o/b", "o/c", "o/d"]
    assert [row[0] for row in rows('{"a": ["o/a"], "b": {"c": ["o/b"]}}', "x.json")] == ["o/a", "o/b"]


def test_quoted_null_is_text() -> None:
    """A quoted `null` is a title like any other."""
    assert rows('[{"repo": "o/a", "name": "null"}]', "x.json") == [("o/a", "null", (), 1)]
    assert rows('- repo: o/a\n  name: "null"\n', "x.yaml") == [("o/a", "null", (), 1)]


def test_csv_without_header() -> None:
    """Without a header, the repository is in the first column, or is a URL in any column."""
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
    """A best-of file has its projects by GitHub id, in sections with the titles of their categories."""
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
    """JSON and YAML lists of texts or objects give the same entries."""
    text = json.dumps(value, indent=1)
    assert [row[0] for row in rows(text, "x.json")] == [repo]
    assert rows(text, "x.json") == rows(text, "https://x.example/x.YAML?raw=1")


def test_json_lines_and_escapes() -> None:
    """A JSON entry has the line of its repository; escapes and numbers do not change it."""
    text = '[{"n": [1, -2.5e3, true],\n "name": "\\u00e4\\"}",\n "url": "https:\\/\\/github.com\\/o\\/n"}]'
    assert rows(text, "x.json") == [("o/n", 'ä"}', (), 3)]


@pytest.mark.parametrize(
    ("text", "source", "message"),
    [
        ("[1,\n", "x.json", r"x\.json, line 2: invalid JSON"),
        ("[" * 100_000, "x.json", "cannot be parsed as JSON"),
        ("[" * 500 + "]" * 500, "x.json", "nested more than 100 levels deep"),
        ("9" * 5_000, "x.json", "cannot be parsed as JSON"),
        ('[{"name":\n"\\ud83d", "repo": "o/n"}]', "x.json", "x.json, line 2: .* incomplete character"),
        ('- {name: "\\ud83d", repo: o/n}', "x.yaml", "x.yaml"),
        ('- {name: "\\U00110000", repo: o/n}', "x.yaml", "x.yaml"),
        ("a: [\nb: ]}", "x.yaml", r"x\.yaml, line 2: invalid YAML"),
        ("- " * 500 + "x", "x.yml", "nested more than 100 levels deep"),
        ("a: \x07", "x.yaml", r"x\.yaml(, line 1)?: invalid YAML"),
        ('"' + "x" * 200_000, "x.csv", "x.csv, line 1: invalid CSV"),
    ],
)
def test_invalid_data(text: str, source: str, message: str) -> None:
    """Data that is invalid in its format is an error, with the line if it is known."""
    with pytest.raises(SourceError, match=message):
        rows(text, source)


def test_yaml_values_stay_text() -> None:
    """YAML tags, dates, aliases and merge keys are text or empty, and none of them is executed."""
    text = "- &x {repo: o/n, d: 2024-99-99, i: !!int '', p: !!python/name:os.system ''}\n- *x\n- <<: *x\n"
    assert rows(text, "x.yaml") == [("o/n", "n", (), 1)]


@pytest.mark.parametrize(
    "source",
    ["x", "x.MD", "x.markdown", "x.v2", "https://x.example/x.md?a=.csv", "https://github.com/o/x.csv"],
)
def test_other_sources_are_markdown(source: str) -> None:
    """The page of a repository and files with an unknown suffix are Markdown."""
    assert rows("[n](https://github.com/o/n)", source) == [("o/n", "n", (), 1)]


@pytest.mark.parametrize(
    ("source", "path", "media_type", "suffix"),
    [
        ("o/n", "README.md", "", ".md"),
        ("o/n", "docs/README.rst", "", ".rst"),
        ("o/n.org", "README", "", ""),
        ("o/n:x.csv", "x.csv", "", ".csv"),
        ("https://x.example/a.rst", "https://y.example/b", "text/html", ".rst"),
        ("https://x.example/a", "https://y.example/b.csv?x=1", "text/html", ".csv"),
        ("https://x.example/a", "https://x.example/a", "text/html", ".html"),
        ("https://x.example/a", "https://x.example/a", "text/x-rst", ".rst"),
        ("https://x.example/a", "https://x.example/a", "text/plain", ""),
        ("https://github.com/o/x.csv", "README", "", ""),
    ],
)
def test_format_detection(source: str, path: str, media_type: str, suffix: str) -> None:
    """The format depends on the file, then the source, then the media type, but not on the repository's name."""
    assert parser.detect_suffix(source, path, media_type) == suffix


@pytest.mark.parametrize(
    ("suffix", "name"),
    [
        ("org", "Org"), ("adoc", "AsciiDoc"), ("asciidoc", "AsciiDoc"), ("textile", "Textile"), ("wiki", "MediaWiki"),
        ("mediawiki", "MediaWiki"), ("creole", "Creole"), ("pod", "Pod"), ("RDOC", "RDoc"), ("toml", "TOML"),
    ],
)  # fmt: skip
def test_unsupported_formats(suffix: str, name: str) -> None:
    """An unsupported format is an error that names it and the supported ones."""
    message = f"README.{suffix} of o/n is {name}, which is not supported; use Markdown, reStructuredText, HTML"
    with pytest.raises(SourceError, match=message):
        parser.detect_suffix("o/n", f"README.{suffix}")
    with pytest.raises(SourceError, match=f"x.{suffix} is {name}"):
        rows("https://github.com/o/n", f"x.{suffix}")


def test_html() -> None:
    """An HTML page is parsed by its tags; indentation does not matter."""
    text = "<html>\n<h1>L</h1>\n<h2>Tools</h2>\n<ul>\n        <li><a href='https://github.com/o/n'>N</a>\n</ul>\n"
    assert rows(f"{text}<pre>https://github.com/no/no</pre>", "x.html") == [("o/n", "N", ("Tools",), 5)]


def test_name_source_and_label() -> None:
    """A list has the name, source and label that were given."""
    parsed = parser.parse(b"o/n", name="a", source="b.txt", label="simulated")
    assert (parsed.name, parsed.source, parsed.label) == ("a", "b.txt", "simulated")

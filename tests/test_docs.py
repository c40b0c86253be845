"""What people read is checked against the code."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from datetime import datetime, timedelta
from importlib.resources import files
from itertools import pairwise
from pathlib import Path

import pytest

from conftest import NOW, connect
from startrack import config, errors
from startrack.config import Config, Exemption, IgnoreConfig, ListConfig
from startrack.demo.server import Server
from startrack.errors import ImportFileError
from startrack.github import collector
from startrack.model import events
from startrack.model.changes import RankBy, Unknown, Window
from startrack.model.checks import Rule
from startrack.model.findings import Kind
from startrack.model.repository import Reason
from startrack.readme import charts, counts, digest, health, kinds, movers, sections, tables, updated
from startrack.store import database, rollup
from startrack.store.snapshots import Snapshots
from startrack.wording import reasons
from startrack.workflows import backfill, build, doctor, snapshot, transfer, trending

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "startrack"
TRACKED = subprocess.run(
    ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
    cwd=ROOT,
    check=True,
    capture_output=True,
    text=True,
).stdout.splitlines()
MARKDOWN = [
    name
    for name in TRACKED
    if name.endswith(".md") and not name.startswith(("tests/", "src/")) and (ROOT / name).is_file()
]
DOCS = [name for name in MARKDOWN if name.startswith("docs/")]
TASKS = (
    "actions",
    "run-it-yourself",
    "readme-tables",
    "check",
    "health",
    "dashboards",
    "feeds-and-api",
    "figures",
    "import-export",
    "sql",
    "troubleshooting",
)
REFERENCE = ("commands", "configuration", "lists")


def text(name: str) -> str:
    """Return a file of the repository."""
    return (ROOT / name).read_text(encoding="utf-8")


def section(name: str, heading: str) -> str:
    """Return the text below a heading, up to the next heading of any level."""
    match = re.search(rf"^#+ {re.escape(heading)}\n(.*?)(?=^#+ |\Z)", text(name), re.MULTILINE | re.DOTALL)
    assert match, f"{name} has no heading {heading!r}"
    return match[1]


def first_cells(markdown: str) -> list[str]:
    """Return the code in the first cells of tables, in order; a cell may hold several."""
    cells = re.findall(r"^\| (`.*?) \|", markdown, re.MULTILINE)
    return [code for cell in cells for code in re.findall(r"`([^`]+)`", cell)]


def error_classes(root: type[errors.StartrackError] = errors.StartrackError) -> Iterator[type[errors.StartrackError]]:
    """Yield an error class and all below it."""
    yield root
    for error_class in root.__subclasses__():
        yield from error_classes(error_class)


EXIT_CODES = {
    error_class.exit_code: error_class
    for error_class in error_classes()
    if error_class.__module__ == "startrack.errors" and error_class.exit_code > 1
}


# The pages


def test_there_is_a_page_for_each_task() -> None:
    """The pages are these, and the README links to all of them."""
    assert sorted(DOCS) == sorted(f"docs/{name}.md" for name in (*TASKS, *REFERENCE))
    linked = set(re.findall(r"\]\((docs/[\w-]+\.md)\)", text("README.md")))
    assert linked == set(DOCS)


@pytest.mark.parametrize("name", [*DOCS, "README.md", "CONTRIBUTING.md"])
def test_a_page_opens_with_a_sentence(name: str) -> None:
    """A title, and then what the reader gets, before any table, list or code."""
    title, empty, opening, *_ = text(name).split("\n")
    assert title.startswith("# ")
    assert not empty
    assert re.match(r"[A-Za-z`][^|#]", opening)
    paragraph = text(name).split("\n\n")[1]
    assert paragraph.rstrip().endswith((".", ":"))


@pytest.mark.parametrize("name", MARKDOWN)
def test_links_arrive(name: str) -> None:
    """The file of every relative link and picture exists, and the heading too where a link names one."""
    for target, anchor in re.findall(r"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)", text(name)):
        path = (ROOT / name).parent.joinpath(target) if target else ROOT / name
        assert path.exists(), target
        if anchor:
            assert anchor in headings(path), f"{target}#{anchor}"


def headings(path: Path) -> list[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    found = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return [re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in found]


def test_pictures_are_shown_and_small() -> None:
    """Each is part of a page, and none keeps a reader waiting."""
    pictures = sorted((ROOT / "docs" / "images").iterdir())
    shown = {name for page in MARKDOWN for name in re.findall(r"!\[[^]]+\]\((?:docs/)?images/([^)]+)\)", text(page))}
    assert {picture.name for picture in pictures} == shown
    assert max(picture.stat().st_size for picture in pictures) <= 250_000


def test_the_readme_shows_what_it_is_before_anything_else() -> None:
    """What it does, a picture, two commands, how to set up a list, a table: in this order."""
    readme = text("README.md")
    parts = (
        "reads an awesome list",
        "![",
        "make run",
        "make test",
        "startrack init ",
        "<!-- startrack:table",
        "| Project |",
    )
    positions = [readme.index(part) for part in parts]
    assert positions == sorted(positions)
    assert {"run:", "test:"} <= {line.split(" ")[0] for line in text("Makefile").splitlines()}
    assert "make test" in text(".ci/run")


# Commands, options and errors


def startrack_commands(name: str) -> list[str]:
    """Return the commands of startrack in the code of a page, a line each."""
    spans = re.findall(r"```sh\n(.*?)```|`(startrack[^`]+)`", text(name), re.DOTALL)
    lines = "\n".join("".join(span) for span in spans).split("\n")
    return [line for line in lines if line.startswith("startrack ")]


def test_commands_in_the_documentation_exist() -> None:
    """Whatever follows `startrack` in code is a command, and every command is documented."""
    done = subprocess.run([sys.executable, "-m", "startrack", "--help"], check=True, capture_output=True, text=True)
    known = set(re.findall(r"^  (\w+)  ", done.stdout.partition("Commands:")[2], re.MULTILINE))
    documented = set()
    for name in MARKDOWN:
        matches = [re.match(r"startrack(?: --?[\w-]+)* ([a-z]+)", line) for line in startrack_commands(name)]
        commands = {match[1] for match in matches if match}
        assert commands <= known, name
        documented |= commands
    assert documented == known


def test_options_in_the_documentation_exist() -> None:
    """An option beside a command is one of that command; an option by itself is one of some command."""
    parts = re.split(r"^\$ startrack ?(.*?) ?--help$", text("tests/golden/help.txt"), flags=re.MULTILINE)
    helps = dict(zip(parts[1::2], parts[2::2], strict=True))
    options = {command: set(re.findall(r"--[a-z][a-z-]*", help_text)) for command, help_text in helps.items()}
    known = set[str]().union(*options.values())
    for name in MARKDOWN:
        alone = re.findall(r"`(--[a-z][a-z-]*)", text(name))
        assert set(alone) - {"--constraint"} <= known, name
        for line in startrack_commands(name):
            words = line.partition("#")[0].split()
            pairs = (" ".join(pair) for pair in pairwise(words[1:]))
            command = next((name for name in (*pairs, *words[1:]) if name in options), "")
            used = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", " ".join(words)))
            assert used <= options[command] | options[""], line


def test_exit_codes_are_one_per_class_and_documented() -> None:
    """The table of the documentation, the tree in the module and the classes agree."""
    rows = re.findall(r"\| (\d+) \| (.+) \|", section("docs/troubleshooting.md", "Exit codes"))
    documented = {int(code): meaning for code, meaning in rows}
    assert len(EXIT_CODES) == sum(error_class.exit_code > 1 for error_class in set(EXIT_CODES.values()))
    assert documented.keys() == {0, 1, *EXIT_CODES}
    for code, error_class in EXIT_CODES.items():
        assert re.search(rf"{error_class.__name__} +{code} ", errors.__doc__ or "")
        meaning = re.split("[.;]", error_class.__doc__ or "")[0]
        assert meaning.lower() == documented[code].lower()


def test_every_error_has_its_messages_explained() -> None:
    """Troubleshooting has a section for each exit code, by the number in its heading."""
    sections = re.findall(r"^## .*\(.*$", text("docs/troubleshooting.md"), re.MULTILINE)
    numbers = {int(number) for heading in sections for number in re.findall(r"\((\d+)\)", heading)}
    silent = {errors.ReaderGoneError.exit_code}
    assert numbers == EXIT_CODES.keys() - silent


def templates() -> Iterator[str]:
    """Yield every text of the code, its values replaced by `…`."""
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.JoinedStr(values=values):
                    yield "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in values)
                case ast.Constant(value=str(value)):
                    yield value
                case _:
                    pass


def quoted_messages() -> list[str]:
    """Return the messages and problems that Troubleshooting quotes."""
    tables_of_messages = re.findall(
        r"^\| (?:message|problem) .*\n\|.*\n((?:\|.*\n)+)", text("docs/troubleshooting.md"), re.MULTILINE
    )
    return [message for table in tables_of_messages for message in first_cells(table)]


def test_quoted_messages_exist() -> None:
    """Each is a text of the code, with `…` for what differs from time to time."""
    texts = "\n".join(templates())
    messages = quoted_messages()
    assert len(messages) > 50
    patterns = {message: ".*?".join(map(re.escape, message.split("…"))) for message in messages}
    assert not [message for message, pattern in patterns.items() if not re.search(pattern, texts)]


def test_causes_of_refused_pushes_are_documented() -> None:
    """The titles in the table are those of the errors."""
    modules = ("git.py", "workflows/commit.py", "workflows/data_branch.py", "workflows/pushing.py")
    source = "".join(text(f"src/startrack/{module}") for module in modules)
    titles = first_cells(section("docs/actions.md", "If somebody pushes at the same time"))
    assert len(titles) > 5
    assert not [title for title in titles if f'"{title}"' not in source]


def test_checks_of_the_doctor_are_documented() -> None:
    """Each check of the code has its row, and each row its check."""
    documented = {name.split(" ")[0] for name in first_cells(section("docs/troubleshooting.md", "startrack doctor"))}
    source = ast.parse(text("src/startrack/workflows/doctor.py"))
    calls = (node for node in ast.walk(source) if isinstance(node, ast.Call) and node.args)
    names = {
        first_word(call.args[0])
        for call in calls
        if isinstance(call.func, ast.Name) and call.func.id in ("Check", "_of_error", "_error_check")
    }
    assert names - {""} <= documented
    words = text("src/startrack/workflows/doctor.py")
    assert not [name for name in documented if not re.search(rf'f?"{name}[" ]', words)]


def first_word(name: ast.expr) -> str:
    """Return the first word of a literal text, nothing where it is computed."""
    match name:
        case ast.Constant(value=str(value)) | ast.JoinedStr(values=[ast.Constant(value=str(value)), *_]):
            return value.split(" ")[0]
        case _:
            return ""


def test_environment_variables_are_documented() -> None:
    """Each variable of startrack's own, and each that the commands read, has its row."""
    rows = set(first_cells(section("docs/commands.md", "Environment")))
    readers = ("src/startrack/cli", "src/startrack/github", "src/startrack/runner.py")
    sources = [text(name) for name in TRACKED if name.startswith(readers)]
    own = {word for source in sources for word in re.findall(r"\bSTARTRACK_[A-Z_]+[A-Z]\b", source)}
    read = {word for source in sources for word in re.findall(r'(?:os\.environ|variables)\.get\("([A-Z_]+)"', source)}
    assert own | read <= rows
    everything = "\n".join(sources)
    assert not [name for name in rows if name.isupper() and name not in everything]


# Configuration, tables, figures


def test_the_example_configuration_is_one(tmp_path: Path) -> None:
    """It loads, it names every key there is, and the values it calls defaults are."""
    (example,) = re.findall(r"```toml\n(.*?)```", text("docs/configuration.md"), re.DOTALL)
    path = tmp_path / "startrack.toml"
    path.write_text(example, encoding="utf-8")
    loaded, values = config.load(path), tomllib.loads(example)
    assert values.keys() == Config.model_fields.keys() - {"root"}
    assert values["lists"][0].keys() == ListConfig.model_fields.keys()
    default = Config()
    for name in ("github", "snapshots", "dashboards", "readme", "schedule", "trends", "health", "check"):
        keys = type(getattr(default, name)).model_fields.keys()
        assert values[name].keys() == keys
    assert values["health"]["ignore"][0].keys() == IgnoreConfig.model_fields.keys()
    assert values["check"]["exempt"][0].keys() == Exemption.model_fields.keys()
    assert loaded.check.levels == default.check.levels
    assert values["check"]["levels"].keys() == set(Rule)
    assert loaded.snapshots.folder == default.snapshots.folder
    assert loaded.dashboards.model_copy(update={"base_url": None}) == default.dashboards
    hooks = {"on_success": None, "on_failure": None}
    assert (loaded.schedule.model_copy(update=hooks), loaded.trends) == (default.schedule, default.trends)


@pytest.mark.parametrize("name", MARKDOWN)
def test_configuration_in_the_documentation_loads(name: str, tmp_path: Path) -> None:
    """Every example of a configuration is valid, and every key named in a sentence exists."""
    for example in re.findall(r"```toml\n(.*?)```", text(name), re.DOTALL):
        path = tmp_path / "startrack.toml"
        path.write_text(example, encoding="utf-8")
        config.load(path)
    for table, key in re.findall(r"`\[(\w+)\] (\w+)", text(name)):
        assert key in type(getattr(Config(), table)).model_fields, f"[{table}] {key}"


ATTRIBUTES = {
    "Tables": tables.ATTRIBUTES,
    "Movers": movers.ATTRIBUTES,
    "Sections": sections.ATTRIBUTES,
    "Digest": digest.ATTRIBUTES,
    "Health": health.ATTRIBUTES,
    "Chart blocks": charts.ATTRIBUTES,
    "Updated": updated.ATTRIBUTES,
    "Figures in a sentence": counts.ATTRIBUTES,
}


def test_columns_and_attributes_are_documented() -> None:
    """Every block, and every column and attribute of one, has its row."""
    blocks = re.findall(r"^\| \[`(\w+)`\]", section("docs/readme-tables.md", "Blocks"), re.MULTILINE)
    assert {*blocks} == kinds.RENDERERS.keys()
    for heading, attributes in ATTRIBUTES.items():
        rows = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \|", section("docs/readme-tables.md", heading), re.MULTILINE)
        columns = tables.COLUMNS.keys() if heading == "Tables" else ()
        assert {name for row in rows for name in re.findall(r"\w+", row)} == {*attributes, *columns}, heading
    documented = section("docs/readme-tables.md", "Tables") + section("docs/readme-tables.md", "Figures in a sentence")
    assert all(f"`{name}`" in documented for name in (*RankBy, *counts.FIGURES, *counts.TOTALS))


def test_findings_are_documented() -> None:
    """Every kind of finding has its row, in the order of the page."""
    rows = re.findall(r"^\| ([\w -]+(?:, [\w -]+)*) \|", section("docs/figures.md", "Health"), re.MULTILINE)
    assert [kind for row in rows[1:] for kind in row.split(", ")] == [str(kind) for kind in Kind]


def test_batches_are_as_documented() -> None:
    """The table of what is asked when has the sizes of the code."""
    sizes = [int(size) for size in re.findall(r"\| (\d+) \|$", text("docs/figures.md"), re.MULTILINE)]
    assert sizes == [collector.LIGHT_BATCH, collector.DETAILS_BATCH, collector.COMMITS_BATCH]


def test_events_and_reasons_are_documented() -> None:
    """Every kind of event has its row, and every reason for which a figure is unknown."""
    assert first_cells(section("docs/feeds-and-api.md", "Events")) == [str(kind) for kind in events.Kind]
    documented = set(first_cells(section("docs/figures.md", "What `n/a` means")))
    assert documented == {*map(str, Unknown), *map(reasons.short, Reason), "not known"}


def test_tables_of_the_database_are_documented() -> None:
    """Every table of the schema is in the page, and the question shown there is one of the files."""
    schema = "".join(path.read_text(encoding="utf-8") for path in sorted((PACKAGE / "sql").rglob("*.sql")))
    created = set(re.findall(r"create table (?:if not exists )?(\w+)", schema))
    documented = set(first_cells(section("docs/sql.md", "Tables of the database")))
    assert documented == created - {"projects", "changes", "histories", "incoming", "holder", "target"}
    (question,) = re.findall(r"```sql\n(.*?)```", text("docs/sql.md"), re.DOTALL)
    assert question in text("src/startrack/sql/examples/unseen.sql")


# The code and its guide


def test_the_guide_shows_the_tree() -> None:
    """CONTRIBUTING has a line for each folder and each module at the top, and no others."""
    tree = section("CONTRIBUTING.md", "Where things are")
    shown = set(re.findall(r"^  (\w+(?:/|\.py))", tree, re.MULTILINE))
    folders = {f"{path.name}/" for path in PACKAGE.iterdir() if path.is_dir() and path.name != "__pycache__"}
    modules = {path.name for path in PACKAGE.glob("*.py")} - {"__init__.py"}
    assert shown == folders | modules


def test_the_walk_names_functions_that_exist() -> None:
    """Each step of the walk through the code is a function, or a method, of that file."""
    steps = re.findall(r"`([\w/]+\.py):([\w.]+)`", section("CONTRIBUTING.md", "How a name gets into a table"))
    assert len(steps) > 10
    for path, name in steps:
        body: Sequence[ast.stmt] = ast.parse((PACKAGE / path).read_text(encoding="utf-8")).body
        for part in name.split("."):
            definitions = {node.name: node for node in body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
            assert part in definitions, f"{path}:{name}"
            body = definitions[part].body


# Statements


def test_every_statement_is_run(tmp_path: Path, github: Server) -> None:
    """No SQL file lies about unused: an ordinary life of a database runs each of them."""
    database.text.cache_clear()
    tracked = Config(lists=(ListConfig(source="list.md"),), root=tmp_path)
    text = github.world.list_text("best-of-ml-python", NOW)
    (tmp_path / "list.md").write_text(f"{text}\n- [nobody](https://github.com/no/body)\n", encoding="utf-8")
    (tmp_path / "README.md").write_text("<!-- startrack:table -->\n<!-- startrack:end -->\n", encoding="utf-8")
    for at in (NOW - timedelta(hours=1), NOW, NOW - timedelta(days=1)):
        github.clock.set(at)
        with connect(github) as client:
            snapshot.run(tracked, client, at, github.clock.now, lambda _done, _total: None)
            backfill.run(tracked, client, at, backfill.FetchLimits(budget=80))
    day = tracked.snapshots_folder / "2025" / f"{NOW.date()}.csv"
    content = day.read_bytes()
    rollup.roll_up(Snapshots(tracked.snapshots_folder), NOW + timedelta(days=40))
    day.write_bytes(content)
    github.clock.set(NOW + timedelta(days=9))
    with connect(github) as client:
        backfill.run(tracked, client, github.clock.now(), backfill.FetchLimits(budget=5))
    _transfer(tracked, NOW)
    trending.run(tracked, trending.Ranking(Window(30)), None)
    build.run(tracked, None)
    doctor.run(tracked, None, lambda: connect(github), NOW)
    run = database.text.cache_info().currsize
    sql = files("startrack") / "sql"
    names = [path for folder in sql.iterdir() for path in folder.iterdir() if path.name.endswith(".sql")]
    assert run == len(names)


def _transfer(tracked: Config, taken_at: datetime) -> None:
    """Import counts, good ones and others, and export all of them."""
    counts = tracked.root / "counts.csv"
    for name, chosen in {
        "pytorch/pytorch,,2024-05-04,5\npytorch/pytorch,,2024-05-04,6": transfer.ImportOptions(),
        f"pytorch/pytorch,,{taken_at},5": transfer.ImportOptions(),
        "pytorch/pytorch,5,2024-05-04,5": transfer.ImportOptions(),
        "a/b,,2024-05-04,5\na/b,,2024-05-04,6\npytorch/pytorch,,2024-05-05,5\nno/body,5,2024-05-04,5": (
            transfer.ImportOptions("s", skip_contradictions=True)
        ),
    }.items():
        counts.write_text(f"repo,repo_id,date,stars\n{name}\n", encoding="utf-8")
        with nullcontext() if chosen.source else pytest.raises(ImportFileError):
            transfer.import_counts(tracked, [counts], chosen, NOW, None)
    for form in transfer.ExportFormat:
        transfer.export(tracked, form, transfer.ExportTable.COUNTS, tracked.root / f"all.{form}")
    again = tracked.root / "all.parquet"
    transfer.import_counts(tracked, [again], transfer.ImportOptions("s"), NOW, None)


def test_statements_say_what_they_are_for() -> None:
    """Each begins with a comment and keeps its words in lower case."""
    for path in (ROOT / "src" / "startrack" / "sql").rglob("*.sql"):
        statement = path.read_text(encoding="utf-8")
        assert statement.startswith("-- "), path.name
        code = re.sub(r"--.*|'[^']*'", "", statement)
        assert code == code.lower(), path.name


def test_trend_statements_keep_to_what_spark_shares() -> None:
    """No ASOF join, no list functions, no table functions of DuckDB's own."""
    for path in (ROOT / "src" / "startrack" / "sql" / "trends").glob("*.sql"):
        assert not re.search(
            r"\basof\b|\blist_\w+\(|unnest|read_csv|::|qualify|exclude", path.read_text(encoding="utf-8")
        ), path


# The repository


def test_this_repository_invents_no_figure() -> None:
    """Its table has no figures before the first real run, and no demo output is committed."""
    counted = [name for name in TRACKED if re.match(r"snapshots/\d", name)]
    table = text("README.md").partition("<!-- startrack:table list=")[2].partition("<!-- startrack:end -->")[0]
    assert bool(counted) == ("Not counted yet" not in table)
    assert not [name for name in TRACKED if name.startswith("demo-output/")]


def test_no_file_names_a_registry_or_leaves_a_note_to_self() -> None:
    """Versions are pinned without addresses, and nothing is left for later."""
    words = ["index" + "-url", "pypi." + "org", "npmjs" + ".", "TO" + "DO", "FIX" + "ME", "pythonhosted" + "."]
    for name in TRACKED:
        path = ROOT / name
        if path.suffix not in (".png", ".csv") and path.is_file():
            content = path.read_text(encoding="utf-8", errors="replace")
            assert not [word for word in words if word in content], name


def test_versions_are_pinned() -> None:
    """Every direct dependency stands in the constraints with one version."""
    project = tomllib.loads(text("pyproject.toml"))["project"]
    wanted = [
        *project["dependencies"],
        *(each for extra in project["optional-dependencies"].values() for each in extra),
    ]
    names = {re.split(r"[<>=\[;]", each)[0].lower() for each in wanted} - {"startrack"}
    pinned = {line.partition("==")[0].lower() for line in text("constraints.txt").splitlines()}
    assert names <= pinned
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+", line) for line in text("constraints.txt").splitlines())

"""What leaves startrack is safe to look at: on a terminal, in a log, in an Actions run."""

import contextlib
import csv
import io
import json
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
import time
import unicodedata
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import commands
import in_process
from conftest import NOW, set_right
from startrack import config, output
from startrack.cli import formats
from startrack.cli.formats import Format, Rows
from startrack.demo import faults
from startrack.demo.faults import FaultRule
from startrack.demo.lists import demo_world
from startrack.demo.server import Server
from startrack.errors import ReaderGoneError, WriteError
from startrack.output import Output
from startrack.readme import markdown
from startrack.workflows import snapshot

STARTRACK = f"{sys.executable} -W error -m startrack"
HOSTILE = "a\x1b[2Jb\r\n::stop-commands::x\n  ::add-mask::y\n##[error]z\u2028\u202e\u200b\x9b\x7f\ud800 é 猫"
SHOWN = (
    r"a\x1b[2Jb\r\n::stop-commands::x\n  ::add-mask::y\n#\x23[error]z\u2028\u202e\u200b\x9b\x7f\ud800" " é 猫"  # noqa: ISC001
)

# Whatever a stranger may put into a name: everything that text can hold, with what is dangerous more often.
texts = st.text(
    st.characters() | st.sampled_from("\n\r\t\x1b\x9b:#[ \u00a0\u3000\u202e\u2028\ufeff\ud800%,|`<"),
    max_size=30,
)

Startrack = Callable[..., subprocess.CompletedProcess[bytes]]
Command = Callable[..., subprocess.CompletedProcess[str]]


def is_safe(line: str) -> bool:
    """Say whether a line holds nothing that a terminal or an Actions runner obeys, or that nobody sees."""
    hidden = [c for c in line if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp")]
    return not hidden and not line.lstrip().startswith("::") and "##[" not in line


def sent(*texts: str, encoding: str = "utf-8") -> str:
    """Return what arrives of texts that are written one after the other."""
    raw = io.BytesIO()
    stream = Output(raw, encoding, lambda error: pytest.fail(str(error)))
    for text in texts:
        stream.write(text)
    stream.finish()
    return raw.getvalue().decode(encoding)


def test_a_last_line_without_a_line_break_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """The end of a command writes what a library left."""
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", Output(raw, "utf-8", lambda error: pytest.fail(str(error))))
    sys.stdout.write("first\nlast")
    output.finish()
    assert raw.getvalue() == b"first\nlast\n"


@given(st.lists(texts, max_size=5), st.sampled_from(["utf-8", "ascii", "latin-1", "cp1252", "utf-16"]))
def test_every_line_that_is_written_is_safe(parts: list[str], encoding: str) -> None:
    """Whatever the pieces and the encoding: each line is escaped, none is lost and none is added."""
    arrived = sent(*parts, encoding=encoding)
    whole = "".join(parts)
    assert all(is_safe(line) for line in arrived.split("\n"))
    assert arrived.count("\n") == whole.count("\n") + bool(whole and not whole.endswith("\n"))


@given(texts)
def test_a_message_is_one_safe_line(text: str) -> None:
    """Escapes can be read back; visible characters stay unchanged."""
    line = output.escape_line(text)
    assert not [c for c in line if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp")]
    if is_safe(text):
        assert line == text


def test_invisible_characters_are_escaped() -> None:
    """As in a Python or JavaScript string."""
    assert sent(f"{output.escape_line(HOSTILE)}\n") == f"{SHOWN}\n"
    assert sent("::warning::x\n ::error ::y\n\u3000::z\n:: \n:a\n1::2\n").split("\n") == [
        r"\x3a:warning::x", r" \x3a:error ::y", "\u3000\\x3a:z", r"\x3a: ", ":a", "1::2", "",
    ]  # fmt: skip
    assert sent("##[group]\n a ##vso[x]\n## [x]\n###\n") == "#\\x23[group]\n a #\\x23vso[x]\n## [x]\n###\n"
    assert sent("猫 é\n", encoding="ascii") == "\\u732b \\xe9\n"


@given(texts, texts)
def test_an_annotation_holds_only_its_text(title: str, text: str) -> None:
    """The runner decodes exactly one command with one property."""
    line = output.annotation("error", title, text)
    found = re.fullmatch(r"::error title=([^:,]*)::(.*)", line)
    assert found

    def read(value: str) -> str:
        assert not re.search(r"%(?!25|0D|0A|3A|2C)", value)
        return re.sub("%(25|3A|2C)", lambda code: chr(int(code[1], 16)), value)

    assert read(found[1]) == output.escape_line(title)
    assert read(found[2]) == output.escape_line(text)


def test_an_annotation_is_the_only_command_that_is_written() -> None:
    """It is written without the escaping of the stream."""
    raw = io.BytesIO()
    Output(raw, "utf-8", lambda error: pytest.fail(str(error))).command(output.annotation("warning", "a:b", "c\n::d"))
    assert raw.getvalue() == b"::warning title=a%3Ab::c\\n::d\n"


@given(st.lists(st.tuples(texts, texts, st.none() | st.integers() | st.tuples(texts, texts)), min_size=1, max_size=4))
def test_rows_are_safe_in_every_format(rows: list[tuple[str, str, formats.Cell]]) -> None:
    """A line is a row; JSON keeps every character; a CSV reader gets every cell back."""
    found = Rows(("first", "second", "third"), rows)
    for form in Format:
        written = formats.write(found, form)
        lines = sent(f"{written}\n").removesuffix("\n").split("\n")
        assert all(is_safe(line) for line in lines)
        assert len(lines) == len(rows) + {Format.TABLE: 1, Format.CSV: 1, Format.JSON: 2, Format.MARKDOWN: 2}[form]
        if form is Format.JSON:
            kept = [[list(cell) if isinstance(cell, tuple) else cell for cell in row] for row in rows]
            assert [list(row.values()) for row in json.loads("\n".join(lines))] == kept
        if form is Format.CSV:
            read = [row[0].removeprefix("'") for row in csv.reader(io.StringIO(written))][1:]
            assert read == [output.escape_line(row[0]) for row in rows]


@given(texts)
def test_markdown_of_a_job_summary_is_one_line_of_text(text: str) -> None:
    """It holds no markup, HTML or line break from others."""
    safe = markdown.escape(text)
    assert is_safe(safe.strip("\u2068\u2069"))
    assert not re.search(r"(?<!\\)(\\\\)*[`*_\[\]|]|<|>", safe)


class Broken:
    """A file that cannot be written."""

    def __init__(self, error: OSError) -> None:
        self.error = error

    def write(self, _data: bytes) -> int:
        """Fail."""
        raise self.error


def test_libraries_cannot_bypass_the_stream() -> None:
    """It takes text only, has no binary buffer, and is no terminal."""
    stream = Output(io.BytesIO(), "utf-8", lambda error: pytest.fail(str(error)))
    with pytest.raises(TypeError):
        stream.write(b"x")  # type: ignore[arg-type]  # that is the point
    assert (hasattr(stream, "buffer"), stream.isatty(), stream.writable()) == (False, False, True)
    with pytest.raises(io.UnsupportedOperation):
        stream.fileno()


@pytest.fixture(scope="module")
def counted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a list that was counted once, and a long list."""
    folder = tmp_path_factory.mktemp("counted")
    links = "".join(f"- [P{number}](https://github.com/vega/altair-{number})\n" for number in range(3000))
    (folder / "long.md").write_text(f"- [Altair](https://github.com/vega/altair)\n{links}", encoding="utf-8")
    (folder / "list.md").write_text("- [Altair](https://github.com/vega/altair)\n", encoding="utf-8")
    (folder / "startrack.toml").write_text('[[lists]]\nsource = "list.md"\n', encoding="utf-8")
    with in_process.github(demo_world(), NOW).connect() as client:
        snapshot.run(config.load(folder / "startrack.toml"), client, NOW, lambda: NOW, lambda _done, _total: None)
    return folder


@pytest.fixture
def folder(counted: Path, tmp_path: Path) -> Path:
    """Return a copy of the counted folder."""
    return Path(shutil.copytree(counted, tmp_path, dirs_exist_ok=True))


@pytest.fixture
def startrack(folder: Path, github: Server) -> Startrack:
    """Run a line of shell in which $S is startrack, a process of its own, in the counted folder."""
    variables = commands.environment(github) | {"S": STARTRACK}

    def run(script: str, **more: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            ["bash", "-c", f"set -o pipefail\n{script}"],
            cwd=folder, env=variables | more, stdin=subprocess.DEVNULL, capture_output=True, check=False,
        )  # fmt: skip

    return run


@pytest.fixture
def command(folder: Path, github: Server) -> Command:
    """Run a command in the counted folder, in this process."""
    return partial(commands.startrack, folder, variables=commands.environment(github))


PRODUCTS = (
    "--help",
    "--version",
    "list long.md",
    "list long.md --format json",
    "trending",
    "doctor",
    "schedule --next 2",
)
CLOSED = "startrack: cannot write to standard output: the stream is closed; free disk space, or redirect it elsewhere"


@pytest.mark.parametrize("words", PRODUCTS)
def test_a_full_disk_is_one_line(command: Command, words: str) -> None:
    """With exit code 12, because the result was not written."""
    quiet = ["--quiet"] if words[0] != "-" else []
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        done = command(*quiet, *words.split(), stdout=full)
    assert (done.returncode, done.stderr.count("\n")) == (12, 1), done.stderr
    assert "startrack: cannot write to standard output: No space left on device" in done.stderr
    closed = command(*words.split(), stdout=None)
    assert (closed.returncode, closed.stderr.splitlines()[-1]) == (12, CLOSED)


@pytest.mark.parametrize("words", PRODUCTS)
def test_a_closed_pipe_ends_the_command_silently(command: Command, words: str) -> None:
    """With the exit code that a shell reports for a closed pipe."""
    reader, writer = os.pipe()
    os.close(reader)
    with open(writer, "w", encoding="utf-8") as pipe:  # noqa: PTH123 - a descriptor
        gone = command(*words.split(), stdout=pipe)
    assert gone.returncode == 141
    assert not [line for line in gone.stderr.splitlines() if "rror" in line or line.startswith("startrack:")]


@pytest.mark.parametrize("words", ["--help", "list long.md --format json"])
def test_a_process_adds_nothing_at_its_end(startrack: Startrack, words: str) -> None:
    """On a full disk, with a closed stream, and behind a pipe that is closed before or while it is written to."""
    done = startrack(f"$S {words} > /dev/full")
    assert (done.returncode, done.stderr.splitlines()[-1][:67]) == (
        12, b"startrack: cannot write to standard output: No space left on device",
    )  # fmt: skip
    closed = startrack(f"$S {words} >&-")
    assert (closed.returncode, closed.stderr.splitlines()[-1]) == (12, CLOSED.encode())
    done = startrack(f"$S {words} 2>talk | true; codes=(${{PIPESTATUS[@]}}); cat talk >&2; exit ${{codes[0]}}")
    assert done.returncode in (0, 141)  # 0 where all of it was written before `true` had ended
    assert b"Traceback" not in done.stderr
    assert b"ignored" not in done.stderr
    gone = startrack(f"exec 3> >(exec true); wait $!; $S {words} >&3")
    assert gone.returncode == 141
    assert not [line for line in gone.stderr.splitlines() if b"rror" in line or line.startswith(b"startrack:")]


@pytest.mark.parametrize("where", ["closed", "full", "pipe"])
def test_a_closed_stderr_loses_nothing(command: Command, folder: Path, where: str) -> None:
    """The counts are taken and the result is written."""
    reader, writer = os.pipe()
    os.close(reader)
    with (
        open(writer, "w", encoding="utf-8") as pipe,  # noqa: PTH123 - a descriptor
        Path("/dev/full").open("w", encoding="utf-8") as full,
    ):
        stream = {"closed": None, "full": full, "pipe": pipe}[where]
        assert command("--verbose", "update", "--taken-at", NOW.isoformat(), stderr=stream).returncode == 0
        done = command("list", stderr=stream)
    assert (done.returncode, "vega/altair" in done.stdout.splitlines()[-1]) == (0, True)
    assert (folder / "dashboards" / "index.html").exists()


def test_files_do_not_get_the_descriptors_of_closed_streams(startrack: Startrack, folder: Path) -> None:
    """What is written to descriptor 1 or 2 must not reach the database."""
    assert startrack(f"$S --verbose update --taken-at {NOW.isoformat()} <&- >&- 2>&-").returncode == 0
    done = startrack("$S trending --format json && $S doctor --format json")
    assert b"vega/altair" in done.stdout
    assert (folder / "snapshots" / "startrack.duckdb").exists()


def test_a_schedule_that_cannot_print_is_stopped_by_signals(folder: Path, github: Server) -> None:
    """It runs its update, and ends with exit code 0."""
    set_right(github)
    command = ["bash", "-c", f"exec {STARTRACK} schedule > /dev/full 2>&-"]
    with subprocess.Popen(command, cwd=folder, env=commands.environment(github)) as process:
        while not (folder / "dashboards" / "index.html").exists():
            assert process.poll() is None
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 0


def test_messages_of_github_are_escaped(command: Command, github: Server) -> None:
    """A message about scopes holds escape sequences, line breaks and a command for the runner."""
    github.faults.add(
        FaultRule(
            faults.insufficient_scopes("read:org\x1b[2J\n::stop-commands::x\r\n##[error]y\u202e"), path="/graphql"
        ),
    )
    done = command("snapshot", "list.md")
    assert done.returncode == 5
    assert all(is_safe(line) for line in done.stderr.split("\n"))
    assert r"read:org\x1b[2J\n::stop-commands::x\r\n#\x23[error]y\u202e" in done.stderr
    assert done.stderr.count("\n") == 1


WORD = "x\n::error::y\x1b[2J\udcff\u202e##[z]"


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
@pytest.mark.parametrize(
    "words",
    [[WORD], ["build", WORD], ["list", WORD], ["list", "--format", WORD], ["--config", WORD, "build"], [f"--{WORD}"]],
)
def test_arguments_are_escaped(command: Command, encoding: str, words: list[str]) -> None:
    """In usage errors, sources, configuration and paths."""
    done = command(*words, encoding=encoding)
    assert done.returncode in (2, 3), done.stderr
    assert re.fullmatch(r"startrack: [^\n]+\n", done.stderr), done.stderr
    assert is_safe(done.stderr.rstrip("\n")), done.stderr


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_arguments_of_a_process_are_escaped(startrack: Startrack, encoding: str) -> None:
    """Whatever bytes they are, also in a C locale."""
    done = startrack(r"$S list $'x\n::error::y\e[2J\xff\u202e##[z]'", PYTHONIOENCODING=encoding, LC_ALL="C.UTF-8")
    assert done.returncode == 3, done.stderr
    assert re.fullmatch(rb"startrack: [^\n]+\n", done.stderr), done.stderr
    assert is_safe(done.stderr.decode(encoding).rstrip("\n")), done.stderr


def test_paths_are_escaped(command: Command, folder: Path) -> None:
    """Those of files that are out of date, and of a list with control characters in its name."""
    (folder / "startrack.toml").write_text(
        '[[lists]]\nsource = "list.md"\n[dashboards]\nfolder = "a\\u001B[2J\\n::error::b"\n',
        encoding="utf-8",
    )
    done = command("build", "--check")
    assert done.returncode == 1
    assert all(is_safe(line) for line in done.stdout.split("\n"))
    assert r"a\x1b[2J\n::error::b/index.html" in done.stdout.splitlines()
    assert r"open a\x1b[2J\n::error::b/index.html" in command("build").stderr


@pytest.mark.parametrize(
    "writer",
    [
        "raise ValueError(text)",
        "raise SystemExit(text)",
        "import logging; logging.warning(text)",
        "import logging; logging.getLogger('apscheduler').exception(text, exc_info=OSError(text))",
        "import warnings; warnings.simplefilter('always'); warnings.warn(text)",
        "import threading; threading.Thread(target=lambda: 1 / 0, name=text).start()",
        "print(text); print(text, file=sys.stderr)",
        "import typer; typer.echo(text); typer.echo(text, err=True)",
    ],
)
def test_every_writer_is_escaped(writer: str) -> None:
    """Tracebacks, logs, warnings and libraries that print all use the same streams."""
    code = f"import sys\nfrom startrack import output\noutput.install()\ntext = sys.argv[1]\n{writer}"
    text = HOSTILE.replace("\ud800", "\udcff").encode(errors="surrogateescape")
    done = subprocess.run([sys.executable, "-c", code, text], capture_output=True, check=False)
    written = (done.stdout + done.stderr).decode()
    assert written
    assert all(is_safe(line) for line in written.split("\n")), written


DIFF = "+\tx\u200d\x1b[2J\r\n ::error::\udcff\n"
WRITES_A_DIFF = "import sys\nfrom startrack import output\noutput.install(is_actions={})\noutput.write_diff({!a})"


@pytest.mark.parametrize("is_actions", [True, False])
def test_a_diff_in_a_file_is_exact(tmp_path: Path, *, is_actions: bool) -> None:
    """It has every byte, so that it can be applied; in an Actions job too, as a file is no log."""
    with (tmp_path / "diff").open("wb") as file:
        subprocess.run([sys.executable, "-c", WRITES_A_DIFF.format(is_actions, DIFF)], stdout=file, check=True)
    assert (tmp_path / "diff").read_bytes() == DIFF.encode("utf-8", "surrogateescape")


@pytest.mark.parametrize("is_actions", [True, False])
def test_a_diff_in_a_pipe_is_exact_outside_of_actions(*, is_actions: bool) -> None:
    """There another program reads it; in an Actions job the runner does, and nothing in it may be a command."""
    words = [sys.executable, "-c", WRITES_A_DIFF.format(is_actions, DIFF)]
    done = subprocess.run(words, capture_output=True, check=True).stdout
    if is_actions:
        assert all(is_safe(line) for line in done.decode().split("\n"))
    else:
        assert done == DIFF.encode("utf-8", "surrogateescape")


def test_a_diff_on_a_terminal_is_escaped() -> None:
    """What others wrote does not control the terminal."""
    reader, writer = pty.openpty()
    subprocess.run([sys.executable, "-c", WRITES_A_DIFF.format(0, DIFF)], stdout=writer, check=True)
    os.close(writer)
    shown = os.read(reader, 65_536)
    os.close(reader)
    assert rb"\x1b[2J" in shown
    assert b"\x1b[2J" not in shown


def test_a_progress_bar_on_a_terminal_lets_nothing_through(command: Command, github: Server, folder: Path) -> None:
    """Its own sequences move the cursor; those of others are escaped, above and after it."""
    github.faults.add(FaultRule(faults.insufficient_scopes("\x1b[2J\x1b]0;title\x07"), path="/graphql"))
    reader, writer = pty.openpty()
    assert command("list", "list.md").returncode == 0
    words = [*STARTRACK.split(), "snapshot", "list.md"]
    variables = commands.environment(github) | {"TERM": "xterm"}
    done = subprocess.run(words, cwd=folder, env=variables, stderr=writer, stdout=writer, check=False)
    os.close(writer)
    shown = b""
    with contextlib.suppress(OSError):  # a terminal ends in one
        while piece := os.read(reader, 65_536):
            shown += piece
    os.close(reader)
    assert done.returncode == 5
    assert rb"\x1b[2J\x1b]0;title\x07" in shown
    assert b"\x1b[2J" not in shown
    assert b"\x1b]0;" not in shown


def test_messages_above_a_progress_bar_are_escaped() -> None:
    """They use the same stream."""
    code = (
        "import sys\nfrom startrack import output\nfrom startrack.cli import messages\n"
        "from startrack.cli.options import Settings\noutput.install()\n"
        "settings = Settings(None, False, False)\n"
        "with messages.progress(settings) as progress:\n"
        "    progress(1, 2)\n    settings.say(sys.argv[1])\n    sys.stderr.write(sys.argv[1] + '\\n')\n"
    )
    reader, writer = pty.openpty()
    text = "a\x1b[2J\n::error::b"
    done = subprocess.run(
        [sys.executable, "-c", code, text],
        env=os.environ | {"TERM": "xterm"},
        stderr=writer,
        check=False,
    )
    os.close(writer)
    shown = os.read(reader, 65_536).decode()
    os.close(reader)
    assert done.returncode == 0
    assert r"a\x1b[2J\n::error::b" in shown
    assert r"\x3a:error::b" in shown
    assert "\x1b[2J" not in shown


def test_an_interrupt_is_no_traceback(tmp_path: Path) -> None:
    """Exit code 130, as shells report; no message."""
    command = [*STARTRACK.split(), "demo"]
    # A new program starts without handlers, but ignores what its parent ignores, as a script's background job does.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    finally:
        signal.signal(signal.SIGINT, before)
    with process:
        assert process.stderr
        assert process.stderr.readline().startswith(b"replaying")
        process.send_signal(signal.SIGINT)
        assert process.stderr.read() == b""
    assert process.returncode == 130


def test_errors_of_the_stream_name_what_to_do() -> None:
    """A closed pipe is no error; everything else is."""
    with pytest.raises(ReaderGoneError):
        output._raise_stdout_error(BrokenPipeError())
    with pytest.raises(WriteError, match="nowhere; free disk space"):
        output._raise_stdout_error(OSError("nowhere"))
    lost: list[OSError] = []
    error = OSError(28, "No space left on device")
    Output(Broken(error), "utf-8", lost.append).write("x\n")
    assert lost == [error]

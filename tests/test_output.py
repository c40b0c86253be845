"""What leaves startrack is safe to look at: on a terminal, in a log, in an Actions run."""

import contextlib
import csv
import io
import json
import os
import pty
import re
import signal
import subprocess
import sys
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import NOW
from startrack import output
from startrack.cli import formats
from startrack.cli.formats import Format, Rows
from startrack.demo import faults
from startrack.demo.faults import FaultRule
from startrack.demo.server import USER_TOKEN, Server
from startrack.errors import ReaderGoneError, WriteError
from startrack.output import Output
from startrack.readme import markdown

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


@pytest.fixture
def startrack(tmp_path: Path, github: Server) -> Startrack:
    """Run a line of shell in which $S is startrack, in a folder with a list that was counted once."""
    links = "".join(f"- [P{number}](https://github.com/vega/altair-{number})\n" for number in range(3000))
    (tmp_path / "long.md").write_text(f"- [Altair](https://github.com/vega/altair)\n{links}", encoding="utf-8")
    (tmp_path / "list.md").write_text("- [Altair](https://github.com/vega/altair)\n", encoding="utf-8")
    (tmp_path / "startrack.toml").write_text('[[lists]]\nsource = "list.md"\n', encoding="utf-8")
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("GITHUB_", "GH_"))} | {
        "GITHUB_API_URL": github.api_url,
        "GITHUB_GRAPHQL_URL": github.graphql_url,
        "GITHUB_TOKEN": USER_TOKEN,
        "S": STARTRACK,
    }

    def run(script: str, **more: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            ["bash", "-c", f"set -o pipefail\n{script}"],
            cwd=tmp_path, env=environment | more, stdin=subprocess.DEVNULL, capture_output=True, check=False,
        )  # fmt: skip

    assert run(f"$S --quiet snapshot --taken-at {NOW.isoformat()}").returncode == 0
    return run


PRODUCTS = (
    "--help",
    "--version",
    "list long.md",
    "list long.md --format json",
    "trending",
    "doctor",
    "schedule --next 2",
)


@pytest.mark.parametrize("words", PRODUCTS)
def test_a_full_disk_is_one_line(startrack: Startrack, words: str) -> None:
    """With exit code 12, because the result was not written."""
    done = startrack(f"$S --quiet {words} > /dev/full" if words[0] != "-" else f"$S {words} > /dev/full")
    assert (done.returncode, done.stderr.count(b"\n")) == (12, 1), done.stderr
    assert b"startrack: cannot write to standard output: No space left on device" in done.stderr
    closed = startrack(f"$S {words} >&-")
    assert (closed.returncode, closed.stderr.splitlines()[-1]) == (
        12,
        b"startrack: cannot write to standard output: the stream is closed; free disk space, or redirect it elsewhere",
    )  # fmt: skip


@pytest.mark.parametrize("words", PRODUCTS)
def test_a_closed_pipe_ends_the_command_silently(startrack: Startrack, words: str) -> None:
    """With the exit code that a shell reports for a closed pipe, and no traceback."""
    done = startrack(f"$S {words} 2>talk | true; codes=(${{PIPESTATUS[@]}}); cat talk >&2; exit ${{codes[0]}}")
    assert done.returncode in (0, 141)  # 0 where all of it was written before `true` had ended
    assert b"Traceback" not in done.stderr
    assert b"ignored" not in done.stderr
    gone = startrack(f"exec 3> >(exec true); wait $!; $S {words} >&3")
    assert gone.returncode == 141
    assert not [line for line in gone.stderr.splitlines() if b"rror" in line or line.startswith(b"startrack:")]


@pytest.mark.parametrize("where", ["2>&-", "2>/dev/full", "2> >(exec true)"])
def test_a_closed_stderr_loses_nothing(startrack: Startrack, where: str, tmp_path: Path) -> None:
    """The counts are taken and the result is written."""
    done = startrack(f"$S --verbose update --taken-at {NOW.isoformat()} {where}; echo $?; $S list {where}; echo $?")
    first, *rows, last = done.stdout.splitlines()
    assert (first, last) == (b"0", b"0")
    assert b"vega/altair" in rows[-1]
    assert (tmp_path / "dashboards" / "index.html").exists()


def test_files_do_not_get_the_descriptors_of_closed_streams(startrack: Startrack, tmp_path: Path) -> None:
    """What is written to descriptor 1 or 2 must not reach the database."""
    assert startrack(f"$S update --taken-at {NOW.isoformat()} <&- >&- 2>&-").returncode == 0
    done = startrack("$S trending --format json && $S doctor --format json")
    assert b"vega/altair" in done.stdout
    assert (tmp_path / "snapshots" / "startrack.duckdb").exists()


def test_the_demo_and_the_schedule_handle_closed_streams(startrack: Startrack) -> None:
    """A demo that cannot print its table reports it; a schedule is still stopped by signals."""
    assert startrack("$S --quiet demo > /dev/full").returncode == 12
    done = startrack("timeout --signal=INT 5 $S schedule > /dev/full 2>&-; exit $?")
    assert done.returncode in (0, 124)  # 124: timeout says that it had to send the signal


def test_messages_of_github_are_escaped(startrack: Startrack, github: Server) -> None:
    """A message about scopes holds escape sequences, line breaks and a command for the runner."""
    github.faults.add(
        FaultRule(
            faults.insufficient_scopes("read:org\x1b[2J\n::stop-commands::x\r\n##[error]y\u202e"), path="/graphql"
        ),
    )
    done = startrack("$S snapshot list.md")
    assert done.returncode == 5
    text = done.stderr.decode()
    assert all(is_safe(line) for line in text.split("\n"))
    assert r"read:org\x1b[2J\n::stop-commands::x\r\n#\x23[error]y\u202e" in text
    assert text.count("\n") == 1


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_arguments_are_escaped(startrack: Startrack, encoding: str) -> None:
    """In usage errors, sources, configuration and paths, also in a C locale."""
    word = r"$'x\n::error::y\e[2J\xff\u202e##[z]'"
    for words in (
        word,
        f"build {word}",
        f"list {word}",
        f"list --format {word}",
        f"--config {word} build",
        f"--{word}",
    ):
        done = startrack(f"$S {words}", PYTHONIOENCODING=encoding, LC_ALL="C.UTF-8")
        assert done.returncode in (2, 3), done.stderr
        assert re.fullmatch(rb"startrack: [^\n]+\n", done.stderr), done.stderr
        assert is_safe(done.stderr.decode(encoding).rstrip("\n")), done.stderr


def test_paths_are_escaped(startrack: Startrack, tmp_path: Path) -> None:
    """Those of files that are out of date, and of a list with control characters in its name."""
    (tmp_path / "startrack.toml").write_text(
        '[[lists]]\nsource = "list.md"\n[dashboards]\nfolder = "a\\u001B[2J\\n::error::b"\n',
        encoding="utf-8",
    )
    done = startrack("$S build --check")
    assert done.returncode == 1
    assert all(is_safe(line) for line in done.stdout.decode().split("\n"))
    assert rb"a\x1b[2J\n::error::b/index.html" in done.stdout.splitlines()
    done = startrack("$S build")
    assert rb"open a\x1b[2J\n::error::b/index.html" in done.stderr


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


def test_a_progress_bar_on_a_terminal_lets_nothing_through(
    startrack: Startrack, github: Server, tmp_path: Path
) -> None:
    """Its own sequences move the cursor; those of others are escaped, above and after it."""
    github.faults.add(FaultRule(faults.insufficient_scopes("\x1b[2J\x1b]0;title\x07"), path="/graphql"))
    reader, writer = pty.openpty()
    command = [*STARTRACK.split(), "snapshot", "list.md"]
    environment = os.environ | {"GITHUB_API_URL": github.api_url, "GITHUB_GRAPHQL_URL": github.graphql_url}
    environment |= {"GITHUB_TOKEN": USER_TOKEN, "TERM": "xterm"}
    assert startrack("$S list list.md").returncode == 0
    done = subprocess.run(command, cwd=tmp_path, env=environment, stderr=writer, stdout=writer, check=False)
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
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
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

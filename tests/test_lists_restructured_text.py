"""reStructuredText: projects are found with title, section and line, and no file or URL is read."""

import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from startrack.errors import SourceError
from startrack.lists import parser, positions
from startrack.model.lists import List

Row = tuple[str, str, tuple[str, ...], int]


def parse(text: str) -> List:
    """Parse a reStructuredText list."""
    return parser.parse(text.encode(), name="list", source="README.rst")


def rows(text: str) -> list[Row]:
    """Return the fields of each entry that depend on the format."""
    return [(entry.repo, entry.title, entry.section, entry.line) for entry in parse(text).entries]


def lines(text: str) -> dict[str, int]:
    """Return the line of each project."""
    return {entry.repo: entry.line for entry in parse(text).entries}


LIST = """\
Awesome Kites
=============

Tools
-----

* `One <https://github.com/kite/one>`_ - x
* `Two`_ - as `Code <https://github.com/kite/two/wiki>`_
* |star| `Three <https://github.com/kite/three>`__
* `Four
  words`__ and https://github.com/kite/five

  - nested |six|

Others
~~~~~~

* `Code <https://github.com/kite/seven>`_
* **Eight**: `Code <https://github.com/kite/eight>`_
* |nine|

.. _Two: https://github.com/kite/two
__ https://github.com/kite/four
.. |star| image:: https://img.shields.io/github/stars/kite/three
.. |six| image:: six.png
   :target: https://github.com/kite/six
.. |nine| raw:: html

   <a href="https://github.com/kite/nine"
      rel="noopener">Nine</a>
"""


def test_every_kind_of_link() -> None:
    """Inline, named, anonymous and substituted links have the title, section and line that a reader sees."""
    tools, others = ("Tools",), ("Tools", "Others")
    assert rows(LIST) == [
        ("kite/one", "One", tools, 7),
        ("kite/two", "Two", tools, 8),
        ("kite/three", "Three", tools, 9),
        ("kite/four", "Four words", tools, 10),
        ("kite/five", "Four words", tools, 11),
        ("kite/six", "six", tools, 13),
        ("kite/seven", "seven", others, 18),
        ("kite/eight", "Eight", others, 19),
        ("kite/nine", "Nine", others, 20),
    ]
    assert parse(LIST).entries[2].badges == ("https://img.shields.io/github/stars/kite/three",)


BLOCKS = """\
======  ========
Name    Link
======  ========
Nine    `Code <https://github.com/kite/nine>`_
Ten     words
        https://github.com/kite/ten
======  ========

+-----+-----------------------------+
| Ten | https://github.com/kite/gri |
+-----+-----------------------------+

term
   https://github.com/kite/term

:Field: https://github.com/kite/field

.. image:: x.png
   :target: https://github.com/kite/image

.. figure:: x.png

   Caption `Figure <https://github.com/kite/figure>`_

.. note:: See `Note <https://github.com/kite/note>`_.

| https://github.com/kite/line

.. list-table::

   * - https://github.com/kite/cell

.. raw:: html

   <p>
   <a href="https://github.com/kite/raw">Raw</a></p>

.. [1] https://github.com/kite/foot
"""


def test_every_kind_of_block() -> None:
    """Links in tables, terms, fields, images, notes, line blocks, raw HTML and footnotes have their own lines."""
    assert lines(BLOCKS) == {
        "kite/nine": 4,
        "kite/ten": 6,
        "kite/gri": 10,
        "kite/term": 14,
        "kite/field": 16,
        "kite/image": 18,
        "kite/figure": 23,
        "kite/note": 25,
        "kite/line": 27,
        "kite/cell": 31,
        "kite/raw": 36,
        "kite/foot": 38,
    }


SPHINX = """\
.. toctree::
   :maxdepth: 2

   Six <https://github.com/kite/six>

.. grid:: 2
   :gutter: 3

   .. grid-item-card:: Card
      :link: https://github.com/kite/card

      * `Named`_ in an unknown directive

.. note::
   :unknown: option

   `Seven <https://github.com/kite/seven>`_

See :doc:`Eight <https://github.com/kite/eight>` and :pep:`9999999`.

+----+
| `Bad <https://github.com/kite/table>`_
+----+

`one`__ and `two`__

__ https://github.com/kite/anonymous

.. _Named: https://github.com/kite/named
"""


def test_links_in_unknown_markup(capfd: pytest.CaptureFixture[str]) -> None:
    """Links are found in unknown directives and roles, invalid options and malformed tables. Nothing is printed."""
    found = {entry.repo: (entry.title, entry.line) for entry in parse(SPHINX).entries}
    assert found == {
        "kite/six": ("six", 4),
        "kite/card": ("card", 10),
        "kite/named": ("Named", 12),
        "kite/seven": ("Seven", 17),
        "kite/eight": ("Eight", 19),
        "kite/table": ("Bad", 22),
        "kite/anonymous": ("anonymous", 27),
    }
    assert capfd.readouterr() == ("", "")


def test_code_and_comments_make_no_entries() -> None:
    """Code, comments and unused definitions name no project."""
    text = """\
`One <https://github.com/kite/one>`_ ``https://github.com/no/literal`` as in::

   https://github.com/no/block

.. code-block:: python
   :emphasize-lines: 3

   https://github.com/no/python

.. https://github.com/no/comment

>>> "https://github.com/no/doctest"

.. _unused: https://github.com/no/unused
.. |unused| image:: https://img.shields.io/github/stars/no/badge
"""
    assert lines(text) == {"kite/one": 1}


def test_no_file_and_no_url_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Directives that insert a file are reported by line, and docutils.conf in the working folder is ignored."""
    secret = tmp_path / "secret.rst"
    secret.write_text("https://github.com/secret/secret\n", encoding="utf-8")
    (tmp_path / "docutils.conf").write_text("[general]\nfile_insertion_enabled: yes\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    text = f"""\
`One <https://github.com/kite/one>`_

.. include:: {secret}

.. raw:: html
   :file: {secret}

.. csv-table::
   :url: file://{secret}

.. |x| raw:: html
   :file: {secret}

.. literalinclude:: {secret}
"""
    parsed = parse(text)
    assert [entry.repo for entry in parsed.entries] == ["kite/one"]
    assert set(parsed.unread) >= {3, 5, 8}


def test_roles_do_not_leak_into_the_next_list() -> None:
    """A role that one list defines is unknown in the next one."""
    text = ".. role:: doc(literal)\n\n:doc:`N <https://github.com/o/n>` https://github.com/o/m\n"
    assert lines(text) == {"o/m": 3}
    assert lines(text.partition("\n\n")[2]) == {"o/n": 1, "o/m": 1}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("* " * 4_000, "nested too deeply"),
        ("".join(f"{'  ' * depth}* x\n\n" for depth in range(500)), "nested too deeply|longer than"),
        ("x\n\n" + "a" * 20_000, "line 3: longer than 10,000 characters"),
        (
            "x\n\n" + "word `a <\n" * 1_000,
            "line 3: a paragraph has 9,999 characters; break it into parts of at most 4,000",
        ),
        ("x\n\n" * 300_000, "has 900,000 characters; the limit for reStructuredText is 600,000"),
    ],
)
def test_limits(text: str, message: str) -> None:
    """A text that would take too long to parse is an error, with the line if it is known."""
    with pytest.raises(SourceError, match=f"README.rst.*({message})"):
        parse(text)


@pytest.mark.parametrize(
    "text",
    [
        # Each text makes docutils fail or report a wrong line.
        ".. highlights:: x\n   :code: html\n\n   .. contents::\n",
        ".. error::\n\n   .. highlights:: x\n\n      .. contents:: `a <b>`_\n   .. topic:: x\n",
        ".. |a| replace:: x\n   y\n   z\n\n|a| |a| https://github.com/o/n",
        ".. |d| unicode:: 0xD800 0x110000000\n\n|d| https://github.com/o/n",
        ".. table:: x\n   :start: -1\n\n   .. class:: https://github.com/o/n\n=====  ====\n",
    ],
)
def test_markup_on_which_docutils_fails(text: str) -> None:
    """Unusual markup gives a list whose lines exist, or a SourceError."""
    try:
        parsed = parse(text)
    except SourceError as error:
        assert str(error).startswith("README.rst")  # noqa: PT017 - both outcomes are valid
    else:
        assert all(entry.line <= len(positions.split_lines(text)) for entry in parsed.entries)


ATTRIBUTED = """\
  a `One <https://github.com/o/one>`__

  -- `Two <https://github.com/o/two>`__

  - `Three <https://github.com/o/three>`__
"""


def test_attributions_and_transitions() -> None:
    """An attribution is text like any other, and a transition is none; thousands of them take linear time."""
    assert lines(ATTRIBUTED) == {"o/one": 1, "o/two": 3, "o/three": 5}
    started = time.process_time()
    assert lines("a\n\n----\n\n" * 8_000 + "  a\n\n  -- b\n\n" * 8_000 + "https://github.com/o/n\n") == {"o/n": 64_001}
    assert time.process_time() - started < 5


def test_substitutions_cannot_grow_without_limit() -> None:
    """Nested substitutions that would expand to a huge text are cut off."""
    text = "https://github.com/o/n |a9|\n\n.. |a0| replace:: " + "x" * 100
    text += "".join(f"\n.. |a{n}| replace:: {' '.join([f'|a{n - 1}|'] * 10)}" for n in range(1, 10))
    started = time.process_time()
    assert lines(f"{text}\n") == {"o/n": 1}
    assert time.process_time() - started < 20


MARKS = st.sampled_from(
    [
        "`", "``", "*", "**", "_", "__", "`_", "`__", "|", "<", ">", "\\", ":", "::\n\n", "\n", "\n\n", "   ", "* ",
        "1. ", "=====\n", "-----\n", "+---+\n", "==== ====\n", ".. ", ".. note::", ".. image:: x", ".. _a: ",
        ".. |a| replace:: ",
        "   :a: b\n", ".. toctree::\n", ".. include:: x\n", ".. raw:: html\n\n   <li>", ":doc:`", "|a|", "a_", "word",
        "https://github.com/o/n", "`N <https://github.com/o/n>`_", ".. unicode:: 0xD800 ", ".. role:: x(raw)\n", "[1]_",
        ".. list-table::\n", ".. csv-table::\n", ".. class:: x\n", ".. default-role:: x\n", ">>> ", "| ", "\t",
        "\u2028",
    ],
)  # fmt: skip


@settings(max_examples=100)
@given(st.one_of(st.text(max_size=200), st.lists(MARKS, max_size=40).map("".join)))
def test_any_text_is_parsed_or_invalid(text: str) -> None:
    """Any text gives a SourceError or a list in which every line number exists in the text."""
    try:
        parsed = parser.parse(text.encode("utf-8", "replace"), name="list", source="x.rst")
    except SourceError:
        return
    count = len(positions.split_lines(text))
    assert all(0 < entry.line <= count for entry in parsed.entries)
    assert all(0 < line <= count for line in parsed.unread)

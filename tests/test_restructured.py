"""reStructuredText in scripts of sphinx-gallery."""

from __future__ import annotations

import pytest

from evergreen.build.parse import parse_content
from evergreen.content.formats.restructured import is_restructured, translate_rst
from evergreen.content.post import parse_post
from evergreen.model import Site


def lines(text: str) -> list[str]:
    """Return the lines that a text becomes, without blank ones."""
    return [line for _, line in translate_rst(text.split("\n")) if line]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("See :func:`numpy.dot`.", ["See {func}`numpy.dot`."]),
        ("A `link\nto <https://x.org>`_.", ["A [link to](https://x.org)."]),
        ("`Foo`_ and Bar_\n\n.. _Foo: https://a\n.. _bar: https://b",
         ["[Foo](https://a) and [Bar](https://b)"]),
        ("``:ref:`a` `b`_``", ["``:ref:`a` `b`_``"]),
        ("x [1]_\n\n.. [1] A note\n   on it.", ["x [^1]", "[^1]: A note on it."]),
        ("见 ``:ref:`a.py```。", ["见 ```` :ref:`a.py` ````。"]),
        (".. _my-label:\n", ["(my-label)="]),
        (".. note:: One\n\n   Two", [":::{note} One", "Two", ":::"]),
        (".. math::\n   :label: e\n\n   a &= b \\\\\n   c",
         ["$$", "\\begin{aligned}", "a &= b \\\\", "c", "\\end{aligned}", "$$ (e)"]),
        (".. code-block:: c\n\n   x;", ["```c", "x;", "```"]),
        ("So::\n\n    x\n\nEnd", ["So:", "```text", "x", "```", "End"]),
        (".. minigallery:: a\n\n.. a comment\n   of two lines\n\nText", ["Text"]),
        ("term\n    What it is.", ["term", ": What it is."]),
        ("== ==\nA  B\n== ==\n1  2\n== ==", ["| A | B |", "|---|---|", "| 1 | 2 |"]),
        ("#. one\n#. two", ["1. one", "1. two"]),
        (".. |v| replace:: 1.2\n\nIt is |v|.", ["It is 1.2."]),
        ("Text\n\n   A quote.", ["Text", "> A quote."]),
        (">>> 1\n1", ["```pycon", ">>> 1", "1", "```"]),
    ],
)  # fmt: skip
def test_what_is_read(text: str, expected: list[str]) -> None:
    """Directives, roles, links, targets, notes and blocks are those of MyST."""
    assert expected == lines(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a :ref:`b`", True),
        (".. note::", True),
        ("`a <b>`_", True),
        ("**a** `b` ``:ref:`c` ``", False),
    ],
)
def test_markdown_is_not_read_so(text: str, expected: bool) -> None:
    """Scripts of keras.io have Markdown."""
    assert expected == is_restructured(text)


def test_a_script() -> None:
    """Its text is on the page as Sphinx shows it, and each line has its place."""
    source = '"""\nTitle\n=====\n\nSee :math:`x^2` and :ref:`none`.\n"""\nx = 1\n'
    made = parse_content(parse_post("posts/2024-01-02-a.py", source.encode(), Site()))
    assert "<msup>" in made.document.render().html
    assert [(each.line, each.severity) for each in made.post.warnings] == [(5, "warning")]

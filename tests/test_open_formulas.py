r"""Formulas that are not closed, and dollars and backslashes that are text."""

from __future__ import annotations

import pytest

from evergreen.markdown import MarkdownOptions, parse

POST = MarkdownOptions(technical=True, native=True, single_dollars=True)
NOTEBOOK = MarkdownOptions(technical=True, native=True, mathjax=True, escaped=False)
DOLLARS = (
    r"'$$' has no second '$$' in its paragraph, so the formula is shown as text: close it, or write"
    r" \$\$ for two dollars"
)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("文\n\n见 $$x = 1 是", 3),
        ("$$\nx = 1\n\n文。", 1),
        ("$$f(x) = 1", 1),
        ("Let $$E_k^2 be", 1),
        ("x = \\frac12\n$$", 2),
        (r"见 $$\frac{a}{b}$，又", 1),
        ("- 甲 $$x_1 + y$$\n- 乙 $$a^2", 2),
        ("| 甲 |\n|---|\n| $$\\alpha |", 3),
        ("> 文 $$\\sum_i x_i$ 文", 1),
    ],
)
def test_dollars_that_open_a_formula(text: str, line: int) -> None:
    """At their line, in blogs of all kinds."""
    for options in (MarkdownOptions(), POST, NOTEBOOK):
        assert [(line, DOLLARS, "$$")] == [*parse(text, options).problems]


def test_a_formula_that_ends_with_the_sign_of_the_next() -> None:
    """The first one is not closed, and a blank line in it says so."""
    text = "文。\n\n$$\nE = m\n\n文。\n\n$$\ny = 2\n$$\n"
    assert [(3, DOLLARS, "$$")] == [*parse(text, POST).problems]
    assert () == parse("$$\na\n\nb\n$$\n\n$$\ny = 2\n$$\n", POST).problems


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        (
            "\\begin{align}\na &= b\n\n\\end{align}",
            POST,
            r"'\begin{align}' has no '\end{align}' in its paragraph, so the formula is shown as"
            " text: close it",
        ),
        (
            r"其中 \\[ \alpha \beta",
            NOTEBOOK,
            r"'\\[' has no '\\]' in its paragraph, so the formula is shown as text: close it",
        ),
        (
            r"其中 \\( x_1 是",
            NOTEBOOK,
            r"'\\(' has no '\\)' in its paragraph, so the formula is shown as text: close it",
        ),
    ],
)
def test_other_signs(text: str, options: MarkdownOptions, message: str) -> None:
    """Where they are the signs of formulas, and only there."""
    assert [(1, message)] == [each[:2] for each in parse(text, options).problems]
    assert () == parse(text).problems


@pytest.mark.parametrize(
    "text",
    [
        "echo $$ 与 kill -9 $$",
        "`$$` 是进程号，$$ 表示当前 PID",
        "$$ is the PID of the shell, as in /tmp/x.$$.log",
        "PID = $$",
        "人均 $$，贵的 $$$",
        "- $$\n- $$$$",
        "| 价 |\n|---|\n| $$ |",
        "US$$5 与 $5",
        r"\$\$x = 1",
        "```sh\necho $$ \\alpha\n```\n\n    x=$$\\beta",
        "<!-- $$x = 1 -->\n\n<pre>$$ x = 1</pre>\n\n`$$x = \\alpha`",
        "It costs $$ while $\\alpha$ is small",
        "用 \\begin{equation} 环境写公式",
        "Use \\begin{align} for rows",
        "正则 \\\\[a-z]+ 与 C:\\\\(x)",
        "$$x$$ 与 $$\ny\n$$",
    ],
)
def test_other_dollars_say_nothing(text: str) -> None:
    """Process ids, prices, code, names of commands."""
    for options in (MarkdownOptions(), POST, NOTEBOOK):
        found = parse(text, options).problems
        assert [] == [each for each in found if "paragraph" in each.message]

"""Cells among the code blocks, and their options."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evergreen.content.code_blocks import inline_expression, is_cell, language, read_options
from evergreen.model import CellOptions

QUOTE = "quote the whole value, or fix the indentation"


@pytest.mark.parametrize(
    "info",
    [
        "python",
        "py",
        "Python",
        "PY",
        "{python}",
        "{.python}",
        "{Python}",
        "{python, echo=false}",
        "{.python .wide}",
        'python {tags=["hide-input"]}',
        "python title=x",
        "python{.wide}",
    ],
)
def test_python_fences_run(info: str) -> None:
    """The documented forms are cells, in any case, with attributes."""
    assert is_cell(info, "python")


@pytest.mark.parametrize(
    "info",
    ["", "sh", "javascript", "pycon", "ipython", "python-repl", "{sh}", "text python", "{=html}"],
)
def test_other_fences_do_not(info: str) -> None:
    """Blocks in other languages are not cells."""
    assert not is_cell(info, "python")


def test_another_kernel_runs_its_own_language() -> None:
    """With an R kernel, R blocks are cells and Python blocks are not."""
    assert is_cell("{r}", "r")
    assert not is_cell("python", "r")


@pytest.mark.parametrize(
    ("info", "expected"), [("C++", "c++"), ("{.F#}", "f#"), ("  Rust,ignore", "rust"), ("{}", "")]
)
def test_language(info: str, expected: str) -> None:
    """The language is the first word, in lower case."""
    assert expected == language(info)


@pytest.mark.parametrize(
    ("span", "expected"),
    [
        ('{python} f"{a:.2f}"', 'f"{a:.2f}"'),
        ("{py} a", "a"),
        ("{python}", ""),
        ("{r} a", ""),
        ("python a", ""),
    ],
)
def test_inline_expressions(span: str, expected: str) -> None:
    """Only `{python} expr` is an inline expression."""
    assert expected == inline_expression(span, "python")


@pytest.mark.parametrize(
    ("info", "source", "expected"),
    [
        ("python {.noeval}", "1", CellOptions(runs=False, tags=("noeval",))),
        ("python {eval=false}", "1", CellOptions(runs=False)),
        ("{python, eval=FALSE}", "1", CellOptions(runs=False)),
        ('python tags=["hide-input"]', "1", CellOptions(input="hide", tags=("hide-input",))),
        ("python", "#| echo: false\n1", CellOptions(input="remove")),
        ("python", "#| output: false\n1", CellOptions(output="remove")),
        ("python", "#| include: false\n1", CellOptions(input="remove", output="remove")),
        ("python", "#| code-fold: true\n1", CellOptions(input="hide")),
        ("python", "#| code-fold: show\n1", CellOptions(input="fold")),
        ("python", "#| error: true\n1", CellOptions(raises=True)),
        ("python", "#| fig-dark: invert\n1", CellOptions(dark="invert")),
        (
            "python",
            "#| label: fig-a\n#| fig-cap: '题：x'\n#| fig-alt: 图\n1",
            CellOptions(label="fig-a", caption="题：x", alt="图"),
        ),
        (
            "python",
            "#| tags: [remove_cell, raises-exception]\n1",
            CellOptions(
                input="remove",
                output="remove",
                raises=True,
                tags=("remove-cell", "raises-exception"),
            ),
        ),
    ],
)
def test_options(info: str, source: str, expected: CellOptions) -> None:
    """Options are read from the info string and `#|` comments, in jupytext's and Quarto's names."""
    options = read_options(info, (), source)
    assert (expected, "1", ()) == (options.cell, options.source, options.faults)


def test_comments_are_counted() -> None:
    """The source has no option lines, and their number is known."""
    options = read_options("python", (), "#| echo: true\n#| label: a\nx\n#| not: an option")
    assert ("x\n#| not: an option", 2) == (options.source, options.skipped)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("#| ehco: false\n1", (0, "unknown cell option 'ehco'", "did you mean 'echo'?")),
        (
            "#| label: a\n#| echo: perhaps\n1",
            (1, "the cell option 'echo' is 'perhaps'", "write true or false"),
        ),
        (
            "#| fig-dark: black\n1",
            (0, "the cell option 'fig-dark' is 'black'", "write invert, panel or none"),
        ),
        (
            "#| label: a\n#| fig-cap: a: b\n1",
            (1, "the cell's options: a second ':' in one value", QUOTE),
        ),
    ],
)
def test_invalid_options_are_reported(source: str, expected: tuple[int, str, str]) -> None:
    """A problem has its line in the block and suggests a known option."""
    assert (expected,) == read_options("python", (), source).faults


@given(st.text(max_size=80), st.text(max_size=80))
def test_any_info_and_source_are_read(info: str, source: str) -> None:
    """Any info string and comment can be read."""
    options = read_options(info, (), f"#| {source}\n1")
    assert isinstance(options.cell, CellOptions)

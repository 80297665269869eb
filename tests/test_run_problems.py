"""What a failed run says at its line of the post."""

from __future__ import annotations

import pytest

from evergreen.build.planning.run_problems import failure_problem
from evergreen.model import Cell, CellError, Execution, Notebook

LOSS = CellError("NameError", "name '損失' is not defined", line=1)


def advice(*below: str, inline: bool = False) -> str:
    """Return the advice for a first cell that asks for `損失`; the others come below it."""
    cells = (Cell("損失", 3, inline=inline), *(Cell(each, 9) for each in below))
    problem = failure_problem("posts/文.md", Notebook(cells), Execution(((LOSS,),), LOSS))
    assert problem
    assert ("posts/文.md", 3) == (problem.path, problem.line)
    return problem.advice


@pytest.mark.parametrize(
    "code",
    [
        "損失 = 1",
        "print(1)\na, (損失, b) = 1, (2, 3)",
        "for 損失 in range(3):\n    pass",
        "with open('f') as 損失:\n    pass",
        "def 損失():\n    pass",
        "class 損失:\n    pass",
        "from numpy import log as 損失",
        "import 損失.模型",
    ],
)
def test_a_name_that_a_cell_below_defines(code: str) -> None:
    """The cell must come before what asks for the name."""
    assert "the cell at line 9 defines it: put it above" == advice("x = 0", code)


@pytest.mark.parametrize(
    "code",
    ["損失.x = 1", "def f():\n    損失 = 1", "lambda 損失: 1", "%matplotlib", "損失 = ="],
)
def test_a_name_that_no_cell_defines(code: str) -> None:
    """A name inside a function is another one."""
    assert "fix the code, or tag the cell 'raises-exception'" == advice(code)


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (CellError("SyntaxError", "invalid syntax (1063758517.py, line 1)"), "invalid syntax"),
        (CellError("SyntaxError", "bad (lib.py, line 3)"), "bad (lib.py, line 3)"),
        (CellError("MemoryError", ""), ""),
    ],
)
def test_message(error: CellError, message: str) -> None:
    """The message has no name of IPython's for the cell, and no colon before nothing."""
    notebook = Notebook((Cell("損失", 3),))
    problem = failure_problem("posts/文.md", notebook, Execution(((error,),), error))
    assert problem
    assert ": ".join(filter(None, (error.ename, message))) == problem.message


def test_a_value_in_the_text() -> None:
    """It has no cell that could have a tag."""
    assert "fix the code in the text" == advice(inline=True)

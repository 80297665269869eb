"""Values in the text, and the cells that they are from."""

from __future__ import annotations

import pytest

from evergreen.model import Cell, Notebook
from evergreen.render.values import source_cell


@pytest.mark.parametrize(
    ("cells", "expression", "expected"),
    [
        (("x = 1", "y = 2"), "x", 1),
        (("x = 1", "x += 1"), "f'{x}'", 2),
        (("x = 1", "y = 2"), "x + y", 2),
        (("import numpy as np", "1"), "np.pi", 1),
        (("d = {}", "d['a'] = 1", "print(d)"), "d", 2),
        (("def f():\n    return 1", "2"), "f()", 1),
        (("for i in range(3):\n    pass",), "i", 1),
        (("%time x = 1", "!ls"), "1 + 1", 0),
        (("x = (",), "x", 0),
        (("x = 1",), "x +", 0),
    ],
)
def test_the_cell_of_a_value(cells: tuple[str, ...], expression: str, expected: int) -> None:
    """The last one before it that assigns a name in its expression; 0 if there is none."""
    value = Cell(expression, 9, inline=True)
    later = Cell("x = 3", 10)
    notebook = Notebook((*(Cell(source, 1) for source in cells), value, later))
    assert expected == source_cell(notebook, value)

"""Lines of exceptions."""

from __future__ import annotations

from evergreen.execution.kernels.manager import Kernels
from evergreen.execution.kernels.servers import Servers
from tests.executing import execute

LINES = {
    "\n\nraise ValueError": 3,
    "\n \n\n1 / 0": 4,
    "\n\nx = (": 3,
    "\n\n  x = 1\n  raise ValueError": 4,
    "\n\ndef f():\n    raise ValueError\nf()": 5,
    "%%time\nx = 1\nraise ValueError": 3,
    "\n%%time\n\nx = 1\nraise ValueError": 5,
    "%%time\ndef f():\n    raise ValueError\nf()": 4,
    "%%timeit -n1 -r1\nx = 1\nraise ValueError": 3,
    "%%prun\nx = 1\nraise ValueError": 3,
    "\n%time x = 1\nraise ValueError": 3,
    "%time 1 / 0": 1,
    "\n!true\nraise ValueError": 3,
    "\n%%bash\nfalse": 2,
}


def test_the_line_of_an_exception_is_that_in_the_cell() -> None:
    """Behind blank lines, options and magics, and within the code of a cell magic."""
    with Kernels(Servers()) as kernels:
        found = {}
        for code in LINES:
            failure = execute(code, kernels=kernels).failure
            found[code] = failure.line if failure else 0
    assert LINES == found

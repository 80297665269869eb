"""marimo's notebooks: functions with `@app.cell`, each a cell, that run in the order in which they
depend on each other. `mo.md("…")` alone is a text cell.
"""

from __future__ import annotations

import ast
import textwrap
from graphlib import CycleError, TopologicalSorter

from evergreen.content.formats.docstrings import ScriptCell


def marimo_cells(source: str) -> list[ScriptCell]:
    """Return the cells in the order in which they run. Raises SyntaxError if it is not Python."""
    found = [
        node
        for node in ast.parse(source).body
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and _is_cell(node)
    ]
    lines = source.split("\n")
    makers = {name: index for index, cell in enumerate(found) for name in _returned(cell)}
    needs = {
        index: {makers[arg.arg] for arg in cell.args.args if arg.arg in makers} - {index}
        for index, cell in enumerate(found)
    }
    cells = (_cell(found[index], lines) for index in _order(needs))
    return [cell for cell in cells if "".join(cell[1]).strip()]


def _order(needs: dict[int, set[int]]) -> list[int]:
    """Return the cells in their order in the file, but each after those that it needs."""
    try:
        TopologicalSorter(needs).prepare()
    except CycleError:
        return list(needs)
    order: dict[int, None] = {}

    def visit(index: int) -> None:
        for needed in sorted(needs[index]):
            visit(needed)
        order.setdefault(index)

    for index in needs:
        if index not in order:
            visit(index)
    return list(order)


def _is_cell(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any(ast.unparse(each).startswith("app.cell") for each in node.decorator_list)


def _returned(node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    last = node.body[-1]
    if not isinstance(last, ast.Return) or last.value is None:
        return []
    values = last.value.elts if isinstance(last.value, ast.Tuple) else [last.value]
    return [each.id for each in values if isinstance(each, ast.Name)]


def _cell(node: ast.FunctionDef | ast.AsyncFunctionDef, lines: list[str]) -> ScriptCell:
    body = node.body[:-1] if isinstance(node.body[-1], ast.Return) else node.body
    if len(body) == 1 and (text := _text(body[0])) is not None:
        start = body[0].lineno - 1
        prose = textwrap.dedent(text).strip("\n").split("\n")
        last = (body[0].end_lineno or start + 1) - 1
        return True, prose, [min(start + at, last) for at in range(len(prose))]
    if not body:
        return False, [], []
    start, end = body[0].lineno - 1, body[-1].end_lineno or body[-1].lineno
    code = textwrap.dedent("\n".join(lines[start:end])).split("\n")
    return False, code, [*range(start, end)]


def _text(node: ast.stmt) -> str | None:
    """Return the text of `mo.md("…")`; None for other code."""
    call = node.value if isinstance(node, ast.Expr) else None
    if not isinstance(call, ast.Call) or ast.unparse(call.func) != "mo.md" or len(call.args) != 1:
        return None
    value = call.args[0]
    is_text = isinstance(value, ast.Constant) and isinstance(value.value, str)
    return value.value if is_text else None  # type: ignore[attr-defined]

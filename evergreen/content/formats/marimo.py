"""marimo's notebooks: functions with `@app.cell`, each a cell, that run in the order in which they
depend on each other. So are functions with `@app.function`, classes with `@app.class_definition`,
which are cells as they are, and the block `with app.setup:`, which runs first.

`mo.md("…")` alone is a text cell. A disabled cell does not run, nor does what depends on it.
"""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from graphlib import CycleError, TopologicalSorter

from evergreen.content.formats.docstrings import ScriptCell

_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
_Cell = _Definition | ast.With


def marimo_cells(source: str) -> list[ScriptCell]:
    """Return the cells in the order in which they run. Raises SyntaxError if it is not Python."""
    found = [node for node in ast.parse(source).body if isinstance(node, _Cell) and _kind(node)]
    found.sort(key=lambda node: not isinstance(node, ast.With))
    lines = source.split("\n")
    makers = {name: index for index, cell in enumerate(found) for name in _made(cell)}
    shared = {
        cell.name for cell in found if isinstance(cell, _Definition) and _kind(cell) != "cell"
    }
    needs = {
        index: {makers[name] for name in _used(cell, shared) if name in makers} - {index}
        for index, cell in enumerate(found)
    }
    order = _order(needs)
    off = _disabled(found, needs, order)
    cells = (_cell(found[index], lines, index in off) for index in order)
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


def _disabled(found: Sequence[_Cell], needs: dict[int, set[int]], order: Iterable[int]) -> set[int]:
    off: set[int] = set()
    for index in order:
        if _is_disabled(found[index]) or needs[index] & off:
            off.add(index)
    return off


def _is_disabled(node: _Cell) -> bool:
    return any(
        each.arg == "disabled" and isinstance(each.value, ast.Constant) and each.value.value is True
        for mark in _marks(node)
        if isinstance(mark, ast.Call)
        for each in mark.keywords
    )


def _marks(node: _Cell) -> list[ast.expr]:
    if isinstance(node, ast.With):
        return [item.context_expr for item in node.items]
    return node.decorator_list


def _kind(node: _Cell) -> str:
    """Return what of marimo's app a statement belongs to, such as `cell`; "" for another one."""
    calls = (mark.func if isinstance(mark, ast.Call) else mark for mark in _marks(node))
    names = (ast.unparse(call).partition("app.") for call in calls)
    return next((name for before, _, name in names if not before and name in _KINDS), "")


def _made(node: _Cell) -> Iterator[str]:
    """Yield the names that other cells have from a cell; those of the setup are there anyhow."""
    if isinstance(node, ast.With):
        return
    if _kind(node) != "cell":
        yield node.name
        return
    last = node.body[-1]
    if isinstance(last, ast.Return) and last.value is not None:
        values = last.value.elts if isinstance(last.value, ast.Tuple) else [last.value]
        yield from (each.id for each in values if isinstance(each, ast.Name))


def _used(node: _Cell, shared: set[str]) -> set[str]:
    """Return the names that a cell has from others: its parameters, and those of the functions and
    classes that all share."""
    names = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)} & shared
    if isinstance(node, (ast.With, ast.ClassDef)) or _kind(node) != "cell":
        return names
    return names | {arg.arg for arg in node.args.args}


def _cell(node: _Cell, lines: list[str], is_off: bool) -> ScriptCell:
    tags = ("skip-execution",) if is_off else ()
    if isinstance(node, _Definition) and _kind(node) != "cell":
        others = [mark for mark in node.decorator_list if not _is_of_app(mark)]
        start = min((mark.lineno for mark in others), default=node.lineno) - 1
        return False, *_dedented(lines, start, node.end_lineno or node.lineno), tags
    body = node.body[:-1] if isinstance(node.body[-1], ast.Return) else node.body
    if len(body) == 1 and (text := _text(body[0])) is not None:
        start = body[0].lineno - 1
        prose = textwrap.dedent(text).strip("\n").split("\n")
        last = (body[0].end_lineno or start + 1) - 1
        return True, prose, [min(start + at, last) for at in range(len(prose))], ()
    if not body:
        return False, [], [], ()
    start = min(
        (mark.lineno for mark in getattr(body[0], "decorator_list", ())), default=body[0].lineno
    )
    return False, *_dedented(lines, start - 1, body[-1].end_lineno or body[-1].lineno), tags


def _is_of_app(mark: ast.expr) -> bool:
    return ast.unparse(mark).startswith("app.")


def _dedented(lines: list[str], start: int, end: int) -> tuple[list[str], list[int]]:
    code = textwrap.dedent("\n".join(lines[start:end])).split("\n")
    return code, [*range(start, end)]


def _text(node: ast.stmt) -> str | None:
    """Return the text of `mo.md("…")`; None for other code."""
    call = node.value if isinstance(node, ast.Expr) else None
    if not isinstance(call, ast.Call) or ast.unparse(call.func) != "mo.md" or len(call.args) != 1:
        return None
    value = call.args[0]
    is_text = isinstance(value, ast.Constant) and isinstance(value.value, str)
    return value.value if is_text else None  # type: ignore[attr-defined]


_KINDS = ("cell", "function", "class_definition", "setup")

"""Values in running text: what an inline expression gave, and where it is from.

The cell that a value is from is the last one before it that assigns one of the names in the
expression; the page links to it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from html import escape

from evergreen.model import Cell, Display, Notebook, Output, Stream
from evergreen.records.definitions import bound_names
from evergreen.records.imports import parse_code
from evergreen.render.languages import Language


def show_values(
    notebook: Notebook, found: Mapping[Cell, Sequence[Output]], language: Language
) -> dict[int, str]:
    """Return HTML by code span: the value of an inline expression, or its code if not run."""
    values = {}
    for cell in notebook.cells:
        if cell.inline and cell in found:
            origin = _origin(notebook, cell, language)
            values[cell.fence] = f'<span class="value"{origin}>{value_html(found[cell])}</span>'
        elif cell.inline:
            values[cell.fence] = f'<code class="value not-run">{escape(cell.source)}</code>'
    return values


def value_html(outputs: Sequence[Output]) -> str:
    """Return the value of an inline expression as HTML: what it printed, else its result."""
    shown = [output for output in outputs if isinstance(output, Display)]
    if shown and "text/html" in shown[-1].data:
        return str(shown[-1].data["text/html"])
    texts = (o.text for o in outputs if isinstance(o, Stream) and o.name == "stdout")
    results = (str(each.data.get("text/plain", "")) for each in shown)
    return escape("".join(texts) or "".join(results))


def source_cell(notebook: Notebook, value: Cell) -> int:
    """Return the number of the cell, from 1, that a value is from; 0 if that is not known."""
    names = set(_names(value.source))
    number = latest = 0
    for cell in notebook.cells:
        if cell is value:
            break
        number += not cell.inline
        if not cell.inline and cell.options.runs and names.intersection(_assigned(cell.source)):
            latest = number
    return latest


def _origin(notebook: Notebook, cell: Cell, language: Language) -> str:
    """Return the attributes that say where a value is from; the page says when its code ran."""
    number = source_cell(notebook, cell) if notebook.language == "python" else 0
    place = ""
    if number:
        note = language.text("value_cell", number=number)
        place = f' data-note="{escape(note)}" data-cell="#cell-{number}"'
    return f' data-expression="{escape(cell.source)}"{place}'


def _assigned(source: str) -> Iterator[str]:
    """Yield the names that code assigns, imports, defines, or changes in place."""
    yield from bound_names(source)
    tree = parse_code(source)
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.Subscript | ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield from _names_of(node.value)


def _names(source: str) -> Iterator[str]:
    """Yield the names that an expression reads."""
    tree = parse_code(source)
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            yield node.id


def _names_of(node: ast.AST) -> Iterator[str]:
    yield from (each.id for each in ast.walk(node) if isinstance(each, ast.Name))

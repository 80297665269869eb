"""Convert a Post to a Notebook, each cell with its line in the source; write .ipynb and .py files.

jupytext splits the text into cells. It gets placeholders for everything except the structure,
because it has its own rules for the fences that run, and rewrites some texts (pandoc divs, magics,
prompts); the placeholders are replaced afterwards.
"""

from __future__ import annotations

import ast
import json
import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from evergreen.content import code_blocks
from evergreen.content.cross_references import labelled_things
from evergreen.dataclass import replace
from evergreen.errors import Problem, Severity
from evergreen.markdown import UNCLOSED_CODE, CodeBlock, Document
from evergreen.markdown.code_display import with_numbers
from evergreen.model import (
    Cell,
    CellError,
    CellOptions,
    Execution,
    LabelledThing,
    LockedPackages,
    Notebook,
    Output,
    Post,
    Stream,
    requirements,
)
from evergreen.model.notebook import MAY_RAISE
from evergreen.model.outputs import is_json
from evergreen.regex import regex

if TYPE_CHECKING:
    from nbformat import NotebookNode

_FENCED = regex(r"`{3}|~{3}[ \t]*\S")
"""A fence; a line of tildes alone may be an ornament."""
_OF_RUNS = ("eval", "check", "checkpoint", "always", "error")
_CELL_MARKER = regex(r"^[#\s]*(?:%%|In ?\[\d*\]:|<(?:code|markdown)cell>)", re.M)
"""A line that begins a cell in a script as soon as it is a comment."""
_PLACE = regex(r"evergreen-(text|code)-(\d+)")


def read_notebook(post: Post, document: Document) -> tuple[Notebook, tuple[Problem, ...]]:
    """Return the notebook of a post, and the problems in its cell options and fences.

    `document` is the parsed body. A fence problem means code that would silently not run.
    """
    cells: list[Cell] = []
    problems = _open_blocks(post, document)
    default = code_blocks.document_options(post.meta)
    for index, block in enumerate(document.code_blocks):
        if block.fenced and code_blocks.is_cell(block.info, post.language, post.cell_form):
            cell, faults = _cell(post, block, index, default, document.options.line_numbers)
            cells.append(cell)
            problems += faults
    problems = _once(problems)
    blocks = len(cells)
    prose = _prose(post, document, [cell.fence for cell in cells])
    cells = sorted([*cells, *_inline(post, document)], key=partial(_place, document))
    own = tuple(_own_label(post))
    names = {each.label for each in own}
    found = [each for each in labelled_things(document, cells) if each.label not in names]
    things = (*own, *found)
    notebook = Notebook(tuple(cells), post.kernel, post.language, blocks, things, prose)
    return notebook, tuple(problems)


def _own_label(post: Post) -> Iterator[LabelledThing]:
    """Yield the label of a heading that became the post's title; it is on what is below."""
    label = post.meta.get("label")
    if post.is_foreign and isinstance(label, str) and "label" not in post.lines:
        yield LabelledThing(label, "sec", 1, text=post.title)


def _once(problems: Sequence[Problem]) -> list[Problem]:
    """Leave out the repetitions of a warning."""
    first = {p.message: p for p in reversed([p for p in problems if p.severity == "warning"])}
    return [p for p in problems if p.severity == "error" or first[p.message] is p]


def load_libraries() -> None:
    """Import the libraries that write notebooks, which takes 0.2 s, ahead of time."""
    import jupytext
    import nbformat  # noqa: F401

    jupytext.reads("text", fmt="md")  # the first one compiles the schema of notebooks


def to_nbformat(notebook: Notebook, execution: Execution | None = None) -> NotebookNode:
    """Convert to nbformat 4.5, with the outputs of the execution, if there is one.

    Cell ids are counted, so that equal notebooks give equal nodes.
    """
    import jupytext  # 0.27 s that only posts with code need

    blocks = [cell for cell in notebook.cells if not cell.inline]
    node: NotebookNode = jupytext.reads(_skeleton(notebook, len(blocks)), fmt="md")
    node.metadata = {
        "kernelspec": _kernelspec(notebook),
        "language_info": {"name": notebook.language},
    }
    outputs = outputs_by_cell(notebook, execution)
    for number, cell in enumerate(node.cells):
        cell.id = f"cell-{number}"
        kind, index = _PLACE.search(cell.source).groups()  # type: ignore[union-attr]
        if kind == "text":
            cell.source = notebook.markdown[int(index)]
        else:
            _fill(cell, blocks[int(index)], outputs.get(blocks[int(index)], ()))
    node.cells = [cell for cell in node.cells if cell.cell_type == "code" or cell.source]
    node.nbformat, node.nbformat_minor = 4, 5
    return node


def write_ipynb(
    notebook: Notebook,
    execution: Execution | None = None,
    packages: LockedPackages | None = None,
) -> str:
    """Return the text of an .ipynb file, with outputs if there is an execution; its metadata names
    the locked packages.
    """
    import nbformat

    node = to_nbformat(notebook, execution)
    if packages:
        about = {"as_of": packages.as_of, "packages": list(packages.pins)}
        node.metadata["evergreen"] = about
    return f"{nbformat.writes(node)}\n"


def write_script(notebook: Notebook, packages: LockedPackages | None = None) -> str:
    """Return the text of a script in jupytext's percent format, with the locked packages as inline
    script metadata (PEP 723). It goes on behind a cell that may raise an exception.
    """
    import jupytext

    node = to_nbformat(notebook)
    for cell in node.cells:
        if notebook.language != "python":
            continue
        if MAY_RAISE in cell.metadata.get("tags", ()):
            cell.source = _guarded(cell.source)
        if cell.cell_type == "markdown" and _CELL_MARKER.search(cell.source):
            _quote(cell)
    form = {"extension": _extension(notebook), "format_name": "percent"}
    text = str(jupytext.writes(node, fmt=form))
    return (
        f"{requirements.write_block(packages.pins, packages.python)}\n{text}" if packages else text
    )


def _quote(cell: NotebookNode) -> None:
    """Make jupytext write a text cell as a string: a line of a comment would begin a cell."""
    quotes = "'''" if '"""' in cell.source else '"""'
    cell.metadata["cell_marker"] = f"r{quotes}"
    if cell.source.startswith("%%"):  # jupytext takes the first line for a magic
        cell.source = f"\n{cell.source}"


def _guarded(source: str) -> str:
    """Return code that prints the exception which it raises; unchanged if it is not Python alone,
    or has a string of several lines, which would have other blanks."""
    indented = textwrap.indent(source, "    ")
    try:
        written = ast.dump(ast.parse(f"if 1:\n{indented}"))
        body: list[ast.stmt] = [ast.If(ast.Constant(1), ast.parse(source).body, [])]
        is_same = written == ast.dump(ast.Module(body, []))
    except (SyntaxError, ValueError):
        return source
    guard = "except Exception:\n    import traceback\n\n    traceback.print_exc()"
    return f"try:\n{indented}\n{guard}" if is_same else source


def outputs_by_cell(
    notebook: Notebook, execution: Execution | None
) -> Mapping[Cell, tuple[Output, ...]]:
    """Map each cell to its outputs; cells that did not run, or were not reached, are missing."""
    if execution is None:
        return {}
    found = dict(zip(notebook.steps, execution.outputs, strict=False))
    return {cell: found[step] for cell, step in notebook.cell_steps if step in found}


def _place(document: Document, cell: Cell) -> int:
    """Return the line of a cell in the body; marimo's file has another order."""
    places = document.code_spans if cell.inline else document.code_blocks
    return places[cell.fence].line


def _cell(
    post: Post, block: CodeBlock, index: int, default: CellOptions, line_numbers: int
) -> tuple[Cell, list[Problem]]:
    given = block.attributes
    attributes = [*(("class", name) for name in given.classes), *given.values.items()]
    options = code_blocks.read_options(block.info, attributes, block.source, default)
    display = replace(options.cell.display, notes=block.notes)
    display = with_numbers(display, block.language, given.classes, line_numbers)
    cell = Cell(
        source=options.source,
        line=post.at(block.source_line + options.skipped),
        options=replace(options.cell, display=display),
        fence=index,
    )
    first = block.source_line
    problems = [
        Problem(post.path, post.at(first + line), 0, message, advice, _severity(post, message))
        for line, message, advice in options.faults
    ]
    problems += [_ignored(post, post.at(first + line), key) for line, key in options.ignored]
    return cell, problems


def _severity(post: Post, message: str) -> Severity:
    """Return "warning" for an option that changes no run, in a file of another tool."""
    is_option = "cell option '" in message and not any(f"'{key}'" in message for key in _OF_RUNS)
    is_harmless = post.is_foreign and is_option
    return "warning" if is_harmless else "error"


def _ignored(post: Post, line: int, key: str) -> Problem:
    message = f"the cell option '{key}' has no effect"
    return Problem(post.path, line, 0, message, "remove it", "warning")


def _open_blocks(post: Post, document: Document) -> list[Problem]:
    """Return a problem for each code block that has no end, or ends where another should."""
    lines = post.body.split("\n")
    problems = [
        _at_line(post, line, "the code block that opens here is not closed")
        for line, message, _ in document.problems
        if message.startswith(UNCLOSED_CODE) and _FENCED.search(lines[line - 1])
    ]
    for block in document.code_blocks:
        opening = lines[block.line - 1] if block.fenced else ""
        inner = code_blocks.inner_fence(
            opening, block.info, block.source, post.language, post.cell_form
        )
        if inner is not None:
            place = post.at(block.source_line + inner)
            message = f"the code block that opens here is not closed before line {place}"
            problems.append(_at_line(post, block.line, f"{message}, where another opens"))
    return problems


def _at_line(post: Post, line: int, message: str) -> Problem:
    advice = "close it with a line of its fence: ``` or ~~~"
    return Problem(post.path, post.at(line), 0, message, advice)


def _inline(post: Post, document: Document) -> list[Cell]:
    """Return the inline expressions of the prose, as cells."""
    found = (
        (index, span, code_blocks.inline_expression(span.source, post.language, post.cell_form))
        for index, span in enumerate(document.code_spans)
    )
    return [
        Cell(expression, post.at(span.line), inline=True, fence=index)
        for index, span, expression in found
        if expression
    ]


def _prose(post: Post, document: Document, cells: Sequence[int]) -> tuple[str, ...]:
    """Return the text around the cells."""
    lines = post.body.split("\n")
    starts = [document.code_blocks[index].line - 1 for index in cells]
    ends = [_end_line(document.code_blocks[index]) for index in cells]
    pieces = zip([0, *ends], [*starts, len(lines)], strict=True)
    return tuple("\n".join(lines[start:end]).strip("\n") for start, end in pieces)


def _end_line(block: CodeBlock) -> int:
    """Return the line of the closing fence, from 1."""
    return block.source_line + (block.source.count("\n") + 1 if block.source else 0)


def _skeleton(notebook: Notebook, count: int) -> str:
    """Return Markdown with a placeholder for each piece of prose and of code."""
    code = "```{language}\nevergreen-code-{index}\n```"
    parts = ["evergreen-text-0"]
    for index in range(count):
        parts.append(code.format(language=notebook.language, index=index))
        parts.append(f"evergreen-text-{index + 1}")
    return "\n\n".join(parts) + "\n"


def _fill(node: NotebookNode, cell: Cell, outputs: Sequence[Output]) -> None:
    node.source = cell.source
    node.metadata = {"tags": list(cell.options.tags)} if cell.options.tags else {}
    node.outputs = [_output_node(output) for output in outputs]


def _output_node(output: Output) -> Any:
    from nbformat.v4 import new_output

    if isinstance(output, Stream):
        return new_output("stream", name=output.name, text=output.text)
    if isinstance(output, CellError):
        lines = output.traceback.splitlines()
        return new_output("error", ename=output.ename, evalue=output.evalue, traceback=lines)
    kind = "execute_result" if output.result else "display_data"
    data = {mime: _mime_value(mime, value) for mime, value in output.data.items()}
    return new_output(kind, data=data, metadata=json.loads(output.metadata))


def _mime_value(mime: str, value: str | bytes) -> Any:
    """Convert a value to nbformat's form: bytes to base64, JSON text to its object."""
    if isinstance(value, bytes):
        import base64

        return base64.b64encode(value).decode("ascii")
    return json.loads(value) if is_json(mime) else value


def _kernelspec(notebook: Notebook) -> dict[str, str]:
    name = "Python 3" if notebook.kernel == "python3" else notebook.kernel
    return {"name": notebook.kernel, "display_name": name, "language": notebook.language}


def _extension(notebook: Notebook) -> str:
    return {"python": ".py", "r": ".r", "julia": ".jl", "bash": ".sh"}.get(notebook.language, ".py")

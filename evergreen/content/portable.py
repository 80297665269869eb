"""The text of a notebook as other tools show it: without what only kramdown understands, and with
the values of its inline expressions.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from evergreen.content.portable_text import PortableNames, translate
from evergreen.dataclass import replace
from evergreen.markdown.code_display import without_markers
from evergreen.model import Cell, CellOptions, Notebook
from evergreen.model.notebook import MAY_RAISE
from evergreen.model.numbering import kind_of
from evergreen.regex import regex

_NO_NAMES = PortableNames()
Value = tuple[str, str]
"""An inline expression and the text of its value."""


def portable(
    notebook: Notebook,
    title: str,
    values: Iterable[Value],
    names: PortableNames = _NO_NAMES,
    setup: str = "",
) -> Notebook:
    """Return a notebook that reads like its page and runs as the post did; `values` are in the
    order of the text, `setup` is code to run first.

    Cells that do not run are shown as text; those that may raise have the tag for it.
    """
    waiting = list(values)
    pieces = [_with_values(_plain(piece, names), waiting) for piece in notebook.markdown]
    cells = [cell for cell in notebook.cells if not cell.inline]
    for number, cell in enumerate(cells, 1):
        if caption := _caption(cell, names):
            pieces[number] = f"{caption}\n\n{pieces[number]}".rstrip()
    kept = [_tagged(cell) for cell in notebook.cells if cell.inline or cell.options.runs]
    if pieces:
        pieces = _with_shown_code(notebook.language, cells, pieces)
        if names.sources:
            pieces[-1] = f"{pieces[-1]}\n\n{names.sources}".strip()
        if title and not _TITLE.match(pieces[0]):
            pieces[0] = f"# {title}\n\n{pieces[0]}".rstrip()
        if setup:
            head, _, rest = pieces[0].partition("\n\n")
            pieces[:1] = [head, rest]
            kept.insert(0, Cell(setup, 1, CellOptions(runs=False)))
    return replace(notebook, cells=tuple(kept), markdown=tuple(pieces))


def _with_shown_code(language: str, cells: list[Cell], pieces: list[str]) -> list[str]:
    """Return the text between the cells that run, with the code of the others in it."""
    texts = pieces[:1]
    below = [*pieces[1:]]
    for cell in cells:
        text = below.pop(0)
        if cell.options.runs:
            texts.append(text)
            continue
        fence = "`" * max([3, *(len(run) + 1 for run in _RUN.findall(cell.source))])
        shown = f"{fence}{language}\n{without_markers(cell.source)}\n{fence}"
        texts[-1] = "\n\n".join(filter(None, (texts[-1], shown, text)))
    return [*texts, *below]


def _tagged(cell: Cell) -> Cell:
    """Return a cell that may raise an exception with the tag that nbclient knows."""
    tags = cell.options.tags
    if not cell.options.raises or MAY_RAISE in tags:
        return cell
    return replace(cell, options=replace(cell.options, tags=(*tags, MAY_RAISE)))


def _with_values(text: str, waiting: list[Value]) -> str:
    """Replace the expressions of a text by their values, and take these off the list."""
    parts, start = [], 0
    while waiting:
        source, value = waiting[0]
        form = rf"(`+)\s*(?:\{{\w+\}}|\w)\s+{re.escape(source)}\s*\1"
        found = re.compile(form).search(text, start)
        if not found:
            break
        waiting.pop(0)
        parts += [text[start : found.start()], value]
        start = found.end()
    return "".join([*parts, text[start:]])


def _caption(cell: Cell, names: PortableNames) -> str:
    """Return the caption of a cell's figure or table, with its number."""
    options = cell.options
    label = options.label if kind_of(options.label) else options.listing
    written = options.caption or options.listing_caption or options.display.caption
    if not label:
        return ""
    text = "\n".join(line for line, _ in translate([(written, False)], names))
    return names.caption(label, text)


def _plain(text: str, names: PortableNames) -> str:
    """Return a text without attribute lists and extensions of kramdown, outside of its code, and
    with the names of what it refers to."""
    known = translate(_lines(_TOC.sub("", text)), names)
    lines = [line if is_code else _plain_line(line) for line, is_code in known]
    return "\n".join(line for line in lines if line is not None).strip("\n")


def _lines(text: str) -> Iterator[tuple[str, bool]]:
    """Yield each line, and True if it is in a fenced block, whose first line has no options."""
    fence = ""
    for line in text.split("\n"):
        found = _FENCE.match(line) if "```" in line or "~~~" in line else None
        if fence:
            yield line, True
            if found and found[1].startswith(fence) and not line.strip(" `~"):
                fence = ""
        else:
            fence = found[1] if found else ""
            yield (_OPTIONS.sub(r"\1\2", line) if found else line), bool(found)


def _plain_line(line: str) -> str | None:
    if "{:" not in line and "$$" not in line:
        return line
    if _ATTRIBUTES.fullmatch(line) or _EXTENSION.fullmatch(line):
        return None
    line = _AFTER_SPAN.sub(r"\1", line)
    if line.count("$$") % 2 == 0 and not _DISPLAY.fullmatch(line):
        return _INLINE_FORMULA.sub(r"$\1$", line)
    return line


_RUN = regex(r"`{3,}")
_OPTIONS = regex(r"(\s*(?:`{3,}|~{3,})[ \t]*)([\w+#-]+)?[ \t]*\{[^{}]*\}\s*\Z")
_TITLE = regex(r"\s*# \S")
_FENCE = regex(r" {0,3}(`{3,}|~{3,})")
_TOC = regex(r"^[ ]{0,3}[*+-] [^\n]*\n[ ]{0,3}\{:[^}\n]*\btoc\b[^}\n]*\}[ \t]*$\n?", re.M)
_ATTRIBUTES = regex(r"\s*(?:>\s*)?\{:(?!:)[^}]*\}\s*")
_EXTENSION = regex(r"\s*\{(?:::|:/)[^}]*\}\s*")
_AFTER_SPAN = regex(r"([)\]*_]|[^`\s]`)\{:(?!:)[^}\n]*\}")
_DISPLAY = regex(r"\s*\$\$(?:(?!\$\$).)*\$\$\s*")
_INLINE_FORMULA = regex(r"\$\$\s*(.*?)\s*\$\$")

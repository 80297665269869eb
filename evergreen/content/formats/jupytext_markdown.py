"""Notebooks that jupytext keeps as Markdown: text cells between two blank lines or in comments
`<!-- #region -->`, a code cell for each fence in a language of Jupyter.

jupytext splits the text into cells; each of them is a document of its own, as in Jupyter.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from evergreen.content.formats.cell_flags import format_flags, read_flags
from evergreen.content.formats.notebook_head import find_title
from evergreen.content.formats.text import NumberedLines, as_written, take_title
from evergreen.content.frontmatter import FrontMatter
from evergreen.dataclass import replace
from evergreen.errors import fault


def read_cells(front_matter: FrontMatter) -> FrontMatter:
    """Return the post of a file whose head names this format.

    Raises EvergreenError if jupytext refuses it.
    """
    cells = list(_cells(front_matter))
    if "title" not in front_matter.values:
        texts = [lines if kind == "markdown" else None for kind, lines, _, _ in cells]
        if place := find_title(texts):
            (_, lines, numbers, _), heading = cells[place[0]], place[1]
            front_matter = take_title(front_matter, heading, lines, numbers)
    text = NumberedLines()
    for kind, lines, numbers, metadata in cells:
        if kind == "markdown":
            text.add_prose(*as_written(lines or [""], numbers or [front_matter.body_line]))
        elif kind == "code":
            flags = read_flags(lines, metadata)
            kept = [at for at in range(len(lines)) if at not in flags.flagged]
            kept_numbers = [numbers[at] for at in kept] or numbers[-1:]
            source = [lines[at] for at in kept] or [""]
            text.add_cell("python", source, kept_numbers, format_flags(flags))
    return replace(
        front_matter,
        body=text.body,
        origin=tuple(text.origin),
        cell_form="directive",
        parts=tuple(text.parts),
        found=True,
    )


_Cell = tuple[str, list[str], list[int], dict[str, Any]]
"""Its kind, lines, their lines in the file, metadata."""


def _cells(front_matter: FrontMatter) -> Iterator[_Cell]:
    """Yield the cells that are not empty."""
    import jupytext

    lines, at = front_matter.body.split("\n"), 0
    try:
        cells = jupytext.reads(front_matter.body, fmt="md").cells
    except Exception as error:  # jupytext may raise anything for wrong options
        what = str(error).split("\n")[0][:200] or type(error).__name__
        message = f"jupytext cannot read it: {what}"
        advice = "fix the marks of the cells"
        raise fault(front_matter.path, message, advice, line=front_matter.body_line) from None
    for cell in cells:
        source = cell.source.split("\n")
        places, at = _places(lines, at, source)
        if cell.source.strip():
            numbers = [front_matter.body_line + place for place in places]
            yield cell.cell_type, source, numbers, dict(cell.metadata)


def _places(lines: Sequence[str], start: int, wanted: Sequence[str]) -> tuple[list[int], int]:
    """Return the index of each line of a cell, and that behind the last one.

    A line that is not there has the place above the next one: jupytext writes the language of
    another fence as a magic in the code.
    """
    found: list[int | None] = []
    at = start
    for line in wanted:
        same = (n for n in range(at, len(lines)) if lines[n].rstrip() == line.rstrip())
        found.append(next(same, None))
        at = at if found[-1] is None else found[-1] + 1
    places: list[int] = []
    after = at
    for place in reversed(found):
        after = max(after - 1, start) if place is None else place
        places.insert(0, min(after, len(lines) - 1))
    return places, at

"""Python scripts as posts: jupytext's percent and light formats, sphinx-gallery's examples,
keras.io's guides (`docstrings`), marimo's notebooks (`marimo`).

In the percent format `# %%` begins a code cell, `# %% [markdown]` a text cell. The front matter is
at the top, in comments, between lines of `# ---`; a script with a date in its name needs none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any

from evergreen.content.formats.docstrings import ScriptCell, docstring_cells, read_header
from evergreen.content.formats.marimo import marimo_cells
from evergreen.content.formats.myst import has_myst, translate_myst
from evergreen.content.formats.restructured import is_restructured, translate_rst
from evergreen.content.formats.text import (
    NumberedLines,
    as_written,
    first_heading,
    format_tags,
    take_title,
    with_dollars,
)
from evergreen.content.frontmatter import FrontMatter, decode, read_front_matter
from evergreen.errors import Problem, fault
from evergreen.regex import regex


def is_script(beginning: str, name: str = "") -> bool:
    """True if a file that begins with this text is a post: front matter comes first, or its name
    has a date."""
    if _DATED.match(name):
        return True
    lines = (line for line in beginning.split("\n") if line.strip() and not _PREAMBLE.match(line))
    return _FENCE.match(next(lines, "")) is not None


def read_script(path: str, source: bytes) -> FrontMatter:
    """Read the script as a post. Raises EvergreenError at the line of the problem."""
    lines = decode(path, source).split("\n")
    front_matter, start = _split_front_matter(path, lines)
    text = NumberedLines()
    for is_text, cell, places, tags in _read_cells(front_matter, lines, start):
        numbers = [place + 1 for place in places]
        if not is_text:
            text.add_cell("python", cell, numbers, format_tags(tags))
            continue
        if not text.lines and (header := read_header(cell)):
            values = {key: value for key, (value, _) in header.items()}
            found = {key: numbers[index] for key, (_, index) in header.items()}
            front_matter = _with_values(front_matter, values, found)
            continue
        heading = None if "title" in front_matter.values else first_heading(cell)
        if heading and (heading.level == 1 or not text.lines):
            front_matter = take_title(front_matter, heading, cell, numbers)
        text.add_prose(*as_written(cell or [""], numbers or [start + 1]))
    return FrontMatter(
        path,
        front_matter.values,
        front_matter.lines,
        text.body,
        1,
        True,
        front_matter.text,
        origin=tuple(text.origin),
        cell_form="directive",
        parts=tuple(text.parts),
        warnings=(*front_matter.warnings, *_misspelt_options(path, lines)),
    )


_Cell = tuple[bool, list[str], list[int], Any]
"""(True for text, lines, index of each line, tags)."""


def _read_cells(front_matter: FrontMatter, lines: list[str], start: int) -> Iterator[_Cell]:
    """Yield the cells of a script in the format that it has."""
    path, source = front_matter.path, "\n".join(lines)
    if start or not _OTHER.search(source):
        yield from _jupytext_cells(front_matter, lines, start)
        return
    try:
        cells = marimo_cells(source) if _MARIMO.search(source) else docstring_cells(source)
    except SyntaxError as error:
        message, advice = f"not valid Python: {error.msg}", "fix the script"
        raise fault(path, message, advice, line=error.lineno or 1) from None
    if any(is_text and is_restructured("\n".join(cell)) for is_text, cell, *_ in cells):
        cells = [_from_restructured(*cell) for cell in cells]
    for is_text, cell, places, tags in cells:
        yield is_text, with_dollars(cell) if is_text else cell, places, tags


def _misspelt_options(path: str, lines: list[str]) -> Iterator[Problem]:
    """Yield a warning for each option of a cell's marker that is probably meant to be `tags`."""
    for number, line in enumerate(lines, 1):
        for found in _OPTION.finditer(line) if _MARKER.match(line) else ():
            if found[1] != "tags" and get_close_matches(found[1].lower(), ("tags",), 1, 0.75):
                message, advice = f"the cell option '{found[1]}' has no effect", "write 'tags'"
                yield Problem(path, number, found.start() + 1, message, advice, "warning")


def _from_restructured(
    is_text: bool, cell: list[str], places: list[int], tags: tuple[str, ...]
) -> ScriptCell:
    """Return a cell whose text is reStructuredText as Markdown."""
    if not is_text:
        return is_text, cell, places, tags
    in_myst = [*translate_rst(cell)]
    made = [*translate_myst([line for _, line in in_myst])]
    numbers = [places[in_myst[at][0]] for at, _ in made]
    return True, [line for _, line in made], numbers, tags


def _jupytext_cells(front_matter: FrontMatter, lines: list[str], start: int) -> Iterator[_Cell]:
    form = "light" if _is_light(front_matter) else "percent"
    cells = _cells(front_matter.path, "\n".join(lines[start:]), form)
    is_myst = any(
        cell.cell_type == "markdown" and has_myst(cell.source.split("\n")) for cell in cells
    )
    for number, cell in enumerate(cells):
        at = start if number == 0 and start else _marker(lines, start)
        found, start = _places(lines, at, cell.source.split("\n"))
        if cell.cell_type != "raw" and cell.source.strip():
            tags = cell.metadata.get("tags", ())
            texts = cell.source.split("\n")
            is_text = cell.cell_type == "markdown"
            if is_text and is_myst:
                made = [*translate_myst(texts)]
                texts = [line for _, line in made]
                found = [found[at] for at, _ in made]
            yield is_text, texts, found, tags


def _is_light(front_matter: FrontMatter) -> bool:
    """True if jupytext's head names its light format."""
    text = str(front_matter.values.get("jupytext", front_matter.values.get("jupyter", "")))
    return "'format_name': 'light'" in text


def _with_values(
    front_matter: FrontMatter, values: dict[str, str], lines: dict[str, int]
) -> FrontMatter:
    return FrontMatter(
        front_matter.path,
        {**values, **front_matter.values},
        {**lines, **front_matter.lines},
        "",
        1,
        True,
        front_matter.text,
    )


def _split_front_matter(path: str, lines: list[str]) -> tuple[FrontMatter, int]:
    """Return the front matter, and the index of the line after it."""
    texts = (at for at, line in enumerate(lines) if line.strip() and not _PREAMBLE.match(line))
    first = next(texts, 0)
    fences = (at for at in range(first + 1, len(lines)) if _FENCE.match(lines[at]))
    last = next(fences, 0) if _FENCE.match(lines[first]) else 0
    source = "\n".join(lines)
    if not last:
        if _MARKER.search(source) or _OTHER.search(source):
            return FrontMatter(path, {}, {}, "", 1, True), 0
        advice = "begin the file with lines '# ---', '# title: …', '# ---', and cells with '# %%'"
        raise fault(path, "the script is not a notebook", advice, line=1)
    bare = [line.removeprefix("#").removeprefix(" ") for line in lines[first : last + 1]]
    # Comment lines in place of the lines above keep the line numbers right.
    yaml = "\n".join(["---", *["#"] * first, *bare[1:]])
    return read_front_matter(path, yaml.encode()), last + 1


def _cells(path: str, text: str, form: str) -> list[Any]:
    """Split a script into cells. Raises EvergreenError if jupytext refuses it."""
    import jupytext

    try:
        cells: list[Any] = jupytext.reads(text, fmt=f"py:{form}").cells
    except Exception as error:  # jupytext may raise anything for wrong options
        what = str(error).split("\n")[0][:200] or type(error).__name__
        raise fault(path, f"jupytext cannot read it: {what}", "fix the cell markers") from None
    return cells


def _marker(lines: list[str], start: int) -> int:
    """Return the index after the next line that begins a cell."""
    found = (at + 1 for at in range(start, len(lines)) if _MARKER.match(lines[at]))
    return next(found, start)


def _places(lines: list[str], start: int, wanted: list[str]) -> tuple[list[int], int]:
    """Find the lines of a cell, in order; also return the index where the next cell may begin.

    jupytext removes the comment signs of text and magics.
    """
    places, at = [], start
    for line in wanted:
        end = next((n for n in range(at, len(lines)) if _MARKER.match(lines[n])), len(lines))
        place = next((n for n in range(at, end) if line in _forms(lines[n])), min(at, end - 1))
        places.append(max(place, 0))
        at = place + 1
    return places, max(at, start)


def _forms(line: str) -> tuple[str, ...]:
    return line, _COMMENT.sub("", line), line.rstrip()


_PREAMBLE = regex(r"#!|#.*coding[:=]|# *%%")
_FENCE = regex(r"# ?---\s*\Z")
_DATED = regex(r"\d{4}-\d\d?-\d\d?-")
_MARIMO = regex(r"^app = marimo\.App\(", re.M)
_OTHER = regex(rf"\A(?:#.*\n|\s*\n)*[rR]?(?:\"\"\"|\'\'\')|{_MARIMO.pattern}", re.M)
"""A script that begins with a docstring, or marimo's."""
_MARKER = regex(r"^# ?%%", re.M)
_OPTION = regex(r"\b([\w-]+)(?=\s*=)")
_COMMENT = regex(r"^#[ \t]?")

"""Python scripts in jupytext's percent format as posts.

`# %%` begins a code cell, `# %% [markdown]` a text cell. The front matter is at the top, in
comments, between lines of `# ---`.
"""

from __future__ import annotations

import re
from typing import Any

from evergreen.content.formats.text import NumberedLines, first_heading, format_tags
from evergreen.content.frontmatter import FrontMatter, decode, read_front_matter, with_title
from evergreen.errors import fault


def is_script(beginning: str) -> bool:
    """True if a file that begins with this text is a post: front matter comes first."""
    lines = (line for line in beginning.split("\n") if line.strip() and not _PREAMBLE.match(line))
    return _FENCE.match(next(lines, "")) is not None


def read_script(path: str, source: bytes) -> FrontMatter:
    """Read the script as a post. Raises EvergreenError at the line of the problem."""
    lines = decode(path, source).split("\n")
    front_matter, start = _split_front_matter(path, lines)
    text = NumberedLines()
    for number, cell in enumerate(_cells(path, "\n".join(lines[start:]))):
        at = start if number == 0 else _marker(lines, start)
        found, start = _places(lines, at, cell.source.split("\n"))
        numbers = [place + 1 for place in found]
        if cell.cell_type == "code" and cell.source.strip():
            tags = format_tags(cell.metadata.get("tags", ()))
            text.add_cell("python", cell.source.split("\n"), numbers, tags)
        elif cell.cell_type == "markdown":
            prose = cell.source.split("\n")
            heading = None if "title" in front_matter.values else first_heading(prose)
            if heading and heading.level == 1:
                front_matter = with_title(front_matter, heading.title, numbers[heading.start])
                del prose[heading.start : heading.start + heading.count]
                del numbers[heading.start : heading.start + heading.count]
            text.add_prose(prose or [""], numbers or [start])
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
    )


def _split_front_matter(path: str, lines: list[str]) -> tuple[FrontMatter, int]:
    """Return the front matter, and the index of the line after it."""
    first = next((at for at, line in enumerate(lines) if _FENCE.match(line)), 0)
    last = next((at for at in range(first + 1, len(lines)) if _FENCE.match(lines[at])), 0)
    if not last:
        advice = "begin the file with lines '# ---', '# title: …', '# ---'"
        raise fault(path, "no front matter", advice, line=1)
    bare = [line.removeprefix("#").removeprefix(" ") for line in lines[first : last + 1]]
    # Comment lines in place of the lines above keep the line numbers right.
    yaml = "\n".join(["---", *["#"] * first, *bare[1:]])
    return read_front_matter(path, yaml.encode()), last + 1


def _cells(path: str, text: str) -> list[Any]:
    """Split a script into cells. Raises EvergreenError if jupytext refuses it."""
    import jupytext

    try:
        cells: list[Any] = jupytext.reads(text, fmt="py:percent").cells
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


_PREAMBLE = re.compile(r"#!|#.*coding[:=]|# *%%")
_FENCE = re.compile(r"# ?---\s*\Z")
_MARKER = re.compile(r"# ?%%")
_COMMENT = re.compile(r"^#[ \t]?")

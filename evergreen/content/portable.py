"""The text of a notebook as other tools show it: without what only kramdown understands, and with
the values of its inline expressions.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from evergreen.model import Notebook

Value = tuple[str, str]
"""An inline expression and the text of its value."""


def portable(notebook: Notebook, title: str, values: Iterable[Value]) -> Notebook:
    """Return a notebook that reads like its page; `values` are in the order of the text."""
    waiting = list(values)
    pieces = [_with_values(_plain(piece), waiting) for piece in notebook.markdown]
    if pieces and title and not _TITLE.match(pieces[0]):
        pieces[0] = f"# {title}\n\n{pieces[0]}".rstrip()
    return replace(notebook, markdown=tuple(pieces))


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


def _plain(text: str) -> str:
    """Return a text without attribute lists and extensions of kramdown, outside of its code."""
    lines = [line if is_code else _plain_line(line) for line, is_code in _lines(_TOC.sub("", text))]
    return "\n".join(line for line in lines if line is not None).strip("\n")


def _lines(text: str) -> Iterator[tuple[str, bool]]:
    """Yield each line, and True if it is in a fenced block."""
    fence = ""
    for line in text.split("\n"):
        found = _FENCE.match(line)
        if fence:
            yield line, True
            if found and found[1].startswith(fence) and not line.strip(" `~"):
                fence = ""
        else:
            fence = found[1] if found else ""
            yield line, bool(found)


def _plain_line(line: str) -> str | None:
    if _ATTRIBUTES.fullmatch(line) or _EXTENSION.fullmatch(line):
        return None
    line = _AFTER_SPAN.sub(r"\1", line)
    if line.count("$$") % 2 == 0 and not _DISPLAY.fullmatch(line):
        return _INLINE_FORMULA.sub(r"$\1$", line)
    return line


_TITLE = re.compile(r"\s*# \S")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_TOC = re.compile(r"^[ ]{0,3}[*+-] [^\n]*\n[ ]{0,3}\{:[^}\n]*\btoc\b[^}\n]*\}[ \t]*$\n?", re.M)
_ATTRIBUTES = re.compile(r"\s*(?:>\s*)?\{:(?!:)[^}]*\}\s*")
_EXTENSION = re.compile(r"\s*\{(?:::|:/)[^}]*\}\s*")
_AFTER_SPAN = re.compile(r"([)\]*_]|[^`\s]`)\{:(?!:)[^}\n]*\}")
_DISPLAY = re.compile(r"\s*\$\$(?:(?!\$\$).)*\$\$\s*")
_INLINE_FORMULA = re.compile(r"\$\$\s*(.*?)\s*\$\$")

"""Fold the warnings that Python writes for one line of code, as Matplotlib's for each glyph."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape

from evergreen.regex import regex
from evergreen.render.terminal_text import stream_html

_RUN = regex(
    r"^(?P<first>(?P<place>[^\s:][^\n:]*:\d+: \w*Warning): [^\n]*\n(?P<source>(?:  [^\n]*\n)?))"
    r"(?P<more>(?:(?P=place): [^\n]*\n(?P=source)){3,})",
    re.M,
)
"""Four or more warnings of one category and place. `warnings.formatwarning` writes the place, the
category, the text and, if it can be read, the line of code."""


def stderr_html(text: str) -> str:
    """Return what was written to stderr as HTML. Of warnings of one place with different texts, the
    first is shown; the others are below it, folded, with their number."""
    parts = (_part(text, place) for text, place in _parts(text) if text)
    return "\n".join(parts)


def _parts(text: str) -> Iterator[tuple[str, str]]:
    """Yield the parts of a text in order; with the place of their warnings those to be folded."""
    start = 0
    for run in _RUN.finditer(text):
        if run["more"].replace(run["first"], ""):
            yield text[start : run.end("first")], ""
            yield run["more"], run["place"]
            start = run.end()
    yield text[start:], ""


def _part(text: str, place: str) -> str:
    shown = f'<pre class="output stderr">{stream_html(text, "stderr")}</pre>'
    if not place:
        return shown
    count = text.count(f"{place}: ")
    summary = f'{escape(place)} <span class="repeats">× {count}</span>'
    return f'<details class="cell-fold"><summary>{summary}</summary>\n{shown}\n</details>'

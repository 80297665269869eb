"""Output → HTML and figure files. The richest form wins, in nbconvert's order.

Text that code produced is escaped; `text/html` is the author's own and stands as it is.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from io import BytesIO

from evergreen.errors import Problem
from evergreen.markdown import to_html
from evergreen.markdown.math import write_math
from evergreen.model import Artifact, Cell, CellError, Display, Output, Stream
from evergreen.render.svg import svg_size, without_scripts

SVG = "image/svg+xml"
MIME_ORDER = (
    "text/html",
    "text/markdown",
    SVG,
    "text/latex",
    "image/png",
    "image/jpeg",
    "image/gif",
    "image/webp",
    "text/plain",
)
"""As nbconvert's HTMLExporter has it, less the types that need scripts."""

FIGURES = "assets/figures"
_SUFFIXES = {SVG: "svg", "image/jpeg": "jpg"}
_STYLE = re.compile(r"<style scoped>.*?</style>\s*", re.S)
_LATEX = re.compile(r"^\s*(\$\$?|\\\[|\\\()(.*?)(\$\$?|\\\]|\\\))\s*$", re.S)


@dataclass(frozen=True, slots=True)
class Rendered:
    """The outputs of one cell."""

    html: str
    figures: tuple[Artifact, ...] = ()
    problems: tuple[Problem, ...] = ()


def render_outputs(
    path: str, cell: Cell, outputs: Sequence[Output], number: int, baseurl: str = ""
) -> Rendered:
    """HTML of a cell's outputs in order; `number` counts the cell, from 1, for figures' names.

    A figure without caption or alternative text gives a warning at the cell.
    """
    parts: list[str] = []
    figures: list[Artifact] = []
    for output in outputs:
        if isinstance(output, Display) and (mime := _richest(output)) in _PICTURES:
            figure = _figure_file(mime, output.data[mime])
            parts.append(_figure(cell, output, mime, figure, baseurl, number, len(figures)))
            figures.append(figure)
        else:
            parts.append(_text_output(output))
    problems: tuple[Problem, ...] = ()
    if figures and not (cell.options.alt or cell.options.caption):
        message, advice = "a figure without a description", "add '#| fig-alt: …' to its cell"
        problems = (Problem(path, cell.line, 0, message, advice, "warning"),)
    return Rendered("\n".join(filter(None, parts)), tuple(figures), problems)


def ansi_html(text: str) -> str:
    """Escaped text, its ANSI colours as spans with nbconvert's class names (`ansi-red-fg`)."""
    if "\x1b" not in text:
        return escape(text, quote=False)
    from nbconvert.filters.ansi import ansi2html  # 0.4 s that only coloured output needs

    return str(ansi2html(text))


def _richest(output: Display) -> str:
    return next((mime for mime in MIME_ORDER if mime in output.data), "")


def _text_output(output: Output) -> str:
    if isinstance(output, Stream):
        return f'<pre class="output {output.name}">{ansi_html(output.text)}</pre>'
    if isinstance(output, CellError):
        text = output.traceback or f"{output.ename}: {output.evalue}"
        return f'<pre class="output error">{ansi_html(text.rstrip())}</pre>'
    mime = _richest(output)
    return _FORMS[mime](str(output.data[mime])) if mime else ""


def _html(text: str) -> str:
    """pandas puts a style sheet into each table, which the site's policy would refuse."""
    return f'<div class="output html">{_STYLE.sub("", text)}</div>'


def _markdown(text: str) -> str:
    return f'<div class="output markdown">{to_html(text)}</div>'


def _latex(text: str) -> str:
    found = _LATEX.match(text)
    formula, block = (found[2], found[1] in ("$$", r"\[")) if found else (text, True)
    display = block or formula.lstrip().startswith(r"\displaystyle")
    return f'<div class="output latex">{write_math(formula, display, {})[0]}</div>'


def _plain(text: str) -> str:
    return f'<pre class="output text">{ansi_html(text)}</pre>'


_FORMS = {
    "text/html": _html,
    "text/markdown": _markdown,
    "text/latex": _latex,
    "text/plain": _plain,
}
_PICTURES = frozenset(MIME_ORDER) - frozenset(_FORMS)


def _figure_file(mime: str, data: str | bytes) -> Artifact:
    content = data.encode() if isinstance(data, str) else data
    if mime == SVG:
        content = without_scripts(content)
    suffix = _SUFFIXES.get(mime, mime.partition("/")[2])
    return Artifact(f"{FIGURES}/{hashlib.sha256(content).hexdigest()[:20]}.{suffix}", content)


def _figure(
    cell: Cell, output: Display, mime: str, figure: Artifact, baseurl: str, number: int, nth: int
) -> str:
    """The figure element; its id is the cell's label, a second figure's is `label-2`."""
    caption = cell.options.caption
    alt = cell.options.alt or caption or _plain_text(output) or f"Output {number}"
    assert isinstance(figure.content, bytes)  # it was made just now, not kept
    size = _size(mime, figure.content, output)
    sized = f' width="{size[0]}" height="{size[1]}"' if size else ""
    label = cell.options.label + (f"-{nth + 1}" if nth else "") if cell.options.label else ""
    identity = f' id="{escape(label)}"' if label else ""
    caption_html = f"<figcaption>{_inline(caption)}</figcaption>" if caption and not nth else ""
    return (
        f'<figure class="output figure"{identity}><img src="{escape(baseurl)}/{figure.path}"'
        f'{sized} alt="{escape(alt)}" loading="lazy" decoding="async">{caption_html}</figure>'
    )


def _inline(text: str) -> str:
    """A caption's Markdown without the paragraph around it."""
    return to_html(text).strip().removeprefix("<p>").removesuffix("</p>")


def _plain_text(output: Display) -> str:
    """The text form of a picture where it says more than its type: `<Figure size 640x480>` not."""
    text = str(output.data.get("text/plain", ""))
    return "" if text.startswith("<") or "\n" in text else text


def _size(mime: str, content: bytes, output: Display) -> tuple[int, int] | None:
    """Width and height in CSS pixels: what the output says, else what the file says."""
    told = json.loads(output.metadata).get(mime)
    if isinstance(told, dict) and {"width", "height"} <= told.keys():
        return int(told["width"]), int(told["height"])
    return svg_size(content) if mime == SVG else _picture_size(content)


def _picture_size(content: bytes) -> tuple[int, int] | None:
    from PIL import Image, UnidentifiedImageError

    try:
        return Image.open(BytesIO(content)).size
    except (UnidentifiedImageError, OSError):
        return None

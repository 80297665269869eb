"""Output → HTML and figure files. The richest form wins, in nbconvert's order.

Text that code produced is escaped; `text/html` is the author's own and stands as it is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from evergreen.errors import Problem
from evergreen.markdown import to_html
from evergreen.markdown.math import write_math
from evergreen.model import Artifact, Cell, CellError, Display, Output, Stream
from evergreen.model.charts import NO_MEANS, Chart, Equip, find_chart
from evergreen.render.charts import lack, show_chart, text_of
from evergreen.render.figures import SVG, figure_file, figure_size
from evergreen.render.languages import Language
from evergreen.render.scripted import (
    first_picture,
    foreign,
    foreign_scripts,
    has_scripts,
    show_scripted,
)

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

_STYLE = re.compile(r"<style scoped>.*?</style>\s*", re.S)
_ACTIVE = re.compile(
    r"<(?!/?(?:b|br|code|em|i|kbd|mark|s|small|strong|sub|sup|u)\s*/?>|https?://)[a-z/!?](?!\w*`)",
    re.I,
)
"""A tag in a caption that is more than a mark of words: it has attributes, or another name."""
_LATEX = re.compile(r"^\s*(\$\$?|\\\[|\\\()(.*?)(\$\$?|\\\]|\\\))\s*$", re.S)


@dataclass(frozen=True, slots=True)
class RenderedOutputs:
    """The outputs of one cell."""

    html: str
    figures: tuple[Artifact, ...] = ()
    """Pictures, and the frames of charts."""
    libraries: tuple[str, ...] = ()
    """The files of the libraries that the charts need."""
    problems: tuple[Problem, ...] = ()


def render_outputs(
    path: str,
    cell: Cell,
    outputs: Sequence[Output],
    number: int,
    baseurl: str = "",
    language: Language | None = None,
    equip: Equip = lambda chart: NO_MEANS,
) -> RenderedOutputs:
    """HTML of a cell's outputs in order; `number` counts the cell, from 1, for figures' names.

    A figure without caption or alternative text gives a warning at the cell, and so does a chart
    whose library was not found.
    """
    made: list[RenderedOutputs] = []
    for output in outputs:
        place = _Place(path, cell, number, sum(bool(each.figures) for each in made), baseurl)
        chart = find_chart(output) if isinstance(output, Display) else None
        if chart and isinstance(output, Display):
            made.append(_chart(place, output, chart, language, equip))
        elif isinstance(output, Display) and (mime := _richest(output)) in _PICTURES:
            figure = figure_file(mime, output.data[mime])
            picture = _picture(place, output, mime, figure)
            made.append(RenderedOutputs(_figure(place, picture), (figure,)))
        elif isinstance(output, Display) and has_scripts(html := _shown_html(output)):
            made.append(_scripted(place, output, html, language))
        else:
            made.append(RenderedOutputs(_text_output(output)))
    return _together(path, cell, made)


def _together(path: str, cell: Cell, made: Sequence[RenderedOutputs]) -> RenderedOutputs:
    problems = [problem for each in made for problem in each.problems]
    if not (cell.options.alt or cell.options.caption) and any(each.figures for each in made):
        message, advice = "a figure without a description", "add '#| fig-alt: …' to its cell"
        problems.append(Problem(path, cell.line, 0, message, advice, "warning"))
    return RenderedOutputs(
        "\n".join(each.html for each in made if each.html),
        tuple(figure for each in made for figure in each.figures),
        tuple(dict.fromkeys(name for each in made for name in each.libraries)),
        tuple(problems),
    )


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


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a figure stands."""

    path: str
    cell: Cell
    number: int
    """The cell's, from 1."""
    nth: int
    """How many figures stand before it among the cell's outputs."""
    baseurl: str


def _figure(place: _Place, content: str, attributes: str = "") -> str:
    """The figure element; its id is the cell's label, a second figure's is `label-2`."""
    options, nth = place.cell.options, place.nth
    label = options.label + (f"-{nth + 1}" if nth else "") if options.label else ""
    identity = f' id="{escape(label)}"' if label else ""
    caption = options.caption if not nth else ""
    caption_html = f"<figcaption>{_inline(caption)}</figcaption>" if caption else ""
    kind = "output figure chart" if attributes else "output figure"
    return f'<figure class="{kind}"{identity}{attributes}>{content}{caption_html}</figure>'


def _picture(place: _Place, output: Display, mime: str, figure: Artifact, alt: str = "") -> str:
    """The picture's element."""
    content = figure.content if isinstance(figure.content, bytes) else b""
    size = figure_size(output, mime, content)
    sized = f' width="{size[0]}" height="{size[1]}"' if size else ""
    return (
        f'<img src="{escape(place.baseurl)}/{figure.path}"{sized}'
        f' alt="{escape(alt or _alt(place, output))}" loading="lazy" decoding="async">'
    )


def _alt(place: _Place, output: Display, title: str = "") -> str:
    options = place.cell.options
    told = options.alt or options.caption or title or _plain_text(output)
    return told or f"Output {place.number}"


def _chart(
    place: _Place, output: Display, chart: Chart, language: Language | None, equip: Equip
) -> RenderedOutputs:
    """A chart with its picture: the one that the output brings along, else one that is drawn."""
    means = equip(chart)
    title = _alt(place, output, chart.title)
    brought = next((mime for mime in MIME_ORDER if mime in _PICTURES and mime in output.data), "")
    content = output.data[brought] if brought else means.still
    stills = (figure_file(brought or SVG, content),) if content else ()
    still = "".join(_picture(place, output, brought or SVG, each, title) for each in stills)
    shown = show_chart(chart, means, still, output, title, language, place.baseurl)
    return RenderedOutputs(
        _figure(place, shown.html, shown.attributes),
        (*stills, *shown.frame),
        (means.library,) if means.library else (),
        () if means.library and stills else lack(place.path, place.cell.line, means),
    )


def _shown_html(output: Display) -> str:
    return str(output.data["text/html"]) if _richest(output) == "text/html" else ""


def _scripted(
    place: _Place, output: Display, html: str, language: Language | None
) -> RenderedOutputs:
    """HTML with scripts of its own in a frame; as it stands where they are those of other sites."""
    if hosts := foreign_scripts(html):
        told = foreign(place.path, place.cell.line, hosts)
        return RenderedOutputs(_text_output(output), problems=(told,))
    title = _alt(place, output)
    content = first_picture(html)
    stills = (figure_file("image/png", content),) if content else ()
    still = "".join(_picture(place, output, "image/png", each, title) for each in stills)
    shown = show_scripted(html, still or text_of(output), title, language, place.baseurl)
    return RenderedOutputs(_figure(place, shown.html, shown.attributes), (*stills, *shown.frame))


def _inline(text: str) -> str:
    """A caption's Markdown without the paragraph around it; as it was written where it has HTML
    that does more than mark words.
    """
    if _ACTIVE.search(text):
        return escape(text, quote=False)
    return to_html(text).strip().removeprefix("<p>").removesuffix("</p>")


def _plain_text(output: Display) -> str:
    """The text form of a picture where it says more than its type: `<Figure size 640x480>` not."""
    text = str(output.data.get("text/plain", ""))
    return "" if text.startswith("<") or "\n" in text else text

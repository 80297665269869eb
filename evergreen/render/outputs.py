"""Outputs of a cell → HTML and figure files, each output in its richest supported MIME type.

Text that code produced is escaped; `text/html` is trusted as the author's own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from html import escape

from evergreen.dataclass import dataclass, replace
from evergreen.errors import Problem
from evergreen.markdown import MarkdownOptions, parse
from evergreen.model import (
    Artifact,
    Cell,
    CellError,
    Display,
    MimeOutput,
    Output,
    OutputHtml,
    PluginError,
    Stream,
)
from evergreen.model.charts import NO_SUPPORT, Chart, FindSupport, find_chart
from evergreen.regex import regex
from evergreen.render.charts import chart_warning, plain_text_block, show_chart
from evergreen.render.contrast import readable_colors
from evergreen.render.figures import SVG, figure_file, figure_size
from evergreen.render.json_tree import render_json
from evergreen.render.languages import Language
from evergreen.render.latex import render_latex
from evergreen.render.python_warnings import stderr_html
from evergreen.render.scripted import (
    external_script_hosts,
    external_script_warning,
    first_picture,
    has_scripts,
    show_scripted,
)
from evergreen.render.terminal_text import ansi_html, stream_html

Renderers = Mapping[str, Callable[[MimeOutput], OutputHtml]]
"""Renderers of plugins by MIME type."""
HIDDEN = "application/papermill.record/"
"""Beginning of the types of a value that MyST-NB's `glue(…, display=False)` keeps for the text."""
_DEFAULTS = MarkdownOptions()
_NO_RENDERERS: Renderers = {}
_NEEDS_SCRIPT = regex(r"application/(?:javascript|vnd\.bokehjs|vnd\.holoviews)")
_TAG = regex(r"<[^>]*>")
_LOADER = regex(r"_load\b|_load\.")
"""The types of outputs that only load a library."""
_STYLE = regex(r"<style scoped>.*?</style>\s*", re.S)
_ACTIVE = regex(
    r"<(?!/?(?:b|br|code|em|i|kbd|mark|s|small|strong|sub|sup|u)\s*/?>|https?://)[a-z/!?](?!\w*`)",
    re.I,
)
"""A tag in a caption that is not plain inline markup: it has attributes, or another name."""


@dataclass(frozen=True, slots=True)
class RenderedOutputs:
    """The outputs of one cell."""

    html: str
    figures: tuple[Artifact, ...] = ()
    """Pictures, and the frames of charts."""
    libraries: tuple[str, ...] = ()
    """Files of the JavaScript libraries that the charts need."""
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class _Context:
    """The cell of an output, and the settings of its page."""

    path: str
    cell: Cell
    number: int
    """Number of the cell, from 1."""
    nth: int
    """Number of figures before this one among the outputs of the cell."""
    baseurl: str
    language: Language | None
    find_support: FindSupport
    options: MarkdownOptions
    """Of the Markdown in outputs and captions."""
    renderers: Renderers
    """Those of plugins."""


_RenderDisplay = Callable[[_Context, Display, str], RenderedOutputs]
"""Renders the data of one MIME type of an output."""


def render_outputs(
    path: str,
    cell: Cell,
    outputs: Sequence[Output],
    number: int,
    baseurl: str = "",
    language: Language | None = None,
    find_support: FindSupport = lambda chart: NO_SUPPORT,
    options: MarkdownOptions = _DEFAULTS,
    renderers: Renderers = _NO_RENDERERS,
) -> RenderedOutputs:
    """Render the outputs of a cell in order; `number` is that of the cell, from 1.

    Warns at the cell about a figure without caption or alternative text, and about a chart whose
    library was not found.
    """
    rendered: list[RenderedOutputs] = []
    for output in outputs:
        nth = sum(bool(each.figures) for each in rendered)
        context = _Context(
            path, cell, number, nth, baseurl, language, find_support, options, renderers
        )
        rendered.append(_render(context, output))
    return _joined(path, cell, rendered)


def _render(context: _Context, output: Output) -> RenderedOutputs:
    if isinstance(output, Stream):
        if not context.cell.options.shows(output.name):
            return RenderedOutputs("")
        if output.name == "stdout" and context.cell.options.asis:
            return _markdown(context, Display({"text/markdown": output.text}), "text/markdown")
        if output.name == "stderr":
            return RenderedOutputs(stderr_html(output.text))
        text = stream_html(output.text, output.name)
        return RenderedOutputs(f'<pre class="output {output.name}">{text}</pre>')
    if isinstance(output, CellError):
        traceback = output.traceback or f"{output.ename}: {output.evalue}"
        return RenderedOutputs(f'<pre class="output error">{ansi_html(traceback.rstrip())}</pre>')
    if any(mime.startswith(HIDDEN) for mime in output.data):
        return RenderedOutputs("")
    if mime := next((mime for mime in context.renderers if mime in output.data), ""):
        return _by_plugin(context, output, mime)
    if chart := find_chart(output):
        return _chart(context, output, chart)
    mime = next((mime for mime in _RENDERERS if mime in output.data), "")
    shown = _RENDERERS[mime](context, output, mime) if mime else RenderedOutputs("")
    return _with_unshown(context, output, shown, mime)


def _by_plugin(context: _Context, output: Display, mime: str) -> RenderedOutputs:
    """Render an output as a plugin does. Raises EvergreenError at the cell."""
    data = MimeOutput(
        mime, output.data[mime], output.metadata, _alt(context, output), context.baseurl
    )
    try:
        made = context.renderers[mime](data)
    except PluginError as error:
        raise error.at(context.path, context.cell.line) from error
    return RenderedOutputs(f'<div class="output html">{made.html}</div>', made.files)


def _with_unshown(
    context: _Context, output: Display, shown: RenderedOutputs, mime: str
) -> RenderedOutputs:
    """Warn about an output that needs JavaScript which no page runs; say so if nothing is shown."""
    kind = max(filter(_NEEDS_SCRIPT.match, output.data), default="")  # `vnd` before `javascript`
    if _LOADER.search(kind) or mime in _PICTURES or not output.data or (mime and not kind):
        return shown
    kind = kind or next(iter(output.data))
    message = f"nothing shows the output's type {kind}"
    advice = "display a picture or HTML with the library in it"
    problem = Problem(context.path, context.cell.line, 0, message, advice, "warning")
    is_blank = not _TAG.sub("", shown.html).strip()
    html = shown.html + f'<pre class="output text">[{escape(kind)}]</pre>' * is_blank
    return replace(shown, html=html, problems=(*shown.problems, problem))


def _joined(path: str, cell: Cell, rendered: Sequence[RenderedOutputs]) -> RenderedOutputs:
    problems = [problem for each in rendered for problem in each.problems]
    if not (cell.options.alt or cell.options.caption) and any(each.figures for each in rendered):
        message, advice = "a figure without a description", "add '#| fig-alt: …' to its cell"
        problems.append(Problem(path, cell.line, 0, message, advice, "warning"))
    return RenderedOutputs(
        "\n".join(each.html for each in rendered if each.html),
        tuple(figure for each in rendered for figure in each.figures),
        tuple(dict.fromkeys(name for each in rendered for name in each.libraries)),
        tuple(problems),
    )


def _html(context: _Context, output: Display, mime: str) -> RenderedOutputs:
    """Render HTML, in a frame if it has scripts of its own, as the site's CSP blocks those."""
    html = str(output.data[mime])
    if not has_scripts(html):
        return RenderedOutputs(_html_block(html))
    if hosts := external_script_hosts(html):
        warning = external_script_warning(context.path, context.cell.line, hosts)
        return RenderedOutputs(_html_block(html), problems=(warning,))
    title = _alt(context, output)
    content = first_picture(html)
    stills = (figure_file("image/png", content),) if content else ()
    still = "".join(_image(context, output, "image/png", each, title) for each in stills)
    shown = show_scripted(
        html, still or plain_text_block(output), title, context.language, context.baseurl
    )
    figure = _figure(context, shown.html, shown.attributes)
    return RenderedOutputs(figure, (*stills, *shown.frame))


def _html_block(html: str) -> str:
    """Wrap HTML, without the style sheet that pandas puts into each table and the CSP blocks."""
    return f'<div class="output html">{readable_colors(_STYLE.sub("", html))}</div>'


def _markdown(context: _Context, output: Display, mime: str) -> RenderedOutputs:
    made = parse(str(output.data[mime]), context.options).render()
    problems = (_warning(context, message) for _, message, _ in made.problems)
    html = f'<div class="output markdown">{made.html}</div>'
    return RenderedOutputs(html, problems=tuple(problems))


def _latex(context: _Context, output: Display, mime: str) -> RenderedOutputs:
    html, faults = render_latex(str(output.data[mime]))
    problems = (_warning(context, f"the formula is not valid: {fault}") for fault in faults)
    return RenderedOutputs(f'<div class="output latex">{html}</div>', problems=tuple(problems))


def _warning(context: _Context, message: str) -> Problem:
    return Problem(context.path, context.cell.line, 0, f"in an output: {message}", "", "warning")


def _plain(context: _Context, output: Display, mime: str) -> RenderedOutputs:
    text = ansi_html(str(output.data[mime]))
    return RenderedOutputs(f'<pre class="output text">{text}</pre>')


def _json(context: _Context, output: Display, mime: str) -> RenderedOutputs:
    """Render JSON as a tree; as its text if it is not valid."""
    is_expanded = '"expanded": true' in output.metadata
    if html := render_json(str(output.data[mime]), is_expanded):
        return RenderedOutputs(html)
    return _plain(context, output, "text/plain" if "text/plain" in output.data else mime)


def _picture(context: _Context, output: Display, mime: str) -> RenderedOutputs:
    file = figure_file(mime, output.data[mime])
    return RenderedOutputs(_figure(context, _image(context, output, mime, file)), (file,))


_RENDERERS: Mapping[str, _RenderDisplay] = {
    "text/html": _html,
    "text/markdown": _markdown,
    SVG: _picture,
    "text/latex": _latex,
    "image/png": _picture,
    "image/jpeg": _picture,
    "image/gif": _picture,
    "image/webp": _picture,
    "application/geo+json": _json,
    "application/json": _json,
    "text/plain": _plain,
}
_PICTURES = frozenset(mime for mime, render in _RENDERERS.items() if render is _picture)
MIME_ORDER = tuple(_RENDERERS)
"""The supported MIME types, richest first: the order of nbconvert's HTMLExporter, without the types
that need scripts."""


def _chart(context: _Context, output: Display, chart: Chart) -> RenderedOutputs:
    """Render a chart with a still picture: the one in the output, else one that is drawn."""
    support = context.find_support(chart)
    title = _alt(context, output, chart.title)
    pictures = (mime for mime, render in _RENDERERS.items() if render is _picture)
    mime = next((mime for mime in pictures if mime in output.data), "")
    content = output.data[mime] if mime else support.still
    stills = (figure_file(mime or SVG, content),) if content else ()
    still = "".join(_image(context, output, mime or SVG, each, title) for each in stills)
    shown = show_chart(chart, support, still, output, title, context.language, context.baseurl)
    return RenderedOutputs(
        _figure(context, shown.html, shown.attributes),
        (*stills, *shown.frame),
        (support.library,) if support.library else (),
        ()
        if support.library and stills
        else chart_warning(context.path, context.cell.line, support),
    )


def _figure(context: _Context, content: str, attributes: str = "") -> str:
    """Return the figure element; its id is the label of the cell, then `label-2` and so on."""
    options, nth = context.cell.options, context.nth
    suffix = f"-{nth + 1}" if nth or options.parts else ""
    label = options.label + suffix if options.label else ""
    identity = f' id="{escape(label)}"' if label else ""
    caption = options.caption if not nth and not options.parts else ""
    if nth < len(options.parts):
        caption = options.parts[nth]
    caption_html = (
        f"<figcaption>{inline_html(caption, context.options)}</figcaption>" if caption else ""
    )
    kind = "output figure chart" if attributes else "output figure"
    kind += f" dark-{options.dark}" if options.dark else ""
    return f'<figure class="{kind}"{identity}{attributes}>{content}{caption_html}</figure>'


def _image(context: _Context, output: Display, mime: str, file: Artifact, alt: str = "") -> str:
    content = file.content if isinstance(file.content, bytes) else b""
    size = figure_size(output, mime, content)
    sized = f' width="{size[0]}" height="{size[1]}"' if size else ""
    return (
        f'<img src="{escape(context.baseurl)}/{file.path}"{sized}'
        f' alt="{escape(alt or _alt(context, output))}" loading="lazy" decoding="async">'
    )


def _alt(context: _Context, output: Display, title: str = "") -> str:
    options = context.cell.options
    text = options.alt or options.caption or title or _descriptive_text(output)
    return text or f"Output {context.number}"


def _descriptive_text(output: Display) -> str:
    """Return the plain text of a picture, or "" for a mere type as in `<Figure size 640x480>`."""
    text = str(output.data.get("text/plain", ""))
    return "" if text.startswith("<") or "\n" in text else text


def inline_html(text: str, options: MarkdownOptions = _DEFAULTS) -> str:
    """Render the Markdown of a caption without its paragraph, or escape it if it contains HTML
    other than plain inline markup."""
    if _ACTIVE.search(text):
        return escape(text, quote=False)
    html = parse(text, options).render().html
    return html.strip().removeprefix("<p>").removesuffix("</p>")

"""Diagrams of a text as figures: a picture for light pages and one for dark ones, what they say as
text, and their source.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from html import escape
from xml.etree import ElementTree

from evergreen.content.diagrams import find_diagrams
from evergreen.dataclass import dataclass
from evergreen.errors import Problem
from evergreen.markdown import Document, MarkdownOptions
from evergreen.model import Artifact, Post
from evergreen.model.diagrams import Diagram, DrawDiagram, Drawing
from evergreen.regex import regex
from evergreen.render.figures import SVG, figure_file
from evergreen.render.languages import Language
from evergreen.render.svg import svg_size

_NARROW = 450
"""Pixels; a drawing that is not wider is made as narrow as the page."""
_LONGEST = 300
"""Characters of a description that is made from the text in a diagram."""
_SVG = "{http://www.w3.org/2000/svg}"
_NAMED = regex(r"^[ \t]*acc(?:Descr|Title)[ \t]*(?::[ \t]*(.+)|\{\s*(.*?)\s*\})", re.M | re.S)

ShowCaption = Callable[[str, MarkdownOptions], str]
"""Renders the Markdown of a caption."""


@dataclass(frozen=True, slots=True)
class ShownDiagrams:
    """The diagrams of a text."""

    blocks: dict[int, str]
    """HTML, by index of the code block."""
    files: tuple[Artifact, ...] = ()
    problems: tuple[Problem, ...] = ()


def show_diagrams(
    post: Post,
    document: Document,
    draw: DrawDiagram,
    language: Language,
    baseurl: str,
    show_caption: ShowCaption,
) -> ShownDiagrams:
    """Draw the diagrams of a text. One that cannot be drawn is shown as its source, with a word on
    the page and a warning at its line.
    """
    blocks: dict[int, str] = {}
    files: dict[str, Artifact] = {}
    problems: list[Problem] = []
    for diagram in find_diagrams(document):
        drawing = draw(diagram.kind, diagram.source)
        if drawing.light:
            made = _picture(diagram, drawing, language, baseurl)
            files |= {file.path: file for file in made.files}
            shown = made.html + _source(document, diagram, language)
        else:
            problems.append(_problem(post, diagram, drawing))
            note = f'<p class="chart-note">{escape(language.text("diagram_not_drawn"))}</p>'
            shown = _code(document, diagram) + note
        name = _classes(drawing)
        blocks[diagram.block] = _figure(name, diagram, shown, document, show_caption)
    return ShownDiagrams(blocks, tuple(files.values()), tuple(problems))


def _classes(drawing: Drawing) -> str:
    """Return the classes of a figure: a wide drawing scrolls where there is no room, its text
    would be too small to read; one that sets colors itself keeps them."""
    size = svg_size(drawing.light) if drawing.light else None
    is_own = drawing.light and not drawing.dark
    return f"diagram{' wide' * bool(size and size[0] > _NARROW)}{' own-colors' * bool(is_own)}"


@dataclass(frozen=True, slots=True)
class _Picture:
    html: str
    files: tuple[Artifact, ...]


def _picture(diagram: Diagram, drawing: Drawing, language: Language, baseurl: str) -> _Picture:
    light = figure_file(SVG, drawing.light)
    files = [light]
    other = ""
    if drawing.dark:
        dark = figure_file(SVG, drawing.dark)
        files.append(dark)
        url = f"{escape(baseurl)}/{dark.path}"
        other = f'<source media="(prefers-color-scheme: dark)" srcset="{url}">'
    size = svg_size(drawing.light)
    sized = f' width="{size[0]}" height="{size[1]}"' if size else ""
    alt = escape(_alt(diagram, drawing, language))
    image = (
        f'<img src="{escape(baseurl)}/{light.path}"{sized} alt="{alt}"'
        ' loading="lazy" decoding="async">'
    )
    return _Picture(f'<div class="scroll"><picture>{other}{image}</picture></div>', tuple(files))


def _alt(diagram: Diagram, drawing: Drawing, language: Language) -> str:
    """Return the author's description of a diagram, else the text in it."""
    named = " ".join(" ".join((one or two).split()) for one, two in _NAMED.findall(diagram.source))
    if given := diagram.alt or named:
        return given
    found = ", ".join(dict.fromkeys(_texts(drawing.light)))
    short = found if len(found) <= _LONGEST else f"{found[:_LONGEST]}…"
    return language.text("diagram_alt", text=short) if short else diagram.caption


def _texts(svg: bytes) -> Iterable[str]:
    """Yield the pieces of text of an SVG, in order."""
    for element in ElementTree.fromstring(svg).iter(f"{_SVG}text"):
        if text := " ".join(" ".join(element.itertext()).split()):
            yield text


def _figure(
    name: str, diagram: Diagram, shown: str, document: Document, show_caption: ShowCaption
) -> str:
    identity = f' id="{escape(diagram.label)}"' if diagram.label else ""
    caption = show_caption(diagram.caption, document.options) if diagram.caption else ""
    below = f"<figcaption>{caption}</figcaption>" if caption else ""
    return f'<figure class="{name}"{identity}>{shown}{below}</figure>\n'


def _source(document: Document, diagram: Diagram, language: Language) -> str:
    summary = f"<summary>{escape(language.text('diagram_source'))}</summary>"
    return f'<details class="diagram-source">{summary}{_code(document, diagram)}</details>'


def _code(document: Document, diagram: Diagram) -> str:
    block = document.code_blocks[diagram.block]
    language = escape(block.language)
    source = escape(diagram.source, quote=False)
    return (
        f'<div class="highlight" data-language="{language}"><pre><code class="language-{language}">'
        f"{source}\n</code></pre></div>"
    )


def _problem(post: Post, diagram: Diagram, drawing: Drawing) -> Problem:
    inside = diagram.skipped + drawing.line if drawing.line else 0
    line = post.at(diagram.line + inside)
    return Problem(post.path, line, 0, drawing.fault, drawing.advice, "warning")

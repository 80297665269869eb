"""Values that code gave a name with MyST-NB's `glue("name", value)`, in the text of a post, and the
results that other notebooks save.

`content.formats` writes each `{glue}` role and directive as an element with the name; here the
output of that name takes its place, the last one if there are several. `content.embeds` writes an
element for each cell of another notebook.
"""

from __future__ import annotations

import base64
import binascii
import json
import posixpath
import re
from collections.abc import Iterable, Mapping, Sequence
from html import escape, unescape
from urllib.parse import quote

from evergreen.dataclass import dataclass
from evergreen.errors import Problem, nearest
from evergreen.model import Artifact, Cell, Display, Output, Post, Site
from evergreen.regex import regex
from evergreen.render import outputs as out
from evergreen.render.languages import Language


@dataclass(frozen=True, slots=True)
class GluedHtml:
    """A body with its values."""

    html: str
    figures: tuple[Artifact, ...] = ()
    problems: tuple[Problem, ...] = ()


def paste_values(
    html: str,
    site: Site,
    post: Post,
    found: Mapping[Cell, Sequence[Output]],
    language: Language,
) -> GluedHtml:
    """Put the values into a body, with a warning for each name that no code of the post gave; if no
    code ran, the names stay."""
    if 'data-glue="' not in html or not found:
        return GluedHtml(html)
    values = dict(_named(output for outputs in found.values() for output in outputs))
    figures: list[Artifact] = []
    problems: list[Problem] = []

    def paste(match: re.Match[str]) -> str:
        name = unescape(match["name"])
        if name not in values:
            problems.append(_unknown(post, name, values))
            return match[0]
        if match["tag"] == "span":
            return (
                f'<span class="glue">{_text(values[name], unescape(match["format"] or ""))}</span>'
            )
        cell = Cell("", post.body_line)
        made = out.render_outputs(post.path, cell, [values[name]], 1, site.baseurl, language)
        figures.extend(made.figures)
        return f'<div class="glue">\n{made.html}\n</div>'

    return GluedHtml(_PLACE.sub(paste, html), tuple(figures), tuple(problems))


def paste_embedded(html: str, site: Site, post: Post, language: Language) -> GluedHtml:
    """Put the results of other notebooks and posts into a body, each with a link to its source."""
    if not post.embedded:
        return GluedHtml(html)
    figures: list[Artifact] = []
    problems: list[Problem] = []

    def paste(match: re.Match[str]) -> str:
        shown = post.embedded.get(unescape(match[1]))
        if shown is None:
            return match[0]
        made = out.render_outputs(post.path, shown.cell, shown.outputs, 1, site.baseurl, language)
        figures.extend(made.figures)
        problems.extend(made.problems)
        address = escape(quote(posixpath.relpath(shown.path, posixpath.dirname(post.path) or ".")))
        link = f'<a href="{address}">{escape(shown.title)}</a>'
        key = "embedded" if shown.path.endswith(".ipynb") else "embedded_run"
        source = language.text(key, notebook=link)
        return f'<div class="embed">\n{made.html}\n<p class="embed-source">{source}</p>\n</div>'

    return GluedHtml(_EMBEDDED.sub(paste, html), tuple(figures), tuple(problems))


def _named(outputs: Iterable[Output]) -> Iterable[tuple[str, Display]]:
    for output in outputs:
        if isinstance(output, Display) and (name := _glued_name(output.metadata)):
            data = {mime.removeprefix(out.HIDDEN): value for mime, value in output.data.items()}
            yield name, Display({mime: _decoded(mime, each) for mime, each in data.items()})


def _glued_name(metadata: str) -> str:
    """Return the name in an output's metadata, as MyST-NB and scrapbook write it; "" for none."""
    glued = json.loads(metadata).get("scrapbook") if '"scrapbook"' in metadata else None
    return str(glued.get("name", "")) if isinstance(glued, dict) else ""


def _decoded(mime: str, value: str | bytes) -> str | bytes:
    """Return a picture that is still base64 as its bytes."""
    if isinstance(value, bytes) or not mime.startswith("image/") or mime.endswith("+xml"):
        return value
    try:
        return base64.b64decode(value)
    except binascii.Error:
        return value


def _text(value: Display, form: str) -> str:
    """Return a value in running text: formatted as Python does it, `.2f`, or as its HTML."""
    text = str(value.data.get("text/plain", ""))
    if form:
        try:
            return escape(format(float(text), form))
        except ValueError:
            return escape(text)
    if "text/html" in value.data:
        return str(value.data["text/html"])
    return escape(text[1:-1] if _QUOTED.fullmatch(text) else text)


def _unknown(post: Post, name: str, values: Mapping[str, Display]) -> Problem:
    place = post.body.find(f'data-glue="{escape(name)}"')
    line = post.at(post.body.count("\n", 0, max(place, 0)) + 1)
    advice = nearest(name, values) if values else f"call glue('{name}', …) in a cell"
    return Problem(post.path, line, 0, f"no code of the post glues '{name}'", advice, "warning")


_PLACE = regex(
    r'<(?P<tag>span|div) class="glue" data-glue="(?P<name>[^"]*)"'
    r'(?: data-format="(?P<format>[^"]*)")?>'
    r".*?</(?P=tag)>",
    re.S,
)
_EMBEDDED = regex(r'<div class="embed" data-embed="([^"]*)">\s*</div>')
_QUOTED = regex(r"'[^']*'|\"[^\"]*\"", re.S)

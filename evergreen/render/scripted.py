"""HTML of an output that has scripts of its own, like Matplotlib's animations. It stands in a
frame, as charts do: a page runs no script but the site's.
"""

from __future__ import annotations

import base64
import binascii
import re
from html import escape, unescape

from evergreen.errors import Problem
from evergreen.model import Artifact
from evergreen.model.hashing import sha256
from evergreen.render.charts import FRAMES, ChartContent
from evergreen.render.frames import script_document
from evergreen.render.languages import Language

_SCRIPT = re.compile(r"<script\b([^>]*)>", re.I)
_SOURCE = re.compile(r"\bsrc\s*=\s*[\"']?\s*(?:https?:)?//([\w.-]+)", re.I)
_TYPE = re.compile(r"\btype\s*=\s*[\"']?([\w./+-]+)", re.I)
_RUNNING = ("module", "text/javascript", "application/javascript", "text/ecmascript")
_INNER = re.compile(r"\bsrcdoc\s*=\s*(?:\"([^\"]*)\"|'([^']*)')", re.I)
_FIRST = re.compile(r"frames\[0\] = \"data:image/png;base64,([A-Za-z0-9+/=\\\s]+)\"")


def has_scripts(html: str) -> bool:
    """Whether HTML does something only where its scripts run."""
    return "script" in html.lower() and any(map(_runs, _SCRIPT.findall(_opened(html))))


def foreign_scripts(html: str) -> tuple[str, ...]:
    """The hosts from which the HTML would load scripts, sorted."""
    tags = _SCRIPT.findall(_opened(html))
    return tuple(sorted({host for each in tags for host in _SOURCE.findall(each)}))


def first_picture(html: str) -> bytes:
    """The first picture of one of Matplotlib's animations, PNG; empty for other HTML."""
    if not (found := _FIRST.search(html)):
        return b""
    try:
        return base64.b64decode(re.sub(r"[\\\s]", "", found[1]), validate=True)
    except binascii.Error:
        return b""


def show_scripted(
    html: str, still: str, title: str, language: Language | None, url: str
) -> ChartContent:
    """The figure's content: `still`, which the page's script changes for the HTML in its frame."""
    document = script_document(html, title, language.code if language else "en")
    name = f"{sha256(document)[:20]}.html"
    frame = Artifact(f"{FRAMES}/{name}", document)
    attributes = (
        f' data-frame="{escape(url)}/{frame.path}" data-height="320" data-title="{escape(title)}"'
    )
    tell = language.text if language else str
    needs = f'<p class="chart-note">{escape(tell("chart_needs_script"))}</p>'
    return ChartContent(attributes, still + needs, (frame,))


def foreign(path: str, line: int, hosts: tuple[str, ...]) -> Problem:
    """The warning where an output's scripts are those of other sites."""
    message = f"the output needs scripts from {', '.join(hosts)}, and pages load none of others"
    advice = "have the library put its code into the output, or show a picture"
    return Problem(path, line, 0, message, advice, "warning")


def _opened(html: str) -> str:
    """The HTML, and behind it what stands in its frames' attributes."""
    inner = (unescape(found[1] or found[2] or "") for found in _INNER.finditer(html))
    return "\n".join((html, *inner)) if "srcdoc" in html else html


def _runs(attributes: str) -> bool:
    kind = _TYPE.search(attributes)
    return not kind or kind[1].lower() in _RUNNING

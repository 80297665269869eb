"""Outputs whose HTML has scripts of its own, like Matplotlib's animations. They run in a frame, as
charts do, because the CSP of a page only allows the scripts of the site.
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
_EXECUTABLE_TYPES = ("module", "text/javascript", "application/javascript", "text/ecmascript")
_SRCDOC = re.compile(r"\bsrcdoc\s*=\s*(?:\"([^\"]*)\"|'([^']*)')", re.I)
_FIRST = re.compile(r"frames\[0\] = \"data:image/png;base64,([A-Za-z0-9+/=\\\s]+)\"")


def has_scripts(html: str) -> bool:
    """True if HTML has executable scripts."""
    return "script" in html.lower() and any(
        map(_is_executable, _SCRIPT.findall(_with_srcdoc(html)))
    )


def external_script_hosts(html: str) -> tuple[str, ...]:
    """Return the hosts from which HTML would load scripts, sorted."""
    tags = _SCRIPT.findall(_with_srcdoc(html))
    return tuple(sorted({host for each in tags for host in _SOURCE.findall(each)}))


def first_picture(html: str) -> bytes:
    """Return the first frame of a Matplotlib animation as PNG, or b"" for other HTML."""
    if not (found := _FIRST.search(html)):
        return b""
    try:
        return base64.b64decode(re.sub(r"[\\\s]", "", found[1]), validate=True)
    except binascii.Error:
        return b""


def show_scripted(
    html: str, still: str, title: str, language: Language | None, url: str
) -> ChartContent:
    """Return a figure's content: `still`, which the script of the page replaces by the frame."""
    document = script_document(html, title, language.code if language else "en")
    name = f"{sha256(document)[:20]}.html"
    frame = Artifact(f"{FRAMES}/{name}", document)
    attributes = (
        f' data-frame="{escape(url)}/{frame.path}" data-height="320" data-title="{escape(title)}"'
    )
    text = language.text if language else str
    needs = f'<p class="chart-note">{escape(text("chart_needs_script"))}</p>'
    return ChartContent(attributes, still + needs, (frame,))


def external_script_warning(path: str, line: int, hosts: tuple[str, ...]) -> Problem:
    """Return the warning for an output that loads scripts from other sites."""
    message = f"the output loads scripts from {', '.join(hosts)}, which the page blocks"
    advice = "make the library embed its code in the output, or show a picture"
    return Problem(path, line, 0, message, advice, "warning")


def _with_srcdoc(html: str) -> str:
    """Return the HTML, followed by the HTML in the `srcdoc` attributes of its frames."""
    inner = (unescape(found[1] or found[2] or "") for found in _SRCDOC.finditer(html))
    return "\n".join((html, *inner)) if "srcdoc" in html else html


def _is_executable(attributes: str) -> bool:
    kind = _TYPE.search(attributes)
    return not kind or kind[1].lower() in _EXECUTABLE_TYPES

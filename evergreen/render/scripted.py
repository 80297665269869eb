"""Outputs whose HTML has scripts of its own, like Matplotlib's animations. They run in a frame, as
charts do, because the CSP of a page only allows the scripts of the site.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from html import escape, unescape

from evergreen.errors import Problem
from evergreen.model import Artifact, Post
from evergreen.model.hashing import sha256
from evergreen.regex import regex
from evergreen.render.charts import FRAMES, ChartContent
from evergreen.render.frames import script_document
from evergreen.render.languages import Language

_ANY_SCRIPT = regex("<script", re.I)
_SCRIPT = regex(r"<script\b([^>]*)>", re.I)
_SOURCE = regex(r"\bsrc\s*=\s*[\"']?\s*(?:https?:)?//([\w.-]+)", re.I)
_TYPE = regex(r"\btype\s*=\s*[\"']?([\w./+-]+)", re.I)
_EXECUTABLE_TYPES = ("module", "text/javascript", "application/javascript", "text/ecmascript")
_ELEMENT = regex(r"<script(?:\s[^>]*)?>.*?</script\s*>", re.I | re.S)
_HANDLER = regex(r"<([a-z][\w-]*)\b[^<>]*?\s(on[a-z]+)\s*=", re.I)
_MAY_HANDLE = regex(r"on[a-z]+\s*=")
"""In lower case, in each handler: one that begins with a tag takes far longer."""
_SRCDOC = regex(r"\bsrcdoc\s*=\s*(?:\"([^\"]*)\"|'([^']*)')", re.I)
_FIRST = regex(r"frames\[0\] = \"data:image/png;base64,([A-Za-z0-9+/=\\\s]+)\"")


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


def own_scripts(post: Post, html: str) -> tuple[str, ...]:
    """Return the script elements of a page's content that the post's author wrote; none for a post
    whose code runs in a sandbox, as strangers' posts do.

    Outputs have scripts as well: those that the source does not contain are not the author's.
    """
    if post.execute.sandbox or not _ANY_SCRIPT.search(html):
        return ()
    elements = (found[0] for found in _ELEMENT.finditer(html))
    return tuple(dict.fromkeys(each for each in elements if each in post.body))


def blocked_script_warnings(post: Post, html: str) -> Iterator[Problem]:
    """Yield a warning for each script of a post, and each event handler, that its page blocks;
    `html` is the page's content.

    An author's scripts run, but for handlers in attributes, which outputs may have too.
    """
    if post.execute.sandbox and has_scripts(html):
        for found in _SCRIPT.finditer(html):
            message = "the page blocks the script: the code of the post runs in a sandbox"
            yield from _at_source(post, found[0], message, "move the script to a template")
    for found in _HANDLER.finditer(html) if _MAY_HANDLE.search(html.lower()) else ():
        message = f"the page blocks the event handler '{found[2]}'"
        advice = "call addEventListener in a <script> instead"
        yield from _at_source(post, found[0], message, advice)


def _at_source(post: Post, tag: str, message: str, advice: str) -> Iterator[Problem]:
    """Yield a warning at the line where the author wrote a tag; none for a tag of an output."""
    if (place := post.body.find(tag)) >= 0:
        line = post.at(post.body.count("\n", 0, place) + 1)
        yield Problem(post.path, line, 0, message, advice, "warning")


def _with_srcdoc(html: str) -> str:
    """Return the HTML, followed by the HTML in the `srcdoc` attributes of its frames."""
    inner = (unescape(found[1] or found[2] or "") for found in _SRCDOC.finditer(html))
    return "\n".join((html, *inner)) if "srcdoc" in html else html


def _is_executable(attributes: str) -> bool:
    kind = _TYPE.search(attributes)
    return not kind or kind[1].lower() in _EXECUTABLE_TYPES

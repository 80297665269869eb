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
_ELEMENT = regex(r"<script((?:\s[^>]*)?)>(.*?)</script\s*>", re.I | re.S)
_VALUE = r"(\"[^\"]*\"|'[^']*'|[^\s\"'<>=]+)"
_ATTRIBUTE = regex(rf"([^\s\"'<>/=]+)(?:\s*=\s*{_VALUE})?")
_HANDLER = regex(rf"<([a-z][\w-]*)\b[^<>]*?\s(on[a-z]+)\s*=\s*{_VALUE}", re.I)
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
    written = {_script_key(found) for found in _ELEMENT.finditer(post.body)}
    elements = (found[0] for found in _ELEMENT.finditer(html) if _script_key(found) in written)
    return tuple(dict.fromkeys(elements))


def blocked_script_warnings(post: Post, html: str) -> Iterator[Problem]:
    """Yield a warning for each script of a post, and each event handler, that its page blocks;
    `html` is the page's content.

    An author's scripts run, but for handlers in attributes, which outputs may have too.
    """
    if post.execute.sandbox and has_scripts(html):
        scripts = {_script_key(found) for found in _ELEMENT.finditer(html)}
        for found in _ELEMENT.finditer(post.body):
            if _script_key(found) in scripts:
                message = "the page blocks the script: the code of the post runs in a sandbox"
                yield _at_source(post, found.start(), message, "move the script to a template")
    if _MAY_HANDLE.search(html.lower()):
        yield from _blocked_handlers(post, html)


def _blocked_handlers(post: Post, html: str) -> Iterator[Problem]:
    """Yield a warning for each kind of event, at the first handler that the author wrote."""
    shown = {_handler_key(found) for found in _HANDLER.finditer(html)}
    places: dict[str, list[int]] = {}
    for found in _HANDLER.finditer(post.body):
        if _handler_key(found) in shown:
            places.setdefault(found[2], []).append(found.start())
    for event, (first, *others) in places.items():
        message = f"the page blocks the event handler '{event}'"
        if others:
            message += f", and {len(others)} more of its kind"
        yield _at_source(post, first, message, "call addEventListener in a <script> instead")


def _script_key(element: re.Match[str]) -> tuple[frozenset[tuple[str, str]], str]:
    """Return what a script has in its source and on the page, whose attributes are in quotes."""
    attributes = ((found[1].lower(), _plain(found[2])) for found in _ATTRIBUTE.finditer(element[1]))
    return frozenset(attributes), " ".join(element[2].split())


def _handler_key(found: re.Match[str]) -> tuple[str, str, str]:
    return found[1].lower(), found[2].lower(), _plain(found[3])


def _plain(value: str | None) -> str:
    return " ".join(unescape((value or "").strip("\"'")).split())


def _at_source(post: Post, place: int, message: str, advice: str) -> Problem:
    """Return a warning at a place in the text of a post."""
    line = post.at(post.body.count("\n", 0, place) + 1)
    return Problem(post.path, line, 0, message, advice, "warning")


def _with_srcdoc(html: str) -> str:
    """Return the HTML, followed by the HTML in the `srcdoc` attributes of its frames."""
    inner = (unescape(found[1] or found[2] or "") for found in _SRCDOC.finditer(html))
    return "\n".join((html, *inner)) if "srcdoc" in html else html


def _is_executable(attributes: str) -> bool:
    kind = _TYPE.search(attributes)
    return not kind or kind[1].lower() in _EXECUTABLE_TYPES

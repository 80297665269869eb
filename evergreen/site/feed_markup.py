"""A body as feed readers understand it: many read it with simple parsers of HTML.

Such a parser drops the end of an empty element of MathML or SVG that has attributes, so that what
follows is inside of it, and shows operators that are written as entities, scripts and style sheets
as text. Scripts and event handlers are not for feeds anyway: validators call them a risk.
"""

from __future__ import annotations

import re
from html import unescape
from html.entities import html5

from evergreen.regex import regex

_ENTITY = regex(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")
_SYNTAX = frozenset("&<>\"'")
"""Signs that stay entities: as characters they would be markup."""
_SPACE = regex(r"<mspace([^<>]*?)/?>(?:\s*</mspace>)?")
_WIDTH = regex(r"\bwidth=\"([0-9.]+)em\"")
_SPACES = ((1.0, "\u2003"), (0.5, "\u2002"), (0.25, "\u2005"), (0.16, "\u2009"), (0.05, "\u200a"))
"""Widths in em, and the space of that width."""
_DRAWING = regex(r"<svg(?=[\s>]).*?</svg\s*>", re.S | re.I)
_ACTIVE = regex(r"<(script|style)(?=[\s>]).*?</\1\s*>\n?", re.S | re.I)
_MAY_HANDLE = regex(r"\son[a-z]+\s*=", re.I)
_HANDLER = regex(r"(?P<quoted>\"[^\"]*\"|'[^']*')|\son[a-z]+\s*=\s*(?:\"[^\"]*\"|'[^']*')", re.I)
_TAG = regex(r"<[a-zA-Z](?:[^<>\"']++|\"[^\"]*+\"|'[^']*+')*+>")
_EMPTY = regex(r"<([a-zA-Z][\w:-]*)(\s(?:[^<>\"']++|\"[^\"]*+\"|'[^']*+')*+)(?<=/)>")


def feed_markup(html: str) -> str:
    """Return a body without empty elements of MathML and SVG, scripts, style sheets and event
    handlers, with characters for entities.
    """
    lower = html.lower()
    if "<script" in lower or "<style" in lower:
        html = _ACTIVE.sub("", html)
    if _MAY_HANDLE.search(html):
        html = _TAG.sub(_without_handlers, html)
    if "&" in html:
        html = _ENTITY.sub(_character, html)
    if "<mspace" in html:
        html = _SPACE.sub(_space, html)
    return _DRAWING.sub(_drawing, html) if "<svg" in html else html


def _without_handlers(tag: re.Match[str]) -> str:
    return _HANDLER.sub(lambda found: found["quoted"] or "", tag[0])


def _character(found: re.Match[str]) -> str:
    name = found[0][1:]
    character = unescape(found[0]) if name[0] == "#" else html5.get(name, found[0])
    return found[0] if character in _SYNTAX or character == found[0] else character


def _space(found: re.Match[str]) -> str:
    """Return a space of about the same width as text; a negative or unknown one is left out."""
    width = _WIDTH.search(found[1])
    rest, signs = float(width[1]) if width else 0.0, ""
    for size, sign in _SPACES:
        while rest >= size and len(signs) < 9:
            signs, rest = signs + sign, rest - size
    return f"<mtext>{signs}</mtext>" if signs else ""


def _drawing(found: re.Match[str]) -> str:
    """Write an end tag for each empty element of a drawing, after a character without width."""
    return _EMPTY.sub(
        lambda tag: f"<{tag[1]}{tag[2].removesuffix('/').rstrip()}>\u200b</{tag[1]}>", found[0]
    )

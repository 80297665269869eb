"""Tags of Octopress: quotes, videos, and code from a file."""

from __future__ import annotations

import re
from html import escape

from liquid.ast import Node
from liquid.context import RenderContext
from liquid.token import Token

from evergreen.content.liquid.blocks import fenced, read_codeblock
from evergreen.content.liquid.includes import RefusedInclude
from evergreen.content.liquid.tags import SimpleNode, SimpleTag, session_of, with_outputs
from evergreen.model import TagCall
from evergreen.model.hashing import sha256
from evergreen.model.urls import href
from evergreen.regex import regex

_QUOTED = regex(r"(?P<author>.*?)(?:\s+(?P<url>(?:https?:/|/)/?\S+)(?:\s+(?P<title>.+))?)?", re.S)
"""The argument of `{% blockquote Author, Source http://… Title %}`."""
_PULLED = regex(r"\{\"\s*(.*?)\s*\"\}", re.S)
_VIDEO = regex(r"\S+\.(?:mp4|m4v|webm|ogv|ogg|mov)(?:\?\S*)?", re.I)


def blockquote(call: TagCall) -> str:
    """Render a quote, with its author and its source below it; the content is Markdown."""
    found = _QUOTED.fullmatch(call.text.strip())
    author, _, source = (found["author"] if found else "").partition(",")
    url, title = (found["url"] or "", found["title"] or "") if found else ("", "")
    name = title or source.strip() or re.sub(r"^https?://(www\.)?", "", url)
    shown = escape(name)
    if url:
        shown = f'<a href="{escape(href(call.site, url))}">{shown}</a>'
    parts = [
        f"<strong>{escape(author.strip())}</strong>" if author.strip() else "",
        f"<cite>{shown}</cite>" if name else "",
    ]
    footer = f"<footer>{' '.join(filter(None, parts))}</footer>\n" if any(parts) else ""
    return f'<blockquote markdown="1">\n{call.content}\n{footer}</blockquote>'


def pullquote(call: TagCall) -> str:
    """Return the text; what is marked to be shown a second time is shown once."""
    return _PULLED.sub(r"\1", call.content)


def video(call: TagCall) -> str:
    """Render `{% video a.mp4 b.webm 640 320 poster.png %}`."""
    files = [word for word in call.arguments if _VIDEO.fullmatch(word)]
    sizes = [word for word in call.arguments if word.isdecimal()][:2]
    rest = [word for word in call.arguments if word not in files and not word.isdecimal()]
    if not files:
        return ""
    shown = dict(zip(("width", "height"), sizes, strict=False))
    if rest:
        shown["poster"] = href(call.site, rest[-1])
    given = "".join(f' {key}="{escape(value)}"' for key, value in shown.items())
    sources = "".join(f'<source src="{escape(href(call.site, each))}">' for each in files)
    return f'<video controls preload="metadata"{given}>{sources}</video>'


class _IncludeCodeNode(SimpleNode):
    def text(self, context: RenderContext) -> str:
        session = session_of(context)
        before, _, name = with_outputs(context, self.inner).strip().rpartition(" ")
        config = session.site.jekyll.config if session.site.jekyll else {}
        folder = str(config.get("code_dir") or "downloads/code").strip("/")
        try:
            path, source = session.blog.includes.read(name, folder)
        except RefusedInclude as refused:
            session.use(f"beside {folder}/{name}", "")
            session.diagnostics.warn(self.token, refused.message, "nothing is shown for it")
            return ""
        session.use(f"beside {path}", sha256(source))
        language, display = read_codeblock(before)
        display.setdefault("data-title", name)
        return fenced(source, language or name.rpartition(".")[2], display)


class IncludeCodeTag(SimpleTag):
    """`{% include_code Title lang:python start:3 file.py %}`, from the folder `code_dir`."""

    name = "include_code"

    def make(self, token: Token, inner: str) -> Node:
        """Return the node of the code of a file."""
        return _IncludeCodeNode(token, inner)

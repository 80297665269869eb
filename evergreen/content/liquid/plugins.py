"""Tags of Jekyll plugins and of other generators.

Tags that embed something from another site become links to it, since no page loads scripts of other
sites. An unknown block tag keeps its content, with a warning.
"""

from __future__ import annotations

import re
from html import escape
from typing import TextIO

from liquid.ast import BlockNode, IllegalNode, Node
from liquid.context import RenderContext
from liquid.parser import get_parser
from liquid.stream import TokenStream
from liquid.tag import Tag
from liquid.token import TOKEN_EXPRESSION, TOKEN_ILLEGAL, Token

from evergreen.content.liquid.engine import set_source_line
from evergreen.content.liquid.tags import SimpleNode, SimpleTag, session_of, with_outputs
from evergreen.model.urls import href

_WORD = re.compile(r"\"[^\"]*\"|'[^']*'|\S+")
_ID = re.compile(r"[\w-]{3,40}")
_VIDEO = re.compile(r"(?:v=|youtu\.be/|embed/|vimeo\.com/)([\w-]{3,20})")


class _LinkNode(SimpleNode):
    def text(self, context: RenderContext) -> str:
        words = [word.strip("\"'") for word in _WORD.findall(with_outputs(context, self.inner))]
        return _MAKERS[self.token.value](words)


def _gist(words: list[str]) -> str:
    if not words:
        return ""
    return _link(f"https://gist.github.com/{words[0]}", f"gist {words[0]}")


def _youtube(words: list[str]) -> str:
    return _video(words, "https://www.youtube.com/watch?v=", "YouTube")


def _vimeo(words: list[str]) -> str:
    return _video(words, "https://vimeo.com/", "Vimeo")


def _video(words: list[str], address: str, name: str) -> str:
    if not words:
        return ""
    found = _VIDEO.search(words[0])
    key = found[1] if found else words[0]
    return _link(address + key, f"{name} {key}") if _ID.fullmatch(key) else ""


def _jsfiddle(words: list[str]) -> str:
    return _link(f"https://jsfiddle.net/{words[0]}/", f"JSFiddle {words[0]}") if words else ""


def _tweet(words: list[str]) -> str:
    if not words or not words[0].startswith("https://"):
        return ""
    return _link(words[0], words[0])


def _link(url: str, label: str) -> str:
    return f'<a href="{escape(url)}">{escape(label)}</a>'


_MAKERS = {
    "gist": _gist,
    "youtube": _youtube,
    "youtube_player": _youtube,
    "vimeo": _vimeo,
    "jsfiddle": _jsfiddle,
    "tweet": _tweet,
    "twitter": _tweet,
}


class _PictureNode(SimpleNode):
    """`{% img left /a.png 300 200 title %}` of Octopress, `{% asset_img a.png title %}` of Hexo."""

    def text(self, context: RenderContext) -> str:
        words = [word.strip("\"'") for word in _WORD.findall(with_outputs(context, self.inner))]
        at = next((n for n, word in enumerate(words) if "/" in word or "." in word), None)
        if at is None:
            return ""
        rest = [word for word in words[at + 1 :] if not word.isdecimal()]
        classes = f' class="{escape(" ".join(words[:at]))}"' if at else ""
        source = escape(href(session_of(context).site, words[at]))
        return f'<img src="{source}" alt="{escape(" ".join(rest))}"{classes}>'


class _PathNode(SimpleNode):
    def text(self, context: RenderContext) -> str:
        words = with_outputs(context, self.inner).split()
        return escape(href(session_of(context).site, words[0])) if words else ""


class _DetailsNode(Node):
    """A collapsed block below its title; both are Markdown."""

    __slots__ = ("block", "title")

    def __init__(self, token: Token, title: str, block: BlockNode) -> None:
        super().__init__(token)
        self.title, self.block, self.blank = title, block, False

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        title = with_outputs(context, self.title).strip("\"'")
        set_source_line(buffer, context, self.token)
        buffer.write(f'<details markdown="1"><summary markdown="span">{title}</summary>\n')
        self.block.render(context, buffer)
        return buffer.write("</details>")


class DetailsTag(Tag):
    """`{% details title %}` … `{% enddetails %}`."""

    name = "details"
    end = "enddetails"

    def parse(self, stream: TokenStream) -> Node:
        """Return the node of a block."""
        token = stream.current
        title = ""
        if stream.peek.kind == TOKEN_EXPRESSION:
            next(stream)
            title = stream.current.value.strip()
        next(stream)
        return _DetailsNode(token, title, get_parser(self.env).parse_block(stream, (self.end,)))


class _NothingNode(SimpleNode):
    """A tag whose output our templates have already: `{% seo %}`, `{% feed_meta %}`."""

    def text(self, context: RenderContext) -> str:
        return ""


def _tag(tag_name: str, kind: type[SimpleNode]) -> type[Tag]:
    class PluginTag(SimpleTag):
        name = tag_name

        def make(self, token: Token, inner: str) -> Node:
            return kind(token, inner)

    return PluginTag


PLUGINS: tuple[type[Tag], ...] = (
    *(_tag(name, _LinkNode) for name in _MAKERS),
    *(_tag(name, _PictureNode) for name in ("img", "asset_img")),
    *(_tag(name, _PathNode) for name in ("asset_path", "asset")),
    DetailsTag,
    *(_tag(name, _NothingNode) for name in ("seo", "feed_meta", "toc", "more", "csrf_meta_tags")),
)


def _ends(stream: TokenStream) -> set[str]:
    """Return the end tags in a text."""
    if not hasattr(stream, "ends"):
        ends = {each.value for each in stream.tokens if each.value.startswith("end")}
        stream.ends = ends  # type: ignore[attr-defined]
    known: set[str] = stream.ends  # type: ignore[attr-defined]
    return known


class _KeptNode(Node):
    """The content of an unknown block."""

    __slots__ = ("block",)

    def __init__(self, token: Token, block: BlockNode) -> None:
        super().__init__(token)
        self.block, self.blank = block, block.blank

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        return self.block.render(context, buffer)


class UnknownTag(Tag):
    """An unknown tag: a block keeps its content, another tag shows nothing."""

    name = TOKEN_ILLEGAL
    block = False

    def parse(self, stream: TokenStream) -> Node:
        """Return the node that replaces the tag."""
        token = stream.current
        if stream.peek.kind == TOKEN_EXPRESSION:
            next(stream)
        diagnostics = self.env.diagnostics  # type: ignore[attr-defined]
        name, end = token.value, f"end{token.value}"
        if end not in _ends(stream):
            diagnostics.warn(token, f"unknown Liquid tag '{name}'", "nothing is shown for it")
            return IllegalNode(token)
        diagnostics.warn(token, f"unknown Liquid tag '{name}'", "only its content is shown")
        next(stream)
        block = get_parser(self.env).parse_block(stream, (end,))
        return _KeptNode(token, block)

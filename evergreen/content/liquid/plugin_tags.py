"""Tags of Jekyll plugins and of other generators, and those of the blog's own plugins.

Tags that embed something from another site become links to it, since no page loads scripts of other
sites. An unknown block tag keeps its content, with a warning.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import wraps
from html import escape
from typing import Any, TextIO

from liquid.ast import BlockNode, IllegalNode, Node
from liquid.context import RenderContext
from liquid.parser import get_parser
from liquid.stream import TokenStream
from liquid.tag import Tag
from liquid.token import TOKEN_EXPRESSION, TOKEN_ILLEGAL, Token

from evergreen.content.jekyll import scholar
from evergreen.content.liquid.engine import set_source_line
from evergreen.content.liquid.lines import LineBuffer
from evergreen.content.liquid.octopress import blockquote, pullquote, video
from evergreen.content.liquid.session import LiquidSession
from evergreen.content.liquid.tags import SimpleNode, SimpleTag, session_of, with_outputs
from evergreen.content.plugin_hooks import Render, plugin_state, read_call
from evergreen.model import Plugin, PluginError, Site, TagCall
from evergreen.model.urls import href
from evergreen.regex import regex

_ID = regex(r"[\w-]{3,40}")
_VIDEO = regex(r"(?:v=|youtu\.be/|embed/|vimeo\.com/)([\w-]{3,20})")


def _of_one(show: Callable[[str], str]) -> Render:
    """Return the function of a tag that shows its first argument; nothing without one."""
    return lambda call: show(call.arguments[0]) if call.arguments else ""


def _gist(name: str) -> str:
    return _link(f"https://gist.github.com/{name}", f"gist {name}")


def _youtube(word: str) -> str:
    return _video(word, "https://www.youtube.com/watch?v=", "YouTube")


def _vimeo(word: str) -> str:
    return _video(word, "https://vimeo.com/", "Vimeo")


def _video(word: str, address: str, name: str) -> str:
    found = _VIDEO.search(word)
    key = found[1] if found else word
    return _link(address + key, f"{name} {key}") if _ID.fullmatch(key) else ""


def _jsfiddle(name: str) -> str:
    return _link(f"https://jsfiddle.net/{name}/", f"JSFiddle {name}")


def _tweet(url: str) -> str:
    return _link(url, url) if url.startswith("https://") else ""


def _link(url: str, label: str) -> str:
    return f'<a href="{escape(url)}">{escape(label)}</a>'


def _picture(call: TagCall) -> str:
    """Render `{% img left /a.png 300 200 title %}` of Octopress, `{% asset_img a.png title %}` of
    Hexo."""
    words = call.arguments
    at = next((n for n, word in enumerate(words) if "/" in word or "." in word), None)
    if at is None:
        return ""
    rest = [word for word in words[at + 1 :] if not word.isdecimal()]
    classes = f' class="{escape(" ".join(words[:at]))}"' if at else ""
    source = escape(href(call.site, words[at]))
    return f'<img src="{source}" alt="{escape(" ".join(rest))}"{classes}>'


def _path(call: TagCall) -> str:
    return escape(href(call.site, call.arguments[0])) if call.arguments else ""


def _details(call: TagCall) -> str:
    """Render a collapsed block below its title; both are Markdown."""
    title = call.text.strip("\"'")
    head = f'<details markdown="1"><summary markdown="span">{title}</summary>'
    return f"{head}\n{call.content}</details>"


def _nothing(call: TagCall) -> str:
    """Render a tag whose output our templates have already: `{% seo %}`, `{% feed_meta %}`."""
    return ""


JEKYLL = Plugin(
    "jekyll",
    liquid_tags={
        "gist": _of_one(_gist),
        **dict.fromkeys(("youtube", "youtube_player"), _of_one(_youtube)),
        "video": video,
        "vimeo": _of_one(_vimeo),
        "jsfiddle": _of_one(_jsfiddle),
        **dict.fromkeys(("tweet", "twitter"), _of_one(_tweet)),
        **dict.fromkeys(("img", "asset_img"), _picture),
        **dict.fromkeys(("asset_path", "asset"), _path),
        **dict.fromkeys(("cite", "cite_details"), scholar.cite),
        "bibliography": scholar.bibliography,
        "reference": scholar.reference,
        "nocite": scholar.nothing,
        **dict.fromkeys(("seo", "feed_meta", "toc", "more", "csrf_meta_tags"), _nothing),
    },
    liquid_blocks={
        "details": _details,
        "quote": scholar.quote,
        "blockquote": blockquote,
        "pullquote": pullquote,
    },
)
"""The tags of Jekyll's plugins, Octopress and Hexo, as a plugin of ours."""


def tags_of_plugins(site: Site) -> Iterator[type[Tag]]:
    """Yield the tags of Jekyll's plugins, and those of the blog's, which come later."""
    for tags, blocks in (
        (JEKYLL.liquid_tags, JEKYLL.liquid_blocks),
        (site.hooks.named("liquid_tags"), site.hooks.named("liquid_blocks")),
    ):
        yield from (_plain_tag(name, render) for name, render in tags.items())
        yield from (_block_tag(name, render) for name, render in blocks.items())


def filters_of_plugins(session: LiquidSession) -> dict[str, Callable[..., Any]]:
    """Return the Liquid filters of the blog's plugins; an error in one stops the post."""
    return {
        name: _at_output(session, name, function)
        for name, function in session.site.hooks.named("liquid_filters").items()
    }


def _at_output(
    session: LiquidSession, name: str, function: Callable[..., Any]
) -> Callable[..., Any]:
    """Wrap a filter: its plugin is a dependency of the post, and errors are at the output."""

    @wraps(function)
    def filtering(value: Any, *arguments: Any, **options: Any) -> Any:
        session.use(f"liquid {name}", plugin_state(session.site, "liquid", name))
        try:
            return function(value, *arguments, **options)
        except PluginError as error:
            raise error.at(session.post.path, session.diagnostics.outer or 1) from error

    return filtering


def _rendered(context: RenderContext, token: Token, render: Render, text: str, inner: str) -> str:
    """Return what a tag's function makes of a use of the tag. Raises EvergreenError at it."""
    session = session_of(context)
    line = session.diagnostics.line(token) or 1
    if state := plugin_state(session.site, "liquid", token.value):
        session.use(f"liquid {token.value}", state)
    call = read_call(
        token.value, with_outputs(context, text), inner, session.post, session.site, line
    )
    try:
        return render(call)
    except PluginError as error:
        raise error.at(session.post.path, line) from error


def _plain_tag(tag_name: str, render: Render) -> type[Tag]:
    class PlainNode(SimpleNode):
        def text(self, context: RenderContext) -> str:
            return _rendered(context, self.token, render, self.inner, "")

    class PlainTag(SimpleTag):
        name = tag_name

        def make(self, token: Token, inner: str) -> Node:
            return PlainNode(token, inner)

    return PlainTag


def _block_tag(tag_name: str, render: Render) -> type[Tag]:
    class BlockTag(Tag):
        name = tag_name
        end = f"end{tag_name}"

        def parse(self, stream: TokenStream) -> Node:
            token, text = stream.current, ""
            if stream.peek.kind == TOKEN_EXPRESSION:
                next(stream)
                text = stream.current.value.strip()
            next(stream)
            block = get_parser(self.env).parse_block(stream, (self.end,))
            return _BlockNode(token, render, text, block)

    return BlockTag


class _BlockNode(Node):
    """A block of a plugin; where its content is kept as it is, so are the lines of the content."""

    __slots__ = ("block", "render_tag", "text")

    def __init__(self, token: Token, render: Render, text: str, block: BlockNode) -> None:
        super().__init__(token)
        self.render_tag, self.text, self.block, self.blank = render, text, block, False

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        content = LineBuffer()
        self.block.render(context, content)
        inner = content.getvalue()
        made = _rendered(context, self.token, self.render_tag, self.text, inner)
        before, found, after = made.partition(inner) if inner else (made, "", "")
        set_source_line(buffer, context, self.token)
        count = buffer.write(before)
        if found:
            content.copy_to(buffer)
            set_source_line(buffer, context, self.token)
        return count + buffer.write(after)


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
        self.env.session.use(f"liquid {name}", "")  # type: ignore[attr-defined]
        if end not in _ends(stream):
            diagnostics.warn(token, f"unknown Liquid tag '{name}'", "nothing is shown for it")
            return IllegalNode(token)
        diagnostics.warn(token, f"unknown Liquid tag '{name}'", "only its content is shown")
        next(stream)
        block = get_parser(self.env).parse_block(stream, (end,))
        return _KeptNode(token, block)

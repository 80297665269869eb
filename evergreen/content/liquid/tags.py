"""Jekyll's tags: include, include_relative, post_url, link."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import StringIO
from typing import Any, TextIO

from liquid.ast import Node
from liquid.builtin.expressions import Path, tokenize
from liquid.context import RenderContext
from liquid.stream import TokenStream
from liquid.tag import Tag
from liquid.template import BoundTemplate
from liquid.token import TOKEN_EXPRESSION, Token

from evergreen.content.liquid.engine import parse_text, render_node, set_source_line
from evergreen.content.liquid.includes import MissingInclude, RefusedInclude
from evergreen.content.liquid.session import LiquidSession
from evergreen.content.liquid.shared import nearest
from evergreen.dataclass import replace
from evergreen.model.urls import href
from evergreen.regex import regex

_PARAMETER = regex(
    r"""([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([\w.-]+))""", re.S
)
_NUMBER = regex(r"-?[0-9]{1,15}(\.[0-9]{1,15})?")
_LITERALS = {"true": True, "false": False, "nil": None, "null": None}
_FILE = regex(r"((?:\{\{.*?\}\}|[^\s{}])+)\s*(.*)", re.S)


class SimpleTag(Tag):
    """A tag without an end tag."""

    block = False

    def parse(self, stream: TokenStream) -> Node:
        """Return the node of this tag."""
        token = stream.current
        inner = ""
        if stream.peek.kind == TOKEN_EXPRESSION:
            next(stream)
            inner = stream.current.value
        return self.make(token, inner)

    def make(self, token: Token, inner: str) -> Node:
        """Return the node for the tag's arguments."""
        raise NotImplementedError


class SimpleNode(Node):
    """The node of a tag without an end tag: renders `text`."""

    __slots__ = ("inner",)

    def __init__(self, token: Token, inner: str) -> None:
        super().__init__(token)
        self.inner, self.blank = inner, False

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        """Write the text in place of the tag."""
        text = self.text(context)
        set_source_line(buffer, context, self.token)
        return buffer.write(text)

    def text(self, context: RenderContext) -> str:
        """Return the text that replaces the tag."""
        raise NotImplementedError


def session_of(context: RenderContext) -> LiquidSession:
    """Return the session of the post being rendered."""
    session: LiquidSession = context.env.session  # type: ignore[attr-defined]
    return session


def value_of(context: RenderContext, name: str) -> Any:
    """Return the value of a path like `page.title`, None if undefined; `true` and `42` are
    literals.
    """
    if name in _LITERALS:
        return _LITERALS[name]
    if _NUMBER.fullmatch(name):
        return float(name) if "." in name else int(name)
    stream = TokenStream(tokenize(name, Token(TOKEN_EXPRESSION, name, 0, name)))
    found = Path.parse(context.env, stream).evaluate(context)
    return None if found == None else found  # noqa: E711 - an undefined value equals None


def with_outputs(context: RenderContext, text: str) -> str:
    """Replace each `{{ … }}` in the arguments of a tag."""
    if "{{" not in text:
        return text
    template = parse_text(context.env, text)  # type: ignore[arg-type]
    buffer = StringIO()
    for node in template.nodes:
        render_node(context.env, node, context, buffer)  # type: ignore[arg-type]
    return buffer.getvalue()


class _IncludeNode(SimpleNode):
    relative = False

    def text(self, context: RenderContext) -> str:
        session, diagnostics = session_of(context), session_of(context).diagnostics
        found = _FILE.match(self.inner)
        if found is None:
            raise diagnostics.fault(
                self.token, "the include names no file", "write {% include file %}"
            )
        name = with_outputs(context, found[1]).strip()
        try:
            path, source = session.read_include(name, relative=self.relative)
        except MissingInclude as absent:
            diagnostics.warn(self.token, absent.message, absent.advice)
            return ""
        except RefusedInclude as refused:
            raise diagnostics.fault(self.token, refused.message, refused.advice) from None
        if removed := session.blog.includes.removed.get(path):
            place = replace(removed, message="", advice="")
            diagnostics.warn(self.token, f"in {place}: {removed.message}", removed.advice)
        values = dict(_parameters(context, found[2]))
        return self._rendered(context, session.template(path, source), values)

    def _rendered(
        self, context: RenderContext, template: BoundTemplate, values: dict[str, Any]
    ) -> str:
        diagnostics = session_of(context).diagnostics
        outer, diagnostics.outer = (
            diagnostics.outer,
            diagnostics.line(self.token) or diagnostics.outer,
        )
        buffer = context.get_buffer()
        with context.extend({"include": values}):
            for node in template.nodes:
                render_node(context.env, node, context, buffer)  # type: ignore[arg-type]
        diagnostics.outer = outer
        return buffer.getvalue()


class _IncludeRelativeNode(_IncludeNode):
    relative = True


class IncludeTag(SimpleTag):
    """`{% include file.html a="x" b=page.title %}`; the file reads `include.a`."""

    name = "include"

    def make(self, token: Token, inner: str) -> Node:
        """Return the node of an include."""
        return _IncludeNode(token, inner)


class IncludeCachedTag(IncludeTag):
    """`{% include_cached %}`, the same tag under a plugin's name."""

    name = "include_cached"


class IncludeRelativeTag(SimpleTag):
    """`{% include_relative %}`, from the folder of the post."""

    name = "include_relative"

    def make(self, token: Token, inner: str) -> Node:
        """Return the node of an include."""
        return _IncludeRelativeNode(token, inner)


class _AddressNode(SimpleNode):
    def text(self, context: RenderContext) -> str:
        session = session_of(context)
        name = with_outputs(context, self.inner).strip()
        kind = self.token.value
        url = session.address(kind, name)
        if not url:
            what, advice = _UNKNOWN[kind]
            if near := nearest(session.blog.post_index, kind, name):
                advice = f"did you mean '{near}'?"
            raise session.diagnostics.fault(self.token, f"there is no {what} '{name}'", advice)
        return href(session.site, url)


_UNKNOWN = {
    "post_url": ("post", "name it as its file: 2018-07-11-slug"),
    "link": ("file", "give its path from the blog's folder"),
}
"""What is missing, and what to do, by the tag."""


class PostUrlTag(SimpleTag):
    """`{% post_url 2018-07-11-slug %}`."""

    name = "post_url"

    def make(self, token: Token, inner: str) -> Node:
        """Return the node of a URL."""
        return _AddressNode(token, inner)


class LinkTag(PostUrlTag):
    """`{% link _posts/2018-07-11-slug.md %}`."""

    name = "link"


def _parameters(context: RenderContext, text: str) -> Iterator[tuple[str, Any]]:
    for found in _PARAMETER.finditer(text):
        key, double, single, variable = found.groups()
        if variable is not None:
            yield key, value_of(context, variable)
        elif double is not None:
            yield key, double.replace('\\"', '"')
        else:
            yield key, single.replace("\\'", "'")


TAGS: tuple[type[Tag], ...] = (
    IncludeTag,
    IncludeCachedTag,
    IncludeRelativeTag,
    PostUrlTag,
    LinkTag,
)

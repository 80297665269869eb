"""python-liquid with limits, Ruby Liquid's tolerance, and line numbers.

What Ruby renders as nothing is a warning here; what stops Jekyll is an error, at its line, except
for unknown tags of plugins, which are warnings.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, TextIO

from liquid import Environment
from liquid.ast import IllegalNode, Node
from liquid.builtin.content import ContentNode, Literal
from liquid.builtin.expressions import BooleanExpression, tokenize
from liquid.builtin.output import Output, OutputNode
from liquid.context import RenderContext
from liquid.exceptions import (
    BlockNestingError,
    BreakLoop,
    ContextDepthError,
    ContinueLoop,
    LiquidError,
    LiquidInterrupt,
    LiquidSyntaxError,
    ResourceLimitError,
)
from liquid.stream import TokenStream
from liquid.tag import Tag
from liquid.template import BoundTemplate
from liquid.token import TOKEN_EOF, TOKEN_EXPRESSION, TOKEN_OUTPUT, TOKEN_TAG, Token

from evergreen.content.liquid.diagnostics import Diagnostics
from evergreen.content.liquid.lax import lax, with_plain_members
from evergreen.content.liquid.limits import MAX_LOOPS, MAX_VALUE, LimitedFilters
from evergreen.content.liquid.lines import LineBuffer, line_starts
from evergreen.content.liquid.standard import standard_filters
from evergreen.content.liquid.tokens import TOO_MANY, Prose, UnclosedTag, read_tokens
from evergreen.content.liquid.values import text
from evergreen.errors import EvergreenError

MAX_SECONDS = 2.0
"""CPU time of a text; `allow` adds to it what its work on the blog's posts may take."""
_MAX_STEP = 0.25
"""CPU time that one step counts at most: a garbage collection of a large process takes seconds."""
_OF_FILES = frozenset(("include", "include_relative", "include_cached", "link", "post_url"))
"""Tags whose markup begins with the name of a file."""
_END = "end it with {{% end{0} %}}"
_HOW_TO_ESCAPE = (
    "nothing is shown for it; put {% raw %} and {% endraw %} around it to show it as it is"
)
_FIX_OR_ESCAPE = "fix it, or put {% raw %} and {% endraw %} around it to show it as it is"
_OVER_LIMIT = "Liquid takes too long or its output is too large"


class LiquidEngine(Environment):
    """Tags and filters for one post."""

    output_stream_limit = MAX_VALUE * 2
    local_namespace_limit = MAX_VALUE * 4
    loop_iteration_limit = MAX_LOOPS
    block_nesting_limit = 60
    context_depth_limit = 60

    def __init__(self, diagnostics: Diagnostics) -> None:
        self.diagnostics = diagnostics
        self.seconds_left = MAX_SECONDS
        self.checked_at = time.thread_time()
        self.session: Any = None
        """The `LiquidSession` of the post, for the tags."""
        self.prose: Prose | None = None
        self.token: Token | None = None
        """The tag that is being parsed."""
        super().__init__(strict_filters=False)
        own = standard_filters(self.filters)
        self.filters: LimitedFilters = LimitedFilters({**self.filters, **own}, diagnostics)

    def __hash__(self) -> int:
        return id(self)

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        """Register python-liquid's tags and filters, with lines and limits."""
        super().setup_tags_and_filters(extra=extra)
        self.add_tag(_Text)
        self.add_tag(_Output)
        for name in ("include", "render", "doc", "liquid", "echo"):
            self.tags.pop(name, None)  # Jekyll's Liquid does not have them, or differently

    def add_tag(self, tag: type[Tag]) -> None:
        """Register a tag, so that the tag being parsed is known."""
        super().add_tag(tag)
        instance = self.tags[tag.name]
        instance.parse = partial(self._parse_tag, instance.parse)  # type: ignore[method-assign]

    def _parse_tag(self, parse: Callable[[TokenStream], Node], stream: TokenStream) -> Node:
        self.token = stream.current
        start, depth = stream.pos, stream.block_depth
        try:
            return parse(stream)
        except LiquidSyntaxError:
            markup = stream.tokens[start + 1 : start + 2]
            if not self._rewritten(self.token, markup):
                raise
            stream.tokens[start + 1] = markup[0]
            stream.pos, stream.block_depth = start, depth
            return parse(stream)

    def _rewritten(self, tag: Token, markup: list[Token]) -> bool:
        """Replace a tag's markup that is not valid by what Ruby's Liquid reads, with a warning;
        False if there is nothing to replace.
        """
        if not markup or markup[0].kind != TOKEN_EXPRESSION:
            return False
        before = markup[0].value
        name = "output" if tag.kind == TOKEN_OUTPUT else tag.value
        if not (after := lax(name, before)) or after == before:
            return False
        markup[0] = markup[0]._replace(value=after)
        message = f"Liquid: '{before}' is not valid, and is read as '{after}'"
        self.diagnostics.warn(tag, message, _FIX_OR_ESCAPE)
        return True

    def tokenizer(self) -> Callable[[str], Iterator[Token]]:
        """Return the tokenizer; the post itself may be prose, its includes are Liquid."""
        prose, self.prose = self.prose, None
        return lambda source: self._with_valid_elsif(read_tokens(source, prose))

    def _with_valid_elsif(self, tokens: Iterator[Token]) -> Iterator[Token]:
        """Rewrite the conditions of `elsif` that are not valid: with one of them python-liquid
        drops the whole block; and members that have the name of a keyword.
        """
        tag: Token | None = None
        for token in tokens:
            if tag and tag.value == "elsif" and token.kind == TOKEN_EXPRESSION:
                try:
                    BooleanExpression.parse(self, TokenStream(tokenize(token.value, token)))
                except LiquidSyntaxError:
                    markup = [token]
                    self._rewritten(tag, markup)
                    token = markup[0]
            if token.kind == TOKEN_EXPRESSION and not (tag and tag.value in _OF_FILES):
                token = token._replace(value=with_plain_members(token.value))
            tag = token if token.kind == TOKEN_TAG else None
            yield token

    def error(
        self,
        exc: type[LiquidError] | LiquidError,
        msg: str | None = None,
        token: Token | None = None,
    ) -> None:
        """Warn about what Ruby tolerates, raise for the rest."""
        error = exc if isinstance(exc, LiquidError) else exc(msg, token=token)
        place = error.token or token
        if isinstance(error, ResourceLimitError) or _plain(error).startswith("expected tag"):
            raise error
        if place is None or place.start_index < 0:
            place = self.token
        self.diagnostics.warn(place, f"Liquid: {_plain(error)}", _HOW_TO_ESCAPE)

    def allow(self, seconds: float) -> None:
        """Extend the time limit."""
        self.seconds_left += seconds

    def skip_time(self) -> None:
        """Leave the time since the last check out of the limit."""
        self.checked_at = time.thread_time()

    def check_time(self) -> None:
        """Raise ResourceLimitError if the post has taken too long."""
        now = time.thread_time()
        self.seconds_left -= min(now - self.checked_at, _MAX_STEP)
        self.checked_at = now
        if self.seconds_left < 0:
            raise ResourceLimitError(_OVER_LIMIT, token=None)


class LiquidContext(RenderContext):
    """A context that enforces the time limit."""

    def assign(self, key: str, val: Any) -> None:
        """Assign a variable."""
        self.env.check_time()  # type: ignore[attr-defined]
        super().assign(key, val)


def parse_text(engine: LiquidEngine, text: str, prose: Prose | None = None) -> BoundTemplate:
    """Parse a template. Raises EvergreenError where Jekyll would stop."""
    engine.prose = prose
    diagnostics = engine.diagnostics
    diagnostics.starts[text] = line_starts(text)
    try:
        return engine.template_class(env=engine, name="", nodes=engine._parse(text))
    except UnclosedTag as error:
        place = Token(TOKEN_EOF, "", error.index, text)
        raise diagnostics.fault(place, *_not_closed(error.what)) from None
    except (BlockNestingError, RecursionError):
        raise diagnostics.fault(
            None, "Liquid blocks nested too deeply", "nest fewer blocks"
        ) from None
    except LiquidError as error:
        raise _unclosed(engine, text, prose, error) from None


def render_text(
    engine: LiquidEngine, template: BoundTemplate, values: Mapping[str, Any]
) -> LineBuffer:
    """Render a template. Raises EvergreenError."""
    diagnostics, buffer, here = engine.diagnostics, LineBuffer(), None
    context = LiquidContext(template, globals=values)
    try:
        for here in template.nodes:
            diagnostics.outer = diagnostics.line(here.token) or diagnostics.outer
            render_node(engine, here, context, buffer)
    except LiquidInterrupt:
        pass
    except (ResourceLimitError, ContextDepthError, RecursionError, MemoryError) as error:
        message = _plain(error) if isinstance(error, LiquidError) else "nested too deeply"
        said = _OVER_LIMIT if message == _OVER_LIMIT else f"{_OVER_LIMIT}: {message}"
        token = here.token if here else None
        raise diagnostics.fault(token, said, "make it smaller") from None
    return buffer


def render_node(engine: LiquidEngine, node: Node, context: RenderContext, buffer: TextIO) -> None:
    """Render one node; one that fails is left out, with a warning."""
    try:
        node.render(context, buffer)
    except (EvergreenError, BreakLoop, ContinueLoop, LiquidInterrupt):
        raise
    except (ResourceLimitError, ContextDepthError, RecursionError, MemoryError):
        raise
    except LiquidError as error:
        engine.diagnostics.warn(error.token or node.token, f"Liquid: {_plain(error)}")
    except Exception as error:  # a filter may raise anything for an unexpected value
        engine.diagnostics.warn(node.token, f"Liquid: {type(error).__name__}: {error}")


def set_source_line(
    buffer: TextIO, context: RenderContext, token: Token, *, flows: bool = False
) -> None:
    """Set the source line of what is written next."""
    if isinstance(buffer, LineBuffer):
        diagnostics = context.env.diagnostics  # type: ignore[attr-defined]
        if token.source in diagnostics.starts and token.source not in diagnostics.files:
            buffer.set_line(diagnostics.inner(token), flows)


class _TextNode(ContentNode):
    __slots__ = ()

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        context.env.check_time()  # type: ignore[attr-defined]
        set_source_line(buffer, context, self.token, flows=True)
        return buffer.write(self.text)


class _Text(Literal):
    node_class = _TextNode


class _OutputNode(OutputNode):
    __slots__ = ()

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        context.env.check_time()  # type: ignore[attr-defined]
        context.env.diagnostics.outer = context.env.diagnostics.line(self.token)  # type: ignore[attr-defined]
        set_source_line(buffer, context, self.token)
        return buffer.write(text(self.expression.evaluate(context)))


class _Output(Output):
    node_class = _OutputNode

    def parse(self, stream: TokenStream) -> Node:  # type: ignore[override]
        if stream.peek.kind == TOKEN_EXPRESSION and not stream.peek.value:
            token = stream.eat(TOKEN_OUTPUT)  # `{{}}` renders nothing
            return IllegalNode(token)
        return super().parse(stream)


def _not_closed(what: str) -> tuple[str, str]:
    """Return message and advice for a text that ends too early."""
    if what == TOO_MANY:
        return "too many Liquid tags", "use fewer, or write 'render_with_liquid: false'"
    if what in ("{{", "{%"):
        return f"the Liquid tag is not closed: '{what}'", "close it, or use {% raw %}"
    return f"the block {{% {what} %}} is not closed", _END.format(what)


def _unclosed(
    engine: LiquidEngine, text: str, prose: Prose | None, error: LiquidError
) -> EvergreenError:
    """Return the error for a text that ends inside a block, at the block's tag."""
    fresh = Prose(prose.known, prose.is_code) if prose else None
    open_: list[Token] = []
    for token in read_tokens(text, fresh):
        if token.kind == "tag" and f"end{token.value}" in END_TAGS:
            open_.append(token)
        elif token.kind == "tag" and open_ and token.value == f"end{open_[-1].value}":
            open_.pop()
    if not open_:
        return engine.diagnostics.fault(error.token, f"Liquid: {_plain(error)}")
    return engine.diagnostics.fault(open_[-1], *_not_closed(open_[-1].value))


END_TAGS = frozenset(
    f"end{name}"
    for name in (
        *("if", "unless", "for", "case", "capture", "tablerow", "ifchanged"),
        *("raw", "comment", "highlight"),
    )
)


def _plain(error: LiquidError) -> str:
    """Return python-liquid's message without its excerpt of the source."""
    return str(error.args[0] if error.args else error).split("\n")[0]

"""Set up the engine of one post, with all of Jekyll's tags and filters."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import wraps
from typing import Any

from liquid.tag import Tag

from evergreen.content.liquid.blocks import CodeBlockTag, HighlightTag
from evergreen.content.liquid.dates import is_now
from evergreen.content.liquid.engine import END_TAGS, LiquidEngine
from evergreen.content.liquid.filters import filters_for
from evergreen.content.liquid.lines import line_starts
from evergreen.content.liquid.lists import LISTS
from evergreen.content.liquid.octopress import IncludeCodeTag
from evergreen.content.liquid.plugin_tags import (
    JEKYLL,
    UnknownTag,
    filters_of_plugins,
    tags_of_plugins,
)
from evergreen.content.liquid.session import LiquidSession
from evergreen.content.liquid.tags import TAGS
from evergreen.content.liquid.tokens import Prose
from evergreen.markdown import Document, parse
from evergreen.model import Post
from evergreen.regex import regex

_PARTS = ("raw", "comment", "#")


def open_engine(session: LiquidSession) -> LiquidEngine:
    """Return an engine for the session."""
    engine = LiquidEngine(session.diagnostics)
    engine.session = session
    own: tuple[type[Tag], ...] = (*TAGS, HighlightTag, CodeBlockTag, IncludeCodeTag)
    for tag in (*own, *tags_of_plugins(session.site)):
        engine.add_tag(tag)
    engine.add_tag(UnknownTag)
    for name, function in {**filters_for(session.site), **LISTS}.items():
        is_of_dates = name.startswith("date")
        engine.add_filter(name, _recording_today(session, function) if is_of_dates else function)
    for name, function in filters_of_plugins(session).items():
        engine.add_filter(name, function)
    return engine


def _recording_today(session: LiquidSession, function: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap a date filter: a text that passes it `'now'` depends on the current day."""

    @wraps(function)
    def recording(value: Any, *arguments: Any) -> Any:
        if is_now(value):
            session.use("today", f"{datetime.now():%Y-%m-%d}")
        return function(value, *arguments)

    return recording


def open_prose(engine: LiquidEngine, post: Post) -> Prose:
    """Return the rules for what is Liquid in a post that is mainly prose."""
    hooks = engine.session.site.hooks
    blocks = hooks.named("liquid_blocks").keys()
    asked = hooks.named("liquid_tags").keys() | blocks | {f"end{name}" for name in blocks}
    known = {name for name in engine.tags if name.isidentifier()}
    known -= JEKYLL.liquid_tags.keys() | JEKYLL.liquid_blocks.keys()
    names = frozenset({*known, *asked, *_PARTS, *END_TAGS})
    return Prose(names, code_in(post.body, parse(post.body)))


_FORMULA = regex(r"\$\$.*?\$\$|(?<![\\$\w])\$(?=\S)[^$\n]*?(?<=\S)\$(?![\w$])", re.S)


def code_in(text: str, document: Document) -> Callable[[int], bool]:
    """Return a function that is True for an index of the text inside code or a formula."""
    spans = sorted([*_code(text, document), *(found.span() for found in _FORMULA.finditer(text))])
    begins: list[int] = []
    ends: list[int] = []
    for begin, end in spans:
        if not ends or begin > ends[-1]:
            begins.append(begin)
            ends.append(end)
        else:
            ends[-1] = max(end, ends[-1])

    def is_code(index: int) -> bool:
        at = bisect_right(begins, index) - 1
        return at >= 0 and index < ends[at]

    return is_code


def _code(text: str, document: Document) -> Iterator[tuple[int, int]]:
    starts = [*line_starts(text), len(text)]
    last = len(starts) - 1
    for block in document.code_blocks:
        end = block.source_line + block.source.count("\n") + 1 + block.fenced
        yield starts[min(block.line - 1, last)], starts[min(end - 1, last)]
    for span in document.code_spans:
        begin = text.find(span.source, starts[min(span.line - 1, last)])
        if begin >= 0:
            yield begin, begin + len(span.source)

"""The engine of one post, with all of Jekyll's tags and filters."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any

from liquid.tag import Tag

from evergreen.content.liquid.blocks import CodeBlock, Highlight
from evergreen.content.liquid.code import code_in
from evergreen.content.liquid.dates import is_now
from evergreen.content.liquid.engine import END_TAGS, Engine
from evergreen.content.liquid.filters import filters_for
from evergreen.content.liquid.lists import LISTS
from evergreen.content.liquid.plugins import PLUGINS, Unknown
from evergreen.content.liquid.session import Desk
from evergreen.content.liquid.tags import TAGS
from evergreen.content.liquid.tokens import Prose
from evergreen.markdown import parse
from evergreen.model import Post

_PARTS = ("raw", "comment", "#")


def open_engine(desk: Desk) -> Engine:
    """An engine that knows the desk."""
    engine = Engine(desk.diagnostics)
    engine.desk = desk
    tags: tuple[type[Tag], ...] = (*TAGS, *PLUGINS, Highlight, CodeBlock)
    for tag in tags:
        engine.add_tag(tag)
    engine.add_tag(Unknown)
    for name, function in {**filters_for(desk.site), **LISTS}.items():
        is_of_dates = name.startswith("date")
        engine.add_filter(name, _noting_today(desk, function) if is_of_dates else function)
    return engine


def _noting_today(desk: Desk, function: Callable[..., Any]) -> Callable[..., Any]:
    """A filter of dates; a text that gives it `'now'` depends on the day."""

    @wraps(function)
    def noting(value: Any, *arguments: Any) -> Any:
        if is_now(value):
            desk.use("today", f"{datetime.now():%Y-%m-%d}")
        return function(value, *arguments)

    return noting


def open_prose(engine: Engine, post: Post) -> Prose:
    """What is Liquid in a post that is prose first."""
    known = {name for name in engine.tags if name.isidentifier()} - {
        plugin.name for plugin in PLUGINS
    }
    return Prose(frozenset({*known, *_PARTS, *END_TAGS}), code_in(post.body, parse(post.body)))

"""Jekyll's filters for lists: where, group_by, sort and similar."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from liquid.builtin.expressions import BooleanExpression, tokenize
from liquid.context import RenderContext
from liquid.filter import with_context
from liquid.stream import TokenStream
from liquid.token import TOKEN_EXPRESSION, Token
from liquid.undefined import is_undefined

from evergreen.content.liquid.values import text
from evergreen.regex import regex

_NUMBER = regex(r"\s*-?(?:\d+\.?\d*|\.\d+)\s*")


def where(value: Any, key: Any, wanted: Any = None) -> Any:
    """Return the items whose property equals the value, or contains it."""
    if isinstance(wanted, (list, dict)):
        return value
    return [item for item in items_of(value) if _equals(_property(item, key), wanted)]


def find(value: Any, key: Any, wanted: Any = None) -> Any:
    """Return the first item whose property equals the value, or contains it."""
    return next(iter(where(value, key, wanted)), None)


def group_by(value: Any, key: Any) -> list[dict[str, Any]]:
    """Group by a property, in order of first items: a list of `name`, `items`, `size`."""
    return _grouped((text(_property(item, key)), item) for item in items_of(value))


def sort(value: Any, key: Any = None, nils: Any = "first") -> Any:
    """Sort, by a property if one is given; items without it come first, or `last`. A mapping
    becomes a list of pairs, by name.
    """
    if isinstance(value, Mapping) and (key is None or is_undefined(key)):
        return [[name, value[name]] for name in sorted(value, key=_order)]
    items = items_of(value)
    if key is None or is_undefined(key):
        return sorted(items, key=_order)
    pairs = [(_number(_property(item, key)), item) for item in items]
    missing = [item for found, item in pairs if found is None]
    present = [
        item
        for found, item in sorted(
            (pair for pair in pairs if pair[0] is not None), key=lambda pair: _order(pair[0])
        )
    ]
    return [*present, *missing] if nils == "last" else [*missing, *present]


@with_context
def where_exp(value: Any, name: Any, expression: Any, *, context: RenderContext) -> list[Any]:
    """Return the items for which an expression is true: `"item", "item.price > 10"`."""
    holds = _condition(context, text(name), text(expression))
    return [item for item in items_of(value) if holds(item)]


@with_context
def find_exp(value: Any, name: Any, expression: Any, *, context: RenderContext) -> Any:
    """Return the first item for which an expression is true."""
    holds = _condition(context, text(name), text(expression))
    return next((item for item in items_of(value) if holds(item)), None)


@with_context
def group_by_exp(
    value: Any, name: Any, expression: Any, *, context: RenderContext
) -> list[dict[str, Any]]:
    """Group by the value of an expression: `"post", "post.date | date: '%Y'"`."""
    from liquid.builtin.expressions import FilteredExpression

    stream = TokenStream(_tokens(text(expression)))
    parsed = FilteredExpression.parse(context.env, stream)
    pairs = []
    for item in items_of(value):
        with context.extend({text(name): item}):
            pairs.append((parsed.evaluate(context), item))
    return _grouped((text(key), item) for key, item in pairs)


def push(value: Any, item: Any) -> Any:
    """Append an item."""
    return [*value, item] if isinstance(value, list) else value


def pop(value: Any, count: Any = 1) -> Any:
    """Remove the last items."""
    return value[: max(len(value) - int(count), 0)] if isinstance(value, list) else value


def shift(value: Any, count: Any = 1) -> Any:
    """Remove the first items."""
    return value[int(count) :] if isinstance(value, list) else value


def unshift(value: Any, item: Any) -> Any:
    """Prepend an item."""
    return [item, *value] if isinstance(value, list) else value


def sample(value: Any, count: Any = 1) -> Any:
    """Return the first items, not random ones: a page must be the same in every build."""
    if not isinstance(value, list):
        return value
    return value[0] if count == 1 and value else value[: int(count)]


LISTS: Mapping[str, Callable[..., Any]] = {
    "where": where,
    "where_exp": where_exp,
    "find": find,
    "find_exp": find_exp,
    "group_by": group_by,
    "group_by_exp": group_by_exp,
    "sort": sort,
    "push": push,
    "pop": pop,
    "shift": shift,
    "unshift": unshift,
    "sample": sample,
}


def items_of(value: Any) -> list[Any]:
    """Return the items of a list, or the values of a mapping."""
    if isinstance(value, Mapping):
        return list(value.values())
    if value is None or is_undefined(value) or isinstance(value, str):
        return []
    return list(value) if isinstance(value, Iterable) else []


def _condition(context: RenderContext, name: str, expression: str) -> Callable[[Any], bool]:
    parsed = BooleanExpression.parse(context.env, TokenStream(_tokens(expression)))

    def holds(item: Any) -> bool:
        with context.extend({name: item}):
            return bool(parsed.evaluate(context))

    return holds


def _tokens(expression: str) -> Any:
    return tokenize(expression, Token(TOKEN_EXPRESSION, expression, 0, expression))


def _property(item: Any, key: Any) -> Any:
    for part in text(key).split("."):
        if not isinstance(item, Mapping):
            return None
        item = item.get(part)
    return item


def _equals(found: Any, wanted: Any) -> bool:
    if wanted is None or is_undefined(wanted):
        return found is None
    if isinstance(found, (list, tuple)):
        return any(text(each) == text(wanted) for each in found)
    return found is not None and text(found) == text(wanted)


def _grouped(pairs: Iterable[tuple[str, Any]]) -> list[dict[str, Any]]:
    groups: dict[str, list[Any]] = {}
    for name, item in pairs:
        groups.setdefault(name, []).append(item)
    return [{"name": name, "items": found, "size": len(found)} for name, found in groups.items()]


def _number(value: Any) -> Any:
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        return float(value) if "." in value else int(value)
    return value


def _order(value: Any) -> tuple[int, Any]:
    """Return a sort key: numbers, then dates, then everything else as text."""
    if isinstance(value, (int, float)):
        return 0, value
    if hasattr(value, "timestamp"):
        return 1, value.timestamp()
    return 2, text(value)

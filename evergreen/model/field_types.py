"""Values that authors of plugins give, against the annotations of the fields that take them.

Python does not check them: a text where a date belongs would fail much later, as if the engine were
wrong. Each value is looked at once, where it enters.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

_NAMES: Mapping[type, str] = {
    str: "a text",
    bytes: "bytes",
    int: "a whole number",
    float: "a number",
    bool: "True or False",
    NoneType: "None",
}


def find_wrong_field(value: object, before: object = None) -> tuple[str, str] | None:
    """Return what is wrong with the first field of a dataclass that has a value of another type,
    and what it takes; None if there is none.

    Fields that are the same in `before` are not looked at.
    """
    of: Any = type(value)
    for name, kind in _hints(of).items():
        own = getattr(value, name)
        if before is not None and own is getattr(before, name):
            continue
        if not is_of(own, kind):
            return f"'{name}' is {_short(own)}", f"give it {in_words(kind)}"
    return None


def is_of(value: object, kind: Any) -> bool:
    """True if a value is of an annotated type, with all that it holds."""
    origin, within = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return any(is_of(value, each) for each in within)
    if origin is Literal:
        return value in within
    if origin is tuple:
        return isinstance(value, tuple) and _all_of(value, within)
    if origin is not None and issubclass(origin, Mapping):
        return isinstance(value, Mapping) and all(
            is_of(key, within[0]) and is_of(each, within[1]) for key, each in value.items()
        )
    if origin is not None and issubclass(origin, Sequence):
        return _is_sequence(value) and all(is_of(each, within[0]) for each in value)  # type: ignore[attr-defined]
    return callable(value) if origin is not None else _is_plain(value, kind)


def in_words(kind: Any) -> str:
    """Return an annotated type as advice names it: `a tuple of Artifact values`."""
    origin, within = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return " or ".join(map(in_words, within))
    if origin is Literal:
        return " or ".join(map(repr, within))
    if origin is tuple or (origin and issubclass(origin, Sequence)):
        kinds = within[0] if within else Any
        of = f"{kinds.__name__} values" if isinstance(kinds, type) else "values"
        of = "texts" if kinds is str else of
        return f"a {'tuple' if origin is tuple else 'list'} of {of}"
    if origin is not None and issubclass(origin, Mapping):
        last = ", each a function" if get_origin(within[1]) is not None else ""
        return f"a dict with texts as keys{last}"
    if origin is not None:
        return "a function"
    return _NAMES.get(kind, f"a value of type {getattr(kind, '__name__', kind)}")


def _all_of(values: tuple[object, ...], kinds: tuple[Any, ...]) -> bool:
    if len(kinds) == 2 and kinds[1] is Ellipsis:
        return all(is_of(each, kinds[0]) for each in values)
    return len(values) == len(kinds) and all(map(is_of, values, kinds))


def _is_plain(value: object, kind: Any) -> bool:
    """True if a value is of a class; the fields of one of ours are looked at, too."""
    if kind is Any or not isinstance(kind, type):
        return True
    if getattr(kind, "_is_protocol", False):
        return all(hasattr(value, name) for name in vars(kind) if not name.startswith("_"))
    if kind is float:
        return isinstance(value, int | float)
    if not isinstance(value, kind):
        return False
    return not is_dataclass(kind) or find_wrong_field(value) is None


def _is_sequence(value: object) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


@cache
def _hints(kind: Hashable) -> dict[str, Any]:
    """Return the types of a dataclass's fields; names that only type checkers import are those of
    the package."""
    names = {**vars(sys.modules[__package__]), "BeautifulSoup": object, "Callable": Callable}
    hints = get_type_hints(kind, localns=names)
    return {field.name: hints[field.name] for field in fields(kind)}  # type: ignore[arg-type]


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:60]}…"

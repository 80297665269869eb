"""Values as bytes, for the engine's own eyes.

A frozen dataclass is pickled as a call of its constructor: its own way looks up the names of the
fields for each value, and takes twice as long. `pickle.loads` reads both.
"""

from __future__ import annotations

import copyreg
import io
import pickle
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from functools import lru_cache
from operator import attrgetter
from sys import intern
from typing import Any
from zlib import crc32

from evergreen.model.check import CheckOptions, CheckSettings
from evergreen.model.execution import Environment
from evergreen.model.page import Page
from evergreen.model.post import Post
from evergreen.model.settings import ExecuteOptions, NumberOptions

Reducer = Callable[[Any], Any]


def dumps(value: Any) -> bytes:
    """Pickle a value. Raises what pickle raises for values that cannot be pickled."""
    buffer = io.BytesIO()
    _Pickler(buffer, protocol=5).dump(value)
    return buffer.getvalue()


def pack(value: Any) -> bytes:
    """Pickle a value behind a checksum, for a file that may be damaged."""
    return seal(dumps(value))


def unpack(packed: bytes) -> Any:
    """Return the value that `pack` packed. Raises ValueError if the bytes are damaged."""
    return pickle.loads(unseal(packed))


def seal(content: bytes) -> bytes:
    """Put a checksum before bytes."""
    return crc32(content).to_bytes(4, "big") + content


def unseal(sealed: bytes) -> bytes:
    """Return the bytes that `seal` got. Raises ValueError if they are damaged."""
    content = sealed[4:]
    if crc32(content).to_bytes(4, "big") != sealed[:4]:
        raise ValueError("a damaged value")
    return content


_SHARED = (CheckOptions, CheckSettings, Environment, ExecuteOptions, NumberOptions)
"""Classes of values that are equal in most posts: of equal ones that are read, one is kept."""


def _places(kind: Any, *names: str) -> list[int]:
    """Return the places of fields among the arguments of a constructor."""
    return list(map(kind.__match_args__.index, names))


_POST_NAMES = _places(Post, "lang", "layout", "bundle", "kernel", "language", "markup", "cell_form")
"""Fields of a post that are equal in most posts."""
_POST_TERMS = _places(Post, "categories", "tags")
_POST_KEYS = _places(Post, "meta", "lines")
(_PAGE_KEYWORDS,) = _places(Page, "keywords")


@lru_cache(1_000, typed=True)
def _shared(kind: type, *values: Any) -> Any:
    return kind(*values)


def _post(*values: Any) -> Post:
    """Return a post whose names, tags and keys are one object in all posts."""
    own = list(values)
    for at in _POST_NAMES:
        own[at] = _interned(own[at])
    for at in _POST_TERMS:
        own[at] = tuple(map(_interned, own[at]))
    for at in _POST_KEYS:
        own[at] = {_interned(key): value for key, value in own[at].items()}
    return Post(*own)


def _page(*values: Any) -> Page:
    """Return a page whose keywords are one object in all pages."""
    own = list(values)
    own[_PAGE_KEYWORDS] = tuple(map(_interned, own[_PAGE_KEYWORDS]))
    return Page(*own)


def _interned(value: Any) -> Any:
    return intern(value) if type(value) is str else value


class _Reducers(dict[type, Reducer]):
    """How a value of each class is taken apart; found out when the first one comes."""

    def __missing__(self, kind: type) -> Reducer:
        if not is_dataclass(kind):
            raise KeyError(kind)
        self[kind] = _reducer(kind)
        return self[kind]


class _Pickler(pickle.Pickler):
    dispatch_table = _Reducers(copyreg.dispatch_table)


def _reducer(kind: type) -> Reducer:
    names = [field.name for field in fields(kind)]
    if kind in _SHARED:
        values = attrgetter(*names)
        return lambda value: (_shared, (kind, *values(value)))
    if len(names) > 1:
        values, make = attrgetter(*names), _MAKERS.get(kind, kind)
        return lambda value: (make, values(value))
    return lambda value: (kind, tuple(getattr(value, name) for name in names))


_MAKERS: dict[type, Callable[..., Any]] = {Post: _post, Page: _page}
"""Functions that are called instead of a constructor."""

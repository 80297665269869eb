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
from operator import attrgetter
from typing import Any

Reducer = Callable[[Any], Any]


def dumps(value: Any) -> bytes:
    """The value pickled. Raises what pickle raises for one that cannot be."""
    buffer = io.BytesIO()
    _Pickler(buffer, protocol=5).dump(value)
    return buffer.getvalue()


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
    if len(names) > 1:
        values = attrgetter(*names)
        return lambda value: (kind, values(value))
    return lambda value: (kind, tuple(getattr(value, name) for name in names))

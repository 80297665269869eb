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
from zlib import crc32

Reducer = Callable[[Any], Any]


def dumps(value: Any) -> bytes:
    """Pickle a value. Raises what pickle raises for values that cannot be pickled."""
    buffer = io.BytesIO()
    _Pickler(buffer, protocol=5).dump(value)
    return buffer.getvalue()


def pack(value: Any) -> bytes:
    """Pickle a value behind a checksum, for a file that may be damaged."""
    content = dumps(value)
    return crc32(content).to_bytes(4, "big") + content


def unpack(packed: bytes) -> Any:
    """Return the value that `pack` packed. Raises ValueError if the bytes are damaged."""
    content = packed[4:]
    if crc32(content).to_bytes(4, "big") != packed[:4]:
        raise ValueError("a damaged value")
    return pickle.loads(content)


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

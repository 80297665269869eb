"""Which environment variables the post's own code asks for; libraries ask for many that change
nothing.

This file's text is sent to the kernel like `probe`'s, and uses the standard library alone.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

asked: set[str] = set()
"""Names; `*` where all were asked for."""
_set: set[str] = set()
_system: tuple[str, ...] = ()
_cells = ""
_Environ: Any = type(os.environ)
_get, _put, _iterate = _Environ.__getitem__, _Environ.__setitem__, _Environ.__iter__
_BETWEEN = (
    *(os.__file__, sys.modules["_collections_abc"].__file__),
    *("<frozen os>", "<frozen _collections_abc>"),
    *(os.path.__file__, "<frozen posixpath>"),  # expandvars
)


def begin(system: tuple[str, ...]) -> None:
    """Note what is asked for from now on; files with these beginnings are libraries."""
    global _system, _cells
    _cells = next((place for place in system if place.endswith("ipykernel_")), "\0")
    _system = tuple(place for place in system if place != _cells)
    _Environ.__getitem__, _Environ.__setitem__, _Environ.__iter__ = get, put, iterate


def get(self: Any, key: Any) -> Any:
    """Replace `os.environ[key]`."""
    __tracebackhide__ = True
    name = os.fsdecode(key) if isinstance(key, bytes) else key  # of os.environb
    if isinstance(name, str) and name not in asked and name not in _set and _is_own_code():
        asked.add(name)
    return _get(self, key)


def put(self: Any, key: Any, value: Any) -> None:
    """Replace `os.environ[key] = value`."""
    __tracebackhide__ = True
    _put(self, key, value)
    if isinstance(key, str) and key not in asked:
        _set.add(key)


def iterate(self: Any) -> Iterator[Any]:
    """Replace `iter(os.environ)`."""
    if "*" not in asked and _is_own_code():
        asked.add("*")
    found: Iterator[Any] = _iterate(self)
    return found


def _is_own_code() -> bool:
    """True if the first caller outside of `os` is no library."""
    frame: Any = sys._getframe(2)
    while frame and frame.f_code.co_filename in _BETWEEN:
        frame = frame.f_back
    name = frame.f_code.co_filename if frame else "<"
    if name.startswith(_cells):
        return True
    return not (name.startswith(("<frozen", *_system)) or "-packages" + os.sep in name)

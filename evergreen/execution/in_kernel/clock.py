"""Sets a kernel's wall clock to another time: what depends on the date is as it was then.

This file's text is sent to the kernel like `probe`'s, and uses the standard library alone. It holds
for Python code, also for libraries that ask `time` or `datetime`. Other programs, the times of
files, and code in C that asks the system have the real time. Durations are those of the real
clock. Nothing that is published comes from such a run.
"""

from __future__ import annotations

import ctypes
import datetime
import gc
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_FROM_NOW = ("localtime", "gmtime", "ctime")
"""Functions of `time` that take the present time where none is given."""


def begin(start: float) -> None:
    """Let the wall clock go on from a time, in seconds since the epoch."""
    _set_time(start - time.time())
    _set_method(datetime.datetime, "now", _now)
    _set_method(datetime.datetime, "utcnow", _utcnow)
    _set_method(datetime.date, "today", _today)


def _set_time(shift: float) -> None:
    """Shift the clock of `time`, and what reads it unasked."""
    read, read_ns = time.time, time.time_ns
    whole = round(shift * 1e9)
    _put("time", lambda: read() + shift)
    _put("time_ns", lambda: read_ns() + whole)
    for name in _FROM_NOW:
        _put(name, _from_now(getattr(time, name)))
    asctime, strftime = time.asctime, time.strftime
    _put("asctime", lambda parts=None: asctime(parts or time.localtime()))
    _put("strftime", lambda form, parts=None: strftime(form, parts or time.localtime()))


def _put(name: str, function: Callable[..., Any]) -> None:
    function.__name__ = function.__qualname__ = name
    setattr(time, name, function)


def _from_now(convert: Callable[[float], Any]) -> Callable[..., Any]:
    return lambda seconds=None: convert(time.time() if seconds is None else seconds)


def _set_method(kind: type, name: str, function: Callable[..., Any]) -> None:
    """Replace a class method of a type in C where it is: others may hold the type already."""
    (names,) = (each for each in gc.get_referents(vars(kind)) if type(each) is dict)
    function.__name__ = name
    function.__qualname__ = f"{kind.__name__}.{name}"
    names[name] = classmethod(function)
    ctypes.pythonapi.PyType_Modified(ctypes.py_object(kind))


def _now(cls: Any, tz: Any = None) -> Any:
    return cls.fromtimestamp(time.time(), tz)


def _utcnow(cls: Any) -> Any:
    return cls.fromtimestamp(time.time(), datetime.timezone.utc).replace(tzinfo=None)  # noqa: UP017


def _today(cls: Any) -> Any:
    return cls.fromtimestamp(time.time())

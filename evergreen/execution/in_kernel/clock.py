"""Sets a kernel's wall clock to another time: what depends on the date is as it was then.

This file's text is sent to the kernel like `probe`'s, and uses the standard library alone. It holds
for Python code, also for libraries that ask `time` or `datetime`, and for the program `date`; for
NumPy and SQLite see `c_clock`. Other programs, the times of files, and other code in C that asks
the system have the real time. Durations are those of the real clock. Nothing that is published
comes from such a run.
"""

from __future__ import annotations

import ctypes
import datetime
import gc
import os
import shutil
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_FROM_NOW = ("localtime", "gmtime", "ctime")
"""Functions of `time` that take the present time where none is given."""
_DATE = """#!/bin/sh
for each; do
    case $each in
        -d*|-r*|-f*|-s*|-*d|--d*|--r*|--f*|--s*) exec {date} "$@" ;;
    esac
done
exec {date} {option}"$(($({date} +%s) + {shift}))" "$@"
"""
"""The program `date`; one that is asked for another time than now gets it from the system's."""


def begin(start: float, programs: str) -> None:
    """Let the wall clock go on from a time, in seconds since the epoch; `programs` is a folder to
    make for programs that tell it.
    """
    shift = start - time.time()
    if date := shutil.which("date"):
        _set_program(date, round(shift), programs)
    _set_time(shift)
    _set_method(datetime.datetime, "now", _now)
    _set_method(datetime.datetime, "utcnow", _utcnow)
    _set_method(datetime.date, "today", _today)


def _set_program(date: str, shift: int, folder: str) -> None:
    """Put another `date` before the system's."""
    option = "-r " if sys.platform == "darwin" else "-d @"
    os.mkdir(folder)
    path = os.path.join(folder, "date")
    with open(path, "w", encoding="utf-8") as file:
        file.write(_DATE.format(date=date, option=option, shift=shift))
    os.chmod(path, 0o755)
    os.environ["PATH"] = os.pathsep.join((folder, os.environ.get("PATH", os.defpath)))


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

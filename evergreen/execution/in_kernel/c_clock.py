"""Gives NumPy and SQLite the kernel's wall clock, which `clock` has set: they ask the system in C.

This file's text is sent to the kernel like `probe`'s, and uses the standard library alone. The
loader has written the address of each C function that a library calls into the library's table; the
functions that tell the time are replaced there. That is known for Linux on 64 bits; elsewhere these
libraries keep the real time. Others do too: a thread of theirs may not wait for the interpreter.
"""

from __future__ import annotations

import ctypes
import mmap
import struct
import sys
import time
from importlib.machinery import ExtensionFileLoader

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

_LIBRARIES = ("sqlite", "_multiarray_umath")
"""Parts of the names of the files."""
_DYNAMIC = 2
_STRINGS, _SYMBOLS, _RELOCATIONS, _SIZE, _JUMPS, _JUMPS_SIZE = 5, 6, 7, 8, 23, 2
"""Tags of ELF's dynamic section."""
_RELOCATION, _SYMBOL, _PAIR = struct.Struct("<QQq"), 24, struct.Struct("<qQ")
_READ_AND_WRITE = 3


class _Segment(ctypes.Structure):
    _fields_ = (
        *(("kind", ctypes.c_uint32), ("flags", ctypes.c_uint32), ("offset", ctypes.c_uint64)),
        *((name, ctypes.c_uint64) for name in ("address", "physical", "size", "memory", "align")),
    )


class _Library(ctypes.Structure):
    _fields_ = (
        *(("base", ctypes.c_uint64), ("name", ctypes.c_char_p)),
        *(("segments", ctypes.POINTER(_Segment)), ("count", ctypes.c_uint16)),
    )


def _time(place: int | None) -> int:
    now = int(time.time())
    if place:
        ctypes.c_long.from_address(place).value = now
    return now


def _time_of_day(place: int | None, zone: int | None) -> int:
    if place:
        parts = ctypes.c_long * 2
        parts.from_address(place)[:] = [*divmod(time.time_ns() // 1000, 1_000_000)]
    return 0


_FUNCTIONS: dict[bytes, Any] = {
    b"time": ctypes.CFUNCTYPE(ctypes.c_long, ctypes.c_void_p)(_time),
    b"gettimeofday": ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)(_time_of_day),
}


def begin() -> None:
    """Replace the functions, also in a library that is loaded later."""
    if not sys.platform.startswith("linux") or sys.maxsize < 2**32 or sys.byteorder != "little":
        return
    loader: Any = ExtensionFileLoader
    create = loader.create_module

    def create_module(self: Any, spec: Any) -> Any:
        module = create(self, spec)
        if any(name in spec.name for name in _LIBRARIES):
            _replace_all()
        return module

    loader.create_module = create_module
    _replace_all()


def _replace_all() -> None:
    visit_type = ctypes.CFUNCTYPE(
        ctypes.c_int, ctypes.POINTER(_Library), ctypes.c_size_t, ctypes.c_void_p
    )

    def visit(library: Any, size: int, data: int | None) -> int:
        found = library.contents
        if any(each in (found.name or b"").decode("utf-8", "replace") for each in _LIBRARIES):
            for place, name in _calls(found):
                if name in _FUNCTIONS:
                    _replace(place, _FUNCTIONS[name])
        return 0

    ctypes.CDLL(None).dl_iterate_phdr(visit_type(visit), None)


def _calls(library: Any) -> Iterator[tuple[int, bytes]]:
    """Yield the places of the addresses of functions and data of others, with their names."""
    dynamic = [s for s in library.segments[: library.count] if s.kind == _DYNAMIC]
    for segment in dynamic:
        content = ctypes.string_at(library.base + segment.address, segment.memory)
        tags = dict(_PAIR.iter_unpack(content[: len(content) // _PAIR.size * _PAIR.size]))
        strings, symbols = (_absolute(library, tags[tag]) for tag in (_STRINGS, _SYMBOLS))
        for table, size in ((_RELOCATIONS, _SIZE), (_JUMPS, _JUMPS_SIZE)):
            if tags.get(table) and tags.get(size):
                raw = ctypes.string_at(_absolute(library, tags[table]), tags[size])
                for offset, info, _ in _RELOCATION.iter_unpack(raw):
                    if symbol := info >> 32:
                        name = ctypes.c_uint32.from_address(symbols + symbol * _SYMBOL).value
                        yield library.base + offset, ctypes.string_at(strings + name)


def _absolute(library: Any, address: int) -> int:
    """Return an address that the loader may have left relative to the library's."""
    base: int = library.base
    return address if address >= base else base + address


def _replace(place: int, function: Any) -> None:
    page = place - place % mmap.PAGESIZE
    if not ctypes.CDLL(None).mprotect(
        ctypes.c_void_p(page), ctypes.c_size_t(mmap.PAGESIZE), _READ_AND_WRITE
    ):
        ctypes.c_void_p.from_address(place).value = ctypes.cast(function, ctypes.c_void_p).value

"""The filter through which a process lets another see its system calls.

The filter stops each call that names a file, a program or an address until the other process, which
holds the filter's listener, has looked at it; all other calls pass at once. It holds for every
thread of the process, and for all that it starts, whatever language that is written in. No
privileges are needed, and none can be gained below it: Linux ties the one to the other.

This file's text is sent to Python kernels and used there before the first cell. Before a kernel of
another language it runs by itself: `python seccomp.py SOCKET SYSTEM COMMAND …` becomes the command.
Standard library only.
"""

from __future__ import annotations

import ctypes
import json
import os
import platform
import socket
import struct
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

UNSEEN = -0x45475254
"""A directory descriptor that no process has. Before an absolute path it means nothing to Linux,
and to the filter: let this call pass. Python's import system reads modules with it."""

CALLS: dict[str, tuple[int | None, int | None, int | None]] = {
    # name: number on x86-64, on i386, on AArch64 (asm/unistd.h)
    "open": (2, 5, None),
    "creat": (85, 8, None),
    "openat": (257, 295, 56),
    "openat2": (437, 437, 437),
    "stat": (4, 106, None),
    "lstat": (6, 107, None),
    "stat64": (None, 195, None),
    "lstat64": (None, 196, None),
    "newfstatat": (262, 300, 79),
    "statx": (332, 383, 291),
    "access": (21, 33, None),
    "faccessat": (269, 307, 48),
    "faccessat2": (439, 439, 439),
    "readlink": (89, 85, None),
    "readlinkat": (267, 305, 78),
    "chdir": (80, 12, 49),
    "execve": (59, 11, 221),
    "execveat": (322, 358, 281),
    "connect": (42, 362, 203),
    "sendto": (44, 369, 206),
    "rename": (82, 38, None),
    "renameat": (264, 302, 38),
    "renameat2": (316, 353, 276),
    "mkdir": (83, 39, None),
    "mkdirat": (258, 296, 34),
    "link": (86, 9, None),
    "linkat": (265, 303, 37),
    "symlink": (88, 83, None),
    "symlinkat": (266, 304, 36),
    "unlink": (87, 10, None),
    "unlinkat": (263, 301, 35),
    "rmdir": (84, 40, None),
    "truncate": (76, 92, 45),
}
IO_URING_SETUP = 425
"""Everywhere. Files that are opened through a ring would not be seen: programs do without it."""

I386 = 0x40000003
MACHINES = {"x86_64": (0xC000003E, 0, 317), "aarch64": (0xC00000B7, 2, 277)}
"""Machine → its name for the system (linux/audit.h), its column in CALLS, its `seccomp`."""

X32 = 0x40000000
"""A bit of the number of a call in the x32 form."""
_X32_CALLS = {520: "execve", 545: "execveat"}
"""Those that have a number of their own in it."""

_AT_EMPTY_PATH = 0x1000
# linux/bpf_common.h, linux/seccomp.h
_LOAD, _AND, _EQUAL, _ANY_OF, _RETURN = 0x20, 0x54, 0x15, 0x45, 0x06
_ALLOW, _NOTIFY, _NOT_THERE = 0x7FFF0000, 0x7FC00000, 0x00050026
_NUMBER, _MACHINE, _ARGUMENTS = 0, 4, 16
_NO_NEW_PRIVILEGES = 38
_SET_FILTER = 1
_TSYNC, _NEW_LISTENER, _TSYNC_ESRCH, _WAIT_KILLABLE = 1, 8, 16, 32

Step = tuple[int, int, int, int]


def start(place: str, system: Sequence[str]) -> bool:
    """Install the filter in this process and send its listener to the supervisor's socket.

    Returns False if the system forbids it. `system`: prefixes of paths that are not observed.
    """
    try:
        code = program(platform.machine())
        with socket.socket(socket.AF_UNIX) as supervisor:
            supervisor.connect(place)
            listener = install(code)
            socket.send_fds(supervisor, [json.dumps(list(system)).encode()], [listener])
            supervisor.shutdown(socket.SHUT_WR)
            os.close(listener)
            return supervisor.recv(1) == b"1"
    except (OSError, KeyError):
        return False


def numbers(machine: str) -> dict[tuple[int, int], str]:
    """Return each call that is stopped by the name of the machine and the call's number."""
    name, column, _ = MACHINES[machine]
    columns = {name: column, I386: 1} if machine == "x86_64" else {name: column}
    found = {
        (arch, number): call
        for arch, place in columns.items()
        for call, row in CALLS.items()
        if (number := row[place]) is not None
    }
    extra = _X32_CALLS if machine == "x86_64" else {}
    return found | {(name, number): call for number, call in extra.items()}


def program(machine: str) -> bytes:
    """Return the filter as instructions of the classic Berkeley Packet Filter."""
    calls: dict[int, list[tuple[int, str]]] = {}
    for (arch, number), call in numbers(machine).items():
        calls.setdefault(arch, []).append((number, call))
    steps: list[Step] = []
    for arch, listed in calls.items():
        block = list(_block(listed, I386 != arch == MACHINES["x86_64"][0]))
        # A conditional jump spans 255 instructions at most: an unconditional one (0x05) spans all.
        steps += [(_LOAD, 0, 0, _MACHINE), (_EQUAL, 1, 0, arch), (0x05, 0, 0, len(block))]
        steps += block
    steps.append((_RETURN, 0, 0, _ALLOW))
    return b"".join(struct.pack("=HBBI", *step) for step in steps)


def install(instructions: bytes) -> int:
    """Let the filter hold for all threads of this process; its listener. Raises OSError."""
    libc = ctypes.CDLL(None, use_errno=True)
    code = ctypes.create_string_buffer(instructions, len(instructions))
    head = ctypes.create_string_buffer(
        struct.pack("@HP", len(instructions) // 8, ctypes.addressof(code))
    )
    number = MACHINES[platform.machine()][2]
    if libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "no filter of system calls")
    # Linux before 5.19 cannot keep signals from a call that waits, and restarts the call.
    for flags in (_WAIT_KILLABLE, 0):
        flags |= _NEW_LISTENER | _TSYNC | _TSYNC_ESRCH
        found: int = libc.syscall(number, _SET_FILTER, flags, ctypes.byref(head))
        if found >= 0:
            return found
    raise OSError(ctypes.get_errno(), "no filter of system calls")


def _block(listed: Sequence[tuple[int, str]], has_x32: bool) -> list[Step]:
    """Return the instructions for the calls of one architecture."""
    steps: list[Step] = [(_LOAD, 0, 0, _NUMBER)]
    if has_x32:
        steps.append((_AND, 0, 0, ~X32 & 0xFFFFFFFF))
    steps += [(_EQUAL, 0, 1, IO_URING_SETUP), (_RETURN, 0, 0, _NOT_THERE)]
    for number, call in listed:
        body = _body(call)
        steps += [(_EQUAL, 0, len(body), number), *body]
    steps.append((_RETURN, 0, 0, _ALLOW))
    return steps


def _body(call: str) -> list[Step]:
    """Notify, unless the call is marked as unseen, has no path, or no address."""
    allow, notify = (_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _NOTIFY)
    if call == "sendto":
        return [(_LOAD, 0, 0, _ARGUMENTS + 8 * 4), (_EQUAL, 0, 1, 0), allow, notify]
    if call in ("openat", "newfstatat", "faccessat", "faccessat2", "readlinkat"):
        mark = [(_LOAD, 0, 0, _ARGUMENTS), (_EQUAL, 0, 1, UNSEEN & 0xFFFFFFFF), allow]
        if call == "newfstatat":
            return [*mark, *_unless_empty(3), notify]
        return [*mark, notify]
    if call == "statx":
        return [*_unless_empty(2), notify]
    return [notify]


def _unless_empty(argument: int) -> list[Step]:
    """Let a call pass that asks for an open file, by its flags."""
    return [
        (_LOAD, 0, 0, _ARGUMENTS + 8 * argument),
        (_ANY_OF, 0, 1, _AT_EMPTY_PATH),
        (_RETURN, 0, 0, _ALLOW),
    ]


if sys.byteorder != "little":  # the lower half of an argument stands elsewhere
    MACHINES.clear()

if __name__ == "__main__":
    start(sys.argv[1], json.loads(sys.argv[2]))
    os.execvpe(sys.argv[3], sys.argv[3:], os.environ)

"""First program in a sandbox: drop privileges, set limits and become the kernel.

`python sandbox_init.py USER PROCESSES BYTES COMMAND …` runs the command as the user (0: unchanged),
with at most PROCESSES processes and threads and files of at most BYTES. It forbids system calls
that no post needs: for memory outside any process, for namespaces and for kernel internals.
Standard library only.
"""

from __future__ import annotations

import ctypes
import os
import platform
import resource
import struct
import sys

_CALLS = {
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "shmget": (29, 194),
    "msgget": (68, 186),
    "io_uring_setup": (425, 425),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "unshare": (272, 97),
    "setns": (308, 268),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "open_by_handle_at": (304, 265),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "kexec_load": (246, 104),
}
"""Name → its number on x86-64 and on AArch64 (asm/unistd.h)."""
_MACHINES = {"x86_64": (0xC000003E, 0, 56), "aarch64": (0xC00000B7, 1, 220)}
"""Machine → audit architecture (linux/audit.h), column in `_CALLS`, number of `clone`."""
_CLONE3, _NEW_USER = 435, 0x10000000
_X32 = 0x40000000

# linux/bpf_common.h, linux/seccomp.h
_LOAD, _EQUAL, _ABOVE, _ANY_OF, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _REFUSE, _UNKNOWN = 0x7FFF0000, 0x00050001, 0x00050026
_NUMBER, _MACHINE, _FIRST_ARGUMENT = 0, 4, 16
_NO_NEW_PRIVILEGES, _SECCOMP, _FILTER = 38, 22, 2


def main() -> None:
    """Become the command."""
    user, processes, size = map(int, sys.argv[1:4])
    # Its own process group: an interrupt must reach the kernel, not bubblewrap.
    os.setpgid(0, 0)
    if user:
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
    # Only here: outside the sandbox, the user's other processes would count too.
    resource.setrlimit(resource.RLIMIT_NPROC, (processes, processes))
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if platform.machine() in _MACHINES:
        _filter(filter_program(platform.machine()))
    os.execvpe(sys.argv[4], sys.argv[4:], os.environ)


def filter_program(machine: str) -> bytes:
    """Return the filter of system calls as classic BPF instructions."""
    name, column, clone = _MACHINES[machine]
    steps = [
        *((_LOAD, 0, 0, _MACHINE), (_EQUAL, 1, 0, name), (_RETURN, 0, 0, _REFUSE)),
        *((_LOAD, 0, 0, _NUMBER), (_ABOVE, 0, 1, _X32), (_RETURN, 0, 0, _REFUSE)),
        # The C library then falls back to `clone`, whose flags can be inspected.
        *((_EQUAL, 0, 1, _CLONE3), (_RETURN, 0, 0, _UNKNOWN)),
    ]
    for numbers in _CALLS.values():
        steps += [(_EQUAL, 0, 1, numbers[column]), (_RETURN, 0, 0, _REFUSE)]
    steps += [
        *((_EQUAL, 0, 3, clone), (_LOAD, 0, 0, _FIRST_ARGUMENT)),
        *((_ANY_OF, 0, 1, _NEW_USER), (_RETURN, 0, 0, _REFUSE), (_RETURN, 0, 0, _ALLOW)),
    ]
    return b"".join(struct.pack("=HBBI", *step) for step in steps)


def _filter(instructions: bytes) -> None:
    """Install the filter for this process and its children. Raises OSError."""
    libc = ctypes.CDLL(None, use_errno=True)
    code = ctypes.create_string_buffer(instructions, len(instructions))
    count, place = len(instructions) // 8, ctypes.addressof(code)
    head = ctypes.create_string_buffer(struct.pack("@HP", count, place))
    libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    if libc.prctl(_SECCOMP, _FILTER, ctypes.byref(head), 0, 0):
        raise OSError(ctypes.get_errno(), "no filter of system calls")


if __name__ == "__main__":
    main()

"""Sees what a kernel and all that it starts ask of the system: files, programs, addresses.

It is the listener of the filter in `seccomp`: a thread of the supervisor, which looks at each call
and lets it go on. What it notes of a path is what holds before the first use of it: whether it was
there, and with which stamp. What the run itself has made it notes too, for that is no dependency.

Standard library only: it runs beside `supervisor`, under the posts' Python.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import json
import os
import platform
import re
import signal
import socket
import stat
import struct
import threading

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Any

    from evergreen.execution.kernels import seccomp
    from evergreen.execution.kernels.placeholders import FILLED_BEFORE, Placeholders
    from evergreen.execution.kernels.processes import descendants
    from evergreen.execution.kernels.uses import (
        ASKED,
        LINK,
        LISTED,
        MADE,
        PACKAGES,
        RAN,
        READ,
        SOCKET,
        WROTE,
        stamp_of,
    )
else:
    import seccomp
    from placeholders import FILLED_BEFORE, Placeholders
    from processes import descendants
    from uses import ASKED, LINK, LISTED, MADE, PACKAGES, RAN, READ, SOCKET, WROTE, stamp_of

# linux/seccomp.h
_RECEIVE, _SEND, _IS_VALID, _SET_FLAGS = 0xC0502100, 0xC0182101, 0x40082102, 0x40082104
_SYNC_WAKE_UP, _CONTINUE = 1, 1
_NOTIFICATION = struct.Struct("QIIiIQ6Q")  # id, pid, flags, number, machine, pointer, arguments
_RESPONSE = struct.Struct("QqiI")  # id, value, error, flags

_PAGE = 4096
_LONGEST = 4096
"""Bytes of a path."""
_HERE = 0xFFFFFF9C  # AT_FDCWD, fcntl.h
_WRITES = os.O_WRONLY | os.O_RDWR
_NAMELESS = 0o20000000  # O_TMPFILE without O_DIRECTORY
_COMMON = tuple(
    f"/dev/{name}"
    for name in (
        *("null", "zero", "full", "random", "urandom", "tty", "pts", "ptmx", "fd", "std", "shm"),
        *("mqueue", "nvidia", "dri", "kfd"),
    )
)
"""Devices that tell nothing: those of every process, and those that compute."""
_SHARED = re.compile(r"/dev/shm/(?!sem\.)")
"""Files in shared memory, but for locks."""
_GPU = re.compile(r"/dev/nvidia(\d+)")
_SHELLS = ("/sh", "/bash", "/dash", "/zsh", "/ksh")
_VARIABLE = re.compile(rb"\$\{?([A-Za-z_]\w*)")
_WORDS, _WORD = 64, 1 << 16
"""Words of a command that are looked at, and bytes of each."""
_LOOPBACK = ("127.", "::1", "::ffff:127.")
_LISTEN = "0A"  # the state of a socket in /proc/net/tcp
_NAMES = (53, 5353)
"""Ports at which names are looked up: who uses what he has found is seen to connect."""
_STARTERS = ("/run/dbus/", "/var/run/dbus/", "/run/user/", "/run/systemd/private")
"""Sockets of the system at which a program can be started."""
_FORGET = 4096
"""Processes that are remembered."""

_PATHS: dict[str, tuple[str, int | None, int, int | None]] = {
    # call: (what it does, argument with a folder's descriptor, with the path, with flags)
    "open": ("open", None, 0, 1),
    "creat": ("replace", None, 0, None),
    "openat": ("open", 0, 1, 2),
    "openat2": ("open2", 0, 1, 2),
    **dict.fromkeys(("stat", "lstat", "stat64", "lstat64", "access"), ("ask", None, 0, None)),
    **dict.fromkeys(("newfstatat", "statx", "faccessat", "faccessat2"), ("ask", 0, 1, None)),
    "chdir": ("ask", None, 0, None),
    "readlink": ("follow", None, 0, None),
    "readlinkat": ("follow", 0, 1, None),
    "execve": ("run", None, 0, 1),
    "execveat": ("run", 0, 1, 2),
    "mkdir": ("make", None, 0, None),
    "mkdirat": ("make", 0, 1, None),
    **dict.fromkeys(("unlink", "rmdir", "truncate"), ("change", None, 0, None)),
    "unlinkat": ("change", 0, 1, None),
    "rename": ("move", None, 0, None),
    **dict.fromkeys(("renameat", "renameat2"), ("move", 0, 1, None)),
    "link": ("copy", None, 0, None),
    "linkat": ("copy", 0, 1, None),
    "symlink": ("make", None, 1, None),
    "symlinkat": ("make", 1, 2, None),
}
_SECOND = {"rename": (None, 1), "link": (None, 1)} | dict.fromkeys(
    ("renameat", "renameat2", "linkat"), (2, 3)
)
"""Where a second path is: the argument with a folder's descriptor, with the path."""


class Tracer:
    """What one kernel and its children use. It listens in a thread of its own."""

    def __init__(self, folder: str, placeholders: Mapping[str, str]) -> None:
        """Wait at a socket in a folder; fill placeholders from their sources. Raises OSError."""
        self.placeholders = Placeholders(placeholders)
        self.seen: dict[str, list[Any]] = {}
        """Path → [how it was used, its stamp before the first use; None: it was not there]."""
        self.listings: dict[str, int] = {}
        """Folder → how often it was listed."""
        self.network: dict[str, None] = {}
        self.variables: dict[str, None] = {}
        """Environment variables that commands of a shell name."""
        self.devices: dict[str, None] = {}
        self.gpus: dict[str, None] = {}
        """Numbers of NVIDIA's device files that were opened."""
        self.privileged: dict[str, None] = {}
        """Programs that were run and would have gained privileges."""
        self.is_complete = False
        """Whether nothing has escaped it: it began, and could read every call."""
        self.calls = 0
        self.system: tuple[str, ...] = ()
        self.ignored: set[str] = set()
        self.roots: dict[int, tuple[str, str]] = {}
        self.names = seccomp.numbers(platform.machine())
        self.memory = _Memory()
        self.links = False
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.bind(os.path.join(folder, SOCKET))
        os.chmod(os.path.join(folder, SOCKET), 0o666)  # in the sandbox it is another user's
        self.socket.listen(1)

    def start(self) -> None:
        """Begin to listen when the kernel's filter is in force."""
        threading.Thread(target=self._serve, daemon=True).start()

    def write(self, place: str) -> None:
        """Write what has been seen up to now to a file, at once, as JSON."""
        report = {
            "complete": self.is_complete,
            "calls": self.calls,
            "paths": self.seen.copy(),
            "listings": self.listings.copy(),
            "network": list(self.network),
            "variables": list(self.variables),
            "devices": list(self.devices),
            "gpus": list(self.gpus),
            "privileged": list(self.privileged),
        }
        with open(f"{place}.part", "w", encoding="utf-8", errors="surrogateescape") as file:
            json.dump(report, file, ensure_ascii=False)
        os.replace(f"{place}.part", place)

    # --- the loop ---------------------------------------------------------------------------------

    def _serve(self) -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        with contextlib.suppress(OSError, ValueError), self.socket:
            kernel, _ = self.socket.accept()
            with kernel:
                text, listeners, _, _ = socket.recv_fds(kernel, 1 << 20, 1)
                while part := kernel.recv(1 << 20):
                    text += part
                self.system = tuple(json.loads(text))
                self.is_complete = bool(listeners)
                kernel.send(b"1")
            self._listen(listeners[0])

    def _listen(self, listener: int) -> None:
        """Answer every call. A listener that ends is closed: a call that waits then fails."""
        with contextlib.suppress(OSError):  # Linux 6.6
            fcntl.ioctl(listener, _SET_FLAGS, _SYNC_WAKE_UP)
        notification, empty = bytearray(_NOTIFICATION.size), bytes(_NOTIFICATION.size)
        response = bytearray(_RESPONSE.size)
        try:
            while True:
                notification[:] = empty
                try:
                    fcntl.ioctl(listener, _RECEIVE, notification)
                except OSError as error:
                    if error.errno in (errno.EINTR, errno.ENOENT):
                        continue
                    break
                call = _NOTIFICATION.unpack_from(notification)
                try:
                    failed = self._see(listener, *call)
                except Exception:
                    failed = self._miss()
                _RESPONSE.pack_into(response, 0, call[0], 0, -failed, 0 if failed else _CONTINUE)
                with contextlib.suppress(OSError):  # it has died meanwhile
                    fcntl.ioctl(listener, _SEND, response)
        finally:
            self.is_complete = False
            os.close(listener)

    def _see(
        self,
        listener: int,
        number: int,
        pid: int,
        _: int,
        call: int,
        machine: int,
        __: int,
        *arguments: int,
    ) -> int:
        """Note what a call uses; return the number of the error with which it must fail, or 0."""
        self.calls += 1
        name = self.names.get((machine, call & ~seccomp.X32))
        if name is None:
            return 0
        if name in ("connect", "sendto"):
            leaves = self._connect(pid, *(arguments[1:3] if name == "connect" else arguments[4:6]))
            return self.placeholders.fill_all() if leaves else 0
        folder, place = _PATHS[name][1:3]
        raw = self.memory.text(pid, arguments[place])
        try:
            fcntl.ioctl(listener, _IS_VALID, struct.pack("Q", number))
        except OSError:  # it has died, and its number may be another's
            return 0
        if self.memory.is_shut:
            return self._miss()
        path = self._path(pid, raw, None if folder is None else arguments[folder])
        if not path:
            return 0
        failed = 0
        if self.placeholders.empty and name in FILLED_BEFORE:
            failed = self.placeholders.fill(self._view(pid)[0] + path)
        if not failed:
            self._note(pid, name, path, arguments, 4 if machine == seccomp.I386 else 8)
        return failed

    def _miss(self) -> int:
        """Note that a call was not understood, which may open anything: nothing may be empty."""
        self.is_complete = False
        return self.placeholders.fill_all()

    def _note(self, pid: int, name: str, path: str, arguments: Sequence[int], pointer: int) -> None:
        """Note what a call with a path uses; `pointer`: bytes of an address."""
        does, folder, place, flags = _PATHS[name]
        if does == "open":
            self._open(pid, path, arguments[flags or 0])
        elif does == "ask":
            self._use(pid, path, ASKED)
        elif does == "replace":
            self._use(pid, path, MADE | WROTE)
        elif does == "open2":
            how = self.memory.read(pid, arguments[2], 8)
            self._open(pid, path, int.from_bytes(how, "little"))
        elif does == "run":
            self._run(pid, path, arguments[flags or 0], pointer)
        elif does == "follow":
            self._follow(pid, path)
        elif name in _SECOND:
            folder, place = _SECOND[name]
            raw = self.memory.text(pid, arguments[place])
            target = self._path(pid, raw, None if folder is None else arguments[folder])
            if does == "move":
                self._use(pid, path, READ | WROTE)
                self._use(pid, target, MADE | WROTE)
            else:
                self._use(pid, path, READ)
                self._create(pid, target, ASKED)
        elif does == "make":
            self.links = self.links or name.startswith("symlink")
            self._create(pid, path, ASKED)
        else:
            self._use(pid, path, ASKED | WROTE)

    # --- what a call does -------------------------------------------------------------------------

    def _open(self, pid: int, path: str, flags: int) -> None:
        reads = 0 if flags & os.O_WRONLY else READ
        if path.startswith("/dev/nvidia") and (gpu := _GPU.fullmatch(path)):
            self.gpus[gpu[1]] = None
        if flags & os.O_PATH:
            self._use(pid, path, ASKED)
        elif flags & _NAMELESS == _NAMELESS:
            return
        elif flags & os.O_TRUNC:
            self._use(pid, path, MADE | WROTE)
        elif flags & os.O_CREAT:
            # Where it may be there and is read, as SQLite's log, that it is not is an answer.
            asks = ASKED if reads and not flags & os.O_EXCL else 0
            self._create(pid, path, reads | WROTE, asks)
        elif flags & _WRITES:
            self._use(pid, path, reads | WROTE)
        else:
            self._use(pid, path, READ)
            if path.startswith("/dev/") and not path.startswith(_COMMON):
                self.devices[path] = None

    def _create(self, pid: int, path: str, otherwise: int, asks: int = 0) -> None:
        """Note that a path is made, and asked for, or else used, where it is there already."""
        is_new = self._stamp(pid, path) is None
        self._use(pid, path, MADE | WROTE | asks if is_new else otherwise)

    def _use(self, pid: int, path: str, how: int) -> None:
        """Note a use of a path."""
        entry = self.seen.get(path)
        if entry is None:
            if path in self.ignored:
                return
            if self._is_systems(path):
                self._ignore(path)
                return
            stamp = self._stamp(pid, path)
            if stamp and self._is_made(path):
                self._use_target(pid, path, how)
                return
            entry = self.seen[path] = [0, stamp]
        elif entry[0] & MADE:
            self._use_target(pid, path, how)
            return
        elif not entry[0] & (READ | LISTED | WROTE) and (how & READ or entry[1] is None):
            entry[1] = self._stamp(pid, path)  # it was only asked for, and may have come since
        if how & READ and entry[1] and stat.S_ISDIR(entry[1][0]):
            how = how & ~READ | LISTED
            self.listings[path] = self.listings.get(path, 0) + 1
        if entry[0] & (READ | LISTED):
            how &= ~MADE
        entry[0] |= how

    def _is_systems(self, path: str) -> bool:
        """True for what is the machine's; files in shared memory and packages are the user's."""
        inside = f"{path}/".startswith(self.system)
        return inside and not _SHARED.match(path) and not PACKAGES.search(path)

    def _use_target(self, pid: int, path: str, how: int) -> None:
        """Note a use of what a link of the run's own leads to."""
        if self.links and (real := self._real(pid, path)) != path:
            self._use(pid, real, how)

    def _ignore(self, path: str) -> None:
        if len(self.ignored) > 1 << 17:
            self.ignored.clear()
        self.ignored.add(path)

    def _is_made(self, path: str) -> bool:
        """True if the run has made a folder that a path is below."""
        end = path.rfind("/")
        while end > 0:
            entry = self.seen.get(path[:end])
            if entry and entry[0] & MADE:
                return True
            end = path.rfind("/", 0, end)
        return False

    def _follow(self, pid: int, path: str) -> None:
        with contextlib.suppress(OSError):
            os.readlink(self._view(pid)[0] + path)
            self._use(pid, path, LINK)

    def _run(self, pid: int, path: str, words: int, size: int) -> None:
        self.roots.pop(pid, None)
        self._use(pid, path, RAN)
        if path.endswith(_SHELLS):
            for word in self.memory.words(pid, words, size):
                self.variables.update(
                    dict.fromkeys(name.decode() for name in _VARIABLE.findall(word))
                )
        if _gains_privileges(self._view(pid)[0] + path):
            self.privileged[path] = None

    def _connect(self, pid: int, address: int, size: int) -> bool:
        """Note an address; return whether something outside of the run may answer there."""
        content = self.memory.read(pid, address, min(size, 128))
        family = int.from_bytes(content[:2], "little")
        if family == socket.AF_UNIX:
            name = content[2:].split(b"\0", 1)[0]
            path = self._path(pid, name, None)
            return self._connect_here(pid, path) if path else not name
        if family == socket.AF_INET:
            host = socket.inet_ntop(family, content[4:8])
        elif family == socket.AF_INET6:
            host = socket.inet_ntop(family, content[8:24])
        else:
            return True
        port = int.from_bytes(content[2:4], "big")
        if port in (0, *_NAMES) or (host.startswith(_LOOPBACK) and _is_own(port)):
            return False
        self.network[f"[{host}]:{port}" if ":" in host else f"{host}:{port}"] = None
        return True

    def _connect_here(self, pid: int, path: str) -> bool:
        """Note a socket of the system, where something listens that the run has not made.

        Returns whether programs outside of the run may be started or asked there.
        """
        entry = self.seen.get(path)
        if path.startswith(self.system):
            return path.startswith(_STARTERS)
        if (entry and entry[0] & MADE) or self._is_made(path):
            return False
        if self._stamp(pid, path) is None or _is_own_socket(path):
            return False
        self.network[path] = None
        return True

    # --- paths ------------------------------------------------------------------------------------

    def _path(self, pid: int, raw: bytes, folder: int | None) -> str:
        """Return an absolute path with the names that the call used; "" if there is none."""
        if not raw:
            return ""
        path = os.fsdecode(raw)
        if not path.startswith("/"):
            base = _base(pid, folder)
            if not base.startswith("/"):  # of a pipe, or of a process that has ended
                return ""
            path = f"{base}/{path}" if base != "/" else f"/{path}"
        elif path.startswith(("/proc/self/cwd/", "/proc/self/root/")):
            path = _base(pid, None) + path[14:] if path[11] == "c" else path[15:]
        elif top := self._view(pid)[1]:
            path = top + path
        if "/." in path or "//" in path or path.endswith("/"):
            path = self._plain(pid, path)
        return path

    def _plain(self, pid: int, path: str) -> str:
        """Return a path without `.`, `..` and empty names; the parent of `..` may be a symlink."""
        while (start := f"{path}/".find("/../")) >= 0:
            real = self._real(pid, path[:start] or "/")
            path = f"{os.path.dirname(real).rstrip('/')}/{path[start + 4 :]}"
        return "/" + "/".join(part for part in path.split("/") if part not in ("", "."))

    def _real(self, pid: int, path: str) -> str:
        root = self._view(pid)[0]
        if not root:
            return os.path.realpath(path)
        parts, found, left = path.split("/")[::-1], "", 40
        while parts:
            part = parts.pop()
            if part in ("", "."):
                continue
            if part == "..":
                found = os.path.dirname(found) if found != "/" else found
                continue
            try:
                target = os.readlink(f"{root}{found}/{part}") if left else ""
            except OSError:
                target = ""
            if target:
                left -= 1
                found = "" if target.startswith("/") else found
                parts += target.split("/")[::-1]
            else:
                found = f"{found.rstrip('/')}/{part}"
        return found or "/"

    def _stamp(self, pid: int, path: str) -> list[int] | None:
        try:
            status = os.stat(self._view(pid)[0] + path)
        except (OSError, ValueError):
            return None
        return stamp_of(status)

    def _view(self, pid: int) -> tuple[str, str]:
        """Return the prefixes of a process's paths: to open them from here, and to name them.

        They differ for processes in another mount namespace.
        """
        found = self.roots.get(pid)
        if found is None:
            if len(self.roots) > _FORGET:
                self.roots.clear()
            found = self.roots[pid] = _find_view(pid)
        return found


class _Memory:
    """Reads the memory of processes that wait."""

    def __init__(self) -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        self.call: Callable[..., int] = libc.process_vm_readv
        libc.process_vm_readv.restype = ctypes.c_ssize_t
        self.buffer = ctypes.create_string_buffer(_WORD + 1)
        self.local = (ctypes.c_uint64 * 2)(ctypes.addressof(self.buffer), _LONGEST)
        self.remote = (ctypes.c_uint64 * 4)()
        self.is_shut = False
        """The last process would not be read, though it is there."""

    def text(self, pid: int, place: int, longest: int = _LONGEST) -> bytes:
        """Return the bytes before the first zero byte."""
        # The page with the path, and the next one, which may not be there.
        self._fill(pid, place, longest)
        return self.buffer.value

    def read(self, pid: int, place: int, size: int) -> bytes:
        """Return up to `size` bytes."""
        got = self._fill(pid, place, size)
        return self.buffer.raw[:got]

    def words(self, pid: int, place: int, size: int) -> Iterator[bytes]:
        """Yield the words of a command from the address of its argument vector."""
        content = self.read(pid, place, size * _WORDS)
        for start in range(0, len(content) - size + 1, size):
            if not (word := int.from_bytes(content[start : start + size], "little")):
                return
            yield self.text(pid, word, _WORD)

    def _fill(self, pid: int, place: int, size: int) -> int:
        self.is_shut = False
        self.buffer[0] = b"\0"
        if not place:
            return 0
        first = min(_PAGE - place % _PAGE, size)
        self.local[1] = size
        self.remote[0], self.remote[1] = place, first
        self.remote[2], self.remote[3] = place + first, size - first
        count = 2 if size > first else 1
        got = self.call(pid, self.local, 1, self.remote, count, 0)
        if got < 0:
            self.is_shut = ctypes.get_errno() == errno.EPERM
            got = 0
        self.buffer[got] = b"\0"
        return got


def _base(pid: int, folder: int | None) -> str:
    """Return the folder of a relative path; "" if it is not known."""
    number = None if folder is None or folder & 0xFFFFFFFF == _HERE else folder & 0xFFFFFFFF
    try:
        return os.readlink(f"/proc/{pid}/cwd" if number is None else f"/proc/{pid}/fd/{number}")
    except OSError:
        return ""


def _find_view(pid: int) -> tuple[str, str]:
    try:
        if os.readlink(f"/proc/{pid}/ns/mnt") != os.readlink("/proc/self/ns/mnt"):
            return f"/proc/{pid}/root", ""
        root = os.readlink(f"/proc/{pid}/root")
    except OSError:
        return "", ""
    return ("", "") if root == "/" else ("", root)


def _gains_privileges(path: str) -> bool:
    """True if a program would run as another user, or with capabilities."""
    with contextlib.suppress(OSError):
        status = os.stat(path)
        if status.st_mode & (stat.S_ISUID | stat.S_ISGID) and os.geteuid():
            return True
        os.getxattr(path, "security.capability")
        return bool(os.geteuid())
    return False


def _is_own(port: int) -> bool:
    """True if a process of the run listens at a port of this machine."""
    inodes = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6", "/proc/net/udp", "/proc/net/udp6"):
        with contextlib.suppress(OSError), open(table) as file:
            for line in file.read().splitlines()[1:]:
                words = line.split()
                is_bound = words[3] == _LISTEN or "udp" in table
                if is_bound and int(words[1].rpartition(":")[2], 16) == port:
                    inodes.add(f"socket:[{words[9]}]")
    return _hold(inodes)


def _is_own_socket(path: str) -> bool:
    """True if a process of the run listens at a socket with this path."""
    inodes = set()
    with contextlib.suppress(OSError), open("/proc/net/unix", errors="surrogateescape") as file:
        for line in file.read().splitlines()[1:]:
            words = line.split(None, 7)
            if len(words) == 8 and words[7] == path:
                inodes.add(f"socket:[{words[6]}]")
    return _hold(inodes)


def _hold(inodes: set[str]) -> bool:
    """True if a process of the run has one of these sockets open."""
    for pid in descendants(os.getpid()) if inodes else ():
        with contextlib.suppress(OSError):
            for name in os.listdir(f"/proc/{pid}/fd"):
                with contextlib.suppress(OSError):
                    if os.readlink(f"/proc/{pid}/fd/{name}") in inodes:
                        return True
    return False

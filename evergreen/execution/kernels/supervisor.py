"""A process between the builder and one kernel: whatever happens, nothing of the kernel stays.

It starts the kernel, watches it and its memory, and ends everything that came from it when the
kernel ends, when the builder says so, or when the builder is gone (its end of the socket closes,
however it died). On Linux it is the subreaper of what the post starts, so daemons do not escape;
elsewhere it ends the kernel's process group.

Standard library only: it also runs alone, `python supervisor.py FD`, for kernels that no parent
forks.

The socket carries, from the builder: the request, as JSON behind its length; then the words below;
its end means that the builder is gone. To the builder: one JSON object when all is over, with
`code` (the kernel's exit code, or minus its signal), `memory` (bytes, where the limit was the
cause, else 0), and `left` (the processes that outlived the kernel).
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import select
import signal
import socket
import struct
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, NoReturn

    from evergreen.execution.kernels.limits import ResourceLimits
    from evergreen.execution.kernels.processes import descendants, parents
else:
    from limits import ResourceLimits
    from processes import descendants, parents

INTERRUPT, WHERE, END, KILL = b"i", b"w", b"e", b"k"
"""Interrupt; have the kernel write where it stands (see `capture`); end; end without a grace."""

GRACE_SECONDS = 0.3
"""For helpers of a kernel that end by themselves when it is gone."""

WHERE_SECONDS = 0.2
MEMORY_WHERE_SECONDS = 0.02
"""For a kernel to write where it stands; of memory it might use too much meanwhile."""

END_SECONDS = 5
SIGNALLED = 128
"""What a box adds to the number of the signal that ended its kernel."""

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36  # linux/prctl.h


def supervise(
    builder: socket.socket, request: Mapping[str, Any], start: Callable[[], object]
) -> NoReturn:
    """Fork; call `start` in the child, which never returns from it; exit when all is over."""
    _prctl(PR_SET_CHILD_SUBREAPER, 1)
    if supervisor := os.fork():
        builder.close()
        _clean_up_after(supervisor)
    _prctl(PR_SET_CHILD_SUBREAPER, 1)
    waker, wake = socket.socketpair()
    wake.setblocking(False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake.fileno(), warn_on_full_buffer=False)
    kernel = os.fork()
    if not kernel:
        _in_child(start, builder, waker, wake)
    limits = ResourceLimits(request)
    code, too_much, word = _watch(builder, waker, kernel, limits)
    if limits.is_sandboxed and code > SIGNALLED:
        code = SIGNALLED - code
    left = _end_all(kernel, GRACE_SECONDS if word in (None, END) else 0)
    if word == b"":
        _remove(request["folder"])
    with contextlib.suppress(OSError):
        builder.sendall(json.dumps({"code": code, "left": left, **too_much}).encode())
    os._exit(0)


def _clean_up_after(supervisor: int) -> NoReturn:
    """Wait for the supervisor; where something kills it, kill all that the kernel started.

    A post can kill its supervisor. The kernel then dies with it, and daemons become children of
    this process, which is their next subreaper.
    """
    while True:
        pid, status = os.waitpid(-1, 0)
        if pid == supervisor:
            break
    if os.WIFSIGNALED(status):
        _end_all(supervisor, 0)
    os._exit(0)


def read_request(builder: socket.socket) -> dict[str, Any]:
    """The request with which a builder begins, no byte more; ends the process where it is gone."""
    (size,) = struct.unpack("!I", _read(builder, 4))
    request: dict[str, Any] = json.loads(_read(builder, size))
    return request


def prepare(request: Mapping[str, Any]) -> None:
    """Give this process the log as output, the folder and the environment that a request names."""
    log = os.open(request["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    null = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((null, 0), (log, 1), (log, 2)):
        os.dup2(source, target)
    os.close(log)
    os.close(null)
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["env"])


def _read(builder: socket.socket, size: int) -> bytes:
    content = b""
    while len(content) < size:
        part = builder.recv(size - len(content))
        if not part:
            os._exit(0)
        content += part
    return content


def end_with_parent() -> None:
    """Be killed when the parent ends, on Linux."""
    _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _prctl(option: int, value: int) -> None:
    """Linux's prctl; nothing elsewhere."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def _in_child(start: Callable[[], object], *sockets: socket.socket) -> NoReturn:
    """Leave the supervisor's signals and sockets behind and become the kernel."""
    code = 70
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for each in sockets:
            each.close()
        os.setsid()
        end_with_parent()
        _prefer_as_victim()
        start()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        with contextlib.suppress(Exception):
            sys.stderr.flush()
        os._exit(code)


def _prefer_as_victim() -> None:
    """Where the system runs out of memory, the kernel goes, not the builder or the supervisor."""
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
        file.write("500")


def _watch(
    builder: socket.socket, waker: socket.socket, kernel: int, limits: ResourceLimits
) -> tuple[int, dict[str, int], bytes | None]:
    """Wait for an end: (the kernel's code, what was too much, the builder's word).

    The word is None where the kernel ended by itself, b"" where the builder is gone.
    """
    while True:
        ready, _, _ = select.select([builder, waker], [], [], limits.wait)
        if waker in ready:
            waker.recv(4096)
            code = _reap(kernel)
            if code is not None:
                return code, {}, None
        if builder in ready:
            word = _receive(builder)
            if word not in (INTERRUPT, WHERE):
                return -signal.SIGKILL, {}, word
            _signal(kernel, word, limits.is_sandboxed)
        if too_much := limits.exceeded():
            _signal(kernel, WHERE, limits.is_sandboxed)
            time.sleep(MEMORY_WHERE_SECONDS if "memory" in too_much else WHERE_SECONDS)
            return -signal.SIGKILL, too_much, None


def _signal(kernel: int, word: bytes, is_sandboxed: bool) -> None:
    """Pass a word on; in a box the kernel is the child of the box's first process."""
    if is_sandboxed:
        children = parents()
        inner = [pid for pid, above in children.items() if children.get(above) == kernel]
        kernel = min(inner, default=0)
    with contextlib.suppress(ProcessLookupError):
        if kernel and word == INTERRUPT:
            os.killpg(kernel, signal.SIGINT)
        elif kernel:
            os.kill(kernel, signal.SIGUSR2)


def _receive(builder: socket.socket) -> bytes:
    try:
        return builder.recv(1)
    except OSError:
        return b""


def _reap(kernel: int) -> int | None:
    """Collect what has ended; the kernel's code where it is among them, else None."""
    code = None
    with contextlib.suppress(ChildProcessError):
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                break
            if pid == kernel:
                code = os.waitstatus_to_exitcode(status)
    return code


def _end_all(kernel: int, grace: float) -> list[int]:
    """Kill the kernel, and all its descendants until none is left; which outlived the grace."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(kernel, signal.SIGKILL)
    start = time.monotonic()
    alive = _alive(kernel)
    while (kernel in alive or (alive and grace)) and time.monotonic() - start < (grace or 1):
        time.sleep(0.002)
        alive = _alive(kernel)
    left = alive - {kernel}
    if alive or not os.path.isdir("/proc/self"):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(kernel, signal.SIGKILL)
    while alive and time.monotonic() - start < END_SECONDS:
        for pid in alive:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.002)
        alive = _alive(kernel)
    return sorted(left)


def _alive(kernel: int) -> set[int]:
    """All descendants, once what has ended is collected."""
    _reap(kernel)
    return descendants(os.getpid())


def _remove(folder: str) -> None:
    """What nobody else can remove any more."""
    import shutil  # 4 ms of every start

    shutil.rmtree(folder, ignore_errors=True)


def _main() -> None:
    """Supervise the command that the request names."""
    builder = socket.socket(fileno=int(sys.argv[1]))
    request = read_request(builder)

    def start() -> NoReturn:
        prepare(request)
        os.execvpe(request["argv"][0], request["argv"], request["env"])

    supervise(builder, request, start)


if __name__ == "__main__":
    _main()

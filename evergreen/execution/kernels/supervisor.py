"""Process between the builder and one kernel; it guarantees that no process of the kernel survives.

It starts the kernel, monitors its limits, and ends all its descendants when the kernel ends, on the
builder's command, or when the builder dies (its end of the socket closes). On Linux it is the
subreaper of the post's processes, so daemons cannot escape; on other systems it ends the kernel's
process group.

Standard library only. It also runs as a script, `python supervisor.py FD`, for kernels that are not
forked from a fork server.

Protocol on the socket. From the builder: the request, as JSON after its length, then one-byte
commands; end of file means that the builder has died. To the builder: one JSON object at the end,
with `code` (the kernel's exit code, or minus its signal), `left` (processes that outlived the
kernel), and the exceeded limit with its measured value, if any (`memory`, `processes` or `disk`).
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
    from evergreen.execution.kernels.tracer import Tracer
else:
    from limits import ResourceLimits
    from processes import descendants, parents
    from tracer import Tracer

INTERRUPT, DUMP, TRACE, END, KILL = b"i", b"w", b"t", b"e", b"k"
"""Interrupt; dump the stack (see `capture`); write the tracer's report; end; kill without a grace
period."""

GRACE_SECONDS = 2.0
"""Grace period for helper processes that end by themselves after the kernel, such as the resource
tracker of `multiprocessing`, which a busy machine delays."""

DUMP_SECONDS = 0.2
MEMORY_DUMP_SECONDS = 0.02
"""Time for a kernel to dump its stack; shorter while its memory use may grow."""

END_SECONDS = 5
SIGNALLED = 128
"""Bubblewrap's exit code is this number plus the signal that ended its child."""

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36  # linux/prctl.h


def supervise(
    builder: socket.socket, request: Mapping[str, Any], start: Callable[[], object]
) -> NoReturn:
    """Fork, call `start` in the child, which never returns; exit when all processes have ended."""
    _prctl(PR_SET_CHILD_SUBREAPER, 1)
    if supervisor := os.fork():
        builder.close()
        _clean_up_after(supervisor)
    _prctl(PR_SET_CHILD_SUBREAPER, 1)
    waker, wake = socket.socketpair()
    wake.setblocking(False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake.fileno(), warn_on_full_buffer=False)
    tracer = _make_tracer(request)
    kernel = os.fork()
    if not kernel:
        _run_child(start, builder, waker, wake, *([tracer.socket] if tracer else []))
    if tracer:
        tracer.start()
    limits = ResourceLimits(request)
    code, exceeded, command = _watch(builder, waker, kernel, limits, _writing(tracer, request))
    if limits.is_sandboxed and code > SIGNALLED:
        code = SIGNALLED - code
    left = _end_all(kernel, GRACE_SECONDS if command in (None, END) else 0)
    if command == b"":
        _remove(request["folder"])
    with contextlib.suppress(OSError):
        builder.sendall(json.dumps({"code": code, "left": left, **exceeded}).encode())
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
    """Read the builder's request and not a byte more; exit if the builder has died."""
    (size,) = struct.unpack("!I", _read(builder, 4))
    request: dict[str, Any] = json.loads(_read(builder, size))
    return request


def prepare(request: Mapping[str, Any]) -> None:
    """Apply a request's log, working folder and environment to this process."""
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
    """Ask Linux to kill this process when its parent ends."""
    _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _prctl(option: int, value: int) -> None:
    """Call Linux's prctl; do nothing on other systems."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def _run_child(start: Callable[[], object], *sockets: socket.socket) -> NoReturn:
    """Drop the supervisor's signal handlers and sockets and become the kernel."""
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
    """Make the kernel the first process that the system kills if memory runs out."""
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
        file.write("500")


def _make_tracer(request: Mapping[str, Any]) -> Tracer | None:
    """Return what the kernel's filter will be sent to; None where there is none to be."""
    with contextlib.suppress(OSError):
        if request.get("trace"):
            return Tracer(request["trace"], request["placeholders"])
    return None


def _writing(tracer: Tracer | None, request: Mapping[str, Any]) -> Callable[[], None]:
    """Return what writes the report of the tracer, an empty one where there is no tracer."""

    def write() -> None:
        with contextlib.suppress(OSError):
            if tracer:
                tracer.write(request["report"])
            else:
                os.close(os.open(request["report"], os.O_WRONLY | os.O_CREAT, 0o600))

    return write


def _watch(
    builder: socket.socket,
    waker: socket.socket,
    kernel: int,
    limits: ResourceLimits,
    write_trace: Callable[[], None],
) -> tuple[int, dict[str, int], bytes | None]:
    """Wait for the end; return the kernel's code, the exceeded limit and the builder's command.

    The command is None if the kernel ended by itself, b"" if the builder has died.
    """
    while True:
        ready, _, _ = select.select([builder, waker], [], [], limits.wait)
        if waker in ready:
            waker.recv(4096)
            code = _reap(kernel)
            if code is not None:
                return code, {}, None
        if builder in ready:
            command = _receive(builder)
            if command == TRACE:
                write_trace()
            elif command in (INTERRUPT, DUMP):
                _signal(kernel, command, limits.is_sandboxed)
            else:
                return -signal.SIGKILL, {}, command
        if exceeded := limits.exceeded():
            _signal(kernel, DUMP, limits.is_sandboxed)
            time.sleep(MEMORY_DUMP_SECONDS if "memory" in exceeded else DUMP_SECONDS)
            return -signal.SIGKILL, exceeded, None


def _signal(kernel: int, command: bytes, is_sandboxed: bool) -> None:
    """Forward a command; a sandboxed kernel is the child of the sandbox's first process."""
    if is_sandboxed:
        children = parents()
        inner = [pid for pid, above in children.items() if children.get(above) == kernel]
        kernel = min(inner, default=0)
    with contextlib.suppress(ProcessLookupError):
        if kernel and command == INTERRUPT:
            os.killpg(kernel, signal.SIGINT)
        elif kernel:
            os.kill(kernel, signal.SIGUSR2)


def _receive(builder: socket.socket) -> bytes:
    try:
        return builder.recv(1)
    except OSError:
        return b""


def _reap(kernel: int) -> int | None:
    """Reap all ended children; return the kernel's exit code if it is among them, else None."""
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
    """Kill the kernel and all its descendants; return those that outlived the grace period."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(kernel, signal.SIGKILL)
    start = time.monotonic()
    alive = _descendants(kernel)
    while (kernel in alive or (alive and grace)) and time.monotonic() - start < (grace or 1):
        time.sleep(0.002 if kernel in alive else 0.02)
        alive = _descendants(kernel)
    left = alive - {kernel}
    if alive or not os.path.isdir("/proc/self"):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(kernel, signal.SIGKILL)
    while alive and time.monotonic() - start < END_SECONDS:
        for pid in alive:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.002)
        alive = _descendants(kernel)
    return sorted(left)


def _descendants(kernel: int) -> set[int]:
    """Reap ended children, then return all descendants."""
    _reap(kernel)
    return descendants(os.getpid())


def _remove(folder: str) -> None:
    """Remove the folder that nobody else can remove, because the builder has died."""
    import shutil  # takes 4 ms, which every start would pay

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

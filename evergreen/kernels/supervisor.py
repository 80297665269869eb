"""A process between the builder and one kernel: whatever happens, nothing of the kernel stays.

It starts the kernel, watches it and its memory, and ends everything that came from it when the
kernel ends, when the builder says so, or when the builder is gone (its end of the socket closes,
however it died). On Linux it is the subreaper of what the post starts, so daemons do not escape;
elsewhere it ends the kernel's process group.

Standard library only: it also runs alone, `python supervisor.py FD REQUEST`, under any Python, for
kernels that are not forked.

The socket carries, from the builder: `i` interrupt, `k` or its end: end all. To the builder: one
JSON object when all is over, with `code` (the kernel's exit code, or minus its signal), `memory`
(bytes, where the limit was the cause, else 0), and `left` (how many processes outlived the kernel).
"""

import contextlib
import ctypes
import json
import os
import select
import signal
import socket
import sys
import time

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36  # linux/prctl.h
MEMORY_SECONDS = 0.1
"""How often the memory is looked at."""


def supervise(builder, start, memory=0):
    """Fork; call `start` in the child, which never returns from it; exit when all is over.

    `builder` is the socket, `memory` the limit in bytes of all the kernel's processes together.
    """
    adopt_orphans()
    waker, wake = socket.socketpair()
    wake.setblocking(False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake.fileno(), warn_on_full_buffer=False)
    kernel = os.fork()
    if not kernel:
        _in_child(start, builder, waker, wake)
    code, used = _watch(builder, waker, kernel, memory)
    left = end_all(kernel)
    report = {"code": code, "memory": used, "left": left}
    with contextlib.suppress(OSError):
        builder.sendall(json.dumps(report).encode())
    os._exit(0)


def prctl(option, value):
    """Linux's prctl; nothing elsewhere."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def adopt_orphans():
    """Become the parent of descendants whose parent ends."""
    prctl(PR_SET_CHILD_SUBREAPER, 1)


def _in_child(start, *sockets):
    """Leave the supervisor's signals and sockets behind and become the kernel."""
    code = 70
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for each in sockets:
            each.close()
        os.setsid()
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        start()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else bool(end.code)
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        with contextlib.suppress(Exception):
            sys.stderr.flush()
        os._exit(code)


def _watch(builder, waker, kernel, memory):
    """Wait for an end: (the kernel's code, bytes of memory where those were too many)."""
    wait = MEMORY_SECONDS if memory else None
    while True:
        ready, _, _ = select.select([builder, waker], [], [], wait)
        if waker in ready:
            waker.recv(4096)
            code = _reap(kernel)
            if code is not None:
                return code, 0
        if builder in ready:
            word = _receive(builder)
            if word != b"i":
                return -signal.SIGKILL, 0
            with contextlib.suppress(ProcessLookupError):
                os.killpg(kernel, signal.SIGINT)
        if memory and (used := _memory()) > memory:
            return -signal.SIGKILL, used


def _receive(builder):
    try:
        return builder.recv(1)
    except OSError:
        return b""


def _reap(kernel):
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


def end_all(kernel):
    """Kill all descendants until none is left; how many there were besides the kernel."""
    seen = set()
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(kernel, signal.SIGKILL)
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        alive = descendants(os.getpid())
        seen |= set(alive)
        for pid in alive:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        _reap(kernel)
        if not descendants(os.getpid()):
            break
        time.sleep(0.005)
    return len(seen - {kernel})


def descendants(pid):
    """The pids below a process, from /proc; none where there is no /proc. Zombies are left out."""
    parents = {}
    for name in os.listdir("/proc") if os.path.isdir("/proc/self") else ():
        if name.isdigit():
            with contextlib.suppress(OSError, IndexError):
                with open(f"/proc/{name}/stat") as file:
                    state, parent = file.read().rpartition(")")[2].split()[:2]
                if state not in "ZX":
                    parents[int(name)] = int(parent)
    found, edge = [], {pid}
    while edge:
        edge = {child for child, parent in parents.items() if parent in edge} - set(found)
        found += edge
    return found


def _memory():
    """Resident bytes of all descendants."""
    total = 0
    for pid in descendants(os.getpid()):
        with contextlib.suppress(OSError, IndexError), open(f"/proc/{pid}/statm") as file:
            total += int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return total


def prepare(request):
    """Give this process what a request names: the log as output, folder and environment."""
    log = os.open(request["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.chdir(request["cwd"])


def _main():
    """Supervise the command of a request file."""
    builder = socket.socket(fileno=int(sys.argv[1]))
    with open(sys.argv[2], encoding="utf-8") as file:
        request = json.load(file)

    def start():
        prepare(request)
        os.execvpe(request["argv"][0], request["argv"], request["env"])

    supervise(builder, start, request["memory"])


if __name__ == "__main__":
    _main()

"""Start kernels: forked from a prepared parent where that is safe, else as new processes; each with
its own supervisor process.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import zmq
import zmq.asyncio
from jupyter_client.connect import KernelConnectionInfo, write_connection_file
from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel
from jupyter_core.utils import run_sync

from evergreen.execution.kernels.connection import KernelConnection, KernelExit
from evergreen.execution.kernels.sandbox import Sandbox, change_owner, command, limits, variables
from evergreen.execution.kernels.servers import FORK_SAFE, HERE, Request, Servers, make_environment
from evergreen.execution.kernels.uses import SOCKET
from evergreen.paths import read_untrusted

__all__ = ["KernelConnection", "KernelExit", "KernelRequest", "Kernels", "NoSuchKernel"]

_PORTS: dict[str, Any] = {
    f"{name}_port": n for n, name in enumerate(("shell", "iopub", "stdin", "control", "hb"), 1)
}
_RECONNECT_MS = 2
"""A kernel is ready soon after its sockets are requested; zmq's default of 100 ms is too long."""
_LONGEST = 256 << 20
"""Maximum size of a message in bytes; a kernel that sends a longer one is disconnected."""
_QUEUE = 64
"""Messages queued in the builder; further ones wait in the kernel."""


@dataclass(frozen=True, slots=True)
class KernelRequest:
    """The kernel that a run asks for."""

    name: str
    """Name of the kernel spec; `python3` is the engine's Python."""
    folder: Path
    """For sockets, connection file and log; a socket's path must be short."""
    cwd: Path
    python: str = ""
    """Interpreter for the default kernel; "": the engine's, which can be forked."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Additional environment variables, the same for many kernels."""
    preload: tuple[str, ...] = ()
    """Modules that a parent may import ahead; they stay hidden until the post imports them."""
    memory: int = 0
    """Memory limit of all its processes together, in bytes; 0: no limit."""
    sandbox: Sandbox | None = None
    """None: the kernel has the builder's permissions."""
    system: tuple[str, ...] = ()
    """Path prefixes that are no dependencies, for a kernel that is traced from its start; (): the
    kernel starts its tracing itself."""
    placeholders: Mapping[str, str] = field(default_factory=dict)
    """File → the file from which the tracer fills it before something opens it."""
    removed: Path | None = None
    """The folder that the supervisor removes if the builder dies; None: `folder`."""


class Kernels:
    """Starts kernels for one build, from any thread; all of them end with its block."""

    def __init__(self, servers: Servers, prewarm: bool = True) -> None:
        self.servers = servers
        self.prewarm = prewarm and sys.platform == "linux"
        self.running: set[KernelConnection] = set()
        self.lock = threading.Lock()
        self.context = zmq.asyncio.Context()
        self.context.setsockopt(zmq.RECONNECT_IVL, _RECONNECT_MS)
        self.context.setsockopt(zmq.RCVHWM, _QUEUE)
        self.context.setsockopt(zmq.MAXMSGSIZE, _LONGEST)

    def __enter__(self) -> Kernels:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self.context.destroy(linger=0)

    def stop(self) -> None:
        """End all kernels and fork servers; runs in other threads find their kernel dead."""
        with self.lock:
            for kernel in self.running:
                kernel.kill()
        self.servers.close()

    @contextlib.contextmanager
    def started(self, wanted: KernelRequest) -> Iterator[KernelConnection]:
        """Yield a kernel that is ready; end it and its processes with the block.

        Raises NoSuchKernel for an unknown name, RuntimeError if the kernel does not start.
        """
        own = wanted.name == "python3" and not wanted.python and not wanted.sandbox
        forks = own and self.prewarm
        kernel = (self._ready(wanted, True) if forks else None) or self._ready(wanted, False)
        if kernel is None:
            raise RuntimeError(
                f"the kernel '{wanted.name}' does not start: {_last_log_line(wanted)}"
            )
        try:
            yield kernel
            run_sync(kernel.exit)()
        finally:
            self._stop(kernel)

    def _ready(self, wanted: KernelRequest, forks: bool) -> KernelConnection | None:
        """Start a kernel and wait until it replies; None if it does not."""
        connection = _connection(wanted)
        request = _request(wanted, wanted.python or self.servers.python)
        if wanted.sandbox:
            change_owner(wanted.sandbox)
        try:
            supervisor = (
                self.servers.fork(request, wanted.environment, _fork_safe(wanted.preload))
                if forks
                else self.servers.start(request)
            )
        except OSError:
            return None
        kernel = self._connect(connection, supervisor, _report(wanted))
        if run_sync(kernel.ready)():
            return kernel
        self._stop(kernel)
        return None

    def _connect(
        self, connection: KernelConnectionInfo, supervisor: socket.socket, report: Path
    ) -> KernelConnection:
        kernel = KernelConnection(context=self.context)
        kernel.load_connection_info(connection)
        kernel.supervisor, kernel.report = supervisor, report
        with self.lock:
            self.running.add(kernel)
        kernel.start_channels(stdin=False, hb=False, control=False)
        return kernel

    def _stop(self, kernel: KernelConnection) -> None:
        with self.lock:
            self.running.discard(kernel)
        kernel.stop()


def _fork_safe(names: Sequence[str]) -> tuple[str, ...]:
    """Return those of some packages that may be imported ahead, in a suitable order.

    TensorFlow and Keras import each other: their dependencies are logged correctly only if
    TensorFlow comes first.
    """
    return tuple(sorted(FORK_SAFE & set(names), reverse=True))


def _request(wanted: KernelRequest, python: str) -> Request:
    """Return the request for a supervisor. Raises NoSuchKernel."""
    file = str(wanted.folder / "kernel.json")
    if wanted.name == "python3":
        argv, extra = [python, str(HERE / "kernel.py"), file], {}
    else:
        spec = KernelSpecManager().get_kernel_spec(wanted.name)
        argv, extra = [part.replace("{connection_file}", file) for part in spec.argv], spec.env
    if wanted.system:
        argv = _traced(wanted, argv)
    own = {
        "IPYTHONDIR": str(wanted.folder / "ipython"),  # ignores the user's profile
        "PWD": str(wanted.cwd),  # shells ask for the folder that it names
    }
    extra = {**extra, **wanted.environment, **own}
    return {
        "argv": command(wanted.sandbox, argv, wanted.cwd) if wanted.sandbox else argv,
        "connection_file": file,
        "folder": str(wanted.removed or wanted.folder),
        "trace": str(wanted.folder),
        "placeholders": dict(wanted.placeholders),
        "report": str(_report(wanted)),
        "cwd": str(wanted.cwd),
        "env": variables(extra, wanted.folder) if wanted.sandbox else make_environment(extra),
        "log": str(wanted.folder / "kernel.log"),
        "memory": wanted.memory,
        "sandbox": limits(wanted.sandbox) if wanted.sandbox else None,
    }


def _traced(wanted: KernelRequest, argv: Sequence[str]) -> list[str]:
    """Return the command that starts another one under the tracer's filter."""
    command = [sys.executable, "-I", "-S", str(HERE / "seccomp.py"), str(wanted.folder / SOCKET)]
    return [*command, json.dumps(wanted.system), *argv]


def _report(wanted: KernelRequest) -> Path:
    """Return where the tracer's report goes: no folder that the kernel may write to."""
    return (wanted.removed or wanted.folder) / "trace.json"


def _connection(wanted: KernelRequest) -> KernelConnectionInfo:
    """Write the connection file and return its content; with ipc, ports are names of sockets."""
    _, info = write_connection_file(
        str(wanted.folder / "kernel.json"),
        ip=str(wanted.folder / "k"),
        transport="ipc",
        key=os.urandom(16).hex().encode(),
        kernel_name=wanted.name,
        **_PORTS,
    )
    return info


def _last_log_line(wanted: KernelRequest) -> str:
    log = read_untrusted(wanted.folder / "kernel.log")
    return (log.strip().splitlines() or ["no answer"])[-1]

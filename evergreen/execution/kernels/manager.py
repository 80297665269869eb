"""Starts kernels, forked from a prepared parent where that is sound and as new processes elsewhere;
each has a supervisor process of its own.
"""

from __future__ import annotations

import contextlib
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
from evergreen.execution.kernels.sandbox import Sandbox, command, hand_over, limits, variables
from evergreen.execution.kernels.servers import HERE, SOUND, Request, Servers, make_environment
from evergreen.paths import read_made

__all__ = ["KernelConnection", "KernelExit", "KernelRequest", "Kernels", "NoSuchKernel"]

_PORTS: dict[str, Any] = {
    f"{name}_port": n for n, name in enumerate(("shell", "iopub", "stdin", "control", "hb"), 1)
}
_RECONNECT_MS = 2
"""A kernel is ready soon after its sockets are asked for; zmq would wait 100 ms."""
_LONGEST = 256 << 20
"""Bytes of one message; a kernel that sends more is cut off."""
_QUEUE = 64
"""Messages that wait in the builder; the others wait in the kernel."""


@dataclass(frozen=True, slots=True)
class KernelRequest:
    """The kernel that a run asks for."""

    name: str
    """The kernel spec's; `python3` is the Python of the engine."""
    folder: Path
    """For its sockets, connection file and log; its path is short."""
    cwd: Path
    python: str = ""
    """The interpreter of the usual kernel; "": the engine's, which a parent may have loaded."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Variables beside the builder's own, the same for many kernels."""
    preload: tuple[str, ...] = ()
    """Modules that a parent may import ahead; they are hidden until they are imported."""
    memory: int = 0
    """Bytes of all its processes together; 0: no limit."""
    sandbox: Sandbox | None = None
    """What it is shut in with; None: it has the builder's rights."""
    removed: Path | None = None
    """The folder that goes with it where the builder cannot see to that; None: `folder`."""


class Kernels:
    """Starts kernels for one build, for use from any thread; at the end of its block all end."""

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
        """End every kernel and every parent; those who use one find it dead."""
        with self.lock:
            for kernel in self.running:
                kernel.kill()
        self.servers.close()

    @contextlib.contextmanager
    def started(self, wanted: KernelRequest) -> Iterator[KernelConnection]:
        """A ready kernel; it and its processes are gone when the block ends.

        Raises NoSuchKernel for an unknown name, RuntimeError when the kernel does not start.
        """
        own = wanted.name == "python3" and not wanted.python and not wanted.sandbox
        forks = own and self.prewarm
        kernel = (self._ready(wanted, True) if forks else None) or self._ready(wanted, False)
        if kernel is None:
            raise RuntimeError(f"the kernel '{wanted.name}' does not start: {_last_words(wanted)}")
        try:
            yield kernel
        finally:
            self._stop(kernel)

    def _ready(self, wanted: KernelRequest, forks: bool) -> KernelConnection | None:
        """A kernel that answers; None where it does not."""
        connection = _connection(wanted)
        request = _request(wanted, wanted.python or self.servers.python)
        if wanted.sandbox:
            hand_over(wanted.sandbox)
        try:
            supervisor = (
                self.servers.fork(request, wanted.environment, _sound(wanted.preload))
                if forks
                else self.servers.start(request)
            )
        except OSError:
            return None
        kernel = self._connect(connection, supervisor)
        if run_sync(kernel.ready)():
            return kernel
        self._stop(kernel)
        return None

    def _connect(
        self, connection: KernelConnectionInfo, supervisor: socket.socket
    ) -> KernelConnection:
        kernel = KernelConnection(context=self.context)
        kernel.load_connection_info(connection)
        kernel.supervisor = supervisor
        with self.lock:
            self.running.add(kernel)
        kernel.start_channels(stdin=False, hb=False, control=False)
        return kernel

    def _stop(self, kernel: KernelConnection) -> None:
        with self.lock:
            self.running.discard(kernel)
        kernel.stop()


def _sound(names: Sequence[str]) -> tuple[str, ...]:
    """Those of some packages that may be imported ahead, in an order that suits them.

    TensorFlow and Keras import each other: what either needs is known where TensorFlow was first.
    """
    return tuple(sorted(SOUND & set(names), reverse=True))


def _request(wanted: KernelRequest, python: str) -> Request:
    """What a supervisor needs to know. Raises NoSuchKernel."""
    file = str(wanted.folder / "kernel.json")
    if wanted.name == "python3":
        argv, extra = [python, str(HERE / "kernel.py"), file], {}
    else:
        spec = KernelSpecManager().get_kernel_spec(wanted.name)
        argv, extra = [part.replace("{connection_file}", file) for part in spec.argv], spec.env
    own = {"IPYTHONDIR": str(wanted.folder / "ipython")}  # not the user's profile
    extra = {**extra, **wanted.environment, **own}
    return {
        "argv": command(wanted.sandbox, argv, wanted.cwd) if wanted.sandbox else argv,
        "connection_file": file,
        "folder": str(wanted.removed or wanted.folder),
        "cwd": str(wanted.cwd),
        "env": variables(extra, wanted.folder) if wanted.sandbox else make_environment(extra),
        "log": str(wanted.folder / "kernel.log"),
        "memory": wanted.memory,
        "box": limits(wanted.sandbox) if wanted.sandbox else None,
    }


def _connection(wanted: KernelRequest) -> KernelConnectionInfo:
    """The connection info of a kernel, also written to its file; ports are names of sockets."""
    _, info = write_connection_file(
        str(wanted.folder / "kernel.json"),
        ip=str(wanted.folder / "k"),
        transport="ipc",
        key=os.urandom(16).hex().encode(),
        kernel_name=wanted.name,
        **_PORTS,
    )
    return info


def _last_words(wanted: KernelRequest) -> str:
    log = read_made(wanted.folder / "kernel.log")
    return (log.strip().splitlines() or ["no answer"])[-1]

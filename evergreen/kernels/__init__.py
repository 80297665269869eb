"""Kernels: started fresh for one notebook, reached over ipc, ended with everything they started.

`Kernels` starts them, forked from a prepared parent where that is sound and as a new process
elsewhere; each has a supervisor process of its own. Nothing here knows notebooks.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty
from typing import Any

from jupyter_client.asynchronous import AsyncKernelClient
from jupyter_client.connect import write_connection_file
from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel
from jupyter_core.utils import run_sync

__all__ = ["End", "Kernel", "Kernels", "NoSuchKernel", "Wish"]

STARTUP_SECONDS = 60
END_SECONDS = 8
"""How long a supervisor may take to end what a kernel left."""

_HERE = Path(__file__).parent
_PORTS = {
    f"{name}_port": n for n, name in enumerate(("shell", "iopub", "stdin", "control", "hb"), 1)
}
_OPTIONS = ["--HistoryManager.enabled=False"]
_DROPPED = {
    "PYTHONDONTWRITEBYTECODE",
    "PYTHONSTARTUP",
    "PYTHONINSPECT",
    "MPLBACKEND",
    "JPY_PARENT_PID",
}
"""Variables that slow every Python start or belong to a console."""


@dataclass(frozen=True, slots=True)
class Wish:
    """The kernel that a run asks for."""

    name: str
    """The kernel spec's; `python3` is always `python`."""
    folder: Path
    """For its sockets, connection file and log; its path is short."""
    cwd: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    """Variables beside the builder's own."""
    preload: tuple[str, ...] = ()
    """Packages that a parent may import ahead; they are hidden until they are imported."""
    memory: int = 0
    """Bytes of all its processes together; 0: no limit."""


@dataclass(frozen=True, slots=True)
class End:
    """How a kernel ended."""

    code: int = 0
    """Its exit code; minus the signal that ended it."""
    memory: int = 0
    """The bytes it used where that was too much, else 0."""
    left: int = 0
    """Processes that it had left running, and that were ended."""


class Kernel(AsyncKernelClient):  # type: ignore[misc]
    """A client of one running kernel, which knows its supervisor."""

    supervisor: socket.socket
    end: End | None = None

    async def is_alive(self) -> bool:
        """Whether the kernel runs. Its end is in `end` afterwards."""
        if self.end is None:
            self.end = _poll_end(self.supervisor, 0)
        return self.end is None

    def interrupt(self) -> None:
        """What Ctrl-C would do."""
        with contextlib.suppress(OSError):
            self.supervisor.send(b"i")

    def stop(self) -> End:
        """End the kernel and all that it started."""
        with contextlib.suppress(OSError):
            self.supervisor.send(b"k")
        self.end = self.end or _poll_end(self.supervisor, END_SECONDS) or End()
        self.supervisor.close()
        self.stop_channels()
        return self.end


class Kernels:
    """Starts kernels for one build; when it closes, all that are left end at once.

    Make it in the main thread and use it from any.
    """

    def __init__(self, prewarm: bool = True, python: str = sys.executable) -> None:
        self.python = python
        self.prewarm = prewarm and sys.platform == "linux"
        self.servers: dict[tuple[Any, ...], socket.socket] = {}
        self.running: set[Kernel] = set()
        self.lock = threading.Lock()
        self.folder = tempfile.TemporaryDirectory(prefix="evergreen-")
        self.requests = 0
        self.processes: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Kernels:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End every kernel and every parent."""
        with self.lock:
            kernels, self.running = self.running, set()
            for kernel in kernels:
                with contextlib.suppress(OSError):
                    kernel.supervisor.send(b"k")
            for server in self.servers.values():
                server.close()
            self.servers.clear()
            for process in self.processes:  # a socket's end is the end of whoever holds the other
                process.wait(END_SECONDS)
        self.folder.cleanup()

    @contextlib.contextmanager
    def started(self, wish: Wish) -> Iterator[Kernel]:
        """A ready kernel; it and its processes are gone when the block ends.

        Raises NoSuchKernel for an unknown name, RuntimeError when the kernel does not start.
        """
        kernel = self._start(wish)
        self.running.add(kernel)
        try:
            run_sync(_wait_ready)(kernel, wish)
            yield kernel
        finally:
            self.running.discard(kernel)
            kernel.stop()

    def _start(self, wish: Wish) -> Kernel:
        ours, theirs = socket.socketpair()
        connection = _connection(wish)
        request = self._request(wish, connection)
        with theirs:
            if wish.name == "python3" and self.prewarm:
                self._server(request["env"], wish.preload, theirs, request)
            else:
                self._launch("supervisor.py", theirs, self._write(request))
        kernel = Kernel()
        kernel.load_connection_info(connection)
        kernel.supervisor = ours
        kernel.start_channels(stdin=False, hb=False, control=False)
        return kernel

    def _request(self, wish: Wish, connection: Mapping[str, Any]) -> dict[str, Any]:
        """What a supervisor needs to know."""
        file = str(wish.folder / "kernel.json")
        if wish.name == "python3":
            argv = [self.python, "-m", "ipykernel_launcher", "-f", file, *_OPTIONS]
            extra = {"MPLBACKEND": "module://matplotlib_inline.backend_inline"}
        else:
            spec = KernelSpecManager().get_kernel_spec(wish.name)
            argv = [part.replace("{connection_file}", file) for part in spec.argv]
            extra = spec.env
        kept = {key: value for key, value in os.environ.items() if key not in _DROPPED}
        return {
            "argv": argv,
            "options": _OPTIONS,
            "connection_file": file,
            "cwd": str(wish.cwd),
            "env": {**kept, **extra, **wish.environment},
            "log": str(wish.folder / "kernel.log"),
            "memory": wish.memory,
        }

    def _server(
        self,
        environment: Mapping[str, str],
        preload: Sequence[str],
        peer: socket.socket,
        request: Mapping[str, Any],
    ) -> None:
        """Have a parent with this environment and these packages fork the request's kernel."""
        variables = tuple(sorted(environment.items()))
        with self.lock:
            server = self.servers.get((variables, ()))
            if server is None:
                server, theirs = socket.socketpair()
                with theirs:
                    self._launch("forkserver.py", theirs, environment=environment)
                self.servers[variables, ()] = server
            if preload and (variables, tuple(preload)) not in self.servers:
                branch, theirs = socket.socketpair()
                with theirs:
                    self._ask(server, {"preload": list(preload)}, theirs)
                self.servers[variables, tuple(preload)] = branch
            self._ask(self.servers[variables, tuple(preload)], request, peer)

    def _ask(self, server: socket.socket, request: Mapping[str, Any], peer: socket.socket) -> None:
        socket.send_fds(server, [self._write(request).encode() + b"\n"], [peer.fileno()])

    def _write(self, request: Mapping[str, Any]) -> str:
        self.requests += 1
        path = Path(self.folder.name) / f"{self.requests}.json"
        path.touch(mode=0o600)
        path.write_text(json.dumps(request), "utf-8")
        return str(path)

    def _launch(
        self,
        script: str,
        peer: socket.socket,
        *arguments: str,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Run one of our scripts, apart from the builder's signals, with a socket."""
        python, options = (self.python, []) if environment else (sys.executable, ["-I", "-S"])
        process = subprocess.Popen(
            [python, *options, str(_HERE / script), str(peer.fileno()), *arguments],
            pass_fds=[peer.fileno()],
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=None if os.environ.get("EVERGREEN_DEBUG") else subprocess.DEVNULL,
            env=environment,
        )
        self.processes.append(process)


def _connection(wish: Wish) -> dict[str, Any]:
    """The connection info of a kernel, also written to its file; ports are names of sockets."""
    _, info = write_connection_file(
        str(wish.folder / "kernel.json"),
        ip=str(wish.folder / "k"),
        transport="ipc",
        key=os.urandom(16).hex().encode(),
        kernel_name=wish.name,
        **_PORTS,
    )
    return info


def _poll_end(supervisor: socket.socket, seconds: float) -> End | None:
    """How the kernel ended; None while it runs."""
    supervisor.settimeout(seconds)
    text = b""
    try:
        while part := supervisor.recv(4096):
            text += part
    except (TimeoutError, BlockingIOError):
        if not text:
            return None
    except OSError:
        pass
    return End(**json.loads(text)) if text else End(-9)


async def _wait_ready(kernel: Kernel, wish: Wish) -> None:
    """Wait until the kernel answers and its outputs reach us; an answer alone is not enough."""
    deadline = time.monotonic() + STARTUP_SECONDS
    while time.monotonic() < deadline:
        asked = kernel.kernel_info()
        with contextlib.suppress(Empty):
            await kernel.shell_channel.get_msg(timeout=1)
            while True:
                message = await kernel.iopub_channel.get_msg(timeout=0.2)
                if message["parent_header"].get("msg_id") == asked:
                    return
        if not await kernel.is_alive():
            break
    log = (wish.folder / "kernel.log").read_text("utf-8", "replace").strip().splitlines()
    raise RuntimeError(f"the kernel '{wish.name}' does not start: {(log or ['no answer'])[-1]}")

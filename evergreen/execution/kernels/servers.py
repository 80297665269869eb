"""Start kernels from the builder's side: through supervisors, and fork servers on Linux.

A fork server is prepared once for an environment and a set of packages, and then forks a kernel in
milliseconds. On other systems every kernel is a new process.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

Request = Mapping[str, Any]
"""What a supervisor needs: argv, folder, cwd, env, log, memory, sandbox; for a kernel also
connection_file."""

END_SECONDS = 5

HERE = Path(__file__).parent
FORK_SAFE = frozenset(
    "PIL keras matplotlib numpy pandas scipy seaborn sklearn statsmodels sympy tensorflow".split()
)
"""Packages that work the same in a forked kernel as in a fresh one (`tests/test_kernels.py`).
Others may start threads at import or keep state of the importing process."""

_DROPPED = {
    "PYTHONDONTWRITEBYTECODE",
    "PYTHONSTARTUP",
    "PYTHONINSPECT",
    "MPLBACKEND",
    "JPY_PARENT_PID",
    "COVERAGE_PROCESS_CONFIG",
    "COVERAGE_PROCESS_START",
    "PWD",
    "OLDPWD",
}
"""Variables that slow down Python's start, or belong to a terminal session or another folder."""

_CHARTS = {"PLOTLY_RENDERER": "plotly_mimetype"}
"""Charts are sent as data: Plotly's HTML would include its library, 5 MB per chart."""


def make_environment(extra: Mapping[str, str]) -> dict[str, str]:
    """Return a kernel's environment variables: the builder's own, and `extra`."""
    kept = {key: value for key, value in os.environ.items() if key not in _DROPPED}
    return {**_CHARTS, **kept, "MPLBACKEND": "module://matplotlib_inline.backend_inline", **extra}


class Servers:
    """The fork servers of a build. They end when it is closed; kernels that they forked do not."""

    def __init__(self, python: str = sys.executable) -> None:
        self.python = python
        self.parents: dict[tuple[Any, ...], tuple[subprocess.Popen[bytes], socket.socket]] = {}
        self.branches: dict[tuple[Any, ...], socket.socket] = {}
        self.supervisors: list[subprocess.Popen[bytes]] = []
        self.lock = threading.Lock()
        self.is_closed = False

    def prepare(self, extra: Mapping[str, str]) -> None:
        """Start the fork server for an environment early, so that it is ready when needed."""
        with self.lock:
            self._parent(extra)

    def fork(
        self, request: Request, extra: Mapping[str, str], preload: Sequence[str]
    ) -> socket.socket:
        """Fork a kernel from a server that has these packages; return its supervisor's socket.

        Raises OSError if the server has died.
        """
        with self.lock:
            server = self._parent(extra)
            if preload:
                key = (tuple(sorted(extra.items())), tuple(preload))
                if key not in self.branches:
                    self.branches[key] = _request_fork(server, {"preload": list(preload)})
                server = self.branches[key]
            return _request_fork(server, request)

    def start(self, request: Request) -> socket.socket:
        """Start a kernel as a new process; return its supervisor's socket."""
        # Without site-packages: the posts' environment cannot break the supervisor.
        command = [sys.executable, "-E", "-s", "-S", str(HERE / "supervisor.py")]
        with self.lock:
            process, server = self._launch(command)
            self.supervisors.append(process)
        return send(server, request)

    def close(self) -> None:
        """End the fork servers; no further kernel can be started."""
        with self.lock:
            self.is_closed = True
            for server in self.branches.values():
                server.close()
            for process, server in self.parents.values():
                server.close()
                process.kill()
                process.wait()
            for process in self.supervisors:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(END_SECONDS)

    def _parent(self, extra: Mapping[str, str]) -> socket.socket:
        key = tuple(sorted(extra.items()))
        if key not in self.parents:
            command = [self.python, str(HERE / "forkserver.py")]
            self.parents[key] = self._launch(command, make_environment(extra))
        return self.parents[key][1]

    def _launch(
        self, command: Sequence[str], environment: Mapping[str, str] | None = None
    ) -> tuple[subprocess.Popen[bytes], socket.socket]:
        """Run one of our scripts with a socket to it, protected from the builder's signals."""
        if self.is_closed:
            raise OSError("the build has ended")
        ours, theirs = socket.socketpair()
        with theirs:
            process = subprocess.Popen(
                [*command, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                start_new_session=True,
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=None if os.environ.get("EVERGREEN_DEBUG") else subprocess.DEVNULL,
                env=environment,
            )
        return process, ours


def send(server: socket.socket, request: Request) -> socket.socket:
    """Send a request for `supervisor.read_request`; return the socket."""
    text = json.dumps(request).encode()
    with contextlib.suppress(BrokenPipeError):  # the dead process will not reply either
        server.sendall(struct.pack("!I", len(text)) + text)
    return server


def _request_fork(server: socket.socket, request: Request) -> socket.socket:
    """Make a server fork a process for a request; return the socket to that process."""
    ours, theirs = socket.socketpair()
    with theirs:
        try:
            socket.send_fds(server, [b"f"], [theirs.fileno()])
        except OSError:
            ours.close()
            raise
    return send(ours, request)

"""The builder's side of what starts kernels: supervisors, and parents that fork them.

A parent is prepared once for an environment and a set of packages, and forks a kernel in
milliseconds. It is used on Linux; elsewhere every kernel is a process of its own from the start.
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
"""What a supervisor needs to know: argv, folder, cwd, env, log, memory, box; of a kernel also
connection_file."""

END_SECONDS = 5

HERE = Path(__file__).parent
SOUND = frozenset(
    "PIL keras matplotlib numpy pandas scipy seaborn sklearn statsmodels sympy tensorflow".split()
)
"""Packages of which it is known (`tests/test_kernels.py`) that a forked kernel finds them as a
fresh one does; others may start threads, or settle something by the process they are in."""

_DROPPED = {
    "PYTHONDONTWRITEBYTECODE",
    "PYTHONSTARTUP",
    "PYTHONINSPECT",
    "MPLBACKEND",
    "JPY_PARENT_PID",
    "COVERAGE_PROCESS_CONFIG",
    "COVERAGE_PROCESS_START",
}
"""Variables that slow every Python start or belong to a console."""

_FORMS = {"PLOTLY_RENDERER": "plotly_mimetype"}
"""Charts come as data; Plotly's HTML has its library in it, 5 MB a chart."""


def make_environment(extra: Mapping[str, str]) -> dict[str, str]:
    """A kernel's variables: the builder's own, and `extra`."""
    kept = {key: value for key, value in os.environ.items() if key not in _DROPPED}
    return {**_FORMS, **kept, "MPLBACKEND": "module://matplotlib_inline.backend_inline", **extra}


class Servers:
    """Parents that fork kernels; when it closes they end, and what they forked does not."""

    def __init__(self, python: str = sys.executable) -> None:
        self.python = python
        self.parents: dict[tuple[Any, ...], tuple[subprocess.Popen[bytes], socket.socket]] = {}
        self.branches: dict[tuple[Any, ...], socket.socket] = {}
        self.supervisors: list[subprocess.Popen[bytes]] = []
        self.lock = threading.Lock()
        self.is_closed = False

    def prepare(self, extra: Mapping[str, str]) -> None:
        """Start the parent for an environment, so that it is ready when it is needed."""
        with self.lock:
            self._parent(extra)

    def fork(
        self, request: Request, extra: Mapping[str, str], preload: Sequence[str]
    ) -> socket.socket:
        """A kernel forked from a parent that has imported these packages: its supervisor's socket.

        Raises OSError where that parent has died.
        """
        with self.lock:
            server = self._parent(extra)
            if preload:
                key = (tuple(sorted(extra.items())), tuple(preload))
                if key not in self.branches:
                    self.branches[key] = _ask(server, {"preload": list(preload)})
                server = self.branches[key]
            return _ask(server, request)

    def start(self, request: Request) -> socket.socket:
        """A kernel whose process is new: its supervisor's socket."""
        # Without site-packages: nothing of the posts' environment can hinder it.
        command = [sys.executable, "-E", "-s", "-S", str(HERE / "supervisor.py")]
        with self.lock:
            process, server = self._launch(command)
            self.supervisors.append(process)
        return send(server, request)

    def close(self) -> None:
        """End the parents; no kernel is started any more."""
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
        """Run one of our scripts, apart from the builder's signals, with a socket to it."""
        if self.is_closed:
            raise OSError("no kernel is started any more")
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
    """Send a request as `supervisor.read_request` reads it; the socket again."""
    text = json.dumps(request).encode()
    with contextlib.suppress(BrokenPipeError):  # who has died shows it by silence
        server.sendall(struct.pack("!I", len(text)) + text)
    return server


def _ask(server: socket.socket, request: Request) -> socket.socket:
    """Have a server fork a process for a request; the socket to that process."""
    ours, theirs = socket.socketpair()
    with theirs:
        try:
            socket.send_fds(server, [b"f"], [theirs.fileno()])
        except OSError:
            ours.close()
            raise
    return send(ours, request)

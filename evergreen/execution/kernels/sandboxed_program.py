"""A program that is no kernel, run in a box to its end."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Sequence
from pathlib import Path

from evergreen.execution.kernels.connection import KILL, read_end
from evergreen.execution.kernels.sandbox import Sandbox, command, hand_over, limits, variables
from evergreen.execution.kernels.servers import Servers
from evergreen.paths import read_made


def run_sandboxed(
    sandbox: Sandbox, argv: Sequence[str], cwd: Path, log: Path, memory: int, seconds: float
) -> str:
    """Run a command in a folder of a box; "" where it ended well, else why not, in one line.

    Nothing of it is left. `log` is a file that nothing in the box can write but by its output.
    """
    hand_over(sandbox)
    servers = Servers()
    request = {
        "argv": command(sandbox, argv, cwd),
        "folder": str(log),
        "cwd": str(cwd),
        "env": variables({}, Path("/tmp")),
        "log": str(log),
        "memory": memory,
        "box": limits(sandbox),
    }
    with contextlib.closing(servers), servers.start(request) as supervisor:
        why = _wait(supervisor, seconds)
    said = read_made(log, 1 << 20).strip().splitlines()
    return (said or ["failed"])[-1] if why == "failed" else why


def _wait(supervisor: socket.socket, seconds: float) -> str:
    supervisor.settimeout(seconds)
    try:
        end = read_end(supervisor.recv(65536))
    except TimeoutError:
        supervisor.send(KILL)
        return f"took longer than {seconds:g} s"
    for name in ("memory", "processes", "disk"):
        if getattr(end, name):
            return f"used too much of what it may: {name}"
    return "failed" if end.code else ""

"""Run a program that is not a kernel in a sandbox, until it ends."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Sequence
from pathlib import Path

from evergreen.execution.kernels.connection import KILL, read_end
from evergreen.execution.kernels.sandbox import Sandbox, change_owner, command, limits, variables
from evergreen.execution.kernels.servers import Servers
from evergreen.paths import read_untrusted


def run_sandboxed(
    sandbox: Sandbox, argv: Sequence[str], cwd: Path, log: Path, memory: int, seconds: float
) -> str:
    """Run a command in a sandbox; return "" on success, else the reason in one line.

    All its processes are ended. The sandbox can write to `log` only through the command's output.
    """
    change_owner(sandbox)
    servers = Servers()
    request = {
        "argv": command(sandbox, argv, cwd),
        "folder": str(log),
        "cwd": str(cwd),
        "env": variables({}, Path("/tmp")),
        "log": str(log),
        "memory": memory,
        "sandbox": limits(sandbox),
    }
    with contextlib.closing(servers), servers.start(request) as supervisor:
        why = _wait(supervisor, seconds)
    said = read_untrusted(log, 1 << 20).strip().splitlines()
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
            return f"used more {name} than allowed"
    return "failed" if end.code else ""

"""The kernels that are installed here, and the Pythons behind them."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

PYTHON = "python3"
"""The kernel that is this very Python."""
_ENGINE = Path(__file__).resolve().parents[2]
_ASK = "import json,platform,sys;print(json.dumps([platform.python_version(),sys.path[1:]]))"


@dataclass(frozen=True, slots=True)
class Interpreter:
    """The Python of a kernel."""

    version: str
    path: tuple[str, ...]
    """Where it looks for modules."""
    versions: Mapping[str, str] | None = None
    """Of an environment with a lock, what it says: normalised name → version, or an address."""


@dataclass(frozen=True, slots=True)
class Command:
    """How a kernel is started."""

    argv: tuple[str, ...]
    variables: Mapping[str, str]


def find_interpreter(kernel: str) -> Interpreter | None:
    """The Python of a kernel; None where there is no such kernel, or it is no Python."""
    if kernel == PYTHON:
        return Interpreter(platform.python_version(), tuple(filter(_is_shared, sys.path)))
    command = find_command(kernel)
    if command is None:
        return None
    variables = {**os.environ, **command.variables}
    try:
        done = subprocess.run(
            [command.argv[0], "-c", _ASK], env=variables, capture_output=True, timeout=30
        )
        version, path = json.loads(done.stdout)
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None
    return Interpreter(version, tuple(path))


def find_command(kernel: str) -> Command | None:
    """How a kernel of another name than PYTHON is started; None where there is none."""
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel  # 0.15 s

    try:
        spec = KernelSpecManager().get_kernel_spec(kernel)
    except NoSuchKernel:
        return None
    return Command(tuple(spec.argv), spec.env)


def _is_shared(entry: str) -> bool:
    """Whether a kernel has this entry of our module path too: it is no folder of ours alone."""
    return bool(entry) and Path(entry).resolve() not in (Path.cwd(), _ENGINE)

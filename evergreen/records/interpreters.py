"""The installed kernels and their Python interpreters."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from evergreen.dataclass import dataclass

PYTHON = "python3"
"""The kernel that runs the engine's own Python."""
_ENGINE = Path(__file__).resolve().parents[2]
_ASK = "import json,platform,sys;print(json.dumps([platform.python_version(),sys.path[1:]]))"


@dataclass(frozen=True, slots=True)
class Interpreter:
    """The Python of a kernel."""

    version: str
    path: tuple[str, ...]
    """Its module path."""
    versions: Mapping[str, str] | None = None
    """The lock of its environment, if it has one: normalised name → version or URL."""


@dataclass(frozen=True, slots=True)
class Command:
    """The command that starts a kernel."""

    argv: tuple[str, ...]
    variables: Mapping[str, str]


def find_interpreter(kernel: str) -> Interpreter | None:
    """Return the Python of a kernel; None if there is no such kernel or it is not Python."""
    if kernel == PYTHON:
        import platform  # late: it compiles nine patterns

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
    """Return the command of a kernel other than PYTHON; None if there is no such kernel."""
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel  # takes 0.15 s

    try:
        spec = KernelSpecManager().get_kernel_spec(kernel)
    except NoSuchKernel:
        return None
    return Command(tuple(spec.argv), spec.env)


def kernel_names() -> tuple[str, ...]:
    """Return the names of the installed kernels, sorted, from the folders in which Jupyter looks
    (jupyter_core 5, `jupyter_path`), but without its imports, which take 0.15 s."""
    found = {
        name.lower()
        for folder in _kernel_folders()
        if os.path.isdir(folder)  # noqa: PTH112 - pathlib takes longer
        for name in os.listdir(folder)
        if os.path.isfile(f"{folder}/{name}/kernel.json")  # noqa: PTH113
    }
    return tuple(sorted(found))


def _kernel_folders() -> list[str]:
    home = os.path.expanduser("~")  # noqa: PTH111
    shared = os.environ.get("XDG_DATA_HOME") or f"{home}/.local/share"
    own = f"{home}/Library/Jupyter" if sys.platform == "darwin" else f"{shared}/jupyter"
    data = [
        *os.environ.get("JUPYTER_PATH", "").split(os.pathsep),
        os.environ.get("JUPYTER_DATA_DIR") or own,
        f"{home}/.local/share/jupyter",
        *(f"{base}/share/jupyter" for base in (sys.prefix, "/usr/local", "/usr")),
        os.environ.get("IPYTHONDIR") or f"{home}/.ipython",
    ]
    return [f"{folder}/kernels" for folder in data if folder]


def _is_shared(entry: str) -> bool:
    """True if a kernel has this entry of the engine's module path too."""
    return bool(entry) and Path(entry).resolve() not in (Path.cwd(), _ENGINE)

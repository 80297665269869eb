"""The message for a missing package of the engine: what to run, usually another Python that
has it.
"""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

from evergreen.cli.engine import DISTRIBUTION, REQUIREMENTS
from evergreen.errors import Problem, SettingsError


def missing_package(error: ModuleNotFoundError) -> SettingsError | None:
    """Return the message for a package that is not installed; None for a module of the engine."""
    name = (error.name or "").partition(".")[0]
    if name in ("", "evergreen"):
        return None
    message = f"has no package '{name}'"
    return SettingsError(Problem(sys.executable, 0, 0, message, _advice(sys.argv)))


def _advice(arguments: list[str]) -> str:
    folders = (Path(), Path(arguments[0]).parent)
    pythons = (folder / ".venv" / "bin" / "python" for folder in folders)
    again = shlex.join(arguments)
    for python in pythons:
        if python.is_file() and python.absolute() != Path(sys.executable):
            return f"run '{shlex.quote(str(python))} {again}'"
    files = (folder / REQUIREMENTS for folder in folders)
    needed = next((f"-r {shlex.quote(str(file))}" for file in files if file.is_file()), "")
    install = f"-m pip install {needed or DISTRIBUTION}"
    if sys.prefix != sys.base_prefix:
        return f"run '{shlex.quote(sys.executable)} {install}'"
    own = ".venv/bin/python"  # pip refuses to change the Python of many systems
    return f"run 'python3 -m venv .venv && {own} {install}', then '{own} {again}'"

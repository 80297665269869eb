"""Install distributions into an environment with uv, or with pip if uv is not installed.

Both run as commands, with the user's configuration of indexes, proxies and caches.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType

from evergreen.paths import find_program
from evergreen.regex import regex

_PIP_ERROR = regex(r"^\s*(?:\[[\w ]+\]\s*)?error:\s*(\S.*)$", re.I | re.M)
_UV_ERROR = regex(r"^\s*(?:╰─▶|cause:)\s*(.*(?:\n {4,}\S.*)*)", re.M)
_UNREACHABLE = regex(
    r"failed to establish a new connection|name resolution|name or service not known"
    r"|network is unreachable|connecttimeout|max retries exceeded|error sending request"
    r"|dns error|network connectivity is disabled|connection refused",
    re.I,
)
_VAGUE = ("ResolutionImpossible", "subprocess-exited-with-error", "metadata-generation-failed")
"""Final pip errors that do not name the cause."""
_DROPPED = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "PIP_USER", "PIP_TARGET", "PIP_PREFIX")
_SHARED = ("NO_INDEX", "FIND_LINKS", "INDEX_URL", "EXTRA_INDEX_URL", "CONSTRAINT")
_COLOURS = regex(r"\x1b\[[0-9;]*m")


InstallProgress = Callable[[str, int, int], None]
"""Called with the name of what is installed: with 0, 0 at the start and 1, 1 at the end."""


class NotInstalled(Exception):
    """A requirement cannot be installed; holds the reason in one line, and what to do."""

    def __init__(self, message: str, advice: str, output: str = "") -> None:
        super().__init__(f"{message}: {advice}")
        self.message, self.advice = message, advice
        self.output = output
        """What the installer printed."""


class NotReached(NotInstalled):
    """The package index cannot be reached: nothing is known of the requirement."""


def install(
    python: Path, arguments: Sequence[str], wheels_only: bool = False, locked: bool = False
) -> None:
    """Install into a Python's environment what pip's arguments say. Raises NotInstalled.

    With `wheels_only`, no code from the packages runs during the installation. Releases that are
    `locked` are taken from uv's cache if it has them all, without asking an index.
    """
    uv = find_uv()
    if not uv and not find_spec("pip"):
        raise NotInstalled("neither uv nor pip is installed", "install uv")
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--no-input"]
    command = [uv, "pip", "install", "--python", str(python)] if uv else pip
    plain = ["--only-binary", ":all:"] if wheels_only else []
    if uv and locked:
        with suppress(NotInstalled):
            run_installer([*command, *plain, "--offline", *arguments])
            return
    run_installer([*command, *plain, *arguments])


def run_installer(
    command: Sequence[str], variables: Mapping[str, str] = MappingProxyType({})
) -> str:
    """Run uv or pip, with more environment variables; return what it printed. Raises NotInstalled
    if it fails.
    """
    done = subprocess.run(
        command,
        env={**_variables(), **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
    )
    if done.returncode:
        raise _explained(_COLOURS.sub("", f"{done.stdout}\n{done.stderr}"))
    return done.stdout


def find_uv() -> str:
    """Return the path of uv; "" if it is not installed."""
    return find_program("uv")


def _variables() -> Mapping[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in _DROPPED}
    # pip's default is five attempts with growing delays, for each package.
    usual = {"PIP_RETRIES": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1", "UV_HTTP_RETRIES": "1"}
    # uv does not read pip's variables, which most users set.
    shared = {f"UV_{name}": kept[f"PIP_{name}"] for name in _SHARED if f"PIP_{name}" in kept}
    return {**usual, **shared, **kept, "NO_COLOR": "1"}


def _explained(output: str) -> NotInstalled:
    """Build the error from the installer's last sentence."""
    sentence = last_sentence(output)
    if _UNREACHABLE.search(output):
        advice = "connect to the network, or name a folder of wheels in PIP_FIND_LINKS"
        return NotReached(f"the package index cannot be reached: {sentence}", advice, output)
    return NotInstalled(sentence, "fix the requirement", output)


def last_sentence(output: str) -> str:
    """Return the installer's last sentence that names a cause, as one line."""
    found = [each for each in _PIP_ERROR.findall(output) if not each.startswith(_VAGUE)]
    found = _UV_ERROR.findall(output)[:1] or found
    lines = found or [line for line in output.splitlines() if line.strip()] or ["no answer"]
    return " ".join(lines[-1].split()).rstrip(".")

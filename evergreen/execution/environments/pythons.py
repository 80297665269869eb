"""The Pythons on this machine, of which a post as of a day gets one that had been released by then.

The engine's own is preferred. Others are found by uv, on the search path, and where pyenv keeps
them; with `[execution] python_downloads` uv installs one.
"""

from __future__ import annotations

import functools
import json
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path

from evergreen.dataclass import dataclass
from evergreen.execution.environments.installer import NotInstalled, find_uv, run_installer
from evergreen.model.pythons import RELEASED, release_day
from evergreen.regex import regex

OLDEST = (3, 8)
"""The oldest Python whose kernel we can talk to."""
_MOST = 3
"""Pythons that are tried for one post."""
_NOT_OFFERED = regex(r"no download found|no python installations? found|invalid version", re.I)
_ASK = "import platform, sys; print(platform.python_version(), sys.prefix == sys.base_prefix)"


@dataclass(frozen=True, slots=True)
class Python:
    """An interpreter."""

    path: str
    """"" for the engine's own."""
    version: str
    """As 3.9.18."""

    @property
    def minor(self) -> str:
        """Return the version without its last part: 3.9."""
        return _minor(self.version)

    @property
    def command(self) -> str:
        """Return the path of the program."""
        return self.path or sys.executable


HERE = Python("", platform.python_version())


def pythons_for(day: str, downloads: bool = False) -> Iterator[Python]:
    """Yield the Pythons to try for a day, at most three: the engine's if it had been released, then
    others, the newest first; at last the engine's in any case. With `downloads` uv installs those
    that are missing, if the engine's had not been released. Raises NotInstalled if it cannot.
    """
    had_here = release_day(HERE.version) <= day
    if had_here:
        yield HERE
    yield from islice(_others(day, downloads and not had_here), _MOST - 1)
    if not had_here:
        yield HERE


def _others(day: str, downloads: bool) -> Iterator[Python]:
    """Yield other Pythons that had been released by a day, the newest first."""
    known = {each.minor: each for each in installed()}
    for minor, released in reversed(list(RELEASED.items())):
        if released <= day and minor != HERE.minor:
            found = known.get(minor) or (_download(minor) if downloads else None)
            if found:
                yield found


def find_python(minor: str, downloads: bool = False) -> Python:
    """Return the Python of a minor version, as 3.9; "" is the engine's. Raises NotInstalled."""
    if minor in ("", HERE.minor):
        return HERE
    found = next((each for each in installed() if each.minor == minor), None)
    found = found or (_download(minor) if downloads else None)
    if found is None:
        let = "" if downloads else "let uv do it with [execution] python_downloads = true, "
        advice = f"install it, {let}or delete the post's lock"
        raise NotInstalled(f"Python {minor} is not installed here", advice)
    return found


@functools.cache
def installed() -> tuple[Python, ...]:
    """Return the other Pythons on this machine, one for each minor version, newest first."""
    found: dict[str, Python] = {}
    for minor, path in _places():
        if minor != HERE.minor and minor not in found and (python := _asked(path)):
            found[minor] = python
    usable = [each for each in found.values() if _key(each.version) >= OLDEST]
    return tuple(sorted(usable, key=lambda each: _key(each.version), reverse=True))


def _places() -> Iterator[tuple[str, str]]:
    """Yield minor version and path of programs that may be Pythons."""
    if uv := find_uv():
        command = [uv, "python", "list", "--only-installed", "--managed-python", "--offline"]
        with suppress(NotInstalled, ValueError, TypeError, KeyError):
            for each in json.loads(run_installer([*command, "--output-format", "json"])):
                yield _minor(each["version"]), str(each["path"])
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    with suppress(OSError):
        versions = [each for each in (root / "versions").iterdir() if each.name[:2] == "3."]
        for folder in sorted(versions, key=lambda each: _key(each.name), reverse=True):
            yield _minor(folder.name), str(folder / "bin" / "python")
    for name in RELEASED:
        if path := shutil.which(f"python{name}"):
            yield name, path


def _asked(path: str) -> Python | None:
    """Return the Python at a path; None if it does not run, or is one of an environment."""
    try:
        done = subprocess.run([path, "-I", "-c", _ASK], capture_output=True, text=True, timeout=10)
    except (OSError, subprocess.SubprocessError):
        return None
    version, _, is_base = done.stdout.strip().partition(" ")
    return Python(path, version) if done.returncode == 0 and is_base == "True" else None


def _download(minor: str) -> Python | None:
    """Let uv install a Python, in its own folder alone; None if it offers none for this machine.
    Raises NotInstalled if it could not be fetched, or uv may not.
    """
    uv = find_uv()
    if not uv:
        advice = "install uv, or set [execution] python_downloads = false"
        raise NotInstalled(f"python_downloads: only uv can install Python {minor}", advice)
    try:
        run_installer([uv, "python", "install", minor], {"UV_PYTHON_INSTALL_BIN": "0"})
        path = run_installer([uv, "python", "find", "--managed-python", minor]).strip()
    except NotInstalled as error:
        if _NOT_OFFERED.search(error.output):
            return None
        message = f"uv could not install Python {minor}: {_cause(error.output)}"
        advice = f"install Python {minor} yourself, or set [execution] python_downloads = false"
        raise type(error)(message, advice, error.output) from None
    installed.cache_clear()
    return _asked(path)


def _cause(output: str) -> str:
    """Return the last line, the innermost cause, of what uv printed."""
    lines = [line for line in output.splitlines() if line.strip()] or ["no answer"]
    return re.sub(r"^\s*(?:cause|error):", "", lines[-1]).strip().rstrip(".")


def _minor(version: str) -> str:
    return ".".join(version.split(".")[:2])


def _key(version: str) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"\d+", version)[:2]))

"""The versions that an environment got, kept beside the records: the next build takes the same.

A lock is a text as pip reads it, `locks/<requirements>/<system>.txt`, with a line a distribution.
Other systems may need other distributions, so each has its own; one that has none begins with the
versions of another.
"""

from __future__ import annotations

import json
import platform
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from evergreen.model.hashing import sha256
from evergreen.paths import atomic_write

FOLDER = "locks"
_LINE = re.compile(r"^([\w.-]+)\s*(?:==\s*(\S+)|@\s*(\S.*))$")


def place(store: Path, requires: Sequence[str]) -> Path:
    """Where the lock of some requirements is kept."""
    major, minor = sys.version_info[:2]
    system = f"{platform.system()}-{platform.machine()}-{major}.{minor}".lower()
    return store / FOLDER / digest(requires)[:16] / f"{system}.txt"


def digest(value: object) -> str:
    """SHA-256 of a value of plain types."""
    return sha256(json.dumps(value, sort_keys=True))


def read(file: Path) -> dict[str, str]:
    """Normalised name → version, or the address that it is from; empty where there is no lock."""
    try:
        lines = file.read_text("utf-8", "replace").splitlines()
    except OSError:
        return {}
    found = (match for line in lines if (match := _LINE.match(line.strip())))
    return {match[1]: match[2] or match[3] for match in found}


def read_of_others(file: Path) -> dict[str, str]:
    """The newest lock of the same requirements on another system."""
    others = [other for other in file.parent.glob("*.txt") if other != file]
    newest = max(others, key=lambda other: (other.stat().st_mtime, other.name), default=None)
    return read(newest) if newest else {}


def write(file: Path, requires: Sequence[str], versions: Mapping[str, str]) -> None:
    """Keep a lock; the whole file or nothing."""
    head = [
        f"# The versions that a post's environment got: {', '.join(requires)}",
        "# To let it take newer ones, remove this file.",
    ]
    text = "\n".join([*head, *lines(versions)]) + "\n"
    atomic_write(file, text.encode())


def lines(versions: Mapping[str, str]) -> list[str]:
    """Requirements of exactly these versions."""
    return [
        f"{name} @ {version}" if ":" in version else f"{name}=={version}"
        for name, version in sorted(versions.items())
    ]

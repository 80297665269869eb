"""Lock files: the versions in an environment, stored with the records, so that later builds install
the same.

A lock is a requirements file, `locks/<requirements>/<system>.txt`, with one line per distribution.
Each system has its own, because it may need other distributions; a system without one starts from
the versions of another.
"""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from evergreen.model.hashing import sha256
from evergreen.paths import atomic_write
from evergreen.regex import regex

FOLDER = "locks"
_LINE = regex(r"^([\w.-]+)\s*(?:==\s*(\S+)|@\s*(\S.*))$")


def place(store: Path, requires: Sequence[str]) -> Path:
    """Return the path of the lock for some requirements."""
    major, minor = sys.version_info[:2]
    system = f"{platform.system()}-{platform.machine()}-{major}.{minor}".lower()
    return store / FOLDER / digest(requires)[:16] / f"{system}.txt"


def dated_place(store: Path, requires: Sequence[str], day: str) -> Path:
    """Return the path of the lock for some requirements as of a day; the name is as in PEP 751."""
    major, minor = sys.version_info[:2]
    system = f"{platform.system()}-{platform.machine()}-{major}-{minor}".lower()
    name = digest({"requires": list(requires), "as_of": day})[:16]
    return store / FOLDER / name / f"pylock.{system}.toml"


def digest(value: object) -> str:
    """Return the SHA-256 of a JSON value."""
    return sha256(json.dumps(value, sort_keys=True))


def read(file: Path) -> dict[str, str]:
    """Return normalised name → version or URL; empty if there is no lock."""
    try:
        lines = file.read_text("utf-8", "replace").splitlines()
    except OSError:
        return {}
    found = (match for line in lines if (match := _LINE.match(line.strip())))
    return {match[1]: match[2] or match[3] for match in found}


def read_of_others(file: Path) -> dict[str, str]:
    """Return the newest lock of the same requirements for another system."""
    others = [other for other in file.parent.glob("*.txt") if other != file]
    newest = max(others, key=lambda other: (other.stat().st_mtime, other.name), default=None)
    return read(newest) if newest else {}


def write(file: Path, requires: Sequence[str], versions: Mapping[str, str]) -> None:
    """Write a lock atomically."""
    head = [
        f"# Installed versions for a post's environment: {', '.join(requires)}",
        "# Delete this file to let the next build choose newer versions.",
    ]
    text = "\n".join([*head, *lines(versions)]) + "\n"
    atomic_write(file, text.encode())


def lines(versions: Mapping[str, str]) -> list[str]:
    """Return requirements that pin these versions."""
    return [
        f"{name} @ {version}" if ":" in version else f"{name}=={version}"
        for name, version in sorted(versions.items())
    ]

"""The kernel's packages, linked into each environment from the engine's own: ipykernel and its
requirements.

So an environment contains only what its post requires, its kernel has a version that the engine
works with, and neither must be downloaded.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from evergreen.execution.environments.installer import install
from evergreen.execution.environments.locks import digest
from evergreen.execution.environments.pythons import Python

PACKAGES = "site-packages"
"""The folder name by which the probe distinguishes packages from a post's own modules."""


def link_packages(folder: Path) -> Path:
    """Return a folder below `folder` with symlinks to a kernel's packages; make it if needed."""
    links = dict(sorted(_entries()))
    place = folder / f"kernel-{digest([versions(), links])[:16]}"
    if not place.is_dir():
        fresh = folder / f".kernel-{os.getpid()}.part"
        shutil.rmtree(fresh, ignore_errors=True)
        (fresh / PACKAGES).mkdir(parents=True)
        for name, target in links.items():
            (fresh / PACKAGES / name).symlink_to(target)
        fresh.rename(place)
    return place / PACKAGES


def install_packages(folder: Path, python: Python) -> Path:
    """Return a folder below `folder` with a kernel's packages for another Python: the newest that
    support it; install them if needed. Raises NotInstalled.
    """
    place = folder / f"kernel-{python.version}"
    if not place.is_dir():
        fresh = folder / f".kernel-{os.getpid()}.part"
        shutil.rmtree(fresh, ignore_errors=True)
        target = ["--target", str(fresh / PACKAGES), "--only-binary", ":all:", "ipykernel>=6.4"]
        install(Path(python.path), target)
        with suppress(OSError):  # another build may have been faster
            fresh.rename(place)
    return place / PACKAGES


def versions() -> dict[str, str]:
    """Return normalised name → version of the linked packages."""
    return {name: distribution.version for name, distribution in _distributions().items()}


def needs() -> tuple[str, ...]:
    """Return the version bounds between these packages, which a replacement must satisfy too."""
    found = (
        each for distribution in _distributions().values() for each in _requirements(distribution)
    )
    return tuple(sorted({f"{each.name}{each.specifier}" for each in found if each.specifier}))


def _entries() -> Iterator[tuple[str, str]]:
    """Yield name and path of each top-level entry of the packages."""
    for distribution in _distributions().values():
        root, listed = distribution.locate_file(""), distribution.read_text("RECORD") or ""
        for name in {line.partition(",")[0].partition("/")[0] for line in listed.splitlines()}:
            if name not in ("..", "__pycache__") and not name.endswith(".pth"):
                yield name, f"{root}/{name}"


@cache
def _distributions() -> dict[str, metadata.Distribution]:
    """Return ipykernel and its requirements, recursively, by normalised name."""
    found: dict[str, metadata.Distribution] = {}
    pending = ["ipykernel"]
    while pending:
        name = canonicalize_name(pending.pop())
        if name not in found:
            found[name] = metadata.distribution(name)
            pending += [each.name for each in _requirements(found[name])]
    return found


def _requirements(distribution: metadata.Distribution) -> list[Requirement]:
    """Return the requirements of a distribution that apply on this machine."""
    given = map(Requirement, distribution.requires or ())
    return [each for each in given if each.marker is None or each.marker.evaluate({"extra": ""})]

"""What a kernel needs, lent to environments by the engine's own: ipykernel and what it requires,
nothing else of what is installed here.

So a post's environment holds what the post asks for, its kernel is the one that the engine knows,
and neither has to be fetched.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from functools import cache
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from evergreen.execution.environments.locks import digest

PACKAGES = "site-packages"
"""The name by which what is installed is told from a post's own modules (see `probe`)."""


def lend(folder: Path) -> Path:
    """A folder below `folder` in which Python finds a kernel's modules: links to those here."""
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


def versions() -> dict[str, str]:
    """Normalised name → version of what is lent."""
    return {name: distribution.version for name, distribution in _lent().items()}


def needs() -> tuple[str, ...]:
    """What these ask of each other, which holds too for what takes their place."""
    found = (each for distribution in _lent().values() for each in _requirements(distribution))
    return tuple(sorted({f"{each.name}{each.specifier}" for each in found if each.specifier}))


def _entries() -> Iterator[tuple[str, str]]:
    """Name and place of each module, package and description."""
    for distribution in _lent().values():
        root, listed = distribution.locate_file(""), distribution.read_text("RECORD") or ""
        for name in {line.partition(",")[0].partition("/")[0] for line in listed.splitlines()}:
            if name not in ("..", "__pycache__") and not name.endswith(".pth"):
                yield name, f"{root}/{name}"


@cache
def _lent() -> dict[str, metadata.Distribution]:
    """By normalised name."""
    found: dict[str, metadata.Distribution] = {}
    edge = ["ipykernel"]
    while edge:
        name = canonicalize_name(edge.pop())
        if name not in found:
            found[name] = metadata.distribution(name)
            edge += [each.name for each in _requirements(found[name])]
    return found


def _requirements(distribution: metadata.Distribution) -> list[Requirement]:
    """What a distribution requires on this machine."""
    given = map(Requirement, distribution.requires or ())
    return [each for each in given if each.marker is None or each.marker.evaluate({"extra": ""})]

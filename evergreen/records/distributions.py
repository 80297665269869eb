"""The installed distributions of a Python: which one provides a module, and its version.

A Python is identified by its module path. Results are cached until a folder of the path changes.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import os
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evergreen.dataclass import dataclass
from evergreen.model.hashing import sha256
from evergreen.records.bundle import stamp
from evergreen.regex import regex

if TYPE_CHECKING:
    from importlib.metadata import Distribution

_METADATA = regex(r"\.(?:dist|egg)-info(?:/|$)")
_HARMLESS = regex(r"__editable__|_virtualenv|distutils|coverage|nspkg|importlib.util, *types")
_CODE = (".py", ".so", ".pyd")
_INSTALLING = 2_000_000_000
"""Nanoseconds by which installed files may be younger than the RECORD."""
_REQUIREMENT = regex(r"[\w.-]+")


@dataclass(frozen=True, slots=True)
class Imported:
    """A distribution from which a run imported a module."""

    name: str
    version: str
    named: bool
    """True if the code itself names one of its modules."""
    files: str
    """Its RECORD if it was not installed from an index; else ""."""


def version(name: str, path: Sequence[str]) -> str:
    """Return the version of a distribution; "" if it is not installed."""
    from importlib import metadata  # takes 45 ms; only posts with packages need it

    found = next(iter(metadata.distributions(name=name, path=list(path))), None)
    return found.version if found else ""


def file_list(name: str, path: Sequence[str]) -> str:
    """Return the RECORD of a distribution that was not installed from an index; else ""."""
    from importlib import metadata

    found = next(iter(metadata.distributions(name=name, path=list(path))), None)
    return _own_files(found) if found else ""


def find_imported(
    path: Sequence[str],
    files: Mapping[str, str],
    named: Iterable[str],
    present: Iterable[str] = (),
) -> list[Imported]:
    """Return the distributions that provide some modules, sorted by name.

    `files` maps the imported modules (top-level packages and their direct children) to their files;
    `named` are the top-level names that the code imports; `present` are the modules loaded before
    the run. Distributions of `present` modules, and their requirements, belong to the kernel: they
    count only if the code names them or a counted distribution requires them.
    """
    if not files:
        return []
    index = _index(_stamps(path))
    kernel = _needed(_stamps(path), frozenset(present))
    found: dict[str, bool] = {}
    for module, file in files.items():
        is_named = module.partition(".")[0] in named
        for name in _owners(index, module, file, path):
            if is_named or name not in kernel:
                found[name] = found.get(name, False) or is_named
    _add_required(index, found, kernel)
    return [_imported(index.distributions[name], found[name]) for name in sorted(found)]


def installed(path: Sequence[str]) -> str:
    """Return a hash of the names and versions of all distributions."""
    found = _index(_stamps(path)).distributions
    return sha256("\n".join(f"{name} {found[name].version}" for name in sorted(found)))


def entry_points(group: str, path: Sequence[str]) -> str:
    """Return a hash of the entry points of a group, `*` for all; "" if there are none."""
    found = {
        f"{name} {point.group} {point.name} {point.value}"
        for name, distribution in _index(_stamps(path)).distributions.items()
        for point in distribution.entry_points
        if group in ("*", point.group)
    }
    return sha256("\n".join(sorted(found))) if found else ""


def startup(path: Sequence[str]) -> str:
    """Return a hash of the code in .pth files, which every start of Python runs; "" for none.

    Lines by which editable packages are found, and those of well-known tools, do not count.
    """
    lines = []
    for folder in (folder for folder in path if folder.endswith("-packages")):
        for file in sorted(Path(folder).glob("*.pth")):
            with suppress(OSError):
                lines += file.read_text("utf-8", "replace").splitlines()
    found = [line for line in lines if line.startswith("import ") and not _HARMLESS.search(line)]
    return sha256("\n".join(found)) if found else ""


def edits(name: str, path: Sequence[str]) -> str:
    """Return the code of a distribution that was changed after its installation, with its hashes.

    Only files that are younger than its RECORD are read.
    """
    found = _index(_stamps(path)).distributions.get(normal(name))
    record: Any = getattr(found, "_path", None)
    text = (found.read_text("RECORD") or "") if found else ""
    if not (record and text):
        return ""
    base, newest = Path(record).parent, _modified(Path(record, "RECORD")) + _INSTALLING
    changed = []
    for line in text.splitlines():
        file, _, rest = line.partition(",")
        hashed = rest.partition(",")[0]
        if file.endswith(_CODE) and hashed and _modified(place := base / file) > newest:
            now = _record_hash(place)
            if now != hashed:
                changed.append(f"{file} {now}")
    return "\n".join(changed)


def _modified(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def _record_hash(path: Path) -> str:
    """Return the hash of a file as a RECORD writes it."""
    digest = hashlib.sha256(path.read_bytes()).digest()
    return "sha256=" + base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def version_of(top: str, folder: str) -> str:
    """Return the versions of the distributions in a folder that provide a top-level name."""
    index = _index(_stamps([folder]))
    owners = index.owners.get(top.partition(".")[0], ())
    return " ".join(sorted(index.distributions[name].version for name in owners))


def find_unowned(path: Iterable[str], files: Mapping[str, str]) -> list[str]:
    """Return the imported files in package folders that no distribution provides."""
    path = list(path)
    entries = tuple(f"{entry}{os.sep}" for entry in path)
    among = {
        module: file
        for module, file in files.items()
        if "-packages" in file and file.startswith(entries) and not _METADATA.search(file)
    }
    if not among:
        return []
    index = _index(_stamps(path))
    return [file for module, file in among.items() if not _owners(index, module, file, path)]


@dataclass(frozen=True, slots=True, eq=False)
class _Index:
    distributions: Mapping[str, Distribution]
    """Normalised name → distribution."""
    owners: Mapping[str, tuple[str, ...]]
    """Top-level module → normalised names of distributions."""


@functools.lru_cache(maxsize=8)
def _index(stamps: tuple[tuple[str, int], ...]) -> _Index:
    from importlib import metadata

    found: dict[str, Distribution] = {}
    owners: dict[str, tuple[str, ...]] = {}
    for distribution in metadata.distributions(path=[entry for entry, _ in stamps]):
        name = normal(distribution.metadata["Name"] or "")
        if name and name not in found:
            found[name] = distribution
            for top in _top_levels(distribution):
                owners[top] = (*owners.get(top, ()), name)
    return _Index(found, owners)


@functools.lru_cache(maxsize=8)
def _needed(stamps: tuple[tuple[str, int], ...], modules: frozenset[str]) -> frozenset[str]:
    """Return the distributions of some top-level modules, with all their requirements."""
    index = _index(stamps)
    found = {owner: False for top in modules for owner in index.owners.get(top, ())}
    _add_required(index, found, index.distributions.keys())
    return frozenset(found)


def _stamps(path: Sequence[str]) -> tuple[tuple[str, int], ...]:
    folders = ((entry, stamp(entry)) for entry in path)
    return tuple((entry, found[1]) for entry, found in folders if found)


def _top_levels(distribution: Distribution) -> set[str]:
    """Return the top-level names that a distribution installs, from its RECORD."""
    declared = (distribution.read_text("top_level.txt") or "").split()
    lines = (distribution.read_text("RECORD") or "").splitlines()
    found = {line.partition(",")[0].partition("/")[0].partition(".")[0] for line in lines}
    return {name for name in (*declared, *found) if name.isidentifier()} - {"__pycache__"}


def _owners(index: _Index, module: str, file: str, path: Sequence[str]) -> list[str]:
    """Return the distributions of a module; if several share its name, those that list its file."""
    entry = max((each for each in path if file.startswith(each + os.sep)), key=len, default="")
    place = file[len(entry) + 1 :].replace(os.sep, "/") if entry else module
    names = index.owners.get(place.partition("/")[0].partition(".")[0], ())
    if len(names) < 2:
        return list(names)
    return [name for name in names if place in _listed(index, name)]


@functools.lru_cache(maxsize=64)
def _listed(index: _Index, name: str) -> frozenset[str]:
    """Return the files of a distribution, as its RECORD names them."""
    lines = (index.distributions[name].read_text("RECORD") or "").splitlines()
    return frozenset(line.rsplit(",", 2)[0].strip('"') for line in lines)


def _add_required(index: _Index, found: dict[str, bool], available: Collection[str]) -> None:
    """Add the requirements of the found distributions, recursively, if they are in `available`."""
    pending = list(found)
    while pending:
        for line in index.distributions[pending.pop()].requires or ():
            name = normal(_REQUIREMENT.match(line)[0])  # type: ignore[index]
            if name in available and name not in found and "extra ==" not in line:
                found[name] = False
                pending.append(name)


def _imported(distribution: Distribution, named: bool) -> Imported:
    return Imported(
        distribution.metadata["Name"], distribution.version, named, _own_files(distribution)
    )


def _own_files(distribution: Distribution) -> str:
    if not distribution.read_text("direct_url.json"):
        return ""
    return distribution.read_text("RECORD") or ""


def normal(name: str) -> str:
    """Normalise a distribution's name (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()

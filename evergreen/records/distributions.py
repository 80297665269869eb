"""The installed distributions of a Python: which one a module belongs to, and its version.

A Python is given by its module path. What is found out is remembered while the folders of the path
stay as they are.
"""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from evergreen.records.bundle import stamp

if TYPE_CHECKING:
    from importlib.metadata import Distribution

_REQUIREMENT = re.compile(r"[\w.-]+")


@dataclass(frozen=True, slots=True)
class Imported:
    """A distribution of which a run has imported something."""

    name: str
    version: str
    named: bool
    """Whether the code itself names one of its modules."""
    files: str
    """Its list of files with their hashes, where it was not installed from an index; else ""."""


def version(name: str, path: Sequence[str]) -> str:
    """The version of a distribution; "" where it is not installed."""
    from importlib import metadata  # 45 ms that only posts with packages pay

    found = next(iter(metadata.distributions(name=name, path=list(path))), None)
    return found.version if found else ""


def file_list(name: str, path: Sequence[str]) -> str:
    """The files of a distribution that was not installed from an index, with their hashes."""
    from importlib import metadata

    found = next(iter(metadata.distributions(name=name, path=list(path))), None)
    return _own_files(found) if found else ""


def find_imported(
    path: Sequence[str],
    files: Mapping[str, str],
    named: Iterable[str],
    present: Iterable[str] = (),
) -> list[Imported]:
    """The distributions behind some modules, by name.

    `files` are the imported modules, top-level packages with those right in them, and where each
    was found; `named` the top-level names that the code imports; `present` those that were there
    before the run. What these belong to, and what that requires, is the kernel's own: it counts
    where it is named, or required by one that counts.
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


def find_strays(path: Sequence[str], files: Mapping[str, str]) -> list[str]:
    """Of imported modules' files, those among installed packages that belong to none."""
    among = {module: file for module, file in files.items() if "-packages" in file}
    if not among:
        return []
    index = _index(_stamps(path))
    return [file for module, file in among.items() if not _owners(index, module, file, path)]


@dataclass(frozen=True, slots=True)
class _Index:
    distributions: Mapping[str, Distribution]
    """By normalised name."""
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
    """The distributions of some top-level modules, and all that these require."""
    index = _index(stamps)
    found = {owner: False for top in modules for owner in index.owners.get(top, ())}
    _add_required(index, found, index.distributions.keys())
    return frozenset(found)


def _stamps(path: Sequence[str]) -> tuple[tuple[str, int], ...]:
    folders = ((entry, stamp(entry)) for entry in path)
    return tuple((entry, found[1]) for entry, found in folders if found)


def _top_levels(distribution: Distribution) -> set[str]:
    """The top-level names that a distribution brings, from its list of files."""
    declared = (distribution.read_text("top_level.txt") or "").split()
    lines = (distribution.read_text("RECORD") or "").splitlines()
    places = {line.partition(",")[0].partition("/")[::2] for line in lines}
    found = {first if rest else first.partition(".")[0] for first, rest in places}
    return {name for name in (*declared, *found) if name.isidentifier()} - {"__pycache__"}


def _owners(index: _Index, module: str, file: str, path: Sequence[str]) -> list[str]:
    """The distributions of a module; of several, those in whose list its file is."""
    entry = max((each for each in path if file.startswith(each + os.sep)), key=len, default="")
    place = file[len(entry) + 1 :].replace(os.sep, "/") if entry else module
    names = index.owners.get(place.partition("/")[0].partition(".")[0], ())
    if len(names) < 2:
        return list(names)
    lists = ((name, index.distributions[name].read_text("RECORD") or "") for name in names)
    return [name for name, listed in lists if f"{place}," in listed]


def _add_required(index: _Index, found: dict[str, bool], there: Collection[str]) -> None:
    """Add what the found distributions, and those that are added, require of some."""
    edge = list(found)
    while edge:
        for line in index.distributions[edge.pop()].requires or ():
            name = normal(_REQUIREMENT.match(line)[0])  # type: ignore[index]
            if name in there and name not in found and "extra ==" not in line:
                found[name] = False
                edge.append(name)


def _imported(distribution: Distribution, named: bool) -> Imported:
    return Imported(
        distribution.metadata["Name"], distribution.version, named, _own_files(distribution)
    )


def _own_files(distribution: Distribution) -> str:
    if not distribution.read_text("direct_url.json"):
        return ""
    return distribution.read_text("RECORD") or ""


def normal(name: str) -> str:
    """PEP 503's normalised name."""
    return re.sub(r"[-_.]+", "-", name).lower()

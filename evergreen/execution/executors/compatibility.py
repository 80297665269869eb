"""Compare a worker with this machine in everything that a record of its run would claim.

Checked before a run (Python, platform, packages that the post names) and after it (the returned
facts). Functions return the first difference in words, or "".
"""

from __future__ import annotations

import platform
import sys
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path

from evergreen.dataclass import dataclass
from evergreen.execution.executors.worker import installed, normal
from evergreen.execution.job import Job
from evergreen.model import Execution
from evergreen.records import facts
from evergreen.records.imports import packages_named

NEEDED = ("nbclient", "ipykernel", "pyyaml")
"""Packages that the engine imports to run a post, normalised names."""

SENT = ("data", "variable", "file", "folder", "beside", "limit")
"""Kinds of facts that are the same on every worker, because their values are sent with the job."""

_NEVER = (facts.CHANGED_WHILE_RUNNING, facts.NOT_OBSERVED)


@dataclass(frozen=True, slots=True)
class InstalledDistributions:
    """The installed distributions of this machine, by normalised name."""

    versions: Mapping[str, str]
    owners: Mapping[str, set[str]]
    """Top-level module → distributions that provide it."""


def find_installed() -> InstalledDistributions:
    """Return what is installed on this machine now."""
    owners = metadata.packages_distributions().items()
    return InstalledDistributions(
        installed(), {module: set(map(normal, names)) for module, names in owners}
    )


def differing_machine(host: Mapping[str, str]) -> str:
    """Compare Python and platform with Dask's report on a machine (`python`, `OS`, `machine`)."""
    there, here = f"{host['OS']} {host['machine']}", f"{platform.system()} {platform.machine()}"
    return differing_python(host) or (f"{there} there, {here} here" if there != here else "")


def differing_python(host: Mapping[str, str]) -> str:
    """Compare the Python version with Dask's report on a machine."""
    there, here = host["python"].split(".")[:3], [str(number) for number in sys.version_info[:3]]
    if there == here:
        return ""
    return f"Python {'.'.join(there)} there, {'.'.join(here)} here: start it with the same Python"


def missing_package(there: Mapping[str, str]) -> str:
    """Return a package that every post needs and that is not in `there`; else ""."""
    return next((name for name in NEEDED if name not in there), "")


def differing_package(job: Job, there: Mapping[str, str], here: InstalledDistributions) -> str:
    """Compare the installed versions of the packages that the job's code names; `there` maps
    normalised names to versions.

    A namespace shared by several distributions is skipped, because it does not tell which one is
    used.
    """
    owners = (here.owners.get(module, set()) for module in packages_named(job.notebook))
    for name in sorted(set().union(*(names for names in owners if len(names) == 1))):
        versions = there.get(name, ""), here.versions.get(name, "")
        if versions[0] != versions[1]:
            return _versions(name, *versions)
    return ""


def differing_fact(job: Job, execution: Execution) -> tuple[str, bool]:
    """Compare the facts of a run, except those sent with it, with this machine; also return True if
    other posts would differ too, because the difference is an installed package.

    Files that changed during the run are skipped: a record claims nothing about them.
    """
    used = {fact: value for fact, value in execution.facts.items() if value not in _NEVER}
    here = facts.FactLookup(job.bundle or Path(), job.root)
    difference = facts.first_difference(used, here, SENT)
    if difference is None:
        return "", False
    kind, _, name = difference[0].partition(" ")
    return _words(kind, name, *difference[1:]), kind not in ("outside", "site")


def _words(kind: str, name: str, there: str, here: str) -> str:
    if kind in ("package", "dependency"):
        return _versions(name, there, here)
    if kind in ("python", "platform"):
        return f"{kind} {there} there, {here} here"
    if kind == "missing":
        return f"{name} is installed here and not there"
    return f"'{name}' differs between the worker and this machine"


def _versions(name: str, there: str, here: str) -> str:
    if not here:
        return f"{name} {there} there, not installed here"
    return f"{name} {there or 'is not installed'} there, {here} here: install {name}=={here} there"

"""Whether a worker is equal to this machine in all that the record of its run will claim.

Asked before a run (Python, platform, the packages that the post names) and after it (the facts that
came back). Answers are words for the first difference, "" for none.
"""

from __future__ import annotations

import platform
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from evergreen.execution.executors.worker import installed, normal
from evergreen.execution.workspace import Job
from evergreen.model import Execution
from evergreen.records import facts
from evergreen.records.imports import packages_named

NEEDED = ("nbclient", "ipykernel", "pyyaml")
"""What the engine imports to run a post, by normalised name."""

SENT = ("data", "variable", "file", "folder", "beside", "limit")
"""Kinds of facts that are the same wherever a job runs."""

_NEVER = (facts.CHANGED_WHILE_RUNNING, facts.NOT_OBSERVED)


@dataclass(frozen=True, slots=True)
class InstalledDistributions:
    """The distributions of this machine, by normalised names."""

    versions: Mapping[str, str]
    owners: Mapping[str, set[str]]
    """Top-level module → those that have something of it."""


def look_here() -> InstalledDistributions:
    """What is installed now."""
    owners = metadata.packages_distributions().items()
    return InstalledDistributions(
        installed(), {module: set(map(normal, names)) for module, names in owners}
    )


def differing_machine(host: Mapping[str, str]) -> str:
    """Compares Python and platform; `host` is Dask's report on a machine (`python`, `OS`,
    `machine`).
    """
    there, here = f"{host['OS']} {host['machine']}", f"{platform.system()} {platform.machine()}"
    return differing_python(host) or (f"{there} there, {here} here" if there != here else "")


def differing_python(host: Mapping[str, str]) -> str:
    """The same for Python alone."""
    there, here = host["python"].split(".")[:3], [str(number) for number in sys.version_info[:3]]
    if there == here:
        return ""
    return f"Python {'.'.join(there)} there, {'.'.join(here)} here: start it with the same Python"


def lacking(there: Mapping[str, str]) -> str:
    """A package that no post can run without, where it is not among those that are `there`."""
    return next((name for name in NEEDED if name not in there), "")


def differing_package(job: Job, there: Mapping[str, str], here: InstalledDistributions) -> str:
    """Compares the packages that the job's code names and this machine has; `there`: normalised
    name → version.

    Of a namespace that several share it is not known which one it names.
    """
    owners = (here.owners.get(module, set()) for module in packages_named(job.notebook))
    for name in sorted(set().union(*(names for names in owners if len(names) == 1))):
        versions = there.get(name, ""), here.versions.get(name, "")
        if versions[0] != versions[1]:
            return _versions(name, *versions)
    return ""


def differing_fact(job: Job, execution: Execution) -> tuple[str, bool]:
    """Compares what the run was observed to use, less what was sent with it, with this machine; and
    whether other posts would differ there too, because it is something installed.

    What changed during the run is left out: a record claims nothing of it.
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
    return f"'{name}' is not the same there as here"


def _versions(name: str, there: str, here: str) -> str:
    if not here:
        return f"{name} {there} there, not installed here"
    return f"{name} {there or 'is not installed'} there, {here} here: install {name}=={here} there"

"""The resources that a post asks for, and those of this machine and of a worker."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from evergreen.model.settings import read_resource


def is_here(text: str) -> bool:
    """True if this machine has a resource; of a GPU only a worker says so."""
    name, amount = read_resource(text) or ("", 0.0)
    if name == "cpu":
        return (os.cpu_count() or 1) >= amount
    whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return name == "memory" and whole >= amount


def find_resources(wanted: Sequence[str], about: Mapping[str, Any]) -> dict[str, float] | None:
    """Return what a job takes of a worker's resources, by the worker's names; None if the worker
    does not have it. `memory` is the worker's limit too, `cpu` its threads.
    """
    offered = {name.lower(): (name, amount) for name, amount in about.get("resources", {}).items()}
    taken: dict[str, float] = {}
    for name, amount in filter(None, map(read_resource, wanted)):
        if name in offered and offered[name][1] >= amount:
            taken[offered[name][0]] = amount
        elif name == "memory" and about.get("memory_limit", 0) >= amount:
            continue
        elif name != "cpu" or about.get("nthreads", 0) < amount:
            return None
    return taken

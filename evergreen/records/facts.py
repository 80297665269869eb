"""What an execution was observed to use: facts, each a kind and a name with a value that can be
looked up again. A record holds while every one of its facts has the same value now.

    data NAME               hash of a declared file, or the stand-in that took its place
    variable NAME           hash of a declared environment variable
    python                  version of the interpreter
    platform                operating system and machine
    package NAME            version of a distribution that the code imports by name
    dependency NAME         version of a distribution that was imported by those
    source NAME             hash of the files of one of them that came from no index
    missing NAME            "": a module that was looked for and is not installed
    file PATH               hash of a file beside the post; "" where there is none
    folder PATH             hash of the names in a folder beside the post
    beside PATH             modules that were looked for in a folder beside the post, and which of
                            them there are: `numpy plots=plots.py`
    site PATH               hash of another file of the blog, or of the names in a folder
    outside PATH            the same anywhere else
    kernel NAME             command of another kernel than the usual one
    limit NAME              a setting that cut an output, or may have

Of another kernel that is Python, `python`, `package`, `dependency`, `source` and `missing` have
its name in front: `package KERNEL/NAME`. Of a kernel that is not, only files are observed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from evergreen.model import ExecuteOptions
from evergreen.records import machine
from evergreen.records.bundle import left_out_of
from evergreen.records.interpreters import PYTHON
from evergreen.records.machine import Machine

Facts = Mapping[str, str]
Difference = tuple[str, str, str]
"""A fact, its value then, its value now."""

MACHINE = machine.KINDS
"""Kinds that belong to the machine, not to the site."""

CHANGED_WHILE_RUNNING = "changed while it ran"
"""A value that nothing has: such a record never holds."""

NOT_OBSERVED = "not observed"
"""Another."""

NOT_DECLARED = "not declared"
"""The value then of what was declared afterwards."""


@dataclass(frozen=True, slots=True)
class FactLookup:
    """Where the facts of one post are looked up."""

    bundle: Path
    root: Path | None = None
    """The blog; None: the same."""
    data: Mapping[str, str] = field(default_factory=dict)
    """Declared name → hash, or its stand-in."""
    limits: Mapping[str, str] = field(default_factory=dict)
    posts: frozenset[str] = frozenset()
    """Names below the bundle that belong to posts: they do not stand beside one."""
    variables: tuple[str, ...] = ()
    """Environment variables that are declared."""
    machine: Machine = field(default_factory=Machine)
    has_own: bool = False
    """The post has an environment of its own, which can be made: `machine` looks into that."""


def first_difference(
    facts: Facts, here: FactLookup, kinds_left_out: Iterable[str] = ()
) -> Difference | None:
    """The first fact that does not hold, or the first declared thing that is no fact."""
    left_out = frozenset(kinds_left_out)
    for fact, then in facts.items():
        kind, _, name = fact.partition(" ")
        if kind in left_out:
            continue
        if kind in MACHINE:
            now = here.machine.value(fact)
        elif kind in _LOOK_UP:
            now = _LOOK_UP[kind](name, then, here)
        else:  # of a newer version
            return fact, then, ""
        if now != then:
            return fact, then, now
    declared = [f"data {name}" for name in here.data]
    declared += [f"variable {name}" for name in here.variables if "variable" not in left_out]
    return next(((fact, NOT_DECLARED, "") for fact in declared if fact not in facts), None)


def lacking(facts: Facts, here: FactLookup) -> str:
    """What the code cannot run without and this machine does not have; "" for nothing."""
    for fact in facts:
        kind, _, name = fact.partition(" ")
        if kind == "kernel" and name != PYTHON and not here.machine.value(fact):
            return f"the kernel '{name}'"
        if kind == "package" and not here.has_own and not here.machine.value(fact):
            return name.rpartition("/")[2]
    return ""


def stand_in_value(script: str) -> str:
    """The value of a data fact where a script's substitute took the file's place."""
    return f"stand-in {script}"


def limits(options: ExecuteOptions) -> dict[str, str]:
    """What an author may have set to shorten outputs."""
    return {
        "max_output": str(options.max_output),
        "drop_stderr": " ".join(options.drop_stderr),
    }


def of_kernel(kernel: str, name: str) -> str:
    """The name of a fact about a kernel's Python."""
    return name if kernel == PYTHON else f"{kernel}/{name}"


def modules_value(names: Iterable[str], there: Mapping[str, str]) -> str:
    """Modules that were looked for, each with what it is in a folder, where it is there."""
    return " ".join(f"{name}={there[name]}" if name in there else name for name in sorted(names))


def _left_out(here: FactLookup, folder: str) -> frozenset[str]:
    """Names right in a folder of the bundle that do not stand beside the post."""
    return left_out_of(folder, here.posts | here.data.keys())


def _folder(name: str, then: str, here: FactLookup) -> str:
    return here.machine.hash_names(f"{here.bundle}/{name}", _left_out(here, name))


def _beside(name: str, then: str, here: FactLookup) -> str:
    names = (each.partition("=")[0] for each in then.split())
    there = here.machine.modules(f"{here.bundle}/{name}", _left_out(here, name))
    return modules_value(names, there)


_LOOK_UP: dict[str, Callable[[str, str, FactLookup], str]] = {
    "data": lambda name, then, here: here.data.get(name, ""),
    "file": lambda name, then, here: here.machine.hash_path(f"{here.bundle}/{name}"),
    "folder": _folder,
    "beside": _beside,
    "site": lambda name, then, here: machine.hash_place(f"{here.root or here.bundle}/{name}"),
    "limit": lambda name, then, here: here.limits.get(name, ""),
}

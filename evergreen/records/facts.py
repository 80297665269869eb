"""Facts: what an execution used. A record is valid while every fact has the same value now.

A fact is a kind and a name, with a value that can be looked up again:

    data NAME               hash of a declared file, or the stand-in that replaced it
    variable NAME           hash of a declared environment variable
    python                  version of the interpreter
    platform                operating system and machine
    package NAME            version of a distribution that the code imports by name
    dependency NAME         version of a distribution that was imported by those
    source NAME             hash of such a distribution's files if it came from no index
    origin NAMES            of modules, which are not among installed packages, and where they are
    edited NAMES            of distributions, which have files that were changed in place
    installed *             hash of all names and versions, if all were asked for
    entry-points GROUP      hash of the entry points of a group, if they were asked for
    startup *               hash of the code that .pth files have Python run at its start
    missing NAME            "": a module that was searched for and is not installed
    file PATH               hash of a file beside the post; "" if there is none
    runs PATH               whether a program beside the post may be run; `/PATH` is one elsewhere
                            in the blog
    folder PATH             hash of the names in a folder beside the post
    beside PATH             modules that were searched for in a folder beside the post, and the
                            files of those that exist: `numpy plots=plots.py`
    modules PATH            the same for a folder elsewhere that the code adds to Python's path
    site PATH               hash of another file of the blog, or of the names in a folder
    outside PATH            the same for any other path
    asked PATH              what a path elsewhere is, if only that was asked, and of a file its size
                            and whether it is executable
    left PATH               hash of a file that the run made or changed after it had asked for it,
                            "" if it has removed it; it may as well be missing
    link PATH               target of a symlink, if that was asked
    library PATH            version of a package in a library of R, or of another Python
    kernel NAME             command of a kernel other than python3
    network ADDRESS         an address or a socket of the system to which the run connected
    clock NAME              a way in which the code reads the date
    device PATH             a device that was read
    gpu NUMBER              name and driver of a GPU that was used
    observed by hooks       the run's system calls were not seen
    limit NAME              a setting that cut an output, or may have cut it

For another Python kernel, the names of `python`, `package`, `dependency`, `source` and `missing`
have the kernel's name in front: `package KERNEL/NAME`. For a kernel of another language, only
files are observed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from evergreen.dataclass import dataclass
from evergreen.model import ExecuteOptions
from evergreen.records import machine
from evergreen.records.bundle import excluded_in
from evergreen.records.interpreters import PYTHON
from evergreen.records.machine import Machine

Facts = Mapping[str, str]
Difference = tuple[str, str, str]
"""Fact, recorded value, present value."""

VOLATILE = ("network", "clock", "device")
"""Kinds of what may be another at any time: such a fact is valid until the record expires."""

MACHINE = (*machine.KINDS, "left", "modules", *VOLATILE)
"""Kinds of facts that belong to the machine, not to the site."""

CHANGED_WHILE_RUNNING = "changed while it ran"
"""A value that never occurs, so that the record is never valid."""

NOT_OBSERVED = "not observed"
"""Another such value."""

NOT_DECLARED = "not declared"
"""The recorded value of a fact that was declared after the run."""


BY_HOOKS = "observed by hooks"
"""A fact of a run whose system calls were not seen."""

EXPIRED = "expired"
"""The kind of the difference of a record that has expired."""


@dataclass(frozen=True, slots=True)
class FactLookup:
    """Where the facts of one post are looked up."""

    bundle: Path
    root: Path | None = None
    """The blog's folder; None: the same as the bundle."""
    data: Mapping[str, str] = field(default_factory=dict)
    """Declared name → hash, or its stand-in."""
    limits: Mapping[str, str] = field(default_factory=dict)
    posts: frozenset[str] = frozenset()
    """Names in the bundle that belong to posts and are not part of it."""
    variables: tuple[str, ...] = ()
    """Declared environment variables."""
    machine: Machine = field(default_factory=Machine)
    expires: timedelta | None = None
    """Time after which a record with volatile facts is not valid any more."""
    lacks: str = ""
    """What the post needs to run and this machine cannot provide, such as a GPU."""
    is_remote: bool = False
    """True if the post runs on another machine."""
    has_own: bool = False
    """True if the post has its own environment, which can be made; `machine` looks into it."""


def first_difference(
    facts: Facts, here: FactLookup, ignored_kinds: Iterable[str] = ()
) -> Difference | None:
    """Return the first fact that differs, or the first declared item without a fact."""
    excluded = frozenset(ignored_kinds)
    for fact, then in facts.items():
        kind, _, name = fact.partition(" ")
        if kind in excluded:
            continue
        if kind in _LOOK_UP:
            now = _LOOK_UP[kind](name, then, here)
        elif kind in machine.KINDS:
            now = here.machine.value(fact)
        else:  # a kind of a newer version
            return fact, then, ""
        if now != then:
            return fact, then, now
    declared = [f"data {name}" for name in here.data]
    declared += [f"variable {name}" for name in here.variables if "variable" not in excluded]
    return next(((fact, NOT_DECLARED, "") for fact in declared if fact not in facts), None)


def judge(
    facts: Facts, finished: datetime, here: FactLookup, may_run: bool, ignored: Iterable[str] = ()
) -> tuple[Difference | None, str]:
    """Return why the record of a run is not valid, and what the code would lack to run here.

    If the code cannot run, because it may not or because something is missing, facts of the machine
    cannot be compared, and those of the site decide.
    """
    ignored = tuple(ignored)
    if not may_run:
        return first_difference(facts, here, (*ignored, *MACHINE)), ""
    difference = first_difference(facts, here, ignored) or _expired(facts, finished, here)
    if difference and (lacking := here.lacks or missing_requirement(facts, here)):
        return first_difference(facts, here, (*ignored, *MACHINE)), lacking
    return difference, ""


def volatile(facts: Facts) -> tuple[str, ...]:
    """Return the kinds of VOLATILE among some facts."""
    kinds = {fact.partition(" ")[0] for fact in facts}
    return tuple(kind for kind in VOLATILE if kind in kinds)


def expiry(facts: Facts, finished: datetime, expires: timedelta | None) -> datetime | None:
    """Return the time at which a record expires; None if it does not."""
    return finished + expires if expires and volatile(facts) else None


def _expired(facts: Facts, finished: datetime, here: FactLookup) -> Difference | None:
    end = expiry(facts, finished, here.expires)
    if end is None or datetime.now(UTC) < end:
        return None
    return f"{EXPIRED} {volatile(facts)[0]}", finished.isoformat(), ""


def missing_requirement(facts: Facts, here: FactLookup) -> str:
    """Return what the code needs but this machine lacks; "" if nothing."""
    for fact in facts:
        kind, _, name = fact.partition(" ")
        if kind == "kernel" and name != PYTHON and not here.machine.value(fact):
            return f"the kernel '{name}'"
        if kind == "package" and not here.has_own and not here.machine.value(fact):
            return name.rpartition("/")[2]
    return ""


def stand_in_value(script: str) -> str:
    """Return the value of a data fact if a script's stand-in replaced the file."""
    return f"stand-in {script}"


def limits(options: ExecuteOptions) -> dict[str, str]:
    """Return the settings that can shorten outputs."""
    return {
        "max_output": str(options.max_output),
        "drop_stderr": " ".join(options.drop_stderr),
    }


def kernel_fact_name(kernel: str, name: str) -> str:
    """Return the name of a fact about a kernel's Python."""
    return name if kernel == PYTHON else f"{kernel}/{name}"


def modules_value(names: Iterable[str], there: Mapping[str, str]) -> str:
    """Format modules that were searched for, with the files of those that exist."""
    return " ".join(f"{name}={there[name]}" if name in there else name for name in sorted(names))


def _runs(name: str, then: str, here: FactLookup) -> str:
    base = here.root or here.bundle if name.startswith("/") else here.bundle
    return machine.permission(f"{base}/{name.lstrip('/')}")


def _left(name: str, then: str, here: FactLookup) -> str:
    return here.machine.value(f"outside {name}") or then


def _gpu(name: str, then: str, here: FactLookup) -> str:
    """Return what this GPU is here; of another machine's, and without any, it is as it was."""
    return then if here.is_remote else here.machine.value(f"gpu {name}") or then


def used_gpus(facts: Facts) -> tuple[str, ...]:
    """Return the GPUs that a run used, without repetition."""
    found = (value for fact, value in facts.items() if fact.startswith("gpu "))
    return tuple(dict.fromkeys(found))


def _excluded(here: FactLookup, folder: str) -> frozenset[str]:
    """Return the names directly in a folder of the bundle that are not part of it."""
    return excluded_in(folder, here.posts | here.data.keys())


def _folder(name: str, then: str, here: FactLookup) -> str:
    return here.machine.hash_names(f"{here.bundle}/{name}", _excluded(here, name))


def _beside(name: str, then: str, here: FactLookup) -> str:
    return _searched(f"{here.bundle}/{name}", then, here, _excluded(here, name))


def _modules(name: str, then: str, here: FactLookup) -> str:
    return _searched(str(Path(name).expanduser()), then, here, frozenset())


def _searched(folder: str, then: str, here: FactLookup, excluded: frozenset[str]) -> str:
    names, there = _names(then), here.machine.modules(folder, excluded)
    return modules_value(names, machine.searched_modules(folder, there, names))


def _names(value: str) -> list[str]:
    return [each.partition("=")[0] for each in value.split()]


_LOOK_UP: dict[str, Callable[[str, str, FactLookup], str]] = {
    "data": lambda name, then, here: here.data.get(name, ""),
    "file": lambda name, then, here: here.machine.hash_path(f"{here.bundle}/{name}"),
    "runs": _runs,
    "folder": _folder,
    "beside": _beside,
    "site": lambda name, then, here: machine.hash_place(f"{here.root or here.bundle}/{name}"),
    "left": _left,
    "modules": _modules,
    "gpu": _gpu,
    **dict.fromkeys((*VOLATILE, "observed"), lambda name, then, here: then),
    "limit": lambda name, then, here: here.limits.get(name, ""),
}

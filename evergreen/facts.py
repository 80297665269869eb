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
    limit NAME              a setting that cut an output

Of another kernel that is Python, `python`, `package`, `dependency`, `source` and `missing` have
its name in front: `package KERNEL/NAME`. Of a kernel that is not, only files are observed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from evergreen import machine
from evergreen.bundle import left_out_of
from evergreen.machine import PYTHON, Interpreter, Machine

Facts = Mapping[str, str]
Difference = tuple[str, str, str]
"""A fact, its value then, its value now."""

MACHINE = (
    *("python", "platform", "package", "dependency", "source", "missing"),
    *("outside", "kernel", "variable"),
)
"""Kinds that belong to the machine, not to the site."""

CHANGED_WHILE_RUNNING = "changed while it ran"
"""A value that nothing has: such a record never holds."""

NOT_OBSERVED = "not observed"
"""Another."""

NOT_DECLARED = "not declared"
"""The value then of what was declared afterwards."""


@dataclass(frozen=True, slots=True)
class Surroundings:
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

    def left_out(self, folder: str) -> frozenset[str]:
        """Names right in a folder of the bundle that do not stand beside the post."""
        return left_out_of(folder, self.posts | self.data.keys())


def first_difference(
    facts: Facts, here: Surroundings, kinds_left_out: Iterable[str] = ()
) -> Difference | None:
    """The first fact that does not hold, or the first declared thing that is no fact."""
    left_out = {*kinds_left_out, ""}
    for fact, then in facts.items():
        kind, _, name = fact.partition(" ")
        if kind not in left_out:
            look_up = _LOOK_UP.get(kind)
            now = look_up(name, then, here) if look_up else ""
            if now != then or not look_up:
                return fact, then, now
    declared = [f"data {name}" for name in here.data]
    declared += [f"variable {name}" for name in here.variables if "variable" not in left_out]
    return next(((fact, NOT_DECLARED, "") for fact in declared if fact not in facts), None)


def lacking(facts: Facts, here: Surroundings) -> str:
    """What the code cannot run without and this machine does not have, in words; "" for nothing."""
    for fact in facts:
        kind, _, name = fact.partition(" ")
        if kind == "kernel" and name != PYTHON and not here.machine.command(name):
            return f"the kernel '{name}' is not installed here"
        if kind == "package" and not _version(name, "", here):
            return f"{name.rpartition('/')[2]} is not installed here"
    return ""


def stand_in_value(script: str) -> str:
    """The value of a data fact where a script's substitute took the file's place."""
    return f"stand-in {script}"


def of_kernel(kernel: str, name: str) -> str:
    """The name of a fact about a kernel's Python."""
    return name if kernel == PYTHON else f"{kernel}/{name}"


def modules_value(names: Iterable[str], there: Mapping[str, str]) -> str:
    """Modules that were looked for, each with what it is in a folder, where it is there."""
    return " ".join(f"{name}={there[name]}" if name in there else name for name in sorted(names))


def command_value(kernel: str, here: Machine) -> str:
    """The command of a kernel; "" where there is none."""
    command = here.command(kernel)
    if command is None:
        return ""
    variables = (f"{name}={value}" for name, value in sorted(command.variables.items()))
    return " ".join(machine.at_home(part) for part in (*variables, *command.argv))


def place_value(place: str, here: Machine) -> str:
    """The value of a path anywhere: a folder's names where it ends with a slash, else content."""
    path = Path(place).expanduser()
    return here.hash_names(path, frozenset()) if place.endswith("/") else here.hash_path(path)


def _interpreter(name: str, here: Surroundings) -> tuple[Interpreter | None, str]:
    kernel, _, own = name.rpartition("/")
    return here.machine.interpreter(kernel or PYTHON), own


def _version(name: str, then: str, here: Surroundings) -> str:
    interpreter, own = _interpreter(name, here)
    return here.machine.version(own, interpreter) if interpreter else ""


def _source(name: str, then: str, here: Surroundings) -> str:
    interpreter, own = _interpreter(name, here)
    return here.machine.source(own, interpreter) if interpreter else ""


def _missing(name: str, then: str, here: Surroundings) -> str:
    """Where a module is installed now."""
    interpreter, own = _interpreter(name, here)
    places = interpreter.path if interpreter else ()
    return next((p for p in places if own in here.machine.modules(Path(p), frozenset())), "")


def _python(name: str, then: str, here: Surroundings) -> str:
    interpreter = here.machine.interpreter(name or PYTHON)
    return interpreter.version if interpreter else ""


def _folder(name: str, then: str, here: Surroundings) -> str:
    return here.machine.hash_names(here.bundle / name, here.left_out(name))


def _beside(name: str, then: str, here: Surroundings) -> str:
    names = (each.partition("=")[0] for each in then.split())
    return modules_value(names, here.machine.modules(here.bundle / name, here.left_out(name)))


_LOOK_UP: dict[str, Callable[[str, str, Surroundings], str]] = {
    "data": lambda name, then, here: here.data.get(name, ""),
    "variable": lambda name, then, here: machine.variable_value(name),
    "python": _python,
    "platform": lambda name, then, here: machine.platform_name(),
    "package": _version,
    "dependency": _version,
    "source": _source,
    "missing": _missing,
    "file": lambda name, then, here: here.machine.hash_path(here.bundle / name),
    "folder": _folder,
    "beside": _beside,
    "site": lambda name, then, here: place_value(
        f"{here.root or here.bundle}/{name}", here.machine
    ),
    "outside": lambda name, then, here: place_value(name, here.machine),
    "kernel": lambda name, then, here: command_value(name, here.machine),
    "limit": lambda name, then, here: here.limits.get(name, ""),
}

"""Present values of facts: what this machine has installed, hashes of files, names in folders."""

from __future__ import annotations

import functools
import hashlib
import os
import re
import stat
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import field
from pathlib import Path

from evergreen.dataclass import dataclass
from evergreen.model.hashing import sha256
from evergreen.records import distributions, gpus, variables
from evergreen.records.bundle import names_in
from evergreen.records.interpreters import PYTHON, Interpreter, find_command, find_interpreter
from evergreen.regex import regex

FOLDER = "a folder"
DEVICE = "a device"
UNREADABLE = "cannot be read"
_LIBRARY = regex(
    r"(.*?/[^/]*-packages/(?![^/]*\.(?:dist|egg)-info/)[^/]+"
    r"|.*?/R/(?:[^/]+/)?(?:site-)?library/[^/]+)"
)
_MODULE = regex(r"([^\W\d]\w*)(?:\.py|(?:\.[\w-]+)*\.(?:so|pyd))?")
_BARE = ":bare"
_SMALL_FILE = 1 << 20
"""Files up to this size in bytes are read in one call."""


@dataclass(frozen=True, slots=True)
class Machine:
    """Cached lookups. A build makes one, so that all its comparisons see the same state."""

    value: Callable[[str], str] = field(default_factory=lambda: _cached_values())
    """Return the present value of a fact of one of KINDS; "" if it does not exist."""
    hash_path: Callable[[str], str] = field(default_factory=lambda: functools.cache(hash_path))
    hash_names: Callable[[str, frozenset[str]], str] = field(
        default_factory=lambda: functools.cache(hash_names)
    )
    modules: Callable[[str, frozenset[str]], Mapping[str, str]] = field(
        default_factory=lambda: functools.cache(modules)
    )


def machine_of(interpreter: Interpreter) -> Machine:
    """Return lookups in which the default kernel has another Python."""
    return Machine(_cached_values(interpreter))


def hash_path(path: str) -> str:
    """Return the SHA-256 of a file; "" if there is none; a word for a folder or device."""
    try:
        status = os.stat(path)
        if not stat.S_ISREG(status.st_mode):
            return FOLDER if stat.S_ISDIR(status.st_mode) else DEVICE
        with open(path, "rb", buffering=0) as file:
            if status.st_size > _SMALL_FILE:
                return hashlib.file_digest(file, "sha256").hexdigest()
            return sha256(file.readall())
    except PermissionError:
        return UNREADABLE
    except (OSError, ValueError):
        return ""


def hash_names(folder: str, excluded: frozenset[str] = frozenset()) -> str:
    """Return a hash of the names in a folder, and of which are folders; "" if there is none."""
    try:
        with os.scandir(folder) as entries:
            folders = {entry.name for entry in entries if entry.is_dir()}
        return digest_names(mark_folders(names_in(folder, excluded), folders))
    except OSError:
        return ""


def hash_place(path: str) -> str:
    """Hash the names in a folder if the path ends with a slash, else the file."""
    full = os.path.expanduser(path)
    return hash_names(full) if path.endswith("/") else hash_path(full)


def mark_folders(names: Iterable[str], folders: Collection[str]) -> list[str]:
    """Return names with a slash behind those of folders, which a listing tells apart, too."""
    return [f"{name}/" if name in folders else name for name in names]


def digest_names(names: Collection[str]) -> str:
    """Hash names, independent of the Unicode normal form that a filesystem uses."""
    return sha256("\n".join(sorted(unicodedata.normalize("NFC", name) for name in names)))


def modules(folder: str, excluded: frozenset[str] = frozenset()) -> dict[str, str]:
    """Return the modules that Python would find in a folder → file or folder."""
    try:
        return find_modules(names_in(folder, excluded))
    except OSError:
        return {}


def searched_modules(
    folder: str, there: Mapping[str, str], searched: Iterable[str]
) -> dict[str, str]:
    """Return those of the modules in a folder that were searched for → file or folder: see
    `mark_bare`."""
    return mark_bare(there, searched, lambda module: names_in(f"{folder}/{module}", ()))


def find_modules(names: Collection[str]) -> dict[str, str]:
    """Return the modules among the names in a folder → names, joined by slashes."""
    found: dict[str, str] = {}
    for name in sorted(names):
        if module := _MODULE.fullmatch(name):
            stem = module[1]
            found[stem] = f"{found[stem]}/{name}" if stem in found else name
    return found


def mark_bare(
    there: Mapping[str, str], searched: Iterable[str], names_in: Callable[[str], Collection[str]]
) -> dict[str, str]:
    """Return those of the modules in a folder that were searched for, marked if they are folders
    without an `__init__`, which may get one; `names_in` lists such a folder.
    """
    return {
        name: f"{there[name]}{_BARE}" if _is_bare(name, there[name], names_in) else there[name]
        for name in searched
        if name in there
    }


def _is_bare(module: str, found: str, names_in: Callable[[str], Collection[str]]) -> bool:
    try:
        return module in found.split("/") and "__init__" not in find_modules(names_in(module))
    except OSError:  # a file without a suffix
        return False


def abbreviate_home(path: str) -> str:
    """Abbreviate the home folder in an absolute path to `~`."""
    home = str(Path.home())
    return f"~{path[len(home) :]}" if path.startswith(home + os.sep) else path


def existence(path: str) -> str:
    """Return what a path is, and of a file the size and whether it is executable; "" if there is
    nothing.
    """
    try:
        status = os.stat(os.path.expanduser(path))
    except (OSError, ValueError):
        return ""
    return size_words(status.st_mode, status.st_size)


def permission(path: str) -> str:
    """Return whether a file may be run, in words; "" if there is none."""
    try:
        return permission_words(os.stat(path).st_mode)
    except (OSError, ValueError):
        return ""


def permission_words(mode: int) -> str:
    """Return whether a file of this mode may be run, in words."""
    return "executable" if mode & 0o111 else "not executable"


def size_words(mode: int, size: int) -> str:
    """Return what a file status says of a path, in words."""
    if stat.S_ISDIR(mode):
        return FOLDER
    runs = ", executable" if mode & 0o111 else ""
    return f"{size} bytes{runs}" if stat.S_ISREG(mode) else DEVICE


def link_target(path: str) -> str:
    """Return where a symlink points to; "" if there is none."""
    try:
        return os.readlink(path)
    except (OSError, ValueError):
        return ""


def library_of(file: str) -> str:
    """Return the folder or file of the package that an installed file belongs to; "" for none."""
    if found := _LIBRARY.match(file):
        return found[1]
    return ""


def library_version(place: str) -> str:
    """Return the version of a package by where it is installed; "" if it is not.

    An R package says it in its DESCRIPTION, a Python package in the metadata beside it.
    """
    if not os.path.exists(place):
        return ""
    with suppress(OSError):
        text = Path(place, "DESCRIPTION").read_text("utf-8", "replace")
        fields: list[str] = re.findall(r"^(?:Version|Built): *(.*?) *$", text, re.M)
        return "; ".join(fields)
    folder, name = os.path.split(place)
    return distributions.version_of(name, folder) or hash_path(place)


# --- facts about the machine ----------------------------------------------------------------------


Interpreters = Callable[[str], Interpreter | None]
"""Returns the Python of a kernel, cached."""


def _cached_values(usual: Interpreter | None = None) -> Callable[[str], str]:
    @functools.cache
    def interpreters(kernel: str) -> Interpreter | None:
        return usual if usual and kernel == PYTHON else find_interpreter(kernel)

    @functools.cache
    def value(fact: str) -> str:
        kind, _, name = fact.partition(" ")
        return _LOOK_UP[kind](name, interpreters)

    return value


def _python(kernel: str, interpreters: Interpreters) -> str:
    interpreter = interpreters(kernel or PYTHON)
    return interpreter.version if interpreter else ""


def _path(name: str, interpreters: Interpreters) -> tuple[str, tuple[str, ...]]:
    """Split off the kernel from a name; return the rest, and that kernel's module path."""
    kernel, _, own = name.rpartition("/")
    interpreter = interpreters(kernel or PYTHON)
    return own, interpreter.path if interpreter else ()


def _version(name: str, interpreters: Interpreters) -> str:
    kernel, _, own = name.rpartition("/")
    interpreter = interpreters(kernel or PYTHON)
    if interpreter and interpreter.versions is not None:
        locked = interpreter.versions.get(distributions.normal(own), "")
        if ":" not in locked:
            return locked
    return distributions.version(*_path(name, interpreters))


def _source(name: str, interpreters: Interpreters) -> str:
    files = distributions.file_list(*_path(name, interpreters))
    return sha256(files) if files else ""


def _missing(name: str, interpreters: Interpreters) -> str:
    """Return the folder in which a module is installed; "" if none."""
    own, path = _path(name, interpreters)
    *above, last = own.split(".")
    folders = ("/".join((folder, *above)) for folder in path)
    return next((folder for folder in folders if last in modules(folder)), "")


def _origin(names: str, interpreters: Interpreters) -> str:
    """Return which of some modules are not found first among installed packages, and where."""
    own, path = _path(names, interpreters)
    found = []
    for name in own.split():
        folder = next((folder for folder in path if name in modules(folder)), "")
        if not folder.endswith("-packages"):
            place = f"{abbreviate_home(folder)}/{_module_in(folder, name)}" if folder else ""
            found.append(f"{name}={place}")
    return " ".join(found)


def _module_in(folder: str, name: str) -> str:
    return searched_modules(folder, modules(folder), [name])[name]


def _edited(names: str, interpreters: Interpreters) -> str:
    """Return which of some distributions have files that differ from those installed."""
    own, path = _path(names, interpreters)
    changes = ((name, distributions.edits(name, path)) for name in own.split())
    return " ".join(f"{name}={sha256(found)[:16]}" for name, found in changes if found)


def _variable(name: str, _: Interpreters) -> str:
    """Return a short hash, because the value may be a secret."""
    value = variables.everything() if name == "*" else os.environ.get(name)
    if name == "TZ" and value and (file := value.removeprefix(":")).startswith("/"):
        value += hash_path(file)  # the C library has read it before anything is observed
    return "" if value is None else sha256(value)[:16]


def _platform() -> str:
    import platform  # late: it compiles nine patterns

    return f"{platform.system()} {platform.machine()}"


def _kernel(name: str, _: Interpreters) -> str:
    command = find_command(name)
    if command is None:
        return ""
    variables = (f"{name}={value}" for name, value in sorted(command.variables.items()))
    return " ".join(abbreviate_home(part) for part in (*variables, *command.argv))


_LOOK_UP: dict[str, Callable[[str, Interpreters], str]] = {
    "python": _python,
    "platform": lambda _, interpreters: _platform(),
    "package": _version,
    "dependency": _version,
    "source": _source,
    "missing": _missing,
    "origin": _origin,
    "edited": _edited,
    "installed": lambda name, found: distributions.installed(_path(name, found)[1]),
    "entry-points": lambda name, found: distributions.entry_points(*_path(name, found)),
    "startup": lambda name, found: distributions.startup(_path(name, found)[1]),
    "outside": lambda name, _: hash_place(name),
    "asked": lambda name, _: existence(name),
    "link": lambda name, _: link_target(os.path.expanduser(name)),
    "library": lambda name, _: library_version(os.path.expanduser(name)),
    "gpu": lambda name, _: gpus.describe(name),
    "kernel": _kernel,
    "variable": _variable,
}
KINDS = tuple(_LOOK_UP)
"""The kinds of facts that belong to the machine, not to the site (see `facts`)."""

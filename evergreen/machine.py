"""What this machine and the blog's files are now: hashes, names in folders, Pythons, variables."""

from __future__ import annotations

import functools
import hashlib
import json
import os
import platform
import stat
import subprocess
import sys
import unicodedata
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from evergreen import distributions
from evergreen.bundle import names_in

FOLDER = "a folder"
DEVICE = "a device"
UNREADABLE = "cannot be read"
PYTHON = "python3"
"""The kernel that is this very Python."""

_ENGINE = Path(__file__).resolve().parent.parent
_ASK = "import json,platform,sys;print(json.dumps([platform.python_version(),sys.path[1:]]))"


@dataclass(frozen=True, slots=True)
class Interpreter:
    """The Python of a kernel."""

    version: str
    path: tuple[str, ...]
    """Where it looks for modules."""


@dataclass(frozen=True, slots=True)
class Command:
    """How a kernel is started."""

    argv: tuple[str, ...]
    variables: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Machine:
    """Look-ups that remember their answers: a build makes one, and its knowledge ends with it."""

    hash_path: Callable[[Path], str] = field(default_factory=lambda: functools.cache(hash_path))
    hash_names: Callable[[Path, frozenset[str]], str] = field(
        default_factory=lambda: functools.cache(hash_names)
    )
    modules: Callable[[Path, frozenset[str]], Mapping[str, str]] = field(
        default_factory=lambda: functools.cache(modules)
    )
    command: Callable[[str], Command | None] = field(
        default_factory=lambda: functools.cache(find_command)
    )
    interpreter: Callable[[str], Interpreter | None] = field(
        default_factory=lambda: functools.cache(find_interpreter)
    )
    version: Callable[[str, Interpreter], str] = field(
        default_factory=lambda: functools.cache(find_version)
    )
    source: Callable[[str, Interpreter], str] = field(
        default_factory=lambda: functools.cache(find_source)
    )


def platform_name() -> str:
    """Operating system and machine."""
    return f"{platform.system()} {platform.machine()}"


def hash_path(path: Path) -> str:
    """SHA-256 of a file; "" where there is nothing; a word for what has no content."""
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            return FOLDER
        if not stat.S_ISREG(mode):
            return DEVICE
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except PermissionError:
        return UNREADABLE
    except (OSError, ValueError):
        return ""


def hash_names(folder: Path, left_out: frozenset[str] = frozenset()) -> str:
    """A hash of the names in a folder; "" where there is none."""
    try:
        return digest_names(names_in(folder, left_out))
    except OSError:
        return ""


def digest_names(names: Collection[str]) -> str:
    """The hash of some names, whichever way a filesystem writes their accents."""
    text = "\n".join(sorted(unicodedata.normalize("NFC", name) for name in names))
    return digest(text)


def modules(folder: Path, left_out: frozenset[str] = frozenset()) -> dict[str, str]:
    """Each module that Python would find in a folder, with the file or folder that it is."""
    try:
        return find_modules(names_in(folder, left_out))
    except OSError:
        return {}


def find_modules(names: Collection[str]) -> dict[str, str]:
    """Of names in a folder, those that are modules: module → names, with a slash between."""
    found: dict[str, str] = {}
    for name in sorted(names):
        stem, dot, suffix = name.partition(".")
        if stem.isidentifier() and (not dot or suffix == "py" or name.endswith((".so", ".pyd"))):
            found[stem] = f"{found[stem]}/{name}" if stem in found else name
    return found


def find_command(kernel: str) -> Command | None:
    """How a kernel of another name than PYTHON is started; None where there is none."""
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel  # 0.15 s

    try:
        spec = KernelSpecManager().get_kernel_spec(kernel)
    except NoSuchKernel:
        return None
    return Command(tuple(spec.argv), spec.env)


def find_interpreter(kernel: str) -> Interpreter | None:
    """The Python of a kernel; None where there is no such kernel, or it is no Python."""
    if kernel == PYTHON:
        return Interpreter(platform.python_version(), tuple(filter(_is_shared, sys.path)))
    command = find_command(kernel)
    if command is None:
        return None
    variables = {**os.environ, **command.variables}
    try:
        done = subprocess.run(
            [command.argv[0], "-c", _ASK], env=variables, capture_output=True, timeout=30
        )
        version, path = json.loads(done.stdout)
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None
    return Interpreter(version, tuple(path))


def find_version(name: str, interpreter: Interpreter) -> str:
    """The version of a distribution; "" where it is not installed."""
    return distributions.version(name, interpreter.path)


def find_source(name: str, interpreter: Interpreter) -> str:
    """A hash of the files of a distribution that came from no index; "" for any other."""
    files = distributions.file_list(name, interpreter.path)
    return digest(files) if files else ""


def variable_value(name: str) -> str:
    """A short hash of a variable's value, which may be a secret; "" where it is not set."""
    value = os.environ.get(name)
    return "" if value is None else digest(value)[:16]


def at_home(path: str) -> str:
    """An absolute path, with `~` for the home folder."""
    home = str(Path.home())
    return f"~{path[len(home) :]}" if path.startswith(home + os.sep) else path


def digest(text: str) -> str:
    """SHA-256 of a text."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _is_shared(entry: str) -> bool:
    """Whether a kernel has this entry of our module path too: it is no folder of ours alone."""
    return bool(entry) and Path(entry).resolve() not in (Path.cwd(), _ENGINE)

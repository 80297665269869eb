"""One virtual environment: made in a folder, and found again by its recipe."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import sys
import sysconfig
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from evergreen.dataclass import dataclass, replace
from evergreen.execution.environments.installer import find_uv, install, run_installer
from evergreen.execution.environments.locks import digest
from evergreen.execution.environments.pythons import HERE, Python
from evergreen.execution.scratch import scratch_folder

if TYPE_CHECKING:
    from importlib.metadata import Distribution

MADE = "evergreen.json"
"""Written last: without it, the environment is incomplete."""


@dataclass(frozen=True, slots=True)
class VenvRecipe:
    """What identifies an environment."""

    requires: tuple[str, ...]
    pins: tuple[str, ...] = ()
    """Pinned requirements; if given, nothing else is installed."""
    bounds: tuple[str, ...] = ()
    """Constraints on everything that is installed, requirements of requirements included."""
    over: tuple[str, ...] = ()
    """Package folders that the environment falls back to."""
    kernel: str = ""
    """The folder with a kernel's packages, hidden from the installer."""
    newest: bool = False
    """True: install newer versions than those in `over`."""
    wheels_only: bool = False
    """True: no code from the packages may run during the installation."""
    lock: str = ""
    """The text of a lock with hashes (PEP 751); if given, nothing else is installed."""
    python: Python = HERE
    """Its interpreter."""


@dataclass(frozen=True, slots=True)
class Venv:
    """A Python with its own packages."""

    folder: Path
    versions: Mapping[str, str]
    """Normalised name → installed version or URL."""
    over: tuple[str, ...] = ()
    """Package folders after its own on the module path."""
    interpreter: Python = HERE
    """What its own interpreter is a link to."""

    @property
    def python(self) -> Path:
        """Return the path of its interpreter."""
        return self.folder / "bin" / "python"

    @property
    def path(self) -> tuple[str, ...]:
        """Return its module path."""
        other = self.interpreter
        library = sysconfig.get_path("stdlib")
        if other != HERE:
            library = str(Path(other.path).parent.parent / "lib" / f"python{other.minor}")
        own = str(packages(self.folder, other))
        return (library, f"{library}/lib-dynload", own, *self.over)

    @property
    def variables(self) -> dict[str, str]:
        """Return the environment variables that activate it."""
        path = os.pathsep.join([str(self.folder / "bin"), os.environ.get("PATH", os.defpath)])
        return {"VIRTUAL_ENV": str(self.folder), "PATH": path}


def packages(folder: Path, python: Python = HERE) -> Path:
    """Return the folder of an environment's packages."""
    if python != HERE:
        return folder / "lib" / f"python{python.minor}" / "site-packages"
    places = {"base": str(folder), "platbase": str(folder)}
    return Path(sysconfig.get_path("purelib", "venv", places))


@contextlib.contextmanager
def exclusive(folder: Path) -> Iterator[None]:
    """Lock the folder against other builds while the block runs."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def find(folder: Path, recipe: VenvRecipe) -> Venv | None:
    """Return the environment in a folder if it is complete and has this recipe; else None."""
    try:
        made = json.loads((folder / MADE).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    if made.get("recipe") != _identity(recipe) or not (folder / "bin" / "python").exists():
        return None
    return Venv(folder, made["versions"], _behind(recipe), recipe.python)


def make(folder: Path, recipe: VenvRecipe) -> Venv:
    """Make an environment in a folder, replacing its content. Raises NotInstalled."""
    shutil.rmtree(folder, ignore_errors=True)
    _create(folder, recipe.python)
    site = packages(folder, recipe.python)
    lines = [f"import site; site.addsitedir({entry!r})\n" for entry in recipe.over]
    (site / "evergreen-over.pth").write_text("".join(lines), "utf-8")
    with _arguments(recipe) as arguments:
        install(folder / "bin" / "python", arguments, recipe.wheels_only, bool(recipe.lock))
    (site / "evergreen-kernel.pth").write_text(f"{recipe.kernel}\n", "utf-8")
    made = Venv(folder, installed(site), _behind(recipe), recipe.python)
    mark(made, recipe)
    return made


def _create(folder: Path, python: Python) -> None:
    """Make an empty environment. Raises NotInstalled."""
    if python != HERE:
        run_installer([python.path, "-I", "-m", "venv", "--without-pip", str(folder)])
        return
    import venv  # imported late: most builds make none

    venv.create(folder, symlinks=True)


def mark(made: Venv, recipe: VenvRecipe) -> None:
    """Record the recipe, by which `find` recognises the environment."""
    state = {"recipe": _identity(recipe), "versions": made.versions}
    (made.folder / MADE).write_text(json.dumps(state), "utf-8")


def installed(folder: Path) -> dict[str, str]:
    """Return normalised name → version or URL of the packages in a folder."""
    from importlib import metadata

    from packaging.utils import canonicalize_name

    return {
        canonicalize_name(each.name): _address(each) or each.version
        for each in metadata.distributions(path=[str(folder)])
    }


def _address(distribution: Distribution) -> str:
    origin = distribution.read_text("direct_url.json")
    return str(json.loads(origin).get("url", "")) if origin else ""


def _behind(recipe: VenvRecipe) -> tuple[str, ...]:
    return tuple(filter(None, (*recipe.over, recipe.kernel)))


def _identity(recipe: VenvRecipe) -> str:
    asked = asdict(replace(recipe, wheels_only=False))
    if not asked.pop("lock"):
        return digest([asked, sys.version, sys.base_prefix])
    from evergreen.execution.environments.pylock import parse_lock  # few blogs need it

    asked["lock"] = parse_lock(recipe.lock).identity
    return digest([asked, sys.version, sys.base_prefix])


@contextlib.contextmanager
def _arguments(recipe: VenvRecipe) -> Iterator[Sequence[str]]:
    """Yield pip's arguments; the files that they refer to exist within the block."""
    with scratch_folder() as folder:
        if recipe.lock:
            yield _locked(folder, recipe.lock)
            return
        bounds = folder / "bounds.txt"
        bounds.write_text("\n".join(recipe.bounds) + "\n", "utf-8")
        exact = ["--no-deps"] if recipe.pins else []
        newest = ["--upgrade"] if recipe.newest else []
        # Not in a file: pip would name that file in its error messages.
        yield [*exact, *newest, "-c", str(bounds), *(recipe.pins or recipe.requires)]


def _locked(folder: Path, lock: str) -> Sequence[str]:
    """Write a lock for the installer, which verifies its hashes; return the arguments."""
    if find_uv():
        file = folder / "pylock.toml"
        file.write_text(lock, "utf-8")
        return ["--no-deps", "-r", str(file)]
    from evergreen.execution.environments.pylock import parse_lock  # uv reads the lock itself

    file = folder / "requirements.txt"
    file.write_text("\n".join(parse_lock(lock).pip_lines) + "\n", "utf-8")
    return ["--no-deps", "--require-hashes", "-r", str(file)]

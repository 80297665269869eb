"""One environment: a folder of its own with a Python, made once and found again by its recipe."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import sys
import sysconfig
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from evergreen.execution.environments.installer import install
from evergreen.execution.environments.locks import digest

if TYPE_CHECKING:
    from importlib.metadata import Distribution

MADE = "evergreen.json"
"""Written last: a folder without it is not whole."""


@dataclass(frozen=True, slots=True)
class VenvRecipe:
    """What makes an environment what it is."""

    requires: tuple[str, ...]
    pins: tuple[str, ...] = ()
    """Requirements of exact versions, complete: nothing else is then installed."""
    bounds: tuple[str, ...] = ()
    """Requirements that hold for what is installed for any reason."""
    over: tuple[str, ...] = ()
    """Folders of installed packages which it has too, where it has none of its own."""
    kernel: str = ""
    """A folder with a kernel's modules, of which the installer knows nothing."""
    newest: bool = False
    """Prefer newer versions to those that lie in `over`."""
    wheels_only: bool = False
    """Nothing of what is installed may run meanwhile."""


@dataclass(frozen=True, slots=True)
class Venv:
    """A Python with packages of its own."""

    folder: Path
    versions: Mapping[str, str]
    """Normalised name → version of what is installed in it, or the address that it is from."""
    over: tuple[str, ...] = ()
    """Folders behind its own in which it finds modules."""

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.folder / "bin" / "python"

    @property
    def path(self) -> tuple[str, ...]:
        """Where it looks for modules."""
        library = sysconfig.get_path("stdlib")
        return (library, f"{library}/lib-dynload", str(packages(self.folder)), *self.over)

    @property
    def variables(self) -> dict[str, str]:
        """The environment variables of who works in it."""
        path = os.pathsep.join([str(self.folder / "bin"), os.environ.get("PATH", os.defpath)])
        return {"VIRTUAL_ENV": str(self.folder), "PATH": path}


def packages(folder: Path) -> Path:
    """Where the packages of an environment are."""
    places = {"base": str(folder), "platbase": str(folder)}
    return Path(sysconfig.get_path("purelib", "venv", places))


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Nobody else makes an environment in this folder meanwhile."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def find(folder: Path, recipe: VenvRecipe) -> Venv | None:
    """The environment of a recipe in a folder, where it is there and whole."""
    try:
        made = json.loads((folder / MADE).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    if made.get("recipe") != _identity(recipe) or not (folder / "bin" / "python").exists():
        return None
    return Venv(folder, made["versions"], _behind(recipe))


def make(folder: Path, recipe: VenvRecipe) -> Venv:
    """Make an environment in a folder, in the place of what stands there. Raises NotInstalled."""
    import venv  # only now: most builds make none

    shutil.rmtree(folder, ignore_errors=True)
    venv.create(folder, symlinks=True)
    site = packages(folder)
    lines = [f"import site; site.addsitedir({entry!r})\n" for entry in recipe.over]
    (site / "evergreen-over.pth").write_text("".join(lines), "utf-8")
    with _arguments(recipe) as arguments:
        install(folder / "bin" / "python", arguments, recipe.wheels_only)
    (site / "evergreen-kernel.pth").write_text(f"{recipe.kernel}\n", "utf-8")
    made = Venv(folder, installed(site), _behind(recipe))
    mark(made, recipe)
    return made


def mark(made: Venv, recipe: VenvRecipe) -> None:
    """Let an environment be found by a recipe from now on."""
    state = {"recipe": _identity(recipe), "versions": made.versions}
    (made.folder / MADE).write_text(json.dumps(state), "utf-8")


def installed(folder: Path) -> dict[str, str]:
    """Normalised name → version, or address, of what is installed in a folder."""
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
    return digest([asked, sys.version, sys.base_prefix])


@contextlib.contextmanager
def _arguments(recipe: VenvRecipe) -> Iterator[Sequence[str]]:
    """pip's arguments; the files that they name are there meanwhile."""
    with tempfile.TemporaryDirectory(prefix="evergreen-") as folder:
        bounds = Path(folder, "bounds.txt")
        bounds.write_text("\n".join(recipe.bounds) + "\n", "utf-8")
        exact = ["--no-deps"] if recipe.pins else []
        newest = ["--upgrade"] if recipe.newest else []
        # Not in a file: pip would name that in what it says of them.
        yield [*exact, *newest, "-c", str(bounds), *(recipe.pins or recipe.requires)]

"""The environments of one build's posts: lookups for their facts, and folders with the packages.

An environment is identified by its requirements, and is made only when code must run in it.
"""

from __future__ import annotations

import functools
import platform
import shutil
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from evergreen.dataclass import dataclass, replace
from evergreen.execution.environments import locks, venv
from evergreen.execution.environments.installer import InstallProgress, NotInstalled
from evergreen.execution.environments.pythons import HERE
from evergreen.execution.environments.venv import Venv, VenvRecipe
from evergreen.model.requirements import has_url
from evergreen.records.interpreters import Interpreter
from evergreen.records.machine import Machine, machine_of

if TYPE_CHECKING:
    from evergreen.execution.environments.dated import DatedEnvironments


@dataclass(frozen=True)
class Environments:
    """The environments by their requirements, and by the day whose releases they have."""

    store: Path
    """The folder of the records, which also holds the locks."""
    folder: Path
    """The folder in which environments are made."""
    tell: InstallProgress | None = None
    """None: installations are not reported."""
    downloads: bool = False
    """uv may install Pythons."""

    @functools.cached_property
    def _machines(self) -> dict[tuple[tuple[str, ...], str], Machine]:
        return {}

    @functools.cached_property
    def _made(self) -> dict[tuple[tuple[str, ...], str, bool], Venv | NotInstalled]:
        return {}

    @functools.cached_property
    def dated(self) -> DatedEnvironments:
        """The environments with the releases of a day."""
        from evergreen.execution.environments.dated import DatedEnvironments  # few blogs need it

        return DatedEnvironments(self.store, self.folder, self.tell, self.downloads)

    def machine(self, requires: tuple[str, ...], as_of: str = "") -> Machine:
        """Return the lookups for an environment's facts; versions come from its lock."""
        key = requires, as_of
        if key not in self._machines:
            from evergreen.execution.environments import kernel  # takes 60 ms to import

            locked = self._locked(requires, as_of)
            found = self.look(requires, as_of)
            path = found.path if found.folder.is_dir() else ()
            other = self.folder / f"kernel-{found.interpreter.version}" / kernel.PACKAGES
            linked = kernel.versions() if found.interpreter == HERE else venv.installed(other)
            version = found.interpreter.version
            here = Interpreter(version, path, {**linked, **locked})
            self._machines[key] = machine_of(here)
        return self._machines[key]

    def look(self, requires: tuple[str, ...], as_of: str = "") -> Venv:
        """Return the environment whether it exists or not; make nothing."""
        return self.dated.look(requires, as_of) if as_of else Venv(self._place(requires), {})

    def provide(
        self, requires: tuple[str, ...], wheels_only: bool = False, as_of: str = ""
    ) -> Venv:
        """Return the environment; make it, with a lock, if it does not exist.

        Raises NotInstalled; a repeated call for the same requirements raises it at once.
        """
        key = requires, as_of, wheels_only
        if key not in self._made:
            try:
                self._made[key] = (
                    self.dated.provide(requires, as_of, wheels_only)
                    if as_of
                    else self._provide(requires, wheels_only)
                )
                self._machines.pop((requires, as_of), None)
            except NotInstalled as error:
                self._made[key] = error
        found = self._made[key]
        if isinstance(found, NotInstalled):
            raise found
        return found

    def prune(
        self, needed: Iterable[tuple[str, ...]], dated: Iterable[tuple[tuple[str, ...], str]] = ()
    ) -> None:
        """Remove the locks and environments that no post needs, and those made for `check`."""
        wanted = list(needed)
        kept = {locks.place(self.store, each).parent for each in wanted}
        kept |= {self._place(each) for each in wanted}
        kept |= {place for each in dated for place in self.dated.kept(*each)}
        for lock in self.store.glob(f"{locks.FOLDER}/*"):
            if lock not in kept:
                shutil.rmtree(lock, ignore_errors=True)
        for folder in self.folder.glob("*"):
            if folder.is_dir() and folder not in kept and not folder.name.startswith("kernel-"):
                shutil.rmtree(folder, ignore_errors=True)
                folder.with_suffix(".lock").unlink(missing_ok=True)

    def _provide(self, requires: tuple[str, ...], wheels_only: bool) -> Venv:
        if wheels_only and (wrong := next(filter(has_url, requires), "")):
            message = f"'{wrong}' is not a package name"
            raise NotInstalled(message, "name a published package in a sandboxed post")
        from evergreen.execution.environments import kernel  # takes 60 ms to import

        lock, folder = locks.place(self.store, requires), self._place(requires)
        pins = locks.read(lock)
        locked = VenvRecipe(
            requires,
            tuple(locks.lines(pins)),
            kernel.needs(),
            kernel=str(kernel.link_packages(self.folder)),
            wheels_only=wheels_only,
        )
        with venv.exclusive(folder):
            if pins and (there := venv.find(folder, locked)):
                return there
            return self._make(requires, lock, pins, locked)

    def _make(
        self, requires: tuple[str, ...], lock: Path, pins: Mapping[str, str], locked: VenvRecipe
    ) -> Venv:
        name = f"packages: {', '.join(requires)}"
        tell = self.tell or (lambda name, done, total: None)
        tell(name, 0, 0)
        place = self._place(requires)
        made = venv.make(place, locked) if pins else self._resolve(requires, locked)
        tell(name, 1, 1)
        if made.versions != pins:
            locks.write(lock, requires, made.versions)
            venv.mark(made, replace(locked, pins=tuple(locks.lines(made.versions))))
        return made

    def _locked(self, requires: tuple[str, ...], as_of: str) -> Mapping[str, str]:
        if not as_of:
            return locks.read(locks.place(self.store, requires))
        lock = self.dated.lock(requires, as_of)
        return lock.versions if lock else {}

    def _resolve(self, requires: tuple[str, ...], recipe: VenvRecipe) -> Venv:
        """Make the environment with new versions; prefer those of a lock for another system."""
        others = locks.read_of_others(locks.place(self.store, requires))
        known = [line for line in locks.lines(others) if not has_url(line)]
        if known:
            with suppress(NotInstalled):
                bounds = (*recipe.bounds, *known)
                return venv.make(self._place(requires), replace(recipe, bounds=bounds))
        return venv.make(self._place(requires), recipe)

    def _place(self, requires: tuple[str, ...]) -> Path:
        return self.folder / locks.digest([requires, platform.python_version()])[:16]

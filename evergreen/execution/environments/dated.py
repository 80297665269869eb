"""Environments with the releases that had been uploaded by a day.

What a post requires is resolved once, to a lock with hashes (PEP 751, `pylock.toml`) beside the
records. Locks with the same content share one environment.
"""

from __future__ import annotations

import functools
import os
import platform
import shutil
from collections.abc import Iterator
from pathlib import Path

from evergreen.dataclass import dataclass
from evergreen.execution.environments import locks, resolver, venv
from evergreen.execution.environments.installer import InstallProgress, NotInstalled
from evergreen.execution.environments.pylock import Lock, read_lock
from evergreen.execution.environments.pythons import HERE, Python, find_python, pythons_for
from evergreen.execution.environments.venv import Venv, VenvRecipe
from evergreen.model.requirements import has_url
from evergreen.paths import atomic_write

LIMIT = 20 << 30
"""Bytes that the environments may have together after a check for other days."""
PREFIX = "dated-"
"""Begins the names of the folders of these environments."""


@dataclass(frozen=True)
class DatedEnvironments:
    """The environments of posts with `as_of`, by requirements and day."""

    store: Path
    """The folder of the records, which also holds the locks."""
    folder: Path
    """The folder in which environments are made."""
    tell: InstallProgress | None = None
    """None: installations are not reported."""
    downloads: bool = False
    """uv may install Pythons."""

    @functools.cached_property
    def _locks(self) -> dict[tuple[tuple[str, ...], str], Lock]:
        return {}

    def lock(self, requires: tuple[str, ...], day: str) -> Lock | None:
        """Return the stored lock; None if the requirements were not resolved yet."""
        key = requires, day
        if key not in self._locks and (found := read_lock(self._place(requires, day))):
            self._locks[key] = found
        return self._locks.get(key)

    def look(self, requires: tuple[str, ...], day: str) -> Venv:
        """Return the environment whether it exists or not; make nothing."""
        lock = self.lock(requires, day)
        if lock is None:
            return Venv(self.folder / PREFIX, {})
        folder = self.folder_of(lock)
        if not lock.python:
            return Venv(folder, {})
        program = folder / "bin" / "python"  # where it is made; else only the version matters
        return Venv(folder, {}, (), Python(str(program.resolve()), lock.python))

    def provide(self, requires: tuple[str, ...], day: str, wheels_only: bool = False) -> Venv:
        """Return the environment; resolve, lock and make it if needed. Raises NotInstalled."""
        return self.install(self.locked(requires, day, wheels_only), wheels_only)

    def locked(self, requires: tuple[str, ...], day: str, wheels_only: bool = False) -> Lock:
        """Return the lock; resolve and store it if it does not exist. Raises NotInstalled."""
        if wheels_only and (wrong := next(filter(has_url, requires), "")):
            message = f"'{wrong}' is not a package name"
            raise NotInstalled(message, "name a published package in a sandboxed post")
        lock = self.lock(requires, day)
        if lock is None:
            place = self._place(requires, day)
            with venv.exclusive(self.folder / f"{PREFIX}{place.parent.name}"):
                lock = read_lock(place) or self._resolve(requires, day, wheels_only)
            self._locks[requires, day] = lock
        return lock

    def install(self, lock: Lock, wheels_only: bool = False) -> Venv:
        """Return the environment of a lock; make it if it does not exist. Raises NotInstalled."""
        from evergreen.execution.environments import kernel  # takes 60 ms to import

        python = self._python(lock)
        if wheels_only and python != HERE:
            message = f"it runs with Python {python.minor}, which the sandbox does not have"
            raise NotInstalled(message, "leave out 'sandbox' and trust the post")
        if python == HERE:
            linked = str(kernel.link_packages(self.folder))
        else:
            with venv.exclusive(self.folder / f"kernel-{python.version}"):
                linked = str(kernel.install_packages(self.folder, python))
        recipe = VenvRecipe(
            (), kernel=linked, wheels_only=wheels_only, lock=lock.text, python=python
        )
        folder = self.folder_of(lock)
        with venv.exclusive(folder):
            if found := venv.find(folder, recipe):
                os.utime(folder / venv.MADE)  # see `trim`
                return found
            return self._made(folder, recipe, lock)

    def folder_of(self, lock: Lock) -> Path:
        """Return the folder of the environment of a lock."""
        content = [platform.python_version(), *map(list, lock.identity)]
        return self.folder / f"{PREFIX}{locks.digest(content)[:16]}"

    def _python(self, lock: Lock) -> Python:
        """Return the Python of a lock. Raises NotInstalled if it is not installed."""
        return find_python(".".join(lock.python.split(".")[:2]), self.downloads)

    def kept(self, requires: tuple[str, ...], day: str) -> Iterator[Path]:
        """Yield the folders that an environment needs: of its lock, and its own."""
        yield self._place(requires, day).parent
        if lock := self.lock(requires, day):
            yield self.folder_of(lock)

    def trim(self, limit: int = LIMIT) -> None:
        """Remove the environments that were not used for the longest time, until the others have at
        most `limit` bytes. They can be made again from their locks.
        """
        folders = [each for each in self.folder.glob(f"{PREFIX}*") if (each / venv.MADE).exists()]
        left = limit
        for folder in sorted(folders, key=_last_use, reverse=True):
            left -= _size(folder)
            if left < 0:
                shutil.rmtree(folder, ignore_errors=True)

    def _made(self, folder: Path, recipe: VenvRecipe, lock: Lock) -> Venv:
        tell = self.tell or (lambda name, done, total: None)
        name = f"packages: {len(lock.versions)} locked"
        tell(name, 0, 0)
        made = venv.make(folder, recipe)
        tell(name, 1, 1)
        return made

    def _resolve(self, requires: tuple[str, ...], day: str, wheels_only: bool) -> Lock:
        others = requires and not wheels_only  # the sandbox has only the engine's
        pythons = pythons_for(day, self.downloads) if others else (HERE,)
        lock = resolver.resolve(requires, day, wheels_only, pythons=pythons)
        head = f"# Packages as of {day}: {', '.join(requires) or 'none'}\n"
        head += "# Delete this file to resolve them anew.\n"
        atomic_write(self._place(requires, day), f"{head}{lock.text}".encode())
        return lock

    def _place(self, requires: tuple[str, ...], day: str) -> Path:
        return locks.dated_place(self.store, requires, day)


def _last_use(folder: Path) -> float:
    return (folder / venv.MADE).stat().st_mtime


def _size(folder: Path) -> int:
    """Return the bytes of the files in a folder; some may be links to the installer's cache."""
    places = (Path(above, name) for above, _, names in os.walk(folder) for name in names)
    return sum(place.lstat().st_size for place in places)

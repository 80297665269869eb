"""Modules that a parent has imported ahead, hidden in its children until they are imported.

A forked kernel has to find its modules as a fresh one would. So all are taken out of `sys.modules`,
and when one is imported again, it comes back with those that its own import would have loaded, as
the parent has noted (see `importing`), and no others.

Standard library only: it runs under the posts' Python.
"""

from __future__ import annotations

import contextlib
import importlib.abc
import importlib.machinery
import logging
import os
import sys
import types
import warnings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from evergreen.execution.kernels.importing import (
        ImportLog,
        as_in_a_kernel,
        find_spec,
        held_modules,
        import_quietly,
        shared,
    )
else:
    from importing import (
        ImportLog,
        as_in_a_kernel,
        find_spec,
        held_modules,
        import_quietly,
        shared,
    )

_WITH = {
    "matplotlib": (
        "matplotlib.pyplot",
        "matplotlib.backends.backend_agg",
        "IPython.core.pylabtools",
        *(f"PIL.{kind}ImagePlugin" for kind in ("Bmp", "Gif", "Jpeg", "Ppm", "Png")),
    ),
}
"""What drawing a figure imports beside its package."""

_CONFIGURATION = {"matplotlib": "matplotlibrc"}
"""Files that a package looks for in the working directory when it is imported."""


class Preloaded:
    """Modules, in the order in which they were loaded, and what each needs."""

    def __init__(self) -> None:
        self.modules: dict[str, types.ModuleType] = {}
        self.notes = ImportLog()
        self.bound: set[str] = set()
        """Names of modules that are attributes of their packages."""
        self.said: dict[str, str] = {}
        """Module → what was written to the standard error when it was imported."""

    def load(self, names: Iterable[str]) -> None:
        """Import modules that are installed; those that fail are left to the posts."""
        before = set(sys.modules)
        with self.notes, as_in_a_kernel():
            for name in [part for each in names for part in (each, *_WITH.get(each, ()))]:
                with contextlib.suppress(BaseException):
                    self.said[name] = import_quietly(name)
        for name, module in list(sys.modules.items()):
            if name not in before and isinstance(module, types.ModuleType):
                self.modules[name] = module
                self.notes.needs.setdefault(name, {}).update(dict.fromkeys(held_modules(module)))

    def suits(self, folder: str) -> bool:
        """Whether a post in this folder would find these very modules, and in the same state."""
        tops = {name.partition(".")[0] for name in self.modules}
        there = set(os.listdir(folder))
        files = {file for package, file in _CONFIGURATION.items() if package in tops}
        return not (files & there or tops & {name.partition(".")[0] for name in there})

    def hide(self) -> None:
        """Put the modules aside, to come back when they are imported."""
        for name, module in self.modules.items():
            package, _, child = name.rpartition(".")
            holder = vars(sys.modules.get(package) or self.modules.get(package) or object)
            if holder.get(child) is module:
                self.bound.add(name)
                del holder[child]
            sys.modules.pop(name, None)
        added = {each for names in self.notes.filters.values() for each in names}
        filters = [each for each in warnings.filters if each not in added]
        warnings.resetwarnings()
        _filters().extend(filters)
        sys.meta_path.insert(0, LazyRestorer(self))

    def restore(self, name: str) -> list[str]:
        """Bring a module back, and what it needs; their names, as they were loaded."""
        names = self._closure(name)
        found = {each: self.modules.pop(each) for each in list(self.modules) if each in names}
        for each, module in found.items():
            sys.modules.setdefault(each, module)
        for each in self.bound & found.keys():
            package, _, child = each.rpartition(".")
            vars(sys.modules[package]).setdefault(child, found[each])
        if "__mp_main__" in found:
            sys.modules["__mp_main__"] = sys.modules["__main__"]
        for each in (each for name in found for each in self.notes.filters.get(name, ())):
            if each in warnings.filters:
                _filters().remove(each)
            _filters().insert(0, each)
        return list(found)

    def _closure(self, name: str) -> set[str]:
        """A module, its packages, and all that these needed when they were loaded."""
        names: set[str] = set()
        edge = {name}
        while edge:
            names |= edge
            packages = {each.rpartition(".")[0] for each in edge} - {""}
            edge = packages.union(*(self.notes.needs.get(each, ()) for each in edge)) - names
        return names


class LazyRestorer(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Brings a preloaded module back when it is imported."""

    def __init__(self, preloaded: Preloaded) -> None:
        self.preloaded = preloaded

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None = None,
        target: types.ModuleType | None = None,
    ) -> importlib.machinery.ModuleSpec | None:
        """A spec like the module's own, but for the loader; None for any other name.

        None, too, where another file would be found now: the post may have changed `sys.path`, or
        have a module of that name beside it.
        """
        module = self.preloaded.modules.get(fullname)
        spec = module and vars(module).get("__spec__")
        if module is None:
            return None
        if spec is None:
            return importlib.machinery.ModuleSpec(fullname, self)
        if "." not in fullname and spec.has_location:
            found = find_spec(self, fullname, path, target)
            if found is None or found.origin != spec.origin:
                return None
        copy = importlib.machinery.ModuleSpec(fullname, self, origin=spec.origin)
        copy.submodule_search_locations = spec.submodule_search_locations
        copy.has_location, copy.cached = spec.has_location, spec.cached
        return copy

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        """The preloaded module; its own spec waits for `exec_module`."""
        module = self.preloaded.modules[spec.name]
        spec.loader_state = vars(module).get("__spec__")
        return module

    def exec_module(self, module: types.ModuleType) -> None:
        """Nothing is run again."""
        copy: Any = module.__spec__
        module.__spec__ = copy.loader_state
        names = self.preloaded.restore(copy.name)
        self._show(names)
        if said := [self.preloaded.said.pop(each) for each in names if each in self.preloaded.said]:
            _rebind_loggers()
            sys.stderr.write("".join(said))
        if "numpy.random" in names:
            sys.modules["numpy.random"].seed()  # a fork would repeat its siblings' numbers
        for name in names:
            shared.get("imported", len)(name)

    def _show(self, names: Sequence[str]) -> None:
        """Let those who watch see what an import would have looked for (see `probe`)."""
        tops = [name for name in names if "." not in name and sys.modules[name].__spec__]
        failed = [each for name in names for each in self.preloaded.notes.failed.get(name, ())]
        for finder in sys.meta_path[: sys.meta_path.index(self)]:
            for name in (*tops, *failed):
                finder.find_spec(name, None)
        for package in _CONFIGURATION.keys() & set(tops):
            os.path.exists(_CONFIGURATION[package])


def _filters() -> list[Any]:
    """Those of `warnings`, to be changed: it has no way to add one as it is."""
    return warnings.filters  # type: ignore[return-value]


def _rebind_loggers() -> None:
    """Handlers that were made in the parent write where the kernel's own would."""
    streams = {id(sys.__stdout__): sys.stdout, id(sys.__stderr__): sys.stderr}
    loggers = [logging.root, *logging.root.manager.loggerDict.values()]
    for handler in [each for logger in loggers for each in getattr(logger, "handlers", ())]:
        if isinstance(handler, logging.StreamHandler) and id(handler.stream) in streams:
            handler.setStream(streams[id(handler.stream)])

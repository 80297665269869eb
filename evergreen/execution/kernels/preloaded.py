"""Modules that a parent has imported ahead, hidden in its children until they import them.

A forked kernel must find its modules as a fresh one would. So all are removed from `sys.modules`.
When the post imports one, it is restored together with the modules that its own import would have
loaded, according to the log (see `importing`), and no others.

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
        find_spec,
        held_modules,
        import_quietly,
        shared,
        simulate_kernel,
    )
else:
    from importing import (
        ImportLog,
        find_spec,
        held_modules,
        import_quietly,
        shared,
        simulate_kernel,
    )

_WITH = {
    "matplotlib": (
        "matplotlib.pyplot",
        "matplotlib.backends.backend_agg",
        "IPython.core.pylabtools",
        *(f"PIL.{kind}ImagePlugin" for kind in ("Bmp", "Gif", "Jpeg", "Ppm", "Png")),
    ),
}
"""Package → modules that are imported when a figure is drawn."""

_CONFIGURATION = {"matplotlib": "matplotlibrc"}
"""Package → file that it searches for in the working directory when it is imported."""


class Preloaded:
    """Modules in the order in which they were loaded, and what each one needs."""

    def __init__(self) -> None:
        self.modules: dict[str, types.ModuleType] = {}
        self.notes = ImportLog()
        self.bound: set[str] = set()
        """Names of modules that are attributes of their packages."""
        self.warned: dict[str, str] = {}
        """Module → what its import wrote to standard error."""

    def load(self, names: Iterable[str]) -> None:
        """Import the modules that are installed; the others are left to the posts."""
        before = set(sys.modules)
        with self.notes, simulate_kernel():
            for name in [part for each in names for part in (each, *_WITH.get(each, ()))]:
                with contextlib.suppress(BaseException):
                    self.warned[name] = import_quietly(name)
        for name, module in list(sys.modules.items()):
            if name not in before and isinstance(module, types.ModuleType):
                self.modules[name] = module
                self.notes.needs.setdefault(name, {}).update(dict.fromkeys(held_modules(module)))

    def suits(self, folder: str) -> bool:
        """True if a post in this folder would import these modules with the same configuration."""
        tops = {name.partition(".")[0] for name in self.modules}
        there = set(os.listdir(folder))
        files = {file for package, file in _CONFIGURATION.items() if package in tops}
        return not (files & there or tops & {name.partition(".")[0] for name in there})

    def hide(self) -> None:
        """Remove the modules from `sys.modules`, to be restored when they are imported."""
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
        shared["restorer"] = LazyRestorer(self)
        sys.meta_path.insert(0, shared["restorer"])

    def restore(self, name: str) -> list[str]:
        """Restore a module and what it needs; return their names in load order."""
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
        """Return a module, its packages, and recursively all that their loading needed."""
        names: set[str] = set()
        pending = {name}
        while pending:
            names |= pending
            packages = {each.rpartition(".")[0] for each in pending} - {""}
            pending = packages.union(*(self.notes.needs.get(each, ()) for each in pending)) - names
        return names


class LazyRestorer(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Restores a preloaded module when it is imported."""

    def __init__(self, preloaded: Preloaded) -> None:
        self.preloaded = preloaded

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None = None,
        target: types.ModuleType | None = None,
    ) -> importlib.machinery.ModuleSpec | None:
        """Return a copy of the module's spec with this loader; None for any other name.

        Also return None if the import would find another file now: the post may have changed
        `sys.path` or contain a module of that name.
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
        """Return the preloaded module; `exec_module` gives it its own spec back."""
        module = self.preloaded.modules[spec.name]
        spec.loader_state = vars(module).get("__spec__")
        return module

    def exec_module(self, module: types.ModuleType) -> None:
        """Restore the module with what it needs, and repeat the side effects of its import."""
        copy: Any = module.__spec__
        module.__spec__ = copy.loader_state
        names = self.preloaded.restore(copy.name)
        self._show(names)
        if warned := [
            self.preloaded.warned.pop(each) for each in names if each in self.preloaded.warned
        ]:
            _rebind_loggers()
            sys.stderr.write("".join(warned))
        if "numpy.random" in names:
            sys.modules["numpy.random"].seed()  # all forks would draw the same numbers
        for name in names:
            shared.get("imported", len)(name)

    def _show(self, names: Sequence[str]) -> None:
        """Let other finders, such as the probe's, see what an import would have searched for."""
        tops = [name for name in names if "." not in name and sys.modules[name].__spec__]
        failed = [each for name in names for each in self.preloaded.notes.failed.get(name, ())]
        for finder in sys.meta_path[: sys.meta_path.index(self)]:
            for name in (*tops, *failed):
                finder.find_spec(name, None)
        for package in _CONFIGURATION.keys() & set(tops):
            os.path.exists(_CONFIGURATION[package])


def _filters() -> list[Any]:
    """Return `warnings.filters` as a list: `warnings` has no function to add a ready filter."""
    return warnings.filters  # type: ignore[return-value]


def _rebind_loggers() -> None:
    """Redirect log handlers that were made in the parent to the kernel's streams."""
    streams = {id(sys.__stdout__): sys.stdout, id(sys.__stderr__): sys.stderr}
    loggers = [logging.root, *logging.root.manager.loggerDict.values()]
    for handler in [each for logger in loggers for each in getattr(logger, "handlers", ())]:
        if isinstance(handler, logging.StreamHandler) and id(handler.stream) in streams:
            handler.setStream(streams[id(handler.stream)])

"""Import modules ahead as a kernel would, and log which module loads or imports which.

Standard library only: it runs under the posts' Python.
"""

from __future__ import annotations

import builtins
import contextlib
import functools
import importlib
import importlib.abc
import importlib.util
import itertools
import os
import sys
import tempfile
import types
import warnings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType
    from typing import Any

    from evergreen.execution.kernels.uses import ASKED, MADE, READ, WROTE, stamp_of
else:
    from uses import ASKED, MADE, READ, WROTE, stamp_of

_stat = os.stat
_ASKING = os.stat, os.lstat, os.access
_EVENTS = ("open", "os.mkdir", "os.rename")
shared: dict[str, Any] = sys.__dict__.setdefault("_evergreen", {})
"""State shared between the fork server and the modules in the kernel. `used`: path → use and stamp,
as the tracer notes them, of what packages used when they were imported ahead. `restorer`: the
finder that restores those packages. `imported`: a function that is called with the name of each
restored module."""


class ImportLog(importlib.abc.MetaPathFinder):
    """A context manager that logs what happens while each module is loaded."""

    def __init__(self) -> None:
        self.needs: dict[str, dict[str, None]] = {}
        """Module → modules that were loaded or imported meanwhile, by any module."""
        self.failed: dict[str, dict[str, None]] = {}
        """Module → top-level modules that were not found."""
        self.filters: dict[str, dict[Any, None]] = {}
        """Module → filters that were added to `warnings.filters`, oldest first."""
        self.loading: list[str] = []
        self.known: list[Any] = []
        self.active = False
        self.plain = builtins.__import__, importlib.import_module

    def __enter__(self) -> ImportLog:
        self.active = True
        self.known = list(warnings.filters)
        sys.addaudithook(self._note_event)
        for plain in _ASKING:
            setattr(os, plain.__name__, self._asking(plain))
        sys.meta_path.insert(0, self)
        builtins.__import__, importlib.import_module = self._import, self._import_module
        return self

    def __exit__(self, *_: object) -> None:
        self.active = False
        for plain in _ASKING:
            setattr(os, plain.__name__, plain)
        sys.meta_path.remove(self)
        builtins.__import__, importlib.import_module = self.plain

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the spec of the other finders, with a loader that is logged."""
        spec = find_spec(self, fullname, path, target)
        if spec is None and "." not in fullname:
            self._note(self.failed, fullname)
        if spec is not None and hasattr(spec.loader, "exec_module"):
            spec.loader = _Loader(spec.loader, self)
        return spec

    @contextlib.contextmanager
    def loads(self, name: str) -> Iterator[None]:
        """Log what appears in `sys.modules` and the filters while a module is being loaded."""
        before = len(sys.modules)
        self.loading.append(name)
        try:
            yield
        except BaseException:
            self._attribute_to_importer(name)
            raise
        finally:
            added = itertools.islice(reversed(sys.modules), max(len(sys.modules) - before, 0))
            self._note(self.needs, *added)
            new = [each for each in warnings.filters if each not in self.known]
            self._note(self.filters, *reversed(new))
            self.known += new
            self.loading.pop()

    def _attribute_to_importer(self, name: str) -> None:
        """Attribute the log of a module that failed to load to the module that imported it."""
        for where in (self.needs, self.failed, self.filters):
            for asking in self.loading[-2:-1]:
                where.setdefault(asking, {}).update(where.pop(name, {}))

    def _note(self, where: dict[str, dict[Any, None]], *what: Any) -> None:
        """Add to the log of the module that is being loaded."""
        if self.loading:
            where.setdefault(self.loading[-1], {}).update(dict.fromkeys(what))

    def _import(
        self, name: str, globals: Any = None, locals: Any = None, fromlist: Any = (), level: int = 0
    ) -> ModuleType:
        module = self.plain[0](name, globals, locals, fromlist, level)
        if level:
            package = globals.get("__package__") or globals["__name__"].rpartition(".")[0]
            name = importlib.util.resolve_name("." * level + name, package)
        listed = getattr(module, "__all__", ()) if "*" in (fromlist or ()) else fromlist
        children = (f"{name}.{each}" for each in listed or ())
        self._note(self.needs, name, *(each for each in children if each in sys.modules))
        return module

    def _import_module(self, name: str, package: str | None = None) -> ModuleType:
        module = self.plain[1](name, package)
        self._note(self.needs, module.__name__)
        return module

    def _note_event(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Note each file that is opened, whether it is a module or not, and what is made; an audit
        hook."""
        if not self.active or event not in _EVENTS or not isinstance(arguments[0], (str, bytes)):
            return  # there is an event for each import, too
        path = os.path.abspath(os.fsdecode(arguments[0]))
        if event == "open":
            _note_open(path, arguments[2])
        elif event == "os.mkdir":
            _note_use(path, ASKED if _exists(path) else MADE | WROTE | ASKED)
        elif event == "os.rename":
            _note_use(path, READ | WROTE)
            _note_use(os.path.abspath(os.fsdecode(arguments[1])), MADE | WROTE)

    def _asking(self, plain: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function of `os` that also records the paths it receives."""

        @functools.wraps(plain)
        def asking(path: Any, *arguments: Any, **options: Any) -> Any:
            if self.active and isinstance(path, (str, bytes, os.PathLike)) and not options:
                _note_use(os.path.abspath(os.fsdecode(path)), ASKED)
            return plain(path, *arguments, **options)

        return asking


def _note_open(path: str, flags: int) -> None:
    if flags & os.O_TRUNC or (flags & os.O_CREAT and not _exists(path)):
        _note_use(path, MADE | WROTE)
    else:
        _note_use(path, READ | (WROTE if flags & (os.O_WRONLY | os.O_RDWR) else 0))


def _exists(path: str) -> bool:
    try:
        return bool(_stat(path))
    except (OSError, ValueError):
        return False


def _note_use(path: str, how: int) -> None:
    used: dict[str, list[Any]] = shared.setdefault("used", {})
    if path not in used:
        try:
            stamp = stamp_of(_stat(path))
        except (OSError, ValueError):
            stamp = None
        used[path] = [0, stamp]
    elif used[path][0] & MADE:
        return
    used[path][0] |= how & ~MADE if used[path][0] & READ else how


class _Loader(importlib.abc.Loader):
    """Wraps a loader and logs its work."""

    def __init__(self, loader: Any, notes: ImportLog) -> None:
        self.loader, self.notes = loader, notes

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """Delegate to the wrapped loader; some extension modules import others here."""
        spec.loader = self.loader
        with self.notes.loads(spec.name):
            module: ModuleType | None = self.loader.create_module(spec)
        spec.loader = self
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Restore the wrapped loader, then run the module."""
        spec: Any = module.__spec__
        spec.loader = module.__loader__ = self.loader
        with self.notes.loads(spec.name):
            self.loader.exec_module(module)


def import_quietly(name: str) -> str:
    """Import a module; return what was written to standard error meanwhile."""
    kept = os.dup(2)
    with tempfile.TemporaryFile() as file:
        os.dup2(file.fileno(), 2)
        try:
            importlib.import_module(name)
        finally:
            os.dup2(kept, 2)
            os.close(kept)
        file.seek(0)
        return file.read().decode("utf-8", "replace")


@contextlib.contextmanager
def simulate_kernel() -> Iterator[None]:
    """Simulate what packages check at import to detect IPython."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = types.ModuleType("__main__")
    prompts = {"ps1": "In : ", "ps2": "...: ", "ps3": "Out: "}
    names = {"__IPYTHON__": True, "get_ipython": _Shell}
    vars(sys).update(prompts)
    vars(builtins).update(names)
    try:
        yield
    finally:
        sys.modules["__main__"] = main
        for module, added in ((sys, prompts), (builtins, names)):
            for name in added:
                delattr(module, name)


class _Shell:
    """Stands in for IPython's shell; packages check its `kernel` attribute."""

    kernel = True


def held_modules(module: ModuleType) -> set[str]:
    """Return the modules in an extension module's namespace: import hooks miss compiled imports."""
    if (getattr(module, "__file__", None) or ".py").endswith(".py"):
        return set()
    values = vars(module).values()
    return {value.__name__ for value in values if isinstance(value, types.ModuleType)}


def find_spec(
    asking: object, name: str, path: Sequence[str] | None, target: ModuleType | None
) -> ModuleSpec | None:
    """Return the spec from the first finder other than `asking`."""
    for finder in [each for each in sys.meta_path if each is not asking]:
        spec = finder.find_spec(name, path, target) if hasattr(finder, "find_spec") else None
        if spec is not None:
            return spec
    return None

"""Inside a Python kernel: fingerprints of what runs again when a checkpoint is restored.

A function, a class or a module that the code has changed after its definition is not the one that
its definition gives. Two fingerprints are equal if nothing that code could observe differs; `?`
marks what cannot be compared, and only its type counts then.

This file's text is sent to the kernel like `probe`'s, and uses the standard library alone.
"""

from __future__ import annotations

import functools
import hashlib
import pickle
import sys
import types

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

SIMPLE = (bool, int, float, complex, str, bytes, type(None), type(...), type(NotImplemented))
"""Types of values that cannot change and have no parts."""
DEPTH = 40
_CACHED = type(functools.lru_cache(lambda: None))
_OF_CLASSES = frozenset(
    "__dict__ __weakref__ __doc__ __module__ __abstractmethods__ _abc_impl __firstlineno__"
    " __static_attributes__ __slotnames__ __annotations_cache__ __annotate_func__".split()
)
"""Attributes of classes that Python itself makes, `copy` and `pickle` among it."""


def fingerprint(value: Any) -> str:
    """Return the fingerprint of a value with everything that it contains."""
    text = repr(_Walk().describe(value, 0))
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()


def own_modules(folder: str) -> dict[str, str]:
    """Return the fingerprint of each loaded module whose file is in a folder."""
    found = {}
    for name, module in list(sys.modules.items()):
        file = vars(module).get("__file__") if isinstance(module, types.ModuleType) else None
        if isinstance(file, str) and file.startswith(folder):
            names = {k: v for k, v in list(vars(module).items()) if not k.startswith("__")}
            found[name] = fingerprint(names)
    return found


def settings(modules: Iterable[Any]) -> dict[str, str]:
    """Return the public simple values of modules: `decimal.MAX_PREC` → its text."""
    return {
        f"{module.__name__}.{name}": repr(value)
        for module in modules
        for name, value in list(vars(module).items())
        if type(value) in SIMPLE and not name.startswith("_")
    }


def patches(namespace: Mapping[str, Any], folder: str) -> list[str]:
    """Return where functions of the post are in the modules and classes of libraries."""
    found = []
    for name, module in list(sys.modules.items()):
        if not isinstance(module, types.ModuleType) or vars(module) is namespace:
            continue
        file = vars(module).get("__file__")
        if name.startswith("_") or (isinstance(file, str) and file.startswith(folder)):
            continue
        for key, value in list(vars(module).items()):
            if _is_own(value, namespace):
                found.append(f"{name}.{key}")
            elif isinstance(value, type) and getattr(value, "__module__", "") == name:
                own = (k for k, v in list(vars(value).items()) if _is_own(v, namespace))
                found += [f"{name}.{key}.{attribute}" for attribute in own]
    return sorted(found)


def _is_own(value: Any, namespace: Mapping[str, Any]) -> bool:
    value = value.__func__ if isinstance(value, (staticmethod, classmethod)) else value
    return isinstance(value, types.FunctionType) and value.__globals__ is namespace


def is_importable(value: Any) -> bool:
    """True for a function or a class that a module other than the post's has under its name."""
    name, path = getattr(value, "__module__", None), getattr(value, "__qualname__", "")
    if not isinstance(name, str) or name == "__main__" or not isinstance(path, str) or not path:
        return False
    found: Any = sys.modules.get(name)
    for part in path.split("."):
        found = getattr(found, part, None)
    return found is value


class _Walk:
    """Describes a value as nested tuples of texts; what occurs again counts by its place."""

    def __init__(self) -> None:
        self.seen: dict[int, int] = {}
        self.alive: list[Any] = []

    def describe(self, value: Any, depth: int) -> Any:
        """Return the description of a value."""
        kind = type(value)
        if kind in SIMPLE:
            return kind.__name__, repr(value)
        if id(value) in self.seen:
            return "again", self.seen[id(value)]
        if depth > DEPTH:
            return "?", kind.__qualname__
        self.seen[id(value)] = len(self.seen)
        self.alive.append(value)
        return kind.__qualname__, self._parts(value, kind, depth + 1)

    def _parts(self, value: Any, kind: Any, depth: int) -> Any:
        if isinstance(value, types.ModuleType):
            return value.__name__
        if kind in (list, tuple):
            return [self.describe(each, depth) for each in value]
        if kind in (set, frozenset):
            return sorted(repr(self.describe(each, depth)) for each in value)
        if kind in (dict, types.MappingProxyType):
            pairs = list(value.items())
            return [(self.describe(k, depth), self.describe(v, depth)) for k, v in pairs]
        if isinstance(value, (staticmethod, classmethod)):
            return self.describe(value.__func__, depth)
        if kind is property:
            return [self.describe(each, depth) for each in (value.fget, value.fset, value.fdel)]
        if kind is types.CodeType:
            return self._code(value, depth)
        if kind is types.CellType:
            return self._cell(value, depth)
        if kind is _CACHED:
            return self.describe(value.__wrapped__, depth), tuple(value.cache_info())
        if is_importable(value):
            return value.__module__, value.__qualname__
        if kind is types.FunctionType:
            return self._function(value, depth)
        if isinstance(value, type):
            return self._class(value, depth)
        return self._instance(value, depth)

    def _code(self, code: Any, depth: int) -> Any:
        constants = [self.describe(each, depth) for each in code.co_consts]
        names = code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars
        return code.co_code.hex(), constants, names, code.co_flags, code.co_argcount

    def _cell(self, cell: Any, depth: int) -> Any:
        try:
            return self.describe(cell.cell_contents, depth)
        except ValueError:
            return "empty"

    def _function(self, function: Any, depth: int) -> Any:
        parts = (
            *(function.__code__, function.__defaults__, function.__kwdefaults__),
            *(function.__closure__, {**vars(function)}),
        )
        return function.__qualname__, [self.describe(part, depth) for part in parts]

    def _class(self, kind: Any, depth: int) -> Any:
        names = sorted(name for name in vars(kind) if name not in _OF_CLASSES)
        bases = [self.describe(base, depth) for base in kind.__bases__]
        return kind.__qualname__, bases, [(n, self.describe(vars(kind)[n], depth)) for n in names]

    def _instance(self, value: Any, depth: int) -> Any:
        kind: Any = type(value)
        where = f"{kind.__module__}.{kind.__qualname__}"
        traces = getattr(value, "experimental_get_tracing_count", None)
        if callable(traces) and hasattr(value, "python_function"):  # a tf.function
            return where, self.describe(value.python_function, depth), traces()
        if kind.__module__ == "numpy" and hasattr(value, "tobytes"):
            about = getattr(value, "dtype", ""), getattr(value, "shape", "")
            if value.dtype.hasobject:
                return where, repr(about), self.describe(value.tolist(), depth)
            return where, repr(about), hashlib.sha256(value.tobytes()).hexdigest()
        slots = [s for base in kind.__mro__ for s in _slots(base)]
        if hasattr(value, "__dict__") or slots:
            state = {**getattr(value, "__dict__", {})}
            state |= {s: getattr(value, s) for s in slots if hasattr(value, s)}
            inner = self._builtin_part(value, depth)
            return where, self.describe(kind, depth), self.describe(state, depth), inner
        return where, _pickled(value)

    def _builtin_part(self, value: Any, depth: int) -> Any:
        """Return the content of an instance of a class that extends a built-in collection."""
        for base in (dict, list, tuple, set, frozenset):
            if isinstance(value, base):
                return self._parts(base(value), base, depth)
        kinds: Any = (str, int, float, bytes, complex)
        for plain in kinds:
            if isinstance(value, plain):
                return repr(plain(value))
        return ""


def _slots(base: Any) -> list[str]:
    slots = base.__dict__.get("__slots__", ())
    names = [slots] if isinstance(slots, str) else list(slots)
    return [name for name in names if name not in ("__dict__", "__weakref__")]


def _pickled(value: Any) -> str:
    try:
        return hashlib.sha256(pickle.dumps(value, 4)).hexdigest()
    except Exception:  # whatever its type raises: only its type counts
        return "?"

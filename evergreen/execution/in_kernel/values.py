"""Inside a Python kernel: write values to a folder, and read them in another kernel.

All values are one pickle, so that what two of them share is shared afterwards: a list in two
dictionaries, the memory of two arrays, a variable of two closures. A Keras model has a file of
its own, in Keras's format. What cannot be restored as it was is refused, with its type.

This file's text is sent to the kernel like `probe`'s. It uses the standard library, cloudpickle
where it is installed, and what the post has imported.
"""

from __future__ import annotations

import importlib
import io
import json
import os
import pickle
import re
import sys
import types

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from typing import Any

try:
    _Pickler: Any = importlib.import_module("cloudpickle").Pickler
except ImportError:  # a post's own environment: functions and classes of cells are refused
    _Pickler = pickle.Pickler

_fingerprint: Any = sys.modules.get("_fingerprint")

VALUES = "values.pickle"
_VIEWS: Any = (type({}.keys()), type({}.values()), type({}.items()), memoryview)
_EMPTY: Any = ({}, {}.values(), {}.items(), set(), bytearray(), reversed({}))
_CURSORS: Any = tuple(type(iter(each)) for each in _EMPTY)
_ITERATORS = (types.GeneratorType, types.CoroutineType, types.AsyncGeneratorType)
_BATCH = 1000  # elements of a set that `pickle` adds at once (Modules/_pickle.c)
_OF_PROCESS = frozenset(
    "memmap SharedMemory Popen DisplayHandle WeakSet WeakKeyDictionary WeakValueDictionary".split()
)
_GENERATORS = (("random", "_inst"), ("numpy.random.mtrand", "_rand"))
"""The generators behind the functions of `random` and `numpy.random`."""


class CannotKeep(Exception):
    """A value cannot be kept."""

    def __init__(self, kind: str, reason: str = "") -> None:
        super().__init__(f"{kind}: {reason}" if reason else kind)


def write(
    values: Mapping[str, Any], namespace: dict[str, Any], by_name: Mapping[str, Any], folder: str
) -> set[str]:
    """Write values to a folder; return the names of `by_name` that they refer to.

    `by_name` are values that will be in the other kernel's namespace already. Raises CannotKeep,
    and OSError if there is no room.
    """
    with open(os.path.join(folder, VALUES), "wb") as file:
        keeper = _Keeper(file, namespace, by_name, folder)
        try:
            keeper.write(dict(values))
        except (CannotKeep, OSError):
            raise
        except RecursionError:
            raise CannotKeep("a value", "it is nested too deeply") from None
        except Exception as error:  # from `__reduce__` or `__getstate__` of any type
            raise CannotKeep(_cause(error)) from None
    return keeper.referred


def read(namespace: dict[str, Any], folder: str) -> dict[str, Any]:
    """Return the values in a folder. Raises whatever their types raise."""
    with open(os.path.join(folder, VALUES), "rb") as file:
        return _Reader(file, namespace, folder).read()


def _cause(error: Exception) -> str:
    found = re.search(r"[cC]annot pickle '?([\w.]+)'? objects?|[cC]an't pickle (.+)", str(error))
    return (found[1] or found[2]) if found else f"{type(error).__name__}: {error}"


class _Keeper(_Pickler):  # type: ignore[misc]
    """A pickler that keeps identity beyond what `pickle` does; refuses what it cannot keep."""

    def __init__(
        self, file: Any, namespace: dict[str, Any], by_name: Mapping[str, Any], folder: str
    ) -> None:
        super().__init__(file, protocol=4)
        self.namespace, self.folder = namespace, folder
        self.names = dict(_paths(by_name))
        self.globals = {
            id(vars(module)): name
            for name, module in list(sys.modules.items())
            if isinstance(module, types.ModuleType) and vars(module) is not namespace
        }
        self.singletons = {
            id(getattr(sys.modules[module], name)): (module, name)
            for module, name in _GENERATORS
            if hasattr(sys.modules.get(module), name)
        }
        self.referred: set[str] = set()
        self.later: list[tuple[Any, Any]] = []
        """Variables of closures with their contents, and models with attributes, for the end."""
        self.models: dict[int, str] = {}
        self.owners: dict[int, tuple[Any, Any]] = {}
        """Memory of arrays that `pickle` would copy: id of its owner → owner, the array."""
        self.alive: list[Any] = []

    def write(self, values: dict[str, Any]) -> None:
        """Write the values, then what was left for later, until nothing is left."""
        self.dump(values)
        while self.later:
            now, self.later = self.later, []
            self.dump(now)
        self.dump([])

    def persistent_id(self, value: Any) -> Any:
        """Return the reference to what is not written into the pickle."""
        kind = type(value)
        if kind in _fingerprint.SIMPLE or kind is tuple:
            return None
        if kind in (list, dict):
            return self._live(value)
        if kind in (set, frozenset):
            if not _has_steady_order(value):
                reason = "the order of its elements cannot be restored: keep sorted(…)"
                raise CannotKeep(kind.__name__, reason)
            return self._live(value)
        if id(value) in self.singletons:
            return "singleton", self.singletons[id(value)]
        if found := self._live(value):
            return found
        self._refuse(value, kind)
        if _is_model(value):
            return "model", self._model(value)
        return None

    def _live(self, value: Any) -> Any:
        """Return the reference to what the other kernel has already."""
        if value is self.namespace:
            return "namespace", None
        if id(value) in self.globals:
            return "globals", self.globals[id(value)]
        name = self.names.get(id(value))
        if name is None:
            return None
        self.referred.add(name.partition(".")[0])
        return "name", name

    def _refuse(self, value: Any, kind: Any) -> None:
        """Raise CannotKeep for a type that `pickle` or cloudpickle would copy wrongly."""
        module = str(getattr(kind, "__module__", ""))
        name = f"{module}.{kind.__qualname__}"
        if isinstance(value, _ITERATORS):
            raise CannotKeep(kind.__name__, "its state is not visible: keep list(…)")
        if isinstance(value, io.IOBase) and not isinstance(value, (io.StringIO, io.BytesIO)):
            raise CannotKeep(kind.__name__, "an open file: keep its content")
        if kind in _VIEWS or kind in _CURSORS:
            raise CannotKeep(kind.__name__, "it shares the content of another object")
        if kind.__name__ in _OF_PROCESS:
            raise CannotKeep(name, "it belongs to this process")
        if isinstance(value, BaseException) and value.__traceback__:
            raise CannotKeep(name, "it has a traceback: keep str(…)")
        if module.startswith(("torch", "jax")) and hasattr(value, "shape"):
            raise CannotKeep(name, "its memory may be shared: keep a NumPy array")
        if _is_of_keras(value) and not _is_model(value):
            raise CannotKeep(name, "it belongs to a model: keep the model")
        if module.startswith("tensorflow.python.data"):
            raise CannotKeep(name, "mark the cell that makes it 'always'")

    # --- what pickle would write otherwise --------------------------------------------------------

    def reducer_override(self, value: Any) -> Any:
        """Return how a value is written that `pickle` or cloudpickle would write otherwise."""
        kind = type(value)
        if kind is types.FunctionType and self._is_unnamed(value):
            return self._function(value)
        if kind is types.CellType:
            return self._cell(value)
        if kind is types.MethodType:
            return types.MethodType, (value.__func__, value.__self__)
        if (
            isinstance(value, type)
            and value.__module__ == "__main__"
            and _Pickler is pickle.Pickler
        ):
            raise CannotKeep(value.__qualname__, "a class of a cell needs the package cloudpickle")
        if (numpy := sys.modules.get("numpy")) and isinstance(value, numpy.ndarray):
            return self._array(value, kind, numpy)
        above = getattr(super(), "reducer_override", None)
        return above(value) if above else NotImplemented

    def _is_unnamed(self, function: Any) -> bool:
        """True if a function cannot be imported, and its globals will be there."""
        known = function.__globals__ is self.namespace or id(function.__globals__) in self.globals
        return known and not _fingerprint.is_importable(function)

    def _function(self, function: Any) -> Any:
        """Write a function of a cell: its globals are the namespace, its variables are shared."""
        if _Pickler is pickle.Pickler:
            raise CannotKeep(function.__qualname__, "a function of a cell needs cloudpickle")
        state = {
            "__dict__": dict(vars(function)),
            "__defaults__": function.__defaults__,
            "__kwdefaults__": function.__kwdefaults__,
            "__annotations__": function.__annotations__,
            "__name__": function.__name__,
            "__qualname__": function.__qualname__,
            "__doc__": function.__doc__,
            "__module__": function.__module__,
        }
        made = function.__code__, function.__globals__, function.__closure__
        return _make_function, made, state, None, None, _set_function

    def _cell(self, cell: Any) -> Any:
        try:
            self.later.append((cell, cell.cell_contents))
        except ValueError:  # it is empty
            self.alive.append(cell)
        return _make_cell, ()

    def _array(self, array: Any, kind: Any, numpy: Any) -> Any:
        """Write an array; one that looks into another's memory does so afterwards."""
        owner = array
        while isinstance(owner.base, numpy.ndarray):
            owner = owner.base
        base = owner.base
        if base is not None and not isinstance(base, bytes) and owner.flags.writeable:
            found = self.owners.setdefault(id(base), (base, owner))[1]
            if found is not owner:
                raise CannotKeep(f"{kind.__module__}.{kind.__qualname__}", "it shares memory")
        if kind is not numpy.ndarray or type(owner) is not numpy.ndarray:
            return self._other_array(array, owner, kind)
        if self.owners.get(id(owner), (None, array))[1] is not array:
            raise CannotKeep("numpy.ndarray", "it shares memory with an array of another type")
        if array is owner:
            return self._owner(array, numpy)
        address = array.__array_interface__["data"][0] - owner.__array_interface__["data"][0]
        form = array.shape, array.dtype, address, array.strides, array.flags.writeable
        return _make_view, (owner, *form)

    def _other_array(self, array: Any, owner: Any, kind: Any) -> Any:
        found = self.owners.setdefault(id(owner), (owner, array))[1]
        if found is not array:
            raise CannotKeep(f"{kind.__module__}.{kind.__qualname__}", "it shares memory")
        return array.__reduce__()

    def _owner(self, array: Any, numpy: Any) -> Any:
        """Write an array that has its own memory, in the order that its memory has."""
        if array.flags.c_contiguous or array.flags.f_contiguous:
            if array.flags.writeable:
                return array.__reduce__()
            plain = numpy.array(array, order="K")
            self.alive.append(plain)
            return _make_view, (plain, array.shape, array.dtype, 0, array.strides, False)
        order = sorted(range(array.ndim), key=lambda axis: -abs(array.strides[axis]))
        plain = numpy.array(array.transpose(order), order="C")
        if tuple(plain.strides[order.index(axis)] for axis in range(array.ndim)) != array.strides:
            raise CannotKeep("numpy.ndarray", "its memory has gaps: keep a copy")
        self.alive.append(plain)
        form = array.shape, array.dtype, 0, array.strides, array.flags.writeable
        return _make_view, (plain, *form)

    # --- models -----------------------------------------------------------------------------------

    def _model(self, model: Any) -> str:
        """Save a Keras model in a file, and check that it is read as it is."""
        if id(model) in self.models:
            return self.models[id(model)]
        own = {id(each) for each in _variables(model)}
        others = (each for each in self.alive if id(each) in self.models)
        if any(own & {id(each) for each in _variables(other)} for other in others):
            raise CannotKeep(f"the model {model.name}", "it shares variables with another model")
        name = f"model-{len(self.models)}.keras"
        path = os.path.join(self.folder, name)
        saving = sys.modules["keras"].saving
        saving.save_model(model, path)
        again = saving.load_model(path, custom_objects=_classes(self.namespace))
        if why := _differs(model, again):
            raise CannotKeep(f"the model {model.name}", why)
        self.alive.append(model)
        self.models[id(model)] = name
        # Keras's format leaves out the states of the generators of Dropout and others.
        states = [each.numpy() for each in _variables(model)]
        self.later.append((model, (_attributes(model), states)))
        return name


class _Reader(pickle.Unpickler):
    """Reads what `_Keeper` has written."""

    def __init__(self, file: Any, namespace: dict[str, Any], folder: str) -> None:
        super().__init__(file)
        self.namespace, self.folder = namespace, folder
        self.models: dict[str, Any] = {}

    def read(self) -> dict[str, Any]:
        """Return the values."""
        values: dict[str, Any] = self.load()
        while later := self.load():
            for target, content in later:
                if isinstance(target, types.CellType):
                    target.cell_contents = content
                else:
                    vars(target).update(content[0])
                    for variable, value in zip(_variables(target), content[1], strict=True):
                        variable.assign(value)
        return values

    def persistent_load(self, reference: Any) -> Any:
        """Return what a reference means here."""
        kind, name = reference
        if kind == "namespace":
            return self.namespace
        if kind == "globals":
            return vars(importlib.import_module(name))
        if kind == "singleton":
            return getattr(importlib.import_module(name[0]), name[1])
        if kind == "model":
            return self._model(name)
        first, *path = name.split(".")
        found = self.namespace[first]
        for part in path:
            found = getattr(found, part)
        return found

    def _model(self, name: str) -> Any:
        if name not in self.models:
            keras = importlib.import_module("keras")
            path = os.path.join(self.folder, name)
            classes = _classes(self.namespace)
            self.models[name] = keras.saving.load_model(path, custom_objects=classes)
        return self.models[name]


def _paths(by_name: Mapping[str, Any]) -> Iterator[tuple[int, str]]:
    """Yield id and name of values, and of the classes and functions in classes: `Net.Layer`."""
    for name, value in by_name.items():
        if type(value) in _fingerprint.SIMPLE or _fingerprint.is_importable(value):
            continue
        if isinstance(value, type):
            for attribute, each in list(vars(value).items()):
                if isinstance(each, (type, types.FunctionType)) and _is_of_cells(each):
                    yield id(each), f"{name}.{attribute}"
        yield id(value), name


def _is_of_cells(value: Any) -> bool:
    return getattr(value, "__module__", "") == "__main__"


def _make_function(code: Any, namespace: dict[str, Any], closure: Any) -> Any:
    return types.FunctionType(code, namespace, None, None, closure)


def _set_function(function: Any, state: dict[str, Any]) -> None:
    vars(function).update(state.pop("__dict__"))
    for name, value in state.items():
        setattr(function, name, value)


def _make_cell() -> Any:
    return types.CellType()


def _make_view(
    owner: Any, shape: Any, dtype: Any, offset: int, strides: Any, writeable: bool
) -> Any:
    numpy = sys.modules["numpy"]
    if dtype.hasobject:
        plain = owner.ravel("K")
        skipped, left = divmod(offset, dtype.itemsize)
        if left or dtype != owner.dtype:
            raise ValueError("an array of objects is seen as another type")
        as_strided = importlib.import_module("numpy.lib.stride_tricks").as_strided
        found = as_strided(plain[skipped:] if skipped else plain, shape, strides)
    else:
        buffer = owner if owner.flags.c_contiguous else owner.T
        found = numpy.ndarray(shape, dtype, buffer, offset, strides)
    if found.flags.writeable != writeable:  # a view by strides refuses what it has already
        found.flags.writeable = writeable
    return found


def _has_steady_order(value: Collection[Any]) -> bool:
    """True if a set is iterated in the same order when `pickle` has restored it."""
    elements = list(value)
    again: Any = set()
    for start in range(0, len(elements), _BATCH):
        again.update(elements[start : start + _BATCH])
    same = list(frozenset(elements) if type(value) is frozenset else again)
    return all(a is b for a, b in zip(same, elements, strict=True))


_HISTORY = "history"
"""Attribute of a model that Keras does not write, though code may ask for it."""

# --- Keras ----------------------------------------------------------------------------------------


def _is_model(value: Any) -> bool:
    keras = sys.modules.get("keras")
    return keras is not None and hasattr(keras, "Model") and isinstance(value, keras.Model)


def _is_of_keras(value: Any) -> bool:
    """True for a layer, an optimizer, a metric or a variable."""
    saveable = sys.modules.get("keras.src.saving.keras_saveable")
    if saveable is not None and isinstance(value, saveable.KerasSaveable):
        return True
    variables = sys.modules.get("keras.src.backend.common.variables")
    return variables is not None and isinstance(value, variables.Variable)


def _variables(model: Any) -> list[Any]:
    optimizer = getattr(model, "optimizer", None)
    return [*model.variables, *(optimizer.variables if optimizer is not None else ())]


def _classes(namespace: Mapping[str, Any]) -> dict[str, Any]:
    """Return the classes and functions of the post, which a model may contain."""
    own = (type, types.FunctionType)
    return {k: v for k, v in namespace.items() if isinstance(v, own) and not k.startswith("_")}


def _differs(model: Any, again: Any) -> str:
    """Return how a model differs from the one that was read again; "" if it does not."""
    if type(model) is not type(again):
        return f"it is read again as {type(again).__qualname__}"
    if _written(model) != _written(again):
        return "its configuration is read again as another one"
    pairs = list(zip(_variables(model), _variables(again), strict=False))
    if len(pairs) != len(_variables(model)) or len(pairs) != len(_variables(again)):
        return "it has other variables when it is read again: build it, or train it first"
    for one, other in pairs:
        is_state = "seed_generator" in one.path
        if not _same(one.numpy(), other.numpy()) and not (is_state and one.shape == other.shape):
            return f"its variable {one.path} has another value when it is read again"
    for name in vars(model).keys() - vars(again).keys() - _attributes(model).keys():
        if not name.startswith("_") and not name.endswith("_function"):
            return f"its attribute '{name}' is not part of Keras's format"
    return ""


def _attributes(model: Any) -> dict[str, Any]:
    """Return the attributes of a model that are kept beside its file: plain values, such as what
    its methods note of themselves, and the history of its training.
    """
    return {
        name: value
        for name, value in vars(model).items()
        if not name.startswith("_") and (type(value) in _fingerprint.SIMPLE or name == _HISTORY)
    }


def _written(model: Any) -> str:
    """Return the configuration of a model as text: tuples are lists in Keras's format."""
    return json.dumps(model.get_config(), sort_keys=True, default=repr)


def _same(one: Any, other: Any) -> bool:
    return bool(one.dtype == other.dtype and one.tobytes() == other.tobytes())

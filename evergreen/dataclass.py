"""Dataclasses that are quick to define.

`dataclasses.dataclass` reads each annotation and compiles up to six methods of each class when its
module is imported. There are hundreds of classes, of which most builds make few instances or none:
this was an eighth of the time of a build after an edit. Here the constructor is compiled for a
class that has several instances, all classes share the other methods, and the `dataclasses.Field`
objects are made for the first caller that asks for them. Type checkers see the standard functions.
"""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import TYPE_CHECKING, Any

_MISSING = dataclasses.MISSING
_INTERPRETED = 8
"""Instances that are made before a constructor is compiled, which takes as long as ten of them."""
_UNUSUAL = ("ClassVar", "InitVar", "KW_ONLY")
"""Annotations that only the standard decorator understands."""


class _Fields:
    """The annotations and defaults of a class's fields, the inherited ones first.

    As the class's `__dataclass_fields__` it makes the standard's fields when they are asked for.
    """

    def __init__(self, cls: type[Any]) -> None:
        self.owner = cls
        self.own: Mapping[str, object] = inspect.get_annotations(cls)
        self.annotations: dict[str, object] = {}
        self.defaults: dict[str, Any] = {}
        for base in reversed(cls.__mro__[1:]):
            self._inherit(base.__dict__.get("__dataclass_fields__"))
        for name, annotation in self.own.items():
            self._add(name, annotation, cls.__dict__.get(name, _MISSING))

    def _inherit(self, fields: _Fields | Mapping[str, dataclasses.Field[Any]] | None) -> None:
        if isinstance(fields, _Fields):
            for name, annotation in fields.annotations.items():
                self._add(name, annotation, fields.defaults.get(name, _MISSING))
        elif fields:
            for name, field in fields.items():
                self._add(name, field.type, field)

    def _add(self, name: str, annotation: object, default: object) -> None:
        self.annotations[name] = annotation
        self.defaults.pop(name, None)
        if default is not _MISSING:
            self.defaults[name] = default

    def are_usual(self) -> bool:
        return not any(word in str(each) for each in self.own.values() for word in _UNUSUAL)

    def chosen(self, option: str) -> list[str]:
        """Return the names of the fields that have an option of `dataclasses.field`."""
        unlike = {name for name, field in self._special().items() if not getattr(field, option)}
        return [name for name in self.annotations if name not in unlike]

    def default(self, name: str) -> Any:
        """Return the default value of a field, or MISSING."""
        default = self.defaults.get(name, _MISSING)
        return default.default if isinstance(default, dataclasses.Field) else default

    def factories(self) -> dict[str, Callable[[], Any]]:
        made = {name: field.default_factory for name, field in self._special().items()}
        return {name: make for name, make in made.items() if make is not _MISSING}

    def _special(self) -> dict[str, dataclasses.Field[Any]]:
        defaults = self.defaults.items()
        return {name: each for name, each in defaults if isinstance(each, dataclasses.Field)}

    def __get__(self, instance: object, cls: type[Any]) -> dict[str, dataclasses.Field[Any]]:
        # Without a docstring `dataclass` writes one, which takes longer than all else.
        body = {"__annotations__": self.annotations, "__module__": cls.__module__, "__doc__": "_"}
        body |= self.defaults
        made: Any = dataclasses.dataclass(init=False, repr=False, eq=False)(type("_", (), body))
        self.owner.__dataclass_fields__ = made.__dataclass_fields__  # in place of this object
        fields: dict[str, dataclasses.Field[Any]] = made.__dataclass_fields__
        return fields


def _define(cls: Any, frozen: bool, slots: bool) -> Any:
    fields = _Fields(cls)
    if not fields.are_usual():
        return dataclasses.dataclass(frozen=frozen, slots=slots)(cls)
    make = _with_slots if slots else _with_defaults
    made = make(cls, fields)
    fields.owner = made
    made.__dataclass_fields__ = fields
    compared = _getter(fields.chosen("compare"))
    _add(made, "__match_args__", tuple(fields.chosen("init")))
    _add(made, "__init__", _first_init(made, fields))
    _add(made, "__repr__", _repr(fields))
    _add(made, "__eq__", _eq(compared))
    if not frozen:
        _add(made, "__hash__", None)
    else:
        _add(made, "__hash__", lambda self: hash(compared(self)))
        made.__setattr__, made.__delattr__ = _refuse_assignment, _refuse_deletion
        if slots:
            _add_state(made, list(fields.annotations))
    return made


def _with_slots(cls: Any, fields: _Fields) -> Any:
    """Return the class with `__slots__`, which only a new class can have."""
    inherited = {name for base in cls.__mro__[1:] for name in base.__dict__.get("__slots__", ())}
    left_out = {*fields.own, "__dict__", "__weakref__"}
    body = {name: value for name, value in cls.__dict__.items() if name not in left_out}
    body["__slots__"] = tuple(name for name in fields.annotations if name not in inherited)
    made = type(cls)(cls.__name__, cls.__bases__, body)
    made.__qualname__ = cls.__qualname__
    return made


def _with_defaults(cls: Any, fields: _Fields) -> Any:
    """Return the class with default values in place of its calls of `dataclasses.field`."""
    for name in fields.own:
        if isinstance(cls.__dict__.get(name), dataclasses.Field):
            delattr(cls, name)
            if fields.default(name) is not _MISSING:
                setattr(cls, name, fields.default(name))
    return cls


def _add(cls: type[Any], name: str, method: object) -> None:
    """Give a class a method that its own body does not define."""
    if name not in cls.__dict__ or (name == "__hash__" and cls.__hash__ is None):
        setattr(cls, name, method)


def _getter(names: list[str]) -> Callable[[object], tuple[Any, ...]]:
    """Return a function for the values of some attributes."""
    if len(names) > 1:
        return attrgetter(*names)
    return lambda self: tuple(getattr(self, name) for name in names)


def _first_init(cls: Any, fields: _Fields) -> Callable[..., None]:
    """Return a constructor that compiles the class's own one when it is called often."""
    left = _INTERPRETED

    def __init__(self: Any, *args: object, **values: object) -> None:
        nonlocal left
        left -= 1
        given = _given(fields, args, values) if left >= 0 else None
        if given is None:
            construct = _constructor(cls, fields)
            if cls.__dict__["__init__"] is __init__:
                cls.__init__ = construct
            construct(self, *args, **values)
            return
        for name, value in given.items():
            object.__setattr__(self, name, value)
        if hasattr(cls, "__post_init__"):
            self.__post_init__()

    return __init__


def _given(
    fields: _Fields, args: tuple[object, ...], values: dict[str, object]
) -> dict[str, object] | None:
    """Return the values of all fields; None if the compiled constructor would raise TypeError."""
    names = fields.chosen("init")
    given = dict(zip(names, args, strict=False))
    if len(args) > len(names) or given.keys() & values.keys() or values.keys() - set(names):
        return None
    given |= values
    factories = fields.factories()
    for name in fields.annotations:
        if name not in given:
            given[name] = factories[name]() if name in factories else fields.default(name)
    return None if any(value is _MISSING for value in given.values()) else given


def _constructor(cls: Any, fields: _Fields) -> Callable[..., None]:
    """Compile a constructor with the arguments that `dataclasses` gives one."""
    arguments, lines = ["self"], []
    set_value = (
        "self.{0} = {1}" if cls.__setattr__ is object.__setattr__ else "_set(self, {0!r}, {1})"
    )
    scope: dict[str, Any] = {"_set": object.__setattr__, "_missing": _MISSING}
    accepted, factories = set(fields.chosen("init")), fields.factories()
    for name in fields.annotations:
        value = name if name in accepted else f"_default_{name}"
        default = scope[f"_default_{name}"] = fields.default(name)
        if name in factories:
            scope[f"_make_{name}"] = factories[name]
            made = f"_make_{name}()"
            value = f"{made} if {name} is _missing else {name}" if name in accepted else made
            default = None
        if name in accepted:
            given = "_missing" if name in factories else f"_default_{name}"
            arguments.append(name if default is _MISSING else f"{name}={given}")
        lines.append(set_value.format(name, value))
    if hasattr(cls, "__post_init__"):
        lines.append("self.__post_init__()")
    body = "\n    ".join(lines or ["pass"])
    exec(f"def __init__({', '.join(arguments)}):\n    {body}", scope)
    constructor: Callable[..., None] = scope["__init__"]
    constructor.__qualname__ = f"{cls.__qualname__}.__init__"  # in messages of TypeError
    return constructor


def _eq(compared: Callable[[object], object]) -> Callable[[object, object], bool]:
    def __eq__(self: object, other: object) -> bool:
        return compared(self) == compared(other) if type(other) is type(self) else NotImplemented

    return __eq__


def _repr(fields: _Fields) -> Callable[[object], str]:
    names: list[str] = []

    def __repr__(self: object) -> str:
        names[:] = names or fields.chosen("repr")
        values = [f"{name}={getattr(self, name)!r}" for name in names]
        return f"{type(self).__qualname__}({', '.join(values)})"

    return __repr__


def _refuse_assignment(self: object, name: str, value: object) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_deletion(self: object, name: str) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")


def _add_state(cls: Any, names: list[str]) -> None:
    """Let `pickle` and `copy` set the fields of a class that refuses assignments."""
    state = _getter(names)
    setters = [getattr(cls, name).__set__ for name in names]

    def __setstate__(self: object, values: tuple[object, ...]) -> None:
        for set_value, value in zip(setters, values, strict=True):
            set_value(self, value)

    cls.__getstate__ = lambda self: state(self)
    cls.__setstate__ = __setstate__


class _Layouts(dict[type, tuple[dict[str, int], Callable[[object], tuple[Any, ...]]]]):
    """The places of the arguments of each class's constructor, and a function for their values."""

    def __missing__(self, cls: type) -> tuple[dict[str, int], Callable[[object], tuple[Any, ...]]]:
        known = cls.__dict__.get("__dataclass_fields__")
        if isinstance(known, _Fields):  # without making the standard's fields
            names = known.chosen("init")
        else:
            names = [each.name for each in dataclasses.fields(cls) if each.init]
        self[cls] = dict(zip(names, range(len(names)), strict=True)), _getter(names)
        return self[cls]


_LAYOUTS = _Layouts()

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
    from dataclasses import replace as replace
else:

    def replace(value, /, **changes):
        """Return `dataclasses.replace(value, **changes)`, which takes three times as long."""
        places, values_of = _LAYOUTS[type(value)]
        if not changes.keys() <= places.keys():
            return dataclasses.replace(value, **changes)  # raises the error
        values = list(values_of(value))
        for name, new in changes.items():
            values[places[name]] = new
        return type(value)(*values)

    def dataclass(cls=None, /, *, frozen=False, slots=False, **options):
        """Decorate a class as `dataclasses.dataclass` does."""
        if options:
            return dataclasses.dataclass(cls, frozen=frozen, slots=slots, **options)
        return _define(cls, frozen, slots) if cls else lambda cls: _define(cls, frozen, slots)

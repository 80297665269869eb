"""Frozen dataclasses that are quick to define.

`dataclasses.dataclass` compiles six methods of each class when its module is imported. There are
hundreds of classes, of which most builds make no instance: a third of the time of a build that
finds nothing changed. Here the constructor is compiled for the first instance, and the other
methods are shared by all classes. Type checkers see the standard decorator.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from operator import attrgetter
from typing import TYPE_CHECKING, Any


def _frozen(cls: type[Any], slots: bool) -> type[Any]:
    made: Any = dataclasses.dataclass(init=False, repr=False, eq=False, slots=slots)(cls)
    fields = dataclasses.fields(made)
    compared = _getter([field.name for field in fields if field.compare])
    _add(made, "__init__", _first_init(made))
    _add(made, "__repr__", _repr)
    _add(made, "__eq__", _eq(compared))
    _add(made, "__hash__", lambda self: hash(compared(self)))
    made.__setattr__, made.__delattr__ = _refuse_assignment, _refuse_deletion
    if slots:
        names = [field.name for field in fields]
        state = _getter(names)
        made.__getstate__ = lambda self: state(self)
        made.__setstate__ = _set_state([getattr(made, name).__set__ for name in names])
    frozen: type[Any] = made
    return frozen


def _add(cls: type[Any], name: str, method: object) -> None:
    """Give a class a method that its own body does not define."""
    if name not in cls.__dict__ or (name == "__hash__" and cls.__hash__ is None):
        setattr(cls, name, method)


def _getter(names: list[str]) -> Callable[[object], tuple[Any, ...]]:
    """Return a function for the values of some attributes."""
    if len(names) > 1:
        return attrgetter(*names)
    return lambda self: tuple(getattr(self, name) for name in names)


def _first_init(cls: Any) -> Callable[..., None]:
    """Return a constructor that compiles the class's own one, and takes its place."""

    def __init__(self: object, *args: object, **values: object) -> None:
        construct = _constructor(cls)
        cls.__init__ = construct
        construct(self, *args, **values)

    return __init__


def _constructor(cls: type[Any]) -> Callable[..., None]:
    """Compile a constructor with the arguments that `dataclasses` gives one."""
    fields = dataclasses.fields(cls)
    lines = [f"_set(self, '{field.name}', {_value(field)})" for field in fields]
    if hasattr(cls, "__post_init__"):
        lines.append("self.__post_init__()")
    arguments = ", ".join(["self", *(_argument(field) for field in fields if field.init)])
    body = "\n    ".join(lines or ["pass"])
    scope: dict[str, Any] = {"_set": object.__setattr__, "_missing": dataclasses.MISSING}
    scope |= {f"_default_{field.name}": field.default for field in fields}
    scope |= {f"_make_{field.name}": field.default_factory for field in fields}
    exec(f"def __init__({arguments}):\n    {body}", scope)
    constructor: Callable[..., None] = scope["__init__"]
    constructor.__qualname__ = f"{cls.__qualname__}.__init__"  # in messages of TypeError
    return constructor


def _argument(field: dataclasses.Field[Any]) -> str:
    if field.default is not dataclasses.MISSING:
        return f"{field.name}=_default_{field.name}"
    made = field.default_factory is not dataclasses.MISSING
    return f"{field.name}=_missing" if made else field.name


def _value(field: dataclasses.Field[Any]) -> str:
    """Return the expression for a field's value in a constructor."""
    if field.default_factory is not dataclasses.MISSING:
        made = f"_make_{field.name}()"
        return f"{made} if {field.name} is _missing else {field.name}" if field.init else made
    return field.name if field.init else f"_default_{field.name}"


def _eq(compared: Callable[[object], object]) -> Callable[[object, object], bool]:
    def __eq__(self: object, other: object) -> bool:
        return compared(self) == compared(other) if type(other) is type(self) else NotImplemented

    return __eq__


def _repr(self: Any) -> str:
    shown = (field.name for field in dataclasses.fields(self) if field.repr)
    values = ", ".join(f"{name}={getattr(self, name)!r}" for name in shown)
    return f"{type(self).__qualname__}({values})"


def _refuse_assignment(self: object, name: str, value: object) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_deletion(self: object, name: str) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")


def _set_state(setters: list[Callable[[object, object], None]]) -> Callable[[Any, Any], None]:
    def __setstate__(self: object, state: tuple[object, ...]) -> None:
        for set_value, value in zip(setters, state, strict=True):
            set_value(self, value)

    return __setstate__


if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:

    def dataclass(cls=None, /, *, frozen=False, slots=False, **options):
        """Decorate a class as `dataclasses.dataclass` does."""
        if frozen and not options:
            return lambda cls: _frozen(cls, slots)
        return dataclasses.dataclass(cls, frozen=frozen, slots=slots, **options)

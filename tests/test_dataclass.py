"""Dataclasses whose constructor is compiled for a class of which there are several instances."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from collections.abc import Callable
from dataclasses import MISSING, FrozenInstanceError, asdict, field, fields
from functools import cached_property
from inspect import signature

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evergreen.dataclass import dataclass, replace


@dataclass(frozen=True, slots=True)
class Point:
    """A point."""

    x: int
    y: int = 0
    names: tuple[str, ...] = field(default=(), repr=False, compare=False)
    seen: list[str] = field(default_factory=list)

    def __hash__(self) -> int:
        """Leave out the list."""
        return hash((self.x, self.y))


@dataclass(frozen=True, slots=True)
class Named(Point):
    """A point with a name."""

    name: str = "点"


@dataclass(frozen=True, slots=True)
class Checked:
    """A number that is not negative."""

    number: int

    def __post_init__(self) -> None:
        """Check it."""
        if self.number < 0:
            raise ValueError(self.number)


@dataclass(frozen=True)
class Lazy:
    """A value that is computed once."""

    number: int

    @cached_property
    def twice(self) -> list[int]:
        """Return a new list."""
        return [2 * self.number]


@dataclass(frozen=True, slots=True)
class Empty:
    """Nothing."""


def test_defaults() -> None:
    assert (Point(1).y, Point(1).names, Point(1).seen) == (0, (), [])


def test_each_instance_has_its_own_default_list() -> None:
    assert Point(1).seen is not Point(1).seen


def test_keywords() -> None:
    assert Point(y=2, x=1) == Point(1, 2)


def test_a_missing_argument_is_named() -> None:
    with pytest.raises(TypeError, match="'x'"):
        Point()  # type: ignore[call-arg]


def test_a_constructor_can_be_asked_for_its_arguments_after_a_few_instances() -> None:
    for number in range(20):
        Point(number)
    assert list(signature(Point).parameters) == ["x", "y", "names", "seen"]


def test_no_field_can_be_set() -> None:
    with pytest.raises(FrozenInstanceError):
        Point(1).x = 2  # type: ignore[misc]


def test_no_field_can_be_deleted() -> None:
    with pytest.raises(FrozenInstanceError):
        del Point(1).x


def test_no_attribute_can_be_added() -> None:
    with pytest.raises(FrozenInstanceError):
        Lazy(1).other = 2  # type: ignore[attr-defined]


def test_fields_that_are_not_compared_do_not_count() -> None:
    assert Point(1, names=("a",)) == Point(1, names=("b",))


def test_other_values_are_not_equal() -> None:
    assert Point(1) != Point(2)


def test_a_subclass_is_not_equal() -> None:
    assert Named(1) != Point(1)


def test_a_subclass_has_all_fields() -> None:
    assert [each.name for each in fields(Named)] == ["x", "y", "names", "seen", "name"]


def test_equal_values_have_one_hash() -> None:
    assert len({Checked(1), Checked(1), Checked(2)}) == 2


def test_a_hash_of_the_class_itself_is_kept() -> None:
    assert hash(Point(1, 2)) == hash((1, 2))


def test_the_text_names_the_fields_that_are_shown() -> None:
    assert repr(Point(1, names=("a",))) == "Point(x=1, y=0, seen=[])"


def test_a_check_after_the_constructor_runs() -> None:
    with pytest.raises(ValueError, match="-1"):
        Checked(-1)


def test_replacing_a_field() -> None:
    assert replace(Named(1), name="b") == Named(1, name="b")


def test_as_a_dictionary() -> None:
    assert asdict(Checked(3)) == {"number": 3}


def test_a_value_computed_once() -> None:
    lazy = Lazy(2)
    assert lazy.twice is lazy.twice


@pytest.mark.parametrize("value", [Point(1, 2, ("a",), ["b"]), Named(1), Lazy(3), Empty()])
def test_copies_are_equal(value: object) -> None:
    made = (copy.copy(value), copy.deepcopy(value), pickle.loads(pickle.dumps(value)))
    assert set(map(repr, made)) == {repr(value)}
    assert all(each == value for each in made)


def test_fields_by_position_in_patterns() -> None:
    match Point(1, 2):
        case Point(x, y):
            assert (x, y) == (1, 2)


@dataclass(slots=True)
class Counter:
    """A count that changes."""

    name: str
    count: int = 0
    seen: list[str] = field(default_factory=list)


def test_a_field_that_may_change_can_be_set() -> None:
    counter = Counter("a")
    counter.count += 1
    assert counter == Counter("a", 1)


def test_a_value_that_may_change_has_no_hash() -> None:
    with pytest.raises(TypeError, match="unhashable"):
        hash(Counter("a"))


def test_a_value_that_may_change_has_no_other_attributes() -> None:
    with pytest.raises(AttributeError):
        Counter("a").other = 1  # type: ignore[attr-defined]


_KINDS: dict[str, Callable[[], object]] = {
    "plain": lambda: MISSING,
    "default": lambda: 7,
    "factory": lambda: field(default_factory=lambda: [1]),
    "unseen": lambda: field(default=3, repr=False),
    "uncompared": lambda: field(default=4, compare=False),
    "no argument": lambda: field(init=False, default=5),
    "made, no argument": lambda: field(init=False, default_factory=lambda: ["点"]),
}


def _class(kinds: list[str], base: type, decorate: Callable[[type], type], start: int) -> type:
    """Return a class with fields of some kinds, named from `start` on."""
    names = [f"f{start + number}" for number in range(len(kinds))]
    defaults = zip(names, (_KINDS[kind]() for kind in kinds), strict=True)
    body = {name: default for name, default in defaults if default is not MISSING}
    return decorate(type("Made", (base,), {"__annotations__": dict.fromkeys(names, "int"), **body}))


def _outcome(cls: type, args: list[int], values: dict[str, int]) -> object:
    """Return what an instance shows of itself, or why there is none."""
    try:
        one, other = cls(*args, **values), cls(*args, **values)
    except TypeError as error:
        return str(error)
    again = pickle.loads(pickle.dumps(asdict(one)))
    return repr(one), one == other, again, [each.name for each in fields(cls)]


@given(
    kinds=st.lists(st.sampled_from(sorted(_KINDS)), max_size=4).map(
        lambda kinds: sorted(kinds, key=lambda kind: kind != "plain")
    ),
    own=st.lists(st.sampled_from(sorted({*_KINDS} - {"plain"})), max_size=3),
    frozen=st.booleans(),
    slots=st.booleans(),
    calls=st.lists(
        st.tuples(
            st.lists(st.integers(0, 9), max_size=5),
            st.dictionaries(st.sampled_from(["f0", "f1", "f2", "f5", "g"]), st.integers(0, 9)),
        ),
        min_size=1,
        max_size=12,
    ),
)
def test_a_class_is_like_one_of_the_standard_decorator(
    kinds: list[str],
    own: list[str],
    frozen: bool,
    slots: bool,
    calls: list[tuple[list[int], dict[str, int]]],
) -> None:
    ours, standard = (
        _class(own, _class(kinds, object, decorate, 0), decorate, len(kinds))
        for decorate in (
            dataclass(frozen=frozen, slots=slots),
            dataclasses.dataclass(frozen=frozen, slots=slots),
        )
    )
    assert [_outcome(ours, *call) for call in calls] == [
        _outcome(standard, *call) for call in calls
    ]


def _replaced(replace: Callable[..., object], value: object, changes: dict[str, int]) -> str:
    try:
        return repr(replace(value, **changes))
    except (TypeError, ValueError) as error:
        return f"{type(error).__name__}: {error}"


@given(
    kinds=st.lists(st.sampled_from(sorted({*_KINDS} - {"plain"})), min_size=1, max_size=4),
    decorate=st.sampled_from([dataclass(frozen=True, slots=True), dataclasses.dataclass]),
    changes=st.dictionaries(st.sampled_from(["f0", "f1", "f2", "g"]), st.integers(0, 9)),
)
def test_a_value_is_replaced_as_by_the_standard_function(
    kinds: list[str], decorate: Callable[[type], type], changes: dict[str, int]
) -> None:
    value = _class(kinds, object, decorate, 0)()
    assert _replaced(dataclasses.replace, value, changes) == _replaced(replace, value, changes)

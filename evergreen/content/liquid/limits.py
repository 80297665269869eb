"""Size limits of Liquid's filters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from liquid.exceptions import ResourceLimitError

from evergreen.content.liquid.diagnostics import Diagnostics

MAX_LOOPS = 1_000_000
"""Iterations of nested loops."""
MAX_RANGE = 100_000
"""Numbers of a range."""
MAX_VALUE = 2_000_000
"""Characters or items of one value."""
MAX_BITS = 10_000
"""Bits of one number."""


def bounded(function: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap a filter to raise ResourceLimitError for input or output that is too large."""

    @wraps(function)
    def limited(value: Any, *args: Any, **options: Any) -> Any:
        for each in (value, *args):
            if isinstance(each, range) and len(each) > MAX_RANGE:
                raise ResourceLimitError("a range of too many numbers", token=None)
        if function.__name__.startswith("replace") and len(args) > 1:
            _check_growth(str(value), str(args[0]), str(args[1]))
        made = function(value, *args, **options)
        is_long = isinstance(made, (str, list, tuple)) and len(made) > MAX_VALUE
        if is_long or (isinstance(made, int) and made.bit_length() > MAX_BITS):
            raise ResourceLimitError("a value becomes too long", token=None)
        return made

    return limited


def _check_growth(value: str, old: str, new: str) -> None:
    if value.count(old) * len(new) > MAX_VALUE:
        raise ResourceLimitError("a value becomes too long", token=None)


class LimitedFilters(dict[str, Callable[..., Any]]):
    """The filters by name, with limits; an unknown one changes nothing, as in Jekyll, but gives a
    warning.
    """

    def __init__(self, filters: Mapping[str, Callable[..., Any]], diagnostics: Diagnostics) -> None:
        super().__init__(filters)
        self._diagnostics = diagnostics
        self.missing: set[str] = set()
        """Names that were asked for and are unknown."""

    def __getitem__(self, name: str) -> Callable[..., Any]:
        return bounded(super().__getitem__(name))

    def __missing__(self, name: str) -> Callable[..., Any]:
        self.missing.add(name)
        self._diagnostics.warn(None, f"there is no Liquid filter '{name}'", "its input is shown")
        return lambda value, *args, **options: value

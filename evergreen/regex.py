"""Regular expressions that are compiled when they are first used.

The package has hundreds of them, and a build uses a quarter: compiling all of them takes longer
than making the page of an edited post.
"""

from __future__ import annotations

import re
import sys
from functools import cached_property
from typing import Any, AnyStr, Generic, cast


def regex(pattern: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """Return an object with the methods and attributes of `re.compile(pattern, flags)`.

    The first use raises re.error if the pattern has a mistake.
    """
    return cast("re.Pattern[AnyStr]", _LazyPattern(pattern, flags))


class _LazyPattern(Generic[AnyStr]):
    """A pattern that is compiled for its first method; the methods become its attributes."""

    pattern: AnyStr

    def __init__(self, pattern: AnyStr, flags: int) -> None:
        self.pattern = pattern
        self._flags = flags

    @cached_property
    def _compiled(self) -> re.Pattern[AnyStr]:
        return _compile(self.pattern, self._flags)

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._compiled, name)
        self.__dict__[name] = found
        return found

    def __reduce__(self) -> tuple[object, ...]:
        return regex, (self.pattern, self._flags)


def compile_atomic(pattern: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """Compile a pattern with an atomic group in place of each possessive quantifier.

    They mean the same, but before Python 3.11.5 possessive quantifiers of a part that backtracks
    match too little (https://github.com/python/cpython/issues/106052).
    """
    from re import _compiler, _parser  # type: ignore[attr-defined]

    tree = _parser.parse(pattern, flags)
    _make_atomic(tree)
    return cast("re.Pattern[AnyStr]", _compiler.compile(tree, flags))


def _make_atomic(part: Any) -> None:
    """Change a parsed pattern, or a part of one, in place."""
    from re import _constants, _parser  # type: ignore[attr-defined]

    if isinstance(part, _parser.SubPattern):
        for number, (kind, value) in enumerate(part.data):
            _make_atomic(value)
            if kind is _constants.POSSESSIVE_REPEAT:
                repeat = _parser.SubPattern(part.state, [(_constants.MAX_REPEAT, value)])
                part.data[number] = (_constants.ATOMIC_GROUP, repeat)
    elif isinstance(part, (tuple, list)):
        for each in part:
            _make_atomic(each)


_compile = compile_atomic if sys.version_info < (3, 11, 5) else re.compile

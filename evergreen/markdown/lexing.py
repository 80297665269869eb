"""Tokens of code, equal to those of Pygments, in less time.

A RegexLexer tries the rules of its state one after another, about forty patterns for a token. Here
a rule is only tried at the characters that a match of it can begin with. They are found in its
parsed pattern, once for each state and character.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, reduce
from operator import or_
from string import ascii_lowercase, ascii_uppercase, digits
from typing import Any

from pygments.lexer import RegexLexer
from pygments.token import Error, Whitespace, _TokenType

try:
    from re import _parser as re_parser  # type: ignore[attr-defined]
except ImportError:  # it is private: without it all rules are tried everywhere, as in Pygments
    re_parser = None

Rule = tuple[Callable[[str, int], "re.Match[str] | None"], Any, Any]
Token = tuple[_TokenType, str]

_OTHER, _END = 128, 129
"""Stand for all characters beyond ASCII, and for the end of the text."""
_ANY = (1 << 130) - 1
"""Sets of characters are integers: bit 97 is set if "a" is in it."""
_IS_OTHER = 1 << _OTHER


def tokens(lexer: Any, text: str) -> Iterable[Token]:
    """Return the tokens of a text: equal to `lexer.get_tokens(text)` of a Pygments lexer."""
    if type(lexer).get_tokens_unprocessed is not RegexLexer.get_tokens_unprocessed or lexer.filters:
        found: Iterable[Token] = lexer.get_tokens(text)
        return found
    return _tokens(lexer, lexer._preprocess_lexer_input(text))


def _tokens(lexer: Any, text: str) -> Iterator[Token]:
    """Yield the tokens as `RegexLexer.get_tokens_unprocessed` does, which this follows."""
    kind = lexer.__class__
    states = _states(kind) if "_tokens" in vars(kind) else _States(lexer._tokens)
    stack = ["root"]
    rules_at = states["root"]
    at, end = 0, len(text)
    while True:
        char = text[at] if at < end else ""
        for match, action, new_state in rules_at[char]:
            if found := match(text, at):
                if type(action) is _TokenType:
                    yield action, found[0]
                elif action is not None:
                    yield from [(kind, value) for _, kind, value in action(lexer, found)]
                at = found.end()
                if new_state is not None:
                    _enter(stack, new_state)
                    rules_at = states[stack[-1]]
                break
        else:
            if not char:
                return
            if char == "\n":
                stack = ["root"]
                rules_at = states["root"]
            yield (Whitespace if char == "\n" else Error), char
            at += 1


def _enter(stack: list[str], new_state: Any) -> None:
    """Change the stack of states as a rule says; the lowest state stays."""
    if isinstance(new_state, tuple):
        for name in new_state:
            if name == "#push":
                stack.append(stack[-1])
            elif name != "#pop":
                stack.append(name)
            elif len(stack) > 1:
                stack.pop()
    elif isinstance(new_state, int):
        del stack[max(len(stack) + new_state, 1) :]
    else:  # "#push"
        stack.append(stack[-1])


class _States(dict[str, "_RulesAt"]):
    """The states of a lexer, by name, as they are needed."""

    def __init__(self, rules: dict[str, Sequence[Rule]]) -> None:
        self.rules = rules

    def __missing__(self, name: str) -> _RulesAt:
        self[name] = _RulesAt(self.rules[name])
        return self[name]


class _RulesAt(dict[str, Sequence[Rule]]):
    """The rules of a state, by the next character of the text, "" at its end."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.rules = [(_beginnings(getattr(rule[0], "__self__", None)), rule) for rule in rules]

    def __missing__(self, char: str) -> Sequence[Rule]:
        code = min(ord(char), _OTHER) if char else _END
        if char > chr(_OTHER):
            self[char] = self[chr(_OTHER)]
        else:
            self[char] = [rule for beginnings, rule in self.rules if beginnings >> code & 1]
        return self[char]


@cache
def _states(kind: Any) -> _States:
    return _States(kind._tokens)


@cache
def _beginnings(pattern: re.Pattern[str] | None) -> int:
    """Return at which characters a pattern can match: all where one is in doubt."""
    if pattern is None or re_parser is None:
        return _ANY
    parsed = re_parser.parse(pattern.pattern, pattern.flags)
    begins, may_be_empty = _sequence(parsed, bool(pattern.flags & re.IGNORECASE))
    return _ANY if may_be_empty else begins


Begins = tuple[int, bool]
"""The characters with which a match can begin, and whether it can be empty."""


def _sequence(parts: Iterable[Any], fold: bool) -> Begins:
    begins = 0
    for operation, argument in parts:
        found, may_be_empty = _part(str(operation), argument, fold)
        begins |= found
        if not may_be_empty:
            return begins, False
    return begins, True


def _part(operation: str, argument: Any, fold: bool) -> Begins:
    match operation:
        case "LITERAL":
            return _folded(_bit(argument), fold), False
        case "NOT_LITERAL":
            return _ANY if fold else _ANY & ~_exact(argument), False
        case "IN":
            return _in(argument, fold), False
        case "BRANCH":
            branches = [_sequence(branch, fold) for branch in argument[1]]
            return reduce(or_, (each[0] for each in branches)), any(each[1] for each in branches)
        case "SUBPATTERN":
            _, on, off, parts = argument
            return _sequence(parts, bool((fold or on & re.IGNORECASE) and not off & re.IGNORECASE))
        case "ATOMIC_GROUP":
            return _sequence(argument, fold)
        case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
            least, _, parts = argument
            found, may_be_empty = _sequence(parts, fold)
            return found, may_be_empty or not least
        case "AT" | "ASSERT" | "ASSERT_NOT":
            return 0, True
    return _ANY, True  # ANY may be a newline; a reference, or what a later Python has


def _in(items: Iterable[Any], fold: bool) -> int:
    begins, negated = 0, False
    for operation, argument in items:
        match str(operation):
            case "NEGATE":
                negated = True
            case "LITERAL":
                begins |= _exact(argument) if negated else _folded(_bit(argument), fold)
            case "RANGE":
                begins |= _range(*argument) if not negated else _range(*argument) & ~_IS_OTHER
                begins = begins if negated else _folded(begins, fold)
            case "CATEGORY":
                begins |= _category(str(argument), negated)
    if negated and fold:
        return _ANY  # rare
    return _ANY & ~begins if negated else begins


def _bit(code: int) -> int:
    return 1 << min(code, _OTHER)


def _exact(code: int) -> int:
    """Return a set of one ASCII character; an empty set for another: it is not all of them."""
    return 1 << code if code < _OTHER else 0


def _range(first: int, last: int) -> int:
    return reduce(or_, (_bit(code) for code in range(first, min(last, _OTHER) + 1)), _bit(last))


def _folded(begins: int, fold: bool) -> int:
    """Add the other case of letters. Some characters beyond ASCII fold to letters: "ſ" to "s"."""
    if not fold or not begins & (_LETTERS | _IS_OTHER):
        return begins
    if begins & _IS_OTHER:
        return begins | _LETTERS
    upper = begins & _UPPER
    return begins | upper << 32 | (begins & _LOWER) >> 32 | _IS_OTHER


def _category(name: str, negated: bool) -> int:
    """Return the characters of a category such as `\\d`: those in doubt only if not negated."""
    kind = name.removeprefix("CATEGORY_").removeprefix("NOT_")
    if kind not in _CATEGORIES:
        return 0 if negated else _ANY
    surely, perhaps = _CATEGORIES[kind]
    if "_NOT_" in name:
        surely, perhaps = _ANY & ~perhaps, _ANY & ~surely
    return surely if negated else perhaps


def _set(chars: str) -> int:
    return reduce(or_, (1 << ord(char) for char in chars), 0)


_UPPER, _LOWER = _set(ascii_uppercase), _set(ascii_lowercase)
_LETTERS = _UPPER | _LOWER
_SPACE = _set(" \t\n\r\f\v")
_CATEGORIES = {
    "DIGIT": (_set(digits), _set(digits) | _IS_OTHER),
    "SPACE": (_SPACE, _SPACE | _set("\x1c\x1d\x1e\x1f") | _IS_OTHER),
    "WORD": (_LETTERS | _set(digits + "_"), _LETTERS | _set(digits + "_") | _IS_OTHER),
}
"""What surely belongs to a category, and what perhaps does."""

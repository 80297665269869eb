"""Rewrite a tag's markup that is not valid as Ruby's Liquid reads it, whose parser falls back to
regular expressions (`Liquid::Variable#lax_parse`, `Liquid::If#lax_parse`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from evergreen.regex import regex

_QUOTED = r"\"[^\"]*\"|'[^']*'"
_FRAGMENT = rf"(?:{_QUOTED}|(?:[^\s,|'\"]|{_QUOTED})+)"
_VALUE = regex(rf"({_FRAGMENT})(.*)", re.DOTALL)
_FILTER = regex(rf"(?:\s+|{_FRAGMENT}|,)+")
_ARGUMENT = regex(rf"[:,]\s*((?:\w+\s*:\s*)?{_FRAGMENT})")
_LOGIC = r"\b(?:\s?and\s?|\s?or\s?)\b"
_CLAUSES = regex(rf"(?:{_LOGIC}|(?:\s*(?!{_LOGIC})(?:{_FRAGMENT}|\S+)\s*)+)")
_COMPARISON = regex(rf"({_FRAGMENT})\s*([=!<>a-z_]+)?\s*({_FRAGMENT})?")
_OPERATORS = frozenset(("==", "!=", "<>", "<", ">", "<=", ">=", "contains"))
_FOR = regex(rf"([\w-]+)\s+in\s+({_FRAGMENT})\s*(reversed)?")
_OPTION = regex(rf"(limit|offset)\s*:\s*({_FRAGMENT})")
_ASSIGN = regex(r"([\w.\[\]-]+)\s*=\s*(.*)", re.DOTALL)
_NAME = regex(r"[\w.\[\]-]+")
_PART = regex(r"\[[^\]]+\]|[\w-]+")
_MEMBER = regex(
    r"(?<=[\w\]?-])\.(?P<name>true|false|nil|null|empty|blank|and|or|contains|not|in|offset|limit"
    r"|reversed|cols|continue|with|for|as|if|else|required)(?![\w?-])"
)
"""A member with the name of a keyword of python-liquid."""
_MEMBER_OR_QUOTED = regex(rf"{_QUOTED}|{_MEMBER.pattern}")
_LITERAL = regex(rf"{_QUOTED}|-?\d+(?:\.\d+)?|\(\S+\.\.\S+\)")


def lax(tag: str, markup: str) -> str:
    """Return valid markup that means what Ruby's Liquid reads in a tag (`output` for an output);
    "" if that is not valid either.
    """
    rewrite = _REWRITES.get(tag)
    return rewrite(markup) if rewrite else ""


def with_plain_members(markup: str) -> str:
    """Return markup in which words of the grammar are names of members, as in Ruby:
    `include.limit` becomes `include["limit"]`.
    """
    if not _MEMBER.search(markup):
        return markup
    return _MEMBER_OR_QUOTED.sub(
        lambda found: f'["{found["name"]}"]' if found["name"] else found[0], markup
    )


def _output(markup: str) -> str:
    found = _VALUE.search(markup)
    if found is None:
        return ""
    filters = map(_call, _FILTER.findall(found[2].partition("|")[2]))
    return " | ".join([_fragment(found[1]), *filter(None, filters)])


def _call(text: str) -> str:
    """Return a filter with its arguments; "" for none."""
    name = re.search(r"\w+", text)
    if name is None:
        return ""
    arguments = ", ".join(_ARGUMENT.findall(text))
    return f"{name[0]}: {arguments}" if arguments else name[0]


def _fragment(text: str) -> str:
    """Return a literal, or a variable without what is no part of its path: `a..b` → `a.b`."""
    if _LITERAL.fullmatch(text):
        return text
    first, *parts = _PART.findall(text) or ["nil"]
    path = "".join(part if part.startswith("[") else f".{part}" for part in parts)
    return "nil" if first[:1].isdigit() else first + path


def _condition(markup: str) -> str:
    clauses = list(_clauses(markup))
    return "" if "" in clauses else " ".join(clauses)


def _clauses(markup: str) -> Iterator[str]:
    for at, clause in enumerate(_CLAUSES.findall(markup)):
        yield clause.strip() if at % 2 else _comparison(clause)


def _comparison(clause: str) -> str:
    found = _COMPARISON.search(clause)
    if found is None or (found[2] and found[2] not in _OPERATORS):
        return ""
    left = _fragment(found[1])
    return f"{left} {found[2]} {_fragment(found[3] or 'nil')}" if found[2] else left


def _loop(markup: str) -> str:
    found = _FOR.match(markup)
    if found is None:
        return ""
    options = (f"{name}: {value}" for name, value in _OPTION.findall(markup))
    words = (f"{found[1]} in {_fragment(found[2])}", found[3] or "", *options)
    return " ".join(filter(None, words))


def _assignment(markup: str) -> str:
    found = _ASSIGN.search(markup)
    return f"{found[1]} = {_output(found[2])}" if found else ""


def _name(markup: str) -> str:
    found = _NAME.search(markup)
    return found[0] if found else ""


_REWRITES: Mapping[str, Callable[[str], str]] = {
    "output": _output,
    "if": _condition,
    "unless": _condition,
    "elsif": _condition,
    "for": _loop,
    "assign": _assignment,
    "capture": _name,
}

"""MyST's substitutions, `{{ key }}`: texts that the front matter or the project defines.

One that nothing defines is shown as its name, and reported. Code and formulas stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any

from evergreen.content.formats.text import opens_display
from evergreen.dataclass import dataclass
from evergreen.errors import Problem
from evergreen.regex import regex

_Line = tuple[int, str]


@dataclass(slots=True)
class Substituted:
    """Lines, each with the index of its line in the source, and what is not defined."""

    lines: list[_Line] = field(default_factory=list)
    missing: list[tuple[int, int, str]] = field(default_factory=list)
    """Line and column, both from 0, and what is in the braces."""

    def problems(
        self, path: str, numbers: Sequence[int], has_columns: bool = True
    ) -> tuple[Problem, ...]:
        """Return a warning for each substitution that nothing defines; `numbers` are the lines in
        the file."""
        advice = "define it at 'substitutions:' in the front matter, or in the project's file"
        return tuple(
            Problem(
                path,
                numbers[at],
                column + 1 if has_columns else 0,
                f"'{{{{ {name} }}}}' has no value: only its name is shown",
                advice,
                "warning",
            )
            for at, column, name in self.missing
        )


def substitute(lines: Sequence[str], values: Mapping[str, Any], is_myst: bool) -> Substituted:
    """Return the lines with the substitutions that the front matter defines; in MyST, the name of
    one that it does not define. Liquid stays.

    A value of several lines is written in their place if it is alone in its line.
    """
    known, made = _known(values), Substituted()
    text = "\n".join(lines)
    if "{{" not in text or not (known or is_myst):
        made.lines = [*enumerate(lines)]
        return made
    is_strict = is_myst and "{%" not in text
    blocks: list[tuple[str, bool]] = []
    in_formula = False
    for at, line in enumerate(lines):
        _follow(blocks, line)
        in_formula ^= opens_display(line) or _opens_environment(line)
        is_text = not in_formula and not any(is_code for _, is_code in blocks)
        if not is_text or "{{" not in line:
            made.lines.append((at, line))
        elif (alone := _ALONE.fullmatch(line)) and alone["name"] in known:
            value = _resolved(str(known[alone["name"]]).strip(), known)
            made.lines += ((at, alone["indent"] + each) for each in value.split("\n"))
        else:
            made.lines.append((at, _in_line(line, at, known, made if is_strict else None)))
    return made


def _in_line(line: str, at: int, known: Mapping[str, Any], made: Substituted | None) -> str:
    """Return a line with the values of its substitutions; what has none is noted in `made`."""

    def value(found: re.Match[str]) -> str:
        name = found["name"]
        if not name:
            return found[0]
        if (given := _find(name, known)) is not None:
            return " ".join(_resolved(given, known).split("\n"))
        if made is None or _LIQUID.match(name):
            return found[0]
        made.missing.append((at, found.start(), name))
        return name

    return _TOKEN.sub(value, line)


def _resolved(value: str, known: Mapping[str, Any], depth: int = 0) -> str:
    """Return a value with the substitutions in it."""
    if "{{" not in value or depth == _DEEPEST:
        return value

    def inner(found: re.Match[str]) -> str:
        given = _find(found["name"], known) if found["name"] else None
        return found[0] if given is None else _resolved(given, known, depth + 1)

    return _TOKEN.sub(inner, value)


def _known(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the substitutions of a front matter: Jupyter Book's are at `myst`."""
    parts = [values, values.get("myst")]
    given = [part.get("substitutions") for part in parts if isinstance(part, Mapping)]
    return {
        str(name): each
        for some in given
        if isinstance(some, Mapping)
        for name, each in some.items()
    }


def _find(name: str, known: Mapping[str, Any]) -> str | None:
    """Return the value of `key`, or of `key.part`; None if there is none."""
    value: Any = known.get(name)
    if value is None and "." in name:
        value = known
        for part in name.split("."):
            value = value.get(part) if isinstance(value, Mapping) else None
    return None if value is None or isinstance(value, (dict, list)) else str(value).strip()


def _follow(blocks: list[tuple[str, bool]], line: str) -> None:
    """Add the block that a line opens to those that are open, with whether it is code; remove the
    one that it closes."""
    found = _FENCE.match(line)
    if not found:
        return
    fence, rest = found[1], found[2].strip()
    if blocks and not rest and fence[0] == blocks[-1][0][0] and len(fence) >= len(blocks[-1][0]):
        blocks.pop()
    elif (not blocks or not blocks[-1][1]) and (rest or fence[0] != ":"):
        name = _NAME.match(rest)
        is_code = name[1] in _VERBATIM if name else fence[0] != ":"
        blocks.append((fence, is_code))


def _opens_environment(line: str) -> bool:
    """True if an environment of TeX begins or ends in a line, and goes on in another."""
    return len(_BEGIN.findall(line)) % 2 == 1


_DEEPEST = 4
"""Number of values that may be in one another."""
_VERBATIM = frozenset(
    "code-cell code code-block sourcecode prompt parsed-literal literalinclude math raw mermaid"
    " eval-rst eval-js plot graphviz doctest testcode".split()
)
"""Directives whose content is not MyST."""
_NAME = regex(r"\{([\w:+-]+)\}")
_FENCE = regex(r"[ \t>]*(`{3,}|~{3,}|:{3,})([^`]*)\Z")
_BEGIN = regex(r"\\(?:begin|end)\{")
_INNER = r"\{\{(?![{<%])\s*(?P<name>[^{}\n]+?)\s*\}\}(?!\})"
_TOKEN = regex(
    r"(?P<run>`+)(?!`).+?(?<!`)(?P=run)(?!`)|(?<![\\$])\$(?=[^\s$])[^$\n]*(?<=[^\s\\])\$(?!\d)"
    rf"|\$\$[^$]+\$\$|{_INNER}"
)
"""Code, formulas, substitutions."""
_ALONE = regex(rf"(?P<indent>[ \t]*){_INNER}[ \t]*")
_LIQUID = regex(r"(?:site|page|content|layout)\b|[\"']")
"""What may be Liquid."""

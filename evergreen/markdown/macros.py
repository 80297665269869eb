r"""Macros of formulas, as MathJax has them: `\newcommand` and its kin hold for all formulas below
on the page; names that the converter does not know are told in terms of others (`vocabulary`).

They are expanded before the converter sees a formula, so what it is given has its final size and
shape, and can be judged.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from evergreen.markdown.mathjax import ENVIRONMENTS, NAMES, SIGNS, Macro, write_diagram

MAX_EXPANSIONS = 1_000
MAX_LENGTH = 20_000
"""Characters of a formula, expanded or not."""
MAX_WORK = 500_000
"""Characters of arguments, each as often as it stands in another."""


def expand(source: str, macros: dict[str, Macro]) -> str:
    """The formula without comments, definitions and macros. What it defines is added to `macros`.
    ValueError where its macros have no end."""
    if len(source) > MAX_LENGTH:
        raise ValueError(f"it has more than {MAX_LENGTH} characters")
    text = _Text(_ROW_SPACE.sub(r"\\\\", _COMMENT.sub(r"\1", source)))
    out: list[str] = []
    while name := text.next_command(out):
        if name in _DEFINING:
            _define(text, name, macros)
        elif name in macros:
            text.push(_expansion(text, macros[name]))
        elif name in NAMES:
            text.push(_expansion(text, NAMES[name]))
        elif name in ("begin", "end"):
            out.append(_environment(text, name))
        elif name in _WRITTEN:
            out.append(_WRITTEN[name](text))
        elif name == "mathop":
            text.push(_operator(text))
        else:
            out.append("\\" + name)
    return "".join(out)


@dataclass(slots=True)
class _Text:
    """A formula that is being read, whose macros are replaced in front of the reader."""

    rest: str
    expansions: int = 0
    work: int = 0
    """Characters of all arguments so far."""

    def next_command(self, out: list[str]) -> str:
        """The name of the next command, what stands before it moved to `out`; "" at the end."""
        match = _COMMAND.search(self.rest)
        while match and not match[1]:
            match = _COMMAND.search(self.rest, match.end())
        out.append((self.rest[: match.start()] if match else self.rest).translate(SIGNS))
        self.rest = self.rest[match.end() :] if match else ""
        return match[1] if match else ""

    def push(self, replacement: str) -> None:
        """Put text in front of what is still to be read. ValueError where that has no end."""
        self.expansions += 1
        if self.expansions > MAX_EXPANSIONS or len(replacement) + len(self.rest) > MAX_LENGTH:
            raise ValueError("its macros do not end, or grow too long")
        self.rest = replacement + self.rest

    def skip(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """A match in front, which is then read."""
        match = pattern.match(self.rest)
        if match:
            self.rest = self.rest[match.end() :]
        return match

    def argument(self) -> str:
        """The next group without its braces, or the next command or character. ValueError where
        groups stand too deep.
        """
        self.skip(_SPACES)
        if self.rest.startswith("{"):
            end = _group_end(self.rest)
            self.work += end
            if self.work > MAX_WORK:
                raise ValueError("its commands stand too deep within each other")
            found, self.rest = self.rest[1 : end - 1], self.rest[end:]
            return found
        match = self.skip(_TOKEN)
        return match[0] if match else ""

    def optional(self) -> str | None:
        """What stands in brackets, None where there are none."""
        match = self.skip(_BRACKETS)
        return match[1] if match else None


def _define(text: _Text, name: str, macros: dict[str, Macro]) -> None:
    is_operator = name.startswith("DeclareMathOperator")
    if is_operator:
        star = "*" if text.skip(_STAR) else ""
        defined, body = _bare(text.argument()), text.argument()
        macros[defined] = Macro(rf"\operatorname{star}{{{body}}}")
        return
    if name in ("def", "gdef"):
        found = text.skip(_SIGNATURE)
        if found:
            macros[found[1]] = Macro(text.argument(), found[2].count("#"))
        return
    text.skip(_STAR)
    defined = _bare(text.argument())
    count, default = text.optional(), text.optional()
    macro = Macro(text.argument(), int(count) if count and count.isdigit() else 0, default)
    if name != "providecommand" or defined not in macros:
        macros[defined] = macro


def _expansion(text: _Text, macro: Macro) -> str:
    arguments: list[str] = []
    if macro.default is not None and macro.parameters:
        given = text.optional()
        arguments.append(macro.default if given is None else given)
    while len(arguments) < macro.parameters:
        arguments.append(text.argument())

    def value(match: re.Match[str]) -> str:
        place = int(match[1])
        found = arguments[place - 1] if 0 < place <= len(arguments) else ""
        return _apart(found, macro.body[match.end() :])

    return _apart(_PARAMETER.sub(value, macro.body), text.rest)


def _apart(replacement: str, rest: str) -> str:
    """The replacement, with a space where a command at its end would grow together with `rest`."""
    is_open = rest[:1].isalpha() and _OPEN_COMMAND.search(replacement)
    return f"{replacement} " if is_open else replacement


def _operator(text: _Text) -> str:
    r"""`\mathop{a}\limits_b^c` with the limits below and above; other operators as they are."""
    argument = text.argument()
    if not text.skip(_LIMITS):
        return rf"\operatorname*{{{argument}}}" if argument.isalpha() else f"{{{argument}}}"
    shown = argument if "\\" in argument else rf"\mathrm{{{argument}}}"
    while found := text.skip(_SCRIPT):
        command = "underset" if found[1] == "_" else "overset"
        shown = rf"\{command}{{{text.argument()}}}{{{shown}}}"
    return shown


def _prose(text: _Text) -> str:
    r"""`\text{…}`, with the formulas in it taken out: `\text{a }x\text{ b}`."""
    parts = _DOLLARS.split(text.argument())
    if len(parts) % 2 == 0:
        parts = ["$".join(parts)]
    parts = [part if at % 2 else _TEXT_SIGN.sub(r"\\\1", part) for at, part in enumerate(parts)]
    return "".join(part if at % 2 else rf"\text{{{part}}}" for at, part in enumerate(parts) if part)


def _tag(text: _Text) -> str:
    r"""`\tag 1` with its argument in braces."""
    star = "*" if text.skip(_STAR) else ""
    return rf"\tag{star}{{{text.argument()}}}"


def _character(text: _Text) -> str:
    r"""`\unicode{x2115}`; the measures and the font that may stand before it are passed over."""
    while text.optional() is not None:
        pass
    number = text.argument().strip()
    try:
        found = chr(int(number[1:], 16) if number[:1] in ("x", "X") else int(number))
    except (ValueError, OverflowError):
        found = ""
    if not found.isprintable() or found in "\\{}$%#&_^~":
        raise ValueError(rf"\unicode takes the number of a character, not '{number}'")
    return rf"\text{{{found}}}"


def _environment(text: _Text, command: str) -> str:
    name = text.argument()
    if name == "CD" and command == "begin":
        content, end, rest = text.rest.partition(r"\end{CD}")
        if end:
            text.rest = rest
            text.push(write_diagram(content))
            return ""
    known, columns = ENVIRONMENTS.get(name, (name, ""))
    if command == "begin" and name.startswith("alignat"):
        text.argument()
    return rf"\{command}{{{known}}}" + (columns if command == "begin" else "")


def _bare(argument: str) -> str:
    return argument.strip().removeprefix("\\")


def _group_end(text: str) -> int:
    """Where the group ends that `text` begins with. Raises ValueError where it is not closed."""
    depth = 0
    for match in _BRACE.finditer(text):
        depth += {"{": 1, "}": -1}.get(match[0], 0)
        if not depth:
            return match.end()
    raise ValueError("a brace is not closed")


_WRITTEN: Mapping[str, Callable[[_Text], str]] = {
    **dict.fromkeys(("text", "mbox", "hbox"), _prose),
    "tag": _tag,
    "unicode": _character,
}
"""Commands that take arguments, and what is written in their place."""
_DEFINING = frozenset("newcommand renewcommand providecommand def gdef DeclareMathOperator".split())
_COMMAND = re.compile(r"\\(?:([A-Za-z]+)|.|\Z)", re.DOTALL)
_COMMENT = re.compile(r"(?<!\\)((?:\\\\)*)%.*")
_ROW_SPACE = re.compile(
    r"\\\\\*?\s*\[\s*-?[0-9]*\.?[0-9]+\s*(?:pt|em|ex|mm|cm|in|px|mu|pc|bp)\s*\]"
)
r"""`\\[2pt]`: the end of a row with the space below it, which the converter would show."""
_OPEN_COMMAND = re.compile(r"\\[A-Za-z]+\Z")
_SPACES = re.compile(r"\s*")
_TOKEN = re.compile(r"\\(?:[A-Za-z]+|.)|[^\s}]", re.DOTALL)
_BRACKETS = re.compile(r"\s*\[([^\]]*)\]")
_STAR = re.compile(r"\s*\*")
_SIGNATURE = re.compile(r"\s*\\([A-Za-z]+)\s*((?:#[1-9])*)\s*")
_PARAMETER = re.compile(r"#([1-9])")
_LIMITS = re.compile(r"\s*\\limits")
_SCRIPT = re.compile(r"\s*([_^])")
_DOLLARS = re.compile(r"(?<!\\)\$")
_TEXT_SIGN = re.compile(r"(?<!\\)([_#&])")
_BRACE = re.compile(r"\\.|[{}]", re.DOTALL)

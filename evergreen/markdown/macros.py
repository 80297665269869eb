r"""Macros in formulas, as in MathJax: `\newcommand` and the like apply to all formulas below on the
page, and commands that the converter lacks are expressed by others (`mathjax`).

They are expanded before conversion, so that the limits apply to the final size of a formula.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import suppress

from evergreen.dataclass import dataclass
from evergreen.markdown.colors import read_color
from evergreen.markdown.mathjax import COMMANDS, ENVIRONMENTS, SYMBOLS, Macro, write_diagram
from evergreen.regex import regex

MAX_EXPANSIONS = 1_000
MAX_LENGTH = 20_000
"""Maximum number of characters of a formula, before and after expansion."""
MAX_WORK = 500_000
"""Maximum total length of all arguments; a nested one counts again for each level."""


def expand(source: str, macros: dict[str, Macro]) -> str:
    """Expand the macros of a formula and remove comments and definitions, which are added to
    `macros`. Raise ValueError if the expansion does not end."""
    if len(source) > MAX_LENGTH:
        raise ValueError(f"it has more than {MAX_LENGTH} characters")
    source = _CONTROL_SPACE.sub(r"\1\\ ", _COMMENT.sub(r"\1", source))
    text = _FormulaReader(_ROW_SPACE.sub(r"\\\\", source))
    out: list[str] = []
    while name := text.next_command(out):
        if name in _DEFINING:
            _define(text, name, macros)
        elif name in macros and macros[name].primitive:
            out.append(macros[name].body)
        elif name in macros:
            text.push(_expansion(text, macros[name]))
        elif name in COMMANDS:
            text.push(_expansion(text, COMMANDS[name]))
        elif name in ("begin", "end"):
            out.append(_environment(text, name, macros))
        elif name in _WRITTEN:
            out.append(_WRITTEN[name](text))
        elif name in _REWRITTEN:
            text.push(_REWRITTEN[name](text))
        elif name in _SWITCHES and out[-1].rstrip().endswith(("_", "^")):
            text.push(_grouped(text, name))
        elif name in _COLORED:
            out.append(_colored(text, name, macros))
        elif name == "mathop":
            text.push(_operator(text))
        else:
            is_apart = text.rest.startswith("*") and name not in _STARRED
            out.append(f"\\{name} " if is_apart else f"\\{name}")
    return _ANGLE.sub(lambda found: f"{found[1]}{_ANGLES[found[2]]}", "".join(out))


def definitions(source: str) -> dict[str, list[str | int | None]]:
    """Return the macros that a formula defines: name → body, number of parameters and default."""
    macros: dict[str, Macro] = {}
    with suppress(ValueError):
        expand(source, macros)
    return {
        name: [macro.body, macro.parameters, macro.default]
        for name, macro in macros.items()
        if not macro.primitive
    }


@dataclass(slots=True)
class _FormulaReader:
    """The rest of a formula; expansions are pushed back in front of it."""

    rest: str
    expansions: int = 0
    work: int = 0
    """Total length of all arguments so far."""

    def next_command(self, out: list[str]) -> str:
        """Move the text before the next command to `out`; return its name, or "" at the end."""
        match = _COMMAND.search(self.rest)
        while match and not match[1]:
            match = _COMMAND.search(self.rest, match.end())
        out.append((self.rest[: match.start()] if match else self.rest).translate(SYMBOLS))
        self.rest = self.rest[match.end() :] if match else ""
        return match[1] if match else ""

    def push(self, replacement: str) -> None:
        """Push text back in front of the rest. Raise ValueError if the expansion does not end."""
        self.expansions += 1
        if self.expansions > MAX_EXPANSIONS or len(replacement) + len(self.rest) > MAX_LENGTH:
            raise ValueError("its macros are recursive, or expand to too much text")
        self.rest = replacement + self.rest

    def skip(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Return the match at the front, if any, and consume it."""
        match = pattern.match(self.rest)
        if match:
            self.rest = self.rest[match.end() :]
        return match

    def argument(self) -> str:
        """Consume the next group, without its braces, or the next command or character.

        Raises ValueError if groups are nested too deep.
        """
        self.skip(_SPACES)
        if self.rest.startswith("{"):
            end = _group_end(self.rest)
            self.work += end
            if self.work > MAX_WORK:
                raise ValueError("its commands are nested too deep")
            found, self.rest = self.rest[1 : end - 1], self.rest[end:]
            return found
        match = self.skip(_TOKEN)
        return match[0] if match else ""

    def optional(self) -> str | None:
        """Consume and return an optional argument in brackets, None if there is none."""
        match = self.skip(_BRACKETS)
        return match[1] if match else None


def _define(text: _FormulaReader, name: str, macros: dict[str, Macro]) -> None:
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
    if name == "let":
        _let(text, macros)
        return
    if name == "definecolor":
        defined, model = text.argument(), text.argument()
        macros[f"color {defined}"] = Macro(read_color(text.argument(), model, {}))
        return
    text.skip(_STAR)
    if name.endswith("newenvironment"):
        _define_environment(text, macros)
        return
    defined = _bare(text.argument())
    count, default = text.optional(), text.optional()
    macro = Macro(text.argument(), int(count) if count and count.isdigit() else 0, default)
    if name != "providecommand" or defined not in macros:
        macros[defined] = macro


def _let(text: _FormulaReader, macros: dict[str, Macro]) -> None:
    r"""Add the macro of `\let\a\b`: `\a` keeps the present meaning of `\b`."""
    defined = _bare(text.argument())
    text.skip(_EQUALS)
    meaning = text.argument()
    name = _bare(meaning)
    is_ours = name in _WRITTEN or name in _REWRITTEN or name in _COLORED
    known = macros.get(name) or COMMANDS.get(name)
    macros[defined] = known or Macro(meaning, primitive=not is_ours)


def _define_environment(text: _FormulaReader, macros: dict[str, Macro]) -> None:
    name = text.argument()
    count, default = text.optional(), text.optional()
    parameters = int(count) if count and count.isdigit() else 0
    macros[f"begin {name}"] = Macro(text.argument(), parameters, default)
    macros[f"end {name}"] = Macro(text.argument())


def _colored(text: _FormulaReader, name: str, macros: dict[str, Macro]) -> str:
    r"""Translate a command of colors to `\color[HTML]{…}`, which takes every color; the converter
    has no backgrounds."""
    model, value = text.optional() or "", text.argument()
    defined = {key[6:]: each.body for key, each in macros.items() if key.startswith("color ")}
    color = read_color(value, model, defined)
    command = rf"\color[HTML]{{{color}}}" if color else rf"\color{{{value}}}"
    if name == "color":
        return f"{command} "
    if name == "textcolor":
        text.push(f"{text.argument()}}}")
        return f"{{{command} "
    if name == "fcolorbox":
        text.optional()
        text.argument()
        text.push(rf"\boxed{{\text{{{text.argument()}}}}}")
    else:
        text.push(rf"\text{{{text.argument()}}}")
    return ""


def _grouped(text: _FormulaReader, name: str) -> str:
    r"""Return a switch and what it is for as one group, as in `x_\rm{max}`: the converter takes no
    switch for a subscript."""
    model = text.optional() if name == "color" else None
    switch = rf"\{name}" + (f"[{model}]" if model else "")
    switch += f"{{{text.argument()}}}" if name == "color" else " "
    word = text.skip(_LETTERS)
    return f"{{{switch}{word[1] if word else text.argument()}}}"


def _expansion(text: _FormulaReader, macro: Macro) -> str:
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
    """Return the replacement, with a space if a command at its end would merge with `rest`."""
    is_open = rest[:1].isalpha() and _OPEN_COMMAND.search(replacement)
    return f"{replacement} " if is_open else replacement


def _operator(text: _FormulaReader) -> str:
    r"""Translate `\mathop{a}\limits_b^c`: limits below and above, or an operator without limits."""
    argument = text.argument()
    if not text.skip(_LIMITS):
        return rf"\operatorname*{{{argument}}}" if argument.isalpha() else f"{{{argument}}}"
    shown = argument if "\\" in argument else rf"\mathrm{{{argument}}}"
    while found := text.skip(_SCRIPT):
        command = "underset" if found[1] == "_" else "overset"
        shown = rf"\{command}{{{text.argument()}}}{{{shown}}}"
    return shown


def _named_operator(text: _FormulaReader) -> str:
    r"""Write `\operatorname{arg\,max}`; a name with other commands, \mathbb{E}, is expanded."""
    star = "*" if text.skip(_STAR) else ""
    name = text.argument()
    if _PLAIN_NAME.fullmatch(name):
        return rf"\operatorname{star}{{{name}}}"
    text.push(rf"\mathop{{{name}}}\limits " if star else f"{{{name}}}")
    return ""


def _prose_of(command: str) -> Callable[[_FormulaReader], str]:
    r"""Return the translation of `\text{a $x$ b}` to `\text{a }x\text{ b}`, where `x` is expanded,
    too."""

    def write(text: _FormulaReader) -> str:
        before, *others = _DOLLARS.split(argument := text.argument())
        if len(others) < 2 or len(others) % 2:
            return _as_text(command, argument)
        rest = "$".join(others[1:])
        text.push(f"{others[0]} " + (rf"\{command}{{{rest}}}" if rest else ""))
        return _as_text(command, before) if before else ""

    return write


def _as_text(command: str, text: str) -> str:
    escaped = _TEXT_SIGN.sub(r"\\\1", text)
    return rf"\{command}{{{escaped}}}"


def _tag(text: _FormulaReader) -> str:
    r"""Translate `\tag 1` to `\tag{1}`."""
    star = "*" if text.skip(_STAR) else ""
    argument = text.argument()
    if "\\" in argument:
        text.push(rf"\qquad\text{{{argument if star else f'({argument})'}}}")
        return ""
    return rf"\tag{star}{{{argument.replace('$', '')}}}"


def _character(text: _FormulaReader) -> str:
    r"""Translate `\unicode{x2115}` to the character; optional size and font are ignored."""
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


def _rows(opening: str, closing: str) -> Callable[[_FormulaReader], str]:
    r"""Return a translation of plain TeX's `\cases{a & b \cr c & d}` and the like."""

    def rewrite(text: _FormulaReader) -> str:
        rows = _LAST_ROW.sub("", text.argument())
        return f"{opening}{rows}{closing}"

    return rewrite


def _root(text: _FormulaReader) -> str:
    r"""Translate `\root 3 \of x` to `\sqrt[3]{x}`."""
    degree = _before(text, r"\root", r"\of")
    return rf"\sqrt[{_ungrouped(degree)}]{{{text.argument()}}}"


def _built(text: _FormulaReader) -> str:
    r"""Translate `\buildrel a \over b` to `\overset{a}{b}`."""
    above = _before(text, r"\buildrel", r"\over")
    return rf"\overset{{{above.strip()}}}{{{text.argument()}}}"


def _before(text: _FormulaReader, command: str, word: str) -> str:
    """Read up to the word that ends a command's first part. Raises ValueError without it."""
    part, found, rest = text.rest.partition(word)
    if not found:
        raise ValueError(f"{command} has no {word}")
    text.rest = rest
    return part


def _rule(text: _FormulaReader) -> str:
    r"""Translate `\rule{2em}{1pt}` to a line of that width; one without width is only a height."""
    text.optional()
    width, _ = text.argument().strip(), text.argument()
    return "{}" if _NO_LENGTH.match(width) else rf"\underline{{\hspace{{{width}}}}}"


def _moved(text: _FormulaReader) -> str:
    r"""Translate `\raise 1ex {x}`: MathML Core has no such move."""
    text.skip(_DIMENSION)
    return f"{{{text.argument()}}}"


def _enclosed(text: _FormulaReader) -> str:
    r"""Translate `\enclose{circle}{x}`: a strike or a frame."""
    notation = text.argument()
    text.optional()
    return rf"\{'cancel' if 'strike' in notation else 'boxed'}{{{text.argument()}}}"


def _verbatim(text: _FormulaReader) -> str:
    r"""Translate `\verb|x|` to a text."""
    found = text.skip(_VERBATIM)
    return rf"\text{{{_SPECIAL.sub(_escaped, found[2])}}}" if found else ""


def _escaped(found: re.Match[str]) -> str:
    return {"\\": r"\backslash ", "^": "", "~": " "}.get(found[0], f"\\{found[0]}")


def _more_dots(text: _FormulaReader) -> str:
    r"""Translate `\hdotsfor{3}` to dots in three cells."""
    count = text.argument().strip()
    return " & ".join([r"\cdots"] * min(int(count) if count.isdecimal() else 1, _MAX_CELLS))


def _ungrouped(argument: str) -> str:
    argument = argument.strip()
    return argument[1:-1] if argument.startswith("{") and argument.endswith("}") else argument


def _environment(text: _FormulaReader, command: str, macros: Mapping[str, Macro]) -> str:
    name = text.argument()
    if own := macros.get(f"{command} {name}"):
        text.push(_expansion(text, own))
        return ""
    if name == "eqnarray" and command == "begin" and _aligned(text):
        return r"\begin{align}"
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


def _aligned(text: _FormulaReader) -> bool:
    r"""Make an `eqnarray` whose rows have tags or labels an `align`, which may have them; return
    False for another one."""
    content, end, rest = text.rest.partition(r"\end{eqnarray}")
    if not end or not _TAGGED.search(content):
        return False
    rows = _MIDDLE.sub(r"&\1", content)
    text.rest = rf"{rows}\end{{align}}{rest}"
    return True


def _bare(argument: str) -> str:
    return argument.strip().removeprefix("\\")


def _group_end(text: str) -> int:
    """Return the end of the group at the start of `text`. Raise ValueError if it is not closed."""
    depth = 0
    for match in _BRACE.finditer(text):
        depth += {"{": 1, "}": -1}.get(match[0], 0)
        if not depth:
            return match.end()
    raise ValueError("a brace is not closed")


_WRITTEN: Mapping[str, Callable[[_FormulaReader], str]] = {
    **dict.fromkeys(("text", "mbox", "hbox"), _prose_of("text")),
    **{name: _prose_of(name) for name in ("textrm", "textbf", "textit", "textsf")},
    "operatorname": _named_operator,
    "tag": _tag,
    "unicode": _character,
    "verb": _verbatim,
}
"""Commands with arguments that are translated by a function."""
_REWRITTEN: Mapping[str, Callable[[_FormulaReader], str]] = {
    "matrix": _rows(r"\begin{matrix}", r"\end{matrix}"),
    "pmatrix": _rows(r"\begin{pmatrix}", r"\end{pmatrix}"),
    "bordermatrix": _rows(r"\begin{pmatrix}", r"\end{pmatrix}"),
    "cases": _rows(r"\begin{cases}", r"\end{cases}"),
    "array": _rows(r"\begin{matrix}", r"\end{matrix}"),
    "displaylines": _rows(r"\begin{gathered}", r"\end{gathered}"),
    **dict.fromkeys(
        ("eqalign", "eqalignno", "leqalignno"), _rows(r"\begin{aligned}", r"\end{aligned}")
    ),
    "substack": _rows(r"{\begin{subarray}{c}", r"\end{subarray}}"),
    "root": _root,
    "buildrel": _built,
    "rule": _rule,
    "enclose": _enclosed,
    "hdotsfor": _more_dots,
    **dict.fromkeys(("raise", "lower", "moveleft", "moveright"), _moved),
}
"""Commands whose translation may have commands to translate."""
_STARRED = frozenset(("operatorname", "hspace", "tag"))
"""Commands that have a form with a star; to the converter, any command may have one."""
_PLAIN_NAME = regex(r"(?:[^\\{}$^_#&]|\\[,;:! ])*")
_SWITCHES = frozenset("rm bf it sf tt cal color".split())
"""Commands that apply to the rest of their group."""
_COLORED = frozenset(("color", "textcolor", "colorbox", "fcolorbox"))
_DEFINING = frozenset(
    "newcommand renewcommand providecommand newenvironment renewenvironment def gdef let"
    " definecolor DeclareMathOperator".split()
)
_COMMAND = regex(r"\\(?:([A-Za-z]+)|.|\Z)", re.DOTALL)
_COMMENT = regex(r"(?<!\\)((?:\\\\)*)%.*")
_ROW_SPACE = regex(r"\\\\\*?\s*\[\s*-?[0-9]*\.?[0-9]+\s*(?:pt|em|ex|mm|cm|in|px|mu|pc|bp)\s*\]")
r"""`\\[2pt]`: the end of a row with extra space, which the converter would render as text."""
_CONTROL_SPACE = regex(r"(?<!\\)((?:\\\\)*)\\(?:\n|\Z)")
"""A backslash before a line break, or before the blanks that the formula ended with: a space."""
_ANGLE = regex(r"(\\(?:left|right|middle|[bB]igg?[lrm]?)\s*)([<>])")
_ANGLES = {"<": r"\langle ", ">": r"\rangle "}
_EQUALS = regex(r"\s*=")
_LAST_ROW = regex(r"(?:\\cr\b|\\\\)\s*\Z")
_NO_LENGTH = regex(r"[-+]?[0.]*(?![0-9.])")
_DIMENSION = regex(r"\s*[-+]?[0-9.]+\s*[a-z]{2}")
_VERBATIM = regex(r"\*?([^A-Za-z\s])(.*?)\1")
_SPECIAL = regex(r"[\\^~{}$%#&_]")
_MAX_CELLS = 50
_TAGGED = regex(r"\\(?:tag|label)\b")
_MIDDLE = regex(r"&([^&\\]*(?:\\[A-Za-z]+)?[^&\\]*)&")
_OPEN_COMMAND = regex(r"\\[A-Za-z]+\Z")
_LETTERS = regex(r"\s*([A-Za-z]+)")
_SPACES = regex(r"\s*")
_TOKEN = regex(r"\\(?:[A-Za-z]+|.)|[^\s}]", re.DOTALL)
_BRACKETS = regex(r"\s*\[([^\]]*)\]")
_STAR = regex(r"\s*\*")
_SIGNATURE = regex(r"\s*\\([A-Za-z]+)\s*((?:#[1-9])*)\s*")
_PARAMETER = regex(r"#([1-9])")
_LIMITS = regex(r"\s*\\limits")
_SCRIPT = regex(r"\s*([_^])")
_DOLLARS = regex(r"(?<!\\)\$")
_TEXT_SIGN = regex(r"(?<!\\)([_#&])")
_BRACE = regex(r"\\.|[{}]", re.DOTALL)

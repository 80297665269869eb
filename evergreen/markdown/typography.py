"""Smart quotes, dashes, ellipses and guillemets; entities; escapes and line breaks."""

from __future__ import annotations

import re
from html import unescape
from html.entities import html5, name2codepoint

from evergreen.markdown.links import ESCAPED
from evergreen.markdown.scanner import Scanner
from evergreen.markdown.tree import Element, Markup, Symbol
from evergreen.regex import regex


def smart_quote(s: Scanner, at: int, parent: Element, context: int) -> Symbol:
    """Parse a straight quote, which opens or closes by its context (SmartyPants' rules)."""
    text = s.text
    before = text[at - 1] if at > max(s.text_start, s.literal_end) else ""
    s.pos = at + 1
    for opening in _NESTED.get(text[at : at + 2], ""):
        if (not before or before in _SPACES) and _is_word(text[at + 2 : at + 3]):
            s.pos = at + 2
            return Symbol("".join(_quote(s, char, True) for char in opening))
    if not before and text[at + 1 : at + 2] in ("'", '"') and not _closes(text, at):
        s.pos = at + 2
        return Symbol(text[at] + _quote(s, text[at + 1], False))
    return Symbol(_quote(s, text[at], _opens(text, at, before)))


def symbol(s: Scanner, at: int, parent: Element, context: int) -> Symbol | None:
    """Parse `---`, `--`, `...`, `<<` and `>>`; a space inside guillemets becomes no-break."""
    text = s.text
    if not s.state.options.typographic_symbols:
        return None
    if text.startswith(">>", at) and at > max(s.text_start, s.literal_end) and text[at - 1] == " ":
        s.start, s.pos = at - 1, at + 2
        return _symbol(s, "raquo_space", "\u00a0»")
    match = _SYMBOL.match(text, at)
    if not match:
        return None
    s.pos = match.end()
    return _symbol(s, *_SYMBOLS[match[0]])


def _symbol(s: Scanner, name: str, sign: str) -> Symbol:
    own = s.state.options.symbols
    return Symbol(dict(own).get(name, sign) if own else sign)


def entity(s: Scanner, at: int, parent: Element, context: int) -> Symbol | None:
    """Parse `&name;`, `&#8212;`, `&#x2014;`; in kramdown, names that HTML 4 does not have are
    text."""
    match = _ENTITY.match(s.text, at)
    if not match:
        return None
    if match[1] and match[1] not in name2codepoint and not _is_in_html5(s, match[1]):
        return None
    s.pos = match.end()
    return Symbol(unescape(match[0]))


def _is_in_html5(s: Scanner, name: str) -> bool:
    """True for the name of an entity that HTML 5 has, in posts that are not Jekyll's."""
    return name == "apos" or (s.state.options.native and f"{name};" in html5)


def escape(s: Scanner, at: int, parent: Element, context: int) -> Element | Symbol | str | None:
    """Parse a backslash escape, or a line break where it ends a line."""
    text = s.text
    if text.startswith("\\\\\n", at):
        s.pos = at + 2
        return Element("br")
    if text.startswith("\n", at + 1):
        s.pos = at + 1
        return Element("br") if at + 2 < len(text) else Symbol("")
    if text.startswith(("<<", ">>"), at + 1):
        s.pos = at + 3
        return Symbol(text[at + 1 : at + 3])
    match = ESCAPED.match(text, at)
    if match:
        s.pos = match.end()
        return match[1]
    return None


def line_break(s: Scanner, at: int, parent: Element, context: int) -> Element | None:
    """Parse two spaces at the end of a line, or with `hard_wrap` any end of a line."""
    if s.state.options.hard_wrap:
        if s.text[at] != "\n":
            return None
        s.pos = at + 1
        return Element("raw", children=[Markup("<br />\n")])
    s.pos = at + 2
    return Element("br")


def _quote(s: Scanner, char: str, opening: bool) -> str:
    single_open, single_close, double_open, double_close = s.state.options.smart_quotes
    if char == "'":
        return single_open if opening else single_close
    return double_open if opening else double_close


def _opens(text: str, at: int, before: str) -> bool:
    """True if the quote at `at` opens; `before` is the character in front of it, "" if a span
    ends there."""
    if before:
        if before in _SPACES and text[at] == "'" and _DECADE.match(text, at + 1):
            return False
        return before in _SPACES_OR_OPENING
    return not _closes(text, at)


def _closes(text: str, at: int) -> bool:
    """True if a quote directly behind a span closes."""
    if _CLOSING.match(text, at + 1):
        return True
    return text[at] == "'" and _DECADE.match(text, at + 1) is not None


def _is_word(char: str) -> bool:
    return char.isascii() and (char.isalnum() or char == "_")


_SPACES = " \t\r\n\f\v"
_SPACES_OR_OPENING = _SPACES + "\\[{(-"
_NESTED = {"\"'": ("\"'",), "'\"": ("'\"",)}
_SYMBOLS = {
    "---": ("mdash", "—"),
    "--": ("ndash", "–"),
    "...": ("hellip", "…"),
    "<< ": ("laquo_space", "«\u00a0"),
    "<<": ("laquo", "«"),
    ">>": ("raquo", "»"),
}
_SYMBOL = regex(r"---?|\.\.\.|<< ?|>>")
_CLOSING = regex(
    r"""(?![_*]{1,2}[^ \t\r\n\f\v])
    (?:[!"#$%'()*+,\-./:;<=>?@\[\\\]^_`{|}~](?!\.\.)\B|[ \t\r\n\f\v]|s\b|\Z)""",
    re.VERBOSE,
)
_DECADE = regex(r"[0-9][0-9]s")
_ENTITY = regex(r"&(?:([\w:][-\w.:]*)|#[0-9]+|#x[0-9a-fA-F]+);", re.ASCII)

"""Emphasis, strong emphasis and deleted text."""

from __future__ import annotations

from evergreen.markdown.grammar import BLANK_CHARS
from evergreen.markdown.scanner import EM, STRONG, Scanner, StopCondition
from evergreen.markdown.tree import Element
from evergreen.regex import regex


def emphasis(s: Scanner, at: int, parent: Element, context: int) -> Element | None:
    """Parse `*a*`, `_a_`, `**a**`, `__a__`; underscores within words are text."""
    text, char = s.text, s.text[at]
    double = text.startswith(char, at + 1)
    kind, bit, width = ("strong", STRONG, 2) if double else ("em", EM, 1)
    found = _PLAIN[double].match(text, at) if char == "*" and not context & bit else None
    if found and not s.exhausted():
        s.pos = found.end()
        return Element(kind, children=[found[1]])
    span = None
    if not context & bit and _may_open(text, at, width):
        span = _read(s, at, char * width, kind, context)
        if span is None and double and parent.kind != "em":
            span = _read(s, at, char, "em", context)
    elif parent.kind == kind:
        s.rejected.setdefault(id(parent), []).append(at)
    if span is None:
        s.pos = s.literal_end = at + width
    return span


def deletion(s: Scanner, at: int, parent: Element, context: int) -> Element | None:
    """Parse `~~a~~`; its content is parsed separately from the text around it."""
    first = s.text[at + 2 : at + 3]
    end = _deletion_end(s, at + 2) if first and first not in "~" + BLANK_CHARS else -1
    if end < 0 or s.exhausted():
        return None
    span = Element("html", name="del", model="inline")
    inner = Scanner(
        s.state, s.text[at + 2 : end], s.line_at(at), s.constructs, s.patterns, depth=s.depth
    )
    inner.read(span, None, 0)
    s.pos = end + 2
    return span


def _may_open(text: str, at: int, width: int) -> bool:
    if text[at + width : at + width + 1] in _SPACES:
        return False
    if text[at] == "*" or at == 0:
        return True
    before = text[at - 1]
    return not (before.isalpha() or (before == "-" and at > 1 and text[at - 2].isalpha()))


def _read(s: Scanner, at: int, delimiter: str, kind: str, context: int) -> Element | None:
    failed = s.failed.setdefault((delimiter, context), set())
    if at in failed or at > s.last_end(delimiter) or s.exhausted():
        return None
    span = Element(kind)
    s.pos = at + len(delimiter)
    found = s.read(span, _STOPS[delimiter], context | (EM if kind == "em" else STRONG))
    rejected = s.rejected.pop(id(span), ())
    if not found:
        failed.add(at)
        failed.update(place for place in rejected if s.text[place] == delimiter[0])
        return None
    s.pos += len(delimiter)
    return span


def _stop(delimiter: str) -> StopCondition:
    char, width = delimiter[0], len(delimiter)

    def stop(s: Scanner, at: int, children: list[Element | str]) -> bool | None:
        text = s.text
        if text[at] != char or text[at - 1] in BLANK_CHARS or not text.startswith(delimiter, at):
            return None if s.state.budget < 0 else False
        after = text[at + width : at + width + 1]
        if width == 1 and after == char and text[at + 2 : at + 3] != char:
            return False
        if char == "_" and after.isalnum():
            return False
        return s.text_start < at or bool(children)

    return stop


def _deletion_end(s: Scanner, start: int) -> int:
    """Return the position of `~~` behind a character that is neither a space nor a tilde."""
    if start > s.last_end("~~"):
        return -1
    at = s.find("~~", start + 1)
    while at >= 0 and s.text[at - 1] in "~" + BLANK_CHARS:
        at = s.find("~~", at + 1)
    return at


_SPACES = frozenset(BLANK_CHARS)
_WORDS = r"([^\W_]++(?:,? ?[^\W_]++)*+)"
_PLAIN = {
    False: regex(rf"\*{_WORDS}\*(?!\*)"),
    True: regex(rf"\*\*{_WORDS}\*\*(?!\*)"),
}
"""Emphasis that holds words alone, with one asterisk or (True) two: most of it."""
_STOPS = {delimiter: _stop(delimiter) for delimiter in ("*", "_", "**", "__")}

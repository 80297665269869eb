r"""Formulas that are not closed, `$$ x = 1` or `\begin{align}`, and stand on the page as text.

Dollars and backslashes may be text as well: process ids of a shell, prices, names of commands. What
is told begins or goes on as formulas do.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from evergreen.markdown.grammar import CJK
from evergreen.markdown.scanner import Scanner
from evergreen.markdown.tree import Element, TextProblem
from evergreen.regex import regex

DOLLARS = "$$"


def note_open(s: Scanner, at: int, opening: str, parent: Element) -> None:
    """Note a sign at a position without another end, if it probably belongs to a formula."""
    end = at + len(opening)
    if opening == DOLLARS and "$" in (s.text[at - 1 : at], s.text[end : end + 1]):
        return
    before = s.text[max(at - _NEAR, 0) : at].rpartition("$")[2]
    after = s.text[end : end + _NEAR].partition("$")[0]
    if _is_formula(after) or _COMMAND.search(before) or _is_alone(before, after, parent):
        s.state.open_formulas.append((s.line_at(at), opening))


def place_open(
    found: Sequence[tuple[int, str]], formulas: Iterable[Element]
) -> Iterator[TextProblem]:
    """Yield the problem for each line and sign of a formula that is not closed.

    If a display formula above it has a blank line, that one is probably not closed, and has taken
    the sign of the next one.
    """
    if not found:
        return
    doubtful = [each.line for each in formulas if each.model == "block" and _BLANK(each.source)]
    for line, opening in found:
        above = [each for each in doubtful if each < line] if opening == DOLLARS else []
        yield TextProblem(min(above, default=line), _message(opening), opening)


def _message(opening: str) -> str:
    """Return what is wrong, and what to do."""
    if opening == DOLLARS:
        missing, advice = "no second '$$'", r"close it, or write \$\$ for two dollars"
    else:
        missing, advice = f"no '{_closing(opening)}'", "close it"
    what = f"'{opening}' has {missing} in its paragraph"
    return f"{what}, so the formula is shown as text: {advice}"


def _is_formula(text: str) -> bool:
    """True if a text begins as a formula."""
    shown = _PROSE.split(text, 1)[0]
    return bool(_COMMAND.search(shown) or _RELATION.match(shown))


def _is_alone(before: str, after: str, parent: Element) -> bool:
    """True for a sign that is alone in a line of a paragraph, as that of a display formula is."""
    is_line = not before.rpartition("\n")[2].strip() and not after.partition("\n")[0].strip()
    return is_line and parent.kind == "p" and not parent.tight


def _closing(opening: str) -> str:
    return {r"\\(": r"\\)", r"\\[": r"\\]"}.get(opening, opening.replace("begin", "end"))


_NEAR = 300
"""Characters on both sides that may tell a formula."""
_BLANK = regex(r"\n[ \t]*\n").search
_PROSE = regex(rf"[{CJK}\u3000-\u303f\uff00-\uffef]")
_COMMAND = regex(r"\\[A-Za-z]{2,}")
_RELATION = regex(r"\s*[({|]*[A-Za-z](?:[_^']\S*|\([^()\n]*\))?\s*[=<>≤≥≈∈^_]")
"""The beginning of a formula: a symbol, and a sign of relation or an index behind it."""

"""HTML and SVG, by structure: elements, attributes in any order, texts; tables cell by cell.

Ids that a library draws at random are given names by their order of appearance; comments, and the
metadata of an SVG (when and by what it was made), are no part of it.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser

from evergreen.check.result import (
    SAME,
    ComparisonResult,
    ComparisonRules,
    DifferenceLevel,
    short,
    short_pair,
    worst,
)
from evergreen.check.text import LONGEST, compare_text, is_close_text

_ID = re.compile(r"""\sid\s*=\s*["']([^"']{3,})["']""")
_WORDS = re.compile(r"[\w-]+")
_VOID = {"br", "hr", "img", "input", "meta", "link", "col", "wbr", "source"}

Part = tuple[str, ...]
"""`("start", tag, name, value, …)`, `("end", tag)`, `("text", text)`."""


@dataclass(slots=True)
class _Table:
    """The rows of a table, as the texts of their cells."""

    rows: list[list[str]] = field(default_factory=list)


def compare_markup(then: str, now: str, rules: ComparisonRules) -> ComparisonResult:
    """How far two texts of HTML or SVG are apart."""
    if then == now:
        return SAME
    if rules.options.compare == "exact":
        return compare_text(then, now, rules)
    ids = _ID.findall(then), _ID.findall(now)
    shared = set(ids[0]) & set(ids[1])
    try:
        before, after = _read(_renamed(then, ids[0], shared)), _read(_renamed(now, ids[1], shared))
    except AssertionError:  # Python's way of refusing a malformed declaration
        return compare_text(then, now, rules)
    if len(before.tables) == len(after.tables):
        pairs = zip(before.tables, after.tables, strict=True)
        found = worst(_compare_tables(a.rows, b.rows, rules) for a, b in pairs)
        if found.level == DifferenceLevel.DIFFERENT:
            return found
    return _compare_parts(before.parts, after.parts, rules)


def has_table(text: str) -> bool:
    """Whether there is a table in some HTML."""
    return "<table" in text


class _Reader(HTMLParser):
    """Collects the parts and the tables of a text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[Part] = []
        self.tables: list[_Table] = []
        self.open: list[_Table] = []
        self.hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "metadata":
            self.hidden += 1
        if self.hidden:
            return
        flat = [each for name, value in sorted(attrs, key=str) for each in (name, value or "")]
        self.parts.append(("start", tag, *flat))
        self._in_table(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag == "metadata":
            self.hidden = max(self.hidden - 1, 0)
            return
        if self.hidden:
            return
        self.parts.append(("end", tag))
        if tag == "table" and self.open:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        if self.hidden or not data.strip():
            return
        self.parts.append(("text", data.strip()))
        if self.open and self.open[-1].rows and self.open[-1].rows[-1]:
            self.open[-1].rows[-1][-1] += data.strip()

    def _in_table(self, tag: str) -> None:
        if tag == "table":
            self.tables.append(_Table())
            self.open.append(self.tables[-1])
        elif self.open and tag == "tr":
            self.open[-1].rows.append([])
        elif self.open and tag in ("td", "th") and self.open[-1].rows:
            self.open[-1].rows[-1].append("")


def _read(text: str) -> _Reader:
    reader = _Reader()
    reader.feed(text)
    reader.close()
    return reader


def _renamed(text: str, ids: Sequence[str], shared: set[str]) -> str:
    """The text with the ids that the other one has not as `id-1`, `id-2`, also where they are
    named.
    """
    own = dict.fromkeys(name for name in ids if name not in shared)
    names = {name: f"id-{number}" for number, name in enumerate(own, 1)}
    if not names:
        return text
    return _WORDS.sub(lambda found: names.get(found[0], found[0]), text)


def _compare_tables(
    then: Sequence[list[str]], now: Sequence[list[str]], rules: ComparisonRules
) -> ComparisonResult:
    if len(then) == len(now):
        triples = enumerate(zip(then, now, strict=True))
        return worst(_compare_rows(n, a, b, then[0], rules) for n, (a, b) in triples)
    message = f"the table has {_rows(now)}, it had {_rows(then)}"
    keys = [[" | ".join(row) for row in side[:LONGEST]] for side in (then, now)]
    matcher = difflib.SequenceMatcher(None, keys[0], keys[1], autojunk=False)
    lines: list[tuple[str, str]] = []
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag != "equal":
            lines += [(row, "") for row in keys[0][a:b]]
            lines += [("", row) for row in keys[1][c:d]]
    return ComparisonResult(DifferenceLevel.DIFFERENT, message, tuple(lines))


def _rows(table: Sequence[list[str]]) -> str:
    return f"{len(table)} row{'' if len(table) == 1 else 's'}"


def _compare_rows(
    number: int,
    then: Sequence[str],
    now: Sequence[str],
    head: Sequence[str],
    rules: ComparisonRules,
) -> ComparisonResult:
    """Two rows; the line of the difference is the whole row, the message names the first cell."""
    lines = ((" | ".join(then), " | ".join(now)),)
    if len(then) != len(now):
        message = f"row {number} of the table has {len(now)} cells, it had {len(then)}"
        return ComparisonResult(DifferenceLevel.DIFFERENT, message, lines)
    levels = [is_close_text(a, b, rules) for a, b in zip(then, now, strict=True)]
    level = max(levels, default=DifferenceLevel.SAME)
    if level == DifferenceLevel.SAME:
        return SAME
    at = levels.index(level)
    column = f"column '{short(head[at], 20)}'" if at < len(head) and head[at] else f"cell {at + 1}"
    old, new = short_pair(then[at], now[at])
    message = f"row {number}, {column}: {old} is {new} now"
    return ComparisonResult(level, message, lines)


def _compare_parts(
    then: Sequence[Part], now: Sequence[Part], rules: ComparisonRules
) -> ComparisonResult:
    """The first part that is apart; what is behind a part that is one more or less is not told."""
    results = [_compare_part(a, b, rules) for a, b in zip(then, now, strict=False)]
    found = worst(results)
    if found.level == DifferenceLevel.DIFFERENT or len(then) == len(now):
        return found
    longer = then if len(then) > len(now) else now
    extra = longer[min(len(then), len(now))]
    verb = "gone" if longer is then else "new"
    return ComparisonResult(DifferenceLevel.DIFFERENT, f"{_named(extra)} is {verb}")


def _compare_part(then: Part, now: Part, rules: ComparisonRules) -> ComparisonResult:
    if then == now:
        return SAME
    if then[:2] != now[:2] and (then[0], now[0]) != ("text", "text"):
        return ComparisonResult(
            DifferenceLevel.DIFFERENT,
            f"{_named(then)} is {_named(now)} now",
            ((_written(then), _written(now)),),
        )
    if then[0] == "text":
        return compare_text(then[1], now[1], rules)
    return worst(_compare_attributes(then, now, rules))


def _compare_attributes(
    then: Part, now: Part, rules: ComparisonRules
) -> Iterator[ComparisonResult]:
    rules = replace(rules, rounded=False)
    before, after = (dict(zip(part[2::2], part[3::2], strict=True)) for part in (then, now))
    for name in dict.fromkeys((*before, *after)):
        old, new = before.get(name, ""), after.get(name, "")
        level = is_close_text(old, new, rules)
        if name not in before or name not in after:
            level = DifferenceLevel.DIFFERENT
        if level:
            one, two = short_pair(old, new)
            what = f"{name} of <{then[1]}>: {one} is {two} now"
            yield ComparisonResult(level, what, ((f'{name}="{one}"', f'{name}="{two}"'),))


def _named(part: Part) -> str:
    return f"'{short(part[1])}'" if part[0] == "text" else f"<{part[1]}>"


def _written(part: Part) -> str:
    if part[0] == "text":
        return part[1]
    return f"</{part[1]}>" if part[0] == "end" else f"<{part[1]}>"

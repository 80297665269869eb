"""HTML and SVG by their content: tables cell by cell, text by line, shapes by their attributes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html.parser import HTMLParser
from typing import TypeVar

from evergreen.check.alignment import align
from evergreen.check.figures import compare_figures
from evergreen.check.html_content import Content, read_html, shape_line
from evergreen.check.result import (
    SAME,
    Change,
    ComparisonResult,
    ComparisonRules,
    DifferenceLevel,
    short,
    short_pair,
    together,
)
from evergreen.check.text import compare_text, scale_of
from evergreen.check.tokens import read_tokens, solid
from evergreen.dataclass import replace
from evergreen.regex import regex

T = TypeVar("T")
_COLOUR = regex(r"#(?:[0-9a-fA-F]{3,4}){1,2}")
_SVG_NUMBER = regex(
    r"(?<![\w#.])[+-]?(?:\d{1,20}\.?\d*|\.\d+)(?:e[+-]?\d+)?|"
    r"(?<=[MLHVCSQTAZmlhvcsqtaz])[+-]?(?:\d{1,20}\.?\d*|\.\d+)"
)
COORDINATE = 0.02
"""Difference of two coordinates of an SVG that nobody sees."""


def compare_markup(then: str, now: str, rules: ComparisonRules) -> ComparisonResult:
    """Compare two texts of HTML."""
    return _compare(then, now, rules, read_html, _compare_contents)


def compare_svg(then: str, now: str, rules: ComparisonRules) -> ComparisonResult:
    """Compare two texts of SVG."""
    return _compare(then, now, rules, _read_svg, _compare_svg)


def has_table(text: str) -> bool:
    """True if HTML has a table."""
    return "<table" in text


def _compare(
    then: str,
    now: str,
    rules: ComparisonRules,
    read: Callable[[str], T],
    compare: Callable[[T, T, ComparisonRules], ComparisonResult],
) -> ComparisonResult:
    if then == now:
        return SAME
    if rules.options.compare == "exact":
        return compare_text(then, now, rules)
    try:
        before, after = read(then), read(now)
    except AssertionError:  # Python's parser refuses a malformed declaration so
        return compare_text(then, now, rules)
    return compare(before, after, rules)


def _compare_contents(then: Content, now: Content, rules: ComparisonRules) -> ComparisonResult:
    parts = []
    if len(then.tables) == len(now.tables):
        for number, tables in enumerate(zip(then.tables, now.tables, strict=True), 1):
            parts.append(_below(f"T{number}", _compare_tables(*tables, rules)))
    parts.append(_below("H", compare_text("\n".join(then.lines), "\n".join(now.lines), rules)))
    parts.append(_below("S", compare_text(_script(then), _script(now), rules)))
    parts.append(_below("E", compare_text(*_shared_properties(then, now), rules)))
    exact = rules.options.compare == "exact" or rules.exact
    pictures = zip(then.pictures, now.pictures, strict=False)
    for number, pair in enumerate(pictures, 1):
        parts.append(_below(f"P{number}", compare_figures(*pair, exact)))
    if len(then.pictures) != len(now.pictures):
        message = f"there are {len(now.pictures)} pictures, there were {len(then.pictures)}"
        change = Change(DifferenceLevel.DIFFERENT, "other", "P", "P", message)
        parts.append(ComparisonResult((change,)))
    return together(parts)


def _shared_properties(then: Content, now: Content) -> tuple[str, str]:
    """Return the properties that both releases show: a new parameter is no change of the result."""
    names = [name for name in then.properties if name in now.properties]
    before, after = (
        "\n".join(f"{name} = {side.properties[name]}" for name in names) for side in (then, now)
    )
    return before, after


def _script(content: Content) -> str:
    """Return the scripts with one white space between all signs."""
    lines = (line for script in content.scripts for line in script.split("\n"))
    words = (" ".join(t.text for t in solid(read_tokens(line))) for line in lines)
    return "\n".join(line for line in words if line)


def _below(place: str, result: ComparisonResult) -> ComparisonResult:
    """Return the result with a part's name before its places."""
    return replace(
        result,
        changes=tuple(
            replace(each, place=f"{place}:{each.place}", at=f"{place}:{each.at}" if each.at else "")
            for each in result.changes
        ),
    )


def _compare_tables(
    then: Sequence[list[str]], now: Sequence[list[str]], rules: ComparisonRules
) -> ComparisonResult:
    scale = min(scale_of(cell for row in side for cell in row) for side in (then, now))
    rules = replace(rules, scale=scale)
    if len(then) == len(now):
        head = then[0] if then else []
        rows = enumerate(zip(then, now, strict=True))
        return together(_compare_rows(n, n, a, b, head, rules) for n, (a, b) in rows)
    message = f"the table has {_rows(now)}, it had {_rows(then)}"
    keys = [[" | ".join(row) for row in side] for side in (then, now)]
    found = align(keys[0], keys[1])
    lines = [(keys[0][n], "") for n in found.gone] + [("", keys[1][n]) for n in found.new]
    changes = [
        Change(DifferenceLevel.DIFFERENT, "other", "rows", "rows", message, line) for line in lines
    ]
    parts = [
        _compare_rows(a, b, then[a], now[b], then[0], rules)
        for a, b in (*found.pairs, *found.moved)
        if then[a] != now[b] and len(then[a]) == len(now[b])
    ]
    rest = together(parts)
    first = Change(DifferenceLevel.DIFFERENT, "other", "rows", "rows", message)
    return ComparisonResult((*(changes or [first]), *rest.changes))


def _rows(table: Sequence[list[str]]) -> str:
    return f"{len(table)} row{'' if len(table) == 1 else 's'}"


def _compare_rows(
    one: int,
    other: int,
    then: Sequence[str],
    now: Sequence[str],
    head: Sequence[str],
    rules: ComparisonRules,
) -> ComparisonResult:
    """Compare two rows; a change shows the whole row, and its message names the cell."""
    lines = (" | ".join(then), " | ".join(now))
    place, at = f"R{one}", f"R{other}"
    if len(then) != len(now):
        message = f"row {other} of the table has {len(now)} cells, it had {len(then)}"
        change = Change(DifferenceLevel.DIFFERENT, "other", place, at, message, lines)
        return ComparisonResult((change,))
    parts = []
    for number, (old, new) in enumerate(zip(then, now, strict=True)):
        found = compare_text(old, new, rules)
        if not found.level:
            continue
        named = number < len(head) and head[number]
        column = f"column '{short(head[number], 20)}'" if named else f"cell {number + 1}"
        a, b = short_pair(old, new)
        message = f"row {other}, {column}: {a} is {b} now"
        parts += [
            replace(
                each,
                place=f"{place}.C{number}:{each.place}",
                at=f"{at}.C{number}:{each.at}",
                message=message,
                line=lines,
            )
            for each in found.changes
        ]
    return ComparisonResult(tuple(parts), len(parts) and _numbers(now))


def _numbers(row: Sequence[str]) -> int:
    return sum(any(character.isdigit() for character in cell) for cell in row)


# --- SVG ------------------------------------------------------------------------------------------


class _SvgReader(HTMLParser):
    """Collects the shapes and the texts of an SVG."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.shapes: list[str] = []
        self.texts: list[str] = []
        self.hidden = 0
        self.names: dict[str, str] = {}
        self.text = text

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take a shape."""
        if tag in ("metadata", "style", "title", "desc"):
            self.hidden += 1
        elif not self.hidden:
            values = {name: value or "" for name, value in attrs}
            self.shapes.append(shape_line(tag, values, self._stable))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take a shape without content."""
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        """Leave what is not shown."""
        if tag in ("metadata", "style", "title", "desc"):
            self.hidden = max(self.hidden - 1, 0)

    def handle_data(self, data: str) -> None:
        """Take text."""
        if data.strip() and not self.hidden:
            self.texts.append(" ".join(data.split()))

    def _stable(self, value: str) -> str:
        """Replace references to elements by numbers in their order; write numbers in one form."""
        if "url(#" in value or (value.startswith("#") and not _COLOUR.fullmatch(value)):
            name = value.partition("#")[2].rstrip(")")
            return f"→{self.names.setdefault(name, str(len(self.names) + 1))}"
        if len(value) < 100_000 and not value.startswith(("#", "data:")):
            return _svg_numbers(value)
        return value


def _svg_numbers(value: str) -> str:
    """Write each number of an attribute with three decimals."""
    return _SVG_NUMBER.sub(lambda found: f" {float(found[0]):.3f} ", value)


def _read_svg(text: str) -> _SvgReader:
    reader = _SvgReader(text)
    reader.feed(text)
    reader.close()
    return reader


def _compare_svg(then: _SvgReader, now: _SvgReader, rules: ComparisonRules) -> ComparisonResult:
    options = replace(rules.options, atol=max(rules.options.atol, COORDINATE))
    shapes = compare_text(
        "\n".join(then.shapes), "\n".join(now.shapes), replace(rules, options=options)
    )
    texts = compare_text("\n".join(then.texts), "\n".join(now.texts), rules)
    return together([_below("X", texts), _below("S", shapes)])

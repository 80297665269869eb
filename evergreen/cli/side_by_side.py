"""Show differing lines in two columns, published and now.

Equal parts are aligned, numbers at their decimal points.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from evergreen.check.tokens import Token, read_tokens, solid

_THEN, _NOW = "red", "green"
INDENT = 2


def side_by_side(pairs: Sequence[tuple[str, str]], width: int) -> Iterator[str]:
    """Yield the lines of a table with ANSI colours; nothing for no pairs.

    Lines that are too long for two columns are shown one below the other.
    """
    rows = [aligned(*pair) for pair in pairs]
    if not rows:
        return
    room = (width - INDENT - 3) // 2
    beside = all(cell_len(text.plain) <= room for row in rows for text in row)
    out = io.StringIO()
    console = Console(
        file=out, width=width, force_terminal=True, color_system="standard", highlight=False
    )
    console.print(_beside(rows) if beside else _stacked(rows))
    for line in out.getvalue().rstrip().split("\n"):
        yield line.rstrip()


def aligned(then: str, now: str) -> tuple[Text, Text]:
    """Colour what differs in two lines; pad them to one layout if only numbers differ."""
    before, after = read_tokens(then), read_tokens(now)
    kinds = [[token.kind for token in solid(side)] for side in (before, after)]
    if not then or not now or kinds[0] != kinds[1]:
        return Text(then, _THEN), Text(now, _NOW)
    left, right = Text(), Text()
    for (space, old), (other, new) in zip(_spaced(before), _spaced(after), strict=True):
        changed = old.text != new.text
        one, two = _padded(old, new)
        gap = max(len(space), len(other))
        left.append(" " * gap + one, _THEN if changed else "")
        right.append(" " * gap + two, _NOW if changed else "")
    return left, right


def _spaced(tokens: Sequence[Token]) -> Iterator[tuple[str, Token]]:
    """Yield each token that is not whitespace, with the whitespace before it."""
    space = ""
    for token in tokens:
        if token.kind in ("space", "newline"):
            space += token.text
        else:
            yield space, token
            space = ""


def _padded(then: Token, now: Token) -> tuple[str, str]:
    """Pad two tokens to one width: numbers at their decimal points, words to the left."""
    if then.kind != "number" or then.text == now.text:
        width = max(cell_len(then.text), cell_len(now.text))
        one, two = (each.text + " " * (width - cell_len(each.text)) for each in (then, now))
        return one, two
    parts = [each.text.partition(".") for each in (then, now)]
    whole = max(len(part[0]) for part in parts)
    rest = max(len(part[1] + part[2]) for part in parts)
    one, two = (part[0].rjust(whole) + (part[1] + part[2]).ljust(rest) for part in parts)
    return one, two


def _beside(rows: Sequence[tuple[Text, Text]]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1), show_header=True, header_style="dim")
    table.add_column(" " * INDENT + "published", no_wrap=True)
    table.add_column("now", no_wrap=True)
    for then, now in rows:
        table.add_row(Text(" " * INDENT) + then, Text("│ ", "dim") + now)
    return table


def _stacked(rows: Sequence[tuple[Text, Text]]) -> Text:
    lines = []
    for then, now in rows:
        for sign, text in (("- ", then), ("+ ", now)):
            if text.plain:
                lines.append(Text(" " * INDENT + sign, _THEN if sign == "- " else _NOW) + text)
    return Text("\n").join(lines)

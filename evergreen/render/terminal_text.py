"""Text that code printed, as HTML: colours, links (OSC 8), lines that repeat."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from itertools import pairwise

from evergreen.regex import regex
from evergreen.render.contrast import readable_spans

MIN_REPEATS = {"stderr": 10, "stdout": 100}
"""From so many equal lines on, one is shown with their number. Programs may draw with a few."""
_LONGEST_PERIOD = 4
"""A message that repeats may have so many lines."""
_LINK = regex(r"\x1b\]8;[^;\x07\x1b]*;([^\x07\x1b]*)(?:\x07|\x1b\\)")
_OTHER_COMMAND = regex(r"\x1b\](?!8;)[^\x07\x1b]*(?:\x07|\x1b\\)")
_COLOR = regex(r"\x1b\[([\d;]*)m")
_INCOMPLETE = regex(
    r"\x1b\[(?:[34]8;(?:5;\d+|2;\d+;\d+;\d+);|(?![34]8[;m])\d*;)*"
    r"[34]8(?!;5;\d|;2;\d+;\d+;\d)(?:;\d*)*m"
)
"""A sequence that lacks the numbers of its colour."""
_ADDRESS = regex(r"(?:https?://|mailto:)[^\s\"<>]+", re.I)


def ansi_html(text: str) -> str:
    """Escape text as HTML, with ANSI colours as spans of nbconvert's classes (`ansi-red-fg`) and
    the links of terminals as links."""
    if "\x1b" not in text:
        return escape(text, quote=False)
    text = _OTHER_COMMAND.sub("", text)
    return "".join(_linked(text)) if "\x1b]8;" in text else _colored(text)


def stream_html(text: str, name: str) -> str:
    """Return what was printed to a stream as HTML; lines that repeat are shown once."""
    least = MIN_REPEATS.get(name, MIN_REPEATS["stdout"])
    if text.count("\n") < least:
        return ansi_html(text)
    return "\n".join(_shortened(text.split("\n"), least))


def _shortened(lines: list[str], least: int) -> Iterator[str]:
    """Yield the HTML of lines; of what repeats, the first, with the number of times."""
    at = start = 0
    while at < len(lines):
        period, times = _repeats(lines, at)
        if times < least:
            at += 1
            continue
        if at > start:
            yield ansi_html("\n".join(lines[start:at]))
        shown = ansi_html("\n".join(lines[at : at + period]))
        sign = f'<span class="repeats">× {times}</span>'
        yield f"{shown} {sign}" if period == 1 else f"{shown}\n{sign}"
        at = start = at + period * times
    if start < len(lines):
        yield ansi_html("\n".join(lines[start:]))


def _repeats(lines: list[str], at: int) -> tuple[int, int]:
    """Return how many lines repeat from an index on, and how often."""
    for period in range(1, _LONGEST_PERIOD + 1):
        block = lines[at : at + period]
        if len(block) < period or not any(map(str.strip, block)):
            return 1, 1
        times, end = 1, at + period
        while lines[end : end + period] == block:
            times, end = times + 1, end + period
        if times > 1:
            return period, times
    return 1, 1


def _linked(text: str) -> Iterator[str]:
    """Yield the HTML of the text in and between links; colours go on from one to the next."""
    places = [(0, 0, ""), *((m.start(), m.end(), m[1]) for m in _LINK.finditer(text))]
    color = ""
    for (_, start, url), (end, _, _) in pairwise([*places, (len(text), 0, "")]):
        shown = _colored(color + text[start:end])
        color = _after(color, text[start:end])
        is_link = shown and _ADDRESS.fullmatch(url)
        yield f'<a href="{escape(url)}">{shown}</a>' if is_link else shown


def _after(color: str, text: str) -> str:
    """Return the sequences that set the colours which hold below a text."""
    for found in _COLOR.finditer(text):
        color = color + found[0] if found[1].strip("0;") else ""
    return color


def _colored(text: str) -> str:
    if "\x1b" not in text:
        return escape(text, quote=False)
    from nbconvert.filters.ansi import ansi2html  # takes 0.4 s to import

    return readable_spans(str(ansi2html(_INCOMPLETE.sub("", text))))

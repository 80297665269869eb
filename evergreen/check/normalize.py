"""Normalization before a comparison: remove from a text what one run shows to be its own.

These are terminal colours, addresses of objects, paths of temporary files, of home folders and of
installed packages, and lines in the format of an
instrument that measures time (`%timeit`, `%%time`, tqdm, Keras' progress bar), with what it remarks
on a slow or busy machine. Every other duration or id is a result until a second run shows another
one.
"""

from __future__ import annotations

import re

from evergreen.execution.terminal import render_final
from evergreen.regex import regex

HOLE = "…"
"""Replacement of what is removed."""

_ESCAPE = regex(r"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b[@-Z\\-_]")
_COLOUR = regex(r"\x1b\[([0-9;]*)m|(\S)")
_SPAN = (
    r"\d{1,9}(?:\.\d{1,9})?(?:e[+-]?\d+)?\s?(?:ns|[µμu]s|ms|s|min|h)\b(?:\s\d{1,3}\s?(?:s|min)\b)?"
)
_RULES = tuple(
    (regex(pattern, flags), instead)
    for pattern, instead, flags in (
        (r"(?<= at )0x[0-9a-f]{4,16}\b", "0x…", re.I),
        (r"\b0x(?:0000)?[0-9a-f]{9,12}\b", "0x…", re.I),
        (r"(?<=<socket\.socket fd=)\d+", HOLE, 0),
        (r"(?<=started )(?:daemon )?\d{9,}", HOLE, 0),
        (r"(?:/private)?/var/folders/\w\w/\w+/\w", "/tmp", 0),
        (r"[A-Za-z]:\\Users\\[^\\\s]+\\AppData\\Local\\Temp", "/tmp", 0),
        (r"\bipykernel_\d+(?:/\d+\.py)?\b", "ipykernel_…", 0),
        (r"(?<=/tmp)(?:/[\w.+-]+)+(?=/)", "/…", 0),
        (r"\btmp[a-z0-9_]{8}(?![a-z0-9_])", "tmp…", 0),
        (r"(?<=/tmp/)[\w+-]*[-_.][A-Za-z0-9_]{6,12}\b(?!\.)", HOLE, 0),
        (r"/run/user/\d+", "/run/user/…", 0),
        (r"\b[A-Za-z]:\\Users\\[^\\\s]+(?=\\)", "~", 0),
        (r"(?<![\w.~])(?:/home|/Users)/[\w.+-]+(?=/)|(?<![\w.~])/root(?=/)", "~", 0),
        (r"(?<![\w.])[~/][\w.+~@/-]{0,300}/(?=(?:site|dist)-packages/)", "", 0),
        (r"(?<![\w.])[~/][\w.+~@/-]{0,300}/lib/python3\.\d+/(?=[\w/]+\.py\b)", "lib/python/", 0),
        (r"\b((?:site|dist)-packages/[\w./+-]+):\d+", r"\1:…", 0),
        (r"((?:site|dist)-packages/[\w./+-]+\.py\", line )\d+", r"\1…", 0),
        (r"^\[LightGBM\] \[Info\] Auto-choosing [^\n]*overhead of testing was[^\n]*", HOLE, re.M),
        (r"^You can set `force_(?:row|col)_wise=true`[^\n]*\n?", "", re.M),
        (r"^And if memory is not enough, you can set `force_col_wise=true`\.\n?", "", re.M),
        (r"^CPU times: [^\n]*total: [^\n]*", HOLE, re.M),
        (r"^Wall time: [^\n]*", HOLE, re.M),
        (r"(?<=\bup )[^\n]{1,40}, +\d+ users?, +load average: [\d., ]+", HOLE, 0),
        (r"\b(?:sdisk)?usage\(total=\d+, used=\d+, free=\d+(?:, percent=[\d.]+)?\)", HOLE, 0),
        (r"^The slowest run took [\d.]+ times longer than the fastest\.[^\n]*\n?", "", re.M),
        (r"^[^\n]*`?on_\w+`? is slow compared to the batch time[^\n]*\n?", "", re.M),
        (r"^[^\n]*full garbage collections took \d+% CPU time recently[^\n]*\n?", "", re.M),
        (r"^[^\n]*Event loop was unresponsive in \w+ for [^\n]*\n?", "", re.M),
        (rf"{_SPAN}\s*±\s*{_SPAN}\s+per loop[^\n]*", HOLE, 0),
        (r"(?<=/)(\d[\d.]*[kM]?) \[\d+:\d\d(?::\d\d)?<[^\]\n]{0,99}\]", r"\1", 0),
        (rf"(?<=[━╸])\s*{_SPAN}(?:\s{_SPAN}/(?:step|epoch))?", HOLE, 0),
        (rf"(?<=^)(\d+/\d+ -) {_SPAN}(?: - {_SPAN}/step)?", rf"\1 {HOLE}", re.M),
    )
)


def normalize(text: str) -> str:
    """Return the text without its run's own marks and without white space at line ends."""
    text = render_final(_ESCAPE.sub("", text.replace("\r\n", "\n")))
    for pattern, instead in _RULES:
        text = pattern.sub(instead, text)
    return "\n".join(line.rstrip() for line in text.split("\n")).strip("\n")


def colours(text: str) -> list[str]:
    """Return the colours of a text as a terminal shows them, in their order."""
    found: list[str] = []
    state = {"ink": "", "ground": ""}
    for part in _COLOUR.finditer(render_final(text) if "\x1b[" in text else ""):
        if part[2] is None:
            _take_colour(state, [int(each or 0) for each in part[1].split(";")])
        elif (shown := f"{state['ink']} on {state['ground']}") not in found[-1:]:
            found.append(shown)
    return found


def _take_colour(state: dict[str, str], codes: list[int]) -> None:
    """Set the colours by the codes of a control sequence; weights and underlines have none."""
    for at, code in enumerate(codes):
        layer = "ground" if code // 10 in (4, 10) else "ink"
        if code == 0:
            state.update(ink="", ground="")
        elif code in (38, 48):
            state[layer] = ";".join(map(str, codes[at:]))
            return
        elif code // 10 in (3, 4, 9, 10):
            state[layer] = "" if code % 10 == 9 else str(code)

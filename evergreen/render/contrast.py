"""Colours of outputs, readable on light and on dark pages.

A terminal or a library chooses colours for one background. Each text colour becomes
`light-dark(A, B)`: A is the colour, darkened until its contrast with a light page is that of WCAG
2.2 (1.4.3), and B the colour, lightened for a dark page. HTML that sets backgrounds keeps its
colours, as they are chosen for each other.
"""

from __future__ import annotations

import re
from functools import lru_cache

from evergreen.regex import regex

_STYLE = regex(r"(<[a-zA-Z][^<>]*?\sstyle\s*=\s*)(?:\"([^\"<>]*)\"|'([^'<>]*)')")
_COLOR = regex(r"((?:^|;)\s*(?:text-decoration-)?color\s*:\s*)([^;!]+)", re.I)
_ON = regex(r"(?:^|;)\s*background(?:-color)?\s*:\s*([^;!]+)", re.I)
_BACKGROUND = regex(r"<style[\s>]|<[a-z][^<>]*?(?:\sbgcolor\s*=|background(?:-color)?\s*:)", re.I)
_LEAST = 4.5
"""Contrast of normal text, WCAG 2.2 level AA."""
_LIGHT, _DARK = (240, 236, 236), (46, 46, 46)
"""The darkest light background and the lightest dark one on which outputs are shown."""
_STEPS = 24

_Rgb = tuple[int, ...]


def readable_colors(html: str) -> str:
    """Return HTML whose text colours have enough contrast on light and dark pages."""
    if "color" not in html or _BACKGROUND.search(html):
        return html
    return readable_spans(html)


def readable_spans(html: str) -> str:
    """Do the same for HTML whose elements are not nested: one with a background keeps its colour,
    or gets black or white if it has none.
    """
    return _STYLE.sub(_style, html) if "color" in html else html


def _style(found: re.Match[str]) -> str:
    quote, style = ('"', found[2]) if found[2] is not None else ("'", found[3])
    background = _ON.search(style)
    if not background:
        style = _COLOR.sub(lambda each: each[1] + both(each[2].strip()), style)
    elif not _COLOR.search(style) and (rgb := _rgb(background[1])):
        ink = max("#000", "#fff", key=lambda ink: contrast(_rgb(ink), rgb))
        style = f"{style.rstrip('; ')}; color: {ink}"
    return f"{found[1]}{quote}{style}{quote}"


@lru_cache(maxsize=512)
def both(color: str) -> str:
    """Return a CSS colour as `light-dark(…)`; unchanged if it has no fixed value."""
    rgb = _rgb(color)
    if not rgb:
        return color
    light, dark = _towards(rgb, 0, _LIGHT), _towards(rgb, 255, _DARK)
    return f"light-dark(rgb{light}, rgb{dark})".replace(", ", ",").replace("),rgb", "), rgb")


def contrast(one: _Rgb, other: _Rgb) -> float:
    """Return the contrast ratio of two colours, 1 to 21 (WCAG 2.2, "contrast ratio")."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _towards(rgb: _Rgb, end: int, background: _Rgb) -> _Rgb:
    """Return the colour, mixed with black or white until it is readable on the background."""
    mixed = rgb
    for step in range(_STEPS + 1):
        mixed = tuple(round(part + (end - part) * step / _STEPS) for part in rgb)
        if contrast(mixed, background) >= _LEAST:
            break
    return mixed


def _rgb(color: str) -> _Rgb:
    """Return red, green and blue of an opaque colour; () for `inherit`, `var(…)` and the like."""
    from PIL import ImageColor  # late: few outputs have colours

    try:
        rgb = ImageColor.getrgb(color.strip())
    except ValueError:
        return ()
    return rgb[:3] if len(rgb) == 3 or rgb[3] == 255 else ()


def _luminance(rgb: _Rgb) -> float:
    """Return the relative luminance of an sRGB colour, 0 to 1 (WCAG 2.2)."""
    red, green, blue = (
        part / 255 / 12.92 if part <= 10 else ((part / 255 + 0.055) / 1.055) ** 2.4 for part in rgb
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue

"""Badges of posts and of the blog: small SVG pictures for other sites to embed."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from evergreen.content.static_pages import is_static
from evergreen.model import Artifact, LastCheck, Page
from evergreen.model.urls import file_of

FOLDER = "_status"
OVERALL = f"{FOLDER}/badge.svg"
_COLORS = {"good": "#1b6a46", "bad": "#a8231c", "open": "#59635d"}
_HEIGHT, _PAD, _SIZE = 20, 7, 11


def badge_path(page: Page) -> str:
    """Return the path of a post's badge: `/articles/tree/` → `_status/articles/tree.svg`."""
    return f"{FOLDER}/{file_of(page.post).removesuffix('/index.html').removesuffix('.html')}.svg"


def tone(check: LastCheck | None) -> str:
    """Return the tone of a verdict: `good`, `bad`, or `open` if it says nothing."""
    if check is None or check.verdict in ("differs", "not comparable"):
        return "open"
    return "good" if check.verdict in ("same", "within tolerance") else "bad"


def count_tones(checks: Iterable[LastCheck | None]) -> dict[str, int]:
    """Return the number of posts of each tone."""
    tones = [tone(check) for check in checks]
    return {name: tones.count(name) for name in _COLORS}


def is_badged(page: Page) -> bool:
    """True if a page has a badge: it is a post that was checked."""
    return page.check is not None and not is_static(page.post)


def draw_badge(path: str, label: str, value: str, tone: str) -> Artifact:
    """Draw a badge with a label and a value."""
    left, right = (_width(text) + 2 * _PAD for text in (label, value))
    name = escape(f"{label}: {value}")
    text = 'y="14" font-family="Verdana,DejaVu Sans,sans-serif"'
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="{_HEIGHT}"'
        f' role="img" aria-label="{name}"><title>{name}</title>'
        f'<clipPath id="r"><rect width="{left + right}" height="{_HEIGHT}" rx="3"/></clipPath>'
        f'<g clip-path="url(#r)"><rect width="{left}" height="{_HEIGHT}" fill="#333"/>'
        f'<rect x="{left}" width="{right}" height="{_HEIGHT}" fill="{_COLORS[tone]}"/></g>'
        f'<g fill="#fff" font-size="{_SIZE}">'
        f'<text x="{_PAD}" {text} textLength="{left - 2 * _PAD}">{escape(label)}</text>'
        f'<text x="{left + _PAD}" {text} textLength="{right - 2 * _PAD}">{escape(value)}</text>'
        "</g></svg>\n"
    )
    return Artifact(path, svg.encode("utf-8", "replace"))


def _width(text: str) -> int:
    """Return the approximate width of a text in pixels."""
    wide = sum(sign >= "\u2e80" for sign in text)
    return round((len(text) - wide) * 6.4 + wide * _SIZE)

"""The document in which a chart is drawn. It stands in a sandbox of its own: without the page, its
origin, storage or the network; one script comes from the site, the library with `NAME.js` behind
it (and `NAME.before.js` in front, where there is one), which draws what the element `chart` holds
as data. Scripts that an output has itself run in a frame without anything of the site's.
"""

from __future__ import annotations

import json
import re
from functools import cache
from html import escape
from pathlib import Path

from evergreen.model.charts import Chart, Name

_POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-eval'; style-src 'unsafe-inline'; "
    "img-src data: blob:; font-src data:; worker-src blob:; base-uri 'none'; form-action 'none'"
)
"""Plotly and Vega compile expressions and set styles; there is nothing in the sandbox to gain."""
_OWN_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; "
    "img-src data: blob:; font-src data:; media-src data: blob:; worker-src blob:; "
    "base-uri 'none'; form-action 'none'"
)
"""What stands in the document itself; nothing is fetched, and nothing can be sent."""
_ALONE = (
    'if (origin !== "null") document.head.append(Object.assign(document.createElement("meta"),'
    """ { httpEquiv: "Content-Security-Policy", content: "script-src 'none'" }));"""
)
"""In front of all: opened by itself, the document has the site's origin, and none of its scripts is
to run there."""
_TELL = (
    "(() => { const tell = () => parent.postMessage({ chartHeight:"
    ' document.querySelector("main").getBoundingClientRect().bottom + 8 }, "*");'
    ' new ResizeObserver(tell).observe(document.querySelector("main")); })();'
)
_ICONS = {
    "minus": "−",
    "plus": "+",
    "play": "▶",
    "pause": "‖",
    "step-forward": "›",
    "step-backward": "‹",
    "fast-forward": "»",
    "fast-backward": "«",
}
"""Of Matplotlib's animations, which ask another site for a font."""
_ICON_STYLE = "".join(
    f'.fa-{name}::before{{content:"{sign}"}}' for name, sign in _ICONS.items()
) + (
    ".fa{font:14px/1 system-ui,sans-serif}.fa-flip-horizontal{display:inline-block;scale:-1 1}"
    "main:has(>.animation){text-align:center}main img{max-width:100%;height:auto}"
)
_ICON_FONT = re.compile(r"<link\b[^<>]*\bfont-awesome\b[^<>]*>")
_STYLE = (
    "html{color-scheme:light}"
    "body{margin:0;font:14px/1.5 system-ui,sans-serif;color:#1e2421;overflow-x:auto}"
    "h1{position:absolute;clip-path:inset(50%);width:1px;height:1px;margin:0;overflow:hidden}"
    ".jupyter-widgets-disconnected::before{display:none!important}"
    ".vega-embed{display:flex;justify-content:center;min-width:min-content}"
)


def frame_document(chart: Chart, title: str, lang: str, library: str) -> bytes:
    """The HTML of a frame that draws a chart with the library at an address."""
    return (
        f'<!DOCTYPE html>\n<html lang="{escape(lang)}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="robots" content="noindex">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        f"<main>\n<h1>{escape(title)}</h1>\n"
        f'<div id="chart" data-spec="{escape(chart.spec)}"></div>\n</main>\n'
        f'<script src="{escape(library)}"></script>\n</body>\n</html>\n'
    ).encode("utf-8", "replace")


def script_document(html: str, title: str, lang: str) -> bytes:
    """The HTML of a frame that shows HTML with scripts of its own, which run in a sandbox only."""
    head = (
        f'<!DOCTYPE html>\n<html lang="{escape(lang)}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_OWN_POLICY}">\n'
        f"<script>{_ALONE}</script>\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="robots" content="noindex">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}{_ICON_STYLE}</style>\n</head>\n"
    )
    shown = _ICON_FONT.sub("", html)
    body = f"<body>\n<main>\n{shown}\n</main>\n<script>{_TELL}</script>\n</body>\n</html>\n"
    return (head + body).encode("utf-8", "replace")


def with_start(library: bytes, name: Name) -> bytes:
    """A library's script, and behind it what draws the chart of the document that asks for it."""
    return _script(f"{name}.before") + library.rstrip() + b"\n;" + _script(name)


def in_script(text: str) -> str:
    """JSON that cannot end the script element that holds it."""
    json.loads(text)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


@cache
def _script(name: str) -> bytes:
    path = Path(__file__).parent / f"{name}.js"
    return path.read_bytes() if path.is_file() else b""

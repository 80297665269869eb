"""HTML documents for sandboxed frames, which have no access to the page, its origin, storage or the
network.

The frame of a chart loads one script of the site: the library, followed by `NAME.js` (and preceded
by `NAME.before.js`, if there is one), which draws the data of the element `chart`. The frame of an
output with scripts of its own loads nothing.
"""

from __future__ import annotations

import json
import re
from functools import cache
from html import escape
from pathlib import Path

from evergreen.model.charts import Chart, Name
from evergreen.regex import regex

_CHART_CSP = (
    "default-src 'none'; script-src 'self' 'unsafe-eval'; style-src 'unsafe-inline'; "
    "img-src data: blob:; font-src data:; worker-src blob:; base-uri 'none'; form-action 'none'"
)
"""Plotly and Vega compile expressions (`unsafe-eval`) and set styles; the sandbox contains them."""
_SCRIPTED_CSP = (
    "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; "
    "img-src data: blob:; font-src data:; media-src data: blob:; worker-src blob:; "
    "base-uri 'none'; form-action 'none'"
)
"""Allows only what the document itself contains; nothing can be loaded or sent."""
_BLOCK_SCRIPTS_OUTSIDE_FRAME = (
    'if (origin !== "null") document.head.append(Object.assign(document.createElement("meta"),'
    """ { httpEquiv: "Content-Security-Policy", content: "script-src 'none'" }));"""
)
"""Runs first. If a reader opens the document itself, it has the origin of the site, so its scripts
must not run."""
_REPORT_HEIGHT = (
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
"""Buttons of Matplotlib's animations, whose icon font is on another site."""
_ICON_STYLE = "".join(
    f'.fa-{name}::before{{content:"{sign}"}}' for name, sign in _ICONS.items()
) + (
    ".fa{font:14px/1 system-ui,sans-serif}.fa-flip-horizontal{display:inline-block;scale:-1 1}"
    "main:has(>.animation){text-align:center}main img{max-width:100%;height:auto}"
)
_ICON_FONT = regex(r"<link\b[^<>]*\bfont-awesome\b[^<>]*>")
_META = regex(r"<meta\b[^<>]*>", re.I)
"""No policy keeps `<meta http-equiv="refresh">` from sending a reader to another site."""
_STYLE = (
    "html{color-scheme:light}"
    "body{margin:0;font:14px/1.5 system-ui,sans-serif;color:#1e2421;overflow-x:auto}"
    "h1{position:absolute;clip-path:inset(50%);width:1px;height:1px;margin:0;overflow:hidden}"
    ".jupyter-widgets-disconnected::before{display:none!important}"
    # More specific than vega-embed's own rule, by which an empty container is 0 pixels wide.
    "#chart.vega-embed{display:flex;justify-content:center;min-width:min-content}"
)


def frame_document(chart: Chart, title: str, lang: str, library: str) -> bytes:
    """Return the HTML of a frame that draws a chart with the library at a URL."""
    return (
        f'<!DOCTYPE html>\n<html lang="{escape(lang)}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_CHART_CSP}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="robots" content="noindex">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        f"<main>\n<h1>{escape(title)}</h1>\n"
        f'<div id="chart" data-spec="{escape(chart.spec)}"></div>\n</main>\n'
        f'<script src="{escape(library)}"></script>\n</body>\n</html>\n'
    ).encode("utf-8", "replace")


def script_document(html: str, title: str, lang: str) -> bytes:
    """Return the HTML of a frame for HTML with scripts, which only run inside the sandbox."""
    head = (
        f'<!DOCTYPE html>\n<html lang="{escape(lang)}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_SCRIPTED_CSP}">\n'
        f"<script>{_BLOCK_SCRIPTS_OUTSIDE_FRAME}</script>\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="robots" content="noindex">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}{_ICON_STYLE}</style>\n</head>\n"
    )
    shown = _META.sub("", _ICON_FONT.sub("", html))
    body = (
        f"<body>\n<main>\n{shown}\n</main>\n<script>{_REPORT_HEIGHT}</script>\n</body>\n</html>\n"
    )
    return (head + body).encode("utf-8", "replace")


def with_start(library: bytes, name: Name) -> bytes:
    """Append the code that draws the chart of the frame to a library's script."""
    return _script(f"{name}.before") + library.rstrip() + b"\n;" + _script(name)


def still_script(name: Name) -> str:
    """Return the script that turns what `NAME.js` has drawn into a picture."""
    return _script(f"{name}.still").decode()


def in_script(text: str) -> str:
    """Escape JSON so that it cannot close its `<script>` element."""
    json.loads(text)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


@cache
def _script(name: str) -> bytes:
    path = Path(__file__).parent / f"{name}.js"
    return path.read_bytes() if path.is_file() else b""

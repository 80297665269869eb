"""The document in which a chart is drawn. It stands in a sandbox of its own: without the page, its
origin, storage or the network; the library comes from the site.

Each `NAME.js` draws what the element `spec` holds into the element `chart`.
"""

from __future__ import annotations

import base64
import hashlib
import json
from functools import cache
from html import escape
from pathlib import Path

from evergreen.render.interactive import Chart, Name

_POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-eval' {scripts}; style-src 'unsafe-inline'; "
    "img-src data: blob:; font-src data:; worker-src blob:; base-uri 'none'; form-action 'none'"
)
"""Plotly and Vega compile expressions and set styles; there is nothing in the sandbox to gain."""
_STYLE = (
    "html{color-scheme:light}"
    "body{margin:0;font:14px/1.5 system-ui,sans-serif;color:#1e2421;overflow-x:auto}"
    ".vega-embed{display:flex;justify-content:center;min-width:min-content}"
)


def frame_document(chart: Chart, title: str, lang: str, library: str) -> bytes:
    """The HTML of a frame that draws a chart with the library at an address."""
    draw = _script(chart.library)
    policy = _POLICY.format(scripts=_hash(draw))
    return (
        f'<!DOCTYPE html>\n<html lang="{escape(lang)}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(policy, quote=False)}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="robots" content="noindex">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        f'<main id="chart"></main>\n'
        f'<script type="application/json" id="spec">{in_script(chart.spec)}</script>\n'
        f'<script src="{escape(library)}"></script>\n'
        f"<script>{draw}</script>\n</body>\n</html>\n"
    ).encode("utf-8", "replace")


def in_script(text: str) -> str:
    """JSON that cannot end the script element that holds it."""
    json.loads(text)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


@cache
def _script(library: Name) -> str:
    return (Path(__file__).parent / f"{library}.js").read_text("utf-8")


def _hash(script: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"

"""JSON outputs as trees that fold: `IPython.display.JSON`, GeoJSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from html import escape
from typing import Any

MAX_DEPTH = 30
"""What is deeper is shown as one line of JSON."""
MAX_ITEMS = 2_000
"""Number of values that a tree shows; the rest is counted."""
_OPEN_DEPTH = 1
"""Levels that are open, unless the output asks for all."""
_LONGEST_SUMMARY = 60


def render_json(text: str, is_expanded: bool = False) -> str:
    """Return the HTML of a JSON text, whose first level is open; "" if it is not valid."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return ""
    tree = _Tree(is_expanded)
    html = "".join(tree.node("", value, 0))
    rest = f"<p>… {tree.hidden}</p>" if tree.hidden else ""
    return f'<div class="output json">{html}{rest}</div>'


class _Tree:
    def __init__(self, is_expanded: bool) -> None:
        self.is_expanded = is_expanded
        self.count = self.hidden = 0

    def node(self, label: str, value: Any, depth: int) -> Iterator[str]:
        """Yield the HTML of a value with its key."""
        self.count += 1
        if self.count > MAX_ITEMS:
            self.hidden += 1
            return
        if not isinstance(value, dict | list) or not value or depth >= MAX_DEPTH:
            yield f"{label}{_leaf(value)}"
            return
        is_open = " open" if self.is_expanded or depth < _OPEN_DEPTH else ""
        yield f"<details{is_open}><summary>{label}{_summary(value)}</summary><ul>"
        for key, each in _items(value):
            shown = "".join(self.node(f"<b>{escape(key)}</b>: ", each, depth + 1))
            if shown:
                yield f"<li>{shown}</li>"
        yield "</ul></details>"


def _items(value: dict[str, Any] | list[Any]) -> Iterable[tuple[str, Any]]:
    if isinstance(value, dict):
        return value.items()
    return ((str(place), each) for place, each in enumerate(value))


def _summary(value: dict[str, Any] | list[Any]) -> str:
    """Return the number of values in brackets, with the first keys."""
    if isinstance(value, list):
        return f"<span>[{len(value)}]</span>"
    keys = ", ".join(value)
    shown = keys if len(keys) <= _LONGEST_SUMMARY else f"{keys[: _LONGEST_SUMMARY - 1]}…"
    return f"<span>{{{escape(shown, quote=False)}}}</span>"


def _leaf(value: Any) -> str:
    return f"<code>{escape(json.dumps(value, ensure_ascii=False), quote=False)}</code>"

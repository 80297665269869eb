"""Colours of outputs have enough contrast by day and by night."""

from __future__ import annotations

import re

import pytest

from evergreen.model import Cell, CellOptions, Display, Stream
from evergreen.render.contrast import both, contrast, readable_colors
from evergreen.render.outputs import render_outputs

_RGB = re.compile(r"rgb\((\d+),(\d+),(\d+)\)")
_PAPER, _NIGHT = (253, 253, 251), (20, 24, 23)


def colours(html: str) -> list[tuple[int, ...]]:
    """Return the colours of some HTML, by day and by night in turn."""
    return [tuple(map(int, found.groups())) for found in _RGB.finditer(html)]


@pytest.mark.parametrize(
    "color", ["#00af00", "rgb(0,215,255)", "yellow", "#000", "white", "#808080", "#0000ff"]
)
def test_every_colour_is_readable_on_both_pages(color: str) -> None:
    """The contrast is that of WCAG's level AA, whatever colour the output brings."""
    day, night = colours(both(color))
    assert (contrast(day, _PAPER) >= 4.5, contrast(night, _NIGHT) >= 4.5) == (True, True)


def test_a_readable_colour_stays() -> None:
    """A colour changes only where it has too little contrast."""
    assert both("rgb(0,100,0)").startswith("light-dark(rgb(0,100,0), ")
    assert both("rgb(240,240,240)").endswith(", rgb(240,240,240))")


@pytest.mark.parametrize("color", ["inherit", "var(--x)", "currentcolor", "#ff000080", "nonsense"])
def test_colours_without_a_value_stay(color: str) -> None:
    """What is not one opaque colour is left alone."""
    assert color == both(color)


def test_table_of_keras() -> None:
    """The summary of a Keras model, as rich writes it in a notebook, is readable."""
    table = (
        "<pre style=\"line-height:normal;font-family:Menlo,'DejaVu Sans Mono'\">"
        '(<span style="color: #00d7ff; text-decoration-color: #00d7ff">None</span>)</pre>'
    )
    found = render_outputs("a.md", _cell(), (Display({"text/html": table}),), 1).html
    assert 4 == len(colours(found))
    assert "#00d7ff" not in found
    assert "Menlo,'DejaVu Sans Mono'" in found


def test_colours_of_a_terminal() -> None:
    """The 256 colours of a terminal are made readable; one on a background keeps its own."""
    text = "\x1b[38;5;34mgreen\x1b[0m \x1b[48;5;226mon yellow\x1b[0m"
    found = render_outputs("a.md", _cell(), (Stream("stdout", text),), 1).html
    assert 'style="color: light-dark(' in found
    assert 'style="background-color: rgb(255,255,0); color: #000"' in found


def test_html_with_backgrounds_keeps_its_colours() -> None:
    """Colours and backgrounds of a table are chosen for each other."""
    table = '<td style="background: #fff"><b style="color: #888">x</b></td>'
    assert table == readable_colors(table)


def _cell() -> Cell:
    return Cell("", 1, CellOptions(alt="x"))

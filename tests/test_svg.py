"""SVG figures: scripts are removed, and sizes found."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from evergreen.render.svg import svg_size, without_scripts

NAMESPACES = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
NOTHING = b'<svg xmlns="http://www.w3.org/2000/svg"/>'


def svg(inner: str, attributes: str = "") -> bytes:
    """Return a picture with a circle and other content."""
    return f'<svg {NAMESPACES} {attributes}><circle r="1"/>{inner}</svg>'.encode()


def names(content: bytes) -> list[str]:
    """Return elements and attributes in order, without namespaces."""
    found = []
    for element in ElementTree.fromstring(content).iter():
        found += [name.rpartition("}")[2] for name in (element.tag, *element.attrib)]
    return found


def test_a_picture_without_scripts_is_unchanged() -> None:
    """Internal links, styles and embedded pictures are kept, byte for byte."""
    inner = (
        '<style>*{fill:none}</style><use xlink:href="#甲"/><image href="data:image/png;base64,"/>'
    )
    assert svg(inner) == without_scripts(svg(inner))


@pytest.mark.parametrize(
    "inner",
    [
        "<script>alert(1)</script>",
        "<x:script xmlns:x='http://www.w3.org/2000/svg'>alert(1)</x:script>",
        "<foreignObject><body xmlns='http://www.w3.org/1999/xhtml'/></foreignObject>",
        "<h:img xmlns:h='http://www.w3.org/1999/xhtml' src='x' onerror='alert(1)'/>",
        "<set attributeName='onload' to='alert(1)'/>",
        "<animate attributeName='xlink:href' values='javascript:alert(1)'/>",
        "<handler>alert(1)</handler>",
    ],
)
def test_active_elements_are_removed(inner: str) -> None:
    """Scripts, foreign elements and animations that set code are removed."""
    assert ["svg", "circle", "r"] == names(without_scripts(svg(inner)))


@pytest.mark.parametrize(
    "attribute",
    [
        "onload='alert(1)'",
        "ONCLICK = 'alert(1)'",
        "href='javascript:alert(1)'",
        "xlink:href=' java&#10;script:alert(1)'",
        "href='&#106;avascript:alert(1)'",
        "xlink:href='data:text/html,&lt;script&gt;alert(1)&lt;/script&gt;'",
    ],
)
def test_active_attributes_are_removed(attribute: str) -> None:
    """Event handlers and links that run code are removed."""
    assert ["svg", "circle", "r", "a"] == names(without_scripts(svg(f"<a {attribute}/>")))


def test_entities_are_expanded_before_the_check() -> None:
    """The content of an entity is checked too."""
    head = b'<!DOCTYPE svg [<!ENTITY x "<script>alert(1)</script>">]>'
    assert ["svg", "circle", "r"] == names(without_scripts(head + svg("&x;")))


@pytest.mark.parametrize(
    "content",
    [b"<svg onload=alert(1)>", b"<script/>", "<svg>script</svg>".encode("utf-16"), b"\xff<svg/>"],
)
def test_suspect_invalid_xml_becomes_empty(content: bytes) -> None:
    """A picture that may have scripts and is not valid XML becomes empty."""
    assert NOTHING == without_scripts(content)


@pytest.mark.parametrize(
    ("root", "size"),
    [
        ('<svg width="460.8pt" height="345.6pt" viewBox="0 0 1 1">', (614, 461)),
        ('<svg height="20" width="10px">', (10, 20)),
        ('<svg viewBox="0 0 300 150.4">', (300, 150)),
        ('<svg width="50%" height="3em">', None),
        ('<svg width="30" height="20" stroke-width="2">', (30, 20)),
        ('<svg width="1.2.3" height="20" viewBox="0 0 . .">', None),
    ],
)
def test_size(root: str, size: tuple[int, int] | None) -> None:
    """A point is 4/3 pixels; without lengths the view box counts."""
    assert size == svg_size(f"<?xml version='1.0'?>{root}<g/></svg>".encode())

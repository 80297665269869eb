"""SVG figures: their size, and the removal of scripts.

A page shows SVG in `<img>`, where scripts do not run; but a reader may open the file itself.
"""

from __future__ import annotations

import re
from xml.etree import ElementTree

from evergreen.regex import regex

_LENGTH = regex(rb'(?<![\w-])(width|height)="(\d+(?:\.\d+)?)(pt|px)?"')
_VIEW_BOX = regex(rb'viewBox="[\d.-]+[ ,]+[\d.-]+[ ,]+(\d+(?:\.\d+)?)[ ,]+(\d+(?:\.\d+)?)"')
_SUSPECT = regex(
    r"(?<![a-z])script|javascript|foreignobject|handler|listener|xhtml|<!entity|&#"
    r"|attributename\s*=\s*[\"'](?:on|[\w:]*href)|\bon\w+\s*=|\bdata:(?!image/)",
    re.I,
)
_ACTIVE = {"script", "foreignobject", "handler", "listener", "iframe", "embed", "object"}
_EMPTY = b'<svg xmlns="http://www.w3.org/2000/svg"/>'


def without_scripts(content: bytes) -> bytes:
    """Remove scripts, event handlers, foreign elements and links that run code.

    A picture without any is returned byte for byte; one that may have some and is not valid XML
    becomes an empty picture.
    """
    try:
        if not _SUSPECT.search(content.decode("utf-8")):
            return content
        root = ElementTree.fromstring(content)
    except (UnicodeDecodeError, ElementTree.ParseError, LookupError, ValueError):
        return _EMPTY
    if not _is_allowed(root):
        return _EMPTY
    _clean(root)
    cleaned: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return cleaned


def svg_size(content: bytes) -> tuple[int, int] | None:
    """Return width and height in CSS pixels (1 pt = 4/3 px), else those of the view box."""
    start = content.find(b"<svg")
    root = content[start : content.find(b">", start) + 1]
    lengths = {
        name: float(n) * (4 / 3 if unit == b"pt" else 1) for name, n, unit in _LENGTH.findall(root)
    }
    if len(lengths) == 2:
        return round(lengths[b"width"]), round(lengths[b"height"])
    box = _VIEW_BOX.search(root)
    return (round(float(box[1])), round(float(box[2]))) if box else None


def _clean(root: ElementTree.Element) -> None:
    for element in list(root.iter()):
        for child in [child for child in element if not _is_allowed(child)]:
            element.remove(child)
        for name in [name for name, value in element.attrib.items() if _runs_code(name, value)]:
            del element.attrib[name]


def _is_allowed(element: ElementTree.Element) -> bool:
    """True for an element of SVG, or of a namespace that browsers ignore, that runs no code."""
    namespace, _, name = str(element.tag).rpartition("}")
    target = element.get("attributeName", "").lower()
    sets_code = target.startswith("on") or target.endswith("href")
    return name.lower() not in _ACTIVE and "xhtml" not in namespace and not sets_code


def _runs_code(name: str, value: str) -> bool:
    name = name.rpartition("}")[2].lower()
    link = re.sub(r"[\x00-\x20]+", "", value).lower()
    is_unsafe = name in ("href", "src") and not link.startswith(
        ("#", "http:", "https:", "data:image/")
    )
    return name.startswith("on") or is_unsafe

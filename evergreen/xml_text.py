"""XML trees as bytes: one form for feeds, sitemaps and reports."""

from __future__ import annotations

from xml.etree import ElementTree


def write_xml(root: ElementTree.Element) -> bytes:
    """The document in UTF-8, with its declaration and a newline at the end."""
    text: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return text + b"\n"

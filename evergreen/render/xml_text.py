"""XML trees as bytes: one form for feeds, sitemaps and reports."""

from __future__ import annotations

import re
from xml.etree import ElementTree

_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def legal(text: str) -> str:
    """The text, with U+FFFD for each character that XML 1.0 (§2.2) does not allow, not even
    escaped.
    """
    return _ILLEGAL.sub("\N{REPLACEMENT CHARACTER}", text)


def write_xml(root: ElementTree.Element) -> bytes:
    """The document in UTF-8, with its declaration and a newline at the end."""
    text: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return text + b"\n"

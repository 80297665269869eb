"""Serialization of XML, for feeds, sitemaps and reports."""

from __future__ import annotations

from xml.etree import ElementTree

from evergreen.regex import regex

_ILLEGAL = regex("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def legal(text: str) -> str:
    """Replace each character that XML 1.0 (§2.2) does not allow, even escaped, by U+FFFD."""
    return _ILLEGAL.sub("\N{REPLACEMENT CHARACTER}", text)


def write_xml(root: ElementTree.Element) -> bytes:
    """Serialize a document as UTF-8, with an XML declaration and a final newline."""
    text: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return text + b"\n"

"""Patterns that several constructs share. White space is ASCII's, as in kramdown: an ideographic
space is text.
"""

from __future__ import annotations

import re

SPACE = r"[ \t\r\n\f\v]"
BLANK_CHARS = " \t\r\n\f\v\0"
"""What is stripped off texts: not U+3000, by which Chinese paragraphs are indented."""

NAME = r"(?:[^\W\d][-\w.]*:)?[^\W\d][-\w.]*"
"""The name of a tag or an attribute; letters of any script, as in XML."""

SPAN_TAGS = frozenset(
    "a abbr acronym b big bdo br button cite code del dfn em i img input ins kbd label mark option"
    " q rb rbc rp rt rtc ruby samp select small span strong sub sup tt u var".split()
)
BLOCK_TAGS = frozenset(
    "address article aside applet body blockquote caption col colgroup dd div dl dt fieldset"
    " figcaption footer form h1 h2 h3 h4 h5 h6 header hgroup hr html head iframe legend menu li"
    " main map nav ol optgroup p pre section summary table tbody td th thead tfoot tr ul".split()
)
VOID_TAGS = frozenset(
    "area base br col command embed hr img input keygen link meta param source track wbr".split()
)
BLOCK_CONTENT = frozenset(
    "address applet article aside blockquote body dd details div dl fieldset figure figcaption"
    " footer form header hgroup iframe li main map menu nav noscript object section summary"
    " td".split()
)
SPAN_CONTENT = frozenset(
    "a abbr acronym b bdo big button cite caption del dfn dt em h1 h2 h3 h4 h5 h6 i ins label"
    " legend optgroup p q rb rbc rp rt rtc ruby select small span strong sub sup th tt".split()
)
RAW_CONTENT = frozenset("script style math option textarea pre code kbd samp var".split())
KNOWN_TAGS = SPAN_TAGS | BLOCK_TAGS | VOID_TAGS | BLOCK_CONTENT | SPAN_CONTENT | RAW_CONTENT

_INLINE = rf"(?!(?:{'|'.join(sorted(SPAN_TAGS | {'script'}))})\b)"
BLOCK_TAG = rf"<(?:{_INLINE}{NAME}|/{_INLINE}{NAME}{SPACE}*>)"
"""A start or end tag that ends a paragraph above it."""

BLANK = r"(?:[ \t\r\f\v]*\n)"
INDENT = r"(?:\t| {4})"
ATTRIBUTES = r"\{:(?![:/])((?:\\\}|[^}\n])+)\}"
ATTRIBUTES_LINE = rf" {{0,3}}{ATTRIBUTES}[ \t\r\f\v]*\n"
END_OF_BLOCK = r"\^[ \t\r\f\v]*\n"
MARKER_TAIL = r"[\t| ]"
"""What follows the marker of a list item or of a definition."""
IDENTIFIER = r"[A-Za-z0-9_][-A-Za-z0-9_]*"

BLANK_LINES = re.compile(rf"{BLANK}+")
BOUNDARY = re.compile(rf"{BLANK}|{END_OF_BLOCK}|{ATTRIBUTES_LINE}|\Z")
"""What may stand below a table or a formula."""
LAZY_END = rf"{BLANK}|\Z|{END_OF_BLOCK}|{ATTRIBUTES_LINE}| {{0,3}}{BLOCK_TAG}"
"""What ends lines that belong to a block without its marker."""


def content_model(tag: str) -> str:
    """How the content of `tag` is read where the author asks for Markdown in it."""
    if tag in BLOCK_CONTENT:
        return "block"
    return "span" if tag in SPAN_CONTENT else "raw"

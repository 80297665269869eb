"""Patterns that several constructs share. Only ASCII white space counts, as in kramdown: an
ideographic space is text.
"""

from __future__ import annotations

from evergreen.regex import regex

SPACE = r"[ \t\r\n\f\v]"
BLANK_CHARS = " \t\r\n\f\v\0"
"""Characters that are stripped; not U+3000, which indents Chinese paragraphs."""

NAME = r"(?:[^\W\d][-\w.]*:)?[^\W\d][-\w.]*"
"""The name of a tag or an attribute, in letters of any script, as in XML."""

CJK = "\u3041-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f々〇"
"""Signs of Chinese and Japanese, between which words have no blanks."""

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
"""A block-level start or end tag, which ends a paragraph above it."""

BLANK = r"(?:[ \t\r\f\v]*\n)"
INDENT = r"(?:\t| {4})"
CODE_INDENT = r"(?: {0,3}\t| {4})"
"""The indent of code; kramdown, other than CommonMark, has no rule for spaces before a tab."""
ATTRIBUTES = r"\{:(?![:/])((?:\\\}|[^}\n])+)\}"
ATTRIBUTES_LINE = rf" {{0,3}}{ATTRIBUTES}[ \t\r\f\v]*\n"
END_OF_BLOCK = r"\^[ \t\r\f\v]*\n"
MARKER_TAIL = r"[\t| ]"
"""The character behind the marker of a list item or a definition."""
IDENTIFIER = r"[A-Za-z0-9_][-A-Za-z0-9_]*"

ENVIRONMENT = (
    r"(?:(?:equation|align(?:ed|at|edat)?|flalign|gather(?:ed)?|multline|eqnarray|split|cases|array"
    r"|[bBpvV]?matrix|smallmatrix|subarray|CD)\*?)"
)
"""Names of the environments of TeX that are formulas without a sign around them."""

BLANK_LINES = regex(rf"{BLANK}+")
BOUNDARY = regex(rf"{BLANK}|{END_OF_BLOCK}|{ATTRIBUTES_LINE}|\Z")
"""The boundary that must follow a table or a display formula."""
LAZY_END = rf"{BLANK}|\Z|{END_OF_BLOCK}|{ATTRIBUTES_LINE}| {{0,3}}{BLOCK_TAG}"
"""The end of lazy continuation lines, which belong to a block without its marker."""


def content_model(tag: str) -> str:
    """Return how Markdown in the content of `tag` is parsed if the author asks for it."""
    if tag in BLOCK_CONTENT:
        return "block"
    return "span" if tag in SPAN_CONTENT else "raw"


def fence_after(fence: str, line: str) -> str:
    """Return the fence of code, in a quote or a list too, that is open below a line; "" for none.
    `fence` is the one that is open above it.
    """
    found = _FENCE.match(line)
    return fence_below(fence, found[1], found[2]) if found else fence


def fence_below(fence: str, run: str, rest: str) -> str:
    """Return the fence that is open below a line with a run of backticks or tildes and a text
    behind it; "" for none. `fence` is the one that is open above it.
    """
    if not fence:
        return run
    return "" if run.startswith(fence) and not rest.strip() else fence


_FENCE = regex(r"[ \t>]*(`{3,}|~{3,})(.*)")

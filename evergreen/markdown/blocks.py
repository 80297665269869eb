"""The block grammar: which constructs are tried where, and the plain blocks.

It is kramdown's with the GFM parser, as Jekyll sets it up; the constructs stand in its order. Each
construct is a function of the container that reads its block and returns True, or leaves the
container as it was.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from evergreen.markdown.attributes import attribute_definition, block_attributes
from evergreen.markdown.code import fenced_code, indented_code
from evergreen.markdown.definition_lists import definition_list
from evergreen.markdown.extensions import block_extension
from evergreen.markdown.grammar import (
    BLANK_CHARS,
    BLANK_LINES,
    BOUNDARY,
    END_OF_BLOCK,
    INDENT,
    LAZY_END,
    MARKER_TAIL,
)
from evergreen.markdown.headings import atx_heading, setext_heading
from evergreen.markdown.html import html_block
from evergreen.markdown.lists import RULE, block_list
from evergreen.markdown.options import MarkdownOptions
from evergreen.markdown.parse_state import Container, ParseState
from evergreen.markdown.references import (
    abbreviation_definition,
    footnote_definition,
    link_definition,
)
from evergreen.markdown.tables import table
from evergreen.markdown.tree import Element

Construct = Callable[[Container], bool]


def read_document(text: str, options: MarkdownOptions) -> tuple[Element, ParseState]:
    """The tree of the text's blocks, and what it defines. Lines must end in \\n."""
    root = Element("root", 1)
    draft = ParseState(options, read_blocks, effort=len(text) // 4 + 200_000)
    read_blocks(Container(draft, root, text.removesuffix("\n") + "\n", 1))
    return root, draft


def read_blocks(c: Container) -> None:
    """Read the container up to its end, or to the end tag of the HTML element that it is."""
    while c.pos < len(c.text) and not c.ended:
        if not blank_lines(c):
            any(construct(c) for construct in _constructs(c))
    c.settle()


def blank_lines(c: Container) -> bool:
    """Lines of white space; they separate blocks and show what is loose in a list."""
    match = c.take(BLANK_LINES)
    if not match:
        return False
    if c.last is not None and c.last.kind == "blank":
        c.last.source += match[0]
    else:
        c.add(Element("blank", source=match[0]))
    return True


def block_quote(c: Container) -> bool:
    """Lines after `>`, with the lines that go on lazily."""
    if not c.check(_QUOTE):
        return False
    line = c.here()
    end = _QUOTE_END.search(c.text, c.pos)
    text = c.text[c.pos : end.start() + 1 if end else len(c.text)]
    quote = c.add(Element("blockquote", line))
    c.pos += len(text)
    c.read(quote, _QUOTED.sub("", text), line)
    return True


def rule(c: Container) -> bool:
    """Three or more `*`, `-` or `_`."""
    line = c.here()
    if c.take(RULE):
        c.add(Element("hr", line))
        return True
    return False


def math_block(c: Container) -> bool:
    """`$$ … $$` between boundaries."""
    match = c.check(_MATH)
    if not match or not c.after_boundary():
        return False
    end = c.find("$$", match.end())
    if end < 0:
        return False
    if match[1]:
        # Escaped: a paragraph. Where it ends its line the backslash has done its work.
        c.pos = match.end(1) if _REST.match(c.text, end + 2) else c.pos
        return False
    line, start = c.here(), c.pos
    c.pos = end + 2
    c.take(_REST)
    if not c.check(BOUNDARY):
        c.pos = start
        return False
    source = c.text[match.end() : end].strip(BLANK_CHARS)
    c.add(Element("math", line, source, model="block"))
    return True


def end_of_block(c: Container) -> bool:
    """`^` alone on a line ends lists and tables, and leaves nothing."""
    if c.take(_END_OF_BLOCK):
        c.add(Element("mark"))
        return True
    return False


def paragraph(c: Container) -> bool:
    """Lines of text. Where what ended a paragraph turns out to be no block, it goes on."""
    line, start = c.here(), c.pos
    end = _PARAGRAPH_END.search(c.text, start)
    c.pos = end.start() + 1 if end else len(c.text)
    text = c.text[start : c.pos].rstrip(BLANK_CHARS)
    last = c.last
    if last is not None and last.kind == "p":
        break_before = c.text.startswith("  \n", start - 3) if start >= 3 else False
        c.extend(last, ("  \n" if break_before else "\n") + text)
    else:
        c.add(Element("p", line, text.lstrip(BLANK_CHARS)))
    return True


def _constructs(c: Container) -> tuple[Construct, ...]:
    lead = _LEAD.match(c.text, c.pos)
    if lead is None:
        return (indented_code, paragraph) if _CODE.match(c.text, c.pos) else (paragraph,)
    return _BY_FIRST.get(lead[1], _PLAIN)


_PLAIN = (setext_heading, table, paragraph)
_FENCES = (fenced_code, *_PLAIN)
_MATH_FIRST = (setext_heading, math_block, table, paragraph)
_ORDERED = (block_list, *_PLAIN)
_BY_FIRST: dict[str, tuple[Construct, ...]] = {
    "`": _FENCES,
    "~": _FENCES,
    ">": (block_quote,),
    "#": (atx_heading, *_PLAIN),
    "*": (rule, block_list, setext_heading, table, abbreviation_definition, paragraph),
    "-": (rule, block_list, *_PLAIN),
    "+": (block_list, *_PLAIN),
    "_": (rule, *_PLAIN),
    ":": (definition_list, *_PLAIN),
    "<": (html_block, *_PLAIN),
    "$": _MATH_FIRST,
    "\\": _MATH_FIRST,
    "[": (setext_heading, table, footnote_definition, link_definition, paragraph),
    "{": (
        setext_heading,
        table,
        attribute_definition,
        block_extension,
        block_attributes,
        paragraph,
    ),
    "^": (setext_heading, table, end_of_block, paragraph),
    **dict.fromkeys("0123456789", _ORDERED),
}

_LEAD = re.compile(r" {0,3}([^ \t])")
_CODE = re.compile(INDENT)
_QUOTE = re.compile(r" {0,3}> ?")
_QUOTED = re.compile(r"^ {0,3}> ?", re.MULTILINE)
_QUOTE_END = re.compile(rf"\n(?={LAZY_END})")
_MATH = re.compile(r" {0,3}(\\)?\$\$")
_REST = re.compile(r"[ \t\r\f\v]*\n")
_END_OF_BLOCK = re.compile(END_OF_BLOCK)
_PARAGRAPH_END = re.compile(
    rf"\n(?={LAZY_END}|#{{1,6}}[\t ]"
    rf"| {{0,3}}(?:(?:[*+:-]|[0-9]+\.){MARKER_TAIL}|>|[`~]{{3}}))"
)

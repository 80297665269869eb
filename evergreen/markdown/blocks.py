"""Block grammar: which constructs are tried at which character, and the simple blocks.

It is the grammar of kramdown with the GFM parser, as Jekyll sets it up, with the constructs in
the same order. A construct is a function that parses its block at the container's position and
returns True, or leaves the container unchanged and returns False.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from evergreen.markdown.attributes import attribute_definition, block_attributes
from evergreen.markdown.code import fenced_code, indented_code
from evergreen.markdown.column_blocks import column_list, quote_end
from evergreen.markdown.definition_lists import definition_list
from evergreen.markdown.divs import alert, closing_line, fenced_div, target
from evergreen.markdown.extensions import block_extension
from evergreen.markdown.grammar import (
    BLANK_CHARS,
    BLANK_LINES,
    BOUNDARY,
    CODE_INDENT,
    END_OF_BLOCK,
    LAZY_END,
    MARKER_TAIL,
)
from evergreen.markdown.headings import atx_heading, setext_heading, underlined_text
from evergreen.markdown.html import html_block
from evergreen.markdown.html_lines import close_tags, html_lines
from evergreen.markdown.lists import RULE, block_list
from evergreen.markdown.options import MarkdownOptions
from evergreen.markdown.parse_state import Container, LinkDefinition, ParseState
from evergreen.markdown.references import (
    abbreviation_definition,
    footnote_definition,
    link_definition,
    link_id,
)
from evergreen.markdown.tables import table
from evergreen.markdown.tree import Element
from evergreen.regex import regex

BlockParser = Callable[[Container], bool]


def read_document(
    text: str, options: MarkdownOptions, parts: Sequence[int] = ()
) -> tuple[Element, ParseState]:
    """Parse a text, whose lines end in \\n, into its tree of blocks and its definitions; what
    begins at the lines `parts` as documents of their own."""
    root = Element("root", 1)
    budget = len(text) // 4 + 200_000
    state = ParseState(options, read_blocks, is_notebook=bool(parts), budget=budget)
    for name, url, title in options.link_defs:
        state.links[link_id(name)] = LinkDefinition(url, title, Element("mark", 0, model="link"))
    for part, line in _split(text.removesuffix("\n") + "\n", parts):
        read_blocks(Container(state, root, part, line))
        root.children.append(Element("blank"))
    return root, state


def read_blocks(c: Container) -> None:
    """Parse the container up to its end, or to the end tag of its HTML element."""
    while c.pos < len(c.text) and not c.ended:
        if not blank_lines(c):
            for construct in _constructs(c):
                if construct(c):
                    break
    c.flush()
    close_tags(c)


def blank_lines(c: Container) -> bool:
    """Parse blank lines; they separate blocks and make list items loose."""
    match = c.consume(BLANK_LINES) if c.text[c.pos] in BLANK_CHARS else None
    if not match:
        return False
    if c.last is not None and c.last.kind == "blank":
        c.last.source += match[0]
    else:
        c.add(Element("blank", source=match[0]))
    return True


def block_quote(c: Container) -> bool:
    """Parse a block quote: lines that start with `>`, and lazy continuation lines."""
    if not c.match(_QUOTE):
        return False
    line = c.current_line()
    if c.state.is_commonmark:
        text = c.text[c.pos : quote_end(c)]
    else:
        end = _QUOTE_END.search(c.text, c.pos)
        text = c.text[c.pos : end.start() + 1 if end else len(c.text)]
    quote = c.add(Element("blockquote", line))
    c.pos += len(text)
    c.read(quote, _QUOTED.sub("", text), line)
    if c.state.options.technical:
        alert(quote)
    return True


def rule(c: Container) -> bool:
    """Parse a thematic break: three or more `*`, `-` or `_`."""
    line = c.current_line()
    if c.consume(RULE):
        c.add(Element("hr", line))
        return True
    return False


def math_block(c: Container) -> bool:
    """Parse a display formula, `$$ … $$` between boundaries."""
    match = c.match(_MATH)
    if not match or not c.after_boundary():
        return False
    end = c.find("$$", match.end())
    if end < 0:
        return False
    if match[1]:
        # `\\$$` starts a paragraph; kramdown drops the backslash if the formula ends its line.
        c.pos = match.end(1) if _REST.match(c.text, end + 2) else c.pos
        return False
    line, start = c.current_line(), c.pos
    c.pos = end + 2
    label = c.consume(_LABEL) if c.state.options.technical else c.consume(_REST)
    if not c.match(BOUNDARY):
        c.pos = start
        return False
    source = c.text[match.end() : end].strip(BLANK_CHARS)
    formula = c.add(Element("math", line, source, model="block"))
    if label and label.lastindex:
        formula.attributes["id"] = label[1]
    return True


def end_of_block(c: Container) -> bool:
    """Parse `^` alone on a line, which ends lists and tables and is not rendered."""
    if c.consume(_END_OF_BLOCK):
        c.add(Element("mark"))
        return True
    return False


def paragraph(c: Container) -> bool:
    """Parse a paragraph, or continue the one above if the line that ended it is not a block."""
    line, start = c.current_line(), c.pos
    end = _paragraph_end(c).search(c.text, start)
    c.pos = end.start() + 1 if end else len(c.text)
    text = c.text[start : c.pos].rstrip(BLANK_CHARS)
    if c.state.is_commonmark and not c.state.options.pandoc and underlined_text(c, text, line):
        return True
    last = c.last
    if last is not None and last.kind == "p":
        break_before = c.text.startswith("  \n", start - 3) if start >= 3 else False
        c.continue_paragraph(last, ("  \n" if break_before else "\n") + text)
    else:
        c.add(Element("p", line, text.lstrip(BLANK_CHARS)))
    return True


def _paragraph_end(c: Container) -> re.Pattern[str]:
    """Return the end of a line below which a block may begin."""
    if c.state.options.pandoc:
        is_item = c.element.kind == "li"
        return _PARAGRAPH_END_IN_ITEM_OF_PANDOC if is_item else _PARAGRAPH_END_OF_PANDOC
    return _PARAGRAPH_END_OF_COMMONMARK if c.state.is_commonmark else _PARAGRAPH_END


def _split(text: str, parts: Sequence[int]) -> Iterator[tuple[str, int]]:
    """Yield the parts of a text, each with its first line."""
    if not parts:
        yield text, 1
        return
    lines = text.splitlines(keepends=True)
    starts = sorted({1, *parts})
    for start, end in zip(starts, [*starts[1:], len(lines) + 1], strict=True):
        yield "".join(lines[start - 1 : end - 1]), start


def _constructs(c: Container) -> tuple[BlockParser, ...]:
    lead = _LEAD.match(c.text, c.pos)
    if lead is None:
        return (indented_code, paragraph) if _CODE.match(c.text, c.pos) else (paragraph,)
    return _BY_FIRST.get(lead[1], _PLAIN)


_PLAIN = (setext_heading, table, paragraph)
_FENCES = (fenced_code, *_PLAIN)
_MATH_FIRST = (setext_heading, math_block, table, paragraph)
_ORDERED = (column_list, block_list, *_PLAIN)
_BY_FIRST: dict[str, tuple[BlockParser, ...]] = {
    "`": _FENCES,
    "~": _FENCES,
    ">": (block_quote,),
    "#": (atx_heading, *_PLAIN),
    "*": (rule, column_list, block_list, setext_heading, table, abbreviation_definition, paragraph),
    "-": (rule, column_list, block_list, *_PLAIN),
    "+": (column_list, block_list, *_PLAIN),
    "_": (rule, *_PLAIN),
    ":": (fenced_div, closing_line, definition_list, *_PLAIN),
    "(": (target, *_PLAIN),
    "<": (html_lines, html_block, *_PLAIN),
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

_LEAD = regex(r" {0,3}([^ \t])")
_CODE = regex(CODE_INDENT)
_QUOTE = regex(r" {0,3}> ?")
_QUOTED = regex(r"^ {0,3}> ?", re.MULTILINE)
_QUOTE_END = regex(rf"\n(?={LAZY_END})")
_MATH = regex(r" {0,3}(\\)?\$\$")
_REST = regex(r"[ \t\r\f\v]*\n")
_LABEL = regex(r"[ \t\r\f\v]*(?:\{#(eq[-:]\w[\w:.-]*)\}[ \t]*)?\n")
_END_OF_BLOCK = regex(END_OF_BLOCK)
_PARAGRAPH_END = regex(
    rf"\n(?={LAZY_END}|#{{1,6}}[\t ]"
    rf"| {{0,3}}(?:(?:[*+:-]|[0-9]+\.){MARKER_TAIL}|>|[`~]{{3}}|:::))"
)
_PARAGRAPH_END_OF_COMMONMARK = regex(
    rf"\n(?={RULE.pattern}| {{0,3}}(?:=+|-+)[ \t]*\n)|"
    + _PARAGRAPH_END.pattern.replace(r"[0-9]+\.", "[0-9]+[.)]").replace("|#", "| {0,3}<!--| {0,3}#")
)
_PARAGRAPH_END_OF_PANDOC = regex(rf"\n(?={LAZY_END}| {{0,3}}(?::{MARKER_TAIL}|[`~]{{3}}|:::))")
_PARAGRAPH_END_IN_ITEM_OF_PANDOC = regex(
    rf"{_PARAGRAPH_END_OF_PANDOC.pattern}|\n(?= {{0,3}}(?:[*+-]|[0-9]+[.)]){MARKER_TAIL})"
)

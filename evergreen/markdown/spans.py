"""Span grammar: which construct starts at which characters, and the pass over all leaf blocks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from evergreen.markdown.cross_references import PLACE, at_reference, command
from evergreen.markdown.emphasis import deletion, emphasis
from evergreen.markdown.formulas import delimited_math, math_span
from evergreen.markdown.links import bare_url, link
from evergreen.markdown.markup import angle, code_span, pandoc_attributes, span_attributes
from evergreen.markdown.options import MarkdownOptions
from evergreen.markdown.parse_state import ParseState
from evergreen.markdown.scanner import LINK, RAW, Scanner, SpanParser
from evergreen.markdown.tree import Element
from evergreen.markdown.typography import entity, escape, line_break, smart_quote, symbol


def read_spans(leaves: Iterable[Element], state: ParseState) -> None:
    """Parse the source of each leaf block as spans, into its children."""
    places = _places(state.options)
    first = places[0].search
    for leaf in leaves:
        if first(leaf.source):
            is_cell = leaf.kind == "td" and state.is_commonmark
            scanner = Scanner(state, leaf.source, leaf.line, _CONSTRUCTS, places, is_cell)
            scanner.read(leaf, None, 0)
        elif leaf.source:
            leaf.children.append(leaf.source)


def _angle(s: Scanner, at: int, parent: Element, context: int) -> Element | str | None:
    span = angle(s, at, parent, context)
    if span is None and s.pos == at + 1 and not context & RAW:
        return symbol(s, at, parent, context)
    return span


def _backslash(s: Scanner, at: int, parent: Element, context: int) -> Element | str | None:
    return command(s, at) or delimited_math(s, at, parent) or escape(s, at, parent, context)


_CONSTRUCTS: dict[str, SpanParser] = {
    "*": emphasis,
    "_": emphasis,
    "`": code_span,
    "<": _angle,
    "[": link,
    "![": link,
    "]": lambda s, at, parent, context: None,
    '"': smart_quote,
    "'": smart_quote,
    "$": math_span,
    "{:": span_attributes,
    "&": entity,
    "--": symbol,
    "..": symbol,
    ">>": symbol,
    "  ": line_break,
    "\n": line_break,
    "\\": _backslash,
    "~~": deletion,
    "http": bare_url,
    "@": at_reference,
    "{#": pandoc_attributes,
    "{": pandoc_attributes,
}


def _places(options: MarkdownOptions) -> Mapping[int, re.Pattern[str]]:
    wrap = r"|\n" if options.hard_wrap else r"|  (?=\n)"
    attributes = r"\{(?=\s*(?:[#.]\w|[a-zA-Z][\w-]*=))" if options.native else r"\{#"
    more = rf"|{PLACE}|{attributes}" if options.technical else ""
    places = rf"""[*_`<["'$&\\]|!\[|\{{:|--|\.\.(?=\.)|>>|~~|http(?=s?://){wrap}{more}"""
    return {
        0: re.compile(places),
        LINK: re.compile(rf"\]|{places}"),
        RAW: re.compile("<"),
        RAW | LINK: re.compile("<"),
    }

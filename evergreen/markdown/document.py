"""A document: read once, rendered as often as its code blocks and spans get other HTML."""

from __future__ import annotations

import gc
import html
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import MappingProxyType

from evergreen.markdown.abbreviations import abbreviation_pattern, mark_abbreviations
from evergreen.markdown.attributes import apply_attributes
from evergreen.markdown.blocks import read_document
from evergreen.markdown.code import CodeBlock, CodeSpan, code_block
from evergreen.markdown.element_writers import write_document
from evergreen.markdown.highlight import highlight, plain
from evergreen.markdown.html import TAG, start_tag
from evergreen.markdown.math import convert
from evergreen.markdown.options import DEFAULTS, MarkdownOptions
from evergreen.markdown.parse_state import ParseState
from evergreen.markdown.spans import read_spans
from evergreen.markdown.toc import TocEntry
from evergreen.markdown.tree import Element, Piece, Slot, is_leaf, walk
from evergreen.model import Heading

NOTHING: Mapping[int, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class RenderedDocument:
    """A document as HTML."""

    html: str
    headings: tuple[Heading, ...]
    """Nested, those that a table of contents lists, whether or not the text has one."""
    problems: tuple[tuple[int, str], ...]
    """Line of the text and message, in the order of the lines."""


@dataclass(frozen=True)
class Document:
    """The structure of a text."""

    code_blocks: tuple[CodeBlock, ...]
    """In the order of the text."""
    code_spans: tuple[CodeSpan, ...]
    """In the order of the text."""
    options: MarkdownOptions
    problems: tuple[tuple[int, str], ...]
    addresses: frozenset[tuple[int, str]] = field(repr=False)
    """Line of the text and address of each link and picture, entities as written: of a link by
    reference the line of its definition. A few may stand in what is shown as text."""
    _pieces: tuple[Piece, ...] = field(repr=False)
    _entries: tuple[TocEntry, ...] = field(repr=False)

    def render(
        self, blocks: Mapping[int, str] = NOTHING, spans: Mapping[int, str] = NOTHING
    ) -> RenderedDocument:
        """The HTML. `blocks` and `spans` hold, by index into `code_blocks` and `code_spans`,
        finished HTML that stands in the place of that code; all other code is shown as code."""
        with _collector_at_rest():
            content = _join(self, self._pieces, blocks, spans)
            headings = _headings(self, self._entries, blocks, spans)
        return RenderedDocument(content, headings, self.problems)


def parse(text: str, options: MarkdownOptions = DEFAULTS) -> Document:
    """Read a text in the dialect of Jekyll's kramdown. Every text is a document."""
    with _collector_at_rest():
        return _parse(text.replace("\r\n", "\n").replace("\r", "\n"), options)


def html_document(text: str) -> Document:
    """A text that is HTML already."""
    draft, line, at = ParseState(DEFAULTS, lambda container: None), 1, 0
    for tag in TAG.finditer(text):
        line += text.count("\n", at, tag.start())
        at = tag.start()
        start_tag(tag, line, draft)
    return Document((), (), DEFAULTS, (), frozenset(draft.addresses), (text,), ())


def _parse(text: str, options: MarkdownOptions) -> Document:
    root, draft = read_document(text, options)
    roots = [root, *draft.footnotes.values()]
    blocks = [block for top in roots for block in walk(top)]
    _apply_attributes(blocks, draft)
    leaves = [block for block in blocks if is_leaf(block)]
    read_spans(leaves, draft)
    _mark_abbreviations(leaves, draft)
    _read_formulas(blocks, leaves, draft)
    code_blocks = _number(block for block in blocks if block.kind == "codeblock")
    code_spans = _number(
        span for leaf in leaves if "`" in leaf.source for span in walk(leaf) if span.kind == "code"
    )
    pieces, entries = write_document(root, draft)
    return Document(
        tuple(map(code_block, code_blocks)),
        tuple(CodeSpan(span.line, span.source) for span in code_spans),
        draft.options,
        tuple(sorted(set(draft.problems))),
        frozenset(draft.addresses),
        tuple(pieces),
        tuple(entries),
    )


@contextmanager
def _collector_at_rest() -> Iterator[None]:
    """A tree without cycles gives the garbage collector nothing to do, but it would walk the tree
    over and over while that grows: a third of the time of a large text."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _apply_attributes(blocks: Iterable[Element], draft: ParseState) -> None:
    for block in blocks:
        if block.applied:
            apply_attributes(block.attributes, block.applied, draft.attribute_lists)


def _mark_abbreviations(leaves: Iterable[Element], draft: ParseState) -> None:
    if pattern := abbreviation_pattern(draft):
        for leaf in leaves:
            mark_abbreviations(leaf, pattern, draft)


def _read_formulas(blocks: Iterable[Element], leaves: Iterable[Element], draft: ParseState) -> None:
    """Convert all formulas, and report those that cannot be read."""
    lines = (leaf for leaf in leaves if "$" in leaf.source or "\\" in leaf.source)
    found = [span for leaf in lines for span in walk(leaf) if span.kind == "math"]
    found += [block for block in blocks if block.kind == "math"]
    found.sort(key=lambda element: element.line)
    for element, formula in zip(
        found, convert([(each.source, bool(each.model)) for each in found]), strict=True
    ):
        draft.formulas[id(element)] = formula
        if formula.fault:
            draft.problems.append((element.line, f"the formula cannot be read: {formula.fault}"))


def _number(found: Iterable[Element]) -> list[Element]:
    """The elements in the order of their lines, each told its place."""
    ordered = sorted(found, key=lambda element: element.line)
    for index, element in enumerate(ordered):
        element.index = index
    return ordered


def _join(
    document: Document, pieces: Sequence[Piece], blocks: Mapping[int, str], spans: Mapping[int, str]
) -> str:
    if len(pieces) == 1 and isinstance(pieces[0], str):
        return pieces[0]
    return "".join(
        [
            _fill(document, piece, blocks, spans) if isinstance(piece, Slot) else str(piece)
            for piece in pieces
        ]
    )


def _fill(
    document: Document, slot: Slot, blocks: Mapping[int, str], spans: Mapping[int, str]
) -> str:
    if not slot.block:
        source = html.escape(document.code_spans[slot.index].source, quote=False)
        return spans.get(slot.index, f"<code{slot.attributes}>{source}</code>")
    if slot.index in blocks:
        return blocks[slot.index]
    block = document.code_blocks[slot.index]
    show = highlight if document.options.highlight else plain
    return show(block.source, block.language, block.outer)


def _headings(
    document: Document,
    entries: Iterable[TocEntry],
    blocks: Mapping[int, str],
    spans: Mapping[int, str],
) -> tuple[Heading, ...]:
    return tuple(
        Heading(
            entry.level,
            entry.id,
            _join(document, entry.pieces, blocks, spans),
            _headings(document, entry.children, blocks, spans) if entry.children else (),
        )
        for entry in entries
    )

"""Parse a text once; render it as often as its code blocks and spans get other HTML."""

from __future__ import annotations

import gc
import html
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import field
from types import MappingProxyType

from evergreen.dataclass import dataclass
from evergreen.markdown.abbreviations import abbreviation_pattern, mark_abbreviations
from evergreen.markdown.attributes import apply_attributes
from evergreen.markdown.blocks import read_document
from evergreen.markdown.code import CodeBlock, CodeSpan, code_block
from evergreen.markdown.code_display import show_code, show_lines
from evergreen.markdown.cross_references import number_references
from evergreen.markdown.element_writers import write_document
from evergreen.markdown.highlight import highlight, plain
from evergreen.markdown.html import TAG, start_tag
from evergreen.markdown.identifiers import explicit_ids
from evergreen.markdown.labels import (
    attach_captions,
    find_headings,
    find_things,
    label_equations,
)
from evergreen.markdown.math import convert
from evergreen.markdown.open_formulas import place_open
from evergreen.markdown.options import DEFAULTS, MarkdownOptions
from evergreen.markdown.parse_state import ParseState
from evergreen.markdown.spans import read_spans
from evergreen.markdown.toc import TocEntry
from evergreen.markdown.tree import Element, Piece, ReferenceSlot, Slot, TextProblem, is_leaf, walk
from evergreen.model import CrossReference, Heading, LabelledThing
from evergreen.regex import regex

NOTHING: Mapping[int, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class RenderedDocument:
    """A document as HTML."""

    html: str
    headings: tuple[Heading, ...]
    """Nested headings of the table of contents, whether or not the text shows one."""
    problems: tuple[TextProblem, ...]
    """Sorted by line."""


@dataclass(frozen=True)
class Document:
    """A parsed text."""

    code_blocks: tuple[CodeBlock, ...]
    """In text order."""
    code_spans: tuple[CodeSpan, ...]
    """In text order."""
    options: MarkdownOptions
    problems: tuple[TextProblem, ...]
    urls: frozenset[tuple[int, str]] = field(repr=False)
    """Line and URL of each link and image, with entities as written; a reference link has the
    line of its definition. May include a few URLs that are rendered as plain text."""
    things: tuple[LabelledThing, ...] = field(repr=False)
    """What has a label, and all headings, in text order."""
    references: tuple[CrossReference, ...] = field(repr=False)
    """In text order."""
    ids: tuple[tuple[int, str], ...] = field(repr=False)
    """Line and id of each element to which the author gave one, in text order."""
    _pieces: tuple[Piece, ...] = field(repr=False)
    _entries: tuple[TocEntry, ...] = field(repr=False)

    def render(
        self,
        blocks: Mapping[int, str] = NOTHING,
        spans: Mapping[int, str] = NOTHING,
        references: Mapping[int, str] = NOTHING,
    ) -> RenderedDocument:
        """Render the document to HTML.

        `blocks` and `spans` map an index into `code_blocks` and `code_spans` to the HTML that
        replaces that code; all other code is shown as code. `references` does so for references,
        which are else shown as written.
        """
        filling = _Filling(self, blocks, spans, references)
        with _gc_paused():
            content = filling.join(self._pieces)
            headings = filling.headings(self._entries)
        return RenderedDocument(content, headings, self.problems)

    def show_block(self, index: int) -> str:
        """Return a code block as it is shown if nothing replaces it."""
        block = self.code_blocks[index]
        show = highlight if self.options.highlight else plain
        if not self.options.native:
            display = block.display_as_html(self.options.line_numbers)
            return show_lines(block.source, block.language, display, show)
        return show_code(block.source, block.language, block.display, show, self.options.fold)


def parse(text: str, options: MarkdownOptions = DEFAULTS, parts: Sequence[int] = ()) -> Document:
    """Parse a text as Jekyll's kramdown does. Every text is valid.

    `parts` are the lines, from 1, at which the cells of a notebook begin. Each is a document of its
    own, where blocks end as in Jupyter; definitions, ids and numbers belong to the whole text.
    """
    with _gc_paused():
        return _parse(text.replace("\r\n", "\n").replace("\r", "\n"), options, parts)


def html_document(text: str) -> Document:
    """Return a text that is already HTML as a document, with the URLs in it."""
    state, line, at = ParseState(DEFAULTS, lambda container: None), 1, 0
    for tag in TAG.finditer(text):
        line += text.count("\n", at, tag.start())
        at = tag.start()
        start_tag(tag, line, state)
    return Document((), (), DEFAULTS, (), frozenset(state.urls), (), (), (), (text,), ())


def _parse(text: str, options: MarkdownOptions, parts: Sequence[int]) -> Document:
    root, state = read_document(text, options, parts)
    roots = [root, *state.footnotes.values()]
    blocks = [block for top in roots for block in walk(top)]
    _apply_attributes(blocks, state)
    if state.options.technical:
        label_equations(blocks, state)
        if attach_captions([*roots, *blocks], state):
            blocks = [block for top in roots for block in walk(top)]
    leaves = [block for block in blocks if is_leaf(block)]
    read_spans(leaves, state)
    _mark_abbreviations(leaves, state)
    _read_formulas(blocks, leaves, state)
    code_blocks = _number(block for block in blocks if block.kind == "codeblock")
    code_spans = _number(
        span for leaf in leaves if "`" in leaf.source for span in walk(leaf) if span.kind == "code"
    )
    is_technical = state.options.technical
    references = number_references(leaves) if is_technical else ()
    things = find_things(blocks, leaves, state) if is_technical else ()
    named = {id(block) for block in blocks if block.kind == "header" and "id" in block.attributes}
    ids = tuple(explicit_ids(blocks, leaves, state))
    pieces, entries = write_document(root, state)
    return Document(
        tuple(map(code_block, code_blocks)),
        tuple(CodeSpan(span.line, span.source) for span in code_spans),
        state.options,
        tuple(sorted(set(state.problems))),
        frozenset(state.urls),
        _in_order((*things, *find_headings(blocks, named))) if is_technical else (),
        references,
        ids,
        tuple(pieces),
        tuple(entries),
    )


@contextmanager
def _gc_paused() -> Iterator[None]:
    """Disable the garbage collector for a block.

    The tree has no cycles, yet the collector would traverse it again and again while it grows:
    a third of the time of a large text.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _apply_attributes(blocks: Iterable[Element], state: ParseState) -> None:
    for block in blocks:
        if block.applied:
            apply_attributes(block.attributes, block.applied, state.attribute_lists)


def _mark_abbreviations(leaves: Iterable[Element], state: ParseState) -> None:
    if pattern := abbreviation_pattern(state):
        for leaf in leaves:
            mark_abbreviations(leaf, pattern, state)


def _read_formulas(blocks: Iterable[Element], leaves: Iterable[Element], state: ParseState) -> None:
    """Convert all formulas to MathML, and report those that cannot be parsed."""
    lines = (leaf for leaf in leaves if "$" in leaf.source or "\\" in leaf.source)
    found = [span for leaf in lines for span in walk(leaf) if span.kind == "math"]
    found += [block for block in blocks if block.kind == "math"]
    found.sort(key=lambda element: element.line)
    formulas = [(each.source, bool(each.model)) for each in found]
    for element, formula in zip(found, convert(formulas, dict(state.options.macros)), strict=True):
        state.formulas[id(element)] = formula
        if formula.fault:
            message = f"the formula is not valid: {formula.fault}"
            state.problems.append(TextProblem(element.line, message, _beginning(element)))
    state.problems += place_open(state.open_formulas, found)


def _beginning(formula: Element) -> str:
    """Return the beginning of a formula in its first line, as it is probably written."""
    first = (formula.name or formula.source).partition("\n")[0]
    return "$$" if formula.model == "block" else first


def _in_order(things: Iterable[LabelledThing]) -> tuple[LabelledThing, ...]:
    return tuple(sorted(things, key=lambda thing: thing.line))


def _number(found: Iterable[Element]) -> list[Element]:
    """Sort the elements by line and set their `index`."""
    ordered = sorted(found, key=lambda element: element.line)
    for index, element in enumerate(ordered):
        element.index = index
    return ordered


@dataclass(frozen=True, slots=True)
class _Filling:
    """What is put into the places of a document."""

    document: Document
    blocks: Mapping[int, str]
    spans: Mapping[int, str]
    references: Mapping[int, str]

    def join(self, pieces: Sequence[Piece]) -> str:
        if len(pieces) == 1 and isinstance(pieces[0], str):
            return pieces[0]
        return "".join([piece if isinstance(piece, str) else self.fill(piece) for piece in pieces])

    def fill(self, piece: Piece) -> str:
        if isinstance(piece, ReferenceSlot):
            return self.reference(piece)
        return self.code(piece) if isinstance(piece, Slot) else str(piece)

    def reference(self, slot: ReferenceSlot) -> str:
        written = _LABEL_ONLY.sub(r"\1", self.document.references[slot.index].source)
        source = html.escape(written, quote=False)
        shown = self.references.get(slot.index, source)
        return _TAGS.sub("", shown) if slot.is_plain else shown

    def code(self, slot: Slot) -> str:
        document = self.document
        if not slot.block:
            source = html.escape(document.code_spans[slot.index].source, quote=False)
            return self.spans.get(slot.index, f"<code{slot.attributes}>{source}</code>")
        if slot.index in self.blocks:
            return self.blocks[slot.index]
        return document.show_block(slot.index)

    def headings(self, entries: Iterable[TocEntry]) -> tuple[Heading, ...]:
        return tuple(
            Heading(
                entry.level,
                entry.id,
                self.join(entry.pieces),
                self.headings(entry.children) if entry.children else (),
            )
            for entry in entries
        )


_LABEL_ONLY = regex(r"\[\]\(#(.+)\)")
"""A reference that shows nothing but its label."""
_TAGS = regex(r"<[^<>]*>")

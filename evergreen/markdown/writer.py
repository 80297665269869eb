"""From the tree to HTML: pieces of text, and slots that rendering fills."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from html import escape
from itertools import islice

from evergreen.markdown.grammar import VOID_TAGS
from evergreen.markdown.headings import heading_id, plain_id
from evergreen.markdown.html import write_attributes
from evergreen.markdown.math import write_math
from evergreen.markdown.reading import Draft
from evergreen.markdown.toc import Entry, nest, write_contents
from evergreen.markdown.tree import Element, Markup, Piece, Slot


@dataclass(slots=True)
class Writer:
    """The HTML of a document while it is put together."""

    draft: Draft
    out: list[Piece] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    notes: dict[str, int] = field(default_factory=dict)
    """Name of a footnote → how often it is referred to again."""
    numbers: dict[str, int] = field(default_factory=dict)
    """Name of a footnote → its number; in their order."""
    ids: dict[str, int] = field(default_factory=dict)
    plain_ids: dict[str, int] = field(default_factory=dict)
    marked: dict[str, tuple[Element, int]] = field(default_factory=dict)
    """`toc` and `footnotes` → the list that gives way to them, and its place in `out`."""
    depth: int = 0
    """HTML elements and footnotes around the current place: headings in them get plain ids."""
    bare: bool = False
    """Links and footnote markers are left out, as in a table of contents."""

    def write(self, element: Element) -> None:
        """Write what the element holds."""
        for child in element.children:
            if isinstance(child, Element):
                _WRITERS[child.kind](self, child)
            else:
                self.out.append(child if isinstance(child, Markup) else _escape(child))

    def tagged(self, element: Element, tag: str, before: str = "", after: str = "") -> None:
        """Write what the element holds between tags."""
        self.out.append(f"<{tag}{write_attributes(element.attributes)}>{before}")
        self.write(element)
        self.out.append(f"</{tag}>{after}")


def write_document(root: Element, draft: Draft) -> tuple[list[Piece], list[Entry]]:
    """The pieces of the document's HTML, and its headings as trees."""
    writer = Writer(draft)
    writer.write(root)
    body, writer.out = writer.out, []
    _write_footnotes(writer)
    entries = nest(writer.entries)
    inserted = {len(body): writer.out}
    if "footnotes" in writer.marked:
        inserted = {writer.marked["footnotes"][1]: writer.out}
    if "toc" in writer.marked:
        element, at = writer.marked["toc"]
        contents = write_contents(element.kind, element.attributes, entries)
        inserted[at] = contents + inserted.get(at, [])
    for at in sorted(inserted, reverse=True):
        body[at:at] = inserted[at]
    return body, entries


def _paragraph(w: Writer, element: Element) -> None:
    image = element.children[0] if len(element.children) == 1 else None
    if element.tight:
        w.write(element)
    elif isinstance(image, Element) and image.kind == "img" and image.refers_to("standalone"):
        _figure(w, element, image)
    else:
        w.tagged(element, "p", after="\n")


def _figure(w: Writer, paragraph: Element, image: Element) -> None:
    attributes = dict(paragraph.attributes)
    for key in ("class", "id"):
        if key in image.attributes and key not in attributes:
            attributes[key] = image.attributes.pop(key)
    caption = _escape(image.attributes.get("alt", ""))
    w.out.append(f"<figure{write_attributes(attributes)}>\n")
    _image(w, image)
    w.out.append(f"\n<figcaption>{caption}</figcaption>\n</figure>\n")


def _heading(w: Writer, element: Element) -> None:
    options = w.draft.options
    if options.auto_ids and "id" not in element.attributes:
        text = _text_of(element)
        slug = plain_id(text, w.plain_ids) if w.depth else heading_id(text, w.ids)
        element.attributes["id"] = options.auto_id_prefix + slug
    listed = "no_toc" not in element.attributes.get("class", "").split()
    if listed and "id" in element.attributes and element.level in options.toc_levels:
        pieces = _bare_pieces(w, element)
        w.entries.append(Entry(element.level, element.attributes["id"], pieces))
    level = min(max(element.level + options.header_offset, 1), 6)
    w.tagged(element, f"h{level}", after="\n")


def _bare_pieces(w: Writer, element: Element) -> list[Piece]:
    out, w.out, w.bare = w.out, [], True
    w.write(element)
    pieces, w.out, w.bare = w.out, out, False
    return pieces


def _text_of(element: Element) -> str:
    """The text from which a heading's id is made."""
    parts = []
    for child in element.children:
        if isinstance(child, str):
            parts.append(child)
        elif child.kind in ("code", "math"):
            parts.append(child.source)
        elif child.kind != "raw":
            parts.append(_text_of(child))
    return "".join(parts)


def _list(w: Writer, element: Element) -> None:
    for mark in ("toc", "footnotes"):
        if mark not in w.marked and element.refers_to(mark):
            w.marked[mark] = (element, len(w.out))
            return
    w.tagged(element, element.kind, before="\n", after="\n")


def _item(w: Writer, element: Element) -> None:
    first = element.children[0] if element.children else None
    inline = first is None or (isinstance(first, Element) and first.tight)
    w.tagged(element, element.kind, before="" if inline else "\n", after="\n")


def _block(w: Writer, element: Element) -> None:
    w.tagged(element, element.kind, before="\n", after="\n")


def _term(w: Writer, element: Element) -> None:
    w.tagged(element, "dt", after="\n")


def _span(w: Writer, element: Element) -> None:
    w.tagged(element, element.kind)


def _head(w: Writer, element: Element) -> None:
    w.out.append("<thead>\n")
    for row in element.children:
        w.out.append("<tr>\n")
        for cell in row.children:
            _cell(w, cell, "th")
        w.out.append("</tr>\n")
    w.out.append("</thead>\n")


def _cell(w: Writer, element: Element, tag: str = "td") -> None:
    if not element.children:
        element.children.append("\u00a0")
    w.tagged(element, tag, after="\n")


def _html(w: Writer, element: Element) -> None:
    after = "" if element.tight or element.model == "inline" else "\n"
    if element.level:
        slash = element.model == "raw" or element.name in VOID_TAGS
        end = " />" if slash else f"></{element.name}>"
        w.out.append(f"<{element.name}{write_attributes(element.attributes)}{end}{after}")
        return
    w.depth += 1
    w.tagged(element, element.name, before="\n" if element.model == "block" else "", after=after)
    w.depth -= 1


def _code_block(w: Writer, element: Element) -> None:
    w.out += [Slot(True, element.index), "\n"]


def _code_span(w: Writer, element: Element) -> None:
    w.out.append(Slot(False, element.index, write_attributes(element.attributes)))


def _link(w: Writer, element: Element) -> None:
    if w.bare:
        w.write(element)
    else:
        w.tagged(element, "a")


def _image(w: Writer, element: Element) -> None:
    w.out.append(f"<img{write_attributes(element.attributes)} />")


def _math(w: Writer, element: Element) -> None:
    block = element.model == "block"
    html, fault = write_math(element.source, block, element.attributes)
    w.out.append(html + "\n" * block)
    if fault and not w.bare:
        w.draft.problems.append((element.line, f"the formula cannot be read: {fault}"))


def _rule(w: Writer, element: Element) -> None:
    w.out.append(f"<hr{write_attributes(element.attributes)} />\n")


def _break(w: Writer, element: Element) -> None:
    w.out.append("<br />")


def _abbreviation(w: Writer, element: Element) -> None:
    w.tagged(element, "abbr")


def _nothing(w: Writer, element: Element) -> None:
    pass


def _footnote_marker(w: Writer, element: Element) -> None:
    if w.bare:
        return
    count = w.notes.get(element.name, -1) + 1
    w.notes[element.name] = count
    number = w.numbers.setdefault(element.name, len(w.numbers) + w.draft.options.footnote_nr)
    name = escape(element.name)
    repeat = f":{count}" if count else ""
    w.out.append(
        f'<sup id="fnref:{name}{repeat}" role="doc-noteref">'
        f'<a href="#fn:{name}" class="footnote" rel="footnote">{number}</a></sup>'
    )


def _write_footnotes(w: Writer) -> None:
    """The list of the footnotes that are referred to, in the order of their numbers."""
    if not w.notes:
        return
    first = w.draft.options.footnote_nr
    start = f' start="{first}"' if first != 1 else ""
    w.out.append(f'<div class="footnotes" role="doc-endnotes">\n<ol{start}>\n')
    w.depth += 1
    written = 0
    while written < len(w.numbers):
        # A footnote may refer to others, which are then written too.
        for name in [*islice(w.numbers, written, None)]:
            _write_footnote(w, name)
            written += 1
    w.out.append("</ol>\n</div>\n")


def _write_footnote(w: Writer, name: str) -> None:
    note = w.draft.footnotes[name]
    back = _backlinks(name, w.notes[name], w.draft.options.footnote_backlink)
    last = note.children[-1] if note.children else None
    w.out.append(f'<li id="fn:{escape(name)}" role="doc-endnote">\n')
    if isinstance(last, Element) and last.kind == "p" and back:
        last.children.append(Markup("\u00a0" + back))
        back = ""
    w.write(note)
    w.out.append(f"<p>{back}</p>\n</li>\n" if back else "</li>\n")


def _backlinks(name: str, repeats: int, text: str) -> str:
    if not text:
        return ""
    links = []
    for n in range(repeats + 1):
        place = f"{name}:{n}" if n else name
        label = _escape(text) + (f"<sup>{n + 1}</sup>" if n else "")
        links.append(
            f'<a href="#fnref:{escape(place)}" class="reversefootnote" role="doc-backlink">'
            f"{label}</a>"
        )
    return "\u00a0".join(links)


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


_WRITERS: dict[str, Callable[[Writer, Element], None]] = {
    "p": _paragraph,
    "header": _heading,
    "ul": _list,
    "ol": _list,
    "li": _item,
    "dd": _item,
    "dt": _term,
    **dict.fromkeys(("blockquote", "dl", "table", "tbody", "tfoot", "tr"), _block),
    "thead": _head,
    "td": _cell,
    "hr": _rule,
    "html": _html,
    "raw": Writer.write,
    "math": _math,
    "codeblock": _code_block,
    "code": _code_span,
    "em": _span,
    "strong": _span,
    "a": _link,
    "img": _image,
    "br": _break,
    "footnote": _footnote_marker,
    "abbr": _abbreviation,
    "blank": _nothing,
    "mark": _nothing,
}

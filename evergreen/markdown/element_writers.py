"""Rendering of the tree to HTML: one function for each kind of element."""

from __future__ import annotations

from evergreen.markdown.div_writers import (
    write_callout,
    write_caption,
    write_div,
    write_figure,
    write_reference,
    write_tabs,
    write_theorem,
)
from evergreen.markdown.footnotes import footnote_marker, write_footnotes
from evergreen.markdown.grammar import VOID_TAGS
from evergreen.markdown.headings import heading_id, jupyter_id, plain_id
from evergreen.markdown.html import escape_html, write_attributes
from evergreen.markdown.html_writer import HtmlWriter, WriteElement
from evergreen.markdown.math import write_formula
from evergreen.markdown.parse_state import ParseState
from evergreen.markdown.toc import TocEntry, nest, write_toc
from evergreen.markdown.tree import Element, Markup, Piece, Placeholder, Slot, text_of
from evergreen.model.numbering import kind_of


def write_document(root: Element, state: ParseState) -> tuple[list[Piece], list[TocEntry]]:
    """Return the pieces of the document's HTML, and its headings as trees."""
    w = HtmlWriter(state, _WRITERS)
    w.write(root)
    if Placeholder.FOOTNOTES not in w.placeholders:
        w.placeholders[Placeholder.FOOTNOTES] = root
        w.out.append(Placeholder.FOOTNOTES)
    pieces = _put(w.out, Placeholder.FOOTNOTES, write_footnotes(w))
    entries = nest(w.toc_entries)
    if Placeholder.TOC in w.placeholders:
        element = w.placeholders[Placeholder.TOC]
        contents = write_toc(element.kind, element.attributes, entries)
        pieces = _put(pieces, Placeholder.TOC, contents)
    return pieces, entries


def _put(pieces: list[Piece], place: Placeholder, content: list[Piece]) -> list[Piece]:
    at = pieces.index(place)
    return [*pieces[:at], *content, *pieces[at + 1 :]]


def _paragraph(w: HtmlWriter, element: Element) -> None:
    image = element.children[0] if len(element.children) == 1 else None
    if element.tight:
        w.write(element)
    elif isinstance(image, Element) and image.kind == "img" and _is_figure(w, element, image):
        _figure(w, element, image)
    else:
        w.write_tagged(element, "p", after="\n")


def _figure(w: HtmlWriter, paragraph: Element, image: Element) -> None:
    attributes = dict(paragraph.attributes)
    for key in ("class", "id"):
        if key in image.attributes and key not in attributes:
            attributes[key] = image.attributes.pop(key)
    given, alt = image.attributes, image.attributes.get("alt", "")
    caption = Element("raw", children=image.children or [given.pop("caption", alt)])
    if image.children:
        given["alt"] = " ".join(text_of(caption).split())
    given["alt"] = given.pop("fig-alt", given.get("alt", ""))
    w.out.append(f"<figure{write_attributes(attributes)}>\n")
    _image(w, image)
    w.out.append("\n<figcaption>")
    w.write(caption)
    w.out.append("</figcaption>\n</figure>\n")


def _is_figure(w: HtmlWriter, paragraph: Element, image: Element) -> bool:
    """True for a picture on its own with kramdown's `standalone`, or with the label of a figure."""
    if image.refers_to("standalone") or image.model == "figure":
        return True
    if w.state.options.implicit_figures and image.attributes.get("alt"):
        return True
    label = image.attributes.get("id") or paragraph.attributes.get("id", "")
    return w.state.options.native and kind_of(label) == "fig"


def _heading(w: HtmlWriter, element: Element) -> None:
    options, attributes = w.state.options, element.attributes
    if options.auto_ids and "id" not in attributes:
        text = _text_of(element)
        slug = plain_id(text, w.plain_ids) if w.depth else heading_id(text, w.ids)
        attributes["id"] = options.auto_id_prefix + slug
    listed = "class" not in attributes or "no_toc" not in attributes["class"].split()
    if listed and "id" in attributes and element.level in options.toc_levels:
        w.toc_entries.append(TocEntry(element.level, attributes["id"], w.render_apart(element)))
    level = w.level = min(max(element.level + options.header_offset, 1), 6)
    if w.state.is_notebook and (anchor := jupyter_id(_text_of(element))) != attributes.get("id"):
        element.children.insert(0, Markup(f"<span{write_attributes({'id': anchor})}></span>"))
    w.write_tagged(element, f"h{level}", after="\n")


def _text_of(element: Element) -> str:
    """Return the text from which the id of a heading is made."""
    parts = []
    for child in element.children:
        if isinstance(child, str):
            parts.append(child)
        elif child.kind in ("code", "math", "verbatim"):
            parts.append((child.kind == "math" and child.name) or child.source)
        elif child.kind != "raw":
            parts.append(_text_of(child))
    return "".join(parts)


def _list(w: HtmlWriter, element: Element) -> None:
    for place in _PLACES if element.applied else ():
        if place not in w.placeholders and element.refers_to(place.value):
            w.placeholders[place] = element
            w.out.append(place)
            return
    w.write_tagged(element, element.kind, before="\n", after="\n")


def _item(w: HtmlWriter, element: Element) -> None:
    first = element.children[0] if element.children else None
    inline = first is None or (isinstance(first, Element) and first.tight)
    w.write_tagged(element, element.kind, before="" if inline else "\n", after="\n")


def _block(w: HtmlWriter, element: Element) -> None:
    w.write_tagged(element, element.kind, before="\n", after="\n")


def _term(w: HtmlWriter, element: Element) -> None:
    w.write_tagged(element, "dt", after="\n")


def _span(w: HtmlWriter, element: Element) -> None:
    w.write_tagged(element, element.kind)


def _head(w: HtmlWriter, element: Element) -> None:
    w.out.append("<thead>\n")
    for row in element.blocks:
        w.out.append("<tr>\n")
        for cell in row.blocks:
            _cell(w, cell, "th")
        w.out.append("</tr>\n")
    w.out.append("</thead>\n")


def _cell(w: HtmlWriter, element: Element, tag: str = "td") -> None:
    if not element.children:
        element.children.append("\u00a0")
    w.write_tagged(element, tag, after="\n")


def _html(w: HtmlWriter, element: Element) -> None:
    after = "" if element.tight or element.model == "inline" else "\n"
    if element.level:
        slash = element.model == "raw" or element.name in VOID_TAGS
        end = " />" if slash else f"></{element.name}>"
        w.out.append(f"<{element.name}{write_attributes(element.attributes)}{end}{after}")
        return
    w.depth += 1
    w.write_tagged(
        element, element.name, before="\n" if element.model == "block" else "", after=after
    )
    w.depth -= 1


def _code_block(w: HtmlWriter, element: Element) -> None:
    w.out += [Slot(True, element.index), "\n"]


def _code_span(w: HtmlWriter, element: Element) -> None:
    w.out.append(Slot(False, element.index, write_attributes(element.attributes)))


def _link(w: HtmlWriter, element: Element) -> None:
    if w.without_links:
        w.write(element)
    else:
        w.write_tagged(element, "a")


def _image(w: HtmlWriter, element: Element) -> None:
    if text := element.attributes.pop("fig-alt", ""):
        element.attributes["alt"] = text
    w.out.append(f"<img{write_attributes(element.attributes)} />")


def _math(w: HtmlWriter, element: Element) -> None:
    formula = w.state.formulas[id(element)]
    if element.model == "display":  # a display formula within a paragraph cannot be a `div`
        w.out.append(write_formula(formula, False, element.attributes))
        return
    block = element.model == "block"
    w.out.append(write_formula(formula, block, element.attributes) + "\n" * block)


def _rule(w: HtmlWriter, element: Element) -> None:
    w.out.append(f"<hr{write_attributes(element.attributes)} />\n")


def _break(w: HtmlWriter, element: Element) -> None:
    w.out.append("<br />")


def _abbreviation(w: HtmlWriter, element: Element) -> None:
    w.write_tagged(element, "abbr")


def _verbatim(w: HtmlWriter, element: Element) -> None:
    w.out.append(escape_html(element.source))


def _nothing(w: HtmlWriter, element: Element) -> None:
    pass


_PLACES = tuple(Placeholder)
_WRITERS: dict[str, WriteElement] = {
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
    "raw": HtmlWriter.write,
    "math": _math,
    "codeblock": _code_block,
    "code": _code_span,
    "em": _span,
    "strong": _span,
    "a": _link,
    "img": _image,
    "br": _break,
    "footnote": footnote_marker,
    "abbr": _abbreviation,
    "caption": write_caption,
    "callout": write_callout,
    "theorem": write_theorem,
    "tabs": write_tabs,
    "figure": write_figure,
    "div": write_div,
    "title": HtmlWriter.write,
    "reference": write_reference,
    "verbatim": _verbatim,
    "blank": _nothing,
    "mark": _nothing,
}

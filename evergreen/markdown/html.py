"""HTML in the text: the grammar of tags, and block-level elements.

Raw content is copied piece by piece, with its attributes quoted and its tags closed. It is not
parsed into a tree, so deep or malformed HTML does not cost extra time or memory.
"""

from __future__ import annotations

import re

from evergreen.markdown.grammar import (
    KNOWN_TAGS,
    NAME,
    SPACE,
    SPAN_TAGS,
    VOID_TAGS,
    content_model,
)
from evergreen.markdown.parse_state import MAX_DEPTH, Container, ParseState
from evergreen.markdown.raw_formulas import SKIPPED, formulas_in
from evergreen.markdown.tree import Element, Markup
from evergreen.model.numbering import LabelledThing, kind_of
from evergreen.regex import regex

MODELS = {"0": "raw", "span": "span", "block": "block"}
"""Content models by value of the attribute `markdown`; "1" selects the default of the tag."""
URL_ATTRIBUTES = frozenset({"href", "src", "srcset", "poster", "cite", "data", "xlink:href"})
"""Attributes whose values are URLs."""
DRAWING = "svg"
"""The element whose parts have ids that a program has made."""


def html_block(c: Container) -> bool:
    """Parse a comment, a block-level element with its content, or the end tag of the container."""
    if comment := _consume_comment(c):
        c.element.children.append(Element("raw", children=[Markup(comment), "\n"]))
        c.consume(_REST)
        return True
    tag = c.match(_BLOCK_TAG)
    if tag and tag[1].lower() not in SPAN_TAGS and not _is_in_text(c, tag):
        line = c.current_line()
        c.pos = tag.end()
        element = start_tag(tag, line, c.state)
        element.applied, c.pending = c.pending, None
        c.element.children.append(element)
        _read_content(c, element, tag)
        return True
    return _end_tag(c)


def _is_in_text(c: Container, tag: re.Match[str]) -> bool:
    """True if a tag that is not of HTML begins text, by CommonMark: it is not alone in its line."""
    is_known = tag[1].lower() in KNOWN_TAGS
    return c.state.is_commonmark and not is_known and not _REST.match(c.text, tag.end())


def start_tag(match: re.Match[str], line: int, state: ParseState) -> Element:
    """Return the element that a match of `TAG` opens; `level` is 1 if it has no content."""
    name = match[1].lower() if match[1].lower() in KNOWN_TAGS else match[1]
    element = Element("html", line, name=name, model="raw")
    for found in _ATTRIBUTE.finditer(match[2]):
        key = found[1].lower() if name in KNOWN_TAGS else found[1]
        value = element.attributes[key] = found[2] or found[4] or ""
        if key in URL_ATTRIBUTES:
            below = match.string.count("\n", match.start(), match.start(2) + found.end(1))
            state.urls.add((line + below, value))
    element.level = int(bool(match[3]) or name in VOID_TAGS)
    return element


def requested_model(element: Element, default: str) -> str:
    """Remove the attribute `markdown` and return the content model that it requests."""
    asked = element.attributes.pop("markdown", None)
    return content_model(element.name) if asked == "1" else MODELS.get(asked or "", default)


def note_label(c: Container, element: Element, line: int) -> None:
    """Note the label of a figure or a table in raw HTML."""
    label = element.attributes.get("id", "")
    kind = element.attributes.pop("data-kind", "") or kind_of(label)
    if kind and label and c.state.options.technical:
        text = element.attributes.get("alt", "")
        c.state.things.append(LabelledThing(label, kind, line, text=text))


def escape_html(text: str) -> str:
    """Escape text as HTML, keeping entities."""
    if "&" in text:
        text = _BARE_AMPERSAND.sub("&amp;", text)
    if "<" in text or ">" in text:
        text = text.replace("<", "&lt;").replace(">", "&gt;")
    return text


def write_attributes(attributes: dict[str, str]) -> str:
    """Return the attributes as HTML with a leading space, keeping entities."""
    if not attributes:
        return ""
    return "".join(
        f' {key}="{escape_html(value).replace(chr(34), "&quot;")}"'
        for key, value in attributes.items()
        if key != "id" or value.strip()
    )


def _read_content(c: Container, element: Element, tag: re.Match[str]) -> None:
    if element.name in ("script", "style"):
        element.children.append(Markup(_until_end_tag(c, element)))
        return
    default = content_model(element.name) if c.state.options.parse_block_html else "raw"
    element.model = requested_model(element, default)
    if not element.level:
        _read_body(c, element)
        c.consume(_REST)
    elif element.model == "block":
        c.consume(_REST)


def _read_body(c: Container, element: Element) -> None:
    if element.model == "block" and c.depth < MAX_DEPTH:
        c.consume(_REST)
        _read_blocks(c, element)
    elif element.model == "span":
        element.source = _until_end_tag(c, element)
    else:
        _read_raw(c, element)


def _read_blocks(c: Container, element: Element) -> None:
    inner = c.nested(element)
    c.state.read_blocks(inner)
    c.pos = inner.pos
    if not inner.ended:
        _report_unclosed(c, element)


def _until_end_tag(c: Container, element: Element) -> str:
    """Consume and return the source up to the end tag, or the rest of the text if there is none."""
    start = c.pos
    end = None
    if start < c.missing.get(f"</{element.name}>", len(c.text)):
        end = re.compile(rf"</{re.escape(element.name)}{SPACE}*>", re.IGNORECASE).search(
            c.text, start
        )
    if end is None:
        c.missing[f"</{element.name}>"] = start
        c.pos = len(c.text)
        _report_unclosed(c, element)
        return c.text[start:]
    c.pos = end.end()
    return c.text[start : end.start()]


def _read_raw(c: Container, element: Element) -> None:
    """Copy the content of an element up to its end tag."""
    open_tags = [element.name]
    pieces = element.children
    while open_tags:
        match = _RAW_STOP.search(c.text, c.pos)
        if not match:
            pieces.append(Markup(escape_html(c.text[c.pos :])))
            pieces += [Markup(f"</{name}>") for name in reversed(open_tags[1:])]
            c.pos = len(c.text)
            _report_unclosed(c, element)
            return
        _add_raw(c, pieces, open_tags, c.text[c.pos : match.start()])
        c.pos = match.start()
        _read_raw_tag(c, pieces, open_tags)


def _add_raw(c: Container, pieces: list[Element | str], open_tags: list[str], text: str) -> None:
    is_searched = c.state.options.mathjax and ("$" in text or "\\" in text)
    if not is_searched or not SKIPPED.isdisjoint(open_tags):
        pieces.append(Markup(escape_html(text)))
        return
    for part in formulas_in(text, c.current_line(), c.state.options):
        pieces.append(Markup(escape_html(part)) if isinstance(part, str) else part)


def _read_raw_tag(c: Container, pieces: list[Element | str], open_tags: list[str]) -> None:
    if found := _consume_comment(c) or _consume_instruction(c):
        pieces.append(Markup(found))
    elif tag := c.consume(TAG):
        _open_raw(c, pieces, open_tags, tag)
    elif end := c.consume(END_TAG):
        name = end[1].lower() if open_tags[-1] in KNOWN_TAGS else end[1]
        if name != open_tags[-1]:
            pieces.append(Markup(escape_html(end[0])))
            return
        open_tags.pop()
        if open_tags:
            pieces.append(Markup(f"</{name}>"))
    else:
        pieces.append(Markup("&lt;"))
        c.pos += 1


def _open_raw(
    c: Container, pieces: list[Element | str], open_tags: list[str], tag: re.Match[str]
) -> None:
    element = start_tag(tag, c.current_line() - tag[0].count("\n"), c.state)
    asked = "markdown" in element.attributes and c.depth < MAX_DEPTH
    if asked or element.name in ("script", "style"):
        element.line = c.current_line()
        element.tight = True
        pieces.append(element)
        _read_nested(c, element)
        return
    note_label(c, element, c.current_line())
    if DRAWING not in (*open_tags, element.name) and (name := element.attributes.get("id", "")):
        c.state.raw_ids.append((c.current_line(), name))
    attributes = write_attributes(element.attributes)
    pieces.append(Markup(f"<{element.name}{attributes}{' /' * element.level}>"))
    if not element.level:
        open_tags.append(element.name)


def _read_nested(c: Container, element: Element) -> None:
    if element.name in ("script", "style"):
        element.children.append(Markup(_until_end_tag(c, element)))
        return
    element.model = requested_model(element, "raw")
    if not element.level:
        _read_body(c, element)


def _end_tag(c: Container) -> bool:
    """Parse the end tag of the element that the container belongs to."""
    match = c.match(_BLOCK_END)
    own = c.element.kind == "html" and match is not None and match[1].lower() == c.element.name
    if own and match:
        c.pos = match.end()
        c.ended = True
    return own


def _consume_comment(c: Container) -> str:
    return _consume_until(c, "<!--", "-->")


def _consume_instruction(c: Container) -> str:
    return _consume_until(c, "<?", "?>")


def _consume_until(c: Container, opening: str, closing: str) -> str:
    if not c.text.startswith(opening, c.pos):
        return ""
    end = c.find(closing, c.pos + len(opening))
    if end < 0:
        return ""
    start, c.pos = c.pos, end + len(closing)
    return c.text[start : c.pos]


def _report_unclosed(c: Container, element: Element) -> None:
    c.report(
        f"<{element.name}> has no end tag, so everything below it is HTML: close it",
        element.line,
        f"<{element.name}",
    )


TAG = regex(
    rf"<({NAME})((?:{SPACE}+{NAME}(?:{SPACE}*={SPACE}*(?:\w+|\"[^\"]*\"|'[^']*'))?)*+)"
    rf"{SPACE}*(/)?>"
)
END_TAG = regex(rf"</({NAME}){SPACE}*>")
_ATTRIBUTE = regex(rf"({NAME})(?:{SPACE}*={SPACE}*(?:(\w+)|([\"'])(.*?)\3))?", re.DOTALL)
_BLOCK_TAG = regex(rf" {{0,3}}{TAG.pattern}")
_BLOCK_END = regex(rf" {{0,3}}{END_TAG.pattern}")
_RAW_STOP = regex(r"<(?=[^\W\d]|/|!--|\?)")
_REST = regex(r"[ \t]*\n")
_BARE_AMPERSAND = regex(r"&(?!(?:[A-Za-z_:][\w.:-]*|#[0-9]+|#x[0-9a-fA-F]+);)", re.ASCII)

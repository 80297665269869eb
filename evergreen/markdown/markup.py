"""Code spans, autolinks, inline HTML, and attribute lists of spans."""

from __future__ import annotations

import re

from evergreen.markdown.attributes import apply_attributes, pandoc_list, read_attributes
from evergreen.markdown.extensions import EXTENSION, EXTENSIONS, extension
from evergreen.markdown.grammar import (
    BLANK_CHARS,
    BLOCK_TAGS,
    IDENTIFIER,
    KNOWN_TAGS,
    content_model,
)
from evergreen.markdown.html import END_TAG, TAG, requested_model, start_tag
from evergreen.markdown.scanner import ANCHOR, RAW, Scanner, StopCondition
from evergreen.markdown.tree import AttributeList, Element, Markup, Symbol
from evergreen.model.numbering import kind_of
from evergreen.regex import regex


def code_span(s: Scanner, at: int, parent: Element, context: int) -> Element | None:
    """Parse code between runs of backticks of the same length; in kramdown a longer run ends it,
    too."""
    start = at
    while s.text.startswith("`", start):
        start += 1
    run = s.text[at:start]
    s.pos = s.literal_end = start
    between_spaces = s.text[start : start + 1] in _SPACES and s.text[at - 1 : at] in _EDGE
    if s.state.is_commonmark:
        end = _next_run(s, run, start)
    else:
        end = -1 if len(run) == 1 and between_spaces else s.find(run, start)
    if end < 0:
        return None
    source = s.text[start:end]
    if len(run) > 1 or "`" in source:
        source = source.removeprefix(" ").removesuffix(" ") if source != " " else ""
    s.pos = end + len(run)
    return Element("code", s.line_at(at), source)


def _next_run(s: Scanner, run: str, start: int) -> int:
    """Return the position of the next run of as many backticks; -1 if there is none."""
    at = s.find(run, start)
    while at >= 0 and s.text.startswith("`", at + len(run)):
        while s.text.startswith("`", at):
            at += 1
        at = s.find(run, at)
    return at


def angle(s: Scanner, at: int, parent: Element, context: int) -> Element | Symbol | str | None:
    """Parse an autolink `<https://…>`, a comment, or an HTML element."""
    if not context & RAW and (found := _autolink(s, at)):
        return found
    if s.text.startswith("<!--", at) and (end := s.find("-->", at + 4)) >= 0:
        s.pos = end + 3
        return Element("raw", children=[Markup(s.text[at : s.pos])])
    if match := END_TAG.match(s.text, at):
        s.pos = s.literal_end = match.end()
        is_dropped = s.state.is_commonmark and match[1].lower() in KNOWN_TAGS
        # CommonMark copies it, and browsers pass over an end tag without a start.
        return Element("raw", children=[Markup("")]) if is_dropped else None
    match = TAG.match(s.text, at)
    if match and s.state.is_commonmark and _is_placeholder(s, match):
        s.pos = s.literal_end = match.end()
        return None
    return _element(s, match, parent, context) if match and not s.exhausted() else None


def _is_placeholder(s: Scanner, tag: re.Match[str]) -> bool:
    """True if a tag that is not of HTML has no end, as in `name-<your-name>`."""
    name = tag[1]
    is_known = name.lower() in KNOWN_TAGS or tag[3]
    return not is_known and s.find(f"</{name}", tag.end()) < 0


def span_attributes(s: Scanner, at: int, parent: Element, context: int) -> Element | str | None:
    """Parse an extension, or `{: .a}` directly behind a span, which is returned anew with it."""
    if s.find("}", at) < 0:
        return None
    if match := _EXTENSION.match(s.text, at):
        return _extension(s, match) if match[1] in EXTENSIONS else None
    if _EXTENSION_END.match(s.text, at):
        return None
    last = parent.children[-1] if parent.children and s.text_start == at else None
    if last is None or type(last) is str:
        return None
    match = _ATTRIBUTES.match(s.text, at)
    if not match:
        return None
    s.pos = match.end()
    if isinstance(last, Element):
        applied = read_attributes(match[1])
        apply_attributes(last.attributes, applied, s.state.attribute_lists)
        last.applied = last.applied or AttributeList()
        last.applied.merge(applied)
    return parent.children.pop()


def pandoc_attributes(s: Scanner, at: int, parent: Element, context: int) -> Element | str | None:
    """Parse `{#fig-a .b width=50%}` directly behind a picture, as Pandoc has it; in native posts
    also behind a link, code, or a text in brackets. What is above is returned anew with the
    attributes."""
    last = parent.children[-1] if parent.children and s.text_start == at else None
    is_native = s.state.options.native
    match = (PANDOC if is_native else _PANDOC_ID).match(s.text, at)
    if not match or not isinstance(last, Element):
        return None
    if last.kind != "img" and not (is_native and (last.kind in ("a", "code") or last.name == SPAN)):
        return None
    s.pos = match.end()
    last.applied = last.applied or AttributeList()
    last.applied.merge(pandoc_list(match[1]))
    last.model = "figure" if kind_of(last.applied.values.get("id", "")) == "fig" else last.model
    apply_attributes(last.attributes, pandoc_list(match[1]), s.state.attribute_lists)
    for key in [key for key in last.attributes if key.startswith(_OF_QUARTO)]:
        value = last.attributes[key] if key == "fig-alt" else last.attributes.pop(key)
        if key == "fig-align" and value in _SIDES:
            apply_attributes(last.attributes, AttributeList(values={"class": f"align-{value}"}), {})
    return parent.children.pop()


def _autolink(s: Scanner, at: int) -> Element | None:
    if match := _EMAIL.match(s.text, at + 1):
        s.pos = match.end()
        url = match[1]
        return Element("a", attributes={"href": "mailto:" + url}, children=[url])
    match = _SCHEME.match(s.text, at + 1)
    if not match:
        return None
    end, newline = s.find(">", match.end() + 1), s.find("\n", at)
    if end < 0 or 0 <= newline < end:
        return None
    s.pos = end + 1
    url = s.text[at + 1 : end]
    s.add_url(at, url)
    return Element("a", attributes={"href": url}, children=[url.removeprefix("mailto:")])


def _element(s: Scanner, match: re.Match[str], parent: Element, context: int) -> Element | None:
    element = start_tag(match, s.line_at(match.start()), s.state)
    s.pos = match.end()
    if element.name in BLOCK_TAGS and not s.is_cell:
        s.literal_end = s.pos
        return None
    for key, value in element.attributes.items():
        element.attributes[key] = re.sub(r"\n+", " ", value)
    default = _content_model(s, element.name) if s.state.options.parse_span_html else "raw"
    is_raw = requested_model(element, "raw" if context & RAW else default) == "raw"
    element.model = "inline"
    if not element.level:
        inner = (context & ~RAW) | (RAW * is_raw) | (ANCHOR * (element.name == "a"))
        if s.read(element, _end_of(element.name), inner):
            s.pos = s.text.index(">", s.pos) + 1
    return element


def _content_model(s: Scanner, name: str) -> str:
    """Return how the content of an element is parsed: Markdown too, by CommonMark, in one that is
    not of HTML."""
    is_unknown = s.state.is_commonmark and name not in KNOWN_TAGS
    return "span" if is_unknown else content_model(name)


def _end_of(name: str) -> StopCondition:
    known = name in KNOWN_TAGS

    def stop(s: Scanner, at: int, children: list[Element | str]) -> bool:
        match = END_TAG.match(s.text, at) if s.text[at] == "<" else None
        return match is not None and name == (match[1].lower() if known else match[1])

    return stop


def _extension(s: Scanner, start: re.Match[str]) -> Element | None:
    body, end = "", start.end()
    if not start[3]:
        named, bare = s.find(f"{{:/{start[1]}}}", end), s.find("{:/}", end)
        stop = min(named, bare) if min(named, bare) >= 0 else max(named, bare)
        if stop < 0:
            return None
        body, end = s.text[end:stop], s.text.index("}", stop) + 1
    s.pos = end
    return extension(s.state, start[1], start[2] or "", body)


_SPACES = frozenset(BLANK_CHARS)
_EDGE = frozenset(BLANK_CHARS) | {""}
_EMAIL = regex(r"([\w.-]++@[\w.-]++)>")
_SCHEME = regex(r"(?:mailto|https?|ftps?):")
_ATTRIBUTES = regex(r"\{:((?:\\\}|[^}])+)\}")
_PANDOC_ID = regex(r"\{(#[^{}\n]+)\}")
_VALUE = r"""(?:[#.][\w:.-]+|[\w-]+=(?:"(?:\\.|[^"\\{}])*"|'[^'{}]*'|[^\s{}"']+))"""
PANDOC = regex(rf"\{{\s*({_VALUE}(?:\s+{_VALUE})*)\s*\}}")
"""Attributes of Pandoc behind a span."""
_OF_QUARTO = ("fig-", "layout", "lightbox", "group", "desc_position", "data-fancybox")
_SIDES = ("left", "right", "center")
SPAN = "span"
"""Name of the element that a text in brackets with attributes is."""
_EXTENSION = regex(EXTENSION)
_EXTENSION_END = regex(rf"\{{:/(?:{IDENTIFIER})?\}}")

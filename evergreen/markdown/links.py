"""Links and images, footnote references, and bare URLs."""

from __future__ import annotations

from typing import NamedTuple

from evergreen.dataclass import dataclass
from evergreen.markdown.attributes import apply_attributes, pandoc_list
from evergreen.markdown.cross_references import group, of_link, with_references
from evergreen.markdown.grammar import BLANK_CHARS
from evergreen.markdown.markup import PANDOC, SPAN
from evergreen.markdown.references import link_id
from evergreen.markdown.scanner import ALT, ANCHOR, LINK, Scanner
from evergreen.markdown.tree import AttributeList, Element, TextProblem, text_of
from evergreen.regex import regex

ESCAPED = regex(r"""\\([\\.*_+`<>()\[\]{}#!:|"'$=\-~])""")
"""A backslash escape of a character with a meaning in Markdown."""


def link(s: Scanner, at: int, parent: Element, context: int) -> Element | None:
    """Parse `[text](url "title")`, `[text][id]`, `[text]`, images (with `!` in front), and
    `[^footnote]`. A link within a link is text."""
    image = s.text[at] == "!"
    start = at + 1 + image
    if s.text[start : start + 1] in ("", "^"):
        return None if image else _footnote(s, at)
    if s.state.options.technical and not image and (found := group(s, at, context)):
        return found
    span = None
    if image or not context & LINK or context & ALT:
        may_link = image and s.state.options.native and not context & LINK
        inside = (context & ~ALT) | LINK | (ALT * may_link)
        span = _read(s, start, "img" if image else "a", inside)
    if span is None:
        s.pos = s.literal_end = start
    return span


def bare_url(s: Scanner, at: int, parent: Element, context: int) -> Element | None:
    """Parse `https://…` in running text, up to a space or a character that cannot be part of it."""
    if context & (LINK | ANCHOR) or not s.state.options.autolink:
        return None
    if s.text[at - 1 : at].isalnum() and s.text[at - 1].isascii() and at:
        return None
    match = _URL.match(s.text, at)
    url = _trim(match[0]) if match else ""
    if not match or len(url) <= match.end(1) - at:
        return None
    s.pos = at + len(url)
    s.add_url(at, url)
    return Element("a", attributes={"href": url}, children=[url])


def _read(s: Scanner, start: int, kind: str, context: int) -> Element | None:
    if s.find("]", start) < 0:
        return None
    closers = s.closers.setdefault(context, {})
    end = closers.get(start)
    if end == -1 or (end is not None and not _target(s, start, end)) or s.exhausted():
        return None
    span = Element(kind, s.line_at(start) if kind == "img" else 0)
    s.pos = start
    kinds = _NATIVE_KINDS if s.state.options.native else _KINDS
    brackets = _Brackets(closers, [start], kinds)
    if not s.read(span, brackets.close, context):
        brackets.pass_images(span.children)
        closers.update(dict.fromkeys(brackets.opened, -1))
        return None
    end = s.pos
    target = _target(s, start, end)
    if target and target.size and not (kind == "img" and s.state.options.technical):
        return None
    return _finish(s, span, s.text[start:end], target) if target else None


class _Target(NamedTuple):
    """What is behind the text of a link or an image."""

    url: str
    title: str
    identifier: str
    """Of the definition, or ""."""
    end: int
    size: str = ""
    """Of an image, as other tools write it behind the URL or the title: `=100x150`."""


@dataclass(slots=True)
class _Brackets:
    """The brackets in the text of a link."""

    closers: dict[int, int]
    opened: list[int]
    """Starts of the texts whose bracket is still open."""
    kinds: tuple[str, ...]
    """Kinds of elements that begin with a bracket."""
    seen: int = 0
    """Number of the link's children that have been inspected."""

    def close(self, s: Scanner, at: int, children: list[Element | str]) -> bool | None:
        """True if the first open bracket is closed at `at`; None if the last one is known to have
        no end, since then none has."""
        self.pass_images(children)
        char = s.text[at]
        if s.state.budget < 0 or self.closers.get(self.opened[-1]) == -1:
            return None
        if char == "]":
            self.closers[self.opened.pop()] = at
            return not self.opened
        if char == "[" or s.text.startswith("![", at):
            self.opened.append(at + (1 if char == "[" else 2))
        return False

    def pass_images(self, children: list[Element | str]) -> None:
        """Drop the opening brackets of images, and of links in the text of an image, which have
        been parsed as a whole."""
        for child in children[self.seen :]:
            if isinstance(child, Element) and _has_bracket(child, self.kinds):
                self.opened.pop()
        self.seen = len(children)


def _has_bracket(element: Element, kinds: tuple[str, ...]) -> bool:
    """True if an element began with a bracket, as `[text](url)` does and `<url>` does not."""
    is_span = element.name == SPAN and element.source == _BRACKET  # no `<span>`
    return element.kind in kinds or is_span or element.model == _BRACKETED


def _target(s: Scanner, start: int, end: int) -> _Target | None:
    """Return the target of the link with this text."""
    reference = _REFERENCE.match(s.text, end + 1)
    if not reference and s.text.startswith("(", end + 1):
        return _inline_target(s, end + 1)
    if s.state.options.native and not reference and PANDOC.match(s.text, end + 1):
        return _Target("", "", _SPAN, end + 1)
    known = s.state.links
    if not (reference and reference[1]) and (not known or s.find("]", start) < end):
        return None
    after = reference.end() if reference else end + 1
    text = reference[1] if reference and reference[1] else ESCAPED.sub(r"\1", s.text[start:end])
    found = known.get(link_id(text))
    undefined = not found and reference and reference[1] and not text.startswith("^")
    if undefined and not _in_dollars(s, end):
        message = f"the link [{text}] is not defined: add a line [{text}]: URL"
        s.state.problems.append(TextProblem(s.line_at(end), message, f"[{text}]"))
    return _Target(found.url, found.title, link_id(text), after) if found else None


def _in_dollars(s: Scanner, at: int) -> bool:
    """True if the position is probably in a formula between dollars, where brackets are no link."""
    before = s.text[max(0, at - _NEAR) : at].rpartition("\n")[2]
    after = s.text[at : at + _NEAR].partition("\n")[0]
    return "$" in after and before.count("$") % 2 == 1


def _finish(s: Scanner, span: Element, text: str, target: _Target) -> Element:
    position = s.pos
    url, title, identifier, s.pos, size = target
    if identifier == _SPAN and span.kind == "a":
        line, inside = s.line_at(position), with_references(s, position, span.children)
        return Element("html", line, _BRACKET, name=SPAN, model="inline", children=inside)
    if span.kind == "img" and not size and s.state.options.technical:
        url, size = _split_size(url)
    if not identifier:
        s.add_url(position, url)
    elif applied := s.state.links[identifier].mark.applied:
        apply_attributes(span.attributes, applied, s.state.attribute_lists)
    if span.kind == "a":
        span.model = _BRACKETED
        span.attributes["href"] = url
    else:
        span.attributes["src"] = url
        span.attributes["alt"] = ESCAPED.sub(r"\1", text) if "\\" in text else text
        if not s.state.options.native:
            span.children.clear()  # else they may become a caption
        elif any(isinstance(child, Element) and child.kind == "a" for child in span.children):
            span.attributes["alt"] = text_of(span)
    if size:
        apply_attributes(span.attributes, _size(size), {})
    if title:
        span.attributes["title"] = title
    if s.state.options.native and (found := of_link(s, position, span, text)):
        return found
    return span


def _inline_target(s: Scanner, at: int) -> _Target | None:
    end, newline = s.find(">", at), s.find("\n", at)
    if not s.text.startswith("(<", at) or end < 0 or 0 <= newline < end:
        return _in_parentheses(s, at)
    url = s.text[at + 2 : end]
    if s.text.startswith(")", end + 1):
        return _Target(url, "", "", end + 2)
    if closing := _SIZE_END.match(s.text, end + 1):
        return _Target(url, "", "", closing.end(), closing[1])
    return _title(s, end + 1, url)


def _in_parentheses(s: Scanner, at: int) -> _Target | None:
    depth = 0
    pos = at
    while match := _PARENTHESIS.search(s.text, pos):
        pos = match.end()
        s.state.budget -= 1
        if match[0] == "(":
            depth += 1
        elif match[0] == ")":
            depth -= 1
            if not depth:
                return _Target(s.text[at + 1 : pos - 1].strip(BLANK_CHARS), "", "", pos)
        else:
            return _title(s, pos, s.text[at + 1 : match.start()].strip(BLANK_CHARS))
        if s.state.budget < 0:
            return None
    return None


def _title(s: Scanner, start: int, url: str) -> _Target | None:
    """Return the target with a URL and the quoted title behind it, which a size may follow."""
    opening = _TITLE_START.match(s.text, start)
    if not opening:
        return None
    at = s.find(opening[1], opening.end() + 1)
    while at >= 0:
        if closing := _TITLE_END.match(s.text, at + 1):
            return _Target(url, s.text[opening.end() : at], "", closing.end(), closing[1] or "")
        s.state.budget -= 1
        at = s.find(opening[1], at + 1) if s.state.budget > 0 else -1
    return None


def _split_size(url: str) -> tuple[str, str]:
    """Split the size off a URL of an image, `a.png =100x150`; "" if there is none."""
    found = _WITH_SIZE.fullmatch(url) if "=" in url else None
    return (found[1], found[2]) if found else (url, "")


def _size(text: str) -> AttributeList:
    """Return the attributes for a size: pixels, or percent of the text's width."""
    width, height = text.removeprefix("=").split("x")
    given = {"width": width, "height": "" if height.endswith("%") else height}
    return pandoc_list(" ".join(f"{key}={value}" for key, value in given.items() if value))


def _footnote(s: Scanner, at: int) -> Element | None:
    match = _FOOTNOTE.match(s.text, at)
    if not match:
        return None
    s.pos = match.end()
    if match[1] in s.state.footnotes:
        return Element("footnote", s.line_at(at), name=match[1])
    message = f"the footnote {match[0]} is not defined: add a line {match[0]}: text"
    s.state.problems.append(TextProblem(s.line_at(at), message, match[0]))
    s.literal_end = s.pos
    return None


def _trim(url: str) -> str:
    """Remove the punctuation of the sentence from the end of a URL."""
    end, unmatched = len(url), url.count(")") - url.count("(")
    while end and (url[end - 1] in "?!.,:;*_~'" or (url[end - 1] == ")" and unmatched > 0)):
        unmatched -= url[end - 1] == ")"
        end -= 1
    return url[:end]


_SPAN = "{"
"""In place of the id of a definition: the text has attributes, and no target."""
_KINDS = ("img", "reference")
_NATIVE_KINDS = (*_KINDS, "footnote")
_BRACKET = "["
"""Source of a span in brackets, `[text]{.class}`."""
_BRACKETED = "bracketed"
"""Model of a link with a text in brackets, other than `<url>`."""
_NEAR = 1_000
"""Number of characters, before and behind, that are searched for dollars."""
_REFERENCE = regex(r"[ \t\r\n\f\v]*?\[([^\]]+)?\]")
_PARENTHESIS = regex(r"""[()]|[ \t\r\n\f\v](?=['"])""")
_TITLE_START = regex(r"""[ \t\r\n\f\v]*(["'])""")
_SIZE = r"=(?=[\dx]*\d)(?:\d+%?)?x(?:\d+%?)?"
_WITH_SIZE = regex(rf"(\S+)\s+({_SIZE})")
_SIZE_END = regex(rf"\s+({_SIZE})\s*\)")
_TITLE_END = regex(rf"(?:\s+({_SIZE}))?[ \t\r\n\f\v]*\)")
_FOOTNOTE = regex(r"\[\^(\w[\w-]*)\]")
_URL = regex(
    r"(https?://)[A-Za-z0-9](?:[A-Za-z0-9.-]*)(?::[0-9]+)?(?:[/?#](?:[A-Za-z0-9\-._~:/?#@!$&'()*+,;=%]|[^\x00-\x7f\W])*)?"
)

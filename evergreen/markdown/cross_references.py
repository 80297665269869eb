"""References to labelled things: `@fig-a`, `[@fig-a; @tbl-b]`, `[-@fig-a]`, `[](#fig-a)`,
`[Fig. %s](#fig-a)`, `\\ref{fig-a}`, `\\eqref{eq-a}`.

Which labels there are is only known when the whole post is read, and the numbers only when it is
rendered: a reference keeps its source, which is shown if nothing has its label.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from itertools import groupby

from evergreen.markdown.grammar import CJK
from evergreen.markdown.scanner import ANCHOR, LINK, Scanner
from evergreen.markdown.tree import Element, is_leaf, walk
from evergreen.model.numbering import KINDS, CrossReference, kind_of
from evergreen.regex import regex

_NAMES = "|".join([*KINDS, *(kind.capitalize() for kind in KINDS)])
LABEL = rf"(?:{_NAMES})-\w(?:[\w.:-]*\w)?"
BARE = rf"(?<![@/.\\])(?:(?<!\w)|(?<=[{CJK}]))@({LABEL})"
"""A reference in plain text; not in an address, such as `a@fig-a.org`."""
PLACE = rf"@(?=(?:{_NAMES})-\w)"
"""Where a reference may begin."""


def at_reference(s: Scanner, at: int, parent: Element, context: int) -> Element | str | None:
    r"""Parse `@fig-a` in running text; `\@fig-a` is text."""
    match = _AT.match(s.text, at)
    before = s.text[at - 1 : at] if at else ""
    if not match or context & (LINK | ANCHOR) or _JOINED.match(before):
        return None
    s.pos = match.end()
    if before == "\\":
        s.start = at - 1
        return match[0]
    return _reference(s, at, match[1], match[0], "name")


def group(s: Scanner, at: int, context: int) -> Element | None:
    """Parse `[@fig-a]`, `[-@fig-a]`, `[Fig. @fig-a; @fig-b]`."""
    match = None if context & (LINK | ANCHOR) else _GROUP.match(s.text, at)
    if not match:
        return None
    children: list[Element | str] = []
    for item in _ITEM.finditer(match[1]):
        before, minus, label = item.groups()
        place = at + 1 + item.start()
        children += [", "] if children else []
        form = "number" if minus or before.strip() else "name"
        source = item[0].strip(" ;")
        reference = _reference(s, place, label, source, form)
        if before.strip():
            reference.model, reference.attributes["format"] = "format", f"{before.strip()}\u00a0%s"
        children.append(reference)
    items = [child for child in children if isinstance(child, Element)]
    items[0].source = f"[{items[0].source}"
    items[-1].source += "]"
    s.pos = match.end()
    return Element("raw", s.line_at(at), children=children)


def with_references(s: Scanner, at: int, children: Sequence[Element | str]) -> list[Element | str]:
    """Return the content of a span, which was read as that of a link, with its references."""
    if not s.state.options.technical or not any(isinstance(each, str) for each in children):
        return list(children)
    made: list[Element | str] = []
    for is_text, run in groupby(children, lambda child: isinstance(child, str)):
        if not is_text:
            made += run
            continue
        text, end = "".join(map(str, run)), 0
        for found in _IN_CAPTION.finditer(text):
            made.append(text[end : found.start()])
            made.append(_reference(s, at, found[1], found[0], "name"))
            end = found.end()
        made.append(text[end:])
    return [child for child in made if child != ""]


def command(s: Scanner, at: int) -> Element | None:
    r"""Parse `\ref{fig-a}` and `\eqref{eq-a}` outside of formulas."""
    match = _COMMAND.match(s.text, at) if s.state.options.native else None
    if not match:
        return None
    s.pos = match.end()
    return _reference(s, at, match[2], match[0], "equation" if match[1] else "number")


def of_link(s: Scanner, at: int, link: Element, text: str) -> Element | None:
    """Return the reference that a link to `#label` is, if it has no text or a place for a number;
    `text` is the text as written."""
    url = link.attributes.get("href", "")
    if link.kind != "a" or not url.startswith("#") or len(url) < 2:
        return None
    place = _NUMBER.search(text)
    if text.strip() and not place:
        return None
    form = "format" if place else "name"
    reference = _reference(s, at, url[1:], f"[{text}]({url})", form)
    if place:
        reference.attributes["format"] = _NUMBER.sub("%s", text)
    return reference


def split_label(label: str, known: Container[str]) -> tuple[str, str]:
    """Return a label of a reference, and the words of Chinese or Japanese right behind it: of
    `fig-a里` the longest part that is known, as labels may have such words, too."""
    if label not in known:
        for end in range(len(label) - 1, 0, -1):
            if _IS_CJK.match(label, end) and label[:end] in known:
                return label[:end], label[end:]
    return label, ""


def labels_in(text: str) -> list[str]:
    """Return the labels that a caption refers to with `@fig-a`, outside of code."""
    if "@" not in text:
        return []
    shown = _CODE.sub("", text)
    return [_lowered(label) for label in _IN_CAPTION.findall(shown)]


def name_labels(text: str, name: Callable[[str], str | None]) -> str:
    """Replace `@fig-a` in plain text by what `name` returns for the label."""
    return _IN_CAPTION.sub(lambda found: name(_lowered(found[1])) or found[0], text)


def replace_labels(html: str, name: Callable[[str], str | None]) -> str:
    """Replace `@fig-a` in the HTML of a caption by what `name` returns for the label."""

    def one(found: re.Match[str]) -> str:
        return (name(_lowered(found[2])) if found[2] else None) or found[0]

    return _IN_HTML.sub(one, html)


def number_references(blocks: Iterable[Element]) -> tuple[CrossReference, ...]:
    """Return the references in the blocks, in the order of the text, and set their `index`; then
    those in the captions of pictures, which are replaced by their labels."""
    leaves = [block for block in blocks if is_leaf(block) and _MAY.search(block.source)]
    spans = [span for leaf in leaves for span in walk(leaf)]
    found = sorted((span for span in spans if span.kind == "reference"), key=lambda each: each.line)
    for index, element in enumerate(found):
        element.index = index
    captions = (each for span in spans if span.kind == "img" for each in _in_caption(span))
    return (*map(_cross_reference, found), *captions)


def _in_caption(picture: Element) -> Iterator[CrossReference]:
    if picture.model == "figure" or kind_of(picture.attributes.get("id", "")) == "fig":
        caption = picture.attributes.get("caption") or picture.attributes.get("alt", "")
        for label in labels_in(caption):
            yield CrossReference(label, picture.line, f"@{label}")


def _cross_reference(element: Element) -> CrossReference:
    template = element.attributes.get("format", "")
    form: str = element.model
    return CrossReference(element.name, element.line, element.source, form, template)  # type: ignore[arg-type]


def _reference(s: Scanner, at: int, label: str, source: str, form: str) -> Element:
    name = _lowered(label) if form == "name" else label
    return Element("reference", s.line_at(at), source, name=name, model=form)


def _lowered(label: str) -> str:
    """Return `Fig-a`, as at the beginning of a sentence, as `fig-a`."""
    return label[:1].lower() + label[1:] if _CAPITAL.match(label) else label


_AT = regex(rf"@({LABEL})")
_IS_CJK = regex(rf"[{CJK}]")
_CAPITAL = regex(rf"(?:{'|'.join(kind.capitalize() for kind in KINDS)})-")
_IN_CAPTION = regex(BARE)
_IN_HTML = regex(rf"<(code|a)\b.*?</\1>|<[^<>]*>|{_IN_CAPTION.pattern}", re.S)
_CODE = regex(r"(`+).*?\1")
_JOINED = regex(rf"[_@/.]|(?![{CJK}])\w")
"""Behind these, `@` belongs to an address; words of Chinese have no blanks between them."""
_GROUP = regex(
    rf"\[((?:[^\[\]@;\n]{{0,40}}?-?@{LABEL}\s*)(?:;[^\[\]@;\n]{{0,40}}?-?@{LABEL}\s*)*)\]"
    r"(?![(\[]|\{[.#])"
)
_ITEM = regex(rf"([^@;]*?)(-?)@({LABEL})\s*;?")
_COMMAND = regex(r"\\(eq)?ref\{([^{}\n]{1,200})\}")
_NUMBER = regex(r"%s|\{number\}")
_MAY = regex(r"@|\(#|ref\{")

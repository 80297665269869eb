"""Fenced divs (`::: {.callout-tip}` to `:::`), alerts (`> [!NOTE]`) and targets (`(label)=`).

A div has the attributes of Pandoc (`{#thm-a .x key="v"}`), a bare word, or the name of a directive
of MyST with its title (`:::{tip} Title`). Its classes say what it is (`shape`): a call-out, tabs, a
theorem, a figure; any other is a `div`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from evergreen.markdown.attributes import pandoc_list
from evergreen.markdown.grammar import fence_below
from evergreen.markdown.parse_state import Container
from evergreen.markdown.tree import AttributeList, Element
from evergreen.model.numbering import kind_of
from evergreen.regex import regex

CALLOUTS = {
    **{name: name for name in ("note", "tip", "important", "warning", "caution")},
    **dict.fromkeys(("info", "seealso", "hint", "todo", "abstract"), "note"),
    "primary": "note",
    "success": "tip",
    **dict.fromkeys(("danger", "error", "attention"), "caution"),
    **dict.fromkeys(("admonition", "topic", "dropdown"), "note"),
}
"""Word of a call-out → its kind."""
WORDS = ("attention", "danger", "error", "hint", "seealso", "todo")
"""Words of call-outs that are their titles, too, as the kinds are."""
THEOREMS = {
    "theorem": "thm",
    "lemma": "lem",
    "corollary": "cor",
    "proposition": "prp",
    "conjecture": "cnj",
    "definition": "def",
    "example": "exm",
    "exercise": "exr",
    "solution": "sol",
    "remark": "rem",
    "algorithm": "alg",
    "axiom": "axm",
    "proof": "prf",
}
"""Word of a theorem → its kind; a proof has no number."""
_UNNUMBERED = ("proof", "remark", "solution")
"""Classes that need no label to be theorems, as in Quarto."""


def fenced_div(c: Container) -> bool:
    """Parse a div, from `::: {.x}` to the `:::` that closes it."""
    match = c.match(_OPENING) if c.state.options.technical else None
    if not match:
        return False
    line, start = c.current_line(), match.end()
    end = _end(c.text, start)
    if end is None:
        c.report(f"the div is not closed: close it with a line {match[1]}", line, match[1])
        return _left_out(c, match.end())
    inner = c.text[start : end.start()]
    given, title = _attributes(match)
    if match["directive"]:
        inner, line = _with_options(inner, line, given)
    element = c.add(Element("div", c.current_line(), name=title))
    element.applied = _joined(given, element.applied)
    c.pos = end.end()
    c.read(element, inner, line + 1)
    shape(element)
    return True


def closing_line(c: Container) -> bool:
    """Leave out a line that closes a div, where none is open."""
    match = c.match(_CLOSING) if c.state.options.technical else None
    if not match:
        return False
    message = "there is no div to close: remove the line, or open a div above it"
    c.report(message, written=":::")
    return _left_out(c, match.end())


def _left_out(c: Container, end: int) -> bool:
    """Leave out a line, which ends the paragraph above it, as a div does."""
    c.add(Element("mark", c.current_line(), model="div"))
    c.pos = end
    return True


def alert(quote: Element) -> None:
    """Turn a quote that begins with `[!NOTE]` into a call-out; `[!NOTE]-` is folded, text behind it
    is the title."""
    first = quote.blocks[0] if quote.children else None
    match = _ALERT.match(first.source) if first is not None and first.kind == "p" else None
    kind = CALLOUTS.get(match[1].lower(), "") if match else ""
    if not match or not kind or first is None:
        return
    quote.kind, quote.model, quote.name = "callout", kind, match[3].strip()
    quote.level = {"-": 1, "+": 2}.get(match[2], 0)
    first.line += 1
    first.source = first.source[match.end() :]
    if not first.source.strip():
        del quote.blocks[0]
    take_title(quote)


def target(c: Container) -> bool:
    """Parse `(label)=` on a line of its own: the label of the block below."""
    match = c.match(_TARGET) if c.state.options.technical else None
    if not match or not c.after_boundary():
        return False
    c.pos = match.end()
    label = _SPACES.sub("-", match[1].strip())
    c.consume(_BLANK)
    c.pending = AttributeList(values={"id": label})
    return True


def shape(div: Element) -> None:
    """Set the kind of a div by its classes and its id: `callout`, `tabs`, `theorem`, `figure`; the
    `model` of a call-out and of a theorem is its kind."""
    values = div.applied.values if div.applied else {}
    classes = values.get("class", "").split()
    words = [name.removeprefix("callout-").lower() for name in classes]
    kind = values.get("data-kind", "") or kind_of(values.get("id", ""))
    if kind not in THEOREMS.values():
        theorem = next((THEOREMS[word] for word in words if word in _UNNUMBERED), "")
    else:
        theorem = kind
    if theorem:
        div.kind, div.model = "theorem", theorem
    elif found := [CALLOUTS[word] for word in words if word in CALLOUTS]:
        div.kind, div.model = "callout", found[-1]
        div.level = _folding(values, classes)
        div.name = values.pop("title", "") or div.name
        _drop(values, "collapse", "icon", "appearance")
    elif not {"panel-tabset", "tab-set"}.isdisjoint(classes):
        div.kind = "tabs"
    elif kind in ("fig", "tbl", "lst"):
        div.kind, div.model = "figure", kind
    if div.kind in ("callout", "theorem") or "tab-item" in classes:
        take_title(div)


def _folding(values: dict[str, str], classes: list[str]) -> int:
    """Return 1 for a call-out that is folded, 2 for one that can be, else 0."""
    if "collapse" in values:
        return 1 if values["collapse"].lower() in ("true", '"true"') else 2
    if "dropdown" in classes:
        return 2 if "open" in values or "open" in classes else 1
    return 0


def take_title(div: Element) -> None:
    """Put the title of a div, or else the heading that begins it, first, as a leaf of its own."""
    first = div.blocks[0] if div.children else None
    if first is not None and first.kind == "header" and not div.name:
        div.blocks[0] = Element("title", first.line, first.source)
    elif div.name:
        div.blocks.insert(0, Element("title", div.line, div.name))


def _drop(values: dict[str, str], *keys: str) -> None:
    for key in keys:
        values.pop(key, None)


def _attributes(match: re.Match[str]) -> tuple[AttributeList, str]:
    """Return the attributes of a div, and the title behind a directive's name."""
    title = match["title"].strip(" \t:")
    if word := match["word"] or match["directive"]:
        name = word.removeprefix("prf:")
        given = AttributeList(values={"class": name})
        if name in THEOREMS and (name != word or name in ("exercise", "solution")):
            given.values["data-kind"] = THEOREMS[name]
        return given, title
    return pandoc_list(match["list"]), ""


def _with_options(inner: str, line: int, given: AttributeList) -> tuple[str, int]:
    """Take the options of a directive, `:name: label`, off its text."""
    while found := _OPTION.match(inner):
        key, value = found[1], found[2].strip()
        if key in ("name", "label"):
            given.values["id"] = _SPACES.sub("-", value)
        elif key == "class":
            given.merge(AttributeList(values={"class": value}))
        else:
            given.values[{"sync-group": "group"}.get(key, key)] = value
        inner, line = inner[found.end() :], line + 1
    return inner, line


def _joined(given: AttributeList, other: AttributeList | None) -> AttributeList:
    if other:
        given.merge(other)
    return given


def _end(text: str, start: int) -> re.Match[str] | None:
    """Return the line that closes the div; fences of code hide what is in them."""
    depth = 1
    for match in _lines(text, start):
        depth += -1 if _CLOSING.match(match[0]) else 1
        if not depth:
            return match
    return None


def _lines(text: str, start: int) -> Iterator[re.Match[str]]:
    """Yield the lines behind `start` that open or close a div."""
    fence = ""
    for match in _EDGE.finditer(text, start):
        if run := match[1]:
            fence = fence_below(fence, run, match[2])
        elif not fence:
            yield match


_OPENING = regex(
    r" {0,3}(:{3,})[ \t]*(?:\{(?P<directive>[a-z][\w:-]*)\}"
    r"|\{(?P<list>(?:[^{}\"\n]|\"[^\"\n]*\")*)\}"
    r"|(?P<word>[A-Za-z][\w-]*))(?P<title>[^\n]*)\n"
)
_CLOSING = regex(r" {0,3}:{3,}[ \t]*(?:\n|\Z)")
_EDGE = regex(r"^ {0,3}(?:(`{3,}|~{3,})(.*)|:{3,}(?:[ \t]*[{A-Za-z].*|[ \t]*))(?:\n|\Z)", re.M)
_ALERT = regex(r"\[!(\w+)\]([+-]?)[ \t]*([^\n]*)(?:\n|\Z)")
_TARGET = regex(r" {0,3}\(([\w][\w :.-]*)\)=[ \t]*\n")
_BLANK = regex(r"(?:[ \t]*\n)*")
_SPACES = regex(r"\s+")
_OPTION = regex(r"[ \t]*:([a-z][\w-]*):[ \t]*(.*)\n")

"""The labelled things of a text: what has an id of a known kind, headings, equations.

The pass over the blocks before spans are read (`attach_captions`) gives tables, pictures and code
the captions that are written beside them.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Sequence
from itertools import pairwise

from evergreen.dataclass import replace
from evergreen.markdown.code_display import note_numbers
from evergreen.markdown.divs import CALLOUTS
from evergreen.markdown.math import ascii_label
from evergreen.markdown.parse_state import ParseState
from evergreen.markdown.tree import Element, Formula, text_of, walk
from evergreen.model.numbering import KINDS, LabelledThing, kind_of
from evergreen.regex import regex


def attach_captions(blocks: Iterable[Element], state: ParseState) -> bool:
    """Give tables the captions below them (`: text {#tbl-a}`); in native posts, make call-outs of
    what has the class of one. Return True if the tree has other blocks now."""
    changed = False
    for block in blocks:
        if block.kind == "table" and state.options.native and "caption" in block.attributes:
            _add_caption(block, block.attributes.pop("caption"), block.line)
            changed = True
        inner = {child.kind for child in block.children if isinstance(child, Element)}
        if "table" in inner:
            changed |= _attach_below(block, state)
        if state.options.native and "class" in block.attributes:
            changed |= _call_out(block)
        if state.options.native and "ol" in inner:
            _bind_notes(block.blocks)
    return changed


def label_equations(blocks: Iterable[Element], state: ParseState) -> None:
    r"""Write the id of a formula, `{: #eq-a}`, into it as `\label{eq-a}`; in native posts, give a
    formula the id that its only label names."""
    for block in blocks:
        if block.kind != "math":
            continue
        label = block.attributes.get("id", "")
        labels = _LABEL.findall(block.source)
        if kind_of(label) == "eq" and not labels:
            block.source += rf"\label{{{label}}}"
        elif state.options.native and len(labels) == 1 and not label:
            block.attributes["id"] = labels[0]


def find_things(
    blocks: Iterable[Element], leaves: Iterable[Element], state: ParseState
) -> tuple[LabelledThing, ...]:
    """Return the labelled things, without headings."""
    found = [*state.things, *filter(None, map(_thing, blocks))]
    for leaf in leaves:
        if "{" in leaf.source:
            found += [thing for span in walk(leaf) if (thing := _thing(span))]
        if "\\label" in leaf.source:
            found += _equations((each for each in walk(leaf) if each.kind == "math"), state)
    found += _equations((block for block in blocks if block.kind == "math"), state)
    parents = dict(_parts(blocks))
    return tuple(replace(each, parent=parents.get(each.label, "")) for each in found)


def _parts(blocks: Iterable[Element]) -> Iterator[tuple[str, str]]:
    """Yield the label of each part of a figure, as Quarto's subfigures, with that of the figure."""
    for block in blocks:
        label = block.attributes.get("id", "")
        if block.kind == "figure" and label:
            inner = (each.attributes.get("id", "") for each in walk(block) if each is not block)
            yield from ((each, label) for each in inner if each)


def find_headings(blocks: Iterable[Element], named: Container[int]) -> Iterator[LabelledThing]:
    """Yield the headings, which have their ids once they are rendered; `named` are the `id()` of
    those to which the author gave one."""
    for block in blocks:
        if block.kind == "header" and (label := block.attributes.get("id")):
            is_numbered = "unnumbered" not in block.attributes.get("class", "").split()
            level = block.level if is_numbered else 0
            thing = LabelledThing(label, "sec", block.line, text=text_of(block), level=level)
            yield replace(thing, is_automatic=id(block) not in named)


def _thing(element: Element) -> LabelledThing | None:
    label = element.attributes.get("id", "")
    if not label or element.kind in ("math", "codeblock", "header"):
        return None
    kind = element.attributes.pop("data-kind", "") or kind_of(label)
    if element.kind == "theorem":
        kind = element.model if element.model in KINDS else ""
    text = _caption_of(element) if kind or element.kind == "callout" else ""
    if not kind and text:
        kind = "sec"  # a call-out is named by its title
    if not kind or kind == "eq":
        return None
    return LabelledThing(label, kind, element.line, text=text)


def _caption_of(element: Element) -> str:
    if element.kind == "img":
        return element.attributes.get("caption") or element.attributes.get("alt", "")
    named = ("caption", "title", "figcaption")
    inner = [each for each in walk(element) if each.kind in named or each.name == "figcaption"]
    if element.kind == "figure" and not inner:
        inner = [block for block in element.blocks if block.kind == "p"][-1:]
    if element.kind == "p":
        inner = [element]
    return " ".join(text_of(inner[0]).split()) if inner else ""


def _equations(formulas: Iterable[Element], state: ParseState) -> Iterator[LabelledThing]:
    for element in formulas:
        formula = state.formulas.get(id(element))
        if formula is None or r"\label" not in element.source:
            continue
        yield from _of_formula(element, formula)


def _of_formula(element: Element, formula: Formula) -> Iterator[LabelledThing]:
    numbers = dict(_NUMBER.findall(formula.mathml))
    own = element.attributes.get("id", "")
    for label in _LABEL.findall(element.source):
        anchor = f"equation-{ascii_label(label)}"
        number = numbers.get(anchor, "")
        yield LabelledThing(label, "eq", element.line, own or anchor, number)


def _bind_notes(blocks: Sequence[Element]) -> None:
    """Bind code whose lines end with `# (1)` to the numbered list directly below it."""
    for above, below in pairwise(block for block in blocks if block.kind not in ("blank", "mark")):
        if above.kind != "codeblock" or below.kind != "ol":
            continue
        numbers = set(note_numbers(above.source))
        if numbers and numbers <= set(range(1, len(below.blocks) + 1)):
            prefix = f"note-{above.line}"
            above.model = f"{above.model} {prefix}".strip()
            below.attributes["class"] = "code-notes"
            for number, item in enumerate(below.blocks, 1):
                item.attributes["id"] = f"{prefix}-{number}"


def _attach_below(block: Element, state: ParseState) -> bool:
    changed = False
    for table in [each for each in block.blocks if each.kind == "table"]:
        found = _below(block.blocks, block.blocks.index(table))
        match = _CAPTION.fullmatch(found.source) if found else None
        if found and match and (match[2] or state.options.native):
            if match[2]:
                table.attributes["id"] = match[2]
            _add_caption(table, match[1], found.line)
            block.blocks.remove(found)
            changed = True
    return changed


def _below(blocks: list[Element], at: int) -> Element | None:
    """Return the paragraph below a block, with blank lines between."""
    rest = (block for block in blocks[at + 1 : at + 3] if block.kind != "blank")
    found = next(rest, None)
    return found if found is not None and found.kind == "p" else None


def _add_caption(table: Element, text: str, line: int) -> None:
    table.blocks.insert(0, Element("caption", line, text.strip()))


def _call_out(block: Element) -> bool:
    """Make a call-out of a quote or a paragraph with a class like `notice--warning`, and tabs of a
    definition list with the class `tabs`; return True if it was one."""
    if block.kind == "dl" and "tabs" in block.attributes["class"].split():
        block.kind = "tabs"
        return True
    if block.kind not in ("p", "blockquote"):
        return False
    for name in block.attributes["class"].split():
        match = _CLASS.fullmatch(name)
        kind = CALLOUTS.get(_WORDS.get(name, match[1] if match else "").lower(), "")
        if not kind:
            continue
        rest = " ".join(each for each in block.attributes["class"].split() if each != name)
        block.attributes["class"] = rest
        if block.kind == "p":
            inner = Element("p", block.line, block.source, children=block.children)
            block.source, block.children = "", [inner]
        block.kind, block.model = "callout", kind
        if title := block.attributes.pop("title", ""):
            block.blocks.insert(0, Element("title", block.line, title))
        return True
    return False


_NUMBER = regex(r'id="(equation-[^"]+)"><mtext>\(([^<]*)\)</mtext>')
_LABEL = regex(r"\\label\s*\{([^{}]*)\}")
_CAPTION = regex(
    r"(?:[Tt]able)?:[ \t]+(.+?)(?:[ \t]*\{(?:#(tbl-\w[\w:.-]*)|[ ]*\.\w)[^{}]*\})?", re.S
)
_CLASS = regex(r"(?:notice--|prompt-|block-|callout-)(\w+)")
_WORDS = {"Notes": "note", "Tips": "tip", "Warning": "warning", "notice": "note"}

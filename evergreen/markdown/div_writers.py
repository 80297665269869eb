"""HTML of what fenced divs, alerts and captions become: call-outs, theorems, tabs, figures.

Words of the interface are written in English with a `data-word`, the key of the text in the
language files: `render.numbering` replaces them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evergreen.markdown.divs import WORDS
from evergreen.markdown.html import write_attributes
from evergreen.markdown.html_writer import HtmlWriter
from evergreen.markdown.tree import Element, ReferenceSlot
from evergreen.model.notebook import MAX_COLUMNS, columns_for
from evergreen.regex import regex

Grid = list[tuple[int, ...]]
"""Rows of a div, each with the relative widths of its columns."""


def write_callout(w: HtmlWriter, element: Element) -> None:
    """Write a call-out; one that folds is a `details`."""
    kind = element.model
    given = element.attributes.get("class", "").split()
    names = [name for name in given if name not in _OLD and not name.startswith("callout")]
    attributes = {
        **element.attributes,
        "class": " ".join(["callout", f"callout-{kind}", *dict.fromkeys(names)]),
    }
    folds = element.level > 0
    if folds:
        attributes |= {"open": "open"} if element.level == 2 else {}
    else:
        attributes["role"] = "note"
    tag, head = ("details", "summary") if folds else ("div", "p")
    w.out.append(f"<{tag}{write_attributes(attributes)}>\n")
    title = _pop_title(element)
    if title:
        w.out.append(f'<{head} class="callout-title">')
        w.write(title)
    else:
        word = next((name for name in given if name in WORDS), kind)
        w.out.append(f'<{head} class="callout-title" data-word="callout_{word}">')
        w.out.append("See also" if word == "seealso" else word.capitalize())
    w.out.append(f"</{head}>\n")
    w.write(element)
    w.out.append(f"</{tag}>\n")


def write_theorem(w: HtmlWriter, element: Element) -> None:
    """Write a theorem; its title is completed with its kind and its number later."""
    names = " ".join(["theorem", f"theorem-{element.model}"])
    identity = {"id": element.attributes["id"]} if "id" in element.attributes else {}
    w.out.append(f"<div{write_attributes({'class': names, **identity})}>\n")
    w.out.append(f'<p class="theorem-title" data-kind="{element.model}">')
    if title := _pop_title(element):
        w.write(title)
    w.out.append("</p>\n")
    w.write(element)
    w.out.append("</div>\n")


def write_tabs(w: HtmlWriter, element: Element) -> None:
    """Write tabs as sections with headings, which a script turns into tabs."""
    group = element.attributes.get("group") or element.attributes.get("data-group", "")
    named = f' data-group="{group}"' if group else ""
    w.out.append(f'<div class="tabs"{named}>\n')
    for title, blocks in _tabs(element):
        level = min(w.level + 1, 6)
        w.out.append(f'<section class="tab">\n<h{level} class="tab-title">')
        w.write(title)
        w.out.append(f"</h{level}>\n")
        w.write(Element("raw", children=[*blocks]))
        w.out.append("</section>\n")
    w.out.append("</div>\n")


def write_figure(w: HtmlWriter, element: Element) -> None:
    """Write a div with a label as a figure, whose caption is its last paragraph; that of a table
    is above it, as those of all tables are."""
    blocks = [block for block in element.blocks if block.kind != "blank"]
    last = blocks.pop() if len(blocks) > 1 and _is_text(blocks[-1]) else None
    grid = read_grid(element.attributes, blocks)
    w.out.append(f"<figure{write_attributes(_with_grid(element.attributes, grid))}>\n")
    if last and element.model == "tbl":
        _write_caption(w, last)
    _write_grid(w, grid, blocks)
    if last and element.model != "tbl":
        _write_caption(w, last)
    w.out.append("</figure>\n")


def _write_caption(w: HtmlWriter, text: Element) -> None:
    w.write_tagged(Element("p", children=text.children), "figcaption", after="\n")


def _is_text(block: Element) -> bool:
    """True for a paragraph that is more than pictures."""
    return block.kind == "p" and not all(
        child.kind == "img" if isinstance(child, Element) else not child.strip()
        for child in block.children
    )


def write_div(w: HtmlWriter, element: Element) -> None:
    """Write any other div; a title that its directive has is a paragraph in bold."""
    grid = read_grid(element.attributes, element.blocks)
    w.depth += 1
    w.out.append(f"<div{write_attributes(_with_grid(element.attributes, grid))}>\n")
    if grid:
        _write_grid(w, grid, element.blocks)
    else:
        w.write(element)
    w.out.append("</div>\n")
    w.depth -= 1


def _write_grid(w: HtmlWriter, grid: Grid, blocks: list[Element]) -> None:
    """Write blocks row by row, each in a div of its own if the rows differ."""
    if grid:
        blocks = [each for block in blocks for each in _single(block) if each.kind != "blank"]
    for row in grid if len(set(grid)) > 1 else [()]:
        count = len(row) or len(blocks)
        if row:
            w.out.append(f"<div{write_attributes(_row(row))}>\n")
        for block in blocks[:count]:
            w.write(Element("raw", children=[block]))
        if row:
            w.out.append("</div>\n")
        blocks = blocks[count:]


def read_grid(attributes: Mapping[str, str], blocks: Sequence[Element]) -> Grid:
    """Return the rows in which Quarto's `layout`, `layout-ncol` or `layout-nrow` arranges blocks,
    each as the widths of its columns; [] for a div without them."""
    count = sum(len(_single(block)) for block in blocks if block.kind != "blank")
    layout = [
        widths
        for row in _ROW.findall(attributes.get("layout", "")) or [""]
        if (widths := tuple(map(int, _WIDTH.findall(row))))
    ]
    layout = layout or [(1,) * number_of_columns(attributes, count)]
    if not count or max(map(len, layout)) > MAX_COLUMNS or layout == [(1,)] or layout == [()]:
        return []
    grid: Grid = []
    while sum(map(len, grid)) < count:
        grid.append(layout[min(len(grid), len(layout) - 1)])
    return grid


def number_of_columns(attributes: Mapping[str, str], count: int) -> int:
    """Return the columns for a number of things by `layout-ncol` or `layout-nrow`; 0 without."""
    columns, rows = (attributes.get(f"layout-{key}", "").strip("\"'") for key in ("ncol", "nrow"))
    if columns.isdecimal():
        return int(columns)
    return columns_for(count, int(rows)) if rows.isdecimal() else 0


def _single(block: Element) -> list[Element]:
    """Return a block, as one for each picture if it is a paragraph of pictures."""
    pictures = [each for each in block.children if isinstance(each, Element)]
    if block.kind != "p" or len(pictures) < 2 or _is_text(block):
        return [block]
    return [Element("p", block.line, children=[picture]) for picture in pictures]


def _row(row: tuple[int, ...]) -> dict[str, str]:
    """Return the attributes of a row; its widths are a variable of CSS."""
    if len(set(row)) == 1:
        return {"class": f"layout-{len(row)}"}
    return {"class": "layout-row", "style": f"--columns: {' '.join(f'{n}fr' for n in row)}"}


def _with_grid(attributes: Mapping[str, str], grid: Grid) -> dict[str, str]:
    """Return the attributes of a div with those of the rows of a grid, if they are alike, and
    without the conditions under which it is shown."""
    given = {key: value for key, value in attributes.items() if not key.startswith(_NOT_HTML)}
    if len(set(grid)) != 1:
        return given
    row = _row(grid[0])
    return {**given, **row, "class": f"{given.get('class', '')} {row['class']}".strip()}


def write_caption(w: HtmlWriter, element: Element) -> None:
    """Write the caption of a table."""
    w.write_tagged(element, "caption", after="\n")


def write_reference(w: HtmlWriter, element: Element) -> None:
    """Leave a place for a reference."""
    w.out.append(ReferenceSlot(element.index, w.without_links))


def _pop_title(element: Element) -> Element | None:
    first = element.children[0] if element.children else None
    if isinstance(first, Element) and first.kind == "title":
        del element.children[0]
        return Element("raw", children=first.children)
    return None


def _tabs(element: Element) -> list[tuple[Element, list[Element]]]:
    """Split the blocks of tabs at their headings, at divs with a title, or at terms."""
    found: list[tuple[Element, list[Element]]] = []
    level = next((block.level for block in element.blocks if block.kind == "header"), 0)
    for block in element.blocks:
        if block.kind == "dt" or (block.kind == "header" and block.level == level):
            found.append((Element("raw", children=block.children), []))
        elif block.kind in ("div", "tabs") and block.children and _title(block):
            title = _pop_title(block)
            assert title
            found.append((title, [*block.blocks]))
        elif found:
            inner = block.blocks if block.kind == "dd" else [block]
            for each in inner:
                each.tight = False
            found[-1][1].extend(inner)
    return found


def _title(block: Element) -> bool:
    first = block.children[0]
    return isinstance(first, Element) and first.kind == "title"


_NOT_HTML = ("layout", "when-", "unless-")
_ROW = regex(r"\[([^\[\]]*)\]")
_WIDTH = regex(r"(?<![-\d.])[1-9]\d*")
"""A column; a negative number is the space between two."""
_OLD = frozenset(
    "admonition note tip important warning caution danger error hint attention info seealso todo"
    " topic dropdown open".split()
)
"""Classes that said what a call-out is."""

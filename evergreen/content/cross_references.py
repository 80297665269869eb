"""The labelled things of a post, of its text and its cells, and references to nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from evergreen.content.diagrams import find_diagrams
from evergreen.errors import Problem, Severity, nearest
from evergreen.markdown import Document
from evergreen.markdown.cross_references import labels_in
from evergreen.model import Cell, LabelledThing, Notebook, Post
from evergreen.model.numbering import kind_of


def labelled_things(document: Document, cells: Iterable[Cell]) -> tuple[LabelledThing, ...]:
    """Return what has a label, in the order of the text; `line` is the line of the body."""
    found = [*document.things]
    own = {cell.fence: cell for cell in cells if not cell.inline}
    diagrams = {diagram.block: diagram for diagram in find_diagrams(document)}
    for index, block in enumerate(document.code_blocks):
        if index in own:
            found += _of_cell(own[index], block.line)
        elif diagram := diagrams.get(index):
            if kind := kind_of(diagram.label):
                text = diagram.caption or diagram.alt
                found.append(LabelledThing(diagram.label, kind, block.line, text=text))
        elif label := block.display.label:
            found.append(LabelledThing(label, "lst", block.line, text=block.display.caption))
    return tuple(sorted(found, key=lambda thing: thing.line))


def reference_problems(post: Post, document: Document, notebook: Notebook) -> Iterator[Problem]:
    """Yield an error for each reference to nothing, with the nearest label, and for each label that
    is there twice; a warning in files of other tools, which publish such a page."""
    severity: Severity = "warning" if post.is_foreign else "error"
    labels: dict[str, int] = {}
    for thing in notebook.things:
        if thing.label in labels and kind_of(thing.label):
            first = post.at(labels[thing.label])
            message = f"the label '{thing.label}' is there twice, first in line {first}"
            advice = "give one of them another label"
            yield Problem(post.path, post.at(thing.line), 0, message, advice, severity)
        labels.setdefault(thing.label, thing.line)
    known = {*labels, *(reference.id for reference in post.references)}
    found = [(each.label, post.at(each.line)) for each in document.references]
    found += ((label, cell.line) for cell in notebook.cells for label in _in_captions(cell))
    for label, line in dict.fromkeys(found):
        if label not in known:
            message = f"nothing has the label '{label}'"
            yield Problem(post.path, line, 0, message, _advice(label, labels), severity)


def _in_captions(cell: Cell) -> list[str]:
    return labels_in(f"{cell.options.caption}\n{cell.options.listing_caption}")


def _advice(label: str, labels: Iterable[str]) -> str:
    """Return the nearest label; of labels of a kind those of that kind, if there are any."""
    kind = kind_of(label)
    explicit = [each for each in labels if kind_of(each)]
    alike = [each for each in explicit if kind_of(each) == kind]
    if found := alike or explicit or [*labels]:
        return nearest(label, found)
    return f"give the thing a label: {{#{label}}}"


def _of_cell(cell: Cell, line: int) -> Iterator[LabelledThing]:
    options = cell.options
    if options.listing:
        yield LabelledThing(options.listing, "lst", line, text=options.listing_caption)
    kind = "fig" if options.is_figure else kind_of(options.label)
    if kind in ("fig", "tbl"):
        yield LabelledThing(options.label, kind, line, text=options.caption)
        for number, text in enumerate(options.parts, 1):
            label = f"{options.label}-{number}"
            yield LabelledThing(label, kind, line, text=text, parent=options.label)
    elif kind == "lst":
        yield LabelledThing(options.label, kind, line, text=options.listing_caption)

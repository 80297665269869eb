"""The labelled things of a post, of its text and its cells, and references to nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from itertools import islice
from pathlib import Path
from urllib.parse import unquote

from evergreen.content.diagrams import find_diagrams
from evergreen.content.label_index import LabelIndex
from evergreen.content.places import find_places, source_lines
from evergreen.errors import Problem, Severity, nearest
from evergreen.markdown import Document
from evergreen.markdown.cross_references import labels_in, split_label
from evergreen.model import Cell, LabelledThing, Notebook, Post
from evergreen.model.numbering import kind_of
from evergreen.regex import regex

_Found = tuple[str, int, str, str]
"""A label, its line in the file, what is wrong, what to do."""
_TO_POST = regex(r"\.(?:md|ipynb|qmd|rmd|py)#(.+)\Z", re.I)
"""The end of a link to something in another post."""
_OTHER_ID = "give one of them another id: links lead to the first"
_BELOW = 12
"""Lines below a problem in which its label is looked for."""


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


def outward_labels(post: Post, document: Document, notebook: Notebook) -> list[str]:
    """Return the labels that a post refers or links to and does not have."""
    own = {thing.label for thing in notebook.things}
    fragments = (unquote(url[1:]) for _, url in sorted(document.urls) if url.startswith("#"))
    links = [each for each in fragments if each not in own and not _has_id(post.body, each)]
    links += [
        unquote(found[1]) for _, url in sorted(document.urls) if (found := _TO_POST.search(url))
    ]
    return [*dict.fromkeys([*(label for label, _ in _outward(post, document, notebook)), *links])]


def reference_problems(
    post: Post,
    document: Document,
    notebook: Notebook,
    path: Path,
    index: LabelIndex,
) -> Iterator[Problem]:
    """Yield an error for each reference to nothing, with the nearest label, and for each label that
    is there twice; a warning in files of other tools, which publish such a page. `path` is the
    author's file, `index` has the labels of other posts."""
    severity: Severity = "warning" if post.is_foreign else "error"
    found = [*_twice(post, notebook.things), *_unknown(post, document, notebook, index)]
    lines = source_lines(path) if found else []
    for label, line, message, advice in found:
        yield Problem(post.path, *_place(lines, label, line), message, advice, severity)


def repeated_ids(
    post: Post, document: Document, things: Iterable[LabelledThing], path: Path
) -> Iterator[Problem]:
    """Yield a warning at the second element of each id that several have, unless it is the label of
    several `things`, which `reference_problems` reports. `path` is the author's file."""
    places: dict[str, list[int]] = {}
    for line, name in document.ids:
        places.setdefault(name, []).append(post.at(line))
    repeated = {name: lines for name, lines in places.items() if len(lines) > 1}
    if not repeated:
        return
    reported = {label for label, _, _, _ in _twice(post, things)}
    lines = source_lines(path)
    for name, (first, second, *_) in repeated.items():
        if name in reported:
            continue
        message = f"the id '{name}' is there twice, first in line {first}"
        place = _second_place(lines, name, first, second)
        yield Problem(post.path, *place, message, _OTHER_ID, "warning")


def _twice(post: Post, things: Iterable[LabelledThing]) -> Iterator[_Found]:
    labels: dict[str, int] = {}
    for thing in things:
        if thing.label in labels and kind_of(thing.label):
            first = post.at(labels[thing.label])
            message = f"the label '{thing.label}' is there twice, first in line {first}"
            yield thing.label, post.at(thing.line), message, "give one of them another label"
        labels.setdefault(thing.label, thing.line)


def _unknown(
    post: Post, document: Document, notebook: Notebook, index: LabelIndex
) -> Iterator[_Found]:
    labels = [thing.label for thing in notebook.things]
    for label, line in _outward(post, document, notebook):
        found = index.find(label, post)
        if not found:
            advice = _advice(post, label, labels, index)
            yield label, line, f"nothing has the label '{label}'", advice
        elif len(found) > 1:
            paths = ", ".join(each.path for each in found)
            message = f"the label '{label}' is in {len(found)} other posts: {paths}"
            yield label, line, message, f"link to one: [text]({found[0].path}#{found[0].anchor})"


def _outward(post: Post, document: Document, notebook: Notebook) -> Iterator[tuple[str, int]]:
    """Yield the labels of references that nothing in the post has, with their lines in the file."""
    known = {thing.label for thing in notebook.things}
    known |= {reference.id for reference in post.references}
    found = [(each.label, post.at(each.line)) for each in document.references]
    captions = [*_in_captions(document, notebook)]
    found += ((label, post.at(line)) for text, line in captions for label in labels_in(text))
    for label, line in dict.fromkeys(found):
        if split_label(label, known)[0] not in known:
            yield label, line


def _has_id(text: str, name: str) -> bool:
    """True if a text probably has an element with an id."""
    written = re.escape(name)
    return not name or re.search(rf"[#\"'=(]{written}(?:[\"'\s}}>]|\)=)", text) is not None


def _place(lines: list[str], label: str, line: int) -> tuple[int, int]:
    """Return line and column of a label in the author's file, at a line or a few below it, where
    the options of a block are and a role may go on; the line and 0 if it is not there."""
    pattern = re.compile(rf"(?<![\w-])({re.escape(label)})(?![\w-])", re.I)
    found = find_places(lines, range(line, line + _BELOW + 1), pattern)
    return next(((place.line, place.column) for place in found), (line, 0))


def _second_place(lines: list[str], name: str, first: int, second: int) -> tuple[int, int]:
    """Return line and column at which the second of two elements is given an id in the author's
    file, at a line or a few below it; `second` and 0 if that is not found."""
    pattern = re.compile(rf"(?:#|\bid\s*=\s*\\?[\"']?|^\()({re.escape(name)})(?![\w.:-])")
    found = islice(find_places(lines, range(first, second + _BELOW + 1), pattern), 1, None)
    return next(((p.line, p.column) for p in found if p.line >= second), (second, 0))


def _in_captions(document: Document, notebook: Notebook) -> Iterator[tuple[str, int]]:
    """Yield the captions of cells, diagrams and shown code, with the line of each block."""
    cells = {cell.fence: cell.options for cell in notebook.cells if not cell.inline}
    for number, block in enumerate(document.code_blocks):
        if options := cells.get(number):
            texts = (options.caption, options.listing_caption, *options.parts)
            yield "\n".join(texts), block.line
        else:
            yield block.display.caption, block.line
    yield from ((diagram.caption, diagram.line) for diagram in find_diagrams(document))


def _advice(post: Post, label: str, labels: Iterable[str], index: LabelIndex) -> str:
    """Return the nearest label, of the post or else of another one; of labels of a kind those of
    that kind, if there are any."""
    advice = _own_advice(label, labels)
    if not advice.startswith("did you mean") and (near := get_close_matches(label, index.targets)):
        path = index.targets[near[0]][0].path
        return f"did you mean '{near[0]}'" + f" of {path}" * (path != post.path) + "?"
    return advice


def _own_advice(label: str, labels: Iterable[str]) -> str:
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

"""Cells of a notebook or of another post that a file shows: Quarto's `{{< embed a.ipynb#fig-a >}}`,
and what MyST's `{embed}` is translated to.

As in Quarto, the results of a notebook are those that are saved in it, those of a post, `a.qmd`,
are of its last run; the page says so, with a link. Its code does not run here.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import field
from html import escape
from typing import Any, TypeVar

from evergreen.content.code_blocks import read_options
from evergreen.content.formats.chunks import translate_part
from evergreen.content.formats.text import first_heading, plain_text
from evergreen.content.frontmatter import decode
from evergreen.content.liquid.shared import BlogContext
from evergreen.content.quarto_files import project_folder
from evergreen.dataclass import dataclass, replace
from evergreen.errors import EvergreenError, Problem
from evergreen.markdown.grammar import fence_after
from evergreen.model import Cell, Output, Post
from evergreen.model.outputs import read_output
from evergreen.model.post import EmbeddedCell
from evergreen.paths import flaw, is_hidden, points_outside
from evergreen.regex import regex

_T = TypeVar("_T")
_Node = Mapping[str, Any]
"""A cell of a notebook."""
_Done = tuple[Cell, tuple[Output, ...]]
"""A cell of a post, with its results."""
_NO_CELL = "no cell has this label"
MAX_CELLS = 500
"""Number of cells that a post may show of notebooks."""


def expand_embeds(post: Post, blog: BlogContext) -> Post:
    """Return the post with a place for each cell of a notebook that it shows, and the cell; with a
    warning, and a link, for one that is not there."""
    if not post.is_foreign or "{{< embed" not in post.body:
        return post
    expansion = _Expansion(post, blog)
    made = list(expansion.lines(post.body.removesuffix("\n").split("\n")))
    return replace(
        post.with_lines(made),
        uses={**post.uses, **expansion.uses},
        embedded=expansion.cells,
        warnings=(*post.warnings, *expansion.warnings),
    )


@dataclass(slots=True)
class _Expansion:
    post: Post
    blog: BlogContext
    uses: dict[str, str] = field(default_factory=dict)
    cells: dict[str, EmbeddedCell] = field(default_factory=dict)
    notebooks: dict[str, list[Any]] = field(default_factory=dict)
    """The cells of each notebook that was read, by its path."""
    warnings: list[Problem] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)
    """The documents of the post's project, once a label was looked for in them."""

    @property
    def documents(self) -> dict[str, str]:
        """Return the documents of the post's project, which are read on first use."""
        self.texts = self.texts or self.read_documents()
        return self.texts

    def lines(self, lines: Sequence[str]) -> Iterator[tuple[int, str]]:
        """Yield the lines, each with its place in the post."""
        fence = ""
        for place, line in enumerate(lines, 1):
            fence = fence_after(fence, line)
            found = None if fence else _EMBED.fullmatch(line)
            for each in self.embedded(found, place) if found else (line,):
                yield place, (found["indent"] + each if found and each else each)

    def embedded(self, found: re.Match[str], place: int) -> Iterator[str]:
        """Yield the lines in place of an embed."""
        name, indices, labels = found["name"], found["indices"], found["labels"]
        path = self.path(name, labels or "")
        if not path and labels and self.post.cell_form == "directive":
            path, part = self.part(labels, is_bare="bare=true" in found["options"])
            if part:
                yield from ("", *part, "")
                return
        cells, wrong, advice = self.chosen(path, indices or "", labels or "")
        if wrong:
            what = f"'{name or labels}' is not embedded: {wrong}"
            self.warnings.append(
                Problem(self.post.path, self.post.at(place), 0, what, advice, "warning")
            )
            end = f"#{labels}" if labels else ""
            yield from ("", f"[{labels or posixpath.basename(name)}]({name}{end})", "")
            return
        options = dict(_OPTION.findall(found["options"]))
        for index, cell in cells:
            if len(self.cells) >= MAX_CELLS:
                return
            made = self.cell if isinstance(cell, Mapping) else self.shown
            yield from made(path, index, cell, options)  # type: ignore[arg-type]

    def path(self, name: str, labels: str) -> str:
        """Return the path of a notebook in the blog; without a name, of the first one beside the
        post with the label."""
        if name.startswith("/"):
            return posixpath.normpath(name.lstrip("/"))
        if name:
            return posixpath.normpath(posixpath.join(self.post.bundle, name))
        folder = self.blog.root / self.post.bundle
        beside = sorted(path.relative_to(self.blog.root) for path in folder.glob("**/*.ipynb"))
        for path in beside:
            if self.chosen(path.as_posix(), "", labels)[0]:
                return path.as_posix()
        return ""

    def part(self, label: str, is_bare: bool) -> tuple[str, list[str]]:
        """Return the path of the document of the post's project where a block has a label, and the
        lines of the block in our dialect, of a figure only its picture if it is to be bare; none of
        a cell, which shows its results."""
        # Late: few posts show a block of another.
        from evergreen.content.formats.myst_parts import bare, find_part, is_cell, moved

        for path in self.documents:
            text = self.documents[path]
            lines = find_part(text.split("\n"), label) if label in text else []
            if not lines:
                continue
            if is_cell(lines):
                return ("" if path == self.post.path else path), []
            self.uses[f"file {path}"] = self.blog.hashes.of(self.blog.root / path)
            lines = moved(
                bare(lines) if is_bare else lines, posixpath.dirname(path), self.post.bundle
            )
            made = translate_part(self.post.cell_form, self.post.language, lines)
            return path, [line for line in made if "{{<" not in line]
        return "", []

    def read_documents(self) -> dict[str, str]:
        """Return the texts of the Markdown files of the post's project, by path, its own first."""
        root = self.blog.root.resolve()
        folder = root / project_folder(self.post.path, self.blog.site.shared)
        paths = [each.relative_to(root).as_posix() for each in sorted(folder.rglob("*.md"))]
        found: dict[str, str] = {}
        for path in (self.post.path, *paths):
            place = root / path
            if not points_outside(root, place) and not is_hidden(root, place):
                with suppress(OSError, EvergreenError):
                    found[path] = decode(path, (root / path).read_bytes())
        return found

    def chosen(
        self, path: str, indices: str, labels: str
    ) -> tuple[Sequence[tuple[int, _Node | _Done]], str, str]:
        """Return the cells of a notebook, with their indices; else the fault and the advice."""
        root, place = self.blog.root.resolve(), self.blog.root / path
        if not path or flaw(path) or points_outside(root, place) or is_hidden(root, place):
            return [], "it is not a notebook of the blog", "name one from the post's folder"
        if not path.endswith(".ipynb"):
            return self.chosen_of_post(path, indices, labels)
        try:
            found = [*_chosen(self.read(path), indices, labels, _has_name)]
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return [], "it is not a notebook that can be read", "save it again from Jupyter"
        if not found:
            return [], _NO_CELL, "name a label, an id, a tag, or [1] for the first"
        return found, "", ""

    def chosen_of_post(
        self, path: str, indices: str, labels: str
    ) -> tuple[Sequence[tuple[int, _Done]], str, str]:
        """Return the cells of a post, as `chosen`."""
        self.uses[f"file {path}"] = self.blog.hashes.of(self.blog.root / path)
        results = self.blog.results(path)
        self.uses[f"embed {path}"] = results.state if results else ""
        if results is None:
            return [], "it is not a notebook or a post", "name one of the blog"
        found = [*_chosen(results.cells, indices, labels, _has_label)]
        if not found:
            return [], _NO_CELL, "name a label, or [1] for the first"
        if not results.state:
            return [], "it has not run", "build the blog with its code"
        return found, "", ""

    def read(self, path: str) -> list[Any]:
        """Return the cells of a notebook. Raises OSError, ValueError, KeyError or TypeError."""
        if path not in self.notebooks:
            place = self.blog.root / path
            self.uses[f"file {path}"] = self.blog.hashes.of(place)
            self.notebooks[path] = list(json.loads(decode(path, place.read_bytes()))["cells"])
        return self.notebooks[path]

    def cell(
        self, path: str, index: int, node: Mapping[str, Any], options: Mapping[str, str]
    ) -> Iterator[str]:
        """Yield the lines of a cell: of a text its lines, of code a place for its results."""
        source = _source(node)
        if node.get("cell_type") != "code":
            if node.get("cell_type") == "markdown":
                lines = source.split("\n")
                translated = translate_part(self.post.cell_form, self.post.language, lines)
                yield from ("", *translated, "")
            return
        read = read_options("python", [], source)
        cell = Cell(read.source, 1, read.cell)
        yield from self.shown(path, index, (cell, _outputs(node)), options)

    def shown(
        self, path: str, index: int, done: _Done, options: Mapping[str, str]
    ) -> Iterator[str]:
        """Yield the code of a cell, if it is asked for, and a place for its results."""
        cell, outputs = done
        key = f"{path}#{index}"
        alt = cell.options.alt or plain_text(cell.options.caption)
        plain = replace(cell, options=replace(cell.options, label="", caption="", alt=alt))
        self.cells[key] = EmbeddedCell(plain, outputs, path, self.title(path))
        if options.get("echo") == "true" and cell.options.input != "remove":
            results = self.blog.results(path) if not path.endswith(".ipynb") else None
            language = results.language if results else "python"
            yield from ("", f"````{language}", *cell.source.split("\n"), "````", "")
        if options.get("output") == "false":
            return
        label, caption = cell.options.label, cell.options.caption
        kind = "tbl" if label.startswith("tbl-") else "fig"
        named = label if label.startswith(("fig-", "tbl-")) else ""
        place = f'<div class="embed" data-embed="{escape(key)}"></div>'
        if not named:
            yield from ("", place, "", *((caption, "") if caption else ()))
            return
        table = ".table-figure " if kind == "tbl" else ""
        shown = ("", caption) if caption else ()
        yield from ("", f"::: {{#{named} {table}data-kind={kind}}}", place, *shown, ":::", "")

    def title(self, path: str) -> str:
        """Return the title of a notebook or a post; the name of its file if it has none."""
        if not path.endswith(".ipynb"):
            results = self.blog.results(path)
            return results.title if results else posixpath.basename(path)
        for cell in self.notebooks[path][:3]:
            text = cell.get("cell_type") == "markdown"
            if text and (heading := first_heading(_source(cell).split("\n"))):
                return heading.title
        return posixpath.basename(path)


def _chosen(
    cells: Sequence[_T], indices: str, labels: str, has_name: Callable[[_T, str], bool]
) -> Iterator[tuple[int, _T]]:
    """Yield the cells that an address names: all, by number from 1, or by label, id or tag."""
    numbered = dict(enumerate(cells, 1))
    if indices:
        wanted = [
            number
            for first, last in _RANGE.findall(indices)
            for number in range(int(first), min(int(last or first), len(cells)) + 1)
        ]
        yield from ((number, numbered[number]) for number in wanted if number in numbered)
    elif labels:
        for label in labels.split(","):
            found = (pair for pair in numbered.items() if has_name(pair[1], label.strip()))
            if pair := next(found, None):
                yield pair
    else:
        yield from numbered.items()


def _has_label(cell: _Done, name: str) -> bool:
    return name == cell[0].options.label


def _has_name(cell: Mapping[str, Any], name: str) -> bool:
    metadata = cell.get("metadata") or {}
    names = [cell.get("id"), metadata.get("label"), metadata.get("name")]
    names += metadata.get("tags") or []
    if cell.get("cell_type") == "code":
        names += _LABEL.findall(_source(cell))
    return name in names


def _source(cell: Mapping[str, Any]) -> str:
    source = cell.get("source", "")
    return source if isinstance(source, str) else "".join(source)


def _outputs(cell: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return the saved results of a cell."""
    import nbformat

    whole = {"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": [dict(cell)]}
    node = nbformat.reads(json.dumps(whole), as_version=4)
    return tuple(map(read_output, node.cells[0].outputs))


_EMBED = regex(
    r"(?P<indent>[ \t]*)\{\{<\s*embed\s+[\"']?(?P<name>[^\s\"'>#\[\]]*)"
    r"(?:\[(?P<indices>[\d,-]+)\]|#(?P<labels>[^\s\"'>]+))?[\"']?(?P<options>[^>\n]*)>\}\}[ \t]*"
)
_OPTION = regex(r"([\w-]+)\s*=\s*[\"']?([^\s\"']+)")
_RANGE = regex(r"(\d+)(?:-(\d+))?")
_LABEL = regex(r"^#\|[ \t]*label:[ \t]*[\"']?([\w:.-]+)", re.M)

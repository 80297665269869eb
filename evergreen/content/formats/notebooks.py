"""Jupyter notebooks as posts.

Title, date and the other keys are in a first raw cell as YAML between lines of `---`, or in the
notebook's metadata, or as fastpages has them (`notebook_head`); the title may also be the first
heading. Each text cell is a document of its own. Line numbers are those of the .ipynb file, where
each line of a cell has its own line.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import warnings
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from evergreen.content.formats.cell_flags import CellFlags, format_flags, read_flags
from evergreen.content.formats.myst import has_myst, translate_myst
from evergreen.content.formats.notebook_head import (
    MAX_CELLS,
    find_title,
    is_hidden,
    read_fastpages,
    translate_fastpages,
)
from evergreen.content.formats.quarto import translate_quarto
from evergreen.content.formats.substitutions import substitute
from evergreen.content.formats.text import (
    NumberedLines,
    as_written,
)
from evergreen.content.frontmatter import FrontMatter, decode, read_front_matter, with_title
from evergreen.content.myst_project import with_project
from evergreen.content.quarto_files import is_project, is_quarto
from evergreen.content.yaml_mapping import NOT_A_MAPPING
from evergreen.dataclass import replace
from evergreen.errors import EvergreenError, Problem, fault
from evergreen.markdown.grammar import fence_after
from evergreen.model import Output, Site
from evergreen.model.hashing import sha256
from evergreen.model.outputs import read_output
from evergreen.regex import regex

FOLDER = "assets/figures"
"""Folder of attachments in the site."""


def read_ipynb(path: str, source: bytes, site: Site) -> FrontMatter:
    """Read the notebook as a post. Raises EvergreenError if the file is not a notebook."""
    raw = decode(path, source)
    try:
        return _read(path, raw, site)
    except EvergreenError:
        raise
    except Exception as error:  # nbformat accepts any JSON, and may raise anything
        raise _broken(path, raw, error) from None


def _broken(path: str, raw: str, error: Exception) -> EvergreenError:
    """Return what is wrong with a file that nbformat cannot read."""
    try:
        is_object = isinstance(json.loads(raw), dict)
    except json.JSONDecodeError as flaw:
        message = f"not a valid notebook: no JSON: {flaw.msg}"
        return fault(path, message, "save it from Jupyter", line=flaw.lineno, column=flaw.colno)
    except RecursionError:
        is_object = True
    what = str(error).split("\n")[0][:200] or type(error).__name__
    message = f"not a valid notebook: {what if is_object else 'the JSON is not an object'}"
    return fault(path, message, "save it from Jupyter", line=1)


def _read(path: str, raw: str, site: Site) -> FrontMatter:
    import nbformat

    with warnings.catch_warnings():
        # Notebooks without ids of cells, or with the same twice, are read as they are.
        warnings.simplefilter("ignore", nbformat.warnings.MissingIDFieldWarning)
        warnings.simplefilter("ignore", nbformat.warnings.DuplicateCellId)
        node = nbformat.reads(raw, as_version=4)
    places = list(_source_lines(raw))
    cells = [
        _Cell(cell, places[at] if at < len(places) else [1]) for at, cell in enumerate(node.cells)
    ]
    of_quarto = is_quarto(path, site.shared)
    if not of_quarto and not is_project(path, site.shared):
        for each in cells:
            each.space_headings()
    front_matter, cells = _split_front_matter(path, node, cells)
    front_matter = with_project(front_matter, site)
    text = NumberedLines()
    attachments: dict[str, bytes] = {}
    stored: dict[int, tuple[Output, ...]] = {}
    is_myst = is_project(path, site.shared) or any(
        cell.kind == "markdown" and has_myst(cell.lines) for cell in cells
    )
    problems: list[Problem] = []
    for cell in cells:
        if cell.kind == "markdown" and is_myst:
            problems += cell.substitute(path, front_matter.values)
            cell.replace_lines(translate_myst(cell.lines))
        elif cell.kind == "markdown" and of_quarto:
            cell.replace_lines(translate_quarto(cell.lines, (), front_matter.values))
        if cell.kind == "markdown":
            lines = cell.lines
            lines = [_attached(each, cell.attachments, attachments, site.baseurl) for each in lines]
            text.add_prose(*as_written(lines, cell.numbers))
        elif cell.kind == "code" and "".join(cell.lines).strip():
            text.add_cell(_language(node), cell.lines, cell.numbers, format_flags(cell.flags))
            stored[cell.numbers[0]] = tuple(map(read_output, cell.node.outputs))
        elif cell.kind == "raw" and _is_html(cell):
            text.add_prose(cell.lines, cell.numbers)
    return FrontMatter(
        path,
        front_matter.values,
        front_matter.lines,
        text.body,
        1,
        True,
        front_matter.text,
        cell_form="directive",
        parts=tuple(text.parts),
        origin=tuple(text.origin),
        stored=stored,
        attachments=attachments,
        warnings=(*front_matter.warnings, *problems),
    )


class _Cell:
    """A cell, and the line in the file of each of its lines."""

    def __init__(self, node: Any, places: list[int]) -> None:
        self.node = node
        self.kind: str = node.cell_type
        self.lines: list[str] = node.source.split("\n")
        self.numbers = [places[min(at, len(places) - 1)] for at in range(len(self.lines))]
        self.attachments: Mapping[str, Any] = node.get("attachments", {})
        self.flags = CellFlags()
        if self.kind == "code":
            self.flags = read_flags(self.lines, node.metadata)
            self.drop(self.flags.flagged)

    def space_headings(self) -> None:
        """Put a blank behind the signs of headings that have none, `##题`, as nbconvert reads
        them."""
        fence = ""
        for at, line in enumerate(self.lines if self.kind == "markdown" else ()):
            fence = fence_after(fence, line)
            if not fence and (found := _TIGHT_HEADING.match(line)):
                self.lines[at] = f"{found[1]} {line[found.end() :]}"

    def replace_lines(self, lines: Iterable[tuple[int, str]]) -> None:
        """Replace the lines by translated ones, each with the index of its line."""
        found = list(lines)
        self.numbers = [self.numbers[place] for place, _ in found] or self.numbers[-1:]
        self.lines = [line for _, line in found] or [""]

    def substitute(self, path: str, values: Mapping[str, Any]) -> tuple[Problem, ...]:
        """Insert the values of MyST's substitutions; return a warning for each without one."""
        found = substitute(self.lines, values, is_myst=True)
        problems = found.problems(path, self.numbers, has_columns=False)
        self.numbers = [self.numbers[place] for place, _ in found.lines]
        self.lines = [line for _, line in found.lines]
        return problems

    def drop(self, places: Collection[int]) -> None:
        """Remove the lines at these indices."""
        kept = [at for at in range(len(self.lines)) if at not in places]
        self.numbers = [self.numbers[at] for at in kept] or self.numbers[-1:]
        self.lines = [self.lines[at] for at in kept] or [""]


def _split_front_matter(
    path: str, node: Any, cells: list[_Cell]
) -> tuple[FrontMatter, list[_Cell]]:
    """Return the front matter, and the cells without it."""
    values = _from_metadata(node.metadata)
    front_matter = FrontMatter(path, values, dict.fromkeys(values, 1), "", 1, True)
    if cells and cells[0].kind in ("raw", "markdown") and cells[0].lines[0].strip() == "---":
        first = cells[0]
        found = _head(path, first)
        lines = {key: first.numbers[line - 1] for key, line in found.lines.items()}
        merged, places = {**values, **found.values}, {**front_matter.lines, **lines}
        front_matter = FrontMatter(path, merged, places, "", 1, True, found.text)
        first.drop(range(found.body_line - 1))
        cells = cells if "".join(first.lines).strip() else cells[1:]
    front_matter, cells = _split_fastpages(front_matter, cells)
    if "title" in front_matter.values:
        return front_matter, cells
    texts = [cell.lines if cell.kind == "markdown" else None for cell in cells]
    if place := find_title(texts):
        cell, heading = cells[place[0]], place[1]
        front_matter = with_title(front_matter, heading.title, cell.numbers[heading.start])
        cell.drop(range(heading.start, heading.start + heading.count))
    return front_matter, cells


def _head(path: str, cell: _Cell) -> FrontMatter:
    """Read the front matter of a cell that begins with a rule; one with a text below is none."""
    try:
        return read_front_matter(path, "\n".join(cell.lines).encode())
    except EvergreenError as error:
        is_text = cell.kind == "markdown" or error.problems[0].message == NOT_A_MAPPING
        if not is_text:
            raise
    return FrontMatter(path, {}, {}, "", 1, False)


def _split_fastpages(
    front_matter: FrontMatter, cells: list[_Cell]
) -> tuple[FrontMatter, list[_Cell]]:
    """Read the head of fastpages or nbdev, the first text cell, and fastpages' syntax in the other
    ones, if the notebook has that head."""
    first = next((cell for cell in cells[:MAX_CELLS] if cell.kind == "markdown"), None)
    head = read_fastpages(first.lines) if first else None
    if first is None or head is None:
        return front_matter, cells
    keys, count = head
    values = {key: value for key, (value, _) in keys.items()}
    lines = {key: first.numbers[index] for key, (_, index) in keys.items()}
    cells = [cell for cell in cells if cell.kind != "markdown" or not is_hidden(cell.lines)]
    for cell in cells:
        if cell.kind == "markdown":
            cell.lines = [translate_fastpages(line) for line in cell.lines]
    front_matter = replace(
        front_matter,
        values={**values, **front_matter.values},
        lines={**lines, **front_matter.lines},
    )
    first.drop(range(count))
    return front_matter, [
        cell for cell in cells if cell is not first or "".join(cell.lines).strip()
    ]


def _is_html(cell: _Cell) -> bool:
    """True for a raw cell that nbconvert copies into a page of HTML."""
    metadata = cell.node.metadata
    kind = metadata.get("raw_mimetype") or metadata.get("format") or ""
    return kind == "text/html" or (not kind and "".join(cell.lines).lstrip().startswith("<"))


def _from_metadata(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Return the front-matter keys in the notebook's metadata."""
    values = {key: value for key, value in metadata.items() if key not in _JUPYTER}
    if authors := metadata.get("authors"):
        names = [each.get("name", "") if isinstance(each, dict) else each for each in authors]
        values.setdefault("author", names)
    if spec := metadata.get("kernelspec"):
        language = (metadata.get("language_info") or {}).get("name")
        found = {"language": language, **spec} if language else dict(spec)
        values["jupyter"] = {"kernelspec": found}
    return values


def _language(node: Any) -> str:
    spec = node.metadata.get("kernelspec", {})
    info = node.metadata.get("language_info", {})
    return str(spec.get("language") or info.get("name") or "python").lower()


def _attached(line: str, given: Mapping[str, Any], found: dict[str, bytes], baseurl: str) -> str:
    """Replace `attachment:a.png` in a line by the URL of the file in the site."""

    def address(match: re.Match[str]) -> str:
        for mime, data in given.get(unquote(match[1]), {}).items():
            try:
                content = base64.b64decode(data if isinstance(data, str) else "".join(data))
            except (binascii.Error, ValueError):
                break
            suffix = _SUFFIXES.get(mime, mime.partition("/")[2])
            name = f"{FOLDER}/{sha256(content)[:20]}.{suffix}"
            found[name] = content
            return f"{baseurl}/{name}"
        return match[0]

    return _ATTACHMENT.sub(address, line) if given else line


def _source_lines(raw: str) -> Iterator[list[int]]:
    """Yield, for each cell, the line in the file of each line of its source."""
    decoder = json.JSONDecoder()
    for cell in _elements(raw, _member(raw, 0, "cells", decoder), decoder):
        at = _member(raw, cell, "source", decoder)
        starts = list(_elements(raw, at, decoder)) if raw[at : at + 1] == "[" else [at]
        lines: list[int] = []
        for start in starts:
            value = decoder.raw_decode(raw, start)[0] if raw[start : start + 1] == '"' else ""
            line = raw.count("\n", 0, start) + 1
            lines += [line] * max(1, value.count("\n"))
        yield lines or [raw.count("\n", 0, cell) + 1]


def _member(raw: str, start: int, key: str, decoder: json.JSONDecoder) -> int:
    """Return the index of a key's value in the object at `start`; the end if there is none."""
    at = _SPACE.match(raw, start).end()  # type: ignore[union-attr]
    while raw[at : at + 1] in ("{", ","):
        at = _SPACE.match(raw, at + 1).end()  # type: ignore[union-attr]
        if raw[at : at + 1] != '"':
            break
        name, at = decoder.raw_decode(raw, at)
        at = _COLON.match(raw, at).end()  # type: ignore[union-attr]
        if name == key:
            return at
        at = _SPACE.match(raw, decoder.raw_decode(raw, at)[1]).end()  # type: ignore[union-attr]
    return len(raw)


def _elements(raw: str, start: int, decoder: json.JSONDecoder) -> Iterator[int]:
    """Yield the index of each element of the array at `start`."""
    at = start
    while raw[at : at + 1] in ("[", ","):
        at = _SPACE.match(raw, at + 1).end()  # type: ignore[union-attr]
        if raw[at : at + 1] == "]":
            break
        yield at
        at = _SPACE.match(raw, decoder.raw_decode(raw, at)[1]).end()  # type: ignore[union-attr]


_JUPYTER = frozenset(
    "kernelspec language_info jupytext widgets toc colab accelerator celltoolbar varInspector"
    " authors orig_nbformat vscode hide_input latex_envs nbpresent anaconda-cloud".split()
)
"""Metadata keys of other tools, which are not about the post."""
_TIGHT_HEADING = regex(r"( {0,3}#{1,6})(?=[^\s#])")
_SUFFIXES = {"image/svg+xml": "svg", "image/jpeg": "jpg"}
_ATTACHMENT = regex(r"attachment:([^)\s\"'>]+)")
_SPACE = regex(r"[ \t\r\n]*")
_COLON = regex(r"[ \t\r\n]*:[ \t\r\n]*")

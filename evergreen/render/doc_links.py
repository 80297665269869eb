"""Links from names in Python code to their documentation.

A name is followed through the imports of the post, `np.polyfit` to `numpy.polyfit`; a name that the
post assigns anywhere is not linked. What a variable holds is not known, so methods have no links.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from html import escape

from evergreen.dataclass import dataclass
from evergreen.records.imports import parse_code
from evergreen.regex import regex

_PIECE = regex(r"<[^<>]*>|&[^;\s]{1,32};|[^<&]")
_CODE = regex(r"(<pre><code[^<>]*>)(.*?)(</code></pre>)", re.S)


@dataclass(frozen=True, slots=True)
class PythonNames:
    """What the names in the code of a post mean."""

    imported: Mapping[str, str]
    """Full name of what a name was imported as."""
    assigned: frozenset[str]
    addresses: Mapping[str, str]
    """Address of the documentation, by full name."""

    def address(self, name: str) -> str:
        """Return the address of a dotted name as it is written in the code; "" if unknown."""
        first, dot, rest = name.partition(".")
        if first in self.assigned:
            return ""
        full = self.imported.get(first) or ("" if dot else first)
        return self.addresses.get(f"{full}{dot}{rest}", "") if full else ""


def read_names(sources: Iterable[str], addresses: Mapping[str, str]) -> PythonNames:
    """Return the meaning of the names in the code of a post."""
    imported: dict[str, str] = {}
    assigned: set[str] = set()
    for tree in filter(None, map(parse_code, sources)):
        for node in ast.walk(tree):
            imported |= _imports(node)
            assigned |= _assigned(node)
    return PythonNames(imported, frozenset(assigned), addresses)


def link_names(html: str, source: str, names: PythonNames) -> str:
    """Return a highlighted block of code with links in it. Its text is that of the source."""
    places = {start: (end, url) for start, end, url in _places(source, names)}
    found = _CODE.search(html)
    if not places or not found or 'class="code-note"' in html:
        return html
    inner = "".join(_linked(found[2], source, places))
    return html[: found.start(2)] + inner + html[found.end(2) :] if inner else html


def _imports(node: ast.AST) -> dict[str, str]:
    if isinstance(node, ast.Import):
        return {
            each.asname or each.name.partition(".")[0]: each.name
            if each.asname
            else each.name.partition(".")[0]
            for each in node.names
        }
    if isinstance(node, ast.ImportFrom) and node.module and not node.level:
        return {each.asname or each.name: f"{node.module}.{each.name}" for each in node.names}
    return {}


def _assigned(node: ast.AST) -> set[str]:
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        return {node.id}
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return {node.name}
    return {node.arg} if isinstance(node, ast.arg) else set()


def _places(source: str, names: PythonNames) -> Iterator[tuple[int, int, str]]:
    """Yield start and end of each last part of a documented name in a source, and its address."""
    tree = parse_code(source)
    lines = source.encode().split(b"\n")
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line.decode()) + 1)
    for node in ast.walk(tree) if tree else ():
        if not isinstance(node, (ast.Name, ast.Attribute)) or node.end_lineno is None:
            continue
        url = names.address(_dotted(node))
        word = node.id if isinstance(node, ast.Name) else node.attr
        before = lines[node.end_lineno - 1][: node.end_col_offset].decode("utf-8", "replace")
        end = starts[node.end_lineno - 1] + len(before)
        if url and source[end - len(word) : end] == word:
            yield end - len(word), end, url


def _dotted(node: ast.expr) -> str:
    """Return `a.b.c` for such an expression; "" for others."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = _dotted(node.value)
        return f"{before}.{node.attr}" if before else ""
    return ""


def _linked(code: str, source: str, places: Mapping[int, tuple[int, str]]) -> Iterator[str]:
    """Yield highlighted code with links; only the text of a single element is in a link."""
    at, end = 0, -1
    for piece in _PIECE.findall(code):
        if piece.startswith("<"):
            yield piece
            continue
        if place := places.get(at):
            end = place[0]
            yield f'<a class="doc-link" href="{escape(place[1])}">'
        yield piece
        at += 1
        if at == end:
            yield "</a>"
            end = -1

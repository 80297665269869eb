"""The packages that a post's code imports, for a post that does not name its requirements."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from evergreen.dataclass import dataclass, replace
from evergreen.errors import EvergreenError, Problem
from evergreen.execution.environments.providers import find_distribution
from evergreen.model import Notebook
from evergreen.records.imports import parse_code
from evergreen.regex import regex

_LINKED = frozenset({"ipython", "ipykernel"})
"""Packages that each environment has for its kernel."""
_GUARDS = frozenset({"ImportError", "ModuleNotFoundError", "Exception", "BaseException"})
_IMPORT = regex(r"^\s*(?:import|from)[ \t]+([^\W\d][\w.]*)", re.M)


@dataclass(frozen=True, slots=True)
class ImportedModule:
    """An import in a post's code."""

    name: str
    """With its dots; of `from a.b import c` it is `a.b.c`, where `c` may be no module."""
    line: int
    """Line in the post, from 1; for a module beside the post the line that imports that."""
    optional: bool = False
    """True if the code goes on without it."""


def imported_packages(path: str, notebook: Notebook, folder: Path | None) -> tuple[str, ...]:
    """Return the distributions that a notebook and the modules in its folder import, sorted.

    Raises EvergreenError with each module of which the distribution is not known.
    """
    if notebook.kernel != "python3":
        return ()
    found, unknown = set(), []
    for each in _with_beside(_imports(notebook), folder):
        if name := find_distribution(each.name):
            found.add(name)
        elif not each.optional:
            unknown.append(_unknown(path, each))
    if unknown:
        raise EvergreenError(*dict.fromkeys(unknown))
    return tuple(sorted(found - _LINKED))


def modules_in(source: str, line: int, optional: bool = False) -> Iterator[ImportedModule]:
    """Yield the imports of some code that begins at a line, without the standard library's."""
    for each in _parsed(source, line, optional):
        if each.name.partition(".")[0] not in sys.stdlib_module_names:
            yield each


def _parsed(source: str, line: int, optional: bool) -> Iterator[ImportedModule]:
    tree = parse_code(source)
    if tree is None:
        return (ImportedModule(each, line, True) for each in _IMPORT.findall(source))
    return _in_nodes(tree.body, line - 1, optional)


def _imports(notebook: Notebook) -> Iterator[ImportedModule]:
    for cell, step in notebook.cell_steps:
        yield from modules_in(cell.source, cell.line, step.raises)


def _in_nodes(nodes: Sequence[ast.AST], above: int, optional: bool) -> Iterator[ImportedModule]:
    for node in nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield ImportedModule(alias.name, above + node.lineno, optional)
        elif isinstance(node, ast.ImportFrom):
            if node.module and not node.level:
                for alias in node.names:
                    name = f"{node.module}.{alias.name}"
                    yield ImportedModule(name, above + node.lineno, optional)
        elif isinstance(node, ast.Try) and any(map(_guards, node.handlers)):
            yield from _in_nodes(node.body, above, True)
            rest = [*node.handlers, *node.orelse, *node.finalbody]
            yield from _in_nodes(rest, above, True)
        else:
            yield from _in_nodes(list(ast.iter_child_nodes(node)), above, optional)


def _guards(handler: ast.ExceptHandler) -> bool:
    """True if an exception handler catches a missing module."""
    if handler.type is None:
        return True
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(isinstance(kind, ast.Name) and kind.id in _GUARDS for kind in kinds)


def _with_beside(
    imports: Iterator[ImportedModule], folder: Path | None
) -> Iterator[ImportedModule]:
    """Yield the imports of packages: for a module beside the post those of its files."""
    pending, seen = list(imports), set[str]()
    while pending:
        each = pending.pop(0)
        top = each.name.partition(".")[0]
        files = _files(folder, top) if folder else []
        if folder and not files and not find_distribution(each.name):
            files = sorted(folder.rglob(f"{top}.py"))  # the code may add a folder to its path
        if not files:
            yield each
        elif top not in seen:
            seen.add(top)
            for file in files:
                pending += _in_file(file, each)


def _in_file(file: Path, by: ImportedModule) -> Iterator[ImportedModule]:
    with suppress(OSError):
        for each in modules_in(file.read_text("utf-8", "replace"), 1, by.optional):
            yield replace(each, line=by.line)


def _files(folder: Path, module: str) -> list[Path]:
    """Return the files of a module in a folder; none if it has no such module."""
    own = folder / f"{module}.py"
    if own.is_file():
        return [own]
    return sorted((folder / module).rglob("*.py")) if (folder / module).is_dir() else []


def _unknown(path: str, module: ImportedModule) -> Problem:
    name = module.name.partition(".")[0]
    message = f"it is not known which package provides the module '{name}'"
    return Problem(path, module.line, 0, message, "name the post's packages in 'execute: requires'")

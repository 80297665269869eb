"""The imports of code: the names in its source, and the modules that its kernel loaded."""

from __future__ import annotations

import ast
import re
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from evergreen.model import Notebook
from evergreen.records.distributions import Imported, find_imported
from evergreen.regex import regex

_IPYTHON_SYNTAX = regex(r"^(\s*)[%!?].*|^(\s*)[\w.]+\?{1,2}\s*$", re.M)
_PARSER = threading.RLock()
"""Held while code is parsed: before Python 3.13, threads share the parser's depth of recursion, and
a collection of garbage may give way to another thread.
"""
_IMPORT = regex(r"^\s*(?:import|from)\s+([^\W\d]\w*)", re.M)


def top_levels(sources: Iterable[str]) -> set[str]:
    """Return the top-level modules that some sources import; IPython's own syntax is skipped."""
    return {name for source in sources for name in _names(source)}


def strip_magics(source: str) -> str:
    """Replace IPython's own syntax, so that the rest can be parsed as Python."""
    return _IPYTHON_SYNTAX.sub(r"\1\2pass", source)


def parse_code(source: str) -> ast.Module | None:
    """Parse a cell's Python code; None for a cell magic, or for a fault that the run shows."""
    try:
        with _PARSER:
            return ast.parse(strip_magics(source))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def packages_named(notebook: Notebook) -> tuple[str, ...]:
    """Return what a notebook of the default kernel imports, without the standard library."""
    if notebook.kernel != "python3":
        return ()
    sources = (step.source for step in notebook.steps)
    return tuple(sorted(top_levels(sources) - sys.stdlib_module_names))


def imported(report: Mapping[str, Any], modules: Iterable[str] = ()) -> list[Imported]:
    """Return the distributions that a run imported, from its probe's report.

    A distribution is `named` if the post's code, or one of its own modules (whose sources are
    given), imports it by name.
    """
    named, before = {*report["named"], *top_levels(modules)}, report["before"]
    files = {**report["modules"], **{name: before[name] for name in named & before.keys()}}
    library = {name for name in files if name.partition(".")[0] in sys.stdlib_module_names}
    files = {name: file for name, file in files.items() if name not in library}
    return find_imported(report["path"], files, named, before)


def _names(source: str) -> Iterator[str]:
    tree = parse_code(source)
    if tree is None:
        yield from _IMPORT.findall(source)
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]

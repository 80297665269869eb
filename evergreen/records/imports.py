"""What code imports: by name, read off its text, and really, by what its kernel had in the end."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from evergreen.model import Notebook
from evergreen.records.distributions import Imported, find_imported

_NO_PYTHON = re.compile(r"^(\s*)[%!?].*|^(\s*)[\w.]+\?{1,2}\s*$", re.M)
_IMPORT = re.compile(r"^\s*(?:import|from)\s+([^\W\d]\w*)", re.M)


def top_levels(sources: Iterable[str]) -> set[str]:
    """The top-level modules that some texts import; lines of IPython's own are passed over."""
    return {name for source in sources for name in _names(source)}


def packages_named(notebook: Notebook) -> tuple[str, ...]:
    """What a notebook of the usual kernel imports, less the standard library."""
    if notebook.kernel != "python3":
        return ()
    sources = (step.source for step in notebook.steps)
    return tuple(sorted(top_levels(sources) - sys.stdlib_module_names))


def imported(report: Mapping[str, Any], modules: Iterable[str] = ()) -> list[Imported]:
    """The distributions that a run imported, by its probe's report; named are those that its code
    names, or one of its own modules, whose texts are given.
    """
    named, before = {*report["named"], *top_levels(modules)}, report["before"]
    files = {**report["modules"], **{name: before[name] for name in named & before.keys()}}
    library = {name for name in files if name.partition(".")[0] in sys.stdlib_module_names}
    files = {name: file for name, file in files.items() if name not in library}
    return find_imported(report["path"], files, named, before)


def _names(source: str) -> Iterator[str]:
    try:
        tree = ast.parse(_NO_PYTHON.sub(r"\1\2pass", source))
    except (SyntaxError, ValueError, RecursionError):  # magics, or a fault that the run shows
        yield from _IMPORT.findall(source)
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]

"""What the plugins of a folder are made of: the modules that they import, and the files that they
name.

Another file in `plugins/` is a part of none: a note there makes nothing anew. What is in the folder
of a plugin's templates is a part of the pages that show it (see `site.template_parts`).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from pathlib import Path


def files_of(file: Path, beside: Sequence[Path], folder: Path) -> list[Path]:
    """Return a plugin's file and those of the files `beside` it, below `folder`, that it uses, also
    through others.

    A module is used by one that imports it, or has its name as a text; another file, by one whose
    source has its name, or that of its folder.
    """
    found, rest = [file], [each for each in beside if each != file]
    for each in found:
        if each.suffix == ".py":
            source = each.read_text("utf-8", "replace")
            modules = set(_imported(source))
            found += [path for path in rest if _is_used(path, folder, source, modules)]
            rest = [path for path in rest if path not in found]
    return found


def _is_used(path: Path, folder: Path, source: str, modules: set[str]) -> bool:
    """True if a source uses a file: `first` is what of its path is right below the folder."""
    first = path.relative_to(folder).parts[0]
    name = first.removesuffix(".py")
    if path.suffix == ".py" and (name in modules or not name.startswith("_")):
        return name in modules
    return bool(re.search(rf"(?<![\w.-]){re.escape(name)}(?![\w-])", source)) or (
        path.suffix != ".py" and path.name in source
    )


def _imported(source: str) -> Iterator[str]:
    """Yield the modules beside a plugin that it imports: `colors` of `from .colors import red`."""
    try:
        nodes = list(ast.walk(ast.parse(source)))
    except SyntaxError:
        return
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and node.level:
            names = [node.module] if node.module else [each.name for each in node.names]
            yield from (name.partition(".")[0] for name in names)

"""The kernel of a document of Quarto or R Markdown that names none: R's if its chunks are in R, as
knitr runs them. Where no such kernel is installed, its code is not run, and a warning says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from evergreen.content.execution_keys import is_installed
from evergreen.content.frontmatter import FrontMatter
from evergreen.dataclass import replace
from evergreen.errors import Problem
from evergreen.markdown.grammar import fence_after
from evergreen.regex import regex


def with_engine(front_matter: FrontMatter) -> FrontMatter:
    """Return the front matter with the kernel of its chunks, unless it names one."""
    values = front_matter.values
    if "jupyter" in values or "kernelspec" in values:
        return front_matter
    chunks = dict(_chunks(front_matter))
    if not (foreign := [name for name in _KERNELS if name in chunks]):
        return front_matter
    name = foreign[0]
    if "python" in chunks:
        advice = "they are shown without results; 'eval: false' in them says that it is meant"
        return _warned(front_matter, chunks[name], f"chunks in {_NAMES[name]} do not run", advice)
    spec = {"kernelspec": {"name": _KERNELS[name], "language": name}}
    front_matter = replace(front_matter, values={**values, "jupyter": spec})
    if is_installed(_KERNELS[name]) or not _may_run(values):
        return front_matter
    given = values.get("execute")
    options = {**(given if isinstance(given, Mapping) else {}), "enabled": False}
    options.pop("eval", None)
    values = {**front_matter.values, "execute": options}
    message = f"the code is in {_NAMES[name]}, and the kernel '{_KERNELS[name]}' is not installed"
    advice = f"it is shown without results; install {_PACKAGES[name]}"
    return _warned(replace(front_matter, values=values), chunks[name], message, advice)


def _may_run(values: Mapping[str, Any]) -> bool:
    given = values.get("execute")
    if isinstance(given, Mapping):
        return given.get("eval", True) is not False and given.get("enabled", True) is not False
    return given is not False


def _warned(front_matter: FrontMatter, line: int, message: str, advice: str) -> FrontMatter:
    problem = Problem(front_matter.path, line, 0, message, advice, severity="warning")
    return replace(front_matter, warnings=(*front_matter.warnings, problem))


def _chunks(front_matter: FrontMatter) -> Iterator[tuple[str, int]]:
    """Yield the language of each chunk that may run, and its line; the first of a language last."""
    fence, found = "", []
    lines = front_matter.body.split("\n")
    for at, line in enumerate(lines):
        is_open, fence = bool(fence), fence_after(fence, line)
        chunk = None if is_open else _CHUNK.match(line)
        below = lines[at + 1] if at + 1 < len(lines) else ""
        if chunk and not _OFF.search(line) and not (_OPTION.match(below) and _OFF.search(below)):
            found.append((chunk[1].lower(), front_matter.body_line + at))
    yield from reversed(found)


_KERNELS = {"r": "ir", "julia": "julia"}
_NAMES = {"r": "R", "julia": "Julia"}
_PACKAGES = {"r": "R's package IRkernel", "julia": "Julia's package IJulia"}
_CHUNK = regex(r"[ \t>]*(?:`{3,}|~{3,})[ \t]*\{[ \t]*([A-Za-z]\w*)(?=[\s,}])")
_OPTION = regex(r"[ \t]*#\|")
_OFF = regex(r"\b(?:eval|include)\s*[=:]\s*(?:FALSE|F|false)\b")

"""The distributions that provide modules: from a kept table, or from what is installed.

An import name is never used as the name of a distribution by itself, because anybody can register a
distribution with the import name of another project.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from evergreen.regex import regex

_SIGNS = regex(r"[-_.]+")
_TABLE = Path(__file__).with_name("import_names.txt")


def find_distribution(module: str) -> str:
    """Return the normalised distribution of a module, given with its dots; "" if it is not known or
    if several installed distributions provide it.
    """
    parts = module.split(".")
    above = (".".join(parts[:end]) for end in range(len(parts), 0, -1))
    return next((_table()[name] for name in above if name in _table()), "") or _installed(parts[0])


@functools.cache
def _table() -> Mapping[str, str]:
    lines = _TABLE.read_text("utf-8").splitlines()
    pairs = (line.partition(" ")[::2] for line in lines if not line.startswith("#"))
    return {module: name or _SIGNS.sub("-", module).lower() for module, name in pairs}


def _installed(module: str) -> str:
    """Return the only installed distribution of a module; "" for a namespace of several."""
    if not _has_file(module):
        return ""
    from packaging.utils import canonicalize_name

    owners = {canonicalize_name(each) for each in _owners().get(module, ())}
    return owners.pop() if len(owners) == 1 else ""


def _has_file(module: str) -> bool:
    """True if a module is installed, and not a namespace of several distributions."""
    try:
        spec = find_spec(module)
    except (ImportError, ValueError):  # `__main__`, and a module that cannot be found
        return False
    return spec is not None and spec.origin is not None


@functools.cache
def _owners() -> Mapping[str, list[str]]:
    from importlib import metadata

    return metadata.packages_distributions()

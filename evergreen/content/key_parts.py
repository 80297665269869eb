"""The parts of the front-matter keys that are mappings, and a check of their names."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches

from evergreen.content.frontmatter import FrontMatter

CELL_OPTIONS = ("echo", "output", "include", "warning")
"""Parts of `execute` that hold for all cells of a post, as in Quarto."""
CSL_PARTS = (
    *("type", "volume", "issue", "page", "publisher", "publisher-place", "edition"),
    *("container-title", "collection-title"),
)
"""Parts of a reference that only citation styles show, by their names in CSL."""
PARTS: Mapping[str, tuple[str, ...]] = {
    "execute": (
        "enabled",
        "eval",
        "stored",
        "timeout",
        "allow_errors",
        "error",
        "max_output",
        "memory",
        "seed",
        "env",
        "expires",
        "requires",
        "as_of",
        "resources",
        "sandbox",
        *CELL_OPTIONS,
        *("cache", "freeze"),  # Quarto's; results are kept here in any case
    ),
    "image": ("feature", "path", "vendor", "alt", "credit", "creditlink"),
    "series": ("title", "url"),
    "references": ("id", "title", "url", "authors", "author", "year", "doi", "venue"),
    "data": ("name", "url", "mirrors", "sha256", "stand_in"),
}
"""Known parts of the keys that have parts."""
_ALIKE = 0.75
"""Similarity from which a word is reported as a misspelling of another."""


def check_parts(part: FrontMatter, key: str) -> None:
    """Raise EvergreenError for a part that is a misspelling of one of ours; other unknown parts are
    for other tools.
    """
    for name in map(str, part.values):
        if name not in PARTS[key] and (found := get_close_matches(name, PARTS[key], 1, _ALIKE)):
            what = f"unknown option '{name}' of {key}"
            raise part.fault(name, what, f"did you mean '{found[0]}'?")

"""The folders that are shipped with the code: `templates`, `starter`, and `.github` with the
workflows of a new blog.

An installed package has them inside; in a checkout they are beside the package.
"""

from __future__ import annotations

from pathlib import Path

TEMPLATES, THEMES = "templates", "themes"
"""Folders that a blog may have too; its files go over these."""
PACKAGE = Path(__file__).parent
_WITHIN = PACKAGE / "_packaged"


def packaged(name: str) -> Path:
    """Return the folder of that name."""
    return (_WITHIN if _WITHIN.is_dir() else PACKAGE.parent) / name


def checkout() -> Path | None:
    """Return the folder of the source checkout; None for an installed package."""
    return None if _WITHIN.is_dir() else PACKAGE.parent

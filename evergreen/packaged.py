"""Folders that the engine reads beside its code: `templates`, `starter`, and `.github` with the
workflows of a new blog.

An installed engine has them within; in a checkout they stand beside the package.
"""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).parent
_WITHIN = PACKAGE / "_packaged"


def packaged(name: str) -> Path:
    """The folder of that name."""
    return (_WITHIN if _WITHIN.is_dir() else PACKAGE.parent) / name


def checkout() -> Path | None:
    """The folder of the engine's sources; None for an installed engine."""
    return None if _WITHIN.is_dir() else PACKAGE.parent

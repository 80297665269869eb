"""Detect a Jekyll blog, and its plugins."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

CONFIGS = ("_config.yml", "_config.yaml")
POSTS = "_posts"


def is_jekyll(root: Path) -> bool:
    """True for a Jekyll blog: it has `_posts`, or `_config.yml` and no posts of ours."""
    if (root / POSTS).is_dir():
        return True
    has_config = any((root / name).is_file() for name in CONFIGS)
    return has_config and not ((root / "site.toml").exists() and (root / "posts").is_dir())


def named_plugins(config: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the plugins that `_config.yml` names; their key was `gems` once."""
    named = config.get("plugins") or config.get("gems")
    return tuple(map(str, named)) if isinstance(named, (list, tuple)) else ()

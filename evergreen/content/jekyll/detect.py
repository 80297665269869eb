"""Detect a Jekyll blog."""

from __future__ import annotations

from pathlib import Path

CONFIGS = ("_config.yml", "_config.yaml")
POSTS = "_posts"


def is_jekyll(root: Path) -> bool:
    """True for a Jekyll blog: it has `_posts`, or `_config.yml` and no posts of ours."""
    if (root / POSTS).is_dir():
        return True
    has_config = any((root / name).is_file() for name in CONFIGS)
    return has_config and not ((root / "site.toml").exists() and (root / "posts").is_dir())

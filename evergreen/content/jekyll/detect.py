"""Detect a Jekyll blog, the folder with its files, and its plugins."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from evergreen.content.quarto_files import BOOK, is_book
from evergreen.regex import regex

CONFIGS = ("_config.yml", "_config.yaml")
POSTS = "_posts"
_DEEPEST = 2
"""Folders between a blog's `source` and its `_config.yml`, with the latter's."""
_SOURCE = regex(r"^source[ \t]*:[ \t]*([\"']?)([^\"'#\n]+)\1", re.M)


def is_jekyll(root: Path) -> bool:
    """True for a Jekyll blog: it has `_posts`, or `_config.yml` and no posts of ours."""
    if (root / POSTS).is_dir() or config_folder(root) != root:
        return True
    has_config = _has_config(root) and not is_book(root / BOOK)
    return has_config and not ((root / "site.toml").exists() and (root / "posts").is_dir())


def source_folder(root: Path) -> Path:
    """Return the folder with the files of a Jekyll blog: that which `_config.yml` names as its
    `source`, as Octopress does, or else `root`.
    """
    for name in CONFIGS:
        with suppress(OSError):
            found = _SOURCE.search((root / name).read_text("utf-8", "replace"))
            folder = (root / found[2].strip()).resolve() if found else root
            return folder if folder.is_dir() and folder.is_relative_to(root.resolve()) else root
    return root


def config_folder(root: Path) -> Path:
    """Return the folder of `_config.yml`: the blog's, or one above whose `source` is the blog's."""
    if _has_config(root):
        return root
    above = root.parents[:_DEEPEST]
    return next((folder for folder in above if source_folder(folder) == root), root)


def _has_config(root: Path) -> bool:
    return any((root / name).is_file() for name in CONFIGS)


def named_plugins(config: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the plugins that `_config.yml` names; their key was `gems` once."""
    named = config.get("plugins") or config.get("gems")
    return tuple(map(str, named)) if isinstance(named, (list, tuple)) else ()

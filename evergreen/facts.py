"""What an execution depends on besides its code: the facts under which its record holds."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Collection
from pathlib import Path

from evergreen.model import Post


def facts_of(
    root: Path, post: Post, posts: Collection[str], missing: Collection[str]
) -> dict[str, str]:
    """The facts of a post now; `posts` are the paths of all posts, which never stand beside it.

    A declared file whose hash is in `missing` counts as its stand-in.
    """
    facts = {"python": platform.python_version()}
    for name in ("requirements.txt",):
        facts[name] = _file_hash(root / name)
    for path in beside(root / post.bundle):
        name = path.relative_to(root).as_posix()
        if name not in posts:
            facts[f"file {name}"] = _file_hash(path)
    for file in post.data:
        absent = file.sha256 in missing
        facts[f"data {file.name}"] = f"stand-in {file.stand_in}" if absent else file.sha256
    return facts


def beside(folder: Path) -> list[Path]:
    """All files below a post's folder, sorted, without Python's caches."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return sorted(path for path in found if "__pycache__" not in path.parts)


def _file_hash(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""

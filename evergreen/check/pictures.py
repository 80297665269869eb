"""Figures that differ, drawn side by side into files that the report names."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

from evergreen.check.figures import beside
from evergreen.model import PostCheck


def draw(folder: Path, root: Path, post: PostCheck) -> PostCheck:
    """The check with the file of each figure that drifted; those of its last check are removed.

    Files are named by the post: `2026-01-01-slug-1a2b-3-1.png` is the first of its third cell.
    """
    mark = hashlib.sha256(post.path.encode()).hexdigest()[:4]
    name = f"{post.path.rpartition('/')[2].removesuffix('.md')}-{mark}"
    for old in folder.glob("*.png"):
        if old.name.startswith(f"{name}-"):
            old.unlink(missing_ok=True)
    differences = []
    for number, each in enumerate(post.differences, 1):
        if len(each.pictures) == 2 and each.matters:
            place = folder / f"{name}-{each.cell}-{number}.png"
            place.parent.mkdir(parents=True, exist_ok=True)
            temporary = place.with_suffix(".part")
            temporary.write_bytes(beside(*each.pictures))
            temporary.replace(place)
            each = replace(each, picture=place.relative_to(root).as_posix())
        differences.append(each)
    return replace(post, differences=tuple(differences))

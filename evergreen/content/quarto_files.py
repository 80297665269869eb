"""Names of the files in which a project of Quarto or MyST has metadata for several posts."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

PROJECT = ("_quarto.yml", "_quarto.yaml")
METADATA = ("_metadata.yml", "_metadata.yaml")
MYST_PROJECT = "myst.yml"
"""The file of a MyST project, whose Markdown files are all MyST."""
POSTS = "posts"


def is_shared_file(path: str) -> bool:
    """True for the path, in a blog, of a file with metadata for several posts."""
    return path in (*PROJECT, MYST_PROJECT) or PurePosixPath(path).name in METADATA


def has_shared_files(root: Path) -> bool:
    """True if a blog is such a project: then folders below that of the posts are looked at."""
    names = (*PROJECT, MYST_PROJECT, *(f"{POSTS}/{name}" for name in METADATA))
    return any((root / name).is_file() for name in names)

"""What a Quarto project says about all posts of a folder: `_quarto.yml` in the blog's folder, and
`_metadata.yml` in the folder of posts or one below it.

Only the keys about a post are read, for posts that Quarto would read; a post's own keys go first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from evergreen.content.frontmatter import FrontMatter
from evergreen.content.myst_project import merge, read_projects, read_values
from evergreen.content.quarto_files import METADATA, POSTS, PROJECT
from evergreen.model import Site

_KEYS = (
    "author categories date-format execute format bibliography jupyter number-sections toc"
    " code-fold lang draft"
).split()
_OF_RUNS = ("echo", "warning", "eval", "output", "include", "error")
_OF_FORMAT = ("toc", "number-sections", "bibliography")
"""Keys of `format: {html: …}` that a post may also have itself."""
_SUFFIXES = (".qmd", ".rmd", ".ipynb")


def read_shared(root: Path) -> Mapping[str, Mapping[str, Any]]:
    """Return the metadata for all posts below a folder, by the folder's path; "" is the blog. A
    MyST project has an entry by the path of its `myst.yml`.

    Raises SettingsError if a file is not valid.
    """
    found: dict[str, Mapping[str, Any]] = {}
    for name in PROJECT:
        if (root / name).is_file():
            found[""] = _read(root, name)
    for name in METADATA:
        for file in sorted((root / POSTS).rglob(name)):
            path = file.relative_to(root).as_posix()
            found[path.rpartition("/")[0]] = _read(root, path)
    found = {folder: values for folder, values in found.items() if values}
    return {**found, **dict(read_projects(root))}


def with_shared(front_matter: FrontMatter, site: Site) -> FrontMatter:
    """Return the front matter of a post with what its folders say about all their posts."""
    if not site.shared or not front_matter.path.lower().endswith(_SUFFIXES):
        return front_matter
    values: dict[str, Any] = {}
    for folder in _folders(front_matter.path):
        values = merge(values, site.shared.get(folder, {}))
    values = merge(values, front_matter.values)
    html = values["format"].get("html") if isinstance(values.get("format"), Mapping) else None
    if isinstance(html, Mapping):
        values = {**{key: html[key] for key in _OF_FORMAT if key in html}, **values}
    lines = {**dict.fromkeys(values, 1), **front_matter.lines}
    return replace(front_matter, values=values, lines=lines)


def _read(root: Path, path: str) -> Mapping[str, Any]:
    values = read_values(root, path)
    kept = {key: values[key] for key in _KEYS if key in values}
    if isinstance(runs := kept.get("execute"), Mapping):
        kept["execute"] = {key: value for key, value in runs.items() if key in _OF_RUNS}
    return kept


def _folders(path: str) -> Iterator[str]:
    """Yield the folders of a post, the blog's first."""
    yield ""
    parts = path.split("/")[:-1]
    yield from ("/".join(parts[: count + 1]) for count in range(len(parts)))

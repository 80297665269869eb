"""What a Quarto project says about all posts of a folder: `_quarto.yml` in the blog's folder, and
both it and `_metadata.yml` in the folder of posts, in that of pages or one below these.

Only the keys about a post are read, for posts that Quarto would read; a post's own keys go first.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from evergreen.content.frontmatter import FrontMatter, read_front_matter
from evergreen.content.myst_project import merge, read_projects, read_values
from evergreen.content.quarto_files import BOOKDOWN, METADATA, PROJECT, find_files
from evergreen.dataclass import replace
from evergreen.errors import EvergreenError
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
    files = [name for name in PROJECT if (root / name).is_file()]
    files += [BOOKDOWN] if (root / BOOKDOWN).is_file() else []
    for path in (*files, *find_files(root, (*PROJECT, *METADATA, BOOKDOWN))):
        folder = path.rpartition("/")[0]
        found[folder] = merge(found.get(folder, {}), _read(root, path))
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
    folder, _, name = path.rpartition("/")
    values = _of_book(root / folder / "index.Rmd") if name == BOOKDOWN else read_values(root, path)
    kept = {key: values[key] for key in _KEYS if key in values}
    if isinstance(runs := kept.get("execute"), Mapping):
        kept["execute"] = {key: value for key, value in runs.items() if key in _OF_RUNS}
    if files := kept.get("bibliography"):
        names = files if isinstance(files, list) else [files]
        kept["bibliography"] = [_from_blog(folder, str(each)) for each in names]
    return kept


def _of_book(index: Path) -> Mapping[str, Any]:
    """Return the references that the first chapter of a bookdown book names for all."""
    try:
        values = read_front_matter(index.name, index.read_bytes()).values
    except (OSError, EvergreenError):  # the second is reported when the chapter is read
        return {}
    return {key: values[key] for key in ("bibliography",) if key in values}


def _from_blog(folder: str, name: str) -> str:
    """Return the path of a file from the blog's folder, which a project names from its own."""
    path = posixpath.normpath(posixpath.join(folder, name))
    return name if path.startswith("../") or "://" in name else path


def _folders(path: str) -> Iterator[str]:
    """Yield the folders of a post, the blog's first."""
    yield ""
    parts = path.split("/")[:-1]
    yield from ("/".join(parts[: count + 1]) for count in range(len(parts)))

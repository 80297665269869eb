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
from evergreen.content.quarto_files import METADATA, MYST_PROJECT, POSTS, PROJECT
from evergreen.content.yaml_mapping import MappingError, read_mapping
from evergreen.errors import Problem, SettingsError
from evergreen.model import Site

_KEYS = (
    "author categories date-format execute format bibliography jupyter number-sections toc"
    " code-fold lang draft"
).split()
_OF_RUNS = ("echo", "warning", "eval", "output", "include", "error")
_OF_MYST = ("math", "substitutions")
"""Keys of a MyST project: macros for formulas, and texts in braces."""
_OF_FORMAT = ("toc", "number-sections", "bibliography")
"""Keys of `format: {html: …}` that a post may also have itself."""
_SUFFIXES = (".qmd", ".rmd", ".ipynb")


def read_shared(root: Path) -> Mapping[str, Mapping[str, Any]]:
    """Return the metadata for all posts below a folder, by the folder's path; "" is the blog. A
    MyST project has an entry by the name of its file.

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
    return {**found, **_myst_project(root)} if (root / MYST_PROJECT).is_file() else found


def _myst_project(root: Path) -> Mapping[str, Mapping[str, Any]]:
    """Return what `project` in a MyST project's file says about all its documents."""
    project = _values(root, MYST_PROJECT).get("project")
    values = project if isinstance(project, Mapping) else {}
    found = {key: values[key] for key in _OF_MYST if isinstance(values.get(key), Mapping)}
    return {MYST_PROJECT: found}


def with_project(front_matter: FrontMatter, site: Site) -> FrontMatter:
    """Return the front matter of a MyST document with what its project says about all."""
    shared = site.shared.get(MYST_PROJECT)
    if not shared:
        return front_matter
    values = _merged(shared, front_matter.values)
    lines = {**dict.fromkeys(values, 1), **front_matter.lines}
    return replace(front_matter, values=values, lines=lines)


def with_shared(front_matter: FrontMatter, site: Site) -> FrontMatter:
    """Return the front matter of a post with what its folders say about all their posts."""
    if not site.shared or not front_matter.path.lower().endswith(_SUFFIXES):
        return front_matter
    values: dict[str, Any] = {}
    for folder in _folders(front_matter.path):
        values = _merged(values, site.shared.get(folder, {}))
    values = _merged(values, front_matter.values)
    html = values["format"].get("html") if isinstance(values.get("format"), Mapping) else None
    if isinstance(html, Mapping):
        values = {**{key: html[key] for key in _OF_FORMAT if key in html}, **values}
    lines = {**dict.fromkeys(values, 1), **front_matter.lines}
    return replace(front_matter, values=values, lines=lines)


def _values(root: Path, path: str) -> Mapping[str, Any]:
    """Read a file of YAML. Raises SettingsError."""
    try:
        return read_mapping((root / path).read_text("utf-8-sig"), allow_duplicates=True)[0]
    except MappingError as error:
        raise SettingsError(Problem(path, 1, 0, error.message, error.advice)) from None
    except (OSError, UnicodeDecodeError) as error:
        message = f"cannot be read: {getattr(error, 'strerror', '') or 'it is not UTF-8'}"
        raise SettingsError(Problem(path, 0, 0, message, "fix or remove it")) from None


def _read(root: Path, path: str) -> Mapping[str, Any]:
    values = _values(root, path)
    kept = {key: values[key] for key in _KEYS if key in values}
    if isinstance(runs := kept.get("execute"), Mapping):
        kept["execute"] = {key: value for key, value in runs.items() if key in _OF_RUNS}
    return kept


def _folders(path: str) -> Iterator[str]:
    """Yield the folders of a post, the blog's first."""
    yield ""
    parts = path.split("/")[:-1]
    yield from ("/".join(parts[: count + 1]) for count in range(len(parts)))


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Return both mappings as one; where both have a value, a mapping is merged, else `above`
    counts."""
    found = dict(below)
    for key, value in above.items():
        mine = found.get(key)
        is_both = isinstance(mine, Mapping) and isinstance(value, Mapping)
        found[key] = _merged(mine, value) if is_both else value  # type: ignore[arg-type]
    return found

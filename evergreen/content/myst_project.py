"""What a MyST project says about all its documents: `myst.yml` of mystmd, `_config.yml` of Jupyter
Book, `conf.py` of Sphinx. They are in the blog's folder, in that of posts or of pages, or below.

A document's own keys go first.
"""

from __future__ import annotations

import ast
import posixpath
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Any

from evergreen.content.frontmatter import FrontMatter
from evergreen.content.quarto_files import (
    BOOK,
    EXCLUDED,
    MYST_FILES,
    MYST_PROJECT,
    MYSTMD,
    SPHINX,
    find_files,
    is_book,
    is_sphinx,
    matches,
    project_of,
)
from evergreen.content.yaml_mapping import MappingError, read_mapping
from evergreen.dataclass import replace
from evergreen.errors import Problem, SettingsError
from evergreen.model import Site

_NOT_RUN = "not run"
"""Key of a project's values: patterns of files that do not run."""
_OWN = (EXCLUDED, MYSTMD, _NOT_RUN)
_FILES = "bibliography"
_OF_MYST = ("math", "substitutions", "abbreviations")
"""Keys of `project` that are mappings: macros for formulas, texts in braces, meanings."""


def read_projects(root: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the path of each project's `myst.yml`, which a Jupyter Book need not have, and what the
    project says. Raises SettingsError if a file is not valid."""
    found: dict[str, Mapping[str, Any]] = {}
    for path in (*MYST_FILES, *find_files(root, MYST_FILES)):
        file, folder = root / path, path.rpartition("/")[0]
        if file.name == MYST_PROJECT and file.is_file():
            found[folder] = {**found.get(folder, {}), **_of_mystmd(read_values(root, path), folder)}
        elif file.name == BOOK and is_book(file):
            found[folder] = {**_of_book(read_values(root, path), folder), **found.get(folder, {})}
        elif file.name == SPHINX and is_sphinx(file):
            config = {"sphinx": {"config": _assigned(file)}}
            found[folder] = {**_of_book(config, folder), **found.get(folder, {})}
    yield from ((posixpath.join(folder, MYST_PROJECT), each) for folder, each in found.items())


def with_project(front_matter: FrontMatter, site: Site) -> FrontMatter:
    """Return the front matter of a MyST document with what its project says about all."""
    project = project_of(front_matter.path, site.shared)
    if not project:
        return front_matter
    patterns = project.get(_NOT_RUN, ())
    if any(_is_named(front_matter.path, folder, names) for folder, names in patterns):
        project["execute"] = {**project.get("execute", {}), "enabled": False}
    if "execute" in project and front_matter.path.endswith(".ipynb"):
        project["execute"] = _stored(project["execute"])
    beside = posixpath.dirname(front_matter.path)
    files = [posixpath.relpath(each, beside or ".") for each in project.get(_FILES, ())]
    shared = {key: each for key, each in project.items() if key not in _OWN}
    shared |= {_FILES: files} if files else {}
    values = merge(shared, front_matter.values)
    lines = {**dict.fromkeys(values, 1), **front_matter.lines}
    return replace(front_matter, values=values, lines=lines)


def read_values(root: Path, path: str) -> Mapping[str, Any]:
    """Read a file of YAML. Raises SettingsError."""
    try:
        return read_mapping((root / path).read_text("utf-8-sig"), allow_duplicates=True)[0]
    except MappingError as error:
        raise SettingsError(Problem(path, 1, 0, error.message, error.advice)) from None
    except (OSError, UnicodeDecodeError) as error:
        message = f"cannot be read: {getattr(error, 'strerror', '') or 'it is not UTF-8'}"
        raise SettingsError(Problem(path, 0, 0, message, "fix or remove it")) from None


def merge(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Return both mappings as one; where both have a value, a mapping is merged, else `above`
    counts."""
    found = dict(below)
    for key, value in above.items():
        mine = found.get(key)
        is_both = isinstance(mine, Mapping) and isinstance(value, Mapping)
        found[key] = merge(mine, value) if is_both else value  # type: ignore[arg-type]
    return found


def _assigned(file: Path) -> dict[str, Any]:
    """Return the values that a Python file gives to names, as far as they are written there; it
    does not run."""
    found: dict[str, Any] = {}
    with suppress(OSError, SyntaxError, ValueError):
        for node in ast.parse(file.read_text("utf-8", "replace")).body:
            if isinstance(node, ast.Assign) and isinstance(name := node.targets[0], ast.Name):
                with suppress(ValueError, TypeError):
                    found[name.id] = ast.literal_eval(node.value)
    return found


def _of_mystmd(values: Mapping[str, Any], folder: str) -> dict[str, Any]:
    """Return what `project` in a `myst.yml` says."""
    project = _part(values, "project")
    found = {key: project[key] for key in _OF_MYST if isinstance(project.get(key), Mapping)}
    found |= _bibliography(project.get(_FILES), folder)
    return {**found, MYSTMD: True, EXCLUDED: _texts(project.get("exclude"))}


def _of_book(values: Mapping[str, Any], folder: str) -> dict[str, Any]:
    """Return what a Jupyter Book's `_config.yml` says, which has Sphinx's settings too."""
    sphinx = _part(_part(values, "sphinx"), "config")
    parse, runs = _part(values, "parse"), _part(values, "execute")
    own = {**sphinx, **parse}
    tex = _part(_part(own, "mathjax3_config"), "tex")
    found: dict[str, Any] = {
        "substitutions": _part(own, "myst_substitutions"),
        "math": {str(name).lstrip("\\"): each for name, each in _part(tex, "macros").items()},
        "execute": _execute(runs, sphinx),
    }
    found = {key: each for key, each in found.items() if each}
    extensions = own.get("myst_enable_extensions")
    if isinstance(extensions, list) and "dollarmath" not in extensions:
        found["mathjax"] = False
    bibliographies = values.get("bibtex_bibfiles") or sphinx.get("bibtex_bibfiles")
    skipped = [*_texts(runs.get("exclude_patterns"))]
    skipped += _texts(sphinx.get("nb_execution_excludepatterns"))
    excluded = [*_texts(values.get("exclude_patterns")), *_texts(sphinx.get("exclude_patterns"))]
    return {
        **found,
        **_bibliography(bibliographies, folder),
        **({_NOT_RUN: ((folder, tuple(skipped)),)} if skipped else {}),
        EXCLUDED: tuple(excluded),
    }


def _execute(runs: Mapping[str, Any], sphinx: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a book says about running code, with our names."""
    mode = runs.get("execute_notebooks", sphinx.get("nb_execution_mode", "auto"))
    timeout = runs.get("timeout", sphinx.get("nb_execution_timeout"))
    errors = runs.get("allow_errors", sphinx.get("nb_execution_allow_errors"))
    found: dict[str, Any] = {}
    if mode is False or mode == "off":
        found["enabled"] = False
    if isinstance(timeout, (int, float)) and not isinstance(timeout, bool) and timeout > 0:
        found["timeout"] = timeout
    if isinstance(errors, bool):
        found["allow_errors"] = errors
    return found


def _stored(execute: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options for a notebook: one that does not run shows its saved results."""
    stored = {"stored": True} if execute.get("enabled") is False else {}
    return {**{key: each for key, each in execute.items() if key != "enabled"}, **stored}


def _is_named(path: str, folder: str, patterns: tuple[str, ...]) -> bool:
    """True if a file is one of those that do not run, by Sphinx's patterns or by those of a
    path's end."""
    return matches(path, folder, patterns) or any(
        PurePosixPath(path).match(each) for each in patterns if each
    )


def _bibliography(given: Any, folder: str) -> dict[str, Any]:
    """Return the files with references, from the blog's folder; those on the web are left out."""
    names = [posixpath.join(folder, name) for name in _texts(given) if "://" not in name]
    return {_FILES: names} if names else {}


def _part(values: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """Return the mapping at a key; {} if there is none."""
    value = values.get(key)
    return value if isinstance(value, Mapping) else {}


def _texts(value: Any) -> tuple[str, ...]:
    """Return a text, or a list of texts, as texts."""
    given = value if isinstance(value, list) else [value]
    return tuple(each for each in given if isinstance(each, str) and each)

"""Names of the files in which a project of Quarto, MyST or Jupyter Book has metadata for several
posts, and which posts are a part of one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Any

from evergreen.regex import regex

PROJECT = ("_quarto.yml", "_quarto.yaml")
METADATA = ("_metadata.yml", "_metadata.yaml")
MYST_PROJECT = "myst.yml"
"""The file of a MyST project, whose Markdown files are all MyST."""
BOOK = "_config.yml"
"""The file of a Jupyter Book, which is a MyST project; a Jekyll blog's has the same name."""
SPHINX = "conf.py"
"""The configuration of Sphinx, whose Markdown files are MyST if it names its parser."""
POSTS = "posts"
MYST_FILES = (MYST_PROJECT, BOOK, SPHINX)
EXCLUDED = "exclude"
"""Key of a project's values: patterns of files that are no posts."""
_Shared = Mapping[str, Mapping[str, Any]]


def is_shared_file(path: str) -> bool:
    """True for the path, in a blog, of a file with metadata for several posts."""
    return path in PROJECT or PurePosixPath(path).name in (*METADATA, *MYST_FILES)


def has_shared_files(root: Path) -> bool:
    """True if a blog is such a project: then folders below that of the posts are looked at."""
    names = (*PROJECT, MYST_PROJECT, *(f"{POSTS}/{name}" for name in (*METADATA, MYST_PROJECT)))
    return any((root / name).is_file() for name in names) or any(
        is_book(root / folder / BOOK) or is_sphinx(root / folder / SPHINX) for folder in ("", POSTS)
    )


def is_book(file: Path) -> bool:
    """True if a file is the configuration of a Jupyter Book: it has a key that only such a book
    has, or its table of contents beside it."""
    if not file.is_file():
        return False
    with suppress(OSError):
        text = file.read_text("utf-8", "replace")
        return (file.parent / "_toc.yml").is_file() or _OF_BOOK.search(text) is not None
    return False


def is_sphinx(file: Path) -> bool:
    """True if a file is a configuration of Sphinx with a parser of MyST."""
    if not file.is_file():
        return False
    with suppress(OSError):
        return _OF_SPHINX.search(file.read_text("utf-8", "replace")) is not None
    return False


def project_of(path: str, shared: _Shared) -> dict[str, Any] | None:
    """Return what the MyST projects around a file say about it, the nearest last; None if there
    are none."""
    found = [values for _, values in _around(path, shared)]
    if not found:
        return None
    merged: dict[str, Any] = {}
    for values in found:
        merged.update(values)
    return merged


def is_project(path: str, shared: _Shared) -> bool:
    """True if a file is a part of a MyST project."""
    return any(True for _ in _around(path, shared))


def is_excluded(path: str, shared: _Shared) -> bool:
    """True if the project of a file leaves it out."""
    return any(
        matches(path, folder, values.get(EXCLUDED, ())) for folder, values in _around(path, shared)
    )


def matches(path: str, folder: str, patterns: Sequence[str]) -> bool:
    """True if one of Sphinx's patterns, which are relative to a folder, names a file or a folder
    that it is in."""
    inside = PurePosixPath(path.removeprefix(f"{folder}/") if folder else path)
    names = [str(inside), *(str(above) for above in inside.parents)]
    return any(re.fullmatch(_pattern(each), name) for each in patterns for name in names)


def _around(path: str, shared: _Shared) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the folders around a file with a MyST project, the outermost first, and its values."""
    if not shared:
        return
    parts = path.split("/")
    for count in range(len(parts)):
        folder = "/".join(parts[:count])
        if (values := shared.get(f"{folder}/{MYST_PROJECT}".lstrip("/"))) is not None:
            yield folder, values


def _pattern(glob: str) -> str:
    """Return a pattern of Sphinx as a regular expression."""
    parts = re.split(r"(\*\*/?|\*|\?)", glob.removeprefix("./").rstrip("/"))
    return "".join(_WILD.get(part, re.escape(part)) for part in parts)


_OF_SPHINX = regex(r"[\"'](?:myst_parser|myst_nb|jupyter_book)[\"']")
_WILD = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
_OF_BOOK = regex(
    r"^(?:sphinx|parse|bibtex_bibfiles|only_build_toc_files|launch_buttons)[ \t]*:"
    r"|^[ \t]+execute_notebooks[ \t]*:",
    re.M,
)

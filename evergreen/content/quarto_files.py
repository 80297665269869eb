"""Names of the files in which a project of Quarto, MyST or Jupyter Book has metadata for several
posts, and which posts are a part of one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Any

from evergreen.errors import Problem
from evergreen.regex import regex

PROJECT = ("_quarto.yml", "_quarto.yaml")
BOOKDOWN = "_bookdown.yml"
"""The file of a book of R Markdown, whose first chapter names the references of all."""
METADATA = ("_metadata.yml", "_metadata.yaml")
MYST_PROJECT = "myst.yml"
"""The file of a MyST project, whose Markdown files are all MyST."""
BOOK = "_config.yml"
"""The file of a Jupyter Book, which is a MyST project; a Jekyll blog's has the same name."""
SPHINX = "conf.py"
"""The configuration of Sphinx, whose Markdown files are MyST if it names its parser."""
POSTS = "posts"
SOURCES = (POSTS, "pages")
"""Folders that a project can be in, besides the blog's own."""
MYST_FILES = (MYST_PROJECT, BOOK, SPHINX)
MYSTMD = "made for mystmd"
"""Key of a project's values that is set if it has a `myst.yml`."""
EXCLUDED = "exclude"
"""Key of a project's values: patterns of files that are no posts."""
_Shared = Mapping[str, Mapping[str, Any]]


def is_shared_file(path: str) -> bool:
    """True for the path, in a blog, of a file with metadata for several posts."""
    return PurePosixPath(path).name in (*PROJECT, *METADATA, BOOKDOWN, *MYST_FILES)


def has_shared_files(root: Path) -> bool:
    """True if a blog is such a project: then folders below that of the posts are looked at."""
    folders = (root, *(root / name for name in SOURCES))
    return any((root / SOURCES[0] / name).is_file() for name in METADATA) or any(
        any((folder / name).is_file() for name in (*PROJECT, BOOKDOWN, MYST_PROJECT))
        or is_book(folder / BOOK)
        or is_sphinx(folder / SPHINX)
        for folder in folders
    )


def left_out(root: Path) -> Iterator[Problem]:
    """Yield a warning for each document of a project that is the blog's own folder which is beside
    posts/ and pages/: only there are documents read."""
    if not any((root / name).is_file() for name in (*PROJECT, BOOKDOWN)):
        return
    for path in sorted(root.iterdir()):
        if path.suffix.lower() in (".qmd", ".rmd", ".ipynb") and path.name[0] not in "._":
            what = "a document that is neither in posts/ nor in pages/ is not read"
            yield Problem(path.name, 0, 0, what, "move it to pages/", "warning")


def find_files(root: Path, names: Sequence[str]) -> Iterator[str]:
    """Yield the paths of the files with one of the names in the folders of sources, or below."""
    found = (each for folder in SOURCES for name in names for each in (root / folder).rglob(name))
    yield from (each.relative_to(root).as_posix() for each in sorted(found))


def is_document(path: str, shared: _Shared) -> bool:
    """True if the tool of a project makes a page of a file, whatever its name and folder: of all
    its documents, but for those below a folder whose name begins with an underscore."""
    if not shared or any(part.startswith("_") for part in path.split("/")):
        return False
    file = PurePosixPath(path)
    if file.suffix in _OF_MYST and is_project(path, shared):
        return True
    is_read = file.suffix.lower() in _OF_QUARTO and file.stem.upper() != "README"
    return is_read and is_quarto(path, shared)


def is_quarto(path: str, shared: _Shared) -> bool:
    """True if a file is a part of a project of Quarto."""
    folders = (str(above) for above in PurePosixPath(path).parents) if shared else ()
    return any(("" if folder == "." else folder) in shared for folder in folders)


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


def project_folder(path: str, shared: _Shared) -> str:
    """Return the folder of the MyST project that a file is in; its own without one."""
    folders = [folder for folder, _ in _around(path, shared)]
    return folders[-1] if folders else path.rpartition("/")[0]


def is_mystmd(path: str, shared: _Shared) -> bool:
    """True if a file is a part of a project of mystmd, not of Sphinx."""
    return any(values.get(MYSTMD) for _, values in _around(path, shared))


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


_OF_MYST = (".md", ".ipynb")
_OF_QUARTO = (".qmd", ".rmd", ".ipynb")
_OF_SPHINX = regex(r"[\"'](?:myst_parser|myst_nb|jupyter_book)[\"']")
_WILD = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
_OF_BOOK = regex(
    r"^(?:sphinx|parse|bibtex_bibfiles|only_build_toc_files|launch_buttons)[ \t]*:"
    r"|^[ \t]+execute_notebooks[ \t]*:",
    re.M,
)

"""Classify the files of a Jekyll blog by Jekyll's rules (its `EntryFilter` and readers): posts,
drafts, pages and static files.

Nothing outside the blog is read, even through symlinks.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from evergreen.dataclass import dataclass
from evergreen.errors import fault
from evergreen.model import Collection, JekyllConfig
from evergreen.paths import OWN, open_nonblocking, points_outside
from evergreen.regex import regex

DRAFTS, POSTS = "_drafts", "_posts"
NOTEBOOK = ".ipynb"
_NOTEBOOKS = "_notebooks"
"""Folder whose notebooks fastpages converts to posts."""
DATED = regex(r"(?:.+/)?(\d{2,4}-\d{1,2}-\d{1,2})-([^/]*)(\.[^./]+)")
"""The path of a post: date, slug, suffix."""
_UNDATED = regex(r"(?:.+/)?([^/]*)(\.[^./]+)")
_SPECIAL = (".", "_", "#", "~")
HTML = (".html", ".htm", ".xhtml")
_HEADER = regex(rb"---[ \t\r\f\v]*\n")


@dataclass(frozen=True, slots=True)
class JekyllFiles:
    """The files of a blog, as paths relative to it, sorted."""

    posts: tuple[str, ...] = ()
    """Posts and drafts."""
    pages: tuple[str, ...] = ()
    """With a front matter, in Markdown or HTML: pages, and documents of collections."""
    hidden: tuple[str, ...] = ()
    """Documents of collections that have no page: only Liquid reads them."""
    others: tuple[str, ...] = ()
    """With a front matter, in another language: feeds, scripts, style sheets."""
    static: tuple[str, ...] = ()


def find_files(root: Path, jekyll: JekyllConfig) -> JekyllFiles:
    """Find all files that Jekyll would read or copy. Raises EvergreenError if a folder cannot be
    read.
    """
    return JekyllFiles(*(tuple(sorted(paths)) for paths in _classify(root, jekyll)))


def ignored_files(root: Path, jekyll: JekyllConfig) -> list[str]:
    """Return the files in folders of posts and drafts that are neither, and lost notebooks."""
    known = set(find_files(root, jekyll).posts)
    folders = [folder for folder, _ in _folders(root, jekyll)]
    bases = [f"{folder}{name}" for folder in folders for name in (POSTS, DRAFTS)]
    return [
        path
        for base in (*bases, _NOTEBOOKS)
        if (root / base).is_dir() and not (root / base).is_symlink()
        for path in _below(root, base)
        if path not in known and (base != _NOTEBOOKS or path.endswith(NOTEBOOK))
    ]


def collection_of(path: str, jekyll: JekyllConfig) -> Collection | None:
    """Return the collection that a source file belongs to, by its path."""
    return next((each for each in jekyll.collections if path.startswith(f"{each.folder}/")), None)


def relative_path(path: str, jekyll: JekyllConfig) -> str:
    """Return a path as Jekyll names the file: that of a document begins at the folder of
    collections.
    """
    return path.removeprefix(f"{jekyll.collections_dir}/") if jekyll.collections_dir else path


def kind_of(path: str, jekyll: JekyllConfig) -> str:
    """Return whether a source file belongs to `posts`, `drafts`, `pages` or a collection, by its
    path.
    """
    if collection := collection_of(path, jekyll):
        return collection.name
    folders = path.split("/")[:-1]
    if POSTS in folders:
        return "posts"
    return "drafts" if DRAFTS in folders else "pages"


def is_markdown(path: str, jekyll: JekyllConfig) -> bool:
    """True if a file is Markdown, by its suffix."""
    return PurePosixPath(path).suffix.lower() in jekyll.markdown


def _classify(
    root: Path, jekyll: JekyllConfig
) -> tuple[set[str], set[str], set[str], set[str], set[str]]:
    posts: set[str] = set()
    pages: set[str] = set()
    hidden: set[str] = set()
    others: set[str] = set()
    static: set[str] = set()
    files: list[str] = []
    for folder, names in _folders(root, jekyll):
        if f"{folder}/".startswith(f"{jekyll.collections_dir}/" if jekyll.collections_dir else ""):
            posts.update(_posts(root, folder, jekyll))
        files += (f"{folder}{name}" for name in names)
    for collection in jekyll.collections:
        documents = _documents(root, collection, jekyll)
        if collection.output:
            files += documents
        else:
            hidden.update(path for path in documents if _has_header(root / path))
    for path in files:
        if not _has_header(root / path):
            static.add(path)
        elif is_markdown(path, jekyll) or path.endswith(HTML):
            pages.add(path)
        else:
            others.add(path)
    return posts - pages, pages, hidden - pages, others, static


def _folders(root: Path, jekyll: JekyllConfig, folder: str = "") -> Iterator[tuple[str, list[str]]]:
    """Yield each folder that Jekyll enters, as `a/b/`, with its files that Jekyll does not skip."""
    entries = [entry for entry in _entries(root, folder) if not _is_excluded(entry, folder, jekyll)]
    yield folder, [entry.name for entry in entries if not entry.is_dir()]
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            yield from _folders(root, jekyll, f"{folder}{entry.name}/")


def _entries(root: Path, folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(root / folder) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        raise fault(
            folder or ".", f"cannot be read: {error.strerror}", "fix its permissions"
        ) from None
    inside = root.resolve()
    return [
        each for each in found if not each.is_symlink() or not points_outside(inside, each.path)
    ]


def _is_excluded(entry: os.DirEntry[str], folder: str, jekyll: JekyllConfig) -> bool:
    name, path = entry.name, f"{folder}{entry.name}"
    if name.endswith(".") or not name.isprintable():
        return True
    if any(_matches(pattern, name, entry.is_dir()) for pattern in jekyll.include):
        return False
    if any(_matches(pattern, path, entry.is_dir()) for pattern in jekyll.exclude):
        return True
    return name.startswith(_SPECIAL) or name.endswith("~") or _is_site(entry)


def _is_site(entry: os.DirEntry[str]) -> bool:
    """True for a folder with a published site of ours."""
    return entry.is_dir() and Path(entry.path, OWN).exists()


def _posts(root: Path, folder: str, jekyll: JekyllConfig) -> Iterator[str]:
    """Yield the posts and drafts in a folder's `_posts` and `_drafts`, at any depth."""
    for name, pattern in ((POSTS, DATED), (DRAFTS, _UNDATED)):
        base = f"{folder}{name}"
        if (root / base).is_dir() and not (root / base).is_symlink():
            for path in _below(root, base):
                inner = path[len(base) + 1 :]
                if pattern.fullmatch(inner) and not _is_ignored(inner, path, jekyll):
                    yield path


def _documents(root: Path, collection: Collection, jekyll: JekyllConfig) -> list[str]:
    """Return the files of a collection, at any depth."""
    folder = root / collection.folder
    if folder.is_symlink() or not folder.is_dir():
        return []
    begin = len(collection.folder) + 1
    paths = _below(root, collection.folder)
    return [path for path in paths if not _is_skipped(path[begin:], path, jekyll)]


def _below(root: Path, folder: str) -> Iterator[str]:
    for entry in _entries(root, f"{folder}/"):
        path = f"{folder}/{entry.name}"
        if entry.name.startswith("."):
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _below(root, path)
        elif not entry.is_dir():
            yield path


def _is_ignored(inner: str, path: str, jekyll: JekyllConfig) -> bool:
    if any(_matches(pattern, inner, False) for pattern in jekyll.include):
        return False
    known = is_markdown(path, jekyll) or path.endswith(HTML)
    return not known or _is_skipped(inner, path, jekyll)


def _is_skipped(inner: str, path: str, jekyll: JekyllConfig) -> bool:
    """True if Jekyll skips a file of a collection; `inner` is its path below the folder."""
    name = inner.rpartition("/")[2]
    if any(_matches(pattern, each, False) for pattern in jekyll.include for each in (inner, name)):
        return False
    excluded = any(_matches(pattern, path, False) for pattern in jekyll.exclude)
    special = inner.startswith(_SPECIAL) or name.startswith(_SPECIAL) or name.endswith("~")
    return excluded or special


def _matches(pattern: str, path: str, is_folder: bool) -> bool:
    """Match as Jekyll's `glob_include?`: a pattern, the beginning of a path, or a folder with its
    slash.
    """
    pattern, path = f"/{pattern.lstrip('/')}", f"/{path}"
    if path.startswith(pattern) or (is_folder and pattern == f"{path}/"):
        return True
    return any(sign in pattern for sign in "*?[") and fnmatchcase(path, pattern)


def _has_header(file: Path) -> bool:
    try:
        with open(file, "rb", opener=open_nonblocking) as f:
            return bool(_HEADER.match(f.read(80)))
    except OSError:
        return False

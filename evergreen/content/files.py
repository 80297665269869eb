"""Find the source files of a blog, and read them.

Only regular files inside the blog are read.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from evergreen.content.formats import SUFFIXES
from evergreen.content.frontmatter import MAX_BYTES, too_large
from evergreen.errors import EvergreenError, Problem, fault
from evergreen.packaged import TEMPLATES, THEMES
from evergreen.paths import flaw, open_nonblocking, points_outside


def source_files(root: Path, name: str, suffixes: tuple[str, ...] = SUFFIXES) -> Iterator[str]:
    """Yield the paths of all sources below a folder, relative to the root; Python files only if
    they begin as a post does.

    Hidden files are skipped, symlinked folders are not entered. Other things than files are yielded
    too if they have the name of a source, so that `read_source` reports them. Raises EvergreenError
    if a folder cannot be read, since posts would be missing.
    """
    try:
        entries = sorted(os.scandir(root / name), key=lambda entry: entry.name)
    except FileNotFoundError:
        return
    except OSError as error:
        raise fault(
            printable(name), f"cannot be read: {error.strerror}", "fix its permissions"
        ) from None
    for entry in entries:
        path = f"{name}/{entry.name}"
        if entry.name.startswith("."):
            continue
        if entry.name.endswith(suffixes) and _may_be_source(entry.path):
            yield path
        if entry.is_dir(follow_symlinks=False):
            yield from source_files(root, path, suffixes)


def _may_be_source(file: str) -> bool:
    if not file.endswith(".py"):
        return True
    from evergreen.content.formats.scripts import is_script  # late: few blogs have scripts

    try:
        with open(file, encoding="utf-8", errors="replace", opener=open_nonblocking) as script:
            return is_script(script.read(2_000), Path(file).name)
    except OSError:
        return False


def read_source(root: Path, path: str) -> bytes:
    """Return the bytes of a source file. Raises EvergreenError if it is not a file of the blog,
    cannot be read or is too large.
    """
    if wrong := _wrong_name(path):
        raise fault(printable(path), f"the file's name {wrong}", "rename it")
    links = (root / path, root / path.partition("/")[0])
    if any(link.is_symlink() for link in links) and points_outside(root.resolve(), root / path):
        raise EvergreenError(_refused(path))
    try:
        return _read(root / path, path)
    except IsADirectoryError:
        raise fault(path, "is a folder, not a file", "rename it") from None
    except OSError as error:
        raise fault(
            path, f"cannot be read: {error.strerror}", "fix its permissions or symlink"
        ) from None


def check_links(root: Path) -> None:
    """Raise EvergreenError with every symlink in templates or themes that points outside the blog,
    since these files are published.
    """
    inside = root.resolve()
    links = [
        link
        for folder in (root / TEMPLATES, root / THEMES)
        for link in ([folder] if folder.is_symlink() else filter(Path.is_symlink, _below(folder)))
    ]
    if found := [link for link in links if points_outside(inside, link)]:
        raise EvergreenError(*(_refused(link.relative_to(root).as_posix()) for link in found))


def printable(path: str) -> str:
    """Return a path as printable text: bytes that are not valid text are replaced."""
    text = path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return text if text.isprintable() else repr(text)[1:-1]


def _refused(path: str) -> Problem:
    advice = "replace it by the file itself: nothing outside the blog is published"
    return Problem(path, 0, 0, "a symlink that points outside the blog", advice)


def _below(folder: Path) -> Iterator[Path]:
    """Yield everything below a folder, without entering symlinked folders."""
    for here, folders, files in os.walk(folder):
        folders.sort()
        yield from (Path(here, name) for name in sorted([*folders, *files]))


def _wrong_name(path: str) -> str:
    try:
        path.encode()
    except UnicodeEncodeError:
        return "is not UTF-8"
    return flaw(path)


def _read(file: Path, path: str) -> bytes:
    with open(file, "rb", opener=open_nonblocking) as source:
        status = os.fstat(source.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise _not_a_file(path)
        if status.st_size > MAX_BYTES:
            raise too_large(path, status.st_size)
        return source.read()


def _not_a_file(path: str) -> EvergreenError:
    return fault(path, "is a pipe or a device, not a file", "remove it")

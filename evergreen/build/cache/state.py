"""The state that a build leaves for the next one: pages, and the inputs of published files.

A page is a pure function of its post's bytes, its execution, the settings, the templates and the
engine; its cache entry is valid while these are equal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from itertools import starmap
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from evergreen.build.cache import database
from evergreen.build.cache.pages import (
    CachedPage,
    StoredPages,
    pack_summary,
    part_of,
    unpack_summary,
)
from evergreen.build.cache.pickling import pack, unpack
from evergreen.dataclass import dataclass, replace
from evergreen.errors import Problem
from evergreen.model import Page
from evergreen.model.hashing import digest

if TYPE_CHECKING:
    from evergreen.site.tasks import FileTask


class CachedFile(NamedTuple):
    """A published file, and its key: hashes of its inputs."""

    inputs: str
    """A hash of all but the content of posts."""
    shows: tuple[str, ...]
    """The paths of the posts whose content is in it."""
    content: str
    """A hash of that content."""
    sha256: str
    """The file's own, lower-case hexadecimal; "" where the blog has one of its own in its place."""


@dataclass(frozen=True, slots=True)
class BuildState:
    """The state that a build begins with, and leaves."""

    base: str = ""
    """A hash of what all pages depend on: engine, settings, templates."""
    entries: Mapping[str, CachedPage] = field(default_factory=dict)
    """By the post's path."""
    made: Mapping[str, CachedFile] = field(default_factory=dict)
    """By the path of the file; those that no post has of its own."""
    metadata_hash: str = ""
    """A hash of what the pages tell of themselves: the same files are made while it is the same; ""
    where some could not be made."""
    left_out: frozenset[str] = frozenset()
    """The paths of posts that had no page of their own."""
    warnings: tuple[Problem, ...] = ()
    """About the site as a whole."""
    is_stale: bool = False
    """True if the last build had another base."""


def read_state(folder: Path, base: str) -> BuildState:
    """Read the last build's state; of another base only its pages, as last good ones."""
    try:
        found = database.read(folder)
        pages = StoredPages(folder)
        entries = {
            path: CachedPage(unpack_summary(summary), pages) for path, summary in found.summaries
        }
        known = dict(found.state)
        if known["base"] == base:
            files = {
                path: CachedFile(inputs, tuple(filter(None, shows.split("\0"))), content, sha256)
                for path, inputs, shows, content, sha256 in found.files
            }
            metadata_hash, left_out, warnings = unpack(known["outline"])
            return BuildState(base, entries, files, metadata_hash, left_out, warnings)
    except Exception:  # a file of another version can fail in any way; all is then made anew
        return BuildState(base)
    stale = {
        path: replace(entry, summary=entry.summary._replace(source="", stamp=()))
        for path, entry in entries.items()
    }
    return BuildState(base, stale, is_stale=True)


def write_state(
    folder: Path, before: BuildState, now: BuildState, tasks: Mapping[str, FileTask] | None = None
) -> None:
    """Leave a state for the next build. `before` is what was read, `tasks` are those, by path, of
    the files that were made now. Raises OSError.
    """
    entries, files = now.entries, now.made
    new = [entry for path, entry in entries.items() if entry is not before.entries.get(path)]
    remade = [entry for entry in new if not isinstance(entry.stored, StoredPages)]
    pages = [each for each in new if each.content or _is_whole(each.stored)]
    changed = {path: made for path, made in files.items() if made != before.made.get(path)}
    if before.is_stale:
        _read_stored(entries.values())
    digests = {entry.summary.digest for entry in entries.values()}
    rows = {
        "summaries": database.TableRows(
            lambda fresh: map(_summary_row, entries.values() if fresh else new), entries.keys()
        ),
        "outlines": database.TableRows(
            lambda fresh: map(_outline_row, entries.values() if fresh else remade), entries.keys()
        ),
        "contents": database.TableRows(lambda _: map(_content_row, pages), digests),
        "files": database.TableRows(
            lambda fresh: starmap(_file_row, (files if fresh else changed).items()), files.keys()
        ),
        "tasks": database.TableRows(
            lambda fresh: _task_rows(files if fresh else changed, tasks or {}), files.keys()
        ),
        "search": database.TableRows(
            lambda _: ((each.summary.digest, part_of(each)) for each in new if each.indexed),
            digests,
        ),
    }
    database.write(folder, now.base, pack((now.metadata_hash, now.left_out, now.warnings)), rows)


def task_key(task: FileTask, hooks: str = "") -> str:
    """Return a hash of a task's inputs besides posts, settings, templates and engine; `hooks` is
    one of the plugins that the file depends on, "" for none."""
    return digest(*filter(None, (task.inputs, hooks)))


def read_tasks(
    folder: Path,
    made: Mapping[str, CachedFile],
    paths: Sequence[str],
    hooks_of: Callable[[FileTask], str] = lambda task: "",
) -> list[FileTask] | None:
    """Read the tasks of files; None unless all are there and unchanged (see `task_key`)."""
    try:
        found = [unpack(task) for task in database.read_tasks(folder, paths)]
        same = all(task_key(task, hooks_of(task)) == made[task.path].inputs for task in found)
    except Exception:  # a damaged one can fail in any way
        return None
    return found if same and len(found) == len(paths) else None


def _read_stored(entries: Iterable[CachedPage]) -> None:
    """Read the stored pages of entries that are written again: a file is not read while it is
    written."""
    for entry in entries:
        if isinstance(entry.stored, StoredPages):
            entry.stored.packed  # noqa: B018 - it is kept


def _is_whole(stored: Page | bytes | StoredPages) -> bool:
    return isinstance(stored, Page) and not stored.slim


def _content_row(entry: CachedPage) -> tuple[str, bytes]:
    return entry.summary.digest, entry.content.read() if entry.content else pack(entry.stored)


def _summary_row(entry: CachedPage) -> tuple[str, bytes]:
    return entry.summary.page_links.path, pack_summary(entry.summary)


def _outline_row(entry: CachedPage) -> tuple[str, bytes]:
    return entry.summary.page_links.path, entry.packed


def _file_row(path: str, made: CachedFile) -> tuple[str, str, str, str, str]:
    return path, made.inputs, "\0".join(made.shows), made.content, made.sha256


def _task_rows(
    files: Mapping[str, CachedFile], tasks: Mapping[str, FileTask]
) -> Iterator[tuple[str, bytes]]:
    """Yield the tasks of files that show the content of posts; those that a file of the blog
    replaces, which have no hash, are not asked for."""
    shown = (path for path, made in files.items() if made.shows and made.sha256)
    return ((path, pack(tasks[path])) for path in shown)

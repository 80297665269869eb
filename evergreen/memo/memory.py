"""What a build remembers for the next one: each post as it was read, each page as it was made, and
of which inputs each published file was made.

A page is a pure function of its post's bytes, its execution, the settings, the templates and the
engine; so its memory is good while these are equal. An index holds what lists need of every page;
a page's content lies apart (see `contents`) and is read only when somebody wants it.
"""

from __future__ import annotations

import hashlib
import os
import pickle
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from evergreen.errors import Problem
from evergreen.memo import contents
from evergreen.memo.pickling import dumps
from evergreen.model import Artifact, Kept, Page

INDEX = "index.pickle"


@dataclass(frozen=True, slots=True)
class Entry:
    """A page that was made, and of what."""

    source: str
    """The SHA-256 of its post's file."""
    page: Page
    """Without the content, and with its files as `Kept`: see `whole`."""
    key: str = ""
    """The execution key; "" where the post has no code that may run."""
    record: str = ""
    """What names the execution that is shown; "" where the code was not run."""
    problems: tuple[Problem, ...] = ()
    """Warnings, to be told in each build."""


@dataclass(frozen=True, slots=True)
class Memory:
    """The state that a build begins with, and leaves."""

    base: str = ""
    """A hash of what all pages depend on: engine, settings, templates."""
    entries: Mapping[str, Entry] = field(default_factory=dict)
    """By the post's path."""
    made: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Path of each published file → a hash of what it was made of, and its own."""


class LostPage(Exception):
    """The content of a page that is remembered is not there, or damaged."""


def read_memory(folder: Path, base: str) -> Memory:
    """What the last build left. Under another base only its pages count, as last good ones."""
    try:
        memory = pickle.loads((folder / INDEX).read_bytes())
    except Exception:  # a file of another version can fail in any way; all is then made anew
        return Memory(base)
    if not isinstance(memory, Memory):
        return Memory(base)
    if memory.base == base:
        return memory
    stale = {path: replace(entry, source="") for path, entry in memory.entries.items()}
    return Memory(base, stale)


def write_memory(folder: Path, memory: Memory, fresh: Sequence[Page]) -> None:
    """Leave a state for the next build; `fresh` are the pages that were made now, whole."""
    kept = {entry.page.digest for entry in memory.entries.values()}
    contents.write(folder, lambda: ((page.digest, dumps(page)) for page in fresh), kept)
    _write(folder / INDEX, dumps(memory))


def slim(page: Page) -> Page:
    """The page as the index holds it: without what no other page shows of it."""
    if page.slim:
        return page
    files = tuple(
        replace(file, content=Kept(_content_digest(file.content))) for file in page.artifacts
    )
    post = replace(page.post, body="")
    links = tuple(link for link in page.hyperlinks if link.path is not None or link.flaw)
    return replace(
        page, slim=True, content="", toc=(), post=post, artifacts=files, hyperlinks=links
    )


def whole(folder: Path, page: Page) -> Page:
    """The page with its content and files. Raises LostPage where they cannot be had."""
    if not page.slim:
        return page
    try:
        found = pickle.loads(contents.read(folder, page.digest))
    except Exception:  # a damaged one can fail in any way
        raise LostPage(page.post.path) from None
    if not isinstance(found, Page) or found.digest != page.digest:
        raise LostPage(page.post.path)
    return found


def digest(*parts: str | bytes) -> str:
    """SHA-256 of texts and bytes, each with its length."""
    found = hashlib.sha256()
    for part in parts:
        content = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        found.update(len(content).to_bytes(8, "little"))
        found.update(content)
    return found.hexdigest()


def published_now(artifacts: Iterable[Artifact]) -> dict[str, tuple[str, str]]:
    """What `Memory.made` says of the files of a site."""
    return {
        artifact.path: (digest(artifact.inputs), _content_digest(artifact.content))
        for artifact in artifacts
        if artifact.inputs
    }


def _content_digest(content: Any) -> str:
    return content.sha256 if isinstance(content, Kept) else hashlib.sha256(content).hexdigest()


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_bytes(content)
    temporary.replace(path)

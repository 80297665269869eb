"""The search index of a build: made beside the pages, or amended where an edit changes it.

Each page's part of the index is made with the page and cached. The posts are numbered by age, so
that a new one leaves the numbers of the others as they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from itertools import zip_longest

from evergreen.build.cache import database
from evergreen.build.cache.pages import CachedPage, part_of
from evergreen.build.cache.state import CachedFile
from evergreen.build.project import Project
from evergreen.build.search_parts import is_found, unpack_part
from evergreen.build.spool import SpooledContent
from evergreen.dataclass import dataclass
from evergreen.model import Artifact, ExistingContent
from evergreen.model.hashing import digest, sha256
from evergreen.site.search.index import (
    FOLDER,
    INDEX,
    PostChange,
    SearchIndex,
    amend_index,
    make_index,
)
from evergreen.site.search.post import IndexedPost, index_post

_MOST_CHANGES = 8
"""With more changes, or a tenth of all posts, the whole index is made."""


@dataclass(frozen=True, slots=True)
class SearchFiles:
    """The files of the index, with their keys for the next build."""

    artifacts: Sequence[Artifact] = ()
    keys: Mapping[str, CachedFile] = field(default_factory=dict)


def find_search_files(
    project: Project, pages: Mapping[str, CachedPage], published: Mapping[str, str]
) -> SearchFiles:
    """Return the index of these pages; `published` are the SHA-256 of the published files."""
    if not project.options.site.search:
        return SearchFiles()
    return _Search(project, _numbered(pages), published).find()


def is_index_file(path: str) -> bool:
    """True for a file of the search index."""
    return path.startswith(f"{FOLDER}/")


def _numbered(pages: Mapping[str, CachedPage]) -> list[CachedPage]:
    """Return the pages that can be found, oldest first."""
    found = [entry for entry in pages.values() if is_found(entry.summary.page_links.file)]
    return sorted(found, key=lambda entry: (entry.summary.date, entry.summary.page_links.path))


@dataclass(frozen=True, slots=True)
class _Search:
    project: Project
    pages: Sequence[CachedPage]
    published: Mapping[str, str]

    def find(self) -> SearchFiles:
        index = self._kept() or self._amended() or make_index(list(self._parts(self.pages)))
        artifacts = [Artifact(path, self._content(index, path)) for path in sorted(index.paths)]
        keys = dict.fromkeys(index.paths, CachedFile("", (), "", ""))
        if keys:
            keys[INDEX] = CachedFile(_inputs(self.pages), (), "", "")
        return SearchFiles(artifacts, keys)

    def _content(self, index: SearchIndex, path: str) -> SpooledContent | ExistingContent:
        if path in index.new:
            return self.project.spool.add(index.new[path])
        return ExistingContent(self.project.previous.made[path].sha256)

    def _before(self) -> list[CachedPage]:
        """Return the pages of the published index; none if it is not as the last build left it."""
        previous = self.project.previous
        shown = {p: page for p, page in previous.entries.items() if p not in previous.left_out}
        pages = _numbered(shown)
        files = {p: made for p, made in previous.made.items() if is_index_file(p)}
        is_known = INDEX in files and files[INDEX].inputs == _inputs(pages)
        is_whole = all(self.published.get(p) == made.sha256 for p, made in files.items())
        return pages if is_known and is_whole else []

    def _kept(self) -> SearchIndex | None:
        before = self._before()
        if not before or _inputs(before) != _inputs(self.pages):
            return None
        return SearchIndex({}, frozenset(filter(is_index_file, self.project.previous.made)))

    def _amended(self) -> SearchIndex | None:
        known = self._before()
        pairs = list(enumerate(zip_longest(known, self.pages)))
        different = [
            (number, before, after)
            for number, (before, after) in pairs
            if not (before and after and before.summary.digest == after.summary.digest)
        ]
        if not known or len(different) > max(_MOST_CHANGES, len(pairs) // 10):
            return None
        entries = [entry for _, *both in different for entry in both if entry]
        parts = iter(list(self._parts(entries)))
        changes = [
            PostChange(number, next(parts) if before else None, next(parts) if after else None)
            for number, before, after in different
        ]
        index = amend_index(changes, self._read)
        is_whole = index and index.paths <= {*index.new, *self.project.previous.made}
        return index if is_whole else None

    def _read(self, path: str) -> bytes:
        content = (self.project.options.output / path).read_bytes()
        if self.published.get(path) != sha256(content):
            raise ValueError(path)
        return content

    def _parts(self, entries: Sequence[CachedPage]) -> Iterator[IndexedPost]:
        site = self.project.options.site
        wanted = [entry.summary.digest for entry in entries if not entry.indexed]
        stored = database.read_parts(self.project.options.memo, wanted)
        for entry in entries:
            packed = part_of(entry) or stored.get(entry.summary.digest, b"")
            yield unpack_part(packed) or index_post(site, self.project.whole(entry))


def _inputs(pages: Sequence[CachedPage]) -> str:
    """Hash the inputs of the index: the pages, in order."""
    return digest(*(page.summary.digest for page in pages))

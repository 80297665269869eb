"""The search index of a preview: in memory, amended when a reader searches after an edit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field
from itertools import zip_longest
from pathlib import Path

from evergreen.build.cache import database
from evergreen.build.cache.pickling import pack
from evergreen.build.search_parts import is_found, unpack_part
from evergreen.dataclass import dataclass
from evergreen.model import Page, Site
from evergreen.model.urls import file_of
from evergreen.site.search.index import PostChange, amend_index, make_index
from evergreen.site.search.post import IndexedPost, index_post


@dataclass(slots=True)
class PreviewIndex:
    """The files of the index, and what they were made of."""

    folder: Path
    """With the cache of the last build."""
    files: Mapping[str, bytes] = field(default_factory=dict)
    """By path."""
    digests: Sequence[str] = ()
    """Of the pages, in the order of the index."""
    parts: dict[str, bytes] = field(default_factory=dict)
    """The packed parts of the index, by the page's digest."""

    def update(self, site: Site, pages: Iterable[Page], whole: Callable[[str], Page]) -> None:
        """Index these pages; `whole` returns one with its content by the path of its post."""
        found = [page for page in pages if is_found(file_of(page.post))]
        ordered = sorted(found, key=lambda page: (page.post.date, page.post.path))
        digests = [page.digest for page in ordered]
        if digests == self.digests:
            return
        new = [page for page in ordered if page.digest not in self.parts]
        stored = database.read_parts(self.folder, [page.digest for page in new])
        for page in new:
            known = stored.get(page.digest, b"")
            is_good = unpack_part(known) is not None
            packed = known if is_good else pack(index_post(site, whole(page.post.path)))
            self.parts[page.digest] = packed
        self.files = self._amended(digests) or make_index(list(map(self._part, digests))).new
        self.digests = digests
        self.parts = {digest: self.parts[digest] for digest in digests}

    def _part(self, digest: str) -> IndexedPost:
        part = unpack_part(self.parts[digest])
        assert part, "it was packed here"
        return part

    def _amended(self, digests: Sequence[str]) -> Mapping[str, bytes] | None:
        """Return the files after an edit; None if they must all be made."""
        pairs = enumerate(zip_longest(self.digests, digests))
        different = [(number, *both) for number, both in pairs if both[0] != both[1]]
        if not self.files or len(different) > max(8, len(digests) // 10):
            return None
        changes = [
            PostChange(number, self._part(old) if old else None, self._part(new) if new else None)
            for number, old, new in different
        ]
        index = amend_index(changes, self.files.__getitem__)
        files = {**self.files, **index.new} if index else {}
        return {path: files[path] for path in index.paths} if index else None

"""The similar posts of a large blog, remembered between builds: most edits change none of what they
depend on, and finding them takes longer than making a page."""

from __future__ import annotations

import marshal
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path

from evergreen.build.cache.pickling import seal, unseal
from evergreen.dataclass import dataclass
from evergreen.model import Post
from evergreen.model.hashing import digest
from evergreen.paths import atomic_write, read_file
from evergreen.site.listings import series_key
from evergreen.site.related import Keys, find_similar

FILE = "similar"
"""Name in the cache."""
MANY = 500
"""Posts from which on it is sooner to read the last result than to compute it."""


@dataclass(frozen=True)
class SimilarMemory:
    """A function that returns what `find_similar` returns."""

    folder: Path
    base: str
    """A hash of the engine and the settings."""

    def __call__(
        self, posts: Sequence[Post], keys: Keys, keywords: Mapping[str, Sequence[str]]
    ) -> list[list[int]]:
        """Return the indexes of the posts that are similar to each post."""
        if len(posts) < MANY:
            return find_similar(posts, keys, keywords)
        key = digest(self.base, *(_shown(post, keys, keywords) for post in posts))
        if key not in self._known:
            self._known[key] = find_similar(posts, keys, keywords)
            self._write()
        return self._known[key]

    @cached_property
    def _known(self) -> dict[str, list[list[int]]]:
        try:
            return marshal.loads(unseal(read_file(self.folder / FILE)))  # type: ignore[no-any-return]
        except (OSError, ValueError, EOFError, TypeError):
            return {}

    def _write(self) -> None:
        """Leave the latest results for the next build: a blog in several languages has as many."""
        for key in list(self._known)[:-_LATEST]:
            del self._known[key]
        with suppress(OSError):  # nothing is lost but time
            atomic_write(self.folder / FILE, seal(marshal.dumps(self._known)))


_LATEST = 6
"""Results that are kept."""


def _shown(post: Post, keys: Keys, keywords: Mapping[str, Sequence[str]]) -> str:
    """Return everything of a post on which `find_similar` depends."""
    own = f"{len(post.tags)}", *post.tags, keys[post.path], series_key(post)
    return "\0".join((*own, *keywords.get(post.path, ())))

"""The possible targets of links in the blog of a preview, as the blog is now.

Nothing is listed or made before a link asks for it: most lead to a page or file that is there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from itertools import chain
from pathlib import Path

from evergreen.build.site_builder import SiteBuilder
from evergreen.dataclass import dataclass
from evergreen.model import PageLinks
from evergreen.model.urls import file_of
from evergreen.preview.blog.pages import PreviewPage
from evergreen.site.fingerprint import page_links


@dataclass(frozen=True, slots=True, eq=False)
class LiveFiles(Set[str]):
    """The paths of the site's files."""

    builder: SiteBuilder
    root: Path
    """Of the blog."""

    def __contains__(self, path: object) -> bool:
        """True if there is such a file; one of the blog may have been deleted since."""
        if any(path in files for files in self._made()):
            return True
        source = self.builder.linked.get(path) if isinstance(path, str) else None
        return source is not None and (self.root / source).exists()

    def __iter__(self) -> Iterator[str]:
        """Yield the paths; some more than once."""
        return chain(*self._made(), filter(self.__contains__, self.builder.linked))

    def __len__(self) -> int:
        """Return the number of paths."""
        return len(set(self))

    def _made(self) -> tuple[Mapping[str, object], ...]:
        builder = self.builder
        return builder.tasks, builder.ready, builder.static, builder.owners


@dataclass(frozen=True, slots=True, eq=False)
class LivePages(Mapping[str, PageLinks]):
    """The links and anchors of pages, by the path of their file."""

    builder: SiteBuilder
    posts: Mapping[str, PreviewPage]
    """By path of the post."""

    def __getitem__(self, file: str) -> PageLinks:
        """Return those of a page. Raises KeyError."""
        shown = self.posts.get(self.builder.tasks[file].source)
        if shown is None or shown.page is None or file_of(shown.page.post) != file:
            raise KeyError(file)
        return page_links(shown.page)

    def __iter__(self) -> Iterator[str]:
        """Yield the paths."""
        return (file for file in self.builder.tasks if file in self)

    def __len__(self) -> int:
        """Return the number of pages."""
        return sum(1 for _ in self)

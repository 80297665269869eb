"""Copies of pictures, made once and kept by content: `.cache/pictures` has them by name.

The names say all that a copy is made of, so a file with the name is the copy.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path

from evergreen.build.options import BuildOptions
from evergreen.build.page_files import read_linked
from evergreen.build.parallel import forked_map
from evergreen.dataclass import dataclass
from evergreen.errors import EvergreenError, fault
from evergreen.model import Page
from evergreen.model.hashing import sha256
from evergreen.model.picture import PictureCopy
from evergreen.paths import atomic_write, read_file
from evergreen.render.pictures import make_copies


@dataclass(frozen=True, slots=True)
class CopyMaker:
    """Makes copies of pictures, and keeps them."""

    folder: Path
    read: Callable[[PictureCopy], bytes | None]
    """Returns the picture of a copy; None if it is gone."""
    jobs: int = 0

    def prepare(self, copies: Iterable[PictureCopy]) -> None:
        """Make those copies that are not kept yet, on all cores."""
        pictures: dict[tuple[str, str], list[PictureCopy]] = defaultdict(list)
        for copy in copies:
            if not self._file(copy).is_file():
                pictures[copy.post, copy.source].append(copy)
        forked_map(partial(_quietly, self), list(pictures.values()), self.jobs, least=2)

    def content(self, copy: PictureCopy) -> bytes:
        """Return the bytes of a copy. Raises EvergreenError if its picture is gone or changed."""
        try:
            return read_file(self._file(copy))
        except OSError:
            return self._make([copy])[copy.path]

    def _make(self, copies: list[PictureCopy]) -> Mapping[str, bytes]:
        first = copies[0]
        content = self.read(first)
        if content is None or sha256(content) != first.sha256:
            what = "the picture changed while the site was built"
            raise fault(first.source, what, "build the site again")
        try:
            made = make_copies(content, copies)
        except (OSError, ValueError, SyntaxError) as error:
            what = f"the picture cannot be decoded: {error}"
            raise fault(first.source, what, "save it again, or remove it") from None
        for copy in copies:
            with suppress(OSError):  # the cache may be read-only
                self.folder.mkdir(parents=True, exist_ok=True)
                atomic_write(self._file(copy), made[copy.path])
        return made

    def _file(self, copy: PictureCopy) -> Path:
        return self.folder / copy.path.rpartition("/")[2]


def open_copies(options: BuildOptions, whole: Callable[[str], Page]) -> CopyMaker:
    """Return the maker of copies of a blog; `whole` returns a page by the path of its post."""

    def read(copy: PictureCopy) -> bytes | None:
        if not copy.post:
            return read_linked(options.root, copy.source)
        own = (file for file in whole(copy.post).artifacts if file.path == copy.source)
        content = next((file.content for file in own), None)
        return content if isinstance(content, bytes) else None

    return CopyMaker(options.pictures, read, options.jobs)


def _quietly(maker: CopyMaker, copies: list[PictureCopy]) -> None:
    """Make copies of one picture; what is wrong is reported where the copy is asked for."""
    with suppress(EvergreenError):
        maker._make(copies)

"""Pictures on pages, with the copies of them that browsers choose from."""

from __future__ import annotations

from typing import Literal

from evergreen.dataclass import dataclass

CopyFormat = Literal["webp", "lossless", "jpeg"]
"""`lossless` is WebP that keeps every pixel."""


@dataclass(frozen=True, slots=True)
class PictureCopy:
    """A copy of a picture in another size or format: a file of the site that is still to be made.

    Its name follows from the content of the picture, so pages can name it before it is made.
    """

    path: str
    """In the site."""
    source: str
    """The picture: its path in the blog; of a figure, its path in the site."""
    sha256: str
    """Of the picture."""
    width: int
    """In pixels."""
    height: int
    form: CopyFormat
    post: str = ""
    """Path of the post whose figure it is; "" for a file of the blog."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as pages show it."""

    path: str
    """In the site."""
    width: int
    """In pixels, as it is shown, after its orientation."""
    height: int
    copies: tuple[PictureCopy, ...] = ()
    """Copies to choose from, narrowest first."""
    fallback: PictureCopy | None = None
    """A copy for programs that do not choose; None: the picture itself."""

    @property
    def shown(self) -> str:
        """Return the path of the file for programs that do not choose."""
        return self.fallback.path if self.fallback else self.path

    @property
    def files(self) -> tuple[PictureCopy, ...]:
        """Return all copies."""
        return (*self.copies, *([self.fallback] if self.fallback else ()))

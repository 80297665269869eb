"""Files that a post may include: those in `_includes`, and those beside it.

No name can point outside its folder, however it is written and whatever is symlinked there. A blog
with a theme also has the includes in `theme_includes`.
"""

from __future__ import annotations

from dataclasses import field
from difflib import get_close_matches
from pathlib import Path

from evergreen.content.frontmatter import decode
from evergreen.content.jekyll.posts import without_control_characters
from evergreen.content.liquid.theme_includes import INCLUDES
from evergreen.dataclass import dataclass
from evergreen.errors import EvergreenError, Problem
from evergreen.paths import flaw, points_outside
from evergreen.regex import regex

FOLDER = "_includes"
MAX_BYTES = 1_000_000
_NAME = regex(r"[\w/.\-()+~#@ ]+")


class RefusedInclude(Exception):
    """A file must not or cannot be included."""

    def __init__(self, message: str, advice: str) -> None:
        super().__init__(message)
        self.message, self.advice = message, advice


class MissingInclude(RefusedInclude):
    """An include of the theme that is not available."""


@dataclass(slots=True)
class Includes:
    """The include folder; each file is read once per build."""

    root: Path
    """The blog's folder."""
    folder: str = FOLDER
    """Relative to the blog."""
    theme: str = ""
    """Theme whose includes are also available; "" if the blog has all of them."""
    jekyll: bool = False
    """The blog is Jekyll's, which does not mind control characters."""
    removed: dict[str, Problem] = field(default_factory=dict)
    """The warning about each include without its control characters, by its path."""
    _texts: dict[str, str] = field(default_factory=dict)

    def read(self, name: str, folder: str | None = None) -> tuple[str, str]:
        """Return path below the blog and text of an include, from `folder` if one is given.

        Front matter in it is text, as in Jekyll. Raises RefusedInclude.
        """
        base = self.folder if folder is None else folder
        path = f"{base}/{name}".lstrip("/")
        if path not in self._texts:
            self._texts[path] = self._read(name, base, path)
        return path, self._texts[path]

    def _read(self, name: str, base: str, path: str) -> str:
        if not _NAME.fullmatch(name) or (wrong := flaw(name)):
            wrong = wrong if _NAME.fullmatch(name) else "has characters that are not allowed"
            raise RefusedInclude(
                f"the include {name!r} {wrong}", f"name a file of {base or 'the blog'}/"
            )
        file = self.root / path
        if points_outside(self.root.resolve() / base, file) and points_outside(
            (self.root / base).resolve(), file
        ):
            advice = "replace it by the file itself"
            raise RefusedInclude(
                f"the include '{name}' is a symlink that points outside {base}/", advice
            )
        if not file.is_file():
            return self._of_theme(name, base)
        if file.stat().st_size > MAX_BYTES:
            raise RefusedInclude(f"the include '{name}' has more than 1 MB", "make it smaller")
        try:
            return decode(path, self._source(path, file))
        except EvergreenError as error:
            raise RefusedInclude(
                f"the include cannot be read: {error.problems[0]}", "fix it"
            ) from None
        except OSError as error:
            raise RefusedInclude(
                f"the include '{name}' cannot be read: {error.strerror}", "fix its permissions"
            ) from None

    def _source(self, path: str, file: Path) -> bytes:
        source = file.read_bytes()
        if not self.jekyll:
            return source
        source, removed = without_control_characters(path, source)
        self.removed.update((path, problem) for problem in removed)
        return source

    def _of_theme(self, name: str, base: str) -> str:
        is_theirs = bool(self.theme) and base == self.folder
        if is_theirs and name in INCLUDES:
            return INCLUDES[name]
        missing = f"there is no include '{name}' in {base}/"
        if nearest := self._nearest(name, base):
            raise RefusedInclude(missing, f"did you mean '{nearest}'?")
        if is_theirs:
            advice = "nothing is shown for it; copy it from the theme to use it"
            raise MissingInclude(f"{missing}, and the theme {self.theme} is not used", advice)
        raise RefusedInclude(missing, "add it, or remove the tag")

    def _nearest(self, name: str, base: str) -> str:
        folder = self.root / base
        files = [path.relative_to(folder).as_posix() for path in sorted(folder.rglob("*"))[:2000]]
        return next(iter(get_close_matches(name, files, 1)), "")

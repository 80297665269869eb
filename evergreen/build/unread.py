"""Why posts cannot be read, and whether that stays until a file of the blog changes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from evergreen.dataclass import dataclass
from evergreen.errors import EvergreenError, Problem, paths_with_errors
from evergreen.model import PluginError

_PASSING = (PluginError, ImportError, OSError)
"""Causes that are not in the files of the blog: code of plugins, what is installed, the machine."""


@dataclass(frozen=True, slots=True)
class Unread:
    """Why a post cannot be read."""

    problems: tuple[Problem, ...]
    lasts: bool = False
    """True if its cause is in the files of the blog alone."""


def is_lasting(error: EvergreenError, root: Path) -> bool:
    """True if only the files of the blog at `root` can have caused an error."""
    return all(_is_of_blog(cause, root) for cause in _causes(error))


def lasting_paths(unread: Iterable[Unread]) -> frozenset[str]:
    """Return the paths all of whose errors stay as they are until a file of the blog changes."""
    known = list(unread)
    lasting = paths_with_errors(each for some in known if some.lasts for each in some.problems)
    return lasting - paths_with_errors(
        each for some in known if not some.lasts for each in some.problems
    )


def _is_of_blog(cause: BaseException, root: Path) -> bool:
    if isinstance(cause, FileNotFoundError):  # a program that is missing has no full path
        return str(cause.filename or "").startswith(f"{root}/")
    return not isinstance(cause, _PASSING)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and what it was raised for, even where `from None` hides that."""
    found: BaseException | None = error
    while found is not None:
        yield found
        found = found.__cause__ or found.__context__

"""The published site, at which another process looks while this one makes the pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from evergreen import publish as destination
from evergreen.build.gc_tuning import setting_up
from evergreen.build.parallel import beside
from evergreen.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class PendingInspection:
    """An inspection of the published site that is not finished."""

    listing: destination.FileList
    """What the last build published."""
    finish: Callable[[], destination.PublishedSite]
    """Returns the site as it is. Raises EvergreenError if the folder is not Evergreen's."""


def inspect_later(output: Path) -> PendingInspection:
    """Return an inspection that is made when its result is asked for.

    Raises EvergreenError if the list of the site's files is not valid.
    """
    listing = destination.list_files(output)
    return PendingInspection(listing, partial(destination.inspect, output, listing))


@contextmanager
def inspecting_beside(output: Path) -> Iterator[PendingInspection]:
    """Inspect the site during a block; a result that has become old is replaced by a new one.

    Raises EvergreenError if the list of the site's files is not valid.
    """
    with setting_up():
        listing = destination.list_files(output)
    with beside(partial(destination.inspect_packed, output, listing)) as seen:
        yield PendingInspection(listing, lambda: destination.reinspect(output, listing, seen()))

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
class Look:
    """A look at the published site, which takes longer than to read the list of its files."""

    listing: destination.Listing
    """What the last build published."""
    inspect: Callable[[], destination.PublishedSite]
    """Returns the site as it is. Raises EvergreenError if the folder is not Evergreen's."""


def look_at(output: Path) -> Look:
    """Return a look at the site; it begins when it is asked for."""
    listing = destination.list_files(output)
    return Look(listing, partial(destination.inspect, output, listing))


@contextmanager
def looking_beside(output: Path) -> Iterator[Look]:
    """Look at the site during a block; a result that has become old is replaced by a new look.

    Raises EvergreenError if the list of its files is not valid.
    """
    with setting_up():
        listing = destination.list_files(output)
    with beside(partial(destination.inspect_packed, output, listing)) as seen:
        yield Look(listing, lambda: destination.reinspect(output, listing, seen()))

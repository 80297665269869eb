"""The published site, at which another process looks while this one makes the pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from evergreen import publish as destination
from evergreen.build.gc_tuning import setting_up
from evergreen.build.parallel import beside

Look = Callable[[], destination.PublishedSite]
"""Returns the published site as it is."""


@contextmanager
def looking_beside(output: Path) -> Iterator[Look]:
    """Look at the site during a block; a result that has become old is replaced by a new look.

    The function raises EvergreenError if the folder is not Evergreen's.
    """
    with beside(partial(destination.inspect_packed, output)) as seen:

        def look() -> destination.PublishedSite:
            packed = seen()
            with setting_up():
                return destination.reinspect(output, packed)

        yield look

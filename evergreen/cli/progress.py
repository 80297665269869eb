"""A build's progress as the author sees it: lines that move on a terminal, plain ones elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from evergreen.cli.lines import Lines
from evergreen.execution.progress import Progress, Silent


@contextmanager
def showing(quiet: bool = False) -> Iterator[Progress]:
    """Whom to tell while a build works."""
    if quiet:
        yield Silent()
    elif not sys.stderr.isatty():
        yield Lines()
    else:
        from evergreen.cli.bars import Bars  # rich takes long to import

        with Bars() as bars:
            yield bars

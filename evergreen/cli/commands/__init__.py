"""One module a command: `HELP` is its line in the list, `add_arguments` its options, `run` the call
and the report; it returns the exit code. What a command needs is imported when it runs.
"""

from __future__ import annotations

from types import ModuleType

from evergreen.cli.commands import (
    check,
    completion,
    init,
    moving_in,
    new,
    prune,
    publish,
    serve,
    settings,
    why,
)

COMMANDS: dict[str, ModuleType] = {
    "publish": publish,
    "serve": serve,
    "check": check,
    "why": why,
    "prune": prune,
    "new": new,
    "init": init,
    "moving-in": moving_in,
    "settings": settings,
    "completion": completion,
}
"""In the order of the list that `--help` prints."""

"""Run an ipykernel in this process: `python kernel.py CONNECTION_FILE`.

Equivalent to `python -m ipykernel_launcher -f CONNECTION_FILE`, without what a post never uses: the
debugger, whose import takes longer than all the rest, and the history file. The queue of outputs
has no limit: ipykernel would drop outputs beyond it.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

OPTIONS = ["--HistoryManager.enabled=False"]

AHEAD = (
    "IPython.core.completerlib",
    "IPython.core.debugger",
    "IPython.core.oinspect",
    "IPython.extensions.storemagic",
    "ipykernel.ipkernel",
    "tornado.platform.asyncio",
)
"""Modules that a kernel imports when it starts."""


def import_ahead() -> None:
    """Import what `run` needs."""
    import importlib

    sys.modules["debugpy"] = None  # type: ignore[assignment]
    try:
        for name in ("ipykernel.kernelapp", "ipykernel.debugger", *AHEAD):
            importlib.import_module(name)
    finally:
        del sys.modules["debugpy"]


def run(connection_file: str) -> None:
    """Run the kernel until it is shut down, and end it as Python ends a program."""
    import_ahead()
    import atexit
    import gc

    import ipykernel_launcher
    from ipykernel.ipkernel import IPythonKernel
    from ipykernel.kernelapp import IPKernelApp

    class PostKernel(IPythonKernel):
        """A kernel that leaves its child processes to the supervisor, which reports them."""

        def _process_children(self) -> list[Any]:
            """Return the processes that ipykernel ends when it shuts down."""
            return []

    class BufferedKernel(IPKernelApp):
        """A kernel that keeps all outputs until they are received."""

        def init_iopub(self, context: Any) -> None:
            """Create the socket as ipykernel does, with a queue that never drops messages."""
            context.sndhwm = 0
            super().init_iopub(context)  # type: ignore[no-untyped-call]

    sys.argv = [ipykernel_launcher.__file__, "-f", connection_file]
    BufferedKernel.kernel_class = PostKernel  # type: ignore[assignment]
    BufferedKernel.launch_instance([*sys.argv[1:], *OPTIONS])
    atexit._run_exitfuncs()  # `os._exit`, which comes next, runs none; IPython's clears the names
    gc.collect()  # closes what only cycles still hold: files are written to their end


if __name__ == "__main__":
    sys.path.pop(0)  # the folder of this file
    run(sys.argv[1])
    os._exit(0)

"""An ipykernel in this process: `python kernel.py CONNECTION_FILE`.

It is what `python -m ipykernel_launcher -f CONNECTION_FILE` starts, without what a post never uses:
no debugger, whose import takes longer than all the rest, no history file, and no limit to the
outputs that wait to be taken, beyond which they are lost.
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
"""What a kernel imports when it starts."""


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
    """Be the kernel until it is told to stop."""
    import_ahead()
    import ipykernel_launcher
    from ipykernel.kernelapp import IPKernelApp

    class BufferedKernel(IPKernelApp):
        """A kernel that keeps all outputs until they are taken."""

        def init_iopub(self, context: Any) -> None:
            """As ipykernel's, with a queue that never drops."""
            context.sndhwm = 0
            super().init_iopub(context)  # type: ignore[no-untyped-call]

    sys.argv = [ipykernel_launcher.__file__, "-f", connection_file]
    BufferedKernel.launch_instance([*sys.argv[1:], *OPTIONS])


if __name__ == "__main__":
    sys.path.pop(0)  # this folder
    run(sys.argv[1])
    os._exit(0)

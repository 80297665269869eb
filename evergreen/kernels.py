"""Kernels: started fresh for one notebook, reached over ipc, ended with everything they started."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from jupyter_client.kernelspec import KernelSpec, KernelSpecManager, NoSuchKernel
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbformat import NotebookNode

STARTUP_SECONDS = 60
OUTPUT_SECONDS = 30
"""How long outputs may still come after a cell has ended."""


class _Specs(KernelSpecManager):
    """Kernel specs in which `python3` is always the Python that builds the blog.

    A user's own spec of that name would otherwise send the posts to another environment.
    """

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        if kernel_name != "python3":
            return super().get_kernel_spec(kernel_name)
        argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        return KernelSpec(argv=argv, display_name="Python 3", language="python")


@contextlib.contextmanager
def started_kernel(
    name: str, node: NotebookNode, *, folder: Path, cwd: Path, timeout: float
) -> Iterator[NotebookClient]:
    """A client of a fresh kernel that runs in `cwd`; `folder` holds its sockets and its log.

    The kernel and every process of its group are gone when the block ends. Raises NoSuchKernel for
    an unknown name, RuntimeError when the kernel does not start.
    """
    manager = AsyncKernelManager(
        kernel_name=name,
        kernel_spec_manager=_Specs(),
        transport="ipc",
        ip=str(folder / "k"),
        connection_file=str(folder / "kernel.json"),
    )
    client = NotebookClient(
        node,
        km=manager,
        timeout=timeout,
        startup_timeout=STARTUP_SECONDS,
        iopub_timeout=OUTPUT_SECONDS,
        raise_on_iopub_timeout=True,
        allow_errors=True,
        shutdown_kernel="immediate",
    )
    client.owns_km = True  # the client ends the kernel with its block
    group = None
    with (folder / "kernel.log").open("wb") as log:
        try:
            with client.setup_kernel(cwd=str(cwd), env=_environment(), stdout=log, stderr=log):
                group = getattr(manager.provisioner, "pgid", None)
                yield client
        finally:
            _kill_group(group)


def _environment() -> Mapping[str, str]:
    """The builder's variables, less those that slow a Python start or belong to a console."""
    drop = {"PYTHONDONTWRITEBYTECODE", "PYTHONSTARTUP", "PYTHONINSPECT", "MPLBACKEND"}
    return {key: value for key, value in os.environ.items() if key not in drop}


def _kill_group(group: int | None) -> None:
    """End whatever the kernel left in its process group."""
    if group and hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)


__all__ = ["NoSuchKernel", "started_kernel"]

"""A running kernel as the builder sees it: a client over ipc, and the socket of its supervisor."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from asyncio import FIRST_COMPLETED
from dataclasses import dataclass
from queue import Empty
from typing import Any

from jupyter_client.asynchronous.client import AsyncKernelClient

INTERRUPT, WHERE, END, KILL = b"i", b"w", b"e", b"k"
"""What a supervisor is told (see there)."""

STARTUP_SECONDS = 60
END_SECONDS = 8
"""How long a supervisor may take to end what a kernel left."""


@dataclass(frozen=True, slots=True)
class KernelExit:
    """How a kernel ended."""

    code: int = 0
    """Its exit code; minus the signal that ended it."""
    memory: int = 0
    """The bytes it used where that was too much, else 0."""
    left: tuple[int, ...] = ()
    """Processes that it had left running, and that were ended."""
    processes: int = 0
    """How many it ran at once where that was too much, else 0."""
    disk: int = 0
    """The bytes that it wrote where that was too much, else 0."""


class KernelConnection(AsyncKernelClient):
    """A client of one running kernel, which knows its supervisor."""

    supervisor: socket.socket
    end: KernelExit | None = None

    async def ended(self) -> KernelExit:
        """Wait for the kernel's end."""
        if self.end is None:
            loop = asyncio.get_running_loop()
            self.supervisor.setblocking(False)
            self.end = read_end(await loop.sock_recv(self.supervisor, 65536))
        return self.end

    def interrupt(self) -> None:
        """What Ctrl-C would do."""
        self._tell(INTERRUPT)

    def locate(self) -> None:
        """Have a kernel in which `capture` runs write where it stands, whatever it does."""
        self._tell(WHERE)

    def kill(self) -> None:
        """End the kernel and all that it started, now; may be called from any thread."""
        self._tell(KILL)

    def stop(self) -> KernelExit:
        """End the kernel and all that it started, and close what leads to it."""
        self._tell(END)
        self.supervisor.settimeout(END_SECONDS)
        if self.end is None:
            with contextlib.suppress(OSError):
                self.end = read_end(self.supervisor.recv(65536))
        self.supervisor.close()
        self.shell_channel.stop()
        self.iopub_channel.stop()
        return self.end or KernelExit(-9)

    async def ready(self) -> bool:
        """Wait until the kernel answers; False where it ends before, or does not in time."""
        death, answer = map(asyncio.ensure_future, (self.ended(), self._answer()))
        await asyncio.wait({death, answer}, timeout=STARTUP_SECONDS, return_when=FIRST_COMPLETED)
        is_ready = answer.done()
        await cancel(death, answer)
        return is_ready

    async def _answer(self) -> None:
        """Wait for an answer and for an output: either may come without the other at first."""
        while True:
            asked = self.kernel_info()
            with contextlib.suppress(Empty):
                await self.shell_channel.get_msg(timeout=1)
                while True:
                    message = await self.iopub_channel.get_msg(timeout=0.2)
                    if message["parent_header"].get("msg_id") == asked:
                        return

    def _tell(self, word: bytes) -> None:
        with contextlib.suppress(OSError):
            self.supervisor.send(word)


async def cancel(*tasks: asyncio.Future[Any]) -> None:
    """Cancel what is not done, and see it end."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def read_end(text: bytes) -> KernelExit:
    """A supervisor's report; one that ended without was killed."""
    if not text:
        return KernelExit(-9)
    report = json.loads(text)
    too_much = {name: report.get(name, 0) for name in ("memory", "processes", "disk")}
    return KernelExit(report["code"], left=tuple(report["left"]), **too_much)

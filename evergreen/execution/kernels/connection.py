"""The builder's connection to a running kernel: a client over ipc, and its supervisor's socket."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import threading
import time
from asyncio import FIRST_COMPLETED
from collections.abc import Coroutine
from dataclasses import dataclass
from pathlib import Path
from queue import Empty
from typing import Any

import zmq
from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.channels import AsyncZMQSocketChannel
from traitlets import Type

INTERRUPT, DUMP, TRACE, END, KILL = b"i", b"w", b"t", b"e", b"k"
"""Commands for a supervisor (see `supervisor`)."""

TRACE_SECONDS = 60
_PAUSE = 0.001
_TRACING = threading.Lock()
"""A report has one place: two threads must not ask for it at the same time."""
STARTUP_SECONDS = 180
"""Time limit for a kernel to reply at first; one that ends is noticed at once."""
REPLY_SECONDS = 0.5
"""Time limit for an idle kernel to answer that it will exit."""
EXIT_SECONDS = 5
"""Time limit for a kernel to exit after its answer."""
END_SECONDS = 8
"""Time limit for a supervisor to end a kernel's processes."""


@dataclass(frozen=True, slots=True)
class KernelExit:
    """How a kernel ended."""

    code: int = 0
    """Its exit code, or minus the signal that ended it."""
    memory: int = 0
    """Bytes used if above the memory limit, else 0."""
    left: tuple[int, ...] = ()
    """Processes that were still running and were ended."""
    processes: int = 0
    """Number of processes if above the limit, else 0."""
    disk: int = 0
    """Bytes written if above the disk limit, else 0."""


class ShellChannel(AsyncZMQSocketChannel):
    """A channel that misses no message which arrives while it sends one.

    The socket of ZeroMQ says once that a message has arrived, also to a call that sends
    (`zmq_getsockopt`, ZMQ_FD), and jupyter_client sends past asyncio, which then waits forever:
    a reply of the kernel would be lost beside a message to a widget.
    """

    def send(self, msg: dict[str, Any]) -> None:
        """Send a message, and look whether one has arrived."""
        super().send(msg)
        assert self.socket is not None
        self.socket.get(zmq.EVENTS)


class KernelConnection(AsyncKernelClient):
    """A client of one running kernel that also holds its supervisor's socket."""

    supervisor: socket.socket
    report: Path
    """Where the supervisor writes what the tracer has seen."""
    end: KernelExit | None = None
    shell_channel_class = Type(ShellChannel)

    async def ended(self) -> KernelExit:
        """Wait until the kernel ends."""
        if self.end is None:
            loop = asyncio.get_running_loop()
            self.supervisor.setblocking(False)
            self.end = read_end(await loop.sock_recv(self.supervisor, 65536))
        return self.end

    def interrupt(self) -> None:
        """Interrupt the kernel as Ctrl-C does."""
        self._send(INTERRUPT)

    def locate(self) -> None:
        """Request a stack dump from a kernel with `capture`, even while it runs a cell."""
        self._send(DUMP)

    def trace(self) -> bytes:
        """Return what the kernel's tracer has seen up to now, as its supervisor writes it.

        b"" where the kernel is not traced, or has ended.
        """
        with _TRACING:
            self.report.unlink(missing_ok=True)
            self._send(TRACE)
            end = time.monotonic() + TRACE_SECONDS
            while time.monotonic() < end:
                has_ended = self._has_ended()
                with contextlib.suppress(FileNotFoundError):
                    return self.report.read_bytes()
                if has_ended:
                    break
                time.sleep(_PAUSE)
            return b""

    def _has_ended(self) -> bool:
        """True if the supervisor has told the end, read or not: it answers nothing after that."""
        if self.end is not None:
            return True
        with contextlib.suppress(BlockingIOError):
            self.supervisor.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
            return True
        return False

    def kill(self) -> None:
        """Kill the kernel and its descendants at once; may be called from any thread."""
        self._send(KILL)

    async def exit(self) -> None:
        """Ask the kernel to exit, as Jupyter does, and wait until it has.

        Its program ends as elsewhere: exit handlers run, files are written to their end, temporary
        ones are removed. A kernel that is busy, or takes too long, is not waited for.
        """
        message = self.session.msg("shutdown_request", {"restart": False})
        self.shell_channel.send(message)
        if await self._comes(self._shutdown_reply(), REPLY_SECONDS):
            with contextlib.suppress(TimeoutError, OSError):
                await asyncio.wait_for(self.ended(), EXIT_SECONDS)

    async def _shutdown_reply(self) -> None:
        while True:
            with contextlib.suppress(Empty):
                message = await self.shell_channel.get_msg(timeout=REPLY_SECONDS)
                if message["msg_type"] == "shutdown_reply":
                    return

    def stop(self) -> KernelExit:
        """End the kernel and its descendants, and close the sockets."""
        self._send(END)
        self.supervisor.settimeout(END_SECONDS)
        if self.end is None:
            with contextlib.suppress(OSError):
                self.end = read_end(self.supervisor.recv(65536))
        self.supervisor.close()
        self.shell_channel.stop()
        self.iopub_channel.stop()
        return self.end or KernelExit(-9)

    async def ready(self) -> bool:
        """Wait until the kernel replies; False if it ends before or exceeds the time limit."""
        return await self._comes(self._reply(), STARTUP_SECONDS)

    async def _comes(self, awaited: Coroutine[Any, Any, None], seconds: float) -> bool:
        """True if what is awaited comes within a time, and before the kernel ends."""
        death, reply = map(asyncio.ensure_future, (self.ended(), awaited))
        await asyncio.wait({death, reply}, timeout=seconds, return_when=FIRST_COMPLETED)
        has_come = reply.done()
        await cancel(death, reply)
        return has_come

    async def _reply(self) -> None:
        """Wait for a reply and for an output: at first one may arrive without the other.

        On a busy machine the output comes when the next question has been asked.
        """
        asked: set[str] = set()
        while True:
            asked.add(self.kernel_info())
            with contextlib.suppress(Empty):
                await self.shell_channel.get_msg(timeout=1)
                while True:
                    message = await self.iopub_channel.get_msg(timeout=0.2)
                    if message["parent_header"].get("msg_id") in asked:
                        return

    def _send(self, command: bytes) -> None:
        with contextlib.suppress(OSError):
            self.supervisor.send(command)


async def cancel(*tasks: asyncio.Future[Any]) -> None:
    """Cancel tasks and wait until they have ended."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def read_end(text: bytes) -> KernelExit:
    """Parse a supervisor's report; an empty one means that the supervisor was killed."""
    if not text:
        return KernelExit(-9)
    report = json.loads(text)
    exceeded = {name: report.get(name, 0) for name in ("memory", "processes", "disk")}
    return KernelExit(report["code"], left=tuple(report["left"]), **exceeded)

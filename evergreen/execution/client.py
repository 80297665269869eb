"""Client of one kernel: run single cells and collect their outputs, up to a size limit.

nbclient already implements how messages become outputs (updated displays, cleared outputs,
widgets). This module adds the waiting: for the outputs, for the end of the cell and for the end of
the kernel.
"""

from __future__ import annotations

import asyncio
import json
import time
from asyncio import FIRST_COMPLETED
from collections.abc import Callable, Mapping
from typing import Any

from jupyter_core.utils import run_sync
from nbclient import NotebookClient
from nbclient.exceptions import CellControlSignal
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook, new_output

from evergreen.dataclass import dataclass
from evergreen.execution.in_kernel.capture import MAX_DISPLAYS, MAX_SHOWN
from evergreen.execution.kernels.connection import KernelConnection, KernelExit, cancel
from evergreen.execution.sanitize import CUT
from evergreen.execution.terminal import render_final
from evergreen.model import Output
from evergreen.model.outputs import is_json

MAX_OUTPUTS = MAX_DISPLAYS - 1
"""Maximum number of outputs kept for one cell."""

OUTPUT_SECONDS = 30
"""Time limit for outputs that arrive after a cell has ended."""

IDLE_SECONDS = 10.0
"""Time limit for a reply after the kernel has reported that it is idle: both come over different
sockets, and on a busy machine one arrives seconds after the other."""

REPLY_SECONDS = 2.0
"""Time limit for the outputs of a cell after its reply where the cell's own time is used up."""

INTERRUPT_SECONDS = 1.0
"""Time limit for an interrupted cell to end."""

STACK_SECONDS = 1.5
"""Time limit for the stack dump of a cell that took too long."""

_DRAIN_SECONDS = 0.03
_NOTIFY_SECONDS = 0.03
"""Interval between two calls of `on_output`."""
_LONG_LINE = 10_000
"""Length in characters above which the overwritten part of a progress line is dropped."""


class KernelDied(Exception):
    """The kernel ended while a cell was running."""

    def __init__(self, end: KernelExit) -> None:
        super().__init__(f"exit code {end.code}")
        self.end = end


class OutputsLost(Exception):
    """A cell ended, but the kernel did not report that its outputs are complete."""


class NoReply(Exception):
    """The kernel reports that it is idle, but not how the cell ended."""


class BadMessage(Exception):
    """The kernel sent something that is not a message of Jupyter's protocol."""


@dataclass(slots=True)
class _Run:
    """A cell that was run, and the state of its outputs."""

    node: NotebookNode
    index: int
    """Its index in the notebook of the client."""
    sent: int = 0
    shown: int = 0
    clears: bool = False
    """True if its next output replaces the others."""


class CellRunner(NotebookClient):
    """Runs the cells of one notebook: errors are outputs, consecutive stream texts are joined."""

    kc: KernelConnection

    def __init__(self, kernel: KernelConnection, max_output: int) -> None:
        super().__init__(new_notebook(), record_timing=False)
        self.kc = kernel
        self.has_stack: Callable[[], bool] | None = None
        """Returns True once the kernel has dumped the stack of its cell; None if it cannot."""
        self.clear_before_next_output = False
        self.max_output = max_output
        self.ran = 0
        """Number of times code was run."""
        self.received = 0
        """Number of messages received."""
        self.sent = 0
        """Characters in the cell's streams."""
        self.shown = 0
        """Characters in the cell's displays."""
        self.on_output: Callable[[], None] | None = None
        """Called, at most once per `_NOTIFY_SECONDS`, when a cell has more outputs."""
        self.notify_timer: asyncio.TimerHandle | None = None
        self.runs: dict[str, _Run] = {}
        """Everything that was run, by the id of its request."""
        self.lost_update = False
        """True if a display was to be changed that this client has not received."""
        self.steps: list[tuple[NotebookNode, tuple[Output, ...]]] = []
        """The cells of the steps, each with its outputs when it ended."""

    def run(
        self, source: str, node: NotebookNode, timeout: float | None, keep: bool = True
    ) -> Mapping[str, Any]:
        """Run code and return the content of the kernel's reply; `node` receives the outputs.

        `keep` stores the code in the kernel's history. Raises TimeoutError after an attempt to
        interrupt the cell, KernelDied, or OutputsLost; `node` holds the outputs then too.
        """
        self.nb.cells.append(node)
        self.ran += 1
        self.clear_before_next_output = False
        return run_sync(self._run)(source, node, timeout, keep)

    def run_internal(
        self, source: str, timeout: float = OUTPUT_SECONDS, longest: float = OUTPUT_SECONDS
    ) -> None:
        """Run the engine's own code, without history, for `longest` seconds at most.

        Raises RuntimeError where it fails or the kernel does not answer, TimeoutError, KernelDied.
        """
        limit = max(min(timeout, longest), REPLY_SECONDS)
        try:
            reply = self.run(source, new_code_cell(), limit, keep=False)
        except (OutputsLost, NoReply, BadMessage) as error:
            raise RuntimeError(f"the kernel does not answer ({type(error).__name__})") from None
        if reply["status"] == "error":
            raise RuntimeError(f"{reply['ename']}: {reply['evalue']}")

    async def _run(
        self, source: str, node: NotebookNode, timeout: float | None, keep: bool
    ) -> Mapping[str, Any]:
        msg_id = self.kc.execute(source, store_history=keep, stop_on_error=False)
        self.runs[msg_id] = _Run(node, len(self.nb.cells) - 1)
        reply = asyncio.ensure_future(self._receive_reply(msg_id))
        outputs = asyncio.ensure_future(self._receive_outputs(msg_id, node))
        death = asyncio.ensure_future(self.kc.ended())
        start = time.monotonic()
        try:
            await _first(reply, outputs, death, seconds=timeout)
            if not reply.done() and outputs.done() and not outputs.exception():
                await _first(reply, death, seconds=IDLE_SECONDS)
            if not (reply.done() or outputs.done() or death.done()):
                await self._interrupt(outputs, death)
            if reply.done() and not reply.exception():
                left = OUTPUT_SECONDS if timeout is None else timeout - time.monotonic() + start
                grace = min(OUTPUT_SECONDS, max(left, REPLY_SECONDS))
                await _first(outputs, death, seconds=grace)
            return await self._end_of(reply, outputs, death)
        finally:
            if self.notify_timer:
                self.notify_timer.cancel()
                self.notify_timer = None
            await cancel(reply, outputs, death)

    async def _end_of(
        self,
        reply: asyncio.Future[Mapping[str, Any]],
        outputs: asyncio.Future[None],
        death: asyncio.Future[KernelExit],
    ) -> Mapping[str, Any]:
        """Return the reply where it and the outputs are complete, else raise what is wrong."""
        if reply.done() and outputs.done():
            outputs.result()
            return reply.result()
        if death.done():
            await self._drain()
            raise KernelDied(death.result())
        for task in (reply, outputs):
            if task.done():
                task.result()
        raise OutputsLost if reply.done() else NoReply

    async def _interrupt(
        self, outputs: asyncio.Future[None], death: asyncio.Future[KernelExit]
    ) -> None:
        """Interrupt the cell to get its traceback, after a stack dump: it may not end in time.

        The dump comes first, for an interrupted cell soon leaves its own code: IPython formats the
        exception.
        """
        await self._dump_stack(outputs, death)
        self.kc.interrupt()
        await _first(outputs, death, seconds=INTERRUPT_SECONDS)
        await self._drain()
        raise TimeoutError

    async def _dump_stack(
        self, outputs: asyncio.Future[None], death: asyncio.Future[KernelExit]
    ) -> None:
        if self.has_stack is None:
            return
        self.kc.locate()
        end = time.monotonic() + STACK_SECONDS
        while time.monotonic() < end and not (self.has_stack() or outputs.done() or death.done()):
            await _first(outputs, death, seconds=_DRAIN_SECONDS)

    async def _receive_reply(self, msg_id: str) -> Mapping[str, Any]:
        while True:
            message = await _message(self.kc.shell_channel)
            if message["parent_header"].get("msg_id") == msg_id:
                content: Mapping[str, Any] = message["content"]
                return content

    async def _receive_outputs(self, msg_id: str, node: NotebookNode) -> None:
        """Add a cell's outputs to its node until the kernel reports that it is idle."""
        index = len(self.nb.cells) - 1
        while True:
            message = await _message(self.kc.iopub_channel)
            self.received += 1
            self._note_lost_update(message)
            if message["parent_header"].get("msg_id") == msg_id:
                try:
                    self.process_message(message, node, index)
                except CellControlSignal:
                    return
                except Exception:  # not a valid message: the post's code has sent it
                    raise OutputsLost from None
                if self.on_output and not self.notify_timer and message["msg_type"] != "status":
                    self.notify_timer = asyncio.get_running_loop().call_later(
                        _NOTIFY_SECONDS, self._notify
                    )
            elif late := self.runs.get(message["parent_header"].get("msg_id")):
                self._add_late(message, late)

    def _add_late(self, message: dict[str, Any], late: _Run) -> None:
        """Add what an earlier cell sends while another runs, as its tasks and threads do.

        Raises OutputsLost for what is not a valid message.
        """
        own = _Run(late.node, late.index, self.sent, self.shown, self.clear_before_next_output)
        self.sent, self.shown, self.clear_before_next_output = late.sent, late.shown, late.clears
        try:
            self.process_message(message, late.node, late.index)
        except CellControlSignal:
            pass
        except Exception:
            raise OutputsLost from None
        late.sent, late.shown, late.clears = self.sent, self.shown, self.clear_before_next_output
        self.sent, self.shown, self.clear_before_next_output = own.sent, own.shown, own.clears

    def _note_lost_update(self, message: dict[str, Any]) -> None:
        if message["msg_type"] == "update_display_data":
            name = message["content"].get("transient", {}).get("display_id")
            self.lost_update |= name not in self._display_id_map

    def _notify(self) -> None:
        self.notify_timer = None
        if self.on_output:
            self.on_output()

    async def _drain(self) -> None:
        """Wait until no more messages arrive."""
        before = -1
        while self.received != before:
            before = self.received
            await asyncio.sleep(_DRAIN_SECONDS)

    def output(
        self, outs: list[NotebookNode], msg: dict[str, Any], display_id: str | None, cell_index: int
    ) -> NotebookNode | None:
        """Add an output unless the cell has sent too much; then add one mark and drop the rest."""
        _as_text(msg["content"].get("data", {}))
        if self.output_hook_stack[msg["parent_header"].get("msg_id")]:
            return super().output(outs, msg, display_id, cell_index)  # a widget takes it
        clears = self.clear_before_next_output
        if clears or not outs:
            self.sent = self.shown = 0
        elif outs[-1].get("text", "").startswith(CUT):
            return None
        elif len(outs) >= MAX_OUTPUTS:
            return self._cut(outs, f"more than {MAX_OUTPUTS:,} outputs")
        content = msg["content"]
        self.shown += sum(len(str(value)) for value in content.get("data", {}).values())
        if self.shown > MAX_SHOWN:
            return self._cut(outs, f"more than {MAX_SHOWN:,} characters of displays")
        if "text" not in content:
            return super().output(outs, msg, display_id, cell_index)
        if clears or not outs or outs[-1].get("name") != content["name"]:
            text, content["text"] = content["text"], ""
            super().output(outs, msg, display_id, cell_index)
            content["text"] = text
        self._append(outs[-1], content["text"])
        if self.sent > 2 * self.max_output:
            return self._cut(outs, f"more than {self.max_output:,} characters")
        return outs[-1]

    def _append(self, stream: NotebookNode, text: str) -> None:
        """Append to a stream, up to the limit; drop what a progress line has overwritten."""
        before = len(stream["text"])
        whole = stream["text"] + text
        start = whole.rfind("\n") + 1
        if "\r" in text and len(whole) - start > min(_LONG_LINE, self.max_output):
            past, _, now = whole[start:].rpartition("\r")
            whole = f"{whole[:start]}{render_final(past)}\r{now}"
        stream["text"] = whole[: max(2 * self.max_output - self.sent, 0) + before]
        self.sent += len(whole) - before

    def _cut(self, outs: list[NotebookNode], why: str) -> NotebookNode:
        mark: NotebookNode = new_output("stream", name="stderr", text=f"{CUT} {why}]\n")
        outs.append(mark)
        return mark


def _as_text(data: dict[str, Any]) -> None:
    """Write the objects in a display as JSON text where nbformat allows only text.

    Some libraries use names such as `application/vnd.mine.json`, without a plus sign.
    """
    for mime, value in data.items():
        if isinstance(value, (dict, list)) and not is_json(mime):
            is_lines = isinstance(value, list) and all(isinstance(each, str) for each in value)
            data[mime] = value if is_lines else json.dumps(value, sort_keys=True)


async def _first(*tasks: asyncio.Future[Any], seconds: float | None) -> None:
    """Wait until one of some tasks is done, so many seconds at most."""
    await asyncio.wait(tasks, timeout=seconds, return_when=FIRST_COMPLETED)


async def _message(channel: Any) -> dict[str, Any]:
    """Return the next message of a channel; raise BadMessage for what cannot be read as one."""
    try:
        message: dict[str, Any] = await channel.get_msg(timeout=None)
        message["parent_header"].get("msg_id"), message["content"], message["msg_type"]
    except Exception as error:  # a post can send anything through its kernel's sockets
        raise BadMessage(type(error).__name__) from None
    return message

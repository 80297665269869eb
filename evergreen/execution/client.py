"""Runs single cells in a kernel and takes their outputs, within a bound.

nbclient knows what a notebook makes of a kernel's messages (outputs that replace others, cleared
outputs, widgets); this waits for them, for the end of the cell, for the end of the kernel.
"""

from __future__ import annotations

import asyncio
from asyncio import FIRST_COMPLETED
from collections.abc import Callable, Mapping
from typing import Any

from jupyter_core.utils import run_sync
from nbclient import NotebookClient
from nbclient.exceptions import CellControlSignal
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook, new_output

from evergreen.execution.in_kernel.capture import MAX_DISPLAYS, MAX_SHOWN
from evergreen.execution.kernels.connection import KernelConnection, KernelExit, cancel
from evergreen.execution.sanitize import CUT
from evergreen.execution.terminal import settle

MAX_OUTPUTS = MAX_DISPLAYS - 1
"""Outputs of one cell that are kept."""

OUTPUT_SECONDS = 30
"""How long outputs may still come after a cell has ended."""

INTERRUPT_SECONDS = 1.0
"""How long an interrupted cell may take to end."""

_QUIET_SECONDS = 0.03
_TOLD_SECONDS = 0.03
"""Between two words about the outputs of a cell."""
_LONG_LINE = 10_000
"""Characters of a line that moves, from which what it has overwritten is dropped."""


class KernelDied(Exception):
    """The kernel ended while a cell ran."""

    def __init__(self, end: KernelExit) -> None:
        super().__init__(f"exit code {end.code}")
        self.end = end


class OutputsLost(Exception):
    """A cell ended, and the kernel did not say that its outputs are complete."""


class CellRunner(NotebookClient):
    """Runs the cells of one notebook; errors are outputs, streams are joined in their order."""

    kc: KernelConnection

    def __init__(self, kernel: KernelConnection, max_output: int) -> None:
        super().__init__(new_notebook(), record_timing=False)
        self.kc = kernel
        self.clear_before_next_output = False
        self.max_output = max_output
        self.taken = 0
        """Messages so far."""
        self.sent = 0
        """Characters that the cell's streams hold."""
        self.shown = 0
        """Characters of what it has displayed."""
        self.hear: Callable[[], None] | None = None
        """Told, at times, that a cell has more outputs."""
        self.telling: asyncio.TimerHandle | None = None

    def run(
        self, source: str, node: NotebookNode, timeout: float | None, keep: bool = True
    ) -> Mapping[str, Any]:
        """Run code; its outputs go into `node`, whatever happens. The content of the reply.

        `keep` puts it into the post's history. Raises TimeoutError after an attempt to interrupt
        it, KernelDied, OutputsLost.
        """
        self.nb.cells.append(node)
        self.clear_before_next_output = False
        return run_sync(self._run)(source, node, timeout, keep)

    def ask(self, source: str) -> None:
        """Run code of ours, which leaves no trace. Raises RuntimeError where it fails."""
        reply = self.run(source, new_code_cell(), OUTPUT_SECONDS, keep=False)
        if reply["status"] == "error":
            raise RuntimeError(f"{reply['ename']}: {reply['evalue']}")

    async def _run(
        self, source: str, node: NotebookNode, timeout: float | None, keep: bool
    ) -> Mapping[str, Any]:
        asked = self.kc.execute(source, store_history=keep, stop_on_error=False)
        reply = asyncio.ensure_future(self._take_reply(asked))
        outputs = asyncio.ensure_future(self._take_outputs(asked, node))
        death = asyncio.ensure_future(self.kc.ended())
        try:
            await asyncio.wait({reply, death}, timeout=timeout, return_when=FIRST_COMPLETED)
            if not reply.done() and not death.done():
                await self._give_up(outputs, death)
            if reply.done():
                await _either(outputs, death, OUTPUT_SECONDS)
                if outputs.done():
                    outputs.result()
                    return reply.result()
            if death.done():
                await self._take_rest()
                raise KernelDied(death.result())
            raise OutputsLost
        finally:
            if self.telling:
                self.telling.cancel()
                self.telling = None
            await cancel(reply, outputs, death)

    async def _give_up(
        self, outputs: asyncio.Future[None], death: asyncio.Future[KernelExit]
    ) -> None:
        """Interrupt the cell, for its traceback; where it does not end, have its place written."""
        self.kc.interrupt()
        await _either(outputs, death, INTERRUPT_SECONDS)
        if not outputs.done() and not death.done():
            self.kc.locate()
        await self._take_rest()
        raise TimeoutError

    async def _take_reply(self, asked: str) -> Mapping[str, Any]:
        while True:
            message = await self.kc.shell_channel.get_msg(timeout=None)
            if message["parent_header"].get("msg_id") == asked:
                content: Mapping[str, Any] = message["content"]
                return content

    async def _take_outputs(self, asked: str, node: NotebookNode) -> None:
        """Put a cell's outputs into its node until it says that there are no more."""
        index = len(self.nb.cells) - 1
        while True:
            message = await self.kc.iopub_channel.get_msg(timeout=None)
            self.taken += 1
            if message["parent_header"].get("msg_id") == asked:
                try:
                    self.process_message(message, node, index)
                except CellControlSignal:
                    return
                except Exception:  # no message of a kernel's: the post has made it up
                    raise OutputsLost from None
                if self.hear and not self.telling and message["msg_type"] != "status":
                    self.telling = asyncio.get_running_loop().call_later(_TOLD_SECONDS, self._tell)

    def _tell(self) -> None:
        self.telling = None
        if self.hear:
            self.hear()

    async def _take_rest(self) -> None:
        """Let outputs come that are under way."""
        before = -1
        while self.taken != before:
            before = self.taken
            await asyncio.sleep(_QUIET_SECONDS)

    def output(
        self, outs: list[NotebookNode], msg: dict[str, Any], display_id: str | None, cell_index: int
    ) -> NotebookNode | None:
        """Take an output, unless the cell has sent too much; a mark then ends its outputs."""
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
        """Lengthen a stream, up to the bound; what a moving line has overwritten is not kept."""
        before = len(stream["text"])
        whole = stream["text"] + text
        start = whole.rfind("\n") + 1
        if "\r" in text and len(whole) - start > min(_LONG_LINE, self.max_output):
            past, _, now = whole[start:].rpartition("\r")
            whole = f"{whole[:start]}{settle(past)}\r{now}"
        stream["text"] = whole[: max(2 * self.max_output - self.sent, 0) + before]
        self.sent += len(whole) - before

    def _cut(self, outs: list[NotebookNode], why: str) -> NotebookNode:
        mark: NotebookNode = new_output("stream", name="stderr", text=f"{CUT} {why}]\n")
        outs.append(mark)
        return mark


async def _either(one: asyncio.Future[Any], other: asyncio.Future[Any], seconds: float) -> None:
    await asyncio.wait({one, other}, timeout=seconds, return_when=FIRST_COMPLETED)

"""nbclient for a kernel that is already there, with a bound on what one cell may send."""

from __future__ import annotations

from typing import Any

from nbclient import NotebookClient
from nbformat import NotebookNode
from nbformat.v4 import new_output

CUT = "[cut here:"
"""How the mark begins that stands where an output was cut (see `probe`)."""

MAX_OUTPUTS = 1000
"""Outputs of one cell that are kept."""

OUTPUT_SECONDS = 30
"""How long outputs may still come after a cell has ended."""


class Client(NotebookClient):  # type: ignore[misc]
    """Runs single cells; errors are outputs, streams are not joined.

    Its `kc` is set to a running kernel before the first cell.
    """

    def __init__(self, node: NotebookNode, timeout: float, max_output: int) -> None:
        super().__init__(
            node,
            timeout=timeout,
            iopub_timeout=OUTPUT_SECONDS,
            raise_on_iopub_timeout=True,
            allow_errors=True,
        )
        self.max_output = max_output

    def output(
        self, outs: list[NotebookNode], msg: dict[str, Any], display_id: str, cell_index: int
    ) -> NotebookNode | None:
        """Take an output, unless the cell has sent too much; a mark then ends its outputs."""
        if not outs:
            self.sent = 0
        if outs and outs[-1].get("text", "").startswith(CUT):
            return None
        content = msg["content"]
        text = content.get("text", "")
        self.sent += len(text)
        if self.sent > 2 * self.max_output:
            return self._cut(outs, f"more than {self.max_output:,} characters")
        if text and outs and outs[-1].get("name") == content["name"]:
            outs[-1]["text"] += text
            return outs[-1]
        if len(outs) >= MAX_OUTPUTS:
            return self._cut(outs, f"more than {MAX_OUTPUTS:,} outputs")
        return super().output(outs, msg, display_id, cell_index)

    def _cut(self, outs: list[NotebookNode], why: str) -> NotebookNode:
        mark = new_output("stream", name="stderr", text=f"{CUT} {why}]\n")
        outs.append(mark)
        return mark

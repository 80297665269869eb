"""What can end a run, in words: the cause and what to do; and what is left of its last cell.

`capture`, in the kernel, has written what the cell printed and where it stood.
"""

from __future__ import annotations

import re
import signal
from dataclasses import replace
from pathlib import Path

from nbformat import NotebookNode
from nbformat.v4 import new_output

from evergreen.execution.kernels.connection import KernelExit
from evergreen.model import CellError, Output
from evergreen.paths import read_made

_CAUSES = {
    "SIGKILL": "something killed it, perhaps the system for want of memory",
    "SIGSEGV": "compiled code that the cell calls has a fault",
    "SIGBUS": "compiled code that the cell calls has a fault",
    "SIGABRT": "compiled code that the cell calls has given up",
    "SIGFPE": "compiled code that the cell calls divides by zero",
    "SIGILL": "a package is compiled for another processor",
}
_TRACEBACK = re.compile(r"(?:Cell In\[\d+\]|<ipython-input[^>]*>)[^\n]*?, line (\d+)")
_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_FRAME = re.compile(r'^  File "(.*)", line (\d+) in (.*)$')
_CELL_FILE = re.compile(r"ipykernel_\d+.\d+\.py$")


def timed_out(seconds: float, folder: Path) -> CellError:
    """A cell took too long."""
    message = f"the cell took longer than {seconds:g} s: raise 'execute: timeout', or shorten it"
    return _located("Timeout", message, folder)


def died(end: KernelExit, limit: int, folder: Path) -> CellError:
    """The kernel ended in the middle of a cell."""
    if end.memory:
        used, most = (f"{size / 2**30:.2g} GiB" for size in (end.memory, limit))
        message = f"the post used {used}, and may use {most}: use less, or raise 'execute: memory'"
        return _located("MemoryLimit", message, folder)
    if end.processes:
        message = f"the post ran {end.processes} processes at once: start fewer"
        return _located("ProcessLimit", message, folder)
    if end.disk:
        message = f"the post wrote {end.disk / 2**30:.2g} GiB: write less"
        return _located("DiskLimit", message, folder)
    if end.code >= 0:
        message = f"the kernel exited with code {end.code}: leave out what ends the process"
        return _located("KernelDied", message, folder)
    name = _signal_name(-end.code)
    cause = _CAUSES.get(name, "leave out what ends the process")
    return _located("KernelDied", f"the kernel was ended by {name}: {cause}", folder)


def quitted() -> CellError:
    """A cell asked the kernel to end, as `quit()` does."""
    return CellError("KernelDied", "the cell ends the kernel: leave out 'quit' and 'exit'")


def not_raised() -> CellError:
    """A cell was to raise an exception and did not."""
    message = "the cell was expected to raise an exception and did not: untag it"
    return CellError("NotRaised", message)


def outputs_lost() -> CellError:
    """The kernel did not say that a cell's outputs are complete."""
    message = "the kernel does not send its outputs: leave its sockets and threads alone"
    return CellError("OutputsLost", message)


def locate(output: Output) -> Output:
    """An exception with its line in the cell: the outermost frame that the traceback names."""
    if not isinstance(output, CellError):
        return output
    found = _TRACEBACK.search(_ANSI.sub("", output.traceback))
    return replace(output, line=int(found[1]) if found else 0)


def add_rest(node: NotebookNode, folder: Path) -> None:
    """Add what a cell wrote to its streams that did not leave the kernel any more."""
    for name in ("stdout", "stderr"):
        written = read_made(folder / name)
        sent = "".join(out.text for out in node.outputs if out.get("name") == name)
        if len(written) > len(sent) and written.startswith(sent):
            node.outputs.append(new_output("stream", name=name, text=written[len(sent) :]))


def _located(ename: str, evalue: str, folder: Path) -> CellError:
    """An error with the place that the kernel has written down, if it has."""
    frames = _cell_frames(read_made(folder / "place"))
    if not frames:
        return CellError(ename, evalue)
    lines = [f"  line {line}, in {where}\n" for line, where in reversed(frames)]
    return CellError(ename, evalue, "".join(["Traceback of the cell:\n", *lines]), frames[-1][0])


def _cell_frames(dump: str) -> list[tuple[int, str]]:
    """Line and function of the frames of cells, innermost first, the cell itself last.

    The format is faulthandler's: a paragraph a thread, its frames innermost first.
    """
    for thread in dump.split("\n\n"):
        frames = []
        for file, line, where in filter(None, map(_frame, thread.split("\n"))):
            if _CELL_FILE.search(file):
                frames.append((line, where))
                if where == "<module>":
                    return frames
    return []


def _frame(line: str) -> tuple[str, int, str] | None:
    found = _FRAME.match(line)
    return (found[1], int(found[2]), found[3]) if found else None


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"

"""Messages for each way in which a run can fail, with the cause and what to do.

The kernel's `capture` has written the cell's last outputs and its stack to files; they are read
here after the kernel has ended.
"""

from __future__ import annotations

import re
import signal
import time
from pathlib import Path

from nbformat import NotebookNode
from nbformat.v4 import new_output

from evergreen.dataclass import replace
from evergreen.execution.kernels.connection import KernelExit
from evergreen.model import CellError, Output
from evergreen.paths import read_untrusted
from evergreen.regex import regex

_CAUSES = {
    "SIGKILL": "something killed it, perhaps the system because memory ran out",
    "SIGSEGV": "compiled code that the cell calls is faulty",
    "SIGBUS": "compiled code that the cell calls is faulty",
    "SIGABRT": "compiled code that the cell calls aborted",
    "SIGFPE": "compiled code that the cell calls divides by zero",
    "SIGILL": "a package is compiled for another processor",
}
DUMP_SECONDS = 0.3
"""A stack dump to which nothing is added for so long is complete."""
_TRACEBACK = regex(r"(?:Cell In\[\d+\]|<ipython-input[^>]*>)[^\n]*?, line (\d+)")
_IN_MAGIC = regex(r"File <(?:timed (?:exec|eval)|magic-timeit|string|unknown)>:(\d+)")
_ANSI = regex(r"\x1b\[[0-9;]*[A-Za-z]")
_THREAD = regex(r"^(?:Current thread|Thread) 0x", re.MULTILINE)
_FRAME = regex(r'^  File "(.*)", line (\d+) in (.*)$')
_CELL_FILE = regex(r"ipykernel_\d+.\d+\.py$")


def timed_out(seconds: float, folder: Path) -> CellError:
    """Return the error for a cell that took too long."""
    message = f"the cell took longer than {seconds:g} s: raise 'execute: timeout', or shorten it"
    return _located("Timeout", message, folder)


def stopped(folder: Path) -> CellError:
    """Return the error for a run that was stopped because the time of the build is over."""
    message = (
        "the run was stopped, as --max-time is over: build again, it goes on from the last"
        " checkpoint that is kept"
    )
    return _located("Stopped", message, folder)


def died(end: KernelExit, limit: int, folder: Path) -> CellError:
    """Return the error for a kernel that ended during a cell."""
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
        message = f"the kernel exited with code {end.code}: remove the call that exits the process"
        return _located("KernelDied", message, folder)
    name = _signal_name(-end.code)
    cause = _CAUSES.get(name, "remove the call that ends the process")
    return _located("KernelDied", f"the kernel was ended by {name}: {cause}", folder)


def exited() -> CellError:
    """Return the error for a cell that asked the kernel to exit, as `quit()` does."""
    return CellError("KernelDied", "the cell exits the kernel: remove 'quit' and 'exit'")


def outputs_lost() -> CellError:
    """Return the error for a kernel that did not report that a cell's outputs are complete."""
    message = "the kernel does not send its outputs: do not change its sockets and threads"
    return CellError("OutputsLost", message)


def no_reply() -> CellError:
    """Return the error for a kernel that no longer reports how a cell ended."""
    message = "the kernel no longer answers: leave IPython's own objects and modules alone"
    return CellError("NoReply", message)


def has_stack(folder: Path) -> bool:
    """True if the kernel has dumped its stack.

    The stack of a cell that awaits something does not contain the cell: such a dump is complete
    when nothing is added to it.
    """
    dump = read_untrusted(folder / "place")
    if _cell_frames(dump):
        return True
    try:
        age = time.time() - (folder / "place").stat().st_mtime
    except OSError:
        return False
    return bool(dump) and age > DUMP_SECONDS


def cells_begun(folder: Path) -> int:
    """Return how many cells IPython has begun to run since `capture` came into the kernel."""
    try:
        return (folder / "cells").stat().st_size
    except OSError:
        return 0


def locate(output: Output, code: str) -> Output:
    """Add the line in the cell's code to an exception: the outermost frame that the traceback
    names, within the text of a cell magic if it runs that as code.

    IPython numbers lines without the blank ones at the start of a cell and of a magic's text.
    """
    if not isinstance(output, CellError):
        return output
    traceback = _ANSI.sub("", output.traceback)
    found = _TRACEBACK.search(traceback)
    if not found:
        return replace(output, line=0)
    before = _blank_lines(code)
    inner = _IN_MAGIC.search(traceback) if code.lstrip().startswith("%%") else None
    if inner:
        text = code.lstrip().partition("\n")[2]
        return replace(output, line=before + 1 + _blank_lines(text) + int(inner[1]))
    return replace(output, line=before + int(found[1]))


def _blank_lines(code: str) -> int:
    """Count the blank lines at the start of some code."""
    return code[: len(code) - len(code.lstrip())].count("\n")


def add_rest(node: NotebookNode, folder: Path) -> None:
    """Append the text that a cell wrote to its streams but the kernel did not send any more."""
    for name in ("stdout", "stderr"):
        written = read_untrusted(folder / name)
        sent = "".join(out.text for out in node.outputs if out.get("name") == name)
        if len(written) > len(sent) and written.startswith(sent):
            node.outputs.append(new_output("stream", name=name, text=written[len(sent) :]))


def _located(ename: str, evalue: str, folder: Path) -> CellError:
    """Return an error with the stack that the kernel has dumped, if there is one."""
    frames = _cell_frames(read_untrusted(folder / "place"))
    if not frames:
        return CellError(ename, evalue)
    lines = [f"  line {line}, in {where}\n" for line, where in reversed(frames)]
    return CellError(ename, evalue, "".join(["Traceback of the cell:\n", *lines]), frames[-1][0])


def _cell_frames(dump: str) -> list[tuple[int, str]]:
    """Return line and function of the cell's frames, innermost first, the cell itself last.

    The format is faulthandler's: a head per thread, then its frames, innermost first. Of several
    dumps the last one counts: the kernel of a preview goes on after a cell that took too long.
    """
    for thread in reversed(_THREAD.split(dump)):
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

"""Inside a kernel: keep what a cell prints and shows in order, bounded, and safe from a crash.

What C code and child processes write to descriptors 1 and 2 is inserted into `sys.stdout` and
`sys.stderr` before the cell's next write. All text is also written to the files `stdout` and
`stderr` in a folder, which are emptied when a cell begins, so that it survives the kernel. On a
fault or SIGUSR2, faulthandler writes the Python traceback to the file `place` in that folder.
"""

from __future__ import annotations

import codecs
import contextlib
import faulthandler
import fcntl
import functools
import os
import select
import signal
import struct
import sys
import termios
import threading

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from ipykernel.iostream import OutStream
else:
    OutStream = object

MAX_SHOWN = 20_000_000
"""Characters of one cell's displays that are sent and kept."""
MAX_DISPLAYS = 1001
"""Displays of one cell that are sent: one more than are kept, so that the client marks the cut."""
WORKER_SECONDS = 3
"""Time limit for a multiprocessing pool to end."""


def begin(folder: str, limit: int) -> None:
    """Start to capture; at most `limit` characters of one cell's text are sent."""
    shell = sys.modules["IPython"].get_ipython()
    budget = _Budget(limit)
    sys.stdout = _captured(sys.stdout, 1, budget, folder)
    sys.stderr = _captured(sys.stderr, 2, budget, folder)
    begun = os.open(os.path.join(folder, "cells"), os.O_WRONLY | os.O_CREAT, 0o600)
    start = functools.partial(_start, (sys.stdout, sys.stderr), begun)
    shell.events.register("pre_run_cell", start)
    _bound_messages(shell, budget)
    _keep_streams(sys.stdout, sys.stderr)
    place = open(os.path.join(folder, "place"), "w")  # noqa: SIM115 - faulthandler keeps it
    faulthandler.enable(file=place)
    faulthandler.register(signal.SIGUSR2, file=place)


class _Sys:
    """Python's `sys` as ipykernel's modules see it: its streams stay the kernel's own.

    ipykernel flushes `sys.stdout` before it replies and before it says that it is idle. A post may
    put anything in its place (None, an object without `flush`): the reply would never be sent.
    """

    def __init__(self, streams: Sequence[_Stream]) -> None:
        self.stdout, self.stderr = map(_KernelStream, ("stdout", "stderr"), streams)

    def __getattr__(self, name: str) -> Any:
        return getattr(sys, name)


class _KernelStream:
    """A stream of the kernel; `flush` also flushes the stream that the post has put over it."""

    def __init__(self, name: str, stream: _Stream) -> None:
        self._name, self._stream = name, stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def flush(self) -> None:
        """Flush both; an error in the post's stream is the post's to see, not the kernel's."""
        shown: Any = getattr(sys, self._name, None)
        if shown is not self._stream:
            with contextlib.suppress(Exception, SystemExit):
                shown.flush()
        self._stream.flush()


def _keep_streams(*streams: Any) -> None:
    """Let ipykernel use its own streams, whatever `sys.stdout` and `sys.stderr` become."""
    seen_by_kernel = _Sys(streams)
    for name in ("displayhook", "ipkernel", "kernelbase", "zmqshell"):
        module: Any = sys.modules.get(f"ipykernel.{name}")
        if getattr(module, "sys", None) is sys:
            module.sys = seen_by_kernel


def end() -> None:
    """End the worker processes of `multiprocessing`, as Python does at exit."""
    if "multiprocessing.util" in sys.modules:
        thread = threading.Thread(target=_end_workers, daemon=True)
        thread.start()
        thread.join(WORKER_SECONDS)


def _end_workers() -> None:
    sys.modules["multiprocessing.util"]._run_finalizers(0)
    for worker in sys.modules["multiprocessing"].active_children():
        worker.kill()
        worker.join()


class _Budget:
    """How much a cell may still send."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.begin()

    def begin(self) -> None:
        """Set all counts to 0."""
        self.spent = self.shown = self.displays = 0

    def cut(self, text: str) -> str:
        """Return the part of a text that may be sent, with a mark if that is not all."""
        left = self.limit - self.spent
        self.spent += len(text)
        if left >= len(text):
            return text
        return text[:left] + f"\n{self.mark()}\n" if left > 0 else ""

    def mark(self) -> str:
        """Return the text that replaces the rest."""
        return f"[cut here: more than {self.limit:,} characters]"


def _start(streams: Sequence[_Stream], begun: int, *_: object) -> None:
    """Prepare the streams for a new cell; the size of `begun` tells the builder how many began."""
    os.ftruncate(begun, os.fstat(begun).st_size + 1)  # works on a full disk too
    for stream in streams:
        stream.start()


def _captured(plain: Any, number: int, budget: _Budget, folder: str) -> Any:
    """Return a stream that replaces one of the kernel's and takes over its descriptor."""
    kind = type("Stream", (_Stream, type(plain)), {})
    stream = kind(plain.session, plain.pub_thread, plain.name, watchfd=False)
    stream.capture(number, budget, folder)
    return stream


class _Stream(OutStream):
    """The differences from ipykernel's stream class, which is added as a base class at run time."""

    def capture(self, number: int, budget: _Budget, folder: str) -> None:
        """Redirect a descriptor into this stream."""
        self.number, self.budget = number, budget
        self.pid = os.getpid()
        self.lock = threading.RLock()
        self.line = 0
        self.decoder = codecs.getincrementaldecoder("utf-8")("replace")
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        self.journal = os.open(os.path.join(folder, self.name), flags, 0o600)
        self.reading, writing = os.pipe()
        os.dup2(writing, number)
        os.close(writing)
        threading.Thread(target=self._watch, daemon=True).start()

    def start(self) -> None:
        """Begin a new cell."""
        with self.lock:
            self.line = 0
            self.budget.begin()
            os.ftruncate(self.journal, 0)

    def fileno(self) -> int:
        """Return the descriptor that is redirected into this stream."""
        return self.number

    def write(self, text: str) -> int:
        """Write a cell's text, after what was written to the descriptor before it."""
        if os.getpid() != self.pid or not isinstance(text, str):
            return super().write(text) or 0
        with self.lock:
            self._take()
            self._send(text)
        return len(text)

    def flush(self) -> None:
        """Send what is pending; ipykernel also calls this when a cell ends."""
        if os.getpid() == self.pid:
            self._take()
        super().flush()  # type: ignore[no-untyped-call]

    def _send(self, text: str) -> None:
        self._forget_overwritten(text)
        text = self.budget.cut(text)
        if text:
            with contextlib.suppress(OSError):  # a full disk is no fault of what the cell prints
                os.write(self.journal, text.encode("utf-8", "replace"))
            super().write(text)

    def _forget_overwritten(self, text: str) -> None:
        """Count only the last state of a line that is overwritten again and again."""
        for number, line in enumerate(text.replace("\r\n", "\n").split("\n")):
            if number:
                self.line = 0
            past, moved, now = line.rpartition("\r")
            if moved:
                self.budget.spent -= self.line + len(past) + 1
                self.line = 0
            self.line += len(now)

    def _watch(self) -> None:
        while select.select([self.reading], [], [])[0]:
            self._take()

    def _take(self) -> None:
        """Move what was written to the descriptor into the stream."""
        with self.lock:
            while size := self._waiting():
                self._send(self.decoder.decode(os.read(self.reading, size)))

    def _waiting(self) -> int:
        """Return the number of bytes that can be read."""
        count: int
        (count,) = struct.unpack("i", fcntl.ioctl(self.reading, termios.FIONREAD, b"\0" * 4))
        return count


def _bound_messages(shell: Any, budget: _Budget) -> None:
    """Cut values, displays and errors that are too long before they are sent."""
    session = shell.display_pub.session
    plain = session.send

    def send(stream: Any, message: Any, content: Any = None, *rest: Any, **options: Any) -> Any:
        whole = isinstance(message, dict)
        kind = message["header"]["msg_type"] if whole else message
        content = message["content"] if whole else content
        if kind in _BOUNDED and content:
            content = _BOUNDED[kind](content, budget)
            if content is None:
                return None
        parts = ({**message, "content": content}, None) if whole else (message, content)
        try:
            return plain(stream, *parts, *rest, **options)
        except UnicodeEncodeError:  # a lone surrogate: the message would be lost
            content = _encodable(content)
            parts = ({**message, "content": content}, None) if whole else (message, content)
            return plain(stream, *parts, *rest, **options)

    session.send = send


def _encodable(value: Any) -> Any:
    """Write the lone surrogates of all texts in a message as escapes, which UTF-8 can hold."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, dict):
        return {_encodable(key): _encodable(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_encodable(each) for each in value]
    return value


def _bounded_display(content: dict[str, Any], budget: _Budget) -> dict[str, Any] | None:
    """Return a display within the limits; None for those after the mark."""
    if budget.shown > MAX_SHOWN or budget.displays > MAX_DISPLAYS:
        return None
    budget.displays += 1
    data = dict(content["data"])
    budget.shown += sum(len(str(value)) for value in data.values())
    if budget.shown > MAX_SHOWN:
        mark = f"[cut here: more than {MAX_SHOWN:,} characters of displays]"
        return {**content, "data": {"text/plain": mark}}
    if "text/plain" in data:
        data["text/plain"] = _shortened(data["text/plain"], budget)
    return {**content, "data": data}


def _bounded_error(content: dict[str, Any], budget: _Budget) -> dict[str, Any]:
    if "traceback" not in content:
        return content
    lines = [_shortened(line, budget) for line in content["traceback"]]
    return {**content, "evalue": _shortened(content["evalue"], budget), "traceback": lines}


def _shortened(text: str, budget: _Budget) -> str:
    if len(text) <= budget.limit:
        return text
    half = budget.limit // 2
    return f"{text[:half]}\n{budget.mark()}\n{text[-half:]}"


def _cleared(content: dict[str, Any], budget: _Budget) -> dict[str, Any]:
    budget.begin()
    return content


_BOUNDED = {
    "display_data": _bounded_display,
    "execute_result": _bounded_display,
    "error": _bounded_error,
    "execute_reply": _bounded_error,
    "clear_output": _cleared,
}

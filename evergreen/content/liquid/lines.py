"""Output of Liquid, with the source line of each line."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from io import StringIO
from typing import TextIO

from liquid.exceptions import OutputStreamLimitError

MAX_OUTPUT = 30_000_000
"""Characters that one text may grow to."""


class LineBuffer(StringIO):
    """A text buffer that records the source line of each piece."""

    def __init__(self, limit: int = MAX_OUTPUT) -> None:
        super().__init__()
        self._pieces: list[tuple[str, int, bool]] = []
        self._line, self._flows, self._room = 1, False, limit

    def set_line(self, line: int, flows: bool) -> None:
        """Set the source line of what is written next; `flows`: its further lines come from further
        lines of the source.
        """
        self._line, self._flows = line, flows

    def write(self, text: str, /) -> int:
        """Append a piece. Raises OutputStreamLimitError if the text gets too long."""
        self._room -= len(text)
        if self._room < 0:
            raise OutputStreamLimitError("the text becomes too long", token=None)
        if text:
            self._pieces.append((text, self._line, self._flows))
            self._line += text.count("\n") if self._flows else 0
        return len(text)

    def getvalue(self) -> str:
        """Return the text so far."""
        return "".join(piece for piece, _, _ in self._pieces)

    def copy_to(self, buffer: TextIO) -> None:
        """Write the text so far to another buffer, with the source line of each piece."""
        for text, line, flows in self._pieces:
            if isinstance(buffer, LineBuffer):
                buffer.set_line(line, flows)
            buffer.write(text)

    def tail(self, most: int) -> str:
        """Return the end of the text so far: at least `most` characters, whole pieces."""
        pieces: list[str] = []
        for piece, _, _ in reversed(self._pieces):
            if most <= 0:
                break
            pieces.append(piece)
            most -= len(piece)
        return "".join(reversed(pieces))

    def origins(self) -> list[int]:
        """Return the source line of each line of the text."""
        found = [1]
        is_new = True
        for text, line, flows in self._pieces:
            if is_new:
                found[-1] = line
            count = text.count("\n")
            found += [line + step if flows else line for step in range(1, count + 1)]
            is_new = text.endswith("\n")
        return found


def line_starts(text: str) -> list[int]:
    """Return the index at which each line of a text begins."""
    starts = [0]
    at = text.find("\n")
    while at >= 0:
        starts.append(at + 1)
        at = text.find("\n", at + 1)
    return starts


def line_of(starts: Sequence[int], index: int) -> int:
    """Return the line of an index, from 1."""
    return bisect_right(starts, index)

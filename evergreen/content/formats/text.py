"""Build the Markdown of a post in another format, with the origin of each line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field


@dataclass(slots=True)
class NumberedLines:
    """Lines of text, each with its line in the source file."""

    lines: list[str] = field(default_factory=list)
    origin: list[int] = field(default_factory=list)

    def add(self, line: str, number: int) -> None:
        """Append a line."""
        self.lines.append(line)
        self.origin.append(number)

    def add_prose(self, lines: Sequence[str], numbers: Sequence[int]) -> None:
        """Append Markdown; its code blocks are marked as not to run, only cells are."""
        for line, number in zip(lines, numbers, strict=True):
            self.add(_SHOWN.sub(r"\1 {.noeval}", line), number)
        self.add("", numbers[-1] if numbers else 1)

    def add_cell(
        self, info: str, lines: Sequence[str], numbers: Sequence[int], options: str = ""
    ) -> None:
        """Append a code cell, with a fence longer than any in it."""
        fence = "`" * max(3, 1 + _longest_run(lines))
        self.add(f"{fence}{info}{options}", numbers[0])
        for line, number in zip(lines, numbers, strict=True):
            self.add(line, number)
        self.add(fence, numbers[-1])
        self.add("", numbers[-1])

    @property
    def body(self) -> str:
        """The text so far."""
        return "\n".join(self.lines) + "\n"


def first_heading(lines: Sequence[str]) -> tuple[int, str] | None:
    """Return index and text of the first line if it is a level-1 heading; None otherwise."""
    for place, line in enumerate(lines):
        if found := _HEADING.fullmatch(line):
            return place, found[1]
        if line.strip():
            return None
    return None


def format_tags(tags: Iterable[str]) -> str:
    """Format a cell's tags for an info string; tags that are not words are dropped."""
    words = [tag for tag in map(str, tags) if _WORD.fullmatch(tag)]
    return f" {{tags=[{', '.join(words)}]}}" if words else ""


def _longest_run(lines: Sequence[str]) -> int:
    return max((len(found) for line in lines for found in _RUN.findall(line)), default=0)


_SHOWN = re.compile(r"\A([ \t]*(?:>[ \t]?)*(?:`{3,}|~{3,})[ \t]*[A-Za-z][\w+#-]*)[ \t]*\Z")
_HEADING = re.compile(r"#[ \t]+(.*?)[ \t]*#*[ \t]*")
_WORD = re.compile(r"[\w:-]+")
_RUN = re.compile(r"`{3,}")

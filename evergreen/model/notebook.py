"""A post cut into cells, and the steps that its kernel gets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Show = Literal["show", "hide", "remove", "fold"]
"""show; hide: folded away behind a summary; remove: not on the page; fold: open, can be folded."""


@dataclass(frozen=True, slots=True)
class CellOptions:
    """What a cell's tags and `#|` comments ask for."""

    runs: bool = True
    input: Show = "show"
    output: Show = "show"
    raises: bool = False
    """An exception is expected."""
    label: str = ""
    caption: str = ""
    alt: str = ""
    tags: tuple[str, ...] = ()
    check: tuple[tuple[str, Any], ...] = ()
    """Fields of `CheckOptions` that this cell has of its own."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A piece of code of the post: a fence, or an inline expression in its prose."""

    source: str
    """What runs; no newline at the end."""
    line: int
    """The line of the file on which `source` starts, from 1."""
    options: CellOptions = CellOptions()
    inline: bool = False
    fence: int = -1
    """Which of the text's code blocks (or, where inline, code spans) this is, from 0."""


@dataclass(frozen=True, slots=True, order=True)
class Step:
    """What the kernel gets of a cell: all that can change a result, and nothing else."""

    block: int
    """How many blocks have begun to run, this one included."""
    inline: bool
    source: str
    raises: bool = False


@dataclass(frozen=True, slots=True)
class Notebook:
    """A post cut into cells."""

    cells: tuple[Cell, ...]
    """In the order of the text: those that run, and those of the kernel's language that do not."""
    kernel: str = "python3"
    language: str = "python"
    blocks: int = 0
    """Code blocks of the post that name a language, run or not."""
    markdown: tuple[str, ...] = ()
    """The prose between the code cells that are not inline, one more than those."""

    @property
    def steps(self) -> tuple[Step, ...]:
        """What the kernel gets, in order, without its place in the text.

        Between two blocks each inline expression stands once, in alphabetical order, so that
        translations whose sentences are ordered otherwise have the same steps.
        """
        return tuple(sorted({step for _, step in self.placed}))

    @property
    def placed(self) -> tuple[tuple[Cell, Step], ...]:
        """Each cell that runs, in the order of the text, with its step."""
        pairs, block = [], 0
        for cell in self.cells:
            if cell.options.runs:
                block += not cell.inline
                pairs.append((cell, Step(block, cell.inline, cell.source, cell.options.raises)))
        return tuple(pairs)

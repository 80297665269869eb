"""A post split into cells, and the steps that its kernel runs."""

from __future__ import annotations

from dataclasses import field
from typing import Any, Literal

from evergreen.dataclass import dataclass
from evergreen.model.code_display import CodeDisplay
from evergreen.model.numbering import LabelledThing

Show = Literal["show", "hide", "remove", "fold"]
"""show; hide: collapsed behind a summary; remove: not on the page; fold: expanded, can be
collapsed."""
MAY_RAISE = "raises-exception"
"""The tag of a cell that may raise an exception, as nbclient and Jupyter know it."""
MAX_COLUMNS = 6
"""Columns of figures side by side."""


def columns_for(count: int, rows: int) -> int:
    """Return the columns in which a number of figures fills that many rows; 0 for no rows."""
    return -(-count // rows) if rows else 0


@dataclass(frozen=True, slots=True)
class CellOptions:
    """Options from a cell's tags and `#|` comments."""

    runs: bool = True
    input: Show = "show"
    output: Show = "show"
    raises: bool = False
    """An exception is expected."""
    prints: bool = True
    """Show what the cell writes to stdout."""
    warnings: bool = True
    """Show what the cell writes to stderr."""
    asis: bool = False
    """What the cell prints is Markdown."""
    dark: Literal["", "invert", "panel", "none"] = ""
    """How a dark page shows the figure: with inverted lightness, on a light panel, as it is."""
    is_open: bool = False
    """The input is shown, however long it is."""
    summary: str = ""
    """Text in place of a hidden input; "" for the usual one."""
    label: str = ""
    caption: str = ""
    is_figure: bool = False
    """The label is that of a figure, whatever its prefix."""
    parts: tuple[str, ...] = ()
    """Captions of the parts of its figure, one for each picture."""
    columns: int = 0
    """Columns of its figures; 0 for one."""
    rows: int = 0
    """Rows of its figures, from whose number its columns follow; 0 for as many as there are."""
    listing: str = ""
    """Label of the code itself, as a listing."""
    listing_caption: str = ""
    display: CodeDisplay = field(default_factory=CodeDisplay)
    alt: str = ""
    tags: tuple[str, ...] = ()
    check: tuple[tuple[str, Any], ...] = ()
    """Fields of `CheckOptions` that this cell overrides."""
    checkpoint: tuple[str, ...] = ()
    """Names whose values are kept when the cell has run; () for no checkpoint."""
    always: bool = False
    """Run it again before a run goes on from a checkpoint."""

    def shows(self, stream: str) -> bool:
        """True if what the cell writes to `stdout` or `stderr` is shown."""
        return self.prints if stream == "stdout" else self.warnings


@dataclass(frozen=True, slots=True)
class Cell:
    """A piece of code in the post: a fenced block, or an inline expression in its prose."""

    source: str
    """The code that runs, without a newline at the end."""
    line: int
    """Line in the file where `source` begins, from 1."""
    options: CellOptions = CellOptions()
    inline: bool = False
    fence: int = -1
    """Index of this code block (or code span, if inline) in the text, from 0."""


@dataclass(frozen=True, slots=True, order=True)
class Step:
    """What the kernel is sent for a cell: everything that can change a result, and nothing else."""

    block: int
    """Number of blocks that have begun to run, including this one."""
    inline: bool
    source: str
    raises: bool = False


@dataclass(frozen=True, slots=True)
class CheckpointMark:
    """Where a notebook asks for a checkpoint."""

    step: int
    """The number of the step after which it is made, counted from 1."""
    names: tuple[str, ...]
    line: int
    """Line of the cell's code in the file, from 1."""


@dataclass(frozen=True, slots=True)
class Notebook:
    """A post split into cells."""

    cells: tuple[Cell, ...]
    """In the order of the text: those that run, and those of the kernel's language that do not."""
    kernel: str = "python3"
    language: str = "python"
    blocks: int = 0
    """Number of code blocks in the kernel's language, run or not."""
    things: tuple[LabelledThing, ...] = ()
    """What has a label, in the text and among the cells, in the order of the text."""
    markdown: tuple[str, ...] = ()
    """The prose around the code cells that are not inline, one more than these."""

    @property
    def steps(self) -> tuple[Step, ...]:
        """Return what the kernel is sent, in order, independent of the position in the text.

        Between two blocks each inline expression occurs once, in alphabetical order, so that
        translations with another word order have the same steps.
        """
        return tuple(sorted({step for _, step in self.cell_steps}))

    @property
    def checkpoints(self) -> tuple[CheckpointMark, ...]:
        """Return where checkpoints are made, in order."""
        if not any(cell.options.checkpoint for cell in self.cells):
            return ()
        steps = self.steps
        return tuple(
            CheckpointMark(steps.index(step) + 1, cell.options.checkpoint, cell.line)
            for cell, step in self.cell_steps
            if cell.options.checkpoint
        )

    @property
    def cell_steps(self) -> tuple[tuple[Cell, Step], ...]:
        """Yield each cell that runs, in the order of the text, with its step."""
        pairs, block = [], 0
        for cell in self.cells:
            if cell.options.runs:
                block += not cell.inline
                pairs.append((cell, Step(block, cell.inline, cell.source, cell.options.raises)))
        return tuple(pairs)

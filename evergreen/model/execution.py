"""What a notebook's code produced."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, slots=True)
class Stream:
    """Text that a cell wrote to its standard output or error."""

    name: Literal["stdout", "stderr"]
    text: str


@dataclass(frozen=True, slots=True)
class Display:
    """A value that a cell showed, in the forms it offers."""

    data: Mapping[str, str | bytes]
    """MIME type → text, or bytes for pictures that are not text; JSON types as JSON text."""
    metadata: str = "{}"
    """nbformat's metadata of the output, as JSON text."""
    result: bool = False
    """The value of the cell's last expression."""


@dataclass(frozen=True, slots=True)
class CellError:
    """An exception that ended a cell, or a fault that ended the run there."""

    ename: str
    evalue: str
    traceback: str = ""
    """With ANSI colours, lines ending in \\n."""
    line: int = 0
    """Within the cell, from 1; 0 where it is not known."""


Output = Stream | Display | CellError


@dataclass(frozen=True, slots=True)
class Environment:
    """What a run ran with."""

    python: str = ""
    platform: str = ""
    packages: tuple[tuple[str, str], ...] = ()
    """Each distribution that the code imported, with its version, by name."""


@dataclass(frozen=True, slots=True)
class Execution:
    """What a notebook's code produced. Equality leaves times out: it is reproducibility."""

    outputs: tuple[tuple[Output, ...], ...]
    """For each of the notebook's steps that was reached, in order, what it produced."""
    failure: CellError | None = None
    """What ended the run in the last reached cell; None where all cells ran."""
    environment: Environment = Environment()
    stand_ins: tuple[str, ...] = ()
    """Declared data files that were substituted."""
    cleaned: Mapping[str, int] = field(default_factory=dict, compare=False)
    """What was dropped or replaced in the outputs, by kind, and how often."""
    left: int = 0
    """The step, from 1, that left processes running, which were ended; 0: none did."""
    facts: Mapping[str, str] = field(default_factory=dict, compare=False)
    """What the run was observed to use (see `facts`)."""
    finished: datetime | None = field(default=None, compare=False)
    """UTC."""
    seconds: float = field(default=0.0, compare=False)

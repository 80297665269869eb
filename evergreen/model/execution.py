"""What the code of a notebook produced."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from typing import Literal

from evergreen.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Stream:
    """Text that a cell wrote to stdout or stderr."""

    name: Literal["stdout", "stderr"]
    text: str


@dataclass(frozen=True, slots=True)
class Display:
    """A value that a cell displayed, in one or more MIME types."""

    data: Mapping[str, str | bytes]
    """MIME type → text, or bytes for binary pictures; JSON types as JSON text."""
    metadata: str = "{}"
    """Metadata of the nbformat output, as JSON text."""
    result: bool = False
    """True for the value of the cell's last expression."""
    drawing: str = field(default="", compare=False, repr=False)
    """JSON that describes what a figure draws, for checks alone: no page or notebook shows it."""


@dataclass(frozen=True, slots=True)
class CellError:
    """An exception that ended a cell, or a failure that ended the run there."""

    ename: str
    evalue: str
    traceback: str = ""
    """With ANSI colours, lines ending in \\n."""
    line: int = 0
    """Line within the cell, from 1; 0 if unknown."""


Output = Stream | Display | CellError


@dataclass(frozen=True, slots=True)
class Environment:
    """Python, platform and packages of a run."""

    python: str = ""
    platform: str = ""
    packages: tuple[tuple[str, str], ...] = ()
    """(name, version) of each distribution that the code imported, by name."""


@dataclass(frozen=True, slots=True)
class Resumed:
    """Where a run went on from a checkpoint of an earlier one."""

    cells: int
    """Number of code cells whose outputs are from the earlier run."""
    finished: datetime
    """When the earlier run made the checkpoint, UTC."""


@dataclass(frozen=True, slots=True)
class Remark:
    """Something that the author should know of a run."""

    step: int
    """The step that it is about, counted from 1."""
    message: str
    advice: str


@dataclass(frozen=True, slots=True)
class Execution:
    """What the code of a notebook produced. Equality ignores times: it tests reproducibility."""

    outputs: tuple[tuple[Output, ...], ...]
    """For each step that was reached, in order, its outputs."""
    failure: CellError | None = None
    """What ended the run in the last reached cell; None if all cells ran."""
    environment: Environment = Environment()
    stand_ins: tuple[str, ...] = ()
    """Names of the declared data files that were substituted."""
    cleaned: Mapping[str, int] = field(default_factory=dict, compare=False)
    """Number of parts that were dropped from the outputs or replaced, by kind."""
    left: int = 0
    """The step, from 1, that left processes running, which were killed; 0 if none did."""
    privileged: tuple[str, ...] = field(default=(), compare=False)
    """Programs that were started and could not gain the privileges that they need."""
    files: Mapping[str, bytes] = field(default_factory=dict, compare=False)
    """Files that the code wrote and that an output or the text names, by their path in the
    working directory."""
    facts: Mapping[str, str] = field(default_factory=dict, compare=False)
    """What the run was observed to depend on (see `records.facts`)."""
    finished: datetime | None = field(default=None, compare=False)
    """UTC."""
    seconds: float = field(default=0.0, compare=False)
    """Of the whole run; where it went on from a checkpoint, of both runs together."""
    resumed: Resumed | None = field(default=None, compare=False)
    """None: one run made all of it."""
    remarks: tuple[Remark, ...] = field(default=(), compare=False)
    """They are not stored."""

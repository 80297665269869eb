"""Which checkpoints a run makes, and from which one it goes on."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from evergreen.dataclass import dataclass
from evergreen.model import Remark
from evergreen.records.checkpoints import Checkpoint


@dataclass(frozen=True, slots=True)
class CheckpointPlan:
    """Which checkpoints a run makes, and from which one it goes on."""

    store: Path
    most: int
    """Bytes of all checkpoints together."""
    keys: Mapping[int, str]
    """The number of a step, from 1 → the key of the checkpoint behind it."""
    again: tuple[int, ...] = ()
    """Numbers of the steps that run again before a run goes on."""
    resume: Checkpoint | None = None
    remarks: tuple[Remark, ...] = ()
    """Why a checkpoint is not used."""

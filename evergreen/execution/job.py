"""What a run is given, and how an executor takes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import field
from pathlib import Path

from evergreen.dataclass import dataclass
from evergreen.execution.checkpoint_plan import CheckpointPlan
from evergreen.execution.environments.venv import Venv
from evergreen.execution.progress import Progress
from evergreen.model import ExecuteOptions, Execution, Notebook


@dataclass(frozen=True, slots=True)
class Job:
    """All inputs of a run: values and paths only, so that it can be sent to a worker."""

    path: str
    """The post's path, for messages."""
    notebook: Notebook
    options: ExecuteOptions
    bundle: Path | None = None
    """The folder of the post, whose files are copied."""
    posts: frozenset[str] = frozenset()
    """Names in the bundle, relative to it, that belong to posts and are not copied."""
    data: Mapping[str, Path] = field(default_factory=dict)
    """Declared files: name in the working folder → path."""
    stand_ins: Mapping[str, str] = field(default_factory=dict)
    """Declared files that could not be fetched: name → the script that makes a substitute."""
    preload: tuple[str, ...] = ()
    """Packages that the kernel's parent may import ahead."""
    root: Path | None = None
    """The blog's folder; facts name the files in it relative to it."""
    venv: Venv | None = None
    """The environment of a Python post; None: the engine's own."""
    perturbed: bool = False
    """True for a run that only measures noise (see `in_kernel.perturb`)."""
    clock: float = 0.0
    """Time from which the kernel's wall clock goes on, in seconds since the epoch (see
    `in_kernel.clock`); 0: the real time."""
    until: float = 0.0
    """Time at which the run is stopped, in seconds since the epoch; 0: no limit."""
    kernel_line: int = 1
    """Line of the post that names its kernel, for messages."""
    checkpoints: CheckpointPlan | None = None
    """None: no checkpoint is made, and none is used."""

    @property
    def folders(self) -> tuple[Path, ...]:
        """Return the absolute paths of the blog's folder and the environment's."""
        own = (self.venv.folder,) if self.venv else ()
        return (*own, self.root) if self.root else own


Submit = Callable[[Job, Progress], "Future[Execution]"]
"""Starts a run; the future has its execution."""

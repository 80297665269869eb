"""Shared inputs of the planner."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING

from evergreen.dataclass import dataclass
from evergreen.execution.environments.environments import Environments
from evergreen.model import DataFile
from evergreen.records.machine import Machine

if TYPE_CHECKING:
    from evergreen.execution.environments.dated_overrides import EnvironmentSource

Fetch = Callable[[Sequence[DataFile]], tuple[dict[str, Path], dict[str, str]]]
"""`data.fetch_data` with its cache: where files are, and why others are missing, by sha256."""


@dataclass(frozen=True, slots=True)
class PlanContext:
    """The inputs that are the same for every post."""

    root: Path
    store: Path
    """The folder of the records."""
    posts: Collection[str]
    """Paths of all posts: they never belong to another's files."""
    fetch: Fetch | None = None
    """None: nothing is fetched, and no job is made."""
    may_run: bool = True
    """False: records are taken whatever machine this is."""
    force: bool = False
    """Run all, whatever the records say."""
    machine: Machine = field(default_factory=Machine)
    environments: Environments = field(default_factory=lambda: Environments(Path(), Path()))
    """Of the posts that have their own."""
    overrides: EnvironmentSource | None = None
    """Where posts run in other environments than their own."""
    checkpoints: Path | None = None
    """The folder of the checkpoints; None: none is made or used."""
    checkpoint_bytes: int = 0
    """Size limit of all checkpoints together."""
    executors: Mapping[str, str] = field(default_factory=dict)
    """Address of the executor for each resource that posts ask for."""
    until: float = 0.0
    """Time at which all runs are stopped, in seconds since the epoch; 0: no limit."""
    resumes: bool = True
    """False: no run goes on from a checkpoint."""
    sandboxed: bool = False
    """True: all run in the sandbox, whether they ask for it or not."""
    beside: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Folder → names below it that belong to posts (see `belonging`)."""


def belonging(posts: Iterable[str]) -> dict[str, frozenset[str]]:
    """Return for each folder the posts below it and the folders of posts, relative to it.

    The folder of an index.md belongs to that post, with everything in it.
    """
    below: dict[str, set[str]] = {}
    for path in posts:
        folder, _, file = path.rpartition("/")
        below.setdefault(folder, set()).add(file)
        name = folder if file.startswith("index.") else path
        parts = folder.split("/")
        for end in range(1, len(parts)):
            above = "/".join(parts[:end])
            below.setdefault(above, set()).add(name[len(above) + 1 :])
    return {folder: frozenset(names) for folder, names in below.items()}

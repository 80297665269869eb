"""Run notebooks with checkpoints; shared by several test files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from evergreen.build.planning.checkpoints import plan_checkpoints
from evergreen.build.planning.context import PlanContext
from evergreen.execution.job import Job
from evergreen.execution.kernels.manager import Kernels
from evergreen.execution.kernels.servers import Servers
from evergreen.execution.run import run_notebook
from evergreen.model import Cell, CellOptions, ExecuteOptions, Execution, Notebook, Post
from evergreen.records.facts import FactLookup

OPTIONS = ExecuteOptions(seed=1, timeout=120)
MARK, AGAIN = "#| checkpoint:", "#| always"


@dataclass(frozen=True)
class Bench:
    """A folder of a post, a folder of checkpoints, and kernels."""

    bundle: Path
    store: Path
    kernels: Kernels
    options: ExecuteOptions = OPTIONS
    most: int = 1 << 30

    def run(self, *sources: str, force: bool = False) -> Execution:
        """Run cells as a build does, from a checkpoint where one can be used."""
        return run_notebook(self.job(*sources, force=force), self.kernels)

    def job(self, *sources: str, force: bool = False) -> Job:
        """Return the job of a build for these cells."""
        notebook = notebook_of(sources)
        post = Post("文.md", "", "", datetime(2026, 3, 3, tzinfo=UTC), "/", "", 1, "zh")
        post = replace(post, execute=self.options)
        context = PlanContext(
            self.bundle,
            self.store,
            (),
            resumes=not force,
            checkpoints=self.store,
            checkpoint_bytes=self.most,
        )
        here = FactLookup(self.bundle)
        plan = plan_checkpoints(context, post, notebook, here)
        return Job("文.md", notebook, self.options, bundle=self.bundle, checkpoints=plan)


@contextmanager
def open_bench(folder: Path) -> Iterator[Bench]:
    """Open a bench; the machine's key is in the folder too."""
    (folder / "post").mkdir()
    with pytest.MonkeyPatch.context() as patch, Kernels(Servers()) as kernels:
        patch.setenv("XDG_STATE_HOME", str(folder / "state"))
        yield Bench(folder / "post", folder / "checkpoints", kernels)


def notebook_of(sources: Sequence[str]) -> Notebook:
    """Return the notebook of some cells; the first lines may be options."""
    cells = []
    for number, source in enumerate(sources):
        names: tuple[str, ...] = ()
        again = False
        while source.startswith("#|"):
            line, _, source = source.partition("\n")
            if line.startswith(MARK):
                names = tuple(line.removeprefix(MARK).replace(",", " ").split())
            again |= line.startswith(AGAIN)
        options = CellOptions(checkpoint=names, always=again)
        cells.append(Cell(source, 10 * number + 1, options))
    return Notebook(tuple(cells))

"""What becomes of the runs of a build's posts, each by itself."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from evergreen.build.planning.context import PlanContext, belonging
from evergreen.build.planning.execute import PostRun, carry_out
from evergreen.build.planning.plan import ExecutionPlan, make_plans
from evergreen.execution.job import Job, Submit
from evergreen.execution.progress import Progress, SilentProgress
from evergreen.model import Cell, Execution, Notebook, Post, Stream

WHEN = datetime(2026, 3, 1, 12, 5, tzinfo=UTC)
BAD, GOOD = "posts/坏.md", "posts/好.md"
FULL = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/tmp/大")
DONE = Execution(((Stream("stdout", "一\n"),),), finished=WHEN)


def plans(root: Path) -> Sequence[ExecutionPlan]:
    """Return the plans of two posts with different code."""
    (root / "posts").mkdir()
    paths = [BAD, GOOD]
    context = PlanContext(root, root / "记录", paths, lambda _: ({}, {}), beside=belonging(paths))
    plain = Post("", "题", "题", WHEN, "/题/", "", 1, "zh", bundle="posts")
    code = {BAD: "print('坏')", GOOD: "print('好')"}
    work = [(replace(plain, path=path), Notebook((Cell(code[path], 6),))) for path in code]
    return make_plans(context, work)


@contextmanager
def executor(ends: Mapping[str, list[Execution | Exception]]) -> Iterator[Submit]:
    """Give each run of a post the next of its ends."""

    def submit(job: Job, progress: Progress) -> Future[Execution]:
        future: Future[Execution] = Future()
        end = ends[job.path].pop(0)
        if isinstance(end, Exception):
            future.set_exception(end)
        else:
            future.set_result(end)
        return future

    yield submit


def run(root: Path, *bad: Execution | Exception) -> Mapping[str, PostRun]:
    """Run both posts, the bad one with these ends."""
    ends: dict[str, list[Execution | Exception]] = {BAD: [*bad], GOOD: [DONE]}
    return carry_out(plans(root), root / "记录", executor(ends), SilentProgress())


def test_what_the_system_refuses_is_that_posts_problem(tmp_path: Path) -> None:
    """With the system's words and a way out; the other post has its execution."""
    runs = run(tmp_path, FULL, FULL)
    problem = runs[BAD].problem
    assert problem
    said = (
        "posts/坏.md:1: the post could not run: No space left on device: /tmp/大: "
        "free space there, or set TMPDIR to a folder with more"
    )
    assert (said, DONE, None) == (str(problem), runs[GOOD].execution, runs[GOOD].problem)


def test_what_was_refused_beside_others_runs_again_alone(tmp_path: Path) -> None:
    """Another post may have filled the disk, and has left it."""
    runs = run(tmp_path, FULL, DONE)
    assert (None, DONE) == (runs[BAD].problem, runs[BAD].execution)


def test_a_bug_of_the_engine_is_that_posts_problem(tmp_path: Path) -> None:
    """Told as what it is, with the traceback."""
    problem = run(tmp_path, ValueError("数"))[BAD].problem
    assert problem
    start = "the post could not run because of a bug in Evergreen: ValueError: 数"
    assert (start, "ValueError: 数") == (problem.message, problem.details.splitlines()[-1])


def test_results_that_cannot_be_stored_are_published(tmp_path: Path) -> None:
    """With a warning: they have to be made again next time."""
    (tmp_path / "记录").write_text("a file where the folder should be")
    runs = run(tmp_path, DONE)
    assert DONE == runs[GOOD].execution
    assert ["warning"] == [each.severity for each in runs[GOOD].warnings]
    assert runs[GOOD].warnings[0].message.startswith("its results could not be stored: ")

"""Further runs of the posts that differ from what is published: they show what is noise.

A post runs a second time, in a fresh process and perturbed (see `execution.in_kernel.perturb`); a
third time if the second run could not decide.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from evergreen.build.planning.execute import PostRun
from evergreen.build.planning.plan import ExecutionPlan
from evergreen.check.drift import Comparison
from evergreen.model import Execution

RUNS = 2
"""Further runs of one post at the most."""

Rerun = Callable[[Sequence[ExecutionPlan]], Mapping[str, PostRun]]
"""Runs some plans, and returns the runs by the posts' paths."""
Compare = Callable[[str, Sequence[Execution]], Comparison]
"""Compares a post, by its path, with its further runs."""


def measure_noise(
    first: Mapping[str, Comparison],
    plans: Mapping[str, ExecutionPlan],
    rerun: Rerun,
    compare: Compare,
) -> dict[str, Comparison]:
    """Return the comparisons of the posts that ran again, by path.

    A further run that fails tells nothing, and leaves the first comparison as it is.
    """
    found: dict[str, Comparison] = {}
    runs: dict[str, list[Execution]] = {}
    open_paths = [path for path, each in first.items() if each.verdict == "drifted"]
    for _ in range(RUNS):
        wanted = [_perturbed(plans[path]) for path in open_paths if plans[path].job]
        if not wanted:
            break
        for path, run in rerun(wanted).items():
            if run.execution and not run.problem:
                runs.setdefault(path, []).append(run.execution)
        found |= {path: compare(path, runs[path]) for path in open_paths if path in runs}
        open_paths = [
            path
            for path in open_paths
            if path in found and found[path].verdict == "drifted" and found[path].unsure
        ]
    return found


def _perturbed(plan: ExecutionPlan) -> ExecutionPlan:
    job = plan.job
    return replace(plan, job=replace(job, perturbed=True, preload=()) if job else None)

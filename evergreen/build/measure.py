"""Comparison of new runs with what is published, and the further runs that tell noise from drift.

A post that differs runs a second time, in a fresh process and perturbed (see
`execution.in_kernel.perturb`). A short one runs once more before it has drifted. If these runs
could not decide, it runs again, a short one several times: where something is random, two runs may
agree by chance. What was learned is kept with the history of checks, so that the next check needs
one run.

A post that reads the date and differs first runs with the wall clock of the published run (see
`execution.in_kernel.clock`): what is as published then differs because of the date alone. Any other
that drifts does so at the end: a library may read the date unseen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from evergreen.build.parse import ParsedPost
from evergreen.build.planning.execute import PostRun
from evergreen.build.planning.plan import ExecutionPlan
from evergreen.check.drift import Comparison, compare
from evergreen.dataclass import dataclass, replace
from evergreen.model import Execution
from evergreen.model.check import NoisePlace
from evergreen.regex import regex

RUNS, SHORT_RUNS = 2, 5
"""Further runs of one post at the most, and of one that takes less than SHORT seconds."""
SURE_RUNS = 2
"""Further runs of such a short post before it has drifted: rounded numbers, and words of which
there are few, are often equal by chance in two runs.
"""
SHORT = 15.0
_CHANCE = regex(
    r"rand|choice|shuffle|sampl|(?<![\w.])set\(|"
    r"\b(?:sklearn|torch|keras|tensorflow|lightgbm|xgboost)\b"
)
"""What draws random numbers, unless it is seeded; the order of a set is random."""

Rerun = Callable[[Sequence[ExecutionPlan]], Mapping[str, PostRun]]
"""Runs some plans anew; returns the runs by the posts' paths."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A post's published execution and its new run."""

    parsed: ParsedPost
    published: Execution
    now: Execution
    plan: ExecutionPlan
    known: tuple[NoisePlace, ...] = ()
    """Noise that earlier checks learned."""
    replayed: Execution | None = None
    """A new run with the wall clock of the published one."""

    def compare(self, again: Sequence[Execution] = ()) -> Comparison:
        """Compare the two, with further runs to measure noise."""
        options = self.parsed.post.check
        notebook = self.parsed.notebook
        sides = self.published, self.now
        return compare(notebook, *sides, options, again, self.known, self.replayed)

    @property
    def replay(self) -> ExecutionPlan | None:
        """Return the plan of a run whose wall clock starts with the published run's; None if
        there is no such clock.
        """
        job, end = self.plan.job, self.published.finished
        if job is None or end is None or self.parsed.notebook.language != "python":
            return None
        start = end.timestamp() - self.published.seconds
        return replace(self.plan, job=replace(job, clock=start, preload=()))

    @property
    def is_short(self) -> bool:
        """True if the post may run several times."""
        return self.now.seconds < SHORT

    @property
    def asks_for_time(self) -> bool:
        """True if the code itself does."""
        clock = any(fact.startswith("clock ") for fact in self.now.facts)
        return clock or any("time.time" in step.source for step in self.parsed.notebook.steps)

    @property
    def may_be_random(self) -> bool:
        """True if new runs may agree on a result by chance, with no noise beside it."""
        sources = (step.source for step in self.parsed.notebook.steps)
        is_seeded = self.parsed.post.execute.seed is not None
        return not is_seeded and any(map(_CHANCE.search, sources))


def compare_pairs(pairs: Sequence[Pair], rerun: Rerun | None) -> dict[str, Comparison]:
    """Return the comparison of each post, by path.

    A post that differs runs again where `rerun` can do so. Without a further run that ended well
    its verdict is `differs`: it is not known whether that is noise.
    """
    by_path = {pair.parsed.post.path: pair for pair in pairs}
    found = {path: pair.compare() for path, pair in by_path.items()}
    asking = [path for path, pair in by_path.items() if pair.asks_for_time]
    for path, pair in _replayed(by_path, found, rerun, asking):
        by_path[path] = pair
        found[path] = pair.compare()
    again: dict[str, list[Execution]] = {}
    waiting = [path for path, each in found.items() if each.verdict == "drifted"]
    for number in range(SHORT_RUNS if rerun else 0):
        plans = [_perturbed(by_path[path].plan) for path in waiting if by_path[path].plan.job]
        if not plans or rerun is None:
            break
        for path, run in rerun(plans).items():
            if run.execution and not run.problem:
                again.setdefault(path, []).append(run.execution)
                found[path] = by_path[path].compare(again[path])
        waiting = [
            path
            for path in waiting
            if _is_undecided(found[path], by_path[path], len(again.get(path, ())))
            and (number + 1 < RUNS or (path in again and by_path[path].is_short))
        ]
    others = [path for path in again if path not in asking and not _is_exact(by_path[path])]
    for path, pair in _replayed(by_path, found, rerun, others):
        found[path] = pair.compare(again[path])
    return {
        path: each
        if each.verdict != "drifted" or path in again or _is_exact(by_path[path])
        else replace(each, verdict="differs")
        for path, each in found.items()
    }


def _is_undecided(found: Comparison, pair: Pair, runs: int) -> bool:
    """True if one more run may show that what differs is noise, or what is noise differs, after
    some further runs.
    """
    if found.verdict != "drifted":
        return found.doubtful
    needed = SURE_RUNS if pair.is_short and not _is_exact(pair) else 1
    return found.unsure or pair.may_be_random or runs < needed


def _replayed(
    pairs: Mapping[str, Pair],
    found: Mapping[str, Comparison],
    rerun: Rerun | None,
    paths: Sequence[str],
) -> list[tuple[str, Pair]]:
    """Run those of the posts that differ at their published time; those that fail then are left
    out.
    """
    different = [pairs[path] for path in paths if found[path].verdict == "drifted"]
    plans = [plan for pair in different if (plan := pair.replay)]
    runs = rerun(plans) if rerun and plans else {}
    return [
        (path, replace(pairs[path], replayed=run.execution))
        for path, run in runs.items()
        if run.execution and not run.problem
    ]


def _is_exact(pair: Pair) -> bool:
    """True if the author asked for equal outputs: no noise is allowed then."""
    return pair.parsed.post.check.compare == "exact"


def _perturbed(plan: ExecutionPlan) -> ExecutionPlan:
    job = plan.job
    return replace(plan, job=replace(job, perturbed=True, preload=()) if job else None)

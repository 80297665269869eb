"""Which posts run and which are reused, and why: a plan a post, made before anything runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from pathlib import Path

from evergreen.build.planning import reasons
from evergreen.build.planning.checkpoints import plan_checkpoints
from evergreen.build.planning.context import PlanContext
from evergreen.dataclass import dataclass, replace
from evergreen.errors import Problem, SettingsError
from evergreen.execution.environments.installer import NotInstalled
from evergreen.execution.environments.venv import Venv
from evergreen.execution.executors.routing import is_remote, lacking
from evergreen.execution.job import Job
from evergreen.execution.kernels import sandbox
from evergreen.model import DataFile, Execution, Notebook, Post
from evergreen.model.post import REQUIRES
from evergreen.model.settings import read_span
from evergreen.records import facts
from evergreen.records import store as records
from evergreen.records.imports import packages_named
from evergreen.records.store import Record

NOT_INSTALLED = "not-installed"
"""The rule of a problem with a post's environment."""


@dataclass(frozen=True, slots=True)
class ExecutionPlan:
    """What is to be done for one post with code."""

    post: Post
    notebook: Notebook
    key: str
    reason: str
    """Why it is reused or runs, in words."""
    execution: Execution | None = None
    """The kept one that holds; None: none does."""
    job: Job | None = None
    """The run to be done; None where there is an execution, or nothing may run."""
    problem: Problem | None = None
    """Why it can neither run nor be reused."""
    seconds: float = 0.0
    """What the run took the last time; 0: not known."""

    @property
    def run(self) -> Hashable:
        """Return the code and all that it may see: posts where this is equal share a run."""
        return self.key, self.post.bundle, self.post.execute, self.post.data


def make_plans(context: PlanContext, work: Sequence[tuple[Post, Notebook]]) -> list[ExecutionPlan]:
    """Return a plan for each post with code that may run, in order.

    Declared data is fetched only for posts that need it to run.
    """
    plans = [_look_up(context, post, notebook, missing={}) for post, notebook in work]
    if context.fetch is None:
        plans = [plan if plan.execution else _without_data(context, plan) for plan in plans]
        return plans if context.may_run else [*map(_refuse_damaged, plans)]
    wanting = [plan for plan in plans if plan.execution is None]
    if sandboxed := [p.post for p in wanting if context.sandboxed or p.post.execute.sandbox]:
        _check_box(sandboxed[0])
    found, missing = context.fetch([file for plan in wanting for file in plan.post.data])
    plans = [plan if plan.execution else _prepare(context, plan, found, missing) for plan in plans]
    return _with_preload(plans)


def _refuse_damaged(plan: ExecutionPlan) -> ExecutionPlan:
    """Give a plan a problem if its record is damaged and its code may not run.

    Otherwise the page would be published without outputs, in the place of its last good one.
    """
    if plan.execution or plan.reason != reasons.DAMAGED:
        return plan
    advice = "build without --no-execute to make it anew, or restore it"
    message = "the record of its results is damaged"
    return replace(plan, problem=Problem(plan.post.path, 1, 0, message, advice))


def record_in_force(context: PlanContext, post: Post, key: str) -> Record | None:
    """Return the newest record of a key whose facts all hold; None if the code must run."""
    here = _surroundings(context, post, {})
    kept, _ = records.find_records(context.store, key)
    return next((record for record in kept if not _judge(record, here, context.may_run)[0]), None)


def _look_up(
    context: PlanContext, post: Post, notebook: Notebook, missing: Mapping[str, str]
) -> ExecutionPlan:
    """Return the plan with the newest valid record, or with why the post's own is not valid.

    Posts with the same code share their records: its own is that of its last run, else the newest.
    """
    key = records.execution_key(notebook, post.execute)
    kept, damaged = records.find_records(context.store, key)
    if not kept or context.force:
        note = records.last_run(context.store, post.path)
        seconds = kept[0].seconds if kept else note.seconds
        unkept = reasons.DAMAGED if damaged else reasons.of_code(notebook, post.execute, note)
        reason = "forced" if kept else unkept
        return ExecutionPlan(post, notebook, key, reason, seconds=seconds)
    plan = ExecutionPlan(post, notebook, key, "", seconds=kept[0].seconds)
    here = _surroundings(context, post, missing)
    said = []
    for record in kept:
        difference, lacking = _judge(record, here, context.may_run)
        if difference:
            said.append(reasons.of_fact(*difference))
        elif execution := records.load(context.store, record):
            reason = reasons.of_record(record.finished, record.facts, lacking)
            return replace(plan, execution=execution, reason=reason)
        else:
            said.append(reasons.DAMAGED)
    last = records.last_run(context.store, post.path).finished
    own = (n for n, record in enumerate(kept) if record.finished.isoformat() == last)
    return replace(plan, reason=said[next(own, 0)])


def _judge(
    record: Record, here: facts.FactLookup, may_run: bool
) -> tuple[facts.Difference | None, str]:
    """Return the fact that makes a record invalid, and the requirement that is missing here."""
    return facts.judge(record.facts, record.finished, here, may_run)


def _surroundings(context: PlanContext, post: Post, missing: Mapping[str, str]) -> facts.FactLookup:
    data = {
        file.name: facts.stand_in_value(file.stand_in) if file.sha256 in missing else file.sha256
        for file in post.data
    }
    requires, as_of = post.execute.requires, post.execute.as_of
    own = post.execute.has_environment
    return facts.FactLookup(
        bundle=context.root / post.bundle,
        root=context.root,
        data=data,
        limits=facts.limits(post.execute),
        posts=context.beside.get(post.bundle, frozenset()),
        variables=() if post.execute.sandbox else post.execute.env,
        machine=context.environments.machine(requires, as_of) if own else context.machine,
        expires=read_span(post.execute.expires),
        has_own=own,
        lacks=_lacking(context, post),
        is_remote=is_remote(post.execute.resources, context.executors),
    )


def _lacking(context: PlanContext, post: Post) -> str:
    """Return which resource of a post no executor offers; "" if the post asks for none."""
    if not post.execute.resources or context.fetch is None:
        return ""
    return lacking(post.execute.resources, context.executors)


def _without_data(context: PlanContext, plan: ExecutionPlan) -> ExecutionPlan:
    """Return the plan with a record made on stand-in data, if there is one."""
    missing = {file.sha256: "" for file in plan.post.data}
    found = _look_up(context, plan.post, plan.notebook, missing) if missing else plan
    return found if found.execution else plan


def _prepare(
    context: PlanContext, plan: ExecutionPlan, found: Mapping[str, Path], missing: Mapping[str, str]
) -> ExecutionPlan:
    """Return the plan with the job to run, or with the execution on the same stand-ins."""
    post = plan.post
    if lost_executor := _lacking(context, post):
        message = f"not run: it needs {lost_executor}"
        advice = "start it, or name another in [execution] executors"
        line = post.lines.get("execute", 1)
        return replace(plan, problem=Problem(post.path, line, 0, message, advice))
    absent = [file for file in post.data if file.sha256 in missing]
    if lost := [file for file in absent if not file.stand_in]:
        message = f"the data file '{lost[0].name}' is missing: {missing[lost[0].sha256]}"
        advice = "set EVERGREEN_DATA to a folder that has it, or declare a stand_in"
        line = post.lines.get("data", 1)
        return replace(plan, problem=Problem(post.path, line, 0, message, advice))
    if absent:
        plan = _look_up(context, post, plan.notebook, missing)
    if plan.execution:
        return plan
    try:
        venv = _venv(context, post)
    except NotInstalled as error:
        line = post.lines.get(REQUIRES, post.lines.get("execute", 1))
        wrong = Problem(post.path, line, 0, error.message, error.advice, rule=NOT_INSTALLED)
        return replace(plan, problem=wrong)
    job = _job(context, plan, found, absent, venv)
    here = _surroundings(context, post, {file.sha256: "" for file in absent})
    checkpoints = plan_checkpoints(context, plan.post, plan.notebook, here)
    if checkpoints and checkpoints.resume:
        reason = f"{plan.reason}; {reasons.of_checkpoint(checkpoints.resume)}"
        plan = replace(plan, reason=reason)
    return replace(plan, job=replace(job, checkpoints=checkpoints))


def _check_box(post: Post) -> None:
    """Raise SettingsError if the sandbox for a post cannot be made."""
    if why := sandbox.unavailable():
        advice = "install bubblewrap, or leave out 'sandbox' and trust the posts"
        raise SettingsError(Problem(post.path, 0, 0, f"not run: {why}", advice))


def _venv(context: PlanContext, post: Post) -> Venv | None:
    """Return the environment that a post declares. Raises NotInstalled."""
    options = post.execute
    if context.overrides:
        return context.overrides.provide(post)
    told = context.environments.tell is not None
    if not (options.has_environment and post.language == "python" and told):
        return None
    sandboxed = options.sandbox or context.sandboxed
    return context.environments.provide(options.requires, sandboxed, options.as_of)


def _job(
    context: PlanContext,
    plan: ExecutionPlan,
    found: Mapping[str, Path],
    lacking: Sequence[DataFile],
    venv: Venv | None,
) -> Job:
    post = plan.post
    return Job(
        path=post.path,
        notebook=plan.notebook,
        options=replace(post.execute, sandbox=True) if context.sandboxed else post.execute,
        root=context.root,
        until=context.until,
        bundle=context.root / post.bundle,
        posts=context.beside.get(post.bundle, frozenset()),
        data={file.name: found[file.sha256] for file in post.data if file.sha256 in found},
        stand_ins={file.name: file.stand_in for file in lacking},
        venv=venv,
        kernel_line=post.lines.get("jupyter", post.lines.get("kernelspec", 1)),
    )


def _with_preload(plans: Sequence[ExecutionPlan]) -> list[ExecutionPlan]:
    """Let jobs that import the same packages share a parent process that has imported them.

    A single job would not be faster.
    """
    named = {plan.post.path: packages_named(plan.notebook) for plan in plans if plan.job}
    counts = Counter(named.values())
    return [
        replace(plan, job=replace(plan.job, preload=named[plan.post.path]))
        if plan.job and counts[named[plan.post.path]] > 1
        else plan
        for plan in plans
    ]

"""Which posts run and which are reused: a plan a post, made before anything runs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from evergreen import records
from evergreen.errors import Problem
from evergreen.facts import facts_of
from evergreen.model import DataFile, Execution, Notebook, Post
from evergreen.workspace import Job

Fetch = Callable[[Sequence[DataFile]], tuple[dict[str, Path], dict[str, str]]]
"""`data.fetch_data` with its cache: where files are, and why others are missing, by sha256."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done for one post with code."""

    post: Post
    notebook: Notebook
    key: str
    facts: records.Facts
    execution: Execution | None = None
    """The kept one that holds; None: none does."""
    job: Job | None = None
    """The run to be done; None where there is an execution, or nothing may run."""
    problem: Problem | None = None
    """Why it can neither run nor be reused."""


def make_plans(
    root: Path,
    store: Path,
    work: Sequence[tuple[Post, Notebook]],
    posts: Collection[str],
    fetch: Fetch | None,
    force: bool = False,
) -> list[Plan]:
    """A plan for each post with code that may run, in the given order.

    `store` is the folder of the records, `posts` the paths of all posts. Without `fetch` nothing
    will run: plans have their kept execution or none. Data is fetched only for posts that need it.
    """
    plans = [_look_up(root, store, post, notebook, posts, force) for post, notebook in work]
    if fetch is None:
        return [
            plan if plan.execution else _look_up_stand_in(root, store, plan, posts)
            for plan in plans
        ]
    open_plans = [plan for plan in plans if plan.execution is None]
    found, missing = fetch([file for plan in open_plans for file in plan.post.data])
    return [
        plan if plan.execution else _prepare(root, store, plan, posts, found, missing, force)
        for plan in plans
    ]


def _look_up(
    root: Path, store: Path, post: Post, notebook: Notebook, posts: Collection[str], force: bool
) -> Plan:
    key = records.execution_key(notebook, post.execute.allow_errors)
    facts = facts_of(root, post, posts, ())
    return Plan(post, notebook, key, facts, None if force else records.find(store, key, facts))


def _look_up_stand_in(root: Path, store: Path, plan: Plan, posts: Collection[str]) -> Plan:
    facts = facts_of(root, plan.post, posts, [file.sha256 for file in plan.post.data])
    return replace(plan, facts=facts, execution=records.find(store, plan.key, facts))


def _prepare(
    root: Path,
    store: Path,
    plan: Plan,
    posts: Collection[str],
    found: dict[str, Path],
    missing: dict[str, str],
    force: bool,
) -> Plan:
    """The plan with the job to run; or with the execution on the same stand-ins."""
    post = plan.post
    lacking = [file for file in post.data if file.sha256 in missing]
    if lost := [file for file in lacking if not file.stand_in]:
        message = f"the data file '{lost[0].name}' is missing: {missing[lost[0].sha256]}"
        advice = "set EVERGREEN_DATA to a folder that has it, or declare a stand_in"
        return replace(plan, problem=Problem(post.path, 1, 0, message, advice))
    if lacking:
        plan = replace(plan, facts=facts_of(root, post, posts, missing))
        if not force and (kept := records.find(store, plan.key, plan.facts)):
            return replace(plan, execution=kept)
    return replace(plan, job=_job(root, plan, posts, found, lacking))


def _job(
    root: Path,
    plan: Plan,
    posts: Collection[str],
    found: dict[str, Path],
    lacking: Sequence[DataFile],
) -> Job:
    post = plan.post
    prefix = f"{post.bundle}/"
    return Job(
        path=post.path,
        notebook=plan.notebook,
        options=post.execute,
        bundle=root / post.bundle,
        posts=frozenset(path.removeprefix(prefix) for path in posts if path.startswith(prefix)),
        data={file.name: found[file.sha256] for file in post.data if file.sha256 in found},
        stand_ins={file.name: file.stand_in for file in lacking},
    )

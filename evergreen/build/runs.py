"""The runs of a blog's posts: what the planner is given, the plans, and the executions."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import cached_property, partial

from evergreen.build.options import BuildOptions
from evergreen.build.parse import ParsedPost
from evergreen.build.planning.context import PlanContext, belonging
from evergreen.build.planning.execute import PostRun, carry_out
from evergreen.build.planning.plan import ExecutionPlan, make_plans, record_in_force
from evergreen.content.notebook import load_libraries
from evergreen.content.post import find_posts
from evergreen.dataclass import dataclass, replace
from evergreen.execution.datasets import fetch_data, find_data, read_mirrors
from evergreen.execution.environments.environments import Environments
from evergreen.execution.executors.routing import open_executors
from evergreen.execution.progress import Progress
from evergreen.model import Post
from evergreen.records.store import Record, identity


@dataclass(frozen=True)
class ProjectRuns:
    """Runs code of posts, or finds the records of earlier runs."""

    options: BuildOptions

    @cached_property
    def context(self) -> PlanContext:
        """Return the planner's inputs; no data is fetched and no run is prepared with them."""
        options = self.options
        posts = find_posts(options.root, options.site)
        return PlanContext(
            options.root,
            options.store,
            posts,
            may_run=options.execute,
            force=options.force,
            environments=Environments(options.store, options.environments),
            checkpoints=options.checkpoints,
            checkpoint_bytes=int(options.site.checkpoints.max_size * 2**30),
            executors=options.executors,
            until=time.time() + options.max_time if options.max_time else 0.0,
            resumes=not options.force,
            beside=belonging(posts),
        )

    def context_for_runs(self, progress: Progress) -> PlanContext:
        """Return the planner's inputs; data is fetched and environments are installed."""
        options, report = self.options, progress.download
        if not options.execute:
            return self.context
        data = options.cache / "data"
        fetch = partial(fetch_data, cache=data, mirrors=read_mirrors(), progress=report)
        downloads = options.site.execution.python_downloads
        environments = Environments(options.store, options.environments, report, downloads)
        return replace(self.context, fetch=fetch, environments=environments)

    def context_for_forecast(self) -> PlanContext:
        """Return the planner's inputs; data is looked for on this machine only."""
        if not self.options.execute:
            return self.context
        find = partial(find_data, cache=self.options.cache / "data", mirrors=read_mirrors())
        return replace(self.context, fetch=find)

    def plan(self, parsed: Sequence[ParsedPost], context: PlanContext) -> list[ExecutionPlan]:
        """Return a plan for each post with code, in order."""
        return make_plans(context, [(each.post, each.notebook) for each in parsed])

    def run(
        self,
        parsed: Sequence[ParsedPost],
        progress: Progress,
        context: PlanContext | None = None,
        *,
        keep: bool = True,
    ) -> dict[str, PostRun]:
        """Return the execution of each post with code, by path: its record, or a run made now.

        The default context is that for runs. With `keep` new executions become records.
        """
        if not parsed:
            return {}
        options = self.options
        plans = self.plan(parsed, context or self.context_for_runs(progress))
        executor = open_executors(options.executors, options.jobs, options.prewarm)
        store = options.store if keep else None
        return carry_out(plans, store, executor, progress, load_libraries)

    def record(self, post: Post, key: str) -> Record | None:
        """Return the record of a post's code whose facts all hold; None if it must run."""
        return record_in_force(self.context, post, key)

    def identity(self, post: Post, key: str) -> str:
        """Return the id of that record, or ""."""
        record = self.record(post, key)
        return identity(record) if record else ""

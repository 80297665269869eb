"""What a build begins with: the desk of its plans, and which remembered pages still stand."""

from __future__ import annotations

from collections.abc import Callable, Set
from functools import partial

from evergreen.build.cache import database
from evergreen.build.cache.fingerprint import engine_digest
from evergreen.build.cache.pages import CachedPage
from evergreen.build.options import BuildOptions
from evergreen.build.planning.context import Fetch, PlanContext, belonging
from evergreen.build.planning.plan import record_in_force
from evergreen.content.post import find_posts
from evergreen.execution.environments.environments import Environments, InstallProgress
from evergreen.model.hashing import digest
from evergreen.records.store import identity


def base_of(build: BuildOptions) -> str:
    """A hash of what every page depends on."""
    return digest(engine_digest(build.templates), repr(build.site))


def open_context(
    build: BuildOptions, fetch: Fetch | None, tell: InstallProgress | None = None
) -> PlanContext:
    """What the plans of a build are made with; with `tell`, environments are made for them."""
    posts = find_posts(build.root, build.site)
    return PlanContext(
        build.root,
        build.store,
        posts,
        fetch,
        build.execute,
        build.force,
        environments=Environments(build.store, build.environments, tell),
        beside=belonging(posts),
    )


def freshness(
    build: BuildOptions, context: Callable[[], PlanContext]
) -> Callable[[CachedPage], bool]:
    """Tells of the page of an unchanged post whether it is what would be made now."""
    return partial(_stands, build, context, database.contents(build.memo))


def _stands(
    build: BuildOptions, context: Callable[[], PlanContext], kept: Set[str], entry: CachedPage
) -> bool:
    summary = entry.summary
    if summary.digest not in kept:
        return False
    if not summary.key:
        return True
    if build.force or summary.stand_ins:
        return False
    record = record_in_force(context(), entry.page.post, summary.key)
    if record is None:
        return not summary.record and not build.execute
    return summary.record == identity(record.facts, record.finished)

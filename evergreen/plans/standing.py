"""What a build begins with: the desk of its plans, and which remembered pages still stand."""

from __future__ import annotations

from collections.abc import Callable, Set

from evergreen.build import Build
from evergreen.environments.environments import Environments, Tell
from evergreen.memo import memory as memo
from evergreen.memo.engine import engine_digest
from evergreen.memo.memory import Entry
from evergreen.plans.plan import Desk, Fetch, belonging, record_in_force
from evergreen.posts.post import find_posts
from evergreen.records.store import identity


def base_of(build: Build) -> str:
    """A hash of what every page depends on."""
    return memo.digest(engine_digest(build.templates), repr(build.site))


def open_desk(build: Build, fetch: Fetch | None, tell: Tell | None = None) -> Desk:
    """What the plans of a build are made with; with `tell`, environments are made for them."""
    posts = find_posts(build.root, build.site)
    return Desk(
        build.root,
        build.store,
        posts,
        fetch,
        build.execute,
        build.force,
        environments=Environments(build.store, build.environments, tell),
        beside=belonging(posts),
    )


def stands(build: Build, desk: Callable[[], Desk], kept: Set[str], entry: Entry) -> bool:
    """Whether the page of an unchanged post is what would be made now; `kept`: pages' digests."""
    if entry.page.digest not in kept:
        return False
    if not entry.key:
        return True
    if build.force or entry.page.stand_ins:
        return False
    record = record_in_force(desk(), entry.page.post, entry.key)
    if record is None:
        return not entry.record and not build.execute
    return entry.record == identity(record.facts, record.finished)

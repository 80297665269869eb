"""What a build begins with: the desk of its plans, and which remembered pages still stand."""

from __future__ import annotations

from collections.abc import Callable, Set
from functools import partial

from evergreen.build.cache import database as tables
from evergreen.build.cache.fingerprint import engine_digest
from evergreen.build.cache.pages import Entry, digest
from evergreen.build.options import Build
from evergreen.build.planning.context import Desk, Fetch, belonging
from evergreen.build.planning.plan import record_in_force
from evergreen.content.post import find_posts
from evergreen.execution.environments.environments import Environments, Tell
from evergreen.records.store import identity


def base_of(build: Build) -> str:
    """A hash of what every page depends on."""
    return digest(engine_digest(build.templates), repr(build.site))


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


def standing(build: Build, desk: Callable[[], Desk]) -> Callable[[Entry], bool]:
    """Tells of the page of an unchanged post whether it is what would be made now."""
    return partial(_stands, build, desk, tables.contents(build.memo))


def _stands(build: Build, desk: Callable[[], Desk], kept: Set[str], entry: Entry) -> bool:
    brief = entry.brief
    if brief.digest not in kept:
        return False
    if not brief.key:
        return True
    if build.force or brief.stand_ins:
        return False
    record = record_in_force(desk(), entry.page.post, brief.key)
    if record is None:
        return not brief.record and not build.execute
    return brief.record == identity(record.facts, record.finished)

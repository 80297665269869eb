"""Remove the records and environments that no post needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from evergreen.build.options import BuildOptions
from evergreen.build.parse import parse_content
from evergreen.build.project import Project
from evergreen.content.post import read_branch
from evergreen.publish import lock
from evergreen.records import store as records


def prune(options: BuildOptions, branches: Sequence[str] = ()) -> int:
    """Remove what neither the posts nor those of the branches need; return the number of records.

    Drafts and posts of the future count.
    """
    project = Project.open(replace(options, drafts=True, future=True), cached=False)
    parsed = [*project.load().parsed_posts]
    for branch in branches:
        parsed += map(parse_content, read_branch(options.root, branch, options.site))
    keys = {records.execution_key(each.notebook, each.post.execute) for each in parsed}
    choices = {each.post.execute for each in parsed}
    requires = {each.requires for each in choices if each.requires and not each.as_of}
    dated = {(each.requires, each.as_of) for each in choices if each.as_of}
    with lock(options.cache):
        project.renderer.environments.prune(requires, dated)
        return records.prune(options.store, keys)

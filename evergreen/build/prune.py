"""Remove the records, checkpoints, environments, pictures and drawings that no post needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress

from evergreen.build.diagrams import kept_files
from evergreen.build.options import BuildOptions
from evergreen.build.parse import parse_content
from evergreen.build.planning.checkpoints import checkpoint_keys
from evergreen.build.project import Project
from evergreen.content.post import read_branch
from evergreen.dataclass import replace
from evergreen.errors import EvergreenError
from evergreen.model.hashing import sha256
from evergreen.publish import inspect_files, lock
from evergreen.records import store as records
from evergreen.records.checkpoints import prune_checkpoints
from evergreen.render.figures import SVG, figure_file
from evergreen.render.pictures import FOLDER as PICTURES


def prune(options: BuildOptions, branches: Sequence[str] = ()) -> int:
    """Remove what neither the posts nor those of the branches need; return the number of records.

    Drafts and posts of the future count.
    """
    project = Project.open(replace(options, drafts=True, future=True), cached=False)
    parsed = [*project.load().parsed_posts]
    for branch in branches:
        parsed += map(parse_content, read_branch(options.root, branch, project.options.site))
    keys = {records.execution_key(each.notebook, each.post.execute) for each in parsed}
    marks = (checkpoint_keys(each.post, each.notebook).values() for each in parsed)
    checkpoints = {key for keys in marks for key in keys}
    choices = {each.post.execute for each in parsed}
    requires = {each.requires for each in choices if each.requires and not each.as_of}
    dated = {(each.requires, each.as_of) for each in choices if each.as_of}
    with lock(options.cache):
        project.runs.context.environments.prune(requires, dated)
        prune_checkpoints(options.checkpoints, checkpoints)
        with suppress(EvergreenError):  # the folder is not ours: nothing is known of it
            _prune_files(options, inspect_files(options.output))
        return records.prune(options.store, keys)


def _prune_files(options: BuildOptions, published: Mapping[str, str]) -> None:
    """Remove the pictures, drawings and PDFs that the published site does not have.

    `published` maps the path of each published file to its SHA-256.
    """
    for file in options.pictures.glob("*.*"):
        if f"{PICTURES}/{file.name}" not in published:
            file.unlink(missing_ok=True)
    for file in kept_files(options.store):
        if figure_file(SVG, file.read_bytes()).path not in published:
            file.unlink(missing_ok=True)
            file.with_suffix(".drawing").unlink(missing_ok=True)
    hashes = {*published.values()}
    for file in (options.cache / "pdf").glob("*.pdf"):
        if sha256(file.read_bytes()) not in hashes:
            file.unlink(missing_ok=True)

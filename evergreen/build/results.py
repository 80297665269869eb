"""The results of the last run of a post, for posts that show its cells."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from evergreen.build.cache.pages import CachedPage
from evergreen.build.options import BuildOptions
from evergreen.build.parse import complete, parse_content
from evergreen.content.files import read_source
from evergreen.content.liquid.shared import BlogContext
from evergreen.content.post import find_posts, parse_post
from evergreen.errors import EvergreenError
from evergreen.model.post import PostResults
from evergreen.records import store as records

_USED = "embed "
"""Beginning of what a page uses that shows results of another post."""


def open_results(build: BuildOptions) -> Callable[[str], PostResults | None]:
    """Return the function that reads the results of a post."""
    return partial(_read_results, build)


def has_outdated(pages: Mapping[str, CachedPage], build: BuildOptions) -> bool:
    """True if a page shows other results of another post than those of its last run."""
    shown = {
        (what.removeprefix(_USED), state)
        for page in pages.values()
        for what, state in page.summary.uses.items()
        if what.startswith(_USED)
    }
    found = {path: _read_results(build, path) for path in {path for path, _ in shown}}
    return any(state != (made.state if (made := found[path]) else "") for path, state in shown)


def _read_results(build: BuildOptions, path: str) -> PostResults | None:
    if path not in find_posts(build.root, build.site):
        return None
    blog = BlogContext(build.root, build.site)
    try:
        post = parse_post(path, read_source(build.root, path), build.site)
        notebook = parse_content(complete(post, blog)).notebook
    except EvergreenError:  # reported with the post itself
        return None
    kept, _ = records.find_records(build.store, records.execution_key(notebook, post.execute))
    run = next(filter(None, (records.load(build.store, record) for record in kept)), None)
    outputs = dict(zip(notebook.steps, run.outputs, strict=False)) if run else {}
    cells = tuple(
        (cell, tuple(outputs.get(step, ())))
        for cell, step in notebook.cell_steps
        if not cell.inline
    )
    return PostResults(post.title, post.language, cells, records.identity(run) if run else "")

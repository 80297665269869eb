"""Pages → the files of the site: made, or kept where they stand in the destination as they would be
made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from evergreen.build import Build
from evergreen.check import ledger
from evergreen.errors import Problem
from evergreen.feeds import search
from evergreen.libraries import read_library
from evergreen.memo import memory as memo
from evergreen.memo.memory import Entry, Memory
from evergreen.model import Artifact, Kept, Page
from evergreen.parallel import forked_map
from evergreen.reading import is_wanted
from evergreen.templates.site import Rendered, render_site
from evergreen.templates.tasks import Failure, Shelf, Task, run_tasks


def make_artifacts(
    build: Build, memory: Memory, published: Mapping[str, str], entries: Sequence[Entry]
) -> Rendered:
    """All files of the site; those that stand in the destination (`published`: path → SHA-256) as
    they would be made are kept.
    """
    checks = ledger.read(build.verdicts)

    def page(entry: Entry) -> Page:
        check = ledger.of_record(checks, entry.page.post.path, entry.record)
        return replace(_with_its_files(build, entry.page, published), check=check)

    def kept(path: str, inputs: str) -> Artifact | None:
        known = memory.made.get(path)
        if not inputs or known is None or known[0] != memo.digest(inputs):
            return None
        if published.get(path) != known[1]:
            return None
        return Artifact(path, Kept(known[1]), inputs=inputs)

    def last(path: str) -> Page | None:
        entry = memory.entries.get(path)
        if entry is None or not is_wanted(entry.page.post, build):
            return None
        return page(entry)

    def run(tasks: Sequence[Task]) -> list[Artifact | Failure]:
        slices = [tasks[at : at + 8] for at in range(0, len(tasks), 8)]
        return [made for part in forked_map(run_tasks, slices, build.jobs) for made in part]

    whole, library = partial(memo.whole, build.memo), partial(_library, build)
    shelf = Shelf(kept, whole, last, library, run, build.compiled)
    return render_site(build.site, [*map(page, entries)], build.templates, shelf)


def make_search_index(
    build: Build, memory: Memory, published: Mapping[str, str], entries: Sequence[Entry]
) -> tuple[Sequence[Artifact], Sequence[Problem]]:
    """The files of the search index, and why there are none; they are kept while no page that they
    were made of has changed.
    """
    if not build.site.search:
        return (), ()
    inputs = search.index_inputs(entry.page for entry in entries)
    made_of = memo.digest(inputs)
    known = {path: sha for path, (made, sha) in memory.made.items() if inputs and made == made_of}
    if known and all(published.get(path) == sha for path, sha in known.items()):
        return [Artifact(path, Kept(sha), inputs=inputs) for path, sha in known.items()], ()
    files, problems = search.make_index(memo.whole(build.memo, entry.page) for entry in entries)
    return [replace(file, inputs=inputs) for file in files], problems


def _library(build: Build, name: str) -> bytes:
    try:
        return read_library(build.cache, name)
    except OSError:
        raise memo.LostPage(name) from None


def _with_its_files(build: Build, page: Page, published: Mapping[str, str]) -> Page:
    """The page; with its content where a file of its own does not stand in the destination."""
    lost = any(
        isinstance(file.content, Kept) and published.get(file.path) != file.content.sha256
        for file in page.artifacts
    )
    return memo.whole(build.memo, page) if lost else page

"""The spine of a check of links: what the site would hold, and what its pages lead to. Nothing runs
and nothing is written; a post shows what its records say.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial

from evergreen import publish as destination
from evergreen.build.cache.pages import CacheMissing, whole
from evergreen.build.cache.state import BuildState, read_state
from evergreen.build.load import LoadedPosts, read_blog
from evergreen.build.options import BuildOptions
from evergreen.build.parallel import forked_map
from evergreen.build.planning.forecast import is_named
from evergreen.build.planning.freshness import base_of, freshness, open_context
from evergreen.build.planning.plan import make_plans
from evergreen.build.render import PageRenderer, make_page, open_renderer
from evergreen.build.static_files import targets
from evergreen.check.links import LinkTargets, find_broken
from evergreen.check.site_files import BrokenLink, find_in_file, tell
from evergreen.errors import Problem
from evergreen.model import Artifact, Page
from evergreen.model.urls import file_of
from evergreen.records.store import identity
from evergreen.site.address_conflicts import settle
from evergreen.site.fingerprint import page_links
from evergreen.site.jinja import read_templates
from evergreen.site.outline import Outline, in_order, outline_site
from evergreen.site.tasks import FileTask, RenderContext, TaskFailure, run_tasks

_LINKING = (".html", ".htm", ".xml", "feed.json")
"""Ends of the files that link to others."""


@dataclass(frozen=True, slots=True)
class SiteLinks:
    """A site as its sources have it."""

    pages: Sequence[Page]
    """Whole, of all posts that can be read."""
    link_targets: LinkTargets
    """What their addresses may lead to."""
    outline: Outline
    """The files that the pages make."""
    context: RenderContext
    """What they are made with."""

    def of(self, names: Collection[str]) -> Sequence[Page]:
        """The pages of the named posts; of all where none is named."""
        found = (page for page in self.pages for name in names if is_named(page.post.path, name))
        return list(found) if names else self.pages


def collect_links(build: BuildOptions) -> SiteLinks:
    """The pages of a blog, and what stands beside them."""
    build = replace(build, execute=False, force=False)
    renderer = open_renderer(build, base_of(build))
    try:
        reading, pages = _read(build, renderer, read_state(build.memo, renderer.base))
    except CacheMissing:  # somebody was in the cache: all pages are made anew
        reading, pages = _read(build, renderer, BuildState(renderer.base))
    pages, _ = settle(build.site, in_order(pages))
    by_path = {page.post.path: page for page in pages}
    context = RenderContext(read_templates(build.templates), build.site, by_path.__getitem__)
    outline = outline_site(context.templates, build.site, pages)
    own = (artifact.path for page in pages for artifact in page.artifacts)
    link_targets = LinkTargets(
        files=frozenset([*_paths(outline), *own, *targets(build)]),
        pages={file_of(page.post): page_links(page) for page in pages},
        held_back={file_of(post): post.path for post in reading.held_back},
        read=cache(_reader(build, context, outline)),
    )
    return SiteLinks(pages, link_targets, outline, context)


def check_addresses(
    build: BuildOptions, names: Collection[str] = ()
) -> tuple[SiteLinks, list[Problem]]:
    """The survey, and an error for each address of the named posts that leads nowhere in it;
    without names also for those of templates, lists and feeds.
    """
    found = collect_links(build)
    broken = find_broken(map(page_links, found.of(names)), found.link_targets, "error")
    return found, broken if names else [*broken, *_in_files(build, found)]


def _in_files(build: BuildOptions, found: SiteLinks) -> list[Problem]:
    """What leads nowhere in the files of the site beside what posts link to."""
    tasks = [task for task in found.outline.tasks if task.path.endswith(_LINKING)]

    def look(task: FileTask) -> list[BrokenLink]:
        content = _content(run_tasks(found.context, [task])[0])
        return find_in_file(build.site, task.path, content, found.link_targets) if content else []

    seen = [each for some in forked_map(look, tasks, build.jobs) for each in some]
    for artifact in found.outline.ready:
        if artifact.path.endswith(_LINKING) and (content := _content(artifact)):
            seen += find_in_file(build.site, artifact.path, content, found.link_targets)
    return tell(seen, _templates(build), build.output.name)


def _templates(build: BuildOptions) -> dict[str, str]:
    """The texts of the blog's own templates, by path below its root."""
    folder = build.templates[0]
    return {
        path.relative_to(build.root).as_posix(): path.read_text("utf-8", "replace")
        for path in sorted(folder.rglob("*.html"))
        if path.is_file()
    }


def _content(made: Artifact | TaskFailure) -> bytes | None:
    content = made.content if isinstance(made, Artifact) else None
    return content if isinstance(content, bytes) else None


def _read(
    build: BuildOptions, renderer: PageRenderer, previous: BuildState
) -> tuple[LoadedPosts, list[Page]]:
    context = cache(partial(open_context, build, None))
    reading = read_blog(build, renderer, previous, freshness(build, context))
    known = [*reading.known.values(), *reading.made.values()]
    pages = [whole(build.memo, entry.page) for entry in known]
    work = [(each.post, each.notebook) for each in reading.parsed_posts]
    for parsed, plan in zip(
        reading.parsed_posts, make_plans(context(), work) if work else (), strict=True
    ):
        shown = plan.execution
        record = identity(shown.facts, shown.finished) if shown else ""
        pages.append(make_page(renderer, parsed, shown, record)[0])
    return reading, pages


def _paths(outline: Outline) -> Iterable[str]:
    yield from (task.path for task in outline.tasks)
    yield from (artifact.path for artifact in outline.ready)


def _reader(
    build: BuildOptions, context: RenderContext, outline: Outline
) -> Callable[[str], bytes | None]:
    """Reads a file as it would be published; one that is not ours as it stands there."""
    tasks: dict[str, FileTask] = {task.path: task for task in outline.tasks}

    def read(path: str) -> bytes | None:
        if path not in tasks:
            return destination.read(build.output, path)
        return _content(run_tasks(context, [tasks[path]])[0])

    return read

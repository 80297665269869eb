"""(Site, Pages) → the files of the site: what an `Outline` tells, made or kept; the posts' own
figures and downloads; and a site without the posts that fail.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from pathlib import Path

from evergreen.content.static_pages import is_static
from evergreen.errors import EvergreenError, Problem, paths_with_errors
from evergreen.model import Artifact, Page, Site
from evergreen.site.address_conflicts import LISTED, settle
from evergreen.site.comments import check_comments
from evergreen.site.jinja import Templates, read_templates
from evergreen.site.outline import Outline, in_order, outline_site
from evergreen.site.tasks import FileTask, RenderContext, ReuseHooks, TaskFailure, at_post, once


@dataclass(frozen=True, slots=True)
class RenderedSite:
    """The files of a site, and what is wrong with it."""

    artifacts: tuple[Artifact, ...]
    tasks: tuple[FileTask, ...] = ()
    """Of those that have one."""
    problems: tuple[Problem, ...] = ()
    """Errors at posts whose own page cannot be made, and warnings."""
    shown: Mapping[str, str] = field(default_factory=dict)
    """Path of each post that has a page, be it its last good one → the page's digest."""

    @property
    def failed(self) -> frozenset[str]:
        """The paths of the posts whose own page cannot be made."""
        return paths_with_errors(self.problems)


def render_site(
    site: Site, pages: Sequence[Page], folders: Sequence[Path], reuse: ReuseHooks | None = None
) -> RenderedSite:
    """Every file of the site, the pages' own figures and downloads among them, each path once.

    Templates, languages and static files are looked for in each folder, in order. A post whose own
    page cannot be made, or has the address of another, is shown as it last was, or left out. Raises
    EvergreenError with all that is wrong where lists or all posts are concerned: in templates at
    template:line, naming a post.
    """
    reuse = reuse or ReuseHooks()
    templates = read_templates(folders, reuse.compiled)
    pages, settled = settle(site, in_order(pages))
    told = (problem for problem in settled if problem.rule != LISTED)
    warnings = (*told, *_unknown_themes(templates, site, pages), *check_comments(site))
    shown: Sequence[Page] = pages
    failures: list[TaskFailure] = []
    while True:
        outline = outline_site(templates, site, shown)
        digests = {page.post.path: page.digest for page in shown}
        artifacts, found = _make(outline, _kit(templates, site, shown, reuse), reuse, digests)
        if not found:
            artifacts = (*artifacts, *_own_artifacts(shown))
            problems = (*map(at_post, failures), *warnings)
            return RenderedSite(artifacts, outline.tasks, problems, digests)
        shown = _without(shown, {f.source for f in found}, {f.source for f in failures}, reuse)
        failures += found
        if any(not f.source for f in found) or all(is_static(page.post) for page in shown):
            raise EvergreenError(*once(failures))


def _kit(
    templates: Templates, site: Site, pages: Iterable[Page], reuse: ReuseHooks
) -> RenderContext:
    by_path = {page.post.path: page for page in pages}
    return RenderContext(templates, site, lambda path: reuse.whole(by_path[path]), reuse.library)


def _without(
    pages: Sequence[Page], failed: Set[str], before: Set[str], reuse: ReuseHooks
) -> Sequence[Page]:
    """The pages without those that failed: as they last were, or gone where they were that."""
    rest = [page for page in pages if page.post.path not in failed]
    last = [page for path in sorted(failed - before) if (page := reuse.last(path))]
    return [*rest, *last]


def _make(
    outline: Outline, context: RenderContext, reuse: ReuseHooks, digests: Mapping[str, str]
) -> tuple[tuple[Artifact, ...], list[TaskFailure]]:
    """The files of an outline, and what could not be made."""
    if outline.collisions:
        return (), [*outline.collisions]
    kept = {task.path: found for task in outline.tasks if (found := reuse.kept(task, digests))}
    made = reuse.run(context, [task for task in outline.tasks if task.path not in kept])
    artifacts = [each for each in made if isinstance(each, Artifact)]
    whole = (*kept.values(), *artifacts, *outline.ready)
    return whole, [each for each in made if isinstance(each, TaskFailure)]


def _own_artifacts(pages: Iterable[Page]) -> Iterator[Artifact]:
    """Figures and downloads; translations share figures, which are named by their content."""
    seen: set[Artifact] = set()
    for page in pages:
        for artifact in page.artifacts:
            if artifact not in seen:
                seen.add(artifact)
                yield artifact


def _unknown_themes(templates: Templates, site: Site, pages: Iterable[Page]) -> Iterator[Problem]:
    """A warning for each theme that is not there, at the first post that asks for it."""
    known = templates.assets.themes
    users: dict[str, list[Page]] = defaultdict(list)
    for page in pages:
        if page.post.theme and page.post.theme not in known:
            users[page.post.theme].append(page)
    advice = f"known: {', '.join(known)}; a theme is a file templates/assets/themes/NAME.css"
    for theme, (first, *others) in users.items():
        more = f" (so too in {len(others)} more)" if others else ""
        line, message = first.post.lines.get("theme", 1), f"there is no theme '{theme}'{more}"
        yield Problem(first.post.path, line, 0, message, advice, "warning")
    if (theme := str(site.extra.get("theme", ""))) and theme not in known:
        yield Problem("site.toml", 0, 0, f"there is no theme '{theme}'", advice, "warning")

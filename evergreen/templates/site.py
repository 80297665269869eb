"""(Site, Pages) → the files of the site: pages, lists, redirects, feeds, static files.

A post's page is a function of the page itself, the settings, and what `Relations` says of other
posts; a list is one of its `Listing`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from evergreen.addresses import file_of, path_of
from evergreen.errors import EvergreenError, Problem
from evergreen.feeds.feeds import feed_parts
from evergreen.feeds.sitemap import render_robots, render_sitemap
from evergreen.model import Artifact, Link, Listing, Page, Relations, Site
from evergreen.posts.pages import MISSING, is_static
from evergreen.render.charts import LIBRARIES
from evergreen.templates.cards import card_path, draw_card
from evergreen.templates.collisions import find_collisions
from evergreen.templates.comments import check_comments
from evergreen.templates.jinja import Menu, Templates, read_templates
from evergreen.templates.languages import in_language
from evergreen.templates.layouts import render_listing, render_missing, render_post, render_redirect
from evergreen.templates.lists import find_listings, page_url, prefix
from evergreen.templates.metadata import needs_card
from evergreen.templates.relations import find_relations
from evergreen.templates.settling import settle
from evergreen.templates.status import STATUS, has_status, render_status, status_rows
from evergreen.templates.tasks import Failure, Shelf, Task, at_post, no_library, once

_MENU = ("archive", "tags", "all_series", "search")


@dataclass(frozen=True, slots=True)
class Rendered:
    """The files of a site, and what is wrong with it."""

    artifacts: tuple[Artifact, ...]
    problems: tuple[Problem, ...] = ()
    """Errors at posts whose own page cannot be made, and warnings."""
    shown: frozenset[str] = frozenset()
    """The paths of the posts that have a page, be it their last good one."""

    @property
    def failed(self) -> frozenset[str]:
        """The paths of the posts whose own page cannot be made."""
        return frozenset(p.path for p in self.problems if p.severity == "error")


def render_site(
    site: Site, pages: Sequence[Page], folders: Sequence[Path], shelf: Shelf | None = None
) -> Rendered:
    """Every file of the site, the pages' own figures and downloads among them, each path once.

    Templates, languages and static files are looked for in each folder, in order. A post whose own
    page cannot be made, or has the address of another, is shown as it last was, or left out. Raises
    EvergreenError with all that is wrong where lists or all posts are concerned: in templates at
    template:line, naming a post.
    """
    shelf = shelf or Shelf()
    templates = read_templates(folders, shelf.compiled)
    pages, settled = settle(site, in_order(pages))
    warnings = (*settled, *_unknown_themes(templates, site, pages), *check_comments(site))
    shown: Sequence[Page] = pages
    failures: list[Failure] = []
    while True:
        artifacts, found = _make(templates, site, shown, shelf)
        if not found:
            problems = (*map(at_post, failures), *warnings)
            return Rendered(artifacts, problems, frozenset(page.post.path for page in shown))
        shown = _without(shown, {f.source for f in found}, {f.source for f in failures}, shelf)
        failures += found
        if any(not f.source for f in found) or all(is_static(page.post) for page in shown):
            raise EvergreenError(*once(failures))


def _without(
    pages: Sequence[Page], failed: Set[str], before: Set[str], shelf: Shelf
) -> Sequence[Page]:
    """The pages without those that failed: as they last were, or gone where they were that."""
    rest = [page for page in pages if page.post.path not in failed]
    last = [page for path in sorted(failed - before) if (page := shelf.last(path))]
    return [*rest, *last]


@dataclass(frozen=True, slots=True)
class Outline:
    """A site before its files are made."""

    tasks: tuple[Task, ...]
    """Pages, lists, redirects, feeds, cards."""
    ready: tuple[Artifact, ...]
    """What crawlers read, styles and scripts."""
    listings: tuple[Listing, ...]
    collisions: tuple[Failure, ...] = ()


def outline_site(
    templates: Templates,
    site: Site,
    pages: Sequence[Page],
    whole: Callable[[Page], Page],
    library: Callable[[str], bytes] = no_library,
) -> Outline:
    """All files that these pages make, besides the pages' own figures and downloads; `whole` gives
    a page with its content when a task is made, `library` the bytes of a library of charts. Pages
    stand in the site's order (see `in_order`).
    """
    posts = [page for page in pages if not is_static(page.post)]
    statics = [page for page in pages if is_static(page.post)]
    listings = tuple(find_listings(site, posts))
    tasks = (
        *_tasks(templates, site, posts, statics, listings, whole),
        *feed_tasks(site, posts, listings, whole),
        *_library_tasks(pages, library),
    )
    ready = (
        *render_sitemap(site, pages, listings),
        render_robots(site),
        *templates.assets.artifacts,
    )
    own = _own_files(statics, tasks, ready)
    return Outline(tasks, ready, listings, tuple(find_collisions(pages, listings, own)))


def feed_tasks(
    site: Site, posts: Sequence[Page], listings: Sequence[Listing], whole: Callable[[Page], Page]
) -> Iterator[Task]:
    """A task for each feed of these lists."""
    return (Task(*parts) for parts in feed_parts(site, posts, listings, whole))


def in_order(pages: Iterable[Page]) -> list[Page]:
    """The newest first; the site does not depend on the order in which the pages were made."""
    return sorted(pages, key=lambda page: (page.post.date, page.post.path), reverse=True)


def _make(
    templates: Templates, site: Site, pages: Sequence[Page], shelf: Shelf
) -> tuple[tuple[Artifact, ...], list[Failure]]:
    """The files of these pages, and what could not be made."""
    outline = outline_site(templates, site, pages, shelf.whole, shelf.library)
    if outline.collisions:
        return (), [*outline.collisions]
    tasks = outline.tasks
    kept = {task.path: found for task in tasks if (found := shelf.kept(task.path, task.inputs))}
    made = shelf.run([task for task in tasks if task.path not in kept])
    artifacts = [each for each in made if isinstance(each, Artifact)]
    whole = (*kept.values(), *artifacts, *outline.ready, *_own_artifacts(pages))
    return whole, [each for each in made if isinstance(each, Failure)]


def _own_files(
    statics: Iterable[Page], tasks: Iterable[Task], ready: Iterable[Artifact]
) -> Iterator[str]:
    """The files that no post and no list asks for: feeds, cards, what crawlers read, styles."""
    yield from (task.path for task in tasks if not task.source and not task.path.endswith(".html"))
    yield from (artifact.path for artifact in ready)
    if all(page.post.url != MISSING for page in statics):
        yield path_of(MISSING)


def _tasks(
    templates: Templates,
    site: Site,
    posts: Sequence[Page],
    statics: Sequence[Page],
    listings: Sequence[Listing],
    whole: Callable[[Page], Page],
) -> Iterator[Task]:
    """A task for each page and each card of the site."""
    menus = _menus(templates, site, statics, listings)
    for group in (posts, statics):
        relations = find_relations(site, [page.post for page in group])
        for page in group:
            post = page.post
            menu = menus.get(post.lang, menus[site.lang])
            related = relations[post.path]
            inputs = f"{page.digest} {related!r} {menu!r} {page.check!r}" if page.digest else ""
            make = partial(_render_whole, templates, site, page, related, menu, whole)
            yield Task(file_of(post), inputs, make, post.path)
            for old in dict.fromkeys(post.redirect_from):
                make = partial(render_redirect, templates, site, page, old)
                yield Task(path_of(old), f"to {post.title} {post.url} {post.lang}", make)
    for listing in listings:
        menu = menus[listing.lang]
        path = path_of(page_url(listing, listing.number))
        make = partial(render_listing, templates, site, listing, menu)
        yield Task(path, f"{listing!r} {menu!r}", make)
    if has_status(site, [*posts, *statics]):
        rows = status_rows([*posts, *statics])
        status = partial(render_status, templates, site, rows, menus[site.lang])
        yield Task(path_of(STATUS), f"{rows!r} {menus[site.lang]!r}", status)
    if all(page.post.url != MISSING for page in statics):
        missing = partial(render_missing, templates, site, menus[site.lang])
        yield Task(path_of(MISSING), "", missing)
    for title, name in dict.fromkeys(_card(site, page) for page in posts if needs_card(site, page)):
        yield Task(card_path(title, name), "a card", partial(draw_card, title, name))


def _library_tasks(pages: Iterable[Page], library: Callable[[str], bytes]) -> Iterator[Task]:
    """A task for each library that a chart of a page needs."""
    for name in sorted({name for page in pages for name in page.libraries}):
        path = f"{LIBRARIES}/{name}"
        yield Task(path, name, partial(_copy_library, path, name, library))


def _copy_library(path: str, name: str, library: Callable[[str], bytes]) -> Artifact:
    return Artifact(path, library(name))


def _render_whole(
    templates: Templates,
    site: Site,
    page: Page,
    relations: Relations,
    menu: Menu,
    whole: Callable[[Page], Page],
) -> Artifact:
    return render_post(templates, site, replace(whole(page), check=page.check), relations, menu)


def _card(site: Site, page: Page) -> tuple[str, str]:
    """What a post's card shows."""
    return page.post.title, in_language(site, page.post.lang).title


def _menus(
    templates: Templates, site: Site, statics: Iterable[Page], listings: Iterable[Listing]
) -> dict[str, Menu]:
    """Language → its menu: archive, tags and series where there are some, and the static pages,
    by path. A page's `nav: false` keeps it out.
    """
    links: dict[str, list[Link]] = {}
    for listing in listings:
        found = links.setdefault(listing.lang, [])
        if listing.kind in _MENU and listing.number == 1:
            text = templates.language(listing.lang).text(f"title_{listing.kind}")
            found.append(Link(text, listing.url))
    for page in sorted(statics, key=lambda page: page.post.path):
        post = page.post
        if post.lang in links and post.meta.get("nav", True) is not False and post.url != MISSING:
            links[post.lang].append(Link(post.title, post.url))
    return {lang: Menu(f"{prefix(site, lang)}/", tuple(found)) for lang, found in links.items()}


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

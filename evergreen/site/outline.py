"""(Site, Pages) → the files of the site as tasks: pages, lists, redirects, feeds, cards.

A post's page is a function of the page itself, the settings, and what `Relations` says of other
posts; a list is one of its `Listing`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from evergreen.content.static_pages import APART, MISSING, is_static
from evergreen.dataclass import dataclass, replace
from evergreen.model import (
    Artifact,
    ExtraPage,
    LastCheck,
    ListEntry,
    Listing,
    LoadedPlugin,
    Page,
    PageLink,
    Post,
    Relations,
    Site,
)
from evergreen.model.picture import PictureCopy
from evergreen.model.urls import file_of, path_of
from evergreen.paths import flaw
from evergreen.render.charts import LIBRARIES
from evergreen.render.languages import in_language
from evergreen.site.address_conflicts import find_collisions
from evergreen.site.badges import (
    OVERALL,
    badge_path,
    count_tones,
    draw_badge,
    is_badged,
    tone,
)
from evergreen.site.feeds import feed_tasks
from evergreen.site.jinja import LanguageMenu, Templates
from evergreen.site.layouts import (
    LIST_TEMPLATES,
    render_extra,
    render_listing,
    render_missing,
    render_post,
    render_redirect,
)
from evergreen.site.listings import SUMMARISED, YIELDING, find_listings, page_url, prefix
from evergreen.site.llms import render_llms
from evergreen.site.metadata import find_cover, needs_card
from evergreen.site.related import SimilarPosts, find_relations
from evergreen.site.sitemap import render_robots, render_sitemap
from evergreen.site.social_cards import card_path, draw_card
from evergreen.site.status import STATUS, StatusRow, has_status, render_status, status_rows
from evergreen.site.tasks import FileTask, RenderContext, TaskFailure, finish

_MENU = ("archive", "tags", "all_series", "search")


@dataclass(frozen=True, slots=True)
class Outline:
    """A site before its files are made."""

    tasks: tuple[FileTask, ...]
    """Pages, lists, redirects, feeds, cards."""
    ready: tuple[Artifact, ...]
    """What crawlers read, styles and scripts."""
    collisions: tuple[TaskFailure, ...] = ()


def outline_site(
    templates: Templates, site: Site, pages: Sequence[Page], similar: SimilarPosts | None = None
) -> Outline:
    """Return all files of a site as tasks, except figures and downloads.

    `similar` may be a function that remembers what `find_similar` returned.

    They depend only on the pages' metadata (see `metadata_hash`) and last checks: content is read
    when a task runs. Pages are in the order of `in_order`.
    """
    posts = [page for page in pages if not is_static(page.post)]
    statics = [page for page in pages if is_static(page.post)]
    taken = {file_of(page.post) for page in statics}
    listings = tuple(
        listing
        for listing in find_listings(site, posts, statics)
        if listing.kind not in YIELDING or path_of(page_url(listing, listing.number)) not in taken
    )
    owned = [(page, own) for own, hook in site.hooks.owned("pages") for page in hook(posts, site)]
    extra = [page for page, _ in owned]
    tasks = (
        *_tasks(templates, site, posts, statics, listings, similar),
        *feed_tasks(site, listings),
        *_library_tasks(pages),
        *_picture_tasks(pages),
        *_extra_tasks(templates, site, owned, listings),
    )
    made = (
        *render_sitemap(site, pages, listings, extra),
        render_robots(site),
        *render_llms(site, pages),
        *templates.assets.artifacts,
    )
    ready = tuple(finish(site, artifact) for artifact in made)
    own = [
        *((path, "a file of the site") for path in _own_files(statics, tasks, ready)),
        *((path_of(page.url), f"a page of the plugin '{o.plugin.name}'") for page, o in owned),
    ]
    collisions = find_collisions(pages, listings, own, confusions=not site.jekyll)
    return Outline(tasks, ready, tuple(collisions))


def in_order(pages: Iterable[Page]) -> list[Page]:
    """Sort pages, newest first, so that the site does not depend on the order of the input."""
    return sorted(pages, key=lambda page: (page.post.date, page.post.path), reverse=True)


def _own_files(
    statics: Iterable[Page], tasks: Iterable[FileTask], ready: Iterable[Artifact]
) -> Iterator[str]:
    """Yield the files that belong to no post and no list: feeds, cards, sitemap, styles."""
    yield from (task.path for task in tasks if not task.source and not task.path.endswith(".html"))
    yield from (artifact.path for artifact in ready)
    if all(file_of(page.post) != path_of(MISSING) for page in statics):
        yield path_of(MISSING)


def _tasks(
    templates: Templates,
    site: Site,
    posts: Sequence[Page],
    statics: Sequence[Page],
    listings: Sequence[Listing],
    similar: SimilarPosts | None,
) -> Iterator[FileTask]:
    """Yield a task for each page and each card of the site."""
    menus = _menus(templates, site, statics, listings)
    for group in (posts, statics):
        keywords = {page.post.path: page.keywords for page in group}
        relations = find_relations(site, [page.post for page in group], keywords, similar)
        for page in group:
            post = page.post
            menu = menus.get(post.lang, menus[site.lang])
            if post.redirect_to:
                yield _redirect(post, post.redirect_to, file_of(post))
            else:
                args = (post.path, page.check, relations[post.path], menu)
                template = f"{post.layout}.html"
                yield FileTask(file_of(post), _make_page, args, (post.path,), post.path, template)
            for old in dict.fromkeys(post.redirect_from):
                yield _redirect(post, post.url, path_of(old))
    for listing in listings:
        path = path_of(page_url(listing, listing.number))
        summarised = listing.entries if listing.kind in SUMMARISED else ()
        shows = tuple(entry.path for entry in summarised)
        shown = listing, menus[listing.lang]
        yield FileTask(path, _make_listing, shown, shows, "", LIST_TEMPLATES[listing.kind])
    if has_status(site, [*posts, *statics]):
        rows = status_rows([*posts, *statics])
        table = rows, menus[site.lang]
        yield FileTask(path_of(STATUS), _make_status, table, (), "", "status.html")
        yield from _badge_tasks(site, posts)
    if all(file_of(page.post) != path_of(MISSING) for page in statics):
        yield FileTask(path_of(MISSING), _make_missing, (menus[site.lang],), (), "", "404.html")
    without_picture = (page for page in (*posts, *statics) if needs_card(site, page))
    for title, name in dict.fromkeys(_card(site, page) for page in without_picture):
        yield FileTask(card_path(title, name), _make_card, (title, name))


def _redirect(post: Post, url: str, file: str) -> FileTask:
    """Return the task for a file that redirects to a URL, for a post."""
    link = PageLink(post.title, url, post.lang)
    args = (link, file, post.path)
    return FileTask(file, _make_redirect, args, (), post.path, "redirect.html")


def _library_tasks(pages: Iterable[Page]) -> Iterator[FileTask]:
    """Yield a task for each library that a chart of a page needs."""
    for name in sorted({name for page in pages for name in page.libraries}):
        yield FileTask(f"{LIBRARIES}/{name}", _copy_library, (name,))


def _badge_tasks(site: Site, posts: Sequence[Page]) -> Iterator[FileTask]:
    """Yield a task for the badge of the blog, and for that of each post that was checked."""
    checked = [page for page in posts if is_badged(page)]
    counts = count_tones(page.check for page in checked)
    kind = "bad" if counts["bad"] else "good" if counts["good"] else "open"
    args = (site.lang, "badge_blog", kind, counts["good"], len(checked), None)
    yield FileTask(OVERALL, _make_badge, (OVERALL, *args))
    for page in checked:
        path, check = badge_path(page), page.check
        if check and path != OVERALL:
            key = "badge_" + tone(check)
            about = (page.post.lang, key, tone(check), 0, 0, check.finished)
            yield FileTask(path, _make_badge, (path, *about))


def _picture_tasks(pages: Iterable[Page]) -> Iterator[FileTask]:
    """Yield a task for each copy of a picture that a page offers."""
    copies = {copy.path: copy for page in pages for copy in page.pictures}
    for path in sorted(copies):
        yield FileTask(path, _make_copy, (copies[path],))


def _extra_tasks(
    templates: Templates,
    site: Site,
    pages: Iterable[tuple[ExtraPage, LoadedPlugin]],
    listings: Sequence[Listing],
) -> Iterator[FileTask]:
    """Yield a task for each page of a plugin. Raises EvergreenError for one without a valid URL, or
    with that of another."""
    menus: dict[str, LanguageMenu] = {}
    known: dict[str, str] = {}
    for page, owner in pages:
        if wrong := _what_is_wrong(page.url):
            whole = f"/{page.url.strip('/')}/"
            advice = f"write it as {'/shelf/' if flaw(path_of(whole)) else whole}"
            raise owner.fault(f"has a page with the URL '{page.url}', which {wrong}", advice)
        if other := known.get(path_of(page.url)):
            message = f"has a page with the URL '{page.url}', as has the plugin '{other}'"
            raise owner.fault(message, "give one of them another URL")
        known[path_of(page.url)] = owner.plugin.name
        menus = menus or _menus(templates, site, (), listings)
        args = page, owner.plugin.name, menus.get(page.lang or site.lang, menus[site.lang])
        yield FileTask(path_of(page.url), _make_extra, args, (), "", page.template)


def _what_is_wrong(url: str) -> str:
    """Return what is wrong with the URL of a plugin's page; "" for nothing."""
    if not url.startswith("/"):
        return "does not begin with a slash"
    if not url.endswith(("/", ".html")):
        return "ends with neither a slash nor .html"
    return flaw(path_of(url))


def _make_page(
    context: RenderContext,
    path: str,
    check: LastCheck | None,
    relations: Relations,
    menu: LanguageMenu,
) -> Artifact:
    page = replace(context.whole(path), check=check)
    return render_post(context.templates, context.site, page, relations, menu)


def _make_extra(
    context: RenderContext, page: ExtraPage, plugin: str, menu: LanguageMenu
) -> Artifact:
    return render_extra(context.templates, context.site, page, plugin, menu)


def _make_redirect(context: RenderContext, link: PageLink, file: str, path: str) -> Artifact:
    return render_redirect(context.templates, context.site, link, file, path)


def _make_listing(context: RenderContext, listing: Listing, menu: LanguageMenu) -> Artifact:
    if listing.kind in SUMMARISED:
        entries = (_with_content(context, each) for each in listing.entries)
        listing = replace(listing, entries=tuple(entries))
    return render_listing(context.templates, context.site, listing, menu)


def _with_content(context: RenderContext, entry: ListEntry) -> ListEntry:
    """Return the entry with what it shows of the content of its post."""
    page = context.whole(entry.path)
    return replace(
        entry,
        summary=page.summary,
        summary_html=page.summary_html,
        minutes=page.minutes,
        cover=find_cover(context.site, page),
    )


def _make_status(context: RenderContext, rows: Sequence[StatusRow], menu: LanguageMenu) -> Artifact:
    return render_status(context.templates, context.site, rows, menu)


def _make_missing(context: RenderContext, menu: LanguageMenu) -> Artifact:
    return render_missing(context.templates, context.site, menu)


def _make_card(context: RenderContext, title: str, name: str) -> Artifact:
    return draw_card(title, name)


def _make_badge(
    context: RenderContext,
    path: str,
    lang: str,
    key: str,
    kind: str,
    good: int,
    total: int,
    finished: datetime | None,
) -> Artifact:
    language = context.templates.language(lang)
    day = language.date(finished) if finished else ""
    value = language.text(key, good=good, total=total, date=day)
    return draw_badge(path, language.text("badge"), value, kind)


def _make_copy(context: RenderContext, copy: PictureCopy) -> Artifact:
    return Artifact(copy.path, context.copy(copy))


def _copy_library(context: RenderContext, name: str) -> Artifact:
    return Artifact(f"{LIBRARIES}/{name}", context.library(name))


def _card(site: Site, page: Page) -> tuple[str, str]:
    """Return the texts on the card of a post or a page."""
    return page.post.title, in_language(site, page.post.lang).title


def _menus(
    templates: Templates, site: Site, statics: Iterable[Page], listings: Iterable[Listing]
) -> dict[str, LanguageMenu]:
    """Return the menu of each language: that of the settings, else the pages that a Jekyll blog
    chose, else archive, tags and series if there are any, and static pages.

    A page with `nav: false` is left out.
    """
    links: dict[str, list[PageLink]] = {}
    for listing in listings:
        found = links.setdefault(listing.lang, [])
        if listing.kind in _MENU and listing.number == 1:
            text = templates.language(listing.lang).text(f"title_{listing.kind}")
            found.append(PageLink(text, listing.url))
    statics = list(statics)
    chosen = _header_pages(site, statics)
    links = {lang: [] for lang in links} if chosen else links
    for post in (page.post for page in chosen or _pages_in_menu(statics)):
        if post.lang in links:
            links[post.lang].append(PageLink(post.title, post.url))
    return {
        lang: LanguageMenu(
            f"{prefix(site, lang)}/",
            _existing(own_menu(templates, site, lang), site, statics) or tuple(found),
        )
        for lang, found in links.items()
    }


def _pages_in_menu(statics: Iterable[Page]) -> Iterator[Page]:
    for page in sorted(statics, key=lambda page: page.post.path):
        if page.post.meta.get("nav", True) is not False and page.post.url not in APART:
            yield page


def _header_pages(site: Site, statics: Sequence[Page]) -> list[Page]:
    """Return the pages that a Jekyll blog chose for its menu, in its order."""
    by_path = {page.post.path: page for page in statics}
    chosen = site.jekyll.header_pages if site.jekyll else ()
    return [by_path[path] for path in chosen if path in by_path]


def _existing(
    menu: tuple[PageLink, ...], site: Site, statics: Sequence[Page]
) -> tuple[PageLink, ...]:
    """Return the menu of a Jekyll blog with the whole URL of `/about.html`, where it has `/about`:
    GitHub's server finds the page.
    """
    urls = {page.post.url for page in statics} if site.jekyll else set()
    return tuple(
        replace(link, url=f"{link.url}.html") if f"{link.url}.html" in urls else link
        for link in menu
    )


def own_menu(templates: Templates, site: Site, lang: str) -> tuple[PageLink, ...]:
    """Return the menu that the settings have for a language; () if they have none."""
    entries = site.menu if lang == site.lang else site.menus.get(lang, {})
    return tuple(
        PageLink(title, entry.url, icon=templates.icons.get(entry.icon, ""))
        for title, entry in entries.items()
    )

"""(Site, Pages) → the files of the site: pages, lists, redirects, feeds, static files.

A post's page is a function of the page itself, the settings, and what `Relations` says of other
posts; a list is one of its `Listing`. The text of a post is data to a template, never a template.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from markupsafe import Markup

from evergreen.addresses import path_of
from evergreen.cards import card_path, draw_card
from evergreen.collisions import check_addresses
from evergreen.content import dress
from evergreen.errors import EvergreenError, Problem
from evergreen.feeds import feed_parts
from evergreen.jinja import Frame, Menu, Templates, fill, read_templates
from evergreen.lists import find_listings, page_url, prefix
from evergreen.metadata import needs_card, picture, structured_data
from evergreen.model import Artifact, Link, Listing, Page, Relations, Site
from evergreen.pages import MISSING, is_static
from evergreen.policy import content_security_policy
from evergreen.relations import find_relations
from evergreen.sitemap import render_robots, render_sitemap

_LIST_TEMPLATES = {
    "home": "home.html",
    "series": "home.html",
    "archive": "archive.html",
    "tag": "archive.html",
    "category": "archive.html",
    "tags": "index.html",
    "categories": "index.html",
    "all_series": "index.html",
}


_MENU = ("archive", "tags", "all_series")
_MAIN = Menu()


@dataclass(frozen=True, slots=True)
class Task:
    """A file to be made, or taken as it was published."""

    path: str
    """The file's."""
    inputs: str
    """All that it is made of besides settings, templates and engine; "" where not known."""
    make: Callable[[], Artifact]


@dataclass(frozen=True, slots=True)
class Shelf:
    """What a former build left, for those who want it."""

    kept: Callable[[str, str], Artifact | None] = lambda path, inputs: None
    """The published file of a path, where it was made of the same inputs."""
    whole: Callable[[Page], Page] = lambda page: page
    """A page with its content and its files."""
    run: Callable[[Sequence[Task]], list[Artifact]] = lambda tasks: run_tasks(tasks)
    """Makes files, in order: `run_tasks`, or the same on several cores."""


def render_site(
    site: Site, pages: Sequence[Page], folders: Sequence[Path], shelf: Shelf | None = None
) -> tuple[Artifact, ...]:
    """Every file of the site, the pages' own figures and downloads among them, each path once.

    Templates, languages and static files are looked for in each folder, in order. Raises
    EvergreenError with all that is wrong in templates (at template:line, naming a post) and with
    every two pages that have one address.
    """
    # The site does not depend on the order in which the pages were made.
    pages = sorted(pages, key=lambda page: (page.post.date, page.post.path), reverse=True)
    posts = [page for page in pages if not is_static(page.post)]
    statics = [page for page in pages if is_static(page.post)]
    listings = list(find_listings(site, posts))
    check_addresses(pages, listings)
    templates = read_templates(folders)
    shelf = shelf or Shelf()
    tasks = [
        *_tasks(templates, site, posts, statics, listings, shelf.whole),
        *(Task(*parts) for parts in feed_parts(site, posts, listings, shelf.whole)),
    ]
    kept = {task.path: found for task in tasks if (found := shelf.kept(task.path, task.inputs))}
    made = shelf.run([task for task in tasks if task.path not in kept])
    crawled = (*render_sitemap(site, pages, listings), render_robots(site))
    static = templates.assets.artifacts
    return (*kept.values(), *made, *crawled, *static, *_own_artifacts(pages))


def run_tasks(tasks: Iterable[Task]) -> list[Artifact]:
    """What the tasks make. Raises all that went wrong together, each place once."""
    made: list[Artifact] = []
    places: dict[tuple[str, int], list[Problem]] = {}
    for task in tasks:
        try:
            made.append(replace(task.make(), inputs=task.inputs))
        except EvergreenError as error:
            for problem in error.problems:
                places.setdefault((problem.path, problem.line), []).append(problem)
    if places:
        raise EvergreenError(*(_counted(*problems) for problems in places.values()))
    return made


def render_post(
    templates: Templates,
    site: Site,
    page: Page,
    relations: Relations,
    menu: Menu = _MAIN,
) -> Artifact:
    """The file of a post or a static page, from the template that its `layout` names."""
    post, body = page.post, dress(site, page.content)
    structured = "" if is_static(post) else structured_data(site, page)
    hero = post.image.url if post.image else ""
    frame = Frame(
        title=post.title,
        url=post.url,
        lang=post.lang,
        description=page.summary or post.title,
        theme=post.theme or _theme(site),
        image=picture(site, page),
        policy=content_security_policy(site, body, hero, structured),
        menu=menu,
        translations=relations.translations,
        feed=menu.root,
        structured=structured,
        index=not post.draft and post.url != MISSING,
    )
    values = {
        "page": page,
        "content": Markup(body),
        "structured": Markup(structured),
        "relations": relations,
    }
    text = fill(templates, site, f"{post.layout}.html", frame, values, post.path)
    return Artifact(path_of(post.url), text, post.path)


def render_listing(
    templates: Templates, site: Site, listing: Listing, menu: Menu = _MAIN
) -> Artifact:
    """The file of one page of a list."""
    number, url = listing.number, page_url(listing, listing.number)
    title = _list_title(templates, site, listing)
    frame = Frame(
        title=title,
        url=url,
        lang=listing.lang,
        description=_list_description(site, listing, title),
        theme=_theme(site),
        policy=content_security_policy(site),
        menu=menu,
        translations=listing.translations if number == 1 else (),
        feed=listing.url if listing.kind == "tag" else menu.root,
    )
    values = {
        "listing": listing,
        "newer_url": page_url(listing, number - 1) if number > 1 else "",
        "older_url": page_url(listing, number + 1) if number < listing.total else "",
    }
    text = fill(templates, site, _LIST_TEMPLATES[listing.kind], frame, values, f"the list {url}")
    return Artifact(path_of(url), text)


def render_missing(templates: Templates, site: Site, menu: Menu = _MAIN) -> Artifact:
    """The page for addresses where there is nothing."""
    title = templates.language(site.lang).text("not_found")
    frame = _bare_frame(site, title, MISSING, site.lang)
    text = fill(templates, site, "404.html", replace(frame, menu=menu), {}, "404.html")
    return Artifact(path_of(MISSING), text)


def render_redirect(templates: Templates, site: Site, page: Page, old: str) -> Artifact:
    """A file at an address that the post had before, which leads to the post."""
    post = page.post
    frame = _bare_frame(site, post.title, post.url, post.lang)
    text = fill(templates, site, "redirect.html", frame, {}, post.path)
    return Artifact(path_of(old), text, post.path)


def _bare_frame(site: Site, title: str, url: str, lang: str) -> Frame:
    policy = content_security_policy(site)
    return Frame(title, url, lang, theme=_theme(site), policy=policy, index=False)


def _theme(site: Site) -> str:
    """The theme of lists, and of posts that name none."""
    return str(site.extra.get("theme", ""))


def _list_description(site: Site, listing: Listing, title: str) -> str:
    if listing.kind == "home" and listing.number == 1:
        return site.description or site.title
    return f"{title} · {site.description or site.title}"


def _list_title(templates: Templates, site: Site, listing: Listing) -> str:
    language = templates.language(listing.lang)
    own = listing.kind != "home"
    title = language.text(f"title_{listing.kind}", name=listing.title) if own else site.title
    if listing.number == 1:
        return title
    return language.text("page_of", title=title, number=listing.number)


# --- the whole site ---------------------------------------------------------------------------


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
            inputs = f"{page.digest} {related!r} {menu!r}" if page.digest else ""
            make = partial(_render_whole, templates, site, page, related, menu, whole)
            yield Task(path_of(post.url), inputs, make)
            for old in dict.fromkeys(post.redirect_from):
                make = partial(render_redirect, templates, site, page, old)
                yield Task(path_of(old), f"to {post.title} {post.url} {post.lang}", make)
    for listing in listings:
        menu = menus[listing.lang]
        path = path_of(page_url(listing, listing.number))
        make = partial(render_listing, templates, site, listing, menu)
        yield Task(path, f"{listing!r} {menu!r}", make)
    if all(page.post.url != MISSING for page in statics):
        missing = partial(render_missing, templates, site, menus[site.lang])
        yield Task(path_of(MISSING), "", missing)
    for title in dict.fromkeys(page.post.title for page in posts if needs_card(site, page)):
        yield Task(card_path(title, site.title), "a card", partial(draw_card, title, site.title))


def _render_whole(
    templates: Templates,
    site: Site,
    page: Page,
    relations: Relations,
    menu: Menu,
    whole: Callable[[Page], Page],
) -> Artifact:
    return render_post(templates, site, whole(page), relations, menu)


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


def _counted(first: Problem, *others: Problem) -> Problem:
    if not others:
        return first
    return replace(first, message=f"{first.message}, and {len(others)} more")

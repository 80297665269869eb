"""One page, one list, one redirect → its file, through the template of its kind.

The text of a post is data to a template, never a template.
"""

from __future__ import annotations

from typing import Literal

from markupsafe import Markup

from evergreen.content.static_pages import APART, BARE, MISSING, is_static
from evergreen.dataclass import replace
from evergreen.markdown import to_html
from evergreen.model import Artifact, ExtraPage, Listing, Page, PageLink, Relations, Site
from evergreen.model.urls import file_of, path_of
from evergreen.regex import regex
from evergreen.render.languages import in_language
from evergreen.render.markdown_page import markdown_path
from evergreen.site.absolute_links import dress
from evergreen.site.bibtex import bibtex
from evergreen.site.comments import find_comments
from evergreen.site.csp import PagePolicy
from evergreen.site.jinja import LanguageMenu, SiteFrame, Templates, fill
from evergreen.site.listings import find_author, page_url
from evergreen.site.metadata import picture, structured_data
from evergreen.site.source_links import find_source_links
from evergreen.site.status import main_package

LIST_TEMPLATES = {
    "home": "home.html",
    "series": "home.html",
    "archive": "archive.html",
    "tag": "archive.html",
    "category": "archive.html",
    "author": "archive.html",
    "authors": "index.html",
    "tags": "index.html",
    "categories": "index.html",
    "all_series": "index.html",
    "search": "search.html",
}
"""The template of each kind of list."""
_TECHNICAL = regex(
    r'class="(?:callout|cross-reference|theorem|tabs|titled-code|code-fold|code-note'
    r"|numbered"
    r'|wrap|line|number|listing|table-figure|diagram|width-|g[id]"'
    r'|output json|repeats|columns|[^"]*layout-|grid"|column-margin|smallcaps|underline'
    r'|[^"]*(?:align-|\bchart))'
)
"""Classes of what `technical.css` and `technical.js` are for."""
_NOTES = regex(r'class="(?:citation|footnote|value)"')
"""Classes of what `technical.js` opens in a card."""
_MAIN = LanguageMenu()


def render_post(
    templates: Templates,
    site: Site,
    page: Page,
    relations: Relations,
    menu: LanguageMenu = _MAIN,
) -> Artifact:
    """Render a post or a static page with the template that its `layout` names."""
    if page.post.layout == BARE:
        return Artifact(file_of(page.post), page.content.encode("utf-8", "replace"), page.post.path)
    site = in_language(site, page.post.lang)
    post, body = page.post, dress(site, page.content)
    structured = "" if is_static(post) else structured_data(site, page)
    comments = find_comments(site, post)
    sources = comments.sources if comments else {}
    frame = SiteFrame(
        title=post.title,
        url=post.url,
        lang=post.lang,
        description=page.summary or post.title,
        theme=post.theme or _theme(site),
        image=picture(site, page),
        policy=PagePolicy(body, page.scripts, sources),
        menu=menu,
        translations=relations.translations,
        feed=menu.root,
        markdown=f"/{markdown_path(post)}" if site.for_machines else "",
        structured=structured,
        technical=_technical(body),
        index=not post.draft and post.url not in APART,
    )
    values = {
        "page": page,
        "content": Markup(body),
        "structured": Markup(structured),
        "relations": relations,
        "comments": comments,
        "bibtex": bibtex(site, post) if site.citations.cite_post else "",
        "package": main_package(page.environment),
        "confirmed_with": main_package(page.check.environment) if page.check else "",
        "source": find_source_links(site, page, templates.language(post.lang).text),
    }
    text = fill(templates, site, f"{post.layout}.html", frame, values, post.path)
    return Artifact(file_of(post), text, post.path)


def _technical(body: str) -> Literal["", "later", "now"]:
    if _TECHNICAL.search(body):
        return "now"
    return "later" if _NOTES.search(body) else ""


def render_listing(
    templates: Templates, site: Site, listing: Listing, menu: LanguageMenu = _MAIN
) -> Artifact:
    """Render one page of a list."""
    site = in_language(site, listing.lang)
    number, url = listing.number, page_url(listing, listing.number)
    title = _list_title(templates, site, listing)
    frame = SiteFrame(
        title=title,
        url=url,
        lang=listing.lang,
        description=_list_description(site, listing, title),
        theme=_theme(site),
        menu=menu,
        translations=listing.translations if number == 1 else (),
        feed=listing.url if listing.kind in ("tag", "author") else menu.root,
    )
    values = {
        "listing": listing,
        "author": find_author(site, listing.title) if listing.kind == "author" else None,
        "home_text": Markup(to_html(site.home.text)) if listing.kind == "home" else "",
        "newer_url": page_url(listing, number - 1) if number > 1 else "",
        "older_url": page_url(listing, number + 1) if number < listing.total else "",
    }
    text = fill(templates, site, LIST_TEMPLATES[listing.kind], frame, values, f"the list {url}")
    return Artifact(path_of(url), text)


def render_extra(
    templates: Templates, site: Site, page: ExtraPage, plugin: str, menu: LanguageMenu = _MAIN
) -> Artifact:
    """Render a further page of the plugin of a name."""
    lang = page.lang or site.lang
    site = in_language(site, lang)
    frame = SiteFrame(page.title, page.url, lang, page.title, theme=_theme(site), menu=menu)
    subject = f"the page {page.url} of the plugin '{plugin}'"
    text = fill(templates, site, page.template, frame, page.values, subject)
    return Artifact(path_of(page.url), text)


def render_missing(templates: Templates, site: Site, menu: LanguageMenu = _MAIN) -> Artifact:
    """Render the page for missing addresses."""
    title = templates.language(site.lang).text("not_found")
    frame = _bare_frame(site, title, MISSING, site.lang)
    text = fill(templates, site, "404.html", replace(frame, menu=menu), {}, "404.html")
    return Artifact(path_of(MISSING), text)


def render_redirect(
    templates: Templates, site: Site, link: PageLink, file: str, path: str = ""
) -> Artifact:
    """Render a redirect as a file; `path` is the source file of the post that asks for it."""
    site = in_language(site, link.lang)
    frame = _bare_frame(site, link.title, link.url, link.lang)
    text = fill(templates, site, "redirect.html", frame, {}, path)
    return Artifact(file, text, path)


def _bare_frame(site: Site, title: str, url: str, lang: str) -> SiteFrame:
    return SiteFrame(title, url, lang, theme=_theme(site), index=False)


def _theme(site: Site) -> str:
    """Return the theme of lists, and of posts that name none."""
    return str(site.extra.get("theme", ""))


def _list_description(site: Site, listing: Listing, title: str) -> str:
    number = listing.number
    if listing.kind == "home" and listing.number == 1:
        return site.description or site.title
    if listing.description and number == 1:
        return listing.description
    return f"{title} · {site.description or site.title}"


def _list_title(templates: Templates, site: Site, listing: Listing) -> str:
    language = templates.language(listing.lang)
    own = listing.kind != "home"
    title = language.text(f"title_{listing.kind}", name=listing.title) if own else site.title
    if listing.number == 1:
        return title
    return language.text("page_of", title=title, number=listing.number)

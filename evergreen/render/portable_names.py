"""What a downloaded notebook writes in place of references, citations and links."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable
from urllib.parse import unquote, urljoin

from evergreen.content.portable_text import PortableNames
from evergreen.markdown import CALLOUTS
from evergreen.model import Notebook, Post, Reference, Site
from evergreen.model.urls import absolute, is_complete, published_place
from evergreen.regex import regex
from evergreen.render.citations import citation_names
from evergreen.render.csl import SetSources, plain_entries
from evergreen.render.languages import Language
from evergreen.render.numbering import Numbers, name_of

FindPage = Callable[[str], str]
"""Link to a source file, as a post writes it → URL of its page; "" if there is none."""


def no_page(link: str) -> str:
    """Return no page: the post is alone."""
    return ""


def portable_names(
    site: Site,
    post: Post,
    notebook: Notebook,
    numbers: Numbers,
    language: Language,
    styled: SetSources | None = None,
    find_page: FindPage = no_page,
) -> PortableNames:
    """Return the names of all that a post may refer to, as its page shows them."""
    words = {kind: language.text(f"callout_{kind}") for kind in set(CALLOUTS.values())}
    sections = {
        thing.text: numbers[thing.label].number
        for thing in notebook.things
        if thing.level and thing.label in numbers
    }
    return PortableNames(
        names={label: name_of(thing, language) for label, thing in numbers.items()},
        numbers={label: thing.number for label, thing in numbers.items() if thing.number},
        words={**words, "caption": language.texts.get("caption", "")},
        sections=sections,
        citations=styled.names
        if styled
        else citation_names(post.references, site.citations.style, language),
        sources=_sources(post, language, styled),
        absolute=lambda url: _absolute(site, post, find_page(url) or url),
    )


def _absolute(site: Site, post: Post, url: str) -> str:
    """Return a URL with scheme and host, if the site has one; others are left as they are."""
    if not site.url or is_complete(url):
        return url
    try:
        if url.startswith("/"):
            path = url.partition("#")[0].partition("?")[0]
            return absolute(site, path) + url[len(path) :]
        if place := _place(site, post, url):
            return absolute(site, f"/{unquote(place)}")
        return urljoin(absolute(site, post.url), url)
    except ValueError:
        return url


def _place(site: Site, post: Post, url: str) -> str:
    """Return where a file is published that a URL names by its path from the post's folder; "" for
    the URL of a page, and in a blog whose URLs are paths from the page."""
    if site.jekyll or not _FILE.search(url):
        return ""
    source = posixpath.normpath(posixpath.join(post.bundle, url))
    return "" if source.startswith("..") else published_place(post, source)


_FILE = regex(r"\.(?!(?:html?|md)\Z)[A-Za-z][A-Za-z0-9]{1,4}\Z")
"""The end of the path of a file that is no page, without a query."""


def _sources(post: Post, language: Language, styled: SetSources | None) -> str:
    if not post.references:
        return ""
    plain = (f"{number}. {_source(each)}" for number, each in enumerate(post.references, 1))
    rows: Iterable[str] = plain_entries(styled.sources) if styled else plain
    return "\n".join([f"## {language.text('references')}", "", *rows])


def _source(reference: Reference) -> str:
    url = reference.url or (reference.doi and f"https://doi.org/{reference.doi}")
    title = f"[{reference.title}]({url})" if url else reference.title
    people = ", ".join(reference.authors)
    year = f"({reference.year})" if reference.year else ""
    before = " ".join(filter(None, (people, year)))
    return ". ".join(filter(None, (before, title, reference.venue)))

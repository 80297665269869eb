"""What a downloaded notebook writes in place of references, citations and links."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urljoin

from evergreen.content.portable_text import PortableNames
from evergreen.markdown import CALLOUTS
from evergreen.model import Notebook, Post, Reference, Site
from evergreen.model.urls import absolute, is_complete
from evergreen.render.citations import citation_names
from evergreen.render.csl import SetSources, plain_entries
from evergreen.render.languages import Language
from evergreen.render.numbering import Numbers, name_of


def portable_names(
    site: Site,
    post: Post,
    notebook: Notebook,
    numbers: Numbers,
    language: Language,
    styled: SetSources | None = None,
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
        absolute=lambda url: _absolute(site, post, url),
    )


def _absolute(site: Site, post: Post, url: str) -> str:
    """Return a URL with scheme and host, if the site has one; others are left as they are."""
    if not site.url or is_complete(url):
        return url
    try:
        base = absolute(site, post.url)
        return absolute(site, url) if url.startswith("/") else urljoin(base, url)
    except ValueError:
        return url


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

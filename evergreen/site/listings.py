"""Posts → list pages: home, archive, tags, categories, series.

Each language of the blog has lists of its own, below `/en/` and the like; the main language's stand
at the root. A post without a version in the main language is in the main lists too, so the home
page links to every post. Every step is linear in the number of posts.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Literal

from evergreen.dataclass import replace
from evergreen.model import (
    AuthorProfile,
    ListEntry,
    Listing,
    Page,
    PageLink,
    Post,
    SeriesPlace,
    Site,
)
from evergreen.model.urls import is_complete, slug
from evergreen.site.home_page import later_pages, own_home, posts_url
from evergreen.site.translations import translation_keys

Names = Literal["tags", "categories", "authors"]
YIELDING = ("author", "authors")
"""Kinds of lists that give way to a static page with their address: blogs had such pages first."""
COMPACT = 200
"""Posts on one page of a list that shows titles only."""
SUMMARISED = ("home", "series")
"""Kinds of lists that show of each post its summary and its tags too."""
INDEXES: Mapping[Names, Literal["tag", "category", "author"]] = {
    "tags": "tag",
    "categories": "category",
    "authors": "author",
}


def prefix(site: Site, lang: str) -> str:
    """Return the path prefix of a language's lists: "" for the main one, else `/en`."""
    return "" if lang == site.lang else f"/{slug(lang)}"


def by_language(
    site: Site, posts: Iterable[Post], keys: Mapping[str, str] | None = None
) -> dict[str, tuple[Post, ...]]:
    """Return the posts in each language's lists, newest first; always of the main language.

    `keys` are the posts' translation keys, if they are known.
    """
    ordered = sorted(posts, key=lambda post: (post.date, post.path), reverse=True)
    keys = keys or translation_keys(ordered)
    translated = {keys[post.path] for post in ordered if post.lang == site.lang}
    lists: dict[str, list[Post]] = {site.lang: []}
    for post in ordered:
        lists.setdefault(post.lang, []).append(post)
        if post.lang != site.lang and keys[post.path] not in translated:
            lists[site.lang].append(post)
    return {lang: tuple(lists[lang]) for lang in (site.lang, *sorted(lists.keys() - {site.lang}))}


def indexes(site: Site, posts: Iterable[Post]) -> tuple[Names, ...]:
    """Return the kinds of names that have lists; authors only if the settings have profiles, or
    the posts more than one author."""
    has_authors = site.authors or len({name for post in posts for name in post.authors}) > 1
    return tuple(kind for kind in INDEXES if kind != "authors" or has_authors)


def find_listings(
    site: Site, pages: Sequence[Page], statics: Sequence[Page] = ()
) -> Iterator[Listing]:
    """Yield every page of every list, with its versions in other languages.

    In a Jekyll blog an own home page of `statics` moves the list of posts, or is its first page.
    """
    kinds = indexes(site, (page.post for page in pages))
    home = own_home(site, statics)
    url = posts_url(site, home, statics) if home else "/"
    lists = [
        replace(listing, url=url, pages=later_pages(site, url))
        if home and listing.kind == "home" and listing.url == "/"
        else listing
        for lang, members in _pages_by_language(site, pages).items()
        for listing in _language_listings(site, lang, members, kinds)
    ]
    versions: dict[tuple[str, str], list[Listing]] = defaultdict(list)
    for listing in lists:
        versions[_version_key(site, listing)].append(listing)
    for listing in lists:
        others = [
            other for other in versions[_version_key(site, listing)] if other.lang != listing.lang
        ]
        links = tuple(PageLink(other.title, other.url, other.lang) for other in others)
        for page in _paginate(site, replace(listing, translations=links)):
            if not (home and page.kind == "home" and page_url(page, page.number) == "/"):
                yield page


def page_url(listing: Listing, number: int) -> str:
    """Return the URL of one page of a list."""
    return listing.url if number == 1 else listing.url + listing.pages.replace(":num", str(number))


def term_names(posts: Iterable[Post], kind: Names) -> dict[str, str]:
    """Return slug → the spelling that most posts use; in a tie that of the newest post."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for post in posts:
        for name in getattr(post, kind):
            counts[slug(name)][name] += 1
    return {key: found.most_common(1)[0][0] for key, found in counts.items()}


def describe(site: Site, name: str) -> str:
    """Return what the settings say about a tag, category, series or author; "" if nothing."""
    descriptions = {slug(key): text for key, text in site.list_descriptions.items()}
    bios = {slug(each.name): each.bio for each in site.authors.values() if each.bio}
    return descriptions.get(slug(name)) or bios.get(slug(name), "")


def find_author(site: Site, name: str) -> AuthorProfile | None:
    """Return the profile of an author by the name that lists show."""
    profiles = site.authors.values()
    return next((each for each in profiles if slug(each.name) == slug(name)), None)


def term_links(
    site: Site, post: Post, lang: str, kind: Names, names: Mapping[str, str]
) -> tuple[PageLink, ...]:
    """Return links to the lists of a post's tags or categories, in the post's order."""
    keys = dict.fromkeys(slug(name) for name in getattr(post, kind))
    folder = f"{prefix(site, lang)}/{kind}"
    return tuple(_term_link(names[key], f"{folder}/{key}/") for key in keys)


@lru_cache(10_000)
def _term_link(name: str, url: str) -> PageLink:
    """Return one object for all posts with a tag."""
    return PageLink(name, url)


def series_key(post: Post) -> str:
    """Return the key of a post's series: its address, or else its title, in every language."""
    if not post.series:
        return ""
    return post.series.url.removeprefix(f"/{slug(post.lang)}") or slug(post.series.title)


def series_url(site: Site, post: Post, lang: str) -> str:
    """Return the URL of the page of the post's series in a language: its own, or `/series/…`."""
    assert post.series
    url, root = post.series.url, prefix(site, lang)
    if not url:
        return f"{root}/series/{slug(post.series.title)}/"
    return url if is_complete(url) or url.startswith(f"{root}/") else root + url


def _pages_by_language(site: Site, pages: Sequence[Page]) -> dict[str, tuple[Page, ...]]:
    by_path = {page.post.path: page for page in pages}
    lists = by_language(site, [page.post for page in pages])
    return {lang: tuple(by_path[post.path] for post in members) for lang, members in lists.items()}


def _language_listings(
    site: Site, lang: str, pages: Sequence[Page], kinds: Sequence[Names]
) -> Iterator[Listing]:
    root = prefix(site, lang)
    names = {kind: term_names((page.post for page in pages), kind) for kind in kinds}
    places = _series_places(site, lang, pages)
    full = tuple(_entry(site, page, lang, names, places) for page in pages)
    titles = tuple(_as_title(entry) for entry in full)
    first = sorted(full, key=lambda entry: (not entry.featured, not entry.pinned))
    home = Listing("home", f"{root}/", lang, entries=tuple(first))
    yield replace(home, pages=site.jekyll.pages) if site.jekyll else home
    yield Listing("archive", f"{root}/archive/", lang, entries=titles)
    for kind in kinds:
        yield from _term_listings(site, f"{root}/{kind}/", lang, kind, pages, titles)
    yield from _series_listings(site, lang, pages, full)
    if site.search:
        yield Listing("search", f"{root}/search/", lang)


def _entry(
    site: Site,
    page: Page,
    lang: str,
    names: Mapping[Names, Mapping[str, str]],
    places: Mapping[str, SeriesPlace],
) -> ListEntry:
    post = page.post
    authors = names.get("authors")
    return ListEntry(
        post.path,
        post.title,
        post.url,
        post.date,
        post.lang,
        tags=term_links(site, post, lang, "tags", names["tags"]),
        draft=post.draft,
        scheduled=page.scheduled,
        pinned=post.pinned,
        featured=post.featured,
        authors=term_links(site, post, lang, "authors", authors) if authors else (),
        part=places.get(post.path),
    )


def _as_title(entry: ListEntry) -> ListEntry:
    """Return an entry for lists that show only titles."""
    return ListEntry(
        entry.path,
        entry.title,
        entry.url,
        entry.date,
        entry.lang,
        draft=entry.draft,
        scheduled=entry.scheduled,
    )


def _series_places(site: Site, lang: str, pages: Sequence[Page]) -> dict[str, SeriesPlace]:
    """Return where each post is in its series, by the post's path; pages are newest first."""
    members: dict[str, list[Post]] = defaultdict(list)
    for page in reversed(pages):
        if page.post.series:
            members[series_key(page.post)].append(page.post)
    return {
        post.path: SeriesPlace(post.series.title, series_url(site, post, lang), number, len(parts))
        for parts in members.values()
        for number, post in enumerate(parts, 1)
        if post.series
    }


def _term_listings(
    site: Site,
    folder: str,
    lang: str,
    kind: Names,
    pages: Sequence[Page],
    entries: Sequence[ListEntry],
) -> Iterator[Listing]:
    names = term_names((page.post for page in pages), kind)
    members: dict[str, list[ListEntry]] = {key: [] for key in sorted(names)}
    for page, entry in zip(pages, entries, strict=True):
        for key in dict.fromkeys(slug(name) for name in getattr(page.post, kind)):
            members[key].append(entry)
    for key, found in members.items():
        about = describe(site, names[key])
        yield Listing(
            INDEXES[kind], f"{folder}{key}/", lang, names[key], tuple(found), description=about
        )
    links = [PageLink(names[key], f"{folder}{key}/", "", len(members[key])) for key in members]
    if links:
        by_count = sorted(links, key=lambda link: (-link.count, link.title))
        yield Listing(kind, folder, lang, links=tuple(by_count))


def _series_listings(
    site: Site, lang: str, pages: Sequence[Page], entries: Sequence[ListEntry]
) -> Iterator[Listing]:
    members: dict[str, list[ListEntry]] = defaultdict(list)
    first: dict[str, Post] = {}
    for page, entry in zip(pages, entries, strict=True):
        if page.post.series:
            members[series_key(page.post)].append(entry)
            first.setdefault(series_key(page.post), page.post)
    links = []
    for key, post in first.items():
        url, title = series_url(site, post, lang), post.series.title  # type: ignore[union-attr]
        links.append(PageLink(title, url, "", len(members[key])))
        if not is_complete(url):
            parts = tuple(reversed(members[key]))
            yield Listing("series", url, lang, title, parts, description=describe(site, title))
    if links:
        yield Listing("all_series", f"{prefix(site, lang)}/series/", lang, links=tuple(links))


def _version_key(site: Site, listing: Listing) -> tuple[str, str]:
    return listing.kind, listing.url.removeprefix(prefix(site, listing.lang))


def _paginate(site: Site, listing: Listing) -> Iterator[Listing]:
    size = site.paginate if listing.kind == "home" else COMPACT
    if listing.kind == "series":
        size = max(len(listing.entries), 1)
    total = max(-(-len(listing.entries) // size), 1)
    for number in range(1, total + 1):
        shown = listing.entries[(number - 1) * size : number * size]
        yield replace(listing, entries=shown, number=number, total=total)

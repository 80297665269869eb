"""Posts → what is said of them elsewhere: list pages, neighbours, series, translations.

Each language of the blog has lists of its own, below `/en/` and the like; the main language's stand
at the root. A post without a version in the main language is in the main lists too, so the home
page leads to every post. Every step is linear in the number of posts.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Literal

from evergreen.addresses import is_complete, slug
from evergreen.model import Entry, Link, Listing, Page, Parts, Post, Relations, Site

Names = Literal["tags", "categories"]
COMPACT = 200
"""Posts on one page of a list that shows titles only."""
_SIMILAR = 4
_NEAR = 12
"""How far to both sides of a post, among those of the same tag, similar ones are looked for."""
_INDEXES: Mapping[Names, Literal["tag", "category"]] = {"tags": "tag", "categories": "category"}


def prefix(site: Site, lang: str) -> str:
    """Where a language's lists stand: "" for the main one, else `/en`."""
    return "" if lang == site.lang else f"/{slug(lang)}"


def by_language(site: Site, posts: Iterable[Post]) -> dict[str, tuple[Post, ...]]:
    """The posts in each language's lists, newest first; the main language is always there."""
    ordered = sorted(posts, key=lambda post: (post.date, post.path), reverse=True)
    translated = {post.slug for post in ordered if post.lang == site.lang}
    lists: dict[str, list[Post]] = {site.lang: []}
    for post in ordered:
        lists.setdefault(post.lang, []).append(post)
        if post.lang != site.lang and post.slug not in translated:
            lists[site.lang].append(post)
    return {lang: tuple(lists[lang]) for lang in (site.lang, *sorted(lists.keys() - {site.lang}))}


def find_relations(site: Site, posts: Sequence[Post]) -> dict[str, Relations]:
    """What each post's page says about other posts, by the post's path."""
    versions = _versions(posts)
    serieses = _series_members(posts)
    found: dict[str, Relations] = {}
    for lang, members in by_language(site, posts).items():
        spellings = {name: _spellings(members, name) for name in _INDEXES}
        similar = _similar(members)
        for place, post in enumerate(members):
            if post.lang != lang:
                continue
            found[post.path] = Relations(
                newer=_link(members[place - 1], lang) if place else None,
                older=_link(members[place + 1], lang) if place + 1 < len(members) else None,
                similar=tuple(_link(members[other], lang) for other in similar[place]),
                series=_parts(site, post, serieses, versions),
                tags=_names(site, post, lang, "tags", spellings["tags"]),
                categories=_names(site, post, lang, "categories", spellings["categories"]),
                translations=_translations(post, versions[post.slug]),
            )
    return found


def find_listings(site: Site, pages: Sequence[Page]) -> Iterator[Listing]:
    """Every list page of the site, each with its versions in the other languages."""
    lists = [
        listing
        for lang, members in _pages_by_language(site, pages).items()
        for listing in _language_listings(site, lang, members)
    ]
    twins: dict[tuple[str, str], list[Listing]] = defaultdict(list)
    for listing in lists:
        twins[_twin_key(site, listing)].append(listing)
    for listing in lists:
        others = [twin for twin in twins[_twin_key(site, listing)] if twin.lang != listing.lang]
        links = tuple(Link(twin.title, twin.url, twin.lang) for twin in others)
        yield from _paginate(site, replace(listing, translations=links))


def page_url(listing: Listing, number: int) -> str:
    """The address of one page of a list."""
    return listing.url if number == 1 else f"{listing.url}page/{number}/"


def _versions(posts: Iterable[Post]) -> dict[str, list[Post]]:
    versions: dict[str, list[Post]] = defaultdict(list)
    for post in posts:
        versions[post.slug].append(post)
    return versions


def _link(post: Post, lang: str) -> Link:
    return Link(post.title, post.url, "" if post.lang == lang else post.lang)


def _translations(post: Post, versions: Iterable[Post]) -> tuple[Link, ...]:
    others = {other.lang: other for other in versions if other.lang != post.lang}
    return tuple(Link(others[lang].title, others[lang].url, lang) for lang in sorted(others))


# --- tags and categories ----------------------------------------------------------------------


def _spellings(posts: Iterable[Post], kind: Names) -> dict[str, str]:
    """Slug → the spelling that most posts use, the newest post's where they are even."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for post in posts:
        for name in getattr(post, kind):
            counts[slug(name)][name] += 1
    return {key: names.most_common(1)[0][0] for key, names in counts.items()}


def _names(
    site: Site, post: Post, lang: str, kind: Names, spellings: Mapping[str, str]
) -> tuple[Link, ...]:
    keys = dict.fromkeys(slug(name) for name in getattr(post, kind))
    folder = f"{prefix(site, lang)}/{kind}"
    return tuple(Link(spellings[key], f"{folder}/{key}/") for key in keys)


def _similar(posts: Sequence[Post]) -> list[list[int]]:
    """For each post the places of up to four others that share its tags, rare tags first.

    Only posts near in time are weighed, so the work is the number of tags times a constant.
    """
    places: dict[str, list[int]] = defaultdict(list)
    for place, post in enumerate(posts):
        for key in {slug(tag) for tag in post.tags}:
            places[key].append(place)
    scores: list[dict[int, float]] = [defaultdict(float) for _ in posts]
    for sharing in places.values():
        weight = 1 / len(sharing)
        for at, place in enumerate(sharing):
            for other in sharing[max(0, at - _NEAR) : at + _NEAR + 1]:
                scores[place][other] += weight
    return [_best(posts, place, scores[place]) for place in range(len(posts))]


def _best(posts: Sequence[Post], place: int, scores: Mapping[int, float]) -> list[int]:
    post = posts[place]
    others = [
        other
        for other in scores
        if posts[other].slug != post.slug
        and (not post.series or _series_key(posts[other]) != _series_key(post))
    ]
    return sorted(others, key=lambda other: (-scores[other], abs(other - place), other))[:_SIMILAR]


# --- series -----------------------------------------------------------------------------------


def _series_key(post: Post) -> str:
    """Parts of one series have its address in common, or else its title, in every language."""
    if not post.series:
        return ""
    return post.series.url.removeprefix(f"/{slug(post.lang)}") or post.series.title


def _series_members(posts: Iterable[Post]) -> dict[str, list[str]]:
    """Series → the slugs of its posts, oldest first."""
    members: dict[str, dict[str, None]] = defaultdict(dict)
    for post in sorted(posts, key=lambda post: (post.date, post.path)):
        if post.series:
            members[_series_key(post)][post.slug] = None
    return {key: list(slugs) for key, slugs in members.items()}


def _series_url(site: Site, post: Post, lang: str) -> str:
    assert post.series
    url, root = post.series.url, prefix(site, lang)
    if not url:
        return f"{root}/series/{slug(post.series.title)}/"
    return url if is_complete(url) or url.startswith(f"{root}/") else root + url


def _parts(
    site: Site, post: Post, serieses: Mapping[str, list[str]], versions: Mapping[str, list[Post]]
) -> Parts | None:
    if not post.series:
        return None
    posts = (_version(site, versions[name], post.lang) for name in serieses[_series_key(post)])
    links = tuple(_link(part, post.lang) for part in posts)
    return Parts(post.series.title, _series_url(site, post, post.lang), links)


def _version(site: Site, versions: Sequence[Post], lang: str) -> Post:
    """The post in this language, else in the blog's main one, else in any."""
    by_lang = {post.lang: post for post in reversed(versions)}
    return by_lang.get(lang) or by_lang.get(site.lang) or versions[0]


# --- list pages -------------------------------------------------------------------------------


def _pages_by_language(site: Site, pages: Sequence[Page]) -> dict[str, tuple[Page, ...]]:
    by_path = {page.post.path: page for page in pages}
    lists = by_language(site, [page.post for page in pages])
    return {lang: tuple(by_path[post.path] for post in members) for lang, members in lists.items()}


def _language_listings(site: Site, lang: str, pages: Sequence[Page]) -> Iterator[Listing]:
    root = prefix(site, lang)
    spellings = _spellings((page.post for page in pages), "tags")
    full = tuple(_entry(site, page, lang, spellings) for page in pages)
    titles = tuple(replace(entry, summary="", tags=()) for entry in full)
    yield Listing("home", f"{root}/", lang, entries=full)
    yield Listing("archive", f"{root}/archive/", lang, entries=titles)
    for kind in _INDEXES:
        yield from _term_listings(f"{root}/{kind}/", lang, kind, pages, titles)
    yield from _series_listings(site, lang, pages, full)


def _entry(site: Site, page: Page, lang: str, spellings: Mapping[str, str]) -> Entry:
    post = page.post
    tags = _names(site, post, lang, "tags", spellings)
    return Entry(post.title, post.url, post.date, post.lang, page.summary, tags, post.draft)


def _term_listings(
    folder: str, lang: str, kind: Names, pages: Sequence[Page], entries: Sequence[Entry]
) -> Iterator[Listing]:
    spellings = _spellings((page.post for page in pages), kind)
    members: dict[str, list[Entry]] = {key: [] for key in sorted(spellings)}
    for page, entry in zip(pages, entries, strict=True):
        for key in dict.fromkeys(slug(name) for name in getattr(page.post, kind)):
            members[key].append(entry)
    for key, found in members.items():
        yield Listing(_INDEXES[kind], f"{folder}{key}/", lang, spellings[key], tuple(found))
    links = [Link(spellings[key], f"{folder}{key}/", "", len(members[key])) for key in members]
    if links:
        by_count = sorted(links, key=lambda link: (-link.count, link.title))
        yield Listing(kind, folder, lang, links=tuple(by_count))


def _series_listings(
    site: Site, lang: str, pages: Sequence[Page], entries: Sequence[Entry]
) -> Iterator[Listing]:
    members: dict[str, list[Entry]] = defaultdict(list)
    first: dict[str, Post] = {}
    for page, entry in zip(pages, entries, strict=True):
        if page.post.series:
            members[_series_key(page.post)].append(entry)
            first.setdefault(_series_key(page.post), page.post)
    links = []
    for key, post in first.items():
        url, title = _series_url(site, post, lang), post.series.title  # type: ignore[union-attr]
        links.append(Link(title, url, "", len(members[key])))
        if not is_complete(url):
            yield Listing("series", url, lang, title, tuple(reversed(members[key])))
    if links:
        yield Listing("all_series", f"{prefix(site, lang)}/series/", lang, links=tuple(links))


def _twin_key(site: Site, listing: Listing) -> tuple[str, str]:
    return listing.kind, listing.url.removeprefix(prefix(site, listing.lang))


def _paginate(site: Site, listing: Listing) -> Iterator[Listing]:
    size = site.paginate if listing.kind == "home" else COMPACT
    if listing.kind == "series":
        size = max(len(listing.entries), 1)
    total = max(-(-len(listing.entries) // size), 1)
    for number in range(1, total + 1):
        shown = listing.entries[(number - 1) * size : number * size]
        yield replace(listing, entries=shown, number=number, total=total)

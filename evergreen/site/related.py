"""Posts → what each one's page says of others: neighbours, similar posts, series, translations.

Every step is linear in the number of posts, and a page depends on no more of another post than its
title, address and keywords.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from types import MappingProxyType

from evergreen.model import PageLink, Post, Relations, SeriesParts, Site
from evergreen.model.urls import slug
from evergreen.site.listings import (
    by_language,
    indexes,
    series_key,
    series_url,
    term_links,
    term_names,
)
from evergreen.site.translations import translation_keys

_SIMILAR = 4
_NEAR = 12
"""How far to both sides of a post, among those of the same tag, similar ones are looked for."""
_WORDS, _TEXT = 3, 0.5
"""Keywords that similar texts share, and what they count beside tags."""


Keys = Mapping[str, str]
"""What the translations of a post have in common, by path: see `translation_keys`."""
SimilarPosts = Callable[[Sequence[Post], Keys, Mapping[str, Sequence[str]]], list[list[int]]]
"""A function like `find_similar`."""


def find_relations(
    site: Site,
    posts: Sequence[Post],
    keywords: Mapping[str, Sequence[str]] = MappingProxyType({}),
    similar: SimilarPosts | None = None,
) -> dict[str, Relations]:
    """Return the other posts that each post's page mentions, by the post's path.

    `keywords` are those of each page, by the post's path; `similar` may be a function that
    remembers what `find_similar` returned.
    """
    kinds = indexes(site, posts)
    keys = translation_keys(posts)
    versions = _versions(posts, keys)
    series = _series_members(posts, keys)
    found: dict[str, Relations] = {}
    for lang, members in by_language(site, posts, keys).items():
        names = {kind: term_names(members, kind) for kind in kinds}
        alike = (similar or find_similar)(members, keys, keywords)
        links = [_link(post, lang) for post in members]  # each is on several pages
        for place, post in enumerate(members):
            if post.lang != lang:
                continue
            found[post.path] = Relations(
                newer=links[place - 1] if place else None,
                older=links[place + 1] if place + 1 < len(members) else None,
                similar=tuple(links[other] for other in alike[place]),
                series=_parts(site, post, series, versions),
                tags=term_links(site, post, lang, "tags", names["tags"]),
                categories=term_links(site, post, lang, "categories", names["categories"]),
                authors=(
                    term_links(site, post, lang, "authors", names["authors"])
                    if "authors" in names
                    else ()
                ),
                translations=_translations(post, versions[keys[post.path]]),
            )
    return found


def _versions(posts: Iterable[Post], keys: Mapping[str, str]) -> dict[str, list[Post]]:
    versions: dict[str, list[Post]] = defaultdict(list)
    for post in posts:
        versions[keys[post.path]].append(post)
    return versions


def _link(post: Post, lang: str) -> PageLink:
    return PageLink(post.title, post.url, "" if post.lang == lang else post.lang)


def _translations(post: Post, versions: Iterable[Post]) -> tuple[PageLink, ...]:
    others = {other.lang: other for other in versions if other.lang != post.lang}
    return tuple(PageLink(others[lang].title, others[lang].url, lang) for lang in sorted(others))


def find_similar(
    posts: Sequence[Post], keys: Keys, keywords: Mapping[str, Sequence[str]]
) -> list[list[int]]:
    """Return for each post the indexes of up to four others that share its tags, rare tags first,
    or, if these are too few, that use the same words.

    Neighbours are left out, as the page names them anyway. Only posts near in time are compared, so
    the work is the number of tags and keywords times a constant.
    """
    scores: list[dict[int, float]] = [defaultdict(float) for _ in posts]
    tags = (dict.fromkeys(map(slug, post.tags)) for post in posts)
    for place, near, weight in _sharing(tags):
        row = scores[place]
        for other in near:
            row[other] += weight
    # The post itself and its neighbours are among those that share its tags.
    lacking = {place for place, others in enumerate(scores) if len(others) < _SIMILAR + 3}
    shared: list[dict[int, list[float]]] = [defaultdict(list) for _ in posts]
    words = (keywords.get(post.path, ()) for post in posts)
    for place, near, weight in _sharing(words, len(posts) // 4 + 2, lacking):
        for other in near:
            shared[place][other].append(weight)
    for place, others in enumerate(shared):
        for other, weights in others.items():
            if len(weights) >= _WORDS:
                scores[place][other] += _TEXT * sum(weights)
    return [_best(posts, place, scores[place], keys) for place in range(len(posts))]


def _sharing(
    terms: Iterable[Iterable[str]], most: float = math.inf, wanted: Container[int] | None = None
) -> Iterator[tuple[int, Sequence[int], float]]:
    """Yield each place with those near to it that share a term, and the term's weight; a term of
    more than `most` places is left out. `wanted` are the first places; None for all.
    """
    places: dict[str, list[int]] = defaultdict(list)
    for place, found in enumerate(terms):
        for term in found:
            places[term].append(place)
    for sharing in places.values():
        for at, place in enumerate(sharing if 1 < len(sharing) <= most else ()):
            if wanted is not None and place not in wanted:
                continue
            yield place, sharing[max(0, at - _NEAR) : at + _NEAR + 1], 1 / len(sharing)


def _best(
    posts: Sequence[Post], place: int, scores: Mapping[int, float], keys: Mapping[str, str]
) -> list[int]:
    """Return the indexes of the other posts with the highest scores, the nearest first."""
    highest = sorted(scores.values(), reverse=True)
    for most in (2 * _SIMILAR, len(highest)):  # mostly a few scores are enough
        least = highest[min(most, len(highest)) - 1] if highest else 0
        order = sorted(
            (-score, abs(other - place), other) for other, score in scores.items() if score >= least
        )
        fitting = (
            other
            for _, distance, other in order
            if distance > 1 and _may_show(posts[place], posts[other], keys)
        )
        if len(found := list(islice(fitting, _SIMILAR))) == _SIMILAR:
            break
    return found


def _may_show(post: Post, other: Post, keys: Mapping[str, str]) -> bool:
    """Return whether another post is neither a translation nor a part of the same series."""
    if keys[other.path] == keys[post.path]:
        return False
    return not post.series or series_key(other) != series_key(post)


def _series_members(posts: Iterable[Post], keys: Mapping[str, str]) -> dict[str, list[str]]:
    """Return for each series the keys of its posts, oldest first."""
    members: dict[str, dict[str, None]] = defaultdict(dict)
    for post in sorted(posts, key=lambda post: (post.date, post.path)):
        if post.series:
            members[series_key(post)][keys[post.path]] = None
    return {key: list(names) for key, names in members.items()}


def _parts(
    site: Site, post: Post, series: Mapping[str, list[str]], versions: Mapping[str, list[Post]]
) -> SeriesParts | None:
    if not post.series:
        return None
    posts = (_version(site, versions[name], post.lang) for name in series[series_key(post)])
    links = tuple(_link(part, post.lang) for part in posts)
    return SeriesParts(post.series.title, series_url(site, post, post.lang), links)


def _version(site: Site, versions: Sequence[Post], lang: str) -> Post:
    """Return the post in this language, else in the blog's main one, else in any."""
    by_lang = {post.lang: post for post in reversed(versions)}
    return by_lang.get(lang) or by_lang.get(site.lang) or versions[0]

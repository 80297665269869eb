"""Posts → what each one's page says of others: neighbours, similar posts, series, translations.

Every step is linear in the number of posts, and a page depends on no more of another post than its
title and address.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from evergreen.model import PageLink, Post, Relations, SeriesParts, Site
from evergreen.model.urls import slug
from evergreen.site.listings import (
    INDEXES,
    by_language,
    series_key,
    series_url,
    term_links,
    term_names,
)
from evergreen.site.translations import translation_keys

_SIMILAR = 4
_NEAR = 12
"""How far to both sides of a post, among those of the same tag, similar ones are looked for."""


def find_relations(site: Site, posts: Sequence[Post]) -> dict[str, Relations]:
    """Return the other posts that each post's page mentions, by the post's path."""
    keys = translation_keys(posts)
    versions = _versions(posts, keys)
    series = _series_members(posts, keys)
    found: dict[str, Relations] = {}
    for lang, members in by_language(site, posts).items():
        names = {name: term_names(members, name) for name in INDEXES}
        similar = _similar(members, keys)
        for place, post in enumerate(members):
            if post.lang != lang:
                continue
            found[post.path] = Relations(
                newer=_link(members[place - 1], lang) if place else None,
                older=_link(members[place + 1], lang) if place + 1 < len(members) else None,
                similar=tuple(_link(members[other], lang) for other in similar[place]),
                series=_parts(site, post, series, versions),
                tags=term_links(site, post, lang, "tags", names["tags"]),
                categories=term_links(site, post, lang, "categories", names["categories"]),
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


def _similar(posts: Sequence[Post], keys: Mapping[str, str]) -> list[list[int]]:
    """Return for each post the indexes of up to four others that share its tags, rare tags first.

    Neighbours are left out, as the page names them anyway. Only posts near in time are compared, so
    the work is the number of tags times a constant.
    """
    places: dict[str, list[int]] = defaultdict(list)
    for place, post in enumerate(posts):
        for key in dict.fromkeys(map(slug, post.tags)):
            places[key].append(place)
    scores: list[dict[int, float]] = [defaultdict(float) for _ in posts]
    for sharing in places.values():
        weight = 1 / len(sharing)
        for at, place in enumerate(sharing):
            for other in sharing[max(0, at - _NEAR) : at + _NEAR + 1]:
                scores[place][other] += weight
    return [_best(posts, place, scores[place], keys) for place in range(len(posts))]


def _best(
    posts: Sequence[Post], place: int, scores: Mapping[int, float], keys: Mapping[str, str]
) -> list[int]:
    post = posts[place]
    others = [
        (-score, abs(other - place), other)
        for other, score in scores.items()
        if abs(other - place) > 1
        and keys[posts[other].path] != keys[post.path]
        and (not post.series or series_key(posts[other]) != series_key(post))
    ]
    return [other for *_, other in sorted(others)[:_SIMILAR]]


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

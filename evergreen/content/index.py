"""Index of all posts and pages, without their texts, by path and by name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Collection as AnyCollection
from dataclasses import field
from functools import cached_property, cmp_to_key
from typing import Any

from evergreen.content.static_pages import NO_DATE, is_static
from evergreen.dataclass import dataclass
from evergreen.model import Collection, Post
from evergreen.model.hashing import sha256
from evergreen.paths import nfc
from evergreen.regex import regex

_NAME = regex(r"/?((?:.+/)*)(\d+-\d+-\d+)-(.*)")
_SUFFIX = regex(r"\.(?:md|markdown|mkdown|mkdn|mkd|html?)$", re.I)


@dataclass(frozen=True)
class PostIndex:
    """The posts and pages that are published; made once per build."""

    entries: Sequence[Post] = ()
    files: Sequence[str] = ()
    """Paths of a Jekyll blog's static files."""
    hidden: Sequence[Post] = ()
    """Documents of collections that have no page."""
    text: Callable[[str], str] = field(default=lambda path: "")
    """Returns the text of a post by its path."""

    @cached_property
    def posts(self) -> tuple[Post, ...]:
        """Return the posts, newest first."""
        posts = (post for post in self.entries if not is_static(post))
        return tuple(sorted(posts, key=lambda post: (post.date, post.path), reverse=True))

    @cached_property
    def pages(self) -> tuple[Post, ...]:
        """Return the static pages, by path."""
        pages = (post for post in self.entries if is_static(post) and not post.collection)
        return tuple(sorted(pages, key=lambda post: post.path))

    def collection(self, collection: Collection) -> tuple[Post, ...]:
        """Return the documents of a collection, in Jekyll's order."""
        return self._collections.setdefault(
            collection.name, tuple(_documents([*self.entries, *self.hidden], collection))
        )

    @cached_property
    def _collections(self) -> dict[str, tuple[Post, ...]]:
        return {}

    @property
    def paths(self) -> AnyCollection[str]:
        """Return the paths that `by_path` knows."""
        return self._addresses.keys()

    @property
    def names(self) -> AnyCollection[str]:
        """Return the names that `by_name` knows."""
        return self._names.keys()

    @cached_property
    def digest(self) -> str:
        """Return a hash of everything that Liquid can read of the posts, except their texts."""
        seen = "\0".join(f"{post.path} {post.url} {post.date} {post.meta!r}" for post in self.posts)
        others = (*self.entries, *self.hidden)
        statics = sorted(filter(is_static, others), key=lambda post: post.path)
        seen += "\0".join(f"{page.path} {page.url} {page.meta!r}" for page in statics)
        return sha256(seen)

    def by_path(self, path: str) -> str:
        """Return the URL of the post, page or file at a path below the blog; "" if none."""
        return self._addresses.get(nfc(path.lstrip("/")), "")

    def title_of(self, path: str) -> str:
        """Return the title of the post or page at a path below the blog; "" if there is none."""
        return self._titles_by_path.get(nfc(path.lstrip("/")), "")

    @cached_property
    def _titles_by_path(self) -> Mapping[str, str]:
        return {nfc(post.path): post.title for post in self.entries}

    def by_name(self, name: str) -> str:
        """Return the URL of the post that `post_url` names: `folder/2018-07-11-slug`; "" if there
        is none.
        """
        name = nfc(name.strip().strip("\"'"))
        if not (found := _NAME.fullmatch(name)):
            return self._names.get(name, "")
        return self._names.get(_SUFFIX.sub("", name).lstrip("/"), "") or self._dated.get(
            (_plain_date(found[2]), _SUFFIX.sub("", found[3])), ""
        )

    def by_title(self, name: str) -> str:
        """Return the URL of the post, page or document with a title or a file name, in any case,
        or of a static file; "" if there is none.
        """
        return self._titles.get(_plain_name(name), "") or self._file_names.get(nfc(name), "")

    @cached_property
    def _titles(self) -> Mapping[str, str]:
        """Return URLs by title, and by file name without date; documents and pages come first."""
        ordered = [*(p for p in self.entries if not p.collection), *self.entries]
        found: dict[str, str] = {}
        for name in (lambda post: post.slug, _stem, lambda post: post.title):
            found |= {_plain_name(name(post)): post.url for post in ordered}
        return found

    @cached_property
    def _file_names(self) -> Mapping[str, str]:
        return {nfc(path.rpartition("/")[2]): f"/{path}" for path in reversed(self.files)}

    @cached_property
    def _addresses(self) -> Mapping[str, str]:
        found = {nfc(path): f"/{path}" for path in self.files}
        return found | {nfc(post.path): post.url for post in self.entries}

    @cached_property
    def _names(self) -> Mapping[str, str]:
        """Return URLs by the path without `_posts` and suffix, and by the bare name."""
        found: dict[str, str] = {}
        for post in reversed(self.posts):
            path = nfc(_SUFFIX.sub("", post.path))
            found[path.rpartition("/")[2]] = post.url
        for post in reversed(self.posts):
            path = nfc(_SUFFIX.sub("", post.path))
            for folder in ("_posts/", "posts/"):
                found[path.replace(folder, "", 1)] = post.url
        return found

    @cached_property
    def _dated(self) -> Mapping[tuple[tuple[int, ...], str], str]:
        return {
            (_plain_date(f"{post.date:%Y-%m-%d}"), nfc(post.slug)): post.url
            for post in reversed(self.posts)
        }


def _stem(post: Post) -> str:
    return _SUFFIX.sub("", post.path.rpartition("/")[2])


def _plain_name(name: str) -> str:
    return re.sub(r"[\s_-]+", " ", nfc(name)).strip().casefold()


def _documents(posts: Iterable[Post], collection: Collection) -> list[Post]:
    """Return the documents of a collection, by the key that it names, or else by date and path."""
    found = [post for post in posts if post.collection == collection.name]
    found.sort(key=cmp_to_key(_by_date))
    if collection.order:
        places = {f"{collection.folder}/{path}": at for at, path in enumerate(collection.order)}
        found.sort(key=lambda post: places.get(post.path, len(places)))
    elif key := collection.sort_by:
        found.sort(
            key=cmp_to_key(lambda one, other: _compare(one.meta.get(key), other.meta.get(key)))
        )
    return found


def _by_date(one: Post, other: Post) -> int:
    if NO_DATE not in (one.date, other.date) and one.date != other.date:
        return -1 if one.date < other.date else 1
    return -1 if one.path < other.path else 1


def _compare(one: Any, other: Any) -> int:
    """Compare as Ruby does: nothing comes last, and values of different types are equal."""
    if one is None or other is None:
        return (one is None) - (other is None)
    try:
        return int(one > other) - int(one < other)
    except TypeError:
        return 0


def _plain_date(text: str) -> tuple[int, ...]:
    return tuple(map(int, text.split("-")))

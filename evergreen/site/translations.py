"""Which posts are one text in several languages: those of one slug, or of one file name besides the
language (`tree.md` and `tree.de.md`, whatever their slugs).
"""

from __future__ import annotations

from collections.abc import Sequence

from evergreen.content.static_pages import is_static
from evergreen.model import Post


def translation_keys(posts: Sequence[Post]) -> dict[str, str]:
    """Return for each post, by path, a key that it shares with its translations alone."""
    parents: dict[str, str] = {}
    slugs = {post.path: _slug_name(post) for post in posts}
    for post in posts:
        parents[_root(parents, _file_name(post))] = _root(parents, slugs[post.path])
    return {path: _root(parents, name) for path, name in slugs.items()}


def _root(parents: dict[str, str], name: str) -> str:
    """Return the representative of a name (union-find)."""
    while (parent := parents.setdefault(name, name)) != name:
        name = parent
    return name


def _slug_name(post: Post) -> str:
    return f"{'page' if is_static(post) else 'post'} {post.slug}"


def _file_name(post: Post) -> str:
    folder, _, name = post.path.rpartition("/")
    stem = name.rpartition(".")[0]
    return f"{folder}/{stem.removesuffix(f'.{post.lang}')}"

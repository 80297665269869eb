"""The posts of a blog, read: those whose pages stand as they were, those without code, those with.

A post whose file is as it was when its page was made is not parsed again. One without code becomes
a page at once, on whichever core is free.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from evergreen.build import Build
from evergreen.errors import EvergreenError, Problem
from evergreen.jekyll.files import find_files
from evergreen.liquid.blog import Blog
from evergreen.liquid.expand import expand, holds
from evergreen.manuscripts import Manuscript, read_manuscript
from evergreen.memo.memory import Entry, Memory, digest
from evergreen.model import Post, Site
from evergreen.parallel import forked_map
from evergreen.posts.catalogue import Catalogue
from evergreen.posts.formats import read_source_text
from evergreen.posts.frontmatter import read_front_matter
from evergreen.posts.post import find_posts, parse_post
from evergreen.posts.sources import read_source
from evergreen.press import Press, make_page
from evergreen.render.bibliography import attached_files, with_bibliography


@dataclass(frozen=True, slots=True)
class Reading:
    """All posts of a blog, each in one of these."""

    known: Mapping[str, Entry] = field(default_factory=dict)
    """By path: the page stands as it was made."""
    made: Mapping[str, Entry] = field(default_factory=dict)
    """By path: the page is new, and whole."""
    manuscripts: Sequence[Manuscript] = ()
    """Those with code that may run."""
    held_back: Sequence[Post] = ()
    """Drafts, posts of the future, unpublished ones."""
    problems: Sequence[Problem] = ()
    """What is wrong in those that are none of these."""
    blog: Blog = field(default_factory=lambda: Blog(Path(), Site()))
    """What they share."""


def read_blog(
    build: Build,
    press: Press,
    memory: Memory,
    stands: Callable[[Entry], bool] = lambda entry: False,
) -> Reading:
    """All posts. `stands` tells of a page whose post is unchanged whether it still holds."""
    sources, problems = read_sources(build.root, build.site)
    blog = open_blog(build, memory, sources)
    known = {
        path: entry
        for path, (source, _) in sources.items()
        if (entry := memory.entries.get(path)) and entry.source == source
        if is_wanted(entry.page.post, build) and holds(entry.page.post.uses, blog) and stands(entry)
    }
    rest = [path for path in sources if path not in known]
    if any(_ASKS.search(sources[path][1]) for path in rest):
        _ = blog.catalogue  # once, before the work is shared out
    outcomes = forked_map(
        lambda path: _read(build, press, blog, path, *sources[path]), rest, build.jobs
    )
    return Reading(
        known,
        {
            path: entry
            for path, entry in zip(rest, outcomes, strict=True)
            if isinstance(entry, Entry)
        },
        [
            read_manuscript(outcome.post, outcome.source, blog)
            for outcome in outcomes
            if isinstance(outcome, _Code)
        ],
        [outcome for outcome in outcomes if isinstance(outcome, Post)],
        [
            *problems,
            *(each for outcome in outcomes if isinstance(outcome, list) for each in outcome),
        ],
        blog,
    )


def read_sources(root: Path, site: Site) -> tuple[dict[str, tuple[str, bytes]], list[Problem]]:
    """The bytes of each post's file, by path, with a hash of them and of the bibliographies that
    they name; and those that cannot be read.
    """
    sources: dict[str, tuple[str, bytes]] = {}
    problems: list[Problem] = []
    for path in find_posts(root, site):
        try:
            content = read_source(root, path)
            sources[path] = digest(content, *attached_files(root, path, content)), content
        except EvergreenError as error:
            problems += error.problems
    return sources, problems


def open_blog(build: Build, memory: Memory, sources: Mapping[str, tuple[str, bytes]]) -> Blog:
    """What the posts share; they are listed when the first of them asks for another."""

    def catalogue() -> Catalogue:
        posts = [_listed(build, memory, path, *sources[path]) for path in sources]
        wanted = [post for post in posts if post and is_wanted(post, build)]
        static = find_files(build.root, build.site.moved).static if build.site.moved else ()
        return Catalogue(wanted, static, lambda path: _text(path, sources))

    return Blog(build.root, build.site, catalogue)


def is_wanted(post: Post, build: Build) -> bool:
    """Whether a post is published: no draft, nothing of the future, unless these are asked for."""
    moved = build.site.moved
    drafts, future = (moved.drafts, moved.future) if moved else (False, False)
    if (post.draft or not post.published) and not (build.drafts or (drafts and post.published)):
        return False
    return build.future or future or post.date <= datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class _Code:
    """A post whose code may run: it is parsed where it runs."""

    post: Post
    source: str


def _read(
    build: Build, press: Press, blog: Blog, path: str, source: str, content: bytes
) -> Entry | _Code | Post | list[Problem]:
    """A page; or a post with code, or one that is held back; or what is wrong."""
    try:
        post = parse_post(path, content, build.site)
        if not is_wanted(post, build):
            return post
        post = expand(with_bibliography(build.root, post), blog)
        manuscript = read_manuscript(post, source, blog)
        if manuscript.runs:
            return _Code(post, source)
        page, problems = make_page(press, manuscript)
        return Entry(source, page, problems=problems)
    except EvergreenError as error:
        return list(error.problems)


def _listed(build: Build, memory: Memory, path: str, source: str, content: bytes) -> Post | None:
    """A post as others see it; None where it cannot be read."""
    if (entry := memory.entries.get(path)) and entry.source == source:
        return entry.page.post
    try:
        return parse_post(path, content, build.site)
    except EvergreenError:
        return None


def _text(path: str, sources: Mapping[str, tuple[str, bytes]]) -> str:
    if path not in sources:
        return ""
    if path.endswith(".md"):
        return read_front_matter(path, sources[path][1], twice=True).body
    return read_source_text(path, sources[path][1]).body


_ASKS = re.compile(
    rb"post_url|\{%-?\s*(?:link|include)|site\.|page\.(?:next|previous)|\.(?:md|markdown)[)#\s>\"]"
)
"""What a text may ask of other posts with."""

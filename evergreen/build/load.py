"""Load the posts of a blog: cached pages, new pages of posts without code, and posts with code.

A post whose file is as it was when its page was made is not parsed again. One without code becomes
a page at once, on whichever core is free.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import MappingProxyType

from evergreen.build.cache.pages import (
    CachedPage,
    CacheMissing,
    PageSummary,
    Stamp,
    entry_of,
    read_whole,
    spooled,
)
from evergreen.build.cache.state import BuildState
from evergreen.build.labels import label_targets
from evergreen.build.options import BuildOptions
from evergreen.build.parallel import forked_map
from evergreen.build.parse import ParsedPost, complete, parse_content
from evergreen.build.remade import outdated_in_words, why_remade
from evergreen.build.render import PageRenderer, make_page
from evergreen.build.results import open_results
from evergreen.build.search_parts import pack_part
from evergreen.build.spool import Spool
from evergreen.build.unread import Unread, is_lasting, lasting_paths
from evergreen.content.files import read_source
from evergreen.content.formats import read_source_text
from evergreen.content.frontmatter import read_front_matter
from evergreen.content.index import PostIndex
from evergreen.content.jekyll.files import find_files
from evergreen.content.jekyll.posts import without_control_characters
from evergreen.content.label_index import LabelIndex, LabelsNeeded
from evergreen.content.liquid.expand import find_changed
from evergreen.content.liquid.shared import BlogContext
from evergreen.content.plugin_hooks import hooks_hold
from evergreen.content.post import find_posts, parse_post
from evergreen.dataclass import dataclass, replace
from evergreen.errors import EvergreenError, Problem, bug
from evergreen.markdown.highlight import recall
from evergreen.model import HeldBack, LabelTarget, Post, Site
from evergreen.model.hashing import digest
from evergreen.regex import regex
from evergreen.render.bibliography import attached_files


@dataclass(frozen=True, slots=True)
class LoadedPosts:
    """All posts of a blog, each in one of these groups."""

    cached: Mapping[str, CachedPage] = field(default_factory=dict)
    """By path: pages that are in the cache and valid."""
    rendered: Mapping[str, CachedPage] = field(default_factory=dict)
    """By path: pages that are new, and whole."""
    parsed_posts: Sequence[ParsedPost] = ()
    """Posts with code that may run."""
    held_back: Sequence[Post] = ()
    """Drafts, posts of the future, unpublished ones."""
    problems: Sequence[Problem] = ()
    """The problems of posts that are in no group."""
    lasting: frozenset[str] = frozenset()
    """Paths with errors that stay as long as no file of the blog changes."""
    blog: BlogContext = field(default_factory=lambda: BlogContext(Path(), Site()))
    """What the posts share."""
    stamps: Mapping[str, Stamp] = field(default_factory=dict)
    """Stamps of the posts' files, by path."""
    remade: Mapping[str, str] = field(default_factory=dict)
    """Why the pages of posts that are not `cached` are made again, by path."""


def read_blog(
    build: BuildOptions,
    renderer: PageRenderer,
    previous: BuildState,
    is_fresh: Callable[[CachedPage], bool] = lambda entry: False,
    stamps: Mapping[str, Stamp] = MappingProxyType({}),
    spool: Spool | None = None,
) -> LoadedPosts:
    """Read all posts.

    `is_fresh` tells if the cached page of an unchanged post is still valid; `stamps` are those of
    files that did not change just before, by full path: see `read_sources`. The content of new
    pages is added to `spool`, if given.
    """
    sources, unread = read_sources(build, previous, stamps)
    parsed: dict[str, Post] = {}
    blog = open_blog(build, previous, sources, parsed)
    remade = _remade(build, previous, sources, blog, is_fresh)
    known = {
        path: _restamped(previous.entries[path], source)
        for path, source in sources.items()
        if path not in remade
    }
    rest = [source for path, source in sources.items() if path in remade]
    if any(source.may_ask for source in rest):
        _ = blog.post_index  # once, before the work is shared out
    for source in rest if len(rest) <= _FEW else ():
        _recall(build, previous.entries.get(source.path))
    read = partial(_read, build, renderer, blog, spool, parsed)
    paths = [source.path for source in rest]
    outcomes = dict(zip(paths, forked_map(read, rest, build.jobs), strict=True))
    blog.labels = LabelIndex(partial(_labels, dict(known), dict(outcomes), previous, build))
    stale = [path for path, entry in known.items() if find_changed(_labels_of(entry), blog)]
    known = {path: entry for path, entry in known.items() if path not in stale}
    remade |= dict.fromkeys(stale, "a label of another post has changed")
    if again := [*stale, *(p for p, made in outcomes.items() if isinstance(made, _Waiting))]:
        _ = blog.labels.targets  # once, before the work is shared out
        made = forked_map(read, [sources[path] for path in again], build.jobs)
        outcomes |= dict(zip(again, made, strict=True))
    sources |= {source.path: replace(source, content=None) for source in rest}  # frees memory
    unread += (outcome for outcome in outcomes.values() if isinstance(outcome, Unread))
    return LoadedPosts(
        known,
        {path: entry for path, entry in outcomes.items() if isinstance(entry, CachedPage)},
        [replace(each, blog=blog) for each in outcomes.values() if isinstance(each, ParsedPost)],
        [outcome for outcome in outcomes.values() if isinstance(outcome, Post)],
        [*renderer.inventories.problems(), *(each for some in unread for each in some.problems)],
        lasting_paths(unread),
        blog,
        {path: source.stamp for path, source in sources.items()},
        remade,
    )


def _remade(
    build: BuildOptions,
    previous: BuildState,
    sources: Mapping[str, PostSource],
    blog: BlogContext,
    is_fresh: Callable[[CachedPage], bool],
) -> dict[str, str]:
    """Return why posts have no valid page in the cache, by path."""
    found: dict[str, str] = {}
    known: dict[tuple[tuple[str, str], ...], str] = {}  # most posts depend on the same

    def outdated(uses: Mapping[str, str]) -> str:
        key = tuple(uses.items())
        if key not in known:
            known[key] = outdated_in_words(_without_labels(uses), blog)
        return known[key]

    for path, source in sources.items():
        entry = previous.entries.get(path)
        wanted = entry is not None and is_wanted(entry.summary, build)
        why = why_remade(entry, outdated, source.digest, wanted, is_fresh, previous.is_stale)
        if why:
            found[path] = why
    return found


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A post that refers to labels of other posts, which are not read yet."""

    labels: tuple[LabelTarget, ...]
    """Its own."""


def _without_labels(uses: Mapping[str, str]) -> Mapping[str, str]:
    """Return what a page depends on, except labels of other posts, which are known at the end."""
    return {what: how for what, how in uses.items() if not what.startswith(_LABEL)}


def _labels_of(entry: CachedPage) -> Mapping[str, str]:
    """Return the labels of other posts on which a page depends, with their state."""
    uses = entry.summary.uses
    return {what: how for what, how in uses.items() if what.startswith(_LABEL)}


def _labels(
    known: Mapping[str, CachedPage],
    outcomes: Mapping[str, CachedPage | ParsedPost | Post | Unread | _Waiting],
    previous: BuildState,
    build: BuildOptions,
) -> Iterator[LabelTarget]:
    """Yield what has a label in the posts that are published: of one that cannot be read now, in
    its last good page."""
    for path, made in {**outcomes, **known}.items():
        if isinstance(made, _Waiting):
            yield from made.labels
        elif isinstance(made, ParsedPost):
            yield from label_targets(made.post, made.notebook)
        elif isinstance(made, CachedPage):
            yield from made.page.labels
        elif isinstance(made, Unread) and (last := previous.entries.get(path)):
            yield from last.page.labels if is_wanted(last.summary, build) else ()


@dataclass(frozen=True, slots=True)
class PostSource:
    """A post's file."""

    root: Path
    """Of the blog."""
    path: str
    digest: str
    """A hash of its bytes and of the bibliographies that it names."""
    stamp: Stamp = ()
    may_ask: bool = True
    """False if it cannot refer to other posts."""
    content: bytes | None = field(default=None, repr=False)
    """None where it is read when it is needed."""

    def read(self) -> bytes:
        """Return its bytes. Raises EvergreenError."""
        return read_source(self.root, self.path) if self.content is None else self.content


def read_sources(
    build: BuildOptions, previous: BuildState, stamps: Mapping[str, Stamp]
) -> tuple[dict[str, PostSource], list[Unread]]:
    """Return the file of each post, by path, and the problems of files that cannot be read.

    A file whose stamp is that in the cache is not read.
    """
    root = build.root
    sources: dict[str, PostSource] = {}
    unread: list[Unread] = []
    held = 0
    for path in find_posts(root, build.site):
        stamp, entry = stamps.get(f"{root}/{path}", ()), previous.entries.get(path)
        if entry and stamp and entry.summary.stamp == stamp and entry.summary.source:
            sources[path] = PostSource(root, path, entry.summary.source, stamp)
            continue
        try:
            content = read_source(root, path)
            attached = attached_files(root, path, content, build.site)
        except EvergreenError as error:
            unread.append(Unread(error.problems, is_lasting(error, root)))
        else:
            own, may_ask = () if attached else stamp, bool(_ASKS.search(content))
            held += len(content)
            kept = content if held <= _MOST_HELD else None
            sources[path] = PostSource(root, path, digest(content, *attached), own, may_ask, kept)
    return sources, unread


def open_blog(
    build: BuildOptions,
    previous: BuildState,
    sources: Mapping[str, PostSource],
    parsed: dict[str, Post] | None = None,
) -> BlogContext:
    """Return what the posts share; the posts are listed when the first of them asks for others, and
    those that had to be parsed for it are added to `parsed`."""
    parsed = {} if parsed is None else parsed

    def post_index() -> PostIndex:
        posts = [_listed(build, previous, parsed, source) for source in sources.values()]
        wanted = [post for post in posts if post and is_wanted(post, build)]
        static, hidden = jekyll_files(build)
        bodies = {post.path: post.body for post in hidden}
        return PostIndex(
            wanted,
            static,
            hidden,
            lambda path: bodies.get(path) or _text(path, sources, build.site),
        )

    return BlogContext(build.root, build.site, post_index, None, open_results(build))


def jekyll_files(build: BuildOptions) -> tuple[Sequence[str], Sequence[Post]]:
    """Return what a Jekyll blog has besides pages: the paths of its static files, and the documents
    of collections that only Liquid reads.
    """
    if not build.site.jekyll:
        return (), ()
    files = find_files(build.root, build.site.jekyll)
    hidden: list[Post] = []
    for path in files.hidden:
        with suppress(EvergreenError):  # Jekyll skips a document that it cannot read
            hidden.append(parse_post(path, read_source(build.root, path), build.site))
    return files.static, [post for post in hidden if post.published]


def is_wanted(post: Post | PageSummary, build: BuildOptions) -> bool:
    """True if a post is published: drafts and posts of the future only if they are asked for."""
    jekyll = build.site.jekyll
    drafts, future = (jekyll.drafts, jekyll.future) if jekyll else (False, False)
    if (post.draft or not post.published) and not (build.drafts or (drafts and post.published)):
        return False
    return build.future or future or post.date <= datetime.now(UTC)


def why_held_back(post: Post) -> HeldBack:
    """Return why a post that is not wanted is held back."""
    if not post.published:
        return HeldBack(post.path, "unpublished")
    if post.draft:
        return HeldBack(post.path, "draft")
    day, time = f"{post.date:%Y-%m-%d}", f"{post.date:%H:%M}"
    return HeldBack(post.path, "future", day if time == "00:00" else f"{day} {time}")


def _recall(build: BuildOptions, entry: CachedPage | None) -> None:
    """Take over the highlighted code of a post's last page, if this engine made it."""
    if entry and entry.summary.source:
        with suppress(CacheMissing):
            recall(read_whole(build.memo, entry).content)


def _restamped(entry: CachedPage, source: PostSource) -> CachedPage:
    if source.stamp in ((), entry.summary.stamp):
        return entry
    return replace(entry, summary=entry.summary._replace(stamp=source.stamp))


def _read(
    build: BuildOptions,
    renderer: PageRenderer,
    blog: BlogContext,
    spool: Spool | None,
    known: dict[str, Post],
    source: PostSource,
) -> CachedPage | ParsedPost | Post | Unread | _Waiting:
    """Return a page, a post with code (without `blog`), a post that is held back, problems, or a
    post that waits for the labels of others."""
    lasts = True  # so far, only files of the blog were read
    post = known.pop(source.path, None)  # from the index of posts, or from the first reading
    try:
        post = post or parse_post(source.path, source.read(), build.site)
        if not is_wanted(post, build):
            return post
        lasts = not post.execute.as_of  # the packages of a day are looked up on this machine
        parsed = parse_content(complete(post, blog), source.digest, blog)
        if parsed.runs:
            return replace(parsed, blog=None)
        lasts = False
        page, problems = make_page(renderer, parsed)
        entry = entry_of(
            page,
            source.digest,
            source.stamp,
            problems=problems,
            indexed=pack_part(build.site, page),
        )
        return spooled(entry, spool) if spool else entry
    except EvergreenError as error:
        return Unread(error.problems, lasts and is_lasting(error, build.root))
    except LabelsNeeded as error:
        known |= {source.path: post} if post else {}
        return _Waiting(error.labels)
    except Exception as error:  # one post does not decide for the others
        return Unread((bug(source.path, "the page could not be made", error),))


def _listed(
    build: BuildOptions, previous: BuildState, parsed: dict[str, Post], source: PostSource
) -> Post | None:
    """Return a post as others see it; None if it cannot be read."""
    entry = previous.entries.get(source.path)
    is_same = entry and entry.summary.source == source.digest
    if entry and is_same and hooks_hold(entry.summary.uses, build.site):
        return entry.page.post
    try:
        if source.path not in parsed:
            parsed[source.path] = parse_post(source.path, source.read(), build.site)
        return parsed[source.path]
    except EvergreenError:
        return None


def _text(path: str, sources: Mapping[str, PostSource], site: Site) -> str:
    """Return the text of a post or page; "" if it cannot be read, which is reported elsewhere."""
    if path not in sources:
        return ""
    try:
        content, _ = without_control_characters(path, sources[path].read())
        if path.endswith(".md"):
            return read_front_matter(path, content, as_jekyll=True).body
        return read_source_text(path, content, site).body
    except EvergreenError:
        return ""


_LABEL = "label "
_MOST_HELD = 16_000_000
"""Bytes of posts that are held from the look at all files until each is parsed; what is more is
read again."""
_FEW = 20
"""For more changed posts it is sooner to highlight their code again."""
_ASKS = regex(
    rb"post_url|\{%-?\s*(?:link|include)|site\.|page\.(?:next|previous)|\.(?:md|markdown)[)#\s>\"]"
)
"""Text that may refer to other posts."""

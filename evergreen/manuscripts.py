"""Posts on their way to pages: those that stand as they were, those without code, those with.

A post whose file is as it was when its page was made is not parsed again. One without code becomes
a page at once, on whichever core is free.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from evergreen import requirements
from evergreen.build import Build
from evergreen.environments.environments import Environments
from evergreen.errors import EvergreenError, Problem, fault
from evergreen.jekyll.files import find_files
from evergreen.libraries import Home, open_equip
from evergreen.links import with_links
from evergreen.liquid.blog import Blog
from evergreen.liquid.expand import expand, holds
from evergreen.markdown import Document, Options, html_document, parse, read_options
from evergreen.memo.memory import Entry, Memory, digest
from evergreen.model import Execution, Notebook, Page, Post, Site
from evergreen.notebook import read_notebook
from evergreen.parallel import forked_map
from evergreen.posts.catalogue import Catalogue
from evergreen.posts.formats import read_source_text
from evergreen.posts.frontmatter import read_front_matter
from evergreen.posts.keys import REQUIRES
from evergreen.posts.post import find_posts, parse_post
from evergreen.posts.sources import read_source
from evergreen.render.bibliography import attached_files, with_bibliography
from evergreen.render.page import render_page
from evergreen.templates.languages import Language, find_language, read_languages


@dataclass(frozen=True, slots=True)
class Manuscript:
    """A post whose text is parsed and cut into cells."""

    post: Post
    document: Document
    notebook: Notebook
    source: str = ""
    """The SHA-256 of the post's file."""
    blog: Blog | None = None
    """The other posts, for links to them."""

    @property
    def runs(self) -> bool:
        """Whether it has code that may run."""
        return bool(self.notebook.steps) and self.post.execute.enabled and not self.stored

    @property
    def stored(self) -> Execution | None:
        """What the post's own file says that its code produced, where that is to be shown."""
        if not (self.post.execute.stored and self.post.stored):
            return None
        blocks = self.document.code_blocks
        found = {
            step: self.post.stored.get(self.post.at(blocks[cell.fence].source_line), ())
            for cell, step in self.notebook.placed
            if not cell.inline
        }
        return Execution(tuple(found.get(step, ()) for step in self.notebook.steps))


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


def read_manuscript(post: Post, source: str = "", blog: Blog | None = None) -> Manuscript:
    """Parse a post. Raises EvergreenError with every wrong cell option."""
    if post.markup == "html":
        document = html_document(post.body)
    else:
        document = parse(post.body, _options(post, blog.site.kramdown if blog else {}))
    notebook, faults = read_notebook(post, document)
    if faults:
        raise EvergreenError(*faults)
    return Manuscript(_with_metadata(post, notebook), document, notebook, source, blog)


def _with_metadata(post: Post, notebook: Notebook) -> Post:
    """The post with the requirements that a script's metadata in its first cell states.

    Raises EvergreenError at its line.
    """
    cell = next((cell for cell in notebook.cells if cell.options.runs and not cell.inline), None)
    try:
        block = requirements.read_block(cell.source) if cell else None
    except requirements.RequirementError as error:
        line = cell.line + error.line - 1 if cell else 1
        raise fault(post.path, error.message, error.advice, line=line) from None
    if cell is None or block is None:
        return post
    line = cell.line + block.line - 1
    if REQUIRES in post.lines:
        message = "the post's requirements stand here and in its front matter"
        raise fault(post.path, message, "keep one of them", line=line)
    options = replace(post.execute, requires=block.requires or post.execute.requires)
    return replace(post, execute=options, lines={**post.lines, REQUIRES: line})


@dataclass(frozen=True, slots=True)
class Press:
    """What every page is made with."""

    site: Site
    languages: Mapping[str, Language]
    base: str
    """A hash of all of it, and of the engine."""
    cache: Path = Path()
    """For the libraries of charts, and their pictures."""
    environments: Environments = field(default_factory=lambda: Environments(Path(), Path()))
    """Where posts that have environments of their own have their packages."""


def open_press(build: Build, base: str) -> Press:
    """The press of a build. Raises EvergreenError where a language file is broken."""
    languages = read_languages(build.templates)
    environments = Environments(build.store, build.environments)
    return Press(build.site, languages, base, build.cache, environments)


def make_page(
    press: Press, manuscript: Manuscript, execution: Execution | None = None, record: str = ""
) -> tuple[Page, tuple[Problem, ...]]:
    """The page of a manuscript, with a hash of all that it is made of, and warnings."""
    post, stored = manuscript.post, manuscript.stored
    language = find_language(press.languages, post.lang)
    equip = open_equip(press.cache, post.kernel, _home(press, post))
    page, problems = render_page(
        press.site,
        post,
        manuscript.notebook,
        manuscript.document,
        execution or stored,
        language,
        equip,
    )
    if stored:
        page = replace(page, stored=True, ran=0)
    if manuscript.blog:
        page = with_links(page, manuscript.blog)
    uses = page.post.uses
    made_of = digest(press.base, manuscript.source, post.path, record, repr(sorted(uses.items())))
    slim = replace(post, body="", origin=(), stored={}, attachments={}, warnings=(), uses=uses)
    return replace(page, post=slim, digest=made_of), (*post.warnings, *problems)


def _home(press: Press, post: Post) -> Home | None:
    if not post.execute.requires:
        return None
    found = press.environments.look(post.execute.requires)
    return Home(str(found.python), found.path)


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


def _options(post: Post, kramdown: Mapping[str, Any]) -> Options:
    """The dialect's options for one post; a page that asks for MathJax has formulas between single
    dollars.
    """
    asks = any(post.meta.get(key) is True for key in _MATHJAX)
    return read_options({**kramdown, **({"mathjax": True} if asks else {})})


_MATHJAX = ("mathjax", "use_math", "math", "katex")
_ASKS = re.compile(
    rb"post_url|\{%-?\s*(?:link|include)|site\.|page\.(?:next|previous)|\.(?:md|markdown)[)#\s>\"]"
)
"""What a text may ask of other posts with."""

"""The posts on disk and their pages: which must be read again after a change of files."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence, Set
from datetime import UTC, datetime

from evergreen.build.cache import unchanged
from evergreen.build.cache.pages import CacheMissing, slim, whole
from evergreen.build.load import LoadedPosts, jekyll_files
from evergreen.build.options import BuildOptions
from evergreen.build.project import Project
from evergreen.build.results import open_results
from evergreen.check import history
from evergreen.content.index import PostIndex
from evergreen.content.label_index import LabelIndex
from evergreen.content.liquid.expand import holds
from evergreen.content.liquid.shared import BlogContext
from evergreen.content.post import find_posts
from evergreen.dataclass import replace
from evergreen.errors import EvergreenError
from evergreen.model import Artifact, LabelTarget, LastCheck, Page, Post
from evergreen.preview.blog.draft_outputs import LastExecution
from evergreen.preview.blog.pages import PageMaker, PageTable, PreviewPage
from evergreen.publish import lock
from evergreen.render.languages import Language


class Sources:
    """Keeps the pages up with the posts; the source of a SiteBuilder."""

    def __init__(self, options: BuildOptions) -> None:
        """Read all posts. Raises EvergreenError if the site as a whole cannot be made."""
        self.lock = threading.RLock()
        self.posts = PageTable({})
        """By path of the post."""
        self.changes_beside: dict[str, int] = {}
        """Folder → number of changes of files in it that are not posts."""
        self.removed: dict[str, str] = {}
        """Source of a removed post → its address: it may come back under another name."""
        self.gone: dict[str, PreviewPage] = {}
        """Removed posts by path: files of the outline before still show them."""
        self.maker: PageMaker
        self.open(options)

    @property
    def options(self) -> BuildOptions:
        """Return the options with the settings as they are now."""
        return self.maker.project.options

    def open(self, options: BuildOptions) -> None:
        """Read all posts, except those that are as the cache has them."""
        project = Project.open(options)
        self.maker = PageMaker(project, self._blog(project.options))
        with lock(options.cache):
            loaded, found = project.retrying(_load)
        before = self.posts
        self.gone.update((path, post) for path, post in before.items() if path not in found)
        self.posts = PageTable(found)
        self.maker = PageMaker(project.without_cache(), loaded.blog)
        for path in [path for path, post in found.items() if post.key]:
            self._find_record(path)
        for parsed in loaded.parsed_posts:
            path = parsed.post.path
            self.posts[path] = self.maker.render(parsed, before.get(path, PreviewPage("")))
        for problem in loaded.problems:
            post = self.posts.get(problem.path) or before.get(problem.path, PreviewPage(""))
            problems = (*(post.problems if not post.source else ()), problem)
            self.posts[problem.path] = replace(post, source="", problems=problems)

    def use_settings(self, options: BuildOptions) -> None:
        """Take over settings that no post's page depends on."""
        project = self.maker.project
        renderer = replace(project.renderer, site=options.site)
        self.maker.project = replace(project, options=options, renderer=renderer)

    def use_languages(self, languages: Mapping[str, Language]) -> dict[str, PreviewPage | None]:
        """Make all pages anew if the texts of the interface are others; return the pages before."""
        project = self.maker.project
        if project.renderer.languages == languages:
            return {}
        renderer = replace(project.renderer, languages=languages)
        self.maker.project = replace(project, renderer=renderer)
        return self._read_again(list(self.posts))

    def refresh(self, changed: Set[str]) -> dict[str, PreviewPage | None]:
        """Read the posts that a change of files concerns; return their pages before, by path.

        A new post has None.
        """
        self.maker.blog = self._blog(self.options)
        paths = self._concerned(changed)
        before = {path: self.posts.get(path) for path in paths}
        for path in paths:
            self._read(path)
        self.maker.blog = self._blog(self.options)
        dependents = self._dependents(paths)
        if not changed <= set(paths):  # what a post lacked may be there
            dependents = sorted({*dependents, *self.posts.refused} - set(paths))
        return before | self._read_again(dependents)

    def show(self, path: str, last: LastExecution) -> PreviewPage | None:
        """Show a post with the outputs of a run; return its page before, if it can be parsed."""
        before = self.posts.get(path)
        if before is None or not before.source:
            return None
        parsed = self.maker.parsed(path, before.source)
        self.posts[path] = self.maker.render(parsed, replace(before, last=last))
        return before

    def moves(self, before: Mapping[str, PreviewPage | None]) -> dict[str, str]:
        """Return old address → new one of posts that moved; "" for removed ones.

        A renamed file may appear before it disappears, or the other way round.
        """
        moves: dict[str, str] = {}
        for path, old in before.items():
            if old is None or old.page is None:
                continue
            now = self.posts.get(path) or self._same_text(old.source)
            url = now.page.post.url if now and now.page else ""
            if url != old.page.post.url:
                moves[old.page.post.url] = url
            if not url and old.source:
                self.removed[old.source] = old.page.post.url
        for path, old in before.items():
            now = self.posts.get(path)
            if old is None and now and now.page and (url := self.removed.pop(now.source, "")):
                moves[url] = now.page.post.url
        return moves

    def outlined(self) -> list[Page]:
        """Return all pages for the outline, each with the last check of what it shows."""
        checks = history.read(self.options.verdicts)
        return [
            _checked(_marked(post.page), history.of_record(checks, path, post.record))
            for path, post in self.posts.items()
            if post.page
        ]

    def digest(self, path: str) -> str:
        """Return the hash of a page."""
        return self._outlined(path).digest

    def whole(self, path: str) -> Page:
        """Return a page with its content and files; drafts and posts of the future are marked."""
        page = self._outlined(path)
        try:
            return _marked(whole(self.options.memo, page))
        except CacheMissing:  # a build has replaced it
            if path not in self.posts:
                raise
            with self.lock:
                post = self.maker.read(path, replace(self.posts[path], source=""))
                self.posts[path] = post
            assert post.page
            return _marked(post.page)

    def _outlined(self, path: str) -> Page:
        """Return a page of the outline, which may be older than the posts."""
        page = (self.posts.get(path) or self.gone[path]).page
        assert page
        return page

    def last(self, path: str) -> Page | None:
        """Return None: the last good page is the one that is shown."""
        return None

    def kept(self, path: str, file: str) -> Artifact | None:
        """Return None: a preview shows files that it made."""
        return None

    def _blog(self, options: BuildOptions) -> BlogContext:
        """Return what posts with Liquid ask of others, as the others are now."""

        def post_index() -> PostIndex:
            posts = [post.page.post for post in self.posts.values() if post.page]
            static, hidden = jekyll_files(options)
            return PostIndex(posts, static, hidden)

        def labels() -> Iterator[LabelTarget]:
            for post in self.posts.values():
                yield from post.page.labels if post.page else ()

        results = open_results(options)
        return BlogContext(options.root, options.site, post_index, LabelIndex(labels), results)

    def _find_record(self, path: str) -> None:
        """Find the record that a cached page shows."""
        post = self.posts[path]
        try:
            parsed = self.maker.parsed(path, post.source)
        except EvergreenError:
            return
        self.posts[path] = replace(post, last=self.maker.recorded(parsed, post.key))

    def _concerned(self, changed: Set[str]) -> list[str]:
        """Return the posts that a change of files concerns."""
        options = self.options
        known = [path for path in changed if path in self.posts]
        others = [path for path in changed if path not in self.posts]
        if not options.site.jekyll:
            others = [path for path in others if path.split("/")[0] in ("posts", "pages")]
        gone = [path for path in known if not (options.root / path).exists()]
        if not others and not gone:
            return known
        found = set(find_posts(options.root, options.site))
        self.maker.project = replace(self.maker.project)  # the planner knows the posts by path
        new = found - self.posts.keys()
        lost = self.posts.keys() - found
        below = [p for p in found if any(p.startswith(f"{other}/") for other in others)]
        readers = self._readers(set(others) - new)
        return sorted({*known, *new, *lost, *below, *readers})

    def _dependents(self, paths: Sequence[str]) -> list[str]:
        """Return other posts whose text took something from elsewhere that has changed, and those
        of all that may refer to a label which is there only now."""
        using = ((path, self.posts[path].page) for path in self.posts.using)
        stale = [
            path
            for path, page in using
            if page
            and (path not in paths or _refers(page.post))
            and not holds(page.post.uses, self.maker.blog)
        ]
        return sorted({*stale, *self.posts.waiting})

    def _readers(self, files: Set[str]) -> list[str]:
        """Return posts that name one of these files; note that code may read one beside it."""
        readers = []
        for path, shown in self.posts.items():
            post = shown.page.post if shown.page else None
            if post is None:
                continue
            if files & set(post.bibliography):
                readers.append(path)
            if shown.key and any(file.startswith(f"{post.bundle}/") for file in files):
                self.changes_beside[post.bundle] = self.changes_beside.get(post.bundle, 0) + 1
                self._verify_record(path, shown)
        return readers

    def _verify_record(self, path: str, post: PreviewPage) -> None:
        """Note whether the record that a post shows still holds."""
        if post.last and post.last.record and post.page:
            last = None
            if post.source:
                last = self.maker.recorded(self.maker.parsed(path, post.source), post.key)
            self.posts[path] = replace(post, last=last or replace(post.last, holds=False))

    def _read_again(self, paths: Sequence[str]) -> dict[str, PreviewPage | None]:
        """Make pages anew though their files are the same; return the pages before."""
        before: dict[str, PreviewPage | None] = {path: self.posts[path] for path in paths}
        for path in paths:
            if self.posts[path].page:
                self.posts[path] = replace(self.posts[path], source="")
            self._read(path)
        return before

    def _read(self, path: str) -> None:
        """Read a post, or forget it if its file is gone."""
        if not (self.options.root / path).exists():
            if path in self.posts:
                self.gone[path] = self.posts[path]
                del self.posts[path]
            return
        before = self.posts.get(path)
        post = self.maker.read(path, before)
        if before is None and post.page and (renamed := self._same_code(post)):
            post = replace(post, last=renamed.last)
        self.posts[path] = post

    def _same_code(self, post: PreviewPage) -> PreviewPage | None:
        """Return a post with the same code at another path: the file was renamed."""
        if not post.key or post.last:
            return None
        return next(
            (each for each in self.posts.values() if each.key == post.key and each.last), None
        )

    def _same_text(self, source: str) -> PreviewPage | None:
        return next(
            (each for each in self.posts.values() if source and each.source == source), None
        )


def mark_of(post: Post) -> str:
    """Return why a post would not be published: `draft`, `future` or ""."""
    if post.draft or not post.published:
        return "draft"
    return "future" if post.date > datetime.now(UTC) else ""


def _load(project: Project) -> tuple[LoadedPosts, dict[str, PreviewPage]]:
    """Load all posts, and make the pages of those whose code need not be looked at."""
    loaded = project.load(unchanged.take(project.options).settled)
    entries = {**loaded.cached, **loaded.rendered}
    if loaded.rendered:  # for the next start, and for publishing
        known = {**project.previous.entries, **entries}
        project.save(replace(project.previous, entries=known))
    pages = {path: (entry.summary, slim(entry.page)) for path, entry in entries.items()}
    return loaded, {
        path: PreviewPage(summary.source, page, summary.problems, summary.key)
        for path, (summary, page) in pages.items()
    }


def _checked(page: Page, check: LastCheck | None) -> Page:
    return page if page.check == check else replace(page, check=check)


def _marked(page: Page) -> Page:
    """Return the page, marked if it would not be published, or not yet."""
    mark = mark_of(page.post)
    if mark == "future":
        return replace(page, scheduled=True)
    return replace(page, post=replace(page.post, draft=True)) if mark else page


def _refers(post: Post) -> bool:
    """True if a post refers to labels of other posts."""
    return any(what.startswith("label ") for what in post.uses)

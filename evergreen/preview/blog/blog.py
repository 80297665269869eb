"""The blog in memory: see `preview.interface.LiveBlog`."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from functools import partial

from evergreen import publish as destination
from evergreen.build import plugins
from evergreen.build.cache.similar import SimilarMemory
from evergreen.build.chart_libraries import open_equip, read_library
from evergreen.build.gc_tuning import seldom_collecting, setting_up
from evergreen.build.options import BuildOptions
from evergreen.build.page_files import STATIC, read_linked
from evergreen.build.pdf import Press, print_page
from evergreen.build.pdf_links import pdf_path, pdf_url
from evergreen.build.pictures import open_copies
from evergreen.build.planning.plan import make_plans
from evergreen.build.search import is_index_file
from evergreen.build.site_builder import MadeFile, MemoryFiles, SiteBuilder
from evergreen.build.static_files import read_static_files
from evergreen.check.links import LinkTargets, find_broken
from evergreen.content.files import check_links
from evergreen.content.jekyll.detect import CONFIGS
from evergreen.content.jekyll.menu import is_menu_file
from evergreen.content.quarto_files import is_shared_file
from evergreen.dataclass import replace
from evergreen.errors import EvergreenError, Problem, SettingsError, fault
from evergreen.execution.job import Job
from evergreen.execution.progress import SilentProgress
from evergreen.model import Artifact, Execution, Output, Page, Site
from evergreen.packaged import TEMPLATES, THEMES
from evergreen.preview.blog.draft_outputs import LastExecution, outputs_for
from evergreen.preview.blog.link_targets import LiveFiles, LivePages
from evergreen.preview.blog.pages import PreviewPage
from evergreen.preview.blog.search import PreviewIndex
from evergreen.preview.blog.sources import Sources, mark_of
from evergreen.preview.interface import PostCode, ServedFile, Update
from evergreen.records import store as records
from evergreen.regex import regex
from evergreen.render.cells import render_cell
from evergreen.settings import settings_here
from evergreen.site.fingerprint import page_links
from evergreen.site.jinja import read_templates
from evergreen.site.search.index import INDEX
from evergreen.site.tasks import TaskFailure, at_post, extra_files

SETTINGS = ("site.toml", *CONFIGS)
RECENT = 400
"""Files of former pages that are still served."""
_HASHED = regex(r"\.[0-9a-f]{10}\.(?:css|js)\Z")
_OUTSIDE = frozenset(
    "title titles description descriptions paginate search extra "
    "comments head csp analytics menu menus home homes list_descriptions "
    "edit_links source_branch source_folder".split()
)
"""Settings that no post's own content shows."""


class LiveSite:
    """The blog of a build, with its drafts and posts of the future."""

    def __init__(self, options: BuildOptions) -> None:
        """Read everything. Raises EvergreenError if the site as a whole cannot be made."""
        options = replace(options, drafts=True, future=True)
        self.faults: tuple[Problem, ...] = ()
        """What is wrong with the site as a whole."""
        self.is_refused = False
        """The settings could not be read: any change may be what they lacked."""
        self.files = MemoryFiles()
        self.recent: OrderedDict[str, bytes] = OrderedDict()
        """Figures of cells that run now, and files that an open page may still ask for."""
        self.index = PreviewIndex(options.memo)
        """The search index."""
        self.link_targets: LinkTargets | None = None
        """What links may lead to since the last change of files; None before one is asked for."""
        with setting_up():
            self.sources = Sources(options)
            self.lock = self.sources.lock
            options = self.sources.options
            self.builder = SiteBuilder(
                options.site,
                read_templates(options.templates, options.compiled, options.site),
                self.sources,
                self.files,
                self._library,
                partial(read_linked, options.root),
                open_copies(options, self.sources.whole),
                SimilarMemory(options.cache, self.sources.maker.project.renderer.base),
            )
            self._arrange()

    @property
    def site(self) -> Site:
        """Return the settings as they are now."""
        return self.builder.site

    @property
    def posts(self) -> Mapping[str, PreviewPage]:
        """Return the posts as they were last read, by path."""
        return self.sources.posts

    def rebuild(self, changed: Set[str]) -> Iterator[Update]:
        """Read changed files; yield what pages show at once, then the update of lists."""
        with self.lock, seldom_collecting():
            first, outdated = self._refresh(changed)
            self.link_targets = None
        yield first
        if outdated:
            with self.lock, seldom_collecting():
                self._arrange()
                self.link_targets = None
            yield Update(first.why)

    def read(self, path: str) -> ServedFile | None:
        """Return a file of the site; None if there is none with this path."""
        if is_index_file(path):
            content = self._search_index(path)
        elif made := self.builder.read(path):
            return self._served(path, made)
        else:
            content = self.recent.get(path) or self._pdf(path) or self._extra(path)
        return None if content is None else ServedFile(content)

    def problems(self, post: str = "") -> Sequence[Problem]:
        """Return the problems of the site, and of one post, its links among them, or all."""
        posts = [self.posts.get(post)] if post else list(self.posts.values())
        own = (problem for each in posts if each for problem in each.problems)
        return (*self.faults, *own, *self._broken_links(post))

    def mark(self, post: str) -> str:
        """Return why a post would not be published: `draft`, `future` or ""."""
        shown = self.posts.get(post)
        return mark_of(shown.page.post) if shown and shown.page else ""

    def work(self, post: str) -> PostCode | None:
        """Return the code of a post; None if none may run."""
        shown = self.posts.get(post)
        if shown is None or not shown.key or not shown.source:
            return None
        try:
            parsed = self.sources.maker.parsed(post, shown.source)
        except EvergreenError:
            return None
        found = parsed.post
        changes = self.sources.changes_beside.get(found.bundle, 0)
        surroundings = repr((changes, found.data, found.execute))
        last = shown.last if shown.record and shown.last and shown.last.holds else None
        execution = last.execution if last else None
        return PostCode(found, parsed.notebook, shown.key, surroundings, execution)

    def job(self, work: PostCode) -> Job:
        """Prepare a run of a post's code. Raises EvergreenError if it cannot run."""
        project = self.sources.maker.project
        context = replace(project.runs.context_for_runs(SilentProgress()), force=True)
        plan = make_plans(context, [(work.post, work.notebook)])[0]
        if plan.job is None:
            raise EvergreenError(*([plan.problem] if plan.problem else ()))
        return plan.job

    def show(self, work: PostCode, execution: Execution) -> None:
        """Show a post with these outputs until its code changes; nothing is stored."""
        shown = self.posts.get(work.path)
        had = outputs_for(work.notebook, shown.last).outputs if shown and shown.last else ()
        outputs = (*execution.outputs, *had[len(execution.outputs) :])
        execution = replace(execution, outputs=outputs)
        self._show(work.path, LastExecution(work.key, work.notebook, execution))

    def keep(self, work: PostCode, execution: Execution) -> None:
        """Store a clean run as a build does, and show it."""
        store, options = self.sources.options.store, work.post.execute
        records.keep(store, work.key, execution)
        about = execution.seconds, execution.finished
        records.note_run(store, work.path, work.notebook, options, *about)
        name = records.identity(execution)
        self._show(work.path, LastExecution(work.key, work.notebook, execution, name))

    def cell(self, work: PostCode, number: int, outputs: Sequence[Output]) -> str:
        """Render a cell of the page, counted from 1, with these outputs, and serve its figures."""
        language = self.builder.templates.language(work.post.lang)
        equip = open_equip(self.sources.options.cache, work.post.kernel)
        html, figures = render_cell(
            self.site, work.post, work.notebook, number, outputs, language, equip
        )
        self._keep_serving(figures)
        return html

    def _refresh(self, changed: Set[str]) -> tuple[Update, bool]:
        """Read what has changed; return what that shows at once, and whether lists are outdated."""
        folders = {path.split("/")[0] for path in changed}
        has_plugins = not folders.isdisjoint((plugins.FILE, plugins.FOLDER))
        has_settings = (
            has_plugins
            or self.is_refused
            or any(
                path in SETTINGS or is_shared_file(path) or is_menu_file(path) for path in changed
            )
        )
        has_templates = has_plugins or not folders.isdisjoint((TEMPLATES, THEMES))
        look = self.site.theme, self.site.look
        if has_settings and not self._read_settings():
            return Update(_why(changed)), False
        has_templates = has_templates or look != (self.site.theme, self.site.look)
        if has_templates:
            self._read_templates()
        before = self.sources.refresh(changed)
        moved = self.sources.moves(before)
        outdated = has_templates or any(
            _metadata_hash(old) != _metadata_hash(self.posts.get(path))
            for path, old in before.items()
        )
        if moved or has_settings or None in before.values():
            self._arrange()
            outdated = False
        elif any(map(self._is_static, changed - before.keys())):
            self._read_static()
        self._replace(before)
        same = all(old is self.posts.get(path) for path, old in before.items())
        is_news = not (same and changed <= before.keys())
        return Update(_why(changed), frozenset(before), moved, not outdated, is_news), outdated

    def _is_static(self, path: str) -> bool:
        return self.site.jekyll is not None or path.split("/")[0] == STATIC

    def _read_settings(self) -> bool:
        """Read the settings again; return True if they can be read."""
        options = self.sources.options
        try:
            given = replace(options, site=settings_here(options.root))
            site = plugins.open_extensions(given).site
        except SettingsError as error:
            self.faults, self.is_refused = error.problems, True
            return False
        self.faults, self.is_refused = (), False
        self.builder.site = site
        self.files.generation += 1
        options, before = replace(options, site=site), options.site
        if _inner(before) == _inner(site):
            self.sources.use_settings(options)
        else:
            self.sources.open(given)
        return True

    def _read_templates(self) -> None:
        """Read templates, languages, styles and scripts again."""
        options = self.sources.options
        try:
            check_links(options.root)
            templates = read_templates(options.templates, options.compiled, options.site)
        except EvergreenError as error:
            self.faults = error.problems
            return
        self.faults = ()
        self._keep_styles()
        self.builder.use_templates(templates)
        self._replace(self.sources.use_languages(templates.languages))
        self.files.generation += 1

    def _show(self, path: str, last: LastExecution) -> None:
        """Show a post with the outputs of a run."""
        with self.lock:
            if before := self.sources.show(path, last):
                if _metadata_hash(before) != _metadata_hash(self.posts[path]):
                    self._arrange()
                self._replace({path: before})

    def _arrange(self) -> None:
        """Outline the site anew; posts with the same address are left out."""
        builder = self.builder
        self._keep_styles()
        builder.arrange(self.sources.outlined())
        self.faults = tuple(map(at_post, builder.failures))
        self._read_static()

    def _keep_styles(self) -> None:
        """Serve styles and scripts under their names of now, whatever comes: open pages have them,
        and pages that are just being read."""
        ready = self.builder.ready.values()
        self._keep_serving(file for file in ready if _HASHED.search(file.path))

    def _read_static(self) -> None:
        """Read the blog's own files again."""
        builder = self.builder
        ours = {*builder.ready, *builder.tasks}
        own, _ = read_static_files(self.sources.options, self.sources.maker.blog, ours, {})
        builder.static = {file.path: file for file in own}

    def _replace(self, before: Mapping[str, PreviewPage | None]) -> None:
        """Serve the files of new pages, and for a while those of the pages before."""
        for old in before.values():
            self._keep_serving(old.page.artifacts if old and old.page else ())
        shown = (self.posts.get(path) for path in before)
        self.builder.claim([post.page for post in shown if post and post.page])

    def _keep_serving(self, files: Iterable[Artifact]) -> None:
        for file in files:
            if isinstance(file.content, bytes):
                self.recent[file.path] = file.content
        while len(self.recent) > RECENT:
            self.recent.popitem(last=False)

    def _library(self, name: str) -> bytes:
        try:
            return read_library(self.sources.options.cache, name)
        except OSError:
            raise fault(f"assets/{name}", "the library is gone", "save the post again") from None

    def _served(self, path: str, made: MadeFile) -> ServedFile | None:
        """Return a file as it is sent; one that cannot be made has its last good content."""
        task = None if path in self.builder.static else self.builder.tasks.get(path)
        is_page = task is not None and path.endswith((".html", ".htm"))
        source = task.source if task else ""
        if isinstance(made, TaskFailure):
            return ServedFile(self.files.good.get(path, b""), source, is_page, made.problems)
        if not isinstance(made.content, bytes):
            return None
        return ServedFile(made.content, source, is_page)

    def _pdf(self, path: str) -> bytes | None:
        """Return the PDF of a post, printed when it is asked for; None if no page has it."""
        page = self._page_of_pdf(path)
        if page is None:
            return None
        press = Press(self.sources.options, self.builder.templates, self.builder.read)
        made = print_page(press, self.sources.whole(page.post.path), path)
        return (
            made.content if isinstance(made, Artifact) and isinstance(made.content, bytes) else None
        )

    def _page_of_pdf(self, path: str) -> Page | None:
        if not path.endswith(".pdf"):
            return None
        pages = (post.page for post in self.posts.values() if post.page)
        return next((page for page in pages if pdf_path(pdf_url(page), self.site) == path), None)

    def _broken_links(self, post: str) -> Sequence[Problem]:
        """Return a warning for each link and picture of a post that has no target."""
        shown = self.posts.get(post)
        if shown is None or shown.page is None:
            return ()
        if self.link_targets is None:
            files = LiveFiles(self.builder, self.sources.options.root)
            pages = LivePages(self.builder, self.posts)
            self.link_targets = LinkTargets(files, pages, read=self._find)
        return find_broken([page_links(shown.page)], self.link_targets)

    def _find(self, path: str) -> bytes | None:
        """Return a file of the site or of the published one; what takes long to make is empty."""
        if is_index_file(path) or self._page_of_pdf(path) or self.site.hooks.each("files"):
            return b""
        made = self.builder.read(path)
        if isinstance(made, Artifact) and isinstance(made.content, bytes):
            return made.content
        return destination.read(self.sources.options.output, path)

    def _extra(self, path: str) -> bytes | None:
        """Return a file that a plugin makes of all others; None if there is none."""
        if not self.site.hooks.each("files"):
            return None
        with self.lock:
            files = extra_files(self.site, self.builder.make_all())
        found = next((file.content for file in files if file.path == path), None)
        return found if isinstance(found, bytes) else None

    def _search_index(self, path: str) -> bytes | None:
        """Return a file of the search index, which is brought up to date when a search begins."""
        with self.lock:
            if path == INDEX:
                pages = [post.page for post in self.posts.values() if post.page]
                self.index.update(self.site, pages, self.sources.whole)
            return self.index.files.get(path)


def _metadata_hash(post: PreviewPage | None) -> str:
    return post.metadata_hash if post else ""


def _inner(site: Site) -> Site:
    """Return the settings that posts are read and rendered with."""
    plain = Site()
    return replace(site, **{name: getattr(plain, name) for name in _OUTSIDE})


def _why(changed: Set[str]) -> str:
    paths = sorted(changed)
    return paths[0] if len(paths) == 1 else f"{len(paths)} files, {paths[0]} among them"

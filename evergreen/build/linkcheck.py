"""Check the links of a site: its files are made in memory, nothing runs and nothing is written.

A post shows what its records say.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import cache

from evergreen import publish as destination
from evergreen.build.forecast import is_named
from evergreen.build.options import BuildOptions
from evergreen.build.parallel import forked_map
from evergreen.build.plugin_rules import check_rules
from evergreen.build.project import Project
from evergreen.build.site_builder import MadeFile, MemoryFiles, SiteBuilder, WholePages
from evergreen.build.static_files import targets
from evergreen.check.links import LinkTargets, find_broken
from evergreen.check.site_files import BrokenLink, find_in_file, tell
from evergreen.dataclass import dataclass, replace
from evergreen.errors import Problem
from evergreen.execution.progress import SilentProgress
from evergreen.model import Artifact, Page
from evergreen.model.urls import file_of
from evergreen.paths import place_of
from evergreen.site.address_conflicts import settle
from evergreen.site.fingerprint import page_links
from evergreen.site.jinja import read_templates
from evergreen.site.outline import in_order
from evergreen.site.tasks import FileTask, extra_files

_LINKING = (".html", ".htm", ".xml", "feed.json")
"""Endings of files that link to others."""


@dataclass(frozen=True, slots=True)
class SiteLinks:
    """A site as its sources define it."""

    pages: Sequence[Page]
    """Whole, of all posts that can be read and have an address of their own."""
    all_pages: Mapping[str, Page]
    """Of all posts that can be read, by path; whole too."""
    link_targets: LinkTargets
    builder: SiteBuilder
    """Makes the files of the site."""
    warnings: Sequence[Problem]
    """About posts, and about addresses that another page has."""
    unread: Sequence[Problem]
    """About posts that cannot be read."""

    def of(self, names: Collection[str]) -> Sequence[Page]:
        """Return the pages of the named posts; all pages if no name is given."""
        found = (page for page in self.pages for name in names if is_named(page.post.path, name))
        return list(found) if names else self.pages


def collect_links(options: BuildOptions) -> SiteLinks:
    """Return the pages of a blog, and everything that their links may mean."""
    return Project.open(replace(options, execute=False, force=False)).retrying(_collect)


def check_addresses(
    options: BuildOptions, names: Collection[str] = ()
) -> tuple[SiteLinks, list[Problem]]:
    """Return the site's links, and an error for each broken one of the named posts, and for what
    the rules of plugins find in them.

    Without names the links of templates, lists and feeds are checked too.
    """
    found = collect_links(options)
    broken = find_broken(map(page_links, found.of(names)), found.link_targets, "error")
    broken += check_rules(found.builder.site, found.of(names))
    return found, broken if names else [*broken, *_broken_in_files(options, found)]


def _collect(project: Project) -> SiteLinks:
    options = project.options
    loaded = project.load()
    runs = project.runs.run(loaded.parsed_posts, SilentProgress(), keep=False)
    entries, unmade = project.render(loaded, runs)
    all_pages = {path: project.whole(entry) for path, entry in sorted(entries.items())}
    pages, conflicts = settle(options.site, in_order(all_pages.values()))
    builder = _open_builder(options, pages)
    own = [artifact.path for page in pages for artifact in page.artifacts]
    own += [file.path for page in pages for file in page.files]
    extra = _extra_paths(builder)
    link_targets = LinkTargets(
        files=frozenset([*builder.tasks, *builder.ready, *own, *targets(options), *extra]),
        pages={file_of(page.post): page_links(page) for page in pages},
        held_back={file_of(post): post.path for post in loaded.held_back},
        root="" if options.site.jekyll else "static/",
        read=cache(lambda path: _content(builder.read(path)) or _published(options, builder, path)),
    )
    warnings = [problem for entry in entries.values() for problem in entry.summary.problems]
    warnings += conflicts
    return SiteLinks(pages, all_pages, link_targets, builder, warnings, [*loaded.problems, *unmade])


def _open_builder(options: BuildOptions, pages: Sequence[Page]) -> SiteBuilder:
    source = WholePages({page.post.path: page for page in pages})
    builder = SiteBuilder(
        options.site,
        read_templates(options.templates, site=options.site),
        source,
        MemoryFiles(),
    )
    builder.arrange(pages)
    return builder


def _extra_paths(builder: SiteBuilder) -> list[str]:
    """Return the paths of the files that plugins make of all others."""
    if not builder.site.hooks.each("files"):
        return []
    return [file.path for file in extra_files(builder.site, builder.make_all())]


def _published(options: BuildOptions, builder: SiteBuilder, path: str) -> bytes | None:
    """Return a published file that is none of ours."""
    return None if path in builder.tasks else destination.read(options.output, path)


def _broken_in_files(options: BuildOptions, found: SiteLinks) -> list[Problem]:
    """Return the broken links of the site's files, without those of the posts' own text."""

    def find(task: FileTask) -> list[BrokenLink]:
        content = _content(found.builder.make([task])[0])
        return find_in_file(options.site, task.path, content, found.link_targets) if content else []

    tasks = [task for path, task in found.builder.tasks.items() if path.endswith(_LINKING)]
    broken = [each for some in forked_map(find, tasks, options.jobs) for each in some]
    for path, artifact in found.builder.ready.items():
        if path.endswith(_LINKING) and (content := _content(artifact)):
            broken += find_in_file(options.site, path, content, found.link_targets)
    return tell(broken, _templates(options), options.output.name)


def _templates(options: BuildOptions) -> dict[str, str]:
    """Return the texts of the templates of the blog, its plugins and its theme, by the paths that
    messages have."""
    return {
        place_of(path, options.templates): path.read_text("utf-8", "replace")
        for folder in options.templates[:-1]
        for path in sorted(folder.rglob("*.html"))
        if path.is_file()
    }


def _content(made: MadeFile | None) -> bytes | None:
    content = made.content if isinstance(made, Artifact) else None
    return content if isinstance(content, bytes) else None

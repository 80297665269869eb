"""Parsed post and execution → page, and the shared inputs of page rendering."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from evergreen.build.chart_libraries import PackageFolder, open_equip
from evergreen.build.diagrams import open_draw
from evergreen.build.downloads import MAX_DATA, with_archive
from evergreen.build.inventories import Inventories
from evergreen.build.jekyll_pictures import with_jekyll_pictures
from evergreen.build.labels import label_targets
from evergreen.build.options import BuildOptions
from evergreen.build.page_files import with_files
from evergreen.build.parse import ParsedPost
from evergreen.build.pdf_links import with_pdf_link
from evergreen.build.post_links import find_page, with_links
from evergreen.content.plugin_hooks import plugin_state
from evergreen.dataclass import dataclass, replace
from evergreen.errors import Problem
from evergreen.model import Display, Execution, LockedPackages, Page, Post, Site
from evergreen.model.diagrams import DrawDiagram, no_drawing
from evergreen.model.hashing import digest
from evergreen.render.languages import Language, find_language, read_languages
from evergreen.render.page import render_page
from evergreen.render.portable_names import no_page
from evergreen.render.scripted import blocked_script_warnings, own_scripts

if TYPE_CHECKING:
    from evergreen.execution.environments.environments import Environments


@dataclass(frozen=True, slots=True)
class PageRenderer:
    """Shared inputs of page rendering."""

    site: Site
    languages: Mapping[str, Language]
    base: str
    """A hash of all of it, and of the engine."""
    cache: Path = Path()
    """For the libraries of charts, and their pictures."""
    store: Path = Path()
    """The folder of records, and beside them of locked environments."""
    installed: Path = Path()
    """The folder of the environments that posts have of their own."""
    draw: DrawDiagram = no_drawing
    inventories: Inventories = field(default_factory=lambda: Inventories(Path(), {}))
    """Of the documentation that code links to."""


def open_renderer(build: BuildOptions, base: str) -> PageRenderer:
    """Read the language files and open the renderer. Raises EvergreenError if one is broken."""
    languages = read_languages(build.templates)
    return PageRenderer(
        build.site,
        languages,
        base,
        build.cache,
        build.store,
        build.environments,
        open_draw(build.store),
        Inventories(build.root, build.site.code.links),
    )


def make_page(
    renderer: PageRenderer, parsed: ParsedPost, execution: Execution | None = None, record: str = ""
) -> tuple[Page, tuple[Problem, ...]]:
    """Return the page of a parsed post, with a hash of its inputs, and warnings."""
    post, stored = parsed.post, parsed.stored
    language = find_language(renderer.languages, post.lang)
    packages = _packages(renderer, post)
    linked = bool(renderer.inventories.links) and post.language == "python"
    documented = renderer.inventories.names if linked else {}
    equip = open_equip(renderer.cache, post.kernel, _home(renderer, post))
    page, problems = render_page(
        renderer.site,
        post,
        parsed.notebook,
        parsed.document,
        execution or stored,
        language,
        equip,
        packages,
        renderer.draw,
        documented,
        partial(find_page, parsed.blog, post) if parsed.blog else no_page,
    )
    labels = () if renderer.site.jekyll else label_targets(post, parsed.notebook)
    page = replace(page, scripts=own_scripts(post, page.content), labels=labels)
    if stored:
        page = replace(page, stored=True, ran=0)
    if parsed.blog:
        written = execution.files if execution else {}
        page = with_jekyll_pictures(with_links(page, parsed.blog, language), parsed.blog)
        page, doubtful = with_files(page, parsed.blog, written)
        problems += doubtful
        data = _data(renderer.cache, post, execution)
        page = with_archive(page, renderer.site, parsed.blog, post, execution, data)
    page, unprinted = with_pdf_link(page, renderer.site)
    asked = asked_renderers(renderer.site, execution or stored)
    if linked:
        asked |= {f"file {path}": state for path, state in renderer.inventories.state.items()}
    page = replace(page, post=replace(page.post, uses={**page.post.uses, **asked}))
    uses = repr(sorted(page.post.uses.items()))
    locked = (packages.lock,) if packages else ()
    made_of = digest(renderer.base, parsed.source, post.path, record, uses, *locked)
    slim = replace(
        page.post,
        body="",
        origin=(),
        stored={},
        attachments={},
        embedded={},
        elsewhere={},
        citation_style=None,
        warnings=(),
    )
    return replace(page, post=slim, digest=made_of), (
        *post.warnings,
        *problems,
        *unprinted,
        *blocked_script_warnings(post, page.content),
    )


def _data(cache: Path, post: Post, execution: Execution | None) -> dict[str, Path]:
    """Return the declared data of a run, by name, as far as it is on this machine; nothing for a
    run with substitutes."""
    if not post.data or execution is None or execution.stand_ins:
        return {}
    kept = (cache / "data" / file.sha256 for file in post.data)
    if sum(path.stat().st_size for path in kept if path.is_file()) > MAX_DATA:
        return {}  # an archive would leave it out, and its hash takes time at each edit
    from evergreen.execution.datasets import find_data, read_mirrors

    found, _ = find_data(post.data, cache / "data", read_mirrors())
    return {file.name: found[file.sha256] for file in post.data if file.sha256 in found}


def _packages(renderer: PageRenderer, post: Post) -> LockedPackages | None:
    """Return the packages of a post as of a day; None for others, and before they are locked."""
    as_of = post.execute.as_of
    if not as_of:
        return None
    from evergreen.execution.environments import locks

    lock = _environments(renderer).dated.lock(post.execute.requires, as_of)
    if lock is None:
        return None
    pins = tuple(locks.lines(lock.versions))
    return LockedPackages(as_of, pins, lock.text, lock.python)


def asked_renderers(site: Site, execution: Execution | None) -> dict[str, str]:
    """Return each MIME type in the outputs, with a hash of the plugins that render it."""
    outputs = [each for some in execution.outputs for each in some] if execution else []
    types = {mime for each in outputs if isinstance(each, Display) for mime in each.data}
    return {f"output {mime}": plugin_state(site, "output", mime) for mime in sorted(types)}


def _home(renderer: PageRenderer, post: Post) -> PackageFolder | None:
    if not post.execute.has_environment:
        return None
    found = _environments(renderer).look(post.execute.requires, post.execute.as_of)
    return PackageFolder(str(found.python), found.path)


def _environments(renderer: PageRenderer) -> Environments:
    """Return the environments of posts, whose modules few blogs need."""
    from evergreen.execution.environments.environments import Environments

    return Environments(renderer.store, renderer.installed)

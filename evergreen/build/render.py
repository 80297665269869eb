"""Manuscript → Page, with what every page is made with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from evergreen.build.cache.pages import digest
from evergreen.build.chart_libraries import Home, open_equip
from evergreen.build.options import Build
from evergreen.build.parse import Manuscript
from evergreen.build.post_links import with_links
from evergreen.errors import Problem
from evergreen.execution.environments.environments import Environments
from evergreen.model import Execution, Page, Post, Site
from evergreen.render.languages import Language, find_language, read_languages
from evergreen.render.page import render_page


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

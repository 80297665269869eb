"""Filling the templates: the only place that knows Jinja.

Undefined variables are errors, and whatever is not marked as markup is escaped. What goes wrong in
a template is reported at its line, with the page that it was for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from contextlib import suppress
from dataclasses import field
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Literal

import jinja2
from jinja2.bccache import Bucket
from jinja2.runtime import Context

from evergreen.dataclass import dataclass, replace
from evergreen.errors import EvergreenError, Problem
from evergreen.model import Page, PageLink, Site
from evergreen.model.hashing import sha256
from evergreen.model.urls import absolute, href
from evergreen.paths import atomic_write, read_file
from evergreen.render.languages import Language, find_language, read_languages
from evergreen.site.analytics import find_analytics
from evergreen.site.assets import FACES, Assets, read_assets
from evergreen.site.csp import PagePolicy
from evergreen.site.template_errors import Undefined, explain
from evergreen.site.template_parts import TemplateParts

_PLAIN = Site()
_SETTINGS = "plugins"
"""What a template has in it that shows the settings of a plugin: `site.plugins`."""


@dataclass(frozen=True, slots=True)
class Templates:
    """All that the folders of templates hold, read once."""

    environment: jinja2.Environment
    languages: Mapping[str, Language]
    assets: Assets
    icons: Mapping[str, str] = field(default_factory=dict)
    """SVG by name, of the folder `icons`."""
    folders: tuple[Path, ...] = ()
    """The folders; the first is the blog's own."""
    settings: str = ""
    """The settings of plugins, if a template may show them; else ""."""
    parts: TemplateParts | None = None
    """What templates show of the folders of plugins."""

    def language(self, code: str) -> Language:
        """Return the interface language for the language of a page."""
        return find_language(self.languages, code)


@dataclass(frozen=True, slots=True)
class LanguageMenu:
    """The root of a language's pages, and the links in the head of each."""

    root: str = "/"
    links: tuple[PageLink, ...] = ()


@dataclass(frozen=True, slots=True)
class SiteFrame:
    """The frame of every page: `<head>`, and head and foot of the site."""

    title: str
    url: str
    lang: str
    description: str = ""
    theme: str = ""
    image: str = ""
    """Complete, or ""."""
    policy: PagePolicy = field(default_factory=PagePolicy)
    menu: LanguageMenu = LanguageMenu()
    translations: tuple[PageLink, ...] = ()
    """The same page in other languages."""
    feed: str = "/"
    """The folder of the feeds that hold this page."""
    markdown: str = ""
    """The page as Markdown, below `baseurl`; "" for none."""
    structured: str = ""
    """A post's JSON-LD."""
    technical: Literal["", "later", "now"] = ""
    """When the page loads the style and the script of technical writing: `now` if they change how
    it looks at first, `later` if they only open notes."""
    index: bool = True
    """False asks search engines to leave the page out."""


def read_templates(
    folders: Sequence[Path], cache: Path | None = None, site: Site = _PLAIN
) -> Templates:
    """Read templates, languages and static files; of each name the first folder's.

    Plugins of the site add filters and global variables. Compiled templates are stored in the
    folder `cache`. Raises EvergreenError if a language file cannot be read.
    """
    filters = site.hooks.named("filters")
    environment = _Environment(
        loader=_loader([str(folder) for folder in folders]),
        autoescape=True,
        undefined=Undefined,
        auto_reload=False,
        bytecode_cache=_Compiled(cache, " ".join(sorted(filters))) if cache else None,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update({name: _unfolded(each) for name, each in filters.items()})
    environment.globals.update(site.hooks.named("globals"))
    languages = read_languages(folders)
    assets = read_assets(folders, languages.values(), site.look)
    shown = site.plugins and any(_SETTINGS in text for text in _texts(folders))
    return Templates(
        environment,
        languages,
        assets,
        _read_icons(folders),
        tuple(folders),
        repr(sorted(site.plugins.items())) if shown else "",
        TemplateParts(environment, site.hooks.folders, assets.urls),
    )


def _texts(folders: Sequence[Path]) -> Iterator[str]:
    """Yield the texts of all templates."""
    for path in (path for folder in folders for path in folder.rglob("*.html")):
        with suppress(OSError):
            yield path.read_text("utf-8", "replace")


def _read_icons(folders: Sequence[Path]) -> dict[str, str]:
    files = {path.stem: path for folder in reversed(folders) for path in folder.glob("icons/*.svg")}
    return {name: path.read_text("utf-8", "replace").strip() for name, path in files.items()}


def check_menus(templates: Templates, site: Site) -> Iterator[Problem]:
    """Yield a warning for each entry of a menu whose icon does not exist, or that has no URL."""
    known = ", ".join(sorted(templates.icons))
    for menu in (site.menu, *site.menus.values()):
        for title, entry in menu.items():
            if entry.icon and entry.icon not in templates.icons:
                message = f"the menu's '{title}': there is no icon '{entry.icon}'"
                advice = f"known: {known}; an icon is a file templates/icons/NAME.svg"
                yield Problem("site.toml", 0, 0, message, advice, "warning")
            if not entry.url:
                message = f"the menu's '{title}' has no URL"
                yield Problem("site.toml", 0, 0, message, 'write url = "/about/"', "warning")


def _loader(folders: Sequence[str]) -> jinja2.BaseLoader:
    """Return a loader in which `theme/NAME` is a template below the blog's own, and
    `evergreen/NAME` the built-in one."""
    below = {
        "theme": jinja2.FileSystemLoader(folders[1:] or folders),
        "evergreen": jinja2.FileSystemLoader(folders[-1:]),
    }
    return jinja2.ChoiceLoader([jinja2.FileSystemLoader(folders), jinja2.PrefixLoader(below)])


class _Environment(jinja2.Environment):
    """An environment whose templates do not change; each is looked up once."""

    @cached_property
    def _found(self) -> dict[str, jinja2.Template]:
        return {}

    def get_template(
        self,
        name: str | jinja2.Template,
        parent: str | None = None,
        globals: MutableMapping[str, Any] | None = None,
    ) -> jinja2.Template:
        """Return a template by its name."""
        if not isinstance(name, str) or globals is not None:
            return super().get_template(name, parent, globals)
        if name not in self._found:
            self._found[name] = super().get_template(name, parent)
        return self._found[name]


def _unfolded(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a plugin's filter so that each use of it calls it.

    Jinja calls a filter of constants when it compiles a template, and stores the result with it:
    a stored template would show what the plugin made once. It leaves a filter that gets the
    context alone.
    """
    wanted = getattr(function, "jinja_pass_arg", None)

    @jinja2.pass_context
    def call(context: Context, *arguments: Any, **options: Any) -> Any:
        if wanted is None:
            return function(*arguments, **options)
        first = {"environment": context.environment, "eval_context": context.eval_ctx}
        return function(first.get(wanted.name, context), *arguments, **options)

    return call


class _Compiled(jinja2.BytecodeCache):
    """Compiled templates on disk, each behind a digest: a damaged one is compiled again."""

    def __init__(self, folder: Path, filters: str) -> None:
        self.folder = folder
        self.filters = filters
        """The names of the plugins' filters: a template calls these in another way than Jinja's
        own of the same name."""

    def load_bytecode(self, bucket: Bucket) -> None:
        """Load a template unless its file is missing, damaged or of another version."""
        try:
            digest, _, code = read_file(self._file(bucket)).partition(b"\n")
            if digest == sha256(code).encode():
                bucket.bytecode_from_string(code)
        except Exception:  # marshal can fail in any way with what another version wrote
            bucket.reset()

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Store a template; the cache may be read-only."""
        code = bucket.bytecode_to_string()
        with suppress(OSError):
            atomic_write(self._file(bucket), sha256(code).encode() + b"\n" + code)

    def _file(self, bucket: Bucket) -> Path:
        name = sha256(f"{bucket.key} {self.filters}") if self.filters else bucket.key
        return self.folder / f"{name}.cache"


def fill(
    templates: Templates,
    site: Site,
    name: str,
    frame: SiteFrame,
    values: Mapping[str, Any],
    subject: str,
) -> bytes:
    """Render a template. Raises EvergreenError at template:line that names the subject, a post's
    path.
    """
    variables = {**_globals(templates, site, frame), **values}
    try:
        text = templates.environment.get_template(name).render(variables)
    except Exception as error:  # a template may raise whatever an expression in it can
        environment, folders = templates.environment, templates.folders
        what = explain(environment, folders, error, name, subject, variables)
        if what.path == subject and isinstance(page := values.get("page"), Page):
            what = replace(what, line=page.post.lines.get("layout", what.line))
        raise EvergreenError(what) from None
    return frame.policy.fill_in(site, text).encode("utf-8", "replace")


def _globals(templates: Templates, site: Site, frame: SiteFrame) -> dict[str, Any]:
    language = templates.language(frame.lang)
    return {
        "site": site,
        "frame": frame,
        "theme": site.look.options,
        "analytics": find_analytics(site),
        "root": frame.menu.root,
        "t": language.text,
        "date": language.date,
        "months": language.months,
        "language_name": lambda code: templates.language(code).name,
        "link": partial(href, site),
        "absolute": partial(absolute, site),
        "asset": lambda name: href(site, templates.assets.urls[name]),
        "style": href(site, templates.assets.style(frame.theme)),
        "font_faces": href(site, templates.assets.urls.get(FACES, "")) if site.look.faces else "",
    }

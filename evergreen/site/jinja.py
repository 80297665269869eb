"""Filling the templates: the only place that knows Jinja.

Undefined variables are errors, and whatever is not marked as markup is escaped. What goes wrong in
a template is reported at its line, with the page that it was for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Literal

import jinja2
from jinja2.bccache import Bucket

from evergreen.errors import EvergreenError, Problem
from evergreen.model import PageLink, Site
from evergreen.model.hashing import sha256
from evergreen.model.urls import absolute, href
from evergreen.paths import atomic_write, read_file
from evergreen.render.languages import Language, find_language, read_languages
from evergreen.site.analytics import find_analytics
from evergreen.site.assets import Assets, read_assets
from evergreen.site.csp import PagePolicy

_PLAIN = Site()


@dataclass(frozen=True, slots=True)
class Templates:
    """All that the folders of templates hold, read once."""

    environment: jinja2.Environment
    languages: Mapping[str, Language]
    assets: Assets
    icons: Mapping[str, str] = field(default_factory=dict)
    """SVG by name, of the folder `icons`."""

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
    environment = _Environment(
        loader=_loader([str(folder) for folder in folders]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        auto_reload=False,
        bytecode_cache=_Compiled(cache) if cache else None,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(site.hooks.named("filters"))
    environment.globals.update(site.hooks.named("globals"))
    languages = read_languages(folders)
    assets = read_assets(folders, languages.values(), site.look)
    return Templates(environment, languages, assets, _read_icons(folders))


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


class _Compiled(jinja2.BytecodeCache):
    """Compiled templates on disk, each behind a digest: a damaged one is compiled again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

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
        return self.folder / f"{bucket.key}.cache"


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
    try:
        text = templates.environment.get_template(name).render(
            _globals(templates, site, frame), **values
        )
    except jinja2.TemplateNotFound as error:
        raise EvergreenError(_no_template(templates, name, error, subject)) from None
    except Exception as error:  # a template may raise whatever an expression in it can
        raise EvergreenError(_broken_template(error, name, subject)) from None
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
    }


def _no_template(
    templates: Templates, name: str, error: jinja2.TemplateNotFound, subject: str
) -> Problem:
    if error.name != name:
        path, line = _place(error, name)
        return Problem(path, line, 0, f"there is no template '{error.name}' (for {subject})")
    known = templates.environment.list_templates(extensions=["html"])
    layouts = sorted(name.removesuffix(".html") for name in known if "/" not in name)
    message = f"there is no template for the layout '{name.removesuffix('.html')}'"
    return Problem(subject, 1, 0, message, f"add templates/{name}, or use {', '.join(layouts)}")


def _broken_template(error: Exception, name: str, subject: str) -> Problem:
    path, line = _place(error, name)
    if isinstance(error, RecursionError):
        what = "it includes or extends itself"
    elif isinstance(error, KeyError):
        what = f"there is no {error}"
    else:
        what = str(error) or type(error).__name__
    return Problem(path, line, 0, f"{what} (for {subject})")


def _place(error: Exception, name: str) -> tuple[str, int]:
    """Return template and line of an error; except for syntax errors they are in the traceback."""
    if isinstance(error, jinja2.TemplateSyntaxError):
        return f"templates/{error.name or name}", error.lineno
    place, trace = (f"templates/{name}", 0), error.__traceback__
    while trace:
        file = Path(trace.tb_frame.f_code.co_filename)
        if file.suffix in (".html", ".xml"):
            place = f"templates/{file.name}", trace.tb_lineno
        trace = trace.tb_next
    return place

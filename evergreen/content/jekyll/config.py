"""Convert `_config.yml` to the settings of a Jekyll blog.

Keys that correspond to our settings are converted; the whole file, with Jekyll's defaults, is what
`site` shows to Liquid. A wrong value is reported at its line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from evergreen.content.fields import describe
from evergreen.content.frontmatter import decode
from evergreen.content.jekyll.detect import CONFIGS, config_folder, named_plugins
from evergreen.content.jekyll.language import detect_language
from evergreen.content.jekyll.mathjax import MATHJAX, math_options
from evergreen.content.jekyll.menu import header_pages, read_menu
from evergreen.content.jekyll.permalinks import collection_template, unknown_placeholder
from evergreen.content.jekyll.scholar import read_scholar
from evergreen.content.jekyll.services import read_analytics, read_comments, read_verifications
from evergreen.content.permalinks import LANGUAGE, PERMALINKS
from evergreen.content.yaml_mapping import MappingError, index_of, read_mapping
from evergreen.dataclass import dataclass, replace
from evergreen.errors import EvergreenError, Problem, SettingsError, place_in
from evergreen.model import (
    CitationOptions,
    Collection,
    FeedAddresses,
    FrontMatterDefaults,
    HeadOptions,
    JekyllConfig,
    Site,
)
from evergreen.paths import flaw
from evergreen.regex import regex

TITLES = ("name", "SEOTitle", "site_title", "blog_title", "sitename", "masthead_title")
"""Keys with the blog's title in themes without `title`."""
_TITLED = ("site", "blog", "theme", "header", "seo", "info", "text", "i18n", "brand")
"""Mappings in which themes have it."""
DEFAULTS: Mapping[str, Any] = {
    "collections_dir": "",
    "layouts_dir": "_layouts",
    "data_dir": "_data",
    "includes_dir": "_includes",
    "excerpt_separator": "\n\n",
    "permalink": "date",
    "paginate_path": "/page:num",
    "markdown": "kramdown",
    "highlighter": "rouge",
    "plugins": [],
}
"""The defaults of Jekyll that a post may read."""
UNKNOWN_ZONE = "UTC"
"""The time zone that Jekyll uses for an unknown name, like Asia/Beijing."""
_EXCLUDED = (
    *(".sass-cache", ".jekyll-cache", "gemfiles", "Gemfile", "Gemfile.lock", "node_modules"),
    *("vendor/bundle/", "vendor/cache/", "vendor/gems/", "vendor/ruby/"),
)
_OURS = ("site.toml", "templates/")
_TEXTS = ("title", "description", "url", "baseurl", "timezone", "permalink")
_TRANSLATED = ("title", "description")
"""Texts that may be a mapping by language, as for jekyll-polyglot."""
_LABEL = regex(r"[^a-z0-9_\-.]", re.I)
"""Characters that Jekyll removes from the name of a collection."""
_WIKI_PATTERN = r"\[\["
"""What the regular expressions of such plugins contain."""
_URL = regex(r"https?://[^\s/?#]+(/[^\s?#]*)?")


def read_config(root: Path) -> Site:
    """Read the settings of a Jekyll blog; code runs only if a post asks for it.

    Raises SettingsError, at the line, if Jekyll could not read the file either.
    """
    site = _read(root)
    if not site.lang:
        language = detect_language(root, f"{site.title} {site.description}")
        site = replace(site, lang=language)
    assert site.jekyll
    config = site.jekyll.config
    place, menu = read_menu(root, config, site.lang)
    jekyll = replace(site.jekyll, wiki_links=_has_wiki_links(root, config), menu_place=place)
    kramdown = {**math_options(root, config), **site.kramdown}
    return replace(site, menu=menu, jekyll=jekyll, kramdown=kramdown)


def _has_wiki_links(root: Path, config: Mapping[str, Any]) -> bool:
    """True if one of the blog's plugins makes links of `[[title]]`."""
    if any("wiki" in name for name in named_plugins(config)):
        return True
    for path in sorted((config_folder(root) / "_plugins").glob("*.rb")):
        with suppress(OSError):
            if _WIKI_PATTERN in path.read_text("utf-8", "replace"):
                return True
    return False


def _read(root: Path) -> Site:
    folder = config_folder(root)
    name = next((name for name in CONFIGS if (folder / name).is_file()), "")
    if not name:
        return _site(_Config("", {}, ""))
    try:
        text = decode(name, (folder / name).read_bytes())
        values, _ = read_mapping(text.replace("\u2028", " "), allow_duplicates=True)
    except EvergreenError as error:
        raise SettingsError(*error.problems) from None
    except OSError as error:
        raise SettingsError(Problem(name, 0, 0, f"cannot be read: {error.strerror}")) from None
    except MappingError as error:
        raise _fault(name, text, error.index, error.message, error.advice) from None
    return _site(_Config(name, values, text))


@dataclass(frozen=True, slots=True)
class _Config:
    """The parsed file."""

    name: str
    values: Mapping[str, Any]
    text: str

    def fault(self, key: str, message: str, advice: str) -> SettingsError:
        """Return an error at the value of a key."""
        return _fault(self.name, self.text, index_of(self.text, (key,)), message, advice)

    def line(self, key: str, default: str = "") -> str:
        """Read a text; numbers are converted as written. Raises SettingsError for a list."""
        value = self.values.get(key)
        if key in _TRANSLATED and isinstance(value, dict):
            value = self._translated(value)
        if isinstance(value, (dict, list)):
            raise self.fault(key, f"'{key}' is {describe(value)}", "write a text")
        return default if value is None or value is False else str(value).strip()

    def _translated(self, texts: Mapping[str, Any]) -> Any:
        """Return the text in the blog's main language, or the first one."""
        wanted = (self.values.get(key) for key in ("default_lang", "lang", "locale", "language"))
        first = next(iter(texts.values()), "")
        return next((texts[str(tag)] for tag in wanted if str(tag) in texts), first)

    def names(self, key: str) -> tuple[str, ...]:
        """Read a list of texts. Raises SettingsError for another value."""
        value = self.values.get(key)
        if value is None:
            return ()
        if not isinstance(value, list):
            raise self.fault(key, f"'{key}' is {describe(value)}", "write it as a list")
        return tuple(str(item) for item in value if item is not None)


def _site(config: _Config) -> Site:
    texts = {key: config.line(key) for key in _TEXTS}
    style = texts["permalink"] or "date"
    own = _options(config, "posts").get("permalink")
    template = str(own) if own else PERMALINKS.get(style, style)
    if unknown := unknown_placeholder(template):
        message = f"the permalink has an unknown placeholder '{unknown}'"
        raise config.fault("permalink", message, "Jekyll's are :categories, :title, :year, …")
    base = texts["baseurl"].strip("/")
    url = texts["url"].rstrip("/")
    jekyll = _jekyll_config(config, style)
    site = Site(
        title=texts["title"] or _title(config.values) or "Blog",
        description=" ".join(texts["description"].split()),
        url=url if _URL.fullmatch(url) else "",
        baseurl=f"/{base}" if base else "",
        lang=_language(config),
        author=_author(config.values.get("author")),
        permalink=template,
        liquid="all",
        kramdown=_kramdown(config),
        vendors=_vendors(config.values.get("vendors")),
        timezone=jekyll.timezone,
        comments=read_comments(config.values),
        analytics=read_analytics(config.values),
        head=HeadOptions(meta=read_verifications(config.values)),
        citations=_citations(jekyll),
        jekyll=jekyll,
    )
    paginate = config.values.get("paginate")
    site = replace(site, execute=replace(site.execute, enabled=False))
    return replace(site, paginate=paginate) if type(paginate) is int and paginate > 0 else site


def _title(values: Mapping[str, Any]) -> str:
    """Return the title of a blog whose theme has another key for it, or a mapping of its own; ""
    without one."""
    parts = [values, *(values[key] for key in _TITLED if isinstance(values.get(key), dict))]
    found = (part.get(key) for part in parts for key in ("title", *TITLES))
    texts = (" ".join(text.split()) for text in found if isinstance(text, str))
    return next(filter(None, texts), "")


def _jekyll_config(config: _Config, style: str) -> JekyllConfig:
    markdown = config.line("markdown_ext", "markdown,mkdown,mkdn,mkd,md")
    timezone = config.line("timezone")
    return JekyllConfig(
        config={**DEFAULTS, **config.values},
        file=config.name,
        keys=tuple(map(str, config.values)),
        style=style,
        include=config.names("include") if "include" in config.values else (".htaccess",),
        exclude=(*config.names("exclude"), *_EXCLUDED, *_OURS),
        defaults=tuple(_defaults(config)),
        collections=tuple(_collections(config, style)),
        collections_dir=_collections_dir(config),
        timezone=timezone if not timezone or _is_zone(timezone) else UNKNOWN_ZONE,
        markdown=tuple(f".{suffix.strip().lower()}" for suffix in markdown.split(",")),
        pages=_pages(config),
        feeds=_feeds(config.values.get("feed")),
        scholar=read_scholar(config.values),
        emoji="jemoji" in named_plugins(config.values),
        header_pages=header_pages(config.values),
        future=config.values.get("future") is True,
        drafts=config.values.get("show_drafts") is True,
        unpublished=config.values.get("unpublished") is True,
    )


def _defaults(config: _Config) -> list[FrontMatterDefaults]:
    """Read the front-matter defaults; sets that are not valid are ignored, as in Jekyll."""
    found = config.values.get("defaults")
    sets = [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []
    return [
        FrontMatterDefaults(each["values"], _path(scope.get("path")), _kind(scope.get("type")))
        for each in sets
        if isinstance(each.get("values"), dict)
        if isinstance(scope := each.get("scope") or {}, dict)
    ]


def _collections(config: _Config, style: str) -> Iterator[Collection]:
    """Read the collections, which are a mapping or a list of names."""
    base = _collections_dir(config)
    found = config.values.get("collections")
    for key in found if isinstance(found, (dict, list)) else ():
        name, options = _LABEL.sub("", str(key)), _options(config, key)
        if not name or name in ("posts", "data"):
            continue
        order = options.get("order")
        template = options.get("permalink")
        yield Collection(
            name,
            f"{base}/_{name}" if base else f"_{name}",
            output=bool(options.get("output", False)),
            permalink=str(template) if template else collection_template(style),
            order=tuple(map(str, order)) if isinstance(order, list) else (),
            sort_by=str(options.get("sort_by") or ""),
        )


def _options(config: _Config, name: Any) -> Mapping[str, Any]:
    """Read the options of a collection."""
    collections = config.values.get("collections")
    options = collections.get(name) if isinstance(collections, dict) else None
    return options if isinstance(options, dict) else {}


def _collections_dir(config: _Config) -> str:
    value = config.line("collections_dir").strip("/")
    return "" if flaw(value) else value


def _path(value: Any) -> str:
    path = value if isinstance(value, str) else ""
    return path.strip("/") if path.startswith("/") else path


def _kind(value: Any) -> str | None:
    old = {"page": "pages", "post": "posts", "draft": "drafts"}
    return None if value is None else old.get(str(value), str(value))


def _kramdown(config: _Config) -> Mapping[str, Any]:
    """Read the options of the Markdown dialect; `mathjax: true` for the whole blog is one of them,
    under any of the names that themes use.
    """
    options = config.values.get("kramdown")
    found = dict(options) if isinstance(options, dict) else {}
    asks = any(config.values.get(key) is True for key in MATHJAX)
    return {**found, "mathjax": True} if asks else found


def _pages(config: _Config) -> str:
    """Read jekyll-paginate's `paginate_path`, if the blog is paginated."""
    path = config.line("paginate_path", "/page:num").strip("/")
    if not config.values.get("paginate") or ":num" not in path or flaw(path.replace(":num", "2")):
        return "page/:num/"
    return path if path.endswith(".html") else f"{path}/"


def _feeds(options: Any) -> FeedAddresses:
    """Read jekyll-feed's options; those that are not valid are ignored, as in Jekyll."""
    if not isinstance(options, dict):
        return FeedAddresses()
    path = str(options.get("path") or "").strip("/")
    tags = options.get("tags")
    chosen = tags if isinstance(tags, dict) else {}
    folder = str(chosen.get("path") or "feed/by_tag").strip("/") if tags else ""
    return FeedAddresses(
        path="" if path and flaw(path) else path,
        categories=_strings(options.get("categories")),
        tags="" if not folder or flaw(folder) else f"{folder}/",
        without_tags=_strings(chosen.get("except")),
        only_tags=_strings(chosen.get("only")),
    )


def _strings(value: Any) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list) else ()


def _citations(jekyll: JekyllConfig) -> CitationOptions:
    """Return how sources are cited: jekyll-scholar's own style names the author."""
    by_author = jekyll.scholar is not None and not jekyll.scholar.by_number
    return CitationOptions(style="author-year" if by_author else "number")


def _vendors(value: Any) -> Mapping[str, str]:
    """Read the hosts of pictures by name, as in site.toml."""
    found = value.items() if isinstance(value, dict) else ()
    return {str(name): str(url) for name, url in found if _URL.fullmatch(str(url))}


def _language(config: _Config) -> str:
    """Read the blog's language; "" if it names none."""
    for key in ("lang", "locale", "language"):
        value = config.values.get(key)
        if isinstance(value, str) and LANGUAGE.fullmatch(tag := value.replace("_", "-")):
            return tag
    return ""


def _author(value: Any) -> str:
    if isinstance(value, dict):
        value = value.get("name")
    return "" if value is None or isinstance(value, (dict, list)) else str(value)


def _is_zone(name: str) -> bool:
    from zoneinfo import ZoneInfo  # late: most blogs name none

    try:
        return bool(ZoneInfo(name))
    except (ValueError, OSError, LookupError):
        return False


def _fault(name: str, text: str, index: int, message: str, advice: str) -> SettingsError:
    return SettingsError(Problem(name, *place_in(text, index), message, advice))

"""Report what migrating from Jekyll changes: differences, blocks that could run, dead links.

Nothing is published; `migrate_runs` runs the posts, if asked to.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from evergreen.build.config_keys import ANALYTICS, COMMENTS, ConfigKey, config_keys
from evergreen.build.linkcheck import collect_links
from evergreen.build.migrate_runs import TrialRun
from evergreen.build.options import BuildOptions
from evergreen.build.static_files import COMPILED
from evergreen.check.links import find_broken
from evergreen.content.jekyll.detect import named_plugins
from evergreen.content.jekyll.files import NOTEBOOK, JekyllFiles, find_files, ignored_files
from evergreen.content.jekyll.menu import KEYS
from evergreen.content.static_pages import NO_DATE
from evergreen.dataclass import dataclass
from evergreen.errors import Problem
from evergreen.model import JekyllConfig, Page, Site
from evergreen.model.settings import AnalyticsOptions, CommentsOptions
from evergreen.regex import regex
from evergreen.site.fingerprint import page_links

_CELL = regex(r'<div class="cell[ "]')
_BARE = ("", "none", "null", "nil", "false")
_MARKDOWN = ("kramdown", "gfm", "kramdown-gfm")
_LIKES = {
    "jekyll-feed": "/feed.xml, and a feed for each tag",
    "jekyll-sitemap": "/sitemap.xml",
    "jekyll-seo-tag": "in the head of each page",
    "jekyll-paginate": "`paginate` and `paginate_path`",
    "jekyll-paginate-v2": "`paginate` and `paginate_path`",
    "jekyll-redirect-from": "`redirect_from`",
    "jekyll-archives": "pages of tags, categories and the archive",
    "jekyll-relative-links": "links to .md files",
    "jekyll-titles-from-headings": "",
    "jekyll-gist": "a link to the gist",
    "jekyll-toc": "a table of contents beside each post",
    "jekyll-last-modified-at": "`last_modified_at`",
    "jekyll-include-cache": "`include_cached`",
    "jekyll-katex": "formulas as MathML",
    **dict.fromkeys(
        ("jekyll-imagemagick", "jekyll-responsive-image", "jekyll_picture_tag", "jekyll-webp"),
        "copies of the pictures in several sizes, made without it",
    ),
    **dict.fromkeys(
        ("jekyll-scholar", "jekyll/scholar"),
        "`{% cite %}`, `{% bibliography %}`, `{% reference %}` and `{% quote %}`",
    ),
    **dict.fromkeys(("jekyll-wikilinks", "jekyll-wikirefs"), "`[[title]]` links to notes"),
    "jemoji": "`:smile:` as its character",
    "jekyll-coffeescript": "",
    "jekyll-default-layout": "",
    "jekyll-optional-front-matter": "",
    "jekyll-readme-index": "",
}
"""Plugins, and what does their work here; "" for what a post does not show."""

_COMMENTS = "write [comments] in site.toml"
_ANALYTICS = "write [analytics] in site.toml"
_MENU = "write [menu] in site.toml"
_YOURS = {
    **dict.fromkeys(COMMENTS, _COMMENTS),
    **dict.fromkeys(ANALYTICS, _ANALYTICS),
    **dict.fromkeys(
        ("favicon", "logo", "social", "authors"),
        "the templates are Evergreen's: put it into templates/",
    ),
    **dict.fromkeys(KEYS, _MENU),
}
"""Keys of `_config.yml` that themes and plugins read, and what is left to do."""


@dataclass(frozen=True, slots=True)
class PostMigration:
    """What migrating changes for one post or page."""

    path: str
    url: str
    findings: tuple[Problem, ...] = ()
    """What differs from Jekyll's page, and links that are dead, by line."""
    blocks: int = 0
    """Blocks of code that would run with `execute: true`."""
    runs: bool = False
    """They do: the post asks for it."""


@dataclass(frozen=True, slots=True)
class Migration:
    """What migrating changes for a blog."""

    posts: tuple[PostMigration, ...]
    """Of all posts and pages that can be read, by path."""
    notes: tuple[str, ...]
    """What concerns the blog as a whole."""
    problems: tuple[Problem, ...] = ()
    """What cannot be read."""
    runs: tuple[TrialRun, ...] = ()
    """What happened when the posts ran, if they did."""
    keys: tuple[ConfigKey, ...] = ()
    """What becomes of each key of `_config.yml`."""


def migrate(options: BuildOptions) -> Migration:
    """Report what changes for a Jekyll blog; its settings must say that it is one."""
    jekyll = options.site.jekyll
    assert jekyll
    found = collect_links(options)
    findings: dict[str, list[Problem]] = defaultdict(list)
    for problem in (
        *found.warnings,
        *find_broken(map(page_links, found.pages), found.link_targets),
    ):
        findings[problem.path].append(problem)
    posts = (_migrate_post(page, findings[path]) for path, page in found.all_pages.items())
    pages, files = list(found.all_pages.values()), find_files(options.root, jekyll)
    notes = tuple(_notes(options.root, options.site, jekyll, pages, files))
    left = {key: advice for key, advice in _YOURS.items() if not _is_done(options.site, advice)}
    keys = config_keys(options.root, jekyll, jekyll.keys, files, left)
    return Migration(tuple(posts), notes, tuple(found.unread), keys=tuple(keys))


def _migrate_post(page: Page, said: Sequence[Problem]) -> PostMigration:
    findings = sorted(set(said), key=lambda problem: (problem.line, problem.column, problem))
    blocks = len(_CELL.findall(page.content))
    return PostMigration(
        page.post.path, page.post.url, tuple(findings), blocks, page.post.execute.enabled
    )


def _notes(
    root: Path, site: Site, jekyll: JekyllConfig, pages: Sequence[Page], files: JekyllFiles
) -> Iterator[str]:
    layouts = Counter(_layout(page.post.meta) for page in pages)
    for name, count in sorted(layouts.items(), key=lambda pair: (-pair[1], pair[0])):
        if name not in _BARE and (root / f"_layouts/{name}.html").exists():
            users = f"{count} page{'' if count == 1 else 's'}"
            yield f"_layouts/{name}.html is not used ({users}): the templates are Evergreen's"
    yield from _plugins(root, jekyll.config)
    for key, advice in _YOURS.items():
        if jekyll.config.get(key) and not _is_done(site, advice):
            yield f"`{key}` of {jekyll.file or '_config.yml'} is not taken over: {advice}"
    if "/" in jekyll.menu_place:
        yield f"the menu is that of {jekyll.menu_place}: [menu] in site.toml replaces it"
    if theme := jekyll.config.get("theme") or jekyll.config.get("remote_theme"):
        yield f"the theme {theme} is not used: the templates are Evergreen's"
    zone = str(jekyll.config.get("timezone") or "").strip()
    if zone not in (jekyll.timezone, ""):
        yield (
            f"the time zone '{zone}' is not known: times are {jekyll.timezone}, as Jekyll takes "
            "them; a name like Asia/Shanghai gives the blog its own"
        )
    markdown = str(jekyll.config.get("markdown") or "kramdown")
    if markdown.lower() not in _MARKDOWN:
        yield f"the Markdown of {markdown} is not used: posts are read as kramdown reads them"
    yield from _old_posts(site, pages)
    for path in files.others:
        if path.endswith(COMPILED):
            yield f"{path} is not compiled: it belongs to the theme"
    for path in ignored_files(root, jekyll):
        why = _CONVERT if path.endswith(NOTEBOOK) else "no post has such a name"
        yield f"{path} is passed over: {why}"


_CONVERT = "Jekyll has no notebooks: convert it with 'jupyter nbconvert --to markdown'"


def _is_done(site: Site, advice: str) -> bool:
    """True if site.toml has what the advice asks for."""
    done = {
        _COMMENTS: site.comments != CommentsOptions(),
        _ANALYTICS: site.analytics != AnalyticsOptions(),
        _MENU: bool(site.menu),
    }
    return done.get(advice, False)


def _old_posts(site: Site, pages: Sequence[Page]) -> Iterator[str]:
    """Yield a note if posts with Python code are from several years."""
    dated = [page.post.date for page in pages if _CELL.search(page.content)]
    years = sorted({date.year for date in dated if date != NO_DATE})
    if len(years) > 1 and not site.execute.as_of:
        posts = f"{len(dated)} posts with code are from {years[0]} to {years[-1]}"
        advice = 'as_of = "date" in [execute] of site.toml runs each with the releases of its day'
        yield f"{posts}: {advice}"


def _plugins(root: Path, config: Mapping[str, Any]) -> Iterator[str]:
    for name in named_plugins(config):
        if name not in _LIKES:
            yield f"the plugin {name} does not run"
        elif _LIKES[name]:
            yield f"the plugin {name}: {_LIKES[name]} here"
    for path in sorted((root / "_plugins").glob("*.rb")):
        yield f"_plugins/{path.name} does not run"


def _layout(meta: Mapping[str, Any]) -> str:
    return str(meta.get("layout") or "")

"""Static pages, `pages/*.md`: about, imprint, a list of projects.

They are parsed, run and rendered like posts, but need no date, and are in the menu instead of lists
and feeds.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from evergreen.content import fields
from evergreen.content.files import source_files
from evergreen.content.formats import SUFFIXES
from evergreen.content.frontmatter import FrontMatter
from evergreen.content.permalinks import Location, address, read_language, read_slug, split_language
from evergreen.content.timezones import zone
from evergreen.model import Post, Site

FOLDER = "pages"
LAYOUT = "page"
BARE = "none"
"""Layout of a page that is a complete HTML document: no template is used."""
MISSING = "/404.html"
"""Hosts show it for URLs that do not exist; a page with this URL replaces ours."""
APART = (MISSING, "/404/", "/404")
"""URLs of a page for what is missing: it is in no menu, sitemap or search. Jekyll makes the others
of `404.md`, where URLs have no suffix."""
NO_DATE = datetime(1970, 1, 1, tzinfo=UTC)
"""Date of a page, or of a Jekyll draft, that has none."""


def find_pages(root: Path, suffixes: tuple[str, ...] = SUFFIXES) -> list[str]:
    """Return the paths of the static pages, relative to the blog's root, sorted."""
    return sorted(source_files(root, FOLDER, suffixes))


def is_page_file(path: str) -> bool:
    """True if a source file is a static page, by its path."""
    return path.startswith(f"{FOLDER}/") and "/_posts/" not in path


def is_static(post: Post) -> bool:
    """True for a static page: by its path, or by its layout, as in Jekyll."""
    return is_page_file(post.path) or post.layout in (LAYOUT, BARE)


def place_page(path: str, front_matter: FrontMatter, site: Site) -> Location:
    """Return the location of a page: `pages/a/b.md` → `/a/b/`, `pages/a/index.md` → `/a/`,
    `b.en.md` below `/en`; so does `posts/a/b.qmd`, without a date.

    The slug of a page in a folder includes the folder, since translations are found by slug.
    """
    *folders, name = path.partition("/")[2].rpartition(".")[0].split("/")
    name, suffix = split_language(name, front_matter, site)
    parts = folders if name == "index" else [*folders, name]
    if not parts and not is_page_file(path):
        parts = [path.partition("/")[0]]  # not the home page
    slug = read_slug(front_matter, "-".join(parts) or name)
    date = fields.moment(front_matter, "date", zone(site.timezone)) or NO_DATE
    url = address(front_matter, f"/{'/'.join(parts)}/", (), slug, date, suffix)
    return Location(slug, date, url, read_language(front_matter, suffix or site.lang), LAYOUT)

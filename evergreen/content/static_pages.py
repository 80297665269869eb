"""Static pages, `pages/*.md`: about, imprint, a list of projects.

They are read, run and rendered as posts are, but need no date, and stand in the menu instead of
lists and feeds.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from evergreen.content import fields
from evergreen.content.files import source_files
from evergreen.content.frontmatter import FrontMatter
from evergreen.content.permalinks import Location, address, read_language, read_slug, split_language
from evergreen.model import Post, Site

FOLDER = "pages"
LAYOUT = "page"
BARE = "none"
"""The layout of a page that is a whole document: no template is filled with it."""
MISSING = "/404.html"
"""Hosts show it where there is nothing at an address; a page that stands here replaces ours."""
NO_DATE = datetime(1970, 1, 1, tzinfo=UTC)
"""The date of a page, or of a moved blog's draft, that gives none."""


def find_pages(root: Path) -> list[str]:
    """The paths of the static pages, relative to the blog's root, sorted."""
    return sorted(source_files(root, FOLDER))


def is_page_file(path: str) -> bool:
    """Whether a source file is a static page, by where it stands."""
    return path.startswith(f"{FOLDER}/") and "/_posts/" not in path


def is_static(post: Post) -> bool:
    """Whether it is a static page: by where it stands, or by its layout as in Jekyll."""
    return is_page_file(post.path) or post.layout in (LAYOUT, BARE)


def place_page(path: str, head: FrontMatter, site: Site) -> Location:
    """`pages/a/b.md` stands at `/a/b/`, `pages/a/index.md` at `/a/`, `b.en.md` below `/en`.

    The slug of one in a folder names the folder too: translations are found by it.
    """
    *folders, name = path.removeprefix(f"{FOLDER}/").rpartition(".")[0].split("/")
    name, suffix = split_language(name, head, site)
    parts = folders if name == "index" else [*folders, name]
    slug = read_slug(head, "-".join(parts) or name)
    date = fields.moment(head, "date") or NO_DATE
    url = address(head, f"/{'/'.join(parts)}/", (), slug, date, suffix)
    return Location(slug, date, url, read_language(head, suffix or site.lang), LAYOUT)

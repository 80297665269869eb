"""Parse a source file into a Post, from its front matter and its file name.

The keys are those of Jekyll blogs; keys that are unknown here reach the templates in `Post.meta`.
"""

from __future__ import annotations

import contextlib
import re
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from evergreen.content import execution_keys, fields, keys
from evergreen.content.files import source_files
from evergreen.content.formats import SUFFIXES, read_source_text
from evergreen.content.frontmatter import FrontMatter, no_front_matter
from evergreen.content.jekyll.files import find_files
from evergreen.content.jekyll.posts import form_of, jekyll_location, read_head, read_leniently
from evergreen.content.permalinks import Location, address, read_language, read_slug, split_language
from evergreen.content.static_pages import FOLDER as PAGES
from evergreen.content.static_pages import find_pages, is_page_file, place_page
from evergreen.content.timezones import zone
from evergreen.errors import EvergreenError, Problem, fault
from evergreen.model import Post, Site

FOLDER = "posts"
_NAME = re.compile(r"(?:(\d{4}-\d\d?-\d\d?)-)?(.+)\.\w+")


def find_posts(root: Path, site: Site | None = None) -> list[str]:
    """Return the paths of the blog's posts and static pages, relative to its root, sorted.

    A source file (`formats.SUFFIXES`) is a post if it is directly below posts/, has a date in its
    name, or is named index; one below pages/ is a page. In a Jekyll blog, Jekyll's rules hold.
    """
    if site and site.jekyll:
        files = find_files(root, site.jekyll)
        return sorted([*files.posts, *files.pages])
    posts = (path for path in source_files(root, FOLDER) if _is_post(path))
    return sorted([*posts, *find_pages(root)])


def read_branch(root: Path, branch: str, site: Site) -> list[Post]:
    """Return the posts and static pages of a git branch, without those that are not valid.

    Raises EvergreenError if git does not know the branch.
    """
    listing = ["git", "ls-tree", "-r", "-z", "--name-only", branch, f"{FOLDER}/", f"{PAGES}/"]
    # A name that is not UTF-8 is not the name of a post.
    listed = subprocess.run(
        listing, cwd=root, capture_output=True, encoding="utf-8", errors="replace"
    )
    if listed.returncode:
        raise fault(branch, "no such branch", "git branch --all lists them")
    posts = []
    for path in filter(None, listed.stdout.split("\0")):
        if path.endswith(SUFFIXES) and (is_page_file(path) or _is_post(path)):
            show = subprocess.run(
                ["git", "show", f"{branch}:./{path}"], cwd=root, capture_output=True
            )
            with contextlib.suppress(EvergreenError):
                posts.append(parse_post(path, show.stdout, site))
    return posts


def parse_post(path: str, source: bytes, site: Site) -> Post:
    """Parse one file. Raises EvergreenError with every wrong key, each at its line."""
    head, found = _read_jekyll(path, source, site) if site.jekyll else _read(path, source, site)
    place: Location = found.pop("place")
    found["kernel"], found["language"] = found.pop("jupyter")
    found["layout"] = found["layout"] or place.layout
    found["title"] = found["title"] or place.slug.replace("-", " ").capitalize()
    post = Post(
        path=path,
        slug=place.slug,
        date=place.date,
        url=place.url,
        lang=place.lang,
        file=place.file,
        body=head.body,
        body_line=head.body_line,
        origin=head.origin,
        stored=head.stored,
        attachments=head.attachments,
        bundle=path.rpartition("/")[0],
        meta=head.values,
        lines=keys.lines(head),
        **found,
    )
    return replace(post, places=places) if (places := _places(head.text, post)) else post


def _places(text: str, post: Post) -> dict[str, int]:
    """Return the line of each URL in the front matter, which begins on line 2.

    A picture on a vendor's host is found by its file name.
    """
    image = (post.image.url, post.image.creditlink) if post.image else ()
    found = {
        url: text.find(url) for url in (*image, *(each.url for each in post.references)) if url
    }
    for url in image[:1]:
        found[url] = found[url] if found[url] >= 0 else text.find(url.rpartition("/")[2])
    return {url: text.count("\n", 0, at) + 2 for url, at in found.items() if at >= 0}


def _read(path: str, source: bytes, site: Site) -> tuple[FrontMatter, dict[str, Any]]:
    head = read_source_text(path, source, site.baseurl)
    if not head.found:
        raise no_front_matter(path, head.body)
    return head, _read_all(head, site)


def _read_jekyll(path: str, source: bytes, site: Site) -> tuple[FrontMatter, dict[str, Any]]:
    assert site.jekyll
    head = read_head(path, source, site.jekyll)
    found, warnings = read_leniently(FIELDS, head, site)
    return head, {**found, "warnings": warnings, **form_of(head, site.jekyll)}


def _read_all(head: FrontMatter, site: Site) -> dict[str, Any]:
    """Read every field of a post from its front matter, by name."""
    found: dict[str, Any] = {}
    problems: list[Problem] = []
    for name, read in FIELDS.items():
        try:
            found[name] = read(head, site)
        except EvergreenError as error:
            problems += error.problems
    if problems:
        raise EvergreenError(*dict.fromkeys(sorted(problems)))
    return found


def _place(head: FrontMatter, site: Site) -> Location:
    """Return the location of the page, by the file's name; for an index, by its folder's name."""
    if site.jekyll:
        return jekyll_location(head, site, site.jekyll)
    if is_page_file(head.path):
        return place_page(head.path, head, site)
    parts = head.path.split("/")
    stem, _, suffix = parts[-1].rpartition(".")
    name = f"{parts[-2]}.{suffix}" if stem == "index" else parts[-1]
    name_date, name = _NAME.fullmatch(name).groups("")  # type: ignore[union-attr]
    name, suffix = split_language(name, head, site)
    slug = read_slug(head, name)
    where = zone(site.timezone)
    date = fields.moment(head, "date", where) or fields.parse_moment(name_date, where)
    if date is None:
        what = f"the date in the file's name, {name_date}, does not exist"
        advice = "name the file YYYY-MM-DD-slug.md, or give 'date:'"
        raise fault(head.path, what if name_date else "the post has no date", advice, line=1)
    categories = fields.names(head, "categories", "category")
    url = address(head, site.permalink, categories, slug, date, suffix)
    return Location(slug, date, url, read_language(head, suffix or site.lang), "post")


FIELDS: Mapping[str, Callable[[FrontMatter, Site], Any]] = {
    "place": _place,
    "title": lambda head, site: fields.text(head, "title"),
    "layout": lambda head, site: keys.layout(head),
    "theme": lambda head, site: fields.text(head, "theme"),
    "excerpt": lambda head, site: fields.text(head, "excerpt", fields.text(head, "description")),
    "modified": lambda head, site: (
        fields.moment(head, "modified", zone(site.timezone))
        or fields.moment(head, "last_modified_at", zone(site.timezone))
    ),
    "author": keys.author,
    "categories": lambda head, site: fields.names(head, "categories", "category"),
    "tags": lambda head, site: fields.names(head, "tags", "tag"),
    "image": keys.image,
    "references": lambda head, site: keys.references(head),
    "bibliography": lambda head, site: keys.bibliography(head),
    "series": lambda head, site: keys.series(head),
    "comments": lambda head, site: fields.flag(head, "comments"),
    "share": lambda head, site: fields.flag(head, "share"),
    "redirect_from": lambda head, site: keys.redirects(head),
    "draft": lambda head, site: fields.flag(head, "draft"),
    "published": lambda head, site: fields.flag(head, "published", True),
    "jupyter": lambda head, site: execution_keys.kernel(head),
    "execute": execution_keys.execute,
    "check": execution_keys.check,
    "data": lambda head, site: execution_keys.data(head),
}
"""Functions that read the fields of a post; `place` and `jupyter` give several fields."""


def _is_post(path: str) -> bool:
    name = path.rpartition("/")[2]
    return path.count("/") == 1 or name.rpartition(".")[0] == "index" or name[:4].isdigit()

"""Parse a source file into a Post, from its front matter and its file name.

The keys are those of Jekyll blogs; keys that are unknown here reach the templates in `Post.meta`.
"""

from __future__ import annotations

import contextlib
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from evergreen.content import fields, frontmatter_keys
from evergreen.content.files import source_files
from evergreen.content.formats import read_source_text, suffixes
from evergreen.content.frontmatter import FrontMatter, no_front_matter
from evergreen.content.jekyll.files import find_files
from evergreen.content.jekyll.posts import (
    complete_front_matter,
    jekyll_location,
    read_each,
    read_leniently,
    source_fields,
    without_control_characters,
)
from evergreen.content.permalinks import Location, address, read_language, read_slug, split_language
from evergreen.content.plugin_hooks import with_plugins
from evergreen.content.quarto_files import is_document, is_excluded
from evergreen.content.static_pages import FOLDER as PAGES
from evergreen.content.static_pages import LAYOUT, NO_DATE, find_pages, is_page_file, place_page
from evergreen.content.timezones import zone
from evergreen.dataclass import replace
from evergreen.errors import EvergreenError, Problem, fault
from evergreen.model import ExecuteOptions, Post, Site
from evergreen.model.post import is_foreign
from evergreen.model.settings import OF_POST
from evergreen.regex import regex

FOLDER = "posts"
_UNDATED = "the post has no date: it is a page, and in no list"
_DATE_IT = "name the file YYYY-MM-DD-slug.md, or give 'date:'"
_BY_NAME = "the date in the file's name is used: write it as 2026-11-21"
_INDEX = regex(r"index(\.[A-Za-z-]+)?\.\w+")
"""The post of a folder, or a translation of it: `index.md`, `index.zh.md`."""
_NAME = regex(r"(?:(\d{4}-\d\d?-\d\d?)-)?(.+)\.\w+")


def find_posts(root: Path, site: Site | None = None) -> list[str]:
    """Return the paths of the blog's posts and static pages, relative to its root, sorted.

    A source file (`formats.suffixes`) is a post if it is directly below posts/, has a date in its
    name, is named index, or is a document of a project of Quarto or MyST; one below pages/ is a
    page. In a Jekyll blog, Jekyll's rules hold.
    """
    if site and site.jekyll:
        files = find_files(root, site.jekyll)
        return sorted([*files.posts, *files.pages])
    known = suffixes(site or Site())
    shared = site.shared if site else {}
    posts = (
        path
        for path in source_files(root, FOLDER, known)
        if _is_post(path) or is_document(path, shared)
    )
    found = (*posts, *find_pages(root, known))
    return sorted(path for path in found if not is_excluded(path, shared))


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
        if path.endswith(suffixes(site)) and (is_page_file(path) or _is_post(path)):
            show = subprocess.run(
                ["git", "show", f"{branch}:./{path}"], cwd=root, capture_output=True
            )
            with contextlib.suppress(EvergreenError):
                posts.append(parse_post(path, show.stdout, site))
    return posts


def parse_post(path: str, source: bytes, site: Site) -> Post:
    """Parse one file. Raises EvergreenError with every wrong key, each at its line."""
    front_matter, found = (
        _read_jekyll(path, source, site) if site.jekyll else _read(path, source, site)
    )
    place: Location = found.pop("place")
    found["kernel"], found["language"] = found.pop("jupyter")
    found["execute"] = _with_day(found["execute"], place.date, found["modified"])
    found["layout"] = found["layout"] or place.layout
    found["title"] = found["title"] or place.slug.replace("-", " ").capitalize()
    post = Post(
        path=path,
        slug=place.slug,
        date=place.date,
        url=place.url,
        lang=place.lang,
        file=place.file,
        body=front_matter.body,
        body_line=front_matter.body_line,
        cell_form=front_matter.cell_form,
        parts=front_matter.parts,
        origin=front_matter.origin,
        stored=front_matter.stored,
        attachments=front_matter.attachments,
        bundle=path.rpartition("/")[0],
        meta=front_matter.values,
        lines=frontmatter_keys.lines(front_matter),
        **found,
    )
    if places := _places(front_matter.text, post):
        post = replace(post, places=places)
    return with_plugins(post, site) if site.hooks else post


def _with_day(
    options: ExecuteOptions, published: datetime, modified: datetime | None
) -> ExecuteOptions:
    """Return the options with a day as `as_of`: `date` is the later one of a post's dates, but no
    later than today.
    """
    if options.as_of != OF_POST:
        return options
    latest = max(published, modified or published)
    day = min(latest.date(), datetime.now(UTC).date())
    return replace(options, as_of="" if latest == NO_DATE else day.isoformat())


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
    warnings: list[Problem] = []
    if is_foreign(path, "fence"):
        source, removed = without_control_characters(path, source)
        warnings += removed
    front_matter = read_source_text(path, source, site)
    warnings += front_matter.warnings
    if not front_matter.found:
        raise no_front_matter(path, front_matter.body)
    if is_foreign(path, front_matter.cell_form):
        found, doubtful = read_each(_FIELDS, front_matter, site, _OF_RUNS)
        warnings += doubtful
    else:
        found = _read_all(front_matter, site)
    place: Location = found["place"]
    if place.layout == LAYOUT and not is_page_file(path):
        warnings.append(Problem(path, 1, 0, _UNDATED, _DATE_IT, "warning"))
        front_matter = replace(front_matter, values={"nav": False, **front_matter.values})
    if wrong := _wrong_date(front_matter, site):
        warnings += (replace(each, severity="warning", advice=_BY_NAME) for each in wrong.problems)
    return front_matter, {**found, "warnings": tuple(warnings)}


def _read_jekyll(path: str, source: bytes, site: Site) -> tuple[FrontMatter, dict[str, Any]]:
    assert site.jekyll
    source, removed = without_control_characters(path, source)
    front_matter = complete_front_matter(path, source, site.jekyll)
    found, warnings = read_leniently(_FIELDS, front_matter, site)
    return front_matter, {
        **found,
        "warnings": (*removed, *warnings),
        **source_fields(front_matter, site.jekyll),
    }


def _read_all(front_matter: FrontMatter, site: Site) -> dict[str, Any]:
    """Read every field of a post from its front matter, by name."""
    found: dict[str, Any] = {}
    problems: list[Problem] = []
    for name, read in _FIELDS.items():
        try:
            found[name] = read(front_matter, site)
        except EvergreenError as error:
            problems += error.problems
    if problems:
        raise EvergreenError(*dict.fromkeys(sorted(problems)))
    return found


def _place(front_matter: FrontMatter, site: Site) -> Location:
    """Return the location of the page, by the file's name; for an index, by its folder's name."""
    if site.jekyll:
        return jekyll_location(front_matter, site, site.jekyll)
    if is_page_file(front_matter.path):
        return place_page(front_matter.path, front_matter, site)
    parts = front_matter.path.split("/")
    name = parts[-1]
    if _INDEX.fullmatch(name):
        name = parts[-2] + name.removeprefix("index")
    name_date, name = _NAME.fullmatch(name).groups("")  # type: ignore[union-attr]
    name, suffix = split_language(name, front_matter, site)
    slug = read_slug(front_matter, name)
    where = zone(site.timezone)
    by_name = fields.parse_moment(name_date, where)
    wrong = _wrong_date(front_matter, site)
    if wrong and not (by_name and not front_matter.path.endswith(".md")):
        raise wrong
    date = (None if wrong else fields.moment(front_matter, "date", where)) or by_name
    if date is None and not name_date and is_foreign(front_matter.path, front_matter.cell_form):
        return place_page(front_matter.path, front_matter, site)
    if date is None:
        what = f"the date in the file's name, {name_date}, does not exist"
        raise fault(
            front_matter.path, what if name_date else "the post has no date", _DATE_IT, line=1
        )
    categories = fields.names(front_matter, "categories", "category")
    url = address(front_matter, site.permalink, categories, slug, date, suffix)
    return Location(slug, date, url, read_language(front_matter, suffix or site.lang), "post")


def _wrong_date(front_matter: FrontMatter, site: Site) -> EvergreenError | None:
    try:
        fields.moment(front_matter, "date", zone(site.timezone))
    except EvergreenError as error:
        return error
    return None


_FIELDS = {"place": _place, **frontmatter_keys.FIELDS}
_OF_RUNS = ("place", "execute", "check", "jupyter", "references")
"""Fields that must be valid in a file of another tool too: they say what runs, or name files."""


def _is_post(path: str) -> bool:
    name = path.rpartition("/")[2]
    if name.startswith("_"):  # a part that posts include, as in Quarto and Jekyll
        return False
    return path.count("/") == 1 or bool(_INDEX.fullmatch(name)) or name[:4].isdigit()

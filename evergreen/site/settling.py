"""Two pages with one address in a blog that moves in: which of them has it.

Jekyll writes both, and the later one stays: of two posts the newer. A page of theirs that lists
posts where a list of ours stands gives way to it. Each that is not shown is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from evergreen.content.static_pages import is_static
from evergreen.errors import Problem
from evergreen.model import Page, Site
from evergreen.model.urls import file_of, path_of
from evergreen.paths import folded
from evergreen.site.fingerprint import lists_posts
from evergreen.site.listings import find_listings, page_url

LISTED = "listed"
"""The rule of a page that lists posts and gives way to a list of ours: nothing is lost by it."""
_ADVICE = "give one of them another address"


def settle(site: Site, pages: Sequence[Page]) -> tuple[list[Page], list[Problem]]:
    """The pages that have their addresses, in their order, and a warning for each other one; all of
    them where the blog is ours, whose addresses are found to collide later.
    """
    if not site.moved:
        return list(pages), []
    lists = {folded(path) for path in _list_files(site, pages)}
    owners: dict[str, Page] = {}
    for page in sorted(pages, key=_rank):
        owners.setdefault(folded(file_of(page.post)), page)
    problems: list[Problem] = []
    shown = []
    for page in pages:
        file = folded(file_of(page.post))
        if file in lists and is_static(page.post):
            what = f"{page.post.url} is a list that Evergreen makes, which stands there instead"
            rule = LISTED if lists_posts(page.post) else ""
            problems.append(_told(page, what, "give it another address to keep it", rule))
        elif owners[file] is not page:
            what = (
                f"{page.post.url} is also the address of {owners[file].post.path}, which is shown"
            )
            problems.append(_told(page, what, _ADVICE))
        else:
            shown.append(page)
    return _without_old(shown, {*lists, *map(folded, map(_file, shown))}), problems


def _rank(page: Page) -> tuple[bool, float, str]:
    """Posts before pages, newer before older."""
    return is_static(page.post), -page.post.date.timestamp(), page.post.path


def _list_files(site: Site, pages: Iterable[Page]) -> set[str]:
    posts = [page for page in pages if not is_static(page.post)]
    return {path_of(page_url(each, each.number)) for each in find_listings(site, posts)}


def _without_old(pages: Iterable[Page], taken: set[str]) -> list[Page]:
    """The pages without old addresses that are somebody's address now."""
    found = []
    for page in pages:
        kept = []
        for old in page.post.redirect_from:
            if (file := folded(path_of(old))) not in taken:
                taken.add(file)
                kept.append(old)
        same = tuple(kept) == page.post.redirect_from
        found.append(
            page if same else replace(page, post=replace(page.post, redirect_from=tuple(kept)))
        )
    return found


def _file(page: Page) -> str:
    return file_of(page.post)


def _told(page: Page, message: str, advice: str, rule: str = "") -> Problem:
    line = page.post.lines.get("permalink", 1)
    return Problem(page.post.path, line, 0, message, advice, "warning", rule=rule)

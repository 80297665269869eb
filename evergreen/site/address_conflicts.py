"""Find posts with the same file or the same tag address, before anything is made.

Each side gets a problem. Of two posts neither is published: only the author knows which was meant.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from evergreen.content.static_pages import is_static
from evergreen.dataclass import dataclass, replace
from evergreen.errors import Problem
from evergreen.model import Listing, Page, Post, Site
from evergreen.model.urls import file_of, path_of, slug
from evergreen.paths import casefolded
from evergreen.site.fingerprint import ASSETS, gives_way, lists_posts
from evergreen.site.listings import YIELDING, find_listings, page_url
from evergreen.site.tasks import TaskFailure

_ADVICE = "give one of them another"
_UNICODE = ", which has the same name, but for its Unicode form"


@dataclass(frozen=True, slots=True)
class _Claim:
    """A post or a list that needs a file."""

    file: str
    name: str
    """What it is, as the other side's message names it."""
    post: Post | None = None
    key: str = ""
    """The key of the post's front matter that may give the address."""


def find_collisions(
    pages: Sequence[Page],
    listings: Iterable[Listing],
    files: Iterable[tuple[str, str]] = (),
    *,
    confusions: bool = True,
) -> list[TaskFailure]:
    """Return a failure for each post with a file that another post, a list or the site has too.

    Files are the same if a filesystem may ignore case or Unicode form. A post also fails if it
    spells a tag so that the tag has the address of another, unless `confusions` is False. `files`
    are the site's own, with what each is. A conflict of two lists is a failure without a post.
    """
    failures = [
        *_clashes([*_claims(pages, listings), *(_Claim(file, name) for file, name in files)])
    ]
    return [*failures, *_all_confusions(pages)] if confusions else failures


def _all_confusions(pages: Sequence[Page]) -> Iterator[TaskFailure]:
    oldest_first = sorted((page.post for page in pages), key=lambda post: (post.date, post.path))
    for kind, noun in (("tags", "tag"), ("categories", "category")):
        yield from _confusions(oldest_first, kind, noun)


def _claims(pages: Iterable[Page], listings: Iterable[Listing]) -> Iterator[_Claim]:
    for page in pages:
        post = page.post
        yield _Claim(file_of(post), f"the address of {post.path}", post, "permalink")
        for old in {path_of(old): old for old in post.redirect_from}:
            yield _Claim(old, f"an old address of {post.path}", post, "redirect_from")
        for file in page.artifacts:
            if not file.path.startswith(ASSETS):  # figures are shared, and named by content
                yield _Claim(file.path, f"a download of {post.path}", post, "slug")
    for listing in listings:
        url = page_url(listing, listing.number)
        yield _Claim(path_of(url), f"the list of {listing.title or listing.kind}")


def _clashes(claims: Sequence[_Claim]) -> Iterator[TaskFailure]:
    owners: dict[str, _Claim] = {}
    pairs: set[tuple[int, int]] = set()  # once two pages clash, so does what is beside them
    for claim in claims:
        owner = owners.setdefault(casefolded(claim.file), claim)
        pair = id(claim.post), id(owner.post)
        if owner is not claim and not (claim.post and owner.post and pair in pairs):
            pairs.add(pair)
            yield from _both(claim, owner)
    folders: set[str] = set()
    for key, claim in owners.items():
        folder = key.rpartition("/")[0]
        while folder and folder not in folders:
            folders.add(folder)
            if folder in owners:
                yield from _both(claim, owners[folder])
            folder = folder.rpartition("/")[0]


def _both(one: _Claim, other: _Claim) -> Iterator[TaskFailure]:
    """Yield the failure of each side that is a post; a list or a file of the site is right."""
    sides = [pair for pair in ((one, other), (other, one)) if pair[0].post]
    for mine, its in sides[: 1 if one.post is other.post else 2]:
        assert mine.post
        post = mine.post
        what = f"{_address(mine)} is also {its.name}{_difference(mine, its)}"
        yield TaskFailure(post.path, (Problem(post.path, _line(post, mine.key), 0, what, _ADVICE),))
    if not sides:
        both = f"{one.name} and {other.name}" if one.name != other.name else "two files of the site"
        what = f"{both} have one address, {_address(one)}"
        yield TaskFailure("", (Problem("site.toml", message=what, advice=_ADVICE),))


def _difference(mine: _Claim, its: _Claim) -> str:
    """Describe in what two spellings of one address differ."""
    if its.file == mine.file:
        return _UNICODE if mine.post and its.post and _are_one(mine.post, its.post) else ""
    if casefolded(its.file) != casefolded(mine.file):
        return f", {_address(its)}: one asks for a file, the other for a folder of its name"
    same = its.file.lower() == mine.file.lower()
    return f", {_address(its)}, but for {'the case of letters' if same else 'its Unicode form'}"


def _are_one(post: Post, other: Post) -> bool:
    """True for two names of files that look the same."""
    names = [unicodedata.normalize("NFC", each.path) for each in (post, other)]
    return post.path != other.path and names[0] == names[1]


def _address(claim: _Claim) -> str:
    return f"/{claim.file.removesuffix('index.html')}"


def _line(post: Post, key: str) -> int:
    return post.lines.get(key, post.lines.get("slug", 1))


def _confusions(posts: Iterable[Post], kind: str, noun: str) -> Iterator[TaskFailure]:
    """Yield failures of posts whose tag has the address of another tag of an older post."""
    owners: dict[str, tuple[str, str, str]] = {}
    for post in posts:
        for name in getattr(post, kind):
            key, spelling = slug(name), _spelling(name)
            owner = owners.setdefault(key, (spelling, name, post.path))
            if owner[0] != spelling:
                what = f"the {noun} '{name}' has the address of '{owner[1]}' in {owner[2]}"
                line = post.lines.get(kind, 1)
                problem = Problem(post.path, line, 0, what, "rename one, or write both alike")
                yield TaskFailure(post.path, (problem,))


@lru_cache(10_000)
def _spelling(name: str) -> str:
    """Return a key that is equal for names that readers take for the same."""
    return re.sub(r"[\s_-]+", "-", unicodedata.normalize("NFC", name).casefold()).strip("-")


LISTED = "listed"
"""The rule of a page that lists posts and gives way to a list of ours: nothing is lost by it."""
_ADVICE_ADDRESS = "give one of them another address"


def settle(site: Site, pages: Sequence[Page]) -> tuple[list[Page], list[Problem]]:
    """Resolve URL conflicts as Jekyll does: the newer post wins; return the pages, and warnings.
    Tags with the same address share a list.

    A blog that is not Jekyll's keeps all pages: `find_collisions` reports its conflicts.
    """
    if not site.jekyll:
        return list(pages), []
    lists = {casefolded(path) for path in _list_files(site, pages)}
    owners: dict[str, Page] = {}
    for page in _in_rank(pages):
        owners.setdefault(casefolded(file_of(page.post)), page)
    problems = [
        replace(problem, severity="warning", advice=f"both are in one list: {problem.advice}")
        for failure in _all_confusions(pages)
        for problem in failure.problems
    ]
    shown = []
    for page in pages:
        file = casefolded(file_of(page.post))
        if file in lists and is_static(page.post):
            what = f"{page.post.url} is a list that Evergreen makes: the list is published"
            rule = LISTED if lists_posts(page.post) or gives_way(page.post) else ""
            problems.append(_told(page, what, "give it another address to keep it", rule))
        elif owners[file] is not page:
            what = (
                f"{page.post.url} is also the address of {owners[file].post.path}, which is shown"
            )
            problems.append(_told(page, what, _ADVICE_ADDRESS))
        else:
            shown.append(page)
    return _without_old(shown, {*lists, *map(casefolded, map(_file, shown))}), problems


def _in_rank(pages: Iterable[Page]) -> list[Page]:
    """Sort pages as Jekyll's writing decides: posts before pages, newer before older, then the last
    by path, or of pages by name.
    """
    found = sorted(pages, key=lambda page: page.post.path)
    found.sort(key=lambda page: _sorted_name(page.post), reverse=True)
    return sorted(found, key=lambda p: (is_static(p.post), -p.post.date.timestamp()))


def _sorted_name(post: Post) -> str:
    return post.path.rpartition("/")[2] if is_static(post) else post.path


def _list_files(site: Site, pages: Iterable[Page]) -> set[str]:
    posts = [page for page in pages if not is_static(page.post)]
    statics = [page for page in pages if is_static(page.post)]
    listings = find_listings(site, posts, statics)
    lists = (each for each in listings if each.kind not in YIELDING)
    return {path_of(page_url(each, each.number)) for each in lists}


def _without_old(pages: Iterable[Page], taken: set[str]) -> list[Page]:
    """Remove old addresses that are the address of another page now."""
    found = []
    for page in pages:
        kept = []
        for old in page.post.redirect_from:
            if (file := casefolded(path_of(old))) not in taken:
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

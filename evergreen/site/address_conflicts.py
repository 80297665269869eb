"""What would be one file of the site, or one tag: found before anything is made.

Both sides are told. Where both are posts' neither is published: which of them was meant is for the
author to say.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from evergreen.errors import Problem
from evergreen.model import Listing, Page, Post
from evergreen.model.urls import file_of, path_of, slug
from evergreen.paths import folded
from evergreen.site.fingerprint import ASSETS
from evergreen.site.listings import page_url
from evergreen.site.tasks import Failure

_ADVICE = "give one of them another"


@dataclass(frozen=True, slots=True)
class _Claim:
    """Somebody who asks for a file."""

    file: str
    name: str
    """What it is, as the other side's message names it."""
    post: Post | None = None
    key: str = ""
    """The key of the post's front matter that may give the address."""


def find_collisions(
    pages: Sequence[Page], listings: Iterable[Listing], files: Iterable[str] = ()
) -> list[Failure]:
    """A failure for each post that asks for a file that is also somebody else's, on a disk that may
    not tell case or Unicode forms apart; and for each that spells a tag so that it has the address
    of another. `files` are the site's own. Two lists with one address are a failure of no post.
    """
    failures = [
        *_clashes(
            [*_claims(pages, listings), *(_Claim(file, "a file of the site") for file in files)]
        )
    ]
    for kind, noun in (("tags", "tag"), ("categories", "category")):
        failures += _confusions(pages, kind, noun)
    return failures


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


def _clashes(claims: Sequence[_Claim]) -> Iterator[Failure]:
    owners: dict[str, _Claim] = {}
    for claim in claims:
        owner = owners.setdefault(folded(claim.file), claim)
        if owner is not claim:
            yield from _both(claim, owner)
    folders: set[str] = set()
    for key, claim in owners.items():
        folder = key.rpartition("/")[0]
        while folder and folder not in folders:
            folders.add(folder)
            if folder in owners:
                yield from _both(claim, owners[folder])
            folder = folder.rpartition("/")[0]


def _both(one: _Claim, other: _Claim) -> Iterator[Failure]:
    """What each side is told; a list or a file of the site is right as it is."""
    sides = [pair for pair in ((one, other), (other, one)) if pair[0].post]
    for mine, its in sides[: 1 if one.post is other.post else 2]:
        assert mine.post
        post = mine.post
        what = f"{_address(mine)} is also {its.name}{_difference(mine, its)}"
        yield Failure(post.path, (Problem(post.path, _line(post, mine.key), 0, what, _ADVICE),))
    if not sides:
        what = f"{one.name} and {other.name} have one address, {_address(one)}"
        yield Failure("", (Problem("site.toml", message=what, advice=_ADVICE),))


def _difference(mine: _Claim, its: _Claim) -> str:
    """What two addresses differ in, although they are one."""
    if its.file == mine.file:
        return ""
    if folded(its.file) != folded(mine.file):
        return f", {_address(its)}: one asks for a file, the other for a folder of its name"
    same = its.file.lower() == mine.file.lower()
    return f", {_address(its)}, but for {'the case of letters' if same else 'its Unicode form'}"


def _address(claim: _Claim) -> str:
    return f"/{claim.file.removesuffix('index.html')}"


def _line(post: Post, key: str) -> int:
    return post.lines.get(key, post.lines.get("slug", 1))


def _confusions(pages: Sequence[Page], kind: str, noun: str) -> Iterator[Failure]:
    """Posts, newer than another, whose tag has the address of another tag of that one."""
    owners: dict[str, tuple[str, str, str]] = {}
    for page in sorted(pages, key=lambda page: (page.post.date, page.post.path)):
        post = page.post
        for name in getattr(post, kind):
            key, spelling = slug(name), _spelling(name)
            owner = owners.setdefault(key, (spelling, name, post.path))
            if owner[0] != spelling:
                what = f"the {noun} '{name}' has the address of '{owner[1]}' in {owner[2]}"
                line = post.lines.get(kind, 1)
                problem = Problem(post.path, line, 0, what, "rename one, or write both alike")
                yield Failure(post.path, (problem,))


def _spelling(name: str) -> str:
    """Equal for names that readers take for one: another case, a hyphen for a blank."""
    return re.sub(r"[\s_-]+", "-", unicodedata.normalize("NFC", name).casefold()).strip("-")

"""Two pages, lists or old addresses that would be one file: found before anything is written."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator

from evergreen.addresses import path_of
from evergreen.errors import EvergreenError, Problem
from evergreen.lists import page_url
from evergreen.model import Listing, Page


def check_addresses(pages: Iterable[Page], listings: Iterable[Listing]) -> None:
    """Raises EvergreenError naming both of any two that would be one file on some disk."""
    owners: dict[str, str] = {}
    problems = []
    for path, owner in _claims(pages, listings):
        key = unicodedata.normalize("NFC", path).casefold()
        if (other := owners.setdefault(key, owner)) != owner:
            message = f"has the address of {other}, /{path}"
            problems.append(Problem(owner, message=message, advice="give one of them another"))
    if problems:
        raise EvergreenError(*problems)


def _claims(pages: Iterable[Page], listings: Iterable[Listing]) -> Iterator[tuple[str, str]]:
    for page in pages:
        yield path_of(page.post.url), page.post.path
        for old in page.post.redirect_from:
            yield path_of(old), f"{page.post.path} (redirect_from)"
    for listing in listings:
        url = page_url(listing, listing.number)
        yield path_of(url), f"the list of {listing.title or listing.kind} ({url})"

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
    owners: dict[str, tuple[str, str]] = {}
    problems = []
    for file, path, name in _claims(pages, listings):
        key = unicodedata.normalize("NFC", file).casefold()
        other_path, other = owners.setdefault(key, (path, name))
        if other != name:
            message = f"{name} and {other} have one address, /{file}"
            advice = "give one of them another"
            problems.append(Problem(path or other_path, message=message, advice=advice))
    if problems:
        raise EvergreenError(*problems)


def _claims(pages: Iterable[Page], listings: Iterable[Listing]) -> Iterator[tuple[str, str, str]]:
    """Each file, with the post that asks for it ("" for a list) and what it is."""
    for page in pages:
        path = page.post.path
        yield path_of(page.post.url), path, path
        for old in page.post.redirect_from:
            yield path_of(old), path, f"'redirect_from' of {path}"
    for listing in listings:
        url = page_url(listing, listing.number)
        yield path_of(url), "", f"the list of {listing.title or listing.kind} ({url})"

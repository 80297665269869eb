"""Cached pages in three parts: a `PageSummary`, which every build reads; the page without its
content, for lists and other pages; and the content, which is read on demand.
"""

from __future__ import annotations

import marshal
import pickle
from collections.abc import Mapping
from dataclasses import field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from evergreen.build.cache import database
from evergreen.build.cache.pickling import dumps, pack, seal, unpack, unseal
from evergreen.build.pdf_links import pdf_url
from evergreen.build.spool import Spool, SpooledContent
from evergreen.content.static_pages import is_static
from evergreen.dataclass import dataclass, replace
from evergreen.errors import Problem
from evergreen.model import Artifact, ExistingContent, LinkedFile, Page, PageLinks
from evergreen.site.fingerprint import metadata_hash, page_links

Stamp = tuple[int, ...]
"""Size, inode, modification and status time of a file; empty where it cannot be relied on."""


class PageSummary(NamedTuple):
    """Index row of a cached page: everything that every build needs."""

    source: str
    """The SHA-256 of its post's file, with those that it names; "" where it must be read again."""
    stamp: Stamp
    """Of the file, which alone is the source."""
    digest: str
    """See `Page.digest`."""
    metadata_hash: str
    """See `fingerprint.metadata_hash`."""
    date: datetime
    draft: bool
    published: bool
    """These three of its post."""
    static: bool
    """See `posts.pages.is_static`."""
    uses: Mapping[str, str]
    """Of its post."""
    requires: tuple[str, ...]
    """The packages that its post asks for."""
    stand_ins: tuple[str, ...]
    blocks: int
    ran: int
    """These three of the page."""
    page_links: PageLinks
    files: tuple[tuple[str, str], ...]
    """Path and SHA-256 of its figures and downloads."""
    linked: tuple[LinkedFile, ...]
    """Files of the blog that the page names."""
    pdf: str
    """Address of the PDF that it links to; "" for none."""
    key: str = ""
    """The execution key; "" where the post has no code that may run."""
    record: str = ""
    """What names the execution that is shown; "" where the code was not run."""
    problems: tuple[Problem, ...] = ()
    """Warnings, reported in each build."""


_DATE, _USES, _LINKS = map(PageSummary._fields.index, ("date", "uses", "page_links"))


def pack_summary(summary: PageSummary) -> bytes:
    """Return a summary as bytes that are read four times as fast as a pickle: each build reads all.

    What few pages have is pickled: links to check, warnings, dates of other time zones.
    """
    links = summary.page_links
    rare = links.hyperlinks, summary.linked, summary.problems
    zoned = None if summary.date.tzinfo is UTC else summary.date
    values = list(summary._replace(linked=(), problems=()))
    values[_DATE] = "" if zoned else summary.date.isoformat()
    values[_USES] = dict(summary.uses)
    values[_LINKS] = tuple(links._replace(hyperlinks=()))
    others = dumps((zoned, *rare)) if zoned or any(rare) else b""
    try:
        return seal(marshal.dumps((values, others)))
    except ValueError:  # a subclass of `str`
        return pack(summary)


def unpack_summary(packed: bytes) -> PageSummary:
    """Return the summary that `pack_summary` packed. Raises an exception if it is damaged."""
    content = unseal(packed)
    if content.startswith(pickle.PROTO):
        return unpack(packed)  # type: ignore[no-any-return]
    values, others = marshal.loads(content)
    values[_LINKS] = PageLinks._make(values[_LINKS])
    values[_DATE] = datetime.fromisoformat(values[_DATE]) if values[_DATE] else datetime.min
    summary = PageSummary._make(values)
    if not others:
        return summary
    zoned, hyperlinks, linked, problems = pickle.loads(others)
    return summary._replace(
        date=zoned or summary.date,
        page_links=summary.page_links._replace(hyperlinks=hyperlinks),
        linked=linked,
        problems=problems,
    )


@dataclass(frozen=True)
class StoredPages:
    """The pages of the last build without their content, read when the first of them is wanted:
    most edits need none of them.
    """

    folder: Path

    @cached_property
    def packed(self) -> Mapping[str, bytes]:
        """The pickled pages by the path of the post; none if they cannot be read."""
        try:
            return database.read_pages(self.folder)
        except OSError:
            return {}


@dataclass(frozen=True)
class CachedPage:
    """A page that was made."""

    summary: PageSummary
    stored: Page | bytes | StoredPages = field(repr=False)
    """The page, or (without its content) pickled, or where it is."""
    content: SpooledContent | None = field(default=None, repr=False)
    """The whole page, pickled, if it was made in this build and `stored` is without its content."""
    indexed: SpooledContent | bytes = field(default=b"", repr=False)
    """Its part of the search index, packed, if it was made in this build."""
    files: tuple[Artifact, ...] = field(default=(), repr=False)
    """Figures and downloads, if it has `content`."""

    @cached_property
    def page(self) -> Page:
        """Return the page, without its content if it was read from the cache (see `whole`).

        Raises CacheMissing.
        """
        return self.read()

    def read(self) -> Page:
        """Return the same, without holding it in memory. Raises CacheMissing."""
        if isinstance(self.stored, Page):
            return self.stored
        return _unpacked(self.packed, self.summary.digest, self.summary.page_links.path)

    @property
    def packed(self) -> bytes:
        """The page without its content, pickled; b"" if it is lost."""
        if isinstance(self.stored, StoredPages):
            return self.stored.packed.get(self.summary.page_links.path, b"")
        return pack(slim(self.stored)) if isinstance(self.stored, Page) else self.stored


class CacheMissing(Exception):
    """A cached page is not there, or damaged."""


def entry_of(
    page: Page,
    source: str,
    stamp: Stamp = (),
    key: str = "",
    record: str = "",
    problems: tuple[Problem, ...] = (),
    indexed: bytes = b"",
) -> CachedPage:
    """Return the cache entry of a page made now.

    `indexed` is its part of the search index; the other parameters are fields of its summary.
    """
    post = page.post
    summary = PageSummary(
        source=source,
        stamp=stamp,
        digest=page.digest,
        metadata_hash=metadata_hash(page),
        date=post.date,
        draft=post.draft,
        published=post.published,
        static=is_static(post),
        uses=post.uses,
        requires=post.execute.requires,
        stand_ins=page.stand_ins,
        blocks=page.blocks,
        ran=page.ran,
        page_links=page_links(page),
        files=tuple((file.path, file.sha256) for file in page.artifacts),
        linked=page.files,
        pdf=pdf_url(page),
        key=key,
        record=record,
        problems=problems,
    )
    return CachedPage(summary, page, indexed=indexed)


def spooled(entry: CachedPage, spool: Spool) -> CachedPage:
    """Return the entry of a page that was made now with its content in the spool."""
    page = entry.stored
    if not isinstance(page, Page) or page.slim:
        return entry
    packed, content = pack(slim(page)), pack(page)
    indexed = entry.indexed
    part = spool.add(indexed) if isinstance(indexed, bytes) and indexed else indexed
    place = spool.add(content)
    files = tuple(_within(place, content, file) for file in page.artifacts)
    return CachedPage(entry.summary, packed, place, part, files)


def _within(place: SpooledContent, packed: bytes, file: Artifact) -> Artifact:
    """Return a file of a page with its content where it is in the pickled page."""
    content = file.content
    if not isinstance(content, bytes) or (at := packed.find(content)) < 0:
        return file
    offset = place.offset + at
    return replace(file, content=SpooledContent(place.spool, offset, len(content), file.sha256))


def part_of(entry: CachedPage) -> bytes:
    """Return its part of the search index, packed; empty if it was not made in this build."""
    return entry.indexed if isinstance(entry.indexed, bytes) else entry.indexed.read()


def unspooled(entry: CachedPage) -> Page:
    """Return the whole page of an entry that `spooled` returned."""
    assert entry.content
    page = unpack(entry.content.read())
    assert isinstance(page, Page)
    return page


def slim(page: Page) -> Page:
    """Return the page without everything that no other page shows of it."""
    if page.slim:
        return page
    files = tuple(replace(file, content=ExistingContent(file.sha256)) for file in page.artifacts)
    post = replace(page.post, body="")
    links = page_links(page).hyperlinks
    return replace(
        page, slim=True, content="", toc=(), post=post, artifacts=files, hyperlinks=links
    )


def whole(folder: Path, page: Page) -> Page:
    """Return the page with its content and files. Raises CacheMissing."""
    return _read_whole(folder, page.digest, page.post.path) if page.slim else page


def read_whole(folder: Path, entry: CachedPage) -> Page:
    """Return the page of an entry with its content and files. Raises CacheMissing."""
    if isinstance(entry.stored, Page):
        return whole(folder, entry.stored)
    return _read_whole(folder, entry.summary.digest, entry.summary.page_links.path)


def _read_whole(folder: Path, digest: str, path: str) -> Page:
    try:
        content = database.read_content(folder, digest)
    except (LookupError, OSError):
        raise CacheMissing(path) from None
    return _unpacked(content, digest, path)


def _unpacked(packed: bytes, digest: str, path: str) -> Page:
    try:
        found = unpack(packed)
    except Exception:  # a damaged one can fail in any way
        raise CacheMissing(path) from None
    if not isinstance(found, Page) or found.digest != digest:
        raise CacheMissing(path)
    return found

"""A page → its part of the search index.

This part depends on the page alone, so it is made where the page is made, and kept with it.
"""

from __future__ import annotations

import json
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from evergreen.content.static_pages import NO_DATE
from evergreen.model import Page, Site
from evergreen.model.hashing import sha256
from evergreen.model.urls import href
from evergreen.site.search.sections import Section, read_sections
from evergreen.site.search.words import fold, words_of

TITLE, EXTRA = 24, 8
"""Factors of a weight's parts: 24 · title + 8 · (1 heading, 2 tag or category) + body."""
_SHORT_TITLE = 5
"""Words; a title that says little else says more of each."""
_BODY = 7
"""The highest weight of a word in the body."""
_SATURATION, _USUAL_LENGTH = 1.2, 512
"""`k` of BM25 (Robertson and Zaragoza 2009), and its mean length in words."""


class IndexedPost(NamedTuple):
    """The part of one post."""

    name: str
    """Names its file of texts: a hash of it."""
    lang: str
    keys: tuple[str, str]
    """Hashes that it shares with its translations: of the slug, of the file's name."""
    words: Mapping[str, int]
    """Word → weight, 1 to 71."""
    code: Mapping[str, int]
    """The same of its code blocks."""
    texts: bytes
    """What a result shows, for excerpts and links to sections: JSON, compressed."""


def index_post(site: Site, page: Page) -> IndexedPost:
    """Return the part of a whole page."""
    post = page.post
    sections = read_sections(page.content)
    texts = compress(_texts(site, page, sections))
    return IndexedPost(
        short_hash(texts),
        post.lang,
        (short_hash(post.slug), short_hash(_file_name(post.path, post.lang))),
        _weights(
            post.title,
            (section.heading for section in sections),
            (*post.tags, *post.categories),
            (section.text for section in sections),
        ),
        _weights("", (), (), (section.code for section in sections)),
        texts,
    )


def short_hash(content: str | bytes) -> str:
    """Return twelve hexadecimal digits (48 bits) of the SHA-256."""
    return sha256(content)[:12]


def compress(text: str) -> bytes:
    """Return the text in UTF-8 as gzip (RFC 1952) without a time, so that equal texts are equal."""
    packer = zlib.compressobj(6, zlib.DEFLATED, 31)
    return packer.compress(text.encode("utf-8", "replace")) + packer.flush()


def decompress(content: bytes) -> str:
    """Return the text that `compress` was given. Raises ValueError if it is damaged."""
    try:
        return zlib.decompress(content, 31).decode("utf-8")
    except zlib.error as error:
        raise ValueError(str(error)) from None


def _texts(site: Site, page: Page, sections: Iterable[Section]) -> str:
    post = page.post
    date = "" if post.date == NO_DATE else f"{post.date:%Y-%m-%d}"
    parts = [[each.anchor, each.heading, each.text, each.code] for each in sections]
    found = {"url": href(site, post.url), "title": post.title, "date": date, "parts": parts}
    return json.dumps(found, ensure_ascii=False, separators=(",", ":"))


def _file_name(path: str, lang: str) -> str:
    return path.rpartition(".")[0].removesuffix(f".{lang}")


def _weights(
    title: str, headings: Iterable[str], tags: Iterable[str], texts: Iterable[str]
) -> dict[str, int]:
    """Return the weight of each word: the title counts for most, then tags, headings, the text."""
    headed = words_of(fold("\n".join(headings)))
    body = Counter(words_of(fold("\n".join(texts))))
    body.update(headed)
    weights = _body_weights(body)
    extra = dict.fromkeys(headed, EXTRA) | dict.fromkeys(words_of(fold("\n".join(tags))), 2 * EXTRA)
    titled = words_of(fold(title))
    strength = TITLE * (2 if len(titled) <= _SHORT_TITLE else 1)
    for parts in (extra, dict.fromkeys(titled, strength)):
        for word, more in parts.items():
            weights[word] = weights.get(word, 0) + more
    return weights


def _body_weights(counts: Counter[str]) -> dict[str, int]:
    """Return BM25's factor of each word in a few steps, the length in powers of two.

    Steps keep the weights of most words as they are when a few words are edited.
    """
    length = 1 << max(counts.total(), 1).bit_length()
    rest = _SATURATION * (0.25 + 0.75 * length / _USUAL_LENGTH)
    steps = {count: 1 + int((_BODY - 1) * count / (count + rest)) for count in {*counts.values()}}
    return {word: steps[count] for word, count in counts.items()}

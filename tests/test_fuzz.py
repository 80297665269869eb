"""Posts that are changed at random: each becomes a page, or is told with its place.

`EVERGREEN_FUZZ=20000 python -m pytest -m slow tests/test_fuzz.py` tries more of them, and
`EVERGREEN_FUZZ_SEED` others.
"""

from __future__ import annotations

import os
import random
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from bad_posts import messages_of, read_corpus

COUNT = int(os.environ.get("EVERGREEN_FUZZ", "3000"))
SEED = int(os.environ.get("EVERGREEN_FUZZ_SEED", "7"))
PATH = "posts/2026-01-02-题.md"
LONGEST = 20_000
"""Bytes of a post that is tried."""
SECONDS = 20
"""That a post may take; a busy machine needs some."""
HEAD = "---\ntitle: 题\ntags: [甲, b]\ndate: 2026-01-02 10:00 +0800\n---\n\n"
TOKENS = [
    *"\t\n\r\0 :-[]{}<>|&*!%@`\"'\\#$~^_=+.,;()",
    *"字，。「」é\u2028\u200b\ufeff\u0301\x85\x1b",
    *["---\n", "```", "```python\n", "~~~", "$$", "{: .x}", "{::", "{:toc}", "[^1]", "]: ", "!["],
    *["](", "<div>", "</div>", "<!--", "<script>", "* ", "1. ", "> ", "    ", "|-|", "&amp;"],
    *["\\(", "#| ", "{% raw %}", "{{ x }}", "{% include x %}", "%}", "`{python} x`", "data: {x"],
    *["title:", "date: 2026-13-45", "tags: [", "&a [*a]", "<<: *a", "? "],
    *["|2", ": !!python/name:os"],
]  # fmt: skip
"""What is put in, anywhere."""


def good_sources() -> list[bytes]:
    """The sections of this blog's posts, each as a post."""
    posts = sorted((Path(__file__).parent.parent / "posts").glob("*.md"))
    bodies = [post.read_text("utf-8").split("---\n", 2)[2] for post in posts]
    parts = [part for body in bodies for part in re.split(r"^(?=## )", body, flags=re.M)]
    return [(HEAD + part).encode() for part in parts]


GOOD, BAD = good_sources(), [bad.source for bad in read_corpus()]

Change = Callable[[bytes, random.Random], bytes]


def _insert(source: bytes, chance: random.Random) -> bytes:
    at = chance.randint(0, len(source))
    token = chance.choice(TOKENS).encode() * chance.choice((1, 1, 1, 3, 50))
    return source[:at] + token + source[at:]


def _cut(source: bytes, chance: random.Random) -> bytes:
    at = chance.randint(0, len(source))
    return source[:at] + source[at + chance.choice((1, 2, 9, 99)) :]


def _byte(source: bytes, chance: random.Random) -> bytes:
    at = chance.randint(0, len(source))
    return source[:at] + bytes([chance.randint(0, 255)]) + source[at + 1 :]


def _repeat(source: bytes, chance: random.Random) -> bytes:
    start = chance.randint(0, len(source))
    piece = source[start : start + chance.choice((3, 20, 200))]
    at = chance.randint(0, len(source))
    return source[:at] + piece * chance.choice((1, 2, 30)) + source[at:]


def _shuffle(source: bytes, chance: random.Random) -> bytes:
    lines = source.splitlines(keepends=True)
    start = chance.randint(0, len(lines))
    piece = lines[start : start + chance.randint(2, 12)]
    chance.shuffle(piece)
    return b"".join([*lines[:start], *piece, *lines[start + len(piece) :]])


def _cross(source: bytes, chance: random.Random) -> bytes:
    other = chance.choice(GOOD + BAD)
    return source[: chance.randint(0, len(source))] + other[chance.randint(0, len(other)) :]


CHANGES: list[Change] = [_insert, _insert, _cut, _byte, _repeat, _shuffle, _cross]


def changed(number: int) -> bytes:
    """The post of a number."""
    chance = random.Random(SEED * 1_000_003 + number)
    source = chance.choice(chance.choice((GOOD, GOOD, BAD)))
    for _ in range(chance.choice((1, 1, 2, 3, 8))):
        source = chance.choice(CHANGES)(source, chance)
    return source[:LONGEST]


@pytest.mark.slow
@pytest.mark.parametrize("part", range(4))
def test_changed_posts_are_pages_or_told(part: int) -> None:
    """Whatever is said has a line, and is one line; nothing is raised, nothing takes for ever."""
    told = 0
    for number in range(part, COUNT, 4):
        source = changed(number)
        start = time.monotonic()
        said = messages_of(PATH, source)
        assert time.monotonic() - start < SECONDS, number
        assert all(re.match(r"\d+(:\d+)?: \S", each) for each in said), (number, said)
        assert all(len(each.splitlines()) == 1 for each in said), (number, said)
        told += bool(said)
    assert COUNT / 4 * 0.2 < told < COUNT / 4 * 0.95

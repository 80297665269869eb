"""Words with the posts that have them, shared out over files, so that a reader loads few of them.

A file ("shard") has a line for each of its words, sorted: the word, the numbers of its posts, each
as the difference to the one before, and a character for each weight. Which words share a file
depends on their first letters only: the words that begin as a reader types are in one file.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import accumulate
from operator import sub
from zlib import crc32

from evergreen.site.search.words import is_run

Postings = Sequence[int]
"""The posts that have a word, by number: 128 · number + weight of the word in it."""
_CONTENT = 6000
"""Pairs of a word and a post in a shard, on average, at most."""
_CORRECTED = 5
"""Letters of the shortest word that may be misspelt."""
_BITS, _WEIGHT = 7, 127
_ZERO = 33
"""The character of weight 0."""


def count_shards(pairs: int) -> int:
    """Return the number of shards for so many pairs of a word and a post: a power of two."""
    return 1 << max(0, (pairs - 1) // _CONTENT).bit_length()


def shard_of(key: str, count: int) -> int:
    """Return the number of the shard for a key."""
    return crc32(key.encode("utf-8", "surrogatepass")) & (count - 1)


def key_of(word: str) -> str:
    """Return the key of a word: its first three letters.

    Of a pair of characters it is the first, and two bits of the second: pairs with a frequent
    character are in four shards.
    """
    if is_run(word):
        return f"{word[0]}{ord(word[1]) & 3 if len(word) > 1 else 0}"
    return word[:3]


def spelling_keys(word: str) -> tuple[str, ...]:
    """Return the keys of a word among the words for corrections; none if it is not corrected.

    One slip leaves its first two letters or its last two as they are.
    """
    if len(word) < _CORRECTED or not word.isalpha() or is_run(word):
        return ()
    return f"^{word[:2]}", f"{word[-2:]}$"


def collect(posts: Iterable[Mapping[str, int]]) -> Mapping[str, Postings]:
    """Return the postings of each word of some posts, which are numbered from 0."""
    found: defaultdict[str, array[int]] = defaultdict(partial(array, "I"))
    for number, words in enumerate(posts):
        for word, weight in words.items():
            found[word].append(number << _BITS | weight)
    return found


def share_out(words: Iterable[str], count: int) -> list[list[str]]:
    """Return the words of each shard."""
    shards: list[list[str]] = [[] for _ in range(count)]
    numbers: dict[str, int] = {}
    for word in words:
        key = key_of(word)
        if key not in numbers:
            numbers[key] = shard_of(key, count)
        shards[numbers[key]].append(word)
    return shards


def write_shard(words: Mapping[str, Postings]) -> str:
    """Return the text of a shard; words without a post are left out."""
    return "\n".join(_line(word, words[word]) for word in sorted(words) if words[word])


def read_shard(text: str) -> dict[str, Postings]:
    """Return the words of a shard. Raises ValueError if it is damaged."""
    return dict(map(_read_line, text.split("\n"))) if text else {}


def amend(
    words: Mapping[str, Postings], changes: Mapping[str, Mapping[int, int]]
) -> dict[str, Postings]:
    """Return the words of a shard after changes: word → number of a post → weight, 0 for none."""
    amended = dict(words)
    for word, changed in changes.items():
        kept = [each for each in words.get(word, ()) if each >> _BITS not in changed]
        new = [number << _BITS | weight for number, weight in changed.items() if weight]
        amended[word] = sorted([*kept, *new])
    return amended


def spellings(words: Iterable[str], count: int) -> list[list[str]]:
    """Return the words for corrections of each shard."""
    shards: list[list[str]] = [[] for _ in range(count)]
    for word in words:
        for number in {shard_of(key, count) for key in spelling_keys(word)}:
            shards[number].append(word)
    return shards


def _line(word: str, postings: Postings) -> str:
    numbers = [each >> _BITS for each in postings]
    steps = ",".join(map(str, map(sub, numbers, [0, *numbers])))
    weights = bytes([(each & _WEIGHT) + _ZERO for each in postings]).decode("ascii")
    return f"{word}\t{steps}\t{weights}"


def _read_line(line: str) -> tuple[str, Postings]:
    word, steps, weights = line.split("\t")
    numbers = accumulate(map(int, steps.split(",")))
    pairs = zip(numbers, weights.encode("ascii"), strict=True)
    return word, [number << _BITS | weight - _ZERO for number, weight in pairs]


def changed_words(before: Mapping[str, int], after: Mapping[str, int]) -> Iterator[tuple[str, int]]:
    """Yield each word whose weight changes, with its new weight; 0 for one that is gone."""
    for word, weight in after.items():
        if before.get(word) != weight:
            yield word, weight
    yield from ((word, 0) for word in before if word not in after)

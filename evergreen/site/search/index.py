"""Indexed posts → the files of the search index, all of them or those that an edit changes.

Files are named by their content, so an old file never goes with a new one; only `index.bin`, which
names all others, keeps its name. They are compressed, since many hosts do not compress them.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from evergreen.dataclass import dataclass
from evergreen.site.search import shards
from evergreen.site.search.post import IndexedPost, compress, decompress, short_hash

FOLDER = "assets/search"
INDEX = f"{FOLDER}/index.bin"
_NAME = 12
"""Characters of a name."""
_NO_FILE = "-" * _NAME
_FEW_SPELLINGS = 8
"""Shards of words for each one of words for corrections."""
_FIELDS = ("words", "code")

Read = Callable[[str], bytes]
"""Returns the content of a file of the index; raises OSError."""


@dataclass(frozen=True, slots=True)
class PostChange:
    """A post that is another, new or gone."""

    number: int
    before: IndexedPost | None
    after: IndexedPost | None


@dataclass(frozen=True, slots=True)
class Contents:
    """What `index.bin` says: the names of all files, and what the results are sorted by."""

    posts: tuple[str, ...]
    """The names of the posts' texts."""
    langs: tuple[str, ...]
    """The language of each post."""
    keys: tuple[str, ...]
    """What each post shares with its translations: two names."""
    pairs: Mapping[str, int]
    """Pairs of a word and a post, of words and of code."""
    words: tuple[str, ...]
    code: tuple[str, ...]
    spellings: tuple[str, ...]
    """The names of the shards."""


@dataclass(frozen=True, slots=True)
class SearchIndex:
    """The files that are new, by path, and the paths of all."""

    new: Mapping[str, bytes]
    paths: frozenset[str]


def make_index(posts: Sequence[IndexedPost]) -> SearchIndex:
    """Return the index of some posts; no files for no posts."""
    if not posts:
        return SearchIndex({}, frozenset())
    files = _Files()
    for post in posts:
        files.add(post.texts, post.name)
    pairs = {name: sum(len(getattr(post, name)) for post in posts) for name in _FIELDS}
    found = {name: shards.collect(getattr(post, name) for post in posts) for name in _FIELDS}
    made = {name: tuple(_make_shards(files, found[name], pairs[name])) for name in _FIELDS}
    lists = shards.spellings(sorted(found["words"]), _count_spellings(pairs["words"]))
    contents = Contents(
        tuple(post.name for post in posts),
        tuple(post.lang for post in posts),
        tuple("".join(post.keys) for post in posts),
        pairs,
        made["words"],
        made["code"],
        tuple(files.pack("\n".join(words)) for words in lists),
    )
    return _finish(files, contents)


def amend_index(changes: Sequence[PostChange], read: Read) -> SearchIndex | None:
    """Return the index with some posts changed: the one that `make_index` would make.

    None if it must be made as a whole: too much changes, or files are missing or damaged.
    """
    try:
        before = read_contents(read(INDEX))
        return _amend(before, changes, lambda name: decompress(read(path_of(name))))
    except (OSError, ValueError, LookupError):
        return None


def path_of(name: str) -> str:
    """Return the path of a file by its name."""
    return f"{FOLDER}/{name}.bin"


def write_contents(contents: Contents) -> bytes:
    """Return `index.bin`."""
    langs = sorted({*contents.langs})
    many = len(langs) > 1
    value = {
        "posts": "".join(contents.posts),
        "langs": langs,
        "lang": _runs([langs.index(lang) for lang in contents.langs]) if many else [],
        "keys": "".join(contents.keys) if many else "",
        "pairs": dict(contents.pairs),
        **{name: "".join(getattr(contents, name)) for name in (*_FIELDS, "spellings")},
    }
    return compress(json.dumps(value, separators=(",", ":")))


def read_contents(content: bytes) -> Contents:
    """Return what `write_contents` wrote, without keys where all posts have one language.

    Raises ValueError or LookupError if it is damaged.
    """
    value: dict[str, Any] = json.loads(decompress(content))
    posts = tuple(_names(value["posts"]))
    langs = value["langs"]
    numbers = [number for number, count in value["lang"] for _ in range(count)] or [0] * len(posts)
    keys = tuple(_names(value["keys"], 2 * _NAME)) or ("",) * len(posts)
    lists = (tuple(_names(value[name])) for name in (*_FIELDS, "spellings"))
    return Contents(posts, tuple(langs[each] for each in numbers), keys, value["pairs"], *lists)


def _amend(
    before: Contents, changes: Sequence[PostChange], read: Callable[[str], str]
) -> SearchIndex | None:
    pairs = {name: before.pairs[name] + _more_pairs(name, changes) for name in _FIELDS}
    langs = _replaced(before.langs, changes, lambda post: post.lang)
    has_keys = len({*before.langs}) > 1 or len({*langs}) < 2
    if not langs or not has_keys or _counts(pairs) != {n: len(getattr(before, n)) for n in _FIELDS}:
        return None
    files = _Files()
    for post in filter(None, (change.after for change in changes)):
        files.add(post.texts, post.name)
    words, edges = _amend_shards(files, before.words, _changed_words("words", changes), read)
    code, _ = _amend_shards(files, before.code, _changed_words("code", changes), read)
    after = Contents(
        _replaced(before.posts, changes, lambda post: post.name),
        langs,
        _replaced(before.keys, changes, lambda post: "".join(post.keys)),
        pairs,
        words,
        code,
        _amend_spellings(files, before.spellings, edges, read),
    )
    return _finish(files, after)


def _counts(pairs: Mapping[str, int]) -> dict[str, int]:
    return {name: shards.count_shards(count) for name, count in pairs.items()}


def _amend_shards(
    files: _Files,
    names: Sequence[str],
    changed: Mapping[str, Mapping[int, int]],
    read: Callable[[str], str],
) -> tuple[tuple[str, ...], dict[str, bool]]:
    """Return the names of the shards after changes, and the words that become used or unused."""
    amended = list(names)
    edges: dict[str, bool] = {}
    for number, words in enumerate(shards.share_out(changed, len(names))):
        if words:
            old = shards.read_shard(_read_named(read, names[number]))
            new = shards.amend(old, {word: changed[word] for word in words})
            amended[number] = files.pack(shards.write_shard(new))
            edges |= {word: bool(new[word]) for word in words if bool(new[word]) != (word in old)}
    return tuple(amended), edges


def _more_pairs(name: str, changes: Iterable[PostChange]) -> int:
    def count(post: IndexedPost | None) -> int:
        return len(getattr(post, name)) if post else 0

    return sum(count(change.after) - count(change.before) for change in changes)


def _changed_words(name: str, changes: Iterable[PostChange]) -> dict[str, dict[int, int]]:
    """Return word → number of a post → new weight; 0 for none."""
    found: defaultdict[str, dict[int, int]] = defaultdict(dict)
    for change in changes:
        before = getattr(change.before, name) if change.before else {}
        after = getattr(change.after, name) if change.after else {}
        for word, weight in shards.changed_words(before, after):
            found[word][change.number] = weight
    return found


def _amend_spellings(
    files: _Files, names: Sequence[str], edges: Mapping[str, bool], read: Callable[[str], str]
) -> tuple[str, ...]:
    """Return the names of the shards of words for corrections.

    `edges` are words that have become used (True) or unused.
    """
    amended = list(names)
    for number, words in enumerate(shards.spellings(edges, len(names))):
        if words:
            kept = {*_read_named(read, names[number]).split("\n"), *words} - {""}
            kept -= {word for word in words if not edges[word]}
            amended[number] = files.pack("\n".join(sorted(kept)))
    return tuple(amended)


def _replaced(
    values: Sequence[str], changes: Iterable[PostChange], value: Callable[[IndexedPost], str]
) -> tuple[str, ...]:
    """Return a value of each post after the changes; posts that are gone were the last ones."""
    after: dict[int, str] = dict(enumerate(values))
    for change in changes:
        if change.after:
            after[change.number] = value(change.after)
        else:
            after.pop(change.number)
    return tuple(after[number] for number in range(len(after)))


def _make_shards(files: _Files, words: Mapping[str, shards.Postings], pairs: int) -> Iterator[str]:
    for shard in shards.share_out(words, shards.count_shards(pairs)):
        yield files.pack(shards.write_shard({word: words[word] for word in shard}))


def _count_spellings(pairs: int) -> int:
    return max(1, shards.count_shards(pairs) // _FEW_SPELLINGS)


class _Files:
    """New files, by path."""

    def __init__(self) -> None:
        self.new: dict[str, bytes] = {}

    def add(self, content: bytes, name: str) -> str:
        """Add a file; return its name."""
        self.new[path_of(name)] = content
        return name

    def pack(self, text: str) -> str:
        """Add a text as a file, unless it is empty; return its name."""
        content = compress(text)
        return self.add(content, short_hash(content)) if text else _NO_FILE


def _finish(files: _Files, contents: Contents) -> SearchIndex:
    files.new[INDEX] = write_contents(contents)
    names = {*contents.posts, *contents.words, *contents.code, *contents.spellings} - {_NO_FILE}
    return SearchIndex(files.new, frozenset({INDEX, *map(path_of, names)}))


def _read_named(read: Callable[[str], str], name: str) -> str:
    return "" if name == _NO_FILE else read(name)


def _names(text: str, length: int = _NAME) -> Iterator[str]:
    return (text[at : at + length] for at in range(0, len(text), length))


def _runs(numbers: Sequence[int]) -> list[list[int]]:
    """Return runs of equal numbers, each as the number and how often it is there."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][0] == number:
            runs[-1][1] += 1
        else:
            runs.append([number, 1])
    return runs

"""What all posts of one build share when their Liquid is expanded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import field
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import Any

from evergreen.content.file_hashes import FileHashes
from evergreen.content.index import PostIndex
from evergreen.content.label_index import LabelIndex
from evergreen.content.liquid.data import DataFolder
from evergreen.content.liquid.includes import Includes
from evergreen.dataclass import dataclass
from evergreen.model import Site
from evergreen.model.post import PostResults
from evergreen.packaged import TEMPLATES
from evergreen.paths import flaw
from evergreen.regex import regex

_WORD = regex(r"[A-Za-z_][\w-]*")


@dataclass(frozen=True, slots=True)
class RenderedText:
    """The HTML of a post in another text."""

    sha256: str
    """Of its source."""
    html: str
    uses: Mapping[str, str]
    """What it depends on elsewhere."""


@dataclass
class BlogContext:
    """What all posts of one build share."""

    root: Path
    site: Site
    read_post_index: Callable[[], PostIndex] = PostIndex
    labels: LabelIndex | None = field(default_factory=LabelIndex)
    """What has a label in the posts; None while they are read."""
    read_results: Callable[[str], PostResults | None] = lambda path: None
    """Called once for each post whose results another one shows."""
    includes: Includes = field(init=False)
    data: DataFolder = field(init=False)
    rendered: dict[tuple[str, bool], RenderedText] = field(default_factory=dict)
    """By the path of a post: its HTML, and that of its beginning, as other texts show them."""
    _results: dict[str, PostResults | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        config = self.site.jekyll.config if self.site.jekyll else {}
        theme = str(config.get("theme") or config.get("remote_theme") or "")
        folder = _folder(config, "includes_dir", "_includes")
        self.includes = Includes(self.root, folder, theme, self.site.jekyll is not None)
        self.data = DataFolder(self.root, _folder(config, "data_dir", "_data"))

    def results(self, path: str) -> PostResults | None:
        """Return the cells of a post with the results of its last run; None if it is not a post
        that can be read, or is being read."""
        if path not in self._results:
            self._results[path] = None  # for one that shows itself
            self._results[path] = self.read_results(path)
        return self._results[path]

    @cached_property
    def template_words(self) -> frozenset[str]:
        """Return the words in the blog's own templates: any may be a front matter's key."""
        words: set[str] = set()
        for path in (self.root / TEMPLATES).rglob("*.html"):
            with suppress(OSError):
                words.update(_WORD.findall(path.read_text("utf-8", "replace")))
        return frozenset(words)

    @cached_property
    def hashes(self) -> FileHashes:
        """Return the hashes of files that pages name."""
        return FileHashes(self.root / ".cache" / "files.json")

    @cached_property
    def post_index(self) -> PostIndex:
        """Return the index of posts, read on first use."""
        return self.read_post_index()


def address(post_index: PostIndex, kind: str, name: str) -> str:
    """Return the URL for a `post_url` or `link` tag; "" if there is none."""
    return post_index.by_name(name) if kind == "post_url" else post_index.by_path(name)


def nearest(post_index: PostIndex, kind: str, name: str) -> str:
    """Return the known name most similar to an unknown one in `post_url` or `link`; "" if none."""
    known = post_index.names if kind == "post_url" else post_index.paths
    return next(iter(get_close_matches(name, known, 1)), "")


def _folder(config: Mapping[str, Any], key: str, default: str) -> str:
    value = config.get(key)
    return value.strip("/") if isinstance(value, str) and not flaw(value.strip("/")) else default

"""What becomes of each key of a Jekyll blog's `_config.yml`: it is taken over, left to the owner,
or has no meaning here.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from evergreen.content.jekyll.files import JekyllFiles
from evergreen.content.jekyll.mathjax import MATHJAX
from evergreen.content.jekyll.menu import KEYS
from evergreen.model import JekyllConfig

State = Literal["taken over", "left to you", "no meaning here"]

COMMENTS = (
    *("comments", "giscus", "utterances", "disqus"),
    *("disqus_shortname", "disqus_username", "disqus_id"),
)
ANALYTICS = ("google_analytics", "analytics", "ga_track_id", "enable_google_analytics")
"""Keys of themes, which are taken over if their values are complete."""
_TAKEN = frozenset(
    (
        *("title", "description", "url", "baseurl", "lang", "locale", "language", "author"),
        *("timezone", "permalink", "paginate", "paginate_path", "default_lang", "vendors"),
        *("collections", "collections_dir", "defaults", "include", "exclude", "markdown_ext"),
        *("header_pages", "kramdown", "future", "show_drafts", "unpublished", "excerpt_separator"),
        *("source", "data_dir", "includes_dir", "feed", "repository", "scholar"),
        *COMMENTS,
        *ANALYTICS,
        *MATHJAX,
        *KEYS,
    )
)
_TOLD_APART = frozenset(("plugins", "gems", "theme", "remote_theme", "markdown"))
"""Keys with notes of their own."""
_PROGRAM = frozenset(
    (
        *("destination", "cache_dir", "plugins_dir", "layouts_dir", "keep_files", "safe"),
        *("host", "port", "livereload", "show_dir_listing", "detach", "watch", "incremental"),
        *("profile", "quiet", "verbose", "encoding", "strict_front_matter", "lsi", "limit_posts"),
        *("disable_disk_cache", "whitelist", "liquid", "sass", "coffeescript", "compress_html"),
        *("highlighter", "rouge", "redcarpet", "rdiscount", "pygments"),
    )
)
_READ = re.compile(rb"\bsite\.([A-Za-z_][\w-]*)|\bsite\[[\"']([^\"']+)[\"']\]")


@dataclass(frozen=True, slots=True)
class ConfigKey:
    """A key of `_config.yml`."""

    name: str
    state: State
    reason: str


def config_keys(
    root: Path,
    jekyll: JekyllConfig,
    own: Collection[str],
    files: JekyllFiles,
    left: Mapping[str, str],
) -> Iterator[ConfigKey]:
    """Yield each of the file's `own` keys, in order; `left` is the advice for those that are left
    to the owner.
    """
    read = _keys_in_liquid(root, files)
    for name in own:
        if name in left and jekyll.config.get(name):
            yield ConfigKey(name, "left to you", left[name])
        elif name in _TAKEN:
            yield ConfigKey(name, "taken over", "as in Jekyll")
        elif name in _TOLD_APART:
            yield ConfigKey(name, "no meaning here", "see the notes about it")
        elif name in _PROGRAM:
            yield ConfigKey(name, "no meaning here", "an option of Jekyll's program")
        elif name in read:
            yield ConfigKey(name, "taken over", f"Liquid in your pages reads site.{name}")
        else:
            yield ConfigKey(name, "no meaning here", "only the theme or a plugin reads it")


def _keys_in_liquid(root: Path, files: JekyllFiles) -> set[str]:
    """Return the keys that posts, pages and other files with Liquid read."""
    found: set[str] = set()
    for path in (*files.posts, *files.pages, *files.others):
        with suppress(OSError):
            for names in _READ.findall((root / path).read_bytes()):
                found.update(name.decode("utf-8", "replace") for name in names if name)
    return found

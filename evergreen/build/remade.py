"""Why the page of a post is made again, although its post may be as it was."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from evergreen.build.cache.pages import CachedPage
from evergreen.content.liquid.expand import find_outdated
from evergreen.content.liquid.shared import BlogContext
from evergreen.content.plugin_hooks import HTML_HOOK, POST_HOOK

NEW, EDITED = "it is new", "the post has changed"
SHARED = "settings, templates or Evergreen have changed"
RESULTS = "its code runs, or has another record"


def why_remade(
    entry: CachedPage | None,
    outdated: Callable[[Mapping[str, str]], str],
    source: str,
    is_wanted: bool,
    is_fresh: Callable[[CachedPage], bool],
    is_stale: bool,
) -> str:
    """Return why a post has no valid page in the cache; "" if it has one.

    `outdated` tells in words what has changed of the things that it depends on, `source` is the
    hash of its file; `is_stale` says that the whole cache is of other settings, templates or
    another engine.
    """
    if entry is None:
        return NEW
    if entry.summary.source != source or not is_wanted:
        return SHARED if is_stale and is_wanted else EDITED
    return outdated(entry.summary.uses) or ("" if is_fresh(entry) else RESULTS)


def outdated_in_words(uses: Mapping[str, str], blog: BlogContext) -> str:
    """Return what has changed of these things; "" if nothing has."""
    use = find_outdated(uses, blog)
    return _in_words(use, blog) if use else ""


def _in_words(use: str, blog: BlogContext) -> str:
    """Return what has changed: `plugin html` → the plugins that have the hook now."""
    kind, _, name = use.partition(" ")
    if use in (POST_HOOK, HTML_HOOK):
        loaded = [each.plugin for each in blog.site.hooks.loaded]
        having = ", ".join(each.name for each in loaded if getattr(each, name))
        now = f"now {having}" if having else "there is none now"
        return f"a plugin with the hook '{name}' has changed ({now})"
    word = _WORDS.get(kind, kind)
    return f"{word} '{name}' has changed"


_WORDS = {
    "shortcode": "the plugin of the shortcode",
    "liquid": "the plugin of the Liquid tag or filter",
    "format": "the plugin of the format",
    "output": "the plugin that renders",
    "include": "the include",
    "beside": "the include",
    "file": "the file",
    "data": "the data",
    "post_url": "the address of",
    "link": "the address of",
    "title": "the title of",
    "text": "the text of",
    "twin": "what may be translated by",
}

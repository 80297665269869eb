"""What becomes of each key of a Jekyll blog's `_config.yml`: it is taken over, left to the owner,
or has no meaning here.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Literal

from evergreen.content.jekyll.config import TITLES
from evergreen.content.jekyll.files import JekyllFiles
from evergreen.content.jekyll.mathjax import MATHJAX
from evergreen.content.jekyll.menu import KEYS
from evergreen.content.jekyll.services import is_verification
from evergreen.dataclass import dataclass
from evergreen.model import JekyllConfig
from evergreen.regex import regex

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
_OF_OWNER = (
    (
        regex(
            r"(?:gitalk|gitment|gitter|valine|waline|twikoo|livere|duoshuo|changyan|youyan|uyan|isso"
            r"|staticman|hyvor|cusdis|commento|muut|remark42|enable_disqus|disqus)(?:[-_]\w+)?"
            r"|\w+[-_]comments?",
            re.I,
        ),
        "write [comments] in site.toml, for giscus, utterances or Disqus",
    ),
    (
        regex(
            r"(?:google[-_]?|baidu[-_]?|enable_)?(?:analytics?|tongji|gtag)(?:[-_]\w+)?|ba_track_id"
            r"|\w*(?:cnzz|matomo|piwik|plausible|fathom|clarity|leancloud|busuanzi)\w*|ga[-_]\w*id",
            re.I,
        ),
        "write [analytics] in site.toml",
    ),
    (
        regex(r"(?:google[-_]?)?(?:adsense|ads?)(?:[-_]\w+)?|\w*(?:recaptcha|algolia)\w*", re.I),
        "write its script to [head] in site.toml",
    ),
    (
        regex(
            r"(?:author_)?(?:github|twitter|facebook|instagram|linkedin|youtube|weibo|zhihu|mastodon"
            r"|telegram|stackoverflow|medium|e?mail|rss|wechat|gravatar|avatar)"
            r"(?:[-_](?:username|user|id|url|name|handle|link))?"
            r"|sns|social[-_]\w+|friends|links|(?:footer|sidebar)[-_]?\w*|apple[-_]touch[-_]icon"
            r"|favicons?|logos?|icons?|sidebar-avatar|header[-_]img|og[-_]image|teaser",
            re.I,
        ),
        "the templates are Evergreen's: put it into templates/",
    ),
)
"""Keys of themes whose effect readers or the owner may miss, and what is left to do."""
_READ = regex(rb"\bsite\.([A-Za-z_][\w-]*)|\bsite\[[\"']([^\"']+)[\"']\]")


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
        elif name in TITLES and not jekyll.config.get("title") and jekyll.config.get(name):
            yield ConfigKey(name, "taken over", "the title, as there is no key for it")
        elif is_verification(name):
            yield ConfigKey(name, "taken over", "[head] in site.toml replaces it")
        elif (advice := _advice(name)) and jekyll.config.get(name):
            yield ConfigKey(name, "left to you", advice)
        else:
            yield ConfigKey(name, "no meaning here", "only the theme or a plugin reads it")


def _advice(name: str) -> str:
    """Return what the owner has to do in place of a key of a theme; "" for nothing."""
    return next((advice for keys, advice in _OF_OWNER if keys.fullmatch(name)), "")


def _keys_in_liquid(root: Path, files: JekyllFiles) -> set[str]:
    """Return the keys that posts, pages and other files with Liquid read."""
    found: set[str] = set()
    for path in (*files.posts, *files.pages, *files.others):
        with suppress(OSError):
            for names in _READ.findall((root / path).read_bytes()):
                found.update(name.decode("utf-8", "replace") for name in names if name)
    return found

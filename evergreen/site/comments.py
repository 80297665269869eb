"""Comments of readers: a frame of giscus (https://giscus.app) or utterances (https://utteranc.es),
which keep them in the discussions or issues of a repository on GitHub, or the script of Disqus.

A page loads nothing from them before a reader asks for the comments.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from urllib.parse import urlencode

from evergreen.content.static_pages import is_static
from evergreen.dataclass import dataclass
from evergreen.errors import Problem
from evergreen.model import Post, Site
from evergreen.model.urls import href

ORIGINS = {
    "giscus": "https://giscus.app",
    "utterances": "https://utteranc.es",
    "disqus": "https://disqus.com",
}
_GISCUS_LANGUAGES = {"zh": "zh-CN"}
"""Where giscus calls a language otherwise."""


@dataclass(frozen=True, slots=True)
class Comments:
    """The comments of a post."""

    service: str
    origin: str
    """Scheme and host of the service."""
    frame: str
    """URL of the frame, without what only the reader's browser knows; of the script, for Disqus."""
    forum: str
    """Where the comments can be read too."""
    keeper: str = "GitHub"
    """Who keeps them."""
    term: str = ""
    """By what the service finds the comments of the post."""

    @property
    def sources(self) -> Mapping[str, tuple[str, ...]]:
        """Return CSP directive → what the service needs there."""
        if self.service != "disqus":
            return {"frame-src": (self.origin,)}
        own, files = "https://*.disqus.com", "https://*.disquscdn.com"
        return {
            "script-src": (own, files),
            "style-src": (files,),
            "img-src": (own, files),
            "connect-src": (own, files),
            "frame-src": (self.origin, own),
        }


def find_comments(site: Site, post: Post) -> Comments | None:
    """Return the comments of a post; None if it wants none, or the blog names no known service.

    By default posts have comments, and static pages have none.
    """
    options = site.comments
    wanted = not is_static(post) if post.comments is None else post.comments
    if not wanted or not options.service or any(check_comments(site)):
        return None
    origin = ORIGINS[options.service]
    if options.service == "disqus":
        script = f"https://{options.shortname}.disqus.com/embed.js"
        forum = f"{origin}/home/forum/{options.shortname}/"
        return Comments("disqus", origin, script, forum, "Disqus", _term(site, post))
    frame = _giscus(site, post) if options.service == "giscus" else _utterances(site, post)
    part = "discussions" if options.service == "giscus" else "issues"
    forum = f"https://github.com/{options.repository}/{part}"
    return Comments(options.service, origin, f"{origin}/{frame}", forum)


def check_comments(site: Site) -> Iterator[Problem]:
    """Yield warnings about the settings of comments."""
    options = site.comments
    if options.service and options.service not in ORIGINS:
        known = f"known: {', '.join(ORIGINS)}"
        yield _warning("service", options.service, known)
    elif options.service == "disqus" and not re.fullmatch(r"[\w-]+", options.shortname, re.A):
        yield _warning("shortname", options.shortname, "write the short name that Disqus shows")
    elif options.service in ("giscus", "utterances") and not re.fullmatch(
        r"[\w.-]+/[\w.-]+", options.repository
    ):
        yield _warning("repository", options.repository, 'write "owner/name"')


def _warning(key: str, value: str, advice: str) -> Problem:
    return Problem("site.toml", 0, 0, f"'comments.{key}' is '{value}'", advice, "warning")


def _giscus(site: Site, post: Post) -> str:
    options = site.comments
    language = _GISCUS_LANGUAGES.get(post.lang, post.lang)
    values = {
        "repo": options.repository,
        "repoId": options.repository_id,
        "category": options.category,
        "categoryId": options.category_id,
        "strict": "0",
        "reactionsEnabled": "1",
        "emitMetadata": "0",
        "inputPosition": "bottom",
        "term": _term(site, post),
        "description": post.excerpt,
    }
    return f"{language}/widget?{urlencode(values)}"


def _utterances(site: Site, post: Post) -> str:
    values = {
        "repo": site.comments.repository,
        "issue-term": "pathname",
        "label": site.comments.label,
        "pathname": _term(site, post),
        "title": post.title,
    }
    return f"utterances.html?{urlencode({key: value for key, value in values.items() if value})}"


def _term(site: Site, post: Post) -> str:
    """Return the key of a discussion: the address, as the services' own scripts define it."""
    return re.sub(r"\.\w+$", "", href(site, post.url)[1:]) or "index"

"""Comments of readers: a frame of giscus (https://giscus.app) or utterances (https://utteranc.es),
which keep them in the discussions or issues of a repository on GitHub.

The page asks them for nothing before a reader wants to see the comments, and runs no script of
theirs: their frame is put into the page by our own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

from evergreen.errors import Problem
from evergreen.model import Post, Site
from evergreen.model.urls import href

ORIGINS = {"giscus": "https://giscus.app", "utterances": "https://utteranc.es"}
_GISCUS_LANGUAGES = {"zh": "zh-CN"}
"""Where giscus calls a language otherwise."""


@dataclass(frozen=True, slots=True)
class Comments:
    """The comments of a post."""

    service: str
    origin: str
    """Scheme and host: what the page's policy has to allow."""
    frame: str
    """The frame's address, without what only the reader's browser knows."""
    forum: str
    """Where the comments can be read on GitHub."""


def find_comments(site: Site, post: Post) -> Comments | None:
    """Where a post's comments are; None where it wants none or the blog names no known service."""
    options = site.comments
    if not post.comments or options.service not in ORIGINS or not options.repository:
        return None
    origin = ORIGINS[options.service]
    frame = _giscus(site, post) if options.service == "giscus" else _utterances(site, post)
    part = "discussions" if options.service == "giscus" else "issues"
    forum = f"https://github.com/{options.repository}/{part}"
    return Comments(options.service, origin, f"{origin}/{frame}", forum)


def check_comments(site: Site) -> Iterator[Problem]:
    """What is wrong with the settings of comments."""
    service, known = site.comments.service, ", ".join(ORIGINS)
    if service and service not in ORIGINS:
        message = f"'comments.service' is '{service}'"
        yield Problem("site.toml", 0, 0, message, f"known: {known}", "warning")
    elif service and not re.fullmatch(r"[\w.-]+/[\w.-]+", site.comments.repository):
        message = f"'comments.repository' is '{site.comments.repository}'"
        yield Problem("site.toml", 0, 0, message, 'give "owner/name"', "warning")


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
    """What a discussion is found by: the address, as the services' own scripts give it."""
    return re.sub(r"\.\w+$", "", href(site, post.url)[1:]) or "index"

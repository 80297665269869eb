"""Links between notes, `[[title]]`, in a Jekyll blog with a plugin for them.

A note is named by its title or its file, without regard to case; `[[note#heading]]` and
`[[note|label]]` work as in the plugins, and `![[picture.png]]` shows a file of the blog.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from evergreen.content.liquid.shared import BlogContext
from evergreen.dataclass import replace
from evergreen.errors import Problem
from evergreen.model import Post
from evergreen.model.urls import href
from evergreen.regex import regex

_LINK = regex(r"(!?)\[\[([^\[\]|#\n\\]+)(#[^\[\]|\n]*)?(?:\\?\|([^\[\]\n]+))?\]\]")
_NOT_IN_ID = regex(r"[^\w\- ]+")
_ADVICE = "create it, or remove the brackets"


def link_notes(post: Post, blog: BlogContext) -> Post:
    """Return the post with its links to notes as Markdown links. A note that does not exist is a
    warning, and its name is shown. Code and formulas are unchanged.
    """
    jekyll = blog.site.jekyll
    if not (jekyll and jekyll.wiki_links) or "[[" not in post.body or post.markup == "html":
        return post
    from evergreen.content.liquid.environment import code_in  # late: few posts have some
    from evergreen.markdown import parse

    is_code = code_in(post.body, parse(post.body))
    uses: dict[str, str] = {}
    warnings: list[Problem] = []

    def find(name: str) -> str:
        uses[f"note {name}"] = url = blog.post_index.by_title(name)
        return url

    def linked(found: re.Match[str]) -> str:
        if is_code(found.start()):
            return found[0]
        if url := find(found[2].strip()):
            return _markdown(found, lambda path: href(blog.site, path), url)
        line = post.at(post.body.count("\n", 0, found.start()) + 1)
        what = f"there is no note '{found[2].strip()}'"
        warnings.append(Problem(post.path, line, 0, what, _ADVICE, "warning"))
        return (found[4] or found[2]).strip()

    body = _LINK.sub(linked, post.body)
    return replace(
        post,
        body=body,
        uses={**post.uses, **uses},
        warnings=(*post.warnings, *warnings),
    )


def _markdown(found: re.Match[str], written: Callable[[str], str], url: str) -> str:
    """Return a link to a note, or the picture of a file."""
    picture, name, heading, label = found.groups()
    fragment = f"#{_heading_id(heading)}" if heading and len(heading) > 1 else ""
    text = (label or f"{name.strip()}{heading or ''}").strip().replace("|", "\\|")
    return f"{picture}[{text}]({written(url)}{fragment})"


def _heading_id(heading: str) -> str:
    """Return the id that kramdown gives a heading."""
    return _NOT_IN_ID.sub("", heading.lstrip("#").strip()).replace(" ", "-").lower()

"""State of expanding one text: the post, the blog, and the dependencies found so far."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Any

from liquid.template import BoundTemplate

from evergreen.content.liquid.diagnostics import Diagnostics
from evergreen.content.liquid.engine import LiquidEngine, parse_text
from evergreen.content.liquid.includes import MissingInclude
from evergreen.content.liquid.shared import BlogContext, RenderedText, address
from evergreen.dataclass import dataclass, replace
from evergreen.errors import EvergreenError
from evergreen.markdown import parse, read_options
from evergreen.model import Post, Site
from evergreen.model.hashing import sha256
from evergreen.regex import regex

_LEFT = regex(r"\{%.*?%\}|\{\{.*?\}\}", re.S)


@dataclass
class LiquidSession:
    """State of expanding one text."""

    blog: BlogContext
    post: Post
    diagnostics: Diagnostics
    uses: dict[str, str] = field(default_factory=dict)
    expand: Callable[[Post], Post] | None = None
    """Expands the Liquid of another post; None while another text shows this one."""
    holds: Callable[[Mapping[str, str]], bool] = lambda uses: True
    """True if what a text depends on is unchanged."""
    engine: LiquidEngine = field(init=False)
    _templates: dict[str, BoundTemplate] = field(default_factory=dict)

    @property
    def site(self) -> Site:
        """Return the settings."""
        return self.blog.site

    def use(self, what: str, how: str) -> None:
        """Record a dependency of the text and its current state; a text that reads all posts gets
        time for each."""
        if what == "posts" and what not in self.uses:
            self.engine.allow(_SECONDS_PER_POST * len(self.blog.post_index.posts))
        self.uses[what] = how

    def read_include(self, name: str, *, relative: bool) -> tuple[str, str]:
        """Return path and text of an include. Raises RefusedInclude."""
        folder = self.post.path.rpartition("/")[0] if relative else None
        try:
            path, text = self.blog.includes.read(name, folder)
        except MissingInclude:
            if not relative:
                self.use(f"include {name}", "")
            raise
        self.use(f"beside {path}" if relative else f"include {name}", sha256(text))
        return path, text

    def template(self, path: str, text: str) -> BoundTemplate:
        """Return the parsed template of an include."""
        if path not in self._templates:
            self.diagnostics.files[text] = path
            self._templates[path] = parse_text(self.engine, text)
        return self._templates[path]

    def address(self, kind: str, name: str) -> str:
        """Return the URL for a `post_url` or `link` tag; "" if there is none."""
        url = address(self.blog.post_index, kind, name)
        self.use(f"{kind} {name}", url)
        return url

    def data(self, name: str) -> Any:
        """Return a value of `_data`. Raises EvergreenError if its file cannot be read."""
        self.use(f"data {name}", self.blog.data.digest(name))
        try:
            return self.blog.data.read(name)
        except EvergreenError as error:
            found = error.problems[0]
            place = str(replace(found, message="", advice=""))
            what = f"in {place}: {found.message}"
            raise self.diagnostics.fault(None, what, found.advice) from None

    def html(self, post: Post, whole: bool) -> str:
        """Return the HTML of another post, or of its beginning. Its own Liquid is expanded, but not
        that of posts which it shows in turn, as they may show this one."""
        text = post.body or self.blog.post_index.text(post.path)
        self.use(f"text {post.path}", sha256(text))
        if not whole:
            text = text.lstrip("\n").partition(_separator(self.site, post))[0]
        if self.expand is None:
            html = self._parsed(post, _LEFT.sub("", text))
        else:
            made = self._rendered(post, text, whole)
            self.uses |= made.uses
            html = made.html
        # Another post's length is no loop of this one.
        self.engine.skip_time()
        return html

    def _rendered(self, post: Post, text: str, whole: bool) -> RenderedText:
        """Render a post with its Liquid, once for all texts that show it."""
        key, known = (post.path, whole), sha256(text)
        found = self.blog.rendered.get(key)
        if found is None or found.sha256 != known or not self.holds(found.uses):
            body, uses = self._expanded(post, text)
            found = RenderedText(known, self._parsed(post, body), uses)
            self.blog.rendered[key] = found
        return found

    def _expanded(self, post: Post, text: str) -> tuple[str, Mapping[str, str]]:
        """Return a post's text with its Liquid expanded; left out if the post itself has an error
        there, which is reported at the post."""
        other = replace(post, body=text, origin=(), uses={}, warnings=())
        try:
            made = self.expand(other) if self.expand else other
        except EvergreenError:
            return _LEFT.sub("", text), {}
        return made.body, made.uses

    def _parsed(self, post: Post, text: str) -> str:
        if post.markup == "html":
            return text
        return parse(text, read_options(self.site.kramdown)).render().html


_SECONDS_PER_POST = 0.05


def _separator(site: Site, post: Post) -> str:
    default = site.jekyll.config.get("excerpt_separator") if site.jekyll else None
    return str(post.meta.get("excerpt_separator") or default or "\n\n")

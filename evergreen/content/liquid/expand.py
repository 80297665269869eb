"""Expand a post's Liquid to Markdown, with the source line of each line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from evergreen.content.languages import find_twin
from evergreen.content.liquid.includes import RefusedInclude
from evergreen.content.liquid.shared import BlogContext, address
from evergreen.content.plugin_hooks import find_changed_hook, plugin_state
from evergreen.content.shortcodes import expand_shortcodes
from evergreen.content.wiki_links import link_notes
from evergreen.dataclass import replace
from evergreen.errors import EvergreenError, Problem
from evergreen.model import Post, Site
from evergreen.model.hashing import sha256
from evergreen.regex import regex

_READS_NOTHING = "reads no variable of the blog"
_NOT_KNOWN = "is not a Liquid tag that Evergreen knows"
"""Why a tag in prose is not Liquid."""

if TYPE_CHECKING:
    from evergreen.content.liquid.diagnostics import Diagnostics
    from evergreen.content.liquid.tokens import Prose


def expand(post: Post, blog: BlogContext, *, shown: bool = False) -> Post:
    """Return the post with its shortcodes replaced and its Liquid expanded; the latter as the
    setting `liquid` and its front matter say. `shown` is True if another post shows the text.

    What the text depends on elsewhere is added to `uses`, warnings to `warnings`. Raises
    EvergreenError, at a line of the post, where Jekyll would stop.
    """
    if not blog.site.jekyll and ("{{<" in post.body or "{{{<" in post.body):
        post = _with_quarto(post, blog)
    post = link_notes(expand_shortcodes(post, blog.site), blog)
    if not has_liquid(post, blog.site):
        return post
    from evergreen.content.liquid.diagnostics import Diagnostics
    from evergreen.content.liquid.engine import parse_text, render_text
    from evergreen.content.liquid.environment import open_engine, open_prose
    from evergreen.content.liquid.session import (
        LiquidSession,  # late, like the next: most posts have no Liquid
    )
    from evergreen.content.liquid.values import LiquidGlobals, globals_for

    session = LiquidSession(blog, post, Diagnostics(post.path, post.at))
    if not shown:
        session.expand = partial(expand, blog=blog, shown=True)
        session.holds = partial(holds, blog=blog)
    session.engine = open_engine(session)
    prose = open_prose(session.engine, post) if blog.site.liquid == "prose" else None
    variables = LiquidGlobals(
        blog.site, lambda: blog.post_index, session.use, session.data, session.html
    )
    try:
        template = parse_text(session.engine, post.body, prose)
    except EvergreenError as error:
        if not post.is_foreign:
            raise
        return _as_written(post, error)
    made = render_text(session.engine, template, globals_for(variables, post))
    text = made.getvalue()
    unknown = {
        *session.engine.filters.missing,
        *(name for _, name in (prose.unknown if prose else ())),
    }
    absent = {f"liquid {name}": "" for name in sorted(unknown)}
    uses = {**post.uses, **absent, **session.uses}
    warnings = (
        *post.warnings,
        *session.diagnostics.warnings,
        *_unknown_tag_warnings(session.diagnostics, post, prose),
    )
    if text == post.body:
        return replace(post, uses=uses, warnings=warnings)
    origin = tuple(post.at(line) for line in made.origins())
    return replace(post, body=text, origin=origin, uses=uses, warnings=warnings)


def _as_written(post: Post, error: EvergreenError) -> Post:
    """Return a post of another tool, which knows no Liquid, with a warning of what is wrong."""
    warnings = (replace(each, severity="warning") for each in error.problems)
    return replace(post, warnings=(*post.warnings, *warnings))


def _with_quarto(post: Post, blog: BlogContext) -> Post:
    """Return the post with what it includes, and with the shortcodes of Quarto."""
    from evergreen.content.embeds import expand_embeds  # late, like the next: few posts need it
    from evergreen.content.includes import expand_includes
    from evergreen.content.quarto_shortcodes import expand_quarto

    made = expand_quarto(expand_embeds(expand_includes(post, blog), blog), blog)
    if "{{{<" not in made.body:
        return made
    return replace(made, body=_ESCAPED.sub(r"{{< \1 >}}", made.body))


_ESCAPED = regex(r"\{\{\{<\s*(.*?)\s*>\}\}\}")
"""A shortcode that is only shown."""


def has_liquid(post: Post, site: Site) -> bool:
    """True if a post's text may contain Liquid."""
    if site.liquid == "none" or post.meta.get("render_with_liquid") is False:
        return False
    return "{%" in post.body or "{{" in post.body


def holds(uses: Mapping[str, str], blog: BlogContext) -> bool:
    """True if everything that a text depends on elsewhere is unchanged."""
    return not find_outdated(uses, blog)


def find_outdated(uses: Mapping[str, str], blog: BlogContext) -> str:
    """Return the first thing that a text depends on and that has changed; "" if there is none."""
    return find_changed_hook(uses, blog.site) or find_changed(uses, blog)


def find_changed(uses: Mapping[str, str], blog: BlogContext) -> str:
    """Return the first of these things that has changed; "" if there is none."""
    return next((what for what, how in uses.items() if _current_state(what, blog) != how), "")


def _current_state(what: str, blog: BlogContext) -> str:
    kind, _, name = what.partition(" ")
    try:
        return _CURRENT[kind](blog, name) if kind in _CURRENT else ""
    except (RefusedInclude, OSError):
        return ""


_CURRENT: Mapping[str, Callable[[BlogContext, str], str]] = {
    "include": lambda blog, name: sha256(blog.includes.read(name)[1]),
    "beside": lambda blog, name: sha256(blog.includes.read(name, "")[1]),
    "post_url": lambda blog, name: address(blog.post_index, "post_url", name),
    "link": lambda blog, name: address(blog.post_index, "link", name),
    "title": lambda blog, name: blog.post_index.title_of(name),
    "label": lambda blog, name: blog.labels.state(name) if blog.labels else "",
    "note": lambda blog, name: blog.post_index.by_title(name),
    "posts": lambda blog, name: blog.post_index.digest,
    "data": lambda blog, name: blog.data.digest(name),
    "file": lambda blog, name: blog.hashes.of(blog.root / name),
    "embed": lambda blog, name: found.state if (found := blog.results(name)) else "",
    "text": lambda blog, name: sha256(blog.post_index.text(name)),
    **{
        what: lambda blog, name, what=what: plugin_state(blog.site, what, name)  # type: ignore[misc]
        for what in ("shortcode", "liquid", "format", "output")
    },
    "plugin": lambda blog, name: blog.site.hooks.state(name),
    "twin": lambda blog, name: find_twin(blog.root, name),
    "today": lambda blog, name: f"{datetime.now():%Y-%m-%d}",
}
"""Current state of a dependency, by its kind."""


def _unknown_tag_warnings(
    diagnostics: Diagnostics, post: Post, prose: Prose | None
) -> list[Problem]:
    """Return warnings about tags in prose that look like Liquid and are shown as text."""
    from evergreen.content.liquid.lines import line_of, line_starts
    from evergreen.content.liquid.tokens import ASKING

    if prose is None or not prose.unknown:
        return []
    starts = line_starts(post.body)
    advice = "put it in backticks, or put {% raw %} and {% endraw %} around it"
    reasons = dict.fromkeys(ASKING, _READS_NOTHING)
    return [
        Problem(
            post.path,
            post.at(line_of(starts, index)),
            0,
            f"'{{% {name} %}}' {reasons.get(name, _NOT_KNOWN)}, and is shown as text",
            advice,
            "warning",
        )
        for index, name in prose.unknown
    ]

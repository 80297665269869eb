"""What plugins do with posts: transform them, and write what their tags stand for.

What a post asked of plugins is in its `uses`, with the state of the plugins that answered.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from difflib import SequenceMatcher
from pathlib import PurePosixPath

from evergreen.dataclass import replace
from evergreen.model import PluginError, Post, Site, TagCall
from evergreen.model.urls import path_of
from evergreen.paths import flaw
from evergreen.regex import regex

POST_HOOK, HTML_HOOK = "plugin post", "plugin html"
"""Names in `Post.uses` of what all posts depend on."""
_ARGUMENT = regex(
    r"""(?<!\S)(?:([\w-]+)\s*=\s*)?(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|(\S+))""", re.S
)

Render = Callable[[TagCall], str]


def with_plugins(post: Post, site: Site) -> Post:
    """Return the post as the plugins transform it. Raises EvergreenError at the post."""
    found = post
    for owner, transform in site.hooks.owned("post"):
        try:
            found = _in_line(found, transform(found, site))
            if found.path != post.path:
                message = f"gave the post another path, '{found.path}'"
                raise owner.fault(message, "leave 'path' as it is")
            if found.url != post.url and (wrong := _what_is_wrong(found.url)):
                message = f"gave the post the URL '{found.url}', which {wrong}"
                raise owner.fault(message, "write it as /tea/")
        except PluginError as error:
            raise error.at(post.path) from error
    states = {
        **_states(site),
        f"format {_suffix(post)}": plugin_state(site, "format", _suffix(post)),
    }
    used = {what: state for what, state in states.items() if state}
    return replace(found, uses={**found.uses, **used})


def hooks_hold(uses: Mapping[str, str], site: Site) -> bool:
    """True if the plugins that read and transform a post are those that did so."""
    return not find_changed_hook(uses, site)


def find_changed_hook(uses: Mapping[str, str], site: Site) -> str:
    """Return what of the plugins that read and transform a post has changed; "" for nothing."""
    states = _states(site) | {
        what: plugin_state(site, "format", what.partition(" ")[2])
        for what in uses
        if what.startswith("format ")
    }
    return next((what for what, state in states.items() if uses.get(what, "") != state), "")


def plugin_state(site: Site, what: str, name: str) -> str:
    """Return the state of what a post asked of plugins: `shortcode`, `liquid`, `output`."""
    return site.hooks.state(*_HOOKS[what], name=name)


def read_call(
    name: str, arguments: str, content: str, post: Post, site: Site, line: int
) -> TagCall:
    """Return the use of a tag with its arguments parsed."""
    plain: list[str] = []
    options: dict[str, str] = {}
    for found in _ARGUMENT.finditer(arguments):
        key, double, single, bare = found.groups()
        value = re.sub(r"\\(.)", r"\1", double or single or "") if bare is None else bare
        if key:
            options[key] = value
        else:
            plain.append(value)
    return TagCall(name, tuple(plain), options, arguments.strip(), content, post, site, line)


_HOOKS: Mapping[str, tuple[str, ...]] = {
    "shortcode": ("shortcodes",),
    "liquid": ("liquid_tags", "liquid_blocks", "liquid_filters"),
    "format": ("formats",),
    "output": ("outputs",),
}


def _what_is_wrong(url: str) -> str:
    return flaw(path_of(url)) if url.startswith("/") else "does not begin with a slash"


def _states(site: Site) -> dict[str, str]:
    return {POST_HOOK: site.hooks.state("post"), HTML_HOOK: site.hooks.state("html")}


def _suffix(post: Post) -> str:
    return PurePosixPath(post.path).suffix


def _in_line(before: Post, after: Post) -> Post:
    """Return a transformed post in which each line of the body has its line in the file."""
    if after.body == before.body or after.origin != before.origin:
        return after
    old, new = before.body.split("\n"), after.body.split("\n")
    origin: list[int] = []
    for _, start, end, new_start, new_end in SequenceMatcher(None, old, new, False).get_opcodes():
        last = max(end - 1, start - 1, 0)
        origin += [before.at(min(start + n, last) + 1) for n in range(new_end - new_start)]
    return replace(after, origin=tuple(origin))

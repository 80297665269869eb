"""Shortcodes, written as in Hugo and Quarto: `{{< name a b=1 >}}`, with a content up to
`{{< /name >}}` if there is such an end.

`{{% name %}}` is the same, and `{{</* name */>}}` is shown as `{{< name >}}`. Nothing in code or
formulas is a shortcode.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping

from evergreen.content.plugin_hooks import Render, plugin_state, read_call
from evergreen.dataclass import dataclass, replace
from evergreen.errors import fault
from evergreen.model import PluginError, Post, Site
from evergreen.regex import regex

_START = regex(r"\{\{([<%])\s*(/?)\s*([\w.-]+)(.*?)\s*(/?)\s*[>%]\}\}", re.S)
_ESCAPED = regex(r"\{\{([<%])\s*/\*(.*?)\*/\s*([>%])\}\}", re.S)


def expand_shortcodes(post: Post, site: Site) -> Post:
    """Return the post with the shortcodes of plugins in its text replaced.

    Each shortcode, known or not, is added to `uses`. Raises EvergreenError at its line.
    """
    if "{{<" not in post.body and "{{%" not in post.body:
        return post
    from evergreen.content.liquid.environment import code_in  # late: hardly any post has some
    from evergreen.content.liquid.lines import LineBuffer, line_starts
    from evergreen.markdown import parse

    text, known = post.body, site.hooks.named("shortcodes")
    is_code = code_in(text, parse(text))
    found = [each for each in _START.finditer(text) if not is_code(each.start())]
    names = {each[3] for each in found}
    uses = {f"shortcode {name}": plugin_state(site, "shortcode", name) for name in sorted(names)}
    post = replace(post, uses={**post.uses, **uses})
    if not known:
        return post
    expansion = _Expansion(post, site, known, line_starts(text))
    buffer = LineBuffer()
    expansion.write(buffer.set_line, buffer.write, [each for each in found if each[3] in known])
    made = _ESCAPED.sub(lambda each: f"{{{{{each[1]}{each[2]}{each[3]}}}}}", buffer.getvalue())
    origin = tuple(post.at(line) for line in buffer.origins())
    return replace(post, body=made, origin=origin, parts=_moved_parts(post.parts, buffer.origins()))


def _moved_parts(parts: tuple[int, ...], origins: list[int]) -> tuple[int, ...]:
    """Return the lines at which documents begin, after lines were added or taken away."""
    if not parts:
        return ()
    first = {line: number for number, line in reversed(list(enumerate(origins, 1)))}
    return tuple(first[line] for line in parts if line in first)


@dataclass(frozen=True, slots=True)
class _Expansion:
    """The shortcodes of one post."""

    post: Post
    site: Site
    known: Mapping[str, Render]
    starts: list[int]
    """Index at which each line of the text begins."""

    def write(
        self,
        set_line: Callable[[int, bool], None],
        write: Callable[[str], int],
        found: list[re.Match[str]],
    ) -> None:
        """Write the text with these shortcodes replaced."""
        text, place = self.post.body, 0
        for start, end, line, made in self._replaced(found, 0, len(text)):
            set_line(self._line(place), True)
            write(text[place:start])
            set_line(line, False)
            write(made)
            place = end
        set_line(self._line(place), True)
        write(text[place:])

    def _replaced(
        self, found: list[re.Match[str]], begin: int, end: int
    ) -> Iterator[tuple[int, int, int, str]]:
        """Yield start, end, line and replacement of the outermost shortcodes in a part."""
        inside = [each for each in found if begin <= each.start() and each.end() <= end]
        while inside:
            first, *inside = inside
            if first[2]:
                message = f"{first[0]} has no beginning"
                raise fault(self.post.path, message, "remove it", line=self._at(first.start()))
            last = None if first[5] else self._end_of(first, inside)
            inner = self._inner(found, first.end(), last.start()) if last else ""
            stop = last.end() if last else first.end()
            yield first.start(), stop, self._line(first.start()), self._made(first, inner)
            inside = [each for each in inside if each.start() >= stop]

    def _inner(self, found: list[re.Match[str]], begin: int, end: int) -> str:
        pieces, place = [], begin
        for start, stop, _, made in self._replaced(found, begin, end):
            pieces += [self.post.body[place:start], made]
            place = stop
        return "".join([*pieces, self.post.body[place:end]])

    def _end_of(self, first: re.Match[str], rest: list[re.Match[str]]) -> re.Match[str] | None:
        """Return the end of a shortcode, beyond those of shortcodes of its name inside it; None if
        it has none."""
        depth = 0
        for each in rest:
            if each[3] == first[3] and not each[5]:
                if each[2] and not depth:
                    return each
                depth += -1 if each[2] else 1
        return None

    def _made(self, found: re.Match[str], content: str) -> str:
        line = self._at(found.start())
        call = read_call(found[3], found[4], content, self.post, self.site, line)
        try:
            return self.known[found[3]](call)
        except PluginError as error:
            column = found.start() - self.starts[self._line(found.start()) - 1] + 1
            raise error.at(self.post.path, line, column) from error

    def _line(self, index: int) -> int:
        return bisect_right(self.starts, index)

    def _at(self, index: int) -> int:
        return self.post.at(self._line(index))

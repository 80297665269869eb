"""Quarto's own shortcodes in the text of a file of another tool: `{{< meta title >}}`, `var`,
`kbd`, `video`, `pagebreak`, `env`. `includes` has `include`; a plugin's shortcode goes first.

An icon is left out, with a warning, as its font is not there. Of a shortcode that is unknown here,
as those of extensions are, the words are shown, with a warning at its line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import field
from html import escape
from typing import Any

from evergreen.content.frontmatter import decode
from evergreen.content.liquid.shared import BlogContext
from evergreen.content.plugin_hooks import plugin_state
from evergreen.content.yaml_mapping import MappingError, read_mapping
from evergreen.dataclass import dataclass, replace
from evergreen.errors import Problem, fault
from evergreen.markdown.grammar import fence_after
from evergreen.model import Post
from evergreen.regex import regex

VARIABLES = "_variables.yml"
"""The file with the values of `var`, in the blog's folder."""


def expand_quarto(post: Post, blog: BlogContext) -> Post:
    """Return the post with these shortcodes replaced; a file of our own stays as it is."""
    if not post.is_foreign or not ("{{<" in post.body or "{{<" in post.title):
        return post
    expansion = _Expansion(post, blog)
    title = expansion.replaced(post.title, 1)
    body = "\n".join(expansion.lines(_closed(post.body.split("\n"))))
    uses = {**post.uses, **expansion.uses}
    warnings = (*post.warnings, *expansion.warnings)
    return replace(post, title=title, body=body, uses=uses, warnings=warnings)


def _closed(lines: list[str]) -> list[str]:
    """Return as many lines, in which a shortcode that goes on in the next one ends in its first."""
    made = list(lines)
    for at in range(len(made) - 1):
        if (opening := _OPEN.search(made[at])) and (end := _END.match(made[at + 1])):
            made[at] = f"{made[at][: opening.end()].rstrip()} {end['rest']}"
            made[at + 1] = made[at + 1][end.end() :]
    return made


@dataclass(slots=True)
class _Expansion:
    post: Post
    blog: BlogContext
    uses: dict[str, str] = field(default_factory=dict)
    warnings: list[Problem] = field(default_factory=list)
    variables: Mapping[str, Any] | None = None

    def lines(self, lines: list[str]) -> list[str]:
        """Return the lines with their shortcodes replaced, outside of code."""
        fence, found = "", []
        for number, line in enumerate(lines, 1):
            fence = fence_after(fence, line)
            found.append(line if fence or "{{<" not in line else self.replaced(line, number))
        return found

    def replaced(self, line: str, number: int) -> str:
        def one(match: re.Match[str]) -> str:
            shown = self.value(match, number) if match["name"] else None
            if shown is None and match["name"] and not self.is_plugin(match["name"]):
                return self.unknown(match, number)
            return match[0] if shown is None else shown

        return _SHORTCODE.sub(one, line)

    def value(self, match: re.Match[str], number: int) -> str | None:
        """Return what a shortcode stands for; None if it stays."""
        name, arguments = (
            match["name"],
            [each[0] or each[1] for each in _WORD.findall(match["rest"])],
        )
        state = plugin_state(self.blog.site, "shortcode", name)
        self.uses[f"shortcode {name}"] = state
        if state:
            return None
        if name in _ICONS:
            return self.icon(match, number)
        if name == "meta" and arguments:
            self.uses[f"meta {arguments[0].partition('.')[0]}"] = ""
            return _text(_at(self.post.meta, arguments[0]))
        if name == "var" and arguments:
            return _text(_at(self.known(number), arguments[0]))
        return _WRITERS[name](arguments) if name in _WRITERS and arguments else _bare(name)

    def is_plugin(self, name: str) -> bool:
        """True if a plugin has the shortcode, or may have included something by it."""
        return bool(self.uses.get(f"shortcode {name}"))

    def unknown(self, match: re.Match[str], number: int) -> str:
        """Return the words of a shortcode that is not known, and warn about it."""
        name = match["name"]
        is_value = name in ("meta", "var") and match["rest"].strip()
        what = f"the shortcode '{name}' is not known: only its words are shown"
        advice = "write what it means in Markdown or HTML, or a plugin for it"
        if is_value:
            what = f"'{match[0]}' has no value: only its name is shown"
            advice = f"add it to the front matter, or to {VARIABLES}"
        place = self.post.at(number)
        self.warnings.append(Problem(self.post.path, place, 0, what, advice, "warning"))
        if is_value:
            return _SIGNS.sub(" ", match["rest"]).strip()
        words = [word for each in _WORD.findall(match["rest"]) if "=" not in (word := max(each))]
        return _SIGNS.sub(" ", " ".join([name, *words]))

    def known(self, number: int) -> Mapping[str, Any]:
        """Return the blog's variables. Raises EvergreenError if they are not valid YAML."""
        if self.variables is None:
            file = self.blog.root / VARIABLES
            self.uses[f"file {VARIABLES}"] = self.blog.hashes.of(file)
            try:
                self.variables = read_mapping(decode(VARIABLES, file.read_bytes()))[0]
            except OSError:
                self.variables = {}
            except MappingError as error:
                raise fault(VARIABLES, error.message, error.advice) from None
        return self.variables

    def icon(self, match: re.Match[str], number: int) -> str:
        if not any("an icon, " in each.message for each in self.warnings):
            what = f"an icon, '{match[0]}', is not shown"
            advice = "write a symbol, or a plugin for it"
            place = self.post.at(number)
            self.warnings.append(Problem(self.post.path, place, 0, what, advice, "warning"))
        return ""


def _bare(name: str) -> str | None:
    return "" if name == "pagebreak" else None


def _at(values: Any, key: str) -> Any:
    """Return the value at a key like `a.b`, None if there is none."""
    for part in key.split("."):
        values = values.get(part) if isinstance(values, Mapping) else None
    return values


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, dict):
        return None
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _keys(arguments: list[str]) -> str:
    """Return a key to press, of the first system that is named."""
    return f"<kbd>{escape(arguments[0].partition('=')[2] or arguments[0])}</kbd>"


_WRITERS: Mapping[str, Callable[[list[str]], str]] = {
    "kbd": _keys,
    "video": lambda arguments: f"<{arguments[0]}>" if ":" in arguments[0] else _file(arguments[0]),
    "env": lambda arguments: " ".join(arguments[1:]),
}


def _file(path: str) -> str:
    return f'<video src="{escape(path)}" controls></video>'


_ICONS = frozenset({"fa", "bi", "ai", "iconify", "icon", "academicon", "ion"})
_SHORTCODE = regex(
    r"(?P<code>`+)(?!`).+?(?<!`)(?P=code)(?!`)|(?<!\{)\{\{<\s*(?P<name>[\w-]+)(?P<rest>(?:\s.*?)?)\s*>\}\}"
)
_OPEN = regex(r"(?<!\{)\{\{<(?:(?!>\}\}).)*\Z")
_END = regex(r"[ \t>]*(?P<rest>[^\s<>](?:(?!\{\{<).)*?>\}\})[ \t]*")
_SIGNS = regex(r"[\s._-]+")
_WORD = regex(r"\"([^\"]*)\"|(\S+)")

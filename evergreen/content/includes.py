"""Files that a text includes: Quarto's `{{< include _part.qmd >}}` on a line of its own, and what
MyST's `{include}` and `{literalinclude}` are translated to.

The text of a file is translated as the post is, so its cells run; in code it is taken as it is.
Each file is in the post's `uses`. A line of a file has the line of the include.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from textwrap import dedent

from evergreen.content.formats.chunks import translate_part
from evergreen.content.frontmatter import decode, read_front_matter
from evergreen.content.liquid.shared import BlogContext
from evergreen.dataclass import dataclass, replace
from evergreen.errors import Problem, fault
from evergreen.markdown.grammar import fence_after
from evergreen.model import Post
from evergreen.paths import flaw, is_hidden, points_outside
from evergreen.regex import regex

MAX_DEPTH = 8
"""Number of files that may include one another."""
_MISSING = "does not exist"
MAX_LINES = 100_000
"""Number of lines that a post may have with all that it includes."""
_Lines = Iterator[tuple[int, str]]


def expand_includes(post: Post, blog: BlogContext) -> Post:
    """Return the post with the files that it includes. Raises EvergreenError, at the line of the
    include, if one does not exist or must not be read; in a file of another tool a missing one is a
    warning.

    In code, where the syntax may be only shown, a name without a file stays as it is.
    """
    if "{{< " not in post.body:
        return post
    if "include" in blog.site.hooks.named("shortcodes"):
        return post
    expansion = _Expansion(post, blog)
    lines = post.body.removesuffix("\n").split("\n")
    made = list(expansion.lines(lines, post.bundle, range(1, len(lines) + 1), 0))
    return replace(
        post.with_lines(made),
        uses={**post.uses, **expansion.uses},
        warnings=(*post.warnings, *expansion.warnings),
    )


@dataclass(slots=True)
class _Expansion:
    post: Post
    blog: BlogContext
    uses: dict[str, str] = field(default_factory=dict)
    warnings: list[Problem] = field(default_factory=list)
    count: int = 0

    def lines(self, lines: list[str], folder: str, places: Sequence[int], depth: int) -> _Lines:
        """Yield the lines with what they include, each with its place in the post."""
        fence = ""
        for place, line in zip(places, lines, strict=True):
            fence = fence_after(fence, line)
            if match := _INCLUDE.fullmatch(line):
                yield from self.included(match, folder, place, depth, bool(fence))
            else:
                self.count += 1
                yield place, line

    def included(
        self, match: re.Match[str], folder: str, place: int, depth: int, is_code: bool
    ) -> _Lines:
        path = self.path(match["name"], folder)
        self.uses[f"file {path}"] = self.blog.hashes.of(self.blog.root / path)
        wrong, advice = self.refusal(path, depth)
        options = dict(_OPTION.findall(match["options"]))
        runs = "cell" in options
        if wrong and is_code and not runs:
            yield place, match[0]
            return
        if wrong:
            what = f"the included file '{match['name']}' {wrong}"
            if wrong != _MISSING or runs or not self.post.is_foreign:
                raise fault(self.post.path, what, advice, line=self.post.at(place))
            line = self.post.at(place)
            self.warnings.append(Problem(self.post.path, line, 0, what, advice, "warning"))
            yield place, f"{match['indent']}`{match['name']}`"
            return
        text = self.text(path, place)
        if is_code:
            yield from ((place, match["indent"] + each) for each in _chosen(text, options))
            return
        inner = read_front_matter(path, text.encode()).body if text.startswith("---\n") else text
        translated = translate_part(
            self.post.cell_form, self.post.language, _chosen(inner, options)
        )
        lines = [match["indent"] + each if each else "" for each in translated]
        places = [place] * len(lines)
        yield from self.lines(lines, posixpath.dirname(path), places, depth + 1)

    def path(self, name: str, folder: str) -> str:
        """Return the path of a file, which is named from the file that includes it, or from the
        blog's folder if it begins with a slash."""
        near = posixpath.normpath(posixpath.join(folder, name))
        if name.startswith("/"):
            return posixpath.normpath(name.lstrip("/"))
        beside = posixpath.normpath(posixpath.join(self.post.bundle, name))
        return near if (self.blog.root / near).is_file() else beside

    def refusal(self, path: str, depth: int) -> tuple[str, str]:
        """Return why a file is not included, and what to do; "" if it is."""
        if wrong := flaw(path):
            return wrong, "name a file of the blog"
        root, place = self.blog.root.resolve(), self.blog.root / path
        if points_outside(root, place):
            return "is outside the blog", "copy it into the blog"
        if is_hidden(root, place):
            return "is hidden", "give it a name that does not begin with a dot"
        if not (self.blog.root / path).is_file():
            return _MISSING, "create it, or fix its path"
        if depth >= MAX_DEPTH or self.count > MAX_LINES:
            return "includes itself, or too much", "include less"
        return "", ""

    def text(self, path: str, place: int) -> str:
        try:
            return decode(path, (self.blog.root / path).read_bytes())
        except OSError as error:
            what = f"the included file '{path}' cannot be read: {error.strerror}"
            advice = "fix its permissions"
            raise fault(self.post.path, what, advice, line=self.post.at(place)) from None


def _chosen(text: str, options: Mapping[str, str]) -> list[str]:
    """Return the lines of a file that the options choose."""
    lines = text.removesuffix("\n").split("\n")
    if name := options.get("pyobject"):
        lines = _object(text, name)
    if numbers := options.get("lines"):
        lines = [lines[number - 1] for number in _numbers(numbers, len(lines))]
    if "start-line" in options or "end-line" in options:
        start, end = (_number(options.get(key, "")) for key in ("start-line", "end-line"))
        lines = lines[start:end]
    lines = _between(lines, options)
    return dedent("\n".join(lines)).split("\n") if "dedent" in options else lines


def _between(lines: list[str], options: Mapping[str, str]) -> list[str]:
    """Return the lines from, behind, to or before those that have a text."""
    for key, behind in (("start-at", 0), ("start-after", 1)):
        if text := options.get(key):
            at = next((n for n, line in enumerate(lines) if text in line), None)
            lines = [] if at is None else lines[at + behind :]
    for key, behind in (("end-at", 1), ("end-before", 0)):
        if text := options.get(key):
            at = next((n for n, line in enumerate(lines) if text in line), len(lines))
            lines = lines[: at + behind]
    return lines


def _object(text: str, name: str) -> list[str]:
    """Return the lines of a class or function, `Name.method`; all if there is none."""
    import ast  # hardly any post asks for it

    named = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    lines = text.removesuffix("\n").split("\n")
    try:
        body: list[ast.stmt] = ast.parse(text).body
    except SyntaxError:
        return lines
    found: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef | None = None
    for part in name.split("."):
        found = next((each for each in body if isinstance(each, named) and each.name == part), None)
        if found is None:
            return lines
        body = found.body
    assert found
    first = min([found.lineno, *(each.lineno for each in found.decorator_list)])
    return lines[first - 1 : found.end_lineno]


def _numbers(text: str, count: int) -> Iterator[int]:
    """Yield the numbers of `1,3-5,10-`, from 1 to `count`."""
    for first, dash, last in _RANGE.findall(text):
        end = int(last) if last else (count if dash else int(first or 0))
        yield from range(max(int(first or 1), 1), min(end, count) + 1)


def _number(text: str) -> int | None:
    return int(text) if re.fullmatch(r"-?\d+", text) else None


_INCLUDE = regex(
    r"(?P<indent>[ \t]*)\{\{<\s*include\s+[\"']?(?P<name>[^\s\"'>]+)[\"']?"
    r"(?P<options>[^>\n]*)>\}\}[ \t]*"
)
_OPTION = regex(r"([\w-]+)=\"([^\"]*)\"")
_RANGE = regex(r"(\d*)(-?)(\d*)(?:,|\s|\Z)")

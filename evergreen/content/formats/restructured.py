"""reStructuredText, in the text of sphinx-gallery's scripts, as MyST, which has its directives
and roles.

Read is what such texts have: directives, roles, links, targets, footnotes, literal blocks, lists of
terms, tables, quotes. Comments, and directives that only Sphinx can follow, are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from textwrap import dedent

from evergreen.content.formats.tables import grid_end, grid_table
from evergreen.dataclass import dataclass
from evergreen.regex import regex

_Line = tuple[int, str]


def is_restructured(text: str) -> bool:
    """True if a text has a directive, a role or a link of reStructuredText outside of its code."""
    return _SIGNS.search(_LITERAL.sub("", text)) is not None


def translate_rst(lines: Sequence[str]) -> Iterator[_Line]:
    """Yield the lines as MyST, each with the index of the old one."""
    text = "\n".join(lines)
    targets = {_plain(found[1]): found[2] for found in _TARGET.finditer(text)}
    values = {found[1]: found[2] for found in _SUBSTITUTION.finditer(text)}
    yield from _Reader(targets, values).blocks([*enumerate(lines)])


@dataclass(slots=True)
class _Reader:
    targets: Mapping[str, str]
    """Name → URL."""
    values: Mapping[str, str]
    """Name of a substitution → its text."""
    above: str = field(default="")

    def blocks(self, lines: list[_Line]) -> Iterator[_Line]:
        """Yield the blocks of some lines."""
        at = 0
        while at < len(lines):
            place, line = lines[at]
            indent = _indent(line)
            if not line.strip():
                yield place, ""
                at += 1
            elif line.lstrip().startswith("..") and (found := _EXPLICIT.fullmatch(line)):
                end = _block_end(lines, at + 1, indent)
                inner = self.explicit(found, place, _dedented(lines[at + 1 : end]))
                yield from ((number, " " * indent + each if each else "") for number, each in inner)
                at = end
            elif line.startswith("+-") and (end := grid_end([each for _, each in lines], at)) > at:
                yield from [(place, ""), *grid_table(lines[at:end])]
                at = end
            elif _COLUMNS.fullmatch(line) and (end := _table_end(lines, at)) > at:
                yield from self.table(lines[at:end])
                at = end
            else:
                end = _paragraph_end(lines, at)
                yield from self.paragraph(lines, at, end)
                at = end
                if lines[end - 1][1].rstrip().endswith("::"):
                    at = _block_end(lines, end, indent)
                    yield from _code("text", place, _dedented(lines[end:at]), indent)

    def paragraph(self, lines: list[_Line], at: int, end: int) -> Iterator[_Line]:
        """Yield a paragraph, an item of a list, a term with what is said of it, or a quote."""
        texts = [line for _, line in lines[at:end]]
        place, first = lines[at][0], texts[0]
        if first.lstrip().startswith(">>> "):
            yield from _code("pycon", place, _dedented(lines[at:end]), 0)
            return
        is_item = _ITEM.match(first) is not None
        before = next((each for _, each in reversed(lines[:at]) if each.strip()), "")
        is_quote = _indent(first) > 0 and not is_item and not _in_list(before)
        is_term = not is_item and len(texts) > 1 and _indent(texts[1]) > _indent(first) == 0
        made = self.inline("\n".join(texts)).split("\n")
        if made[-1].rstrip().endswith("::"):
            made[-1] = made[-1].rstrip()[:-1].removesuffix(" :").removesuffix(":") + ":"
            made = made[:-1] if not made[-1].strip(": ") else made
        for number, each in enumerate(made):
            shown = _NUMBER.sub(r"\1 1. ", each).lstrip(" ") if _NUMBER.match(each) else each
            if is_term and number:
                shown = f": {each.strip()}" if number == 1 else f"  {each.strip()}"
            elif is_quote:
                shown = f"> {each.strip()}"
            elif found := _FIELD.fullmatch(shown):
                shown = f"**{found[1]}:** {found[2]}  "
            elif shown.startswith("| "):
                shown = f"{shown[2:]}  "
            yield lines[min(at + number, end - 1)][0], shown

    def explicit(self, found: re.Match[str], place: int, body: list[_Line]) -> Iterator[_Line]:
        """Yield what begins with two dots."""
        if found["label"]:
            if not found["url"]:
                yield from [(place, ""), (place, f"({_plain(found['label'])})="), (place, "")]
        elif found["note"]:
            lines = [each.strip() for _, each in body if each.strip()]
            text = self.inline(" ".join([found["text"].strip(), *lines]))
            yield from [(place, ""), (place, f"[^{found['note'].lstrip('#') or 'auto'}]: {text}")]
            yield place, ""
        elif found["name"] and not found["value"]:
            yield from self.directive(found["name"], found["argument"].strip(), place, body)

    def directive(self, name: str, argument: str, place: int, body: list[_Line]) -> Iterator[_Line]:
        """Yield a directive as MyST has it."""
        options: list[_Line] = []
        while body and _OPTION.match(body[0][1]):
            options.append(body.pop(0))
        while body and not body[0][1].strip():
            body.pop(0)
        if name in _LEFT_OUT:
            return
        if name in _CODE:
            yield from _code(argument or "python", place, body, 0)
            return
        if name == "math":
            yield from self.formulas(argument, options, place, body)
            return
        if name == "image":
            name = "figure"
        if name in _PLAIN:
            yield from [(place, ""), *self.blocks(body), (place, "")]
            return
        inner = body if name in _VERBATIM else [*self.blocks(body)]
        longest = max((len(each) for _, line in inner for each in _COLONS.findall(line)), default=2)
        fence = ":" * (longest + 1)
        shown = argument if name in _VERBATIM else self.inline(argument)
        yield from [(place, ""), (place, f"{fence}{{{name}}} {shown}".rstrip())]
        yield from ((at, each.strip()) for at, each in options)
        yield from [(place, ""), *inner, (place, fence), (place, "")]

    def formulas(
        self, argument: str, options: list[_Line], place: int, body: list[_Line]
    ) -> Iterator[_Line]:
        """Yield formulas, which blank lines part."""
        label = next((found[1] for _, each in options if (found := _LABEL.match(each))), "")
        text = "\n".join([argument, *(each for _, each in body)])
        for part in re.split(r"\n[ \t]*\n", text):
            if part.strip():
                lines = [each for each in part.split("\n") if each.strip()]
                if "\\\\" in part and "\\begin" not in part:
                    lines = ["\\begin{aligned}", *lines, "\\end{aligned}"]
                yield from [(place, ""), (place, "$$"), *((place, each) for each in lines)]
                yield from [(place, f"$$ ({label})" if label else "$$"), (place, "")]
                label = ""

    def table(self, lines: list[_Line]) -> Iterator[_Line]:
        """Yield a table whose columns are under rules of `=`."""
        starts = [found.start() for found in re.finditer(r"=+", lines[0][1])]
        ends = [*starts[1:], None]
        rows: list[tuple[int, list[str]]] = []
        head = 1
        for place, line in lines[1:-1]:
            if _COLUMNS.fullmatch(line):
                head = len(rows)
            elif line.strip() and not re.fullmatch(r"[- ]+", line):
                cells = [line[start:end].strip() for start, end in zip(starts, ends, strict=True)]
                if rows and not cells[0] and len(rows) > head:
                    rows[-1] = (
                        rows[-1][0],
                        [f"{a} {b}" for a, b in zip(rows[-1][1], cells, strict=True)],
                    )
                else:
                    rows.append((place, cells))
        yield lines[0][0], ""
        for number, (place, cells) in enumerate(rows):
            yield place, f"| {' | '.join(self.inline(each) for each in cells)} |"
            if number == max(head, 1) - 1:
                yield place, "|" + "---|" * len(cells)
        yield lines[-1][0], ""

    def inline(self, text: str) -> str:
        """Return a text with its roles and links."""

        def one(found: re.Match[str]) -> str:
            if found["code"]:
                is_bare = found[0].strip("`") == found[0][2:-2]
                return found[0] if is_bare else f"```` {found[0][2:-2]} ````"
            if found["role"]:
                return f"{{{found['role']}}}`{' '.join(found['text'].split())}`"
            if found["shown"]:
                return self.link(found["shown"], found["mark"])
            if found["note"]:
                return f"[^{found['note'].lstrip('#') or 'auto'}]"
            if found["value"]:
                return self.values.get(found["value"], found[0])
            if found["word"]:
                url = self.targets.get(_plain(found["word"]))
                return f"[{found['word']}]({url})" if url else found[0]
            return ""

        return _INLINE.sub(one, text)

    def link(self, shown: str, mark: str) -> str:
        """Return a link, `text <url>` or the name of a target; code if it is none."""
        words = " ".join(shown.split())
        if not mark:
            return f"`{words}`"
        named = _NAMED.fullmatch(words)
        url = named[2].replace(" ", "") if named else self.targets.get(_plain(words), "")
        text = named[1].strip() if named else words
        return f"[{text or url}]({self.targets.get(_plain(url.rstrip('_')), url)})" if url else text


def _code(language: str, place: int, body: list[_Line], indent: int) -> Iterator[_Line]:
    lines = list(body)
    while lines and not lines[-1][1].strip():
        lines.pop()
    while lines and not lines[0][1].strip():
        lines.pop(0)
    if lines:
        margin = " " * indent
        yield from [(place, ""), (place, f"{margin}```{language}")]
        yield from ((at, margin + each) for at, each in lines)
        yield from [(lines[-1][0], f"{margin}```"), (lines[-1][0], "")]


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _dedented(lines: list[_Line]) -> list[_Line]:
    texts = dedent("\n".join(line for _, line in lines)).split("\n")
    return [(at, text) for (at, _), text in zip(lines, texts, strict=False)]


def _block_end(lines: list[_Line], at: int, indent: int) -> int:
    """Return the index after the lines that are further in than `indent`."""
    end = at
    for number in range(at, len(lines)):
        line = lines[number][1]
        if line.strip() and _indent(line) <= indent:
            break
        end = number + 1 if line.strip() else end
    return end


def _paragraph_end(lines: list[_Line], at: int) -> int:
    end = at + 1
    while end < len(lines) and lines[end][1].strip():
        line = lines[end][1]
        if _ITEM.match(line) or _EXPLICIT.fullmatch(line) or lines[end - 1][1].endswith("::"):
            break
        end += 1
    return end


def _table_end(lines: list[_Line], at: int) -> int:
    """Return the index after the last rule of a table; `at` if there is none."""
    end = at
    for number in range(at + 1, len(lines)):
        if _COLUMNS.fullmatch(lines[number][1]):
            end = number + 1
            below = lines[end][1] if end < len(lines) else ""
            if not below.strip():
                return end
        elif not lines[number][1].strip() and end > at:
            return end
    return end


def _in_list(line: str) -> bool:
    return _ITEM.match(line) is not None or _indent(line) > 0


def _plain(name: str) -> str:
    return " ".join(name.replace("`", "").lower().split())


_LITERAL = regex(r"``.+?``", re.S)
_SIGNS = regex(
    r"^[ \t]*\.\. (?:[\w-]+(?::\w+)?::|_[^:\n]+:|\[)|(?<![\w`]):[a-z][\w:+-]*:`|`_{1,2}(?!\w)", re.M
)
_TARGET = regex(r"^[ \t]*\.\. _(`[^`]+`|[^:\n]+):[ \t]+(\S+)[ \t]*$", re.M)
_SUBSTITUTION = regex(r"^[ \t]*\.\. \|([^|\n]+)\| replace::[ \t]*(.+)$", re.M)
_EXPLICIT = regex(
    r"[ \t]*\.\.(?:[ \t]+(?:_(?P<label>`[^`]+`|[^:\n]+):(?:[ \t]+(?P<url>\S.*))?"
    r"|\[(?P<note>[\w#*.-]+)\](?P<text>.*)"
    r"|(?P<value>\|[^|]+\|)?[ \t]*(?P<name>[A-Za-z][\w:+-]*?)::(?P<argument>.*)|.*))?"
)
_OPTION = regex(r"[ \t]*:[A-Za-z][\w-]*:(?:[ \t]|\Z)")
_LABEL = regex(r"[ \t]*:label:[ \t]*(\S+)")
_COLONS = regex(r"^[ \t]*(:{3,})")
_ITEM = regex(r"[ \t]*(?:[-*+•]|\d+[.)]|#\.)[ \t]+\S")
_NUMBER = regex(r"([ \t]*)#\.[ \t]+")
_FIELD = regex(r":([A-Z][\w ]*):[ \t]+(.+)")
_COLUMNS = regex(r"=+(?:[ \t]+=+)+[ \t]*")
_NAMED = regex(r"(.*?)\s*<([^<>]+)>")
_INLINE = regex(
    r"(?P<code>``.+?``(?!`))|(?<![\w`:]):(?P<role>[a-z][\w:+-]*):`(?P<text>[^`]+)`"
    r"|(?<![`\w])`(?P<shown>[^`]+)`(?P<mark>_{0,2})(?![`\w])|\[(?P<note>[\w#*.-]+)\]_(?!\w)"
    r"|(?<![\w|])\|(?P<value>[^|\s][^|\n]*)\|_{0,2}|(?<![\w`/.])(?P<word>[A-Za-z]\w*?)_(?![\w`])"
    r"|\\[ \n]",
    re.S,
)
_CODE = frozenset("code code-block sourcecode prompt ipython doctest testcode".split())
_VERBATIM = frozenset("raw list-table csv-table literalinclude include mermaid".split())
_PLAIN = frozenset("container class rst-class compound only tabs tab hlist topic plot".split())
_LEFT_OUT = frozenset(
    "minigallery contents toctree autosummary autoclass autofunction automodule currentmodule"
    " module index meta highlight default-role role tags exercise-start bibliography"
    " sectionauthor codeauthor gallery-grid".split()
)

"""Build the Markdown of a post in another format, with the origin of each line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import field

from evergreen.content.formats.list_blocks import place_fences
from evergreen.content.frontmatter import FrontMatter, with_title
from evergreen.dataclass import dataclass
from evergreen.markdown.grammar import ENVIRONMENT, fence_after, fence_below
from evergreen.regex import regex

_Line = tuple[int, str]


@dataclass(slots=True)
class NumberedLines:
    """Lines of text, each with its line in the source file."""

    lines: list[str] = field(default_factory=list)
    origin: list[int] = field(default_factory=list)
    parts: list[int] = field(default_factory=list)
    """Lines, from 1, at which documents of their own begin."""

    def add(self, line: str, number: int) -> None:
        """Append a line."""
        self.lines.append(line)
        self.origin.append(number)

    def add_prose(self, lines: Sequence[str], numbers: Sequence[int]) -> None:
        """Append a text cell, a document of its own."""
        self.parts.append(len(self.lines) + 1)
        for line, number in zip(lines, numbers, strict=True):
            self.add(_DIRECTIVE.sub(r"\1", line), number)
        self.add("", numbers[-1] if numbers else 1)

    def add_cell(
        self, info: str, lines: Sequence[str], numbers: Sequence[int], options: str = ""
    ) -> None:
        """Append a code cell, with a fence longer than any in it."""
        self.parts.append(len(self.lines) + 1)
        fence = "`" * max(3, 1 + _longest_run(lines))
        self.add(f"{fence}{{code-cell}} {info}{options}", numbers[0])
        for line, number in zip(lines, numbers, strict=True):
            self.add(line, number)
        self.add(fence, numbers[-1])
        self.add("", numbers[-1])

    @property
    def body(self) -> str:
        """Return the text so far."""
        return "\n".join(self.lines) + "\n"


@dataclass(frozen=True, slots=True)
class FoundHeading:
    """The first heading of some lines of Markdown."""

    start: int
    """Index of its line."""
    count: int
    """Number of its lines: 2 if it is underlined."""
    level: int
    title: str
    """Its text without markup."""


def take_title(
    front_matter: FrontMatter, heading: FoundHeading, lines: list[str], numbers: list[int]
) -> FrontMatter:
    """Return the front matter with the title in a heading, which is removed from the lines of a
    text and from their numbers in the file."""
    titled = with_title(front_matter, heading.title, numbers[heading.start])
    for each in (lines, numbers):
        del each[heading.start : heading.start + heading.count]
    return titled


def first_heading(lines: Sequence[str], start: int = 0) -> FoundHeading | None:
    """Return the first heading with a text from a line on, outside of code and comments; None
    without one."""
    fence = ""
    comment = False
    for place, line in enumerate(lines[start:], start):
        if comment or line.lstrip().startswith("<!--"):
            comment = "-->" not in line
        elif found := _FENCE.match(line):
            if not fence:
                fence = found[1]
            elif found[1].startswith(fence) and not line.strip(" `~"):
                fence = ""
        elif not fence and (heading := _heading(lines, place)) and heading.title:
            return heading
    return None


def without_comments(lines: Sequence[str]) -> list[str]:
    """Return the lines with blank ones in place of comments of several lines, which may be in a
    paragraph; one with a block of code in it stays."""
    made, at = list(lines), 0
    fence = ""
    while at < len(lines):
        fence = fence_after(fence, lines[at])
        end = at + 1
        if not fence and lines[at].lstrip().startswith("<!--") and "-->" not in lines[at]:
            end = next((n + 1 for n in range(at, len(lines)) if "-->" in lines[n]), end)
            is_plain = lines[end - 1].rstrip().endswith("-->")
            if is_plain and not any(fence_after("", each) for each in lines[at:end]):
                made[at:end] = [""] * (end - at)
        at = end
    return made


def join_formulas(lines: Sequence[str], numbers: Sequence[int]) -> tuple[list[str], list[int]]:
    """Write each display formula that is within a paragraph in one line, with the line's number.

    Jupyter takes formulas out of a text before it looks for lists, tables and headings; `- y` in
    the lines of a formula is none.
    """
    found: tuple[list[str], list[int]] = ([], [])
    fence, at = "", 0
    while at < len(lines):
        if opening := _FENCE.match(lines[at]):
            fence = "" if fence and opening[1].startswith(fence) else fence or opening[1]
        line, end = (lines[at], at + 1) if fence else join_environment(lines, at)
        if end == at + 1 and not fence:
            end = max(_formula_end(lines, at), _single_end(lines, at))
            line = " ".join(lines[at:end])
        found[0].append(line)
        found[1].append(numbers[at])
        at = end
    return found


def as_written(lines: Sequence[str], numbers: Sequence[int]) -> tuple[list[str], list[int]]:
    """Return the lines of a text cell as Jupyter reads them, and their numbers: formulas first,
    no comments, and blocks that follow a text without a blank line."""
    joined, places = join_formulas(without_comments(lines), numbers)
    found = list(separate_blocks(zip(places, joined, strict=True)))
    return [line for _, line in found], [number for number, _ in found]


def join_environment(lines: Sequence[str], at: int) -> tuple[str, int]:
    """Return a line, and the index after it; an environment of TeX that it opens is joined to one
    line if it has blank lines, or lines that look like items, headings or tables."""
    opening = _BEGIN.search(_CODE_SPAN.sub("", lines[at])) if "\\begin" in lines[at] else None
    closing = f"\\end{{{opening[1]}}}" if opening else ""
    if not opening or closing in lines[at] or "$$" in lines[at]:
        return lines[at], at + 1
    last = min(at + _LONGEST, len(lines))
    end = next((n + 1 for n in range(at + 1, last) if closing in lines[n]), at + 1)
    inside = [line.lstrip(" \t>") for line in lines[at + 1 : end]]
    if not any(_OPENS_BLOCK.match(line) for line in inside):
        return lines[at], at + 1
    bare = [_COMMENT.sub("", line).rstrip() for line in (lines[at], *inside)]
    return " ".join(line for line in bare if line), end


def plain_openings(lines: Sequence[str]) -> list[str]:
    """Return the lines with code in the options of a chunk, `fig.cap="…"`, as HTML:
    behind backticks that open a block there may be none."""
    return [
        _TICKS.sub(r"<code>\1</code>", line) if _OPENING_CHUNK.match(line) else line
        for line in lines
    ]


def opens_display(line: str) -> bool:
    """True if a display formula, `$$`, begins or ends in a line, and goes on in another."""
    return "$$" in line and _CODE_SPAN.sub("", line).count("$$") % 2 == 1


def with_dollars(lines: Sequence[str]) -> list[str]:
    r"""Write `\(…\)` and `\[…\]` with dollars, outside of code. They end with their paragraph."""
    made, fence, start = list(lines), "", 0
    for at, line in enumerate([*lines, ""]):
        found = _FENCE.match(line)
        if fence or found or not line.strip():
            text = "\n".join(made[start:at])
            if not fence and "\\" in text:
                made[start:at] = _BACKSLASHED.sub(_in_dollars, text).split("\n")
            start = at + 1
        if found:
            fence = fence_below(fence, found[1], line[found.end() :])
    return made


def _in_dollars(found: re.Match[str]) -> str:
    if found["line"]:
        return f"${found['line'].strip(' ')}$"
    return f"$${found['block']}$$" if found["block"] else found[0]


def separate_blocks(lines: Iterable[_Line]) -> Iterator[_Line]:
    """Yield the lines with a blank one above each block that kramdown would take for a part of the
    text right above it, and other tools for a block of its own: a table, a rule below a list, a
    footnote, code below a list. Lines that go on with the text of a footnote are indented. Headings
    without text are left out. `lines` are numbered."""
    fence, above, is_note = "", "", False
    found = list(place_fences(lines))
    for at, (number, line) in enumerate(found):
        if opening := _FENCE.match(line):
            fence = fence_below(fence, opening[1], line[opening.end() :])
        below = found[at + 1][1] if at + 1 < len(found) else ""
        if not fence and LISTED.match(above) and _RULE.fullmatch(line):
            yield number, ""  # a rule below a list is none of its headings
        if not fence and above.strip() and _NOTE.match(line):
            yield number, ""
        is_note = not fence and _goes_on(line, is_note)
        if is_note and not _NOTE.match(line):
            yield number, line if line.startswith("    ") else f"    {line.lstrip()}"
            above = line
            continue
        if not fence and _EMPTY_HEADING.fullmatch(line):
            yield number, ""
            above = ""
            continue
        is_head = not fence and "|" in line and _RULER.fullmatch(below) is not None
        if is_head and above.strip() and "|" not in above and not above.startswith((" ", ">")):
            yield number, ""
        yield number, line if fence else _with_links(_as_browsers_read(line))
        above = line


def _goes_on(line: str, is_note: bool) -> bool:
    """True for the first line of a footnote, and for one that goes on with its text."""
    return _NOTE.match(line) is not None or (
        is_note and bool(line.strip()) and not _ENDS_NOTE.match(line)
    )


def _with_links(line: str) -> str:
    """Return a line whose asterisks without a pair in the text of a link, `[a*](b)`, are text: in
    kramdown they would be a pair with those of the next link."""
    if "*" not in line or "](" not in line:
        return line
    return _LINKED_STAR.sub(_plain_stars, line)


def _plain_stars(found: re.Match[str]) -> str:
    return found[0] if found["run"] else f"[{_STARS.sub(_plain_star, found['text'])}]("


def _plain_star(found: re.Match[str]) -> str:
    return "\\*" if found[0] == "*" else found[0]


def _as_browsers_read(line: str) -> str:
    """Return a line with its tags as kramdown knows them: `</br>` is a break, `</img>` is nothing,
    values of attributes, `width=50%`, are in quotation marks, and no commas are between them."""

    def one(found: re.Match[str]) -> str:
        if found["bare"]:
            return _BARE_VALUE.sub(_in_quotes, _COMMA.sub(r"\1 ", found[0]))
        return found[0] if found["run"] else "<br>" if found["break"] else ""

    return _TAG.sub(one, line) if "<" in line else line


def _in_quotes(found: re.Match[str]) -> str:
    return f'{found[1]}"{found[2]}"' if found[1] else found[0]


def _formula_end(lines: Sequence[str], at: int) -> int:
    """Return the index after the line that closes the formula which a line opens; `at + 1` if it
    opens none, or one that is a block of its own."""
    line = _CODE_SPAN.sub("", lines[at])
    if not opens_display(lines[at]):
        return at + 1
    end = next((n + 1 for n in range(at + 1, len(lines)) if "$$" in lines[n]), at + 1)
    inside = lines[at + 1 : end]
    if not all(each.strip() for each in inside) or any("%" in each for each in lines[at:end]):
        return at + 1
    before, after = lines[at - 1] if at else "", lines[end] if end < len(lines) else ""
    is_block = line.lstrip().startswith("$$") and lines[end - 1].rstrip().endswith("$$")
    return at + 1 if is_block and not before.strip() and not after.strip() else end


def _single_end(lines: Sequence[str], at: int) -> int:
    """Return the index after the line that closes a formula between single dollars, of which one
    line looks like an item, a heading or a table; `at + 1` for another line."""
    start = _open_dollar(lines[at])
    if start < 0:
        return at + 1
    text, end = lines[at][start:], at + 1
    while end < len(lines) and lines[end].strip():
        text, end = f"{text} {lines[end]}", end + 1
        if "$" in lines[end - 1]:
            break
    source = text[: text.find("$", 1)]
    is_formula = text.count("$") > 1 and "\\" in source
    looks = any(_OPENS_BLOCK.match(line.lstrip(" \t>")) for line in lines[at + 1 : end])
    return end if is_formula and looks else at + 1


def _open_dollar(line: str) -> int:
    """Return the place of the dollar that opens a formula which goes on below a line, or -1."""
    found = [each.start() for each in _DOLLAR.finditer(line) if each[0] == "$"]
    return found[-1] if len(found) % 2 else -1


def is_blank(line: str) -> bool:
    """True for a line without text: blank, a picture, a badge, a rule, tags."""
    return not _BARE.sub("", line).strip(" \t|·-*_")


def plain_text(text: str) -> str:
    """Return the text of a line of Markdown without tags, pictures, links and emphasis."""
    text = _IMAGE.sub("", _TAGS.sub("", text))
    text = _EMPHASIS.sub(r"\2", _LINK.sub(r"\1", text))
    return " ".join(text.replace("`", "").split())


def _heading(lines: Sequence[str], place: int) -> FoundHeading | None:
    line = lines[place]
    if found := _HEADING.fullmatch(line):
        return FoundHeading(place, 1, len(found[1]), plain_text(found[2]))
    if found := _HTML_HEADING.fullmatch(line):
        return FoundHeading(place, 1, int(found[1]), plain_text(found[2]))
    below = lines[place + 1] if place + 1 < len(lines) else ""
    above = lines[place - 1] if place else ""
    if line.strip() and not above.strip() and (rule := _UNDERLINE.fullmatch(below)):
        if _NOT_SETEXT.match(line):
            return None
        return FoundHeading(place, 2, 1 if rule[1] == "=" else 2, plain_text(line))
    return None


def format_tags(tags: Iterable[str]) -> str:
    """Format a cell's tags for an info string; those that are not words are dropped."""
    options = tag_options(map(str, tags))
    return f" {{{' '.join(options)}}}" if options else ""


def tag_options(tags: Iterable[str]) -> list[str]:
    """Return tags as options of an info string: those with a value, `check: exact`, by its name."""
    given = [_SPACED_COLON.sub(":", tag) for tag in tags]
    words = [tag for tag in given if _WORD.fullmatch(tag)]
    valued = (found for tag in given if tag not in words and (found := _VALUED.fullmatch(tag)))
    named = [f'{found[1]}="{found[2]}"' for found in valued]
    return [*([f"tags=[{', '.join(words)}]"] if words else []), *named]


def _longest_run(lines: Sequence[str]) -> int:
    return max((len(found) for line in lines for found in _RUN.findall(line)), default=0)


_DIRECTIVE = regex(r"\A([ \t>]*(?:`{3,}|~{3,}))[ \t]*\{code-cell\}")
"""The sign of our cells in an author's text, where it is shown."""
_RULER = regex(r" {0,3}\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)+\|?[ \t]*")
"""The line below the head of a table."""
_LONGEST = 200
"""Number of lines that an environment may have."""
_BEGIN = regex(rf"\\begin\{{({ENVIRONMENT})\}}")
_OPENS_BLOCK = regex(r"\Z|[-+*#|=]|\d+[.)]\s|[:~]")
_COMMENT = regex(r"(?<!\\)%.*")
LISTED = regex(r"[ \t]*(?:[-*+]|\d+[.)])[ \t]+\S|[ \t]+\S")
"""A line of a list: an item, or indented text."""
_BACKSLASHED = regex(
    r"(?P<run>`+)(?!`).+?(?<!`)(?P=run)(?!`)|\\\\|\$\$.*?\$\$"
    r"|\\\((?P<line>.+?)(?<!\\)\\\)|\\\[(?P<block>.+?)(?<!\\)\\\]",
    re.S,
)
r"""Code, `\\`, formulas in dollars, and those in TeX's brackets."""
_VALUE = r"(?:\"[^\"]*\"|'[^']*'|[^\s\"'=<>`]+)"
_BARE_VALUE = regex(r"\"[^\"]*\"|'[^']*'|(\s[\w:-]+=)([^\s\"'=<>`]+?)(?=\s|/?>)")
_TAG = regex(
    r"(?P<run>`+)(?!`).+?(?<!`)(?P=run)(?!`)"
    rf"|(?P<bare><[A-Za-z][\w-]*(?:[\s,]\s*[\w:-]+(?:={_VALUE})?,?)+\s*/?>)"
    r"|</(?:(?P<break>br)|img|hr|input|source|wbr|col|embed)\s*>",
    re.I,
)
_COMMA = regex(rf"(={_VALUE}),\s*(?=[\w:-]+=|/?>)")
_OPENING_CHUNK = regex(r"[ \t]*`{3,}[ \t]*\{[A-Za-z]\w*\b.*`.*\}[ \t]*\Z")
_TICKS = regex(r"(?<!`)`([^`]+)`(?!`)")
_EMPTY_HEADING = regex(r" {0,3}#{1,6}(?:[ \t]+#*)?[ \t]*(?:\{[^{}]*\}[ \t]*)?")
_LINKED_STAR = regex(
    r"(?P<run>`+)(?!`).+?(?<!`)(?P=run)(?!`)|\[(?P<text>[^\[\]`\\*]*\*[^\[\]`]*)\]\("
)
"""Code, and the text of a link with an asterisk."""
_STARS = regex(r"\\.|\*\*(?=[^\s*]).*?(?<=[^\s*])\*\*|\*(?=[^\s*])[^*]*(?<=[^\s*])\*|\*")
_NOTE = regex(r" {0,3}\[\^[^\]\s]+\]:")
"""The beginning of a footnote."""
_RULE = regex(r"(?:-{3,}|={3,}|(?:\*[ \t]*){3,})[ \t]*")
_FENCE = regex(r"[ \t]*(`{3,}|~{3,})")
_DOLLAR = regex(r"`[^`]*`|\\.|\$\$|\$")
_CODE_SPAN = regex(r"`[^`]*`")
_HEADING = regex(r" {0,3}(#{1,6})[ \t]+(.*?)[ \t]*(?:[ \t]#+)?[ \t]*(?:\{[#.][^{}]*\})?[ \t]*")
_HTML_HEADING = regex(r"\s*(?:<(?:center|div)[^>]*>\s*)?<h([1-6])[^>]*>(.*)</h\1>.*", re.I)
_UNDERLINE = regex(r" {0,3}([=-])\1{2,}[ \t]*")
_NOT_SETEXT = regex(r"[ \t]*(?:[-*+>|#<]|\d+[.)]|---)")
_TAGS = regex(r"</?[A-Za-z][^<>]*>")
_IMAGE = regex(r"!\[[^\]]*\](?:\([^)]*\)|\[[^\]]*\])")
_LINK = regex(r"\[([^\[\]]*)\](?:\([^)]*\)|\[[^\]]*\])")
_EMPHASIS = regex(r"(\*\*\*|\*\*|\*|\b__|\b_)(?=\S)(.+?)(?<=\S)\1(?!\w)")
_BARE = regex(rf"{_TAGS.pattern}|!\[[^\]]*\]\([^)]*\)|\[\s*(?:{_IMAGE.pattern}\s*)+\]\([^)]*\)")
_WORD = regex(r"[\w:-]+")
_SPACED_COLON = regex(r"\s*:\s+")
_VALUED = regex(r"(check|checkpoint)\s*[:=]\s*([\w,.=+ -]+)")
"""A tag with the value of an option."""
_ENDS_NOTE = regex(
    r" {0,3}(?:[-+*][ \t]|\d{1,9}[.)][ \t]|#{1,6}[ \t]|[>|%]|`{3}|~{3}|:{3}|\$\$|\{[.#:]"
    r"|\([^()\n]+\)=|[-=*_]{3}|<(?:!--|/?(?:div|table|details|section|p|ul|ol|figure|iframe)\b))"
)
"""A line that does not go on with a footnote's text."""
_RUN = regex(r"`{3,}")

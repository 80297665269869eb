"""What Quarto and R Markdown have that our Markdown has not: chunks in other languages, content for
other formats, raw blocks, grid tables. `pandoc_spans` has what is within a line.

Each line comes with the index of its line in the source. Chunks that run are not changed, nor are
fenced divs, which our Markdown has.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from evergreen.content.formats.dashed_tables import with_pipes
from evergreen.content.formats.pandoc_spans import extract_notes, opens_formula, translate_spans
from evergreen.content.formats.tables import grid_end, grid_table
from evergreen.content.formats.text import (
    LISTED,
    join_environment,
    opens_display,
    plain_openings,
    separate_blocks,
    without_comments,
)
from evergreen.markdown.grammar import fence_after
from evergreen.regex import regex

_Line = tuple[int, str]
_NO_VALUES: Mapping[str, Any] = {}


def translate_quarto(
    lines: Sequence[str], runs: Sequence[str], values: Mapping[str, Any] = _NO_VALUES
) -> Iterator[_Line]:
    """Yield the lines in our dialect. `runs` are the names of the languages whose chunks run,
    `values` the front matter, on which content may depend."""
    read = _with_pages(_with_text_references(_underlined(plain_openings(lines))))
    read = _without_drawings(without_comments(read))
    read = _with_lists(_with_examples(with_pipes(_with_line_blocks(read))))
    yield from separate_blocks(extract_notes(list(_blocks(read, runs, values))))


def _underlined(lines: Sequence[str]) -> list[str]:
    """Return the lines with underlined headings that have attributes as headings of one line."""
    made = list(lines)
    for at, line in enumerate(lines[:-1]):
        rule = lines[at + 1].rstrip()
        is_rule = len(rule) > 2 and rule[0] in "=-" and not rule.strip(rule[0])
        if is_rule and _ATTRIBUTED.fullmatch(line):
            made[at : at + 2] = [f"{'#' if rule[0] == '=' else '##'} {line}", ""]
    return made


def _with_pages(lines: Sequence[str]) -> list[str]:
    """Return the lines without the code around a text that bookdown has on web pages only,
    `` `r if (knitr::is_html_output()) '…'` ``."""
    made, ends = list(lines), [at for at, line in enumerate(lines) if _END_OF_PAGE.fullmatch(line)]
    for at, line in enumerate(lines):
        end = next((n for n in ends if n > at), 0)
        if end and _ON_PAGE.fullmatch(line):
            made[at] = made[end] = ""
    return made


def _without_drawings(lines: Sequence[str]) -> list[str]:
    """Return the lines with blank ones in place of environments of TeX that only a page on paper
    has, and of the first and last line of those that set its text."""
    made, at, fence = list(lines), 0, ""
    while at < len(lines):
        fence = fence_after(fence, lines[at])
        found = None if fence else _ON_PAPER.match(lines[at])
        end = at + 1
        if found and found["drawn"]:
            close = f"\\end{{{found['drawn']}}}"
            end = next((n + 1 for n in range(at, len(lines)) if close in lines[n]), end)
        if found:
            made[at:end] = [""] * (end - at)
        at = end
    return made


def _with_lists(lines: Sequence[str]) -> list[str]:
    """Return the lines with the numbers of Pandoc's lists, `a.`, `(1)`, `#.`, as `1.`;
    items with letters have a class."""
    made = list(lines)
    letters: dict[str, int] = {}
    fence = ""
    for at, line in enumerate(lines):
        fence = fence_after(fence, line)
        if fence or not (found := _ITEM.fullmatch(line)):
            continue
        indent, marker = found[1], found["marker"].strip("().")
        above = lines[at - 1].strip() if at else ""
        if marker == "#" or (
            marker.isdigit() and (not above or _may_begin(found["marker"], lines[at - 1]))
        ):
            made[at] = f"{indent}{1 if marker == '#' else marker}.{found['text']}"
        elif marker in "aA" and not above:
            letters[indent] = ord(marker)
            made[at] = f"{indent}1. {_class_of(marker)}{found['text']}"
        elif len(marker) == 1 and letters.get(indent, 0) == ord(marker) - 1:
            letters[indent] = ord(marker)
            number = ord(marker.lower()) - ord("a") + 1
            made[at] = f"{indent}{number}. {_class_of(marker)}{found['text']}"
    return made


def _with_examples(lines: Sequence[str]) -> list[str]:
    """Return the lines with numbers in the place of Pandoc's `(@)` and `(@name)`, which go on
    through the document."""
    if not any("(@" in line for line in lines):
        return list(lines)
    made, numbers, count, fence = list(lines), dict[str, int](), 0, ""
    for at, line in enumerate(lines):
        fence = fence_after(fence, line)
        if not fence and (found := _EXAMPLE.fullmatch(line)):
            count += 1
            numbers.setdefault(found[2], count)
            made[at] = f"{found[1]}({count}){found[3]}"
    numbers.pop("", None)

    def number(found: re.Match[str]) -> str:
        return f"({numbers[found[1]]})" if found[1] in numbers else found[0]

    return [_EXAMPLE_REFERENCE.sub(number, line) if "(@" in line else line for line in made]


def _with_line_blocks(lines: Sequence[str]) -> list[str]:
    """Return the lines with each line block, `| a` and `| b`, as HTML in its first line: its line
    breaks and its indents stay. A line without a bar goes on with the one above."""
    made, fence, at = list(lines), "", 0
    while at < len(lines):
        fence, end = fence_after(fence, lines[at]), at
        if not fence and not (lines[at - 1] if at else "").strip():
            end = _line_block_end(lines, at)
        if end > at:
            made[at:end] = [_line_block(lines[at:end]), *[""] * (end - at - 1)]
        at = max(end, at + 1)
    return made


def _line_block(lines: Sequence[str]) -> str:
    """Return the HTML of a line block."""
    parts: list[str] = []
    for line in lines:
        if line.startswith("|"):
            text = line[1:].removeprefix(" ")
            indent = len(text) - len(text.lstrip(" "))
            parts.append("&nbsp;" * indent + text.strip())
        else:
            parts[-1] += f" {line.strip()}"
    return f'<div class="line-block" markdown="span">{"<br>".join(parts)}</div>'


def _line_block_end(lines: Sequence[str], at: int) -> int:
    """Return the index after the line block that begins at a line; `at` if none begins there, or a
    table."""
    end = at
    while end < len(lines) and (
        _LINE_OF_BLOCK.match(lines[end]) or (end > at and lines[end].startswith((" ", "\t")))
    ):
        if not lines[end].strip():
            break
        end += 1
    below = lines[at + 1] if at + 1 < len(lines) else ""
    return at if _RULE_OF_TABLE.fullmatch(below) else end


def _may_begin(marker: str, above: str) -> bool:
    """True if a number may be that of an item, right below a line: 1, or one within a list."""
    of_item = _ITEM.fullmatch(above) if marker.startswith("(") else LISTED.match(above)
    return marker.strip("().") == "1" or of_item is not None


def _class_of(marker: str) -> str:
    return "{:.letters}" if marker.islower() else "{:.capitals}"


def _labelled(line: str) -> str:
    """Return a line with bookdown's labels of equations, `(\\#eq:a)`, as TeX's."""
    return _EQUATION.sub(r"\\label{eq-\1}", line) if "(\\#eq:" in line else line


def _with_text_references(lines: Sequence[str]) -> list[str]:
    """Return the lines with the texts that bookdown's `(ref:name) text` names in their places."""
    texts = {found[1]: found[2] for line in lines if (found := _TEXT_REFERENCE.fullmatch(line))}
    if not texts:
        return list(lines)

    def text(found: re.Match[str]) -> str:
        return texts.get(found[1], found[0]).replace('"', "'").replace("`", "")

    return [
        "" if _TEXT_REFERENCE.fullmatch(line) else _REF.sub(text, line) if "(ref:" in line else line
        for line in lines
    ]


def _blocks(
    lines: Sequence[str], runs: Sequence[str], values: Mapping[str, Any]
) -> Iterator[_Line]:
    in_formula = in_row = in_span = False
    environments = 0
    for start, piece in _visible(_pieces(lines), values):
        found = _CHUNK.fullmatch(piece[0])
        if raw := _RAW.fullmatch(piece[0]) if len(piece) > 1 else None:
            translate = _raw_html if raw[1].startswith("html") else _raw_tex
            yield from [(start, ""), *translate(piece[1:-1], start + 1), (start, "")]
        elif found and found[3].lower() not in runs:
            shown = list(_shown(start, piece, found))
            if not shown and _is_between_lists(lines, start, start + len(piece)):
                shown = [(start, ""), (start, "<!-- -->"), (start, "")]
            yield from shown
        elif piece[0].lstrip()[:1] == "+" and len(piece) > 1:
            yield from _table(start, piece)
        elif len(piece) > 1 or found:
            yield from enumerate(piece, start)
        else:
            quote = _QUOTE.match(piece[0])[0]  # type: ignore[index]
            opens = opens_display(piece[0])
            is_block = opens and _FORMULA.match(piece[0], len(quote)) is not None
            if is_block and not in_formula and start and lines[start - 1].strip(" >"):
                yield start, quote
            in_formula ^= opens
            is_text, environments, in_span = _next_text(piece[0], environments, in_span)
            if in_row and _CAPTION.match(piece[0]):
                yield start, ""
            in_row = piece[0].lstrip().startswith("|")
            below = lines[start + 1] if start + 1 < len(lines) else ""
            if in_formula or not is_text:
                yield start, _labelled(piece[0])
            else:
                spaced = _HEADING_ID.sub(r"\1 \2", piece[0])
                yield from (
                    (start, translate_spans(line))
                    for line in _html(spaced, below, _in_paragraph(lines, start))
                )
            if is_block and not in_formula:
                yield start, quote


def _raw_html(lines: Sequence[str], start: int) -> Iterator[_Line]:
    """Yield raw HTML without what would end it in Markdown: blank lines, and indented ones, which
    would be code; text in which blanks count stays."""
    counts = any(_PREFORMATTED.search(line) for line in lines)
    for number, line in enumerate(lines, start):
        if counts or line.strip():
            yield number, line if counts else line.lstrip()


def _raw_tex(lines: Sequence[str], start: int) -> Iterator[_Line]:
    """Yield an environment of formulas, which Pandoc shows on web pages too; nothing for other
    formats' texts."""
    if lines and _FORMULAS.match(lines[0]):
        yield from [(start, "$$"), *enumerate(lines, start), (start, "$$")]


def _next_text(line: str, environments: int, in_span: bool) -> tuple[bool, int, bool]:
    """Return whether a line is outside of formulas that go over several lines, and what is open
    below it: environments of TeX (`\\begin{align}`, `\\[`), and a formula in single dollars."""
    bare = _CODE_SPAN.sub("", line)
    depth = environments + len(_BEGIN.findall(bare)) - len(_END.findall(bare))
    in_span = in_span and bool(line.strip())
    changes = opens_formula(line)
    is_text = not (environments or depth or in_span or changes or _BEGIN.search(bare))
    return is_text, max(depth, 0), in_span ^ changes


def _html(line: str, below: str, opens_paragraph: bool) -> Iterator[str]:
    """Yield a line; an HTML element in it has Markdown as its content, as in Pandoc, if it ends in
    the line, or if a text follows it."""
    if found := _DETAILS.fullmatch(line):
        yield f'<details{found[1]} markdown="1">'
        line = found[2]
    if (found := _ELEMENT.fullmatch(line)) and not _BLOCK_TAG.search(found["inner"]):
        line = f'{found["start"]} markdown="span">{found["inner"]}{found["end"]}'
    elif (found := _OPENING_TAG.fullmatch(line)) and _may_be_text(below, found["name"]):
        line = f'{found[1]} markdown="block">' if below[:1] != " " else line
    elif opens_paragraph:
        line = line.rstrip().removesuffix(">") + ' markdown="span">'
    yield line


def _may_be_text(line: str, element: str) -> bool:
    """True if Markdown may begin in a line below the start tag of an element: with no block of
    HTML, or with a picture that is not all of a figure."""
    is_picture = element != "figure" and _PICTURE.match(line) is not None
    return is_picture or not _BLOCK_TAG.match(line)


def _in_paragraph(lines: Sequence[str], at: int) -> bool:
    """True if a line is the start tag of an HTML paragraph with only text in it."""
    if not _PARAGRAPH.fullmatch(lines[at]):
        return False
    rest = lines[at + 1 : at + 1 + _LONGEST]
    end = next((n for n, line in enumerate(rest) if "</p>" in line or not line.strip()), 0)
    text = "\n".join(rest[: end + 1])
    return bool(end) and "</p>" in rest[end] and not _BLOCK_TAG.search(text.replace("</p>", ""))


def _pieces(lines: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    """Yield lines one by one, fenced blocks and grid tables whole, each with the index of its first
    line."""
    at = 0
    while at < len(lines):
        opening = _OPENING.match(lines[at])
        end = at + 1
        if opening:
            closing = re.compile(rf"\s*{re.escape(opening[1][0])}{{{len(opening[1])},}}\s*\Z")
            end = next((n + 1 for n in range(end, len(lines)) if closing.match(lines[n])), end)
        elif lines[at].lstrip()[:1] == "+":
            end = _caption_end(lines, table) if (table := grid_end(lines, at)) > at else end
        elif _OPEN_SHORTCODE.search(lines[at]):
            yield at, [" ".join(map(str.strip, lines[at : (end := _shortcode_end(lines, at))]))]
            at = end
            continue
        line, after = join_environment(lines, at)
        yield at, [line] if end == at + 1 else list(lines[at:end])
        at = after if end == at + 1 else end


def _shortcode_end(lines: Sequence[str], at: int) -> int:
    """Return the index after the line that closes the shortcode which is open at the end of a line;
    `at + 1` if none does."""
    ends = (n + 1 for n in range(at + 1, min(at + _LONGEST, len(lines))) if ">}}" in lines[n])
    return next(ends, at + 1)


def _caption_end(lines: Sequence[str], end: int) -> int:
    """Return the index after the caption below a table; `end` if it has none."""
    at = end + 1 if end < len(lines) and not lines[end].strip() else end
    if at >= len(lines) or not _CAPTION.match(lines[at]):
        return end
    return next((n for n in range(at, len(lines)) if not lines[n].strip()), len(lines))


def _table(start: int, piece: Sequence[str]) -> Iterator[_Line]:
    """Yield a grid table, as a figure if it has a caption."""
    end = grid_end(piece, 0)
    made = grid_table([*enumerate(piece[:end], start)])
    table = [(at, translate_spans(line)) for at, line in made]
    caption = " ".join(line.strip() for line in piece[end:] if line.strip())
    found = _CAPTION_TEXT.fullmatch(caption)
    if not found:
        yield from table
        return
    label = f"#{found[2]} " if found[2] else ""
    yield from [(start, ""), (start, f"::: {{{label}.table-figure data-kind=tbl}}")]
    yield from table
    yield from [(start, translate_spans(found[1])), (start, ""), (start, ":::"), (start, "")]


def _visible(
    pieces: Iterator[tuple[int, list[str]]], values: Mapping[str, Any]
) -> Iterator[tuple[int, list[str]]]:
    """Leave out the divs that are not for web pages: `::: {.content-visible when-format="pdf"}`.

    As in Quarto, their code runs.
    """
    hidden = 0
    for start, piece in pieces:
        line = piece[0]
        if hidden:
            if len(piece) == 1 and (div := _DIV.fullmatch(line)):
                hidden += 1 if div[1] else -1
            elif chunk := _CHUNK.fullmatch(line):
                opening = f"{chunk[1]}{chunk[2]}{{{chunk[3]}{chunk[4]}, include=false}}"
                yield start, [opening, *piece[1:]]
            continue
        if len(piece) == 1 and (found := _CONDITION.fullmatch(line)):
            holds = _holds(found["what"], found["name"], values) == (found["sign"] == "when")
            hidden = int(holds != (found["kind"] == "visible"))
            if hidden:
                continue
        yield start, piece


def _holds(what: str, name: str, values: Mapping[str, Any]) -> bool:
    """True if pages have the format, or the front matter the key; no profile is ever chosen."""
    if what == "format":
        return name in _WEB
    value: Any = values if what == "meta" else None
    for part in name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return bool(value)


def _is_between_lists(lines: Sequence[str], start: int, end: int) -> bool:
    """True if lines are between two lists, which would be one without them."""
    above = next((line for line in reversed(lines[:start]) if line.strip()), "")
    below = next((line for line in lines[end:] if line.strip()), "")
    is_within = lines[start][:1] in (" ", "\t")
    return not is_within and bool(LISTED.match(above) and LISTED.match(below))


def _shown(start: int, chunk: list[str], found: re.Match[str]) -> Iterator[_Line]:
    """Yield the lines of a chunk that does not run; nothing for `{r, echo=FALSE}`."""
    comments = [line for line in chunk[1:] if line.startswith("#|")]
    options = " ".join([found[4], *comments])
    if _HIDDEN.search(options):
        return
    yield start, f"{found[1]}{found[2]}{found[3]}"
    for number, line in enumerate(chunk[1:], start + 1):
        if not line.startswith("#|"):
            yield number, line


_LONGEST = 20
"""Number of lines that a shortcode may have."""
_OPEN_SHORTCODE = regex(r"\{\{<(?!.*>\}\})")
_OPENING = regex(r"\s*(`{3,}|~{3,})[^`]*\Z")
_CHUNK = regex(r"(\s*)(`{3,}|~{3,})\s*\{\s*([A-Za-z]\w*)\b(.*)\}\s*")
_RAW = regex(r"\s*(?:`{3,}|~{3,})\s*\{=([\w-]+)\}\s*")
_HIDDEN = regex(r"\b(?:echo|include)\s*[=:]\s*(?:FALSE|F|false)\b")
_CONDITION = regex(
    r"\s*:{3,}\s*\{\s*\.content-(?P<kind>visible|hidden)\s+"
    r"(?P<sign>when|unless)-(?P<what>format|meta|profile)="
    r"[\"']?(?P<name>[\w:.-]+)[\"']?\s*\}\s*:*"
)
_WEB = frozenset({"html", "html5", "html:js"})
_DIV = regex(r"\s*:{3,}\s*(\{[^}]*\}|[\w-]+)?\s*:*")
_ATTRIBUTES = r"(?:\s(?:(?!markdown=)[^<>])*)?"
_DETAILS = regex(rf" {{0,3}}<details({_ATTRIBUTES})>\s*(<summary.*</summary>)\s*")
_ELEMENT = regex(
    rf" {{0,3}}(?P<start><(?P<name>div|aside|p|summary|figcaption|center|section){_ATTRIBUTES})>"
    r"(?P<inner>.+)(?P<end></(?P=name)>)\s*"
)
_OPENING_TAG = regex(
    rf" {{0,3}}(<(?P<name>div|aside|details|section|center|figure|blockquote){_ATTRIBUTES})>\s*"
)
_PARAGRAPH = regex(rf" {{0,3}}<p{_ATTRIBUTES}>\s*")
_BLOCK_TAG = regex(
    r"\s*</?(?:div|p|aside|section|figure|img|iframe|table|ul|ol|blockquote|script|style|h[1-6])\b"
)
_FORMULAS = regex(
    r"\s*\\begin\{(?:align|aligned|split|gather|gathered|equation|cases|multline)\*?\}"
)
_PICTURE = regex(r"<(?:img|iframe)\b")
_PREFORMATTED = regex(r"<(?:pre|script|style|textarea)\b", re.I)
_CODE_SPAN = regex(r"(`+)(?!`).+?(?<!`)\1(?!`)")
_BEGIN = regex(r"\\begin\{|\\\[(?!\d)")
_END = regex(r"\\end\{|(?<!\\)\\\]")
_FORMULA = regex(r" {0,3}\$\$")
_QUOTE = regex(r"(?: {0,3}> ?)*")
_ON_PAPER = regex(
    r"\s*\\(?:begin\{(?P<drawn>tikzpicture|figure\*?|table\*?|tabular\*?|longtable|titlepage)\}"
    r"|(?:begin|end)\{(?:center|landscape|small|footnotesize|multicols|minipage)\}[^\\]*\Z)"
)
_ON_PAGE = regex(r"`r if \((?:knitr::)?is_html_output\(\)\) ['\"][ \t]*")
_END_OF_PAGE = regex(r"['\"]`[ \t]*")
_ITEM = regex(r"([ \t]*)(?P<marker>[a-zA-Z][.)]|\([a-zA-Z]\)|\(\d{1,9}\)|#\.)(?P<text>[ \t]+\S.*)")
_LINE_OF_BLOCK = regex(r"\|(?: |\Z)")
_RULE_OF_TABLE = regex(r"\|?[ \t:|+-]*-[ \t:|+-]*")
_EXAMPLE = regex(r"([ \t]*)\(@([\w-]*)\)([ \t]+\S.*)")
_EXAMPLE_REFERENCE = regex(r"\(@([\w-]+)\)")
_HEADING_ID = regex(r"^(#{1,6}[ \t]+.*[^\s{}])(\{[#.][\w-][^{}]*\}[ \t]*)\Z")
"""A heading whose attributes follow its text without a blank."""
_ATTRIBUTED = regex(r"(?!\s|[-*+>|#:`]).*\S[ \t]*\{[.#][^{}]*\}[ \t]*")
_TEXT_REFERENCE = regex(r"\(ref:([\w-]+)\)[ \t]+(.+?)[ \t]*")
_REF = regex(r"\(ref:([\w-]+)\)")
_EQUATION = regex(r"\(\\#eq:([\w-]+)\)")
_CAPTION = regex(r"(?:[Tt]able)?:[ \t]+\S")
_CAPTION_TEXT = regex(r"(?:[Tt]able)?:[ \t]+(.+?)(?:[ \t]*\{(?:#(\w[\w:.-]*)|[ ]*\.\w)[^{}]*\})?")

"""Tables: rows of cells between pipes, with a line of hyphens below the header."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import field

from evergreen.dataclass import dataclass
from evergreen.markdown.column_blocks import ENDS_TEXT
from evergreen.markdown.dollars import hide_pipes
from evergreen.markdown.grammar import BLANK_CHARS, BLOCK_TAGS, BOUNDARY, VOID_TAGS
from evergreen.markdown.html import TAG
from evergreen.markdown.parse_state import Container
from evergreen.markdown.tree import Element
from evergreen.regex import regex


def table(c: Container) -> bool:
    """Parse a table: lines between boundaries that each have a pipe outside of code."""
    first = _match(c, _START)
    if not first or not c.after_boundary() or first[0].count("|") > _MAX_COLUMNS:
        return False
    start = c.pos
    rows = _read_rows(c, first[0].lstrip(BLANK_CHARS).startswith("|"))
    parts = ("tbody", "thead") if c.state.options.tables_have_rules else ("tbody",)
    body = any(section.kind in parts for section in rows.sections)
    has_rule = not c.state.options.tables_have_rules or any(
        map(_SEPARATOR.match, c.text[start : c.pos].splitlines(keepends=True))
    )
    is_free = c.state.is_commonmark and not c.state.options.pandoc and bool(rows.alignment)
    is_table = is_free or (c.match(BOUNDARY) and _has_pipes(_visible(c, start, c.pos)))
    if not (body and has_rule and is_table):
        c.pos = start
        return False
    end, c.pos = c.pos, start
    element = c.add(Element("table", c.current_line()))
    c.pos = end
    element.blocks.extend(_without_empty_head(c, rows.sections))
    _pad(element, rows.alignment)
    return True


def _without_empty_head(c: Container, sections: list[Element]) -> list[Element]:
    """Leave a head of empty cells out, as Pandoc does."""
    cells = [cell for row in sections[0].blocks for cell in row.blocks]
    is_head = len(sections) > 1 and sections[0].kind == "thead"
    is_empty = (
        is_head
        and c.state.options.implicit_figures
        and not any(cell.source.strip() for cell in cells)
    )
    return sections[1:] if is_empty else sections


def _match(c: Container, pattern: re.Pattern[str]) -> re.Match[str] | None:
    """Match a pattern of one line at the current position; pipes in formulas are hidden."""
    end = c.text.find("\n", c.pos) + 1
    return pattern.match(_visible(c, c.pos, end)) if "|" in c.text[c.pos : end] else None


def _visible(c: Container, start: int, end: int) -> str:
    lines = c.text[start:end].split("\n")
    return "\n".join(hide_pipes(line, c.state.options, _HIDDEN_PIPE) for line in lines)


@dataclass(slots=True)
class _Rows:
    leading: bool
    """True if rows start with a pipe."""
    rows: list[Element] = field(default_factory=list)
    """Rows since the last separator."""
    sections: list[Element] = field(default_factory=list)
    alignment: list[str] = field(default_factory=list)
    footer: bool = False

    def close(self, kind: str, force: bool = False) -> None:
        """Turn the collected rows into a section; a footer is not divided."""
        if self.rows and (not self.footer or kind != "tbody" or force):
            self.sections.append(Element(kind, children=[*self.rows]))
            self.rows = []


def _read_rows(c: Container, leading: bool) -> _Rows:
    rows = _Rows(leading)
    c.consume(_SEPARATOR)
    while match := _match(c, _ROW) or _bare_row(c, rows):
        _read_line(rows, match[0], c.current_line())
        c.pos += match.end()
    rows.close("tfoot" if rows.footer else "tbody")
    return rows


def _bare_row(c: Container, rows: _Rows) -> re.Match[str] | None:
    """Match a row without a pipe, which a table of CommonMark's formats has below its head up to a
    blank line or another block."""
    options = c.state.options
    if not c.state.is_commonmark or options.pandoc or not rows.alignment or c.match(ENDS_TEXT):
        return None
    return _BARE_ROW.match(c.peek_line())


def _read_line(rows: _Rows, line: str, number: int) -> None:
    if _SEPARATOR.match(line):
        if not rows.rows:
            return
        if not rows.alignment and not rows.footer:
            rows.close("thead")
            rows.alignment = [_alignment(*ends) for ends in _COLUMN.findall(line)]
        else:
            rows.close("tbody")
    elif _FOOTER.match(line):
        rows.close("tbody", force=True)
        rows.footer = True
    else:
        rows.rows.append(_row(line, number, rows.leading))


def _row(line: str, number: int, leading: bool) -> Element:
    cells = [cell.strip(BLANK_CHARS) for cell in _cells(line.rstrip(BLANK_CHARS))]
    if leading and not cells[0]:
        cells = cells[1:]
    if cells and not cells[-1]:
        cells = cells[:-1]
    return Element("tr", number, children=[Element("td", number, _shown(cell)) for cell in cells])


def _shown(cell: str) -> str:
    return cell.replace(_HIDDEN_PIPE, "|")


def _cells(line: str) -> list[str]:
    """Split a line at its pipes, except those that are escaped or in code."""
    if "`" not in line and "<code" not in line:
        return [cell.replace("\\|", "|") for cell in _BARE_PIPE.split(line)]
    cells = [""]
    for text, is_code in _code_and_text(line):
        if is_code:
            cells[-1] += text
            continue
        first, *others = _BARE_PIPE.split(text)
        cells[-1] += first.replace("\\|", "|")
        cells += [cell.replace("\\|", "|") for cell in others]
    return cells


def _code_and_text(line: str) -> list[tuple[str, bool]]:
    parts, start, at = [], 0, 0
    while match := _CODE_START.search(line, at):
        end = _code_end(line, match)
        if end < 0:
            at = match.end()
            continue
        parts += [(line[start : match.start()], False), (line[match.start() : end], True)]
        start = at = end
    return [*parts, (line[start:], False)]


def _code_end(line: str, start: re.Match[str]) -> int:
    if start[0].startswith("<"):
        found = line.find("</code>", start.end())
        return found + 7 if found >= 0 else -1
    found = -1 if _is_lone(line, start) else line.find(start[0], start.end())
    return found + len(start[0]) if found >= 0 else -1


def _is_lone(text: str, run: re.Match[str]) -> bool:
    """True if the run is a single backtick between spaces, which does not open code."""
    before, after = text[run.start() - 1 : run.start()], text[run.end() : run.end() + 1]
    return run[0] == "`" and before in _EDGE and after in _SPACES


def _has_pipes(text: str) -> bool:
    """True if each line has a pipe outside of code and tags. As in kramdown, a line that begins
    with code or a tag continues the one above, and text behind code of more than two lines is
    ignored."""
    found = False
    for part, is_code in _parts(text.removesuffix("\n")):
        lines = part.rstrip("\n").split("\n")
        if is_code:
            if len(lines) > 2 or (len(lines) == 2 and not found):
                break
            found = found and len(lines) < 2
        elif part:
            if len(lines) > 1 and not found and not _PIPE.match(lines[0]):
                break
            found = (found and len(lines) < 2) or _PIPE.match(lines[-1]) is not None
    return found


def _parts(text: str) -> Iterator[tuple[str, bool]]:
    """Yield the text between HTML elements (False) and the code in it (True)."""
    start = at = 0
    absent: set[str] = set()
    while match := _HIDING.search(text, at):
        end = _hidden_end(text, match, absent)
        at = max(end, match.end())
        if end < 0:
            continue
        yield text[start : match.start()], False
        if match[0][0] == "`":
            yield text[match.end() : end - len(match[0])], True
        start = end
    yield text[start:], False


def _hidden_end(text: str, match: re.Match[str], absent: set[str]) -> int:
    """Return the end of the code span or HTML element at a match, or -1 if it is neither; an
    element without an end tag extends to the end of the text."""
    name = match[1]
    if (name and name.lower() in BLOCK_TAGS) or _is_lone(text, match):
        return -1
    if name and (match[3] or name.lower() in VOID_TAGS):
        return match.end()
    closing = f"</{name}" if name else match[0]
    known = closing in absent or len(absent) > _MAX_ABSENT
    found = -1 if known else text.find(closing, match.end())
    if found < 0:
        absent.add(closing)
        return len(text) if name else -1
    return text.find(">", found) + 1 if name else found + len(closing)


def _alignment(left: str, right: str) -> str:
    if left and right:
        return "center"
    return "left" if left else "right" if right else ""


def _pad(element: Element, alignment: list[str]) -> None:
    """Pad all rows to the same number of cells, and align the cells."""
    rows = [row for section in element.blocks for row in section.blocks]
    columns = max(len(row.blocks) for row in rows)
    for row in rows:
        if columns <= _MAX_PADDED:
            row.blocks.extend([Element("td", row.line) for _ in range(columns - len(row.blocks))])
        for cell, side in zip(row.blocks, alignment, strict=False):
            if side:
                cell.attributes["style"] = f"text-align: {side}"


_HIDDEN_PIPE = "\x1f"
"""Stands for a pipe in a formula; the sources of posts have no control characters."""
_MAX_COLUMNS = 1_000
"""A first line with more columns is text."""
_MAX_PADDED = 200
"""Short rows are padded only in tables with at most this many columns: otherwise one long row
among many short ones would multiply the size of the page."""
_PIPE = regex(r"\||.*?[^\\\n]\|")
_ROW = regex(r"(?:\||.*?[^\\\n]\|).*\n")
_BARE_ROW = regex(r" {0,3}(?!:[ \t]|\{:)[^ \t\r\n\f\v].*\n")
"""A line of text, neither a caption nor attributes."""
_START = regex(rf" {{0,3}}(?=[^ \t\r\n\f\v])(?:{_ROW.pattern})")
_SEPARATOR = regex(r"(?=[^-\n]*-)[+|: \t-]*+\n")
_FOOTER = regex(r"(?=[^=\n]*=)[+|: \t=]*+\n")
_COLUMN = regex(r"[ \t]?(:?)-+(:?)[ \t]?")
_BARE_PIPE = regex(r"(?<!\\)\|")
_SPACES = frozenset(BLANK_CHARS)
_EDGE = _SPACES | {""}
_CODE_START = regex(r"`+|<code[^>]*>")
_HIDING = regex(rf"`+|{TAG.pattern}")
_MAX_ABSENT = 50
"""After this many failed searches for an end tag, no more are made in the table."""

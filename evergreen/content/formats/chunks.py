"""Markdown with code chunks that have their own options: Quarto's `.qmd`, R Markdown's `.Rmd`, and
MyST's `{code-cell}`.

`code_blocks` parses the chunks that run; here is the syntax that our Markdown does not have.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

from evergreen.content.code_blocks import ALIASES
from evergreen.content.execution_keys import kernel
from evergreen.content.formats.text import NumberedLines, first_heading
from evergreen.content.frontmatter import FrontMatter, read_front_matter, with_title
from evergreen.errors import EvergreenError
from evergreen.model.post import CellForm

_Translate = Callable[[list[str]], Iterator[tuple[int, str]]]
"""Converts lines to new lines, each with the index of the old one."""


def read_chunks(path: str, source: bytes) -> FrontMatter:
    """Read the file as a post. Raises EvergreenError at the line of the problem."""
    front_matter = read_front_matter(path, source)
    if Path(path).suffix != ".md":
        runs = ALIASES.get(language := _language(front_matter), (language,))
        return _translated(front_matter, partial(_quarto, runs=runs), "chunk")
    if _is_myst(front_matter):
        return _translated(front_matter, _late_myst, "directive")
    if "```{" in front_matter.body and _has_directives(front_matter.body):
        return _translated(front_matter, _late_myst, front_matter.cell_form)
    return front_matter


def translate_part(form: CellForm, language: str, lines: list[str]) -> list[str]:
    """Translate the lines of a file that a post of this form includes."""
    if form == "chunk":
        return [line for _, line in _quarto(lines, ALIASES.get(language, (language,)))]
    return [line for _, line in _late_myst(lines)] if form == "directive" else lines


def _translated(front_matter: FrontMatter, translate: _Translate, form: CellForm) -> FrontMatter:
    text = NumberedLines()
    lines = _substituted(front_matter).removesuffix("\n").split("\n")
    for number, line in translate(lines):
        text.add(line, front_matter.body_line + number)
    if "title" not in front_matter.values and (form != "fence" or not front_matter.found):
        front_matter = _with_heading(front_matter, text)
    origin = tuple(text.origin)
    return replace(front_matter, body=text.body, origin=origin, cell_form=form, found=True)


def _substituted(front_matter: FrontMatter) -> str:
    """Return the body with the substitutions of MyST, `{{ key }}`, that its front matter defines.

    Values of several lines stay as they are: they would move the lines below.
    """
    config = front_matter.values.get("myst")
    part = config if isinstance(config, dict) else front_matter.values
    known = part.get("substitutions")
    if not isinstance(known, dict) or "{{" not in front_matter.body:
        return front_matter.body

    def value(found: re.Match[str]) -> str:
        text = known.get(found[1])
        return found[0] if text is None or "\n" in str(text).strip() else str(text).strip()

    return _SUBSTITUTION.sub(value, front_matter.body)


def _with_heading(front_matter: FrontMatter, text: NumberedLines) -> FrontMatter:
    """Take the title from the first heading, of the first level, whose label goes to what is
    below."""
    heading = first_heading(text.lines)
    if heading is None or heading.level != 1:
        return front_matter
    label = _LABEL.search(text.lines[heading.start])
    text.lines[heading.start] = f"({label[1]})=" if label else ""
    text.lines[heading.start + 1 : heading.start + heading.count] = [""] * (heading.count - 1)
    return with_title(front_matter, heading.title, text.origin[heading.start])


def _language(front_matter: FrontMatter) -> str:
    """Return the language of the post's kernel, in lower case."""
    try:
        return kernel(front_matter)[1]
    except EvergreenError:  # reported when the fields are read
        return "python"


def _is_myst(front_matter: FrontMatter) -> bool:
    jupytext = front_matter.values.get("jupytext")
    kind = jupytext.get("text_representation") if isinstance(jupytext, dict) else None
    if isinstance(kind, dict) and kind.get("format_name"):
        return bool(kind["format_name"] == "myst")
    has_kernel = isinstance(front_matter.values.get("kernelspec"), dict)
    return has_kernel and _CODE_CELL.search(front_matter.body) is not None


def _has_directives(body: str) -> bool:
    from evergreen.content.formats.myst import has_directives  # late: few posts have any

    return has_directives(body)


def _quarto(lines: list[str], runs: tuple[str, ...]) -> Iterator[tuple[int, str]]:
    """Convert Quarto's syntax: chunks in other languages lose their options, and hidden ones are
    dropped. Chunks that run are not changed, nor are fenced divs, which our Markdown has.
    """
    for start, chunk in _visible(_pieces(lines)):
        found = _CHUNK.fullmatch(chunk[0])
        if found and found[3].lower() not in runs:
            yield from _shown(start, chunk, found)
        else:
            yield from enumerate(chunk, start)


def _visible(pieces: Iterator[tuple[int, list[str]]]) -> Iterator[tuple[int, list[str]]]:
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
            holds = (found["format"] in _WEB) == (found["sign"] == "when")
            hidden = int(holds != (found["kind"] == "visible"))
            if hidden:
                continue
        yield start, piece


def _shown(start: int, chunk: list[str], found: re.Match[str]) -> Iterator[tuple[int, str]]:
    """Yield the lines of a chunk that does not run; nothing for `{r, echo=FALSE}`."""
    comments = [line for line in chunk[1:] if line.startswith("#|")]
    options = " ".join([found[4], *comments])
    if _HIDDEN.search(options):
        return
    yield start, f"{found[1]}{found[2]}{found[3]}"
    for number, line in enumerate(chunk[1:], start + 1):
        if not line.startswith("#|"):
            yield number, line


def _late_myst(lines: list[str]) -> Iterator[tuple[int, str]]:
    """Translate MyST's directives and roles."""
    from evergreen.content.formats.myst import translate_myst  # late: few posts are MyST

    return translate_myst(lines)


def _pieces(lines: list[str]) -> Iterator[tuple[int, list[str]]]:
    """Yield lines one by one and fenced blocks whole, each with the index of its first line."""
    at = 0
    while at < len(lines):
        opening = _OPENING.match(lines[at])
        end = at + 1
        if opening:
            closing = re.compile(rf"\s*{re.escape(opening[1][0])}{{{len(opening[1])},}}\s*\Z")
            end = next((n + 1 for n in range(end, len(lines)) if closing.match(lines[n])), end)
        yield at, lines[at:end]
        at = end


_CODE_CELL = re.compile(r"^\s*(?:`{3,}|~{3,}|:{3,})\s*\{code-cell\}", re.M)
_LABEL = re.compile(r"\{#([\w:.-]+)[^{}]*\}\s*\Z")
_SUBSTITUTION = re.compile(r"\{\{\s*([\w-]+)\s*\}\}")
_OPENING = re.compile(r"\s*(`{3,}|~{3,})[^`]*\Z")
_CHUNK = re.compile(r"(\s*)(`{3,}|~{3,})\s*\{\s*([A-Za-z]\w*)\b(.*)\}\s*")
_HIDDEN = re.compile(r"\b(?:echo|include)\s*[=:]\s*(?:FALSE|F|false)\b")
_CONDITION = re.compile(
    r"\s*:{3,}\s*\{\s*\.content-(?P<kind>visible|hidden)\s+(?P<sign>when|unless)-format="
    r"[\"'](?P<format>[\w:-]+)[\"']\s*\}\s*:*"
)
_WEB = frozenset({"html", "html5", "html:js"})
_DIV = re.compile(r"\s*:{3,}\s*(\{[^}]*\}|[\w-]+)?\s*:*")

"""Pandoc's syntax within a line: `^[inline notes]`, `^sup^`, `~sub~`, raw HTML; commands of
TeX about paper; references of bookdown."""

from __future__ import annotations

import re
from collections.abc import Sequence

from evergreen.markdown.cross_references import LABEL
from evergreen.markdown.grammar import fence_after
from evergreen.model.hashing import sha256
from evergreen.regex import regex

_Line = tuple[int, str]


def translate_spans(line: str) -> str:
    """Return a line in our dialect; code, formulas, links and tags stay as they are."""
    return _SPANS.sub(_span, line) if _MAYBE.search(line) else line


def opens_formula(line: str) -> bool:
    """True if a formula in single dollars begins or ends in a line, and goes on in another."""
    return len(_DOLLAR.findall(_HIDDEN_SPANS.sub("", line))) % 2 == 1


def extract_notes(lines: Sequence[_Line]) -> list[_Line]:
    """Return the lines with a reference in the place of each inline note, and the notes as
    footnotes at the end. A note may have several lines of a paragraph."""
    found: list[_Line] = []
    notes: dict[str, _Line] = {}
    at, fence = 0, ""
    while at < len(lines):
        place, line = lines[at]
        fence = fence_after(fence, line)
        end = at + 1
        if not fence and "^[" in line:
            text, end = _paragraph(lines, at)
            made = _without_notes(text, place, notes)
            places = [number for number, _ in lines[at:end]]
            rows = made.split("\n")
            found += zip([*places[: len(rows)]], rows, strict=True)
        else:
            found.append((place, line))
        at = end
    for name, (place, text) in notes.items():
        found += [(place, ""), (place, f"[^{name}]: {text}")]
    return found


def _paragraph(lines: Sequence[_Line], at: int) -> tuple[str, int]:
    """Return the text up to the end of the paragraph or of the note, whichever is first, and the
    index after it."""
    text, end = lines[at][1], at + 1
    while _is_open(text) and end < len(lines) and lines[end][1].strip():
        text, end = f"{text}\n{lines[end][1]}", end + 1
    return text, end


def _is_open(text: str) -> bool:
    return any(_closing(text, start) is None for start in _starts(text))


def _starts(text: str) -> list[int]:
    """Return the indices of the notes that begin in a text, outside of code and formulas."""
    return [each.start("note") for each in _NOTE.finditer(text) if each["note"]]


def _without_notes(text: str, place: int, notes: dict[str, _Line]) -> str:
    """Return a text with references to its notes, which are added to `notes`; one in a note is a
    note of its own."""
    while True:
        closed = ((start, _closing(text, start)) for start in reversed(_starts(text)))
        start, end = next(((a, b) for a, b in closed if b is not None), (0, 0))
        if not end:
            return text
        note = " ".join(text[start + 2 : end].split())
        name = f"note-{sha256(note)[:10]}"
        notes.setdefault(name, (place, note))
        # The lines of the note stay, so that each line below has its place.
        text = f"{text[:start]}[^{name}]{text[end + 1 :]}" + "\n" * text.count("\n", start, end)


def _closing(text: str, start: int) -> int | None:
    """Return the index of the bracket that closes the note at `start`; None if there is none."""
    depth = 0
    for found in _BRACKET.finditer(text, start + 1):
        depth += {"[": 1, "]": -1}.get(found[0], 0)
        if not depth:
            return found.start()
    return None


def _span(found: re.Match[str]) -> str:
    if found["tex"]:
        return ""
    if found["formula"]:
        return _around_values(found["formula"])
    if found["bold"] or found["italic"]:
        tag, text = ("strong", found["bold"]) if found["bold"] else ("em", found["italic"])
        return f"<{tag}>{translate_spans(text)}</{tag}>"
    if found["caps"]:
        return f'<span class="smallcaps">{translate_spans(found["caps"])}</span>'
    if found["dots"]:
        return "…"
    if found["bookdown"]:
        return f"[](#{found['bookdown'].replace(':', '-', 1)})"
    if found["prefix"]:
        return f"({translate_spans(found['prefix']).strip()} [{found['keys']}])"
    if found["empty"]:
        return ""
    if found["format"]:
        return found["raw"].strip() if found["format"].startswith("html") else ""
    for kind in ("sup", "sub"):
        if text := found[kind]:
            return f"<{kind}>{text.replace(chr(92) + ' ', ' ')}</{kind}>"
    return found[0]


def _around_values(formula: str) -> str:
    """Return a formula with values that code gives, ``$a=`r x`$``, as formulas around the values;
    one whose parts are no formulas stays."""
    parts = _VALUE.split(_COLOURED.sub(r"\1", formula[1:-1]))
    texts, values = parts[::2], parts[1::2]
    if not values or any(text.count("{") != text.count("}") for text in texts):
        return formula
    shown = [f"${text.strip()}$" if text.strip() else "" for text in texts]
    return "".join(a + b for a, b in zip(shown, [*values, ""], strict=True))


_VALUE = regex(r"(`(?:r|python|julia|\{\w+\})[ \t]+[^`\n]+`)")
_COLOURED = regex(rf"\\(?:text)?color\{{\w+\}}\{{{_VALUE.pattern}\}}")
"""A value in a colour of its own, which is not that of the text."""
_HIDDEN = (
    r"(?P<run>`+)(?!`).+?(?<!`)(?P=run)(?!`)|\$\$.+?\$\$|(?P<formula>(?<!\\)\$(?!\s)[^$\n]+?(?<!\s)\$)"
    r"|\]\([^()\n]*\)|<[A-Za-z/][^<>]*>|https?://[^\s<>^]+|\[@[^\]]*\]|\[\^[^\]]*\]"
)
"""Code, formulas, the addresses of links, tags."""
_SPANS = regex(
    r"`(?P<raw>[^`\n]+)`\{=(?P<format>[\w-]+)\}"
    r"|\\@ref\([#\"'“”]*(?P<bookdown>[\w:.-]+)[\"'“”]*\)"
    rf"|(?<![\^\\])\[(?P<prefix>(?:[^\[\]@\n]|\\@ref\([\w:.-]+\)){{1,80}}\s)(?P<keys>@(?!{LABEL})\w[^\[\]\n]*)\](?![(\[{{:])"
    r"|(?P<empty>\[\]\{[^{}\n]*\})"
    rf"|{_HIDDEN}|\\[\^~]"
    r"|\\textbf\{(?P<bold>[^{}\n]+)\}|\\(?:emph|textit|textsl)\{(?P<italic>[^{}\n]+)\}"
    r"|\\textsc\{(?P<caps>[^{}\n]+)\}|(?P<dots>\\l?dots\b)"
    r"|(?P<tex>\\(?:index\w?|newpage|pagebreak|clearpage|vspace|hspace|noindent|centering|backmatter"
    r"|mainmatter|frontmatter|printbibliography|setcounter|addtocounter|FloatBarrier|pagenumbering"
    r"|thispagestyle|pagestyle|newline|linebreak|smallskip|medskip|bigskip|vfill|hfill)\b"
    r"\*?(?:\[[^\]\n]*\])?(?:\{(?:[^{}]|\{[^{}]*\})*\})*)"
    r"|\^(?!\[)(?P<sup>(?:[^\s^~\[\]\\]|\\ )+)\^"
    r"|(?<!~)~(?!~)(?P<sub>(?:[^\s~^\\]|\\ )+)~(?!~)"
)
_HIDDEN_SPANS = regex(_HIDDEN)
_DOLLAR = regex(r"(?<!\\)\$")
_MAYBE = regex(r"\$[^$]*`|\^|~|\{=|\\[A-Za-z@]|\s@\w[^\[\]]*\]|\[\]\{")
_NOTE = regex(rf"{_HIDDEN}|\\\^|(?P<note>\^\[)", re.S)
_BRACKET = regex(r"(`+)(?!`).+?(?<!`)\1(?!`)|\\.|[\[\]]", re.S)

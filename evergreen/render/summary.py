"""The summary of a page: the first paragraph of its prose as plain text.

Paragraphs of the text itself come first, then those of quotes and lists. What code displayed,
tables, pictures, scripts and footnote marks are no part of it. A formula is written in a line; as
HTML, the summary has its MathML.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field
from html import escape, unescape
from html.parser import HTMLParser

from evergreen.dataclass import dataclass
from evergreen.regex import regex

MAX_LENGTH = 200
_TAG = regex("</?(?:em|strong)>")
_PLAIN = regex("<p>((?:[^<]++|</?(?:em|strong)>)*+)</p>")
"""A first paragraph of text and emphasis, which needs no parser: most are."""
_END = "</p>"
_CHUNK = 4_000
"""Characters that are parsed at a time, at most."""


_MARK = "\ue000"
"""Stands for a formula in the text of a paragraph: a character of private use."""


@dataclass(frozen=True, slots=True)
class Summary:
    """The first paragraph of a page."""

    text: str = ""
    """Plain text; "" if the page has none."""
    html: str = ""
    """With its formulas; "" if it has none."""


def summarize(html: str) -> str:
    """Return the summary of a body of HTML as plain text, cut at a word; "" if it has no text."""
    return find_summary(html).text


def find_summary(html: str) -> Summary:
    """Return the summary of a body of HTML, cut at a word."""
    plain = _PLAIN.match(html)
    text = "".join(map(unescape, _TAG.split(plain[1]))) if plain else ""
    if any(map(str.isalnum, text)):
        return Summary(_cut(" ".join(text.split())))
    parser = _Paragraphs()
    for chunk in _chunks(html):
        parser.feed(chunk)
        if parser.prose.text:
            break
    else:
        parser.close()
        parser.end_paragraph()
    return _summary(parser.prose if parser.prose.text else parser.other)


@dataclass(frozen=True, slots=True)
class _Paragraph:
    """A text in which _MARK stands for each of its formulas."""

    text: str = ""
    formulas: tuple[tuple[str, str], ...] = ()
    """Each in a line, and as MathML."""


def _summary(paragraph: _Paragraph) -> Summary:
    plain = _filled(paragraph.text, [line for line, _ in paragraph.formulas])
    text = _cut(plain)
    if not paragraph.formulas:
        return Summary(text)
    marked = paragraph.text
    if text != plain:  # cut where the plain text is: before the formula in which that would be
        kept = text.removesuffix("…")
        marked = _prefix(paragraph, len(kept)) + "…"
    html = _filled(escape(marked, quote=False), [math for _, math in paragraph.formulas])
    return Summary(text, html if _MARK in marked else "")


def _filled(text: str, values: list[str]) -> str:
    """Replace the marks by values, in order."""
    first, *rest = text.split(_MARK)
    return first + "".join(value + part for value, part in zip(values, rest, strict=False))


def _prefix(paragraph: _Paragraph, length: int) -> str:
    """Return the beginning of a text whose plain form has at most that many characters."""
    lines = iter(line for line, _ in paragraph.formulas)
    for at, char in enumerate(paragraph.text):
        length -= len(next(lines)) if char == _MARK else 1
        if length < 0:
            return paragraph.text[:at].rstrip()
    return paragraph.text


def _chunks(html: str) -> Iterator[str]:
    """Yield parts that end with a paragraph: the wanted one is usually near the beginning."""
    start = 0
    while start < len(html):
        end = html.find(_END, start, start + _CHUNK)
        end = start + _CHUNK if end < 0 else end + len(_END)
        yield html[start:end]
        start = end


def _cut(text: str) -> str:
    if len(text) <= MAX_LENGTH:
        return text
    cut = text[:MAX_LENGTH]
    return (cut.rpartition(" ")[0] if " " in cut[MAX_LENGTH // 2 :] else cut) + "…"


@dataclass(slots=True)
class _Formula:
    """An element of MathML."""

    tag: str
    children: list[_Formula | str] = field(default_factory=list)


class _Paragraphs(HTMLParser):
    """Finds the first paragraph of prose, and the first of other blocks of text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.prose = self.other = _Paragraph()
        self.open: list[str] = []
        """Names of the open elements; that of a skipped one has a minus sign before it."""
        self.skipped = 0
        self.block = ""
        """The name of the current block."""
        self.parts: list[str] | None = None
        """Its text."""
        self.has_words = False
        self.formulas: list[_Formula] = []
        """The open elements of a formula."""
        self.math: list[str] = []
        """Its source."""
        self.found: list[tuple[str, str]] = []
        """The formulas of the current block, each in a line and as MathML."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open an element."""
        if tag in _VOID:
            self.add(" " if tag == "br" else "")
            return
        if tag in _BLOCKS and not self.skipped:
            self.end_paragraph()
            self.block, self.parts, self.found = tag, [], []
        names = (dict(attrs).get("class") or "").split()
        is_skipped = tag in _SKIPPED or not _SKIPPED_CLASSES.isdisjoint(names)
        is_skipped = is_skipped or (tag == "sup" and "fnref" in (dict(attrs).get("id") or ""))
        self.open.append(f"-{tag}" if is_skipped else tag)
        self.skipped += is_skipped
        if (tag == "math" or self.formulas) and not self.skipped:
            self.formulas.append(_Formula(tag))
            self.math.append(self.get_starttag_text() or "")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take an element of MathML or SVG that ends where it starts."""
        if self.formulas and not self.skipped:
            self.formulas[-1].children.append(_Formula(tag))
            self.math.append(self.get_starttag_text() or "")
        elif tag in _VOID:
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        """Close an element and those in it that are still open."""
        if tag not in self.open and f"-{tag}" not in self.open:
            return
        while (name := self.open.pop()) not in (tag, f"-{tag}"):
            self.close_element(name)
        self.close_element(name)

    def close_element(self, name: str) -> None:
        """Handle the end of an element."""
        if name.startswith("-"):
            self.skipped -= 1
        elif self.formulas:
            formula = self.formulas.pop()
            self.math.append(f"</{formula.tag}>")
            if self.formulas:
                self.formulas[-1].children.append(formula)
            else:
                self.add_formula(formula)
        elif name in _BLOCKS:
            self.end_paragraph()

    def handle_data(self, data: str) -> None:
        """Take text."""
        data = data.replace(_MARK, "")
        if self.formulas and not self.skipped:
            self.formulas[-1].children.append(data.strip())
            self.math.append(escape(data, quote=False))
        else:
            self.has_words |= not self.skipped and any(map(str.isalnum, data))
            self.add(data)

    def add(self, text: str) -> None:
        """Add text to the current block."""
        if self.parts is not None and not self.skipped:
            self.parts.append(text)

    def add_formula(self, formula: _Formula) -> None:
        """Add a formula to the current block; an empty one has nothing to show."""
        line, math = " ".join(_in_line(formula).split()), "".join(self.math)
        self.math = []
        if line and self.parts is not None and not self.skipped:
            self.found.append((line, math))
            self.add(_MARK)

    def end_paragraph(self) -> None:
        """Keep the text of the current block if it is the first of its kind."""
        text = " ".join("".join(self.parts or ()).split())
        if text and self.has_words:
            found = _Paragraph(text, tuple(self.found))
            is_prose = self.block == "p" and not _SECONDARY.intersection(self.open)
            if is_prose and not self.prose.text:
                self.prose = found
            self.other = self.other if self.other.text else found
        self.parts, self.has_words = None, False


def _in_line(formula: _Formula) -> str:
    """Write a formula in a line: x², a/b, √(x)."""
    texts = [each if isinstance(each, str) else _in_line(each) for each in formula.children]
    match formula.tag, texts:
        case "mfrac", [above, below]:
            return f"{_group(above)}/{_group(below)}"
        case "msup" | "mover", [base, above]:
            return base + _raised(above)
        case "msub" | "munder", [base, below]:
            return f"{base}_{_group(below)}"
        case "msubsup" | "munderover", [base, below, above]:
            return f"{base}_{_group(below)}{_raised(above)}"
        case "msqrt", _:
            return f"√{_group(''.join(texts))}"
        case "mspace" | "mtr", _:
            return f"{' '.join(texts)} "
    return "".join(texts)


def _group(text: str) -> str:
    return text if len(text) < 2 or text.isalnum() else f"({text})"


def _raised(text: str) -> str:
    if text and all(char in _DIGITS for char in text):
        return text.translate(str.maketrans(_DIGITS, "⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return text if text in _ACCENTS else f"^{_group(text)}"


_VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())
_BLOCKS = frozenset(("p", "li", "dd", "td"))
_SECONDARY = frozenset(("blockquote", "dd", "details", "li", "table"))
"""In these a paragraph is not prose of the text itself."""
_SKIPPED = frozenset(
    "annotation annotation-xml audio button canvas figure h1 h2 h3 h4 h5 h6 iframe nav noscript"
    " object picture pre script style summary svg template textarea title video".split()
)
_SKIPPED_CLASSES = frozenset(
    (
        "callout",
        "cell",
        "code-title",
        "footnotes",
        "highlight",
        "math-error",
        "tabs",
        "theorem",
        "toc",
    )
)
_DIGITS = "0123456789"
_ACCENTS = frozenset("′″‴^~¯˙¨→̂̃̄")

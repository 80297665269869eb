"""Numbers of the labelled things of a post, in their captions and headings and in the references to
them, in the language of the post.

This is the one place that counts. It changes HTML that is otherwise finished, so that things of the
text, of raw HTML and of outputs are treated alike: a thing is the element with its label as id.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from urllib.parse import quote

from evergreen.dataclass import dataclass
from evergreen.markdown.cross_references import name_labels, replace_labels, split_label
from evergreen.model import CrossReference, LabelledThing, NumberOptions
from evergreen.model.numbering import KINDS, kind_of
from evergreen.regex import regex
from evergreen.render.languages import Language


@dataclass(frozen=True, slots=True)
class NumberedThing:
    """A labelled thing with its number."""

    kind: str
    anchor: str
    number: str
    """"" if its kind has no numbers."""
    text: str
    """Caption or heading, as plain text."""
    letter: str = ""
    """Of a part of a figure, `(a)`: its number is `1 (a)`."""
    url: str = ""
    """Of its page, if that is another one."""
    page: str = ""
    """Title of its page, if that is another one."""


Numbers = Mapping[str, NumberedThing]
"""By label."""


def number_things(things: Iterable[LabelledThing], options: NumberOptions) -> Numbers:
    """Count the things of each kind, in the order of the text."""
    counts: Counter[str] = Counter()
    sections = _section_numbers(things) if options.sections else {}
    found: dict[str, NumberedThing] = {}
    for thing in things:
        number = thing.number or sections.get(thing.label, "")
        letter = ""
        if thing.parent in found and found[thing.parent].kind == thing.kind:
            counts[thing.parent] += 1
            letter = f"({_letter(counts[thing.parent])})"
            number = f"{found[thing.parent].number} {letter}".strip()
        elif thing.kind not in ("sec", "eq"):
            counts[thing.kind] += 1
            number = str(counts[thing.kind])
        if not getattr(options, KINDS[thing.kind]):
            number = letter = ""
        if thing.label not in found:
            anchor = thing.anchor or thing.label
            found[thing.label] = NumberedThing(thing.kind, anchor, number, thing.text, letter)
    return found


def _letter(count: int) -> str:
    """Return `a` for 1, `z` for 26, `aa` for 27."""
    name = ""
    while count:
        count, rest = divmod(count - 1, 26)
        name = chr(ord("a") + rest) + name
    return name


def refer(
    references: Sequence[CrossReference],
    numbers: Numbers,
    language: Language,
    names_unknown: bool = False,
) -> dict[int, str]:
    """Return the HTML of each reference whose label is known, by index; with `names_unknown`, of
    each reference: one to nothing is the words of its label."""
    found = {}
    for index, reference in enumerate(references):
        label, behind = split_label(reference.label, numbers)
        if label in numbers:
            shown = _reference(reference, numbers[label], language)
            found[index] = f"{shown}{escape(behind, quote=False)}"
        elif names_unknown:
            found[index] = _unknown(reference, language)
    return found


def name_of(thing: NumberedThing, language: Language) -> str:
    """Return the name of a thing with its number, such as `Figure 2`; its text without a number."""
    if thing.number:
        name = language.text(f"kind_{thing.kind}", number=thing.number)
        return language.text("theorem_title", number=name, name=thing.page) if thing.url else name
    return thing.text or language.text(f"kind_{thing.kind}", number="").strip(" ()（）")


def complete(html: str, numbers: Numbers, language: Language, names_unknown: bool = False) -> str:
    """Return the HTML of a body with numbers in its captions and headings, and with the words of
    the language in call-outs and theorems."""
    if "data-word" in html:
        html = _WORD.sub(lambda found: _worded(found, language), html)
    if "theorem-title" in html:
        html = _THEOREM.sub(lambda found: _theorem(found, numbers, language), html)
    if "@" in html and "<figcaption" in html:
        html = _FIGCAPTION.sub(
            lambda found: _with_references(found[0], numbers, language, names_unknown), html
        )
        html = _ALT.sub(lambda found: f"{found[1]}{_named(found[2], numbers, language)}", html)
    for label, thing in numbers.items():
        if thing.url:
            html = _with_link(html, label, thing)
        elif not thing.number:
            html = _without_number(html, thing) if thing.kind == "eq" else html
        elif thing.kind == "sec":
            html = _with_section(html, label, thing.number)
        elif thing.kind in ("fig", "tbl", "lst"):
            html = _with_caption(html, label, thing, language)
    return html


def _with_link(html: str, label: str, thing: NumberedThing) -> str:
    """Let the links to a label, which is not on this page, lead to the page that has it."""
    link = re.compile(rf'(<a(?:\s[^<>]*)?\shref=")#{re.escape(escape(label))}"')
    if not link.search(html) or f'id="{escape(label)}"' in html:
        return html
    return link.sub(lambda found: f'{found[1]}{_address(thing)}"', html)


def number_heading(html: str, identity: str, numbers: Numbers) -> str:
    """Return the HTML of a heading in the table of contents with its number."""
    thing = numbers.get(identity)
    return f"{_number(thing.number)} {html}" if thing and thing.number else html


def _section_numbers(things: Iterable[LabelledThing]) -> dict[str, str]:
    headings = [thing for thing in things if thing.level]
    top = min((thing.level for thing in headings), default=1)
    counts = [0] * 7
    found = {}
    for thing in headings:
        depth = thing.level - top
        counts[depth] += 1
        counts[depth + 1 :] = [0] * (6 - depth)
        found[thing.label] = ".".join(str(max(each, 1)) for each in counts[: depth + 1])
    return found


def _reference(reference: CrossReference, thing: NumberedThing, language: Language) -> str:
    number = thing.number
    if reference.form == "name" or not number:
        shown = escape(name_of(thing, language), quote=False)
    elif reference.form == "format":
        shown = escape(reference.format.replace("%s", number), quote=False)
    else:
        shown = f"({number})" if reference.form == "equation" else number
    if thing.url:
        return f'<a href="{_address(thing)}" title="{escape(thing.page)}">{shown}</a>'
    kind = f"cross-reference to-{thing.kind}"
    return f'<a class="{kind}" href="#{quote(thing.anchor)}">{shown}</a>'


def _address(thing: NumberedThing) -> str:
    return escape(f"{thing.url}#{quote(thing.anchor)}" if thing.anchor else thing.url)


def _unknown(reference: CrossReference, language: Language) -> str:
    """Return a reference to nothing as words: `Section new stats` for `@sec-new-stats`."""
    kind = kind_of(reference.label)
    words = _SIGNS.sub(" ", reference.label[len(kind) :]).strip() or reference.label
    shown = words
    if reference.form == "name" and kind:
        shown = language.text(f"kind_{kind}", number=words)
    elif reference.form == "format":
        shown = reference.format.replace("%s", words)
    elif reference.form == "equation":
        shown = f"({words})"
    return f'<span class="unknown-reference">{escape(shown, quote=False)}</span>'


def _with_references(
    caption: str, numbers: Numbers, language: Language, names_unknown: bool
) -> str:
    """Return a caption with its references; those of the text are there already."""

    def name(label: str) -> str | None:
        reference = CrossReference(label, 0, label)
        known, behind = split_label(label, numbers)
        if known not in numbers:
            return _unknown(reference, language) if names_unknown else None
        return f"{_reference(reference, numbers[known], language)}{behind}"

    return replace_labels(caption, name)


def _named(alt: str, numbers: Numbers, language: Language) -> str:
    """Return the text in place of a picture with the names of what it refers to, in plain text."""

    def name(label: str) -> str | None:
        known, behind = split_label(label, numbers)
        if known not in numbers:
            return None
        return f"{escape(name_of(numbers[known], language))}{behind}"

    return name_labels(alt, name)


def _worded(found: re.Match[str], language: Language) -> str:
    text = language.texts.get(found[2], found[3])
    return f"{found[1]}>{escape(text, quote=False)}<"


def _theorem(found: re.Match[str], numbers: Numbers, language: Language) -> str:
    start, label, kind, title = found.groups()
    thing = numbers.get(label or "")
    number = thing.number if thing else ""
    name = language.text(f"kind_{kind}", number=number).strip()
    shown = language.text("theorem_title", number=name, name=title) if title else name
    return f'{start}<p class="theorem-title">{shown}</p>'


def _with_caption(html: str, label: str, thing: NumberedThing, language: Language) -> str:
    """Put the number before the caption of the element with an id; add a caption if it has none."""
    start = re.search(rf'<(\w+)(?:\s[^<>]*)?\sid="{re.escape(escape(label))}"[^<>]*>', html)
    if not start:
        return html
    tag = start[1].lower()
    end = html.find(f"</{tag}", start.end())
    name = name_of(thing, language)
    caption = _CAPTION.search(html, start.end(), end if end >= 0 else len(html))
    is_own = caption and html.rfind("<figure", 0, caption.start()) <= start.start()
    if thing.letter:
        name = thing.letter
    elif tag == "figure" and not is_own:
        return _with_own_caption(html, start, name, language)
    if caption and tag in ("figure", "table", "div"):
        text = f"{name} " if thing.letter else language.text("caption", number=name, text="")
        shown = _number(text.rstrip()) + " " * text.endswith(" ")
        if html.startswith("</", caption.start(2)):
            shown = _number(name)
        return f"{html[: caption.end(1)]}{shown}{html[caption.end(1) :]}"
    if tag == "table":
        made = f"\n<caption>{_number(name)}</caption>"
        return f"{html[: start.end()]}{made}{html[start.end() :]}"
    if tag == "figure" and end >= 0:
        return f"{html[:end]}<figcaption>{_number(name)}</figcaption>{html[end:]}"
    return html


def _with_own_caption(html: str, start: re.Match[str], name: str, language: Language) -> str:
    """Put the number before the caption of a figure that has other figures in it, at its end."""
    depth = 1
    for edge in _EDGE.finditer(html, start.end()):
        depth += -1 if edge[1] else 1
        if depth:
            continue
        inner = html.rfind("</figure>", start.end(), edge.start())
        caption = _CAPTION.search(html, max(inner, start.end()), edge.start())
        if caption is None:
            made = f"<figcaption>{_number(name)}</figcaption>"
            return f"{html[: edge.start()]}{made}{html[edge.start() :]}"
        text = language.text("caption", number=name, text="")
        shown = _number(text.rstrip()) + " " * text.endswith(" ")
        return f"{html[: caption.end(1)]}{shown}{html[caption.end(1) :]}"
    return html


def _with_section(html: str, label: str, number: str) -> str:
    """Put the number of a section before its heading, and before its entry in a table of contents
    that the text has."""
    identity = re.escape(escape(label))
    shown = f"{_number(number)} "
    heading = re.compile(rf'(<h[1-6](?:\s[^<>]*)?\sid="{identity}"[^<>]*>)')
    entry = re.compile(rf'(<a href="#{identity}" id="[\w-]+-{identity}">)')
    return entry.sub(rf"\g<1>{shown}", heading.sub(rf"\g<1>{shown}", html, count=1), count=1)


def _without_number(html: str, thing: NumberedThing) -> str:
    return re.sub(r'(<mtd[^<>]*\sid="equation-[^<>]*>)<mtext>\([^<]*\)</mtext>', r"\1", html)


def _number(text: str) -> str:
    return f'<span class="number">{text}</span>'


_SIGNS = regex(r"[\s:._-]+")
"""What joins the words of a label."""
_WORD = regex(r'(<(?:p|summary)(?: class="callout-title")?) data-word="(\w+)">([^<]*)<')
_THEOREM = regex(
    r'(<div class="theorem[^"<>]*"(?: id="([^"<>]*)")?>\s*)'
    r'<p class="theorem-title" data-kind="(\w+)">(.*?)</p>',
    re.S,
)
_FIGCAPTION = regex(r"<figcaption>.*?</figcaption>", re.S)
_ALT = regex(r'(<img\b[^<>]*\salt=")([^"<>]*@[^"<>]*)')
_EDGE = regex(r"<(/?)figure\b")
_CAPTION = regex(r"(<(?:fig)?caption(?:\s[^<>]*)?>\s*(?:<p>)?)(.)", re.S)

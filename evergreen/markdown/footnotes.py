"""Footnotes: their references in the text, and the list at its end."""

from __future__ import annotations

from html import escape, unescape
from itertools import islice

from evergreen.markdown.html_writer import Footnote, HtmlWriter, escape_text
from evergreen.markdown.tree import Element, Markup, Piece, TextProblem


def footnote_marker(w: HtmlWriter, element: Element) -> None:
    """Write the number that links to the footnote."""
    if w.without_links:
        return
    note = w.footnotes.get(element.name)
    if note is None:
        note = w.footnotes[element.name] = Footnote(len(w.footnotes) + w.state.options.footnote_nr)
    else:
        note.repeats += 1
    name = escape(w.state.options.footnote_prefix + element.name)
    repeat = f":{note.repeats}" if note.repeats else ""
    w.out.append(
        f'<sup id="fnref:{name}{repeat}" role="doc-noteref">'
        f'<a href="#fn:{name}" class="footnote" rel="footnote">{note.number}</a></sup>'
    )


def write_footnotes(w: HtmlWriter) -> list[Piece]:
    """Return the list of the footnotes that are referred to, by number, and report the others."""
    body, w.out = w.out, []
    w.depth += 1
    written = 0
    while written < len(w.footnotes):
        # A footnote may refer to others, which are then appended.
        for name in [*islice(w.footnotes, written, None)]:
            _footnote(w, name)
            written += 1
    w.depth -= 1
    notes, w.out = w.out, body
    _report_unused(w)
    if not notes:
        return []
    first = w.state.options.footnote_nr
    start = f' start="{first}"' if first != 1 else ""
    opening = f'<div class="footnotes" role="doc-endnotes">\n<ol{start}>\n'
    return [opening, *notes, "</ol>\n</div>\n"]


def _footnote(w: HtmlWriter, name: str) -> None:
    note = w.state.footnotes[name]
    place = w.state.options.footnote_prefix + name
    back = _backlinks(place, w.footnotes[name].repeats, w.state.options.footnote_backlink)
    shown = [block for block in note.blocks if block.kind != "mark"]
    w.out.append(f'<li id="fn:{escape(place)}" role="doc-endnote">\n')
    if back and shown and shown[-1].kind == "p":
        shown[-1].children.append(Markup("\u00a0" + back))
        back = ""
    w.write(note)
    w.out.append(f"<p>{back}</p>\n</li>\n" if back else "</li>\n")


def _backlinks(name: str, repeats: int, text: str) -> str:
    if not text:
        return ""
    links = []
    for n in range(repeats + 1):
        place = f"{name}:{n}" if n else name
        label = escape_text(unescape(text)) + (f"<sup>{n + 1}</sup>" if n else "")
        links.append(
            f'<a href="#fnref:{escape(place)}" class="reversefootnote" role="doc-backlink">'
            f"{label}</a>"
        )
    return "\u00a0".join(links)


def _report_unused(w: HtmlWriter) -> None:
    for name, note in w.state.footnotes.items():
        if name not in w.footnotes:
            message = f"nothing refers to the footnote [^{name}]: add [^{name}] to the text"
            w.state.problems.append(TextProblem(note.line, message, f"[^{name}]"))

"""Citations and lists of sources in a style of CSL, the Citation Style Language, by citeproc-py.

Styles for notes are not supported: a citation there is the whole source. What citeproc-py does not
do: it does not tell two sources of one author and year apart, and does not merge numbers to ranges.
"""

from __future__ import annotations

import importlib.util
import io
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from html import escape, unescape
from itertools import chain
from pathlib import Path
from typing import Any

from evergreen.content.files import read_source
from evergreen.dataclass import dataclass, replace
from evergreen.errors import EvergreenError, Problem
from evergreen.model import CitationStyle, Post, Reference, Site, SourceList
from evergreen.model.hashing import sha256
from evergreen.regex import regex
from evergreen.render.bibliography import find_attached
from evergreen.render.citations import SetCluster

Cluster = Sequence[tuple[str, str]]
"""Keys, each with the text behind it."""
_CATEGORY = regex(r'<category\s[^>]*citation-format="([\w-]+)"')
_LABEL = regex(r"\A(?:<[^>]*>)*[\[(]?\d+[\])]?\.?(?:</[^>]*>)*\s*")
_OPENING = regex(r"(?:<\w+[^<>]*>)*")
_CLOSING = regex(r"(?:</\w+>)*\Z")
_PLACES = (
    (r"pp?\.|pages?|S\.", "page"),
    (r"ch(?:ap)?\.|chapter", "chapter"),
    (r"sec\.|section|§", "section"),
    (r"fig\.|figure", "figure"),
    (r"vol\.|volume", "volume"),
)
_PLACE = regex("|".join(f"(?P<{name}>{words})" for words, name in _PLACES), re.IGNORECASE)
_DIGITS = regex(r"\s*([\w–-]+)\s*\Z")
_CJK = regex(r"[\u2e80-\u9fff\uac00-\ud7af]")
_ADVICE = "use a style for author and year, or for numbers, from https://www.zotero.org/styles"


@dataclass(frozen=True, slots=True)
class SetSources:
    """The citations and the sources of a post, set in a style."""

    clusters: tuple[SetCluster, ...]
    sources: SourceList
    names: Mapping[str, str]
    """How each source is cited, as plain text, by id."""


def with_style(root: Path, post: Post, site: Site) -> Post:
    """Add the post's citation style, its own or the blog's. A style that cannot be used is a
    warning, and the citations are those without it."""
    name = post.csl or site.citations.csl
    if not name or not post.references:
        return post
    path = find_attached(root, post.path, name) if post.csl else name
    try:
        source = read_source(root, path).decode("utf-8", "replace")
        wrong = _flaw(source)
    except EvergreenError:
        source, wrong = "", f"the citation style '{name}' cannot be read"
    post = replace(post, uses={**post.uses, f"file {path}": sha256(source) if source else ""})
    if not wrong:
        return replace(post, citation_style=CitationStyle(path, source))
    advice = _ADVICE if source else "put the .csl file there, or fix the path"
    if "not installed" in wrong:
        advice = "python -m pip install citeproc-py"
    problem = Problem(post.path, post.lines.get("csl", 1), 0, wrong, advice, "warning")
    return replace(post, warnings=(*post.warnings, problem))


def set_sources(
    style: CitationStyle, references: Sequence[Reference], clusters: Sequence[Cluster], lang: str
) -> SetSources:
    """Set the clusters of a post, in order, and its list of sources.

    Raises ValueError if citeproc-py fails with the style.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # variables and styles that it does not know
            return _Setter(style, references, lang).set(clusters)
    except Exception as error:  # a style can make it fail in any way
        raise ValueError(f"{type(error).__name__}: {error}") from error


def _flaw(source: str) -> str:
    """Return what is wrong with a style; "" if it can be used."""
    if importlib.util.find_spec("citeproc") is None:
        return "citations in a style of CSL need citeproc-py, which is not installed"
    found = _CATEGORY.search(source)
    if "<style" not in source or "<citation" not in source:
        return "the citation style is not a file of CSL, or one that refers to another"
    if found and found[1] == "note":
        return "the citation style is one for notes"
    return ""


class _Setter:
    """One run of citeproc-py."""

    def __init__(self, style: CitationStyle, references: Sequence[Reference], lang: str) -> None:
        from citeproc import (  # late: it takes 0.2 s to import
            CitationStylesBibliography,
            CitationStylesStyle,
            formatter,
        )
        from citeproc.source.json import CiteProcJSON

        self.ids = {reference.id: f"s{number}" for number, reference in enumerate(references)}
        given = [_variables(self.ids[each.id], each) for each in references]
        file = io.BytesIO(style.source.encode())
        parsed = CitationStylesStyle(file, validate=False, locale=_LOCALES.get(lang[:2], lang))
        self.layout = parsed.root.citation.layout
        category = _CATEGORY.search(style.source)
        self.is_numbered = bool(category and category[1] == "numeric")
        self.made: Any = CitationStylesBibliography(parsed, CiteProcJSON(given), formatter.html)

    def set(self, clusters: Sequence[Cluster]) -> SetSources:
        """Set everything, with the sources that are not cited behind those that are."""
        from citeproc import Citation

        citations = [Citation([*map(self._item, cluster)]) for cluster in clusters]
        single = [[Citation([self._item(each)]) for each in cluster] for cluster in clusters]
        alone = {key: Citation([self._item((key, ""))]) for key in self.ids}
        for citation in (*citations, *chain(*single), *alone.values()):
            self.made.register(citation)
        self.made.sort()
        found = tuple(map(self._cluster, citations, single))
        names = {key: self._parts(self._cite(each))[1] for key, each in alone.items()}
        plain = {key: unescape(_TAG.sub("", text)).strip("[]()") for key, text in names.items()}
        keys = {short: key for key, short in self.ids.items()}
        html = [_LABEL.sub("", text) if self.is_numbered else text for text in self._entries()]
        entries = tuple((keys[key], text) for key, text in zip(self.made.keys, html, strict=True))
        return SetSources(found, SourceList(entries, self.is_numbered), plain)

    def _entries(self) -> list[str]:
        return [_linked(str(entry)) for entry in self.made.bibliography()]

    def _item(self, item: tuple[str, str]) -> Any:
        from citeproc import CitationItem, Locator

        key, detail = item
        place = _PLACE.match(detail)
        digits = _DIGITS.match(detail, place.end()) if place else None
        if place and digits and place.lastgroup:
            return CitationItem(self.ids[key], locator=Locator(place.lastgroup, digits[1]))
        suffix = {"suffix": f", {escape(detail)}"} if detail else {}
        return CitationItem(self.ids[key], **suffix)

    def _cite(self, citation: Any) -> str:
        return str(self.made.cite(citation, lambda item: None))

    def _cluster(self, citation: Any, single: Sequence[Any]) -> SetCluster:
        """Return a cluster in parts; in one part if its items are not simply joined."""
        before, inner, after = self._parts(self._cite(citation))
        between = self.layout.get("delimiter") or ""
        items = [self._parts(self._cite(each))[1] for each in single]
        shown = escape(between, quote=False)
        as_written = range(len(items))
        by_number = sorted(as_written, key=lambda at: self.made.keys.index(single[at].cites[0].key))
        for order in (as_written, by_number):
            if shown.join(items[at] for at in order) == inner:
                return SetCluster(before, tuple(items[at] for at in order), (*order,), shown, after)
        return SetCluster(before, (inner,), (*as_written,), "", after)

    def _parts(self, text: str) -> tuple[str, str, str]:
        """Return what the layout puts before a citation, the citation, and what is after it."""
        prefix, suffix = (escape(self.layout.get(name) or "", quote=False) for name in _AFFIXES)
        around = self.layout.get("vertical-align") or self.layout.get("font-style")
        opening = _OPENING.match(text)[0] if around else ""  # type: ignore[index]
        closing = _CLOSING.search(text)[0] if around else ""  # type: ignore[index]
        before = f"{prefix}{opening}" if text.startswith(f"{prefix}{opening}") else ""
        before = before or (f"{opening}{prefix}" if text.startswith(f"{opening}{prefix}") else "")
        after = f"{closing}{suffix}" if text.endswith(f"{closing}{suffix}") else ""
        after = after or (f"{suffix}{closing}" if text.endswith(f"{suffix}{closing}") else "")
        return before, text[len(before) : len(text) - len(after)], after


def _variables(identity: str, reference: Reference) -> dict[str, Any]:
    """Return a reference as CSL-JSON, whose texts are HTML."""
    more = {name: escape(text) for name, text in reference.more.items() if name != "type"}
    found: dict[str, Any] = {**more, "title": escape(reference.title)}
    kind = reference.more.get("type") or _kind(reference)
    if reference.venue:
        names = ("publisher",) if kind in ("book", "thesis", "report") else ("container-title",)
        found |= {name: escape(reference.venue) for name in names if name not in more}
    if reference.authors:
        found["author"] = [_person(name) for name in reference.authors]
    if year := re.match(r"\d{1,4}", reference.year):
        found["issued"] = {"date-parts": [[int(year[0])]]}
    if reference.doi:
        found["DOI"] = escape(reference.doi)
    if reference.url:
        found["URL"] = escape(reference.url)
    return {**found, "id": identity, "type": kind}


def _kind(reference: Reference) -> str:
    if reference.venue:
        return "article-journal"
    return "webpage" if reference.url and not reference.doi else "book"


def _person(name: str) -> dict[str, str]:
    """Return family and given name; a Chinese name, and one of a single word, is whole."""
    last, comma, first = (escape(part.strip()) for part in name.partition(","))
    if comma:
        return {"family": last, "given": first}
    words = last.split()
    if len(words) < 2 or _CJK.search(name):
        return {"literal": last, "family": last}
    at = next((at for at, word in enumerate(words[1:-1], 1) if word[0].islower()), len(words) - 1)
    return {"family": " ".join(words[at:]), "given": " ".join(words[:at])}


def _linked(html: str) -> str:
    """Return an entry whose URLs are links."""
    return _URL.sub(_link, html)


def _link(found: re.Match[str]) -> str:
    url, end = found[0], ""
    while url.endswith((".", ",", ")")):
        url, end = url[:-1], url[-1] + end
    return f'<a href="{url}">{url}</a>{end}'


def plain_entries(sources: SourceList) -> Iterator[str]:
    """Yield the entries as Markdown: their text, with URLs as they are."""
    for number, (_, html) in enumerate(sources.entries, 1):
        text = unescape(_TAG.sub("", _ITALIC.sub("*", html)))
        yield f"{number}. {text}" if sources.is_numbered else f"- {text}"


_AFFIXES = ("prefix", "suffix")
_TAG = regex(r"<[^>]*>")
_ITALIC = regex(r"</?i>")
_URL = regex(r"https?://[^\s<>\"]+")
_LOCALES = {"en": "en-US", "zh": "zh-CN", "de": "de-DE", "fr": "fr-FR", "ja": "ja-JP"}
"""Locale of CSL by language."""

"""Citations in a rendered body: `[@key]` becomes the number of a reference, with links both ways.

The syntax is Pandoc's in brackets: `[@lecun98]`, `[@lecun98, p. 5; @周志华]`. Code, formulas and
links are left unchanged.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from html import escape, unescape
from urllib.parse import quote

from evergreen.dataclass import dataclass
from evergreen.markdown.cross_references import split_label
from evergreen.markdown.grammar import CJK
from evergreen.model import Reference
from evergreen.regex import regex
from evergreen.render.languages import Language

_KEY = r"\w(?:[\w:.#$%+?~/-]*\w)?"
_DETAIL = r"(?:(?:,|:(?=\s)|(?=\s)|\.(?=\]))(?:&#?\w+;|[^\[\];@<])*)?"
"""The place in a source, behind a comma, a colon or, as in Pandoc, only a blank."""
_NEXT = r"(?:(?<=,)\s+(?:and\s+)?|;\s*)"
"""Between two keys; Pandoc has a comma, too."""
_GROUP = regex(rf"\[(@{_KEY}{_DETAIL}(?:;\s*@{_KEY}{_DETAIL})*)\]")
_ITEM = regex(rf"@({_KEY})(?:(?:[,:]\s*|\s+)([^;]*))?")
_TOKEN = regex(
    r"<!--.*?(?:-->|\Z)"
    r"|<(?P<end>/?)(?P<name>[a-zA-Z][\w-]*)(?:[^>\"']++|\"[^\"]*+\"|'[^']*+')*+>?"
    rf"|{_GROUP.pattern}",
    re.S,
)
_ANY = regex(
    r"<!--.*?(?:-->|\Z)"
    r"|<(?P<end>/?)(?P<name>[a-zA-Z][\w-]*)(?:[^>\"']++|\"[^\"]*+\"|'[^']*+')*+>?"
    rf"|({_GROUP.pattern}|\[(?P<some>-?@{_KEY}{_DETAIL}(?:{_NEXT}-?@{_KEY}{_DETAIL})*)\]|(?:(?<![\w@/.\[])|(?<=[{CJK}]))@(?P<bare>{_KEY}))",
    re.S,
)
"""As `_TOKEN`, with keys that are not in brackets."""
_BETWEEN = regex(rf",?{_NEXT}-?@")
_VERBATIM = {"code", "pre", "a", "script", "style", "math", "svg", "textarea"}
_IN_TEXT = regex(rf"(?<![\w@/.])@({_KEY})")
_MANUAL = regex(r'<a href="#reference-([^"]+)"(?=>)')


@dataclass(frozen=True, slots=True)
class Cited:
    """A body with linked citations."""

    html: str
    counts: Mapping[str, int]
    """Id of a reference → number of citations; their ids are `cite-ID`, `cite-ID-2` and so on."""
    unknown: tuple[str, ...] = ()
    """Keys without a reference."""


@dataclass(frozen=True, slots=True)
class SetCluster:
    """The HTML of one bracket, as a citation style sets it."""

    before: str
    items: tuple[str, ...]
    order: tuple[int, ...]
    """Which item of the bracket each of them is."""
    between: str
    after: str


def cite(
    html: str,
    references: Sequence[Reference],
    style: str = "number",
    others: str = " et al.",
    marks_unknown: bool = False,
    clusters: Sequence[SetCluster] = (),
) -> Cited:
    """Link each `[@key]` to its reference, and give it and each link to `#reference-ID` an id.

    The style is `number`, or `author-year`, where `others` stands for the third author and on.
    With `marks_unknown`, a key without a reference is shown as `key?`, as in Quarto. `clusters` are
    those of `find_clusters`, set by another style.
    """
    if "[@" not in html and '<a href="#reference-' not in html:
        return Cited(html, {})
    numbers = {reference.id: number for number, reference in enumerate(references, 1)}
    is_number = style == "number"
    names = _names(references, style, others)
    counts: Counter[str] = Counter()
    unknown: dict[str, None] = {}
    ready = iter(clusters)

    def manual(found: re.Match[str]) -> str:
        key = unescape(found[1])
        return f"{found[0]} {_identity(key, counts)}" if key in numbers else found[0]

    def group(found: re.Match[str]) -> str:
        items = _items(found)
        missing = [key for key, _ in items if key not in numbers]
        unknown.update(dict.fromkeys(missing))
        if missing and not marks_unknown:
            return found[0]
        if not missing and (cluster := next(ready, None)):
            return _set(cluster, items, counts)
        links = (
            _link(key, detail, names[key], counts) if key in numbers else f"{escape(key)}?"
            for key, detail in items
        )
        between = ", " if is_number else "; "
        return f"[{between.join(links)}]"

    return Cited(_replace(html, group, manual), counts, tuple(unknown))


def bracket_citations(html: str, references: Sequence[Reference], others: str | None) -> str:
    """Return a body with Pandoc's other citations, `[-@key; -@key]`, and, if the key is known,
    `@key` in the text, with the authors before it unless `others` is None."""
    names = {each.id: _authors(each, others or "") for each in references}

    def write(found: re.Match[str]) -> str:
        if some := found["some"]:
            return f"[{_BETWEEN.sub('; @', some).removeprefix('-')}]"
        key, behind = split_label(unescape(found["bare"] or ""), names)
        if key not in names:
            return found[0]
        before = f"{escape(names[key])} " if names[key] and others is not None else ""
        return f"{before}[@{escape(key, quote=False)}]{escape(behind, quote=False)}"

    return _replace(html, write, lambda found: found[0], _ANY) if "@" in html else html


def find_clusters(html: str, references: Sequence[Reference]) -> list[list[tuple[str, str]]]:
    """Return the brackets whose keys all have references: each key with the text behind it."""
    known = {reference.id for reference in references}
    clusters: list[list[tuple[str, str]]] = []

    def group(found: re.Match[str]) -> str:
        items = _items(found)
        if all(key in known for key, _ in items):
            clusters.append([(key, (detail or "").strip()) for key, detail in items])
        return found[0]

    if "[@" in html:
        _replace(html, group, lambda found: found[0])
    return clusters


def _replace(
    html: str,
    group: Callable[[re.Match[str]], str],
    manual: Callable[[re.Match[str]], str],
    pattern: re.Pattern[str] = _TOKEN,
) -> str:
    """Replace the brackets in a text outside of code, formulas and links, and manual links."""
    depth = 0

    def token(found: re.Match[str]) -> str:
        nonlocal depth
        if found["name"] in _VERBATIM:
            # An unmatched end tag must not make the depth negative.
            depth = max(0, depth + (-1 if found["end"] else 1))
            return _MANUAL.sub(manual, found[0])
        return found[0] if depth or not found[3] else group(found)

    return pattern.sub(token, html)


def _items(found: re.Match[str]) -> list[tuple[str, str | None]]:
    return [(item[1], item[2]) for item in _ITEM.finditer(unescape(found[3]))]


def _set(cluster: SetCluster, items: Sequence[tuple[str, str | None]], counts: Counter[str]) -> str:
    """Return a set cluster with links; one whose items are merged is one link to the first."""
    keys = [items[at][0] for at in cluster.order]
    parts = [
        f'<a class="citation" href="#reference-{quote(key)}" {_identity(key, counts)}>{text}</a>'
        for key, text in zip(keys, cluster.items, strict=False)
    ]
    rest = (f"<span {_identity(key, counts)}></span>" for key in keys[len(parts) :])
    return f"{cluster.before}{cluster.between.join(parts)}{cluster.after}{''.join(rest)}"


def citation_names(
    references: Sequence[Reference], style: str, language: Language
) -> dict[str, str]:
    """Return how each reference is cited, by id."""
    return _names(references, style, language.text("and_others"))


def cited_keys(text: str, is_foreign: bool = False) -> list[str]:
    """Return the keys that a text may cite, without duplicates, in order; in a file of another tool
    also those that are not in brackets."""
    if is_foreign:
        return list(dict.fromkeys(_IN_TEXT.findall(text)))
    groups = _GROUP.finditer(text)
    return list(dict.fromkeys(item[1] for group in groups for item in _ITEM.finditer(group[1])))


def _names(references: Sequence[Reference], style: str, others: str) -> dict[str, str]:
    """Return the text of a citation by id: a number, or author and year if there is an author."""
    names = {each.id: str(number) for number, each in enumerate(references, 1)}
    if style == "number":
        return names
    return {each.id: _author_year(each, others) or names[each.id] for each in references}


def _author_year(reference: Reference, others: str) -> str:
    """Return `LeCun et al. 1998`; "" without authors. The last word of a Latin name is the family
    name, a Chinese name is whole."""
    names = _authors(reference, others)
    return f"{names} {reference.year}".strip() if names else ""


def _authors(reference: Reference, others: str) -> str:
    names = [_family(name) for name in reference.authors]
    return names[0] + others if len(names) > 2 else " & ".join(names)


def _family(name: str) -> str:
    last, comma, _ = name.partition(",")
    return last.strip() if comma else name.split()[-1] if name.strip() else name


def _link(key: str, detail: str | None, name: str, counts: Counter[str]) -> str:
    tail = f", {escape(detail.strip())}" if detail else ""
    href = f"#reference-{quote(key)}"
    return f'<a class="citation" href="{href}" {_identity(key, counts)}>{escape(name)}</a>{tail}'


def _identity(key: str, counts: Counter[str]) -> str:
    """Count a citation of a reference and return its id attribute."""
    counts[key] += 1
    return f'id="cite-{escape(key)}{f"-{counts[key]}" if counts[key] > 1 else ""}"'

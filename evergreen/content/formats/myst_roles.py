"""MyST's roles, `{ref}`label``, as the Markdown and HTML of our dialect.

The text of a role that is unknown here is shown as code, as Sphinx shows names of Python.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import field
from html import escape

from evergreen.dataclass import dataclass
from evergreen.model.numbering import label_id
from evergreen.regex import regex


@dataclass(frozen=True, slots=True)
class Labels:
    """The labels of a file."""

    titles: Mapping[str, str] = field(default_factory=dict)
    """Label of a paragraph → the text of a reference to it."""
    ids: Mapping[str, str] = field(default_factory=dict)
    """Label → its id on the page."""
    has_titles: bool = False
    """True if the argument of a note is its title, as in mystmd."""


def translate_roles(line: str, labels: Labels) -> str:
    """Return a line with its roles translated; in code spans they are shown as written."""

    def replaced(found: re.Match[str]) -> str:
        if found["source"]:
            return f"<{found['source']}>"
        if found["local"]:
            text = labels.titles.get(found["local"], "") if found["empty"] else ""
            return (
                f"{found['empty'] or ''}{text}](#{labels.ids.get(found['local'], found['local'])})"
            )
        if found["bare"]:
            return (
                f"{found['hollow'] or ''}{_bare_link(found['bare'], bool(found['hollow']), labels)}"
            )
        if found["cited"]:
            return _citation(found["cited"].replace(";", ","))
        if found["scheme"]:
            shown = found["named"] if found["named"] != "[" else ""
            return f"{shown or ''}{_address(found['scheme'], found['rest'], shown == '')}"
        if found["link"]:
            return _link(found["link"], found["target"])
        return _role(found["name"], found["text"], labels) if found["name"] else found[0]

    return _ROLE.sub(replaced, line) if _MAYBE.search(line) else line


def _bare_link(target: str, is_empty: bool, labels: Labels) -> str:
    """Return the end of a link to a label or a document, which Sphinx names without `#` or suffix;
    a document is one in another folder."""
    if target in labels.ids or ":" in target or "/" not in target:
        text = labels.titles.get(target, "") if is_empty else ""
        return f"{text}](#{labels.ids.get(target, label_id(target))})"
    return f"]({target}.md)"


def is_open(line: str) -> bool:
    """True if the last role of a line goes on in the next line."""
    return "}`" in line and _OPEN.search(_ROLE.sub("", line)) is not None


def has_roles(text: str) -> bool:
    """True if a text has a role that only MyST has."""
    return _OF_MYST.search(text) is not None


def _role(name: str, text: str, labels: Labels) -> str:
    write = _WRITERS.get(name.removeprefix("py:"))
    if write:
        return write(text)
    named = _NAMED.fullmatch(text)
    shown, target = (named[1], named[2]) if named else ("", text)
    if name in _REFERENCES:
        return f"[{shown or labels.titles.get(target, '')}](#{label_id(target)})"
    if name.startswith(("cite", "footcite")):
        return _citation(text)
    if name.partition(":")[0] == "glue":
        return glue_place("span", *text.split(":", 1))
    if name == "download":
        return f"[{shown or target}]({target})"
    if name == "doc":
        path = target if _SUFFIX.search(target) else f"{target}.md"
        return f'<a class="document" href="{escape(path)}">{escape(shown)}</a>'
    if name in _TAGS:
        return f"<{_TAGS[name]}>{escape(text)}</{_TAGS[name]}>"
    if name in _AS_TEXT:
        return shown or target
    if name.startswith(("bdg-link-", "bdg-ref-", "button")) and shown:
        is_label = name.startswith("bdg-ref-")
        return f"[{shown}]({f'#{label_id(target)}' if is_label else target})"
    if name in _PAGES:
        title, address = _PAGES[name]
        return f"[{shown or f'{title} {target}'}]({address.format(target)})"
    return f"`{shown or _short(target)}`"


def glue_place(tag: str, name: str, form: str = "") -> str:
    """Return the element that the value of a name takes the place of (`render.glue`)."""
    shown = f' data-format="{escape(form)}"' if form else ""
    return f'<{tag} class="glue" data-glue="{escape(name.strip())}"{shown}>{escape(name)}</{tag}>'


def _link(kind: str, target: str) -> str:
    """Return a link to something of the project; to another project, only its name."""
    path, _, label = target.partition("#")
    if kind in _SCHEMES:
        return _address(kind, target, is_empty=True)
    return f"`{label or path}`"


def _address(scheme: str, target: str, is_empty: bool) -> str:
    """Return the end of a link, or all of one without a text, to something that is named in
    short, `doi:10.1000/1`; a document or a file of the project is named by its path."""
    path, sign, label = target.partition("#")
    if scheme in _SITES:
        shown = target.replace("_", " ") if scheme == "wiki" else target
        address = _SITES[scheme].format(target)
    elif not path:
        shown, address = "", f"#{label_id(label)}"
    else:
        is_bare = scheme == "doc" and not _SUFFIX.search(path)
        shown = path if scheme == "path" else ""
        address = f"{path}{'.md' if is_bare else ''}{sign}{label}"
    return f"[{shown}]({address})" if is_empty else f"]({address})"


def _citation(text: str) -> str:
    """Return citations in brackets: `{see}key{p. 3}` has words before it, and a place."""
    found = list(_CITED.finditer(text))
    keys = (f"@{each['key'].strip()}{', ' * bool(each['at'])}{each['at'] or ''}" for each in found)
    before = (found[0]["before"] if found else "") or ""
    return f"{before} [{'; '.join(keys)}]".lstrip()


def _abbreviation(text: str) -> str:
    found = _ABBREVIATION.fullmatch(text)
    return f'<abbr title="{escape(found[2])}">{escape(found[1])}</abbr>' if found else text


def _quantity(text: str) -> str:
    r"""Return a number with its unit, `5 <\kilo\meter\per\second>`: 5 km/s."""
    found = _QUANTITY.fullmatch(text.strip())
    if not found:
        return text
    units = "".join(_UNITS.get(name, name) for name in _COMMAND.findall(found[2]))
    return f"{found[1]} {units}" if units else found[1]


def _short(name: str) -> str:
    """Return the last part of a name that begins with a tilde, `~numpy.linalg.norm`."""
    return name.rpartition(".")[2] if name.startswith("~") else name.removeprefix("!")


_QUANTITY = regex(r"([0-9.,eE+-]+)\s*<([\\A-Za-z\s]+)>")
_COMMAND = regex(r"\\([A-Za-z]+)")
_UNITS = dict(
    pair.split("=")
    for pair in (
        "per=/ squared=² cubed=³ square=² cubic=³ ampere=A candela=cd kelvin=K kilogram=kg "
        "gram=g metre=m meter=m mole=mol second=s becquerel=Bq degreeCelsius=°C celsius=°C "
        "coulomb=C farad=F gray=Gy hertz=Hz henry=H joule=J lumen=lm katal=kat lux=lx "
        "newton=N ohm=Ω pascal=Pa radian=rad siemens=S sievert=Sv steradian=sr tesla=T volt=V "
        "watt=W weber=Wb bar=bar bel=B astronomicalunit=au dalton=Da decibel=dB degree=° "
        "percent=% electronvolt=eV hectare=ha hour=h litre=L liter=L day=d arcminute=′ "
        "arcsecond=″ minute=min neper=Np tonne=t yocto=y zepto=z atto=a femto=f pico=p nano=n "
        "micro=µ milli=m centi=c deci=d deca=da hecto=h kilo=k mega=M giga=G tera=T peta=P "
        "exa=E"
    ).split()
)
"""Name of a unit or a prefix of the SI → its sign."""
_SITES = {
    "wiki": "https://en.wikipedia.org/wiki/{}",
    "doi": "https://doi.org/{}",
    "rrid": "https://scicrunch.org/resolver/{}",
    "ror": "https://ror.org/{}",
}
"""Scheme of an address → the address of what it names."""
_SCHEMES = (*_SITES, "project", "path", "doc")
_REFERENCES = frozenset({"ref", "numref", "prf:ref", "proof:ref", "any"})
_PAGES = {
    "pep": ("PEP", "https://peps.python.org/pep-{:0>4}/"),
    "rfc": ("RFC", "https://datatracker.ietf.org/doc/html/rfc{}"),
}
"""Roles of numbered documents → what stands before the number, and the address."""
_TAGS = {
    **{name: name for name in ("kbd", "sub", "sup", "del", "u")},
    "subscript": "sub",
    "superscript": "sup",
    "underline": "u",
    "strike": "del",
}
_AS_TEXT = frozenset({"term", "dfn", "title", "time", "chem", "span", "external", "rst:dir"})
_ROLE = regex(
    r"\{(?P<name>[a-z][\w:.-]*)\}(?P<run>`+)(?!`)(?P<text>.+?)(?<!`)(?P=run)(?!`)"
    r"|<(?P<link>project|path|doc|inv|xref|rrid|ror|wiki|doi|gh):(?P<target>[^<>\s]+)>"
    r"|(?P<named>\[)?\]\((?P<scheme>project|path|doc|wiki|doi|rrid|ror):(?P<rest>[^()\s]+)\)"
    r"|\[@(?P<source>https?://[^\s\[\]]+)\]|\[(?P<cited>@[^\[\]\n]*\{[^\[\]\n]*\})\]"
    r"|(?P<empty>\[)?\]\(#(?P<local>[^()\s]+)\)"
    r"|(?P<hollow>(?<!!)\[)?\]\((?!tel:|mailto:)(?P<bare>(?:\.\.?/)*[a-z][\w-]*(?:[/:][\w-]+)*)\)"
    r"|(?P<code>`+)(?!`).+?(?<!`)(?P=code)(?!`)"
)
_MAYBE = regex(r"\}`|:|\]\([#.a-z]|\}\]")
_CITED = regex(r"(?:\{(?P<before>[^{}]*)\})?\s*@?(?P<key>[^,{}\s][^,{}]*)(?:\{(?P<at>[^{}]*)\})?")
_OPEN = regex(r"\{[a-z][\w:.-]*\}`+[^`]*\Z")
_OF_MYST = regex(
    r"(?<!`)\{(?:numref|eq|ref|prf:ref|cite(?::\w+)?|math|doc|func|class|term|kbd|abbr"
    r"|meth|mod|attr|py:\w+|std:\w+|c:\w+|cpp:\w+|guilabel|menuselection"
    r"|download|sub|sup|index|glue(?::\w+)?)\}`[^`\n]+(?:\n[^`\n]+)?`"
)
_SUFFIX = regex(r"\.(?:md|ipynb|qmd|rmd|py)\Z", re.I)
_NAMED = regex(r"(.+?)\s*<([^<>]+)>")
_ABBREVIATION = regex(r"(.+?)\s*\((.+)\)")
_ENTRY = regex(r"(?:single|pair|triple|see|seealso)\s*:")
_WRITERS: Mapping[str, Callable[[str], str]] = {
    "math": lambda text: f"${text}$",
    "eq": lambda text: rf"\eqref{{{text}}}",
    "eval": lambda text: f"`{{python}} {text}`",
    "abbr": _abbreviation,
    "si": _quantity,
    "index": lambda text: "" if _ENTRY.match(text) else _NAMED.sub(r"\1", text),
    "menuselection": lambda text: f"**{text.replace('-->', '‣')}**",
    "raw:html": lambda text: text,
    **dict.fromkeys("octicon fa fas far fab material-regular".split(), lambda text: ""),
    **dict.fromkeys(("raw:latex", "raw:tex", "raw:typst"), lambda text: ""),
    **dict.fromkeys(("guilabel", "strong"), lambda text: f"**{text}**"),
    **dict.fromkeys(("emphasis", "sc", "smallcaps"), lambda text: f"*{text}*"),
}

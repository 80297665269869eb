"""HTML → its content: lines of text with links, pictures, colours and signs, and tables by cell.

Style sheets, tooltips, comments, generated ids and the order of classes and attributes are no part
of it; colours and weights that a style sheet gives to single elements are, since they carry data.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping
from dataclasses import field
from html import unescape
from html.parser import HTMLParser

from evergreen.dataclass import dataclass
from evergreen.regex import regex

_BLOCKS = frozenset(
    """address article aside blockquote body button caption dd details div dl dt fieldset figcaption
    figure footer form h1 h2 h3 h4 h5 h6 header hr html iframe legend li main nav ol option p pre
    section select summary svg table tbody td tfoot th thead tr ul video audio canvas br""".split()
)
_INLINE = frozenset("b strong i em code u s del ins mark sub sup kbd".split())
_VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())
_SHAPES = frozenset("circle ellipse rect line path polygon polyline use image".split())
_PREFIX = {
    "li": "- ",
    "numbered": "1. ",
    "hr": "———",
    **{f"h{n}": f"{'#' * n} " for n in range(1, 7)},
}
_SIGNS = frozenset(
    """pass passed fail failed ok error errors success succeeded warning warn danger good bad true
    false up down positive negative alert critical valid invalid checked missing""".split()
)
"""Words in class names that say how something went."""
_LIBRARIES = (
    "sk-top-container",
    "dataframe",
    "xr-wrap",
    "simpletable",
    "jupyter-widgets",
    'id="T_',
)
"""Marks of libraries whose class names change with their releases."""
_ESTIMATOR = regex(
    r"""class=["'][^"']*sk-text-repr-fallback[^"']*["'][^>]*>\s*<pre>(.*?)</pre>""", re.S
)
_PROPERTY = regex(
    r"""data-param-prefix=["'](?P<prefix>[^"']*)["']"""
    r"""|<tr\s+class=["'](?:default|user-set)["']>(?P<row>.*?)</tr>""",
    re.S,
)
"""The beginning of an estimator in a diagram, or a row of one of its tables."""
_DESCRIPTION = regex(r"""<span\s+class=["']param-doc-description["'].*?</span>""", re.S)
_CELL = regex(r"<td[^>]*>(.*?)</td>", re.S)
_TAG = regex(r"<[^>]*>")
_RANDOM = regex(r"(?<![0-9a-zA-Z])[\w-]*?(?=[0-9a-f]*\d)([0-9a-f]{6,})\b")
_DATA_URI = regex(r"data:([\w.+/-]*)(?:;[\w=-]+)*;base64,([A-Za-z0-9+/=\\n\s]+)")
_VERSION = regex(r"\d+(?:\.\d+)+")
"""A library's version in the address of its script."""
_RULE = regex(r"([^{}]+)\{([^{}]*)\}")
_STYLED = frozenset(
    """color background background-color text-decoration visibility display font-weight font-style
    opacity transform""".split()
)
"""Properties that carry data or hide it."""
_SIZES = frozenset("width height left right top bottom margin-left".split())
"""Properties that do so where an element has a background: it is a bar, or a mark on a scale."""
_RGB = regex(r"rgba?\(\s*(\d+)\s*,\s*(\d+)\s*,\s*(\d+)\s*(?:,\s*1(?:\.0)?\s*)?\)")
_NAMES = {
    "black": "#000000", "white": "#ffffff", "red": "#ff0000", "green": "#008000", "blue": "#0000ff",
    "yellow": "#ffff00", "orange": "#ffa500", "gray": "#808080", "grey": "#808080",
    "purple": "#800080", "lime": "#00ff00", "cyan": "#00ffff", "aqua": "#00ffff",
    "magenta": "#ff00ff", "pink": "#ffc0cb", "lightgreen": "#90ee90", "crimson": "#dc143c",
}  # fmt: skip
_SHORT_HEX = regex(r"#([0-9a-f])([0-9a-f])([0-9a-f])\b")


@dataclass(slots=True)
class Content:
    """What a page of HTML says."""

    lines: list[str] = field(default_factory=list)
    tables: list[list[list[str]]] = field(default_factory=list)
    """Table → rows → cells."""
    scripts: list[str] = field(default_factory=list)
    pictures: list[bytes] = field(default_factory=list)
    """Pictures in data URIs, in their order."""
    properties: dict[str, str] = field(default_factory=dict)
    """Parameters and fitted attributes of estimators, by their full names."""


def read_html(text: str) -> Content:
    """Read HTML. Raises AssertionError for a malformed declaration, as Python's parser does."""
    if found := _ESTIMATOR.search(text):
        return _read_estimator(text, found[1])
    reader = _Reader(text)
    reader.feed(text)
    reader.close()
    reader.flush()
    return reader.content


def _read_estimator(text: str, shown: str) -> Content:
    """Read scikit-learn's diagram: its text form says the same without the style of a release."""
    state = re.search(r"<span>(Not fitted|Fitted)</span>", text)
    lines = [*unescape(shown).split("\n"), state[1] if state else ""]
    return Content(lines, properties=_properties(text))


def _properties(text: str) -> dict[str, str]:
    """Return what the tables of a diagram tell of its estimators, if its release shows tables."""
    found: dict[str, str] = {}
    prefix = ""
    for part in _PROPERTY.finditer(text):
        if part["row"] is None:
            prefix = part["prefix"]
            continue
        cells = _CELL.findall(_DESCRIPTION.sub("", part["row"]))
        words = [" ".join(unescape(_TAG.sub("", cell)).split()) for cell in cells]
        name, *told = [each for each in words if each] or [""]
        found[prefix + name] = " ".join(told)
    return found


def normal_colours(text: str) -> str:
    """Write the colours of a style in one form: `#rrggbb`."""
    text = _RGB.sub(lambda f: "#" + "".join(f"{min(int(n), 255):02x}" for n in f.groups()), text)
    text = re.sub(r"#[0-9a-fA-F]{3,8}", lambda f: f[0].lower(), text)
    text = _SHORT_HEX.sub(r"#\1\1\2\2\3\3", text)
    return re.sub(r"(?<![\w#-])[a-z]+(?![\w(-])", lambda f: _NAMES.get(f[0], f[0]), text)


class _Reader(HTMLParser):
    """Collects the content of a text."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.content = Content()
        self.line = ""
        self.stack: list[str] = []
        self.links: list[str] = []
        self.tables: list[list[list[str]]] = []
        self.raw = ""
        """The element whose text is no text of the page."""
        self.buffer = ""
        self.pre = 0
        self.ids = _ids(text)
        self.randoms: dict[str, str] = {}
        self.colours = _id_rules(text)
        self.known = any(mark in text for mark in _LIBRARIES)

    # --- events -----------------------------------------------------------------------------------

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take an element's attributes that mean something."""
        values = {name: value or "" for name, value in attrs}
        if tag in ("script", "style", "title", "metadata", "template", "noscript"):
            self.raw, self.buffer = tag, ""
            if values.get("src"):
                self.add(f"[script {_VERSION.sub('…', self.uri(values['src']))}]")
            return
        if self.raw:
            return
        if tag in _BLOCKS:
            self.flush()
            lists = [each for each in self.stack if each in ("ol", "ul", "menu")]
            is_numbered = tag == "li" and lists[-1:] == ["ol"]
            self.line = _PREFIX.get("numbered" if is_numbered else tag, "")
        if tag not in _VOID:
            self.stack.append(tag)
        self.pre += tag == "pre"
        self._table(tag)
        self._element(tag, values)
        self.add(self._marks(tag, values))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take an element without content."""
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        """Close an element."""
        if self.raw:
            if tag == self.raw:
                self._close_raw()
            return
        if tag in _INLINE:
            self.add(f"</{tag}>")
        if tag == "a" and self.links:
            target = self.links.pop()
            self.add(f"]({target})" if target else "]")
        if tag in _BLOCKS and tag not in ("td", "th"):
            self.flush()
        if tag == "pre":
            self.pre = max(self.pre - 1, 0)
        if tag == "table" and self.tables:
            self.tables.pop()
        if tag in self.stack:
            del self.stack[len(self.stack) - 1 - self.stack[::-1].index(tag) :]

    def handle_data(self, data: str) -> None:
        """Take text."""
        if self.raw:
            self.buffer += data
        elif self.pre:
            first, *others = data.split("\n")
            self.add(first, keep=True)
            for line in others:
                self.flush()
                self.add(line, keep=True)
        elif data.strip():
            self.add(
                f"{' ' if data[:1].isspace() else ''}{data.strip()}"
                f"{' ' if data[-1:].isspace() else ''}"
            )
        elif self.line:
            self.add(" ")

    # --- helpers ----------------------------------------------------------------------------------

    def add(self, text: str, keep: bool = False) -> None:
        """Lengthen the line, or the cell of the table that is open."""
        rows = self.tables[-1] if self.tables else None
        if rows and rows[-1] and any(tag in ("td", "th") for tag in self.stack):
            rows[-1][-1] = rows[-1][-1] + (text if keep else re.sub(r"\s+", " ", text))
        else:
            self.line += text

    def flush(self) -> None:
        """End the line."""
        line = self.line if self.pre else " ".join(self.line.split())
        if line.strip() and line.strip() not in ("-", "1.", "#"):
            self.content.lines.append(line.rstrip())
        self.line = ""

    def uri(self, value: str) -> str:
        """Name an address: a picture in it by its number, an element of this page by its place."""
        if found := _DATA_URI.match(value):
            return self._picture(found)
        if value.startswith("#"):
            return f"→{self.ids[value[1:]]}" if value[1:] in self.ids else self.stable(value)
        return self.stable(value)

    def stable(self, text: str) -> str:
        """Replace random ids by numbers in the order of their appearance."""
        text = re.sub(r"[\w-]+", lambda f: f"→{self.ids[f[0]]}" if f[0] in self.ids else f[0], text)
        return _RANDOM.sub(
            lambda f: self.randoms.setdefault(f[1], f"id{len(self.randoms) + 1}"), text
        )

    def _picture(self, found: re.Match[str]) -> str:
        try:
            content = base64.b64decode(re.sub(r"\\n|\s", "", found[2]))
        except (binascii.Error, ValueError):
            content = found[2].encode()
        if found[1].startswith("image/") and found[1] != "image/svg+xml":
            self.content.pictures.append(content)
            return f"picture {len(self.content.pictures)}"
        return f"{found[1]} {hashlib.sha256(content).hexdigest()[:16]}"

    def _close_raw(self) -> None:
        if self.raw == "script" and self.buffer.strip():
            text = _DATA_URI.sub(self._picture, self.buffer)
            self.content.scripts.append(self.stable(text).replace(";", " "))
        self.raw = ""

    def _table(self, tag: str) -> None:
        if tag == "table":
            self.content.lines.append(f"⟨table {len(self.content.tables) + 1}⟩")
            self.content.tables.append([])
            self.tables.append(self.content.tables[-1])
        elif self.tables and tag == "tr":
            self.tables[-1].append([])
        elif self.tables and tag in ("td", "th") and self.tables[-1]:
            self.tables[-1][-1].append("")

    def _element(self, tag: str, values: Mapping[str, str]) -> None:
        """Add what an element shows by itself."""
        if tag == "a":
            self.links.append(self.uri(values.get("href", "")))
            self.add("[")
        elif tag in _INLINE:
            self.add(f"<{tag}>")
        elif tag == "img":
            self.add(f"![{values.get('alt', '')}]({self.uri(values.get('src', ''))})")
        elif tag in ("input", "option", "textarea", "progress", "meter"):
            kept = ("type", "value", "checked", "selected", "max", "min", "disabled")
            shown = " ".join(f"{name}={values[name]}" for name in kept if name in values)
            self.add(f"[{tag} {self._named(values)}{shown}]")
        elif tag == "label" and "for" in values:
            self.add(f"{{for {self.uri('#' + values['for'])}}}")
        elif tag in _SHAPES:
            self.flush()
            self.content.lines.append(shape_line(tag, values, self.stable))
        elif tag == "iframe" and values.get("srcdoc"):
            inner = read_html(values["srcdoc"])
            self.content.lines += inner.lines
            self.content.tables += inner.tables
            self.content.scripts += inner.scripts
            self.content.pictures += inner.pictures
        elif values.get("src"):
            self.add(f"[{tag} {self.uri(values['src'])}]")
        if tag in ("td", "th"):
            spans = [
                f"{n}={values[n]}" for n in ("colspan", "rowspan") if values.get(n, "1") != "1"
            ]
            self.add("".join(f"{{{each}}}" for each in spans))

    def _named(self, values: Mapping[str, str]) -> str:
        name = values.get("id", "")
        return f"→{self.ids[name]} " if name in self.ids else ""

    def _marks(self, tag: str, values: Mapping[str, str]) -> str:
        """Return marks for the colours and the classes of an element."""
        if tag in _SHAPES:
            return ""
        own = _colours(values.get("style", "")) | self.colours.get(values.get("id", ""), {})
        for name in ("bgcolor", "color"):
            if name in values:
                own[{"bgcolor": "background-color"}.get(name, name)] = normal_colours(values[name])
        marks = [f"{{{name}: {own[name]}}}" for name in sorted(own)]
        marks += [f"{{{name}}}" for name in ("hidden", "open") if name in values]
        classes = sorted(set(values.get("class", "").split()))
        signs = [c for c in classes if _SIGNS & set(re.split(r"[-_]", c.lower()))]
        kept = signs if self.known else [c for c in classes if not re.search(r"\d", c)]
        return "".join([*marks, *(f"{{.{name}}}" for name in kept)])


def shape_line(tag: str, values: Mapping[str, str], stable: object = None) -> str:
    """Write a shape of an SVG as a line: its attributes in order, without names and classes."""
    rename = stable if callable(stable) else str
    kept = {
        name: normal_colours(str(rename(value)))
        for name, value in values.items()
        if name not in ("id", "class", "style") and not name.startswith(("data-", "on", "aria-"))
    }
    for part in values.get("style", "").split(";"):
        name, _, value = part.partition(":")
        if value:
            kept[name.strip()] = normal_colours(str(rename(value.strip())))
    return " ".join([f"<{tag}", *(f"{name}={kept[name]}" for name in sorted(kept))])


def _ids(text: str) -> dict[str, str]:
    """Number the ids of a text in their order."""
    found = re.findall(r"""\sid\s*=\s*["']?([^"'\s>]+)""", text)
    return {name: str(number) for number, name in enumerate(dict.fromkeys(found), 1)}


def _colours(style: str) -> dict[str, str]:
    """Return the declarations of a style that mark, colour or hide, and the size of a bar."""
    parts = (part.partition(":") for part in style.lower().split(";"))
    told = {name.strip(): " ".join(value.split()) for name, _, value in parts if value.strip()}
    found = {name: normal_colours(told[name]) for name in told.keys() & _STYLED}
    if "background" in found or "background-color" in found:
        found |= {name: told[name] for name in _SIZES & told.keys()}
    return found


def _id_rules(text: str) -> dict[str, dict[str, str]]:
    """Return the colours that style sheets give to single elements, by id."""
    found: dict[str, dict[str, str]] = {}
    for sheet in re.findall(r"<style[^>]*>(.*?)</style>", text, re.S | re.I):
        for selectors, body in _RULE.findall(sheet):
            colours = _colours(body)
            for selector in selectors.split(",") if colours else ():
                name = selector.strip()
                if re.fullmatch(r"#[\w-]+", name):
                    found.setdefault(name[1:], {}).update(colours)
    return found

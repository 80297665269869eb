"""Attribute lists, `{: .class #id key="value" name}`, and their definitions, `{:name: …}`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from evergreen.markdown.grammar import ATTRIBUTES_LINE, IDENTIFIER, SPACE
from evergreen.markdown.parse_state import Container
from evergreen.markdown.tree import AttributeList, Element
from evergreen.regex import regex


def read_attributes(text: str, above: AttributeList | None = None) -> AttributeList:
    """Parse an attribute list without its braces, ignoring what is not an attribute.

    The list of the line above, if any, is extended in place: `.b` adds a class, `class="b"`
    replaces the classes.
    """
    return _read(text, above or AttributeList(), *_KRAMDOWN)


def _read(
    text: str, found: AttributeList, attribute: re.Pattern[str], name: re.Pattern[str]
) -> AttributeList:
    for match in attribute.finditer(text):
        key, quote, value, reference, names = match.groups()
        if reference:
            found.references.append(reference)
        elif names:
            _add_names(found, name.findall(names))
        else:
            found.values[key] = re.sub(rf"\\([}}{quote}])", r"\1", value)
    return found


def pandoc_list(text: str) -> AttributeList:
    """Parse the attributes of Pandoc without braces, whose values may be without quotes, and whose
    ids may have letters of any language and dots; a width in percent becomes a class, `width-50`.
    """
    found = _read(_UNQUOTED.sub(r'\1="\2"', text), AttributeList(), *_PANDOC)
    if percent := _PERCENT.fullmatch(found.values.get("width", "")):
        del found.values["width"]
        tens = min(max(round(int(percent[1]) / 10), 1), 10)
        found.merge(AttributeList(values={"class": f"width-{tens}0"}))
    elif "width" in found.values:
        found.values["width"] = found.values["width"].removesuffix("px")
    return found


def apply_attributes(
    attributes: dict[str, str],
    applied: AttributeList,
    definitions: Mapping[str, AttributeList],
    seen: frozenset[str] = frozenset(),
) -> None:
    """Add the values of the list, and of the lists that it names, to `attributes`."""
    for name in applied.references:
        if name in definitions and name not in seen:
            apply_attributes(attributes, definitions[name], definitions, seen | {name})
    for key, value in applied.values.items():
        join = key == "class" and "class" in attributes
        attributes[key] = f"{attributes[key]} {value}" if join else value


def attribute_definition(c: Container) -> bool:
    """Parse the definition of a named attribute list, `{:name: .a}`."""
    if match := c.consume(_DEFINITION):
        lists = c.state.attribute_lists
        lists[match[1]] = read_attributes(match[2], lists.get(match[1]))
        c.add(Element("mark", model="attributes"))
    return match is not None


def block_attributes(c: Container) -> bool:
    """Parse `{: .a}` on a line of its own, which applies to the block above, else the one below."""
    match = c.consume(_LINE)
    if not match:
        return False
    last = c.last
    if last is None or last.kind == "blank" or (last.kind == "mark" and last.model not in _BEARERS):
        c.pending = read_attributes(match[1], c.pending)
        return True
    last.applied = read_attributes(match[1], last.applied)
    if not c.match(_LINE):
        c.add(Element("mark", model="attributes"))
    return True


def _add_names(found: AttributeList, names: Iterable[tuple[str, str]]) -> None:
    for identifier, name in names:
        if name:
            found.merge(AttributeList(values={"class": name}))
        else:
            found.values["id"] = identifier


_BEARERS = frozenset({"link", "abbreviation", "footnote"})
"""Definitions, which are not rendered but pass their attributes on to what refers to them."""

_CLASS = r"\.([^.#\s]+)"


def _patterns(identifier: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return the pattern of an attribute, and that of an id or a class in `#a.b`."""
    attribute = rf"""(?a:(?:\A|\s)(?:
        ({IDENTIFIER})=(["'])((?:\\[}}"']|[^}}])*?)\2
        |({IDENTIFIER})
        |((?:\#{identifier}|\.[^.#\s]+)+)
    )(?=\s|\Z))"""
    return regex(attribute, re.VERBOSE), regex(rf"(?a:#({identifier})|{_CLASS})")


_KRAMDOWN = _patterns(r"[A-Za-z][\w:-]*")
_PANDOC = _patterns(r"(?u:[^\W\d][\w:.-]*)")
_PERCENT = regex(r"(\d{1,3})(?:\.\d+)?%")
_UNQUOTED = regex(rf"(?:(?<=[\s{{])|\A)({IDENTIFIER})=([^\s\"'{{}}]+)")
_DEFINITION = regex(rf" {{0,3}}\{{:({IDENTIFIER}):((?:\\\}}|[^}}\n])+)\}}{SPACE}*?\n")
_LINE = regex(ATTRIBUTES_LINE)

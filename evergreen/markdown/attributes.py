"""Attribute lists, `{: .class #id key="value" name}`, and their definitions, `{:name: …}`."""

from __future__ import annotations

import re
from collections.abc import Mapping

from evergreen.markdown.grammar import ATTRIBUTES_LINE, IDENTIFIER, SPACE
from evergreen.markdown.parse_state import Container
from evergreen.markdown.tree import AttributeList, Element


def read_attributes(text: str, above: AttributeList | None = None) -> AttributeList:
    """The attribute list in `text`, which stands without its braces; what is no attribute is
    passed over. It goes on with the one of the line above: `.b` joins the classes so far,
    `class="b"` takes their place."""
    found = above or AttributeList()
    for match in _ATTRIBUTE.finditer(text):
        key, quote, value, reference, names = match.groups()
        if reference:
            found.references.append(reference)
        elif names:
            _add_names(found, names)
        else:
            found.values[key] = re.sub(rf"\\([}}{quote}])", r"\1", value)
    return found


def apply_attributes(
    attributes: dict[str, str],
    applied: AttributeList,
    definitions: Mapping[str, AttributeList],
    seen: frozenset[str] = frozenset(),
) -> None:
    """Write into `attributes` what the list says and what the lists say that it names."""
    for name in applied.references:
        if name in definitions and name not in seen:
            apply_attributes(attributes, definitions[name], definitions, seen | {name})
    for key, value in applied.values.items():
        join = key == "class" and "class" in attributes
        attributes[key] = f"{attributes[key]} {value}" if join else value


def attribute_definition(c: Container) -> bool:
    """`{:name: .a}`: names an attribute list."""
    if match := c.take(_DEFINITION):
        lists = c.draft.attribute_lists
        lists[match[1]] = read_attributes(match[2], lists.get(match[1]))
        c.add(Element("mark", model="attributes"))
    return match is not None


def block_attributes(c: Container) -> bool:
    """`{: .a}` on a line of its own: belongs to the block above, else to the one below."""
    match = c.take(_LINE)
    if not match:
        return False
    last = c.last
    if last is None or last.kind == "blank" or (last.kind == "mark" and last.model not in _BEARERS):
        c.pending = read_attributes(match[1], c.pending)
        return True
    last.applied = read_attributes(match[1], last.applied)
    if not c.check(_LINE):
        c.add(Element("mark", model="attributes"))
    return True


def _add_names(found: AttributeList, names: str) -> None:
    for identifier, name in _NAME.findall(names):
        if name:
            found.merge(AttributeList(values={"class": name}))
        else:
            found.values["id"] = identifier


_BEARERS = frozenset({"link", "abbreviation", "footnote"})
"""Definitions that leave nothing on the page but take attributes for what refers to them."""

_CLASS = r"\.([^.#\s]+)"
_ID = r"#([A-Za-z][\w:-]*)"
_NAME = re.compile(rf"(?a:{_ID}|{_CLASS})")
_ATTRIBUTE = re.compile(
    rf"""(?a:(?:\A|\s)(?:
        ({IDENTIFIER})=(["'])((?:\\[}}"']|[^}}])*?)\2
        |({IDENTIFIER})
        |((?:\#[A-Za-z][\w:-]*|\.[^.#\s]+)+)
    )(?=\s|\Z))""",
    re.VERBOSE,
)
_DEFINITION = re.compile(rf" {{0,3}}\{{:({IDENTIFIER}):((?:\\\}}|[^}}\n])+)\}}{SPACE}*?\n")
_LINE = re.compile(ATTRIBUTES_LINE)

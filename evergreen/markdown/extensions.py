"""kramdown's extensions: `{::comment}`, `{::nomarkdown}` and `{::options … /}`."""

from __future__ import annotations

import re

from evergreen.markdown.attributes import read_attributes
from evergreen.markdown.grammar import IDENTIFIER
from evergreen.markdown.options import read_options
from evergreen.markdown.parse_state import Container, ParseState
from evergreen.markdown.tree import Element, Markup
from evergreen.regex import regex


def block_extension(c: Container) -> bool:
    """Parse `{::name}` to `{:/name}` on lines of their own, or `{::name /}`."""
    start = c.match(_BLOCK_START)
    if not start or start[1] not in EXTENSIONS:
        return False
    body, end = "", start.end()
    if not start[3]:
        stop = _block_stop(c, start[1], end)
        if not stop:
            return False
        body, end = c.text[end : stop.start()].removesuffix("\n"), stop.end()
    return _add(c, start, body, end)


def extension(state: ParseState, name: str, attributes: str, body: str) -> Element:
    """Return the element for one of the `EXTENSIONS`, or apply its options."""
    if name == "comment":
        return Element("raw", children=[Markup(f"<!-- {body} -->")])
    if name == "nomarkdown":
        kinds = read_attributes(attributes).values.get("type", "html").split()
        return Element("raw", children=[Markup(body if "html" in kinds else "")])
    state.options = read_options(read_attributes(attributes).values, state.options)
    return Element("mark", model="extension")


EXTENSIONS = frozenset({"comment", "nomarkdown", "options"})
EXTENSION = r"\{::(\w+)(?:\s((?:\\\}|[^}]){0,500}?)|)(/)?\}"


def _add(c: Container, start: re.Match[str], body: str, end: int) -> bool:
    name, attributes, closed = start.groups()
    element = extension(c.state, name, attributes or "", body)
    element.line = c.current_line()
    if element.kind == "mark":
        c.add(element)
    elif not closed:
        c.element.children.append(element)
    c.pos = end
    return True


def _block_stop(c: Container, name: str, start: int) -> re.Match[str] | None:
    if c.missing.get(f"{{:/{name}", len(c.text)) <= start:
        return None
    pattern = re.compile(rf"^ {{0,3}}\{{:/(?:{name})?\}}[ \t\r\f\v]*\n", re.MULTILINE)
    stop = pattern.search(c.text, start)
    if not stop:
        c.missing[f"{{:/{name}"] = start
    return stop


_BLOCK_START = regex(
    rf"(?a: {{0,3}}\{{::({IDENTIFIER})(?:[ \t]((?:\\\}}|[^}}\n])*?)|)(/)?\}}\s*?\n)"
)

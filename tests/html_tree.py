"""HTML as trees that are equal if the pages look the same.

Normalized are white space, the direction of quotes, the markup of highlighting, links that show
their own URL, and the two notations of formulas.
"""

from __future__ import annotations

import re
from typing import Any

import html5lib

Tree = tuple[Any, ...]

BLOCKS = frozenset(
    "address article aside blockquote body center code-block dd details div dl dt fieldset"
    " figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre section"
    " summary table tbody td tfoot th thead tr ul iframe video script style".split()
)
QUOTES = str.maketrans("“”‘’", "\"\"''")


def html_tree(html: str) -> Tree:
    """Return nested tuples `(tag, attributes, *children)`; text is a string."""
    fragment = html5lib.parseFragment(html, treebuilder="etree", namespaceHTMLElements=False)
    return ("body", (), *_children(fragment, False))


def show(tree: Tree | str, depth: int = 0) -> list[str]:
    """Return the tree as lines, for a readable difference."""
    indent = "  " * depth
    if isinstance(tree, str):
        return [indent + repr(tree)]
    tag, attributes, *children = tree
    head = " ".join([tag, *(f"{key}={value!r}" for key, value in attributes)])
    return [indent + head, *(line for child in children for line in show(child, depth + 1))]


def _node(element: Any, pre: bool) -> list[Any]:
    if isinstance(element.tag, str):
        element.tag = element.tag.rpartition("}")[2]
    else:
        return [("comment", (), (element.text or "").strip())]
    classes = element.get("class", "").split()
    if element.tag in ("pre", "code") or "highlighter-rouge" in classes or "highlight" in classes:
        return _code(element)
    math = element.find("{*}math")
    if "math" in classes and math is not None:
        return _formula(element, math)
    if element.tag == "math":
        return [rf"\({_source(element)}\)"]
    if "math-error" in classes:
        return _formula(element, None)
    children = _children(element, pre)
    if element.tag == "a" and dict(element.attrib) == {"href": "".join(element.itertext())}:
        return children
    return [(element.tag, _attributes(element), *children)]


def _code(element: Any) -> list[Any]:
    attributes = _attributes(element)
    if element.tag == "code":
        return [("code", attributes, "".join(element.itertext()))]
    pre = element if element.tag == "pre" else next(element.iter("pre"), element)
    return [("code-block", attributes, "".join(pre.itertext()).removesuffix("\n"))]


def _formula(element: Any, math: Any) -> list[Any]:
    source = _source(math) if math is not None else "".join(element.itertext())
    kept = tuple(
        (key, value) for key, value in _attributes(element) if not (math is None and key == "title")
    )
    if element.tag == "div":
        text = rf"\[{source}\]"
        return [("div", kept, text)] if kept else [text]
    return [("span", kept, f"${source}$")] if kept else [rf"\({source}\)"]


def _source(math: Any) -> str:
    found = [node.text for node in math.iter() if str(node.tag).endswith("annotation")]
    return (found or [""])[0] or ""


def _attributes(element: Any) -> tuple[tuple[str, str], ...]:
    kept = dict(element.attrib)
    classes = [
        name
        for name in kept.pop("class", "").split()
        if not re.match(r"language-|highlight|math$|math-error$", name)
    ]
    if classes:
        kept["class"] = " ".join(classes)
    return tuple(sorted((str(key), value.translate(QUOTES)) for key, value in kept.items()))


def _children(element: Any, pre: bool) -> list[Any]:
    nodes: list[Any] = [element.text or ""]
    pre = pre or element.tag in ("pre", "textarea", "script", "style")
    for child in element:
        nodes += [*_node(child, pre), child.tail or ""]
    merged: list[Any] = []
    for node in nodes:
        if isinstance(node, str) and merged and isinstance(merged[-1], str):
            merged[-1] += node
        else:
            merged.append(node)
    return [node for node in _squeezed(merged, pre) if node != ""]


def _squeezed(nodes: list[Any], pre: bool) -> list[Any]:
    """Remove the white space that browsers do not show."""
    found = []
    for at, node in enumerate(nodes):
        if isinstance(node, str) and not pre:
            node = re.sub(r"[ \t\r\n\f]+", " ", node.translate(QUOTES))
            if at == 0 or _is_block(nodes[at - 1]):
                node = node.lstrip(" ")
            if at == len(nodes) - 1 or _is_block(nodes[at + 1]):
                node = node.rstrip(" ")
        found.append(node)
    return found


def _is_block(node: Any) -> bool:
    return not isinstance(node, str) and (node[0] in BLOCKS or node[0] in ("br", "comment"))

"""Parse YAML mappings of plain values: a front matter, the options of a cell.

PyYAML's safe loader parses them. Input that could exhaust time, memory or the stack is refused
before values are made from it: multiplying aliases, deep nesting, very long numbers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import yaml

from evergreen.regex import regex

try:
    from yaml import CSafeLoader as _SafeLoader
except ImportError:  # PyYAML without libyaml: ten times as slow, the same values
    from yaml import SafeLoader as _SafeLoader  # type: ignore[assignment]

MAX_LENGTH = 200_000
MAX_VALUES = 20_000
MAX_DEPTH = 50
MAX_DIGITS = 100
CONTROL = regex("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]")
"""Control characters, most of them not allowed in XML and HTML."""

_WIDE_COLON = regex(r"^([A-Za-z_][\w-]*)[ \t]*：", re.M)
"""A key as it is typed with an input method for Chinese or Japanese."""
_DUPLICATE_ANCHOR = "found duplicate anchor"
_NESTS = regex(r"[\[{?:-]")
_TAG = "tag:yaml.org,2002:"


class MappingError(ValueError):
    """A text is not a mapping of plain values; `index` is the position of the problem."""

    def __init__(self, index: int, message: str, advice: str) -> None:
        super().__init__(f"{message}: {advice}")
        self.index, self.message, self.advice = index, message, advice


NOT_A_MAPPING = "this is not a mapping"


def read_mapping(
    text: str, *, allow_duplicates: bool = False
) -> tuple[dict[Any, Any], dict[str, int]]:
    """Return the values of a text, and the index in it of each top-level key.

    Both are empty if the text is empty. Raises MappingError; `allow_duplicates` accepts duplicate
    keys, of which the last value counts, as in Ruby.
    """
    try:
        root = _compose(text)
        if root is not None and not isinstance(root, yaml.MappingNode):
            raise MappingError(root.start_mark.index, NOT_A_MAPPING, "write 'key: value' lines")
    except MappingError:
        if wide := _WIDE_COLON.search(text):
            advice = f"write '{wide[1]}: …': the colon behind it is a wide one"
            raise MappingError(wide.end() - 1, NOT_A_MAPPING, advice) from None
        raise
    if root is None:
        return {}, {}
    _count(root, {}, allow_duplicates)
    values = _build_value(text, root)
    return values, {str(key.value): key.start_mark.index for key, _ in reversed(root.value)}


def read_value(text: str) -> Any:
    """Parse a text into a value, a list or a mapping. Raises MappingError."""
    root = _compose(text)
    if root is None:
        return None
    _count(root, {}, allow_duplicates=True)
    return _build_value(text, root)


def index_of(text: str, keys: Sequence[str | int]) -> int:
    """Return the index of the value at these keys in a text that `read_mapping` accepts.

    If there is no such value, the index of the innermost parent that exists.
    """
    node = _compose(text)
    for key in keys:
        node, parent = _part(node, key), node
        if node is None:
            return parent.start_mark.index if parent else 0
    return node.start_mark.index if node else 0


def _build_value(text: str, root: yaml.Node) -> Any:
    loader = _Loader("")
    try:
        return loader.construct_document(root)
    except yaml.MarkedYAMLError as error:
        raise MappingError(*yaml_error(text, error)) from None
    finally:
        loader.dispose()


def _compose(text: str) -> yaml.Node | None:
    """Parse a text into a tree, shallow enough for recursion."""
    if len(text) > MAX_LENGTH:
        message = f"{len(text) // 1000} kB of YAML"
        raise MappingError(0, message, f"keep at most {MAX_LENGTH // 1000} kB: move data to a file")
    try:
        _check_depth(text)
        return _composed(text)
    except yaml.MarkedYAMLError as error:
        raise MappingError(*yaml_error(text, error)) from None
    except yaml.YAMLError as error:
        raise MappingError(
            getattr(error, "position", 0), "not valid YAML", "write plain text"
        ) from None


def _composed(text: str) -> yaml.Node | None:
    try:
        return yaml.compose(text, _Loader)
    except yaml.composer.ComposerError as error:
        if _DUPLICATE_ANCHOR not in str(error):
            raise
    return yaml.compose(text, _RedefiningLoader)


def _check_depth(text: str) -> None:
    # libyaml's Python binding recurses on the C stack: deep nesting would crash the process.
    if len(_NESTS.findall(text)) <= MAX_DEPTH:
        return
    depth = 0
    for event in yaml.parse(text, _Loader):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            place = event.start_mark.index if event.start_mark else 0
            raise MappingError(place, "values nested too deeply", "make it flat")


def _count(node: yaml.Node, sizes: dict[int, int], allow_duplicates: bool) -> int:
    """Count the values of a node, with aliases expanded, and check each of them."""
    if id(node) in sizes:
        return sizes[id(node)]
    sizes[id(node)] = MAX_VALUES  # an alias to a parent never ends
    sizes[id(node)] = total = 1 + sum(
        _count(part, sizes, allow_duplicates) for part in _parts(node, allow_duplicates)
    )
    if total > MAX_VALUES:
        message = f"more than {MAX_VALUES} values"
        raise MappingError(node.start_mark.index, message, "use fewer, and fewer aliases")
    return total


def _parts(node: yaml.Node, allow_duplicates: bool) -> list[yaml.Node]:
    if isinstance(node, yaml.SequenceNode):
        return list(node.value)
    if isinstance(node, yaml.MappingNode):
        _check_keys(node, allow_duplicates)
        return [part for pair in node.value for part in pair]
    if found := CONTROL.search(node.value):
        message = f"a control character (U+{ord(found[0]):04X})"
        raise MappingError(node.start_mark.index, message, "remove it")
    return []


def _check_keys(node: yaml.MappingNode, allow_duplicates: bool) -> None:
    seen: set[tuple[str, str]] = set()
    for key, _ in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise MappingError(key.start_mark.index, "a key is not a word", "put {{ }} in quotes")
        if (key.tag, key.value) in seen and not allow_duplicates:
            message = f"duplicate key '{key.value}'"
            raise MappingError(key.start_mark.index, message, "remove one of them")
        seen.add((key.tag, key.value))


def _part(node: yaml.Node | None, key: str | int) -> yaml.Node | None:
    if isinstance(node, yaml.MappingNode):
        return next((value for name, value in node.value if name.value == key), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(key, int):
        parts: list[yaml.Node] = node.value
        return parts[key] if key < len(parts) else None
    return None


# --- plain values -----------------------------------------------------------------------------


class _Loader(_SafeLoader):
    """PyYAML's safe loader, without the tags whose values are not plain."""


class _RedefiningLoader(yaml.SafeLoader):
    """A loader in which an alias means the last anchor of its name, as YAML says.

    PyYAML refuses an anchor that is defined twice, in C code that cannot be extended.
    """

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        if not self.check_event(yaml.AliasEvent):
            event = self.peek_event()  # type: ignore[no-untyped-call]
            self.anchors.pop(event.anchor, None)
        return super().compose_node(parent, index)


def _checked(kind: str, construct: Callable[[Any, yaml.ScalarNode], Any]) -> Callable[..., Any]:
    def read(loader: _Loader, node: yaml.ScalarNode) -> Any:
        try:
            if len(node.value) <= MAX_DIGITS:
                return construct(loader, node)
        except (ValueError, LookupError):  # a tag that does not fit the text
            pass
        shown = node.value if len(node.value) < MAX_DIGITS else f"{node.value[:20]}…"
        message = f"{shown!r} is not a valid {kind}"
        raise yaml.constructor.ConstructorError(None, None, message, node.start_mark)

    return read


def _timestamp(loader: _Loader, node: yaml.ScalarNode) -> Any:
    """Return a date; one that does not exist stays text, for its reader to refuse."""
    try:
        return loader.construct_yaml_timestamp(node)
    except (ValueError, AttributeError, OverflowError):
        return node.value


_KINDS = {
    "int": _checked("number", _SafeLoader.construct_yaml_int),
    "float": _checked("number", _SafeLoader.construct_yaml_float),
    "bool": _checked("boolean", _SafeLoader.construct_yaml_bool),
    "timestamp": _timestamp,
    "value": _SafeLoader.construct_yaml_str,
    **dict.fromkeys(("binary", "set", "omap", "pairs"), _SafeLoader.construct_undefined),
}
for _name, _construct in _KINDS.items():
    _Loader.add_constructor(_TAG + _name, _construct)


_QUOTE = "quote the value"
_QUOTE_OR_INDENT = "quote the whole value, or fix the indentation"
_INDENT = "indent with spaces, since YAML does not allow tabs"
_AT_START = "a value begins with {char!r}, which has a special meaning in YAML"
_YAML_ERRORS = (
    ("found unexpected end of stream", True, "the quotation mark is not closed", "close it"),
    ("did not find expected ',' or ']'", True, "the list is not closed", "end it with ']'"),
    ("did not find expected ',' or '}'", True, "the mapping is not closed", "end it with '}'"),
    ("found a tab character", False, "a tab in the indentation", _INDENT),
    ("mapping values are not allowed", False, "a second ':' in one value", _QUOTE_OR_INDENT),
    ("found undefined alias", False, _AT_START, _QUOTE),
    ("found character that cannot start", False, _AT_START, _QUOTE),
    ("did not find expected node content", False, _AT_START, _QUOTE),
    ("did not find expected alphabetic", True, _AT_START, _QUOTE),
    ("did not find expected key", False, "text outside of any value", _QUOTE_OR_INDENT),
    ("expected whitespace or line break", True, _AT_START, _QUOTE),
    ("expected comment or line break", True, "a wrong block indicator", "write | or > alone"),
    ("for merging", False, "'<<' takes a mapping", "remove it"),
    ("incompatible YAML", False, "a YAML directive", "remove it"),
    ("could not find expected ':'", True, "a line without a key", "write 'key: value'"),
    ("block sequence entries", False, "a list on the line of its key", "begin it on the next line"),
    ("expected '-' indicator", False, "a key among the items of a list", "indent the list"),
    ("could not determine a construct", False, "a tag", "remove it: plain values only"),
    (
        "found unhashable key",
        False,
        "a key that is not a word",
        "write 'key: value', or put {{ }} in quotes",
    ),
    ("escape", False, 'a wrong escape in "…"', "write \\\\ for a backslash, or use '…'"),
    ("hexdecimal", False, 'a wrong escape in "…"', "write \\\\ for a backslash, or use '…'"),
)
"""Part of PyYAML's message; True if its context has the position; what is wrong; what to do."""


def yaml_error(text: str, error: yaml.MarkedYAMLError) -> tuple[int, str, str]:
    """Return the position of the problem, what is wrong, and what to do, for PyYAML's error."""
    problem = str(error.problem or error.context)
    for words, by_context, message, advice in _YAML_ERRORS:
        if words in problem:
            at = _index(error.context_mark if by_context else error.problem_mark)
            char = text[at : at + 1]
            if char == "\t":
                message, advice = "a tab in the indentation", _INDENT
            elif message is _AT_START and not char.strip():
                at = len(text[:at].rstrip()) - 1
                message, advice = "a value is not closed", "end it with ']' or '}'"
            return at, message.format(char=char), advice
    return _index(error.problem_mark or error.context_mark), problem, "write plain YAML"


def _index(mark: yaml.Mark | None) -> int:
    return mark.index if mark else 0

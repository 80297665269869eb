"""A source file's bytes → its front matter, as plain values with their lines, and its body.

The grammar is Jekyll's: a first line of three hyphens, YAML, and a closing line of three hyphens
(or three dots). YAML is read with PyYAML's safe loader; keys that stand twice are an error.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from evergreen.errors import EvergreenError, fault

try:
    from yaml import CSafeLoader as _SafeLoader
except ImportError:  # PyYAML without libyaml: ten times as slow, the same values
    from yaml import SafeLoader as _SafeLoader  # type: ignore[assignment]

MAX_BYTES = 20_000_000
MAX_VALUES = 20_000
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """The head of one file."""

    path: str
    values: Mapping[str, Any]
    lines: Mapping[str, int]
    """The line in the file of each top-level key."""
    body: str
    """The text after the front matter, lines ending in \\n."""
    body_line: int
    """The line in the file on which `body` starts, from 1."""
    found: bool
    """False where the file has no front matter: `values` is empty and `body` the whole text."""

    def fault(self, key: str, message: str, advice: str) -> EvergreenError:
        """An error at the line of a key."""
        return fault(self.path, message, advice, line=self.lines.get(key, 1))


def read_front_matter(path: str, source: bytes) -> FrontMatter:
    """Split and read one file. Raises EvergreenError at the line of the fault."""
    text = decode(path, source)
    if not re.match(r"---[ \t]*(\n|$)", text):
        return FrontMatter(path, {}, {}, text, 1, False)
    end = re.compile(r"^(---|\.\.\.)[ \t]*(\n|\Z)", re.M).search(text, text.find("\n") + 1)
    if end is None:
        raise fault(path, "the front matter is not closed", "end it with a line '---'", line=1)
    head = text[text.find("\n") + 1 : end.start()]
    values, lines = _load(path, head)
    body_line = text.count("\n", 0, end.end()) + 1
    return FrontMatter(path, values, lines, text[end.end() :], body_line, True)


def decode(path: str, source: bytes) -> str:
    """Text of a source file: UTF-8, a byte order mark dropped, line ends \\n.

    Raises EvergreenError at the first byte that is no UTF-8 or a character that no text has.
    """
    if len(source) > MAX_BYTES:
        advice = f"a post may have {MAX_BYTES // 1_000_000} MB: move its data to a file beside it"
        raise fault(path, f"the file has {len(source) // 1_000_000} MB", advice)
    if source[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise fault(path, "the file is UTF-16", "save it as UTF-8", line=1)
    try:
        text = source.removeprefix(b"\xef\xbb\xbf").decode("utf-8")
    except UnicodeDecodeError as error:
        place = source.rfind(b"\n", 0, error.start) + 1
        line = source.count(b"\n", 0, error.start) + 1
        message = f"byte {error.start} (0x{source[error.start]:02x}) is not UTF-8"
        column = error.start - place + 1
        raise fault(path, message, "save the file as UTF-8", line=line, column=column) from None
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if control := _CONTROL.search(text):
        line = text.count("\n", 0, control.start()) + 1
        column = control.start() - text.rfind("\n", 0, control.start())
        message = f"a control character (U+{ord(control[0]):04X})"
        raise fault(path, message, "remove it", line=line, column=column)
    return text


class _Loader(_SafeLoader):
    """PyYAML's safe loader; a date that does not exist stays text, for its reader to refuse."""


def _timestamp(loader: _Loader, node: yaml.ScalarNode) -> Any:
    try:
        return loader.construct_yaml_timestamp(node)
    except ValueError:
        return node.value


_Loader.add_constructor("tag:yaml.org,2002:timestamp", _timestamp)


def _load(path: str, head: str) -> tuple[dict[str, Any], dict[str, int]]:
    """The values of a head that begins on line 2, and the line of each key."""
    loader = None
    try:
        loader = _Loader(head)
        node = loader.get_single_node()
        if node is None:
            return {}, {}
        _check(path, node)
        values = loader.construct_document(node)
    except yaml.MarkedYAMLError as error:
        raise _yaml_fault(path, head, error) from None
    except yaml.YAMLError as error:
        raise fault(path, f"broken front matter: {error}", "write it as YAML", line=2) from None
    except (RecursionError, ValueError) as error:
        message = "the front matter is nested too deeply"
        detail = message if isinstance(error, RecursionError) else f"broken value: {error}"
        raise fault(path, detail, "write it as plain YAML", line=2) from None
    finally:
        if loader is not None:
            loader.dispose()
    return values, {key.value: key.start_mark.line + 2 for key, _ in node.value}


def _check(path: str, root: yaml.Node) -> None:
    """Refuse what is no mapping of names, a key that stands twice, and aliases that multiply."""
    if not isinstance(root, yaml.MappingNode):
        raise fault(path, "the front matter is no mapping", "write 'key: value' lines", line=2)
    _count(path, root, {})
    for key, _ in root.value:
        if not isinstance(key, yaml.ScalarNode):
            line = key.start_mark.line + 2
            raise fault(path, "a key is no word", "write 'key: value' lines", line=line)


def _count(path: str, node: yaml.Node, sizes: dict[int, int]) -> int:
    """How many values the node stands for, aliases expanded."""
    if id(node) in sizes:
        return sizes[id(node)]
    sizes[id(node)] = MAX_VALUES  # an alias to a parent has no end
    parts = _parts(path, node)
    sizes[id(node)] = total = 1 + sum(_count(path, part, sizes) for part in parts)
    if total > MAX_VALUES:
        line = node.start_mark.line + 2
        raise fault(path, "the front matter has too many values", "use fewer aliases", line=line)
    return total


def _parts(path: str, node: yaml.Node) -> list[yaml.Node]:
    if isinstance(node, yaml.SequenceNode):
        return node.value
    if not isinstance(node, yaml.MappingNode):
        return []
    seen: set[tuple[str, str]] = set()
    for key, _ in node.value:
        name = (key.tag, str(key.value))
        if name in seen and isinstance(key, yaml.ScalarNode):
            line, column = key.start_mark.line + 2, key.start_mark.column + 1
            message = f"the key '{key.value}' stands twice"
            raise fault(path, message, "remove one of them", line=line, column=column)
        seen.add(name)
    return [part for pair in node.value for part in pair]


def _yaml_fault(path: str, head: str, error: yaml.MarkedYAMLError) -> EvergreenError:
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line, mark.column) if mark else (0, 0)
    found = head.splitlines()[line] if line < len(head.splitlines()) else ""
    advice = "write it as YAML; quote a value that holds ': ' or '#'"
    if "\t" in found[: column + 1] or "'\\t'" in str(error.problem):
        advice = "indent with blanks: YAML takes no tabs"
    elif "tag" in str(error.problem):
        advice = "remove the tag: plain values only"
    message = f"broken front matter: {error.problem or error.context}"
    return fault(path, message, advice, line=line + 2, column=column + 1)

"""PyYAML's errors in the words of somebody who writes a post."""

from __future__ import annotations

import yaml

_QUOTE = "quote the value"
_QUOTE_OR_INDENT = "quote the whole value, or mend the indentation"
_INDENT = "indent with blanks: YAML takes no TAB there"
_AT_START = "a value begins with {char!r}, which means something else in YAML"
_COMPLAINTS = (
    ("found unexpected end of stream", True, "the quotation mark is not closed", "close it"),
    ("did not find expected ',' or ']'", True, "the list is not closed", "end it with ']'"),
    ("did not find expected ',' or '}'", True, "the mapping is not closed", "end it with '}'"),
    ("found a tab character", False, "a TAB in the indentation", _INDENT),
    ("mapping values are not allowed", False, "a second ':' in one value", _QUOTE_OR_INDENT),
    ("found undefined alias", False, _AT_START, _QUOTE),
    ("found character that cannot start", False, _AT_START, _QUOTE),
    ("did not find expected node content", False, _AT_START, _QUOTE),
    ("did not find expected alphabetic", True, _AT_START, _QUOTE),
    ("did not find expected key", False, "text that belongs to nothing", _QUOTE_OR_INDENT),
    ("expected whitespace or line break", True, _AT_START, _QUOTE),
    ("expected comment or line break", True, "a wrong mark of a block text", "write | or > alone"),
    ("for merging", False, "'<<' takes a mapping", "remove it"),
    ("incompatible YAML", False, "a line for YAML's own use", "remove it"),
    ("could not find expected ':'", True, "a line without a key", "write 'key: value'"),
    ("block sequence entries", False, "a list in the line of its key", "begin it on the next line"),
    ("expected '-' indicator", False, "a key among the items of a list", "indent the list"),
    ("could not determine a construct", False, "a tag", "remove it: plain values only"),
    ("found unhashable key", False, "a key that is no word", "write 'key: value', or quote {{ }}"),
    ("escape", False, 'a wrong escape in "…"', "write \\\\ for a backslash, or use '…'"),
    ("second occurrence", False, "an anchor that stands twice", "remove one of them"),
    ("hexdecimal", False, 'a wrong escape in "…"', "write \\\\ for a backslash, or use '…'"),
)
"""Part of PyYAML's words; whether its context marks the place; what is wrong; what to do."""


def complaint(text: str, error: yaml.MarkedYAMLError) -> tuple[int, str, str]:
    """Where the fault is in the text that PyYAML refused, what is wrong, and what to do."""
    problem = str(error.problem or error.context)
    for words, by_context, message, advice in _COMPLAINTS:
        if words in problem:
            at = _index(error.context_mark if by_context else error.problem_mark)
            char = text[at : at + 1]
            if char == "\t":
                message, advice = "a TAB in the indentation", _INDENT
            elif message is _AT_START and not char.strip():
                at = len(text[:at].rstrip()) - 1
                message, advice = "a value is not closed", "end it with ']' or '}'"
            return at, message.format(char=char), advice
    return _index(error.problem_mark or error.context_mark), problem, "write plain YAML"


def _index(mark: yaml.Mark | None) -> int:
    return mark.index if mark else 0
